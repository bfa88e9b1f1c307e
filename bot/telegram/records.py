"""The values that are stored in the database and read from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as received: its JSON, and the ids of its chat and message, if it has them.

    The updates of a lane are handled one after another.
    """

    id: int
    body: str
    lane: str
    chat: int | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The chat, topic and person of a question; `thread` is 0 outside forum topics."""

    chat: int
    thread: int
    user: int


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """The location of a quote: `quote` and `passage` are offsets in the document's text."""

    document: str
    text_hash: str
    passage: tuple[int, int]
    quote: tuple[int, int]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A stored answer; `question` is None once it has been deleted.

    `command` is "ask" or "search". `outcome` is that of the answer, or "" for a search. `tail` is
    the HTML of the message that has the buttons.
    """

    update_id: int
    place: Place
    question_message: int
    command: str
    question: str | None
    history: tuple[str, ...]
    outcome: str
    language: str
    version: str
    text: str
    refused: bool
    places: tuple[SourcePlace, ...]
    tail: str
    id: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message of a reply: "planned", "sending" (it may have arrived), "sent" or "failed".

    `after` is the highest message id that its chat had when it was sent.
    """

    update_id: int
    part: int
    body: str
    state: str
    after: int
    message: int | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A document that waits for its sender's decision."""

    id: int
    user: int
    chat: int
    name: str
    title: str
    content: bytes
