"""Where Asterisk hands calls over: our FastAGI server.

Whoever connects is a stranger until he names the key: our first command reads a dialplan global that only our exchange
has. The path is no secret (it stands in CEL, CDR and log) and names only what is wanted: `call`, `verify` for a
caller whom a person sends to the keypad, or `health` for the watchdog. Every connection is a task of its own; what one
does wrong ends that one.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import structlog

from ivr.adapters.fastagi.arrivals import IncomingOf, read_arrival
from ivr.adapters.fastagi.channel import AgiChannel, CommandRefused
from ivr.adapters.fastagi.commands import get_variable, noop
from ivr.adapters.fastagi.environment import NoEnvironment
from ivr.adapters.fastagi.session import FastAgiSession
from ivr.adapters.recordings import Recordings
from ivr.ports.clock import Clock
from ivr.ports.voice import SessionLost, VoiceSession

log = structlog.get_logger()

KEY_VARIABLE = "HOTLINE_KEY"
ALIVE = "alive"
PATHS = ("call", "verify", "health")


class FastAgiServer:
    """Implements nothing but hands `VoiceSession`s to `on_session`, each in its own task."""

    def __init__(
        self,
        host: str,
        port: int,
        key: str,
        on_session: Callable[[VoiceSession], Awaitable[None]],
        sounds: Path,
        *,
        recordings: Recordings,
        incoming_of: IncomingOf,
        clock: Clock,
        patience: float = 3.0,
        strangers: int = 64,
    ) -> None:
        """`port` 0 takes any free one; `sounds` holds `zh/dialogue/ID.wav`. `patience`: seconds a connection has to say
        who it is. `strangers`: how many may be at it at once; one more, and the one that dallies longest is dropped.
        """
        self._host = host
        self._wanted_port = port
        self._key = key.encode()
        self._on_session = on_session
        self._sounds = sounds
        self._recordings = recordings
        self._incoming_of = incoming_of
        self._clock = clock
        self._patience = patience
        self._most_strangers = strangers
        self._strangers: dict[AgiChannel, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many live now."""
        return len(self._tasks)

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: AgiChannel(self._opened), self._host, self._wanted_port)

    async def close(self) -> None:
        """Stop listening and let go of every channel; the dialplan brings the calls back."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    # ------------------------------------------------------------------------------------------------
    def _opened(self, channel: AgiChannel) -> None:
        if len(self._strangers) >= self._most_strangers:
            oldest = next(iter(self._strangers))
            oldest.lose("too many connections that did not say who they are")
            self._strangers.pop(oldest, None)
        self._strangers[channel] = None
        task = asyncio.create_task(self._serve(channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, channel: AgiChannel) -> None:
        try:
            async with asyncio.timeout(self._patience):
                environment = await channel.environment
                wanted = environment.get("agi_network_script", "").partition("?")[0]
                if wanted not in PATHS:
                    log.warning("agi_path_unknown", path=wanted[:64], allowed=PATHS)
                    return
                await self._authenticate(channel)
                self._strangers.pop(channel, None)
                if wanted == "health":
                    await channel.ask(noop(ALIVE))
                    return
                arrival, language = await read_arrival(channel, environment, self._incoming_of, self._clock.now())
                arrival = replace(arrival, at_keypad=wanted == "verify")
        except (NoEnvironment, _WrongKey, CommandRefused, SessionLost, TimeoutError) as fault:
            log.warning("agi_connection_refused", why=str(fault) or "not in time")
            return
        except Exception:
            log.exception("agi_connection_failed")
            return
        else:
            session = FastAgiSession(channel, arrival, self._sounds, self._recordings, language=language.value)
            await self._converse(session)
        finally:
            self._strangers.pop(channel, None)
            channel.close()

    async def _authenticate(self, channel: AgiChannel) -> None:
        answer = await channel.ask(get_variable(KEY_VARIABLE))
        if not hmac.compare_digest((answer.value or "").encode(), self._key):
            raise _WrongKey(f"the peer's {KEY_VARIABLE} is not ours; is the dialplan rendered by this hotline?")

    async def _converse(self, session: FastAgiSession) -> None:
        try:
            await self._on_session(session)
        except SessionLost:
            log.info("session_lost", call_id=session.call_id)
        except Exception:
            log.exception("session_failed", call_id=session.call_id)


class _WrongKey(Exception):
    pass
