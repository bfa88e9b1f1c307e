"""Signs of life from the reader of a long file, for the process that waits for it."""

from collections.abc import Callable


def _nobody_waits() -> None:
    """Ignore a sign of life."""


_tell: Callable[[], None] = _nobody_waits


def tell_alive() -> None:
    """Signal that reading continues; called at every page."""
    _tell()


def tell_to(listener: Callable[[], None]) -> None:
    """Call `listener` at every sign of life in this process from now on."""
    global _tell
    _tell = listener
