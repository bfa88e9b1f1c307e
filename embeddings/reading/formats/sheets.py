"""The sheets of workbooks as text: one line per row, labelled with column names, under its
sheet."""

from collections.abc import Iterable, Iterator, Sequence

from embeddings.errors import DocumentError
from embeddings.reading.formats.tables import MAX_ROWS, split_table
from embeddings.reading.formats.text_builder import TextBuilder


def write_sheet(builder: TextBuilder, name: str, rows: Iterable[Sequence[str]]) -> None:
    """Add a sheet to a text; blank rows divide it into tables, which may share their columns.

    Raises DocumentError if there are more rows than a document may have.
    """
    names: list[str] = []
    left = 0
    has_heading = False
    for table in _tables(rows):
        if not has_heading:
            builder.heading(name, 2)
            has_heading = True
        while table and len({*table[0]} - {""}) == 1 and len(table) > 1:
            builder.caption(next(filter(None, table.pop(0))))  # text above the columns
        first = min(next(i for i, cell in enumerate(row) if cell) for row in table)
        body = [list(row[first:]) for row in table]
        width = max(map(len, body))
        is_text = all(len({*row} - {""}) == 1 for row in body)
        found, _ = split_table(body)
        is_rest = not found and first == left and width <= len(names)
        if is_text:
            for row in body:
                builder.paragraph(next(filter(None, row)))
        elif is_rest:
            builder.table(body, names=names)
        else:
            names, left = builder.table(body), first


def _tables(rows: Iterable[Sequence[str]]) -> Iterator[list[list[str]]]:
    """The tables: runs of non-blank rows, without trailing empty cells."""
    table: list[list[str]] = []
    for number, row in enumerate(_filled(rows)):
        if number > MAX_ROWS:
            raise DocumentError(f"more than {MAX_ROWS} rows in a sheet; divide it")
        if row:
            table.append(row)
        elif table:
            yield table
            table = []
    if table:
        yield table


def _filled(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """The rows, each up to its last non-empty cell; consecutive blank rows are merged."""
    was_blank = False
    for row in rows:
        width = next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)
        if width or not was_blank:
            yield [cell.strip() for cell in row[:width]]
        was_blank = not width
