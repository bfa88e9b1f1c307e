"""Questions on texts, each with the answering span: SweQUAD-MC, SQuAD 2.0 and SweFAQ."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from evaluation.files import EvaluationError, read_lines, read_text

HELD_OUT = 5
"""Every fifth article of SQuAD 2.0 (0, 5, 10, …) is held out: no training uses it."""
_CORRECT = "Correct answer"


class FileFormat(StrEnum):
    """The file formats whose questions come with their texts."""

    SWEQUAD = "SweQUAD-MC"
    SQUAD = "SQuAD 2.0"
    SWEFAQ = "SweFAQ"
    WRITTEN = "written questions"


@dataclass(frozen=True, slots=True)
class SpanQuestion:
    """A question whose answer is `text[start:end]`, in characters, with unified line ends.

    `others` are equally right wordings from the text. If the text does not answer the question, the
    span is empty, and is at the paragraph that the question was written for.
    """

    question: str
    text: str
    start: int
    end: int
    id: str = ""
    others: tuple[str, ...] = ()
    answerable: bool = True

    @property
    def gold(self) -> str:
        """The text of the answer."""
        return self.text[self.start : self.end]

    @property
    def golds(self) -> tuple[str, ...]:
        """Every right wording."""
        return (self.gold, *self.others) if self.answerable else ()

    @property
    def paragraph(self) -> tuple[int, int]:
        """The start and the end of the lines that hold the answer."""
        first, last = self.text.rfind("\n", 0, self.start) + 1, self.text.find("\n", self.end)
        return first, last if last >= 0 else len(self.text)

    @property
    def line(self) -> str:
        """The lines that hold the answer."""
        first, last = self.paragraph
        return self.text[first:last].strip()


def find_format(path: Path) -> FileFormat | None:
    """The format of a file whose questions come with their texts; None for a question file.

    Raises EvaluationError for any other file.
    """
    if path.suffix == ".jsonl":
        first = next((line for line in read_text(path).split("\n") if line.strip()), "")
        if '"candidate_answers"' in first:
            return FileFormat.SWEFAQ
        return FileFormat.WRITTEN if '"questions"' in first and '"text"' in first else None
    first = _entries(path)[0]
    if "paragraphs" in first:
        return FileFormat.SQUAD
    if "choices" in first:
        return FileFormat.SWEQUAD
    raise _unknown(path)


def read_spans(path: Path, format_: FileFormat, *, held_out: bool = False) -> list[SpanQuestion]:
    """Read the questions of a file; for SQuAD 2.0 only those of the held-out articles, if asked."""
    if format_ is FileFormat.SQUAD:
        return read_squad(path, HELD_OUT if held_out else 1)
    if held_out:
        raise EvaluationError(f"{path.name} is {format_}, of which no article is held out: "
                              "leave --held-out")  # fmt: skip
    return read_swequad(path) if format_ is FileFormat.SWEQUAD else read_swefaq(path)


def read_swequad(path: Path) -> list[SpanQuestion]:
    """Read the questions of a SweQUAD-MC file (Kalpakchi & Boye 2021); raises EvaluationError."""
    return _read(path, lambda entries: [_swequad_span(*one) for one in enumerate(entries, 1)])


def read_squad(path: Path, every: int = 1) -> list[SpanQuestion]:
    """Read the questions of SQuAD 1.1 or 2.0 (Rajpurkar et al. 2018), from one article in `every`.

    The text of each is its whole article. Raises EvaluationError.
    """
    return _read(path, lambda articles: _squad_spans(articles[::every]))


def read_swefaq(path: Path) -> list[SpanQuestion]:
    """Read the questions of SweFAQ, each with its whole answer as text; raises EvaluationError."""
    return read_lines(path, _swefaq_span)


def _read(
    path: Path, read_all: Callable[[list[Any]], Iterable[SpanQuestion]]
) -> list[SpanQuestion]:
    try:
        return list(read_all(_entries(path)))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise _unknown(path) from error


def _entries(path: Path) -> list[Any]:
    try:
        entries = json.loads(read_text(path))["data"]
    except (ValueError, KeyError, TypeError) as error:
        raise _unknown(path) from error
    if not isinstance(entries, list) or not entries or not isinstance(entries[0], dict):
        raise _unknown(path)
    return entries


def _unknown(path: Path) -> EvaluationError:
    formats = ", ".join(FileFormat)
    return EvaluationError(
        f"{path.name} is neither a question file nor of a format that is known ({formats}): "
        "give one of these"
    )


def _swequad_span(number: int, entry: dict[str, Any]) -> SpanQuestion:
    right = next(choice for choice in entry["choices"] if choice["type"] == _CORRECT)
    context = entry["context"]
    before, gold = context[: right["start"]], context[right["start"] : right["end"]]
    start = len(unix_lines(before))
    end = start + len(unix_lines(gold))
    return SpanQuestion(entry["question"], unix_lines(context), start, end, str(number))


def _squad_spans(articles: Iterable[dict[str, Any]]) -> Iterator[SpanQuestion]:
    for article in articles:
        title = article.get("title", "").replace("_", " ")
        text, begins = f"{title}\n\n" if title else "", []
        for paragraph in article["paragraphs"]:
            begins.append(len(text))
            text += unix_lines(paragraph["context"]) + "\n\n"
        for paragraph, begin in zip(article["paragraphs"], begins, strict=True):
            for asked in paragraph["qas"]:
                # No answer, but not marked impossible either: the answer was lost in translation.
                if asked.get("is_impossible") or asked["answers"]:
                    yield _squad_span(asked, text, begin, paragraph["context"])


def _squad_span(asked: dict[str, Any], text: str, begin: int, context: str) -> SpanQuestion:
    number = asked.get("id", "")
    if asked.get("is_impossible"):
        return SpanQuestion(asked["question"], text, begin, begin, number, answerable=False)
    first, *more = asked["answers"]
    start = begin + len(unix_lines(context[: first["answer_start"]]))
    gold = unix_lines(first["text"])
    others = dict.fromkeys(unix_lines(other["text"]) for other in more)
    others.pop(gold, None)
    return SpanQuestion(asked["question"], text, start, start + len(gold), number, tuple(others))


def _swefaq_span(number: int, entry: dict[str, Any]) -> SpanQuestion:
    text = unix_lines(entry["candidate_answers"][entry["label"]])
    return SpanQuestion(entry["question"], text, 0, len(text), str(number))


def read_texts(path: Path, format_: FileFormat, *, held_out: bool = False) -> set[str]:
    """The texts of a file; of SweFAQ also the answers that belong to no question."""
    if format_ is FileFormat.SWEFAQ:
        answers = read_lines(path, lambda _, entry: list(entry["candidate_answers"]))
        return {unix_lines(answer) for listed in answers for answer in listed}
    return {span.text for span in read_spans(path, format_, held_out=held_out)}


def unix_lines(text: str) -> str:
    """The text with every line end replaced by `\\n`, as in documents."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
