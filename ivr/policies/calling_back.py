"""H1.2a, H2.2c: when a caller is offered to be called back, when he is rung, how often, and what may be said."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import Enum

from ivr.domain.callback import CallBack, CallBackKind, Miss
from ivr.domain.caller import Language
from ivr.domain.problem import Urgency
from ivr.policies.deadlines import BEIJING
from ivr.policies.waiting import Ageing, Place, position_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackRules:
    """What the bank promises. Raises ValueError where nobody could ever be rung."""

    call_from: time = time(8, 0)
    call_until: time = time(21, 0)
    """Customers are rung between these, emergencies at any time (DOMAIN.md)."""
    zone: tzinfo = BEIJING
    tries: int = 3
    """Attempts in all."""
    after_busy: timedelta = timedelta(minutes=5)
    after_nobody: tuple[timedelta, ...] = (timedelta(minutes=30), timedelta(hours=2))
    """To the next attempt after the first, the second, …; the last goes for all later ones."""
    offer_after: int = 60
    """Seconds of expected or past waiting from which a call back is offered."""
    furthest: timedelta = timedelta(days=7)
    """A chosen time lies within it."""
    enabled: bool = True

    def __post_init__(self) -> None:
        if self.call_from >= self.call_until:
            raise ValueError(f"customers can be rung from {self.call_from} until {self.call_until}: never")
        if self.tries < 1 or not self.after_nobody:
            raise ValueError("a call back is tried at least once, and the time to the next attempt is set")


class NoOffer(Enum):
    """Why no call back is offered. With its words in both languages."""

    DISABLED = "disabled"
    EMERGENCY = "emergency"
    SHORT_WAIT = "short_wait"

    def words(self, language: Language) -> str:
        """As an agent reads it."""
        return _WORDS[self][language is Language.EN]


_WORDS = {
    NoOffer.DISABLED: ("未启用回拨", "call backs are not enabled"),
    NoOffer.EMERGENCY: ("紧急来电不离线等候", "an emergency stays on the line"),
    NoOffer.SHORT_WAIT: ("预计等候时间较短", "the wait is short"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackOffer:
    """What may be offered."""

    keeps_place: bool
    """False: outside the hours, only a chosen time."""
    earliest: datetime
    """UTC; nobody is rung before."""


def offer(
    *, urgency: Urgency, expected: int | None, waited: float, now: datetime, rules: CallBackRules
) -> CallBackOffer | NoOffer:
    """What is offered to a waiting caller; `expected` seconds is the estimate's upper bound, None an unknown one. Who
    withholds his number keys one in."""
    if not rules.enabled:
        return NoOffer.DISABLED
    if urgency is Urgency.EMERGENCY:
        return NoOffer.EMERGENCY
    if expected is not None and max(expected, waited) < rules.offer_after:
        return NoOffer.SHORT_WAIT
    earliest = allowed_at(now, urgency, rules)
    return CallBackOffer(keeps_place=earliest == now, earliest=earliest)


def allowed_at(moment: datetime, urgency: Urgency, rules: CallBackRules) -> datetime:
    """That moment, or the next at which this customer may be rung; in the moment's own zone."""
    if urgency is Urgency.EMERGENCY:
        return moment
    local = moment.astimezone(rules.zone)
    opens = datetime.combine(local.date(), rules.call_from, local.tzinfo)
    if local < opens:
        return opens.astimezone(moment.tzinfo)
    if local < datetime.combine(local.date(), rules.call_until, local.tzinfo):
        return moment
    return (opens + timedelta(days=1)).astimezone(moment.tzinfo)


class WrongTime(ValueError):
    """A chosen time that cannot be promised."""


def chosen(moment: datetime, now: datetime, urgency: Urgency, rules: CallBackRules) -> datetime:
    """The moment, where it may be promised. Raises WrongTime, which names what may be."""
    if not now <= moment <= now + rules.furthest:
        raise WrongTime(f"a call back is from now on within {rules.furthest.days} days")
    if allowed_at(moment, urgency, rules) != moment:
        raise WrongTime(f"customers are rung from {rules.call_from:%H:%M} until {rules.call_until:%H:%M}")
    return moment


def next_attempt(back: CallBack, miss: Miss, now: datetime, rules: CallBackRules) -> datetime | None:
    """When to ring again after this attempt failed; None: it was the last. Who says that he did not ask is left in
    peace at once."""
    if back.attempts >= rules.tries or miss is Miss.OTHER_PERSON:
        return None
    later = min(back.attempts, len(rules.after_nobody)) - 1
    pause = rules.after_busy if miss in (Miss.BUSY, Miss.FAILED) else rules.after_nobody[max(later, 0)]
    return allowed_at(now + pause, back.urgency, rules)


def is_due(
    back: CallBack,
    now: datetime,
    *,
    waiting: tuple[Place, ...],
    free_agents: int,
    ageing: Ageing,
    rules: CallBackRules,
) -> bool:
    """Its time is there: the chosen one, or his place is so near the front that an agent is free for him."""
    if now < back.due_at or allowed_at(now, back.urgency, rules) != now:
        return False
    if back.kind is CallBackKind.CHOSEN_TIME or back.attempts:
        return True
    return position(back, now, waiting, ageing) <= free_agents


def position(back: CallBack, now: datetime, waiting: tuple[Place, ...], ageing: Ageing) -> int:
    """His place among those on the line in his queue, as if he had stayed: 1 is the front."""
    return position_of(Place(priority=back.priority, joined_at=back.joined_at), waiting, now, ageing)


def at_next(keyed: str, now: datetime, urgency: Urgency, rules: CallBackRules) -> datetime:
    """The next moment at which the clock shows what was keyed in (HHMM), in the moment's own zone. Raises WrongTime."""
    try:
        wanted = time(int(keyed[:2]), int(keyed[2:]))
    except ValueError:
        raise WrongTime("a time is four digits, hours and minutes: 0930") from None
    local = now.astimezone(rules.zone)
    moment = datetime.combine(local.date(), wanted, local.tzinfo)
    if moment <= local:
        moment += timedelta(days=1)
    return chosen(moment.astimezone(now.tzinfo), now, urgency, rules)
