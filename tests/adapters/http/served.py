"""An application served on a free port of this machine, within the test's own loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
