"""Chooses the module that reads a file: by its contents where they show it, else by its suffix."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from embeddings.reading.result import FileContents

Adapter = Callable[[str, bytes], FileContents]
"""Reads a file from its name and bytes; raises DocumentError with the reason."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its module in this package, and its file suffixes, the most common first."""

    module: str
    suffixes: tuple[str, ...]

    def adapter(self) -> Adapter:
        """Import the module and the libraries it needs."""
        return cast(Adapter, import_module(f"embeddings.reading.formats.{self.module}").read)


PLAIN = Format("plain", (".txt", ".text"))
MARKDOWN = Format("plain", (".md", ".markdown"))
WEB = Format("web", (".html", ".htm", ".xhtml"))
PDF = Format("pdf", (".pdf",))
WORD = Format("word", (".docx", ".docm", ".dotx"))
OLD_WORD = Format("olddoc", (".doc", ".dot"))
SLIDES = Format("slides", (".pptx", ".pptm", ".ppsx", ".potx"))
WORKBOOK = Format("workbook", (".xlsx", ".xlsm", ".xltx"))
BOOK = Format("epub", (".epub",))
OPEN_DOCUMENT = Format("opendocument", (".odt", ".ott"))
OPEN_SHEET = Format("opendocument", (".ods", ".ots"))
RICH_TEXT = Format("rtf", (".rtf",))
MAIL = Format("mail", (".eml",))
VALUES = Format("rows", (".csv", ".tsv"))
JSON_LINES = Format("rows", (".jsonl", ".ndjson"))

FORMATS = (PLAIN, MARKDOWN, WEB, PDF, WORD, OLD_WORD, SLIDES, WORKBOOK, OPEN_DOCUMENT, OPEN_SHEET,
           BOOK, RICH_TEXT, MAIL, VALUES, JSON_LINES)  # fmt: skip
SUFFIXES = {suffix: one for one in FORMATS for suffix in one.suffixes}
_ARCHIVES = {WORD, OLD_WORD, SLIDES, WORKBOOK, OPEN_DOCUMENT, OPEN_SHEET, BOOK}
_MIME_TYPES = {
    b"application/vnd.oasis.opendocument.text": OPEN_DOCUMENT,
    b"application/vnd.oasis.opendocument.spreadsheet": OPEN_SHEET,
    b"application/epub+zip": BOOK,
}
_MAIN_PARTS = {
    b"word/document.xml": WORD,
    b"xl/workbook.xml": WORKBOOK,
    b"ppt/presentation.xml": SLIDES,
}
_WEB_OPENINGS = (b"<!doctype html", b"<html")


def format_of(name: str, content: bytes) -> Format | None:
    """The format of a file; None if it cannot be read."""
    opening = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if opening.startswith(b"%pdf-"):
        return PDF
    if opening.startswith(b"{\\rtf"):
        return RICH_TEXT
    by_suffix = SUFFIXES.get(PurePosixPath(name).suffix.lower())
    if content.startswith(b"PK\x03\x04"):
        return by_suffix if by_suffix in _ARCHIVES else _of_archive(content)
    if by_suffix in {None, PLAIN} and opening.startswith(_WEB_OPENINGS):
        return WEB
    return by_suffix


def _of_archive(content: bytes) -> Format | None:
    """The format of a zip archive, from its uncompressed entry names."""
    for opening, one in _MIME_TYPES.items():
        if content[30:90].startswith(b"mimetype" + opening):
            return one
    return next((one for part, one in _MAIN_PARTS.items() if part in content), None)
