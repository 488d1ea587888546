"""The demo bank's customers in the hands of live tests: each test takes people whom no other test touches."""

import random

from ivr.adapters.bank.passwords import derived
from ivr.adapters.bank.people import Example, Person, kinds_of, population, shared_phones
from ivr.adapters.bank.tables import contact_owner
from ivr.adapters.clock import SystemClock
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sms.outbox import Outbox
from ivr.domain.banking import CardState
from ivr.home import Home
from tests.live.leaks import will_key


class People:
    """Of one hotline's bank: its keyring makes their passwords."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._keyring = FileKeyring(Secrets(home.secrets))
        self._outbox = Outbox(home.sms, self._keyring, SystemClock())

    def somebody(self, kind: Example = Example.ORDINARY, *, most_cards: int = 9, most_accounts: int = 9) -> Person:
        """Anyone of this kind, and of no other; whoever is plain has an active card, a password and a mobile."""
        everybody = population()  # made when somebody is wanted: all processes of the tests load this, few want anybody
        shared = shared_phones(everybody)
        return random.choice(
            [
                one
                for one in everybody
                if kinds_of(one, shared) == (kind,)
                and _is_whole(one)
                and len(one.cards) <= most_cards
                and len(one.accounts) <= most_accounts
            ]
        )

    def password(self, person: Person) -> str:
        """His phone password."""
        return will_key(self._home, derived(self._keyring, person.number).reveal())

    def wrong_password(self, person: Person) -> str:
        """Another."""
        return will_key(self._home, f"{(int(self.password(person)) + 1) % 10**6:06}")

    def contact_password(self, company: Person) -> str:
        """That of its first authorised contact."""
        owner = contact_owner(company.number, company.contacts[0].number)
        return will_key(self._home, derived(self._keyring, owner).reveal())

    async def text_for(self, person: Person) -> str | None:
        """The newest message on his mobile; reading it delivers and destroys it."""
        assert person.mobile is not None
        async with self._outbox as outbox:
            return await outbox.read_latest(person.mobile)


def last_four(person: Person) -> str:
    """Of his first card."""
    return person.cards[0].number[-4:]


def _is_whole(person: Person) -> bool:
    if person.contacts:
        return True
    return (
        bool(person.cards and person.cards[0].state in (CardState.ACTIVE, CardState.LOSS_REPORTED))
        and person.mobile is not None
        and person.has_password
    )
