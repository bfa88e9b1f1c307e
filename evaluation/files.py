"""Reading the files to evaluate: text, JSON, and JSON Lines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from embeddings.errors import KallbotError

_T = TypeVar("_T")


class EvaluationError(KallbotError):
    """The file to evaluate cannot be read, or has an unknown format."""


def read_text(path: Path) -> str:
    """A file's text; raises EvaluationError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read ({error}): give another file") from error


def words_of(entry: dict[str, Any], key: str) -> tuple[str, ...]:
    """The texts listed under a key, none if it is missing; raises ValueError for any other
    value."""
    listed = entry.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise ValueError(f"{key!r} is no list of texts")
    return tuple(listed)


def read_lines(path: Path, read_one: Callable[[int, Any], _T]) -> list[_T]:
    """The result of `read_one` for each non-empty line, given its number and parsed JSON.

    Raises EvaluationError for a line that is not JSON or that `read_one` cannot read, and if there
    is none.
    """
    read = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            try:
                read.append(read_one(number, json.loads(line)))
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                reason = f"it has no {error}" if isinstance(error, KeyError) else error
                raise EvaluationError(
                    f"{path.name}, line {number} is not a question ({reason}): expected is an "
                    "object with what docs/questions.md lists"
                ) from error
    if not read:
        raise EvaluationError(f"{path.name} holds no question: give another file")
    return read
