"""H1.2a, H2.2c: who would rather not wait hears his place, and is promised a call back that he can rely on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.domain.call import PersonReached
from ivr.domain.callback import CallBackKind
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallBackId, QueueName
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.domain.spoken import Day, Duration, Position, TimeOfDay, Unit, Value
from ivr.flow.deeds import CallBackPromised, PromiseCallBack, SendText
from ivr.flow.hotline import hotline
from ivr.flow.questions import CallerNumber, DialableNumber, Line, Moment
from ivr.flow.steps import Ask, Do, JoinQueue, Keyed, LeftQueue, QueueExit, Unsure
from ivr.policies.routing import QueueRule
from tests.conversation import LI, MANNERS, NOW, OPENING, Conversation, digits, incoming

ZH = Language.ZH
BUSY = Line(position=3, place=2, free=False, at_most=15, at=NOW)
"""Two are ahead, one of them promised a call back."""
PLACE: tuple[str | Value, ...] = (
    "place_in_line",
    Position(3, ZH),
    "place_in_line_wait",
    "wait_at_most",
    Duration(15, Unit.MINUTES, ZH),
)
NARROW = QueueRule(name=QueueName("transfers"), categories=(Category.TRANSFER_PROBLEM,))
BACK = CallBackPromised(CallBackId("n1-1767603600.7/9"), NOW)
OWN = "+8613800138000"
OTHER = "+8613900139999"


def waiting(line: Line | None = BUSY, **different: object) -> Conversation:
    """A caller who asked for a person, and hears his place."""
    call = Conversation(hotline(incoming(**different), MANNERS), line=line)
    return call.hears(*OPENING).presses("1", "0").hears("to_a_person")


def wants_a_call_back(**different: object) -> Conversation:
    """He pressed `1` while he waited, and `1` to the offer."""
    call = waiting(**different).in_a_queue().comes_back(QueueExit.KEY, "1")
    return call.hears(*PLACE, "call_back_offer").presses("1")


def kept(**different: object) -> Conversation:
    """… and keeps his place."""
    return wants_a_call_back(**different).hears("call_back_when").presses("1")


def promised(call: Conversation) -> PromiseCallBack:
    """What is being promised."""
    assert isinstance(call.step, Do)
    assert isinstance(call.step.deed, PromiseCallBack)
    return call.step.deed


def later(seconds: int) -> Line:
    """The same line after so many seconds."""
    return replace(BUSY, at=NOW + timedelta(seconds=seconds))


def joined(call: Conversation) -> JoinQueue:
    """How he stands in the line."""
    assert isinstance(call.in_a_queue().step, JoinQueue)
    return call.step  # type: ignore[return-value]


def test_who_has_to_wait_hears_his_place_and_for_how_long_h1_2a() -> None:
    """The place counts those who are called back, the time is one that nine of ten do not exceed; the offer follows
    with the music."""
    call = waiting().hears(*PLACE)
    assert joined(call).offers


def test_who_is_answered_at_once_hears_not_a_word_more_h1_2a() -> None:
    """Somebody is free: nothing delays the ringing."""
    call = waiting(Line(position=1, place=1, free=True, at_most=1, at=NOW))
    assert isinstance(call.step, JoinQueue)
    assert not call.step.offers


def test_nobody_waits_for_who_could_say_how_long_it_is() -> None:
    """Where the exchange does not tell, the caller joins, and nothing is made up."""
    assert isinstance(waiting(None).step, JoinQueue)


def test_the_time_is_left_out_where_nobody_is_at_work_h1_2a() -> None:
    """The place is told all the same."""
    waiting(Line(position=1, place=1, free=False, at_most=None, at=NOW)).hears(*PLACE[:1], Position(1, ZH), PLACE[2])


def test_an_emergency_is_told_no_place_and_offered_nothing_h2_1d() -> None:
    """Not a word on the way, and `1`, which is live where others wait, loses him nothing: he is in front again."""
    call = Conversation(hotline(incoming(), MANNERS), line=BUSY)
    call.hears(*OPENING).presses("9", "9").hears("to_duty").waits_in("emergency", priority=100)
    assert not joined(call).offers
    call.comes_back(QueueExit.TIMED_OUT).waits_in("service", priority=100)
    assert joined(call).place is None
    call.comes_back(QueueExit.KEY, "1")
    assert isinstance(call.step, JoinQueue)
    assert (call.step.queue, call.step.priority, call.step.place, call.step.offers) == ("service", 100, 1, False)


def test_a_place_is_kept_and_the_calling_number_read_back_h2_2c() -> None:
    """One key each: a call back, as soon as possible, to this number. Then the call ends."""
    call = kept().is_answered(DialableNumber(OWN))
    call.hears("call_back_number_ends", digits("8000"), "call_back_confirm").presses("1")
    deed = promised(call)
    assert (deed.kind, deed.number, deed.due_at) == (CallBackKind.KEEPS_PLACE, OWN, None)
    assert (deed.queue, deed.priority, deed.joined_at) == ("service", 0, NOW)
    call.is_done(BACK).hears("call_back_noted").hears("goodbye").is_over()
    assert (call.known.person, call.known.call_back) == (PersonReached.PROMISED, BACK.call_back)


def test_a_time_is_chosen_and_read_back_with_its_day_h2_2c() -> None:
    """As the clock on the caller's wall shows it; who mistyped keys it in again."""
    call = wants_a_call_back().hears("call_back_when").presses("2")
    at = datetime(2026, 1, 6, 1, 30, tzinfo=UTC)  # 09:30 in Beijing
    read_back = (
        "call_back_at",
        Day(at.date(), ZH, False),
        TimeOfDay(at.replace(hour=9).time(), ZH),
        "call_back_confirm",
    )
    for key in ("2", "1"):
        call.expects("call_back_hour").replies(Ask, Keyed("0930")).is_answered(Moment(at))
        call.hears(*read_back).presses(key)
    call.is_answered(DialableNumber(OWN)).presses("1")
    assert (promised(call).kind, promised(call).due_at) == (CallBackKind.CHOSEN_TIME, at)
    call.is_done(BACK).hears("call_back_promised").hears("goodbye").is_over()


