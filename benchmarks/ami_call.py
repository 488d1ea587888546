"""What Asterisk 22 tells the controller's AMI user during one real call: greeted, queued, answered, hung up."""

from pathlib import Path

from ivr.adapters.ami.translate import relevant

_RECORDED = Path(__file__).with_name("ami_call.txt").read_text("utf-8").replace("\n", "\r\n").encode() + b"\r\n"
_END = b"\r\n\r\n"

WHOLE: list[bytes] = [message + _END for message in _RECORDED.split(_END) if message]
"""All its events, with `{caller}` and `{agent}` where the legs' Uniqueids stand."""
TOLD: list[bytes] = [raw for raw in WHOLE if relevant(raw.split(b"\r\n")[0].removeprefix(b"Event: "), raw)]
"""Those that become events of the domain."""
LEGS = 2


def of_call(events: list[bytes], place: int, last: str = "") -> bytes:
    """These events as another call's; `last` names the caller's leg, whose Hangup comes last."""
    caller = last or f"n1-1795595674.{2 * place}"
    agent = f"n1-1795595677.{2 * place + 1}"
    return b"".join(events).replace(b"{caller}", caller.encode()).replace(b"{agent}", agent.encode())
