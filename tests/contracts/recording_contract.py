"""What every keeper of recordings promises, and every register of them. Subclasses give the fixtures."""

import hashlib
import io
import wave
from array import array
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording, Recording
from ivr.ports.archive import Archive, ArchivedCall
from ivr.ports.recording import Access, CallRecordings, DamagedRecording, NoRoom, NoSuchRecording, RecordingRegister
from tests.contracts.archive_contract import archived
from tests.contracts.calls import NINE

CALL, OTHER = CallId("n1-1767603600.7"), CallId("n1-1767603600.70")
LOUD, SOFT = array("h", [9000, -9000] * 400).tobytes(), array("h", [300, -300] * 400).tobytes()
"""A tenth of a second each."""
KEPT = Recording(sha256="a" * 64, seconds=61.5, segments=2, lacking=1)


class Studio(Protocol):
    """The recordings, and what happens to them from outside."""

    recordings: CallRecordings

    def write(self, call_id: CallId, segment: int, caller: bytes, line: bytes) -> None:
        """The exchange has written a segment, and closed it."""

    def damage(self, call_id: CallId) -> None:
        """The kept file is changed."""

    def fill_the_disk(self) -> None:
        """It takes no more."""


async def heard(recordings: CallRecordings, call_id: CallId) -> "tuple[array[int], array[int]]":
    """What the caller said, and what he heard."""
    content = b"".join([piece async for piece in recordings.read(call_id)])
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        both = array("h", file.readframes(file.getnframes()))
    return both[0::2], both[1::2]


class RecordingsContract:
    """Run against each implementation."""

    async def test_segments_are_joined_in_order_with_both_sides_apart(self, studio: Studio) -> None:
        """The caller left, what he hears right; the tenth segment after the second."""
        studio.write(CALL, 10, SOFT, LOUD)
        studio.write(CALL, 1, LOUD, SOFT)
        studio.write(CALL, 2, SOFT, SOFT)
        joined = await studio.recordings.join(CALL)
        assert joined is not None
        caller, line = await heard(studio.recordings, CALL)
        assert caller.tobytes() == LOUD + SOFT + SOFT
        assert line.tobytes() == SOFT + SOFT + LOUD
        assert (joined.seconds, joined.segments, joined.lacking) == (0.3, 3, 7)

    async def test_the_shorter_side_ends_in_silence(self, studio: Studio) -> None:
        """So that the next segment begins on both sides at once."""
        studio.write(CALL, 1, LOUD, SOFT[:400])
        studio.write(CALL, 2, b"", LOUD)
        await studio.recordings.join(CALL)
        caller, line = await heard(studio.recordings, CALL)
        assert caller.tobytes() == LOUD + bytes(len(LOUD))
        assert line.tobytes() == SOFT[:400] + bytes(len(LOUD) - 400) + LOUD

    async def test_the_digest_is_that_of_the_exported_file(self, studio: Studio) -> None:
        """Whoever has the file can compare."""
        studio.write(CALL, 1, LOUD, SOFT)
        joined = await studio.recordings.join(CALL)
        content = b"".join([piece async for piece in studio.recordings.read(CALL)])
        assert joined is not None
        assert joined.sha256 == hashlib.sha256(content).hexdigest()
        assert await studio.recordings.kept(CALL) == joined

    async def test_joining_leaves_nothing_in_clear_and_can_be_done_again(self, studio: Studio) -> None:
        """Of this call; another's is not touched, however alike the names."""
        studio.write(CALL, 1, LOUD, SOFT)
        studio.write(OTHER, 1, SOFT, SOFT)
        assert await studio.recordings.left() == [CALL, OTHER]
        joined = await studio.recordings.join(CALL)
        assert await studio.recordings.left() == [OTHER]
        assert await studio.recordings.join(CALL) == joined
        assert await studio.recordings.calls() == [CALL]

    async def test_what_is_left_of_a_call_that_is_kept_is_not_joined_again(self, studio: Studio) -> None:
        """A controller that died between sealing and destroying left it."""
        studio.write(CALL, 1, LOUD, SOFT)
        joined = await studio.recordings.join(CALL)
        studio.write(CALL, 1, LOUD, SOFT)
        assert await studio.recordings.join(CALL) == joined
        assert await studio.recordings.left() == []

    async def test_segments_without_sound_are_no_recording(self, studio: Studio) -> None:
        """And are destroyed."""
        studio.write(CALL, 1, b"", b"")
        assert await studio.recordings.join(CALL) is None
        assert await studio.recordings.left() == []
        assert await studio.recordings.kept(CALL) is None

    async def test_what_is_not_kept_is_not_read(self, studio: Studio) -> None:
        """Nor is anything that is no id of ours."""
        for name in (CALL, CallId("../../secrets/data_key_1")):
            with pytest.raises(NoSuchRecording):
                await anext(aiter(studio.recordings.read(name)))

    async def test_a_changed_file_is_told(self, studio: Studio) -> None:
        """Nobody is given a sound that is not what was recorded."""
        studio.write(CALL, 1, LOUD, SOFT)
        await studio.recordings.join(CALL)
        studio.damage(CALL)
        with pytest.raises(DamagedRecording):
            [piece async for piece in studio.recordings.read(CALL)]

    async def test_a_full_disk_loses_nothing(self, studio: Studio) -> None:
        """What is in clear stays."""
        assert await studio.recordings.has_room()
        studio.write(CALL, 1, LOUD, SOFT)
        studio.fill_the_disk()
        assert not await studio.recordings.has_room()
        with pytest.raises(NoRoom):
            await studio.recordings.join(CALL)
        assert await studio.recordings.left() == [CALL]


