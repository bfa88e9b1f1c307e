"""What is handed to the database and comes back from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it arrived: its JSON, and the chat and message that it carries, if any.

    The updates of a lane are dealt with one after another.
    """

    id: int
    body: str
    lane: str
    chat: int | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where and by whom something is asked; `thread` is 0 outside forum topics."""

    chat: int
    thread: int
    user: int


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Where a quote stands: `quote` and `passage` are offsets in the document's text."""

    document: str
    text_hash: str
    passage: tuple[int, int]
    quote: tuple[int, int]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it is remembered; `question` is None when it has been forgotten.

    `command` is "ask" or "search", `outcome` that of an answer or "", and `tail` the HTML of the
    message that carries the buttons.
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
    """A document that waits for a yes."""

    id: int
    user: int
    chat: int
    name: str
    title: str
    content: bytes
