"""Documents and passages in SQLite, read a few at a time."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

from embeddings.formats.reading import ReadFile, dump_blocks, dump_source, load_blocks, load_source
from embeddings.types import Block, BlockKind, Context, Document, Metadata, Passage, Source

DOCUMENTS = "documents.sqlite"
_SCHEMA = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL,
    problem TEXT,  -- why no document could be read from it
    notes TEXT NOT NULL
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, text TEXT NOT NULL,
    title TEXT, publisher TEXT, kind TEXT, published TEXT, url TEXT, language TEXT,
    blocks TEXT NOT NULL, pages TEXT NOT NULL,
    file INTEGER NOT NULL REFERENCES files (id),
    source TEXT NOT NULL  -- as read, but for the text: of it the document was made
);
CREATE INDEX documents_of_file ON documents (file);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,  -- the row of its vector
    document INTEGER NOT NULL REFERENCES documents (id),
    kind TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    title TEXT NOT NULL, headings TEXT NOT NULL, lead TEXT NOT NULL, event_date TEXT NOT NULL,
    sha256 TEXT NOT NULL  -- of what was embedded
);
CREATE INDEX passages_of_document ON passages (document);
"""
_METADATA = ("title", "publisher", "kind", "published", "url", "language")
_CACHED_DOCUMENTS = 256
_AT_A_TIME = 500  # SQLite takes no more than so many values in a query, by version


