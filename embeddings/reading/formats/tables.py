"""Tables as text: one self-contained line per row, with each cell labelled by its column."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise, zip_longest

from embeddings.types import shortened

TableRow = Sequence[str]
Cell = tuple[str, int, int]
"""The text of a cell, and the number of columns and rows it spans."""

MAX_ROWS = 200_000
"""The most rows of a file or a sheet that are read."""

_NUMBER = re.compile(r"\d")
_LABEL_WORDS = 6
_NAME_WORDS = 3  # of the header of one of two columns
_MOST_OVER = 64  # columns or rows spanned by a cell
_WORDS_OVER = 20  # in a spanning cell that is repeated in every row
# Labels beside a value in forms, letters and on the front page of minutes.
_LABELS = frozenset(
    "plats|tid|plats och tid|datum|beslutande|närvarande|övriga närvarande|ersättare|ordförande|"
    "sekreterare|justerare|justerande|utses att justera|paragrafer|underskrifter|diarienummer|dnr|"
    "ärende|ärendenummer|handläggare|telefon|e-post|epost|mejl|adress|besöksadress|postadress|"
    "webbplats|organisationsnummer|kontakt|kontaktperson|avsändare|mottagare|kopia|bilagor|status|"
    "version|giltig från|beslutad av|fastställd|ansvarig|öppettider|pris|kostnad|måndag|tisdag|"
    "onsdag|torsdag|fredag|lördag|söndag".split("|")
)


def spread(rows: Iterable[Sequence[Cell]]) -> Iterator[list[str]]:
    """The rows of a table, with each cell repeated in all columns and rows it spans.

    Covered cells are not among the cells of a row in the input.
    """
    above: dict[int, tuple[str, int]] = {}
    for row in rows:
        texts: list[str] = []
        below: dict[int, tuple[str, int]] = {}
        for text, width, height in [*row, ("", 0, 0)]:
            while (covered := above.get(len(texts))) is not None:
                if covered[1] > 1:
                    below[len(texts)] = covered[0], covered[1] - 1
                texts.append(covered[0])
            goes_down = min(height, _MOST_OVER) - 1
            for _ in range(min(width, _MOST_OVER)):
                if goes_down > 0:
                    is_long = len(text.split()) > _WORDS_OVER
                    below[len(texts)] = "" if is_long else text, goes_down
                texts.append(text)
        above = below
        yield texts


def take_caption(rows: list[TableRow]) -> str:
    """Remove a row spanning all columns from above the header, and return its text."""
    if len(rows) > 2 and len(rows[0]) > 1 and len({*rows[0]}) == 1:
        return rows.pop(0)[0]
    return ""


def split_table(
    rows: Sequence[TableRow], heads: int | None = None
) -> tuple[list[str], list[TableRow]]:
    """The column names of a table, empty if it has no header, and the rows below.

    `heads` is the number of header rows; None means that it is inferred from their contents.
    Without a header, two columns are a label and its value.
    """
    filled = [row for row in rows if any(row)]
    if heads is None:
        heads = _head_count(filled)
    if heads >= len(filled):  # only a header: treat it as content
        heads = 0
    return _column_names(filled[:heads]), filled[heads:]


def name_cells(names: TableRow, row: TableRow) -> str:
    """A row as "Name: value; Name: value"; without names as "label: value", or as values."""
    if not names and len(row) == 2:
        return _join([(row[0].rstrip(": "), row[1])])
    return _join(_named(names, row))


def _named(names: TableRow, row: TableRow) -> Iterator[tuple[str, str]]:
    """The cells of a row; adjacent equal cells are merged, with all their names.

    A cell that spans the whole row has no name.
    """
    if len(row) > 1 and len({*row}) == 1 and not (names and _is_value(row[0])):
        yield "", row[0]
        return
    numbered = zip_longest(row, names[: len(row)], fillvalue="")
    for cell, same in groupby(numbered, key=lambda one: one[0]):
        if cell:
            yield ", ".join(dict.fromkeys(name for _, name in same if name)), cell


def _join(cells: Iterable[tuple[str, str]]) -> str:
    labelled = (f"{name}: {cell}" if name and cell else name or cell for name, cell in cells)
    return "; ".join(cell.rstrip(";") for cell in labelled)


def _column_names(heads: Sequence[TableRow]) -> list[str]:
    """The name of each column, combined from the header rows, the upper one first."""
    columns: list[list[str]] = [[] for _ in range(max(map(len, heads), default=0))]
    for row in heads:
        for parts, cell in zip(columns, row, strict=False):
            parts.append(cell)
    names = (" ".join(dict.fromkeys(filter(None, parts))) for parts in columns)
    return [shortened(name).rstrip(": ") for name in names]


def _head_count(rows: Sequence[TableRow]) -> int:
    """The number of header rows: two if an upper name spans several columns."""
    if _names_columns(rows):
        return 1
    is_over = len(rows) > 2 and any(left and left == right for left, right in pairwise(rows[0]))
    return 2 if is_over and _names_columns([_column_names(rows[:2]), *rows[2:]]) else 0


def _names_columns(rows: Sequence[TableRow]) -> bool:
    """Whether the first row is a header: short, distinct cells without numbers except years.

    Of two columns the first may instead hold labels, as on the front page of minutes; colons,
    typical labels, or a long value beside the first label show that.
    """
    if len(rows) < 2:
        return False
    first, rest = rows[0], rows[1:]
    cells = [cell for cell in first if cell]
    if len(cells) < max(len(first) - 1, 1) or len(set(cells)) < len(cells):
        return False
    if any(len(cell.split()) > _LABEL_WORDS or _is_value(cell) for cell in cells):
        return False
    if len(first) > 2:
        return True
    values = [row[-1] for row in rest if row and row[-1]]
    if values and all(_NUMBER.search(value) for value in values):
        return not first[0].endswith(":")
    labels = [row[0] for row in rows if row and row[0]]
    known = sum(label.endswith(":") or label.casefold() in _LABELS for label in labels)
    return known < 2 and max(len(cell.split()) for cell in cells) <= _NAME_WORDS


def _is_value(cell: str) -> bool:
    """Whether a cell contains a number and is not a name such as "2024" or "Budget 2024"."""
    return bool(_NUMBER.search(re.sub(r"\b(?:19|20)\d\d\b(?!-)", "", cell)))
