"""A caller's side of a call: pyst2's AGI over a FastAGI connection, in a thread of its own."""

import io
from typing import Any

from asterisk.agi import AGI, AGIAppError, AGIException

DEAD_CHANNEL = 511
"""AGI's code for a command that a channel which has hung up does not take."""


class Gone(Exception):
    """The call has ended under the caller."""


class CallerAgi(AGI):  # type: ignore[misc]  # pyst2 carries no types
    """AGI on a socket. pyst2's own constructor is not called: it installs a signal handler, which only a process's main
    thread may, and writes every line to standard error.
    """

    def __init__(self, stream: io.TextIOBase) -> None:
        self.stdin = stream
        self.stdout = stream
        self.stderr = io.StringIO()
        self._got_sighup = False
        self.env: dict[str, str] = {}
        self._get_agi_env()

    @property
    def token(self) -> str:
        """The path of the `agi://` address that the exchange was given."""
        return self.env.get("agi_network_script", "")

    def do(self, command: str, *arguments: object) -> dict[str, Any]:
        """One command and its result. Raises Gone."""
        self.stderr = io.StringIO()  # pyst2's log of itself would grow with the call
        try:
            result: dict[str, Any] = self.execute(command, *arguments)
        except AGIAppError as error:  # result -1, which Asterisk answers on hangup
            raise Gone from error
        except (OSError, ValueError) as error:  # closed, or Asterisk's line HANGUP, which pyst2 does not know
            raise Gone from error
        except AGIException as error:
            if str(DEAD_CHANNEL) in str(error.args):
                raise Gone from error
            raise RuntimeError(f"the carrier refused {command}: {error}") from error
        return result
