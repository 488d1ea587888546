"""Recording on fakes: when it begins, that no secret is asked for while it hears, and what becomes of it in the end."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from ivr.adapters.bank.people import Example, Person, example
from ivr.adapters.memory.archive import MemoryArchive
from ivr.adapters.memory.bank import memory_password
from ivr.adapters.memory.voice import Act, HangsUp, Listens, LosesSession, Presses, ScriptedCaller, Waits
from ivr.domain.call import Done
from ivr.domain.caller import Language
from ivr.domain.ids import CallId, Uniqueid
from ivr.domain.recording import NoRecording, Recording
from ivr.engine.archiver import Archiver
from ivr.engine.keeper import Keeper
from ivr.engine.storybook import Storybook
from ivr.flow.manners import Manners
from ivr.flow.steps import Identify, Verify
from ivr.ports.archive import ArchivedCall, ArchiveDown
from ivr.ports.exchange import ExchangeDown
from ivr.ports.journal import Answered, Asked, Fact, NotRecorded, RecordingBegan, RecordingMuted
from tests.engine.line import CALL, Line, numbered

SOUND = b"\x10\x27" * 800
LEG = Uniqueid(CALL)
TO_BALANCE = (Presses("1"), Listens("how_can_we_help"), Presses("51"))


@pytest.fixture
def line() -> Line:
    """A line without a survey."""
    return Line(Storybook.of(Manners(survey=False)))


def keeper(line: Line, archive: MemoryArchive | None = None) -> Keeper:
    """That of the controller; `archive` is read instead of the line's."""
    return Keeper(
        recordings=line.world.recordings,
        register=line.world.register,
        archive=archive or line.world.archive,
        exchange=line.world.exchange,
        clock=line.clock,
        is_live=lambda call_id: call_id in line.switchboard.tellers,
    )


async def ended(
    line: Line,
    call_id: CallId = CALL,
    *,
    sound: bool = True,
    moved: Callable[[Sequence[ArchivedCall]], None] = lambda _: None,
) -> None:
    """The exchange is done with the call, and has written its last; the call is archived, which `moved` is told."""
    if sound:
        line.world.recordings.write(call_id, 1, SOUND, SOUND)
    line.world.exchange.end_leg(Uniqueid(call_id))
    await line.caller_hangs_up(call_id)
    archiver = Archiver(line.journal, line.world.archive, line.clock)
    archiver.on_moved = moved
    await archiver.move_once()


async def noted(line: Line, call_id: CallId = CALL) -> Recording | NoRecording | None:
    """What the archive says of its recording."""
    call = await line.world.archive.read(call_id)
    assert call is not None
    return call.record.recording or call.record.not_recorded


async def about_recording(line: Line) -> list[Fact]:
    """The facts of the journal that tell of it."""
    facts = [entry.fact for entry in await line.entries()]
    return [fact for fact in facts if isinstance(fact, RecordingBegan | NotRecorded | RecordingMuted)]


def somebody(line: Line) -> Person:
    """The plainest of customers."""
    return example(Example.ORDINARY, line.world.bank.people)


def verified(person: Person) -> tuple[Act, ...]:
    """Keys in who he is and his password, each when asked for it."""
    return (
        *TO_BALANCE,
        Listens("ask_identity_number"),
        Presses(f"{person.number}#"),
        Listens("read_back_choice"),
        Presses("1"),
        Listens("ask_password"),
        Presses(f"{memory_password(person.number).reveal()}#"),
    )


# ------------------------------------------------------------------------------------------ it begins
async def test_it_begins_with_the_notice_and_not_before(line: Line) -> None:
    """The greeting is spoken first; nobody is recorded who was not told."""
    caller = ScriptedCaller(Presses("2", during="choose_language_en"))
    await line.arrives(caller)
    assert line.recorded_after == [["greeting"]], "once, though the English notice comes too"
    assert caller.heard[:3] == ["greeting", "recording_notice", "choose_language_zh"]
    assert await about_recording(line) == [RecordingBegan()]


