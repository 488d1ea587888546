"""What has to be done after the caller is gone, so that nobody is forgotten (H2.2c). It speaks to no one."""

from ivr.domain.call import CallRecord
from ivr.flow.steps import Flow, open_follow_up
from ivr.policies.follow_up import follow_up_needed


def aftermath(record: CallRecord) -> Flow[None]:
    """Open a follow-up where the caller was left without what was wanted."""
    reason = follow_up_needed(record)
    if reason is not None:
        yield from open_follow_up(reason)
