"""Question files with the expected answers, and the outcomes of their questions."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.files import read_lines, words_of
from evaluation.replies import RANKS, Figures, is_within, mean, share, token_f1
from evaluation.written import read_written_file
from retrieval.types import Answer

KEYS = frozenset(
    "id question kind history answer_all answer_any answer_none sources answerable".split()
)
"""The fields allowed in a question of a question file; any other is an error."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what a right answer contains.

    `answer` is the exact whole answer, if known.
    """

    id: str
    question: str
    kind: str
    history: tuple[str, ...]
    answer_all: tuple[str, ...]
    answer_any: tuple[str, ...]
    answer_none: tuple[str, ...]
    sources: tuple[str, ...]
    answerable: bool
    answer: str = ""

    @property
    def expected(self) -> str:
        """The expected contents of the answer, on one line."""
        if not self.answerable:
            return "no answer"
        parts = ["; ".join(self.answer_all), " or ".join(self.answer_any)]
        return " and one of ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """The outcome of a case; `rank` is that of the first passage that contains the answer, 1 for
    the best, and `short` is the short answer."""

    case: Case
    answer: Answer
    short: str
    rank: int | None

    @property
    def is_right(self) -> bool:
        """Whether an answer was given and, with its quotes, contains all it must, from the right
        source."""
        return self.is_asserted and self._holds([self.short, *self._quotes()])

    @property
    def is_right_alone(self) -> bool:
        """Whether the short answer alone, without its quotes, contains what it must."""
        return self.is_asserted and self._holds([self.short])

    @property
    def is_shown(self) -> bool:
        """Whether what is shown contains the answer, given as an answer or as possible places."""
        cited = [one.quote for one in self.answer.citations]
        own = [quote.text for quote in cited if quote.document.name in self.case.sources]
        shown = [self.short, *own] if self.is_asserted else own
        return self.case.answerable and bool(own) and has_words(self.case, "\n".join(shown))

    @property
    def is_asserted(self) -> bool:
        """Whether an answer was given."""
        return self.answer.is_asserted

    def _quotes(self) -> list[str]:
        return [cited.quote.text for cited in self.answer.citations]

    def _holds(self, texts: Iterable[str]) -> bool:
        cited = self.answer.citations[:1]
        return (
            self.case.answerable
            and any(one.quote.document.name in self.case.sources for one in cited)
            and has_words(self.case, "\n".join(texts))
            and not has_wrong_words(self.case, self.short)
        )


def has_words(case: Case, text: str) -> bool:
    """Whether a text contains all required words of a right answer, and one of the alternatives."""
    folded = fold(text)
    return all(fold(words) in folded for words in case.answer_all) and (
        not case.answer_any or any(fold(words) in folded for words in case.answer_any)
    )


def has_wrong_words(case: Case, text: str) -> bool:
    """Whether a text contains words that no right answer has."""
    return any(fold(words) in fold(text) for words in case.answer_none)


def fold(text: str) -> str:
    """The text normalized for searching: case-folded, with white space collapsed."""
    return " ".join(text.casefold().split())


def read_cases(path: Path) -> list[Case]:
    """Read the cases of a question file, one JSON object per line; raises EvaluationError."""
    return read_lines(path, lambda _, entry: _case(entry))


def written_cases(path: Path) -> tuple[dict[str, str], list[Case]]:
    """The texts of a file of written questions by name, and the questions as cases."""
    texts: dict[str, str] = {}
    cases = []
    for document in read_written_file(path):
        name = f"{document.id}.txt"
        texts[name] = document.text
        for number, one in enumerate(document.questions, 1):
            golds = tuple(document.text[start:end] for start, end in one.spans)
            cases.append(
                Case(f"{document.id}#{number}", one.question, one.kind, one.history, golds, (), (),
                     (name,), bool(golds), " ".join(golds))
            )  # fmt: skip
    return texts, cases


def _case(entry: dict[str, Any]) -> Case:
    unknown = sorted(entry.keys() - KEYS)
    if unknown:
        raise ValueError(f"it has the unknown key {unknown[0]!r}")
    if not isinstance(entry["question"], str):
        raise TypeError("'question' is no text")
    if not isinstance(entry["answerable"], bool):
        raise TypeError("'answerable' is neither true nor false")
    return Case(
        id=str(entry["id"]),
        question=entry["question"],
        kind=str(entry.get("kind", "")),
        history=words_of(entry, "history"),
        answer_all=words_of(entry, "answer_all"),
        answer_any=words_of(entry, "answer_any"),
        answer_none=words_of(entry, "answer_none"),
        sources=words_of(entry, "sources"),
        answerable=entry["answerable"],
    )


def summary(outcomes: Sequence[CaseOutcome]) -> Figures:
    """The figures of a group of outcomes: shares 0 to 1, and the median length in words.

    `right`, `alone`, `token_f1`, `shown` and R@k, the rank of the passage that contains the answer,
    are over the answerable questions; `asserted_right` is over the answers given.
    """
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    absent = [outcome for outcome in outcomes if not outcome.case.answerable]
    asserted = [outcome for outcome in outcomes if outcome.is_asserted]
    lengths = [len(outcome.short.split()) for outcome in answerable if outcome.is_asserted]
    figures: Figures = {
        "questions": len(outcomes),
        "right": share(outcome.is_right for outcome in answerable),
        "alone": share(outcome.is_right_alone for outcome in answerable),
        "token_f1": mean(
            token_f1(outcome.short, outcome.case.answer) if outcome.is_asserted else 0.0
            for outcome in answerable if outcome.case.answer
        ),
        "asserted_right": share(outcome.is_right for outcome in asserted),
        "declined": share(not outcome.is_asserted for outcome in answerable),
        "shown": share(outcome.is_shown for outcome in answerable),
        "absent_asserted": share(outcome.is_asserted for outcome in absent),
    }  # fmt: skip
    for rank in RANKS:
        figures[f"R@{rank}"] = share(is_within(outcome.rank, rank) for outcome in answerable)
    figures["median_words"] = statistics.median(lengths) if lengths else None
    return figures
