"""Which module reads which files: by what a file holds where that shows, else by its suffix."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from embeddings.formats.reading import Reading

Adapter = Callable[[str, bytes], Reading]
"""Makes a reading of the name and the bytes of a file; raises DocumentError with the reason."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its module in this package, and the suffixes of its files, the usual one first.

    A format is isolated where its libraries read what may harm them: in a process of their own.
    """

    module: str
    suffixes: tuple[str, ...]
    is_isolated: bool = True

    def adapter(self) -> Adapter:
        """Import the module, and with it the libraries that it needs."""
        return cast(Adapter, import_module(f"embeddings.formats.{self.module}").read)


PLAIN = Format("plain", (".txt", ".text"), is_isolated=False)
MARKDOWN = Format("plain", (".md", ".markdown"), is_isolated=False)
WEB = Format("web", (".html", ".htm", ".xhtml"))
PDF = Format("pdf", (".pdf",))
WORD = Format("word", (".docx", ".docm", ".dotx"))
OPEN_DOCUMENT = Format("opendocument", (".odt", ".ott"))
RICH_TEXT = Format("rtf", (".rtf",))
MAIL = Format("mail", (".eml",))
VALUES = Format("rows", (".csv", ".tsv"), is_isolated=False)
JSON_LINES = Format("rows", (".jsonl", ".ndjson"), is_isolated=False)

FORMATS = (PLAIN, MARKDOWN, WEB, PDF, WORD, OPEN_DOCUMENT, RICH_TEXT, MAIL, VALUES, JSON_LINES)
SUFFIXES = {suffix: one for one in FORMATS for suffix in one.suffixes}
_WEB_OPENINGS = (b"<!doctype html", b"<html")


def format_of(name: str, content: bytes) -> Format | None:
    """The format of a file; None for one that cannot be read."""
    opening = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if opening.startswith(b"%pdf-"):
        return PDF
    if opening.startswith(b"{\\rtf"):
        return RICH_TEXT
    by_suffix = SUFFIXES.get(PurePosixPath(name).suffix.lower())
    if content.startswith(b"PK\x03\x04"):
        return by_suffix if by_suffix in {WORD, OPEN_DOCUMENT} else _of_archive(content)
    if by_suffix in {None, PLAIN} and opening.startswith(_WEB_OPENINGS):
        return WEB
    return by_suffix


def _of_archive(content: bytes) -> Format | None:
    """The format of a zip archive, from names in it that are never compressed."""
    if content[30:80].startswith(b"mimetypeapplication/vnd.oasis.opendocument.text"):
        return OPEN_DOCUMENT
    return WORD if b"word/document.xml" in content else None
