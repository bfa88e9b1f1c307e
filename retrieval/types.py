"""What the stages hand over: Question → Hits, each with a Reading → Candidates → Answer."""

from dataclasses import dataclass, field
from enum import StrEnum

from embeddings.language.agencies import Mention
from embeddings.language.dates import DateMention
from embeddings.types import Document, Listing, Passage
from retrieval.matching import Term
from retrieval.reader import Reading


class Language(StrEnum):
    """The language to answer in; the documents are Swedish either way."""

    SWEDISH = "sv"
    ENGLISH = "en"


class Contact(StrEnum):
    """What is asked for that only a contact can answer."""

    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood.

    `text` is what was asked, in the spelling of the documents, and `topic` what was asked before it
    in the chat, or ""; `asked` and `history` are the same as they were typed. `terms` are what the
    text is about beside the dates and `agencies` that it names; `people` are names of two words or
    more, and `references` the numbers of cases and sections; what `expansions` holds are words that
    documents may use for these. `marks` is what the lexical index is searched for. `contact` is
    what the answer has to be, if that is a telephone number or an address.
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

    `dense` is the cosine of the vectors, `lexical` BM25, `near` the share of what the question is
    about that stands in the passage and its context, and `score` all joined. `reading` is what
    the reader made of it, if it was read. `also` are passages of other documents that have the
    same text.
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
        """The words, to the letter."""
        return self.document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer stands, or may stand: its number, the passage that was found, the quote in
    it, and the words of the quote that answer."""

    number: int
    hit: Hit
    quote: Quote
    marked: tuple[Quote, ...] = ()


class Outcome(StrEnum):
    """What came of a question.

    The documents answer it; they may, and the places are shown; what it names is in none; or it
    was no question about the documents.
    """

    ANSWERED = "answered"
    FOUND = "found"
    NOTHING = "nothing"
    TALK = "talk"


class Intent(StrEnum):
    """What somebody wants who writes: mostly to know what the documents say."""

    CONTENT = "content"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO = "who"
    HELP = "help"
    MACHINE = "machine"
    PRAISE = "praise"
    ABUSE = "abuse"
    UNCLEAR = "unclear"
    DOCUMENTS_ABOUT = "documents_about"
    DOCUMENTS_LIST = "documents_list"
    DOCUMENTS_NEW = "documents_new"
    DOCUMENTS_COUNT = "documents_count"
    TOPIC = "topic"
    SUMMARY = "summary"
    AUTHOR = "author"
    WHEN_PUBLISHED = "when_published"

    @property
    def is_talk(self) -> bool:
        """Whether nothing is asked of the documents."""
        return self is not Intent.CONTENT and not self.is_about_documents

    @property
    def is_about_documents(self) -> bool:
        """Whether it is answered by what documents there are, not by what they say."""
        return self in _ABOUT_DOCUMENTS

    @property
    def is_about_all(self) -> bool:
        """Whether it is asked about all documents together."""
        return self in _ABOUT_ALL

    @property
    def is_about_one(self) -> bool:
        """Whether it is asked about a document, which it has to name."""
        return self in _ABOUT_ONE


_ABOUT_ALL = frozenset({
    Intent.DOCUMENTS_ABOUT, Intent.DOCUMENTS_LIST, Intent.DOCUMENTS_NEW, Intent.DOCUMENTS_COUNT,
})  # fmt: skip
_ABOUT_ONE = frozenset({Intent.SUMMARY, Intent.AUTHOR, Intent.WHEN_PUBLISHED})
_ABOUT_DOCUMENTS = _ABOUT_ALL | _ABOUT_ONE | {Intent.TOPIC}


class AnswerType(StrEnum):
    """What an answer says beside the words that it quotes: that something is so, that it is not,
    or how many they are."""

    YES = "yes"
    NO = "no"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a language model, or an item of its list, and the numbers of the citations that
    show it."""

    text: str
    citations: tuple[int, ...]
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What a language model cost: calls, tokens in and out, and the seconds that it was waited
    for."""

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
    """An answer as exact spans of the sources, or the places that may hold it, or what is missing.

    `spans` are what was asked for: the items of a list, a name, a date, or at most two sentences;
    none unless the outcome is that it is answered. `confidence` is the probability that they are
    right, 0 to 1. `type` is None where the spans are all that is said. `missing` are the words of
    the question that no document holds. `worded` is the answer in a language model's words, where
    one was asked; `spans` are then the words that it quotes. Where the outcome is `found`, `worded`
    are the meanings that the question may have. `cost` is what the model cost, None where none was
    asked. `hits` are the passages that an answer was sought in, best first.

    What is no question about the content has another `intent`. Where no words of the documents
    answer it, `listed` are the documents that do, and `example` is one to ask about. Talk of an
    intent about one document asks which is meant.
    """

    question: Question
    outcome: Outcome
    confidence: float
    spans: tuple[Quote, ...] = ()
    citations: tuple[Citation, ...] = ()
    type: AnswerType | None = None
    missing: tuple[str, ...] = ()
    worded: tuple[Sentence, ...] = ()
    intent: Intent = Intent.CONTENT
    listed: tuple[Listing, ...] = field(default=(), repr=False)
    example: Listing | None = None
    cost: Cost | None = field(default=None, compare=False)
    hits: tuple[Hit, ...] = field(default=(), repr=False, compare=False)
    elapsed_ms: float = field(default=0.0, compare=False)

    @property
    def is_refused(self) -> bool:
        """Whether a question about the documents is left without an answer."""
        return self.outcome in {Outcome.FOUND, Outcome.NOTHING}

    @property
    def is_asserted(self) -> bool:
        """Whether something is said to be so."""
        return self.outcome is Outcome.ANSWERED

    @property
    def is_topic(self) -> bool:
        """Whether the next question in a chat may go on from this one."""
        return self.outcome is not Outcome.TALK and not self.intent.is_about_all
