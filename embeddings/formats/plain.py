"""Plain text and Markdown: kept to the letter, with the front matter that may stand before it."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import yaml

from embeddings.errors import DocumentError
from embeddings.formats.encodings import decode
from embeddings.formats.origin import NAMES, metadata_in
from embeddings.formats.reading import Reading
from embeddings.types import Block, BlockKind, Source

_KEY = re.compile(r"(?P<key>[^\W\d][\w -]{0,40}):(?:[ \t]+(?P<value>.*))?$")
_NO_YAML = "its front matter is no valid YAML; read a line at a time"
_KNOWN = frozenset(name for names in NAMES.values() for name in names)
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def read(name: str, content: bytes) -> Reading:
    """The text of a file, where only the ends of the lines are changed."""
    text = decode(content).replace("\r\n", "\n").replace("\r", "\n")
    opening = 1 if text.startswith("\ufeff") else 0  # kept, so that offsets count it
    front = _FRONT_MATTER.match(text, opening)
    said, notes = _said(front["yaml"]) if front else (None, ())
    if front is None or said is None:  # two rules around a paragraph
        return Reading((Source(name, text, body=opening),))
    layout = tuple(_rows(front["yaml"], front.start("yaml"), said))
    return Reading((Source(name, text, metadata_in(said), front.end(), layout=layout),), notes)


def _said(front: str) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """What a front matter says by its keys, and what to note of it; None for text between rules.

    One that is no YAML, such as a title with a colon in it, is read a line at a time, if every
    line has a key.
    """
    try:
        said = load_yaml(front)
    except DocumentError:
        keys = [_KEY.fullmatch(line) for line in front.split("\n") if line.strip()]
        if not all(key and key["key"][0].islower() for key in keys):
            return None, ()
        return {key["key"]: (key["value"] or "").strip("\"' ") for key in keys if key}, (_NO_YAML,)
    return said if isinstance(said, dict) else None, ()


def _rows(front: str, start: int, said: Mapping[str, Any]) -> Iterator[Block]:
    """The lines of a front matter that say what no part of Metadata holds, as rows."""
    begun: tuple[int, int] | None = None
    is_row = False
    for line in front.splitlines(keepends=True):
        key = _KEY.match(line.rstrip())
        if key:
            is_row = key["key"].casefold() not in _KNOWN and _is_said(said.get(key["key"]))
        if is_row and line.strip():
            begun = (begun[0] if begun else start, start + len(line.rstrip()))
        elif begun:
            yield Block(BlockKind.ROW, *begun)
            begun = None
        start += len(line)
    if begun:
        yield Block(BlockKind.ROW, *begun)


def _is_said(value: object) -> bool:
    """Whether a value says something to a reader: a switch or a weight is for a program."""
    if isinstance(value, list):
        return any(map(_is_said, value))
    return isinstance(value, str | date | dict) and bool(value) and not str(value).startswith("/")


def load_yaml(text: str) -> object:
    """What YAML, or JSON, says; raises DocumentError where it is not valid."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except Exception as error:  # PyYAML lets through whatever its constructors raise
        raise DocumentError("its metadata is not valid YAML; mend or remove it") from error
