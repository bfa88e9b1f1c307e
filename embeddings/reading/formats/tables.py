"""Tables as text: a row a line, each cell with the name of its column, to be read by itself."""

import re
from collections.abc import Iterable, Iterator, Sequence

from embeddings.types import shortened

Row = Sequence[str]

_NUMBER = re.compile(r"\d")
_LABEL_WORDS = 6
_NAME_WORDS = 3  # of a name above one of two columns
# What stands to the left of a value in forms, letters and the front pages of minutes.
_LABELS = frozenset(
    "plats|tid|plats och tid|datum|beslutande|närvarande|övriga närvarande|ersättare|ordförande|"
    "sekreterare|justerare|justerande|utses att justera|paragrafer|underskrifter|diarienummer|dnr|"
    "ärende|ärendenummer|handläggare|telefon|e-post|epost|mejl|adress|besöksadress|postadress|"
    "webbplats|organisationsnummer|kontakt|kontaktperson|avsändare|mottagare|kopia|bilagor|status|"
    "version|giltig från|beslutad av|fastställd|ansvarig|öppettider|pris|kostnad|måndag|tisdag|"
    "onsdag|torsdag|fredag|lördag|söndag".split("|")
)


def split_table(rows: Sequence[Row], heads: int | None = None) -> tuple[list[str], list[Row]]:
    """The names of the columns of a table, none if it has no such row, and the rows below them.

    `heads` is how many rows at the top name the columns; None leaves that to be judged by what
    stands in them. Where no row does, two columns are a label and its value.
    """
    filled = [row for row in rows if any(row)]
    if heads is None:
        heads = int(_names_columns(filled))
    if heads >= len(filled):  # nothing but names: they are what the table says
        heads = 0
    return _column_names(filled[:heads]), filled[heads:]


def name_cells(names: Row, row: Row) -> str:
    """A row as "Name: value; Name: value"; without names as "label: value", or as values."""
    if not names and len(row) == 2:
        return _join([(row[0].rstrip(": "), row[1])])
    return _join(_named(names, row))


def _named(names: Row, row: Row) -> Iterator[tuple[str, str]]:
    for number, cell in enumerate(row):
        before = row[number - 1] if number else None
        if cell and cell != before:  # a cell over several columns is read once in each
            yield (names[number] if number < len(names) else ""), cell


def _join(cells: Iterable[tuple[str, str]]) -> str:
    said = (f"{name}: {cell}" if name and cell else name or cell for name, cell in cells)
    return "; ".join(cell.rstrip(";") for cell in said)


def _column_names(heads: Sequence[Row]) -> list[str]:
    """The name of each column, from the rows that name them, the upper one first."""
    columns: list[list[str]] = [[] for _ in range(max(map(len, heads), default=0))]
    for row in heads:
        for parts, cell in zip(columns, row, strict=False):
            parts.append(cell)
    said = (" ".join(dict.fromkeys(filter(None, parts))) for parts in columns)
    return [shortened(name).rstrip(": ") for name in said]


def _names_columns(rows: Sequence[Row]) -> bool:
    """Whether the first row names the columns: short, without numbers but years, and all apart.

    Of two columns the first may as well be labels, as on the front page of minutes; that shows by
    their colons, by what they usually are, or by a long value beside the first of them.
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
    """Whether a cell holds a figure and is no name such as "2024" or "Budget 2024"."""
    return bool(_NUMBER.search(re.sub(r"\b(?:19|20)\d\d\b(?!-)", "", cell)))
