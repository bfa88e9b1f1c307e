"""Whether the documents hold what a question names: its dates, organisations, people and places.

An answer about another date, agency or person than the one asked for is worse than none, so hits
whose document does not hold what is named fall away, and a name that falls with all of them is a
reason to decline.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from rapidfuzz.fuzz import ratio

from embeddings.language.agencies import Mention, find_agencies
from embeddings.language.dates import DateMention, find_dates, spelt_out
from embeddings.language.synonyms import synonyms_of
from embeddings.language.words import by_ear, stem_words, tokens
from embeddings.types import BlockKind, Document
from retrieval.details import find_people, is_title
from retrieval.matching import holds_name, mark_set
from retrieval.types import Hit, Language, Question, QuestionKind, Refusal, RefusalReason

Years = tuple[int, ...] | range | None
_CACHED = 512
_PUBLICATION = re.compile(
    r"\b(?:publicera\w*|pressmeddeland\w*|nyhet\w*|uppdatera\w*|published|press\s+release)",
    re.IGNORECASE,
)
_NOT_ITS_OWN = frozenset({BlockKind.NOTICE, BlockKind.METADATA})
_SAME_EVENT = 0.25
"""The share of names that two accounts of one event have in common, at least."""
_AS_GOOD = 2.0
"""How much less the score of a hit may be for it to be as good an answer: odds of 7 to 1."""
_HALF_YEAR = datetime.timedelta(183)
_NEAR_HITS = 10  # how far down the ranking what is nearest may stand
_ALIKE = 85  # of 100, for one name to be near another
_ARTICLES = ("den ", "the ")
_YEAR = 372  # days, if every month had 31
_UNKNOWN = 1000 * _YEAR
_ANY_DAY = 15  # for a month of which no day is said


@dataclass(frozen=True, slots=True)
class _Requirement:
    """What a document has to hold: the words that ask for it, and the test.

    `nearest` finds what the hits have in its place, and the hit that has it.
    """

    reason: RefusalReason
    words: str
    holds: Callable[[Document], bool]
    nearest: Callable[[Sequence[Hit]], tuple[str, Hit] | None]


def confirmed(question: Question, hits: Sequence[Hit]) -> list[Hit] | Refusal:
    """The hits whose documents hold all that the question names, or why there is none."""
    left = [hit for hit in hits if _may_answer(question, hit)]
    documents = list(dict.fromkeys(hit.passage.document for hit in left))
    met: list[str] = []
    for required in _requirements(question, documents):
        kept = [hit for hit in left if required.holds(hit.passage.document)]
        if left and not kept:
            # Where a document holds it, what is missing is one that holds the rest as well.
            alone = any(required.holds(document) for document in documents)
            return _missing(required, left, (*met, required.words) if alone else ())
        left = kept
        met.append(required.words)
    if not left:
        return Refusal(RefusalReason.WEAK)
    return _of_one_year(question, left, documents)


def _may_answer(question: Question, hit: Hit) -> bool:
    """Whether a hit is content; a line about the publication is, for one who asks of that."""
    if hit.passage.kind is BlockKind.METADATA:
        return question.kind is QuestionKind.DATE or _asks_of_publication(question)
    return not hit.passage.is_notice


def _asks_of_publication(question: Question) -> bool:
    return _PUBLICATION.search(question.text) is not None


def _missing(required: _Requirement, left: Sequence[Hit], apart: tuple[str, ...]) -> Refusal:
    """Why no hit is left, and what those that were left before have that is nearest."""
    nearest = required.nearest(left[:_NEAR_HITS])
    held, hits = ((nearest[0],), (nearest[1],)) if nearest else ((), tuple(left[:1]))
    if apart:
        return Refusal(RefusalReason.APART, apart, held, hits)
    return Refusal(required.reason, (required.words,), held, hits)


def _requirements(question: Question, documents: Sequence[Document]) -> Iterator[_Requirement]:
    text = question.text
    for agency in question.agencies:
        if not agency.by_title:
            words = text[agency.start : agency.end]
            yield _Requirement(RefusalReason.AGENCY, words, _holds_agency(agency), _nothing)
    for name in question.names:
        yield _Requirement(RefusalReason.NAME, name, _holds_name(name), partial(_near_name, name))
    if question.kind is QuestionKind.STATEMENT:
        for title in _titles_in(question):
            yield _Requirement(RefusalReason.NAME, title, _holds_title(title), _nothing)
    for date in question.dates:
        yield _Requirement(
            RefusalReason.DATE,
            _said(question, date),
            _is_of_date(date, documents, _asks_of_publication(question)),
            partial(_near_date, question, date),
        )


def _nothing(_hits: Sequence[Hit]) -> None:
    return None


def _said(question: Question, date: DateMention) -> str:
    """A date in the words of the question, and which it is where they do not say."""
    words = question.text[date.start : date.end]
    english = question.language is Language.ENGLISH
    if not find_dates(words, typed=True):  # "igår"
        return f"{words} ({spelt_out(date, english=english)})"
    before = question.text[: date.start].lower()
    article = next((word for word in _ARTICLES if before.endswith(word)), "")
    return article + words


def _holds_agency(mention: Mention) -> Callable[[Document], bool]:
    return lambda document: mention.agency.name in agencies_in(document)


def _holds_name(name: str) -> Callable[[Document], bool]:
    stems = stem_words(tokens(name))
    return lambda document: all(holds_name(stem, words_in(document)) for stem in stems)


def _titles_in(question: Question) -> list[str]:
    """The titles that say whose words are asked for: "vad sa statsministern om …"."""
    about = re.search(r"\b(?:om|about)\b", question.text)
    speaker = question.text[: about.start()] if about else question.text
    return [word for word in tokens(speaker) if is_title(word)]


def _holds_title(title: str) -> Callable[[Document], bool]:
    """Whether a document has a title, alone or at the end of a longer one: "energiminister"."""
    [stem] = stem_words([title])
    others = frozenset(synonyms_of(stem))
    return lambda document: any(
        word.endswith(stem) or word in others for word in words_in(document)
    )


def _is_of_date(
    date: DateMention, documents: Sequence[Document], of_publication: bool
) -> Callable[[Document], bool]:
    """Whether a document has the date, or tells of the same event as one that has it.

    With `of_publication` it may be the day of publication of a document with other dates as well.
    """

    def holds(document: Document) -> bool:
        if holds_date(document, date) or (of_publication and _is_published(document, date)):
            return True
        source = None if _has_day(document) else dated_source(document, documents)
        return source is not None and holds_date(source, date)

    return holds


def dated_source(document: Document, others: Sequence[Document]) -> Document | None:
    """The document with a date that tells of the same event as one without, if there is one.

    It is the one that names most of the same people and organisations.
    """
    dated = [other for other in others if other is not document and _has_day(other)]
    likeness = [(_likeness(named_in(document), named_in(other)), other) for other in dated]
    best, source = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
    return source if best >= _SAME_EVENT else None


def _has_day(document: Document) -> bool:
    return any(date.has_day for date in dates_in(document))


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """The share of names in common (Jaccard)."""
    return len(left & right) / len(left | right) if left and right else 0.0


def holds_date(document: Document, date: DateMention) -> bool:
    """Whether a document has the date: in its own text, or as its day of publication.

    That is a day of what it tells of only where its text names no day.
    """
    return any(date.agrees_with(found, years) for found, years in _dates_with_years(document))


def _is_published(document: Document, date: DateMention) -> bool:
    published = document.metadata.published
    return published is not None and date.agrees_with(_mention_of(published))


@lru_cache(maxsize=_CACHED)
def _dates_with_years(document: Document) -> tuple[tuple[DateMention, Years], ...]:
    """The dates of what a document tells of, and of what years they may be."""
    dated = [(date, years_of(date, document)) for date in dates_in(document)]
    published = document.metadata.published
    if published is not None and not _has_day(document):
        dated.append((_mention_of(published), (published.year,)))
    return tuple(dated)


def years_of(date: DateMention, document: Document) -> Years:
    """The years that a date in a document may be of; None where nothing tells.

    One that gives no year is the nearest to the day of publication. Without that it is of the
    years that the document speaks of, or the next one, since what is written looks back.
    """
    if date.year:
        return (date.year,)
    published = document.metadata.published
    if published and date.month:
        return (_nearest_year(date.month, date.day or _ANY_DAY, published),)
    known = [found.year for found in _all_dates(document) if found.year]
    return range(min(known), max(known) + 2) if known else None


def _nearest_year(month: int, day: int, published: datetime.date) -> int:
    """The year in which a day of the year is the nearest to the day of publication."""
    day = min(day, 28)  # which every month has
    this = datetime.date(published.year, month, day)
    if this - published > _HALF_YEAR:
        return published.year - 1
    return published.year + (published - this > _HALF_YEAR)


def _mention_of(day: datetime.date) -> DateMention:
    return DateMention(0, 0, day.year, day.month, day.day)


@lru_cache(maxsize=_CACHED)
def _all_dates(document: Document) -> tuple[DateMention, ...]:
    """The dates in a document, those in the lines about its publication and its name too."""
    said = (block for block in document.blocks if block.kind is not BlockKind.NOTICE)
    texts = (document.name, document.title, *(document.text_of(block) for block in said))
    return tuple(date for text in texts for date in find_dates(text))


# Dates that may mean two things


def _of_one_year(
    question: Question, hits: list[Hit], documents: Sequence[Document]
) -> list[Hit] | Refusal:
    """The hits, if they are of events of one year; else the question which of them is meant.

    A document that does not tell its year is of any.
    """
    for date in question.dates:
        if date.year is None and date.month is not None:
            years = [_years_held(hit.passage.document, date, documents) for hit in hits]
            best: dict[int, Hit] = {}
            for hit, held in zip(hits, years, strict=True):
                if len(held) == 1:
                    best.setdefault(held[0], hit)
            meant = _meant(question, date, best)
            if len(meant) > 1:
                which = [replace(date, year=year) for year in sorted(meant)]
                english = question.language is Language.ENGLISH
                return Refusal(
                    RefusalReason.WHICH_DATE,
                    tuple(spelt_out(one, english=english) for one in which),
                    nearest=tuple(best[year] for year in sorted(meant)),
                )
            if len(best) > 1:
                hits = [hit for hit, held in zip(hits, years, strict=True)
                        if len(held) != 1 or held[0] in meant]  # fmt: skip
    return hits


def _meant(question: Question, date: DateMention, best: Mapping[int, Hit]) -> set[int]:
    """The years, of those with their best hits, that a question can mean by a date without one."""
    if not best:
        return set()
    years = set(best)
    if date.weekday is not None:
        years = {year for year in years if _falls_on(date, year)} or years
    if question.latest is not None:
        return {max(years) if question.latest else min(years)}
    highest = max(best[year].score for year in years)
    return {year for year in years if best[year].score >= highest - _AS_GOOD}


def _falls_on(date: DateMention, year: int) -> bool:
    day = replace(date, year=year).as_date()
    return day is not None and day.weekday() == date.weekday


def _years_held(
    document: Document, date: DateMention, documents: Sequence[Document]
) -> tuple[int, ...]:
    """The years in which a document has a date, as far as it tells them."""
    if not holds_date(document, date):
        source = dated_source(document, documents)
        return _years_held(source, date, ()) if source else ()
    agreeing = (years for found, years in _dates_with_years(document)
                if years and len(years) == 1 and date.agrees_with(found, years))  # fmt: skip
    return tuple({year for years in agreeing for year in years})


# What is nearest


def _near_date(
    question: Question, asked: DateMention, hits: Sequence[Hit]
) -> tuple[str, Hit] | None:
    """The date in the documents that is the nearest in time to the one that is asked for."""
    near = [
        (_days_between(asked, found, years), rank, found, hit)
        for rank, hit in enumerate(hits)
        for found, years in _dates_with_years(hit.passage.document)
        if found.month is not None and found.has_day >= asked.has_day and found.end
    ]
    if asked.month is None or not near:
        return None
    _, _, found, hit = min(near, key=lambda entry: entry[:2])
    if question.language is Language.ENGLISH:
        return spelt_out(found, english=True), hit
    return f"{'den ' if found.has_day else ''}{spelt_out(found)}", hit


def _days_between(asked: DateMention, found: DateMention, years: Years) -> int:
    """How far apart two dates are; one of an unknown year is further from a year than any other."""
    if asked.year and years:
        return min(
            abs((asked.year - year) * _YEAR + _place(asked) - _place(found)) for year in years
        )
    apart = abs(_place(asked) - _place(found))
    return min(apart, _YEAR - apart) + (_UNKNOWN if asked.year else 0)


def _place(date: DateMention) -> int:
    """The day of a year in which every month has 31 days."""
    return (date.month or 1) * 31 + (date.day or _ANY_DAY)


def _near_name(name: str, hits: Sequence[Hit]) -> tuple[str, Hit] | None:
    """The name of a person in the documents that is the most like the one that is asked for."""
    asked = [by_ear(word) for word in tokens(name)]
    found = [
        (max(_alike(asked, part) for part in tokens(person)), -rank, person, hit)
        for rank, hit in enumerate(hits)
        for person in _people_in(hit.passage.document)
    ]
    best = max(found, default=None, key=lambda entry: entry[:2])
    return (best[2], best[3]) if best and best[0] >= _ALIKE else None


def _alike(asked: Sequence[str], part: str) -> float:
    return max((ratio(word, by_ear(part)) for word in asked), default=0.0)


@lru_cache(maxsize=_CACHED)
def dates_in(document: Document) -> tuple[DateMention, ...]:
    """The dates in a document's own text, those said from its day of publication too."""
    return tuple(find_dates(_own_text(document), document.metadata.published))


@lru_cache(maxsize=_CACHED)
def agencies_in(document: Document) -> frozenset[str]:
    """The official names of the organisations in a document, its publisher among them."""
    text = f"{document.metadata.publisher or ''}\n{document.title}\n{_own_text(document)}"
    return frozenset(mention.agency.name for mention in find_agencies(text))


@lru_cache(maxsize=_CACHED)
def named_in(document: Document) -> frozenset[str]:
    """The people and the organisations in a document, each once."""
    return agencies_in(document) | {person.casefold() for person in _people_in(document)}


@lru_cache(maxsize=_CACHED)
def _people_in(document: Document) -> tuple[str, ...]:
    """The names of people in a document, as they are written there."""
    text = _own_text(document)
    return tuple(" ".join(text[start:end].split()) for start, end in find_people(text))


@lru_cache(maxsize=_CACHED)
def words_in(document: Document) -> frozenset[str]:
    """The stems of a document's own text and title."""
    return mark_set(f"{document.title}\n{_own_text(document)}")


def _own_text(document: Document) -> str:
    """The text without the page furniture and without the lines about its publication."""
    own = (block for block in document.blocks if block.kind not in _NOT_ITS_OWN)
    return "\n".join(document.text_of(block) for block in own)
