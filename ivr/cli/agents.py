"""`hotline agents`: the accounts of those who answer, their skills, their phones' credentials, their presence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ivr.cli import context
from ivr.cli.agents_open import Number, change, run
from ivr.cli.presence import add_to
from ivr.cli.shown import AsJson, clock, duration, in_words, out, table, write_json
from ivr.domain.agent import Agent, SipCredentials, Skills, Tier
from ivr.domain.caller import Language
from ivr.domain.errors import HotlineError
from ivr.domain.ids import AgentId
from ivr.domain.presence import Presence, PresenceState
from ivr.domain.problem import Category

if TYPE_CHECKING:
    from ivr.ports.agents import Agents
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Who answers: accounts, skills, phones, presence.")

COLUMNS = (
    "agent",
    "name",
    "tier",
    "languages",
    "categories",
    "teams",
    "phone",
    "phone_state",
    "state",
    "reason",
    "for",
    "version",
)
ANSWER = 2.0
"""Seconds the controller has to say what the phones do."""
T = TypeVar("T")

Languages = Annotated[list[Language] | None, typer.Option("--language", help="Spoken; several times, the best first.")]
Categories = Annotated[
    list[Category] | None, typer.Option("--category", help="A specialist of; several times. None: a generalist.")
]
Teams = Annotated[list[str] | None, typer.Option("--team", help="Whose supervisors may help; several times.")]
Phone = Annotated[str | None, typer.Option(help="A phone of [[phones]]; empty: the agent's own.")]


class WrongAgent(HotlineError):
    """What was given makes no account; the sentence says what is allowed."""


class ShownAlready(HotlineError):
    """Credentials are shown once."""


class StillThere(HotlineError):
    """An agent at work is not removed under his caller."""


@app.command()
def add(
    number: Number,
    name: Annotated[str, typer.Option(help="The agent's name; kept encrypted, never spoken.")],
    *,
    language: Languages = None,
    category: Categories = None,
    tier: Annotated[Tier, typer.Option(help="Which line: agent, senior, duty.")] = Tier.AGENT,
    team: Teams = None,
    phone: Phone = None,
    as_json: AsJson = False,
) -> None:
    """Make an account; it is offline, and has no credentials yet."""
    settings = context.settings()
    made = _made(
        lambda: Agent(
            agent=AgentId(number),
            name=name,
            skills=Skills(languages=tuple(language or (Language.ZH,)), categories=tuple(category or ()), tier=tier),
            teams=tuple(team or ()),
            phone=_phone(settings, phone or ""),
            created_at=datetime.now(UTC),
        )
    )
    change(settings, lambda agents: agents.add(made))
    _say(settings, number, as_json, f"agent {number} is added; `hotline agents credentials {number}` makes his phone's")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List everyone with skills and presence, since when, and what the phone of who is at work does."""

    async def look(agents: "Agents") -> list[dict[str, object]]:
        presences = await agents.presences()
        return [brief(agent, presences[agent.agent]) for agent in await agents.all() if agent.agent in presences]

    settings = context.settings()
    rows = run(settings, look)
    phones = _phones_of(settings)
    for row in rows:
        row["phone_state"] = phones.get(str(row["agent"]))
    if as_json:
        write_json(rows)
    elif not rows:
        out.print("no agent yet; `hotline agents add` makes one")
    else:
        out.print(table([_for_people(row) for row in rows], COLUMNS))


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one, with what he did in the last day."""
    _show(context.settings(), number, as_json)


@app.command("set")
def set_(
    number: Number,
    *,
    name: Annotated[str | None, typer.Option(help="The agent's name.")] = None,
    team: Teams = None,
    phone: Phone = None,
    as_json: AsJson = False,
) -> None:
    """Change name, teams or phone; what is not given stays."""
    settings = context.settings()

    async def changed(agents: "Agents") -> None:
        old = await agents.read(AgentId(number))
        await agents.change(
            _made(
                lambda: replace(
                    old,
                    name=old.name if name is None else name,
                    teams=old.teams if team is None else tuple(team),
                    phone=old.phone if phone is None else _phone(settings, phone),
                )
            )
        )

    change(settings, changed)
    _say(settings, number, as_json, f"agent {number} is changed")


@app.command()
def skills(
    number: Number,
    *,
    language: Languages = None,
    category: Categories = None,
    generalist: Annotated[bool, typer.Option("--generalist", help="A specialist of nothing any more.")] = False,
    tier: Annotated[Tier | None, typer.Option(help="Which line: agent, senior, duty.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what an agent can do; what is not given stays. `hotline route explain` shows what comes of it."""
    settings = context.settings()

    async def changed(agents: "Agents") -> None:
        old = await agents.read(AgentId(number))
        categories = () if generalist else old.skills.categories if category is None else tuple(category)
        new = _made(
            lambda: Skills(
                languages=old.skills.languages if language is None else tuple(language),
                categories=categories,
                tier=tier or old.skills.tier,
            )
        )
        await agents.change(replace(old, skills=new))

    change(settings, changed)
    _say(settings, number, as_json, f"the skills of agent {number} are changed")


