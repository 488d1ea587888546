"""`hotline recordings check`, `hotline calls recording`: whether all are there, and taking one out."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import calls, context
from ivr.cli.shown import AsJson, err, out, table, write_json
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId

if TYPE_CHECKING:
    from ivr.ports.recording import CallRecordings, RecordingRegister
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The calls' recordings: whether all are there.")


class CannotTakeOut(HotlineError):
    """There is none of this call, or it cannot be read."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Files and what the archive knows of them."""

    recordings: "CallRecordings"
    register: "RecordingRegister"


@app.callback()
def _recordings() -> None:
    """A group, though it has one verb yet."""


@app.command()
def check(as_json: AsJson = False) -> None:
    """Read every recording and compare it with the archive; exit code 1 when one is missing, damaged, orphaned."""
    checked = asyncio.run(_check(context.settings()))
    wrong = [{"call_id": one.call_id, "what": one.what.value, "why": one.why} for one in checked.wrong]
    if as_json:
        write_json({"calls": checked.calls, "recordings": checked.kept, "wrong": wrong})
    else:
        if wrong:
            out.print(table(wrong, ("call_id", "what", "why")))
        out.print(f"{checked.calls} answered calls, {checked.kept} recordings, {len(wrong)} wrong")
    if wrong:
        raise typer.Exit(1)


@calls.app.command()
def recording(
    call_id: Annotated[str, typer.Argument(help="As `calls list` prints it.")],
    *,
    to: Annotated[Path, typer.Option("--out", help="Where the WAV file goes; `-` is standard output.")],
    reason: Annotated[str, typer.Option(help="Why it is taken out: noted, with your name and the time.")],
) -> None:
    """Take a call's recording out as WAV: the caller left, what he heard right. Who did, when and why is noted."""
    settings = context.settings()
    if str(to) == "-":
        asyncio.run(_take_out(settings, CallId(call_id), reason, None))
        return
    if to.exists():
        raise typer.BadParameter(f"{to} is there already; nothing is overwritten", param_hint="--out")
    seconds = asyncio.run(_take_out(settings, CallId(call_id), reason, to))
    err.print(f"{to}: {seconds:.1f} s; it is in clear there, so destroy it when it has served", highlight=False)


async def _check(settings: "Settings"):  # type: ignore[no-untyped-def]  # its type is loaded when it is needed
    from ivr.application.recordings import check

    async with _open(settings) as shelf:
        return await check(shelf.recordings, shelf.register, datetime.now(UTC), asyncio.sleep)


async def _take_out(settings: "Settings", call_id: CallId, reason: str, to: Path | None) -> float:
    from ivr.application.recordings import take_out
    from ivr.ports.recording import Access, DamagedRecording, NoSuchRecording

    async with _open(settings) as shelf:
        access = Access(call_id=call_id, at=datetime.now(UTC), who=getpass.getuser()[:64], reason=reason[:500])
        pieces = take_out(shelf.recordings, shelf.register, access)
        try:
            if to is None:
                async for piece in pieces:
                    sys.stdout.buffer.write(piece)
            else:
                await _into(to, pieces)
            kept = await shelf.recordings.kept(call_id)
        except (NoSuchRecording, DamagedRecording) as fault:
            raise CannotTakeOut(str(fault.args[0])) from fault
    return kept.seconds if kept else 0.0


async def _into(to: Path, pieces: AsyncIterator[bytes]) -> None:
    """Whole or not at all, for its owner only."""
    unfinished = to.with_name(f"{to.name}.part")
    try:
        unfinished.touch(mode=0o600)
        with unfinished.open("wb") as file:
            async for piece in pieces:
                file.write(piece)
        unfinished.replace(to)
    finally:
        unfinished.unlink(missing_ok=True)


@asynccontextmanager
async def _open(settings: "Settings") -> AsyncIterator[Shelf]:
    from ivr.adapters.call_recordings import FileRecordings
    from ivr.adapters.sql.engine import make_engine
    from ivr.adapters.sql.recordings import SqlRegister
    from ivr.cli.opening import keyring
    from ivr.home import Home

    home, keys, database = Home(settings.home), keyring(settings), make_engine(settings.archive_url)
    try:
        yield Shelf(FileRecordings(home.asterisk.calls, home.call_recordings, keys), SqlRegister(database))
    finally:
        await database.dispose()
