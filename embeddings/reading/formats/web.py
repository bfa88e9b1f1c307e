"""Web pages: the main article, located by trafilatura (Barbaresi 2021).

Trafilatura determines which texts belong to the article; the whole part of the page that holds them
is then read, since lists of links, short lines and values beside labels, which it takes for
boilerplate, are content there. Metadata is read from JSON-LD and meta elements.
"""

import json
import re
from collections import Counter
from collections.abc import Container, Iterator
from copy import deepcopy
from datetime import date
from typing import cast

import trafilatura
from lxml import etree, html
from trafilatura.settings import Document as Page

from embeddings.errors import DocumentError
from embeddings.language.contacts import find_contacts
from embeddings.reading.addresses import web_address
from embeddings.reading.encodings import decode, decode_as
from embeddings.reading.formats.tables import Cell, spread
from embeddings.reading.formats.text_builder import Item, TextBuilder, clean, fold
from embeddings.reading.origin import day, language, line, written_day
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-z0-9_:-]{2,40})", re.IGNORECASE
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_LISTS = frozenset({"ul", "ol", "dl", "list"})
_ITEMS = frozenset({"li", "dt", "dd", "item"})
_ROWS, _CELLS = frozenset({"tr", "row"}), frozenset({"td", "th", "cell"})
_BREAKS = frozenset({"br", "lb"})
_SKIPPED = frozenset("script style title template noscript svg button select".split())
_BLOCKS = frozenset(
    "p div section article main header footer aside nav form fieldset blockquote quote pre "
    "figure figcaption address center body html hr details summary thead tbody tfoot "
    "caption".split()
) | _HEADINGS.keys() | _LISTS | _ITEMS | _ROWS | {"table", "head"}  # fmt: skip
_LINES = re.compile(r"\n[^\S\n]*\n\s*")
# Text separated by a blank line, without markup: the author set the line breaks.
_FLAT = re.compile(r"\S[^\S\n]*\n[^\S\n]*\n\s*\S")
_RUNNING = ("body", "main", "article", "section", "div", "center", "blockquote", "p", "pre")
_SAYS_PUBLISHED = re.compile(r"publish|issued|^(?:dc\.|dcterms\.)?date$", re.IGNORECASE)
_PUBLISHED = re.compile(r"\s*(?:publicera[dts]\w*|publiceringsdatum|published)\b", re.IGNORECASE)
_SAYS_WHEN = re.compile(r"\b(?:publicera|uppdatera|granska|ändra)[dts]", re.IGNORECASE)
_DATE_LINE_CHARACTERS, _FACT_CHARACTERS = 100, 600  # characters
_ARTICLE_SHARE = 0.9  # of an article's letters; an element with this share contains the article
_CONTENT_SHARE = 0.2  # of them: an element with this share is not furniture, whatever its name
_WHOLE = frozenset({"main", "article"})
_FURNITURE = frozenset({"nav", "aside", "footer", "form"})
_FACT_WORDS = 3  # at least, in a fact without a number
_EDGES = ("aside", "footer")
_FURNITURE_NAME = re.compile(
    r"\b(?:cookie|kakor|navigation|banner|dialog|contentinfo|menu|meny|breadcrumb|sidebar|related|"
    r"share)",
    re.IGNORECASE,
)


def read(name: str, content: bytes) -> FileContents:
    """Read the article of a web page as a document."""
    tree = parse(content)
    metadata = _linked_data(tree).or_else(Metadata(language=language(tree.get("lang"))))
    captions = _prepare(tree)
    metadata = metadata.or_else(Metadata(published=_published(tree)))
    page = trafilatura.bare_extraction(
        _unnested(deepcopy(tree)),
        include_comments=False,
        include_tables=True,
        with_metadata=True,
    )
    if isinstance(page, Page):
        metadata = metadata.or_else(_metadata(page))
    outside = list(_facts(tree))
    article = _article_of(tree, page) if isinstance(page, Page) else None
    if article is None:  # too short to distinguish from furniture, or run together
        _drop_furniture(tree)
        article = tree.find("body")
    builder = TextBuilder()
    _Writer(builder, captions).block(tree if article is None else article)
    text_inside = "".join(builder.source(name).text.split())
    for text in dict.fromkeys(outside):
        if "".join(text.split()) not in text_inside:
            builder.notice(text)
    return FileContents((builder.source(name, metadata),), tuple(_notes(tree)))


