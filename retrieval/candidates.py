"""Candidate answers: spans of the passages that were read, each with its features.

One generator serves all questions: the words that the reader tags, its best start and end, the
sentence around them, and the whole list that contains them. `retrieval.scoring` chooses among them
by the features alone.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from embeddings.budget import spend
from embeddings.language.sentences import split_sentences
from embeddings.model.computing import FloatArray
from embeddings.passages.cutting import body_start
from embeddings.passages.structure import item_spans
from embeddings.types import BlockKind, EntityKind, Passage, Span
from retrieval.reader import Reading
from retrieval.types import Contact, Hit, Question, Quote

FEATURES: Final = ("relevance", "rank", "tags", "missed", "span", "length", "search")
SPAN_TOKENS: Final = 80
"""Maximum length of a span from a start to an end."""
_PAIRS = 2  # likeliest pairs of start and end
_LIST_WORDS = 30
_LONGEST_LIST = 50_000  # characters; a longer list as a whole is no useful answer
_LOGIT = 12.0  # logits are clipped here
_BEGIN, _INSIDE = 1, 2  # tags; 0 is outside
_AROUND = " \n\t.,;:!?–-•*"
_EMPTY = "☐"
_BOX = re.compile(r"(?P<box>[☐☑☒])\s*(?P<text>[^☐☑☒\n]*[^☐☑☒\s])")
_SIGNS = {Contact.PHONE: "+", Contact.EMAIL: "@"}  # in the key of a number (E.164) or an address


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Spans of one document that may be the answer.

    `features`, shape (len(FEATURES),), are the input of the scorer. `words` are the spans in one
    line, case folded, for comparing candidates.
    """

    hit: Hit
    spans: tuple[Quote, ...]
    features: FloatArray
    words: str

    @property
    def quote(self) -> Quote:
        """The quote that contains the spans; computed on demand, since few candidates need one."""
        return quote_around(self.hit.passage, [(span.start, span.end) for span in self.spans])

    def says_as(self, other: "Candidate") -> bool:
        """Whether two candidates have the same words, or overlapping spans in one document."""
        return self.words == other.words or any(
            mine.overlaps(theirs) for mine in self.spans for theirs in other.spans
        )


def find_candidates(question: Question, hits: Sequence[Hit]) -> list[Candidate]:
    """The candidates in the hits that were read, in the order of the hits."""
    read = [(hit, hit.reading) for hit in hits if hit.reading is not None]
    if not read:
        return []
    ranks = _log_shares([_relevance(reading) for _, reading in read])
    best = max(hit.score for hit, _ in read)
    found: list[Candidate] = []
    for (hit, reading), rank in zip(read, ranks, strict=True):
        document = hit.passage.document
        for spans in _spans(question, hit.passage, reading):
            spend()
            quotes = tuple(Quote(document, start, end) for start, end in spans)
            words = " ".join(" ".join(quote.text for quote in quotes).casefold().split())
            features = _features(reading, rank, hit.score - best, spans)
            found.append(Candidate(hit, quotes, features, words))
    return found


def _relevance(reading: Reading) -> float:
    return max(-_LOGIT, min(reading.relevance, _LOGIT))


def _log_shares(relevances: Sequence[float]) -> list[float]:
    """The log-probability that each passage answers, "none" being one more class with logit 0."""
    total = float(np.logaddexp.reduce([0.0, *relevances]))
    return [relevance - total for relevance in relevances]


# Spans


def _spans(question: Question, passage: Passage, reading: Reading) -> Iterator[tuple[Span, ...]]:
    """The spans of each candidate in a passage, without duplicates."""
    if not len(reading.where):
        return
    if question.contact is not None:
        for contact in contacts(passage, question.contact):
            yield (contact,)
        return
    tagged = tuple(filter(None, (whole_words(passage, span) for span in tagged_spans(reading))))
    paired = [span for pair in best_pairs(reading) if (span := whole_words(passage, pair))]
    sentence = [_sentence(passage, span) for span in [*tagged, *paired][:1]]
    single = ((span,) for span in (*tagged, *paired, *sentence))
    found = filter(None, (tagged, *single, whole_list(passage)))
    yield from filter(None, dict.fromkeys(ticked(passage, spans) for spans in found))


