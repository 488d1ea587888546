"""Conversations as the engine conducts them: who is where, what the exchange is asked for, what the journal tells."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from ivr.adapters.bank.people import Person
from ivr.adapters.memory.bank import memory_password
from ivr.adapters.memory.voice import Act, Listens, LosesSession, MemorySession, Presses, ScriptedCaller, Waits
from ivr.adapters.memory.world import MemoryWorld
from ivr.application.conversations import Conversations, NotCarriedOut, WrongOrder
from ivr.domain.call import EndReason, Outcome
from ivr.domain.caller import VerificationLevel
from ivr.domain.conversation import Phase, Turn
from ivr.domain.events import ConversationChanged
from ivr.domain.exchange import AgentConnected, QueueJoined, RoomEntered
from ivr.domain.ids import Linkedid, QueueName, Uniqueid
from ivr.domain.problem import Urgency
from ivr.domain.reasons import Reason
from ivr.domain.ticket import Illegal
from ivr.domain.verification import Means, Tried
from ivr.engine.conductor import Conductor, NotPossible
from ivr.engine.talks import talks_of
from ivr.flow.steps import LeftQueue, QueueExit
from ivr.ports.exchange import ExchangeRefused, LiveLeg
from ivr.ports.journal import ConversationTurned, Entry
from tests.engine.line import CALL, Line

CALLER = Uniqueid(CALL)


class Talk:
    """A caller and a person at desk1, joined by the queue."""

    session: MemorySession
    """In which the caller was handed over to the queue."""

    def __init__(self, line: Line, caller: ScriptedCaller) -> None:
        self.line = line
        self.caller = caller
        self.exchange = line.world.exchange

    @property
    def conductor(self) -> Conductor:
        """Of the controller that lives now."""
        return self.line.switchboard.tellers[CALL].conductor

    @property
    def phase(self) -> Phase:
        """Who hears whom, by the journal."""
        return self.line.switchboard.tellers[CALL].conversation.phase

    @property
    def persons(self) -> list[str]:
        """Who has the call."""
        return [person.phone for person in self.line.switchboard.tellers[CALL].conversation.persons]

    async def connects(self, leg: LiveLeg, phone: str) -> None:
        """The queue joins the caller with this leg."""
        await self.line.switchboard.hear(
            AgentConnected(
                uniqueid=CALLER,
                linkedid=Linkedid(CALL),
                queue=QueueName("service"),
                agent_interface=f"PJSIP/{phone}",
                waited=4,
                agent_leg=leg.uniqueid,
            )
        )
        await self.hears_all()

    async def asks(self, turn: Coroutine[Any, Any, object]) -> None:
        """It is asked, and as much time passes as it takes."""
        task = asyncio.create_task(turn)
        await self.line.clock.advance(2)
        await task
        await self.hears_all()

    async def hears_all(self) -> None:
        """The controller hears what the exchange has told."""
        while (event := self.exchange.untold()) is not None:
            await self.line.switchboard.hear(event)
        await self.line.settle()
        await self.line.clock.advance(2)
        await self.line.settle()

    def place(self, leg: Uniqueid = CALLER) -> str:
        """Where in the dialplan a leg is."""
        return self.exchange.living(leg).context

    @property
    def ringing(self) -> Uniqueid:
        """The leg that was dialled last."""
        return self.exchange.dialled[-1].uniqueid

    async def answers(self) -> None:
        """Whose phone rings takes the call."""
        self.exchange.answer_dial(self.ringing)
        await self.hears_all()

    async def does_not_answer(self) -> None:
        """Nobody takes it."""
        self.exchange.fail_dial(self.ringing)
        await self.hears_all()

    async def hangs_up(self, leg: Uniqueid) -> None:
        """Whoever is at this leg."""
        self.exchange.end_leg(leg)
        await self.hears_all()

    async def turns(self) -> list[Turn]:
        """Everything that happened, by the journal."""
        return [entry.fact.turn for entry in await self.line.entries() if isinstance(entry.fact, ConversationTurned)]

    async def spoke(self) -> list[str]:
        """Who spoke with the caller, one stretch after the other."""
        return [spoke.phone for spoke in talks_of(await self.line.entries())]


async def talking(*script: Act) -> Talk:
    """A caller who asked for a person and got one; what he does at the keypad later is his script."""
    line = Line()
    caller = ScriptedCaller(Presses("0"), *script)
    talk = Talk(line, caller)
    talk.exchange.open_leg(CALLER, channel="PJSIP/trunk-carrier-00000001", context="queues")
    talk.session = await line.arrives(caller)
    desk = talk.exchange.open_leg(
        Uniqueid("n1-1767603600.8"), linkedid=Linkedid(CALL), channel="PJSIP/desk1-00000002", context="from-phones"
    )
    await talk.connects(desk, "desk1")
    return talk


DESK = Uniqueid("n1-1767603600.8")


async def test_hold_takes_both_out_of_the_queues_bridge_and_resume_brings_the_caller_back() -> None:
    """The caller hears music, the person waits in the room; then they talk again."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    assert (talk.place(), talk.place(DESK), talk.phase) == ("on-hold", "alone", Phase.ON_HOLD)
    await talk.asks(talk.conductor.resume("desk1"))
    assert (talk.place(), talk.phase) == ("conversation", Phase.TALKING)
    assert await talk.spoke() == ["desk1", "desk1"]


