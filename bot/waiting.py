"""A sign of life in the terminal while something takes its time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_PATIENCE = 0.3  # seconds


@contextmanager
def waiting(console: Console, words: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with these words where the block takes longer than a moment.

    The block gets a function that puts other words in their place, from any thread.
    """
    if not console.is_terminal:
        yield lambda _: None
        return
    status = console.status(words)
    timer = threading.Timer(_PATIENCE, status.start)
    timer.start()
    try:
        yield status.update
    finally:
        timer.cancel()
        timer.join()  # it may be about to start
        status.stop()
