"""An index's store in the making."""

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
    marks,
    metadata_row,
    passage_row,
    source_of,
)
from embeddings.index.store import Store
from embeddings.index.vectors import Rows
from embeddings.passages.notices import Digests, Notices
from embeddings.reading.result import ReadFile, dump_blocks, dump_source
from embeddings.types import Document, Passage, Source


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
            self._connection.executescript(SCHEMA)
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
            nothing = (None,) * len(METADATA)
            self._insert("documents", [
                (len(self), source.name, source.text, *nothing, "[]", dump(source.pages),
                 NO_ENTITIES, self._files - 1, dump(said), found.dump())
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
        return source_of(source, text)

    def complete(
        self, number: int, document: Document, passages: Iterable[tuple[Passage, str]]
    ) -> None:
        """Put down the document that a source makes, and its passages with their hashes."""
        blocks, entities = dump(dump_blocks(document.blocks)), dump_entities(document.entities)
        values = (*metadata_row(document.metadata), blocks, entities, number)
        named = ", ".join(f"{name} = ?" for name in (*METADATA, "blocks", "entities"))
        self._connection.execute(f"UPDATE documents SET {named} WHERE id = ?", values)  # noqa: S608
        self.put_passages(
            number, [(-1, number, *passage_row(passage), sha256) for passage, sha256 in passages]
        )

    def put_passages(self, number: int, passages: Sequence[Row]) -> None:
        """Put down the passages of a document as rows that begin with their number in the index
        that the document was taken over from."""
        first = len(self._rows_before)
        self._rows_before.extend(row[0] for row in passages)
        rows = [(row, number, *values) for row, (_, _, *values) in enumerate(passages, first)]
        self._insert("passages", rows)

    def finish(self, notices: Notices) -> Store:
        """What was put down, open to be read, with the furniture that was found in it."""
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
            values = marks(len(rows[0]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({values})", rows)  # noqa: S608
