"""Typed settings: `config/hotline.toml`, overridden by the environment (`HOTLINE_PORTS__SIP=5060`).

A wrong value is refused by name, with what was given and what is allowed. Secrets are not settings: they are made on
first run under `HOME/secrets` (`ivr.adapters.secrets`).
"""

import os
import re
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ivr.domain.caller import Language
from ivr.domain.errors import HotlineError
from ivr.policies.lockout import Limits
from ivr.settings_base import Seconds, Section, Word
from ivr.settings_floor import (
    AgentSettings,
    BreakSettings,
    CallBackSettings,
    HoursSettings,
    Queue,
    RoutingSettings,
    floor_hangs_together,
)

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_CONFIG = PROJECT / "config" / "hotline.toml"

Port = Annotated[int, Field(ge=1, le=65535)]
Codec = Literal["alaw", "ulaw", "g722", "opus"]


def _one_line(value: str) -> str:
    """Asterisk's files end a value at a line end and a comment begins at `;`: neither may come from a setting."""
    if re.search(r"[\x00-\x1f\x7f;\[\]]", value):
        raise ValueError("must be printable and without ; [ ] or line ends")
    return value


OneLine = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,253}$")]
Network = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,253}(/[0-9]{1,3})?$")]
DialString = Annotated[str, StringConstraints(pattern=r"^\+?[0-9*#]{1,32}$")]


class Ports(Section):
    """Every port used. All but `sip` and `rtp` listen on loopback only."""

    sip: Port = 5160
    rtp_first: Port = 15000
    rtp_last: Port = 15999
    ami: Port = 5138
    agi: Port = 4673
    nats: Port = 4322
    carrier_sip: Port = 5170
    carrier_rtp_first: Port = 16000
    carrier_rtp_last: Port = 16999
    carrier_ami: Port = 5139

    @model_validator(mode="after")
    def _apart(self) -> "Ports":
        single = {name: getattr(self, name) for name in type(self).model_fields if "rtp" not in name}
        for name, port in single.items():
            for other, taken in single.items():
                if name < other and port == taken:
                    raise ValueError(f"{name} and {other} are both {port}; each needs a port of its own")
        for name in ("rtp", "carrier_rtp"):
            first, last = getattr(self, f"{name}_first"), getattr(self, f"{name}_last")
            if last - first < 9:
                raise ValueError(f"{name}_first {first} to {name}_last {last} leaves under 10 ports")
        return self


class AsteriskSettings(Section):
    """Which Asterisk runs."""

    binary: str = "auto"
    """`auto`: the system's where it is 20 or newer, else a private copy; or a path."""
    suite: Word = "forky"
    """The Debian suite a private copy is taken from (on Ubuntu: the machine's own release)."""
    bind: Host = "127.0.0.1"
    """The address SIP and RTP listen on. `0.0.0.0` opens the line to the network."""
    realtime_priority: bool = False


class Trunk(Section):
    """A SIP provider."""

    name: Word
    host: Host
    port: Port = 5060
    authentication: Literal["ip", "registration"] = "ip"
    username: OneLine = ""
    password_env: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{0,64}$")] = ""
    """The environment variable that holds the password: a secret never stands in the file."""
    match: tuple[Network, ...] = ()
    """Addresses or networks its calls come from; empty: `host`. Needed for `ip`."""
    codecs: tuple[Codec, ...] = ("alaw", "ulaw")
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    """How caller numbers without a country code are read (ISO 3166)."""
    anonymous: bool = False
    """Take calls without a caller number."""

    @model_validator(mode="after")
    def _complete(self) -> "Trunk":
        if self.authentication == "registration" and not (self.username and self.password_env):
            raise ValueError("authentication = 'registration' needs username and password_env")
        return self


class Number(Section):
    """A number people dial."""

    number: DialString
    trunk: Word
    language: Literal["zh", "en", "ask"] = "ask"
    line_of_business: Word = "personal"


class Phone(Section):
    """A phone that a person answers. With `queues` it rings for them whoever sits there; an agent's account may name
    it, and then skills and presence decide."""

    name: Word
    contact: Annotated[str, StringConstraints(pattern=r"^sip:[A-Za-z0-9_.+-]+@[A-Za-z0-9_.:-]+$")]
    queues: tuple[Word, ...] = ()
    penalty: Annotated[int, Field(ge=0, le=100)] = 0


