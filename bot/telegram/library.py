"""The engine that answers, and switching to a new index without missing a question."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot import loading
from bot.loading import index_home
from bot.settings import Settings, bundled_documents
from embeddings.budget import bounded
from embeddings.errors import IndexMissing, IndexOutdated, IndexReplaced, KallbotError
from embeddings.index.contract import PassageStore
from embeddings.index.gathering import Progress
from embeddings.index.home import Home
from embeddings.index.manifest import Manifest
from embeddings.model.computing import give_back_memory
from embeddings.model.encoder import Encoder
from embeddings.rebuild import Report, rebuild
from embeddings.types import Document, Listing
from retrieval.engine import AROUND, Engine
from retrieval.reader import load_reader
from retrieval.types import Answer, Hit

if TYPE_CHECKING:  # most installations have no language model
    from retrieval.llm.reply import Rewriting

_LOG = logging.getLogger(__name__)

LoadEncoder = Callable[[str], Encoder]

_LOOK = 5.0  # seconds between checks for a version published by another process
_Found = TypeVar("_Found")


class _OpenEngine:
    """An engine, its documents, and the number of its current readers."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.listings = engine.listings
        self.version = engine.index.manifest.version
        self.readers = 0
        self.retired = False


class Library:
    """The engine of the current index; thread-safe."""

    def __init__(
        self, settings: Settings, encoder: Encoder, progress: Progress | None = None
    ) -> None:
        """Open the index, building it first if there is none; raises KallbotError."""
        self._settings = settings
        self._encoder = encoder
        self._reader = load_reader(encoder)
        self._lock = threading.Lock()
        self._switching = threading.Lock()
        self._next_check = time.monotonic() + _LOOK
        self._home = index_home(settings)
        self.documents_folder = documents_folder(settings, self._home)
        try:
            self._current = self._open()
        except (IndexMissing, IndexOutdated) as error:
            what = "of an older format" if isinstance(error, IndexOutdated) else "no index"
            _LOG.info("%s in %s: building it from %s", what, self._home, self.documents_folder)
            report = self._rebuild(progress or _silent)
            _LOG.info("built the index: %s documents, %s passages", report.documents,
                      report.passages)  # fmt: skip
            self._current = self._open()

    @property
    def manifest(self) -> Manifest:
        """The manifest of the current index."""
        return self._current.engine.index.manifest

    @property
    def listings(self) -> tuple[Listing, ...]:
        """The documents, the newest first."""
        return self._current.listings

    @property
    def can_change(self) -> bool:
        """Whether the documents are the operator's own, not the bundled ones."""
        return self.documents_folder.resolve() != bundled_documents().resolve()

    def ask(
        self, question: str, history: Sequence[str], rewriting: "Rewriting | None" = None
    ) -> tuple[Answer, str]:
        """The answer without a language model, and the version of its index.

        `rewriting` holds searches made in addition to that for the question. Raises
        QuestionTooHeavy if it takes more time or memory than allowed.
        """
        with bounded():
            return self._read(
                lambda opened: (
                    opened.engine.ask(question, history, rewriting=rewriting),
                    opened.version,
                )
            )

    def is_about_content(self, question: str) -> bool:
        """Whether a question is about the contents of documents; raises QuestionError."""
        return self._read(lambda opened: opened.engine.is_about_content(question))

    def search(self, question: str, limit: int, history: Sequence[str]) -> tuple[list[Hit], str]:
        """The best passages, and the version of their index."""
        with bounded():
            return self._read(
                lambda opened: (opened.engine.search(question, limit, history), opened.version)
            )

    def document(self, name: str) -> Document | None:
        """The document with this name; None if the current index lacks it."""
        return self._read(lambda opened: _document(opened.engine.index.store, name))

    def has_content(self, sha256: str) -> str | None:
        """The name of the document whose file has this hash; None if there is none."""
        known = self._read(lambda opened: opened.engine.index.store.file_hashes())
        return next((name for name, digest in known.items() if digest == sha256), None)

    def update(self, progress: Progress) -> Report:
        """Bring the index up to date with the documents, and switch to it."""
        report = self._rebuild(progress)
        self._switch_to_current()
        return report

    def close(self) -> None:
        """Close the index."""
        self._current.engine.index.close()

    def _rebuild(self, progress: Progress) -> Report:
        name = self._encoder.name
        try:
            return rebuild(self.documents_folder, self._home, name, lambda: self._encoder, progress)
        finally:  # the memory is not needed for answering
            give_back_memory()

    def _open(self) -> _OpenEngine:
        index = self._home.open(self._encoder.name)
        threshold = self._settings.threshold
        around = AROUND if self._settings.llm_url else 0
        return _OpenEngine(Engine(index, self._encoder, self._reader, threshold, around=around))

    def _read(self, read: Callable[[_OpenEngine], _Found]) -> _Found:
        """Read with the current engine, or with the next if its index was removed meanwhile."""
        self._check_when_due()
        try:
            with self._borrowed() as opened:
                return read(opened)
        except IndexReplaced:
            self._switch_to_current()
            with self._borrowed() as opened:
                return read(opened)

    def _check_when_due(self) -> None:
        """Check at intervals whether another process has published a version, and switch to it.

        A background thread does that: until it is done, the old version answers.
        """
        with self._lock:
            if time.monotonic() < self._next_check:
                return
            self._next_check = math.inf  # one check at a time
        threading.Thread(
            target=self._check_for_new_version, name="index-check", daemon=True
        ).start()

    def _check_for_new_version(self) -> None:
        try:
            self._switch_to_current()
        except KallbotError as error:
            _LOG.warning("the index cannot be checked, and the old one answers: %s", error)
        finally:
            self._next_check = time.monotonic() + _LOOK

    def _switch_to_current(self) -> None:
        """Switch to the current version, if it is another."""
        with self._switching:
            if self._home.read_manifest().version == self._current.version:
                return
            fresh = self._open()
            with self._lock:
                old, self._current = self._current, fresh
                old.retired = True
                idle = not old.readers
        if idle:
            old.engine.index.close()

    @contextmanager
    def _borrowed(self) -> Iterator[_OpenEngine]:
        """The current engine, kept open until the block ends, even if another replaces it."""
        with self._lock:
            opened = self._current
            opened.readers += 1
        try:
            yield opened
        finally:
            with self._lock:
                opened.readers -= 1
                last = opened.retired and not opened.readers
            if last:
                opened.engine.index.close()


def documents_folder(settings: Settings, home: Home) -> Path:
    """The folder in the settings, else that of the index, else, if there is no index yet, the
    bundled one. Raises SettingsError if there is an index that does not tell its folder."""
    if settings.documents is None and home.is_empty():
        return bundled_documents()
    return loading.documents_folder(settings, home)


def index_day(manifest: Manifest) -> date:
    """The day on which an index was built."""
    return datetime.fromisoformat(manifest.created).date()


def _document(store: PassageStore, name: str) -> Document | None:
    rows = store.rows_of(name)
    return store.passages(rows[:1])[0].document if rows else None


def _silent(step: str, done: int, total: int) -> None:
    """Ignore progress."""