def _notes(tree: html.HtmlElement) -> Iterator[str]:
    errors = tree.getroottree().parser.error_log
    if any(one.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for one in errors):
        yield "it is read up to where its elements are nested too deep; save it again"


def parse(content: bytes | str) -> html.HtmlElement:
    """Parse a page, however malformed its HTML is."""
    text = content if isinstance(content, str) else _decode(content)
    # lxml rejects text with an encoding declaration, and characters not allowed in XML.
    text = re.sub(r"^\s*<\?xml[^>]*>", "", re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\ufeff]", "", text))
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    if not text.strip():
        raise DocumentError("the file is empty; nothing to index")
    try:
        # A parser of its own, so that its errors are those of this page.
        return html.document_fromstring(text, parser=html.HTMLParser())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise DocumentError("no web page can be found in it; check the file") from error


def write_body(
    tree: html.HtmlElement, builder: TextBuilder, captions: frozenset[str] = frozenset()
) -> None:
    """Add everything that a page displays to a text."""
    body = tree.find("body")
    _Writer(builder, captions).block(tree if body is None else body)


def _decode(content: bytes) -> str:
    declared = _CHARSET.search(content[:4096])
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or declared is None:
        return decode(content)
    return decode_as(content, declared[1].decode("ascii").lower().replace("iso-8859-1", "cp1252"))


def _unnested(tree: html.HtmlElement) -> html.HtmlElement:
    """A page whose footers contain no footers, as unclosed tags make them: the time in which
    trafilatura searches them for a licence grows with the cube of their depth."""
    inside = set()
    for element in tree.iter("*"):
        is_inside = element.getparent() in inside
        names = f"{element.get('class')} {element.get('id')}"
        is_footer = element.tag == "footer" or (element.tag == "div" and "footer" in names)
        if is_inside and is_footer:
            element.tag = "div"
            element.attrib.clear()
        if is_inside or is_footer:
            inside.add(element)
    return tree


def _prepare(tree: html.HtmlElement) -> frozenset[str]:
    """Turn figure captions into paragraphs, and return their texts; unwrap time elements."""
    captions = set()
    for caption in list(tree.iter("figcaption")):
        text = clean(caption.text_content())
        figure = next(caption.iterancestors("figure"), None)
        if text and figure is not None and figure.getparent() is not None:
            captions.add(text)
            paragraph = html.Element("p")
            paragraph.text = text
            caption.drop_tree()
            figure.addnext(paragraph)
            paragraph.tail, figure.tail = figure.tail, None
    etree.strip_tags(tree, "time")
    for button in list(tree.iter("button")):  # one that opens the content below is its heading
        if next(button.iterancestors(*_HEADINGS), None) is not None:
            button.drop_tag()
        elif button.get("aria-expanded") or text_of(button).endswith("?"):
            button.tag = "h4"
    for element in list(tree.iter(*_RUNNING)):
        for run in list(_runs(element)):
            _divide(element, run)
    return frozenset(captions)


def _runs(element: etree._Element) -> Iterator[tuple[etree._Element | None, list[etree._Element]]]:
    """The runs of inline content in an element, each with the block before it."""
    before: etree._Element | None = None
    inline: list[etree._Element] = []
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED and not _holds_block(child):
            inline.append(child)
        else:
            yield before, inline
            before, inline = child, []
    yield before, inline


def _holds_block(element: etree._Element) -> bool:
    return any(part.tag in _BLOCKS for part in element.iter())