class StorySettings(Section):
    """What the caller's dialogue is told by."""

    key_patience: Seconds = 5.0
    """Seconds of silence after a menu before it is offered again."""
    tries: Annotated[int, Field(ge=1, le=9)] = 3
    """Failures (silence, wrong keys) at one menu or number before the caller is brought to a person."""
    entry_patience: Seconds = 8.0
    """Seconds of silence while a number is keyed in before it is taken as given up."""
    longest_telling: Annotated[int, Field(ge=10, le=600)] = 90
    """Seconds a caller may tell what happened."""
    transfers_told: Annotated[int, Field(ge=1, le=10)] = 3
    tickets_told: Annotated[int, Field(ge=1, le=10)] = 3
    complaint_days: Annotated[int, Field(ge=1, le=60)] = 15
    """Within so many days a complaint is answered; the caller is told."""
    survey: bool = True
    """Ask for a score at the end."""
    products: tuple[Word, ...] = ("about_deposits", "about_wealth", "about_loans", "about_cards")
    """The sentences about products, each with its risk warning."""
    service_queue: Word = "service"
    emergency_queue: Word = "emergency"


class VerificationSettings(Section):
    """How often one may be wrong before verification by keypad is closed for a while (never anything else)."""

    in_call: Annotated[int, Field(ge=1, le=9)] = 3
    """Wrong tries in one call."""
    of_customer: Annotated[int, Field(ge=1, le=99)] = 5
    """Wrong tries in a day about one customer, whoever calls."""
    of_caller: Annotated[int, Field(ge=1, le=999)] = 10
    """Wrong tries in a day from one calling number, whoever it is about."""
    of_caller_customers: Annotated[int, Field(ge=1, le=99)] = 3
    """Different customers tried in vain in a day from one calling number."""
    locked_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 24

    @property
    def limits(self) -> Limits:
        """As the policy knows them."""
        return Limits(
            in_call=self.in_call,
            of_customer=self.of_customer,
            of_caller=self.of_caller,
            of_caller_customers=self.of_caller_customers,
            locked_for=timedelta(hours=self.locked_hours),
        )


class FallbackSettings(Section):
    """What the exchange does alone, when no controller answers."""

    tries: Annotated[int, Field(ge=1, le=100)] = 8
    """How often the controller is tried again before the call goes to `queue`."""
    pause: Seconds = 1.0
    """Seconds between two tries, beside the holding prompt."""
    queue: Word = "service"
    patience: Annotated[int, Field(ge=5, le=3600)] = 300


class WatchdogSettings(Section):
    """How a controller that hangs is noticed."""

    interval: Seconds = 0.5
    patience: Seconds = 2.0
    """Seconds of silence after which the controller is ended and started anew."""


class ArchiveSettings(Section):
    """Where finished calls stand."""

    url: OneLine = ""
    """SQLAlchemy URL; empty: SQLite below the home. PostgreSQL: `postgresql+asyncpg://…`."""
    interval: Seconds = 1.0
    """Seconds between two rounds of the archiver."""
    batch: Annotated[int, Field(ge=1, le=10_000)] = 200


class PromptSettings(Section):
    """The audio."""

    folder: Path = Path("prompts")
    """Relative to the configuration file's folder."""
    cut_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    """Play only so many milliseconds of each prompt; 0 plays all. For tests."""