def test_an_hour_at_which_nobody_is_rung_is_refused_h2_2c() -> None:
    """23:30 cannot be promised; another may be."""
    call = wants_a_call_back().presses("2").replies(Ask, Keyed("2330")).is_answered(Moment(None))
    call.hears("call_back_wrong_hour", "call_back_hour")


def test_at_night_only_a_time_is_offered_h2_2c() -> None:
    """Nobody is rung before eight: the place cannot be kept until then."""
    night = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)  # 23:00 in Beijing
    call = Conversation(hotline(incoming(), MANNERS), line=Line(position=3, place=2, free=False, at_most=15, at=night))
    call.presses("1", "0").in_a_queue().comes_back(QueueExit.KEY, "1").presses("1").expects("call_back_hour")


def test_another_number_may_be_keyed_in_and_is_read_back_h2_2c() -> None:
    """Not the one he calls from; one that costs or is abroad is refused."""
    call = kept().is_answered(DialableNumber(OWN)).presses("2")
    call.hears("call_back_number").replies(Ask, Keyed("4008001234")).is_answered(DialableNumber(None))
    call.hears("call_back_wrong_number", "call_back_number").replies(Ask, Keyed("13900139999"))
    call.is_answered(DialableNumber(OTHER)).hears("call_back_number_ends", digits("9999"), "call_back_confirm")
    assert promised(call.presses("1")).number == OTHER


@pytest.mark.parametrize("number", [None, "+861065529988"])
def test_who_withholds_his_number_or_cannot_be_rung_keys_one_in_h2_2c(number: str | None) -> None:
    """Without a number there is nothing to read back."""
    call = kept(caller_number=number)
    if number is not None:
        call.is_answered(DialableNumber(None))
    call.hears("call_back_number")


def stays_silent(call: Conversation) -> Conversation:
    """Nothing is pressed."""
    return call.is_silent()


@pytest.mark.parametrize("stays", [stays_silent, lambda call: call.presses("2"), lambda call: call.presses("0")])
def test_who_stays_is_back_at_his_place_h2_2c(stays: Callable[[Conversation], Conversation]) -> None:
    """Silence, `2` and `0` are no wish for a call back: the same queue, his place among his equals, what is left of
    his patience."""
    call = waiting().in_a_queue()
    first = joined(call)
    call.line = later(50)
    again = joined(stays(call.comes_back(QueueExit.KEY, "1")))
    assert (again.queue, again.priority, again.place) == (first.queue, first.priority, 2)
    assert (first.place, again.patience) == (None, first.patience - 50)