async def test_a_queues_bridge_is_left_alone_for_a_second() -> None:
    """Moved at once, app_queue tells the end of the talk wrongly."""
    talk = await talking()
    desk = talk.exchange.living(DESK)
    await talk.line.switchboard.hear(
        AgentConnected(
            uniqueid=CALLER,
            linkedid=Linkedid(CALL),
            queue=QueueName("service"),
            agent_interface="PJSIP/desk1",
            waited=4,
            agent_leg=desk.uniqueid,
        )
    )
    task = asyncio.create_task(talk.conductor.hold("desk1"))
    await talk.line.clock.advance(0.9)
    assert talk.place() == "queues"
    await talk.line.clock.advance(0.2)
    await task
    assert talk.place() == "on-hold"


async def test_the_person_who_hangs_up_leaves_the_caller_to_the_survey() -> None:
    """The dialplan brings the caller back, and the story parts from him."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    await talk.hangs_up(DESK)
    assert talk.phase is Phase.NOBODY
    back = await talk.line.comes_back(talk.session, talk.caller)
    assert back.left_for == "finish"
    record = await talk.line.record()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.HELPED_BY_PERSON


@pytest.mark.parametrize("phase", ["talking", "hold", "consult", "conference"])
async def test_the_caller_who_hangs_up_frees_everyone(phase: str) -> None:
    """Nobody is left in a room with its music, whatever was going on."""
    talk = await talking()
    if phase == "hold":
        await talk.asks(talk.conductor.hold("desk1"))
    if phase in ("consult", "conference"):
        await talk.asks(talk.conductor.consult("desk1", "desk2"))
        await talk.answers()
    if phase == "conference":
        await talk.asks(talk.conductor.conference("desk1"))
    await talk.hangs_up(CALLER)
    assert await talk.exchange.legs() == []
    record = await talk.line.record()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (Outcome.HELPED_BY_PERSON, EndReason.CALLER_HUNG_UP)
    assert all(spoke.until is not None for spoke in talks_of(await talk.line.entries()))


async def test_who_is_called_while_the_caller_hangs_up_is_not_rung() -> None:
    """It stands in no journal any more: nobody would free the phone that answers."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    written, append = asyncio.Event(), talk.line.journal.append

    async def slow(entries: Sequence[Entry]) -> None:
        await written.wait()
        await append(entries)

    talk.line.journal.append = slow  # type: ignore[method-assign]
    asked = asyncio.create_task(talk.conductor.consult("desk1", "desk2"))
    await talk.line.settle()
    talk.exchange.end_leg(CALLER)
    await talk.hears_all()
    written.set()
    with pytest.raises(NotPossible, match="has just left"):
        await asked
    assert talk.exchange.dialled == []
    await talk.hears_all()
    assert await talk.exchange.legs() == []


