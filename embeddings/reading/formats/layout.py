"""Converts the lines of printed pages to text: columns, paragraphs, headings, lists and tables.

Positions are in points from the top left corner of the page. The reading order is found by cutting
the page at its gutters and between its bands (XY cut, Nagy & Seth 1984).
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from embeddings.language.sentences import SENTENCE_END
from embeddings.reading.formats.text_builder import TextBuilder

_GUTTER = 9.0  # least width of the white space between columns
_COLUMN = 0.2  # of the page width; narrower text is a label beside its value
_COLUMN_WORDS = 3  # a line of running text in a column has more words
_LARGER = 1.12  # least size of a heading relative to running text
_SAME_SIZE = 0.6
_SAME_MARGIN = 20.0
_INDENT = 5.0
_HEADING_WORDS = 22
_CAPTION_WORDS = 30
_ITEM = re.compile(r"(?:[•·▪▫●○◦‣∙■*–—-]|\(?\d{1,2}[.)]|[a-zåäö]\))(?:\s+|$)")
_SECTION = re.compile(r"(?:§§?\s*\d|(?:Bilaga|Kapitel)\s+\d)")
_CAPTION = re.compile(
    r"(?:Tabell|Figur|Diagram|Bild|Karta|Table|Figure)\s+\d+[a-z]?\b", re.IGNORECASE
)
_LEAST_COLUMNS, _LEAST_ROWS = 3, 3  # least size of a table without ruling lines
_FILLED = 0.7  # least share of filled cells in such a table
_CELL_WORDS = 5  # per cell, on average
_ROW_STEP = 4.0  # largest distance of its rows, in letter heights
_BROKEN = re.compile(r"(?P<word>[^\W_]+)[-\u2010]$")
_FIRST_WORD = re.compile(r"[^\W_]+")
_COMPOUND = re.compile(r"[^\W_]+-[^\W_]+")
_SUSPENDED = frozenset({"och", "eller", "samt", "respektive", "till", "som"})


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line; `size` is that of its letters."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    is_bold: bool = False

    def looks_like(self, other: "Line") -> bool:
        """Whether two lines have the same size and weight."""
        return abs(self.size - other.size) < _SAME_SIZE and self.is_bold == other.is_bold


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its cells and position; its first `heads` rows have the column names, if
    known."""

    rows: list[list[str]]
    x0: float
    top: float
    x1: float
    bottom: float
    heads: int | None = None

    def holds(self, line: Line) -> bool:
        """Whether a line is inside the table."""
        x, y = (line.x0 + line.x1) / 2, (line.top + line.bottom) / 2
        return self.x0 - 1 <= x <= self.x1 + 1 and self.top - 1 <= y <= self.bottom + 1

    def is_below(self, other: "Table") -> bool:
        """Whether this table has the same columns as another, and may continue it."""
        edges = (self.x0 - other.x0, self.x1 - other.x1)
        return len(self.rows[0]) == len(other.rows[0]) and max(map(abs, edges)) < _INDENT


@dataclass(slots=True)
class Page:
    """A page: its contents, and whether it is only an image of text.

    `turned` holds what is printed sideways, as pages on which it is upright.
    """

    width: float
    height: float
    lines: list[Line]
    tables: list[Table] = field(default_factory=list)
    is_scan: bool = False
    is_blank: bool = False
    turned: "list[Page]" = field(default_factory=list)


Part = Line | Table
_Span = tuple[float, float]
Paragraph = list[Line]


# The order of reading


def reading_order(parts: Sequence[Part], width: float) -> list[Part]:
    """The parts of a page of this width in reading order."""
    ordered: list[Part] = []
    for group in _bands(parts):
        gutter = _gutter(group, width)
        if gutter is None:
            ordered += _in_rows(group)
        else:
            left = [part for part in group if part.x1 <= gutter]
            right = [part for part in group if part.x1 > gutter]
            ordered += reading_order(left, width) + reading_order(right, width)
    return ordered


