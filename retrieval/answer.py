"""The decision: an answer, the places that may contain one, or what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from embeddings.passages.cutting import body_start
from embeddings.types import Document
from retrieval.candidates import Candidate, find_candidates, quote_around
from retrieval.scoring import Scorer, probabilities
from retrieval.types import Answer, AnswerType, Citation, Hit, Outcome, Question, Quote

PLACES: Final = 3
"""Maximum number of places shown or cited."""
_PLACE_WORDS = 80  # of a place that may contain the answer
_AS_LIKELY = 0.2
"""Minimum probability of a place shown, relative to the best. Of 111 answers that the former reader
only found, on the sets of the model card without its newest two, 69 are then shown, in 2.2 places
on average; 70 if there are always three."""
# Minimum probability of an answer type: on held-out questions, nine of ten answers by yes or no are
# then right, and nineteen of twenty counts (`training.answer_types`).
_SURE, _SURE_COUNT = 0.9, 0.6
_TYPES = (None, AnswerType.YES, AnswerType.NO, AnswerType.COUNT)  # in the order of the logits


def decide(
    question: Question,
    hits: Sequence[Hit],
    read: Sequence[Hit],
    missing: Sequence[str],
    scorer: Scorer,
    threshold: float,
) -> Answer:
    """Answer from the hits that were read, if the best answer's probability reaches the threshold.

    `hits` are all that were found; the best of them are cited if something is `missing` or none
    could be read.
    """
    if missing:
        nearest = tuple(cite_places(hits))
        return Answer(question, Outcome.NOTHING, 0.0, citations=nearest, missing=tuple(missing))
    candidates = find_candidates(question, read)
    chances = probabilities(scorer, candidates)
    ranked = sorted(zip(candidates, chances, strict=True), key=lambda pair: -pair[1])
    if not ranked:
        return Answer(question, Outcome.FOUND, 0.0, citations=tuple(cite_places(read or hits)))
    best = ranked[0][0]
    confidence = min(1.0, sum(chance for one, chance in ranked if one.says_as(best)))
    if confidence < threshold:
        places = tuple(_likely_places(ranked))
        return Answer(question, Outcome.FOUND, confidence, citations=places, hits=tuple(read))
    return Answer(
        question,
        Outcome.ANSWERED,
        confidence,
        spans=best.spans,
        citations=tuple(_citations(best, ranked)),
        is_tentative=confidence < scorer.sure,
        type=_type(best),
        hits=tuple(read),
    )


def _citations(best: Candidate, ranked: Sequence[tuple[Candidate, float]]) -> Iterator[Citation]:
    """The quote of the best candidate, and those of other documents that say the same."""
    quote = best.quote
    by_document = {quote.document.name: (best.hit, quote, best.spans)}
    for one, _ in ranked:
        name = one.hit.passage.document.name
        if one.words == best.words and name not in by_document:
            by_document[name] = (one.hit, one.quote, one.spans)
    for passage in best.hit.also:
        shift = body_start(passage) - body_start(best.hit.passage)
        moved = _moved(quote, passage.document, shift)
        if moved.text == quote.text:  # the text above the copy may differ
            spans = tuple(_moved(span, passage.document, shift) for span in best.spans)
            same = (replace(best.hit, passage=passage, also=()), moved, spans)
            by_document.setdefault(passage.document.name, same)
    for number, shown in enumerate(list(by_document.values())[:PLACES], 1):
        yield Citation(number, *shown)


def _moved(quote: Quote, document: Document, shift: int) -> Quote:
    return Quote(document, quote.start + shift, quote.end + shift)


def _likely_places(ranked: Sequence[tuple[Candidate, float]]) -> Iterator[Citation]:
    """The passages with the likeliest candidates, each once, with the text around these; of places
    that overlap, as those in a list and in a part of it do, the likeliest."""
    shown: list[Citation] = []
    for one, chance in ranked:
        if len(shown) == PLACES or chance < _AS_LIKELY * ranked[0][1]:
            return
        spans = [(span.start, span.end) for span in one.spans]
        quote = quote_around(one.hit.passage, spans, _PLACE_WORDS)
        if any(one.hit is other.hit or quote.overlaps(other.quote) for other in shown):
            continue
        shown.append(Citation(len(shown) + 1, one.hit, quote, one.spans))
        yield shown[-1]


def cite_places(hits: Sequence[Hit]) -> Iterator[Citation]:
    """The beginnings of the best hits, if there are no candidates in them."""
    for number, hit in enumerate(hits[:PLACES], 1):
        passage = hit.passage
        quote = quote_around(passage, [(passage.start, passage.start + 1)], _PLACE_WORDS)
        yield Citation(number, hit, quote)


def _type(best: Candidate) -> AnswerType | None:
    """The type of the answer (yes, no or a count); None if there is none or the reader is
    unsure."""
    reading = best.hit.reading
    if reading is None:
        return None
    shares = np.exp(reading.answer_type - np.logaddexp.reduce(reading.answer_type))
    likeliest = int(np.argmax(shares))
    type_ = _TYPES[likeliest]
    sure = _SURE_COUNT if type_ is AnswerType.COUNT else _SURE
    if shares[likeliest] < sure:
        return None
    is_question = best.quote.text.rstrip().endswith("?")
    # A question, as a heading of a FAQ is, affirms and denies nothing.
    return None if is_question and type_ is not AnswerType.COUNT else type_
