"""The types between stages: Question → Hits, each with a Reading → Candidates → Answer."""

from dataclasses import dataclass, field
from enum import StrEnum

from embeddings.language.agencies import Mention
from embeddings.language.dates import DateMention
from embeddings.types import Document, Listing, Passage
from retrieval.matching import Term
from retrieval.reader import Reading


class Language(StrEnum):
    """The language to answer in; the documents are Swedish in both cases."""

    SWEDISH = "sv"
    ENGLISH = "en"


class Contact(StrEnum):
    """The kind of contact details that a question asks for."""

    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed question.

    `text` is the question, in the spelling of the documents, and `topic` the questions before it in
    the chat, or ""; `asked` and `history` are the same as typed. `terms` are what the text is
    about, including the dates and `agencies` that it names. `people` are names of two or more
    words, and `references` the numbers of cases and sections. `expansions` are other words that
    documents may use for its organisations and titles. `marks` are the keys for the lexical index.
    `contact` is the required kind of answer, if that is a telephone number or an address.
    """

    text: str
    topic: str = ""
    asked: str = ""
    history: tuple[str, ...] = ()
    language: Language = Language.SWEDISH
    terms: tuple[Term, ...] = ()
    marks: tuple[str, ...] = ()
    expansions: tuple[str, ...] = ()
    dates: tuple[DateMention, ...] = ()
    agencies: tuple[Mention, ...] = ()
    people: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its scores for one question; higher is better.

    `dense` is the cosine of the vectors, `lexical` BM25, `near` the coverage of the question's
    terms by the passage and its context, and `score` the weighted sum. `reading` is the reader's
    output, if the passage was read. `also` are passages of other documents with the same text.
    """

    passage: Passage
    score: float
    dense: float
    lexical: float
    near: float
    reading: Reading | None = None
    also: tuple[Passage, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Quote:
    """An exact span of a document's text: `document.text[start:end]`."""

    document: Document
    start: int
    end: int

    @property
    def text(self) -> str:
        """The exact text of the span."""
        return self.document.text[self.start : self.end]

    def overlaps(self, other: "Quote") -> bool:
        """Whether two spans share text of one document."""
        is_same = self.document.name == other.document.name
        return is_same and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Citation:
    """The place of an answer, or of a possible one: its number, the hit, the quote in it, and the
    words of the quote that answer."""

    number: int
    hit: Hit
    quote: Quote
    marked: tuple[Quote, ...] = ()


class Outcome(StrEnum):
    """The outcome of a question.

    The documents answer it; they may, and the places are shown; no document has what it names; or
    it was no question about the documents.
    """

    ANSWERED = "answered"
    FOUND = "found"
    NOTHING = "nothing"
    TALK = "talk"


class Intent(StrEnum):
    """The intent of a message; mostly a question about the content of the documents."""

    CONTENT = "content"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO = "who"
    HELP = "help"
    MACHINE = "machine"
    PRAISE = "praise"
    ABUSE = "abuse"
    ACKNOWLEDGEMENT = "acknowledgement"
    UNCLEAR = "unclear"
    DOCUMENTS_ABOUT = "documents_about"
    DOCUMENTS_LIST = "documents_list"
    DOCUMENTS_NEW = "documents_new"
    DOCUMENTS_OLD = "documents_old"
    DOCUMENTS_COUNT = "documents_count"
    TOPIC = "topic"
    SUMMARY = "summary"
    AUTHOR = "author"
    WHEN_PUBLISHED = "when_published"

    @property
    def is_talk(self) -> bool:
        """Whether the message asks nothing of the documents."""
        return self is not Intent.CONTENT and not self.is_about_documents

    @property
    def is_about_documents(self) -> bool:
        """Whether the question is about the documents as such, not about their content."""
        return self in _ABOUT_DOCUMENTS

    @property
    def is_about_all(self) -> bool:
        """Whether the question is about all documents together."""
        return self in _ABOUT_ALL

    @property
    def is_about_one(self) -> bool:
        """Whether the question is about a document, which it has to name."""
        return self in _ABOUT_ONE


_ABOUT_ALL = frozenset({
    Intent.DOCUMENTS_ABOUT, Intent.DOCUMENTS_LIST, Intent.DOCUMENTS_NEW, Intent.DOCUMENTS_OLD,
    Intent.DOCUMENTS_COUNT,
})  # fmt: skip
_ABOUT_ONE = frozenset({Intent.SUMMARY, Intent.AUTHOR, Intent.WHEN_PUBLISHED})
_ABOUT_DOCUMENTS = _ABOUT_ALL | _ABOUT_ONE | {Intent.TOPIC}


class AnswerType(StrEnum):
    """What an answer says in addition to the words that it quotes: yes, no, or their number."""

    YES = "yes"
    NO = "no"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by a language model, or an item of its list, with the numbers of the citations
    that support it."""

    text: str
    citations: tuple[int, ...]
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a language model: calls, input and output tokens, and seconds of waiting."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as exact spans of the sources, or the places that may contain it, or what is
    missing.

    `spans` are what was asked for: the items of a list, a name, a date, or at most two sentences;
    empty unless the outcome is answered. `confidence` is the probability that they are right, 0 to
    1; an answer that is given with the reservation that it may be wrong `is_tentative`. `type` is
    None if the answer consists of the spans alone. `missing` are the words of the
    question that no document contains. `worded` is the answer in a language model's words, if one
    was asked; `spans` are then the words that it quotes. If the outcome is found, `worded` are the
    possible meanings of the question. `cost` is the cost of the model, None if none was asked.
    `hits` are the passages in which an answer was searched for, best first.

    `intent` differs from content if the question is not about the content. If it is answered by
    documents rather than by their words, these are `listed`, and `is_selection` tells whether only
    those of a kind or a time that it names; if none is of that kind, it is `missing`, and all are
    listed. `example` is a document to ask about.
    With the outcome talk and an intent about one document, the answer asks which is meant.
    """

    question: Question
    outcome: Outcome
    confidence: float
    spans: tuple[Quote, ...] = ()
    citations: tuple[Citation, ...] = ()
    is_tentative: bool = False
    type: AnswerType | None = None
    missing: tuple[str, ...] = ()
    worded: tuple[Sentence, ...] = ()
    intent: Intent = Intent.CONTENT
    listed: tuple[Listing, ...] = field(default=(), repr=False)
    is_selection: bool = False
    example: Listing | None = None
    cost: Cost | None = field(default=None, compare=False)
    hits: tuple[Hit, ...] = field(default=(), repr=False, compare=False)
    elapsed_ms: float = field(default=0.0, compare=False)

    @property
    def is_refused(self) -> bool:
        """Whether a question about the documents is not answered."""
        return self.outcome in {Outcome.FOUND, Outcome.NOTHING}

    @property
    def is_asserted(self) -> bool:
        """Whether the answer asserts something."""
        return self.outcome is Outcome.ANSWERED

    @property
    def can_be_followed_up(self) -> bool:
        """Whether the next question in a chat may refer to this one."""
        is_about_all = self.intent.is_about_all and not self.selects
        return self.outcome is not Outcome.TALK and not is_about_all

    @property
    def selects(self) -> bool:
        """Whether a question about all documents names a kind or a time of them."""
        return self.is_selection or (self.intent.is_about_all and bool(self.missing))