def _bands(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts in groups from top to bottom: a single band, or bands that share a gutter."""
    bands: list[list[Part]] = []
    bottom = 0.0
    for part in sorted(parts, key=lambda part: part.top):
        if bands and part.top < bottom - 1:
            bands[-1].append(part)
        else:
            bands.append([part])
        bottom = max(bottom, part.bottom)
    groups: list[list[Part]] = []
    for band in bands:
        if groups and _gaps([*groups[-1], *band]):
            groups[-1] += band
        else:
            groups.append(band)
    return groups


def _gutter(parts: Sequence[Part], width: float) -> float | None:
    """The middle of the white space between two columns of running text, if there is one."""
    for gap in _gaps(parts):
        sides = (
            [part for part in parts if part.x1 <= gap],
            [part for part in parts if part.x1 > gap],
        )
        if all(_is_column(side, width) for side in sides):
            return gap
    return None


def _gaps(parts: Sequence[Part]) -> list[float]:
    """The middles of the vertical white spaces that extend through all the parts."""
    gaps: list[float] = []
    right = 0.0
    for part in sorted(parts, key=lambda part: part.x0):
        if right and part.x0 - right >= _GUTTER:
            gaps.append((right + part.x0) / 2)
        right = max(right, part.x1)
    return gaps


def _is_column(parts: Sequence[Part], width: float) -> bool:
    """Whether parts form a text column: lines below each other, many of them long."""
    lines = [part for part in parts if isinstance(part, Line)]
    if len(lines) < len(parts):
        return True
    long = [line for line in lines if line.x1 - line.x0 >= _COLUMN * width
            and len(line.text.split()) > _COLUMN_WORDS]  # fmt: skip
    return len(long) >= 2 and len(long) * 4 >= len(lines)


def _in_rows(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts from top to bottom; lines side by side, such as a label and its value, are merged,
    and rows of them in aligned columns become a table."""
    rows: list[Sequence[Part]] = []
    for part in sorted(parts, key=lambda part: (part.top, part.x0)):
        above = rows[-1] if rows else ()
        if (
            isinstance(part, Line)
            and above
            and isinstance(above[0], Line)
            and (_is_beside(above[0], part))
        ):
            rows[-1] = [*above, part]
        else:
            rows.append([part])
    position = 0
    while position < len(rows):
        taken = _aligned([_lines_of(row) for row in rows[position:]])
        if taken:
            yield _as_table([_lines_of(row) for row in rows[position : position + taken]])
        else:
            lines = _lines_of(rows[position])
            yield _merged(lines) if lines else rows[position][0]
        position += taken or 1


def _lines_of(row: Sequence[Part]) -> list[Line]:
    return [part for part in row if isinstance(part, Line)]


def _aligned(rows: Sequence[Sequence[Line]]) -> int:
    """The number of rows, from the first, that form a table without ruling lines: three or more
    columns of short cells, mostly filled, in three or more rows; 0 if there is none."""
    columns: list[_Span] = []
    count = 0
    for row in rows:
        wider = _columns([*columns, *((line.x0, line.x1) for line in row)])
        above = rows[count - 1][0] if count else None
        if len(row) < _LEAST_COLUMNS:
            break
        if above is not None and row[0].top - above.top > _ROW_STEP * row[0].size:
            break
        placed = ({_column_of(line, wider) for line in one} for one in rows[: count + 1])
        if any(len(taken) < len(one) for taken, one in zip(placed, rows, strict=False)):
            break
        columns, count = wider, count + 1
    cells = [line for row in rows[:count] for line in row]
    is_filled = len(cells) >= _FILLED * count * len(columns)
    is_short = sum(len(cell.text.split()) for cell in cells) <= _CELL_WORDS * len(cells)
    return count if count >= _LEAST_ROWS and is_filled and is_short else 0


def _as_table(rows: Sequence[Sequence[Line]]) -> Table:
    cells = [line for row in rows for line in row]
    columns = _columns([(line.x0, line.x1) for line in cells])
    texts = []
    for row in rows:
        by_column = {_column_of(line, columns): line.text for line in row}
        texts.append([by_column.get(number, "") for number in range(len(columns))])
    return Table(texts, columns[0][0], min(line.top for line in cells), columns[-1][1],
                 max(line.bottom for line in cells))  # fmt: skip


def _columns(spans: Sequence[_Span]) -> list[_Span]:
    """The spans from left to right, with overlapping ones merged."""
    merged: list[_Span] = []
    for left, right in sorted(spans):
        if merged and left < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], right)
        else:
            merged.append((left, right))
    return merged