def test_who_was_out_of_the_line_has_risen_with_those_who_stayed_h1_2a() -> None:
    """Two minutes lift everybody by two steps: back with the priority he came with, he would stand behind them all."""
    call = waiting().in_a_queue()
    call.line = later(120)
    again = joined(call.comes_back(QueueExit.KEY, "1").presses("2"))
    assert (again.priority, again.place) == (2 * MANNERS.routing.ageing.step, 2)


def test_the_patience_of_a_second_queue_is_its_own_h1_2a() -> None:
    """Of the seconds in the first none is taken away; his place is one of who has waited through both."""
    rules = replace(MANNERS.routing, queues=(*MANNERS.routing.queues, NARROW))
    call = Conversation(hotline(incoming(), replace(MANNERS, routing=rules)), line=BUSY)
    call.presses("1", "3", "0").waits_in("transfers", priority=0)
    call.line = later(100)
    call.comes_back(QueueExit.TIMED_OUT)
    second = joined(call)
    assert (second.queue, second.patience, second.place) == ("service", 180, 2)
    call.line = later(130)
    assert joined(call.comes_back(QueueExit.KEY, "1").presses("2")).patience == 150


def test_who_waits_for_one_agent_alone_hears_no_place_and_no_offer_h1_2a() -> None:
    """It is a short look whether he is free; there are no keys."""
    hint = CallerNumber(LI, 0, AgentId("8001"), NOW - timedelta(hours=1))
    call = Conversation(hotline(incoming(), MANNERS), line=BUSY, caller=hint)
    call.hears(*OPENING).presses("1", "0").hears("to_a_person")
    assert isinstance(call.step, JoinQueue)
    assert (call.step.only, call.step.offers) == ("8001", False)
    call.comes_back(QueueExit.NOBODY_THERE).hears("to_a_person").hears(*PLACE)
    assert (joined(call).only, joined(call).offers) == (None, True)


def test_what_a_person_has_found_out_is_not_lost_with_a_key_h2_1d() -> None:
    """Sent on to a queue by an agent who made it an emergency, `1` brings him to the officer on duty."""
    call = waiting().in_a_queue()
    known = replace(call.known, urgency=Urgency.EMERGENCY, urgency_reasons=(Reason.TOLD_EMERGENCY,))
    call.replies(JoinQueue, LeftQueue(QueueExit.KEY, "1", known)).waits_in("emergency", priority=100)


def test_the_last_known_place_goes_where_nobody_can_look_h1_2a() -> None:
    """The exchange does not tell: he is not sent behind everybody."""
    call = waiting().in_a_queue()
    call.line = None
    assert joined(call.comes_back(QueueExit.KEY, "1").presses("2")).place == BUSY.place


def test_who_gives_up_in_the_middle_stays_in_the_line_h2_2c() -> None:
    """Silence at a number, three times: he is not lost, he waits on."""
    call = kept(caller_number=None)
    for _ in range(MANNERS.tries):
        call.is_silent()
    assert joined(call).place == 2


def test_no_promise_that_is_not_written_down_h2_2c() -> None:
    """The list does not answer: he is told so, and waits on."""
    call = kept().is_answered(DialableNumber(OWN)).presses("1")
    call.is_refused(Unsure()).hears("call_back_not_noted")
    assert joined(call).place == 2
    assert call.known.person is PersonReached.WAITING


def test_an_emergency_told_at_the_offer_starts_the_plan_h2_1d() -> None:
    """`9` and `9` there is as good as anywhere."""
    call = waiting().in_a_queue().comes_back(QueueExit.KEY, "1").presses("9", "9")
    call.waits_in("emergency", priority=100)


def test_nothing_is_sent_by_sms_to_who_is_not_known() -> None:
    """Only an identified customer has a registered mobile."""
    call = wants_a_call_back().presses("2").replies(Ask, Keyed("0930")).is_answered(Moment(NOW + timedelta(hours=20)))
    call.presses("1").is_answered(DialableNumber(OWN)).presses("1").is_done(BACK).hears_out()
    assert not [deed for deed in call.deeds if isinstance(deed, SendText)]
