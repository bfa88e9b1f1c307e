"""What can be made to go wrong on the way to Telegram and back."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with one call; the class methods are the kinds there are."""

    kind: str
    seconds: float = 0.0
    body: str = ""
    status: int = 200

    @classmethod
    def flood(cls, retry_after: int = 1) -> Fault:
        """429 with `parameters.retry_after`; the call has no effect."""
        return cls("flood", retry_after)

    @classmethod
    def internal(cls) -> Fault:
        """500 as JSON; the call has no effect."""
        return cls("internal")

    @classmethod
    def bad_gateway(cls) -> Fault:
        """502 with nginx's HTML page; the call has no effect."""
        return cls("bad_gateway")

    @classmethod
    def dropped(cls) -> Fault:
        """The connection is closed before the call takes effect."""
        return cls("dropped")

    @classmethod
    def dropped_after(cls) -> Fault:
        """The connection is closed after the call took effect, with no answer."""
        return cls("dropped_after")

    @classmethod
    def half(cls) -> Fault:
        """The call takes effect, but half of the answer is missing."""
        return cls("half")

    @classmethod
    def empty(cls) -> Fault:
        """The call takes effect, but the answer is 200 with an empty body."""
        return cls("empty")

    @classmethod
    def other(cls, body: str, status: int = 200) -> Fault:
        """The call takes effect, but the answer is something else."""
        return cls("other", body=body, status=status)

    @classmethod
    def refused(cls, status: int) -> Fault:
        """The call takes no effect; a proxy answers with this status."""
        return cls("refused", status=status)

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """The call takes effect and is answered after a delay."""
        return cls("delay", seconds)

    @classmethod
    def held(cls, seconds: float) -> Fault:
        """The call waits before it takes effect, as when Telegram is slow."""
        return cls("held", seconds)


WITHOUT_EFFECT = (Fault.flood(1), Fault.bad_gateway(), Fault.dropped())


class Faults:
    """Which calls fail: a queue per method comes first, then a seeded random policy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Fault | None]] = defaultdict(deque)
        self.clear()

    def queue(self, method: str, *faults: Fault | None) -> None:
        """Lets the next calls of a method fail in this order; None lets one through."""
        with self._lock:
            self._queues[method.lower()].extend(faults)

    def random(
        self,
        rate: float,
        *kinds: Fault,
        seed: int = 0,
        methods: frozenset[str] | None = None,
    ) -> None:
        """Lets a share of all calls (or of some methods) fail with one of these kinds.

        Without kinds: 429, 502 and dropped connections, none of which take effect.
        """
        with self._lock:
            self._rate = rate
            self._kinds = kinds or WITHOUT_EFFECT
            self._methods = methods and frozenset(method.lower() for method in methods)
            self._random = random.Random(seed)

    def clear(self) -> None:
        """Takes all faults away."""
        with self._lock:
            self._queues.clear()
            self._rate = 0.0
            self._kinds: tuple[Fault, ...] = WITHOUT_EFFECT
            self._methods: frozenset[str] | None = None
            self._random = random.Random(0)

    def next(self, method: str) -> Fault | None:
        """The fault of the call that is made now."""
        method = method.lower()
        with self._lock:
            if queue := self._queues.get(method):
                return queue.popleft()
            if self._methods is not None and method not in self._methods:
                return None
            if self._rate and self._random.random() < self._rate:
                return self._random.choice(self._kinds)
            return None


@dataclass
class FloodLimits:
    """Telegram's limits for messages sent: over all chats, to one chat, to one group."""

    overall_per_second: float = 30.0
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20


class FloodGate:
    """Counts what is sent and says how many seconds a chat has to wait."""

    def __init__(self, limits: FloodLimits | None = None) -> None:
        self.limits = limits
        self._sent: deque[float] = deque()
        self._in_chat: dict[int, deque[float]] = defaultdict(deque)
        self._tokens: dict[int, tuple[float, float]] = {}
        self._waits: dict[int, float] = {}

    def hold(self, chat_id: int, seconds: float) -> None:
        """Puts one chat in flood wait."""
        self._waits[chat_id] = time.monotonic() + seconds

    def wait(self, chat_id: int) -> float:
        """Seconds until a message may be sent to a chat; 0 counts the message as sent."""
        now = time.monotonic()
        if (until := self._waits.get(chat_id, 0.0)) > now:
            return until - now
        if self.limits is None:
            return 0.0
        seconds = max(self._overall(now), self._bucket(chat_id, now), self._group(chat_id, now))
        if not seconds:
            self._count(chat_id, now)
        return seconds

    def _overall(self, now: float) -> float:
        assert self.limits
        while self._sent and self._sent[0] <= now - 1:
            self._sent.popleft()
        full = len(self._sent) >= self.limits.overall_per_second
        return self._sent[0] + 1 - now if full else 0.0

    def _bucket(self, chat_id: int, now: float) -> float:
        assert self.limits
        tokens, since = self._tokens.get(chat_id, (float(self.limits.chat_burst), now))
        tokens = min(
            float(self.limits.chat_burst), tokens + (now - since) * self.limits.chat_per_second
        )
        self._tokens[chat_id] = tokens, now
        return 0.0 if tokens >= 1 else (1 - tokens) / self.limits.chat_per_second

    def _group(self, chat_id: int, now: float) -> float:
        assert self.limits
        sent = self._in_chat[chat_id]
        while sent and sent[0] <= now - 60:
            sent.popleft()
        full = chat_id < 0 and len(sent) >= self.limits.group_per_minute
        return sent[0] + 60 - now if full else 0.0

    def _count(self, chat_id: int, now: float) -> None:
        tokens, since = self._tokens[chat_id]
        self._tokens[chat_id] = tokens - 1, since
        self._sent.append(now)
        self._in_chat[chat_id].append(now)
