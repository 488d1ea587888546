"""What the settings say of a peer, for the adapter that asks it."""

import os

from ivr.adapters.http.peer import Limits
from ivr.domain.errors import HotlineError
from ivr.settings import PeerSettings


class NoToken(HotlineError):
    """The token of a peer is not in the environment."""


def limits_of(settings: PeerSettings) -> Limits:
    """How long and how often it is asked."""
    return Limits(
        time_limit=settings.time_limit,
        attempts=settings.attempts,
        breaker_failures=settings.breaker_failures,
        breaker_pause=settings.breaker_pause,
    )


def token_of(settings: PeerSettings) -> str:
    """Its bearer token. Raises NoToken."""
    token = os.environ.get(settings.token_env, "")
    if not token:
        raise NoToken(f"{settings.token_env} is not set; it holds the bearer token for {settings.url}")
    return token
