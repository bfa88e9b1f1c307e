"""The store of an index under construction."""

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from embeddings.index.entity_column import NO_ENTITIES, dump_entities
from embeddings.index.rows import (
    METADATA,
    SCHEMA,
    MadeFile,
    Row,
    dump,
    metadata_row,
    passage_row,
    placeholders,
    source_of,
)
from embeddings.index.store import Store
from embeddings.index.vectors import Rows
from embeddings.passages.notices import Digests, Notices
from embeddings.reading.result import ReadFile, dump_blocks, dump_source
from embeddings.types import Document, Passage, Source


class Draft:
    """A store under construction: first the documents as read, then what is built from each.

    A context manager; it overwrites the remains of an interrupted draft.
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
            # Nobody reads a draft left by a crash, so durability is not needed.
            self._connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            self._connection.executescript(SCHEMA)
        except sqlite3.Error:
            self.__exit__()
            raise
        return self

    def __contains__(self, document: str) -> bool:
        return document in self._names

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self._names)

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._path.unlink(missing_ok=True)  # unless it has been published

    @property
    def rows_before(self) -> Rows:
        """For each passage its row in the old index it was taken over from, else -1."""
        return np.array(self._rows_before, np.int64)

    def add(self, file: ReadFile, digests: Sequence[Digests]) -> None:
        """Store a file that was read, with the digests of each of its sources."""
        self._add_file(file)
        for source, found in zip(file.sources, digests, strict=True):
            payload = dump_source(source)
            del payload["text"]  # stored in a column of its own
            nothing = (None,) * len(METADATA)
            self._insert("documents", [
                (len(self), source.name, source.text, *nothing, "[]", dump(source.pages),
                 NO_ENTITIES, self._files - 1, dump(payload), found.dump())
            ])  # fmt: skip
            self._names.add(source.name)

    def take_over(self, file: MadeFile) -> None:
        """Store a file as another index has it."""
        self._add_file(file.file)
        for number_before, name, *values, _, source, digests in file.documents:
            row = (len(self), name, *values, self._files - 1, source, digests)
            self._insert("documents", [row])
            self._numbers_before[len(self)] = number_before
            self._names.add(name)

    def number_before(self, number: int) -> int | None:
        """The number of a document in the index it was taken over from; None if it is new."""
        return self._numbers_before.get(number)

    def digests(self, number: int) -> Digests:
        """The digests of a document."""
        query = "SELECT digests FROM documents WHERE id = ?"
        [(dumped,)] = self._connection.execute(query, (number,))
        return Digests.load(dumped)

    def source(self, number: int) -> Source:
        """The source that a document is built from."""
        query = "SELECT source, text FROM documents WHERE id = ?"
        [(source, text)] = self._connection.execute(query, (number,))
        return source_of(source, text)

    def complete(
        self, number: int, document: Document, passages: Iterable[tuple[Passage, str]]
    ) -> None:
        """Store the document built from a source, and its passages with their hashes."""
        blocks, entities = dump(dump_blocks(document.blocks)), dump_entities(document.entities)
        values = (*metadata_row(document.metadata), blocks, entities, number)
        named = ", ".join(f"{name} = ?" for name in (*METADATA, "blocks", "entities"))
        self._connection.execute(f"UPDATE documents SET {named} WHERE id = ?", values)  # noqa: S608
        self.put_passages(
            number, [(-1, number, *passage_row(passage), sha256) for passage, sha256 in passages]
        )

    def put_passages(self, number: int, passages: Sequence[Row]) -> None:
        """Store the passages of a document, given as rows. The first value of each row is the
        passage's number in the index that the document was taken over from."""
        first = len(self._rows_before)
        self._rows_before.extend(row[0] for row in passages)
        rows = [(row, number, *values) for row, (_, _, *values) in enumerate(passages, first)]
        self._insert("passages", rows)

    def finish(self, notices: Notices) -> Store:
        """Store the page furniture found, close the draft, and open it as a store for reading."""
        self._insert("notices", [(digest,) for digest in sorted(notices.digests)])
        self._connection.commit()
        self._connection.close()
        return Store(self._path)

    def _add_file(self, file: ReadFile) -> None:
        row = (self._files, file.name, file.sha256, file.problem, dump(file.notes))
        self._insert("files", [row])
        self._files += 1

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            values = placeholders(len(rows[0]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({values})", rows)  # noqa: S608
