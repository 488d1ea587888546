"""What became of a call, from what was known when it ended."""

from ivr.domain.call import EndReason, Known, Outcome, PersonReached
from ivr.domain.callback import CallBackEvent

_OURS = {EndReason.EXCHANGE_RESTARTED, EndReason.TIME_LIMIT, EndReason.LOST}


def outcome_of(known: Known, reason: EndReason) -> Outcome:
    """A fault of ours never counts as the caller's choice; a person reached counts whoever hung up first."""
    if known.person is PersonReached.ANSWERED:
        return Outcome.HELPED_BY_PERSON
    if known.person is PersonReached.PROMISED:
        return Outcome.CALL_BACK
    if known.met not in (None, CallBackEvent.SPEAK):
        return Outcome.NOBODY_MET
    if reason in _OURS:
        return Outcome.UNFINISHED
    if known.person is PersonReached.NOBODY:
        return Outcome.NOT_REACHED
    if known.person is PersonReached.WAITING:
        return Outcome.ABANDONED_IN_QUEUE
    return Outcome.SELF_SERVED if known.served else Outcome.ABANDONED_IN_FLOW
