"""What an answer can be made of: the sentences and list items of the hits, and how each fits."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from embeddings.language.agencies import Agency, find_agencies
from embeddings.language.marks import agency_mark
from embeddings.language.sentences import split_sentences
from embeddings.language.speech import SPEECH_VERB
from embeddings.language.words import stems
from embeddings.passages import body_start, body_text
from embeddings.structure import is_credit, item_spans
from embeddings.types import BlockKind, Passage
from retrieval.details import (
    find_details,
    find_people,
    has_enumeration,
    has_names,
    is_detail,
    is_title,
)
from retrieval.held import agencies_in
from retrieval.matching import Term, Weight, coverage, holds_name, mark_set
from retrieval.titles import asked_title, asks_for_title, holders, titles_of
from retrieval.types import Hit, Question, QuestionKind, Quote

Span = tuple[int, int]

_CAUSE = re.compile(
    r"\b(?:därför|eftersom|för att|på grund av|i syfte|syftet|beror|orsak\w*|anledning\w*|"
    r"leder till|innebär|vilket betyder)\b",
    re.IGNORECASE,
)
_WHOLE_LISTS = frozenset({QuestionKind.LIST, QuestionKind.NAMES, QuestionKind.KEYWORDS})
_HEADED = 0.7
# Where each item speaks of its own, and where people stand beside each other.
_APART = frozenset({BlockKind.LIST, BlockKind.ROW, BlockKind.CAPTION})


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or items of a list, that may be the answer.

    `spans` are offsets in the document. `own` says how much of what the question is about stands
    in the unit itself, `form` whether it has the form of the answer that is asked for, each 0 to 1.
    `read` is the reader's answer within it, with its logit over no answer, if it was read.
    """

    hit: Hit
    spans: tuple[Span, ...]
    own: float
    form: float
    read: tuple[float, Span] | None = None

    @property
    def quote(self) -> Quote:
        """All of it, as one span of the document."""
        return Quote(self.hit.passage.document, self.spans[0][0], self.spans[-1][1])

    def says(self, spans: Sequence[Quote]) -> bool:
        """Whether it holds the words of an answer, whichever document they are from."""
        text = self.quote.text.casefold()
        return all(span.text.casefold() in text for span in spans)


def find_units(question: Question, hit: Hit, weight: Weight) -> Iterator[Unit]:
    """The units of a hit that say something beside what the question says itself."""
    passage = hit.passage
    is_list = passage.kind is BlockKind.LIST
    choices = _choices(question, passage) if is_list else ([span] for span in _sentences(passage))
    headings = "\n".join(passage.context.headings)
    context = passage.context
    head = f"{context.event_date}\n{_head(passage)}" if is_list else headings
    # The rows of a list are told apart by the names in them; an article speaks of its subject
    # without naming it in every sentence.
    named = agencies_in(passage.document) if question.agencies and not is_list else ()
    around = mark_set("\n".join(named))
    asked = mark_set(question.text) | mark_set(" ".join(question.expansions))
    for spans in choices:
        text = passage.document.text[spans[0][0] : spans[-1][1]]
        is_new = question.kind is QuestionKind.YES_NO or not mark_set(text) <= asked
        if is_new and (hit.reading or not is_credit(text)):  # the reader knows one from another
            own = coverage(question.terms, mark_set(f"{head}\n{text}"), weight, around)
            read = hit.reading.best_span(spans[0][0], spans[-1][1]) if hit.reading else None
            yield Unit(hit, tuple(spans), own, _form(question, passage, text), read)


def list_items(passage: Passage) -> list[Span]:
    """The items of a list, as offsets in the document."""
    blocks = (block for block in passage.document.blocks if block.kind is BlockKind.LIST)
    block = next(part for part in blocks if part.start < passage.end and passage.start < part.end)
    start = max(block.start, passage.start)
    items = item_spans(passage.document.text[start : passage.end])
    return [(start + begin, start + end) for begin, end in items]


def _sentences(passage: Passage) -> list[Span]:
    body = body_start(passage)  # a heading is no sentence
    return [(body + start, body + end) for start, end in split_sentences(body_text(passage))]


def _choices(question: Question, passage: Passage) -> Iterator[list[Span]]:
    """The items that a question singles out, else the whole list; and each item by itself."""
    items = list_items(passage)
    chosen = [] if is_detail(question.kind) else _singled_out(question, passage, items) or items
    if chosen:
        yield chosen
    if question.kind not in _WHOLE_LISTS:
        yield from ([item] for item in items if [item] != chosen)


def _singled_out(question: Question, passage: Passage, items: Sequence[Span]) -> list[Span]:
    """The items that hold a term of the question which the head of the list has not."""
    head = mark_set(f"{passage.context.title}\n{_head(passage)}")
    asked = [term for term in question.terms if not term.match(head)]
    texts = [mark_set(passage.document.text[start:end]) for start, end in items]
    chosen = [item for item, words in zip(items, texts, strict=True)
              if any(term.match(words) == 1 for term in asked)]  # fmt: skip
    if len(chosen) == 1 and _asks_for_more(question, asked):
        return []
    return chosen if len(chosen) < len(items) else []


