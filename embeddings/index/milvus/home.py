"""Versions of an index in Milvus: opening the current one, writing a new one, dropping old ones."""

import hashlib
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import platformdirs

from embeddings.errors import (
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    IndexOutdated,
    IndexReplaced,
    IndexUnreachable,
    IndexUnwritable,
)
from embeddings.index.manifest import Manifest, named
from embeddings.index.milvus.collections import PassageCollection, PassageRow, TextCollection
from embeddings.index.milvus.connection import Connection, NotThere
from embeddings.index.milvus.search import MilvusVectors, MilvusWords, words_of
from embeddings.index.milvus.store import (
    CATALOGUE,
    HEAD,
    NOTICES,
    WORDS,
    MilvusStore,
    catalogue_of,
    document_numbers,
    documents_of,
)
from embeddings.index.publishing import COUNTED, Contents, clear_workshop, manifest_of, new_version
from embeddings.index.store import Store
from embeddings.index.word_index import WordIndex
from embeddings.reading.result import ReadFile
from embeddings.types import Passage

FORMAT: Final = 3
OLDER: Final = frozenset({2})
"""Formats that cannot be used for answering, but whose vectors a rebuild takes over."""
ALIAS: Final = "kallbot"
_TEXTS: Final = "_texts"
_READ_ON: Final = timedelta(minutes=10)
"""How long the previous version is kept for those who still read it."""
_ABANDONED: Final = timedelta(days=1)
"""The age at which another machine's unpublished version is dropped."""


