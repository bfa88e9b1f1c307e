"""From hits to an answer: the best sentence, list items or detail, quoted; or a refusal."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile

from embeddings.language.agencies import find_agencies
from embeddings.language.marks import agency_mark
from embeddings.language.sentences import split_sentences
from embeddings.language.words import stem_words
from embeddings.types import BlockKind, Passage
from retrieval.confidence import fit, probability, shares
from retrieval.coordination import further_items, with_first_half, with_shared_head
from retrieval.details import (
    has_enumeration,
    has_names,
    is_detail,
    is_number,
    same_detail,
)
from retrieval.matching import Term, Weight, holds_names, mark_set
from retrieval.question import speaker_words
from retrieval.titles import asks_for_title, is_about_title, titles_of
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
from retrieval.units import Span, Unit, announced, details_asked_for, find_units, names_others

_HITS = 10  # how far down the ranking an answer may stand where nothing has been read
_MOST_CITATIONS = 3
_ALSO = 0.15  # the share of the fit that makes a unit worth showing beside the best
_MANY = 3  # items; fewer may stand together by chance
_TELLING = 5  # words; fewer may stand in another document and say another thing
_FAR = 100  # characters; what stands further away is no nearer to the point
_WORD = re.compile(r"[^\W_]+")
_TOLD = frozenset({BlockKind.STATEMENT, BlockKind.PARAGRAPH})  # where people are quoted
_COUNTED = re.compile(
    r"\b(?:hur\s+(?:många|gammal|gamla|mycket\s+(?:pengar|kosta\w+))|antal(?:et)?|vad\s+kosta\w+|"
    r"how\s+(?:many|old|much\s+money))\b",
    re.IGNORECASE,
)
_SOME = re.compile(
    r"\b(?:inga|ingen|majoritet(?:en)?|hälften|merparten|flertalet|"
    r"(?:en|två|tre)\s+(?:tredje|fjärde|femte)delar?)\b",
    re.IGNORECASE,
)
# What a time is said by, where it is no date: "efter mötet", "i vår", "på 1990-talet".
_TIME = re.compile(
    r"\d|\b(?:i\s+(?:år|dag|går|morgon|fjol|natt|kväll|vår|våras|somras|höst|höstas|vinter|vintras)|"
    r"efter|före|innan|sedan|under|medan|samtidigt|när|då|tills?|från|nästa|förra|varje|snart|nu|idag|"
    r"igår|imorgon|\w*(?:dag|vecka|månad|år|tid|tal|sekel|stund|vår|sommar|höst|vinter|jul|påsk|"
    r"morgon|kväll|natt|skifte)\w{0,4}|after|before|during|while|when|since|until|next|last)\b",
    re.IGNORECASE,
)
_NEIGHBOURHOOD = 300  # characters before and after a passage in which its speaker may be named
_AROUND = " \n\t.,;:!?–-•*"
_WHOLE = frozenset({QuestionKind.YES_NO, QuestionKind.STATEMENT, QuestionKind.KEYWORDS})
_COUNTED_UP = frozenset({QuestionKind.LIST, QuestionKind.NAMES})
_WITH_UNIT = frozenset({QuestionKind.NUMBER, QuestionKind.DATE})  # "tolv kommuner", not "tolv"
_DISPUTABLE = frozenset({QuestionKind.PERSON, QuestionKind.DATE, QuestionKind.NUMBER,
                         QuestionKind.PHONE, QuestionKind.EMAIL})  # fmt: skip
_RIVAL = 0.2  # the share of the best unit's share that makes another document's word count
_MUST_BE_THERE = frozenset({QuestionKind.PHONE, QuestionKind.EMAIL, QuestionKind.NAMES})


def answer(
    question: Question,
    hits: Sequence[Hit],
    evidence: Sequence[Hit] | Refusal,
    weight: Weight,
    threshold: float,
) -> Answer:
    """The answer that the evidence gives, or a refusal with the nearest of the hits.

    `weight` says how much a stem tells passages apart; below the probability `threshold` the
    evidence is too weak.
    """
    if isinstance(evidence, Refusal):
        return _refuse(question, hits, evidence, 0.0)
    read = [hit for hit in evidence if hit.reading is not None]
    found = (unit for hit in read or evidence[:_HITS] for unit in find_units(question, hit, weight))
    units = list(eligible(question, found))
    if not units:
        return _refuse(question, evidence, Refusal(RefusalReason.MISSING_DETAIL), 0.0)
    ranked = _ranked(question, units)
    ranked = list(dropwhile(lambda pair: _only_repeats(question, pair[0]), ranked))
    if not ranked:
        return _refuse(question, evidence, Refusal(RefusalReason.WEAK), 0.0)
    best = ranked[0][0]
    spans = short_answer(question, best)
    agreeing = sum(share for unit, share in ranked if unit.says(spans))
    confidence = probability(question, best, agreeing)
    if confidence < threshold:
        return _refuse(question, evidence, Refusal(RefusalReason.WEAK), confidence)
    rival = _rival(question, ranked, spans)
    tried = tuple(evidence[:_HITS])
    if rival is None:
        citations = tuple(_citations(ranked, spans, tried))
        return Answer(question, confidence, spans, citations, hits=tried)
    first, second = ranked[0][0], rival
    citations = (Citation(1, first.hit, first.quote), Citation(2, second.hit, second.quote))
    both = (*spans, *short_answer(question, second))
    return Answer(question, confidence, both, citations, disputed=True, hits=tried)


def eligible(question: Question, units: Iterable[Unit]) -> Iterator[Unit]:
    """The units that can answer: with the detail that is asked for, where nothing else will do."""
    return (unit for unit in units if _can_answer(question, unit))


def _can_answer(question: Question, unit: Unit) -> bool:
    if is_about_title(question):
        return bool(unit.form)
    if _is_of_others(question, unit.hit.passage):
        return False
    if question.kind in _MUST_BE_THERE:
        return bool(unit.form) and _is_theirs(question, unit)
    if question.kind is QuestionKind.STATEMENT:
        return unit.hit.passage.kind in _TOLD and _may_be_said(question, unit)
    if question.kind in _COUNTED_UP:
        read = _read_answer(unit)
        return read is None or not is_number(read.text)
    if question.kind is QuestionKind.DATE:
        return bool(unit.form) or _TIME.search(unit.quote.text) is not None
    if question.kind is QuestionKind.NUMBER and _COUNTED.search(question.text):
        return bool(unit.form) or _SOME.search(unit.quote.text) is not None
    return True


def _only_repeats(question: Question, unit: Unit) -> bool:
    """Whether the answer in a unit has no word that the question does not have itself."""
    if question.kind in _WHOLE:
        return False
    said = " ".join(span.text for span in short_answer(question, unit))
    return mark_set(said) <= mark_set(question.text)


def _rival(
    question: Question, ranked: Sequence[tuple[Unit, float]], spans: Sequence[Quote]
) -> Unit | None:
    """What another document says instead, where it is about as likely to be the answer."""
    best, share = ranked[0]
    if question.kind not in _DISPUTABLE:
        return None
    for unit, other in ranked[1:]:
        if other < _RIVAL * share:
            return None
        if unit.form and unit.own >= best.own and unit.hit.near >= best.hit.near:
            said = short_answer(question, unit)
            apart = unit.hit.passage.document is not best.hit.passage.document
            if apart and not _agree(question, spans, said):
                return unit
    return None


def _agree(question: Question, left: Sequence[Quote], right: Sequence[Quote]) -> bool:
    return any(same_detail(a.text, b.text, question.kind) for a in left for b in right)


def _is_of_others(question: Question, passage: Passage) -> bool:
    """Whether a passage names organisations, and none of those that are asked about, in a document
    that is not theirs."""
    asked = {mention.agency for mention in question.agencies if not mention.by_title}
    if not names_others(passage.text, asked):
        return False
    context = passage.context
    around = "\n".join([passage.document.metadata.publisher or "", context.title,
                        *context.headings, context.lead, passage.text])  # fmt: skip
    return not asked & {mention.agency for mention in find_agencies(around)}


def _is_theirs(question: Question, unit: Unit) -> bool:
    """Whether a detail stands with those whose it is asked for, and not only in their document."""
    return holds_names(question.names, mark_set(unit.hit.passage.in_context))


def _may_be_said(question: Question, unit: Unit) -> bool:
    """Whether those whose words are asked for are named near a unit, not only in its document."""
    speaker, passage = speaker_words(question.text), unit.hit.passage
    start = max(passage.start - _NEIGHBOURHOOD, 0)
    around = mark_set(passage.document.text[start : passage.end + _NEIGHBOURHOOD])
    return holds_names((name for name in question.names if name in speaker), around)


def _ranked(question: Question, units: Sequence[Unit]) -> list[tuple[Unit, float]]:
    """The units, best first, each with its probability to be the one that answers."""
    parts = shares([fit(question, unit) for unit in units])
    return sorted(zip(units, parts, strict=True), key=lambda pair: -pair[1])


def short_answer(question: Question, unit: Unit) -> tuple[Quote, ...]:
    """What was asked for, in the unit: a detail, the items of a list, the words that the reader
    points at, else the sentence."""
    read = _read_answer(unit)
    if is_detail(question.kind):
        detail = _detail(question, unit, read)
        if detail is not None:
            return (detail,)
    if asks_for_title(question):
        titles = titles_of(unit.quote.text, question.names)
        start, end = (unit.quote.start + place for place in titles[0])
        return (Quote(unit.quote.document, start, end),)
    if read is not None and _is_span(question, unit, read):
        return tuple(_joined(question, unit, read))
    spans = unit.spans
    if question.kind is QuestionKind.YES_NO and unit.hit.passage.kind is BlockKind.LIST:
        spans = (*announced(unit.hit.passage), *spans)  # "Deltagande myndigheter", then who it is
    return tuple(Quote(unit.hit.passage.document, start, end) for start, end in spans)


def _joined(question: Question, unit: Unit, read: Quote) -> Iterator[Quote]:
    """The words that the reader points at, with what their sentence joins to them."""
    sentence, shift = unit.quote.text, unit.quote.start
    start, end = with_first_half(sentence, (read.start - shift, read.end - shift))
    yield Quote(read.document, start + shift, end + shift)
    more = further_items(sentence, end) if question.kind in _COUNTED_UP else None
    if more:
        yield Quote(read.document, more[0] + shift, more[1] + shift)


def _read_answer(unit: Unit) -> Quote | None:
    """The words that the reader points at, whole, without the punctuation around them."""
    if unit.read is None or unit.read[0] == -math.inf:
        return None
    start, end = unit.read[1]
    document = unit.hit.passage.document
    while start > 0 and document.text[start - 1 : start + 1].isalnum():
        start -= 1
    while document.text[end - 1 : end + 1].isalnum() and end < len(document.text):
        end += 1  # its tokens are parts of words
    end = with_shared_head(document.text, end)
    text = document.text[start:end]
    end -= len(text) - len(text.rstrip(_AROUND))
    start += len(text) - len(text.lstrip(_AROUND))
    return Quote(document, start, end) if start < end else None


def _is_span(question: Question, unit: Unit, read: Quote) -> bool:
    """Whether some words of the unit are a better answer than all of it."""
    if question.kind in _WHOLE:
        return False
    if question.kind is QuestionKind.DATE:
        return _TIME.search(read.text) is not None
    if question.kind in _COUNTED_UP:
        in_list = unit.hit.passage.kind is BlockKind.LIST
        return not in_list and (_counts_up(read.text) or not _counts_up(unit.quote.text))
    return True


def _counts_up(text: str) -> bool:
    return has_enumeration(text) or has_names(text)


def _detail(question: Question, unit: Unit, read: Quote | None) -> Quote | None:
    """The detail in a unit that the reader points at, or that stands nearest to the words of the
    question."""
    quote = unit.quote
    details = details_asked_for(question, unit.hit.passage, quote.text)
    if not details:
        return None
    found = [Quote(quote.document, quote.start + a, quote.start + b) for a, b in details]
    pointed = [one for one in found if read and one.start < read.end and read.start < one.end]
    if read is not None and pointed:
        if question.kind in _WITH_UNIT:
            return _covering(read, pointed)
        return pointed[0]
    anchors = [list(_anchors(term, quote.text)) for term in question.terms]
    start, end = min(details, key=lambda span: _distance(span, anchors))
    return Quote(quote.document, quote.start + start, quote.start + end)


def _covering(read: Quote, details: Sequence[Quote]) -> Quote:
    """The words that the reader points at, and the whole of the details that they cut into."""
    start = min(read.start, *(detail.start for detail in details))
    end = max(read.end, *(detail.end for detail in details))
    return Quote(read.document, start, end)


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


def _citations(
    ranked: Sequence[tuple[Unit, float]], spans: Sequence[Quote], hits: Sequence[Hit]
) -> list[Citation]:
    """The best unit; other documents that say the same; and what may answer as well."""
    best = ranked[0][0]
    cited = [(best.hit, best.quote)]

    def cite(hit: Hit, quote: Quote) -> None:
        if all(quote.document is not other.document for _, other in cited):
            cited.append((hit, quote))

    for unit, _ in ranked[1:]:
        if unit.says(spans):
            cite(unit.hit, unit.quote)
    for hit, quote in (*_repeated(best, hits), *_listed(spans, hits)):
        cite(hit, quote)
    for unit, share in ranked[1:]:
        if share >= _ALSO and not any(_overlap(unit.quote, quote) for _, quote in cited):
            cited.append((unit.hit, unit.quote))
    return [Citation(number, *one) for number, one in enumerate(cited[:_MOST_CITATIONS], 1)]


def _repeated(unit: Unit, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Quote]]:
    """The places in other documents that have a unit's words to the letter."""
    words = unit.quote.text
    same = (replace(unit.hit, passage=passage, also=()) for passage in unit.hit.also)
    like = hits if len(words.split()) >= _TELLING else ()
    for hit in (*same, *like):
        at = hit.passage.text.find(words)
        if at >= 0:
            start = hit.passage.start + at
            yield hit, Quote(hit.passage.document, start, start + len(words))


def _listed(spans: Sequence[Quote], hits: Sequence[Hit]) -> Iterator[tuple[Hit, Quote]]:
    """The places in other documents that have every item of a list, whatever else they say."""
    if len(spans) < _MANY:
        return
    for hit in hits:
        text = hit.passage.text
        places = [(text.find(span.text), len(span.text)) for span in spans]
        start, end = min(at for at, _ in places), max(at + length for at, length in places)
        if start >= 0:
            end = (text + "\n").index("\n", end)  # the rest of the last row
            shift = hit.passage.start
            yield hit, Quote(hit.passage.document, shift + start, shift + end)


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
