"""Excel workbooks, read by openpyxl: the values of the cells, formatted much as in Excel."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from embeddings.errors import DocumentError
from embeddings.reading.formats.archives import DAMAGED, as_transitional, open_archive
from embeddings.reading.formats.sheets import write_sheet
from embeddings.reading.formats.tables import Cell, spread
from embeddings.reading.formats.text_builder import TextBuilder
from embeddings.reading.origin import day, language, line, title
from embeddings.reading.progress import tell_alive
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_PROGRAM = frozenset({"openpyxl", "xlsxwriter"})
_WITHOUT_VALUE = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)(?:<v ?/>|<v></v>)?</(?:\w+:)?c>"
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell ref=\"([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})\"")
_MOST_MERGED, _MOST_OVER = 2000, 64
_THOUSANDS = re.compile(r"#[,\s\u00a0]##0")
_DECIMALS = re.compile(r"0\.(0+)")
_UNIT = re.compile(r'"\s*([^"\d#]{1,12}?)\s*"|\[\$([^\]\-]{1,6})')


def read(name: str, content: bytes) -> FileContents:
    """Read a workbook: each visible sheet, one line per row, with the names of its columns."""
    content = as_transitional(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError,
            etree.XMLSyntaxError, zipfile.BadZipFile, SyntaxError) as error:  # fmt: skip
        raise DocumentError(DAMAGED) from error
    builder, damaged = TextBuilder(), list[str]()
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            tell_alive()
            sheet.reset_dimensions()  # the stored ones are often wrong
            rows = spread(_rows(sheet, _merged(content, sheet), damaged))
            write_sheet(builder, sheet.title, rows)
    if builder.is_empty:
        raise DocumentError(DAMAGED if damaged else "it has no text; nothing to index")
    core = book.properties
    author = None if core.creator in _PROGRAM else line(core.creator)
    metadata = Metadata(title=title(core.title), language=language(core.language))
    hints = Metadata(publisher=author, published=day(core.modified or core.created))
    return FileContents(
        (builder.source(name, metadata, hints),), (*_notes(content, hidden), *damaged)
    )


def _notes(content: bytes, hidden: list[str]) -> Iterator[str]:
    if hidden:
        yield f"hidden sheets are not read ({', '.join(hidden)}); show them, or save them apart"
    with open_archive(content) as archive:
        parts = [one for one in archive.namelist() if one.startswith("xl/worksheets/sheet")]
        missing = sum(len(_WITHOUT_VALUE.findall(archive.read(part))) for part in parts)
    if missing:
        subject = f"{missing} cells hold" if missing > 1 else "1 cell holds"
        yield f"{subject} a formula and not its value; open it in a spreadsheet program and save it"


def _merged(content: bytes, sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """The number of columns and rows spanned by each merged cell, by its row and column, from 1;
    (0, 0) for the cells it covers."""
    over: dict[tuple[int, int], tuple[int, int]] = {}
    with open_archive(content) as archive:
        ranges = _MERGED.findall(archive.read(sheet._worksheet_path))
    for one in ranges[:_MOST_MERGED]:
        left, top, right, bottom = range_boundaries(one.decode())
        width, height = min(right - left, _MOST_OVER) + 1, min(bottom - top, _MOST_OVER) + 1
        covered = product(range(top, top + height), range(left, left + width))
        over.update(dict.fromkeys(covered, (0, 0)))
        over[top, left] = width, height
    return over


def _rows(
    sheet: Any, over: dict[tuple[int, int], tuple[int, int]], damaged: list[str]
) -> Iterator[list[Cell]]:
    """The rows of a sheet, up to one that is damaged, which is noted."""
    number = 0
    try:
        for number, row in enumerate(sheet.iter_rows(), 1):
            spans = (over.get((number, column), (1, 1)) for column in range(1, len(row) + 1))
            yield [
                (_shown(cell.value, getattr(cell, "number_format", "") or ""), width, height)
                for cell, (width, height) in zip(row, spans, strict=True)
                if width
            ]
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
            etree.XMLSyntaxError):  # fmt: skip
        damaged.append(f"{sheet.title} is read up to row {number}, where it is damaged; save it "
                       "again")  # fmt: skip


def _shown(value: object, form: str) -> str:
    """A value as displayed: dates in ISO 8601, numbers with a decimal comma and their unit."""
    if value is None or (isinstance(value, str) and value.startswith("#") and value.isupper()):
        return ""  # "#REF!" is an error
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" + (f" {value:%H.%M}" if value.time() != time() else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H.%M}"
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, int | float):
        return _number(value, form.partition(";")[0])
    return str(value)


def _number(value: float, form: str) -> str:
    decimals = _DECIMALS.search(form)
    is_percent = "%" in form
    if is_percent:
        value *= 100
    if form in {"", "General", "@"} or (is_percent and not decimals):
        written = f"{value:.10g}" if abs(value) < 1e15 else f"{value:.0f}"
    else:
        written = (
            f"{value:.{len(decimals[1]) if decimals else 0}f}" if "0" in form else f"{value:g}"
        )
    if _THOUSANDS.search(form):
        whole, point, rest = written.partition(".")
        written = f"{int(whole):,}".replace(",", " ") + point + rest
    unit = _UNIT.search(form)
    name = (unit[1] or unit[2] or "").strip() if unit else ""
    return " ".join(filter(None, (written.replace(".", ","), "%" if is_percent else name)))
