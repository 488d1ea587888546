"""Who hears whom, in each phase of what a person does with a call, on a real Asterisk: everyone speaks with a tone."""

import asyncio
import contextlib
import json
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ivr.domain.call import EndReason
from ivr.domain.caller import VerificationLevel
from ivr.domain.events import (
    CallClosed,
    CallTakenUp,
    ConversationChanged,
    Event,
    PersonAnswered,
    QueueEntered,
    SentencesSpoken,
)
from ivr.domain.ids import CallId
from ivr.engine.talks import talks_of
from ivr.home import Home
from ivr.ports.bus import BusDown, CommandRefused
from ivr.ports.journal import RecordingBegan, RecordingMuted
from tests.live.audio import RATE
from tests.live.line import SOON, Floor, Hotline, floor_of
from tests.live.people import People
from tests.live.phones import Phone, phones
from tests.live.tones import seconds_of

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("conversation")]

A_MOMENT = 0.4
"""Seconds in which legs find each other."""
LISTENING = 0.6
"""Seconds for which it is looked who hears whom."""

AGAIN = 4
"""Times it is listened at most."""
MOMENTS = 16
"""Of a move, at which a caller hangs up."""

Phones = dict[str, Phone]


@pytest.fixture(scope="module")
def desks() -> Iterator[Phones]:
    """A caller's phone, that of a first and a second person, and a senior's."""
    with phones(caller="caller", desk1="first", desk2="second", senior1="senior") as made:
        yield made


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory, desks: Phones) -> Iterator[Hotline]:
    """A hotline whose phones are these: desk1 answers callers, senior1 emergencies, desk2 is called by name."""
    queues = {"desk1": ["service"], "desk2": [], "senior1": ["emergency"]}
    settings = [
        {"name": name, "contact": f"sip:{name}@127.0.0.1:{desks[name].port}", "queues": served}
        for name, served in queues.items()
    ]
    folder = tmp_path_factory.mktemp("conversation")
    with Hotline(folder, HOTLINE_PHONES=json.dumps(settings)).up() as hotline:
        yield hotline


class Talk:
    """A caller and the persons in his call."""

    def __init__(self, floor: Floor, desks: Phones, call_id: CallId) -> None:
        self.floor = floor
        self.desks = desks
        self.call_id = call_id
        self.caller = desks["caller"]
        self._seen = 0
        self._sent_at: float | None = None
        """When the caller was sent to the keypad, until something is keyed in there."""

    async def asks(self, verb: str, by: str = "desk1", **more: Any) -> dict[str, object]:
        """In the name of a phone."""
        order = {"verb": verb, "call_id": self.call_id, "by": by, "asked_by": "test", **more}
        return await self.floor.bus.request("talk", order, 10)

    async def until(self, kind: type[Event], **wanted: object) -> Event:
        """The next event of this kind that is so."""
        async with asyncio.timeout(SOON):
            while True:
                events = self.floor.events.get(self.call_id, [])
                for place in range(self._seen, len(events)):
                    event = events[place]
                    if isinstance(event, kind) and all(getattr(event, key) == value for key, value in wanted.items()):
                        self._seen = place + 1
                        return event
                await asyncio.sleep(0.02)

    async def hears(self, **expected: set[str]) -> None:
        """Soon, and then for a while, each of these phones hears exactly these persons. On a machine with much to do
        packets come late, and it is listened again.
        """
        for _ in range(AGAIN):
            await asyncio.sleep(A_MOMENT)
            since = time.monotonic()
            await asyncio.sleep(LISTENING)
            until = time.monotonic()
            heard = {name: self.desks[name].ear.who(since, until) for name in expected}
            if heard == expected:
                return
        assert heard == expected

    async def hears_music(self, *names: str) -> None:
        """Each of these phones hears something, and nobody."""
        await self.hears(**{name: set() for name in names})
        now = time.monotonic()
        for name in names:
            assert self.desks[name].ear.shares(now - LISTENING, now)["anything"] > 0.3, f"{name} hears nothing"

    async def keys(self, keys: str, *, then: bool = True) -> None:
        """The caller presses these once the line, having said something, waits for them. What is said at the keypad is
        in no event: he listens. Unless `then`, it is not waited for the last of them.
        """
        since, self._sent_at = self._sent_at or time.monotonic(), None
        ear = self.caller.ear
        async with asyncio.timeout(SOON):
            while True:
                await asyncio.sleep(0.05)
                now = time.monotonic()
                spoken = ear.shares(since, now)["anything"] * (now - since)
                if spoken > 0.08 and ear.shares(now - 0.5, now)["anything"] < 0.05:
                    break
        self.caller.press(keys)
        async with asyncio.timeout(SOON):
            while then and self.caller.keys:
                await asyncio.sleep(0.02)

    async def stands(self, phase: str, *persons: str) -> None:
        """The controller has taken it up so."""
        async with asyncio.timeout(SOON):
            while True:
                with contextlib.suppress(CommandRefused, TimeoutError, BusDown):
                    said = await self.floor.bus.request(
                        "talk", {"verb": "show", "call_id": self.call_id, "asked_by": "operator"}, 5
                    )
                    if (said["phase"], said["persons"]) == (phase, list(persons)):
                        return
                await asyncio.sleep(0.05)

    async def is_at_keypad(self) -> float:
        """The person sends the caller there; from when on nothing of him is to be heard."""
        await self.asks("verify")
        self._sent_at = time.monotonic()  # what is said there is short, and over before the test looks
        await asyncio.sleep(0.3)
        return time.monotonic()

    async def is_parted_from(self) -> None:
        """The caller hears the survey and the goodbye."""
        said = await self.until(SentencesSpoken)
        assert isinstance(said, SentencesSpoken)
        while "survey_question" not in said.prompts:
            said = await self.until(SentencesSpoken)
            assert isinstance(said, SentencesSpoken)
        self.caller.press("5")
        await self.until(CallClosed)

    async def spoke(self) -> list[str]:
        """By the archive, who spoke with the caller, one stretch after the other."""
        call = await self.floor.archived(self.call_id)
        return [talk.phone for talk in talks_of(call.entries)]


