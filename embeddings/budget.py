"""What a question may take of time and memory, whatever the documents are.

Whoever answers opens a budget, and what reads documents spends of it; where none is open, as in a
rebuild, nothing is spent.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from embeddings.errors import QuestionTooHeavy

SECONDS = 10.0
MEMORY = 300 * 2**20
"""Bytes of documents that are read for one question, beside those that are held."""


@dataclass(slots=True)
class _Budget:
    until: float
    memory: int


_OPEN: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def bounded(seconds: float = SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """Have `spend` raise QuestionTooHeavy after so many seconds, or bytes, in this thread."""
    token = _OPEN.set(_Budget(time.monotonic() + seconds, memory))
    try:
        yield
    finally:
        _OPEN.reset(token)


def spend(memory: int = 0) -> None:
    """Spend bytes, and look at the time; raises QuestionTooHeavy where nothing is left."""
    budget = _OPEN.get()
    if budget is None:
        return
    budget.memory -= memory
    if budget.memory < 0:
        raise QuestionTooHeavy("the documents that it is about are too large: divide them")
    if time.monotonic() > budget.until:
        raise QuestionTooHeavy("it takes too long to answer: ask about something narrower")
