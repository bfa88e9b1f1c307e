"""What an answer can be made of: the sentences and list items of the hits, and how well each fits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embeddings.sentences import split_sentences
from embeddings.structure import item_spans
from embeddings.types import BlockKind, Passage
from retrieval.agencies import find_agencies
from retrieval.details import find_details, has_enumeration, is_detail
from retrieval.matching import Weight, coverage, stem_set
from retrieval.types import Hit, Question, QuestionKind, Quote

Span = tuple[int, int]

_CAUSE = re.compile(
    r"\b(?:därför|eftersom|för att|på grund av|i syfte|syftet|beror|orsak\w*|anledning\w*|"
    r"leder till|innebär|då det|vilket betyder)\b",
    re.IGNORECASE,
)
_SPEECH = re.compile(
    r"\b(?:säger|sa|sade|menar|menade|talade|påpeka\w*|lyfte|betona\w*|berätta\w*|anser|ansåg|"
    r"framhöll|förklara\w*|konstatera\w*|underströk|belyste)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or items of a list, that may be the answer.

    `spans` are offsets in the document. `own` and `near` say how much of what the question is
    about stands in the unit itself, and in the unit with its headings, title and neighbours; `form`
    says whether it has the form of the answer that the question asks for. Each is 0 to 1.
    """

    hit: Hit
    spans: tuple[Span, ...]
    own: float
    near: float
    form: float

    @property
    def quote(self) -> Quote:
        """All of it, as one span of the document."""
        return Quote(self.hit.passage.document, self.spans[0][0], self.spans[-1][1])


def find_units(question: Question, hit: Hit, weight: Weight) -> Iterator[Unit]:
    """The units of a hit."""
    passage = hit.passage
    if passage.kind is BlockKind.LIST:
        yield from _list_units(question, hit, weight)
    else:
        for span in _sentences(passage):
            yield _unit(question, hit, [span], weight)


def list_items(passage: Passage) -> list[Span]:
    """The items of a list, as offsets in the document."""
    blocks = (block for block in passage.document.blocks if block.kind is BlockKind.LIST)
    block = next(part for part in blocks if part.start < passage.end and passage.start < part.end)
    start = max(block.start, passage.start)
    items = item_spans(passage.document.text[start : passage.end])
    return [(start + begin, start + end) for begin, end in items]


def _sentences(passage: Passage) -> list[Span]:
    return [(passage.start + start, passage.start + end)
            for start, end in split_sentences(passage.text)]  # fmt: skip


def _list_units(question: Question, hit: Hit, weight: Weight) -> Iterator[Unit]:
    """The items that the question singles out, else the whole; each item for any other question."""
    items = list_items(hit.passage)
    if question.kind in {QuestionKind.LIST, QuestionKind.FACT, QuestionKind.YES_NO}:
        yield _unit(question, hit, _singled_out(question, hit.passage, items) or items, weight)
    if question.kind is not QuestionKind.LIST:
        for item in items:
            yield _unit(question, hit, [item], weight)


def _singled_out(question: Question, passage: Passage, items: Sequence[Span]) -> list[Span]:
    """The items with an organisation, or a word, of the question that the list's head has not."""
    head = stem_set("\n".join([*_context(passage), passage.text[: items[0][0] - passage.start]]))
    asked = [term for term in question.terms if not term.match(head)]
    wanted = {mention.agency.name for mention in question.agencies}
    chosen = []
    for start, end in items:
        text = passage.document.text[start:end]
        named = {mention.agency.name for mention in find_agencies(text)}
        if wanted & named or any(term.match(stem_set(text)) == 1 for term in asked):
            chosen.append((start, end))
    return chosen if len(chosen) < len(items) else []


def _unit(question: Question, hit: Hit, spans: Sequence[Span], weight: Weight) -> Unit:
    passage = hit.passage
    text = passage.document.text[spans[0][0] : spans[-1][1]]
    near = "\n".join([*_context(passage), passage.text])
    return Unit(
        hit=hit,
        spans=tuple(spans),
        own=coverage(question.terms, stem_set(text), weight),
        near=coverage(question.terms, stem_set(near), weight),
        form=_form(question, passage, text, len(spans)),
    )


def _context(passage: Passage) -> tuple[str, ...]:
    context = passage.context
    return (context.title, *context.headings, context.event_date)


def _form(question: Question, passage: Passage, text: str, count: int) -> float:
    """Whether a text has the form of what is asked for, 0 to 1; 0.5 where form tells nothing."""
    kind = question.kind
    if is_detail(kind):
        asked = question.text.casefold()
        details = (text[start:end] for start, end in find_details(text, kind))
        return float(any(detail.casefold() not in asked for detail in details))
    if kind is QuestionKind.LIST:
        if passage.kind is BlockKind.LIST:
            return 1.0
        return 0.6 if has_enumeration(text) else 0.0
    if kind is QuestionKind.STATEMENT:
        return float(passage.kind is BlockKind.STATEMENT or bool(_SPEECH.search(text)))
    if kind is QuestionKind.REASON:
        return float(bool(_CAUSE.search(text)))
    return 0.5