def ticked(passage: Passage, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The spans without the boxes of a form in them that are not ticked: of "☒ Ja ☐ Nej" only
    "Ja"."""
    options = [(passage.start + one.start("text"), passage.start + one.end("text"), one["box"])
               for one in _BOX.finditer(passage.text)]  # fmt: skip
    if not options:
        return spans
    found: list[Span] = []
    for start, end in spans:
        inside = [one for one in options if one[0] < end and start < one[1]]
        left = [(max(start, first), min(end, last)) for first, last, box in inside if box != _EMPTY]
        found += left if inside else [(start, end)]
    return tuple(filter(None, (whole_words(passage, span) for span in found)))


def contacts(passage: Passage, contact: Contact) -> list[Span]:
    """The telephone numbers or e-mail addresses in a passage."""
    return [
        (entity.start, entity.end)
        for entity in passage.entities
        if entity.kind is EntityKind.CONTACT and _SIGNS[contact] in entity.key
    ]


def tagged_spans(reading: Reading) -> list[Span]:
    """The parts of an answer by the likeliest tag sequence (Viterbi): I only after B or I."""
    logs = reading.tags - np.logaddexp.reduce(reading.tags, axis=1, keepdims=True)
    count = len(logs)
    back = np.zeros((count, 3), np.int64)
    score = np.array([logs[0, 0], logs[0, 1], -np.inf])
    for row in range(1, count):
        before_inside = _BEGIN if score[_BEGIN] >= score[_INSIDE] else _INSIDE
        highest = int(np.argmax(score))
        back[row] = highest, highest, before_inside
        score = np.array([score[highest], score[highest], score[before_inside]]) + logs[row]
    tags = [int(np.argmax(score))]
    for row in range(count - 1, 0, -1):
        tags.append(int(back[row, tags[-1]]))
    spans: list[Span] = []
    for tag, (start, end) in zip(reversed(tags), reading.where.tolist(), strict=True):
        if tag == _BEGIN:
            spans.append((start, end))
        elif tag == _INSIDE:
            spans[-1] = (spans[-1][0], end)
    return spans


def best_pairs(reading: Reading) -> list[Span]:
    """The spans of the likeliest pairs of start and end, non-overlapping."""
    width = min(SPAN_TOKENS, len(reading.ends))
    beyond = np.full(width - 1, -np.inf, reading.ends.dtype)
    following = sliding_window_view(np.concatenate([reading.ends, beyond]), width)
    sums = reading.starts[:, None] + following  # of each start and the ends from there on
    lasts = np.arange(len(sums))[:, None] + np.arange(width)
    found: list[Span] = []
    for _ in range(_PAIRS):
        first, more = map(int, np.unravel_index(int(np.argmax(sums)), sums.shape))
        if sums[first, more] == -np.inf:
            break
        last = first + more
        found.append((int(reading.where[first, 0]), int(reading.where[last, 1])))
        sums[: last + 1][lasts[: last + 1] >= first] = -np.inf  # all overlapping spans
    return found


def whole_words(passage: Passage, span: Span) -> Span | None:
    """A span extended to whole words, without surrounding punctuation; None if it is empty."""
    (start, end), text = span, passage.document.text
    while start > passage.start and text[start - 1 : start + 1].isalnum():
        start -= 1
    while end < passage.end and text[end - 1 : end + 1].isalnum():
        end += 1
    said = text[start:end]
    end -= len(said) - len(said.rstrip(_AROUND))
    start += len(said) - len(said.lstrip(_AROUND))
    if text[start:end].count("(") > text[start:end].count(")") and text[end : end + 1] == ")":
        end += 1
    return (start, end) if start < end else None


def whole_list(passage: Passage) -> tuple[Span, ...]:
    """All items of a passage's list, including those in other passages; () if it is not a list, or
    too long."""
    block = passage.document.block_at(passage.end - 1)
    if passage.kind is not BlockKind.LIST or block is None:
        return ()
    if block.end - block.start > _LONGEST_LIST:
        return ()
    items = item_spans(passage.document.text_of(block))
    return tuple((block.start + start, block.start + end) for start, end in items)


def _sentence(passage: Passage, span: Span) -> Span:
    """The sentence or list item in which a span begins; the whole passage if there is none."""
    parts = _parts(passage)
    return next((part for part in parts if part[0] <= span[0] < part[1]),
                (passage.start, passage.end))  # fmt: skip


def _parts(passage: Passage) -> list[Span]:
    """The self-contained parts of a passage: its leading headings and its sentences, or the lines
    of a list."""
    begin, text = body_start(passage), passage.document.text
    if passage.kind is BlockKind.LIST:
        return [(passage.start + a, passage.start + b) for a, b in _lines(passage.text)]
    headings = [(passage.start + a, passage.start + b)
                for a, b in _lines(text[passage.start : begin])]  # fmt: skip
    sentences = split_sentences(text[begin : passage.end])
    return [*headings, *((begin + a, begin + b) for a, b in sentences)]


def quote_around(passage: Passage, spans: Sequence[Span], words: int = 0) -> Quote:
    """The sentences or list lines that contain the spans, extended on both sides while the quote
    has at most `words` words. From a short list the lines above are included, since they say what
    is listed.
    """
    first, last = spans[0][0], spans[-1][1]
    parts = _parts(passage)
    held = [number for number, (start, end) in enumerate(parts) if start < last and first < end]
    if not held:
        return Quote(passage.document, min(first, passage.start), max(last, passage.end))
    text = passage.document.text
    counts = [len(text[start:end].split()) for start, end in parts]
    low, high = held[0], held[-1]
    if passage.kind is BlockKind.LIST and sum(counts[: high + 1]) <= _LIST_WORDS:
        low = 0
    while low > 0 or high < len(parts) - 1:
        grown = [(max(low - 1, 0), high), (low, min(high + 1, len(parts) - 1))]
        fitting = [one for one in grown
                   if one != (low, high) and sum(counts[one[0] : one[1] + 1]) <= words]  # fmt: skip
        if not fitting:
            break
        low, high = fitting[-1]
    return Quote(passage.document, min(parts[low][0], first), max(parts[high][1], last))


def _lines(text: str) -> list[Span]:
    spans, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            begin = at + len(line) - len(line.lstrip())
            spans.append((begin, at + len(line.rstrip())))
        at += len(line) + 1
    return spans


# Features


def _features(reading: Reading, rank: float, search: float, spans: Sequence[Span]) -> FloatArray:
    """The values of `FEATURES` for spans in a passage with this rank and search score."""
    where = reading.where
    inside = np.zeros(len(where), bool)
    edges = []
    for start, end in spans:
        rows = np.flatnonzero((where[:, 0] < end) & (where[:, 1] > start))
        if len(rows):
            inside[rows] = True
            edges.append(float(reading.starts[rows[0]] + reading.ends[rows[-1]]))
    answers = np.logaddexp(reading.tags[:, 1], reading.tags[:, 2]) - reading.tags[:, 0]
    told = 1 / (1 + np.exp(-answers))
    tags = float(np.clip(answers[inside], -_LOGIT, _LOGIT).mean()) if inside.any() else -_LOGIT
    span = max(-2 * _LOGIT, min(sum(edges) / len(edges), 2 * _LOGIT)) if edges else -2 * _LOGIT
    missed = math.log1p(float(told[~inside].sum()))
    length = math.log(sum(end - start for start, end in spans))
    return np.array([_relevance(reading), rank, tags, missed, span, length, search], np.float32)
