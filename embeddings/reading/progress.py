"""Signs of life from a reader of a long file, for whoever waits for it."""

from collections.abc import Callable


def _nobody_waits() -> None:
    """Hear of no progress."""


_tell: Callable[[], None] = _nobody_waits


def tell_alive() -> None:
    """Say that the reading goes on; called at every page."""
    _tell()


def tell_to(listener: Callable[[], None]) -> None:
    """From here on call `listener` at every sign of life in this process."""
    global _tell
    _tell = listener
