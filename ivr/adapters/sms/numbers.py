"""Which numbers a message can be sent to, and what tells one message from another."""

import re

from ivr.ports.sms import SmsRefusal, SmsRefused

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def must_be_reachable(to: str) -> None:
    """Raises SmsRefused unless it is a number in E.164 form."""
    if not _E164.fullmatch(to):
        raise SmsRefused(SmsRefusal.WRONG_NUMBER)


def content(to: str, text: str) -> str:
    """What a message is: the same number and the same text."""
    return f"{to}\n{text}"
