"""Documents and passages in SQLite, read a few at a time."""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

from embeddings.budget import spend
from embeddings.errors import IndexDamaged
from embeddings.index.rows import (
    DOCUMENTS,
    MadeFile,
    Row,
    document_size,
    load_document,
    load_file,
    load_passage,
    placeholders,
)
from embeddings.passages.notices import Notices
from embeddings.reading.result import ReadFile
from embeddings.types import BlockKind, Document, Listing, Passage, shown_title

_CACHED_DOCUMENTS = 256  # documents held in memory
_CACHED_BYTES = 128 * 2**20  # bytes of them, approximately
_QUERY_VALUES = 500  # values in one query: SQLite's limit depends on its version

Damaged = Callable[[str], IndexDamaged]
"""Builds the error that says what is damaged in an index, and what to do."""


class Store:
    """The documents and passages of an open index; thread-safe."""

    def __init__(self, path: Path, damaged: Damaged | None = None) -> None:
        """`damaged` builds the error for an unreadable store; without it, SQLite's own is
        raised."""
        self._path = path
        self._damaged = damaged
        # `immutable`: a published index is never written again, so no locks are needed.
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._cached: OrderedDict[int, tuple[Document, int]] = OrderedDict()
        self._cached_bytes = 0

    @classmethod
    def of_version(cls, version: Path, damaged: Damaged) -> Self:
        """Open the store of a version, given the folder of the version."""
        return cls(version / DOCUMENTS, damaged)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""
        by_row: dict[int, Passage] = {}
        for start in range(0, len(rows), _QUERY_VALUES):
            part = rows[start : start + _QUERY_VALUES]
            query = f"SELECT * FROM passages WHERE id IN ({placeholders(len(part))})"  # noqa: S608
            found = self._fetch(query, part)
            documents = {number: self._document(number) for number in {one[1] for one in found}}
            by_row.update((one[0], load_passage(documents[one[1]], one)) for one in found)
        return [by_row[row] for row in rows]

    def every_passage(self) -> Iterator[Passage]:
        """All passages, in the order of their rows."""
        for start in range(0, self.passage_count, _QUERY_VALUES):
            yield from self.passages(range(start, min(start + _QUERY_VALUES, self.passage_count)))

    @cached_property
    def document_count(self) -> int:
        """The number of documents."""
        return self._count("documents")

    @cached_property
    def passage_count(self) -> int:
        """The number of passages."""
        return self._count("passages")

    def rows_of(self, document: str) -> list[int]:
        """The rows of a document's passages, in the order of its text."""
        return list(self.starts_of(document))

    def starts_of(self, document: str) -> dict[int, int]:
        """The character offset at which each passage of a document begins, by row, ascending."""
        query = (
            "SELECT passages.id, start FROM passages JOIN documents ON documents.id = document "
            "WHERE name = ? ORDER BY passages.id"
        )
        return dict(self._fetch(query, (document,)))

    def notice_rows(self) -> list[int]:
        """The rows of the passages that are page furniture."""
        query = "SELECT id FROM passages WHERE kind = ? ORDER BY id"
        return [row for (row,) in self._fetch(query, (BlockKind.NOTICE,))]

    def documents(self) -> Iterator[Document]:
        """Every document, ordered by name."""
        for (number,) in self._fetch("SELECT id FROM documents ORDER BY name"):
            yield self._document(number)

    def listings(self) -> list[Listing]:
        """The list entry of every document, ordered by name."""
        query = (
            "SELECT documents.name, files.name, title, publisher, published, url "
            "FROM documents JOIN files ON files.id = file ORDER BY documents.name"
        )
        return [
            Listing(name, file, shown_title(name, title), publisher,
                    date.fromisoformat(published) if published else None, url)
            for name, file, title, publisher, published, url in self._fetch(query)
        ]  # fmt: skip

    def document_files(self) -> list[tuple[str, str]]:
        """The name of every document and of its file, in the order in which they were read."""
        query = (
            "SELECT documents.name, files.name FROM documents JOIN files ON files.id = file "
            "ORDER BY documents.id"
        )
        return self._fetch(query)

    def file_hashes(self) -> dict[str, str]:
        """The hash of every file found, including unreadable ones, by name."""
        return dict(self._fetch("SELECT name, sha256 FROM files ORDER BY name"))

    def read_files(self) -> list[ReadFile]:
        """Every file found, without its sources."""
        return [load_file(row) for row in self._fetch("SELECT * FROM files ORDER BY id")]

    def made_file(self, name: str) -> MadeFile:
        """A file with the documents built from it, for the draft of another index."""
        [row] = self._fetch("SELECT * FROM files WHERE name = ?", (name,))
        query = "SELECT * FROM documents WHERE file = ? ORDER BY id"
        return MadeFile(load_file(row), self._fetch(query, row[:1]))

    def made_documents(self) -> Iterator[tuple[Row, list[Row]]]:
        """The row of every document and those of its passages, in the order of reading."""
        for number in range(self.document_count):
            [row] = self._fetch("SELECT * FROM documents WHERE id = ?", (number,))
            yield row, self.made_passages(number)

    def made_passages(self, document: int) -> list[Row]:
        """The rows of a document's passages, in the order of its text."""
        return self._fetch("SELECT * FROM passages WHERE document = ? ORDER BY id", (document,))

    def notices(self) -> Notices:
        """The page furniture found in the documents."""
        return Notices(frozenset(digest for (digest,) in self._fetch("SELECT digest FROM notices")))

    def file_of(self, document: str) -> str:
        """The name of the file that a document was read from."""
        query = (
            "SELECT files.name FROM files JOIN documents ON files.id = file "
            "WHERE documents.name = ?"
        )
        [(name,)] = self._fetch(query, (document,))
        return str(name)

    def rows_with(self, hashes: Set[str]) -> dict[str, int]:
        """One row for each of these content hashes that the index contains."""
        with self._reading() as connection:
            every = connection.execute("SELECT sha256, id FROM passages")
            return {sha256: row for sha256, row in every if sha256 in hashes}

    def hashes(self, rows: slice) -> list[str]:
        """The content hashes of consecutive rows."""
        query = "SELECT sha256 FROM passages WHERE id >= ? AND id < ? ORDER BY id"
        return [sha256 for (sha256,) in self._fetch(query, (rows.start, rows.stop))]

    def move(self, path: Path) -> None:
        """Move the file to its final place, on the same disk; it stays open in this process
        only."""
        self._path.rename(path)

    def close(self) -> None:
        """Close the file."""
        self._cached.clear()
        self._connection.close()

    def _document(self, number: int) -> Document:
        """A document, from an LRU cache that is limited in number and size."""
        with self._lock:
            if number in self._cached:
                self._cached.move_to_end(number)
                return self._cached[number][0]
        [row] = self._fetch("SELECT * FROM documents WHERE id = ?", (number,))
        size = document_size(row)
        spend(size)
        document = load_document(row)
        with self._lock:
            if number not in self._cached:
                self._cached[number] = document, size
                self._cached_bytes += size
            while len(self._cached) > 1 and (
                self._cached_bytes > _CACHED_BYTES or len(self._cached) > _CACHED_DOCUMENTS
            ):  # the last one stays: sequential readers ask for it again
                _, (_, freed) = self._cached.popitem(last=False)
                self._cached_bytes -= freed
        return document

    def _count(self, table: str) -> int:
        [(count,)] = self._fetch(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
        return int(count)

    def _fetch(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        with self._reading() as connection:
            return connection.execute(query, tuple(values)).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._connection
        except sqlite3.Error as error:
            if self._damaged is None:
                raise
            raise self._damaged(DOCUMENTS) from error