def _divide(
    element: etree._Element, run: tuple[etree._Element | None, list[etree._Element]]
) -> None:
    """Turn a text run divided only by blank lines into paragraphs with line breaks."""
    before, inline = run
    lead = (element.text if before is None else before.tail) or ""
    texts = [lead, *(text for part in inline for text in (*part.itertext(), part.tail or ""))]
    keep = element.tag == "pre" or any(map(_FLAT.search, texts))

    def as_kept(text: str | None) -> str:
        return (text or "") if keep else fold(text)

    written = as_kept(lead)
    for child in inline:
        for part in child.iter():
            written += "\n" if part.tag in _BREAKS else ""
            written += as_kept(part.text) if isinstance(part.tag, str) else ""
            written += as_kept(part.tail)
    chunks = [chunk.strip("\n") for chunk in _LINES.split(written) if chunk.strip()]
    if len(chunks) < 2 and not (element.tag == "pre" and any("\n" in chunk for chunk in chunks)):
        return
    for child in inline:
        element.remove(child)
    if before is None:
        element.text, place = None, 0
    else:
        before.tail, place = None, element.index(before) + 1
    for number, chunk in enumerate(chunks):
        element.insert(place + number, _paragraph(chunk.split("\n")))
    if element.tag in {"p", "pre"}:
        element.tag = "div"


def _paragraph(lines: list[str]) -> html.HtmlElement:
    paragraph = html.Element("p")
    paragraph.text = lines[0]
    for text in lines[1:]:
        etree.SubElement(paragraph, "br").tail = text
    return paragraph


def _article_of(tree: html.HtmlElement, page: Page) -> html.HtmlElement | None:
    """The element that contains what trafilatura found, with the furniture removed."""
    found = {_squeezed(part) for part in page.body.iter("p", "head", "item", "cell", "quote")}
    letters: Counter[etree._Element] = Counter()
    for element in tree.iter(*_BLOCKS):
        text = _squeezed(element)
        if text in found and not any(_squeezed(part) == text for part in element.iter(*_BLOCKS)
                                     if part is not element):  # fmt: skip
            letters.update(dict.fromkeys((element, *element.iterancestors()), len(text)))
    body = tree.find("body")
    if body is None or not letters[body]:
        return None
    enough = [part for part in letters if letters[part] >= _ARTICLE_SHARE * letters[body]]
    article = min(enough, key=lambda part: (len(_squeezed(part)), -_depth(part)))
    while (around := article.getparent()) is not None and article.tag not in _WHOLE:
        if around is body or not _is_running(around, article):
            break
        article = around
    _drop_furniture(
        article,
        frozenset(part for part in letters if letters[part] > _CONTENT_SHARE * letters[body]),
    )
    return cast(html.HtmlElement, article)


def _squeezed(element: etree._Element) -> str:
    """The text of an element without white space, for comparison across parsers."""
    return "".join("".join(element.itertext(etree.Element, with_tail=False)).split())


def _depth(element: etree._Element) -> int:
    return sum(1 for _ in element.iterancestors())


def _is_running(around: etree._Element, article: etree._Element) -> bool:
    """Whether the rest of the element around an article is not a list of links."""
    own = {*article.iter()}
    links = sum(len(_squeezed(part)) for part in around.iter("a", "button") if part not in own)
    furniture = any(part.tag in _FURNITURE for part in around.iter() if part not in own)
    return not furniture and links * 3 <= len(_squeezed(around)) - len(_squeezed(article))


def _drop_furniture(tree: etree._Element, kept: Container[etree._Element] = ()) -> None:
    """Remove elements marked as not part of the page's content."""
    for element in list(tree.iter("nav", "aside", "footer", "form", "div", "section", "header")):
        name = f"{element.get('role')} {element.get('class')} {element.get('id')}"
        is_named = (
            element.tag in _FURNITURE or _FURNITURE_NAME.search(name) or _is_masthead(element)
        )
        if is_named and element is not tree and element not in kept:
            cast(html.HtmlElement, element).drop_tree()


def _is_masthead(element: etree._Element) -> bool:
    """Whether an element is the header of the site, not that of the article."""
    around = element.getparent()
    is_outside = around is not None and around.tag == "body"
    return element.tag == "header" and is_outside and element.find(".//h1") is None


def _facts(tree: etree._Element) -> Iterator[str]:
    """The pieces of text outside of the article in which somebody may look for a fact: what is
    beside and below it and no link, and contact details and the date of a change anywhere."""
    for edge in tree.iter(*_EDGES):
        if next(edge.iterancestors(*_EDGES), None) is None:
            yield from filter(_may_be_fact, _short_texts(_without_links(edge)))
    for piece in _short_texts(tree):
        keys = (contact.key for contact in find_contacts(piece))
        reaches = any(key[0] == "+" or "@" in key for key in keys)  # excludes web addresses
        is_dated = (
            len(piece) <= _DATE_LINE_CHARACTERS and _SAYS_WHEN.search(piece) and written_day(piece)
        )
        if reaches or is_dated:
            yield piece


