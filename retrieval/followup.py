"""Follow-up questions: what a chat has said before, put into a question that stands by itself.

Deterministic: the same question after the same history is always understood in the same way.
"""

import re
from collections.abc import Iterator, Sequence

from embeddings.language.agencies import find_agencies
from embeddings.language.dates import find_dates
from embeddings.language.words import STOP_WORDS, tokens
from retrieval.question import MAX_CHARACTERS

Span = tuple[int, int]

_CONNECTIVE = re.compile(r"^\s*(?:och|men|samt|då|and|but)\b[\s,]*", re.IGNORECASE)
_REFERRING = re.compile(
    r"\b(?:det|den|de|dem|dom|där|dit|då|han|hon|hen|honom|henne|hans|hennes|deras|dess|denna|detta|"
    r"dessa|it|they|them|there|he|she|his|her|their|that|those)\b(?P<noun>\s+[^\W_]+)?",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\b(?:vem|vilka|vilken|vilket|vad|när|var|vart|varför|hur|who|what|when|where|why|how|which)\b",
    re.IGNORECASE,
)
# A pronoun in front of these refers to nothing before: "är det klart", "det gäller".
_EMPTY_SUBJECT = re.compile(
    r"\b(?:är|var|blir|finns|gäller|ska|kan|måste|när)\s+det\b|"
    r"\bdet\s+(?:är|var|finns|fanns|gäller)\b",
    re.IGNORECASE,
)
_RESOLVED = re.compile(r"(?P<asked>.*?) \((?P<topic>.*)\)")
_FEW_TERMS = 2
_MOST_QUESTIONS = 3


def resolve(question: str, history: Sequence[str]) -> tuple[str, str]:
    """The question, and the topic of the earlier ones (oldest first) where it leans on them."""
    earlier = [" ".join(text.split()) for text in history if text.strip()][-_MOST_QUESTIONS:]
    if not earlier or not is_follow_up(question):
        return question, ""
    opened = _CONNECTIVE.sub("", question)
    if not _asks(opened):  # "Och?"
        opened = question
    previous = earlier[-1]
    if not _QUESTION_WORD.search(opened) and (replaced := _substituted(opened, previous)):
        return replaced, ""
    topics = list(dict.fromkeys(topic for text in earlier for topic in _topics(text)))
    while len(", ".join(topics)) > MAX_CHARACTERS:
        topics.pop(0)
    return opened, ", ".join(topics)


def is_follow_up(question: str) -> bool:
    """Whether a question leans on what was said before."""
    if _CONNECTIVE.match(question) or not _content(question):
        return True
    pronouns = [match for match in _REFERRING.finditer(_EMPTY_SUBJECT.sub("", question))
                if not _is_article(match)]  # fmt: skip
    return bool(pronouns) and len(_content(question)) <= 2 * _FEW_TERMS


def _is_article(match: re.Match[str]) -> bool:
    """Whether "den" or "de" only stands before its noun: "den 12 april", "de tolv kommunerna"."""
    word, noun = match.group().split()[0].lower(), match["noun"]
    return word in {"den", "det", "de"} and bool(noun) and noun.strip().lower() not in STOP_WORDS


def _substituted(question: str, previous: str) -> str | None:
    """The previous question about what the new one names: "Och för Skolinspektionen?"."""
    for find in (_agency_spans, _date_spans):
        new, old = find(question), find(previous)
        if new and old:
            (start, end), (first, last) = new[0], old[0]
            replaced = previous[:first] + question[start:end] + previous[last:]
            return replaced if len(replaced) <= MAX_CHARACTERS else None
    return None


def _agency_spans(text: str) -> list[Span]:
    return [(mention.start, mention.end) for mention in find_agencies(text, fuzzy=True)]


def _date_spans(text: str) -> list[Span]:
    return [(mention.start, mention.end) for mention in find_dates(text)]


def _topics(text: str) -> Iterator[str]:
    """What a question was about, after what it leant on itself: "Varför (simhallen i Åsby)"."""
    leaning = _RESOLVED.fullmatch(text)
    asked, leant_on = (leaning["asked"], leaning["topic"].split(", ")) if leaning else (text, [])
    for topic in map(_topic, [*leant_on, asked]):
        if _asks(topic):
            yield topic


def _topic(text: str) -> str:
    """A question without its question words and pronouns: what it was about."""
    bare = _REFERRING.sub(_keep_noun, _QUESTION_WORD.sub("", _CONNECTIVE.sub("", text)))
    return " ".join(bare.strip(" ?!.").split())


def _keep_noun(match: re.Match[str]) -> str:
    return match.group() if _is_article(match) else match["noun"] or ""


def _asks(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _content(text: str) -> list[str]:
    return [word for word in tokens(text) if word not in STOP_WORDS]
