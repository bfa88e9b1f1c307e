"""The result of reading a file, and its JSON form, for the pipe and the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from embeddings.types import Block, BlockKind, Metadata, Source


@dataclass(frozen=True, slots=True)
class FileContents:
    """The documents of a file, usually one, and a note for each part that could not be read."""

    sources: tuple[Source, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file of the folder after reading; `problem` says why it has no sources."""

    name: str
    sha256: str
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None


def dump_source(source: Source) -> dict[str, Any]:
    """Convert a source to JSON values."""
    return {
        "name": source.name,
        "text": source.text,
        "metadata": dump_metadata(source.metadata),
        "body": source.body,
        "hints": dump_metadata(source.hints),
        "layout": dump_blocks(source.layout),
        "pages": source.pages,
    }


def load_source(payload: dict[str, Any]) -> Source:
    """Load a source that `dump_source` wrote; raises ValueError, KeyError or TypeError if invalid.

    The process that wrote it may have read a hostile file, so everything is validated.
    """
    text = str(payload["text"])
    text.encode()
    source = Source(
        name=str(payload["name"]),
        text=text,
        metadata=load_metadata(payload["metadata"]),
        body=int(payload["body"]),
        hints=load_metadata(payload["hints"]),
        layout=load_blocks(payload["layout"]),
        pages=tuple(int(page) for page in payload["pages"]),
    )
    offsets = [source.body, *source.pages]
    in_order = [0, *(edge for block in source.layout for edge in (block.start, block.end))]
    if in_order != sorted(in_order) or not all(0 <= at <= len(text) for at in offsets):
        raise ValueError("offsets are out of order")
    if in_order[-1] > len(text):
        raise ValueError("a block ends outside the text")
    return source


def dump_blocks(blocks: Sequence[Block]) -> list[list[Any]]:
    """Convert blocks to JSON values."""
    return [[block.kind.value, block.start, block.end, block.level] for block in blocks]


def load_blocks(rows: Sequence[Sequence[Any]]) -> tuple[Block, ...]:
    """Load blocks that `dump_blocks` wrote."""
    return tuple(
        Block(BlockKind(kind), int(start), int(end), int(level)) for kind, start, end, level in rows
    )


def dump_metadata(metadata: Metadata) -> dict[str, str | None]:
    """Convert metadata to JSON values."""
    day = metadata.published
    return {
        "title": metadata.title,
        "publisher": metadata.publisher,
        "kind": metadata.kind,
        "published": day.isoformat() if day else None,
        "url": metadata.url,
        "language": metadata.language,
    }


def load_metadata(payload: dict[str, Any]) -> Metadata:
    """Load metadata that `dump_metadata` wrote."""
    words = {name: None if value is None else str(value) for name, value in payload.items()}
    day = words.pop("published")
    return Metadata(**words, published=date.fromisoformat(day) if day else None)
