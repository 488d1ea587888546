"""`hotline bank`: the demo bank's made-up customers, the bank's contract, and a server that keeps it."""

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, err, out, write_json
from ivr.domain.errors import HotlineError

if TYPE_CHECKING:
    from ivr.adapters.bank.people import Person
    from ivr.adapters.keyring import FileKeyring
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The bank behind the line; made-up customers to try it with.")

TOKEN = "bank_api"  # noqa: S105  (the name of a secret)


class NotTheDemoBank(HotlineError):
    """A real bank's customers are not listed by us."""


class Api(Enum):
    """The published contracts."""

    BANK = "bank"
    SMS = "sms"


@app.command()
def people(
    *,
    kind: Annotated[str | None, typer.Option(help="Only of this kind: ordinary, corporate, frozen, …")] = None,
    limit: Annotated[int, typer.Option(help="With --kind: at most so many.", min=1, max=1000)] = 10,
    as_json: AsJson = False,
) -> None:
    """List customers of the demo bank with all their keys: one of each kind, or some of one kind. Nobody of them
    exists; their passwords are derived from this home's secrets and stand nowhere in clear.
    """
    settings = context.settings()
    rows = _rows(settings, kind, limit)
    if as_json:
        write_json(rows)
        return
    err.print("The demo bank: made-up customers. Nobody of them exists.", style="dim")
    for row in rows:
        out.print(_line(row), highlight=False, markup=False, soft_wrap=True)


def _line(row: dict[str, object]) -> str:
    """One customer in words."""
    told = [f"number {row['number']}"]
    for name, values in (
        ("password", row["password"]),
        ("resident id", row["resident_id"]),
        ("card", row["cards"]),
        ("phone", row["phones"]),
        ("contact and password", row["contacts"]),
    ):
        told += [f"{name} {value}" for value in (values if isinstance(values, list) else [values]) if value]
    kinds = row["kinds"]
    assert isinstance(kinds, list)  # noqa: S101  (as made below)
    return f"{' '.join(kinds)}: {', '.join(told)}"


@app.command()
def contract(
    api: Annotated[Api, typer.Argument(help="Which: what is asked of a bank, or of an SMS gateway.")] = Api.BANK,
) -> None:
    """Print the OpenAPI document that a bank (or an SMS gateway) has to keep."""
    if api is Api.BANK:
        from ivr.adapters.bank.contract import document
    else:
        from ivr.adapters.sms.gateway import document
    typer.echo(document(), nl=False)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.", min=0, max=65535)] = 8470,
    host: Annotated[str, typer.Option(help="The address; other machines reach this one by another.")] = "127.0.0.1",
) -> None:
    """Serve the demo bank by the contract, until Ctrl-C: to try an adapter, or as a bank for another hotline."""
    settings = context.settings()
    _must_be_demo(settings)
    _keyring(settings)
    asyncio.run(_serve(settings, host, port))


async def _serve(settings: "Settings", host: str, port: int) -> None:
    from ivr.adapters.bank.contract import bank_app
    from ivr.adapters.bank.opening import open_bank
    from ivr.adapters.clock import SystemClock
    from ivr.adapters.http.serving import listen, server
    from ivr.adapters.secrets import Secrets
    from ivr.home import Home

    home = Home(settings.home)
    token = Secrets(home.secrets).word(TOKEN)
    with listen(host, port) as listening:
        async with open_bank(settings.bank, home, _keyring(settings), SystemClock()) as bank:
            where = f"http://{host}:{listening.getsockname()[1]}"
            out.print(f"the demo bank is at {where}; its token is in {home.secrets / TOKEN}", soft_wrap=True)
            await server(bank_app(bank, token)).serve(sockets=[listening])


def _rows(settings: "Settings", kind: str | None, limit: int) -> list[dict[str, object]]:
    from ivr.adapters.bank.people import Example, example, kinds_of, population, shared_phones

    _must_be_demo(settings)
    keyring, everybody = _keyring(settings), population()
    shared = shared_phones(everybody)
    if kind is None:
        chosen = [example(one, everybody) for one in Example]
    elif kind in (names := [one.value for one in Example]):
        wanted = Example(kind)
        chosen = [person for person in everybody if wanted in kinds_of(person, shared)][:limit]
    else:
        raise NoSuchKind(f"there is no kind {kind!r}; there are {', '.join(names)}")
    return [{"kinds": [one.value for one in kinds_of(person, shared)], **_keys(person, keyring)} for person in chosen]


class NoSuchKind(HotlineError):
    """No customer is of it."""


def _keys(person: "Person", keyring: "FileKeyring") -> dict[str, object]:
    """Everything that he can key in."""
    from ivr.adapters.bank.passwords import derived
    from ivr.adapters.bank.tables import contact_owner

    return {
        "kind": person.kind.value,
        "number": person.number,
        "password": derived(keyring, person.number).reveal() if person.has_password else None,
        "resident_id": person.resident_id,
        "cards": [card.number for card in person.cards],
        "phones": list(person.phones),
        "contacts": [
            f"{contact.number}: {derived(keyring, contact_owner(person.number, contact.number)).reveal()}"
            for contact in person.contacts
        ],
    }


def _must_be_demo(settings: "Settings") -> None:
    if settings.bank.kind != "demo":
        raise NotTheDemoBank(f"bank.kind is {settings.bank.kind!r}: a real bank's customers are not listed here")


def _keyring(settings: "Settings") -> "FileKeyring":
    from ivr.adapters.keyring import FileKeyring
    from ivr.adapters.secrets import Secrets
    from ivr.cli.opening import NoHome
    from ivr.home import Home

    home = Home(settings.home)
    if not home.secrets.is_dir():
        raise NoHome(f"there is no hotline at {home.root}; HOTLINE_HOME says where it is, `hotline up` makes one")
    return FileKeyring(Secrets(home.secrets))