class PeerSettings(Section):
    """Another house that is reached by HTTP."""

    url: OneLine = ""
    """`https://…`; plain `http://` to this machine only."""
    token_env: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{0,64}$")] = ""
    """The environment variable that holds its bearer token: a secret never stands in the file."""
    ca_file: Path | None = None
    """Who signs its certificate, where that is none of the usual authorities."""
    time_limit: Seconds = 3.0
    """Seconds for one attempt, connection and answer together."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """How often is asked what may be asked again."""
    breaker_failures: Annotated[int, Field(ge=1, le=1000)] = 5
    """So many failures in a row, and it is left alone …"""
    breaker_pause: Seconds = 10.0
    """… for so many seconds; callers hear the apology at once meanwhile."""

    def _check_peer(self, kind: str) -> None:
        """Raises ValueError where a peer is wanted and cannot be asked."""
        if kind != "http":
            return
        if not (self.url and self.token_env):
            raise ValueError("kind = 'http' needs url and token_env")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url is no address like https://bank.example/hotline")
        if parts.username or parts.password:
            raise ValueError("url holds a name or password; the token comes from token_env")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("url is plain http to another machine; https is needed there")


class DemoBankSettings(Section):
    """What the demo bank sets for itself; a real one has its own."""

    debit_block_days: Annotated[int, Field(ge=1, le=365)] = 5
    """How long a block by phone (临时挂失) of a debit card lasts."""
    credit_block_days: Annotated[int, Field(ge=1, le=365)] = 30
    stop_hours: Annotated[int, Field(ge=1, le=720)] = 48
    """How long an emergency stop of payments (紧急止付) lasts."""
    large_transfer: Annotated[int, Field(ge=1)] = 5_000_000
    """From how many fen on an outgoing transfer is called large."""


class BankSettings(PeerSettings):
    """The bank behind the line."""

    kind: Literal["demo", "http"] = "demo"
    """`demo`: a thousand made-up customers below the home; `http`: a bank that keeps `docs/bank-api.json`."""
    demo: DemoBankSettings = DemoBankSettings()

    @model_validator(mode="after")
    def _complete(self) -> "BankSettings":
        self._check_peer(self.kind)
        return self


class SmsSettings(PeerSettings):
    """The way to customers' mobiles."""

    kind: Literal["outbox", "http"] = "outbox"
    """`outbox`: a file below the home, read by the demonstration's phone; `http`: a gateway that keeps
    `docs/sms-api.json`."""
    code_life: Annotated[int, Field(ge=30, le=3600)] = 300
    """Seconds for which a one-time code is good; an outbox destroys its messages then."""

    @model_validator(mode="after")
    def _complete(self) -> "SmsSettings":
        self._check_peer(self.kind)
        return self


class CarrierSettings(Section):
    """The second Asterisk that plays the public network in demo and tests."""

    enabled: bool = False


