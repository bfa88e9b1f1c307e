"""OpenDocument texts and spreadsheets, as written by LibreOffice: parsed from their XML (ODF
1.3)."""

from collections.abc import Iterator

from lxml import etree

from embeddings.errors import DocumentError
from embeddings.reading.formats.archives import DAMAGED, open_archive, read_xml
from embeddings.reading.formats.sheets import write_sheet
from embeddings.reading.formats.tables import Cell, spread
from embeddings.reading.formats.text_builder import Item, TextBuilder, clean, fold
from embeddings.reading.origin import day, language, line, title
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _TABLE, _OFFICE, _META, _STYLE, _DRAW = (
    _OASIS % part for part in ("text", "table", "office", "meta", "style", "drawing")
)
_MANIFEST = _OASIS % "manifest"
_DC = "{http://purl.org/dc/elements/1.1/}"
_HEADING, _PARAGRAPH, _LIST = f"{_TEXT}h", f"{_TEXT}p", f"{_TEXT}list"
_ITEMS = frozenset({f"{_TEXT}list-item", f"{_TEXT}list-header"})
_UNREAD = frozenset({f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation",
                     f"{_OFFICE}annotation-end", f"{_TEXT}note",
                     f"{_DRAW}text-box"})  # fmt: skip
_SIGNS = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_CAPTIONS = frozenset({"caption", "table", "illustration", "figure", "drawing", "text"})
_ROWS_WITHIN = frozenset(
    _TABLE + part for part in ("table-rows", "table-header-rows", "table-row-group")
)
_MOST_REPEATS = 64


def read(name: str, content: bytes) -> FileContents:
    """Read an OpenDocument text or spreadsheet; headers are notices, footnotes come last."""
    with open_archive(content) as archive:
        root, styles, meta = (
            read_xml(archive, f"{part}.xml") for part in ("content", "styles", "meta")
        )
        manifest = read_xml(archive, "META-INF/manifest.xml")
    if (
        manifest is not None
        and next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None
    ):
        raise DocumentError("encrypted; save it without a password")
    body = None if root is None else root.find(f"{_OFFICE}body")
    sheets = None if body is None else body.find(f"{_OFFICE}spreadsheet")
    body = None if body is None else body.find(f"{_OFFICE}text")
    metadata, hints = _metadata(meta)
    builder = TextBuilder()
    if sheets is not None:
        for table in sheets.iterchildren(f"{_TABLE}table"):
            write_sheet(builder, table.get(f"{_TABLE}name") or "", _sheet(table))
        if builder.is_empty:
            raise DocumentError("it has no text; nothing to index")
        return FileContents((builder.source(name, metadata, hints),))
    if body is None:
        raise DocumentError(DAMAGED)
    for text in dict.fromkeys(_edges(styles)):
        builder.notice(text)
    _Writer(builder, _parents(root)).write(body)
    for note in body.iter(f"{_TEXT}note-body"):
        builder.paragraph(" ".join(_text(part) for part in note))
    return FileContents((builder.source(name, metadata, hints),))


def _sheet(table: etree._Element) -> Iterator[list[str]]:
    """The rows of a sheet, as displayed."""
    yield from spread(cells for row in _rows(table) for cells in _repeated(row))


def _repeated(row: etree._Element) -> list[list[Cell]]:
    """The cells of a row, as often as it is repeated; blank rows, which may be repeated without
    end, once."""
    cells = list(_cells(row))
    is_filled = any(text for text, *_ in cells)
    return [cells] * (_number(row, "number-rows-repeated") if is_filled else 1)


def _parents(root: etree._Element) -> dict[str, str]:
    """The named style on which each automatic style is based."""
    return {
        style.get(f"{_STYLE}name") or "": style.get(f"{_STYLE}parent-style-name") or ""
        for style in root.iter(f"{_STYLE}style")
    }


