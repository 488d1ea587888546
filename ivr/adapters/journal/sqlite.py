"""The journal on disk: append-only SQLite segments, one durable commit for everything that waits, payloads sealed."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import structlog

from ivr.adapters.journal.segment import AppendRow, CallRow
from ivr.adapters.journal.shelf import Append, Shelf
from ivr.adapters.journal.writer import Writer
from ivr.adapters.keyring import CallKey
from ivr.domain.ids import CallId
from ivr.ports.codec import decode_entries, encode_entries
from ivr.ports.journal import Closed, Entry, Opened, OutOfSequence, one_call
from ivr.ports.keyring import Keyring, Undecryptable

log = structlog.get_logger()

_REMEMBERED = 512
"""Closed calls whose entries are kept in memory until they are archived. The others are read from the disk."""


class SqliteJournal:
    """Implements ivr.ports.journal.Journal. `async with` it, or open and close it.

    Every append is sealed whole under a key of its call, which lies wrapped by the keyring in the call's line and is
    overwritten when the call is archived. A file is dropped once every call in it is.
    """

    def __init__(self, folder: Path, keyring: Keyring, *, segment_appends: int = 10_000) -> None:
        self._keyring = keyring
        self._shelf = Shelf(folder, segment_appends)
        self._writer = Writer(self._shelf)
        self._keys: dict[CallId, CallKey] = {}
        self._written: dict[CallId, list[Entry]] = {}
        """Entries of calls that were opened by this process: who archives them need not decipher what it wrote."""
        self._closed: dict[CallId, list[Entry]] = {}

    async def open(self) -> None:
        """Lock the folder and read what is there. Raises JournalInUse, OSError."""
        self._writer.start()
        try:
            await self._writer.run(self._shelf.open)
        except BaseException:
            await self._writer.stop()
            raise

    async def close(self) -> None:
        """Write what waits, then let go of the files."""
        await self._writer.run(self._shelf.close)
        await self._writer.stop()

    async def __aenter__(self) -> "SqliteJournal":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ------------------------------------------------------------------------------------------- port
    async def append(self, entries: Sequence[Entry]) -> None:
        """Write these entries; on disk when this returns. Raises JournalFull, OutOfSequence."""
        if not entries:
            return
        call_id = one_call(entries)
        opens, closes = isinstance(entries[0].fact, Opened), isinstance(entries[-1].fact, Closed)
        if opens:
            key = CallKey.make(self._keyring, _key_context(call_id))
        else:
            key = self._keys.get(call_id) or await self._key_on_disk(call_id)
        first, last = entries[0].sequence, entries[-1].sequence
        sealed = key.seal(encode_entries(entries), _context(call_id, last))
        try:
            await self._writer.append(Append(call_id, key.wrapped if opens else None, closes, first, last, sealed))
        except BaseException:  # whether they are on disk is not known here: from now on the disk alone tells
            self._let_go(call_id)
            raise
        if opens:
            self._keys[call_id], self._written[call_id] = key, []
        written = self._written.get(call_id)
        if written is not None:
            written += entries
        if closes:
            self._keys.pop(call_id, None)
            whole = self._written.pop(call_id, None)
            if whole is not None and len(self._closed) < _REMEMBERED:
                self._closed[call_id] = whole

    async def entries(self, call_id: CallId) -> list[Entry]:
        """All entries of a call that is not archived. One that cannot be deciphered is set aside, and unknown."""
        found = await self._writer.run(lambda: self._shelf.read(call_id))
        if found is None:
            return []
        try:
            return self._deciphered(*found)
        except (Undecryptable, ValueError) as error:
            log.critical(
                "journal_call_unreadable",
                call_id=call_id,
                why=str(error),
                mend="restore its data key to the secrets; the call is kept, marked unreadable",
            )
            self._let_go(call_id)
            await self._writer.run(lambda: self._shelf.set_unreadable(call_id))
            return []

    async def open_calls(self) -> list[CallId]:
        """Calls without a Closed entry."""
        return await self._writer.run(self._shelf.open_calls)

    async def closed_calls(self, limit: int) -> AsyncIterator[list[Entry]]:
        """Whole closed calls, oldest first. Read one by one, so that appends pass between them."""
        for call_id in await self._writer.run(lambda: self._shelf.closed_calls(limit)):
            entries = self._closed.get(call_id) or await self.entries(call_id)
            if entries:
                yield entries

    async def mark_archived(self, call_ids: Sequence[CallId]) -> None:
        """Destroy the keys of these calls, and drop the segments that are done with. Raises JournalFull."""
        await self._writer.run(lambda: self._shelf.forget(call_ids))
        for call_id in call_ids:
            self._let_go(call_id)
            self._closed.pop(call_id, None)

    # ----------------------------------------------------------------------------------------- sealing
    def _let_go(self, call_id: CallId) -> None:
        """What is known in memory of a call that is open."""
        self._keys.pop(call_id, None)
        self._written.pop(call_id, None)

    async def _key_on_disk(self, call_id: CallId) -> CallKey:
        found = await self._writer.run(lambda: self._shelf.read(call_id))
        if found is None:
            raise OutOfSequence(f"{call_id} is not open in this journal")
        key = CallKey.unwrap(found[0].key, self._keyring, _key_context(call_id))
        self._keys[call_id] = key
        return key

    def _deciphered(self, call: CallRow, rows: Sequence[AppendRow]) -> list[Entry]:
        call_id = call.call_id
        key = self._keys.get(call_id) or CallKey.unwrap(call.key, self._keyring, _key_context(call_id))
        return [
            entry
            for _, last, payload in rows
            for entry in decode_entries(key.unseal(payload, _context(call_id, last)), call_id, last)
        ]


def _context(call_id: CallId, sequence: int) -> bytes:
    return f"journal {call_id} {sequence}".encode()


def _key_context(call_id: CallId) -> bytes:
    return f"journal {call_id} key".encode()
