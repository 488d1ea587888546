"""Rendering: settings in, the text of every Asterisk file out. Read are templates, secrets, and names of modules."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePath
from typing import Any, Protocol

import jinja2

from dialplans.cel_columns import EXPRESSIONS
from dialplans.modules import CARRIER, ESSENTIAL, NUMBER, REGISTERING, ROOMS, TAPE, load_list
from dialplans.values import (
    Named,
    WrongRendering,
    dialplan_value,
    escaped,
    line_value,
    listed,
    named,
    password,
    socket_host,
    uri_user,
)
from ivr.home import AsteriskHome, Home
from ivr.policies.routing import PENALTY_STEP
from ivr.policies.seating import ONE_AGENT
from ivr.policies.waiting import EMERGENCY_PRIORITY
from ivr.settings import Settings

TEMPLATES = Path(__file__).resolve().parent
STORY_BOUND = 1800
"""Seconds a story may take without a person; then the caller is brought to one (`T` extension)."""
HOLDING_PROMPT_EVERY = 5.0
"""Seconds between two holding prompts while the controller is away; music between them."""
HOLD_BOUND = 300
"""Seconds a caller is on hold at most; then he is back with whoever is in the room."""
EVERYONE = 2**31 - 1
"""A penalty that no agent exceeds."""
AWAITING_LOOKS = 800
"""Twentieths of a second after which a caller for whom a phone rings waits in his queue again, controller or not:
longer than any phone rings (`ivr.engine.conductor.RINGS`)."""
NUMBER_TOLD_BY = "agent-number.sh"
"""The program that asks for the agent's number to be told, beside the files."""
LONGEST_NUMBER_TOLD = 8
"""Digits of an agent's number at most; with more the caller would wait too long for its end."""
RESERVED = frozenset({ONE_AGENT, "general", "globals", "default", *"aehiost"})
"""Names that mean something of their own to Asterisk's files or dialplan."""


class AsteriskInstall(Protocol):
    """The Asterisk that will read the files (`ivr.adapters.exchange.install.Installation` is one)."""

    @property
    def version(self) -> str:
        """E.g. `22.10.1`."""

    @property
    def modules(self) -> Path:
        """The folder of its modules."""

    @property
    def data(self) -> Path:
        """Its share folder, with `documentation/`."""

    @property
    def sounds_en(self) -> Path | None:
        """The English sounds it ships."""


class SecretWords(Protocol):
    """Where passwords come from (`ivr.adapters.secrets.Secrets`)."""

    def word(self, name: str) -> str:
        """The password of that name, always the same."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One of the two Asterisks."""

    kind: str
    system: str
    home: AsteriskHome
    modules: list[str]


def render(
    settings: Settings,
    home: Home,
    secrets: SecretWords,
    install: AsteriskInstall,
    environment: Mapping[str, str] = os.environ,
) -> dict[Path, str]:
    """The text of every file by its path; the carrier's too, where it is enabled. Raises WrongRendering.

    `environment` holds the trunks' passwords.
    """
    _check_names(settings)
    modules = load_list(install.modules, (*ROOMS, *NUMBER, *TAPE, *REGISTERING))
    exchanges = [_Exchange("hotline", settings.node, home.asterisk, modules)]
    if settings.carrier.enabled:
        exchanges.append(_Exchange("carrier", "carrier", home.carrier, load_list(install.modules, CARRIER)))
    files: dict[Path, str] = {}
    for exchange in exchanges:
        values = _values(settings, install, exchange)
        values["secret"] = secrets.word
        values["password_of"] = lambda trunk: password(environment, trunk.password_env, trunk.password_env.key)
        files |= _all_templates(exchange, values)
    return files


def _all_templates(exchange: _Exchange, values: dict[str, Any]) -> dict[Path, str]:
    texts = {}
    for folder in ("common", exchange.kind):
        for template in sorted((TEMPLATES / folder).glob("*.j2")):
            name = template.stem
            jinja = environment("dialplan" if name == "extensions.conf" else "file")
            try:
                texts[exchange.home.etc / name] = jinja.get_template(f"{folder}/{template.name}").render(values)
            except WrongRendering as error:
                raise WrongRendering(f"{exchange.kind}/{name}: {error}") from error
    return texts