class _Writer:
    def __init__(self, builder: TextBuilder, parents: dict[str, str]) -> None:
        self._builder = builder
        self._parents = parents

    def write(self, parent: etree._Element) -> None:
        """Write the contents of an element."""
        for element in parent:
            if element.tag == _HEADING:
                level = element.get(f"{_TEXT}outline-level") or "1"
                number = min(int(level) + 1, 6) if level.isdigit() else 2
                self._builder.heading(_text(element), number)
            elif element.tag == _PARAGRAPH:
                self._paragraph(element)
                self.write(element)  # text boxes in it
            elif element.tag == _LIST:
                self._builder.bullets(_items(element))
            elif element.tag == f"{_TABLE}table":
                self._table(element)
            elif element.tag == f"{_DRAW}text-box" or (
                isinstance(element.tag, str) and element.tag not in _UNREAD
            ):
                self.write(element)  # sections, indexes and frames

    def _paragraph(self, element: etree._Element) -> None:
        name = element.get(f"{_TEXT}style-name") or ""
        style = (self._parents.get(name) or name).casefold()
        if style in {"title", "titel"}:
            self._builder.heading(_text(element), 1)
        elif style in _CAPTIONS:
            self._builder.caption(_text(element))
        else:
            self._builder.paragraph(_text(element))

    def _table(self, table: etree._Element) -> None:
        rows = list(_rows(table))
        cells = list(spread(list(_cells(row)) for row in rows))
        if max(map(len, cells), default=0) < 2:  # a frame around text
            for row in rows:
                for cell in row:
                    self.write(cell)
            return
        heads = len(table.findall(f"{_TABLE}table-header-rows/{_TABLE}table-row"))
        self._builder.table(cells, heads=heads or None)


def _items(element: etree._Element, depth: int = 0) -> Iterator[Item]:
    for item in element:
        if item.tag in _ITEMS:
            own = (_text(part) for part in item if part.tag in {_PARAGRAPH, _HEADING})
            yield depth, "", " ".join(own)
            for part in item:
                if part.tag == _LIST:
                    yield from _items(part, depth + 1)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for element in table:
        if element.tag == f"{_TABLE}table-row":
            yield element
        elif element.tag in _ROWS_WITHIN:
            yield from _rows(element)


def _cells(row: etree._Element) -> Iterator[Cell]:
    """The cells of a row, without those covered by another."""
    for cell in row:
        if cell.tag == f"{_TABLE}table-cell":
            text = clean(" ".join(_text(part) for part in cell if isinstance(part.tag, str)))
            over = (_number(cell, f"number-{part}-spanned") for part in ("columns", "rows"))
            width, height = over
            yield from [(text, width, height)] * _number(cell, "number-columns-repeated")


def _number(element: etree._Element, name: str) -> int:
    """The number of repetitions of a cell or row, or of rows or columns that it spans."""
    repeats = element.get(f"{_TABLE}{name}") or "1"
    return min(int(repeats), _MOST_REPEATS) if repeats.isdecimal() else 1


def _edges(styles: etree._Element | None) -> Iterator[str]:
    """The text of each header and footer."""
    if styles is not None:
        for page in styles.iter(f"{_STYLE}master-page"):
            for edge in page:
                if str(edge.tag).startswith((f"{_STYLE}header", f"{_STYLE}footer")):
                    yield "; ".join(filter(None, (clean(_text(part)) for part in edge)))


def _metadata(meta: etree._Element | None) -> tuple[Metadata, Metadata]:
    """The document's own metadata: reliable values, and hints."""
    if meta is None:
        return Metadata(), Metadata()
    properties = {part.tag: part.text for part in meta.iter() if isinstance(part.tag, str)}
    metadata = Metadata(
        title=title(properties.get(f"{_DC}title")),
        language=language(properties.get(f"{_DC}language")),
    )
    author = properties.get(f"{_META}initial-creator") or properties.get(f"{_DC}creator")
    made = properties.get(f"{_META}creation-date") or properties.get(f"{_DC}date")
    return metadata, Metadata(publisher=line(author), published=day(made))


def _text(element: etree._Element) -> str:
    """The visible text of an element, without notes and comments."""
    parts = [fold(element.text)]
    for child in element:
        if child.tag in _SIGNS:
            count = child.get(f"{_TEXT}c") or "1"
            parts.append(_SIGNS[child.tag] * (min(int(count), 8) if count.isdigit() else 1))
        elif isinstance(child.tag, str) and child.tag not in _UNREAD:
            parts.append(_text(child))
        parts.append(fold(child.tail))
    return "".join(parts)
