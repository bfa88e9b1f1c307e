"""What is known of every unit that may answer a question, and whether it does: what fits are of.

Every question is asked twice: as it is, and with what holds its answer taken away, where any answer
is wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from embeddings.index import Index
from retrieval import confidence, ranking
from retrieval.answer import short_answer
from retrieval.evaluation import Span, token_f1
from retrieval.evidence import confirmed
from retrieval.question import understand
from retrieval.reader import Reader
from retrieval.search import search
from retrieval.types import Hit, Question, QuestionKind, Refusal
from retrieval.units import Unit, find_units

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

HITS: Final = 40
FOLDS: Final = 5
FORMS: Final = tuple(QuestionKind)
SCORES: Final = ("dense", "lexical", "near", "relevance")
SIGNALS: Final = ("near", "own", "dense", "share", "relevance")


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


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks questions of an index, and looks at what comes before an answer is chosen."""

    index: Index
    encoder: Encoder
    reader: Reader

    def cases(self, spans: Sequence[Span], hides: Callable[[Hit, Span], bool]) -> Iterator[Case]:
        """The cases of questions with their answer, and without the hits that are hidden.

        Those that a name decides are left out, and those of a kind that nothing is read for.
        """
        for number, span in enumerate(spans):
            question = understand(span.question)
            if question.kind in ranking.BY_FORM:
                continue
            hits = search(self.index, self.encoder, question, HITS)
            for present in (True, False):
                left = [hit for hit in hits if present or not hides(hit, span)]
                evidence = confirmed(question, left)
                if not isinstance(evidence, Refusal):
                    read = ranking.read_best(self.reader, question, evidence, until=1.0)
                    read = [hit for hit in read if hit.reading is not None]
                    yield from self._case(question, read, span, number % FOLDS, present=present)

    def _case(
        self, question: Question, hits: Sequence[Hit], span: Span, fold: int, *, present: bool
    ) -> Iterator[Case]:
        """The case of a question, if there is anything to answer with."""
        weight = self.index.words.weight
        found = [(row, unit) for row, hit in enumerate(hits)
                 for unit in find_units(question, hit, weight)]  # fmt: skip
        if not found:
            return
        units = [unit for _, unit in found]
        best = max(units, key=lambda unit: confidence.fit(question, unit))
        said = short_answer(question, best)
        hit_of = np.array([row for row, _ in found])
        holds = np.array([present and _holds(unit, span) for unit in units])
        yield Case(
            hits=np.array([_scores(hit) for hit in hits]),
            hit_holds=np.array([holds[hit_of == row].any() for row in range(len(hits))]),
            hit_of=hit_of,
            units=np.array([_features(question, unit) for unit in units]),
            signals=np.array([_signals(unit) for unit in units]),
            holds=holds,
            right=np.array([present and _is_right(question, unit, span) for unit in units]),
            agrees=np.array([unit.says(said) for unit in units]),
            present=present,
            fold=fold,
        )


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
    return [unit.hit.near, unit.own, unit.hit.dense, _relevance(unit.hit)]


def _relevance(hit: Hit) -> float:
    assert hit.reading is not None
    return hit.reading.relevance


def _holds(unit: Unit, span: Span) -> bool:
    """Whether a unit holds the answer or, of one in several sentences, some of it."""
    quote = unit.quote
    if quote.document.text == span.text:
        return quote.start < span.end and span.start < quote.end
    return span.answerable and span.line in quote.document.text and span.gold in quote.text


def _is_right(question: Question, unit: Unit, span: Span) -> bool:
    """Whether a unit holds the whole answer, and the short answer some of it."""
    said = " ".join(quote.text for quote in short_answer(question, unit))
    held = span.answerable and _holds(unit, span) and span.gold in unit.quote.text
    return held and token_f1(said, span.gold) > 0
