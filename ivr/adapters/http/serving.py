"""Serving an application, without access logs: even a path says who was asked about, and when."""

import socket

import uvicorn
from fastapi import FastAPI

from ivr.domain.errors import HotlineError


class PortTaken(HotlineError):
    """Somebody else listens there."""


def server(app: FastAPI) -> uvicorn.Server:
    """A server that says nothing of itself. `serve(sockets=[listen(…)])` runs it until SIGTERM or SIGINT."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=3,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, which create_server does not: asyncio switches Nagle's algorithm off only then, and with it every
    # answer is 40 ms late.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise PortTaken(f"{host} port {port}: {error.strerror or error}; --port takes another one") from error
    return listening
