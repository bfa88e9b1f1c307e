"""Documents and passages in SQLite, read a few at a time."""

import json
import sqlite3
import sys
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from embeddings.budget import spend
from embeddings.errors import IndexDamaged
from embeddings.index.entity_column import NO_ENTITIES, StoredEntities, dump_entities
from embeddings.index.vectors import Rows
from embeddings.passages.notices import Digests, Notices
from embeddings.reading.result import ReadFile, dump_blocks, dump_source, load_blocks, load_source
from embeddings.types import (
    BlockKind,
    Context,
    Document,
    Listing,
    Metadata,
    Passage,
    Source,
    shown_title,
)

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
    blocks TEXT NOT NULL, pages TEXT NOT NULL, entities TEXT NOT NULL,
    file INTEGER NOT NULL REFERENCES files (id),
    source TEXT NOT NULL,  -- as read, but for the text: of it the document was made
    digests BLOB NOT NULL  -- of its blocks, by which furniture is found
);
CREATE INDEX documents_of_file ON documents (file);
CREATE TABLE notices (digest INTEGER PRIMARY KEY);  -- of the texts that are furniture here
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
_MOST_HELD = 256  # documents that are held
_HELD = 128 * 2**20  # bytes of them, about
_READ = 8  # how many times its length in JSON a block, or an entity, takes when it is read
_AT_A_TIME = 500  # SQLite takes no more than so many values in a query, by version

Row = tuple[Any, ...]
"""The values of a row in the order of the columns, each of a type that SQLite has."""
Damaged = Callable[[str], IndexDamaged]
"""Makes the error that says what of an index is damaged, and what to do."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file as an index has it, and the rows of the documents that were made of it."""

    file: ReadFile
    documents: Sequence[Row]

    @property
    def names(self) -> list[str]:
        """The names of its documents."""
        return [row[1] for row in self.documents]


