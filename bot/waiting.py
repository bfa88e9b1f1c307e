"""A spinner in the terminal during slow work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_PATIENCE = 0.3  # seconds


@contextmanager
def waiting(console: Console, words: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with this text if the block takes longer than `_PATIENCE`.

    The block gets a function that replaces the text, callable from any thread.
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
        timer.join()  # it may be about to fire
        status.stop()
