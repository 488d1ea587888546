"""The one place where the controller is put together: adapters made, the engine given them, everything started."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress

import structlog

from dialplans.cel_columns import CEL_FILE
from ivr.adapters.ami.exchange import AmiExchange
from ivr.adapters.bank.opening import open_bank
from ivr.adapters.call_recordings import FileRecordings
from ivr.adapters.clock import SystemClock
from ivr.adapters.dialable import DialableNumbers
from ivr.adapters.exchange.cel import CelFile
from ivr.adapters.exchange.cel_legs import CelLegs
from ivr.adapters.exchange.phones import PjsipPhones
from ivr.adapters.fastagi.arrivals import facts_of, incoming_of
from ivr.adapters.fastagi.server import FastAgiServer
from ivr.adapters.journal.sqlite import SqliteJournal
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.nats import server as nats_server
from ivr.adapters.nats.bus import NatsBus
from ivr.adapters.recordings import Recordings
from ivr.adapters.secrets import Secrets
from ivr.adapters.sms.opening import make_codes, open_sms
from ivr.adapters.sql.agents import SqlAgents
from ivr.adapters.sql.archive import SqlArchive, SqlFollowUps
from ivr.adapters.sql.attempts import SqlAttempts
from ivr.adapters.sql.callbacks import SqlCallBacks
from ivr.adapters.sql.engine import make_engine
from ivr.adapters.sql.recordings import SqlRegister
from ivr.adapters.sql.tickets import SqlTickets
from ivr.adapters.texts import Texts
from ivr.adapters.working_days import calendar, is_working_day
from ivr.application.conversations import Conversations
from ivr.application.floor import FloorCommands
from ivr.application.live import Live
from ivr.application.roster import Roster
from ivr.domain.call import CallRecord
from ivr.domain.conversation import Places
from ivr.domain.events import Event
from ivr.domain.exchange import LegEnded, LinkDown, LinkUp
from ivr.domain.ids import CallId, NodeId
from ivr.engine.answering import Desk
from ivr.engine.archiver import Archiver
from ivr.engine.attendance import Attendance
from ivr.engine.calling_back import CallingBack, Dialling
from ivr.engine.doing import Hands
from ivr.engine.floor import Floor
from ivr.engine.gate import Gate
from ivr.engine.keeper import Keeper
from ivr.engine.line_view import LineView
from ivr.engine.places import WaitingRoom
from ivr.engine.promising import Promises
from ivr.engine.reconciler import Reconciler
from ivr.engine.record import record_of
from ivr.engine.recorder import Recorder
from ivr.engine.seats import Seats
from ivr.engine.storybook import Storybook
from ivr.engine.switchboard import Switchboard
from ivr.engine.teller import Tools
from ivr.flow.manners import Manners
from ivr.home import Home
from ivr.policies.deadlines import Times
from ivr.policies.reach import with_agents
from ivr.policies.routing import Rules
from ivr.ports.bus import BusDown
from ivr.ports.exchange import ExchangeDown
from ivr.settings import Settings
from ivr.settings_floor import rules_of

log = structlog.get_logger(__name__)


def manners(settings: Settings) -> Manners:
    """What the story sees of the settings."""
    story = settings.story
    return Manners(
        key_patience=story.key_patience,
        entry_patience=story.entry_patience,
        tries=story.tries,
        longest_telling=story.longest_telling,
        transfers_told=story.transfers_told,
        tickets_told=story.tickets_told,
        locked_hours=settings.verification.locked_hours,
        complaint_days=story.complaint_days,
        survey=story.survey,
        products=tuple(story.products),
        call_backs=settings.call_backs.rules,
        routing=routing_rules(settings),
    )


def routing_rules(settings: Settings) -> Rules:
    """To whom calls go, by settings and calendar."""
    return rules_of(
        settings.queues,
        settings.hours,
        settings.routing,
        calendar(),
        service=settings.story.service_queue,
        emergency=settings.story.emergency_queue,
    )


def places(settings: Settings) -> Places:
    """Where a person may send a call, by the configuration; an escalation goes to the seniors' queue, or to the
    officers on duty."""
    phones = sorted(settings.phones, key=lambda phone: phone.penalty)
    return Places(
        phones=tuple(phone.name for phone in settings.phones),
        queues=tuple(
            (queue.name, queue.patience, tuple(phone.name for phone in phones if queue.name in phone.queues))
            for queue in settings.queues
        ),
        seniors=settings.routing.senior_queue or settings.story.emergency_queue,
    )


def dialable_numbers(settings: Settings) -> DialableNumbers:
    """Who may be called back, by the trunk over which it is done."""
    trunk, backs = settings.call_back_trunk, settings.call_backs
    return DialableNumbers(
        trunk.region if trunk else "CN",
        backs.abroad,
        own=[number.number for number in settings.numbers],
        international=backs.international,
    )


def dialling(settings: Settings) -> Dialling:
    """How customers are called back: shown is the first number of the trunk."""
    trunk, backs = settings.call_back_trunk, settings.call_backs
    name = trunk.name if trunk else ""
    number = next((number.number for number in settings.numbers if number.trunk == name), "")
    return Dialling(trunk=name, number=number, patience=float(backs.ring), at_once=backs.at_once)


async def controller(settings: Settings) -> None:
    """Run the controller until SIGTERM. Its calls are left as a crash would leave them: the dialplan holds them, and
    the next controller goes on. Raises HotlineError where it cannot start.
    """
    home = Home(settings.home)
    secrets = Secrets(home.secrets)
    keyring = FileKeyring(secrets)
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(SqliteJournal(home.journal, keyring))
        database = make_engine(settings.archive_url)
        archive, follow_ups = SqlArchive(database, keyring), SqlFollowUps(database)
        stack.push_async_callback(archive.close)
        bus = NatsBus(nats_server.url(settings), secrets.word(nats_server.TOKEN), name="controller")
        stack.push_async_callback(bus.close)
        exchange = AmiExchange(
            "127.0.0.1",
            settings.ports.ami,
            "controller",
            secrets.word("ami_controller"),
            secret_source=str(home.secrets / "ami_controller"),
        )
        stack.push_async_callback(exchange.close)

        archiver = Archiver(journal, archive, clock, interval=settings.archive.interval, batch=settings.archive.batch)
        recordings = Recordings(home.asterisk.told, home.recordings, keyring)
        recordings.seal_left_over()
        calls = FileRecordings(home.asterisk.calls, home.call_recordings, keyring)
        bank = await stack.enter_async_context(open_bank(settings.bank, home, keyring, clock))
        sms = await stack.enter_async_context(open_sms(settings.sms, home, keyring, clock))
        agents = SqlAgents(database, keyring)
        attendance, rules, configured = Attendance(agents), routing_rules(settings), places(settings)
        codes, tickets = make_codes(settings.sms, keyring), SqlTickets(database, keyring)
        promises = Promises(
            call_backs=SqlCallBacks(database, keyring),
            view=LineView(
                queues=exchange,
                call_backs=SqlCallBacks(database, keyring),
                clock=clock,
                ageing=rules.ageing,
            ),
            numbers=dialable_numbers(settings),
            clock=clock,
            rules=settings.call_backs.rules,
            node=NodeId(settings.node),
            publish=Publisher(bus),
        )
        tools = Tools(
            storybook=Storybook.of(manners(settings)),
            journal=journal,
            follow_ups=follow_ups,
            gate=Gate(
                bank=bank,
                attempts=SqlAttempts(database, keyring),
                codes=codes,
                clock=clock,
                limits=settings.verification.limits,
            ),
            recorder=Recorder(recordings=calls, exchange=exchange),
            desk=Desk(bank=bank, tickets=tickets, archive=archive, agents=agents, promises=promises),
            hands=Hands(
                bank=bank,
                sms=sms,
                codes=codes,
                tickets=tickets,
                promises=promises,
                clock=clock,
                times=Times(),
                is_working_day=is_working_day,
                texts=Texts.load(settings.texts_file),
            ),
            exchange=exchange,
            places=lambda: with_agents(configured, rules, attendance.accounts.values(), attendance.standing),
            clock=clock,
            publish=Publisher(bus),
        )
        switchboard = Switchboard(tools, on_closed=lambda _: archiver.hurry())
        keeper = Keeper(
            recordings=calls,
            register=SqlRegister(database),
            archive=archive,
            exchange=exchange,
            clock=clock,
            is_live=lambda call_id: call_id in switchboard.tellers,
        )
        archiver.on_moved = keeper.moved
        stack.push_async_callback(switchboard.stop)
        reconciler = Reconciler(
            journal=journal,
            archive=archive,
            follow_ups=follow_ups,
            exchange=exchange,
            cel=CelFile(home.asterisk.log / CEL_FILE),
            clock=clock,
            close=switchboard.close,
            incoming_of=lambda detail: incoming_of(facts_of(detail), settings),
        )
        switchboard.look_closer = reconciler.hurry
        calling_back = CallingBack(
            promises=promises,
            exchange=exchange,
            follow_ups=follow_ups,
            record=Records(journal, archive),
            was_dialled=CelLegs(home.asterisk.log / CEL_FILE),
            dialling=dialling(settings),
        )
        roster = Roster(
            agents=attendance,
            clock=clock,
            wrap_up=settings.agents.times,
            breaks=[each.name for each in settings.breaks],
            node=NodeId(settings.node),
            publish=tools.publish,
        )
        floor = Floor(
            attendance=attendance,
            roster=roster,
            exchange=exchange,
            seats=Seats(exchange, rules),
            places=WaitingRoom(exchange, rules, clock, switchboard.priority_of, switchboard.place_raised),
            phones=PjsipPhones(home.asterisk),
            clock=clock,
            customer_of=switchboard.customer_of,
            agents=agents,
        )
        side_door = SideDoor(exchange, switchboard, reconciler, keeper=keeper, floor=floor, calling_back=calling_back)
        live = Live(switchboard, lambda: side_door.is_up, lambda: bus.dropped)
        await bus.serve("status", live.status)
        await bus.serve("drain", live.drain)
        await bus.serve("resume", live.resume)
        for name, command in FloorCommands(roster, floor, exchange).by_name.items():
            await bus.serve(name, command)
        await bus.serve("talk", Conversations(switchboard).command)

        taken_up = await switchboard.take_up_open_calls()
        server = FastAgiServer(
            "127.0.0.1",
            settings.ports.agi,
            secrets.word("hotline_key"),
            switchboard.session_arrived,
            home.asterisk.data / "sounds",
            recordings=recordings,
            incoming_of=lambda facts: incoming_of(facts, settings),
            clock=clock,
        )
        await server.start()
        stack.push_async_callback(server.close)
        log.info("controller_started", calls_taken_up=taken_up, agi_port=server.port)
        await exchange.start()
        await _until_told(
            side_door.run(), archiver.run(), reconciler.run(), keeper.run(), floor.run(), calling_back.run()
        )
        log.info("controller_stops", calls_left=len(switchboard.tellers))


class Records:
    """What is known of a call, live or archived."""

    def __init__(self, journal: SqliteJournal, archive: SqlArchive) -> None:
        self._journal = journal
        self._archive = archive

    async def __call__(self, call_id: CallId) -> CallRecord | None:
        """None where there is none. Raises ArchiveDown."""
        entries = await self._journal.entries(call_id)
        if entries:
            return record_of(entries)
        archived = await self._archive.read(call_id)
        return archived.record if archived else None


class Publisher:
    """Hands events to the bus from code that does not wait. What the bus cannot keep is in the journal still."""

    def __init__(self, bus: NatsBus) -> None:
        self._bus = bus

    def __call__(self, event: Event) -> None:
        """Put it into the bus's outbox."""
        with suppress(BusDown):  # counted by the bus, told by `hotline status`
            self._bus.offer(event)