async def test_a_person_who_comes_into_the_room_after_the_caller_left_is_freed() -> None:
    """Whoever it is: of his leg nothing was told."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    late = talk.exchange.open_leg(linkedid=Linkedid(CALL), channel="PJSIP/desk2-00000004", context="person")
    await talk.hangs_up(CALLER)
    assert talk.exchange.hung_up == [DESK, late.uniqueid]


async def test_an_attended_transfer_leaves_the_caller_with_the_second() -> None:
    """The first consults while the caller is on hold, then leaves; the record tells who spoke with the caller."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    assert (talk.place(), talk.phase) == ("on-hold", Phase.CALLING)
    assert talk.exchange.dialled[-1].variables["HOTLINE_ROOM_OF"] == CALL
    await talk.answers()
    assert talk.phase is Phase.CONSULTING
    await talk.asks(talk.conductor.complete("desk1"))
    assert (talk.place(), talk.phase, talk.persons) == ("conversation", Phase.TALKING, ["desk2"])
    assert DESK not in {leg.uniqueid for leg in await talk.exchange.legs()}
    assert await talk.spoke() == ["desk1", "desk2"]


async def test_a_second_who_does_not_answer_leaves_the_caller_on_hold_with_the_first() -> None:
    """The first takes the caller back, or asks another: the queue's next phone is tried then."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "service"))
    await talk.does_not_answer()
    assert talk.phase is Phase.ON_HOLD
    await talk.asks(talk.conductor.resume("desk1"))
    assert talk.phase is Phase.TALKING


async def test_the_first_takes_the_caller_back_from_a_consultation() -> None:
    """The second is hung up."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    await talk.answers()
    await talk.asks(talk.conductor.back("desk1"))
    assert (talk.phase, talk.persons) == (Phase.TALKING, ["desk1"])
    assert talk.exchange.hung_up == [talk.ringing]


async def test_a_conference_of_three_shrinks_as_they_leave() -> None:
    """First the first, then the second; then the caller is back with the story."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    await talk.answers()
    await talk.asks(talk.conductor.conference("desk2"))
    assert (talk.phase, talk.persons) == (Phase.CONFERENCE, ["desk1", "desk2"])
    await talk.hangs_up(DESK)
    assert (talk.phase, talk.persons) == (Phase.TALKING, ["desk2"])
    await talk.hangs_up(talk.ringing)
    assert talk.phase is Phase.NOBODY


async def test_the_first_who_hangs_up_in_a_consultation_hands_the_caller_over() -> None:
    """As agents do: nobody is left on hold for it."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    await talk.answers()
    await talk.hangs_up(DESK)
    assert (talk.place(), talk.phase, talk.persons) == ("conversation", Phase.TALKING, ["desk2"])


async def test_the_first_who_hangs_up_while_the_second_rings_hands_the_caller_on() -> None:
    """The caller waits for the phone that rings, and is with it when it answers: he looks for the person himself. Sent
    to the room before the exchange has counted the person, he would find nobody there.
    """
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    await talk.hangs_up(DESK)
    assert (talk.place(), talk.phase) == ("awaiting", Phase.TRANSFERRED)
    await talk.answers()
    assert (talk.place(), talk.phase, talk.persons) == ("awaiting", Phase.TALKING, ["desk2"])


async def test_a_blind_transfer_to_a_phone_that_answers_leaves_the_caller_where_he_looks_for_it() -> None:
    """As above; the person who handed him over is free."""
    talk = await talking()
    await talk.asks(talk.conductor.transfer("desk1", "desk2"))
    assert talk.exchange.hung_up == [DESK]
    await talk.answers()
    assert (talk.place(), talk.phase, talk.persons) == ("awaiting", Phase.TALKING, ["desk2"])