class LogSettings(Section):
    """What is written down of the running."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="HOTLINE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    home: Path = Field(default_factory=lambda: platformdirs.user_state_path("hotline"))
    """The run folder: secrets, journal, archive, recordings, logs, the rendered Asterisk files."""
    cache: Path = Field(default_factory=lambda: platformdirs.user_cache_path("hotline"))
    """Private packages (Asterisk, nats-server); shared by every home."""
    config: Path = DEFAULT_CONFIG
    node: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,15}$")] = "n1"
    """Asterisk's systemname; begins every call id of this node."""
    ports: Ports = Ports()
    asterisk: AsteriskSettings = AsteriskSettings()
    trunks: tuple[Trunk, ...] = ()
    numbers: tuple[Number, ...] = ()
    queues: tuple[Queue, ...] = ()
    phones: tuple[Phone, ...] = ()
    hours: dict[Word, tuple[HoursSettings, ...]] = {}
    """Opening hours by name, for `queues.hours`."""
    breaks: tuple[BreakSettings, ...] = (
        BreakSettings(name="rest", zh="小休", en="rest", minutes=15),
        BreakSettings(name="meal", zh="用餐", en="meal", minutes=45),
        BreakSettings(name="training", zh="培训", en="training", minutes=120),
        BreakSettings(name="meeting", zh="会议", en="meeting", minutes=60),
    )
    agents: AgentSettings = AgentSettings()
    routing: RoutingSettings = RoutingSettings()
    call_backs: CallBackSettings = CallBackSettings()
    story: StorySettings = StorySettings()
    verification: VerificationSettings = VerificationSettings()
    texts: Path = Path("texts.toml")
    """What the line writes in SMS; relative to the configuration file's folder."""
    fallback: FallbackSettings = FallbackSettings()
    watchdog: WatchdogSettings = WatchdogSettings()
    archive: ArchiveSettings = ArchiveSettings()
    prompts: PromptSettings = PromptSettings()
    bank: BankSettings = BankSettings()
    sms: SmsSettings = SmsSettings()
    carrier: CarrierSettings = CarrierSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment beats the file."""
        path = Path(os.environ.get("HOTLINE_CONFIG", DEFAULT_CONFIG))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)

    @model_validator(mode="before")
    @classmethod
    def _fill_in_ports(cls, given: dict[str, Any]) -> dict[str, Any]:
        """`{carrier_sip}` in a trunk or phone stands for that port, so that another port is set in one place."""
        given = dict(given)
        try:
            named = Ports.model_validate(given.get("ports", {})).model_dump()
        except ValidationError:
            return given  # the field's own check names the wrong port
        for kind in ("trunks", "phones"):
            if isinstance(given.get(kind), list | tuple):
                given[kind] = [_with_ports(entry, named) for entry in given[kind]]
        return given

    @model_validator(mode="after")
    def _hangs_together(self) -> "Settings":
        trunks = {trunk.name for trunk in self.trunks}
        queues = {queue.name for queue in self.queues}
        for number in self.numbers:
            if number.trunk not in trunks:
                raise ValueError(f"numbers: {number.number} is on trunk {number.trunk!r}; trunks are {sorted(trunks)}")
        if self.call_backs.trunk is not None and self.call_backs.trunk not in trunks:
            raise ValueError(f"call_backs.trunk is {self.call_backs.trunk!r}; trunks are {sorted(trunks)}")
        for phone in self.phones:
            for queue in phone.queues:
                if queue not in queues:
                    raise ValueError(f"phones: {phone.name} serves queue {queue!r}; queues are {sorted(queues)}")
        wanted = {
            "story.service_queue": self.story.service_queue,
            "story.emergency_queue": self.story.emergency_queue,
            "fallback.queue": self.fallback.queue,
        }
        for key, queue in wanted.items():
            if queue not in queues:
                raise ValueError(f"{key} is {queue!r}; queues are {sorted(queues)}")
        if self.bank.kind == "demo" and self.sms.kind == "http":
            raise ValueError("sms.kind is 'http' with bank.kind 'demo': made-up customers' numbers may be somebody's")
        floor_hangs_together(
            self.queues,
            self.hours,
            self.routing,
            service=self.story.service_queue,
            emergency=self.story.emergency_queue,
        )
        for kind in ("trunks", "queues", "phones", "breaks"):
            names = [entry.name for entry in getattr(self, kind)]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{kind}: {', '.join(twice)} stands there twice; names are unique")
        return self

    @cached_property
    def prompts_folder(self) -> Path:
        """Where the prompt texts (`*.toml`) and `audio/zh`, `audio/en` are."""
        return (self.config.parent / self.prompts.folder).resolve()

    @cached_property
    def texts_file(self) -> Path:
        """What the line writes in SMS."""
        return (self.config.parent / self.texts).resolve()

    @cached_property
    def archive_url(self) -> str:
        """The SQLAlchemy URL of the archive."""
        return self.archive.url or f"sqlite+aiosqlite:///{self.home}/archive.db"

    @cached_property
    def call_back_trunk(self) -> Trunk | None:
        """Over which customers are rung; None where there is no trunk."""
        wanted = self.call_backs.trunk
        return next((trunk for trunk in self.trunks if wanted in (None, trunk.name)), None)

    def language_of(self, dialled: str) -> Language | None:
        """The language of a dialled number; None asks the caller."""
        for number in self.numbers:
            if number.number == dialled and number.language != "ask":
                return Language(number.language)
        return None


def _with_ports(entry: object, ports: dict[str, int]) -> object:
    if not isinstance(entry, dict):
        return entry
    filled = dict(entry)
    for key, value in entry.items():
        if isinstance(value, str):
            filled[key] = re.sub(r"\{(\w+)\}", lambda name: str(ports.get(name[1], name[0])), value)
    return filled


class WrongSettings(HotlineError):
    """The configuration cannot be used; the sentence lists every wrong key, what was given, what is allowed."""


_MAY_HOLD_A_SECRET = re.compile(r"url|pass|secret|token|key$", re.IGNORECASE)


def _given(key: str, kind: str, value: object) -> str:
    """What was given, for the error; nothing of it where it may be a secret: the sentence ends up in logs and mails.
    An unknown key is most often a password put into the file.
    """
    if not isinstance(value, str | int | float | None):
        return ""
    hidden = kind == "extra_forbidden" or _MAY_HOLD_A_SECRET.search(key) or "@" in str(value)
    return ", given ***" if hidden else f", given {value!r}"


def load() -> Settings:
    """Read file and environment. Raises WrongSettings."""
    path = Path(os.environ.get("HOTLINE_CONFIG", DEFAULT_CONFIG))
    if not path.is_file():
        raise WrongSettings(f"no configuration at {path}; HOTLINE_CONFIG names the file")
    try:
        return Settings(config=path.resolve())
    except ValidationError as error:
        lines = [f"{path}: {error.error_count()} wrong value(s)"]
        for fault in error.errors(include_url=False):
            key = ".".join(str(part) for part in fault["loc"]) or "(whole file)"
            lines.append(f"  {key}{_given(key, fault['type'], fault['input'])}: {fault['msg']}")
        raise WrongSettings("\n".join(lines)) from error
    except ValueError as error:  # a TOML syntax error names its line
        raise WrongSettings(f"{path}: {error}") from error
