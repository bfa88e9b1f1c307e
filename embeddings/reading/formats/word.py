"""Word documents: opened by python-docx, and parsed from their XML in text order.

python-docx omits the text of content controls, text boxes and insertions that are not yet accepted,
all of which a reader sees; so the paragraphs are traversed here.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree

from embeddings.errors import DocumentError
from embeddings.reading.formats.archives import DAMAGED, as_transitional, open_archive, read_xml
from embeddings.reading.formats.numbering import OFF, Numbering, W
from embeddings.reading.formats.text_builder import Item, TextBuilder, clean, fold
from embeddings.reading.origin import day, language, line, title
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_COMPANY = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}Company"
_UNREAD = frozenset({f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}pPr", f"{_MC}Fallback",
                     f"{W}txbxContent"})  # fmt: skip
_LETTERS = frozenset({f"{W}t", f"{_MATH}t"})
_SIGNS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_THROUGH = frozenset({f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}moveTo"})
# Style names in English and, from programs with localized names, in Swedish.
_HEADING = re.compile(r"(?:heading|rubrik)\s*(\d)", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|titel|dokumenttitel|huvudrubrik)", re.IGNORECASE)
_CAPTION = re.compile(r"(?:caption|beskrivning|bildtext|tabellrubrik)", re.IGNORECASE)
_LIST = re.compile(r"(?:list (?:bullet|number)|punktlista|numrerad lista)", re.IGNORECASE)
_BODY_LEVEL = 9  # outline level, which Word counts from 0
_TEMPLATE_MADE = datetime(2013, 12, 23, 23, 15)
_TICKED, _NOT_TICKED = "☒", "☐"
# Characters of symbol fonts, by the last two hexadecimal digits of their code.
_SYMBOLS = {"FE": "☒", "FD": "☒", "A8": "☐", "6F": "☐", "71": "☐", "FC": "✓", "FB": "✗",
            "52": "☑", "B7": "•", "A7": "•", "E0": "→", "AE": "→", "A3": "≤", "B3": "≥", "B0": "°",
            "B1": "±", "D7": "·"}  # fmt: skip


def read(name: str, content: bytes) -> FileContents:
    """Read a Word document; headers and footers are notices, footnotes come last."""
    content = as_transitional(content)
    with open_archive(content) as archive:
        company = _company(archive)
    try:
        document = docx.Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError, EOFError) as error:
        raise DocumentError(DAMAGED) from error
    except zipfile.BadZipFile as error:
        raise DocumentError(DAMAGED) from error
    writer = _Writer(document)
    writer.write()
    metadata, hints = _metadata(document)
    return FileContents(
        (
            writer.builder.source(
                name, metadata, replace(hints, publisher=company or hints.publisher)
            ),
        )
    )


def _metadata(document: WordDocument) -> tuple[Metadata, Metadata]:
    """The document's own metadata: reliable values, and hints."""
    core = document.core_properties
    made = core.created
    if made is not None and made.replace(tzinfo=None) == _TEMPLATE_MADE:
        made = None
    author = None if core.author == "python-docx" else line(core.author)
    metadata = Metadata(title=title(core.title), language=language(core.language))
    return metadata, Metadata(publisher=author, published=day(made))


def _company(archive: zipfile.ZipFile) -> str | None:
    root = read_xml(archive, "docProps/app.xml")
    return None if root is None else line(root.findtext(_COMPANY))


