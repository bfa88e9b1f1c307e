"""From hits to an answer: the best sentence, list items or detail, quoted; or a refusal."""

import math
from collections.abc import Sequence

from retrieval.details import find_details, is_detail
from retrieval.evidence import confirmed
from retrieval.matching import Weight, match, stem_set
from retrieval.types import (
    Answer,
    Citation,
    Hit,
    Question,
    QuestionKind,
    Quote,
    Refusal,
    RefusalReason,
)
from retrieval.units import Unit, find_units

_HITS = 10  # how far down the ranking an answer may stand
_CONFIRMED = 0.5


def answer(question: Question, hits: Sequence[Hit], weight: Weight, threshold: float) -> Answer:
    """The answer that the hits give, or a refusal with what was nearest.

    `weight` says how much a stem tells passages apart; below the probability `threshold` the
    evidence is too weak.
    """
    evidence = confirmed(question, hits)
    if isinstance(evidence, Refusal):
        return _refuse(question, hits, evidence, 0.0)
    units = [unit for hit in evidence[:_HITS] for unit in find_units(question, hit, weight)]
    if question.kind in {QuestionKind.PHONE, QuestionKind.EMAIL}:
        units = [unit for unit in units if unit.form]
        if not units:
            return _refuse(question, evidence, Refusal(RefusalReason.MISSING_DETAIL), 0.0)
    ranked = sorted(units, key=lambda unit: -fit(unit))
    best = ranked[0]
    confidence = probability(best)
    if confidence < threshold:
        return _refuse(question, evidence, Refusal(RefusalReason.WEAK), confidence)
    spans = _short(question, best)
    return Answer(question, confidence, spans, tuple(_citations(ranked, spans)))


def fit(unit: Unit) -> float:
    """How well a unit answers, in the units of the search score."""
    return unit.hit.score + 3.0 * unit.near + 3.0 * unit.own + 2.0 * unit.form


def probability(unit: Unit) -> float:
    """The probability that the best unit is right."""
    return 1 / (1 + math.exp(-(-8 + 6 * unit.near + 3 * unit.own + 1.0 * unit.form + unit.hit.score)))


def _short(question: Question, unit: Unit) -> tuple[Quote, ...]:
    """What was asked for, in the unit: a detail, the items of a list, else the sentence."""
    document = unit.hit.passage.document
    if is_detail(question.kind):
        detail = _nearest_detail(question, unit)
        if detail:
            return (detail,)
    return tuple(Quote(document, start, end) for start, end in unit.spans)


def _nearest_detail(question: Question, unit: Unit) -> Quote | None:
    """The detail nearest to the words that the question is about."""
    quote, asked = unit.quote, question.text.casefold()
    details = [
        (start, end)
        for start, end in find_details(quote.text, question.kind)
        if quote.text[start:end].casefold() not in asked
    ]
    if not details:
        return None
    start, end = details[0]
    return Quote(quote.document, quote.start + start, quote.start + end)


def _citations(ranked: Sequence[Unit], spans: Sequence[Quote]) -> list[Citation]:
    best = ranked[0]
    cited = [best]
    for unit in ranked[1:]:
        others = {other.hit.passage.document.name for other in cited}
        text = unit.quote.text.casefold()
        same = all(span.text.casefold() in text for span in spans)
        if unit.hit.passage.document.name not in others and same:
            cited.append(unit)
    return [Citation(number, unit.hit, unit.quote) for number, unit in enumerate(cited[:3], 1)]


def _refuse(
    question: Question, hits: Sequence[Hit], refusal: Refusal, confidence: float
) -> Answer:
    """A refusal that shows the nearest passage; it asserts nothing."""
    nearest = [hit for hit in hits if not hit.passage.is_notice][:1]
    citations = tuple(
        Citation(1, hit, Quote(hit.passage.document, hit.passage.start, hit.passage.end))
        for hit in nearest
    )
    return Answer(question, confidence, (), citations, refusal)