def _may_be_fact(text: str) -> bool:
    return len(text.split()) >= _FACT_WORDS or any(letter.isdigit() for letter in text)


def _short_texts(element: etree._Element) -> list[str]:
    """The pieces of text of an element that are short enough for a fact."""
    builder = TextBuilder()
    _Writer(builder, frozenset()).block(element)
    return [one for one in builder.source("").text.split("\n\n") if len(one) <= _FACT_CHARACTERS]


def _without_links(edge: etree._Element) -> etree._Element:
    """A copy of an element without forms, navigation, headings, and blocks that are mostly
    links."""
    copied = deepcopy(edge)
    copied.tail = None
    for element in [one for one in copied.iter(*_BLOCKS) if one is not copied]:
        is_leaf = not any(part.tag in _BLOCKS for part in element)
        is_link = is_leaf and 2 * sum(
            len(_squeezed(part)) for part in element.iter("a", "button")
        ) > len(_squeezed(element))
        if is_link or element.tag in {"nav", "form", *_HEADINGS}:
            cast(html.HtmlElement, element).drop_tree()
    return copied


def _linked_data(tree: html.HtmlElement) -> Metadata:
    """The metadata of the article in the page's JSON-LD (schema.org)."""
    found = Metadata()
    for script in tree.iter("script"):
        if (script.get("type") or "").startswith("application/ld+json"):
            try:
                payload = json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue
            for one in _objects(payload):
                if "headline" in one or "datePublished" in one:
                    found = found.or_else(_article(one))
    return found


