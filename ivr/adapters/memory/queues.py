"""The queues of an exchange in memory: phones, callers, and what the exchange tells of them."""

from collections.abc import Callable
from dataclasses import replace

from ivr.domain.exchange import ExchangeEvent, MemberSeen, PhoneState, QueueJoined, QueueLeft
from ivr.domain.ids import Linkedid, QueueName, Uniqueid
from ivr.ports.exchange import ExchangeRefused
from ivr.ports.queues import QueuedCaller, QueuesSeen, Seat


class MemoryQueues:
    """The half of `MemoryExchange` that has queues. Which phone rings for whom a test decides itself."""

    _answer: Callable[[], None]
    tell: Callable[[ExchangeEvent], None]

    def _make_queues(self) -> None:
        self._phones: dict[str, PhoneState] = {}
        self._static: list[Seat] = []
        self._seats: dict[tuple[QueueName, str], Seat] = {}
        self._callers: list[QueuedCaller] = []
        self.acts: list[str] = []
        """What was asked of the queues, in words."""

    def configure_member(self, queue: QueueName, interface: str, name: str, penalty: int = 0) -> None:
        """A phone of the configuration, which is there after every start."""
        self._static.append(Seat(queue=queue, interface=interface, name=name, penalty=penalty, static=True))
        self._seats[queue, interface] = self._static[-1]

    def restart_queues(self) -> None:
        """Forget everything but the configuration."""
        self._seats = {(seat.queue, seat.interface): seat for seat in self._static}
        self._callers = []

    # ------------------------------------------------------------------------------------------ the port
    async def queues(self) -> QueuesSeen:
        """What is so now."""
        self._answer()
        seats = tuple(replace(seat, phone=self._phone(seat.interface)) for seat in self._seats.values())
        return QueuesSeen(seats=seats, callers=tuple(self._callers))

    async def add_member(
        self, queue: QueueName, interface: str, *, name: str, penalty: int, paused: str | None
    ) -> None:
        """Refused when it is there."""
        self._answer()
        if (queue, interface) in self._seats:
            raise ExchangeRefused(f"{interface} is in {queue} already")
        self._seats[queue, interface] = Seat(
            queue=queue, interface=interface, name=name, penalty=penalty, paused=paused
        )
        self.acts.append(f"add {interface} to {queue} with {penalty}" + (f", {paused}" if paused else ""))
        self.tell(MemberSeen(queue=queue, agent_interface=interface, phone=self._phone(interface)))

    async def remove_member(self, queue: QueueName, interface: str) -> None:
        """Refused for one of the configuration."""
        self._answer()
        if self._seat(queue, interface).static:
            raise ExchangeRefused(f"{interface} is a member of {queue} by configuration")
        del self._seats[queue, interface]
        self.acts.append(f"remove {interface} from {queue}")

    async def set_penalty(self, queue: QueueName, interface: str, penalty: int) -> None:
        """Change it."""
        self._answer()
        self._seats[queue, interface] = replace(self._seat(queue, interface), penalty=penalty)
        self.acts.append(f"penalty {penalty} for {interface} in {queue}")

    async def pause_member(self, queue: QueueName, interface: str, reason: str | None) -> None:
        """Change it."""
        self._answer()
        self._seats[queue, interface] = replace(self._seat(queue, interface), paused=reason)
        self.acts.append(f"{f'pause {reason}' if reason is not None else 'free'} {interface} in {queue}")

    async def place_caller(self, queue: QueueName, channel: str, priority: int) -> None:
        """Move him among the others."""
        self._answer()
        found = next((each for each in self._callers if (each.queue, each.channel) == (queue, channel)), None)
        if found is None:
            raise ExchangeRefused(f"{channel} does not wait in {queue}")
        self._callers.remove(found)
        self._line_up(replace(found, priority=priority))
        self.acts.append(f"priority {priority} for {found.uniqueid} in {queue}")

    # ------------------------------------------------------------------------------------------ what happens to it
    def phone_does(self, interface: str, phone: PhoneState) -> None:
        """A phone does something else; told for each queue that has it."""
        self._phones[interface] = phone
        for queue, member in self._seats:
            if member == interface:
                self.tell(MemberSeen(queue=queue, agent_interface=interface, phone=phone))

    def join_queue(self, uniqueid: Uniqueid, channel: str, queue: QueueName, priority: int = 0) -> None:
        """A caller comes to stand in a queue."""
        place = self._line_up(
            QueuedCaller(queue=queue, uniqueid=uniqueid, channel=channel, position=0, priority=priority, waited=0)
        )
        self.tell(
            QueueJoined(uniqueid=uniqueid, linkedid=Linkedid(uniqueid), queue=queue, position=place, channel=channel)
        )

    def leave_queue(self, uniqueid: Uniqueid) -> None:
        """He stands there no more."""
        for caller in [each for each in self._callers if each.uniqueid == uniqueid]:
            self._callers.remove(caller)
            self.tell(QueueLeft(uniqueid=uniqueid, linkedid=Linkedid(uniqueid), queue=caller.queue))

    def _line_up(self, caller: QueuedCaller) -> int:
        """Behind his equals; his position."""
        before = [each for each in self._callers if each.queue == caller.queue]
        others = [each for each in self._callers if each.queue != caller.queue]
        line = sorted([*before, caller], key=lambda each: -each.priority)
        self._callers = [*others, *(replace(each, position=place) for place, each in enumerate(line, 1))]
        return next(each.position for each in self._callers if each.uniqueid == caller.uniqueid)

    def _seat(self, queue: QueueName, interface: str) -> Seat:
        if (queue, interface) not in self._seats:
            raise ExchangeRefused(f"{interface} is not in {queue}")
        return self._seats[queue, interface]

    def _phone(self, interface: str) -> PhoneState:
        return self._phones.get(interface, PhoneState.FREE)
