"""H2.2c: who has to be got back to, because nobody was there for them."""

from ivr.domain.call import CallRecord, EndReason, PersonReached
from ivr.domain.problem import Urgency

LEFT_WAITING = "left_waiting"
NOBODY_FREE = "nobody_free"
CUT_OFF = "cut_off"
EMERGENCY_UNHEARD = "emergency_unheard"


def follow_up_needed(record: CallRecord) -> str | None:
    """The reason for a follow-up, or None. Without a person reached, and unless all was served, somebody waits."""
    known, ending = record.known, record.ending
    reason = ending.end_reason if ending else EndReason.CALLER_HUNG_UP
    if known.person in (PersonReached.ANSWERED, PersonReached.PROMISED):
        return None
    if known.urgency is Urgency.EMERGENCY:
        return EMERGENCY_UNHEARD
    if reason in (EndReason.EXCHANGE_RESTARTED, EndReason.LOST, EndReason.TIME_LIMIT) and not known.served:
        return CUT_OFF
    if known.person is PersonReached.NOBODY:
        return NOBODY_FREE
    return LEFT_WAITING if known.person is PersonReached.WAITING else None