def _objects(node: object) -> Iterator[dict[str, object]]:
    """The objects in JSON-LD, outer ones first."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(part)


def _article(properties: dict[str, object]) -> Metadata:
    publisher = properties.get("publisher")
    if isinstance(publisher, list):
        publisher = next(iter(publisher), None)
    name = publisher.get("name") if isinstance(publisher, dict) else publisher
    return Metadata(
        title=line(properties.get("headline")),
        publisher=line(name),
        published=day(properties.get("datePublished")),
        url=web_address(line(properties.get("url"))),
        language=language(properties.get("inLanguage")),
    )


def _metadata(page: Page) -> Metadata:
    return Metadata(
        title=line(page.title),
        publisher=line(page.sitename),
        url=web_address(line(page.url)),
    )


def _published(tree: html.HtmlElement) -> date | None:
    """The publication date stated in the head or the text of a page.

    Other dates, of which trafilatura takes the first, are those of the page's subject.
    """
    for meta in tree.iter("meta"):
        names = (meta.get(name) or "" for name in ("name", "property", "itemprop"))
        if any(map(_SAYS_PUBLISHED.search, names)) and (found := written_day(meta.get("content"))):
            return found
    for element in tree.iter(etree.Element):
        if _PUBLISHED.match(element.text or ""):
            around = next(element.iterancestors(*_RUNNING), element)
            for part in (element, around):
                text = fold(str(part.text_content()))
                if len(text) <= _DATE_LINE_CHARACTERS and (found := written_day(text)):
                    return found
    return None


class _Writer:
    """Adds the blocks of a tree to a text; text between blocks becomes a paragraph."""

    def __init__(self, builder: TextBuilder, captions: frozenset[str]) -> None:
        self._builder = builder
        self._captions = captions
        self._loose: list[str] = []

    def block(self, element: etree._Element) -> None:
        """Add an element that contains blocks, text, or both."""
        self._end()
        self._loose.append(fold(element.text))
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED:
                self._child(child)
            self._loose.append(fold(child.tail))
        self._end()

    def _child(self, child: etree._Element) -> None:
        tag = cast(str, child.tag)
        if tag in _BREAKS:
            self._loose.append("\n")
        elif (level := _heading_level(child)) is not None:
            self._end()
            self._builder.heading(text_of(child), level)
        elif tag in _LISTS:
            self._end()
            self._builder.bullets(_items(child))
        elif tag == "table":
            self._end()
            self._table(child)
        elif tag in _BLOCKS or any(part.tag in _BLOCKS for part in child.iterdescendants()):
            self.block(child)
        else:
            self._loose += _pieces(child)

    def _end(self) -> None:
        text = clean("".join(self._loose))
        self._loose = []
        if text in self._captions:
            self._builder.caption(text)
        else:
            self._builder.paragraph(text)

    def _table(self, table: etree._Element) -> None:
        rows = [row for row in table.iter(*_ROWS) if next(row.iterancestors("table")) is table]
        cells = [[cell for cell in row if cell.tag in _CELLS] for row in rows]
        if _is_layout(cells):
            for row in cells:
                for cell in row:
                    self.block(cell)
            return
        caption = table.find("caption")
        if caption is not None:
            self._builder.caption(text_of(caption))
        elif cells and _is_caption(cells[0]):
            self._builder.caption(text_of(cells.pop(0)[0]))
        heads = 0
        while heads < len(cells) - 1 and cells[heads] and all(map(_is_head, cells[heads])):
            heads += 1
        rows_of_text = spread([_cell(cell) for cell in row] for row in cells)
        self._builder.table(rows_of_text, heads=heads or None)


def text_of(element: etree._Element, without: frozenset[str] = frozenset()) -> str:
    """The text of an element, excluding the elements `without`, with breaks as line ends."""
    return clean("".join(_pieces(element, without)))


def _pieces(element: etree._Element, without: frozenset[str] = frozenset()) -> Iterator[str]:
    yield fold(element.text)
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED | without:
            edge = "\n" if child.tag in _BLOCKS | _BREAKS else ""
            yield edge
            yield from _pieces(child, without)
            yield edge
        yield fold(child.tail)


def _heading_level(element: etree._Element) -> int | None:
    if element.tag == "head":
        return _HEADINGS.get(element.get("rend") or "", 3)
    return _HEADINGS.get(cast(str, element.tag))


def _items(element: etree._Element, depth: int = 0) -> Iterator[Item]:
    """The items of a list, with nested lists deeper; a term is joined with its description."""
    number, term = 0, ""
    is_numbered = element.tag == "ol" or element.get("rend") == "ol"
    for child in element:
        if child.tag in _LISTS:
            yield from _items(child, depth + 1)
        if child.tag not in _ITEMS:
            continue
        text = text_of(child, _LISTS)
        if child.tag == "dt" or (child.get("rend") or "").startswith("dt"):
            if term:
                yield depth, "", term
            term = text
            continue
        number += 1
        yield depth, f"{number}." if is_numbered and number < 100 else "", _with_term(term, text)
        term = ""
        for part in child.iterdescendants():
            if part.tag in _LISTS and _nearest_item(part) is child:
                yield from _items(part, depth + 1)
    if term:
        yield depth, "", term


def _with_term(term: str, text: str) -> str:
    return f"{term.rstrip(': ')}: {text}" if term and text else term or text


def _nearest_item(element: etree._Element) -> etree._Element | None:
    return next((above for above in element.iterancestors() if above.tag in _ITEMS), None)


def _is_layout(cells: list[list[etree._Element]]) -> bool:
    """Whether a table is only for layout: a single column, or blocks in its cells."""
    if max(map(len, cells), default=0) < 2:
        return True
    blocks = {"table", "head", *_HEADINGS, *_LISTS}
    return any(
        part.tag in blocks for row in cells for cell in row for part in cell.iterdescendants()
    )


def _cell(cell: etree._Element) -> Cell:
    """The text of a cell, and the number of columns and rows it spans."""
    over = (cell.get(name) or "" for name in ("colspan", "rowspan"))
    width, height = (int(number) if number.isdecimal() else 1 for number in over)
    return text_of(cell), max(width, 1), max(height, 1)


def _is_head(cell: etree._Element) -> bool:
    return bool(cell.tag == "th" or cell.get("role") == "head")


def _is_caption(row: list[etree._Element]) -> bool:
    """Whether a row is the caption of the table, in trafilatura's output."""
    texts = [text_of(cell) for cell in row]
    return len(texts) > 1 and bool(texts[0]) and _is_head(row[0]) and not any(texts[1:])
