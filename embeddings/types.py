"""What the stages hand over: Source → Document with its Blocks → Passages with their Context."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath


class BlockKind(StrEnum):
    """What a structural piece of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
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


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document beside its text; None where nothing says it."""

    title: str | None = None
    publisher: str | None = None
    kind: str | None = None
    published: date | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read: its path relative to the documents folder, its text, and what is said of it.

    In `text` every `\\r\\n` and `\\r` is `\\n`; nothing else is changed. The body begins at
    `body`, after a front matter if there is one.
    """

    name: str
    text: str
    metadata: Metadata = field(default_factory=Metadata)
    body: int = 0

    @property
    def is_markdown(self) -> bool:
        """Whether `#` begins a heading."""
        return PurePosixPath(self.name).suffix.lower() in {".md", ".markdown"}


@dataclass(frozen=True, slots=True)
class Document:
    """A source whose structure is known; the blocks are in the order of the text."""

    name: str
    text: str = field(repr=False)
    metadata: Metadata
    blocks: tuple[Block, ...] = field(repr=False)

    @property
    def title(self) -> str:
        """The title, or the file's name where the document gives none."""
        return self.metadata.title or PurePosixPath(self.name).stem

    def text_of(self, block: Block) -> str:
        """The block's text, to the letter."""
        return self.text[block.start : block.end]


@dataclass(frozen=True, slots=True)
class Context:
    """What a passage needs from around it to be understood."""

    title: str
    headings: tuple[str, ...] = ()
    lead: str = ""
    event_date: str = ""


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
    def in_context(self) -> str:
        """The passage with all of its context, a piece a line."""
        context = self.context
        around = (context.title, *context.headings, context.lead, context.event_date)
        return "\n".join([*around, self.text])

    @property
    def is_notice(self) -> bool:
        """Whether the passage is page furniture."""
        return self.kind is BlockKind.NOTICE
