"""The reply of a language model: its verdict, and the parts of its answer with their quotes."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from retrieval.llm.client import NoReply

_MOST_PARTS = 80
_MOST_QUOTES = 100
_MOST_QUERIES = 3
_LONGEST_QUERY = 300
# Reasoning, as written by models that have no separate field for it.
_THOUGHTS = re.compile(r"<(think|thinking|reasoning|thought)>.*?</\1>|\[THINK\].*?\[/THINK\]",
                       re.DOTALL | re.IGNORECASE)  # fmt: skip
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|reasoning|thought)>|\[/THINK\]", re.IGNORECASE)


class Verdict(StrEnum):
    """A model's verdict on the passages.

    They answer; they may answer; they do not; or they answer two meanings of the question.
    """

    ANSWERED = "answered"
    FOUND = "found"
    NOTHING = "nothing"
    ASK = "ask"


class Quoted(BaseModel):
    """Words that a model claims to be in the passage with this number."""

    passage: int
    quote: str


class Part(BaseModel):
    """A sentence or list item, with the quotes that are to support it."""

    text: str = ""
    item: bool = False
    quotes: list[Quoted] = []


class Reply(BaseModel):
    """A reply of the expected form."""

    verdict: Verdict
    parts: list[Part] = []


class Rewriting(BaseModel):
    """A question that can be understood without the earlier ones, and additional search queries."""

    question: str
    queries: list[str] = []


def read_reply(text: str) -> Reply:
    """Parse a model's reply, skipping malformed parts; raises NoReply.

    Of a truncated reply the complete parts are used.
    """
    said = _find_object(text, "verdict")
    try:
        verdict = Verdict(said["verdict"])
    except ValueError:
        raise NoReply("wrote a verdict of its own") from None
    listed = said.get("parts")
    return Reply(verdict=verdict, parts=list(_parts(listed if isinstance(listed, list) else [])))


def read_rewriting(text: str) -> Rewriting:
    """Parse a model's rewriting; raises NoReply."""
    try:
        said = Rewriting.model_validate(_find_object(text, "question"))
    except ValidationError:
        raise NoReply("wrote JSON of another form") from None
    if not said.question.strip():
        raise NoReply("wrote no question")
    queries = [query[:_LONGEST_QUERY] for query in said.queries if any(map(str.isalnum, query))]
    return Rewriting(question=said.question, queries=queries[:_MOST_QUERIES])


def _parts(listed: list[Any]) -> Iterator[Part]:
    for one in listed[:_MOST_PARTS]:
        try:
            part = Part.model_validate(one)
        except ValidationError:
            continue
        yield part.model_copy(update={"quotes": part.quotes[:_MOST_QUOTES]})


def _find_object(text: str, key: str) -> dict[str, Any]:
    """The last JSON object with a key in a model's text, outside its reasoning; raises NoReply."""
    said = _THOUGHT_ENDS.split(_THOUGHTS.sub("", text))[-1]
    starts = [match.start() for match in re.finditer(rf'\{{\s*"{key}"', said)] or [said.find("{")]
    if starts[-1] < 0:
        raise NoReply("wrote no JSON")
    rest = said[starts[-1] :]
    for candidate, partial in ((rest[: rest.rfind("}") + 1], False), (rest, True)):
        try:
            found = from_json(candidate, allow_partial=partial)
        except ValueError:
            continue
        if isinstance(found, dict) and key in found:
            return found
    raise NoReply("wrote no JSON")
