"""PDF: pages, their lines by pdfminer's layout analysis, tables by pdfplumber, scans by OCR.

A PDF contains the positions of letters, not their structure. Lines are grouped into paragraphs by
distance, size and weight (`layout`), and what repeats at the edges of pages is furniture
(`furniture`).
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import pdfplumber
from pdfminer.layout import LAParams, LTChar, LTContainer, LTTextLineHorizontal
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdftypes import resolve1
from pdfplumber.page import Page as PlumberPage
from pdfplumber.utils.exceptions import PdfminerException

from embeddings.errors import DocumentError
from embeddings.reading.formats import ocr, tesseract
from embeddings.reading.formats.forms import Filled, filled_in
from embeddings.reading.formats.furniture import take_furniture
from embeddings.reading.formats.glyphs import mend_letters
from embeddings.reading.formats.layout import Line, Page, Table, Writer
from embeddings.reading.formats.text_builder import TextBuilder, clean
from embeddings.reading.origin import language, line, title, written_day
from embeddings.reading.progress import tell_alive
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

MAX_PAGES = 3000
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|,b\b", re.IGNORECASE)
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_UNMAPPED_BULLET = re.compile(r"^\s*\(cid:\d+\)\s*")
_SOFT_END = re.compile("\u00ad\\s*$")
_FEW_LETTERS = 20
_LAYOUT = LAParams(detect_vertical=False, boxes_flow=None)
_VALUE_SIZE = 10.0  # default size of form values


def read(name: str, content: bytes) -> FileContents:
    """Read a PDF as a document with pages; scanned pages are read by OCR if it is installed."""
    pages, info, notes = _open(content)
    notes += _read_scans(content, pages)
    furniture = [*take_furniture(pages), *_take_repeated(pages)]
    builder = TextBuilder()
    for text in furniture:
        builder.notice(text)
    Writer(builder, pages).write()
    if builder.is_empty:
        why = "OCR found no text" if any(page.is_scan for page in pages) else "it has no text"
        raise DocumentError(f"{why}; nothing to index")
    return FileContents((builder.source(name, *_metadata(info, furniture)),), tuple(notes))


def _read_scans(content: bytes, pages: list[Page]) -> list[str]:
    """Fill in the lines of the scanned pages, and report those that could not be read."""
    scanned = [number for number, page in enumerate(pages, 1) if page.is_scan]
    if scanned and not tesseract.is_available():
        if len(scanned) == sum(not page.is_blank for page in pages):
            count = f"{len(scanned)} page{'s' * (len(scanned) > 1)}"
            raise DocumentError(f"a scan without text ({count}); {tesseract.REMEDY}")
        return [f"{_named(scanned)}: scanned and not read; {tesseract.REMEDY}"]
    empty = []
    for number, lines in ocr.read_pages(content, scanned[: ocr.MAX_PAGES]):
        pages[number - 1].lines = lines
        if not lines:
            empty.append(number)
    notes = [f"{_named(empty)}: scanned, and OCR found no text"] if empty else []
    if len(scanned) > ocr.MAX_PAGES:
        notes.append(f"only the first {ocr.MAX_PAGES} of its {len(scanned)} scanned pages are read")
    return notes


def _take_repeated(pages: list[Page]) -> list[str]:
    """Remove what is printed sideways on more than one page, such as a stamp of a signature, and
    return each text once."""
    sideways = [{line.text for side in page.turned for line in side.lines} for page in pages]
    counts = Counter(text for texts in sideways for text in texts)
    repeated = [text for text, count in counts.items() if count > 1]
    for page in pages:
        for side in page.turned:
            side.lines = [line for line in side.lines if line.text not in repeated]
    return repeated


def _open(content: bytes) -> tuple[list[Page], dict[str, Any], list[str]]:
    """The pages, the document's metadata, and a line for each thing that could not be read."""
    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise DocumentError(f"more than {MAX_PAGES} pages; divide it")
            catalog = pdf.doc.catalog if isinstance(pdf.doc.catalog, dict) else {}
            pages = list(map(_page, pdf.pages))
            info = {**pdf.metadata, "Lang": catalog.get("Lang")}
            return pages, info, [*_unread(catalog), *_unmapped(pages)]
    except PdfminerException as error:
        if isinstance(error.args[0] if error.args else None, PDFPasswordIncorrect):
            raise DocumentError("encrypted; save it without a password") from error
        raise DocumentError("damaged, or no PDF; save it again") from error


