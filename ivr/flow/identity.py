"""H2.1c: who is calling, and how sure we are (DOMAIN.md, levels). Asked only when the business demands it."""

from collections.abc import Callable

from ivr.domain.banking import CustomerKind, IdKind
from ivr.domain.caller import VerificationLevel
from ivr.domain.problem import Urgency
from ivr.domain.spoken import Digits, Duration, Unit
from ivr.domain.verification import Means
from ivr.flow.deeds import SendCode, Sent
from ivr.flow.entry import patiently
from ivr.flow.menus import offer
from ivr.flow.questions import CallerNumber, WhoCalls
from ivr.flow.steps import (
    CLOSING_KEY,
    Denied,
    DidIt,
    Flow,
    LockedOut,
    Recognised,
    Unavailable,
    Unrecognised,
    Unsure,
    Utterance,
    Verified,
    Verify,
    do,
    identify,
    look_up,
    sentences,
    verify,
)
from ivr.flow.talk import NeedsPerson, Talk
from ivr.policies.verification import Business, needed_for

WAYS = (IdKind.CUSTOMER_NUMBER, IdKind.CARD, IdKind.RESIDENT_ID, IdKind.COMPANY_NUMBER, IdKind.STAFF_NUMBER)


def recognise(talk: Talk) -> Flow[None]:
    """Whose number is it? Level 1: a hint for urgency, routing and the agent's screen. Nothing is spoken of it. Asked
    once, and not while an emergency waits.
    """
    if talk.recognised or talk.known.urgency is Urgency.EMERGENCY:
        return
    talk.recognised = True
    answer = yield from look_up(WhoCalls(), CallerNumber)
    if answer is None:
        return
    level = VerificationLevel.RECOGNISED if answer.facts else VerificationLevel.UNKNOWN
    yield from talk.note(hint=answer.facts, recent_calls=answer.recent_calls, verification=level)
    yield from talk.judge()


def establish(talk: Talk, business: Business) -> Flow[bool]:
    """Raise the caller to the level that this business needs; whether it was reached. A lock is never a dead end: what
    is still open is told, and the caller goes on. Raises NeedsPerson where only a person can help on.
    """
    level = needed_for(business)
    if talk.known.customer is None and level >= VerificationLevel.IDENTIFIED:
        yield from identify_caller(talk)
    yield from _only_customers(talk)
    if talk.known.verification < VerificationLevel.VERIFIED <= level:
        yield from verify_password(talk)
    if VerificationLevel.VERIFIED <= talk.known.verification < VerificationLevel.STRONG <= level:
        yield from verify_code(talk)
    return talk.known.verification >= level


def try_to_identify(talk: Talk) -> Flow[None]:
    """As far as the caller can: whoever cannot is served all the same. Raises WantsPerson where he asks for one."""
    if talk.known.customer is None:
        try:
            yield from identify_caller(talk)
        except NeedsPerson:
            return


def identify_caller(talk: Talk) -> Flow[None]:
    """Level 2: a number of customer, card or resident id, read back by its last four.

    Raises NeedsPerson after `manners.tries` numbers that are nobody's, or where nobody can look them up.
    """
    prompt = "ask_identity_number"
    for _ in range(talk.manners.tries):
        reply = yield from patiently(talk, prompt, lambda spoken: identify(spoken, WAYS, talk.manners.entry_patience))
        match reply:
            case Recognised() if (yield from _is_right(talk, reply.last_four)):
                yield from talk.note(
                    customer=reply.facts,
                    last_four=reply.last_four,
                    verification=VerificationLevel.IDENTIFIED,
                )
                yield from talk.judge()
                talk.start_emergency_plan()
                return
            case Recognised():
                prompt = "ask_identity_number"
            case Unrecognised():
                prompt = "number_not_found"
            case Unavailable():
                yield from talk.say("bank_down")
                raise NeedsPerson
            case LockedOut():
                break
    yield from talk.say("not_identified")
    raise NeedsPerson


def verify_password(talk: Talk) -> Flow[None]:
    """Level 3: the six-digit phone password; of a company, the authorised contact's own number and password."""
    customer = talk.known.customer
    assert customer is not None  # noqa: S101  (establish has seen to it)
    company = customer.kind is CustomerKind.CORPORATE
    if not company and not customer.has_password:
        yield from talk.say("no_password")
        raise NeedsPerson
    contact = sentences(talk.language, "ask_contact_number") if company else ()

    def ask(spoken: tuple[Utterance, ...]) -> Verify:
        return Verify(
            spoken,
            customer.customer,
            Means.PASSWORD,
            CLOSING_KEY,
            talk.manners.entry_patience,
            contact_sentences=contact,
        )

    right = yield from _verify(talk, "ask_password", "verification_failed", ask)
    if right is not None:
        yield from talk.note(verification=VerificationLevel.VERIFIED, contact=right.contact)


def verify_code(talk: Talk) -> Flow[None]:
    """Level 4: a one-time code, sent to the registered mobile."""
    customer = talk.known.customer
    assert customer is not None  # noqa: S101  (establish has seen to it)
    if not customer.has_mobile:
        yield from talk.say("no_mobile")
        raise NeedsPerson
    sending = yield from do(SendCode(customer.customer, talk.known.contact, talk.language))
    if not isinstance(sending, DidIt) or not isinstance(sending.result, Sent):
        yield from talk.say("code_not_sent" if not isinstance(sending, Unsure) else "bank_down")
        raise NeedsPerson
    sent = sending.result
    yield from talk.say("code_sent")

    def ask(spoken: tuple[Utterance, ...]) -> Verify:
        return Verify(
            spoken,
            customer.customer,
            Means.CODE,
            CLOSING_KEY,
            talk.manners.entry_patience,
            code=sent.effect,
            sent_at=sent.at,
        )

    right = yield from _verify(talk, "ask_code", "verification_failed", ask)
    if right is not None:
        yield from talk.note(verification=VerificationLevel.STRONG)


def _verify(
    talk: Talk, first: str, again: str, step: Callable[[tuple[Utterance, ...]], Verify]
) -> Flow[Verified | None]:
    """Ask until it is right, or until no try is left: then None, and the caller knows what is still open to him."""
    prompt = first
    for _ in range(talk.manners.tries):
        reply = yield from patiently(talk, prompt, lambda spoken: verify(step(spoken)))
        match reply:
            case Verified():
                return reply
            case Unavailable():
                yield from talk.say("bank_down")
                raise NeedsPerson
            case Denied(left) if left:
                prompt = again
            case _:
                yield from talk.note(locked_out=True)
                locked = Duration(talk.manners.locked_hours, Unit.HOURS, talk.language)
                yield from talk.say("locked_for", locked, "locked_stays_open")
                return None
    yield from talk.say("not_identified")
    raise NeedsPerson


def _is_right(talk: Talk, last_four: str) -> Flow[bool]:
    spoken = sentences(talk.language, "read_back_ending", Digits(last_four, talk.language), "read_back_choice")
    return (yield from offer(talk, spoken, "12")) == "1"


def _only_customers(talk: Talk) -> Flow[None]:
    """Staff are served by staff: no customer's data by self-service (DOMAIN.md)."""
    customer = talk.known.customer
    if customer is not None and customer.kind is CustomerKind.INTERNAL:
        yield from talk.say("staff_no_customer_data")
        raise NeedsPerson
