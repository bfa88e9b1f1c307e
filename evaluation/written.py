"""Written questions: documents with questions as people type them, and the answering words.

The format is that of `docs/questions.md`: one document per line, each question with its answers as
exact substrings of a quote, which is an exact substring of the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.types import Span
from evaluation.files import read_lines, words_of
from evaluation.spans import unix_lines


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question on a document; without `spans` the text does not answer it.

    `spans` are the parts of the answer in the text, in order; `quote` is the span that shows the
    answer, or a misleading one, or (0, 0). `polarity` is "ja" or "nej" for a yes/no question, and
    "antal" if the answer is the number of spans.
    """

    question: str
    history: tuple[str, ...]
    spans: tuple[Span, ...]
    quote: Span
    kind: str = ""
    polarity: str = ""


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A text with its questions."""

    id: str
    text: str
    questions: tuple[WrittenQuestion, ...]


def read_written(folder: Path) -> Iterator[WrittenDocument]:
    """Read the documents of every file in a folder; raises EvaluationError for another format."""
    for file in sorted(folder.glob("*.jsonl")):
        yield from read_written_file(file)


def read_written_file(file: Path) -> list[WrittenDocument]:
    """Read the documents of a file; raises EvaluationError for format errors."""
    seen: set[str] = set()

    def read_one(_: int, entry: dict[str, Any]) -> WrittenDocument:
        document = _document(entry)
        if document.id in seen:
            raise ValueError(f"{document.id!r} is the id of another document")
        seen.add(document.id)
        return document

    return read_lines(file, read_one)


def _document(entry: dict[str, Any]) -> WrittenDocument:
    name, text = entry["id"], unix_lines(entry["text"])
    if not name or Path(name).name != name:  # a file with this name will hold the text
        raise ValueError(f"the id {name!r} cannot be the name of a file")
    questions = tuple(_question(name, text, one) for one in entry["questions"])
    return WrittenDocument(name, text, questions)


def _question(document: str, text: str, entry: dict[str, Any]) -> WrittenQuestion:
    quote = unix_lines(entry["quote"])
    begin = text.find(quote) if quote else 0
    if begin < 0:
        raise ValueError(f"{document}: the quote of {entry['question']!r} is not in the text")
    spans: list[Span] = []
    at = begin
    for answer in map(unix_lines, words_of(entry, "answers")):
        at = text.find(answer, at, begin + len(quote)) if answer else -1
        if at < 0:
            raise ValueError(f"{document}: {answer!r} does not follow in the quote")
        spans.append((at, at + len(answer)))
        at += len(answer)
    return WrittenQuestion(
        entry["question"], words_of(entry, "history"), tuple(spans), (begin, begin + len(quote)),
        entry["kind"], entry.get("polarity", ""),
    )  # fmt: skip
