"""Rich text: striprtf extracts the text without styles, so the structure is inferred from it.

striprtf separates table cells by bars.
"""

import codecs
import re
from collections.abc import Iterator
from datetime import date

from striprtf.striprtf import rtf_to_text

from embeddings.errors import DocumentError
from embeddings.reading.formats.text_builder import TextBuilder
from embeddings.reading.origin import day, line, title
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
_CHARACTER_SET = re.compile(r"\\(mac|pca|pc)(?![a-z])")
_WINDOWS, _MAC = "cp1252", "mac_roman"
_ENCODINGS = {"mac": _MAC, "pc": "cp437", "pca": "cp850"}
# Code pages with other names in Python; 0 and 1 are the default of the writer.
_CODE_PAGES = {"0": None, "1": None, "10000": _MAC, "10006": "mac_greek", "10007": "mac_cyrillic",
               "10029": "mac_latin2", "10079": "mac_iceland", "10081": "mac_turkish",
               "65001": "utf-8"}  # fmt: skip
_ANSI_FONT = re.compile(r"\\fcharset0(?!\d)")
_SAID = r"\{\\%s\s+(?P<text>(?:[^{}\\]|\\'[0-9a-f]{2}|\\u-?\d+ ?.?|\\[{}\\])*)\}"
_UNREAD = re.compile(r"\{\\(?:\*\\)?(?P<kind>footnote|header|footer)[lrf]?(?![a-z])")
_MADE = re.compile(r"\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")


def read(name: str, content: bytes) -> FileContents:
    """A rich text document."""
    written = content.decode("latin-1")
    encoding, notes = _encoding(written)
    written = _CODE_PAGE.sub("", written)  # striprtf supports fewer of them
    if encoding == _MAC:
        written = _ANSI_FONT.sub("", written)  # from a Mac, where all fonts use its encoding
    try:
        text = _plain(written, encoding)
    except (LookupError, ValueError, OverflowError) as error:
        raise DocumentError("damaged, or no rich text; save it again") from error
    builder = TextBuilder()
    rows: list[list[str]] = []
    paragraphs: list[str] = []
    for part in [*text.split("\n"), ""]:
        if part.rstrip().endswith("|") and part.count("|") > 1:
            _end(builder, paragraphs)
            rows.append(part.rstrip().removesuffix("|").split("|"))
        else:
            builder.table(rows)
            rows = []
            if part.strip():
                paragraphs.append(part)
            else:
                _end(builder, paragraphs)
    _end(builder, paragraphs)
    metadata = Metadata(title=title(_property(written, "title", encoding)))
    author = _property(written, "company", encoding) or _property(written, "author", encoding)
    hints = Metadata(publisher=author, published=_made(written))
    return FileContents((builder.source(name, metadata, hints),), (*notes, *_unread(written)))


def _unread(written: str) -> Iterator[str]:
    """A note that names what striprtf leaves out."""
    kinds = dict.fromkeys(f"{found['kind']}s" for found in _UNREAD.finditer(written))
    if kinds:
        yield f"its {' and '.join(kinds)} are not read; save it as .docx"


def _encoding(written: str) -> tuple[str, tuple[str, ...]]:
    """The encoding of characters written as numbers, and a note if it is guessed."""
    set_of = _CHARACTER_SET.search(written)
    default = _ENCODINGS[set_of[1]] if set_of else _WINDOWS
    page = _CODE_PAGE.search(written)
    if page is None:
        return default, ()
    encoding = _CODE_PAGES.get(page[1], f"cp{page[1]}") or default
    try:
        codecs.lookup(encoding)
    except LookupError:
        return default, (f"its code page {page[1]} is not known; letters may be wrong",)
    return encoding, ()


def _end(builder: TextBuilder, paragraphs: list[str]) -> None:
    builder.paragraph("\n".join(paragraphs))
    paragraphs.clear()


def _property(written: str, part: str, encoding: str) -> str | None:
    found = re.search(_SAID % part, written, re.IGNORECASE)
    if found is None:
        return None
    return line(_plain(f"{{\\rtf1 {found['text']}}}", encoding))


def _plain(written: str, encoding: str) -> str:
    text: str = rtf_to_text(written, encoding=encoding, errors="replace")  # type: ignore[no-untyped-call]
    return text


def _made(written: str) -> date | None:
    found = _MADE.search(written)
    return day(f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}") if found else None
