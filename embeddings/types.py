"""What the stages hand over: Source → Document with its Blocks → Passages with their Context."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

MAX_WORDING = 500
"""Characters of a title, a heading, a publisher or the name of a column where it stands for what
is below it: each passage has it, and a longer one is no name but a text."""
_MAX_ADDRESS = 2000


def shortened(text: str, limit: int = MAX_WORDING) -> str:
    """A text of at most so many characters, with a sign where it is cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class BlockKind(StrEnum):
    """What a structural piece of a document is."""

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
    """What a piece of a text names."""

    DATE = "date"
    ORGANISATION = "organisation"
    PERSON = "person"
    REFERENCE = "reference"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Entity:
    """What a text names at `text[start:end]`; two of a kind with one key are the same.

    The key of a date is as ISO 8601 writes it, as far as it is known ("2018-04-12", "--04-12"),
    of an organisation its official name, and of a contact E.164 or the address; that of a person
    or a reference is folded: "anna berg", "bn 2026-0123".
    """

    kind: EntityKind
    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document beside its text; None where nothing says it.

    `language` is a code of ISO 639-1, such as "sv".
    """

    title: str | None = None
    publisher: str | None = None
    kind: str | None = None
    published: date | None = None
    url: str | None = None
    language: str | None = None

    def or_else(self, other: "Metadata") -> "Metadata":
        """This, with what it does not say filled in from `other`."""
        names = (part.name for part in fields(self))
        return Metadata(**{name: getattr(self, name) or getattr(other, name) for name in names})

    def shortened(self) -> "Metadata":
        """This, with what is longer than its like may be cut, and an address that is left out."""
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
    """A document as read: its name, its text, and what its format says of it.

    The name is the file's path relative to the documents folder, with the row where each row of
    the file is a document (`bidrag.csv#row=3`, as in RFC 7111). In the text of a text file every
    `\\r\\n` and `\\r` is `\\n`, and nothing else is changed; that of other formats is extracted.
    The body begins at `body`, after a front matter if there is one.

    `metadata` goes before what the text says of its origin, and `hints` after it, but for
    their date: when a file was saved is not when its document was published. `layout` holds the
    blocks that the format marks; between them is running text. Page n begins at `pages[n - 1]`.
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
    """The title of a document, or its file's name where it gives none."""
    return title or PurePosixPath(name).stem


@dataclass(frozen=True, slots=True)
class Document:
    """A source whose structure is known; blocks and entities are in the order of the text.

    The entities are those of all of the text, page furniture too.
    """

    name: str
    text: str = field(repr=False)
    metadata: Metadata
    blocks: tuple[Block, ...] = field(repr=False)
    pages: tuple[int, ...] = field(default=(), repr=False)
    entities: Sequence[Entity] = field(default=(), repr=False, compare=False)

    @property
    def title(self) -> str:
        """The title, or the file's name where the document gives none."""
        return shown_title(self.name, self.metadata.title)

    @property
    def is_markdown(self) -> bool:
        """Whether the text has the marks of Markdown in it."""
        return _is_markdown(self.name)

    def text_of(self, block: Block) -> str:
        """The block's text, to the letter."""
        return self.text[block.start : block.end]

    def block_at(self, offset: int) -> Block | None:
        """The block of the character at an offset, None for what is in no block.

        `document.block_at(passage.end - 1)` is what a passage was cut from: the whole of a list
        that is divided.
        """
        number = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        block = self.blocks[number] if number >= 0 else None
        return block if block and offset < block.end else None

    def page_at(self, offset: int) -> int | None:
        """The page, from 1, of the character at an offset; None where there are no pages."""
        return max(bisect_right(self.pages, offset), 1) if self.pages else None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list of documents says of one: its name, the file that it is in, and its origin."""

    name: str
    file: str
    title: str
    publisher: str | None = None
    published: date | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a passage needs from around it to be understood."""

    title: str
    headings: tuple[str, ...] = ()
    lead: str = ""
    event_date: str = ""


def _start(entity: Entity) -> int:
    return entity.start


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded and retrieved: `document.text[start:end]`, offsets in characters."""

    document: Document
    kind: BlockKind
    start: int
    end: int
    context: Context

    @property
    def text(self) -> str:
        """The passage's text, to the letter."""
        return self.document.text[self.start : self.end]

    @property
    def entities(self) -> Sequence[Entity]:
        """What the passage names, in the order of the text; offsets are of the document."""
        named = self.document.entities
        first = bisect_left(named, self.start, key=_start)
        return [one for one in named[first : bisect_left(named, self.end, key=_start)]
                if one.end <= self.end]  # fmt: skip

    @property
    def in_context(self) -> str:
        """The passage with all of its context, a piece a line."""
        context = self.context
        around = (context.title, *context.headings, context.lead, context.event_date)
        return "\n".join([*around, self.text])

    @property
    def is_notice(self) -> bool:
        """Whether the passage is page furniture."""
        return self.kind is BlockKind.NOTICE
