"""The outbox: the port's promises in a file, and no text on the disk once it is read or expired."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.secrets import Secrets
from ivr.adapters.sms.outbox import Outbox
from ivr.domain.secret import SecretDigits
from ivr.ports.sms import SmsDown, SmsState
from tests.contracts.sms_contract import MOBILE, ONE, TWO, WITH_CODE, SmsContract, SmsWorld


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    """Of a home of its own."""
    return FileKeyring(Secrets(tmp_path / "secrets"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of the outbox."""
    return tmp_path / "home" / "sms.db"


@pytest.fixture
async def world(path: Path, keyring: FileKeyring) -> AsyncIterator[SmsWorld]:
    """Nothing was sent yet."""
    clock = VirtualClock()
    async with Outbox(path, keyring, clock) as outbox:
        yield SmsWorld(sms=outbox, read=outbox.read_latest, clock=clock)


class TestOutbox(SmsContract):
    """Every promise of the port."""


def on_disk(path: Path) -> bytes:
    """Whatever stands in the folder."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def sealed_bytes(path: Path) -> bytes:
    """The sealed message as the file has it."""
    with closing(sqlite3.connect(path)) as sql:
        [(sealed,)] = sql.execute("SELECT sealed FROM messages").fetchall()
    return bytes(sealed)


async def test_neither_number_nor_text_stands_in_clear(world: SmsWorld, path: Path) -> None:
    """Not for a moment."""
    await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
    for personal in ("042917", MOBILE, MOBILE.removeprefix("+86"), "验证码"):
        assert personal.encode() not in on_disk(path)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("end", ["read", "expired", "swept"])
async def test_what_is_read_or_expired_is_nowhere(world: SmsWorld, path: Path, end: str) -> None:
    """Not even sealed: its bytes are in no page and no log of the database."""
    await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
    sealed = await asyncio.to_thread(sealed_bytes, path)
    assert sealed in on_disk(path)
    if end == "read":
        await world.read(MOBILE)
    else:
        await world.clock.advance(301)
        assert isinstance(world.sms, Outbox)
        await (world.sms.sweep() if end == "swept" else world.sms.send(MOBILE, "另一条", TWO))
    assert sealed not in on_disk(path)
    assert sealed[20:40] not in on_disk(path)


async def test_a_message_outlives_the_process(world: SmsWorld, path: Path, keyring: FileKeyring) -> None:
    """Sent before a crash, asked for and read after it; the same key sends nothing more."""
    sent = await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
    async with Outbox(path, keyring, world.clock) as other:
        assert await other.outcome(ONE) == sent
        assert await other.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917")) == sent
        assert await other.read_latest(MOBILE) is not None
    after = await world.sms.outcome(ONE)
    assert after is not None
    assert after.state is SmsState.DELIVERED


async def test_a_file_that_is_no_outbox_is_a_gateway_that_is_down(tmp_path: Path, keyring: FileKeyring) -> None:
    """With the reason."""
    (tmp_path / "sms.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(SmsDown, match="outbox"):
        await Outbox(tmp_path / "sms.db", keyring, VirtualClock()).open()
