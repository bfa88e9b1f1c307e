"""Question files, with what a right answer holds, and what came of their questions."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.evaluation.files import read_lines
from retrieval.evaluation.replies import Figures, is_within, share
from retrieval.types import Answer

_RANKS = (1, 3, 10)


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what a right answer holds."""

    id: str
    question: str
    kind: str
    history: tuple[str, ...]
    answer_all: tuple[str, ...]
    answer_any: tuple[str, ...]
    answer_none: tuple[str, ...]
    sources: tuple[str, ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case; `rank` is that of the first hit in one of the sources, 1 the best."""

    case: Case
    answer: Answer
    short: str
    rank: int | None

    @property
    def is_right(self) -> bool:
        """Whether the answer, or its quotes, hold all they must, and the source is right."""
        return self.has_right_words and self.has_right_source

    @property
    def has_right_words(self) -> bool:
        """Whether the answer or its quotes hold what they must and nothing that they must not."""
        return self._holds([self.short, *(cited.quote.text for cited in self.answer.citations)])

    @property
    def is_right_alone(self) -> bool:
        """Whether the short answer holds it without its quotes."""
        return self._holds([self.short]) and self.has_right_source

    @property
    def has_right_source(self) -> bool:
        """Whether the first citation is of a document that may be cited."""
        cited = self.answer.citations[:1]
        return any(citation.quote.document.name in self.case.sources for citation in cited)

    @property
    def is_refused(self) -> bool:
        """Whether the answer is a refusal."""
        return self.answer.refusal is not None

    def _holds(self, texts: Iterable[str]) -> bool:
        return (
            not self.is_refused
            and has_words(self.case, "\n".join(texts))
            and not has_wrong_words(self.case, self.short)
        )


def has_words(case: Case, text: str) -> bool:
    """Whether a text has all of the words that a right answer has, and one of any there is."""
    held = text.casefold()
    return all(words.casefold() in held for words in case.answer_all) and (
        not case.answer_any or any(words.casefold() in held for words in case.answer_any)
    )


def has_wrong_words(case: Case, text: str) -> bool:
    """Whether a text has words that no right answer has."""
    return any(words.casefold() in text.casefold() for words in case.answer_none)


def read_cases(path: Path) -> list[Case]:
    """The cases of a question file, one JSON object a line; raises EvaluationError."""
    return read_lines(path, lambda _, said: _case(said))


def _case(said: dict[str, Any]) -> Case:
    return Case(
        id=str(said["id"]),
        question=said["question"],
        kind=said.get("kind", ""),
        history=tuple(said.get("history", ())),
        answer_all=tuple(said.get("answer_all", ())),
        answer_any=tuple(said.get("answer_any", ())),
        answer_none=tuple(said.get("answer_none", ())),
        sources=tuple(said.get("sources", ())),
        answerable=bool(said["answerable"]),
    )


def summary(outcomes: Sequence[Outcome]) -> Figures:
    """The figures of a group of outcomes: shares 0 to 1, and the median length in words."""
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    refusable = [outcome for outcome in outcomes if not outcome.case.answerable]
    lengths = [len(outcome.short.split()) for outcome in answerable if not outcome.is_refused]
    figures: Figures = {
        "questions": len(outcomes),
        "right": share(outcome.is_right for outcome in answerable),
        "right_alone": share(outcome.is_right_alone for outcome in answerable),
        "right_citation": share(
            outcome.has_right_source and not outcome.is_refused for outcome in answerable
        ),
        "right_refusal": share(outcome.is_refused for outcome in refusable),
    }
    for rank in _RANKS:
        figures[f"hit@{rank}"] = share(is_within(outcome.rank, rank) for outcome in answerable)
    figures["median_words"] = statistics.median(lengths) if lengths else None
    return figures
