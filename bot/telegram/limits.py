"""Rate limits: for one person's questions, and for the messages that the bot sends."""

import asyncio
import math
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

_MINUTE = 60.0
_MANY = 2000  # entries after which expired ones are removed


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person may ask now; if not, the seconds to wait, and whether to notify them."""

    allowed: bool
    wait: float = 0.0
    tell: bool = False


@dataclass(slots=True)
class Bucket:
    """A person's allowance: what is `left` of it at the time `since`, and until when it is
    `told`."""

    left: float = math.inf
    since: float = field(default_factory=time.time)
    told: float = 0.0


class Buckets(Protocol):
    """The allowances of all people, in this process or shared by several."""

    def of(self, user: int) -> AbstractContextManager[Bucket]:
        """A person's allowance; changes are stored when the block ends."""


class MemoryBuckets:
    """The allowances in the memory of one process."""

    def __init__(self) -> None:
        self._buckets: dict[int, Bucket] = {}

    @contextmanager
    def of(self, user: int) -> Iterator[Bucket]:
        """A person's allowance."""
        yield self._buckets.setdefault(user, Bucket())
        if len(self._buckets) > _MANY:
            long_ago = time.time() - _MINUTE  # before this time, every allowance is full again
            self._buckets = {
                user: bucket for user, bucket in self._buckets.items() if bucket.since > long_ago
            }


class Allowance:
    """A limit of questions per minute for each person, accumulating up to one minute's worth."""

    def __init__(self, per_minute: int, buckets: Buckets) -> None:
        self._most = float(per_minute)
        self._buckets = buckets

    def take(self, user: int) -> Verdict:
        """Spend one question; a person over the limit is notified once until the next is
        allowed."""
        with self._buckets.of(user) as bucket:
            now = time.time()
            saved = max(0.0, now - bucket.since) * self._most / _MINUTE
            bucket.left = min(self._most, bucket.left + saved)
            bucket.since = now
            if bucket.left >= 1:
                bucket.left -= 1
                return Verdict(allowed=True)
            wait = (1 - bucket.left) * _MINUTE / self._most
            # A time further ahead is from before the clock was set back.
            tell = not now < bucket.told <= now + _MINUTE
            if tell:
                bucket.told = now + wait
            return Verdict(allowed=False, wait=wait, tell=tell)


class Pace:
    """Schedules messages to chats; waiting for one chat does not block others."""

    def __init__(self, per_second: int, chat_interval: float, group_per_minute: int) -> None:
        self._least_gap = self._gap = 1.0 / per_second
        self._interval = chat_interval
        self._group_most = group_per_minute
        self._slot = 0.0
        self._free: dict[int, float] = {}
        self._group: dict[int, deque[float]] = {}
        self._locks: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()

    def share(self, processes: int) -> None:
        """Divide the rate among `processes` processes of the same bot, this one included."""
        self._gap = self._least_gap * processes

    @asynccontextmanager
    async def lock_chat(self, chat: int) -> AsyncIterator[None]:
        """Hold the exclusive right to write to a chat, granted in order of arrival."""
        lock = self._locks.get(chat)
        if lock is None:
            lock = self._locks[chat] = asyncio.Lock()
        async with lock:
            yield

    async def wait(self, chat: int) -> None:
        """Wait until the chat, and then the bot as a whole, may write again."""
        while (wait := self._chat_wait(chat)) > 0:
            await asyncio.sleep(wait)
        now = time.monotonic()
        self._note(chat, now)
        self._slot = max(self._slot + self._gap, now)
        if self._slot > now:
            await asyncio.sleep(self._slot - now)

    def written(self, chat: int) -> None:
        """Record that a message has reached the chat; Telegram counts from arrival, not from
        sending."""
        now = time.monotonic()
        self._free[chat] = max(self._free.get(chat, 0.0), now + self._interval)
        if chat < 0 and self._group.get(chat):
            self._group[chat][-1] = now

    def flooded(self, chat: int, seconds: float) -> None:
        """Block a chat for `seconds`, as Telegram demands."""
        self._free[chat] = max(self._free.get(chat, 0.0), time.monotonic() + seconds)

    def is_flooded(self, chat: int) -> bool:
        """Whether a message to the chat would have to wait for longer than usual."""
        return self._chat_wait(chat) > self._interval

    def _chat_wait(self, chat: int) -> float:
        now = time.monotonic()
        wait = self._free.get(chat, 0.0) - now
        written = self._group.get(chat)
        if written and len(written) >= self._group_most:
            wait = max(wait, written[0] + _MINUTE - now)
        return wait

    def _note(self, chat: int, now: float) -> None:
        self._free[chat] = now + self._interval
        if chat < 0:  # groups and channels have negative ids
            written = self._group.setdefault(chat, deque(maxlen=self._group_most))
            written.append(now)
        if len(self._free) > _MANY:
            self._free = {chat: until for chat, until in self._free.items() if until > now}
            self._group = {chat: w for chat, w in self._group.items() if w[-1] > now - _MINUTE}
