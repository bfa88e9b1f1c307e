"""PDF: pages, their lines by pdfminer's layout analysis, tables by pdfplumber, scans by OCR.

A PDF says where letters stand, not what they are. Lines become paragraphs by their distance, size
and weight (`layout`), and what repeats at the edge of the pages is furniture (`furniture`).
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar, LTContainer, LTTextLineHorizontal
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.page import Page as PlumberPage
from pdfplumber.utils.exceptions import PdfminerException

from embeddings.errors import DocumentError
from embeddings.formats import ocr, tesseract
from embeddings.formats.draft import Draft, clean
from embeddings.formats.furniture import take_furniture
from embeddings.formats.layout import Line, Page, Table, Writer
from embeddings.formats.origin import language, line, title, written_day
from embeddings.formats.progress import tell_alive
from embeddings.formats.reading import Reading
from embeddings.types import Metadata

MAX_PAGES = 3000
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|,b\b", re.IGNORECASE)
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_UNMAPPED_BULLET = re.compile(r"^\s*\(cid:\d+\)\s*")
_SOFT_END = re.compile("\u00ad\\s*$")
_FEW_LETTERS = 20
_LAYOUT: dict[str, Any] = {"detect_vertical": False, "boxes_flow": None}


def read(name: str, content: bytes) -> Reading:
    """A PDF as a document with pages; pages that are scans are read by OCR where it is there."""
    pages, info = _open(content)
    notes = _read_scans(content, pages)
    furniture = take_furniture(pages)
    draft = Draft()
    for text in furniture:
        draft.notice(text)
    Writer(draft, pages).write()
    if draft.is_empty:
        why = "OCR found no text" if any(page.is_scan for page in pages) else "it has no text"
        raise DocumentError(f"{why}; nothing to index")
    return Reading((draft.source(name, *_said(info, furniture)),), notes)


def _read_scans(content: bytes, pages: list[Page]) -> tuple[str, ...]:
    """Fill in the lines of the pages that are pictures, and say which could not be read."""
    scanned = [number for number, page in enumerate(pages, 1) if page.is_scan]
    if scanned and not tesseract.is_available():
        if len(scanned) == sum(not page.is_blank for page in pages):
            count = f"{len(scanned)} page{'s' * (len(scanned) > 1)}"
            raise DocumentError(f"a scan without text ({count}); {tesseract.REMEDY}")
        return (f"{_named(scanned)}: scanned and not read; {tesseract.REMEDY}",)
    for number, lines in ocr.read_pages(content, scanned[: ocr.MAX_PAGES]):
        pages[number - 1].lines = lines
    if len(scanned) > ocr.MAX_PAGES:
        return (f"only the first {ocr.MAX_PAGES} of its {len(scanned)} scanned pages are read",)
    return ()


def _open(content: bytes) -> tuple[list[Page], dict[str, Any]]:
    try:
        with pdfplumber.open(io.BytesIO(content), laparams=_LAYOUT) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise DocumentError(f"more than {MAX_PAGES} pages; divide it")
            catalog = pdf.doc.catalog if isinstance(pdf.doc.catalog, dict) else {}
            return list(map(_page, pdf.pages)), {**pdf.metadata, "Lang": catalog.get("Lang")}
    except PdfminerException as error:
        if isinstance(error.args[0] if error.args else None, PDFPasswordIncorrect):
            raise DocumentError("encrypted; save it without a password") from error
        raise DocumentError("damaged, or no PDF; save it anew") from error


def _page(page: PlumberPage) -> Page:
    tell_alive()
    tables = [table for table in map(_table, page.find_tables()) if table is not None]
    lines = [
        line for line in _lines(page.layout, float(page.height))
        if not any(table.holds(line) for table in tables)
    ]  # fmt: skip
    has_picture = bool(page.images)
    page.close()
    letters = "".join(line.text for line in lines)
    unmapped = len(_UNMAPPED.findall(letters))
    is_unread = sum(map(str.isalpha, letters)) < _FEW_LETTERS or unmapped > len(letters) / 30
    has_text = bool(lines or tables)
    is_scan = is_unread and not tables and (has_picture or unmapped > 0)
    return Page(float(page.width), float(page.height), lines, tables, is_scan,
                is_blank=not has_text and not has_picture)  # fmt: skip


def _lines(layout: LTContainer[Any], height: float) -> Iterator[Line]:
    """The lines of a page, with their place from its top left corner, in points."""
    for part in layout:
        if isinstance(part, LTTextLineHorizontal):
            letters = [letter for letter in part if isinstance(letter, LTChar)]
            text = _line_text(part.get_text())
            if text and letters and sum(letter.upright for letter in letters) * 2 > len(letters):
                sizes = sorted(letter.size for letter in letters)
                bold = sum(bool(_BOLD.search(letter.fontname)) for letter in letters)
                yield Line(text, part.x0, height - part.y1, part.x1, height - part.y0,
                           round(sizes[len(sizes) // 2], 1), bold * 2 > len(letters))  # fmt: skip
        elif isinstance(part, LTContainer):
            yield from _lines(part, height)


def _line_text(written: str) -> str:
    """The text of a line: a broken word keeps its hyphen, also a soft one, and a sign that the
    font has no character for is a bullet where it begins the line."""
    text = _UNMAPPED_BULLET.sub("• ", _SOFT_END.sub("-", written))
    return clean(text).replace("\n", " ")


def _table(found: Any) -> Table | None:
    """A table with rows and columns; a frame around text is none."""
    rows = [[clean(cell or "").replace("\n", " ") for cell in row] for row in found.extract()]
    filled = [row for row in rows if sum(map(bool, row)) > 1]
    if len(filled) < 2 or len(filled) * 2 < len(rows):
        return None
    x0, top, x1, bottom = found.bbox
    return Table(rows, x0, top, x1, bottom)


def _said(info: dict[str, Any], furniture: list[str]) -> tuple[Metadata, Metadata]:
    """What the file says of itself for sure, and what it and the head of its pages hint at."""
    days = {found for text in furniture if (found := written_day(text))}
    made = days.pop() if len(days) == 1 else written_day(_text(info.get("CreationDate")))
    metadata = Metadata(
        title=title(_text(info.get("Title"))), language=language(_text(info["Lang"]))
    )
    author = line(_text(info.get("Author")))
    known = None if author is None or title(author) is None else author
    return metadata, Metadata(publisher=known, published=made)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")


def _named(pages: list[int]) -> str:
    shown = ", ".join(map(str, pages[:10]))
    return f"page{'s' * (len(pages) > 1)} {shown}{' and more' if len(pages) > 10 else ''}"
