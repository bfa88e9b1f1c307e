"""Watching a documents folder: the index is brought up to date after every change."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import watchfiles

from embeddings.errors import KallbotError
from embeddings.reading.folder import IGNORE

_QUIET = 800  # milliseconds without a change before a rebuild, so that a copied folder is complete
_LONGEST = 10_000  # milliseconds of ongoing changes before a rebuild starts anyway
_LOOK = 500  # milliseconds between checks of the folder itself
_WAIT = 1.0  # seconds between checks for a folder that disappeared


def follow(
    documents: Path, index: Path, rebuild: Callable[[], None], tell: Callable[[str], None]
) -> None:
    """Rebuild now and after every change in `documents`, until SIGINT or SIGTERM.

    That the folder is watched is reported after the first rebuild. Errors are reported in one line,
    and the next change is awaited, as is the return of a folder that disappeared. A signal
    interrupts a rebuild immediately: the index is then the old one or the new one.
    """
    stop = threading.Event()
    problem, is_told = "", False
    with _stopping(stop):
        while not stop.is_set():
            try:
                for _ in _changes(documents, index, stop):
                    _try(rebuild, tell)
                    if not is_told:
                        tell(f"following {documents}; Ctrl-C ends it")
                        is_told = True
                problem = ""
            except OSError as error:
                if str(error) != problem:
                    problem = str(error)
                    tell(f"the folder {documents} cannot be followed ({problem}); waiting for it")
                stop.wait(_WAIT)


def _try(rebuild: Callable[[], None], tell: Callable[[str], None]) -> None:
    try:
        rebuild()
    except (KallbotError, OSError) as error:
        tell(str(error))


def _changes(documents: Path, index: Path, stop: threading.Event) -> Iterator[None]:
    """Yield immediately, and after every change, including changes made in the meantime."""
    folder = documents.stat()
    watched = watchfiles.watch(
        documents.resolve(),  # reported paths begin with the watched path
        watch_filter=_Counted(documents.resolve(), index.resolve()),
        debounce=_LONGEST,
        step=_QUIET,
        stop_event=stop,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
    )
    targets: _Targets | None = None
    for changes in watched:
        if changes or targets is None or _stats(targets) != targets:
            targets = _stats(_linked(documents))
            yield
        if documents.stat().st_ino != folder.st_ino:
            return  # this watch does not follow a new folder of the same name


_Targets = dict[Path, tuple[int, ...] | None]
"""The file status of each link's target; None if it does not exist."""


def _linked(documents: Path) -> Iterator[Path]:
    """The links to files: a change of their targets is not a change in the watched folder."""
    for folder, _, names in os.walk(documents):
        yield from (path for name in names if (path := Path(folder, name)).is_symlink())


def _stats(links: Iterable[Path]) -> _Targets:
    found: _Targets = {}
    for link in links:
        try:
            status = link.stat()
        except OSError:
            found[link] = None
        else:
            found[link] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


class _Counted(watchfiles.DefaultFilter):
    """Filters changed paths: documents that are not hidden, and not in the index."""

    def __init__(self, documents: Path, index: Path) -> None:
        super().__init__()
        self._documents, self._index = documents, index

    def __call__(self, change: watchfiles.Change, path: str) -> bool:
        changed = Path(path)
        if changed.is_relative_to(self._index) or not changed.is_relative_to(self._documents):
            return False
        parts = changed.relative_to(self._documents).parts
        return changed.name == IGNORE or not any(part.startswith(".") for part in parts)


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Make the first SIGINT or SIGTERM set `stop` and interrupt the current work."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