async def calls_in(floor: Floor, desks: Phones, dialled: str = "95001") -> Talk:
    """A caller, who has asked for a person."""
    caller = desks["caller"]
    caller.name = f"138{random.randrange(10**8):08d}"
    caller.dial(dialled, floor.settings.ports.sip)
    async with asyncio.timeout(SOON):
        while caller.name not in floor.legs:
            await asyncio.sleep(0.02)
    call = Talk(floor, desks, floor.legs[caller.name])
    await call.until(SentencesSpoken)
    caller.press("0")
    await call.until(QueueEntered)
    return call


@pytest.fixture
async def waiting(own_hotline: Hotline, desks: Phones) -> AsyncIterator[Talk]:
    """A caller waits for a person; desk1 takes its time."""
    desks["desk1"].rings = 3.0
    async with floor_of(own_hotline) as floor:
        yield await calls_in(floor, desks)
        for phone in desks.values():
            phone.hang_up()
            phone.busy, phone.rings = False, 0.1
            await phone.until(False)


@pytest.fixture
async def talk(own_hotline: Hotline, desks: Phones) -> AsyncIterator[Talk]:
    """A caller has asked for a person, and talks with the one at desk1."""
    async with floor_of(own_hotline) as floor:
        call = await calls_in(floor, desks)
        await call.until(PersonAnswered)
        await desks["desk1"].until(True)
        yield call
        for phone in desks.values():
            phone.hang_up()
            phone.busy = False
            await phone.until(False)


async def test_hold_and_back_and_the_person_hangs_up(talk: Talk) -> None:
    """They talk; both hear music; they talk; then the caller is asked for a score."""
    await talk.hears(caller={"first"}, desk1={"caller"})
    await talk.asks("hold")
    await talk.hears_music("caller", "desk1")
    await talk.asks("resume")
    await talk.hears(caller={"first"}, desk1={"caller"})
    talk.desks["desk1"].hang_up()
    await talk.is_parted_from()
    assert await talk.spoke() == ["desk1", "desk1"]