async def test_a_blind_transfer_to_a_queue_waits_there_and_is_no_helped_call_until_somebody_answers() -> None:
    """The person is free; whoever leaves while waiting is got back to."""
    talk = await talking()
    await talk.asks(talk.conductor.transfer("desk1", "emergency", "a fraud"))
    assert (talk.place(), talk.phase) == ("hand-over", Phase.NOBODY)
    assert (CALL, "HOTLINE_QUEUE", "emergency") in talk.exchange.assigned
    assert talk.exchange.hung_up == [DESK]
    await talk.hangs_up(CALLER)
    record = await talk.line.record()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.ABANDONED_IN_QUEUE
    assert await talk.line.reasons() == ["left_waiting"]


async def test_after_a_blind_transfer_the_next_person_has_the_call() -> None:
    """Both stand in the record."""
    talk = await talking()
    await talk.asks(talk.conductor.transfer("desk1", "service"))
    desk2 = talk.exchange.open_leg(Uniqueid("n1-1767603600.9"), linkedid=Linkedid(CALL), channel="PJSIP/desk2-00000003")
    await talk.connects(desk2, "desk2")
    assert talk.persons == ["desk2"]
    assert await talk.spoke() == ["desk1", "desk2"]


async def test_a_blind_transfer_to_a_phone_that_does_not_answer_waits_in_the_queue_again() -> None:
    """Nobody is cut off by a colleague who is away."""
    talk = await talking()
    await talk.asks(talk.conductor.transfer("desk1", "desk2"))
    assert (talk.place(), talk.phase) == ("awaiting", Phase.TRANSFERRED)
    assert talk.exchange.dialled[-1].context == "arriving"
    await talk.does_not_answer()
    assert (talk.place(), talk.phase) == ("hand-over", Phase.NOBODY)


async def test_a_key_pressed_where_a_person_has_sent_him_leaves_him_there() -> None:
    """The story has never heard of that queue: asked about a call back, he would wait on in another. He keeps his
    place, and what the escalation made of it, for everyone there.
    """
    talk = await talking()
    await talk.asks(talk.conductor.transfer("desk1", "emergency", "a fraud", urgent=True))
    joined = QueueJoined(uniqueid=CALLER, linkedid=Linkedid(CALL), queue=QueueName("emergency"), position=3)
    await talk.line.switchboard.hear(joined)
    assert talk.session.handed_over is not None
    step, effect = talk.session.handed_over
    pressed = LeftQueue(QueueExit.KEY, "1")
    session = await talk.line.arrives(talk.caller, talk.session.arrival.incoming, back=effect, left=pressed)
    assert session.handed_over is not None
    again, same = session.handed_over
    assert (again.queue, again.place, again.patience, again.priority) == ("emergency", 3, 120, 20)
    assert (step.queue, again.only, again.most, again.offers, same) == ("service", None, None, False, effect)
    await talk.line.comes_back(session, talk.caller, QueueExit.TIMED_OUT)
    assert (await talk.line.record()).known.urgency is Urgency.URGENT


@pytest.mark.parametrize("to", ["emergency", "desk2"])
async def test_whom_a_caller_waited_for_binds_no_later_wait(to: str) -> None:
    """One agent alone, or at first the best alone, was said of the wait that is over: handed on, he waits for everyone,
    also where the phone that he was handed on to does not answer.
    """
    talk = await talking()
    await talk.asks(talk.conductor.transfer("desk1", to))
    assert {(CALL, "HOTLINE_ONLY", ""), (CALL, "HOTLINE_MOST", "")} <= set(talk.exchange.assigned)


async def test_an_escalation_makes_the_call_urgent_and_keeps_its_reason() -> None:
    """The senior finds the story: why, and how urgent."""
    talk = await talking()
    await talk.asks(talk.conductor.escalate("desk1", "wants the branch manager"))
    await talk.answers()
    assert (talk.phase, talk.persons) == (Phase.CONSULTING, ["desk1", "senior1"])
    known = talk.line.switchboard.tellers[CALL].known
    assert known.urgency is Urgency.URGENT
    assert Reason.ESCALATED in known.urgency_reasons
    whys = [entry.fact.why for entry in await talk.line.entries() if isinstance(entry.fact, ConversationTurned)]
    assert "wants the branch manager" in whys
    assert not any("branch manager" in str(event) for event in talk.line.events)


