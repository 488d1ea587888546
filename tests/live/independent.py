"""Somebody else's account of the same calls: asterisk-ami, with a parser and threads of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from asterisk.ami import AMIClient

from ivr.adapters.secrets import Secrets
from ivr.home import Home
from ivr.settings import Settings

QUIET = 60
"""Seconds of silence after which asterisk-ami gives a connection up."""


class Account:
    """What it saw: every caller's leg that began, and every leg that ended, by Uniqueid."""

    def __init__(self) -> None:
        self.began: dict[str, str] = {}
        """The caller's number by Uniqueid."""
        self.ended: set[str] = set()
        self.connected: set[str] = set()
        """Callers whom the queue connected with a person."""
        self._news = threading.Condition()

    def note(self, event: object, **_: object) -> None:
        """A listener of asterisk-ami."""
        told = event.keys  # type: ignore[attr-defined]
        with self._news:
            match event.name:  # type: ignore[attr-defined]
                case "Newchannel" if told["Context"].startswith("trunk-"):
                    self.began[told["Uniqueid"]] = told["CallerIDNum"]
                case "Hangup":
                    self.ended.add(told["Uniqueid"])
                case "AgentConnect":
                    self.connected.add(told["Uniqueid"])
            self._news.notify_all()

    def sees_the_end_of(self, call_ids: set[str], patience: float = 10) -> bool:
        """All these legs began and ended."""
        with self._news:
            return self._news.wait_for(lambda: call_ids <= self.began.keys() & self.ended, patience)


@contextmanager
def independent_account(settings: Settings) -> Iterator[Account]:
    """As long as the `with` lasts."""
    account = Account()
    client = AMIClient(address="127.0.0.1", port=settings.ports.ami, timeout=QUIET)
    client.add_event_listener(account.note)
    answer = client.login("witness", Secrets(Home(settings.home).secrets).word("ami_witness")).response
    assert not answer.is_error(), answer
    try:
        yield account
    finally:
        client.logoff()
        client.disconnect()