async def test_the_keypad_is_heard_by_nobody_and_the_level_comes_back_h2_1c(talk: Talk) -> None:
    """The person hears music, no tone of the caller and no key; then they talk, and the caller is verified."""
    people = People(Home(talk.floor.settings.home))
    person = people.somebody()
    since = await talk.is_at_keypad()
    await talk.keys(person.number + "#")
    await talk.keys("1")
    await talk.keys(people.password(person) + "#", then=False)
    await talk.hears_music("desk1")
    await talk.until(ConversationChanged, turn="return", why="verified")
    ear, until = talk.desks["desk1"].ear, time.monotonic() - 0.2
    assert ear.shares(since, until)["caller"] < 0.02
    assert not [at for at in ear.keys if since <= at]
    await talk.hears(caller={"first"}, desk1={"caller"})
    talk.caller.hang_up()
    await talk.desks["desk1"].until(False, patience=2)
    await talk.until(CallClosed)
    call = await talk.floor.archived(talk.call_id)
    assert call.record.known.verification is VerificationLevel.VERIFIED
    assert call.record.ending is not None
    assert call.record.ending.end_reason is EndReason.CALLER_HUNG_UP
    muted = [entry for entry in call.entries if isinstance(entry.fact, RecordingMuted)]
    assert [entry.fact for entry in muted] == [RecordingMuted(on=True), RecordingMuted(on=False)] * 2
    silent = sum((off.at - on.at).total_seconds() for on, off in zip(muted[::2], muted[1::2], strict=True))
    [began] = [entry.at for entry in call.entries if isinstance(entry.fact, RecordingBegan)]
    assert call.record.ended_at is not None
    said, told = await talk.floor.tape(talk.call_id)
    unmuted = (call.record.ended_at - began).total_seconds() - silent
    assert silent > 2
    assert seconds_of(said)["caller"] == pytest.approx(unmuted, abs=0.4)  # while keys are pressed no voice is sent
    assert seconds_of(told)["first"] > 1


async def test_the_recording_has_what_the_caller_says_and_hears_in_every_phase(talk: Talk) -> None:
    """Talk, hold, a consultation, three together, the second alone: left whatever the caller says, right what his own
    phone heard, of each person as much; so nothing of what the persons said among themselves.
    """
    await talk.hears(caller={"first"}, desk1={"caller"})
    await talk.asks("consult", to="desk2")
    await talk.until(ConversationChanged, turn="answer")
    await talk.hears(caller=set(), desk1={"second"}, desk2={"first"})
    await talk.asks("conference")
    await talk.hears(caller={"first", "second"}, desk1={"caller", "second"}, desk2={"caller", "first"})
    await talk.asks("complete")
    await talk.desks["desk1"].until(False, patience=2)
    await talk.hears(caller={"second"}, desk2={"caller"})
    talk.caller.hang_up()
    await talk.until(CallClosed)
    heard = talk.caller.ear.seconds()
    caller, line = await talk.floor.tape(talk.call_id)
    said, told = seconds_of(caller), seconds_of(line)
    assert said["caller"] == pytest.approx(len(caller) / RATE, abs=0.5)
    for person in ("first", "second"):
        assert heard[person] > 1
        assert told[person] == pytest.approx(heard[person], abs=0.2)
    assert told["caller"] + told["senior"] + said["first"] + said["second"] < 0.2


async def test_a_consultation_a_conference_and_the_attended_transfer(talk: Talk) -> None:
    """The caller hears none of the consultation, all of the conference, and then the second alone."""
    await talk.asks("consult", to="desk2")
    await talk.until(ConversationChanged, turn="answer")
    await talk.hears(caller=set(), desk1={"second"}, desk2={"first"})
    await talk.asks("back")
    await talk.desks["desk2"].until(False)
    await talk.hears(caller={"first"}, desk1={"caller"})
    await talk.asks("consult", to="desk2")
    await talk.until(ConversationChanged, turn="answer")
    await talk.asks("conference")
    await talk.hears(caller={"first", "second"}, desk1={"caller", "second"}, desk2={"caller", "first"})
    await talk.asks("hold")
    await talk.hears(caller=set(), desk1={"second"}, desk2={"first"})
    await talk.asks("complete")
    await talk.desks["desk1"].until(False, patience=2)
    await talk.hears(caller={"second"}, desk2={"caller"})
    talk.desks["desk2"].hang_up()
    await talk.is_parted_from()
    assert await talk.spoke() == ["desk1", "desk1", "desk1", "desk2", "desk2"]