async def test_an_escalation_to_the_queue_stands_before_ordinary_calls() -> None:
    """And needs a reason."""
    talk = await talking()
    with pytest.raises(NotPossible, match="needs a reason"):
        await talk.conductor.escalate("desk1", "")
    await talk.asks(talk.conductor.escalate("desk1", "cannot be helped here", blind=True))
    assert (CALL, "HOTLINE_PRIORITY", "20") in talk.exchange.assigned
    await talk.line.comes_back(talk.session, talk.caller, QueueExit.TIMED_OUT)
    assert (await talk.line.record()).known.urgency is Urgency.URGENT


async def test_a_supervisor_joins_and_may_stay_alone_with_the_caller() -> None:
    """The talk goes on while his phone rings."""
    talk = await talking()
    await talk.asks(talk.conductor.join("operator", "senior1"))
    assert (talk.place(), talk.place(DESK), talk.phase) == ("conversation", "person", Phase.SUMMONING)
    await talk.answers()
    assert talk.phase is Phase.CONFERENCE
    await talk.hangs_up(DESK)
    assert talk.persons == ["senior1"]


async def test_the_end_frees_the_person_and_leaves_the_caller_to_the_story() -> None:
    """Who ends is in the journal."""
    talk = await talking()
    await talk.asks(talk.conductor.end("desk1"))
    assert talk.phase is Phase.NOBODY
    assert talk.exchange.hung_up == [DESK]
    assert await talk.turns() == [Turn.END]


async def test_a_caller_who_was_on_hold_too_long_is_with_the_person_again() -> None:
    """The dialplan brings him back by itself, and it is known that they talk."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    talk.exchange.tell(RoomEntered(uniqueid=CALLER, linkedid=Linkedid(CALL)))
    await talk.hears_all()
    assert talk.phase is Phase.TALKING
    assert await talk.turns() == [Turn.HOLD, Turn.RETURN]


async def test_who_comes_back_because_he_was_asked_to_has_not_come_by_himself() -> None:
    """The exchange tells of it a moment later."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    await talk.asks(talk.conductor.resume("desk1"))
    talk.exchange.tell(RoomEntered(uniqueid=CALLER, linkedid=Linkedid(CALL)))
    await talk.hears_all()
    assert await talk.turns() == [Turn.HOLD, Turn.RESUME]


# ------------------------------------------------------------------------------------------- verification
async def sent_to_keypad(*script: Act, level: VerificationLevel = VerificationLevel.VERIFIED) -> Talk:
    """A caller whom the person has sent to the keypad, where the dialplan brought him to us; he does so there."""
    talk = await talking(*script)
    await talk.asks(talk.conductor.verify("desk1", level))
    await talk.line.arrives(talk.caller, at_keypad=True)
    await talk.hears_all()
    return talk


def somebody() -> Person:
    """A customer of the bank in memory with a card, a password and a mobile."""
    return next(
        person for person in MemoryWorld().bank.people if person.cards and person.has_password and person.mobile
    )


def right(person: Person) -> str:
    """His phone password."""
    return memory_password(person.number).reveal()


def identified(person: Person) -> tuple[Act, ...]:
    """Keys in a card number, and says that its last four are right."""
    return (Listens("ask_identity_number"), Presses(f"{person.cards[0].number}#"), Presses("1"))


def keyed(secret: str, after: str = "ask_password") -> tuple[Act, ...]:
    """Hears the question out and keys in a secret."""
    return (Listens(after), Presses(f"{secret}#"))


