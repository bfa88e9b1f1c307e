"""Answers and hits as messages: their text, and the buttons under them."""

import hashlib
import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.answer_text import answer_lines, heading, is_shown_by_quote, marked_places, repeats
from bot.links import source_link
from bot.telegram.layout import LIMIT, Block, Run, clean, pack, prefix, text_block, utf16
from bot.telegram.records import SourcePlace
from bot.telegram.wording import THUMB_DOWN, THUMB_UP, Wording
from bot.wording import LISTED, listed_lines, outcome_text, told_text, words_for
from embeddings.language.sentences import sentences_around, split_sentences
from embeddings.types import Document, Passage
from retrieval.types import Answer, Citation, Hit, Outcome, Quote

HITS_PER_PAGE = 4
_QUOTE_LIMIT = 1024  # of ReplyParameters.quote, in UTF-16 units
_HIT_LIMIT = 200  # characters of a passage in a list of hits: a page of them fits a screen or two
_AROUND_LIMIT = 1000  # characters of context before and after


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button and its callback data."""

    text: str
    data: str


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send, in the form stored in the outbox.

    `quote` is an exact substring of the message of an earlier `part` of the same reply, at offset
    `quote_at` (UTF-16 units), for a reply that points to it.
    """

    chat: int
    html: str
    thread: int | None = None
    reply_to: int | None = None
    keyboard: Keyboard = ()
    part: int | None = None
    quote: str | None = None
    quote_at: int = 0

    def dumps(self) -> str:
        """Serialize the message to JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, body: str) -> Self:
        """Load a message that `dumps` wrote."""
        said: dict[str, Any] = json.loads(body)
        rows = tuple(tuple(Button(**button) for button in row) for row in said.pop("keyboard"))
        return cls(**said, keyboard=rows)


def markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """The buttons as an object of the library; None if there are none."""
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(part.text, callback_data=part.data) for part in row]
         for row in keyboard]
    )  # fmt: skip


# Callback data


@dataclass(frozen=True, slots=True)
class Press:
    """The action of a button under an answer.

    "s" source, "m" more hits, "l" more of the list, "b" back (1: from the list), "u" and "d" votes.
    """

    action: str
    answer: int
    argument: int
    version: str

    def data(self) -> str:
        """The callback data, well below 64 bytes."""
        return f"{self.action}:{self.answer}:{self.argument}:{self.version}"


def short_version(version: str) -> str:
    """The distinctive part of an index version, short enough for buttons."""
    return version[-8:]


def answer_keyboard(
    words: Wording, number: int, sources: int, version: str, feedback: bool, is_cut: bool = False
) -> Keyboard:
    """The buttons under an answer; an answer that lists more than it shows `is_cut`."""

    def button(text: str, action: str, argument: int = 0) -> Button:
        return Button(text, Press(action, number, argument, short_version(version)).data())

    show = [
        button(words.show if sources == 1 else f"{words.show} {place + 1}", "s", place)
        for place in range(sources)
    ]
    votes = [button(THUMB_UP, "u"), button(THUMB_DOWN, "d")] if feedback else []
    more = button(words.next, "l", 1) if is_cut else button(words.more, "m")
    last = (more, *votes)
    # Two per row: "Visa i källan 1" must be readable on a telephone.
    rows = (tuple(show[at : at + 2]) for at in range(0, len(show), 2))
    return (*rows, last)


# Answers


def short_answer(answer: Answer) -> str:
    """The answer in short: the words asked for, with a bullet line for each of several."""
    lines = answer_lines(answer)
    return "\n".join(f"• {line}" for line in lines) if len(lines) > 1 else lines[0]


def answer_blocks(answer: Answer, words: Wording) -> list[Block]:
    """The answer, the quotes that add to it, and the sources; or that there is none, and the
    closest places."""
    if answer.is_refused:
        opening = [text_block(outcome_text(answer))]
        if answer.outcome is Outcome.NOTHING and answer.citations:
            opening.append(text_block(words_for(answer).nearest))
        alike = alike_titles(one.quote for one in answer.citations)
        return [
            *opening,
            *(block for one in answer.citations for block in place_blocks(one, words, alike)),
        ]
    if not answer.spans:
        return list(_listed_blocks(answer))
    opening = [] if is_shown_by_quote(answer) else [_answer_block(answer)]
    if answer.worded:
        opening.append(text_block(words_for(answer).worded))
    return [*opening, *_quotes(answer, words), sources_block(answer.citations, words)]


def _listed_blocks(answer: Answer) -> Iterator[Block]:
    """The reply to small talk, or the documents that an answer lists."""
    if said := told_text(answer):
        yield text_block(said, bold=bool(answer.listed))
    yield from map(text_block, listed_lines(answer))


def listed_blocks(answer: Answer, page: int) -> list[Block]:
    """A page of the documents that an answer lists, under the heading of the list."""
    lines = listed_lines(answer, page * LISTED)
    return [text_block(told_text(answer), bold=True), *map(text_block, lines)]


def place_blocks(citation: Citation, words: Wording, alike: Container[str] = ()) -> Iterator[Block]:
    """A place that may contain an answer: the quote, with the likeliest words in bold, and its
    location."""
    yield Block(_marked(citation), is_quote=True)
    yield Block((Run(f"{citation.number}. "), *source_runs(citation.quote, words, alike)))


def _answer_block(answer: Answer) -> Block:
    """The short answer in bold; a long list is folded, to keep what follows visible."""
    said = text_block(short_answer(answer), bold=True)
    folded = Block(said.runs, is_quote=True, lead=shorten(clean(heading(answer)), _HIT_LIMIT))
    is_list = len(answer_lines(answer)) > 1
    return folded if is_list and (folded.is_long or folded.lead) else said


def _quotes(answer: Answer, words: Wording) -> Iterator[Block]:
    """Each distinct quote that adds to the answer, with the numbers of the sources that contain
    it."""
    numbers: dict[str, list[int]] = {}
    for citation in answer.citations:
        numbers.setdefault(citation.quote.text, []).append(citation.number)
    shown = [
        citation
        for citation in answer.citations
        if citation.number == numbers[citation.quote.text][0] and not repeats(answer, citation)
    ]
    for citation in shown:
        which = f" {words.both} ".join(str(number) for number in numbers[citation.quote.text])
        lead = f"{words.source} {which}" if len(answer.citations) > 1 else ""
        yield Block(_marked(citation), is_quote=True, lead=lead)


def _marked(citation: Citation) -> tuple[Run, ...]:
    """The quote with the answering words in bold."""
    text, at, runs = citation.quote.text, 0, []
    for start, end in marked_places(citation):
        runs += [Run(clean(text[at:start])), Run(clean(text[start:end]), bold=True)]
        at = end
    runs.append(Run(clean(text[at:])))
    return tuple(run for run in runs if run.text)


def sources_block(citations: Sequence[Citation], words: Wording) -> Block:
    """The sources with title, publisher, date and page, one per document with its numbers."""
    held: dict[str, list[Citation]] = {}
    for citation in citations:
        held.setdefault(citation.quote.document.name, []).append(citation)
    alike = alike_titles(citation.quote for citation in citations)
    runs = [Run(words.sources)]
    for group in held.values():
        runs.append(Run(f"\n{', '.join(str(one.number) for one in group)}. "))
        pages = [group[0].quote.document.page_at(one.quote.start) for one in group]
        runs += source_runs(group[0].quote, words, alike, pages)
    return Block(tuple(runs))


def alike_titles(parts: Iterable[Quote | Passage]) -> frozenset[str]:
    """The titles shared by several of the documents, which only their names distinguish."""
    titles = {part.document.name: part.document.title for part in parts}
    counts = Counter(titles.values())
    return frozenset(title for title, count in counts.items() if count > 1)


def source_runs(
    part: Quote | Passage,
    words: Wording,
    alike: Container[str] = (),
    pages: Iterable[int | None] = (),
) -> list[Run]:
    """A document's title, linked if it has an address, with its publisher, date and pages.

    If the title is among those that are `alike`, the file name is added.
    """
    document = part.document
    found = list(pages) or [document.page_at(part.start)]
    details = _details(document, found, words)
    if document.title in alike:
        details += f", {document.name}"
    return [
        Run(clean(document.title), link=source_link(document.metadata.url, part.text)),
        Run(clean(details)),
    ]


def _details(document: Document, pages: Iterable[int | None], words: Wording) -> str:
    meta = document.metadata
    numbers = sorted({page for page in pages if page})
    said = [
        meta.publisher,
        words.day(meta.published) if meta.published else None,
        f"{words.on_page} {', '.join(map(str, numbers))}" if numbers else None,
    ]
    return "".join(f", {part}" for part in said if part)


# Hits


def hits_blocks(hits: Sequence[Hit], page: int, words: Wording) -> list[Block]:
    """A page of passages, each a quotation with its source, short enough for one message."""
    first = page * HITS_PER_PAGE
    shown = hits[first : first + HITS_PER_PAGE]
    title = words.hits.format(first=first + 1, last=first + len(shown))
    blocks = [text_block(title, bold=True)]
    alike = alike_titles(hit.passage for hit in shown)
    for hit in shown:
        passage = hit.passage
        blocks.append(Block((Run(clean(shorten(passage.text, _HIT_LIMIT))),), is_quote=True))
        blocks.append(Block(tuple(source_runs(passage, words, alike))))
    return blocks


def shorten(text: str, limit: int) -> str:
    """The text, or its first whole sentences or words, with an ellipsis."""
    if len(text) <= limit:
        return text
    ends = [end for _, end in split_sentences(text) if limit // 3 < end <= limit]
    if ends:
        return text[: ends[-1]] + " …"
    return text[:limit].rsplit(maxsplit=1)[0] + " …"


# Visa i källan


def source_messages(
    document: Document, place: SourcePlace, words: Wording, to: Outgoing
) -> list[Outgoing]:
    """The paragraph with its context, and a message that points to the quote in it."""
    start, end = place.passage
    quoted = clean(document.text[place.quote[0] : place.quote[1]]).strip()
    before, inside, after = _around(document, start, end)
    title = clean(document.title)
    details = clean(_details(document, [document.page_at(start)], words))
    shown = [Block((Run(title, bold=True), Run(details)))]
    room = LIMIT - shown[0].units - utf16(inside) - 8
    if room < 0:  # a passage longer than a message: the quote must be visible
        inside, before, after = _beginning(quoted, LIMIT - shown[0].units - 8), "", ""
    elif room < utf16(before) + utf16(after):
        before = after = ""
    parts = [part for part in (before, inside, after) if part]
    html = pack([*shown, *(Block((Run(part),)) for part in parts)])[0]
    target = _quotable(quoted, inside)
    plain = "\n\n".join([shown[0].text, *parts])
    where = plain.find(inside, len(shown[0].text) + len(before)) + inside.find(target)
    point = replace(
        to, html=words.here, part=0, quote=target, quote_at=utf16(plain[:where]), reply_to=None
    )
    return [replace(to, html=html), point] if target else [replace(to, html=html)]


def _around(document: Document, start: int, end: int) -> tuple[str, str, str]:
    """The paragraph before, the passage, and the paragraph after, in Telegram's form; of long
    paragraphs only the nearest sentences."""
    text = document.text
    start, end = sentences_around(text, start, end)
    first, last = sentences_around(text, start, end, _AROUND_LIMIT)
    before = text[first:start].strip().rpartition("\n\n")[2]
    after = text[end:last].strip().partition("\n\n")[0]
    return clean(before).strip(), clean(text[start:end]).strip(), clean(after).strip()


def _quotable(quoted: str, inside: str) -> str:
    """The longest beginning of the quote that a reply can point to, in whole sentences if
    possible."""
    quoted = _beginning(quoted, _QUOTE_LIMIT)
    return quoted if quoted in inside else ""


def _beginning(text: str, room: int) -> str:
    """The leading sentences, or else lines, that fit into `room` UTF-16 units."""
    if utf16(text) <= room:
        return text.strip()
    begun = prefix(text, room)
    ends = [end for _, end in split_sentences(begun)][:-1]
    return (begun[: ends[-1]] if ends else begun.rpartition("\n")[0] or begun).strip()


def text_hash(document: Document) -> str:
    """A hash that shows whether a document's text has changed since an answer."""
    return hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def places_of(citations: Iterable[Citation]) -> tuple[SourcePlace, ...]:
    """The locations of an answer's quotes, for finding them again."""
    return tuple(
        SourcePlace(
            document=citation.quote.document.name,
            text_hash=text_hash(citation.quote.document),
            passage=(
                min(citation.hit.passage.start, citation.quote.start),
                max(citation.hit.passage.end, citation.quote.end),
            ),
            quote=(citation.quote.start, citation.quote.end),
        )
        for citation in citations
    )
