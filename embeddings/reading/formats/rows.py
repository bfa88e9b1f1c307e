"""Tables with one document per row: comma-separated values, and JSON Lines."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from embeddings.errors import DocumentError
from embeddings.reading.encodings import decode_with_notes
from embeddings.reading.formats.tables import MAX_ROWS, name_cells
from embeddings.reading.formats.text_builder import TextBuilder
from embeddings.reading.origin import line, metadata_by_any_name
from embeddings.reading.result import FileContents
from embeddings.types import Source, shortened

_DELIMITERS = ";,\t|"
# Columns that contain the document itself, whose names need not be shown.
_BODIES = frozenset(
    "text body content innehåll brödtext html_text markdown beskrivning description".split()
)
_RUNNING_TEXT_WORDS = 40  # words; a longer value is running text
_LISTED_ROWS = 3  # bad rows that are listed individually

_SEPARATOR = re.compile(r"\ufeff?\"?sep=(.)\"?\s*$", re.MULTILINE)
_INSPECTED_LINES = 20  # lines inspected for the delimiter
ABOVE = "\0above"
"""The key for text above the header row; no column has this name."""

_Record = tuple[int, Mapping[str, Any]]


def read(name: str, content: bytes) -> FileContents:
    """Read each row as a document, named by its number (`bidrag.csv#row=3`, counted as in RFC
    7111)."""
    text, notes = decode_with_notes(content)
    text = text.removeprefix("\ufeff")
    is_csv = PurePosixPath(name).suffix.lower() in {".csv", ".tsv"}
    bad: list[str] = []
    sources: list[Source] = []
    for number, record in _csv(text, bad) if is_csv else _json_lines(text, bad):
        if len(sources) == MAX_ROWS:
            raise DocumentError(f"more than {MAX_ROWS} rows; divide it")
        try:
            source = _source(f"{name}#row={number}", record)
        except RecursionError:
            bad.append(f"row {number} is nested too deep")
            continue
        if source.text:
            sources.append(source)
    return FileContents(tuple(sources), (*notes, *_notes(bad)))


def _notes(bad: list[str]) -> tuple[str, ...]:
    more = (
        [f"{len(bad) - _LISTED_ROWS} more rows cannot be read"] if len(bad) > _LISTED_ROWS else []
    )
    return (*bad[:_LISTED_ROWS], *more)


def _csv(text: str, bad: list[str]) -> Iterator[_Record]:
    """The rows of a table by column name, each with its number, from 1.

    Text above the header row, such as the title of the table, is added to every row.
    """
    csv.field_size_limit(len(text) + 1)
    separator, first = _SEPARATOR.match(text), _first_lines(text)
    delimiter = separator[1] if separator else _delimiter(first)
    is_wide = _is_wide(first, delimiter)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    above: list[str] = []
    title = ""
    number = 0
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            bad.append(f"row {number} cannot be read ({error})")
            continue
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and separator):
            continue
        if names:
            yield number, {**_record(names, row), ABOVE: title}
        elif len(list(filter(None, cells))) > 1 or not is_wide:
            names, title = list(map(shortened, cells)), shortened(" ".join(above))
        else:
            above.extend(filter(None, cells))


def _first_lines(text: str) -> list[str]:
    return list(filter(str.strip, text.split("\n", _INSPECTED_LINES)[:_INSPECTED_LINES]))


def _delimiter(lines: Sequence[str]) -> str:
    """The cell delimiter: the candidate that occurs equally often in the most lines."""

    def regularity(sign: str) -> tuple[int, int]:
        counts = Counter(count for line in lines if (count := line.count(sign)))
        return max(((often, count) for count, often in counts.items()), default=(0, 0))

    return max(_DELIMITERS, key=regularity)


def _is_wide(lines: Sequence[str], delimiter: str) -> bool:
    """Whether most lines of a table have several cells, so that a single one is its title."""
    return sum(delimiter in line for line in lines) * 2 > len(lines)


def _record(names: list[str], row: list[str]) -> dict[str, str]:
    """A row by column name; surplus cells get numbers as names, and those of equal names are
    joined."""
    record: dict[str, list[str]] = {}
    for number, cell in enumerate(row):
        name = names[number] if number < len(names) and names[number] else f"{number + 1}"
        record.setdefault(name, []).append(cell)
    return {name: "; ".join(cells) for name, cells in record.items()}


def _json_lines(text: str, bad: list[str]) -> Iterator[_Record]:
    for number, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            record = json.loads(written)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            yield number, record
        else:
            bad.append(f"row {number} is no JSON object")


def _source(name: str, record: Mapping[str, Any]) -> Source:
    """Build a document from a row: short values on one labelled line, then the long ones.

    A row of a CSV file without running text is one of a table, whose title is not its own.
    """
    builder = TextBuilder()
    metadata = metadata_by_any_name(record)
    flat = {column: _flat(value) for column, value in record.items() if column != ABOVE}
    short = {column: value for column, value in flat.items() if value and not _is_long(value)}
    is_body = {column for column in flat if column.casefold().strip() in _BODIES}
    is_running = any(flat[column] for column in is_body) or any(map(_is_long, flat.values()))
    if ABOVE in record and not is_running:
        metadata = replace(metadata, title=None)
    if metadata.title:
        builder.heading(metadata.title, 1)
    if above := record.get(ABOVE):
        builder.heading(str(above), 2 if metadata.title else 1)
    cells = {column: value for column, value in short.items() if column not in is_body}
    builder.row(name_cells(list(cells), list(cells.values())))
    for column, value in flat.items():
        if column in is_body or (value and column not in short):
            if column not in is_body:
                builder.heading(column, 2)
            builder.running(value)
    return builder.source(name, metadata)


def _is_long(value: str) -> bool:
    return "\n" in value.strip() or len(value.split()) > _RUNNING_TEXT_WORDS


def _flat(value: Any) -> str:
    """A value as text; nested values become "name: value" or a comma-separated list."""
    if isinstance(value, Mapping):
        parts = ((str(name), _flat(part)) for name, part in value.items())
        return ", ".join(f"{name}: {part}" for name, part in parts if part)
    if isinstance(value, list):
        return ", ".join(filter(None, map(_flat, value)))
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return value if isinstance(value, str) else line(value) or ""