async def test_the_first_who_hangs_up_in_a_consultation_leaves_the_caller_with_the_second(talk: Talk) -> None:
    """And the caller who hangs up then frees the second."""
    await talk.asks("consult", to="desk2")
    await talk.until(ConversationChanged, turn="answer")
    talk.desks["desk1"].hang_up()
    await talk.until(ConversationChanged, turn="first_left")
    await talk.hears(caller={"second"}, desk2={"caller"})
    talk.caller.hang_up()
    await talk.desks["desk2"].until(False, patience=2)


async def test_a_second_who_is_busy_leaves_the_caller_on_hold(talk: Talk, own_hotline: Hotline) -> None:
    """The first takes him back, or ends: both hear music until then. The end, asked for at the command line, leaves the
    caller to the survey; a turn that does not come any more is refused there.
    """
    talk.desks["desk2"].busy = True
    await talk.asks("consult", to="desk2")
    await talk.until(ConversationChanged, turn="no_answer")
    await talk.hears_music("caller", "desk1")
    said = await asyncio.to_thread(own_hotline.run, "talk", "end", talk.call_id, "--by", "desk1", "--json")
    assert (said.returncode, json.loads(said.stdout)["phase"]) == (0, "nobody"), said.stderr
    await talk.desks["desk1"].until(False, patience=2)
    refused = await asyncio.to_thread(own_hotline.run, "talk", "hold", talk.call_id)
    assert refused.returncode == 1
    await talk.is_parted_from()


async def test_a_blind_transfer_to_a_queue(talk: Talk) -> None:
    """The first is free at once, whoever serves that queue has the caller, who frees him by hanging up."""
    await talk.asks("transfer", to="emergency")
    await talk.desks["desk1"].until(False, patience=2)
    await talk.until(PersonAnswered)
    await talk.hears(caller={"senior"}, senior1={"caller"})
    await talk.asks("hold", by="senior1")
    await talk.hears_music("caller", "senior1")
    talk.caller.hang_up()
    await talk.desks["senior1"].until(False, patience=2)
    await talk.until(CallClosed)
    assert await talk.spoke() == ["desk1", "senior1"]


async def test_a_blind_transfer_to_a_phone(talk: Talk) -> None:
    """The caller hears music while it rings; then they talk."""
    talk.desks["desk2"].rings = 2.0
    await talk.asks("transfer", to="desk2")
    await talk.desks["desk1"].until(False, patience=2)
    await talk.hears_music("caller")
    await talk.until(ConversationChanged, turn="answer")
    talk.desks["desk2"].rings = 0.1
    await talk.hears(caller={"second"}, desk2={"caller"})
    talk.desks["desk2"].hang_up()
    await talk.is_parted_from()


async def test_a_blind_transfer_to_a_busy_phone_brings_the_caller_to_his_queue_again(talk: Talk) -> None:
    """Nobody is cut off by a colleague who is on the phone."""
    talk.desks["desk2"].busy = True
    await talk.asks("transfer", to="desk2")
    await talk.until(ConversationChanged, turn="no_answer")
    await talk.until(PersonAnswered)
    await talk.hears(caller={"first"}, desk1={"caller"})


async def test_an_escalation_and_a_supervisor_who_joins(talk: Talk) -> None:
    """The senior hears the first, then all hear all; he stays alone with the caller."""
    await talk.asks("escalate", why="wants a senior")
    await talk.until(ConversationChanged, turn="answer")
    await talk.hears(caller=set(), desk1={"senior"}, senior1={"first"})
    await talk.asks("back")
    await talk.desks["senior1"].until(False)
    await talk.asks("join", to="senior1")
    await talk.until(ConversationChanged, turn="answer")
    await talk.hears(caller={"first", "senior"}, desk1={"caller", "senior"}, senior1={"caller", "first"})
    talk.desks["desk1"].hang_up()
    await talk.hears(caller={"senior"}, senior1={"caller"})
    await talk.asks("end", by="senior1")
    await talk.is_parted_from()