class _Writer:
    def __init__(self, document: WordDocument) -> None:
        self.builder = TextBuilder()
        self._document = document
        self._styles = _Styles(document)
        self._items: list[Item] = []

    def write(self) -> None:
        """Write everything that the document displays."""
        for text in self._edges():
            self.builder.notice(text)
        self._blocks(self._document.element.body)
        self._end_list()
        for text in _footnotes(self._document):
            self.builder.paragraph(text)

    def _edges(self) -> Iterator[str]:
        """The distinct texts of the headers and footers."""
        texts: dict[str, None] = {}
        for section in self._document.sections:
            for edge in (
                section.header,
                section.first_page_header,
                section.even_page_header,
                section.footer,
                section.first_page_footer,
                section.even_page_footer,
            ):
                if not edge.is_linked_to_previous:
                    lines = (_text(part) for part in edge._element.iter(f"{W}p"))
                    texts["; ".join(filter(None, map(clean, lines)))] = None
        yield from filter(None, texts)

    def _blocks(self, parent: etree._Element) -> None:
        for element in parent:
            if element.tag == f"{W}p":
                self._paragraph(element)
            elif element.tag == f"{W}tbl":
                self._end_list()
                self._table(element)
            elif element.tag in _THROUGH:
                self._blocks(element)

    def _paragraph(self, paragraph: etree._Element) -> None:
        text = clean(_text(paragraph))
        look = self._styles.look(paragraph)
        if look.list_level is not None and look.heading is None:
            if text:
                self._items.append((look.list_level, look.number, text))
        elif text:
            self._end_list()
            words = f"{look.number} {text}".strip()
            if look.heading is not None:
                self.builder.heading(words, look.heading)
            elif look.is_caption:
                self.builder.caption(words)
            else:
                self.builder.paragraph(words)
        for box in paragraph.iter(f"{W}txbxContent"):
            if not any(above.tag == f"{_MC}Fallback" for above in box.iterancestors()):
                self._blocks(box)

    def _end_list(self) -> None:
        self.builder.bullets(self._items)
        self._items = []

    def _table(self, table: etree._Element) -> None:
        rows = list(_through(table, f"{W}tr"))
        cells = [[_Cell(cell) for cell in _through(row, f"{W}tc")] for row in rows]
        if max(map(len, cells), default=0) < 2:  # a frame around text
            for row in cells:
                for cell in row:
                    self._blocks(cell.element)
            self._end_list()
            return
        heads = 0
        while heads < len(rows) - 1 and _is_head(rows[heads], cells[heads]):
            heads += 1
        self.builder.table(_grid(cells), heads=heads or None)


class _Cell:
    """A cell: its text, the columns it spans, and whether it continues from the row above."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.text = clean(" ".join(_text(part) for part in element.iter(f"{W}p")))
        span = _value(element.find(f"{W}tcPr/{W}gridSpan"))
        self.span = min(int(span), 64) if span and span.isdigit() else 1
        merge = element.find(f"{W}tcPr/{W}vMerge")
        self.goes_on = merge is not None and merge.get(f"{W}val") in {None, "continue"}


def _grid(rows: list[list[_Cell]]) -> list[list[str]]:
    """The texts by row and column; a cell that spans rows is repeated in each."""
    grid: list[list[str]] = []
    for row in rows:
        texts: list[str] = []
        for cell in row:
            above = grid[-1] if grid else []
            is_merged = cell.goes_on and len(texts) < len(above)
            texts += [above[len(texts)] if is_merged else cell.text] * cell.span
        grid.append(texts)
    return grid


def _is_head(row: etree._Element, cells: list[_Cell]) -> bool:
    """Whether a row is a header: marked to be repeated on every page, or all in bold."""
    if row.find(f"{W}trPr/{W}tblHeader") is not None:
        return True
    runs = [run for cell in cells for run in cell.element.iter(f"{W}r") if _text(run).strip()]
    return bool(runs) and all(_is_bold(run) for run in runs)


def _is_bold(run: etree._Element) -> bool:
    bold = run.find(f"{W}rPr/{W}b")
    return bold is not None and bold.get(f"{W}val") not in OFF


class _Look:
    """The role of a paragraph: heading level, list level, number, or caption."""

    def __init__(self) -> None:
        self.heading: int | None = None
        self.list_level: int | None = None
        self.number = ""
        self.is_caption = False


class _Styles:
    """Determines the roles of paragraphs, and counts their automatic numbers."""

    def __init__(self, document: WordDocument) -> None:
        styles = document.styles.element.iter(f"{W}style")
        self._styles = {style.get(f"{W}styleId"): style for style in styles}
        self._numbers = Numbering(_numbering_part(document), self._styles)

    def look(self, paragraph: etree._Element) -> _Look:
        """The role of a paragraph, by its own properties and its style's."""
        look = _Look()
        chain = list(self._chain(paragraph))
        names = [_value(style.find(f"{W}name")) or "" for style in chain[1:]]
        properties = [found for part in chain if (found := part.find(f"{W}pPr")) is not None]
        look.heading = _heading(names, properties)
        look.is_caption = any(_CAPTION.fullmatch(name) for name in names)
        number, level = _numbered(properties)
        if number is not None and number != "0":
            styles = [style.get(f"{W}styleId") for style in chain[1:]]
            level = self._numbers.level_of(number, styles) if level is None else level
            look.number = self._numbers.next(number, level)
            look.list_level = level
        elif any(_LIST.match(name) for name in names):
            look.list_level = 0
        return look

    def _chain(self, paragraph: etree._Element) -> Iterator[etree._Element]:
        """A paragraph, its style, and the base styles of that."""
        yield paragraph
        style = self._styles.get(_value(paragraph.find(f"{W}pPr/{W}pStyle")) or "Normal")
        for _ in range(10):  # a style in a damaged file may be based on itself
            if style is None:
                return
            yield style
            style = self._styles.get(_value(style.find(f"{W}basedOn")))