@pytest.mark.parametrize("during", ["greeting", "recording_notice"])
async def test_no_key_skips_the_notice(line: Line, during: str) -> None:
    """Whoever is recorded was told so, also where he wanted a person from the first word on; and then he gets one."""
    caller = ScriptedCaller(Presses("0", during=during), Listens("recording_notice"), HangsUp(during="to_a_person"))
    await line.arrives(caller)
    assert caller.heard == ["greeting", "recording_notice", "to_a_person"]
    assert (await about_recording(line), caller.left_to_do) == ([RecordingBegan()], [])


async def test_no_key_skips_the_english_notice(line: Line) -> None:
    """One that is not understood is none: whoever chose English hears it whole in English too."""
    caller = ScriptedCaller(Presses("20", during="greeting"), Listens("recording_notice", "recording_notice"))
    await line.arrives(caller)
    told = [sentence.language for sentence in caller.sentences if sentence.prompt == "recording_notice"]
    assert (told, caller.left_to_do) == ([Language.ZH, Language.EN], [])


async def test_who_leaves_in_the_greeting_is_not_recorded_and_the_archive_says_why(line: Line) -> None:
    """Before the notice."""
    await line.arrives(ScriptedCaller(HangsUp(during="greeting")))
    await ended(line, sound=False)
    await keeper(line).look_once()
    assert (line.recorded_after, await noted(line)) == ([], NoRecording.BEFORE_NOTICE)


async def test_a_lost_session_begins_it_once_more_and_it_is_one(line: Line) -> None:
    """The dialplan does nothing the second time; the journal has the fact once."""
    caller = ScriptedCaller(LosesSession(during="recording_notice"), Presses("1", during="choose_language_zh"))
    await line.arrives(caller)
    await line.arrives(caller, attempt=2)
    assert await about_recording(line) == [RecordingBegan()]


async def test_a_full_disk_is_no_reason_not_to_serve(line: Line) -> None:
    """The caller goes on, unrecorded; the archive says why."""
    line.world.recordings.full = True
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    assert await about_recording(line) == [NotRecorded(why=NoRecording.DISK_FULL)]
    await ended(line, sound=False)
    await keeper(line).look_once()
    assert await noted(line) is NoRecording.DISK_FULL


async def test_an_exchange_that_does_not_record_serves_all_the_same(line: Line) -> None:
    """Even a secret may be asked for: nothing hears it."""
    line.refuses_to_record = True
    caller = ScriptedCaller(*verified(somebody(line)), Listens("anything_else"), HangsUp())
    await line.arrives(caller)
    await ended(line, sound=False)
    await keeper(line).look_once()
    assert await noted(line) is NoRecording.REFUSED
    call = await line.world.archive.read(CALL)
    assert call is not None
    assert call.record.known.done == (Done.BALANCE_TOLD,)


# ------------------------------------------------------------------------------------------ secrets
async def test_it_is_muted_while_a_secret_is_keyed_and_no_longer(line: Line) -> None:
    """Number and password, one after the other; noted on and off within the step."""
    muted_in: list[tuple[str, bool]] = []
    really = ScriptedCaller.begins_to_hear

    class Listener(ScriptedCaller):
        def begins_to_hear(self, sentence: object) -> None:
            really(self, sentence)  # type: ignore[arg-type]
            muted_in.append((self.heard[-1], LEG in line.world.exchange.muted))

    await line.arrives(Listener(*verified(somebody(line)), Listens("anything_else"), HangsUp()))
    muted = {prompt for prompt, on in muted_in if on}
    assert {"ask_identity_number", "ask_password"} <= muted
    assert not muted & {"recording_notice", "how_can_we_help", "read_back_choice", "anything_else"}
    on_off = [RecordingMuted(on=True), RecordingMuted(on=False)]
    assert await about_recording(line) == [RecordingBegan(), *on_off, *on_off]
    facts = [entry.fact for entry in await line.entries()]
    for asked in (place for place, fact in enumerate(facts) if isinstance(fact, Asked)):
        if isinstance(facts[asked].step, Identify | Verify):  # type: ignore[union-attr]
            assert facts[asked + 1 : asked + 3] == on_off
            assert isinstance(facts[asked + 3], Answered)


