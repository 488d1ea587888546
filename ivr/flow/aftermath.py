"""What has to be done after the caller is gone, so that nothing is half done and nobody forgotten (H2.2c). It speaks to
no one."""

from ivr.domain.call import CallRecord
from ivr.domain.callback import CallBackEvent, Miss
from ivr.flow.deeds import SettleCallBack
from ivr.flow.steps import Flow, do, open_follow_up
from ivr.flow.tickets import ticket_of
from ivr.policies.follow_up import follow_up_needed


def aftermath(record: CallRecord) -> Flow[None]:
    """A ticket for what was told or done and stands in none; a follow-up where the caller got no answer."""
    if record.known.to_file:
        yield from do(ticket_of(record.known))
    back = record.incoming.call_back
    if back is not None and record.known.met is not CallBackEvent.SPEAK:
        yield from do(SettleCallBack(back, CallBackEvent.MEET_NOBODY, Miss.MACHINE))  # unless it is settled
        return
    reason = follow_up_needed(record)
    if reason is not None:
        yield from open_follow_up(reason)
