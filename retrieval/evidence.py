"""Whether the documents hold what a question names: its dates, organisations, people and places.

An answer about another date, agency or person than the one asked for is worse than none, so hits
whose document does not hold what is named fall away, and a name that falls with all of them is a
reason to decline.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from embeddings.language.agencies import Mention
from embeddings.language.dates import DateMention, find_dates, spelt_out
from embeddings.language.synonyms import synonyms_of
from embeddings.language.words import stem_words, tokens
from embeddings.types import BlockKind, Document
from retrieval.details import is_title
from retrieval.held import (
    agencies_in,
    dated_source,
    has_day,
    holds_date,
    is_published,
    words_in,
    years_held,
)
from retrieval.matching import holds_names
from retrieval.nearest import Nearest, near_date, near_name
from retrieval.question import speaker_words
from retrieval.types import Hit, Language, Question, QuestionKind, Refusal, RefusalReason

_PUBLICATION = re.compile(
    r"\b(?:publicera\w*|pressmeddeland\w*|artikel\w*|nyhet\w*|uppdatera\w*|published|"
    r"press\s+release|article)",
    re.IGNORECASE,
)
_AS_GOOD = 2.0
"""How much less the score of a hit may be for it to be as good an answer: odds of 7 to 1."""
_NEAR_HITS = 10  # how far down the ranking what is nearest may stand
_ARTICLES = ("den ", "the ")


@dataclass(frozen=True, slots=True)
class _Requirement:
    """What a document has to hold: the words that ask for it, and the test.

    `nearest` finds what the hits have in its place, and the hit that has it.
    """

    reason: RefusalReason
    words: str
    holds: Callable[[Document], bool]
    nearest: Callable[[Sequence[Hit]], Nearest]


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
        yield _Requirement(RefusalReason.NAME, name, _holds_name(name), partial(near_name, name))
    if question.kind is QuestionKind.STATEMENT:
        for title in _titles_in(question):
            yield _Requirement(RefusalReason.NAME, title, _holds_title(title), _nothing)
    for date in question.dates:
        yield _Requirement(
            RefusalReason.DATE,
            _said(question, date),
            _is_of_date(date, documents, _asks_of_publication(question)),
            partial(near_date, question, date),
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
    return lambda document: holds_names([name], words_in(document))


def _titles_in(question: Question) -> list[str]:
    """The titles that say whose words are asked for: "vad sa statsministern om …"."""
    return [word for word in tokens(speaker_words(question.text)) if is_title(word)]


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
        if holds_date(document, date) or (of_publication and is_published(document, date)):
            return True
        source = None if has_day(document) else dated_source(document, documents)
        return source is not None and holds_date(source, date)

    return holds


# Dates that may mean two things


def _of_one_year(
    question: Question, hits: list[Hit], documents: Sequence[Document]
) -> list[Hit] | Refusal:
    """The hits, if they are of events of one year; else the question which of them is meant.

    A document that does not tell its year is of any.
    """
    for date in question.dates:
        if date.year is None and date.month is not None:
            years = [years_held(hit.passage.document, date, documents) for hit in hits]
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