def _column_of(line: Line, columns: Sequence[_Span]) -> int:
    return bisect_right(columns, (line.x0, float("inf"))) - 1


def _is_beside(line: Line, other: Line) -> bool:
    return abs(line.bottom - other.bottom) < min(line.size, other.size) / 2


def _merged(row: Sequence[Line]) -> Line:
    parts = sorted(row, key=lambda line: line.x0)
    look = max(parts, key=lambda line: len(line.text))
    return replace(
        look,
        text=" ".join(line.text for line in parts),
        x0=parts[0].x0,
        x1=max(line.x1 for line in parts),
        is_bold=all(line.is_bold for line in parts),
    )


# Writing


class Writer:
    """Writes pages into a text."""

    def __init__(self, builder: TextBuilder, pages: Sequence[Page]) -> None:
        self._builder = builder
        self._pages = [
            [part for side in (page, *page.turned)
             for part in reading_order([*side.lines, *side.tables], side.width)]
            for page in pages
        ]  # fmt: skip
        self._print = _Print([part for page in self._pages for part in page])
        self._last: Line | None = None
        self._table: Table | None = None
        self._names: list[str] = []

    def write(self) -> None:
        """Write all pages, in order."""
        for parts in self._pages:
            self._builder.turn_page()
            for group in self._print.paragraphs(parts):
                if isinstance(group, Table):
                    self._write_table(group)
                else:
                    self._write_paragraph(group)

    def _write_paragraph(self, lines: Paragraph) -> None:
        text = self._print.join(lines)
        last, self._last, self._table = self._last, None, None
        if level := self._print.heading_level(lines, text):
            self._builder.heading(text, level)
        elif _CAPTION.match(text) and len(text.split()) <= _CAPTION_WORDS:
            self._builder.caption(text)
        else:
            if last is None or not self._resume(last, lines[0], text):
                self._builder.paragraph(text)
            self._last = lines[-1]

    def _resume(self, last: Line, first: Line, text: str) -> bool:
        """Continue the paragraph that a page or column ended in the middle of a sentence."""
        if not last.looks_like(first) or (first.top > last.top and first.x0 < last.x1):
            return False
        if SENTENCE_END.search(last.text) or not text[:1].islower() or _ITEM.match(text):
            return False
        drop, glue = self._print.glue(last.text, text)
        return self._builder.resume(text, glue=glue, drop=drop)

    def _write_table(self, table: Table) -> None:
        is_rest = self._table is not None and table.is_below(self._table)
        names = self._names if is_rest else []
        self._names = self._builder.table(table.rows, heads=table.heads, names=names)
        self._last, self._table = None, table


