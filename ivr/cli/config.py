"""`hotline config`: what is set."""

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, out, write_json

app = typer.Typer(no_args_is_help=True, help="What is set.")


@app.callback()
def _group() -> None:
    """Typer would make a single command the whole group."""


@app.command()
def show(as_json: AsJson = False) -> None:
    """Print every setting in force, file and environment taken together; passwords are hidden."""
    plain = effective(context.settings())
    if as_json:
        write_json(plain)
        return
    for line in lines(plain):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def effective(settings: object) -> dict[str, object]:
    """All settings as plain values, without any secret. Trunk passwords are in no setting, only their variables'
    names; the archive's URL may carry one.
    """
    from ivr.settings import Settings

    assert isinstance(settings, Settings)  # noqa: S101  (typed loosely to keep pydantic out of `--help`)
    plain = settings.model_dump(mode="json")
    archive = plain["archive"]
    if archive["url"]:
        archive["url"] = without_password(archive["url"])
    return plain


def without_password(url: str) -> str:
    """A URL with `***` for its password, wherever it stands."""
    from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

    try:
        parts = urlsplit(url)
        _ = parts.port  # a wrong one is told by asking
    except ValueError:
        return "*** (not readable as a URL)"
    location = parts.netloc
    if "@" in location:
        user, _, host = location.rpartition("@")
        name, colon, _ = user.partition(":")
        location = f"{name}:***@{host}" if colon else location
    query = "&".join(
        f"{quote(key)}={'***' if 'pass' in key.lower() or 'secret' in key.lower() else quote(value, safe='/')}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    hidden = urlunsplit((parts.scheme, location, parts.path, query, parts.fragment))
    # A URL without a location (sqlite+aiosqlite:///file) loses its empty `//` on the way.
    return hidden if location else url.partition("?")[0] + (f"?{query}" if query else "")


def lines(plain: dict[str, object]) -> list[str]:
    """As in the file: `ports.sip = 5160`; lists of tables numbered."""
    import json

    found: list[str] = []

    def walk(key: str, value: object) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(f"{key}.{name}" if key else name, inner)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, inner in enumerate(value):
                walk(f"{key}.{number}", inner)
        else:
            found.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")

    walk("", plain)
    return found
