"""Documents and passages in SQLite, read a few at a time."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from embeddings.types import Block, BlockKind, Context, Document, Metadata, Passage

_SCHEMA = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, text TEXT NOT NULL,
    title TEXT, publisher TEXT, kind TEXT, published TEXT, url TEXT, blocks TEXT NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,  -- the row of its vector
    document INTEGER NOT NULL REFERENCES documents (id),
    kind TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    title TEXT NOT NULL, headings TEXT NOT NULL, lead TEXT NOT NULL, event_date TEXT NOT NULL,
    sha256 TEXT NOT NULL  -- of what was embedded
);
CREATE INDEX passages_of_document ON passages (document);
"""
_CACHED_DOCUMENTS = 256
_AT_A_TIME = 500  # SQLite takes no more than so many values in a query, by version


def write_store(
    path: Path,
    documents: Iterable[tuple[Document, str]],
    passages: Iterable[tuple[Passage, str]],
) -> None:
    """Write documents, each with the hash of its file, and passages, each with its content hash."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(_SCHEMA)
        number: dict[str, int] = {}
        for document, sha256 in documents:
            number[document.name] = len(number)
            connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number[document.name], document.name, sha256, document.text,
                 *_metadata_row(document.metadata), _dump_blocks(document.blocks)),
            )  # fmt: skip
        rows = ((row, number[passage.document.name], *_passage_row(passage), sha256)
                for row, (passage, sha256) in enumerate(passages))  # fmt: skip
        connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    finally:
        connection.close()


class Store:
    """The documents and passages of an index that is open; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        # `immutable`: a published index is never written again, so no locks are needed.
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._document = lru_cache(_CACHED_DOCUMENTS)(self._load_document)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""
        by_row: dict[int, Passage] = {}
        for start in range(0, len(rows), _AT_A_TIME):
            part = rows[start : start + _AT_A_TIME]
            marks = ",".join("?" * len(part))
            found = self._fetch(f"SELECT * FROM passages WHERE id IN ({marks})", part)  # noqa: S608
            by_row.update((record[0], self._passage(record)) for record in found)
        return [by_row[row] for row in rows]

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

    def file_hashes(self) -> dict[str, str]:
        """The hash of every file that is indexed, by name."""
        return dict(self._fetch("SELECT name, sha256 FROM documents ORDER BY name"))

    def passage_hashes(self) -> dict[str, int]:
        """The row of every content hash."""
        return dict(self._fetch("SELECT sha256, id FROM passages"))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _passage(self, record: tuple[int, int, str, int, int, str, str, str, str, str]) -> Passage:
        _, number, kind, start, end, title, headings, lead, event_date, _ = record
        context = Context(title, tuple(json.loads(headings)), lead, event_date)
        return Passage(self._document(number), BlockKind(kind), start, end, context)

    def _load_document(self, number: int) -> Document:
        [record] = self._fetch("SELECT * FROM documents WHERE id = ?", (number,))
        _, name, _, text, title, publisher, kind, published, url, blocks = record
        day = date.fromisoformat(published) if published else None
        metadata = Metadata(title, publisher, kind, day, url)
        return Document(name, text, metadata, _load_blocks(blocks))

    def _fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock:
            return self._connection.execute(query, tuple(values)).fetchall()


def _metadata_row(metadata: Metadata) -> tuple[str | None, ...]:
    day = metadata.published.isoformat() if metadata.published else None
    return metadata.title, metadata.publisher, metadata.kind, day, metadata.url


def _passage_row(passage: Passage) -> tuple[str | int, ...]:
    context = passage.context
    headings = json.dumps(context.headings, ensure_ascii=False)
    return (
        passage.kind.value, passage.start, passage.end,
        context.title, headings, context.lead, context.event_date,
    )  # fmt: skip


def _dump_blocks(blocks: Sequence[Block]) -> str:
    return json.dumps([[block.kind, block.start, block.end, block.level] for block in blocks])


def _load_blocks(dumped: str) -> tuple[Block, ...]:
    return tuple(Block(BlockKind(kind), *rest) for kind, *rest in json.loads(dumped))
