"""From hits to an answer: the best sentence, list items or detail, quoted; or a refusal."""

import re
from collections.abc import Iterator, Sequence

from embeddings.language.agencies import find_agencies
from embeddings.language.marks import agency_mark
from embeddings.language.sentences import split_sentences
from embeddings.language.words import stem_words, tokens
from embeddings.types import BlockKind
from retrieval.confidence import fit, probability, shares
from retrieval.details import find_details, is_detail
from retrieval.evidence import confirmed
from retrieval.matching import Term, Weight, holds_name, mark_set
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
from retrieval.units import Span, Unit, announced, find_units

_HITS = 10  # how far down the ranking an answer may stand
_MOST_CITATIONS = 3
_ALSO = 0.15  # the share of the fit that makes a unit worth showing beside the best
_FAR = 100  # characters; what stands further away is no nearer to the point
_WORD = re.compile(r"[^\W_]+")
_MUST_BE_THERE = frozenset({QuestionKind.PHONE, QuestionKind.EMAIL, QuestionKind.NAMES})


def answer(question: Question, hits: Sequence[Hit], weight: Weight, threshold: float) -> Answer:
    """The answer that the hits give, or a refusal with what was nearest.

    `weight` says how much a stem tells passages apart; below the probability `threshold` the
    evidence is too weak.
    """
    evidence = confirmed(question, hits)
    if isinstance(evidence, Refusal):
        return _refuse(question, hits, evidence, 0.0)
    units = [unit for hit in evidence[:_HITS] for unit in find_units(question, hit, weight)]
    if question.kind in _MUST_BE_THERE:
        units = [unit for unit in units if unit.form and _is_theirs(question, unit)]
    if not units:
        return _refuse(question, evidence, Refusal(RefusalReason.MISSING_DETAIL), 0.0)
    ranked = _ranked(question, units)
    best = ranked[0][0]
    spans = short_answer(question, best)
    agreeing = sum(share for unit, share in ranked if unit.says(spans))
    confidence = probability(question, best, agreeing)
    if confidence < threshold:
        return _refuse(question, evidence, Refusal(RefusalReason.WEAK), confidence)
    return Answer(question, confidence, spans, tuple(_citations(ranked, spans)))


def _is_theirs(question: Question, unit: Unit) -> bool:
    """Whether a detail stands with those whose it is asked for, and not only in their document."""
    around = mark_set(unit.hit.passage.in_context)
    stems = (stem for name in question.names for stem in stem_words(tokens(name)))
    return all(holds_name(stem, around) for stem in stems)


def _ranked(question: Question, units: Sequence[Unit]) -> list[tuple[Unit, float]]:
    """The units, best first, each with its probability to be the one that answers."""
    parts = shares([fit(question, unit) for unit in units])
    return sorted(zip(units, parts, strict=True), key=lambda pair: -pair[1])


def short_answer(question: Question, unit: Unit) -> tuple[Quote, ...]:
    """What was asked for, in the unit: a detail, the items of a list, else the sentence."""
    detail = _detail(question, unit.quote) if is_detail(question.kind) else None
    if detail is not None:
        return (detail,)
    spans = unit.spans
    if question.kind is QuestionKind.YES_NO and unit.hit.passage.kind is BlockKind.LIST:
        spans = (*announced(unit.hit.passage), *spans)  # "Deltagande myndigheter", then who it is
    return tuple(Quote(unit.hit.passage.document, start, end) for start, end in spans)


def _detail(question: Question, quote: Quote) -> Quote | None:
    """The detail in a quote that stands nearest to the words of the question."""
    asked = question.text.casefold()
    details = [
        (start, end)
        for start, end in find_details(quote.text, question.kind)
        if quote.text[start:end].casefold() not in asked
    ]
    if not details:
        return None
    anchors = [list(_anchors(term, quote.text)) for term in question.terms]
    start, end = min(details, key=lambda span: _distance(span, anchors))
    return Quote(quote.document, quote.start + start, quote.start + end)


def _anchors(term: Term, text: str) -> Iterator[Span]:
    """The places in a text that hold a term."""
    for mention in find_agencies(text):
        if agency_mark(mention.agency) in term.alternatives:
            yield mention.start, mention.end
    for word in _WORD.finditer(text):
        if term.match(frozenset(stem_words([word.group().lower()]))):
            yield word.span()


def _distance(span: Span, anchors: Sequence[Sequence[Span]]) -> float:
    """How far a span stands from the terms, in characters, each term at its nearest place."""
    gaps = (min(max(start - span[1], span[0] - end, 0) for start, end in places)
            for places in anchors if places)  # fmt: skip
    return sum(min(gap, _FAR) for gap in gaps)


def _citations(ranked: Sequence[tuple[Unit, float]], spans: Sequence[Quote]) -> list[Citation]:
    """The best unit; those of other documents that say the same; and what may answer as well."""
    cited = [ranked[0][0]]
    for unit, _ in ranked[1:]:
        elsewhere = all(unit.quote.document is not other.quote.document for other in cited)
        if elsewhere and unit.says(spans):
            cited.append(unit)
    for unit, share in ranked[1:]:
        if share >= _ALSO and not any(_overlap(unit.quote, other.quote) for other in cited):
            cited.append(unit)
    chosen = cited[:_MOST_CITATIONS]
    return [Citation(number, unit.hit, unit.quote) for number, unit in enumerate(chosen, 1)]


def _overlap(left: Quote, right: Quote) -> bool:
    same = left.document is right.document
    return same and left.start < right.end and right.start < left.end


def _refuse(question: Question, hits: Sequence[Hit], refusal: Refusal, confidence: float) -> Answer:
    """A refusal with how the nearest passages begin, which it shows and does not assert."""
    nearest = refusal.nearest or [hit for hit in hits if not hit.passage.is_notice][:1]
    shown = tuple(Citation(number, hit, _opening(hit)) for number, hit in enumerate(nearest, 1))
    return Answer(question, confidence, citations=shown, refusal=refusal)


def _opening(hit: Hit) -> Quote:
    """The first sentence of a hit."""
    passage = hit.passage
    start, end = split_sentences(passage.text)[0]
    return Quote(passage.document, passage.start + start, passage.start + end)
