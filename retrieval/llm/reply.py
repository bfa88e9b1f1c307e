"""What a language model replied: its verdict, and the parts of its answer with their quotes."""

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
# Thoughts, as the models write them that have no field of their own for them.
_THOUGHTS = re.compile(r"<(think|thinking|reasoning|thought)>.*?</\1>|\[THINK\].*?\[/THINK\]",
                       re.DOTALL | re.IGNORECASE)  # fmt: skip
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|reasoning|thought)>|\[/THINK\]", re.IGNORECASE)


class Verdict(StrEnum):
    """What a model makes of the passages.

    They answer; they may, but not surely; they do not; or they answer two meanings of the question.
    """

    ANSWERED = "answered"
    FOUND = "found"
    NOTHING = "nothing"
    ASK = "ask"


class Quoted(BaseModel):
    """Words that a model says stand in the passage of a number."""

    passage: int
    quote: str


class Part(BaseModel):
    """A sentence, or an item of a list, and what it is said to stand on."""

    text: str = ""
    item: bool = False
    quotes: list[Quoted] = []


class Reply(BaseModel):
    """A reply of the right form."""

    verdict: Verdict
    parts: list[Part] = []


class Rewriting(BaseModel):
    """A question that can be understood without those before it, and what else to search for."""

    question: str
    queries: list[str] = []


def read_reply(text: str) -> Reply:
    """The reply in what a model wrote, without the parts of another form; raises NoReply.

    A reply that was cut off has the parts that are whole.
    """
    said = _find_object(text, "verdict")
    try:
        verdict = Verdict(said["verdict"])
    except ValueError:
        raise NoReply("wrote a verdict of its own") from None
    listed = said.get("parts")
    return Reply(verdict=verdict, parts=list(_parts(listed if isinstance(listed, list) else [])))


def read_rewriting(text: str) -> Rewriting:
    """The rewriting in what a model wrote; raises NoReply."""
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
    """The last JSON object with a key in what a model wrote, thoughts aside; raises NoReply."""
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