async def test_the_caller_comes_back_from_the_keypad_verified_h2_1c() -> None:
    """Level 3 is known to the person, to everyone who follows, and to the story afterwards; no digit of it is."""
    person = somebody()
    talk = await sent_to_keypad(*identified(person), *keyed(right(person)))
    assert talk.phase is Phase.TALKING
    assert talk.caller.heard[-1] == "verified"
    assert talk.line.switchboard.tellers[CALL].known.verification is VerificationLevel.VERIFIED
    told = [event for event in talk.line.events if isinstance(event, ConversationChanged)]
    assert (told[-1].turn, told[-1].why) == ("return", "verified")
    await talk.line.comes_back(talk.session, talk.caller)
    record = await talk.line.record()
    assert record.known.verification is VerificationLevel.VERIFIED
    assert record.known.customer is not None
    everything = str(await talk.line.entries()) + str(talk.line.events)
    assert right(person) not in everything
    assert person.cards[0].number not in everything


async def test_while_the_caller_is_at_the_keypad_the_person_hears_nothing_of_him() -> None:
    """He is out of the room, the person alone in it."""
    talk = await talking()
    await talk.asks(talk.conductor.verify("desk1"))
    assert (talk.place(), talk.place(DESK), talk.phase) == ("verify", "alone", Phase.VERIFYING)
    assert await talk.spoke() == ["desk1"]


async def test_three_wrong_passwords_on_the_call_lock_as_everywhere_h2_1c() -> None:
    """The rules of the gate hold here too; the person is told that it is locked, and goes on with the caller."""
    person = somebody()
    wrong = f"{(int(right(person)) + 1) % 10**6:06}"
    failed = [step for _ in range(2) for step in keyed(wrong, "verification_failed")]
    talk = await sent_to_keypad(*identified(person), *keyed(wrong), *failed)
    known = talk.line.switchboard.tellers[CALL].known
    assert (talk.phase, known.verification, known.locked_out) == (Phase.TALKING, VerificationLevel.IDENTIFIED, True)
    tried = await talk.line.world.attempts.of_call(CALL)
    assert [attempt.outcome for attempt in tried if attempt.means is Means.PASSWORD] == [Tried.WRONG] * 3


async def test_a_caller_who_wants_his_person_back_is_back_unverified() -> None:
    """`*0` at the keypad means the one who waits for him."""
    talk = await sent_to_keypad(Listens("ask_identity_number"), Presses("*0"))
    assert talk.phase is Phase.TALKING
    assert talk.line.switchboard.tellers[CALL].known.verification is VerificationLevel.UNKNOWN


async def test_strong_verification_adds_a_code_by_message_h2_1c() -> None:
    """Level 4, for what moves money: password, then the code that was sent."""
    person = somebody()
    ready = asyncio.Event()
    talk = await sent_to_keypad(
        *identified(person),
        *keyed(right(person)),
        Listens("ask_code"),
        Waits(ready),
        level=VerificationLevel.STRONG,
    )
    assert person.mobile is not None
    text = await talk.line.world.sms.read_latest(person.mobile)
    assert text is not None
    talk.caller.then(Presses(f"{text.split()[-1]}#"))
    ready.set()
    await talk.hears_all()
    assert talk.line.switchboard.tellers[CALL].known.verification is VerificationLevel.STRONG


async def test_the_person_takes_the_caller_back_from_the_keypad() -> None:
    """What was found out until then is kept."""
    person = somebody()
    talk = await sent_to_keypad(*identified(person), Listens("ask_password"), LosesSession())
    assert talk.line.switchboard.tellers[CALL].known.verification is VerificationLevel.IDENTIFIED
    assert talk.phase is Phase.TALKING


async def test_the_person_who_hangs_up_meanwhile_does_not_break_the_dialogue() -> None:
    """The caller is verified, finds nobody, and the story parts from him."""
    person, holding = somebody(), asyncio.Event()
    talk = await sent_to_keypad(
        *identified(person), Listens("ask_password"), Waits(holding), Presses(f"{right(person)}#")
    )
    await talk.hangs_up(DESK)
    assert talk.phase is Phase.NOBODY
    holding.set()
    await talk.hears_all()
    assert talk.line.switchboard.tellers[CALL].known.verification is VerificationLevel.VERIFIED


