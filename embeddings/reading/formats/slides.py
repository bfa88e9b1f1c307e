"""PowerPoint slides, read by python-pptx: one page per slide, with lists, tables and charts."""

import io
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import pptx
from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError, PythonPptxError

from embeddings.errors import DocumentError
from embeddings.reading.formats.archives import DAMAGED, as_transitional
from embeddings.reading.formats.tables import Cell, spread
from embeddings.reading.formats.text_builder import TextBuilder, clean
from embeddings.reading.origin import day, language, line, title
from embeddings.reading.progress import tell_alive
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_TITLES = frozenset({PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE})
_FURNITURE = frozenset({PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.DATE})
_BULLETED = frozenset({PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY})
_BULLETS = frozenset({f"{_A}buChar", f"{_A}buAutoNum", f"{_A}buBlip"})
_DEEPEST = 10  # nested groups


def read(name: str, content: bytes) -> FileContents:
    """Read a presentation; speaker notes follow each slide, footers are notices."""
    content = as_transitional(content)
    try:
        deck = pptx.Presentation(io.BytesIO(content))
    except (PackageNotFoundError, PythonPptxError, KeyError, ValueError, AttributeError,
            etree.XMLSyntaxError, zipfile.BadZipFile) as error:  # fmt: skip
        raise DocumentError(DAMAGED) from error
    writer = _Writer()
    for slide in deck.slides:
        tell_alive()
        writer.slide(slide)
    if writer.builder.is_empty:
        raise DocumentError("it has no text; nothing to index")
    core = deck.core_properties
    metadata = Metadata(title=title(core.title), language=language(core.language))
    hints = Metadata(publisher=line(core.author), published=day(core.modified or core.created))
    return FileContents((writer.builder.source(name, metadata, hints),), tuple(writer.notes))


class _Writer:
    """Adds slides to a text, and records what could not be read."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.notes: list[str] = []
        self._number = 0
        self._edges: set[str] = set()

    def slide(self, slide: Any) -> None:
        """Add a slide: its title, then the rest from top to bottom, then the speaker notes."""
        self._number += 1
        self.builder.turn_page()
        shapes = list(_shapes(slide.shapes))
        for shape in shapes:
            if _placeholder(shape) in _TITLES:
                self.builder.heading(shape.text_frame.text, 1 if self._number == 1 else 2)
        for shape in sorted(shapes, key=_place):
            if _placeholder(shape) not in _TITLES:
                self._shape(shape)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            self.builder.running(slide.notes_slide.notes_text_frame.text)

    def _shape(self, shape: Any) -> None:
        kind = _placeholder(shape)
        if getattr(shape, "has_table", False):
            rows = spread(list(_cells(row)) for row in shape.table.rows)
            self.builder.table(rows, heads=1 if shape.table.first_row else None)
        elif getattr(shape, "has_chart", False):
            self._chart(shape.chart)
        elif kind is PP_PLACEHOLDER.SLIDE_NUMBER:
            return
        elif kind in _FURNITURE:
            text = clean(shape.text_frame.text)
            if text not in self._edges:
                self._edges.add(text)
                self.builder.notice(text)
        elif getattr(shape, "has_text_frame", False):
            self._text(shape.text_frame, is_bulleted=kind in _BULLETED)
        elif next(shape._element.iter(f"{{{_DIAGRAM}}}relIds"), None) is not None:
            self.notes.append(f"page {self._number}: a diagram (SmartArt) is not read")

    def _text(self, frame: Any, *, is_bulleted: bool) -> None:
        items = []
        for paragraph in frame.paragraphs:
            text = paragraph.text.replace("\v", "\n")
            properties = paragraph._p.find(f"{_A}pPr")
            own = set() if properties is None else {child.tag for child in properties}
            is_item = is_bulleted or paragraph.level > 0 or not own.isdisjoint(_BULLETS)
            if is_item and f"{_A}buNone" not in own:
                items.append((paragraph.level, "", text))
                continue
            self.builder.bullets(items)
            items = []
            self.builder.paragraph(text)
        if len(items) == 1:
            self.builder.paragraph(items[0][2])  # text in the placeholder of a list
        else:
            self.builder.bullets(items)

    def _chart(self, chart: Any) -> None:
        if chart.has_title and chart.chart_title.has_text_frame:
            self.builder.caption(chart.chart_title.text_frame.text)
        for plot in chart.plots:
            columns = [["", *map(str, plot.categories)]]
            for series in plot.series:
                columns.append([str(series.name), *map(_figure, series.values)])
            self.builder.table(list(zip_longest(*columns, fillvalue="")), heads=1)


def _shapes(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """The shapes, including those in groups."""
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEPEST:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _place(shape: Any) -> tuple[int, int]:
    return (shape.top or 0, shape.left or 0)


def _placeholder(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}".replace(".", ",")


def _cells(row: Any) -> Iterator[Cell]:
    """The cells of a row, without those covered by another."""
    for cell in row.cells:
        if not cell.is_spanned:
            text = clean(cell.text.replace("\v", " "))
            yield text, cell.span_width, cell.span_height
