"""Time and memory limits for answering a question, independent of the documents.

The caller that answers opens a budget, and the code that reads documents spends from it; without an
open budget, as in a rebuild, nothing is limited.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from embeddings.errors import QuestionTooHeavy

SECONDS = 10.0
MEMORY = 300 * 2**20
"""Bytes of documents read for one question, in addition to cached ones."""


@dataclass(slots=True)
class _Budget:
    until: float
    memory: int


_OPEN: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def bounded(seconds: float = SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """Make `spend` raise QuestionTooHeavy after this many seconds, or bytes, in this thread."""
    token = _OPEN.set(_Budget(time.monotonic() + seconds, memory))
    try:
        yield
    finally:
        _OPEN.reset(token)


def spend(memory: int = 0) -> None:
    """Spend bytes and check the time; raises QuestionTooHeavy if the budget is exhausted."""
    budget = _OPEN.get()
    if budget is None:
        return
    budget.memory -= memory
    if budget.memory < 0:
        raise QuestionTooHeavy("the documents that it is about are too large: divide them")
    if time.monotonic() > budget.until:
        raise QuestionTooHeavy("it takes too long to answer: ask about something narrower")
