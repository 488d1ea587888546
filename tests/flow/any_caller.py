"""A caller, a bank and a ticket system who answer anything at all, and what is watched while they do."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta

from ivr.application.step_endings import BLOCKED, DEBIT, SOME_DAY, customer, endings
from ivr.domain.banking import Block, CardToken, CustomerFacts, CustomerKind, CustomerToken, Fen, IdKind
from ivr.domain.call import CallRecord, Ending, EndReason, Known
from ivr.domain.caller import VerificationLevel
from ivr.domain.errors import HungUp
from ivr.domain.problem import Urgency
from ivr.domain.verification import Means
from ivr.flow.aftermath import aftermath
from ivr.flow.deeds import (
    BlockCard,
    Deed,
    OpenTicket,
    PromiseCallBack,
    SendCode,
    SendText,
    StopPayments,
    TicketOpened,
    UndoBlock,
)
from ivr.flow.hotline import hotline
from ivr.flow.manners import Manners
from ivr.flow.questions import (
    AccountsOf,
    BalancesOf,
    CallerNumber,
    Cards,
    CardsOf,
    Dialable,
    HourOf,
    LineAhead,
    Question,
    TicketsOf,
    TransfersOf,
    WhoCalls,
)
from ivr.flow.steps import (
    Ask,
    Chose,
    DidIt,
    Do,
    Escaped,
    Found,
    Identify,
    JoinQueue,
    LeftQueue,
    Lookup,
    Menu,
    Note,
    QueueExit,
    Recognised,
    Record,
    Recorded,
    Reply,
    Sentence,
    Silence,
    Step,
    Unavailable,
    Unsure,
    Verified,
    Verify,
)
from ivr.policies.outcome import outcome_of
from tests.conversation import incoming

LEVEL = {
    **dict.fromkeys((BlockCard, StopPayments, SendText, CardsOf, TicketsOf), VerificationLevel.IDENTIFIED),
    **dict.fromkeys((AccountsOf, BalancesOf, TransfersOf, SendCode), VerificationLevel.VERIFIED),
    UndoBlock: VerificationLevel.STRONG,
}
"""DOMAIN.md, verification levels: written down here once more, apart from the policy."""
PHONES = ("+8613800138000", "1" * 18)
"""Of who is called back: his own, and what is keyed in."""
SHOWN = {Means.PASSWORD: VerificationLevel.VERIFIED, Means.CODE: VerificationLevel.STRONG}
LISTENING = (Menu, Ask, Record, Identify, Verify)
MANY = tuple(replace(BLOCKED, card=CardToken(f"card-{n}"), last_four=f"000{n}") for n in range(7))


def people() -> Iterator[CustomerFacts]:
    """Everyone who may call."""
    plain = customer()
    yield from (customer(kind) for kind in CustomerKind)
    yield customer(vulnerable=True)
    yield replace(plain, has_password=False)
    yield replace(plain, has_mobile=False)
    yield replace(plain, customer=CustomerToken("another"), fraud_marked=True)
    yield replace(
        plain,
        customer=CustomerToken("taken-over"),
        contact_changed_at=SOME_DAY - timedelta(days=1),
        large_transfers=2,
        large_transfers_sum=Fen(10**8),
    )


PEOPLE = tuple(people())


def replies_to(step: Step) -> list[Reply]:
    """Everything that may come, and of people and cards more than a picture needs."""
    replies = [reply for _, reply in endings(step)]
    match step:
        case Identify():
            replies += [Recognised(facts, IdKind.CARD, "6217") for facts in PEOPLE]
        case Lookup(WhoCalls()):
            replies += [Found(CallerNumber(facts, 3)) for facts in PEOPLE]
        case Lookup(CardsOf()):
            replies += [Found(Cards(cards)) for cards in ((DEBIT,), (BLOCKED,), MANY)]
    return replies


class AnyCall:
    """Tells the whole story, with a watch on every step: what breaks a promise fails at once."""

    def __init__(self) -> None:
        self._story = hotline(incoming(), Manners())
        self.known = Known()
        self.step: Step | None = next(self._story)
        self.shown = VerificationLevel.UNKNOWN
        """The highest level that any reply has shown."""
        self.menus = 0
        """Menus chosen from, since the need was asked."""
        self.unfiled = False
        """Told, blocked, not sure, or an emergency, and in no ticket yet."""
        self.acts: list[Deed | Question] = []
        """Everything that was done and looked up."""
        self._watch()

    def goes_on(self, reply: Reply) -> None:
        """This is the answer."""
        step = self.step
        assert step is not None
        self._hear(step, reply)
        try:
            self.step = self._story.send(reply)
        except StopIteration:
            self.step = None
        self._watch()

    def takes(self, picks: Sequence[int]) -> "AnyCall":
        """One of all answers at each step that has several, until there are no more picks, or the story is over."""
        left = list(reversed(picks))
        while self.step is not None:
            replies = replies_to(self.step)
            if len(replies) > 1 and not left:
                break
            self.goes_on(replies[left.pop() % len(replies)] if len(replies) > 1 else replies[0])
        return self

    def listens(self) -> "AnyCall":
        """Until the caller may press or speak again, waits for a person, or is gone."""
        while self.step is not None and not isinstance(self.step, (*LISTENING, JoinQueue)):
            self.goes_on(replies_to(self.step)[0])
        return self

    def wishes(self, key: str) -> None:
        """`0` or `9` where there is a menu, `*0` or `*9` elsewhere."""
        self.goes_on(Chose(key) if isinstance(self.step, Menu) else Escaped(key))

    def is_confirming(self) -> bool:
        """Another `9` makes it an emergency."""
        return isinstance(self.step, Menu) and _says(self.step, "confirm_emergency")

    def falls_silent(self, most: int) -> int:
        """Nobody presses, answers, or does anything any more: the steps until the end, `most` at most."""
        for steps in range(most):
            match self.step:
                case None:
                    return steps
                case JoinQueue():
                    self.goes_on(LeftQueue(QueueExit.TIMED_OUT))
                case Lookup():
                    self.goes_on(Unavailable())
                case Do():
                    self.goes_on(Unsure())
                case step if isinstance(step, LISTENING):
                    self.goes_on(Silence())
                case step:
                    self.goes_on(replies_to(step)[0])
        raise AssertionError(f"still at {self.step}")

    def hangs_up(self) -> list[Step]:
        """The caller is gone; what the aftermath then asks for."""
        if self.step is not None:
            try:
                asked = self._story.throw(HungUp())
            except (HungUp, StopIteration):
                pass
            else:
                raise AssertionError(f"asked for {asked} after the hangup")
        reason = EndReason.CALLER_HUNG_UP
        ending = Ending(outcome=outcome_of(self.known, reason), end_reason=reason)
        story = aftermath(CallRecord(incoming=incoming(), known=self.known, ended_at=SOME_DAY, ending=ending))
        asked_for: list[Step] = []
        try:
            step = next(story)
            while True:
                asked_for.append(step)
                step = story.send(replies_to(step)[0])
        except StopIteration:
            return asked_for

    # ------------------------------------------------------------------------------------------- the watch
    def _hear(self, step: Step, reply: Reply) -> None:
        match step, reply:
            case Lookup(WhoCalls()), Found(CallerNumber(facts)) if facts is not None:
                self._show(VerificationLevel.RECOGNISED)
            case Identify(), Recognised():
                self._show(VerificationLevel.IDENTIFIED)
            case Verify(means=means, customer=token), Verified():
                assert token == self.known.customer_token
                self._show(SHOWN[means])
            case Menu(), Chose(key) if _says(step, "menu_person") and key not in "*098":
                self.menus = 1 if _says(step, "how_can_we_help") else self.menus + 1
                assert self.menus <= 2, "a third menu level"
            case Record(), Recorded():
                self.unfiled = True
            case Do(BlockCard()), DidIt(Block()) | Unsure():
                self.unfiled = True
            case Do(OpenTicket()), DidIt(TicketOpened()):
                self.unfiled = False
        _holds_no_secret(reply)

    def _show(self, level: VerificationLevel) -> None:
        self.shown = max(self.shown, level)

    def _watch(self) -> None:
        step = self.step
        _holds_no_secret(step)
        match step:
            case Note(known):
                assert known.verification <= self.shown, "a level that nothing has shown"
                assert known.urgency >= self.known.urgency, "an urgency that falls"
                assert known.urgency is Urgency.NORMAL or known.urgency_reasons, "urgent without a reason"
                if known.urgency > self.known.urgency and known.urgency is Urgency.EMERGENCY:
                    self.unfiled = True
                self.known = known
            case Menu(keys=keys):
                assert set("*09") <= set(keys)
                assert len(set(keys) - set("*098")) <= 5, "more than five options beside the ways out"
            case Ask(sentences=spoken):
                asked = {word.prompt for word in spoken if isinstance(word, Sentence)}
                assert asked & {"call_back_hour", "call_back_number"}, "digits would enter the story"
            case Do(act) | Lookup(act):
                self._may(act)
            case JoinQueue(queue=queue, priority=priority):
                emergency = self.known.urgency is Urgency.EMERGENCY
                assert (priority == 100) is emergency, "an emergency behind a normal call"
                assert emergency or queue == "service"

    def _may(self, act: Deed | Question) -> None:
        self.acts.append(act)
        if isinstance(act, WhoCalls | LineAhead | Dialable | HourOf):
            return
        if isinstance(act, PromiseCallBack):
            assert self.known.urgency is not Urgency.EMERGENCY, "an emergency is put off"
            assert act.customer == self.known.customer_token
            return
        if isinstance(act, OpenTicket):
            assert act.customer == self.known.customer_token
            assert act.verification <= self.shown
            return
        assert self.known.verification >= LEVEL[type(act)], f"{act} at level {self.known.verification}"
        assert act.customer == self.known.customer_token, "for somebody else"
        kind = self.known.customer and self.known.customer.kind
        assert kind is not CustomerKind.INTERNAL or isinstance(act, StopPayments), "staff serve themselves"


def _says(step: Menu, prompt: str) -> bool:
    return any(isinstance(word, Sentence) and word.prompt == prompt for word in step.sentences)


def _holds_no_secret(value: object) -> None:
    """No run of six digits but a ticket's or a phone's number: no password, code, card or resident id."""
    if isinstance(value, str):
        longest = max((len(run) for run in "".join(c if c.isdigit() else " " for c in value).split()), default=0)
        assert longest < 6 or value in ("10000007", *PHONES), f"a secret: {value}"
    elif isinstance(value, tuple):
        for part in value:
            _holds_no_secret(part)
    elif is_dataclass(value):
        for field in fields(value):
            _holds_no_secret(getattr(value, field.name))