class MilvusIndex:
    """An open version in Milvus."""

    def __init__(
        self,
        home: "MilvusHome",
        manifest: Manifest,
        passages: PassageCollection,
        texts: TextCollection,
    ) -> None:
        self._home = home
        self.manifest = manifest
        self.store = MilvusStore(passages, texts, self.damaged)
        self.notice_rows = np.array(passages.notices(), np.int64)
        self.vectors = MilvusVectors(passages, len(self), manifest.dimension)
        known = texts.read([WORDS])[WORDS]
        self.words = MilvusWords(passages, known, len(self), self.notice_rows)

    def __len__(self) -> int:
        return self.manifest.passages

    def passages(self, rows: list[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""
        return self.store.passages(rows)

    def damaged(self, what: str) -> IndexDamaged:
        """The error that says what is damaged in this index, and what to do."""
        return self._home.damaged(what)

    def close(self) -> None:
        """Do nothing: the connection belongs to the home."""


class MilvusHome:
    """A server, and the alias of the current version on it."""

    def __init__(self, uri: str, token: str | None = None, alias: str = ALIAS) -> None:
        """`uri` is http(s)://host:port, optionally followed by the name of a database."""
        self._alias = alias
        self._connection = Connection(uri, token)
        digest = hashlib.sha256(f"{uri} {alias}".encode()).hexdigest()[:16]
        self.workshop = platformdirs.user_state_path("kallbot") / f"milvus-{digest}"
        # The lock in the workshop admits one rebuild by this writer at a time. Two machines may
        # write at once: each version is complete, and the later one becomes current.
        place = f"{socket.gethostname()} {self.workshop}"
        self._writer = hashlib.sha256(place.encode()).hexdigest()[:8]

    def __str__(self) -> str:
        return f"Milvus at {self._connection.uri}"

    def read_manifest(self) -> Manifest:
        """The manifest of the current version; raises IndexUnavailable."""
        while True:
            name = self._current()
            try:
                return self._manifest(self._head(name))
            except IndexReplaced as error:  # it has been dropped in the meantime
                if self._current() == name:
                    raise self.damaged(f"{name} is gone") from error

    def open(self, model: str, *, older: bool = False) -> MilvusIndex:
        """Open the current version for answering with `model`; raises IndexUnavailable.

        A version of an `older` format can only be used for a rebuild.
        """
        while True:
            name = self._current()
            try:
                return self._open(name, model, older=older)
            except IndexReplaced as error:
                if self._current() == name:
                    raise self.damaged(f"a part of {name} is gone") from error

    def known_documents(self) -> Path | None:
        """The documents folder of an index of any format, if it can still be determined."""
        with suppress(IndexMissing, IndexDamaged, IndexReplaced):
            return _documents(self._head(self._current()))
        return None

    def is_empty(self) -> bool:
        """Whether there is no index at all, not even a damaged one."""
        try:
            self._current()
        except IndexMissing:
            return True
        return False

    def rebuild_command(self) -> str:
        """The command that rebuilds the index from its documents."""
        return f"`kallbot rebuild {named(self.known_documents())}`"

    def read_files(self, manifest: Manifest) -> list[ReadFile]:
        """Every file found by the rebuild of a version, without its sources; needs no model."""
        name = self._current()
        return MilvusStore(self._passages(name), self._texts(name), self.damaged).read_files()

    def size(self, manifest: Manifest) -> None:
        """None: Milvus does not report it."""

    def unwritable(self, reason: str) -> IndexUnwritable:
        """The error that says that this machine's disk cannot be written to, and what to do."""
        return IndexUnwritable(
            f"{self.workshop}, where a rebuild works, cannot be written ({reason}): make room there"
        )

    def publish(self, contents: Contents) -> Manifest:
        """Write a version and switch the alias to it; raises IndexUnreachable."""
        version = new_version()
        name = f"{self._alias}_{version.replace('-', '_')}_{self._writer}"
        manifest = replace(manifest_of(contents, version, {}), format=FORMAT)
        previous = None
        with suppress(IndexMissing):
            previous = self._current()
        try:
            self._write(name, contents, {"manifest": asdict(manifest), "previous": previous})
            self._switch(name, previous)
        except BaseException:
            with suppress(IndexUnreachable):
                self._drop_unless_current(name)
            raise
        with suppress(IndexUnreachable):  # the next rebuild does it
            self._put_away_but({name, previous})
        return manifest

    def put_away_old(self) -> None:
        """Drop the versions that nobody reads, and the working files of a rebuild."""
        name = self._current()
        head = self._head(name)
        since = datetime.now(UTC) - datetime.fromisoformat(head["manifest"]["created"])
        if since < _READ_ON:
            self._put_away_but({name, head["previous"]})
        else:
            self._put_away_but({name})
            if head["previous"]:
                self._drop(head["previous"])  # whichever machine wrote it

    def damaged(self, what: str) -> IndexDamaged:
        """The error that says what is damaged in the index, and what to do."""
        return IndexDamaged(
            f"the index in {self} is damaged ({what}): drop the alias {self._alias} there, and "
            f"rebuild it with {_command({})}"
        )

    # Reading

    def _current(self) -> str:
        """The collection that the alias points to."""
        try:
            found = self._connection.call("describe_alias", self._alias)
        except NotThere as error:
            raise IndexMissing(f"no index in {self}: make it with {_command({})}") from error
        return str(found["collection_name"])

    def _open(self, name: str, model: str, *, older: bool) -> MilvusIndex:
        head = self._head(name)
        manifest = self._manifest(head, older=older)
        if manifest.model != model:
            raise IndexMismatch(
                f"the index in {self} was made with the model {manifest.model}, not {model}: "
                f"rebuild it with {_command(head)}"
            )
        passages, texts = self._passages(name), self._texts(name)
        passages.load()
        if (count := passages.count()) != manifest.passages:
            raise self.damaged(f"{count} of {manifest.passages} passages")
        try:
            return MilvusIndex(self, manifest, passages, texts)
        except (KeyError, TypeError, ValueError) as error:
            raise self.damaged(f"a text of {name} is not whole") from error

    def _head(self, name: str) -> dict[str, Any]:
        texts = self._texts(name)
        texts.load()
        try:
            head: dict[str, Any] = texts.read([HEAD])[HEAD]
        except (KeyError, ValueError) as error:
            raise self.damaged(f"{name} does not say what it is") from error
        return head

    def _manifest(self, head: dict[str, Any], *, older: bool = False) -> Manifest:
        try:
            payload = head["manifest"]
            if not (payload["format"] == FORMAT or (older and payload["format"] in OLDER)):
                sort = IndexOutdated if payload["format"] < FORMAT else IndexMismatch
                raise sort(
                    f"the index in {self} is of format {payload['format']}, this Källbot reads "
                    f"{FORMAT}: rebuild it with {_command(head)}"
                )
            return Manifest(**payload)
        except (KeyError, TypeError) as error:
            raise self.damaged("it does not say what it is") from error

    # Writing

    def _write(self, name: str, contents: Contents, head: dict[str, Any]) -> None:
        store, (count, dimension) = contents.store, contents.vectors.shape
        counted = self.workshop / COUNTED
        shutil.rmtree(counted, ignore_errors=True)  # of an interrupted rebuild
        WordIndex.write(counted, store)
        words = WordIndex.load(counted)
        numbers = document_numbers(store)
        rows = (
            PassageRow(vector, weights, passage.is_notice, numbers[passage.document.name], sha256)
            for vector, weights, passage, sha256 in zip(
                contents.vectors, words.weights(), store.every_passage(),
                store.hashes(slice(0, count)), strict=True,
            )
        )  # fmt: skip
        # The collection that gets the alias is written last, so it is complete only if all of it
        # is.
        self._texts(name).write(_texts(store, words, head))
        self._passages(name).write(dimension, rows, count)
        if (kept := self._passages(name).count()) != count:
            raise IndexUnreachable(
                f"{self} has kept {kept} of {count} passages: look at its log, and try "
                "the rebuild again"
            )

    def _switch(self, name: str, previous: str | None) -> None:
        method = "alter_alias" if previous else "create_alias"
        try:
            self._connection.call(method, name, self._alias)
        except NotThere as error:
            raise IndexBusy(
                f"another process has changed the index in {self} meanwhile: try the rebuild again"
            ) from error

    def _put_away_but(self, kept: set[str | None]) -> None:
        clear_workshop(self.workshop)
        for name, begun, writer in self._versions():
            is_left = writer == self._writer or datetime.now(UTC) - begun > _ABANDONED
            if is_left and name not in kept:
                self._drop(name)

    def _versions(self) -> Iterator[tuple[str, datetime, str]]:
        """Every version on the server, with its start time and its writer."""
        pattern = re.compile(
            rf"{re.escape(self._alias)}_(\d{{8}}T\d{{6}})_[0-9a-f]{{8}}_([0-9a-f]{{8}})"
        )
        names = {name.removesuffix(_TEXTS) for name in self._connection.call("list_collections")}
        for name in sorted(names):
            if found := pattern.fullmatch(name):
                begun = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
                yield name, begun, found[2]

    def _drop_unless_current(self, name: str) -> None:
        with suppress(IndexMissing):
            if self._current() == name:  # the response to the call was lost, not the call
                return
        self._drop(name)

    def _drop(self, name: str) -> None:
        self._passages(name).drop()
        self._texts(name).drop()

    def _passages(self, name: str) -> PassageCollection:
        return PassageCollection(self._connection, name)

    def _texts(self, name: str) -> TextCollection:
        return TextCollection(self._connection, name + _TEXTS)


def _documents(head: dict[str, Any]) -> Path | None:
    """The documents folder named in the head text of a version."""
    try:
        return Path(head["manifest"]["documents_folder"])
    except (KeyError, TypeError):
        return None


def _command(head: dict[str, Any]) -> str:
    """The command that rebuilds an index, from the documents that its head text names, if any."""
    return f"`kallbot rebuild {named(_documents(head))}`"


def _texts(store: Store, words: WordIndex, head: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    yield HEAD, head
    yield WORDS, words_of(words)
    yield CATALOGUE, catalogue_of(store)
    yield NOTICES, sorted(store.notices().digests)
    yield from documents_of(store)