async def test_who_is_verified_is_not_sent_there_again() -> None:
    """The level stands."""
    person = somebody()
    talk = await sent_to_keypad(*identified(person), *keyed(right(person)))
    with pytest.raises(NotPossible, match="verified already"):
        await talk.conductor.verify("desk1")


# ------------------------------------------------------------------------------------------------- refusals
async def test_what_the_table_does_not_hold_changes_nothing() -> None:
    """The sentence says what may be asked instead."""
    talk = await talking()
    with pytest.raises(Illegal, match="complete does not come while the call is talking; what may be asked: hold"):
        await talk.conductor.complete("desk1")
    assert await talk.turns() == []
    assert talk.exchange.redirected == []


async def test_the_second_may_not_put_the_first_out() -> None:
    """Who was called to it is a guest."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    await talk.answers()
    with pytest.raises(Illegal, match="second may not back"):
        await talk.conductor.back("desk2")


async def test_a_place_that_there_is_not_is_named() -> None:
    """Neither phone nor queue; and one who is on the phone is told as busy."""
    talk = await talking()
    with pytest.raises(NotPossible, match="'desk9' is no phone"):
        await talk.conductor.consult("desk1", "desk9")
    with pytest.raises(NotPossible, match="nobody is free at desk1"):
        await talk.conductor.consult("desk1", "desk1")
    assert talk.phase is Phase.TALKING


async def test_what_the_exchange_refuses_has_not_happened() -> None:
    """The caller's leg is gone already, which nobody has heard yet."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    talk.exchange.end_leg(CALLER)
    with pytest.raises(ExchangeRefused):
        await talk.conductor.resume("desk1")
    assert talk.phase is Phase.ON_HOLD


async def test_an_order_is_given_by_who_has_the_call() -> None:
    """Another phone, another call and another verb are refused by name; the operator may."""
    talk = await talking()
    orders = Conversations(talk.line.switchboard)
    with pytest.raises(WrongOrder, match="desk2 is not in this call; who is: desk1"):
        await orders.command({"verb": "hold", "call_id": CALL, "by": "desk2"})
    with pytest.raises(WrongOrder, match="`by` is missing"):
        await orders.command({"verb": "hold", "call_id": CALL})
    with pytest.raises(WrongOrder, match=r"no call n1-1.1 is up"):
        await orders.command({"verb": "hold", "call_id": "n1-1.1", "by": "desk1"})
    with pytest.raises(WrongOrder, match="'sing' is no verb"):
        await orders.command({"verb": "sing", "call_id": CALL, "by": "desk1"})
    answer = await orders.command({"verb": "show", "call_id": CALL, "asked_by": "operator"})
    assert (answer["phase"], answer["persons"]) == ("talking", ["desk1"])


# -------------------------------------------------------------------------------------------------- crashes
async def killed(talk: Talk) -> None:
    """The controller dies, and the next one links up and looks."""
    await talk.line.killed()
    while talk.exchange.untold() is not None:
        pass  # told to nobody
    await talk.line.switchboard.look_at_conversations()
    await talk.hears_all()


async def test_a_conversation_is_taken_up_as_it_stands() -> None:
    """On hold before, on hold after; the next turn comes as if nothing had been."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    await killed(talk)
    assert (talk.phase, talk.persons) == (Phase.ON_HOLD, ["desk1"])
    await talk.asks(talk.conductor.resume("desk1"))
    assert talk.phase is Phase.TALKING


async def test_a_caller_whom_the_dialplan_brought_back_meanwhile_is_with_his_person() -> None:
    """The keypad found no controller; the dialplan brought the caller back to the room."""
    talk = await talking()
    await talk.asks(talk.conductor.verify("desk1"))
    talk.exchange.goes_to(CALLER, "conversation", "ConfBridge")
    await killed(talk)
    assert talk.phase is Phase.TALKING


async def test_a_turn_that_was_carried_out_and_not_written_is_found() -> None:
    """Killed between the exchange's yes and the journal: the legs are where they are."""
    talk = await talking()
    talk.exchange.goes_to(CALLER, "on-hold")
    await killed(talk)
    assert talk.phase is Phase.ON_HOLD


