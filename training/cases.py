"""What is known of every unit that may answer a question, and whether it does: what fits are of.

A question is asked as it is, and once more with what holds its answer taken away, where any answer
is wrong; a set whose documents are near to answering questions that they do not needs no such.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval import confidence, evaluation, ranking
from retrieval.answer import eligible, short_answer
from retrieval.engine import Engine
from retrieval.evaluation import Span, token_f1
from retrieval.evidence import confirmed
from retrieval.matching import Weight
from retrieval.reader import Reader
from retrieval.types import Hit, Question, QuestionKind, Refusal
from retrieval.units import Unit, find_units

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

FOLDS: Final = 5
FORMS: Final = tuple(QuestionKind)
SCORES: Final = ("dense", "lexical", "near", "relevance")
SIGNALS: Final = ("near", "dense", "relevance", "share")


@dataclass(frozen=True, slots=True)
class Case:
    """What was read for one question.

    `hits` are what search and reader say of each hit, shape (hits, 4), and `hit_of` the hit of each
    unit. `units` is the rest of what is known of the units, shape (units, 2 + forms), and `signals`
    what the confidence goes by. A hit or unit `holds` the answer; the short answer of a unit is
    `right`; it `agrees` if it says what the best unit answers.
    """

    hits: Array
    hit_holds: Flags
    hit_of: NDArray[np.int64]
    units: Array
    signals: Array
    holds: Flags
    right: Flags
    agrees: Flags
    present: bool
    fold: int

    def features(self, weights: Array) -> Array:
        """The features of the units, with the score of their hit by these weights in front."""
        return np.column_stack([(self.hits @ weights)[self.hit_of], self.units])


class Gold(Protocol):
    """A question, and how to know its answer."""

    @property
    def asked(self) -> tuple[str, Sequence[str]]:
        """The question, and what was asked before it."""
        ...

    @property
    def is_answerable(self) -> bool:
        """Whether the documents hold the answer."""
        ...

    def reveals(self, hit: Hit) -> bool:
        """Whether a hit is to be taken away where the answer is to be missing."""
        ...

    def holds(self, unit: Unit) -> bool:
        """Whether a unit holds the answer or, of one in several sentences, some of it."""
        ...

    def is_right(self, unit: Unit, said: str) -> bool:
        """Whether a unit holds the whole answer, and `said`, the short answer, some of it."""
        ...


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A question whose answer is a span of a text."""

    span: Span
    hides: Callable[[Hit, Span], bool]

    @property
    def asked(self) -> tuple[str, Sequence[str]]:
        """The question."""
        return self.span.question, ()

    @property
    def is_answerable(self) -> bool:
        """Whether the text holds the answer."""
        return self.span.answerable

    def reveals(self, hit: Hit) -> bool:
        """Whether a hit gives the answer away."""
        return self.hides(hit, self.span)

    def holds(self, unit: Unit) -> bool:
        """Whether the span, or its line elsewhere, reaches into a unit."""
        quote, span = unit.quote, self.span
        if quote.document.text == span.text:
            return quote.start < span.end and span.start < quote.end
        return span.answerable and span.line in quote.document.text and span.gold in quote.text

    def is_right(self, unit: Unit, said: str) -> bool:
        """Whether a unit holds the span, and the short answer words of it."""
        held = self.span.answerable and self.holds(unit) and self.span.gold in unit.quote.text
        return held and token_f1(said, self.span.gold) > 0


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A question that one whole document answers, and no words of it more than others."""

    span: Span

    @property
    def asked(self) -> tuple[str, Sequence[str]]:
        """The question."""
        return self.span.question, ()

    @property
    def is_answerable(self) -> bool:
        """Always: the document is among the others."""
        return True

    def reveals(self, hit: Hit) -> bool:
        """Whether a hit is of the document."""
        return hit.passage.document.text == self.span.text

    def holds(self, unit: Unit) -> bool:
        """Whether a unit is of the document."""
        return unit.quote.document.text == self.span.text

    def is_right(self, unit: Unit, said: str) -> bool:
        """Whether a unit is of the document, whatever is said of it."""
        return bool(said) and self.holds(unit)


@dataclass(frozen=True, slots=True)
class GoldWords:
    """A question of a question file, which says what words an answer has."""

    case: evaluation.Case

    @property
    def asked(self) -> tuple[str, Sequence[str]]:
        """The question, and the earlier ones."""
        return self.case.question, self.case.history

    @property
    def is_answerable(self) -> bool:
        """Whether the file says so."""
        return self.case.answerable

    def reveals(self, hit: Hit) -> bool:
        """Whether a hit is of a document that has the answer."""
        return hit.passage.document.name in self.case.sources

    def holds(self, unit: Unit) -> bool:
        """Whether a unit has all of the words, in a document that may be cited."""
        case = self.case
        return (
            case.answerable
            and unit.quote.document.name in case.sources
            and evaluation.has_words(case, unit.quote.text)
        )

    def is_right(self, unit: Unit, said: str) -> bool:
        """Whether a unit has all of the words, and the short answer none that it must not have."""
        return self.holds(unit) and not evaluation.has_wrong_words(self.case, said)


def cases(engine: Engine, reader: Reader, golds: Sequence[Gold]) -> Iterator[Case]:
    """The cases of questions with their answer, and without what reveals it.

    Those that a name decides are left out, and those of a kind that nothing is read for.
    """
    for number, gold in enumerate(golds):
        question = engine.understand(*gold.asked)
        if question.kind in ranking.BY_FORM:
            continue
        hits = engine.candidates(question)
        left_over = [hit for hit in hits if not gold.reveals(hit)]
        for left in (hits, left_over) if len(left_over) < len(hits) else (hits,):
            present = gold.is_answerable and left is hits
            evidence = confirmed(question, left)
            if not isinstance(evidence, Refusal):
                read = ranking.read_best(reader, question, evidence, until=1.0)
                read = [hit for hit in read if hit.reading is not None]
                weight = engine.index.words.weight
                yield from _case(question, read, gold, weight, number % FOLDS, present=present)


def _case(
    question: Question, hits: Sequence[Hit], gold: Gold, weight: Weight, fold: int, *, present: bool
) -> Iterator[Case]:
    """The case of a question, if there is anything to answer with."""
    found = [(row, unit) for row, hit in enumerate(hits)
             for unit in eligible(question, find_units(question, hit, weight))]  # fmt: skip
    if not found:
        return
    units = [unit for _, unit in found]
    best = max(units, key=lambda unit: confidence.fit(question, unit))
    said = short_answer(question, best)
    hit_of = np.array([row for row, _ in found])
    holds = np.array([present and gold.holds(unit) for unit in units])
    yield Case(
        hits=np.array([_scores(hit) for hit in hits]),
        hit_holds=np.array([holds[hit_of == row].any() for row in range(len(hits))]),
        hit_of=hit_of,
        units=np.array([_features(question, unit) for unit in units]),
        signals=np.array([_signals(unit) for unit in units]),
        holds=holds,
        right=np.array([present and gold.is_right(unit, _said(question, unit)) for unit in units]),
        agrees=np.array([unit.says(said) for unit in units]),
        present=present,
        fold=fold,
    )


def _said(question: Question, unit: Unit) -> str:
    return " ".join(span.text for span in short_answer(question, unit))


def in_paragraph(hit: Hit, span: Span) -> bool:
    """Whether a hit stands in the paragraph that the question was made for."""
    passage, (start, end) = hit.passage, span.paragraph
    same = passage.document.text == span.text
    return same and passage.start < end and start < passage.end


def _scores(hit: Hit) -> list[float]:
    """What `SCORES` names."""
    return [hit.dense, hit.lexical, hit.near, _relevance(hit)]


def _features(question: Question, unit: Unit) -> list[float]:
    forms = (unit.form * (question.kind is kind) for kind in FORMS)
    return [confidence.span_score(unit), unit.own, *forms]


def _signals(unit: Unit) -> list[float]:
    """What `SIGNALS` names, but for the share, which depends on the fit."""
    return [unit.hit.near, unit.hit.dense, confidence.said_relevance(_relevance(unit.hit))]


def _relevance(hit: Hit) -> float:
    assert hit.reading is not None
    return hit.reading.relevance