@pytest.mark.parametrize("fault", ["refused", "down"])
async def test_where_it_cannot_be_muted_no_secret_is_asked_for(line: Line, fault: str) -> None:
    """The caller goes on as where verification cannot be had, and reaches a person."""
    hold = asyncio.Event()
    caller = ScriptedCaller(Presses("1"), Listens("how_can_we_help"), Waits(hold), Presses("51"))
    await line.arrives(caller)
    if fault == "refused":
        line.world.exchange.record_leg(LEG, on=False)
    else:
        line.world.exchange.fall_silent()
    hold.set()
    await line.settle()
    assert "ask_identity_number" not in caller.heard
    assert RecordingMuted(on=True) not in await about_recording(line)
    assert caller.heard[caller.heard.index("how_can_we_help") + 1 :] == ["bank_down", "to_a_person"]


async def test_a_hangup_in_the_middle_of_a_secret_unmutes(line: Line) -> None:
    """Nothing stays muted that lives on."""
    await line.arrives(ScriptedCaller(*TO_BALANCE, HangsUp(during="ask_identity_number")))
    assert line.world.exchange.muted == set()


async def test_what_a_killed_controller_left_muted_is_unmuted_by_the_next(line: Line) -> None:
    """The secret is asked for again, muted; what comes after it is recorded."""
    hold, person = asyncio.Event(), somebody(line)
    caller = ScriptedCaller(*TO_BALANCE, Listens("ask_identity_number"), Waits(hold))
    await line.arrives(caller)
    assert LEG in line.world.exchange.muted
    await line.killed()
    hold.set()
    caller.then(Listens("ask_identity_number"), Presses(f"{person.number}#"), Listens("read_back_choice"))
    await line.arrives(caller, attempt=2)
    assert line.world.exchange.muted == set()
    assert (await about_recording(line))[-1] == RecordingMuted(on=False)


async def test_what_could_not_be_unmuted_is_unmuted_with_the_next_step(line: Line) -> None:
    """The link to the exchange was away for a moment."""
    hold, person = asyncio.Event(), somebody(line)
    caller = ScriptedCaller(
        *TO_BALANCE,
        Listens("ask_identity_number"),
        Waits(hold),
        Presses(f"{person.number}#"),
        Listens("read_back_choice"),
    )
    await line.arrives(caller)
    line.world.exchange.fall_silent()
    really = line.world.exchange.mute_recording

    async def back_after_one(uniqueid: Uniqueid, *, on: bool) -> None:
        line.world.exchange.mute_recording = really  # type: ignore[method-assign]
        try:
            await really(uniqueid, on=on)
        finally:
            line.world.exchange.fall_silent(silent=False)

    line.world.exchange.mute_recording = back_after_one  # type: ignore[method-assign]
    hold.set()
    await line.settle()
    assert line.world.exchange.muted == set()


# ------------------------------------------------------------------------------------------ it is kept
async def test_an_ended_call_is_sealed_and_its_digest_noted(line: Line) -> None:
    """Nothing is left in clear."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    await ended(line)
    assert await keeper(line).look_once()
    recording = await noted(line)
    assert isinstance(recording, Recording)
    assert recording == await line.world.recordings.kept(CALL)
    assert await line.world.recordings.left() == []


async def test_a_call_that_has_just_been_archived_is_not_read_back(line: Line) -> None:
    """The archiver had it in hand: to read it costs more than all that is noted of its recording."""
    nothing_to_read = MemoryArchive()
    keeping = keeper(line, nothing_to_read)
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    line.world.recordings.written.add(CALL)
    await ended(line, moved=keeping.moved)
    assert not await keeping.look_once()
    assert await noted(line) is None
    line.world.recordings.written.clear()
    assert await keeping.look_once()
    assert isinstance(await noted(line), Recording)


async def test_a_call_that_lives_is_left_alone(line: Line) -> None:
    """Its leg is there, or its story is told."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help")))
    line.world.recordings.write(CALL, 1, SOUND, SOUND)
    await keeper(line).look_once()
    line.world.exchange.end_leg(LEG)
    await keeper(line).look_once()
    assert await line.world.recordings.left() == [CALL]
    await line.caller_hangs_up()
    await keeper(line).look_once()
    assert await line.world.recordings.left() == []


