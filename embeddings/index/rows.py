"""The SQLite tables of an index, and the contents of their rows."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from embeddings.index.entity_column import StoredEntities
from embeddings.reading.result import ReadFile, load_blocks, load_source
from embeddings.types import BlockKind, Context, Document, Metadata, Passage, Source

DOCUMENTS = "documents.sqlite"
SCHEMA: Final = """
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
METADATA: Final = ("title", "publisher", "kind", "published", "url", "language")
_PARSED_FACTOR = 8  # memory of a parsed block or entity, as a multiple of the length of its JSON

Row = tuple[Any, ...]
"""The values of a row in the order of the columns, each of a type that SQLite supports."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file as an index has it, with the rows of the documents built from it."""

    file: ReadFile
    documents: Sequence[Row]

    @property
    def names(self) -> list[str]:
        """The names of its documents."""
        return [row[1] for row in self.documents]


def load_file(row: Row) -> ReadFile:
    """The file of a row, without its sources."""
    _, name, sha256, problem, notes = row
    return ReadFile(name, sha256, notes=tuple(json.loads(notes)), problem=problem)


def document_size(row: Row) -> int:
    """The approximate size in bytes of the document of a row."""
    _, _, text, *_, blocks, pages, entities, _file, _source, _digests = row
    return sys.getsizeof(text) + _PARSED_FACTOR * (len(blocks) + len(pages) + len(entities))


def load_document(row: Row) -> Document:
    """The document of a row."""
    _, name, text, *values, blocks, pages, entities, _file, _source, _digests = row
    title, publisher, kind, published, url, language = values
    day = date.fromisoformat(published) if published else None
    metadata = Metadata(title, publisher, kind, day, url, language)
    blocks, pages = load_blocks(json.loads(blocks)), tuple(json.loads(pages))
    return Document(name, text, metadata, blocks, pages, StoredEntities(entities))


def load_passage(document: Document, row: Row) -> Passage:
    """The passage of a row."""
    _, _, kind, start, end, title, headings, lead, event_date, _ = row
    context = Context(title, tuple(json.loads(headings)), lead, event_date)
    return Passage(document, BlockKind(kind), start, end, context)


def source_of(dumped: str, text: str) -> Source:
    """The source of a document; its text is stored in a separate column."""
    return load_source({**json.loads(dumped), "text": text})


def metadata_row(metadata: Metadata) -> tuple[str | None, ...]:
    """The values of `METADATA`."""
    day = metadata.published.isoformat() if metadata.published else None
    return (metadata.title, metadata.publisher, metadata.kind, day, metadata.url, metadata.language)


def passage_row(passage: Passage) -> tuple[str | int, ...]:
    """The values of a passage between the number of its document and its hash."""
    context = passage.context
    headings = dump(context.headings)
    return (
        passage.kind.value, passage.start, passage.end,
        context.title, headings, context.lead, context.event_date,
    )  # fmt: skip


def dump(value: object) -> str:
    """Serialize a value for storage."""
    return json.dumps(value, ensure_ascii=False)


def placeholders(count: int) -> str:
    """The placeholders for `count` values."""
    return ", ".join("?" * count)