class _Print:
    """The typography of a document: the size of its running text, its headings, its margins."""

    def __init__(self, parts: Sequence[Part]) -> None:
        lines = [part for part in parts if isinstance(part, Line)]
        letters: Counter[float] = Counter()
        bold = 0
        for line in lines:
            letters[line.size] += len(line.text)
            bold += line.is_bold * len(line.text)
        self._size = max(letters, key=letters.__getitem__, default=10.0)
        self._is_mostly_bold = bold * 2 > letters.total()
        larger = {line.size for line in lines if line.size > self._size * _LARGER}
        self._sizes = sorted(larger, reverse=True)
        self._gap = _usual_gap(lines)
        self._margins = _right_margins(lines)
        found = (word for line in lines for word in _COMPOUND.findall(line.text))
        self._compounds = {word.casefold() for word in found}

    def paragraphs(self, parts: Sequence[Part]) -> Iterator[Table | Paragraph]:
        """The parts of a page, with lines grouped into paragraphs."""
        lines: Paragraph = []
        for part in parts:
            if lines and (isinstance(part, Table) or self._ends(lines, part)):
                yield lines
                lines = []
            if isinstance(part, Table):
                yield part
            else:
                lines.append(part)
        if lines:
            yield lines

    def heading_level(self, lines: Paragraph, text: str) -> int | None:
        """The heading level of a paragraph by its size and weight; None if it is not a heading."""
        first = lines[0]
        if len(text.split()) > _HEADING_WORDS or not any(map(str.isalpha, text)):
            return None
        if text.endswith((",", ";")) or (SENTENCE_END.search(text) and not text.endswith("?")):
            return None
        if first.size > self._size * _LARGER:
            return min(self._sizes.index(first.size) + 1, 6)
        if first.is_bold and not self._is_mostly_bold and not _ITEM.match(text):
            return min(len(self._sizes) + 2, 6)
        return None

    def join(self, lines: Paragraph) -> str:
        """The text of a paragraph, with hyphenated words joined and intended line breaks kept."""
        text = lines[0].text
        is_large = lines[0].size > self._size * _LARGER
        for line, after in pairwise(lines):
            drop, glue = self.glue(line.text, after.text)
            is_meant = not is_large and not _BROKEN.search(line.text)
            if glue == " " and is_meant and self._breaks(line, after):
                glue = "\n"
            text = text[: len(text) - drop] + glue + after.text
        return text

    def glue(self, text: str, after: str) -> tuple[int, str]:
        """The number of characters to drop from the end of a line, and the text to join it with."""
        broken, first = _BROKEN.search(text), _FIRST_WORD.match(after)
        if broken is None or first is None:
            return 0, " "
        word, rest = broken["word"], first.group()
        if rest in _SUSPENDED:  # "klimat- och näringslivsdepartementet"
            return 0, " "
        is_name = word.isupper() or word.isdigit() or not rest[0].islower()
        if is_name or f"{word}-{rest}".casefold() in self._compounds:  # "EU-kommissionen"
            return 0, ""
        return 1, ""

    def _ends(self, lines: Paragraph, after: Line) -> bool:
        """Whether a paragraph ends before the line `after`."""
        line = lines[-1]
        if not line.looks_like(after) or after.top < line.top:
            return True
        if after.top - line.bottom > max(self._gap * 1.5 + 1, 0.25 * line.size):
            return True
        if _ITEM.match(after.text) or _SECTION.match(after.text):
            return True
        is_indented = after.x0 > line.x0 + _INDENT and not _ITEM.match(lines[0].text)
        ends = bool(SENTENCE_END.search(line.text))
        return (is_indented and ends) or (ends and self._breaks(line, after))

    def _breaks(self, line: Line, after: Line) -> bool:
        """Whether a line break is intended: the next word would have fitted on the line."""
        word, _, _ = after.text.partition(" ")
        width = (after.x1 - after.x0) / max(len(after.text), 1) * (len(word) + 1)
        return line.x1 + width < self._margins[_margin(line)]


def _usual_gap(lines: Sequence[Line]) -> float:
    """The white space between lines of a paragraph: the most common one between any lines."""
    gaps = Counter(
        round(max(after.top - line.bottom, -1.0), 0)
        for line, after in pairwise(lines)
        if line.looks_like(after) and 0 < after.top - line.top < 3 * line.size
    )
    return max(gaps, key=gaps.__getitem__, default=2.0)


def _right_margins(lines: Sequence[Line]) -> dict[int, float]:
    """For each left margin, over all pages, the right end of the lines that begin there."""
    ends: dict[int, list[float]] = {}
    for line in lines:
        for near in (-1, 0, 1):
            ends.setdefault(_margin(line) + near, []).append(line.x1)
    return {margin: sorted(found)[int(len(found) * 0.9)] for margin, found in ends.items()}


def _margin(line: Line) -> int:
    return round(line.x0 / _SAME_MARGIN)