async def test_a_file_that_is_still_written_is_tried_again_soon(line: Line) -> None:
    """And the call is not settled before."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    line.world.recordings.written.add(CALL)
    await ended(line)
    assert not await keeper(line).look_once()
    assert await noted(line) is None
    line.world.recordings.written.clear()
    assert await keeper(line).look_once()
    assert isinstance(await noted(line), Recording)


async def test_a_full_disk_puts_it_off_and_loses_nothing(line: Line) -> None:
    """It is sealed when there is room; an alarm meanwhile."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    await ended(line)
    keeping = keeper(line)
    line.world.recordings.full = True
    await keeping.look_once()
    assert (keeping.full, await noted(line)) == (True, None)
    line.world.recordings.full = False
    await keeping.look_once()
    assert not keeping.full
    assert isinstance(await noted(line), Recording)


async def test_one_that_was_begun_and_is_nowhere_is_lost_and_said_so(line: Line) -> None:
    """No call is without a word."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    await ended(line, sound=False)
    await keeper(line).look_once()
    assert await noted(line) is NoRecording.LOST


async def test_a_call_that_no_controller_heard_of_was_not_recorded(line: Line) -> None:
    """The static fallback gives no notice."""
    await line.arrives(ScriptedCaller(HangsUp(during="greeting")))
    record = await line.record()
    await line.world.archive.store([ArchivedCall(record=record)])
    await keeper(line).look_once()
    assert await noted(line) is NoRecording.NO_CONTROLLER


async def test_a_database_that_is_down_keeps_nothing_in_clear(line: Line) -> None:
    """Sealed at once, noted when the archive is back."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    await ended(line)
    line.world.archive.down = True
    with pytest.raises(ArchiveDown):
        await keeper(line).look_once()
    assert await line.world.recordings.left() == []
    line.world.archive.down = False
    await keeper(line).look_once()
    assert isinstance(await noted(line), Recording)


async def test_without_the_exchange_nothing_is_concluded(line: Line) -> None:
    """Whether a leg lives cannot be told."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    await ended(line)
    line.world.exchange.cut_link()
    with pytest.raises(ExchangeDown):
        await keeper(line).look_once()
    assert await line.world.recordings.left() == [CALL]


async def test_many_calls_are_each_kept_once(line: Line) -> None:
    """A fault of one is no fault of the others."""
    for place in range(5):
        await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()), numbered(place))
        await ended(line, numbered(place).call_id)
    really = line.world.recordings.join

    async def fail_for_the_third(call_id: CallId) -> Recording | None:
        if call_id == numbered(2).call_id:
            raise OSError("Input/output error")
        return await really(call_id)

    line.world.recordings.join = fail_for_the_third  # type: ignore[method-assign]
    await keeper(line).look_once()
    assert await line.world.recordings.left() == [numbered(2).call_id]
    assert await noted(line, numbered(2).call_id) is None
    line.world.recordings.join = really  # type: ignore[method-assign]
    await keeper(line).look_once()
    assert len(await line.world.recordings.calls()) == 5


async def test_it_runs_when_it_is_hurried_and_by_itself(line: Line) -> None:
    """A call's end is not waited for until the next round."""
    await line.arrives(ScriptedCaller(Presses("1"), Listens("how_can_we_help"), HangsUp()))
    keeping = keeper(line)
    running = asyncio.create_task(keeping.run())
    await line.settle()
    await ended(line)
    keeping.hurry()
    await line.settle()
    await line.clock.advance(1.0)
    await line.settle()
    assert isinstance(await noted(line), Recording)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
