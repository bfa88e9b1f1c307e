"""Threads for the engine: a fixed number, shared fairly among the askers."""

import asyncio
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Result = TypeVar("Result")
Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, asyncio.Future[Any]]


class FairPool:
    """Runs work in a number of threads, round-robin over the askers.

    The threads are daemons, so that a process told to stop need not wait for a slow model.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._jobs: OrderedDict[Hashable, deque[Job]] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, asker: Hashable, work: Callable[[], Result]) -> Result:
        """Run `work` in one of the threads, in the asker's turn; return its result or raise its
        error."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._changed:
            self._jobs.setdefault(asker, deque()).append((work, loop, future))
            self._changed.notify()
        return await future

    @property
    def waiting(self) -> int:
        """The number of jobs that wait for a thread."""
        with self._changed:
            return sum(len(jobs) for jobs in self._jobs.values())

    def close(self, seconds: float = 0.5) -> bool:
        """Stop the idle threads; return whether all threads end within `seconds`."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify_all()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            work, loop, future = job
            if future.cancelled():
                continue
            try:
                result, error = work(), None
            except Exception as raised:  # passed on to the waiting caller
                result, error = None, raised
            _hand_over(loop, future, result, error)

    def _next(self) -> Job | None:
        """The first job of the asker next in turn, who then moves to the end of the queue."""
        with self._changed:
            while not self._jobs:
                if self._closed:
                    return None
                self._changed.wait()
            asker, jobs = self._jobs.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self._jobs[asker] = jobs
            return job


def _hand_over(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[Any],
    result: object,
    error: Exception | None,
) -> None:
    def settle() -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)