def _asks_for_more(question: Question, asked: Sequence[Term]) -> bool:
    """Whether a question in the plural has but its sort of thing to single items out by: "Vilka
    områden …?" is not answered by the one item that speaks of "områden"; titles are of people."""
    is_plural = question.kind is QuestionKind.LIST
    return is_plural and asked == [question.focus] and not _is_of_people(question.focus)


def _is_of_people(sort: Term | None) -> bool:
    """Whether the sort of thing that is asked for is a title."""
    return sort is not None and any(map(is_title, sort.alternatives))


def announced(passage: Passage) -> list[Span]:
    """The line that announces a list, where the passage has one."""
    first = list_items(passage)[0][0]
    line, ends, _ = passage.document.text[passage.start : first].partition("\n")
    return [(passage.start, passage.start + len(line.rstrip()))] if ends and line.strip() else []


def _head(passage: Passage) -> str:
    """What stands above the items of a list: its headings and its announcement."""
    first = list_items(passage)[0][0]
    above = passage.document.text[passage.start : max(first, passage.start)]
    return "\n".join([*passage.context.headings, above])


def _form(question: Question, passage: Passage, text: str) -> float:
    """Whether a text has the form of what is asked for, 0 to 1; 0.5 where form tells nothing."""
    kind = question.kind
    if asked_title(question) and passage.kind in _APART:
        asked = {mention.agency for mention in question.agencies}
        if names_others(text, asked):  # a row, or a place in a picture, of somebody else
            return 0.0
    if asks_for_title(question):
        return float(bool(titles_of(text, question.names)))
    if is_detail(kind):
        return float(bool(details_asked_for(question, passage, text)))
    if kind in _WHOLE_LISTS:
        return _list_form(question, passage, text)
    if kind is QuestionKind.STATEMENT:
        return 1.0 if passage.kind is BlockKind.STATEMENT else 0.7 * bool(SPEECH_VERB.search(text))
    if kind is QuestionKind.REASON:
        return float(bool(_CAUSE.search(text)))
    if kind is QuestionKind.YES_NO:
        return _names_form(question, text)
    return 0.5


def _names_form(question: Question, text: str) -> float:
    """Whether a text names who is asked about: "Deltog Boverket?"; 0.5 where nobody is."""
    words = mark_set(text)
    named = [agency_mark(mention.agency) in words for mention in question.agencies]
    named += [holds_name(stem, words) for name in question.names for stem in stems(name)]
    return sum(named) / len(named) if named else 0.5


def details_asked_for(question: Question, passage: Passage, text: str) -> list[Span]:
    """The spans in a text of the passage that can be the detail that a question asks for, and that
    it does not name itself."""
    asked = question.text.casefold()
    named = {stem for name in question.names for stem in stems(name)}
    return [
        (start, end)
        for start, end in _details(question, passage, text)
        if (detail := text[start:end].casefold()) not in asked
        and not (question.kind is QuestionKind.PERSON and named & set(stems(detail)))
    ]


def _details(question: Question, passage: Passage, text: str) -> list[Span]:
    """The spans in a text that have the form of the detail, and the title that is asked for."""
    title = asked_title(question)
    if not title:
        return find_details(text, question.kind)
    above = "".join(f"{heading}\n" for heading in passage.context.headings[-1:])
    found = holders(above + text, title, question.text)  # "Sakkunnig" may stand above the name
    return [(start - len(above), end - len(above)) for start, end in found if start >= len(above)]


def _without_people(text: str) -> str:
    for start, end in find_people(text):
        text = text[:start] + "·" * (end - start) + text[end:]
    return text


def names_others(text: str, asked: Set[Agency]) -> bool:
    """Whether a text names organisations, and none of those that are asked about, if any are."""
    named = {mention.agency for mention in find_agencies(text) if not mention.by_title}
    return bool(asked and named and not asked & named)


def _list_form(question: Question, passage: Passage, text: str) -> float:
    """A list of what is asked for, better than another list, better than items in a sentence."""
    if passage.kind is BlockKind.LIST:
        head = mark_set(_head(passage))
        named = {agency_mark(mention.agency) for mention in question.agencies}
        if named & mark_set(text) and not named & head:
            return 1.0  # the row of the organisation that is asked about
        if question.kind is QuestionKind.KEYWORDS:
            return float(coverage(question.terms, head, lambda _: 1.0) >= _HEADED)
        return 1.0 if question.focus and question.focus.match_loosely(head) else 0.5
    if question.kind is QuestionKind.KEYWORDS:
        return 0.5
    if question.kind is QuestionKind.NAMES:
        focus = question.focus
        are_there = has_names(text if _is_of_people(focus) else _without_people(text))
        return 0.5 * (are_there and focus is not None and focus.match(mark_set(text)) == 1)
    return 0.5 * (has_enumeration(text) or has_names(text))
