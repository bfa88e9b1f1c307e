"""Output in a terminal: safe text, line breaks, and a spinner during slow work."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

_PATIENCE = 0.3  # seconds
_INDENT = "    "
_STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A text of equal length with terminal control characters replaced."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def show(console: Console, view: RenderableType) -> None:
    """Print a view: a terminal wraps lines between words, other outputs keep each whole."""
    console.print(view, soft_wrap=not console.is_terminal)


class Indented:
    """An indented text, also where a narrow terminal wraps its lines; empty lines are not
    indented."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = [line for line in self._text.split("\n") if line.plain.strip()]
        if not options.no_wrap:
            width = max(options.max_width - len(_INDENT), 1)
            lines = [part for line in lines for part in line.wrap(console, width)]
        yield Text("\n").join(Text.assemble(_INDENT, line) for line in lines)


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
