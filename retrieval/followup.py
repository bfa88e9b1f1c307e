"""Follow-up questions: what a chat has said before, put into a question that stands by itself.

Deterministic: the same question after the same history is always understood in the same way. The
history holds what was asked, as it was typed or as it was understood, and no answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from embeddings.language.agencies import find_agencies
from embeddings.language.dates import DateMention, find_dates, spelt_out
from embeddings.language.words import STOP_WORDS, stem_words, tokens
from retrieval.question import ASKING, ENGLISH, EVENT_ORDER, MAX_CHARACTERS, find_names, language_of
from retrieval.types import Language

Span = tuple[int, int]

_CONNECTIVE = re.compile(
    r"^\s*(?:(?:och|men|samt|då|and|but|so)\b[\s,]*)*"
    r"(?:(?:hur\s+är\s+det\s+(?:med|för)|vad\s+gäller\s+för|hur\s+gick\s+det\s+för|"
    r"what\s+about|how\s+about)\b\s*)?",
    re.IGNORECASE,
)
_REFERRING = re.compile(
    r"\b(?:det|den|de|dem|dom|där|dit|då|han|hon|hen|honom|henne|hans|hennes|deras|dess|denna|"
    r"detta|dessa|it|they|them|there|he|she|him|his|her|their|that|those)\b"
    r"(?P<noun>\s+[^\W_]+)?",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:(?P<whose>hans|hennes|hens|his)|han|hon|hen|honom|henne|he|she|him|her)\b",
    re.IGNORECASE,
)
_THINGS = frozenset("det den de dem dom denna detta dessa it they them that those".split())
_PLACE_BEFORE = re.compile(r"\b(?:i|på|från|till|vid|hos|för|in|at|from|of|for)\s+$", re.IGNORECASE)
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
_MORE = re.compile(
    r"(?:(?:vilka|vad|några|något|nåt|berätta|säg|vem|any|tell\s+me|what)\s+)?"
    r"(?:mer|mera|fler|flera|andra|annat|övriga|more|else|others)",
    re.IGNORECASE,
)
_WHICH = re.compile(r"^\s*(?:vilka|vilket|vilken|which)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"hur\s+många|how\s+many", re.IGNORECASE)
_THEN = re.compile(r"(?<=\w)\s+(?:då|then)(?=\s*\??$)", re.IGNORECASE)
_MEANT = re.compile(r"^(?:(?:jag\s+menar|menar|i\s+mean|nej|ja)\b[\s,]*)+", re.IGNORECASE)
_DAY = re.compile(r"(?:den\s+|the\s+)?(?P<day>3[01]|[12]\d|0?[1-9])(?::?[ea]|th|st|nd|rd)?")
_ARTICLE = re.compile(r"\b(?:den|the|i|in|on)\s+$", re.IGNORECASE)
# What stands before a month, and before a day, by whether the text is English.
_BEFORE = {(False, False): "i ", (False, True): "den ", (True, False): "in ", (True, True): "on "}
# Words that say of any event what there is to ask of it; they do not say which event it is.
_OF_ANY_EVENT = frozenset(
    stem_words(
        "möte mötet träffen sammanträdet beslutet beslut beslutade beslutades händelsen hände "
        "skedde deltog deltar delta medverkade medverkar närvarade deltagare deltagarna aktörer "
        "personer människor kom kommer bjöd bjuder höll hölls håller hålls ägde rum plats tid "
        "lokal kostade kostar kostnad ansvarar ansvarig ordförande började slutade börjar slutar "
        "tyckte tycker talade pratade ledde leder arrangerade handlade handlar resultat resultatet "
        "syfte syftet skäl anledning kontakt kontaktperson presskontakt telefonnummer mejladress "
        "started ended happened attended participants decided decision meeting".split()
    )
)
_EVENT_ABOUT = re.compile(
    r"\b(?:(?:möte|sammanträde)t?|träff(?:en)?|beslut(?:et)?|meeting|decision)\s+"
    r"(?:om|kring|angående|gällande|rörande|about|on)\s+(?P<matter>\w+)",
    re.IGNORECASE,
)
_COPULA = re.compile(r"^(?:är|var|blir|blev|heter|hette|is|was|are|were)\s+", re.IGNORECASE)
_RESOLVED = re.compile(r"(?P<asked>.*?) \((?P<topic>.*)\)")
_ABOUT = re.compile(
    r"^(?:handla(?:r|de)|gäller|gällde|rör|rörde|hölls|hålls|ägde|äger)\s+(.*?)(?:\s+(?:om|rum))?$",
    re.IGNORECASE,
)
_FEW_TERMS = 2
_MOST_TOPICS = 3


@dataclass(frozen=True, slots=True)
class _Thread:
    """What is talked of: the last question, and what those before it were about."""

    asked: str
    topics: tuple[str, ...] = ()

    @property
    def all_topics(self) -> list[str]:
        """What all of it is about, the oldest first, each once."""
        about = _topic(self.asked)
        adds = _asks(about) and not (self.topics and _is_of_any_event(about))
        return list(dict.fromkeys([*self.topics, *([about] if adds else [])]))


def resolve(question: str, history: Sequence[str]) -> tuple[str, str]:
    """The question, and the topic of the earlier ones (oldest first) where it leans on them."""
    earlier = [" ".join(text.split()) for text in history if text.strip()]
    thread = reduce(_followed_by, earlier, None)
    if thread is None or not is_follow_up(question):
        return question, ""
    asked, leans = _understood(question, thread)
    return asked, _in_one(thread.all_topics) if leans else ""


def is_follow_up(question: str) -> bool:
    """Whether a question leans on what was said before."""
    content = _content(question)
    if not content or _is_choice(question) or _MORE.fullmatch(_bare(question)):
        return True
    pronouns = [match for match in _REFERRING.finditer(_EMPTY_SUBJECT.sub("", question))
                if not _is_article(match)]  # fmt: skip
    if pronouns and len(content) <= 2 * _FEW_TERMS:
        return True
    opened = _CONNECTIVE.sub("", question, count=1)
    if opened != question:
        return not (_QUESTION_WORD.search(opened) and _named(opened))
    return _is_of_any_event(question)


def with_topic(text: str) -> str:
    """A question that was understood with its topic, as one would ask it: the topic stands for
    "den" in "Vilka sitter i den (beredningen)"."""
    resolved = _RESOLVED.fullmatch(text)
    if resolved is None:
        return text
    asked, topic = resolved["asked"], _ABOUT.sub(r"\1", resolved["topic"])
    for pronoun in _REFERRING.finditer(asked):
        word = pronoun.group().split()[0]
        if word.lower() in _THINGS and not _is_article(pronoun):
            return _cut(asked, pronoun.start(), pronoun.start() + len(word), topic)
    return f"{asked} {topic}" if topic.strip() else asked


def _followed_by(thread: _Thread | None, text: str) -> _Thread:
    """What is talked of after one more question."""
    if resolved := _RESOLVED.fullmatch(text):  # as it was understood then
        return _Thread(resolved["asked"], tuple(resolved["topic"].split(", ")))
    if thread is None:
        return _Thread(text)
    if not is_follow_up(text):
        return _Thread(text) if _opens_topic(text) else _Thread(text, _latest(thread))
    asked, leans = _understood(text, thread)
    return _Thread(asked, _latest(thread) if leans else ())


def _latest(thread: _Thread) -> tuple[str, ...]:
    return tuple(thread.all_topics[-_MOST_TOPICS:])


def _in_one(topics: list[str]) -> str:
    while len(", ".join(topics)) > MAX_CHARACTERS:
        topics = topics[1:]
    return ", ".join(topics)


def _opens_topic(text: str) -> bool:
    """Whether a question says itself what it is about: also the one thing "mötet om" which is."""
    own = [stem for stem in stem_words(_content(text)) if stem not in _OF_ANY_EVENT]
    if _named(text) or len(own) >= _FEW_TERMS:
        return True
    event = _EVENT_ABOUT.search(text)
    return event is not None and stem_words([event["matter"]])[0] in own


def _is_of_any_event(text: str) -> bool:
    """Whether nothing in a text says which event it is of."""
    return not _named(text) and set(stem_words(_content(text))) <= _OF_ANY_EVENT


def _named(text: str) -> bool:
    return bool(_agency_spans(text) or _dates(text) or _name_spans(text))


def _is_article(match: re.Match[str]) -> bool:
    """Whether "den" or "de" only stands before its noun: "den 12 april", "de tolv kommunerna"."""
    word, noun = match.group().split()[0].lower(), match["noun"]
    return word in {"den", "det", "de"} and bool(noun) and noun.strip().lower() not in STOP_WORDS


# What a follow-up asks


def _understood(question: str, thread: _Thread) -> tuple[str, bool]:
    """The question as it is to be asked, and whether it still leans on the topic."""
    opened = _THEN.sub("", _CONNECTIVE.sub("", question, count=1))
    if not _asks(opened):  # "Och?"
        return question, True
    previous = thread.asked
    for rephrase in (_chosen, _more, _counted, _substituted):
        rephrased = rephrase(opened, previous)
        if rephrased is not None and len(rephrased) <= MAX_CHARACTERS:
            return rephrased, bool(thread.topics)
    if named := _with_name(opened, [previous, *reversed(thread.topics)]):
        return named, False
    return opened, True


def _is_choice(question: str) -> bool:
    """Whether a question is only a date, or "den senaste": the answer to which one is meant."""
    bare = _bare(question)
    dates = _dates(bare)
    only_date = len(dates) == 1 and not _content(_cut(bare, dates[0].start, dates[0].end, ""))
    return only_date or EVENT_ORDER.fullmatch(bare) is not None or _DAY.fullmatch(bare) is not None


def _chosen(question: str, previous: str) -> str | None:
    """The previous question about the date, or the one of several events, that is meant."""
    bare, dates = _bare(question), _dates(previous)
    if not dates or not _is_choice(question):
        return None
    old = dates[0]
    if EVENT_ORDER.fullmatch(bare):
        return f"{_bare(previous)}, {bare}?"
    if day := _DAY.fullmatch(bare):
        new = (
            replace(old, day=int(day["day"]), last_day=None, last_month=None) if old.month else None
        )
    else:
        [said] = _dates(bare)
        new = replace(old, year=said.year) if said.month is None else said
        new = new if new.year or not old.year else replace(new, year=old.year)
    return _with_date(previous, old, new) if new else None


def _with_date(text: str, old: DateMention, new: DateMention) -> str:
    """A text with one date in the place of another, and the word that it takes before it."""
    english = language_of(text) is Language.ENGLISH
    start, before = old.start, ""
    if old.has_day != new.has_day and (article := _ARTICLE.search(text[:start])):
        start, before = article.start(), _BEFORE[english, new.has_day]
    return _cut(text, start, old.end, before + spelt_out(new, english=english))


def _more(question: str, previous: str) -> str | None:
    """The previous question once more: "Vilka fler?"."""
    return previous if _MORE.fullmatch(_bare(question)) else None


def _counted(question: str, previous: str) -> str | None:
    """How many there are of what was asked for: "Hur många?" after "Vilka skolor deltog?"."""
    bare = _bare(question)
    return (
        _WHICH.sub(bare, previous) if _HOW_MANY.fullmatch(bare) and _WHICH.match(previous) else None
    )


def _substituted(question: str, previous: str) -> str | None:
    """The previous question about what the new one names: "Och för Skolinspektionen?"."""
    if _QUESTION_WORD.search(question):
        return None
    for find in (_agency_spans, _date_spans, _name_spans):
        new, old = find(question), find(previous)
        if new and old:
            (start, end), (first, last) = new[0], old[0]
            return _cut(previous, first, last, question[start:end])
    return None


def _with_name(question: str, earlier: Sequence[str]) -> str | None:
    """The question with the person who was named last for "hon" or "hans"."""
    person = _PERSON.search(question)
    if person is None:
        return None
    for text in earlier:
        people = [span for span in _name_spans(text) if not _PLACE_BEFORE.search(text[: span[0]])]
        if people:
            start, end = people[-1]
            ending = "s" if person["whose"] and not text[start:end].endswith("s") else ""
            return _cut(question, *person.span(), text[start:end] + ending)
    return None


# What a text names, and what it is about


def _agency_spans(text: str) -> list[Span]:
    return [(mention.start, mention.end) for mention in find_agencies(text, fuzzy=True)]


def _dates(text: str) -> list[DateMention]:
    return find_dates(text, typed=True)


def _date_spans(text: str) -> list[Span]:
    return [(mention.start, mention.end) for mention in _dates(text)]


def _name_spans(text: str) -> list[Span]:
    return find_names(text, [*_agency_spans(text), *_date_spans(text)], language_of(text))


def _topic(text: str) -> str:
    """A question without its question words and pronouns: what it was about."""
    opened = _CONNECTIVE.sub("", text, count=1)
    about = _bare(_REFERRING.sub(_keep_noun, _QUESTION_WORD.sub("", opened)))
    return _COPULA.sub("", about)


def _keep_noun(match: re.Match[str]) -> str:
    return match.group() if _is_article(match) else match["noun"] or ""


def _bare(text: str) -> str:
    """The text without its question mark, and without "då" or "jag menar" around it."""
    folded = " ".join(text.strip(" ?!.,").split())
    return _THEN.sub("", _MEANT.sub("", folded)).strip(" ,")


def _cut(text: str, start: int, end: int, put: str) -> str:
    return text[:start] + put + text[end:]


def _asks(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _content(text: str) -> list[str]:
    """The words that say what a text is about."""
    common = (
        STOP_WORDS | ASKING | (ENGLISH if language_of(text) is Language.ENGLISH else frozenset())
    )
    return [word for word in tokens(text) if word not in common]