class Draft:
    """A store in the making: documents as they are read, and then what is made of each.

    A context; what is left of one that was broken off is written over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: set[str] = set()
        self._files = self._passages = 0

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(self._path)
        try:
            # Nobody reads a draft that a crash has left, so nothing in it has to outlast one.
            self._connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error:
            self.__exit__()
            raise
        return self

    def __contains__(self, document: str) -> bool:
        return document in self._names

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._path.unlink(missing_ok=True)  # unless it has been published

    def add(self, file: ReadFile, blocks: Sequence[Sequence[Block]]) -> None:
        """Put down a file, and the blocks of each of its sources."""
        row = (self._files, file.name, file.sha256, file.problem, _dump(file.notes))
        self._insert("files", row)
        for source, found in zip(file.sources, blocks, strict=True):
            said = dump_source(source)
            del said["text"]  # the document's own
            nothing = (None,) * len(_METADATA)
            self._insert(
                "documents",
                (len(self._names), source.name, source.text, *nothing, _dump(dump_blocks(found)),
                 _dump(source.pages), self._files, _dump(said)),
            )  # fmt: skip
            self._names.add(source.name)
        self._files += 1

    def sources(self) -> Iterator[tuple[int, Source, tuple[Block, ...]]]:
        """Every source with its number and its blocks, in the order in which they were added."""
        query = "SELECT source, text, blocks FROM documents WHERE id = ?"
        for number in range(len(self._names)):
            [(source, text, blocks)] = self._connection.execute(query, (number,))
            yield number, _source(source, text), load_blocks(json.loads(blocks))

    def complete(
        self, number: int, document: Document, passages: Iterable[tuple[Passage, str]]
    ) -> None:
        """Put down the document that a source makes, and its passages with their hashes."""
        values = (*_metadata_row(document.metadata), _dump(dump_blocks(document.blocks)), number)
        named = ", ".join(f"{name} = ?" for name in (*_METADATA, "blocks"))
        self._connection.execute(f"UPDATE documents SET {named} WHERE id = ?", values)  # noqa: S608
        for passage, sha256 in passages:
            self._insert("passages", (self._passages, number, *_passage_row(passage), sha256))
            self._passages += 1

    def finish(self) -> "Store":
        """What was put down, open to be read."""
        self._connection.commit()
        self._connection.close()
        return Store(self._path)

    def _insert(self, table: str, row: Sequence[object]) -> None:
        self._connection.execute(f"INSERT INTO {table} VALUES ({_marks(len(row))})", row)  # noqa: S608


class Store:
    """The documents and passages of an index that is open; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # `immutable`: a published index is never written again, so no locks are needed.
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._document = lru_cache(_CACHED_DOCUMENTS)(self._load_document)

    @classmethod
    def of_version(cls, version: Path) -> Self:
        """The store of an index's version, by the folder of that."""
        return cls(version / DOCUMENTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""
        by_row: dict[int, Passage] = {}
        for start in range(0, len(rows), _AT_A_TIME):
            part = rows[start : start + _AT_A_TIME]
            query = f"SELECT * FROM passages WHERE id IN ({_marks(len(part))})"  # noqa: S608
            found = self._fetch(query, part)
            by_row.update((record[0], self._passage(record)) for record in found)
        return [by_row[row] for row in rows]

    def every_passage(self) -> Iterator[Passage]:
        """All passages, in the order of their rows."""
        for start in range(0, self.passage_count, _AT_A_TIME):
            yield from self.passages(range(start, min(start + _AT_A_TIME, self.passage_count)))

    @cached_property
    def document_count(self) -> int:
        """How many documents there are."""
        return self._count("documents")

    @cached_property
    def passage_count(self) -> int:
        """How many passages there are."""
        return self._count("passages")

    def rows_of(self, document: str) -> list[int]:
        """The rows of a document's passages, in the order of its text."""
        query = (
            "SELECT passages.id FROM passages JOIN documents ON documents.id = document "
            "WHERE name = ? ORDER BY passages.id"
        )
        return [row for (row,) in self._fetch(query, (document,))]

    def notice_rows(self) -> list[int]:
        """The rows of the passages that are page furniture."""
        query = "SELECT id FROM passages WHERE kind = ? ORDER BY id"
        return [row for (row,) in self._fetch(query, (BlockKind.NOTICE,))]

    def documents(self) -> Iterator[Document]:
        """Every document, in the order of the names."""
        for (number,) in self._fetch("SELECT id FROM documents ORDER BY name"):
            yield self._document(number)

    def documents_with_sources(self) -> Iterator[tuple[Document, Source]]:
        """Every document and what it was made of, in the order in which they were read."""
        for number in range(self.document_count):
            query = "SELECT source, text FROM documents WHERE id = ?"
            [(source, text)] = self._fetch(query, (number,))
            yield self._document(number), _source(source, text)

    def document_files(self) -> list[tuple[str, str]]:
        """The name of every document and of its file, in the order in which they were read."""
        query = (
            "SELECT documents.name, files.name FROM documents JOIN files ON files.id = file "
            "ORDER BY documents.id"
        )
        return self._fetch(query)

    def file_hashes(self) -> dict[str, str]:
        """The hash of every file that was met, also one that could not be read, by name."""
        return dict(self._fetch("SELECT name, sha256 FROM files ORDER BY name"))

    def read_files(self) -> list[ReadFile]:
        """Every file that was met, without its sources."""
        query = "SELECT name, sha256, notes, problem FROM files ORDER BY id"
        return [
            ReadFile(name, sha256, notes=tuple(json.loads(notes)), problem=problem)
            for name, sha256, notes, problem in self._fetch(query)
        ]

    def read_file(self, name: str) -> ReadFile:
        """A file as it was read, with the sources that its documents were made of."""
        [(number, sha256, problem, notes)] = self._fetch(
            "SELECT id, sha256, problem, notes FROM files WHERE name = ?", (name,)
        )
        query = "SELECT source, text FROM documents WHERE file = ? ORDER BY id"
        sources = (_source(source, text) for source, text in self._fetch(query, (number,)))
        return ReadFile(name, sha256, tuple(sources), tuple(json.loads(notes)), problem)

    def file_of(self, document: str) -> str:
        """The name of the file that a document was read from."""
        query = (
            "SELECT files.name FROM files JOIN documents ON files.id = file "
            "WHERE documents.name = ?"
        )
        [(name,)] = self._fetch(query, (document,))
        return str(name)

    def passage_hashes(self) -> dict[str, int]:
        """The row of every content hash."""
        return dict(self._fetch("SELECT sha256, id FROM passages"))

    def hashes(self, rows: range) -> list[str]:
        """The content hashes of consecutive rows."""
        query = "SELECT sha256 FROM passages WHERE id >= ? AND id < ? ORDER BY id"
        return [sha256 for (sha256,) in self._fetch(query, (rows.start, rows.stop))]

    def move(self, path: Path) -> None:
        """Give the file its final place, on the same disk; it stays open, and nowhere else."""
        self._path.rename(path)

    def close(self) -> None:
        """Let go of the file."""
        self._document.cache_clear()
        self._connection.close()

    def _passage(self, record: tuple[int, int, str, int, int, str, str, str, str, str]) -> Passage:
        _, number, kind, start, end, title, headings, lead, event_date, _ = record
        context = Context(title, tuple(json.loads(headings)), lead, event_date)
        return Passage(self._document(number), BlockKind(kind), start, end, context)

    def _load_document(self, number: int) -> Document:
        [record] = self._fetch("SELECT * FROM documents WHERE id = ?", (number,))
        _, name, text, title, publisher, kind, published, url, language, blocks, pages, *_ = record
        day = date.fromisoformat(published) if published else None
        metadata = Metadata(title, publisher, kind, day, url, language)
        blocks, pages = load_blocks(json.loads(blocks)), tuple(json.loads(pages))
        return Document(name, text, metadata, blocks, pages)

    def _count(self, table: str) -> int:
        [(count,)] = self._fetch(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
        return int(count)

    def _fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock:
            return self._connection.execute(query, tuple(values)).fetchall()


def _source(said: str, text: str) -> Source:
    """What a document was made of: its text stands in a column of its own."""
    return load_source({**json.loads(said), "text": text})


def _metadata_row(metadata: Metadata) -> tuple[str | None, ...]:
    day = metadata.published.isoformat() if metadata.published else None
    return (metadata.title, metadata.publisher, metadata.kind, day, metadata.url, metadata.language)


def _passage_row(passage: Passage) -> tuple[str | int, ...]:
    context = passage.context
    headings = _dump(context.headings)
    return (
        passage.kind.value, passage.start, passage.end,
        context.title, headings, context.lead, context.event_date,
    )  # fmt: skip


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _marks(count: int) -> str:
    return ", ".join("?" * count)