def _heading(names: list[str], properties: list[etree._Element]) -> int | None:
    for name in names:
        if _TITLE.fullmatch(name):
            return 1
        if level := _HEADING.match(name):
            return min(int(level[1]) + 1, 6) if level[1] != "0" else None
    for part in properties:
        outline = _value(part.find(f"{W}outlineLvl"))
        if outline is not None and outline.isdigit():
            return min(int(outline) + 2, 6) if int(outline) < _BODY_LEVEL else None
    return None


def _numbered(properties: list[etree._Element]) -> tuple[str | None, int | None]:
    """The number of the list that a paragraph is in, and its level there, if stated."""
    level = None
    for part in properties:
        indent = _value(part.find(f"{W}numPr/{W}ilvl"))
        if level is None and indent is not None and indent.isdigit():
            level = min(int(indent), _BODY_LEVEL - 1)
        number = _value(part.find(f"{W}numPr/{W}numId"))
        if number is not None:
            return number, level
    return None, None


def _numbering_part(document: WordDocument) -> etree._Element | None:
    try:
        part = document.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING)
        return etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))
    except (KeyError, etree.XMLSyntaxError):
        return None


def _footnotes(document: WordDocument) -> Iterator[str]:
    """The texts of the footnotes and the endnotes."""
    for kind, tag in (
        (RELATIONSHIP_TYPE.FOOTNOTES, "footnote"),
        (RELATIONSHIP_TYPE.ENDNOTES, "endnote"),
    ):
        try:
            part = document.part.part_related_by(kind)
            tree = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))
        except (KeyError, etree.XMLSyntaxError):
            continue
        for note in tree.iter(f"{W}{tag}"):
            if note.get(f"{W}type") in {None, "normal"}:
                yield " ".join(_text(part) for part in note.iter(f"{W}p"))


def _through(parent: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The children with a tag, including those in content controls and insertions."""
    for element in parent:
        if element.tag == tag:
            yield element
        elif element.tag in _THROUGH:
            yield from _through(element, tag)


def _text(element: etree._Element) -> str:
    """The visible text of an element, without its text boxes."""
    parts: list[str] = []
    for child in element:
        if child.tag in _LETTERS:
            parts.append(fold(child.text))
        elif child.tag in _SIGNS:
            parts.append(_SIGNS[child.tag])
        elif child.tag == f"{W}sym":
            parts.append(_SYMBOLS.get((child.get(f"{W}char") or "").upper()[-2:], ""))
        elif child.tag == f"{W}fldChar":
            parts.append(_form_field(child))
        elif (box := child.find(f"{W}sdtPr/{_W14}checkbox")) is not None:
            parts.append(_box(box.find(f"{_W14}checked"), f"{_W14}val"))
        elif child.tag not in _UNREAD:
            parts.append(_text(child))
    return "".join(parts)


def _form_field(begin: etree._Element) -> str:
    """The value of a legacy form field that is not in the text: a check box, or the choice."""
    box = begin.find(f"{W}ffData/{W}checkBox")
    if box is not None:
        checked = box.find(f"{W}checked")
        return _box(box.find(f"{W}default") if checked is None else checked, f"{W}val")
    choice = begin.find(f"{W}ffData/{W}ddList")
    if choice is None:
        return ""
    entries = [_value(entry) or "" for entry in choice.iter(f"{W}listEntry")]
    chosen = _value(choice.find(f"{W}result")) or _value(choice.find(f"{W}default")) or "0"
    return entries[int(chosen)] if chosen.isdigit() and int(chosen) < len(entries) else ""


def _box(checked: etree._Element | None, value: str) -> str:
    is_ticked = checked is not None and checked.get(value) not in OFF
    return _TICKED if is_ticked else _NOT_TICKED


def _value(element: etree._Element | None) -> str | None:
    return None if element is None else element.get(f"{W}val")