@cache
def environment(kind: str) -> jinja2.Environment:
    """Templates of this kind (`dialplan` or `file`), in which nothing unsafe can be written."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  # no HTML; `finalize` lets nothing unsafe through
        finalize=dialplan_value if kind == "dialplan" else line_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        line_comment_prefix="##",
    )
    made.filters |= {"escaped": escaped, "uri_user": uri_user, "socket_host": socket_host, "listed": listed}
    made.filters["exit_keys"] = _exit_keys
    made.filters["number_told"] = _number_told
    made.tests["serving"] = lambda phone, queue: queue in phone.queues
    return made


def _exit_keys(queue: Any, story: Any, call_backs: Any) -> str:
    """The keys that take a caller out of a queue: those set, and `1` for a call back but in an emergency."""
    offers = call_backs.enabled and queue.name != story.emergency_queue
    return "".join(sorted({*queue.exit_keys, *("1" if offers else "")}))


def _number_told(queue: str, story: Any, agents: Any, folder: Any) -> str:
    """By which program Queue() has the number of whoever answers told: by none in the emergency queue."""
    if queue == story.emergency_queue or not agents.number_told:
        return ""
    return Named(f"{folder['etc']}/{NUMBER_TOLD_BY}", "home")


def _values(settings: Settings, install: AsteriskInstall, exchange: _Exchange) -> dict[str, Any]:
    seen = partial(_named_setting, settings)
    folder = {
        "modules": install.modules,
        **{name: getattr(exchange.home, name) for name in ("etc", "run", "log", "lib", "spool", "data", "agents")},
    }
    pause = settings.fallback.pause
    return {
        "system": Named(exchange.system, "node"),
        "folder": {name: _path(path, name) for name, path in folder.items()},
        "version": Named(install.version, "the version of Asterisk"),
        "essential": ESSENTIAL,
        "modules": exchange.modules,
        **{name: seen(name) for name in ("ports", "asterisk", "trunks", "numbers", "queues", "phones", "story")},
        **{name: seen(name) for name in ("call_backs", "fallback", "agents")},
        "cel_columns": EXPRESSIONS,
        "carrier_enabled": settings.carrier.enabled,
        "hotline_address": _reachable(settings),
        "phone_users": _phone_users(settings),
        "pause": f"{pause:g}",
        "prompt_every": max(1, round(HOLDING_PROMPT_EVERY / pause)),
        "story_bound": STORY_BOUND,
        "hold_bound": HOLD_BOUND,
        "later_lines": lambda queue: max(len(queue.tiers), 2) - 1,
        "penalty_step": PENALTY_STEP,
        "everyone": EVERYONE,
        "one_agent": ONE_AGENT,
        "one_agent_rings": max(1, settings.routing.same_agent_patience),
        "awaiting_looks": AWAITING_LOOKS,
        "longest_told": LONGEST_NUMBER_TOLD,
        "emergency_priority": EMERGENCY_PRIORITY,
        # Two ports a call; with its audio sockets a call holds about eight files (pipes, timer, prompt, controller)
        "open_files": 1024 + 4 * (settings.ports.rtp_last - settings.ports.rtp_first),
    }


def _reachable(settings: Settings) -> Named:
    """Where the carrier, on the same machine, finds the hotline."""
    bind = settings.asterisk.bind
    return Named("127.0.0.1" if bind in ("0.0.0.0", "::", "localhost") else bind, "asterisk.bind")  # noqa: S104


def _phone_users(settings: Settings) -> list[Named]:
    """The user parts of the phones' contacts: the carrier plays them all, each once."""
    users = {phone.contact.removeprefix("sip:").split("@")[0]: place for place, phone in enumerate(settings.phones)}
    return [Named(user, f"phones.{place}.contact") for user, place in users.items()]


def _named_setting(settings: Settings, name: str) -> Any:
    return named(getattr(settings, name), name)


def _path(path: PurePath, name: str) -> Named:
    return Named(str(path), f"the folder of Asterisk's {name}")


def _check_names(settings: Settings) -> None:
    """Names that pass as settings and yet would say something else to Asterisk."""
    for kind in ("queues", "phones"):
        for entry in getattr(settings, kind):
            if entry.name in RESERVED or entry.name.startswith("trunk-"):
                raise WrongRendering(f"{kind}: the name {entry.name!r} means something to Asterisk; choose another")
    dialled = [(number.trunk, number.number) for number in settings.numbers]
    for trunk, number in dialled:
        if dialled.count((trunk, number)) > 1:
            raise WrongRendering(f"numbers: {number} stands there twice on trunk {trunk}; keep one")
