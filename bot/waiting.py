"""A sign of life in the terminal while something takes its time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

_PATIENCE = 0.3  # seconds


@contextmanager
def waiting(console: Console, words: str) -> Iterator[None]:
    """Show a spinner with these words where the block takes longer than a moment."""
    if not console.is_terminal:
        yield
        return
    status = console.status(words)
    timer = threading.Timer(_PATIENCE, status.start)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it may be about to start
        status.stop()
