"""An application served on a free port of this machine, within the test's own loop."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from ivr.adapters.http.serving import listen, server


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Its URL. Neither uvicorn's signals nor its tenth of a second at the end are wanted here."""
    listening = listen("127.0.0.1", 0)
    served = server(app)
    served.config.load()
    served.lifespan = served.config.lifespan_class(served.config)
    await served.startup(sockets=[listening])
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        for listener in served.servers:
            listener.close()
        for connection in list(served.server_state.connections):
            connection.shutdown()
        listening.close()


_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS, and reading the usual authorities takes longer than a test."""


def asking_raw(url: str, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client that sends what an adapter never would."""
    return httpx.AsyncClient(base_url=url, headers=headers, verify=_TRUSTS_NOBODY)
