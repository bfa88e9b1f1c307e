"""The furniture of printed pages: headers, footers and page numbers."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile

from embeddings.reading.formats.layout import Line, Page

_EDGE = 0.13  # of the page height, for each of header and footer
_SHARE = 0.4  # of the pages; left and right pages may have different headers
_NEAR = 6.0  # points; tolerance for the height of repeated lines
_NUMBER = re.compile(
    r"\b(?:sida|sidan|sidnr|sid|s\.|page)\s*:?\s*\d+(?:\s*(?:\(\d+\)|av\s+\d+|/\s*\d+|of\s+\d+))?"
    r"|\b\d{1,4}\s*(?:\(\d{1,4}\)|av\s+\d{1,4}|of\s+\d{1,4}|/\s*\d{1,4})(?!\d)"
    r"|^[-–\s]*\d{1,4}[-–\s]*$",
    re.IGNORECASE,
)

_Place = tuple[str, int]


def take_furniture(pages: Sequence[Page]) -> list[str]:
    """Remove the lines that repeat at the edges of the pages, and return each once.

    A line is furniture if it is on enough pages and only such lines are outside it.
    """
    counts = Counter(place for page in pages for place in _places(chain(*_edges(page))))
    enough = max(2, len(pages) * _SHARE)
    repeated = {place for place, count in counts.items() if count >= enough}
    found: dict[str, str] = {}
    for page in pages:
        taken = [line for lines in _edges(page) for line in _outermost(lines, repeated)]
        for line in taken:
            found.setdefault(_key(line), line.text)
        page.lines = [line for line in page.lines if line not in taken]
    return list(found.values())


def _outermost(lines: Sequence[Line], repeated: set[_Place]) -> Iterator[Line]:
    return takewhile(lambda line: _key(line) == "#" or _places([line]) & repeated, lines)


def _places(lines: Iterable[Line]) -> set[_Place]:
    """The keys of the lines with their heights, each rounded to the two nearest steps."""
    return {
        (_key(line), step)
        for line in lines
        for step in (math.floor(line.top / _NEAR), math.floor(line.top / _NEAR + 0.5))
    }


def _edges(page: Page) -> tuple[list[Line], list[Line]]:
    """The lines in the header and in the footer of a page, the outermost first."""
    lines = sorted(page.lines, key=lambda line: line.top)
    top = [line for line in lines if line.bottom < page.height * _EDGE]
    bottom = [line for line in lines if line.top > page.height * (1 - _EDGE)]
    return top, bottom[::-1]


def _key(line: Line) -> str:
    """The text of a line for comparison between pages, with page numbers replaced by #."""
    return " ".join(_NUMBER.sub("#", line.text).casefold().split())