def _unread(catalog: dict[str, Any]) -> Iterator[str]:
    """The contents of a PDF outside its pages."""
    form, names = resolve1(catalog.get("AcroForm")), resolve1(catalog.get("Names"))
    if isinstance(form, dict) and "XFA" in form and resolve1(catalog.get("NeedsRendering")):
        yield "its form changes as it is filled in (XFA), and is not read; print it to a PDF"
    attached = resolve1(names.get("EmbeddedFiles")) if isinstance(names, dict) else None
    if isinstance(attached, dict) and (resolve1(attached.get("Names")) or "Kids" in attached):
        yield "files are attached to it, and are not read; save them beside it"


def _unmapped(pages: list[Page]) -> Iterator[str]:
    """The pages with letters that cannot be mapped to text, except scans."""
    numbers = [
        number for number, page in enumerate(pages, 1)
        if not page.is_scan and any(_UNMAPPED.search(line.text) for line in page.lines)
    ]  # fmt: skip
    if numbers:
        yield f"{_named(numbers)}: signs whose font does not say what they are, left as (cid:…)"


def _page(page: PlumberPage) -> Page:
    tell_alive()
    read, sideways = _upright(page)
    letters = "".join(line.text for line in read.lines)
    unmapped = len(_UNMAPPED.findall(letters))
    turned = []
    for degrees, count in sideways.items():
        if count >= _FEW_LETTERS:
            side, _ = _upright(_turned(page, degrees))
            turned.append(side)
    has_picture = bool(page.images)
    page.close()
    is_unread = sum(map(str.isalpha, letters)) < _FEW_LETTERS or unmapped > len(letters) / 30
    has_text = bool(read.lines or read.tables or turned)
    is_scan = is_unread and not read.tables and not turned and (has_picture or unmapped > 0)
    return replace(read, is_scan=is_scan, is_blank=not has_text and not has_picture, turned=turned)


def _upright(page: PlumberPage) -> tuple[Page, Counter[int]]:
    """The upright lines and tables of a page, and the number of letters turned by 90 and by 270
    degrees."""
    layout = page.layout
    mend_letters(layout)
    height = float(page.height)
    filled = list(filled_in(page.page_obj.annots)) if not page.rotation else []
    values = [line for one in filled for line in _value_lines(one, height)]
    found = page.find_tables()  # after the letters are repaired
    sideways = Counter(
        90 if letter.matrix[1] > 0 else 270
        for letter in layout
        if isinstance(letter, LTChar) and not letter.upright and letter.get_text().strip()
    )
    upright = [one for one in found if _is_upright(one, layout, height)]
    layout.analyze(_LAYOUT)
    tables = [table for one in upright if (table := _table(one, values)) is not None]
    lines = [
        line for line in [*_lines(layout, height), *values]
        if not any(table.holds(line) for table in tables)
    ]  # fmt: skip
    return Page(float(page.width), height, lines, tables), sideways


def _turned(page: PlumberPage, degrees: int) -> PlumberPage:
    """The page turned clockwise, so that text printed sideways becomes upright."""
    inner = copy(page.page_obj)
    inner.rotate = (page.rotation + degrees) % 360
    inner.attrs = {**inner.attrs, "Rotate": inner.rotate}
    return PlumberPage(page.pdf, inner, page.page_number)