class SideDoor:
    """What the exchange tells over AMI, brought to the switchboard in order."""

    def __init__(
        self,
        exchange: AmiExchange,
        switchboard: Switchboard,
        reconciler: Reconciler,
        *,
        keeper: Keeper,
        floor: Floor,
        calling_back: CallingBack,
    ) -> None:
        self._exchange = exchange
        self._switchboard = switchboard
        self._reconciler = reconciler
        self._keeper = keeper
        self._floor = floor
        self._looking: asyncio.Task[None] | None = None
        self._calling_back = calling_back
        self.is_up = False

    async def _look_at_conversations(self) -> None:
        with suppress(ExchangeDown):  # then the next link-up looks
            await self._switchboard.look_at_conversations()

    async def run(self) -> None:
        """Until the exchange is closed. Raises LoginRefused."""
        async for event in self._exchange.events():
            self._floor.hear(event)
            self._calling_back.hear(event)
            match event:
                case LinkUp(version=version, booted_at=booted_at):
                    self.is_up = True
                    log.info("exchange_linked", version=version)
                    self._reconciler.booted_at = booted_at
                    self._reconciler.hurry()
                    self._keeper.hurry()
                    self._looking = asyncio.create_task(self._look_at_conversations())
                case LinkDown(reason=reason):
                    self.is_up = False
                    log.warning("exchange_lost", reason=reason)
                case _:
                    await self._switchboard.hear(event)
                    if isinstance(event, LegEnded):
                        self._keeper.hurry()


_BETWEEN_COLLECTIONS = 10_000
"""Objects that come to more than go before garbage is looked for: next to nothing of a call's is in a circle."""


async def _until_told(*jobs: Coroutine[None, None, None]) -> None:
    """Run the jobs until SIGTERM or SIGINT; a job that fails ends the controller, and the parent starts it anew."""
    gc.freeze()  # what is there now stays: it is not looked through again for garbage
    gc.set_threshold(_BETWEEN_COLLECTIONS)
    gc.enable()
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    tasks = [asyncio.create_task(job) for job in jobs]
    waiting = asyncio.create_task(told.wait())
    try:
        done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (*tasks, waiting):
            task.cancel()
        await asyncio.gather(*tasks, waiting, return_exceptions=True)
