"""The asking side: one time limit an attempt, one breaker, and answers that are understood or none at all.

What may be asked again is asked again by stamina, what may not is asked once. A secret is put in clear in the one frame
that hands it to httpx, and that frame never raises: no traceback, however much of the locals it shows, shows a secret.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

import httpx
import stamina
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from pydantic import TypeAdapter, ValidationError

from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits

T = TypeVar("T")
LONGEST_ANSWER = 1 << 20
"""Bytes. The longest answer of either contract is some 20 KB."""

Value: TypeAlias = str | SecretDigits | Callable[[], str]
"""Of a body: in clear, sealed, or put together at the last moment (a text with a code in it)."""


class PeerDown(Exception):
    """No answer that could be understood in time."""

    def __init__(self, sentence: str, *, sent: bool) -> None:
        super().__init__(sentence)
        self.sent = sent
        """Whether what was asked may have arrived."""


class PeerRefused(Exception):
    """Understood and refused; `reason` is a word of the contract."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how often."""

    time_limit: float = 3.0
    """Seconds for one attempt, connection and answer together."""
    attempts: int = 3
    """For what may be asked again."""
    pause: float = 0.1
    """Seconds before the second attempt; later ones wait longer, with chance in it."""
    breaker_failures: int = 5
    """So many failures in a row, and nothing is asked any more …"""
    breaker_pause: float = 10.0
    """… for so many seconds; then the next one tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: Literal["GET", "POST"]
    path: str
    again: bool
    """Asking it twice is asking it once."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Value] | None = None
    key: EffectId | None = None
    """The idempotency key of a deed."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes


class Peer:
    """Another house, reached by HTTP with a bearer token."""

    def __init__(self, name: str, url: str, token: str, limits: Limits, ca_file: Path | None = None) -> None:
        """`ca_file`: who signs the peer's certificate; None: the usual authorities."""
        self._name = name
        self._limits = limits
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=limits.breaker_failures,
            default_ttl=limits.breaker_pause,
            exclude=[PeerRefused, asyncio.CancelledError],  # a refusal is an answer; who gives up says nothing of it
        )
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=httpx.Timeout(limits.time_limit),
            verify=_trusting(ca_file),
            trust_env=False,  # a proxy of the environment has no business with a bank
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def ask(self, asked: Asked, understood: TypeAdapter[T]) -> T:
        """The answer. Raises PeerDown, PeerRefused."""
        attempts = self._limits.attempts if asked.again else 1
        pause = self._limits.pause
        async for attempt in stamina.retry_context(
            on=_worth_another_try,
            attempts=attempts,
            timeout=None,
            wait_initial=pause,
            wait_max=pause * 8,
            wait_jitter=pause,
        ):
            with attempt:
                return await self._once(asked, understood)
        raise AssertionError("stamina ends by a return or an exception")

    async def _once(self, asked: Asked, understood: TypeAdapter[T]) -> T:
        breaker = await self._breakers.get_breaker(self._name)
        try:
            async with breaker:
                answer = await self._exchange(asked)
                if isinstance(answer, PeerDown):
                    raise answer
                return self._read(answer, understood)
        except OpenedState as opened:
            opened.__traceback__ = None  # purgatory raises one object again and again, and it would hold every frame
            raise _BreakerOpen(f"{self._name} failed too often and is left alone for a while", sent=False) from None

    async def _exchange(self, asked: Asked) -> _Answer | PeerDown:
        """Secrets are in clear here and in httpx's frames below; so nothing is raised out of it but a cancellation."""
        headers = {"Idempotency-Key": asked.key} if asked.key else {}
        try:
            async with (
                asyncio.timeout(self._limits.time_limit),
                self._client.stream(
                    asked.method, asked.path, params=asked.query, json=_in_clear(asked.body), headers=headers
                ) as response,
            ):
                content = bytearray()
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > LONGEST_ANSWER:
                        return PeerDown(f"{self._name} does not end its answer", sent=True)
                return _Answer(response.status_code, bytes(content))
        except TimeoutError:
            return PeerDown(f"{self._name} gave no answer within {self._limits.time_limit:g} s", sent=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return PeerDown(f"{self._name} cannot be reached: {type(error).__name__}", sent=False)
        except httpx.HTTPError as error:
            return PeerDown(f"{self._name} broke off: {type(error).__name__}", sent=True)

    def _read(self, answer: _Answer, understood: TypeAdapter[T]) -> T:
        if answer.status in (401, 403):
            raise PeerDown(f"{self._name} does not accept our token", sent=False)
        if 400 <= answer.status < 500 and (reason := _reason(answer.content)):
            raise PeerRefused(reason)
        if answer.status != 200:
            raise PeerDown(f"{self._name} answered {answer.status}", sent=True)
        try:
            return understood.validate_json(answer.content)
        except ValidationError as error:  # its own sentence repeats what it does not understand
            wrong = sorted({".".join(map(str, fault["loc"])) or "all of it" for fault in error.errors()})
            sentence = f"{self._name} gave an answer that is not of the contract: {', '.join(wrong[:5])}"
        raise PeerDown(sentence, sent=True)


class _BreakerOpen(PeerDown):
    """Asking again at once would be refused again."""


_PROBLEM: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def _reason(content: bytes) -> str | None:
    try:
        reason = _PROBLEM.validate_json(content).get("reason")
    except ValidationError:
        return None
    return reason if isinstance(reason, str) else None


@cache  # reading the authorities takes 40 ms
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context(trust_env=False)


def _worth_another_try(error: Exception) -> bool:
    return isinstance(error, PeerDown) and not isinstance(error, _BreakerOpen)


def _in_clear(body: Mapping[str, Value] | None) -> dict[str, str] | None:
    if body is None:
        return None
    return {
        name: value if isinstance(value, str) else value.reveal() if isinstance(value, SecretDigits) else value()
        for name, value in body.items()
    }
