"""Builds the extracted text of a document, with the blocks marked by its format."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from embeddings.language.words import without_soft_hyphens
from embeddings.reading.formats.tables import name_cells, split_table, take_caption
from embeddings.types import Block, BlockKind, Metadata, Source

Item = tuple[int, str, str]
"""An item of a list: its depth, from 0, its marker ("" for a bullet), and its text."""

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st",
                            "ﬆ": "st"})  # fmt: skip
# The bullets of the fonts Symbol and Wingdings, in the private use area of Unicode.
_BULLETS = re.compile("[\uf0a7\uf0b7\uf0d8\uf0fc\uf0a8\uf076\uf06e\uf071]")
_CONTROLS = r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffc\ufffe\uffff]+"
_CONTROL = re.compile(rf"(?<![^\S\n])[^\S\n]+{_CONTROLS}|{_CONTROLS}")
_SPACES = re.compile(r"[^\S\n]+")
_SOURCE_SPACES = re.compile(r"\s+")
_BREAKS = re.compile(r" *\n\s*")
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_LONG_SYMBOL_RUN = re.compile(r"(?<=[^\w\s]{100})(?=[^\w\s])")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Normalize extracted text: without control characters, with white space collapsed.

    Line breaks are kept, letters composed, hard spaces made ordinary, and soft hyphens and
    ligatures resolved.
    """
    text = _SURROGATE.sub("\ufffd", without_soft_hyphens(text)).translate(_LIGATURES)
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    # Composed last, since a removed character may be between a letter and its accent.
    text = _composed(_BULLETS.sub("•", text))
    return _BREAKS.sub("\n", _SPACES.sub(" ", text)).strip()


def _composed(text: str) -> str:
    """The text with its letters composed. Runs of more combining characters than any letter
    has are handled in parts, since ordering them takes quadratic time."""
    return "".join(unicodedata.normalize("NFC", part) for part in _LONG_SYMBOL_RUN.split(text))


def fold(text: str | None) -> str:
    """Collapse the white space of a markup language, in which a line end is a space."""
    return _SOURCE_SPACES.sub(" ", text or "")


class TextBuilder:
    """A text built piece by piece, in reading order; empty pieces are skipped.

    Pieces are separated by a blank line, so that running text is parsed like any plain text.
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._length = 0
        self._layout: list[Block] = []
        self._pages: list[int] = []
        self._turned = 0
        self._can_resume = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been added."""
        return not self._text

    def turn_page(self) -> None:
        """Continue on the next page; also called before the first page."""
        self._turned += 1

    def paragraph(self, text: str) -> None:
        """Add running text, whose line breaks are kept."""
        text = clean(text)
        self._add(text)
        self._can_resume = self._can_resume or bool(text)

    def running(self, text: str) -> None:
        """Add running text of several paragraphs, separated by blank lines."""
        for part in _BLANK.split(text.replace("\r\n", "\n")):
            self.paragraph(part)

    def resume(self, text: str, *, glue: str, drop: int = 0) -> bool:
        """Continue the paragraph added last, as across a page; False if there is none.

        `drop` characters are removed from its end, the hyphen of a broken word, and `glue` is
        added.
        """
        text = clean(text)
        if not self._can_resume or not text:
            return False
        if drop:
            self._text[-1] = self._text[-1][:-drop]
            self._length -= drop
        self._write(glue)
        self._begin_pages()
        self._write(text)
        return True

    def heading(self, text: str, level: int) -> None:
        """Add a heading of a level from 1 to 6, as one line."""
        self._add_block(BlockKind.HEADING, _one_line(text), level)

    def caption(self, text: str) -> None:
        """Add the caption of a picture or a table."""
        self._add_block(BlockKind.CAPTION, _one_line(text))

    def notice(self, text: str) -> None:
        """Add text that repeats on every page."""
        self._add_block(BlockKind.NOTICE, _one_line(text))

    def row(self, text: str) -> None:
        """Add a row whose cells are labelled with their column names."""
        self._add_block(BlockKind.ROW, _one_line(text))

    def bullets(self, items: Iterable[Item]) -> None:
        """Add a list, one item per line."""
        lines = [_item_line(depth, marker, _one_line(text)) for depth, marker, text in items
                 if _one_line(text)]  # fmt: skip
        self._add_block(BlockKind.LIST, "\n".join(lines).strip())

    def table(
        self, rows: Iterable[Sequence[str]], *, heads: int | None = None, names: Sequence[str] = ()
    ) -> list[str]:
        """Add a table row by row, and return the names of its columns.

        The first `heads` rows contain the column names, None if unknown; `names` are those of the
        table that this one continues.
        """
        cleaned: list[Sequence[str]] = [[_one_line(cell) for cell in row] for row in rows]
        if caption := take_caption(cleaned):
            self.caption(caption)
            heads = (heads - 1 or None) if heads else heads
        found, body = split_table(cleaned, heads)
        if names:
            body = [row for row in cleaned if row != list(names)]
            found = list(names)
        for row in body:
            self.row(name_cells(found, row))
        return found

    def source(
        self, name: str, metadata: Metadata | None = None, hints: Metadata | None = None
    ) -> Source:
        """Return the text as a source."""
        self._begin_pages()
        return Source(
            name,
            "".join(self._text),
            metadata or Metadata(),
            hints=hints or Metadata(),
            layout=tuple(self._layout),
            pages=tuple(self._pages),
        )

    def _add_block(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if text:
            start = self._add(text)
            self._layout.append(Block(kind, start, self._length, level))
            self._can_resume = False

    def _add(self, text: str) -> int:
        """Write a piece after a blank line, and return its offset."""
        if not text:
            return self._length
        if self._text:
            self._write("\n\n")
        self._begin_pages()
        start = self._length
        self._write(text)
        return start

    def _begin_pages(self) -> None:
        """Record the pages turned to, at the start of the next piece."""
        self._pages += [self._length] * self._turned
        self._turned = 0

    def _write(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)


def _one_line(text: str) -> str:
    return clean(text).replace("\n", " ")


def _item_line(depth: int, marker: str, text: str) -> str:
    return f"{'  ' * depth}{marker or '•'} {text}"
