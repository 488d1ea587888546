"""The world around a controller, in memory: bank, SMS gateway, tickets, attempts, archive, and whoever asks them."""

from collections.abc import Callable
from datetime import timedelta

from ivr.adapters.dialable import DialableNumbers
from ivr.adapters.memory.archive import MemoryArchive, MemoryFollowUps
from ivr.adapters.memory.attempts import MemoryAttempts
from ivr.adapters.memory.bank import MemoryBank
from ivr.adapters.memory.callbacks import MemoryCallBacks
from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.exchange import MemoryExchange
from ivr.adapters.memory.keyring import MemoryKeyring
from ivr.adapters.memory.recordings import MemoryRecordings, MemoryRegister
from ivr.adapters.memory.sms import MemorySms
from ivr.adapters.memory.tickets import MemoryTickets
from ivr.adapters.sms.codes import HotpCodes
from ivr.domain.caller import Language
from ivr.domain.conversation import Places
from ivr.domain.events import Event
from ivr.domain.ids import NodeId, QueueName
from ivr.engine.answering import Desk
from ivr.engine.doing import Hands
from ivr.engine.gate import Gate
from ivr.engine.line_view import LineView
from ivr.engine.promising import Promises
from ivr.engine.recorder import Recorder
from ivr.engine.storybook import Storybook
from ivr.engine.teller import Tools
from ivr.policies.deadlines import Times
from ivr.policies.lockout import Limits
from ivr.ports.journal import Journal


class MemoryWorld:
    """It outlives every controller, as the real one does."""

    def __init__(self, clock: VirtualClock | None = None) -> None:
        self.clock = clock or VirtualClock(tick=timedelta(microseconds=1))
        self.bank = MemoryBank(clock=self.clock)
        self.sms = MemorySms(clock=self.clock)
        self.codes = HotpCodes(MemoryKeyring())
        self.tickets = MemoryTickets()
        self.attempts = MemoryAttempts()
        self.archive = MemoryArchive()
        self.recordings = MemoryRecordings()
        self.register = MemoryRegister(self.archive)
        self.follow_ups = MemoryFollowUps()
        self.exchange = MemoryExchange(self.clock)
        self.exchange.restore_link()
        self.exchange.configure_member(QueueName("service"), "PJSIP/desk1", "desk1")
        self.places = Places(
            phones=("desk1", "desk2", "senior1"),
            queues=(("service", 180, ("desk1", "desk2")), ("emergency", 120, ("senior1",))),
            seniors="emergency",
        )
        self.call_backs = MemoryCallBacks()
        self.numbers = DialableNumbers("CN")

    def tools(
        self, storybook: Storybook, journal: Journal, publish: Callable[[Event], None], limits: Limits | None = None
    ) -> Tools:
        """What a new controller works with."""
        promises = self.promises(storybook, publish)
        return Tools(
            storybook=storybook,
            journal=journal,
            follow_ups=self.follow_ups,
            gate=Gate(
                bank=self.bank,
                attempts=self.attempts,
                codes=self.codes,
                clock=self.clock,
                limits=limits or Limits(),
            ),
            recorder=Recorder(recordings=self.recordings, exchange=self.exchange),
            desk=Desk(bank=self.bank, tickets=self.tickets, archive=self.archive, promises=promises),
            hands=Hands(
                bank=self.bank,
                sms=self.sms,
                codes=self.codes,
                tickets=self.tickets,
                promises=promises,
                clock=self.clock,
                times=Times(),
                is_working_day=lambda day: day.weekday() < 5,
                texts=_text,
            ),
            exchange=self.exchange,
            places=self.places,
            clock=self.clock,
            publish=publish,
        )

    def promises(self, storybook: Storybook, publish: Callable[[Event], None]) -> Promises:
        """Call backs, as a new controller handles them."""
        ageing = storybook.manners.routing.ageing
        return Promises(
            call_backs=self.call_backs,
            view=LineView(queues=self.exchange, call_backs=self.call_backs, clock=self.clock, ageing=ageing),
            numbers=self.numbers,
            clock=self.clock,
            rules=storybook.manners.call_backs,
            node=NodeId("n1"),
            publish=publish,
        )


def _text(name: str, language: Language) -> str:
    """The name of the text stands for it; the code stands where a code goes."""
    return f"{name} {language.value} {{code}}" if name == "code" else f"{name} {language.value}"
