"""The one thread that touches the journal's files. Everything that waits when it looks is written in one commit."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ivr.adapters.journal.shelf import Append, Shelf

T = TypeVar("T")

_LARGEST_GROUP = 512
"""No more is taken once so much is."""


@dataclass(slots=True, eq=False)
class _Job:
    run: Callable[[], Any]


_Waiting: TypeAlias = "tuple[Append | _Job, asyncio.Future[Any]]"
_Settled: TypeAlias = "tuple[asyncio.Future[Any], Any, BaseException | None]"


class Writer:
    """Runs appends (grouped) and jobs (one by one) in the order they came."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._gathered: list[_Waiting] = []
        self._queue: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """From now on, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what waits, then end."""
        if self._thread is not None:
            self._hand_over()
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def append(self, append: Append) -> "asyncio.Future[None]":
        """Done when it is on disk."""
        return self._put(append)

    def run(self, job: Callable[[], T]) -> "asyncio.Future[T]":
        """Done when the job is, after all that was put before it."""
        return self._put(_Job(job))

    def _put(self, item: Append | _Job) -> "asyncio.Future[Any]":
        if self._loop is None or self._thread is None:
            raise RuntimeError("the journal is not open")
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append((item, future))
        return future

    def _hand_over(self) -> None:
        """What comes within one turn of the loop goes over together. One by one, the thread would wake at the first,
        take it alone, and want the interpreter from those who are still sealing theirs."""
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._queue.put(gathered)

    # ------------------------------------------------------------------------------------- the thread
    def _work(self) -> None:
        going = True
        while going:
            waiting, going = self._take()
            settled: list[_Settled] = []
            group: list[tuple[Append, asyncio.Future[Any]]] = []
            for item, future in waiting:
                if isinstance(item, Append):
                    group.append((item, future))
                else:
                    settled += self._commit(group)
                    group = []
                    settled.append(_done(item, future))
            settled += self._commit(group)
            self._tell(settled)

    def _take(self) -> tuple[list[_Waiting], bool]:
        """Everything that waits; and whether more may come."""
        waiting: list[_Waiting] = []
        gathered = self._queue.get()
        while gathered is not None:
            waiting += gathered
            if len(waiting) >= _LARGEST_GROUP or self._queue.empty():
                return waiting, True
            gathered = self._queue.get_nowait()
        return waiting, False

    def _commit(self, group: Sequence[tuple[Append, "asyncio.Future[Any]"]]) -> list[_Settled]:
        if not group:
            return []
        try:
            outcomes: Sequence[BaseException | None] = self._shelf.commit([append for append, _ in group])
        except Exception as error:  # a fault of ours: whoever waits must hear of it, and the thread go on
            outcomes = [error] * len(group)
        return [(future, None, error) for (_, future), error in zip(group, outcomes, strict=True)]

    def _tell(self, settled: list[_Settled]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, settled)


def _done(job: _Job, future: "asyncio.Future[Any]") -> _Settled:
    try:
        return future, job.run(), None
    except Exception as error:
        return future, None, error


def _settle(settled: list[_Settled]) -> None:
    """One wake-up of the loop for the whole group."""
    for future, result, error in settled:
        if future.done():
            continue  # whoever waited was cancelled
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
