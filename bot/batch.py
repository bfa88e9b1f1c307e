"""Questions in a file, one JSON object per line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from embeddings.errors import KallbotError, QuestionError
from retrieval.question import check_question


class BatchError(KallbotError):
    """A line of a batch is not a valid question; `id` is its id, or None."""

    def __init__(self, message: str, identity: Any = None) -> None:
        super().__init__(message)
        self.id = identity


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question, and the earlier ones of its chat, oldest first."""

    id: Any
    question: str
    history: tuple[str, ...]


def read_batch(lines: Iterable[str]) -> Iterator[Inquiry | BatchError]:
    """Each question in order, or the error in its line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _inquiry(number, line)


def _inquiry(number: int, line: str) -> Inquiry | BatchError:
    identity = None
    try:
        said = json.loads(line)
        identity = _identity(said)
        return _asked(identity, said)
    except QuestionError as error:
        return BatchError(f"line {number}: {error}", identity)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return BatchError(
            f"line {number} is not a question ({error}): write "
            '{"id": "1", "question": "…"} on a line of its own',
            identity,
        )


def _identity(said: dict[str, Any]) -> Any:
    """The id in a line; raises ValueError if it cannot be serialized again."""
    identity = said.get("id")
    json.dumps(identity, ensure_ascii=False).encode()
    return identity


def _asked(identity: Any, said: dict[str, Any]) -> Inquiry:
    history = said.get("history") or []
    texts = [said["question"], *history] if isinstance(history, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("the question has to be text, and its history a list of texts")
    "".join(history).encode()  # raises UnicodeEncodeError, a ValueError, for a lone surrogate
    check_question(said["question"])
    return Inquiry(identity, said["question"], tuple(history))