@app.command()
def remove(number: Number) -> None:
    """Remove an account that is offline. Its history stays; name and credentials are destroyed."""

    async def gone(agents: "Agents") -> None:
        presence = await agents.presence(AgentId(number))
        if presence.state is not PresenceState.OFFLINE:
            raise StillThere(
                f"agent {number} is {in_words(presence.state.value)}; `hotline agents offline {number}` first"
            )
        await agents.remove(AgentId(number))

    change(context.settings(), gone)
    out.print(f"agent {number} is removed", highlight=False)


@app.command()
def credentials(
    number: Number,
    new: Annotated[bool, typer.Option("--new", help="Make new ones; the phone must be set anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show by what the agent's phone registers: made the first time, kept encrypted, shown once."""
    settings = context.settings()
    made = change(settings, lambda agents: _credentials(agents, AgentId(number), new=new))
    told = {
        "user": made.agent,
        "password": made.password,
        "server": f"{settings.asterisk.bind}:{settings.ports.sip}",
        "transport": "udp",
    }
    if as_json:
        write_json(told)
        return
    for key, value in told.items():
        out.print(f"{key:<10} {value}", highlight=False, markup=False)
    out.print("\nThis is shown once. `--new` makes others.", highlight=False)


def brief(agent: Agent, presence: Presence) -> dict[str, object]:
    """What `agents list` says of one; moments in UTC."""
    return {
        "agent": agent.agent,
        "name": agent.name,
        "tier": agent.skills.tier.value,
        "languages": [language.value for language in agent.skills.languages],
        "categories": [category.value for category in agent.skills.categories],
        "teams": list(agent.teams),
        "phone": agent.phone,
        "endpoint": agent.endpoint,
        "state": presence.state.value,
        "reason": presence.reason,
        "since": presence.since,
        "until": presence.until,
        "call_id": presence.call_id,
        "wish": presence.wish.event.value if presence.wish else None,
        "version": presence.version,
        "created_at": agent.created_at,
    }


async def _credentials(agents: "Agents", number: AgentId, *, new: bool) -> SipCredentials:
    from ivr.adapters import sip_passwords

    now = datetime.now(UTC)
    known = await agents.credentials(number)
    if known is not None and known.shown_at is not None and not new:
        raise ShownAlready(
            f"the credentials of agent {number} were shown at {clock(known.shown_at)}; `--new` makes others, and the "
            "phone must be set anew"
        )
    password, made_at = (known.password, known.made_at) if known and not new else (sip_passwords.make(), now)
    made = SipCredentials(agent=number, password=password, made_at=made_at, shown_at=now)
    await agents.keep_credentials(made)
    return made


def _show(settings: "Settings", number: str, as_json: bool) -> None:
    async def look(agents: "Agents") -> tuple[dict[str, object], list[dict[str, object]]]:
        agent, presence = await agents.read(AgentId(number)), await agents.presence(AgentId(number))
        entries = await agents.history(AgentId(number), datetime.now(UTC) - timedelta(days=1))
        history: list[dict[str, object]] = [
            {
                "at": entry.at,
                "by": str(entry.by),
                "event": entry.event.value,
                "before": entry.before.value,
                "after": entry.after.value,
                "reason": entry.reason,
                "call_id": entry.call_id,
            }
            for entry in entries
        ]
        return brief(agent, presence), history

    told, history = run(settings, look)
    if as_json:
        write_json({**told, "history": history})
        return
    for key, value in _for_people(told).items():
        out.print(f"{key:<12} {value}", highlight=False, markup=False, soft_wrap=True)
    if history:
        out.print()
        columns = ("at", "by", "event", "before", "after", "reason", "call_id")
        out.print(table([_for_people(row) for row in history], columns))


def _phones_of(settings: "Settings") -> dict[str, object]:
    """What the phones of those at work do now, as the exchange knows it: free, ringing, busy, or gone; nothing where
    nobody runs or answers."""
    if context.parent(settings) is None:
        return {}
    from ivr.cli.asking import ask_controller
    from ivr.ports.bus import CommandRefused

    try:
        told, _ = ask_controller(settings, "queues", ANSWER)
    except CommandRefused:  # it has no link to the exchange
        return {}
    queues = told["queues"] if told else []
    found = queues if isinstance(queues, list) else []
    return {str(member["member"]): member["phone_state"] for queue in found for member in queue["members"]}


def _say(settings: "Settings", number: str, as_json: bool, sentence: str) -> None:
    if as_json:
        _show(settings, number, as_json=True)
    else:
        out.print(sentence, highlight=False)


def _for_people(row: dict[str, object]) -> dict[str, object]:
    since = row.get("since")
    told = {"for": duration((datetime.now(UTC) - since).total_seconds())} if isinstance(since, datetime) else {}

    def said(value: object) -> object:
        if isinstance(value, datetime):
            return clock(value)
        if isinstance(value, list):
            return ", ".join(map(str, value)) or "–"
        return "–" if value in (None, "") else value

    return {key: said(value) for key, value in row.items()} | told


def _phone(settings: "Settings", phone: str) -> str:
    names = sorted(each.name for each in settings.phones)
    if phone and phone not in names:
        raise WrongAgent(f"phone {phone!r} is none of [[phones]]: {', '.join(names) or 'there is none'}")
    return phone


def _made(make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        raise WrongAgent(str(error)) from error


add_to(app)
