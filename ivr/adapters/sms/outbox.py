"""The outbox of the demonstration: messages in a SQLite file of the home, read by the demonstration's phone.

A code in a message is a C3 secret, so number and text stand there sealed, only until the message is read or its time is
over, and then nowhere: overwritten (`secure_delete`), and the write-ahead log emptied. What stays is that there was a
message under this effect id.
"""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from ivr.adapters.sms.numbers import content, must_be_reachable
from ivr.adapters.sqlite_file import SqliteFile
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from ivr.ports.clock import Clock
from ivr.ports.keyring import Keyring, Undecryptable
from ivr.ports.sms import Sent, SmsDown, SmsRefusal, SmsRefused, SmsState, filled

T = TypeVar("T")
KEEP = timedelta(minutes=5)
_SCHEMA = """
CREATE TABLE messages (
    effect_id TEXT PRIMARY KEY, content BLOB NOT NULL, number BLOB, sealed BLOB, accepted_at TEXT NOT NULL,
    expires_at TEXT NOT NULL, state TEXT NOT NULL
) STRICT
"""


class Outbox:
    """Implements ivr.ports.sms.Sms. `async with` it, or open and close it."""

    def __init__(self, path: Path, keyring: Keyring, clock: Clock, keep: timedelta = KEEP) -> None:
        """`keep`: how long a message waits for its reader."""
        self._keyring = keyring
        self._clock = clock
        self._keep = keep
        self._file = SqliteFile(path, _fill)

    async def open(self) -> None:
        """Make the file where there is none, and open it. Raises SmsDown."""
        try:
            await self._file.open()
        except (sqlite3.Error, OSError) as error:
            raise SmsDown(f"the SMS outbox cannot be opened: {error}") from error

    async def close(self) -> None:
        """Let go of the file."""
        await self._file.close()

    async def __aenter__(self) -> "Outbox":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def send(self, to: str, text: str, effect_id: EffectId, *, code: SecretDigits | None = None) -> Sent:
        """Put it into the outbox, once. Raises SmsDown, SmsRefused."""
        must_be_reachable(to)
        now = self._clock.now()
        whole = filled(text, code)
        row = (
            effect_id,
            self._keyring.blind_index(content(to, whole), "sms.content"),
            self._keyring.blind_index(to, "sms.number"),
            self._keyring.encrypt(json.dumps([to, whole]).encode(), _context(effect_id)),
            now.isoformat(),
            (now + self._keep).isoformat(),
            SmsState.ACCEPTED.value,
        )

        def put(sql: sqlite3.Connection) -> Sent:
            known = _find(sql, effect_id)
            if known is None:
                place = sql.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid
                return Sent(reference=f"S{place:06}", accepted_at=now, state=SmsState.ACCEPTED)
            if known["content"] != row[1]:
                raise SmsRefused(SmsRefusal.EFFECT_REUSED)
            return _sent(known)

        return await self._change(put)

    async def outcome(self, effect_id: EffectId) -> Sent | None:
        """How far it got. Raises SmsDown."""

        def look(sql: sqlite3.Connection) -> Sent | None:
            known = _find(sql, effect_id)
            return None if known is None else _sent(known)

        return await self._change(look)

    async def read_latest(self, to: str) -> str | None:
        """What the demonstration's phone shows: the newest unread message to this number, which is delivered by that
        and destroyed; None where there is none. Raises SmsDown.
        """
        number = self._keyring.blind_index(to, "sms.number")

        def take(sql: sqlite3.Connection) -> str | None:
            query = "SELECT * FROM messages WHERE number = ? ORDER BY accepted_at DESC, rowid DESC LIMIT 1"
            row = sql.execute(query, (number,)).fetchone()
            if row is None:
                return None
            _, text = json.loads(self._keyring.decrypt(row["sealed"], _context(row["effect_id"])))
            _destroy(sql, SmsState.DELIVERED, "effect_id = ?", row["effect_id"])
            return str(text)

        text = await self._change(take)
        await self._leave_nothing()
        return text

    async def sweep(self) -> None:
        """Destroy what nobody read in time. Every other method does so too. Raises SmsDown."""
        await self._change(lambda _: None)

    # ------------------------------------------------------------------------------------------------- inside
    async def _change(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """The job, after what is over was destroyed."""
        now = self._clock.now().isoformat()

        def both(sql: sqlite3.Connection) -> tuple[int, T]:
            expired = _destroy(sql, SmsState.EXPIRED, "state = 'accepted' AND expires_at <= ?", now)
            return expired, job(sql)

        try:
            expired, result = await self._file.change(both)
        except (sqlite3.Error, Undecryptable) as error:
            raise SmsDown(f"the SMS outbox cannot be used: {error}") from error
        if expired:
            await self._leave_nothing()
        return result

    async def _leave_nothing(self) -> None:
        try:
            await self._file.truncate_log()
        except sqlite3.Error as error:
            raise SmsDown(f"the SMS outbox cannot be written: {error}") from error


def _fill(sql: sqlite3.Connection) -> None:
    sql.execute(_SCHEMA)


def _context(effect_id: str) -> bytes:
    return f"sms {effect_id}".encode()


def _find(sql: sqlite3.Connection, effect_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = sql.execute("SELECT rowid, * FROM messages WHERE effect_id = ?", (effect_id,)).fetchone()
    return row


def _destroy(sql: sqlite3.Connection, state: SmsState, which: str, value: str) -> int:
    update = f"UPDATE messages SET state = ?, number = NULL, sealed = NULL WHERE {which}"  # noqa: S608  (our own words)
    return sql.execute(update, (state.value, value)).rowcount


def _sent(row: sqlite3.Row) -> Sent:
    return Sent(
        reference=f"S{row['rowid']:06}",
        accepted_at=datetime.fromisoformat(row["accepted_at"]),
        state=SmsState(row["state"]),
    )
