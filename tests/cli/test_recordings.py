"""Recordings on the command line: taken out whole and noted, or not at all; and what is wrong is exit code 1."""

import asyncio
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from ivr.adapters.call_recordings import FileRecordings
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql import SqlArchive, make_engine
from ivr.adapters.sql.recordings import SqlRegister
from ivr.adapters.wav import header
from ivr.home import Home
from ivr.ports.recording import Access
from tests.cli.conftest import Hotline
from tests.contracts.archive_contract import archived
from tests.contracts.recording_contract import CALL, LOUD, SOFT


@pytest.fixture
def home(tmp_path: Path, migrated_file: Path) -> Home:
    """Of a hotline that recorded CALL."""
    home = Home(tmp_path / "home")
    home.make()
    shutil.copy(migrated_file, home.root / "archive.db")
    asyncio.run(record(home))
    return home


def recordings_of(home: Home) -> FileRecordings:
    """Of this home."""
    return FileRecordings(home.asterisk.calls, home.call_recordings, FileKeyring(Secrets(home.secrets)))


def url(home: Home) -> str:
    """Of its archive."""
    return f"sqlite+aiosqlite:///{home.root}/archive.db"


async def record(home: Home) -> None:
    """One call, sealed and settled."""
    for side, sound in (("caller", LOUD), ("line", SOFT)):
        (home.asterisk.calls / f"{CALL}-1-{side}.wav").write_bytes(header(len(sound), 1) + sound)
    joined = await recordings_of(home).join(CALL)
    assert joined is not None
    engine, keys = make_engine(url(home)), FileKeyring(Secrets(home.secrets))
    await SqlArchive(engine, keys).store([archived(CALL)])
    await SqlRegister(engine).settle({CALL: joined})
    await engine.dispose()


async def accesses(home: Home) -> list[Access]:
    """Who took it out."""
    engine = make_engine(url(home))
    found = await SqlRegister(engine).accesses(CALL)
    await engine.dispose()
    return found


def test_a_recording_is_taken_out_and_who_did_is_noted(hotline: Hotline, home: Home, tmp_path: Path) -> None:
    """The file is that whose digest is listed, for its owner only."""
    taken = tmp_path / "call.wav"
    code, _, errors = hotline("calls", "recording", CALL, "--out", str(taken), "--reason", "complaint 10000007")
    assert (code, taken.stat().st_mode & 0o777) == (0, 0o600), errors
    [listed] = json.loads(hotline("calls", "list", "--json")[1])
    assert listed["recording"] == "kept"
    assert listed["recording_sha256"] == hashlib.sha256(taken.read_bytes()).hexdigest()
    [access] = asyncio.run(accesses(home))
    assert access.reason == "complaint 10000007"


def test_nothing_is_overwritten_and_nothing_is_without_a_reason(hotline: Hotline, home: Home, tmp_path: Path) -> None:
    """Wrong usage, and no access to note."""
    taken = tmp_path / "call.wav"
    assert hotline("calls", "recording", CALL, "--out", str(taken))[0] == 2
    assert hotline("calls", "recording", CALL, "--out", str(taken), "--reason", " ")[0] == 1
    taken.write_text("mine")
    assert hotline("calls", "recording", CALL, "--out", str(taken), "--reason", "complaint")[0] == 2
    assert taken.read_text() == "mine"
    assert asyncio.run(accesses(home)) == []


def test_a_call_without_a_recording_says_so(hotline: Hotline, home: Home, tmp_path: Path) -> None:
    """One sentence; no file."""
    taken = tmp_path / "call.wav"
    code, _, errors = hotline("calls", "recording", "n1-1767603600.9", "--out", str(taken), "--reason", "complaint")
    assert (code, taken.exists(), "no recording of n1-1767603600.9 is kept" in errors) == (1, False, True)
    assert not list(tmp_path.glob("*.part"))


def test_the_check_names_what_is_wrong(hotline: Hotline, home: Home) -> None:
    """All is well; then the file is gone."""
    assert hotline("recordings", "check")[0] == 0
    recordings_of(home).path(CALL).unlink()
    code, told, _ = hotline("recordings", "check", "--json")
    assert (code, [(one["call_id"], one["what"]) for one in json.loads(told)["wrong"]]) == (1, [(CALL, "missing")])


def test_a_damaged_recording_is_not_taken_out_half(hotline: Hotline, home: Home, tmp_path: Path) -> None:
    """Nobody hears a part for the whole."""
    path = recordings_of(home).path(CALL)
    path.write_bytes(path.read_bytes()[:-1])
    taken = tmp_path / "call.wav"
    code, _, errors = hotline("calls", "recording", CALL, "--out", str(taken), "--reason", "complaint")
    assert (code, taken.exists()) == (1, False), errors
