"""Questions in a file, one JSON object a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from embeddings.errors import KallbotError, QuestionError
from retrieval.question import check_question


class BatchError(KallbotError):
    """A line of a batch is not a question."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question, and the earlier ones of its chat, oldest first."""

    id: str | None
    question: str
    history: tuple[str, ...]


def read_batch(lines: Iterable[str]) -> Iterator[Inquiry | BatchError]:
    """Each question in its order, or what is wrong with its line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _asked(json.loads(line))
            except QuestionError as error:
                yield BatchError(f"line {number}: {error}")
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                yield BatchError(
                    f"line {number} is not a question ({error}): write "
                    '{"id": "1", "question": "…"} on a line of its own'
                )


def _asked(said: dict[str, Any]) -> Inquiry:
    history = said.get("history") or []
    texts = [said["question"], *history] if isinstance(history, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("the question has to be text, and its history a list of texts")
    "".join(history).encode()  # raises UnicodeEncodeError, a ValueError, for half a character
    check_question(said["question"])
    return Inquiry(said.get("id"), said["question"], tuple(history))