def _value_lines(one: Filled, height: float) -> Iterator[Line]:
    """The lines of a form value, from the top of its box."""
    texts = [text for text in map(clean, one.text.split("\n")) if text]
    step = min((one.y1 - one.y0) / max(len(texts), 1), 2 * _VALUE_SIZE)
    size = min(_VALUE_SIZE, step)
    # A single line is vertically centred in its box, beside its label.
    top = (one.y0 + one.y1 + size) / 2 if len(texts) == 1 else one.y1
    for number, text in enumerate(texts):
        y = height - top + number * step
        yield Line(text, one.x0, y, one.x1, y + size, size)


def _lines(layout: LTContainer[Any], height: float) -> Iterator[Line]:
    """The lines of a page, with positions from its top left corner, in points."""
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
    """The text of a line: a broken word keeps its hyphen, also a soft one, and an unmapped sign at
    the start of the line becomes a bullet."""
    text = _UNMAPPED_BULLET.sub("• ", _SOFT_END.sub("-", written))
    return clean(text).replace("\n", " ")


def _table(found: Any, values: Sequence[Line]) -> Table | None:
    """A table with rows and columns, including filled-in values; None for a frame around text."""
    rows = _with_covered(found, [[clean(cell or "").replace("\n", " ") for cell in row]
                                 for row in found.extract()])  # fmt: skip
    for number, row in enumerate(found.rows[: len(rows)]):
        for column, box in enumerate(row.cells[: len(rows[number])]):
            inside = [value.text for value in values if box and _is_within(value, box)]
            rows[number][column] = " ".join(filter(None, [rows[number][column], *inside]))
    filled = [row for row in rows if sum(map(bool, row)) > 1]
    if len(filled) < 2 or len(filled) * 2 < len(rows):
        return None
    x0, top, x1, bottom = found.bbox
    first = found.rows[0].cells
    is_filled = any(box and _is_within(value, box) for value in values for box in first)
    return Table(rows, x0, top, x1, bottom, heads=0 if is_filled else None)


def _is_upright(found: Any, layout: LTContainer[Any], height: float) -> bool:
    """Whether most letters in a table are upright on the page, or there are none."""
    x0, top, x1, bottom = found.bbox
    inside = [letter.upright for letter in layout if isinstance(letter, LTChar)
              and x0 <= letter.x0 <= x1 and top <= height - letter.y1 <= bottom]  # fmt: skip
    return sum(inside) * 2 >= len(inside)


def _with_covered(found: Any, rows: list[list[str]]) -> list[list[str]]:
    """The rows of a table, with the text of a cell that spans columns or rows in each of them."""
    boxes = [list(row.cells) for row in found.rows]
    lefts = [min((box[0] for box in column if box), default=None)
             for column in zip_longest(*boxes)]  # fmt: skip
    text_of = {box: text for row, texts in zip(boxes, rows, strict=False)
            for box, text in zip(row, texts, strict=False) if box}  # fmt: skip
    wide = [box for box in text_of if text_of[box]]
    for row, texts in zip(boxes, rows, strict=False):
        top = min((box[1] for box in row if box), default=None)
        for number, (box, left) in enumerate(zip(row, lefts, strict=False)):
            if box is None and top is not None and left is not None and number < len(texts):
                over = (one for one in wide if one[0] <= left + 1 < one[2]
                        and one[1] <= top + 1 < one[3])  # fmt: skip
                texts[number] = text_of.get(next(over, None), "")
    return rows


def _is_within(value: Line, box: Sequence[float]) -> bool:
    x0, top, x1, bottom = box
    return x0 <= (value.x0 + value.x1) / 2 <= x1 and top <= (value.top + value.bottom) / 2 <= bottom


def _metadata(info: dict[str, Any], furniture: list[str]) -> tuple[Metadata, Metadata]:
    """The file's own metadata: reliable values, and hints from it and the page headers."""
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