class RegisterContract:
    """Run against each implementation."""

    async def test_an_answered_call_is_unsettled_until_it_is_settled(
        self, archive: Archive, register: RecordingRegister
    ) -> None:
        """With a recording or a reason; the call itself tells it from then on."""
        await archive.store([archived(CALL), archived(OTHER, arrived_at=NINE + timedelta(hours=1))])
        assert await register.unsettled(9) == [CALL, OTHER]
        await register.settle({CALL: KEPT, OTHER: NoRecording.BEFORE_NOTICE})
        await register.settle({})
        assert await register.unsettled(9) == []
        one, two = await archive.read(CALL), await archive.read(OTHER)
        assert one is not None
        assert two is not None
        assert (one.record.recording, one.record.not_recorded) == (KEPT, None)
        assert (two.record.recording, two.record.not_recorded) == (None, NoRecording.BEFORE_NOTICE)

    async def test_the_oldest_are_unsettled_first(self, archive: Archive, register: RecordingRegister) -> None:
        """So that none waits for ever."""
        await archive.store([archived(OTHER, arrived_at=NINE + timedelta(hours=1)), archived(CALL)])
        assert await register.unsettled(1) == [CALL]

    async def test_a_call_that_was_never_answered_needs_none(
        self, archive: Archive, register: RecordingRegister
    ) -> None:
        """There was nothing to record."""
        rung = ArchivedCall(record=replace(archived(CALL).record, answered_at=None))
        await archive.store([rung])
        assert await register.unsettled(9) == []
        assert await register.page(None, 9) == []

    async def test_what_is_settled_stays(self, archive: Archive, register: RecordingRegister) -> None:
        """A digest once noted is never replaced."""
        await archive.store([archived(CALL)])
        await register.settle({CALL: KEPT})
        await register.settle({CALL: NoRecording.LOST})
        [noted] = await register.page(None, 9)
        assert (noted.recording, noted.not_recorded) == (KEPT, None)

    async def test_an_unknown_call_is_not_settled(self, register: RecordingRegister) -> None:
        """It is archived later, and settled then."""
        await register.settle({CALL: KEPT})
        assert await register.page(None, 9) == []

    async def test_pages_follow_one_another(self, archive: Archive, register: RecordingRegister) -> None:
        """By call id, each call once."""
        ids = [CallId(f"n1-17676036{place:02}.1") for place in range(5)]
        await archive.store([archived(call_id) for call_id in ids])
        first = await register.page(None, 3)
        second = await register.page(first[-1].call_id, 3)
        assert [noted.call_id for noted in (*first, *second)] == ids

    async def test_who_took_one_out_is_written_down(self, register: RecordingRegister) -> None:
        """In order, of this call alone."""
        accesses = [
            Access(call_id=CALL, at=NINE + timedelta(minutes=place), who="qa7", reason=reason)
            for place, reason in enumerate(("complaint 10000007", "投诉复核"))
        ]
        for access in (*accesses, Access(call_id=OTHER, at=NINE, who="qa7", reason="other")):
            await register.note_access(access)
        assert await register.accesses(CALL) == accesses