@pytest.mark.parametrize("place", ["queues", "awaiting"])
async def test_a_blind_transfer_that_was_not_written_is_found(place: str) -> None:
    """The caller waits in a queue, and the person is free; whoever leaves while waiting is no helped caller."""
    talk = await talking()
    await talk.asks(talk.conductor.hold("desk1"))
    talk.exchange.goes_to(CALLER, place)
    await killed(talk)
    assert (talk.phase, talk.place()) == (Phase.NOBODY, "queues" if place == "queues" else "hand-over")
    assert talk.exchange.hung_up == [DESK]
    talk.exchange.end_leg(CALLER)
    await talk.hears_all()
    assert await talk.turns() == [Turn.HOLD, Turn.TRANSFER]


async def test_after_an_exchange_that_did_not_answer_it_is_looked_where_the_legs_are() -> None:
    """The caller was sent to hold, and nobody heard the yes: the order fails, and the phase is the truth."""
    talk = await talking()
    orders = Conversations(talk.line.switchboard)
    talk.exchange.fall_silent()
    failing = asyncio.create_task(orders.command({"verb": "hold", "call_id": CALL, "by": "desk1"}))
    await talk.line.clock.advance(2)
    with pytest.raises(NotCarriedOut, match="look at the call before asking again"):
        await failing
    talk.exchange.fall_silent(False)
    talk.exchange.goes_to(CALLER, "on-hold")
    await talk.conductor.look_again()
    assert talk.phase is Phase.ON_HOLD


async def test_who_left_while_nobody_looked_is_gone() -> None:
    """The second hung up in a consultation: the caller is on hold with the first."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    await talk.answers()
    talk.exchange.end_leg(talk.ringing)
    await killed(talk)
    assert (talk.phase, talk.persons) == (Phase.ON_HOLD, ["desk1"])


async def test_a_phone_that_was_answered_while_nobody_looked_is_in_the_talk() -> None:
    """And one that stopped ringing is not."""
    talk = await talking()
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    talk.exchange.goes_to(talk.ringing, "joining", "ConfBridge")
    await killed(talk)
    assert talk.phase is Phase.CONSULTING
    await talk.asks(talk.conductor.back("desk1"))
    await talk.asks(talk.conductor.consult("desk1", "desk2"))
    talk.exchange.end_leg(talk.ringing)
    await killed(talk)
    assert talk.phase is Phase.ON_HOLD


async def test_a_person_who_answered_while_no_controller_lived_is_found_by_the_bridge() -> None:
    """Whom the queue joined with the caller has the call."""
    line = Line()
    talk = Talk(line, ScriptedCaller(Presses("0")))
    talk.exchange.open_leg(CALLER, channel="PJSIP/trunk-carrier-00000001", context="queues")
    await line.arrives(talk.caller)
    talk.exchange.open_leg(DESK, linkedid=Linkedid(CALL), channel="PJSIP/desk1-00000002", context="from-phones")
    talk.exchange.bridge("b1", CALLER, DESK)
    await killed(talk)
    assert (talk.phase, talk.persons) == (Phase.TALKING, ["desk1"])
    await talk.asks(talk.conductor.hold("desk1"))
    assert talk.phase is Phase.ON_HOLD


async def test_a_recording_that_a_dead_controller_left_muted_is_heard_again() -> None:
    """Killed while a secret was keyed in: the caller is back with his person, and they are recorded."""
    person, holding = somebody(), asyncio.Event()
    talk = await talking(*identified(person), Listens("ask_password"), Waits(holding))
    await talk.asks(talk.conductor.verify("desk1"))
    await talk.line.arrives(talk.caller, at_keypad=True)
    assert talk.line.switchboard.tellers[CALL].tape.muted
    talk.exchange.goes_to(CALLER, "conversation", "ConfBridge")
    await killed(talk)
    assert talk.phase is Phase.TALKING
    assert not talk.line.switchboard.tellers[CALL].tape.muted
