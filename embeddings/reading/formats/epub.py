"""EPUB books: web pages in a zip archive, read in the order of the book."""

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree
from lxml.html import HtmlElement, XHTMLParser, xhtml_to_html

from embeddings.errors import DocumentError
from embeddings.reading.encodings import decode
from embeddings.reading.formats.archives import DAMAGED, open_archive, read_xml
from embeddings.reading.formats.text_builder import TextBuilder
from embeddings.reading.formats.web import parse, write_body
from embeddings.reading.origin import language, line, title, written_day
from embeddings.reading.progress import tell_alive
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ENCRYPTED = "{http://www.w3.org/2001/04/xmlenc#}CipherReference"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


def read(name: str, content: bytes) -> FileContents:
    """Read a book with all of its chapters, without its table of contents."""
    with open_archive(content) as archive:
        container = read_xml(archive, "META-INF/container.xml")
        root = None if container is None else next(container.iter(f"{_CONTAINER}rootfile"), None)
        place = "" if root is None else root.get("full-path") or ""
        package = read_xml(archive, place)
        if package is None:
            raise DocumentError(DAMAGED)
        locked = _locked(archive)
        builder, missing = TextBuilder(), []
        for page in _pages(package, place):
            tell_alive()
            if page in locked:
                raise DocumentError("encrypted; save it without copy protection")
            if page not in archive.namelist():
                missing.append(posixpath.basename(page))
                continue
            tree = _tree(archive.read(page))
            if tree is not None:
                write_body(tree, builder)
    if builder.is_empty:
        raise DocumentError("it has no text; nothing to index")
    notes = (f"chapters are missing in it ({', '.join(missing[:10])})",) if missing else ()
    return FileContents((builder.source(name, _metadata(package)),), notes)


def _pages(package: etree._Element, place: str) -> Iterator[str]:
    """The names of the pages of a book in the archive, in order."""
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    for reference in package.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES:
            continue
        if "nav" not in (item.get("properties") or "").split():
            href = unquote((item.get("href") or "").partition("#")[0])
            yield posixpath.normpath(posixpath.join(posixpath.dirname(place), href))


def _locked(archive: zipfile.ZipFile) -> set[str]:
    """The names of encrypted files; in books without copy protection only fonts are."""
    root = read_xml(archive, "META-INF/encryption.xml")
    found = () if root is None else root.iter(_ENCRYPTED)
    return {unquote(one.get("URI") or "") for one in found}


def _tree(content: bytes) -> HtmlElement | None:
    """Parse a page as XHTML, or as HTML if it is not well-formed."""
    text = re.sub(r"^\s*<\?xml[^>]*>", "", decode(content).removeprefix("\ufeff"))
    named = re.sub(r"&(\w+);", _character, text)
    try:
        tree = etree.fromstring(named, XHTMLParser(resolve_entities=False, no_network=True))
        xhtml_to_html(tree)
    except (etree.XMLSyntaxError, ValueError):
        try:
            return parse(text)
        except DocumentError:
            return None
    return tree


def _character(found: re.Match[str]) -> str:
    """A character reference that XML does not define, such as `&nbsp;`, as its character."""
    return found[0] if found[1] in _OF_XML else html.unescape(found[0])


def _metadata(package: etree._Element) -> Metadata:
    def first(part: str) -> str | None:
        return next(
            (line(one.text) for one in package.iter(f"{_DC}{part}") if line(one.text)), None
        )

    return Metadata(
        title=title(first("title")),
        publisher=first("publisher") or first("creator"),
        published=written_day(first("date")),
        language=language(first("language")),
    )