# ---------------------------------------------------------------------------------- the controller is killed
async def killed(talk: Talk, hotline: Hotline) -> None:
    """And another has taken its place."""
    before = hotline.process("controller")
    before.signal(signal.SIGKILL)
    await hotline.restarted("controller", before)
    await talk.until(CallTakenUp)


async def test_killed_while_the_caller_is_on_hold(talk: Talk, own_hotline: Hotline) -> None:
    """Music goes on, and the next controller takes the caller back."""
    await talk.asks("hold")
    await talk.hears_music("caller", "desk1")
    since = time.monotonic()
    await killed(talk, own_hotline)
    until = time.monotonic()
    for name in ("caller", "desk1"):
        ear = talk.desks[name].ear
        assert (ear.who(since, until), ear.shares(since, until)["anything"] > 0.3) == (set(), True)
    await talk.hears_music("caller", "desk1")
    await talk.stands("on_hold", "desk1")
    await talk.asks("resume")
    await talk.hears(caller={"first"}, desk1={"caller"})


async def test_killed_in_a_consultation(talk: Talk, own_hotline: Hotline) -> None:
    """The second hangs up while nobody looks; the next controller knows, and the caller is with the first again."""
    await talk.asks("consult", to="desk2")
    await talk.until(ConversationChanged, turn="answer")
    before = own_hotline.process("controller")
    before.signal(signal.SIGKILL)
    talk.desks["desk2"].hang_up()
    await own_hotline.restarted("controller", before)
    await talk.until(CallTakenUp)
    await talk.stands("on_hold", "desk1")
    await talk.asks("resume")
    await talk.hears(caller={"first"}, desk1={"caller"})
    talk.desks["desk1"].hang_up()
    await talk.is_parted_from()


async def test_killed_while_a_secret_is_keyed_in(talk: Talk, own_hotline: Hotline) -> None:
    """The caller is back with the person at once; what was keyed in is nowhere, and it is asked for anew."""
    people = People(Home(talk.floor.settings.home))
    person = people.somebody()
    await talk.is_at_keypad()
    await talk.keys(person.number + "#")
    await talk.keys("1")
    await talk.keys(people.password(person)[:3])
    await killed(talk, own_hotline)
    await talk.hears(caller={"first"}, desk1={"caller"})
    await talk.stands("talking", "desk1")
    await talk.is_at_keypad()
    await talk.keys(person.number + "#")
    await talk.keys("1")
    await talk.keys(people.password(person) + "#")
    await talk.until(ConversationChanged, turn="return", why="verified")
    await talk.hears(caller={"first"}, desk1={"caller"})


async def test_a_caller_who_hangs_up_while_he_is_moved_leaves_nobody_in_the_room(
    own_hotline: Hotline, desks: Phones
) -> None:
    """At any moment of the move, into the room and away from the person: the person's phone is free soon."""
    async with floor_of(own_hotline) as floor:
        for moment in range(MOMENTS):
            talk = await calls_in(floor, desks)
            await talk.until(PersonAnswered)
            await asyncio.sleep(1.2)  # so long the queue's bridge is left alone
            move = {"verb": "join", "to": "desk2"} if moment % 2 else {"verb": "hold"}
            moving = asyncio.create_task(talk.asks(**move))
            await asyncio.sleep(moment * 0.004)
            talk.caller.hang_up()
            with contextlib.suppress(CommandRefused):  # he was gone before it
                await moving
            await talk.until(CallClosed)
            for phone in ("desk1", "desk2"):
                await desks[phone].until(False, 5)


async def test_a_person_who_answers_while_no_controller_lives_has_the_call(waiting: Talk, own_hotline: Hotline) -> None:
    """The next controller finds him by what joins him with the caller."""
    before = own_hotline.process("controller")
    before.signal(signal.SIGKILL)
    await waiting.desks["desk1"].until(True)
    await waiting.hears(caller={"first"}, desk1={"caller"})
    await own_hotline.restarted("controller", before)
    await waiting.stands("talking", "desk1")
    await waiting.asks("hold")
    await waiting.hears_music("caller", "desk1")
