"""H2.1c: who is calling, and how sure we are (DOMAIN.md, levels). Asked only when the business demands it."""

from collections.abc import Callable

from ivr.domain.banking import CustomerFacts, CustomerKind, IdKind
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
    Expired,
    Flow,
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
from ivr.policies.verification import Business, may, needed_for

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
    yield from talk.note(
        hint=answer.facts,
        recent_calls=answer.recent_calls,
        last_agent=answer.last_agent,
        helped_at=answer.helped_at,
        verification=level,
    )
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
    return may(talk.known.verification, business)


def try_to_identify(talk: Talk) -> Flow[None]:
    """As far as the caller can: whoever cannot is served all the same. Raises WantsPerson where he asks for one."""
    if talk.known.customer is None:
        try:
            yield from identify_caller(talk)
        except NeedsPerson:
            return


def try_to_verify(talk: Talk) -> Flow[None]:
    """Level 3, for what only then may be told. Asked for once: whoever is silent, has no password or may not try any
    more is served on without. Raises WantsPerson where he asks for one.
    """
    customer = talk.known.customer
    done = talk.known.verification >= VerificationLevel.VERIFIED
    if customer is None or done or talk.known.locked_out or not _has_password(customer):
        return
    try:
        yield from verify_password(talk, urge=False)
    except NeedsPerson:
        return
    if talk.known.verification >= VerificationLevel.VERIFIED:
        yield from talk.say("verified")


def identify_caller(talk: Talk) -> Flow[None]:
    """Level 2: a number of customer, card or resident id, read back by its last four.

    Raises NeedsPerson after `manners.tries` numbers that are nobody's, or where nobody can look them up.
    """
    prompts: tuple[str, ...] = ("ask_identity_number",)
    for _ in range(talk.manners.tries):
        reply = yield from patiently(talk, prompts, lambda spoken: identify(spoken, WAYS, talk.manners.entry_patience))
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
                prompts = ("ask_identity_number",)
            case Unrecognised():
                prompts = ("number_not_found", "final_x")
            case Unavailable():
                yield from talk.say("bank_down")
                raise NeedsPerson
    yield from talk.say("not_identified")
    raise NeedsPerson


def verify_password(talk: Talk, *, urge: bool = True) -> Flow[None]:
    """Level 3: the six-digit phone password; of a company, the authorised contact's own number and password. Nothing is
    said of it where the answer follows at once, which says it best.
    """
    customer = talk.known.customer
    assert customer is not None  # noqa: S101  (establish has seen to it)
    if not _has_password(customer):
        yield from talk.say("no_password")
        raise NeedsPerson
    company = customer.kind is CustomerKind.CORPORATE
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

    right = yield from _verify(talk, "ask_password", ask, urge=urge)
    if isinstance(right, Verified):
        yield from talk.note(verification=VerificationLevel.VERIFIED, contact=right.contact)


def verify_code(talk: Talk) -> Flow[None]:
    """Level 4: a one-time code, sent to the registered mobile; another one where it came too late."""
    for _ in range(talk.manners.tries):
        sent = yield from _send_code(talk)
        right = yield from _verify(talk, "ask_code", _code_asked(talk, sent))
        if isinstance(right, Verified):
            yield from talk.note(verification=VerificationLevel.STRONG)
            yield from talk.say("verified")
        if not isinstance(right, Expired):
            return
        if (yield from offer(talk, sentences(talk.language, "code_expired", "code_again"), "12")) == "2":
            return
    raise NeedsPerson


def _send_code(talk: Talk) -> Flow[Sent]:
    customer = talk.known.customer
    assert customer is not None  # noqa: S101  (establish has seen to it)
    if not customer.has_mobile:
        yield from talk.say("no_mobile")
        raise NeedsPerson
    sending = yield from do(SendCode(customer.customer, talk.known.contact, talk.language))
    if not isinstance(sending, DidIt) or not isinstance(sending.result, Sent):
        yield from talk.say("code_not_sent" if not isinstance(sending, Unsure) else "bank_down")
        raise NeedsPerson
    yield from talk.say("code_sent")
    return sending.result


def _code_asked(talk: Talk, sent: Sent) -> Callable[[tuple[Utterance, ...]], Verify]:
    patience = talk.manners.entry_patience

    def ask(spoken: tuple[Utterance, ...]) -> Verify:
        return Verify(spoken, talk.customer, Means.CODE, CLOSING_KEY, patience, code=sent.effect, sent_at=sent.at)

    return ask


def _verify(
    talk: Talk, first: str, step: Callable[[tuple[Utterance, ...]], Verify], *, urge: bool = True
) -> Flow[Verified | Expired | None]:
    """Ask until it is right or too late, or until no try is left: then None, and the caller knows what is still open
    to him.
    """
    prompt = first
    for _ in range(talk.manners.tries):
        reply = yield from patiently(talk, (prompt,), lambda spoken: verify(step(spoken)), urge=urge)
        match reply:
            case Verified() | Expired():
                return reply
            case Unavailable():
                yield from talk.say("bank_down")
                raise NeedsPerson
            case Denied(left) if left:
                prompt = "verification_failed"
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


def _has_password(customer: CustomerFacts) -> bool:
    """A company's is that of its contacts."""
    match customer.kind:
        case CustomerKind.CORPORATE:
            return True
        case CustomerKind.PERSONAL:
            return customer.has_password
        case CustomerKind.INTERNAL:
            return False


def _only_customers(talk: Talk) -> Flow[None]:
    """Staff are served by staff: no customer's data by self-service (DOMAIN.md)."""
    customer = talk.known.customer
    if customer is not None and customer.kind is CustomerKind.INTERNAL:
        yield from talk.say("staff_no_customer_data")
        raise NeedsPerson
