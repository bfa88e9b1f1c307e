"""What the stages hand over: Question → Hits → Answer with its Citations, each with a Quote."""

from dataclasses import dataclass, field
from enum import StrEnum

from embeddings.language.agencies import Mention
from embeddings.language.dates import DateMention
from embeddings.types import Document, Passage
from retrieval.matching import Term
from retrieval.reader import Reading


class QuestionKind(StrEnum):
    """What sort of answer a question asks for."""

    LIST = "list"
    NAMES = "names"
    PERSON = "person"
    DATE = "date"
    PLACE = "place"
    NUMBER = "number"
    PHONE = "phone"
    EMAIL = "email"
    STATEMENT = "statement"
    REASON = "reason"
    YES_NO = "yesno"
    FACT = "fact"
    KEYWORDS = "keywords"


class Language(StrEnum):
    """The language to answer in; the documents are Swedish either way."""

    SWEDISH = "sv"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood.

    `text` stands by itself, follow-ups resolved; `terms` are what it is about beside the dates,
    `agencies` and people's and places' `names` that it names; `expansions` are words that
    documents may use for these. `focus` is the term that says what sort of thing is asked for, as
    "myndigheter" in "vilka myndigheter"; `background` are the terms of the conversation before it;
    `marks` is what the lexical index is searched for. Of events on one day of several years the
    `latest` is asked for, or the earliest (False), where the question says so.
    """

    text: str
    kind: QuestionKind
    language: Language = Language.SWEDISH
    terms: tuple[Term, ...] = ()
    focus: Term | None = None
    background: tuple[Term, ...] = ()
    marks: tuple[str, ...] = ()
    expansions: tuple[str, ...] = ()
    dates: tuple[DateMention, ...] = ()
    agencies: tuple[Mention, ...] = ()
    names: tuple[str, ...] = ()
    latest: bool | None = None


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
    """Where an answer stands: its number, the passage that was found, and the quote in it."""

    number: int
    hit: Hit
    quote: Quote


class RefusalReason(StrEnum):
    """Why the documents do not answer."""

    WEAK = "weak"
    DATE = "date"
    NAME = "name"
    AGENCY = "agency"
    MISSING_DETAIL = "detail"
    APART = "apart"
    WHICH_DATE = "which date"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, and what is nearest to one.

    `missing` are the words of the question that no document holds, or no one document (`APART`);
    for `WHICH_DATE` it is what the date may mean. `held` is what the documents have in their place:
    a date, a name. `nearest` are the hits to show, the best one if there are none.
    """

    reason: RefusalReason
    missing: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    nearest: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a language model, and the numbers of the citations that it stands on."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as exact spans of the sources, or a refusal with what was nearest.

    `spans` are what was asked for: the items of a list, a name, a date, or at most two sentences.
    `confidence` is the probability that the answer is right, 0 to 1. An answer is `disputed` where
    two documents say different things: the spans and the citations are then of both. `worded`
    is the answer in a language model's words, where one was asked; `spans` are then the words that
    it quotes. `hits` are those that the answer was sought in, best first.
    """

    question: Question
    confidence: float
    spans: tuple[Quote, ...] = ()
    citations: tuple[Citation, ...] = ()
    refusal: Refusal | None = None
    disputed: bool = False
    worded: tuple[Sentence, ...] = ()
    hits: tuple[Hit, ...] = field(default=(), repr=False, compare=False)
    elapsed_ms: float = field(default=0.0, compare=False)