class Draft:
    """A store in the making: documents as they are read, and then what is made of each.

    A context; what is left of one that was broken off is written over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: set[str] = set()
        self._numbers_before: dict[int, int] = {}
        self._rows_before = array("q")
        self._files = 0

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

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._names)

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._path.unlink(missing_ok=True)  # unless it has been published

    @property
    def rows_before(self) -> Rows:
        """For each passage its row in the index that it was taken over from, else -1."""
        return np.array(self._rows_before, np.int64)

    def add(self, file: ReadFile, digests: Sequence[Digests]) -> None:
        """Put down a file that was read, and the digests of each of its sources."""
        self._add_file(file)
        for source, found in zip(file.sources, digests, strict=True):
            said = dump_source(source)
            del said["text"]  # the document's own
            nothing = (None,) * len(_METADATA)
            self._insert("documents", [
                (len(self), source.name, source.text, *nothing, "[]", _dump(source.pages),
                 NO_ENTITIES, self._files - 1, _dump(said), found.dump())
            ])  # fmt: skip
            self._names.add(source.name)

    def take_over(self, file: MadeFile) -> None:
        """Put down a file as another index has it."""
        self._add_file(file.file)
        for number_before, name, *values, _, source, digests in file.documents:
            row = (len(self), name, *values, self._files - 1, source, digests)
            self._insert("documents", [row])
            self._numbers_before[len(self)] = number_before
            self._names.add(name)

    def number_before(self, number: int) -> int | None:
        """The number of a document in the index that it was taken over from, if it was."""
        return self._numbers_before.get(number)

    def digests(self, number: int) -> Digests:
        """The digests of a document."""
        query = "SELECT digests FROM documents WHERE id = ?"
        [(said,)] = self._connection.execute(query, (number,))
        return Digests.load(said)

    def source(self, number: int) -> Source:
        """What a document is to be made of."""
        query = "SELECT source, text FROM documents WHERE id = ?"
        [(source, text)] = self._connection.execute(query, (number,))
        return _source(source, text)

    def complete(
        self, number: int, document: Document, passages: Iterable[tuple[Passage, str]]
    ) -> None:
        """Put down the document that a source makes, and its passages with their hashes."""
        blocks, entities = _dump(dump_blocks(document.blocks)), dump_entities(document.entities)
        values = (*_metadata_row(document.metadata), blocks, entities, number)
        named = ", ".join(f"{name} = ?" for name in (*_METADATA, "blocks", "entities"))
        self._connection.execute(f"UPDATE documents SET {named} WHERE id = ?", values)  # noqa: S608
        self.put_passages(
            number, [(-1, number, *_passage_row(passage), sha256) for passage, sha256 in passages]
        )

    def put_passages(self, number: int, passages: Sequence[Row]) -> None:
        """Put down the passages of a document as rows that begin with their number in the index
        that the document was taken over from."""
        first = len(self._rows_before)
        self._rows_before.extend(row[0] for row in passages)
        rows = [(row, number, *values) for row, (_, _, *values) in enumerate(passages, first)]
        self._insert("passages", rows)

    def finish(self, notices: Notices) -> "Store":
        """What was put down, open to be read, with the furniture that was found in it."""
        self._insert("notices", [(digest,) for digest in sorted(notices.digests)])
        self._connection.commit()
        self._connection.close()
        return Store(self._path)

    def _add_file(self, file: ReadFile) -> None:
        row = (self._files, file.name, file.sha256, file.problem, _dump(file.notes))
        self._insert("files", [row])
        self._files += 1

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            marks = _marks(len(rows[0]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608


class Store:
    """The documents and passages of an index that is open; safe to share between threads."""

    def __init__(self, path: Path, damaged: Damaged | None = None) -> None:
        """`damaged` makes the error of an index whose store cannot be read; else SQLite's own."""
        self._path = path
        self._damaged = damaged
        # `immutable`: a published index is never written again, so no locks are needed.
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._held: OrderedDict[int, tuple[Document, int]] = OrderedDict()
        self._held_size = 0

    @classmethod
    def of_version(cls, version: Path, damaged: Damaged) -> Self:
        """The store of an index's version, by the folder of that."""
        return cls(version / DOCUMENTS, damaged)

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
            documents = {number: self._document(number) for number in {one[1] for one in found}}
            by_row.update((one[0], load_passage(documents[one[1]], one)) for one in found)
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

    def listings(self) -> list[Listing]:
        """What a list says of every document, in the order of the names."""
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
        """The hash of every file that was met, also one that could not be read, by name."""
        return dict(self._fetch("SELECT name, sha256 FROM files ORDER BY name"))

    def read_files(self) -> list[ReadFile]:
        """Every file that was met, without its sources."""
        return [_file(row) for row in self._fetch("SELECT * FROM files ORDER BY id")]

    def made_file(self, name: str) -> MadeFile:
        """A file with what was made of it, for the draft of another index."""
        [row] = self._fetch("SELECT * FROM files WHERE name = ?", (name,))
        query = "SELECT * FROM documents WHERE file = ? ORDER BY id"
        return MadeFile(_file(row), self._fetch(query, row[:1]))

    def made_documents(self) -> Iterator[tuple[Row, list[Row]]]:
        """The row of every document and those of its passages, in the order of reading."""
        for number in range(self.document_count):
            [row] = self._fetch("SELECT * FROM documents WHERE id = ?", (number,))
            yield row, self.made_passages(number)

    def made_passages(self, document: int) -> list[Row]:
        """The rows of a document's passages, in the order of its text."""
        return self._fetch("SELECT * FROM passages WHERE document = ? ORDER BY id", (document,))

    def notices(self) -> Notices:
        """The furniture that was found in the documents."""
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
        """A row for each of these content hashes that there is."""
        with self._reading() as connection:
            every = connection.execute("SELECT sha256, id FROM passages")
            return {sha256: row for sha256, row in every if sha256 in hashes}

    def hashes(self, rows: slice) -> list[str]:
        """The content hashes of consecutive rows."""
        query = "SELECT sha256 FROM passages WHERE id >= ? AND id < ? ORDER BY id"
        return [sha256 for (sha256,) in self._fetch(query, (rows.start, rows.stop))]

    def move(self, path: Path) -> None:
        """Give the file its final place, on the same disk; it stays open, and nowhere else."""
        self._path.rename(path)

    def close(self) -> None:
        """Let go of the file."""
        self._held.clear()
        self._connection.close()

    def _document(self, number: int) -> Document:
        """A document; those that were asked for last are held, as many as there is room for."""
        with self._lock:
            if number in self._held:
                self._held.move_to_end(number)
                return self._held[number][0]
        [row] = self._fetch("SELECT * FROM documents WHERE id = ?", (number,))
        size = document_size(row)
        spend(size)
        document = load_document(row)
        with self._lock:
            if number not in self._held:
                self._held[number] = document, size
                self._held_size += size
            while len(self._held) > 1 and (
                self._held_size > _HELD or len(self._held) > _MOST_HELD
            ):  # the last stays: whoever reads on asks for it again
                _, (_, freed) = self._held.popitem(last=False)
                self._held_size -= freed
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


def _file(row: Row) -> ReadFile:
    _, name, sha256, problem, notes = row
    return ReadFile(name, sha256, notes=tuple(json.loads(notes)), problem=problem)


def document_size(row: Row) -> int:
    """The bytes that the document of a row takes, about."""
    _, _, text, *_, blocks, pages, entities, _file, _source, _digests = row
    return sys.getsizeof(text) + _READ * (len(blocks) + len(pages) + len(entities))


def load_document(row: Row) -> Document:
    """The document of a row."""
    _, name, text, *said, blocks, pages, entities, _file, _source, _digests = row
    title, publisher, kind, published, url, language = said
    day = date.fromisoformat(published) if published else None
    metadata = Metadata(title, publisher, kind, day, url, language)
    blocks, pages = load_blocks(json.loads(blocks)), tuple(json.loads(pages))
    return Document(name, text, metadata, blocks, pages, StoredEntities(entities))


def load_passage(document: Document, row: Row) -> Passage:
    """The passage of a row."""
    _, _, kind, start, end, title, headings, lead, event_date, _ = row
    context = Context(title, tuple(json.loads(headings)), lead, event_date)
    return Passage(document, BlockKind(kind), start, end, context)


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
