"""Scoring: question files with what a right answer holds, and SweQUAD-MC with spans of its texts."""

import json
import re
import statistics
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.errors import KallbotError
from retrieval.types import Answer, Hit

RANKS = (1, 3, 10)
_ANSWER_RANKS = (1, 5, 10)
_CORRECT = "Correct answer"
_SEARCHED = 10


class EvaluationError(KallbotError):
    """The file to evaluate cannot be read, or is of no format that is known."""


# Question files


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
        held = "\n".join(texts).casefold()
        case = self.case
        return (
            not self.is_refused
            and all(words.casefold() in held for words in case.answer_all)
            and (not case.answer_any or any(words.casefold() in held for words in case.answer_any))
            and not any(words.casefold() in self.short.casefold() for words in case.answer_none)
        )


def read_cases(path: Path) -> list[Case]:
    """The cases of a question file, one JSON object a line; raises EvaluationError."""
    cases = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise EvaluationError(
                    f"{path.name}, line {number} is not a question ({error}): correct it"
                ) from error
    if not cases:
        raise EvaluationError(f"{path.name} holds no question: give another file")
    return cases


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


def first_rank(hits: Sequence[Hit], wanted: Callable[[Hit], bool]) -> int | None:
    """The rank of the first hit that is wanted, 1 for the best; None where there is none."""
    return next((rank for rank, hit in enumerate(hits, 1) if wanted(hit)), None)


def summary(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """The figures of a group of outcomes: shares 0 to 1, and the median length in words."""
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    refusable = [outcome for outcome in outcomes if not outcome.case.answerable]
    lengths = [len(outcome.short.split()) for outcome in answerable if not outcome.is_refused]
    figures: dict[str, float | int | None] = {
        "questions": len(outcomes),
        "right": _share(outcome.is_right for outcome in answerable),
        "right_alone": _share(outcome.is_right_alone for outcome in answerable),
        "right_citation": _share(
            outcome.has_right_source and not outcome.is_refused for outcome in answerable
        ),
        "right_refusal": _share(outcome.is_refused for outcome in refusable),
    }
    for rank in RANKS:
        found = (outcome.rank is not None and outcome.rank <= rank for outcome in answerable)
        figures[f"hit@{rank}"] = _share(found)
    figures["median_words"] = statistics.median(lengths) if lengths else None
    return figures


def _share(flags: Iterable[bool]) -> float | None:
    listed = list(flags)
    return sum(listed) / len(listed) if listed else None


# SweQUAD-MC


@dataclass(frozen=True, slots=True)
class Span:
    """A question whose answer is `text[start:end]`, in characters, line ends as one."""

    question: str
    text: str
    start: int
    end: int

    @property
    def gold(self) -> str:
        """The words of the answer."""
        return self.text[self.start : self.end]


def read_swequad(path: Path) -> list[Span]:
    """The questions of a SweQUAD-MC file (Kalpakchi & Boye 2021); raises EvaluationError."""
    try:
        return [_span(entry) for entry in json.loads(_read(path))["data"]]
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise EvaluationError(
            f"{path.name} is neither a question file nor SweQUAD-MC: give one of these"
        ) from error


def _span(entry: dict[str, Any]) -> Span:
    right = next(choice for choice in entry["choices"] if choice["type"] == _CORRECT)
    before, gold = (
        entry["context"][: right["start"]],
        entry["context"][right["start"] : right["end"]],
    )
    start = len(unix_lines(before))
    text = unix_lines(entry["context"])
    return Span(entry["question"], text, start, start + len(unix_lines(gold)))


def unix_lines(text: str) -> str:
    """The text with every line end as one `\\n`, as documents are read."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def covers(hit: Hit, span: Span) -> bool:
    """Whether a hit's passage holds the answer: its place, or the same words elsewhere.

    Sibling pages share paragraphs to the letter, and search shows such a passage once.
    """
    passage = hit.passage
    if passage.document.text == span.text:
        return passage.start <= span.start and span.end <= passage.end
    sentence_start = span.text.rfind("\n", 0, span.start) + 1
    line_end = span.text.find("\n", span.end)
    line = span.text[sentence_start : line_end if line_end >= 0 else len(span.text)]
    return line.strip() in passage.text


def exact_match(answer: str, gold: str) -> float:
    """1 if the answer is the gold span but for case, punctuation and white space (SQuAD 1.1)."""
    return float(_words(answer) == _words(gold))


def token_f1(answer: str, gold: str) -> float:
    """The F1 of the words of answer and gold span (SQuAD 1.1, without its English articles)."""
    ours, theirs = _words(answer), _words(gold)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0


_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}–—”’«»•…]")


def _words(text: str) -> list[str]:
    return _PUNCTUATION.sub(" ", text.casefold()).split()


def summary_of_spans(
    ranks: Sequence[int | None], answers: Sequence[str], spans: Sequence[Span]
) -> dict[str, float | int]:
    """R@1/5/10 of the passage that holds the span, exact match and token F1 of the answers."""
    count = len(spans)
    figures: dict[str, float | int] = {"questions": count}
    for limit in _ANSWER_RANKS:
        found = sum(rank is not None and rank <= limit for rank in ranks)
        figures[f"R@{limit}"] = found / count
    pairs = [(answer, span.gold) for answer, span in zip(answers, spans, strict=True)]
    figures["exact_match"] = sum(exact_match(*pair) for pair in pairs) / count
    figures["token_f1"] = sum(token_f1(*pair) for pair in pairs) / count
    figures["refused"] = sum(not answer for answer in answers) / count
    return figures


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read ({error}): give another file") from error
