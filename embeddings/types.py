"""The data passed between stages: Source → Document with Blocks → Passages with Context."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

MAX_WORDING = 500
"""The most characters of a title, a heading, a publisher or a column name used as context: every
passage carries it, and anything longer is text rather than a name."""
_MAX_ADDRESS = 2000

Span = tuple[int, int]
"""A part of a text: its start and its end, exclusive, in characters."""


def shortened(text: str, limit: int = MAX_WORDING) -> str:
    """The text cut to at most `limit` characters, with an ellipsis where it is cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class BlockKind(StrEnum):
    """The kind of a structural piece of a document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    ROW = "row"
    CAPTION = "caption"
    STATEMENT = "statement"
    METADATA = "metadata"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Block:
    """A structural piece of a document: `text[start:end]`, offsets in characters.

    `level` is the depth of a heading (1 for the title), and 0 for everything else.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0


class EntityKind(StrEnum):
    """The kind of thing that a piece of text names."""

    DATE = "date"
    ORGANISATION = "organisation"
    PERSON = "person"
    REFERENCE = "reference"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Entity:
    """A named thing at `text[start:end]`; two of one kind with the same key are the same.

    The key of a date is its ISO 8601 form, possibly partial ("2018-04-12", "--04-12"), of an
    organisation its official name, and of a contact E.164 or the address; that of a person or a
    reference is case-folded: "anna berg", "bn 2026-0123".
    """

    kind: EntityKind
    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of a document; None where unknown.

    `language` is a code of ISO 639-1, such as "sv".
    """

    title: str | None = None
    publisher: str | None = None
    kind: str | None = None
    published: date | None = None
    url: str | None = None
    language: str | None = None

    def or_else(self, other: "Metadata") -> "Metadata":
        """A copy with missing values filled in from `other`."""
        names = (part.name for part in fields(self))
        return Metadata(**{name: getattr(self, name) or getattr(other, name) for name in names})

    def shortened(self) -> "Metadata":
        """A copy with long values cut to the limit, and without a URL that is too long."""
        is_address = self.url is None or len(self.url) <= _MAX_ADDRESS
        return replace(
            self,
            title=self.title and shortened(self.title),
            publisher=self.publisher and shortened(self.publisher),
            kind=self.kind and shortened(self.kind),
            url=self.url if is_address else None,
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A document as read: its name, its text, and what its format specifies.

    The name is the file's path relative to the documents folder, followed by the row if each row of
    the file is a document (`bidrag.csv#row=3`, as in RFC 7111). In the text of a text file every
    `\\r\\n` and `\\r` is replaced with `\\n`, and nothing else changes; other formats have
    extracted text. The body begins at `body`, after any front matter.

    `metadata` takes precedence over the origin stated in the text, which takes precedence over
    `hints`. The date of `hints` is not used: when a file was saved is not when its document was
    published. `layout` holds the blocks marked by the format; between them is running text. Page n
    begins at `pages[n - 1]`.
    """

    name: str
    text: str = field(repr=False)
    metadata: Metadata = field(default_factory=Metadata)
    body: int = 0
    hints: Metadata = field(default_factory=Metadata)
    layout: tuple[Block, ...] = field(default=(), repr=False)
    pages: tuple[int, ...] = field(default=(), repr=False)

    @property
    def is_markdown(self) -> bool:
        """Whether `#` begins a heading."""
        return _is_markdown(self.name)


def _is_markdown(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in {".md", ".markdown"}


def shown_title(name: str, title: str | None) -> str:
    """The title of a document, or the name of its file if it has none."""
    return title or PurePosixPath(name).stem


@dataclass(frozen=True, slots=True)
class Document:
    """A source with its structure; blocks and entities are in the order of the text.

    The entities cover the whole text, including page furniture.
    """

    name: str
    text: str = field(repr=False)
    metadata: Metadata
    blocks: tuple[Block, ...] = field(repr=False)
    pages: tuple[int, ...] = field(default=(), repr=False)
    entities: Sequence[Entity] = field(default=(), repr=False, compare=False)

    @property
    def title(self) -> str:
        """The title, or the name of the file if the document has none."""
        return shown_title(self.name, self.metadata.title)

    @property
    def is_markdown(self) -> bool:
        """Whether the text contains Markdown markup."""
        return _is_markdown(self.name)

    def text_of(self, block: Block) -> str:
        """The exact text of the block."""
        return self.text[block.start : block.end]

    def block_at(self, offset: int) -> Block | None:
        """The block at a character offset; None if the offset is in no block.

        `document.block_at(passage.end - 1)` is the block that a passage was cut from: all of a list
        that is divided.
        """
        number = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        block = self.blocks[number] if number >= 0 else None
        return block if block and offset < block.end else None

    def page_at(self, offset: int) -> int | None:
        """The page, from 1, at a character offset; None if there are no pages."""
        return max(bisect_right(self.pages, offset), 1) if self.pages else None


@dataclass(frozen=True, slots=True)
class Listing:
    """The list entry of a document: its name, the file it is in, and its origin."""

    name: str
    file: str
    title: str
    publisher: str | None = None
    published: date | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a passage that are needed to understand it."""

    title: str
    headings: tuple[str, ...] = ()
    lead: str = ""
    event_date: str = ""


def _start(entity: Entity) -> int:
    return entity.start


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of embedding and retrieval: `document.text[start:end]`, offsets in characters."""

    document: Document
    kind: BlockKind
    start: int
    end: int
    context: Context

    @property
    def text(self) -> str:
        """The exact text of the passage."""
        return self.document.text[self.start : self.end]

    @property
    def entities(self) -> Sequence[Entity]:
        """The entities in the passage, in the order of the text; offsets are in the document."""
        named = self.document.entities
        first = bisect_left(named, self.start, key=_start)
        return [one for one in named[first : bisect_left(named, self.end, key=_start)]
                if one.end <= self.end]  # fmt: skip

    @property
    def in_context(self) -> str:
        """The passage with all of its context, one part per line."""
        context = self.context
        around = (context.title, *context.headings, context.lead, context.event_date)
        return "\n".join([*around, self.text])

    @property
    def is_notice(self) -> bool:
        """Whether the passage is page furniture."""
        return self.kind is BlockKind.NOTICE
