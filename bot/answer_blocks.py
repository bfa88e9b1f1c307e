"""An answer as blocks, in the order in which they are shown: what is said, quotes, and sources.

The terminal and Telegram only dress them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.answer_text import (
    LISTED,
    answer_lines,
    list_items,
    listed_lines,
    outcome_text,
    part_lines,
    said_lines,
    told_text,
    words_for,
)
from bot.wording import Wording
from embeddings.passages.markup import plain
from embeddings.passages.structure import cells_of
from embeddings.types import BlockKind, Document, Passage
from retrieval.types import Answer, AnswerType, Citation, Intent, Outcome, Quote


@dataclass(frozen=True, slots=True)
class Said:
    """Lines of the reply itself: those of an answer, under the `heading` of its list, or others."""

    lines: tuple[str, ...]
    is_answer: bool = False
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """The quote of a citation, in which the answering words stand out.

    `numbers` are those of all citations with this quote, if the reply has several.
    """

    citation: Citation
    numbers: tuple[int, ...] = ()

    def parts(self) -> Iterator[tuple[str, bool]]:
        """The text shown of the quote, in parts, each with whether it answers."""
        text, places = _without_markup(self.citation.quote, marked_places(self.citation))
        if row := row_text(self.citation.hit.passage):
            text, places = row, _places_in_row(row, self.citation)
        at = 0
        for start, end in places:
            yield text[at:start], False
            yield text[start:end], True
            at = end
        yield text[at:], False


@dataclass(frozen=True, slots=True)
class Source:
    """A document with the quotes from it, and the numbers of their citations.

    It `has_twin` if another document has the same title, so that only its name tells them apart.
    """

    numbers: tuple[int, ...]
    quotes: tuple[Quote, ...]
    has_twin: bool = False

    @property
    def document(self) -> Document:
        """The document of the quotes."""
        return self.quotes[0].document


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a reply under their `heading`, or of one place without any."""

    sources: tuple[Source, ...]
    heading: str = ""


Block = Said | Quoted | Sources


def answer_blocks(answer: Answer, most: int = LISTED) -> list[Block]:
    """The blocks of an answer: with its quotes and sources, or with the closest places, or those
    about a topic, or with at most `most` documents of a list."""
    if answer.is_refused:
        return list(_places(answer))
    if answer.intent is Intent.TOPIC and len(answer.listed) <= len(answer.citations):
        return [Said((told_text(answer),), is_answer=True), *_each_place(answer.citations)]
    if not answer.spans:
        return listed_blocks(answer, most=most)
    words = words_for(answer)
    before = [Said((words.tentative,))] if answer.is_tentative else []
    said = Said(tuple(answer_lines(answer)), is_answer=True, heading=_heading(answer))
    after = [Said((words.worded,))] if answer.worded else []
    return [
        *before,
        *([] if _is_shown_by_quote(answer) else [said]),
        *after,
        *_quotes(answer),
        Sources(_sources(answer.citations), words.sources),
    ]


def listed_blocks(answer: Answer, first: int = 0, most: int = LISTED) -> list[Block]:
    """The reply to small talk, or at most `most` of the documents that an answer lists, from index
    `first`."""
    told, lines = told_text(answer), tuple(listed_lines(answer, first, most))
    above = [Said((told,), is_answer=bool(answer.listed))] if told else []
    return [*above, *([Said(lines)] if lines else [])]


def _places(answer: Answer) -> Iterator[Block]:
    """That there is no answer, and the places closest to one, each with its source."""
    yield Said((outcome_text(answer),))
    if answer.outcome is Outcome.NOTHING and answer.citations:
        yield Said((words_for(answer).nearest,))
    yield from _each_place(answer.citations)


def _each_place(citations: Sequence[Citation]) -> Iterator[Block]:
    """Quotes, each with its source."""
    twins = titles_alike(one.quote.document for one in citations)
    for one in citations:
        yield Quoted(one)
        yield Sources((Source((one.number,), (one.quote,), one.quote.document.title in twins),))


def _quotes(answer: Answer) -> Iterator[Quoted]:
    """Each distinct quote that adds to the answer."""
    numbers: dict[str, list[int]] = {}
    for one in answer.citations:
        numbers.setdefault(one.quote.text, []).append(one.number)
    for one in answer.citations:
        same = numbers[one.quote.text]
        if one.number == same[0] and not repeats(answer, one):
            yield Quoted(one, tuple(same) if len(answer.citations) > 1 else ())


def _sources(citations: Sequence[Citation]) -> tuple[Source, ...]:
    """The documents of citations, each once."""
    held: dict[str, list[Citation]] = {}
    for one in citations:
        held.setdefault(one.quote.document.name, []).append(one)
    twins = titles_alike(group[0].quote.document for group in held.values())
    return tuple(
        Source(
            tuple(one.number for one in group),
            tuple(one.quote for one in group),
            group[0].quote.document.title in twins,
        )
        for group in held.values()
    )


def titles_alike(documents: Iterable[Document]) -> frozenset[str]:
    """The titles shared by several of the documents, which only their names distinguish."""
    titles = {document.name: document.title for document in documents}
    counts = Counter(titles.values())
    return frozenset(title for title, count in counts.items() if count > 1)


def source_details(source: Source, words: Wording) -> str:
    """What follows the title of a source: publisher, date and pages, if known, and its name if it
    has a twin; begins with a comma."""
    document, meta = source.document, source.document.metadata
    pages = sorted({page for one in source.quotes if (page := document.page_at(one.start))})
    parts = (
        meta.publisher,
        words.day(meta.published) if meta.published else None,
        f"{words.on_page} {', '.join(map(str, pages))}" if pages else None,
        _name_of(document, words) if source.has_twin else None,
    )
    return "".join(f", {part}" for part in parts if part)


def _name_of(document: Document, words: Wording) -> str:
    """The name of a document, or, of a row of a table, that of the file and the number."""
    file, mark, row = document.name.partition("#row=")
    return f"{file}, {words.in_row} {row}" if mark else file


def _without_markup(
    quote: Quote, places: Sequence[tuple[int, int]]
) -> tuple[str, Sequence[tuple[int, int]]]:
    """The text of a quote without Markdown markup, and the same places in it; what may be HTML, or
    only look like it, is shown as it is."""
    shown = plain(quote.document, quote.text)
    at, kept = 0, [0]  # of each offset in the quote, the offset in what is shown
    for letter in quote.text:
        at += shown.startswith(letter, at)
        kept.append(at)
    if at < len(shown) or "<" in quote.text:
        return quote.text, places
    return shown, [(kept[start], kept[end]) for start, end in places]


# Rows of tables


def row_text(passage: Passage) -> str:
    """The cells of a table row with the names of their columns, if its own text lacks these; "" for
    other passages."""
    if passage.kind is not BlockKind.ROW or not passage.context.headings:
        return ""
    named = passage.context.headings[-1]
    cells = (plain(passage.document, cell) for cell in cells_of(passage.text))
    return named if all(cell in named for cell in cells) else ""


def _places_in_row(row: str, citation: Citation) -> list[tuple[int, int]]:
    """Offsets of the answering words in the named cells of a row."""
    quote, at = citation.quote, 0
    places = []
    for start, end in marked_places(citation):
        for cell in cells_of(quote.text[start:end]):
            words = plain(quote.document, cell)
            place = row.find(words, at)
            if words and place >= 0:
                at = place + len(words)
                places.append((place, at))
    return places


# What a quote adds to the answer


def repeats(answer: Answer, citation: Citation) -> bool:
    """Whether a quote equals the answer, except for the heading of a list, and need not be
    repeated."""
    if answer.worded or answer.is_refused or answer.type is AnswerType.COUNT:
        return False
    said, quoted = said_lines(answer), _letters(part_lines(citation.quote, citation.hit.passage))
    _, rest = _under(citation)
    is_all = _letters(said) in (quoted, _letters(rest))
    return is_all or quoted in {_letters([line]) for line in said}


def _heading(answer: Answer) -> str:
    """The heading, in its quote, of the list that is the answer, or how the summary of a document
    was chosen; "" if there is none."""
    if len(answer_lines(answer)) < 2 or not repeats(answer, answer.citations[0]):
        return ""
    if answer.intent is Intent.SUMMARY:
        return told_text(answer)
    return _under(answer.citations[0])[0]


def _is_shown_by_quote(answer: Answer) -> bool:
    """Whether the first quote contains little but the parts of the answer: these are marked in it,
    and need not be repeated above it."""
    if answer.worded or answer.is_refused or len(answer_lines(answer)) < 2:
        return False
    cited = answer.citations[0]
    places = marked_places(cited)
    if repeats(answer, cited) or len(places) < 2:
        return False
    text = cited.quote.text
    marked = _letters([text[start:end] for start, end in places])
    return 2 * len(marked) >= len(_letters([text[places[0][0] :]]))


def _under(citation: Citation) -> tuple[str, list[str]]:
    """The text of a list quote above the first answering item, and the items from there on."""
    quote, passage, places = citation.quote, citation.hit.passage, marked_places(citation)
    if passage.kind is not BlockKind.LIST or not places:
        return "", []
    cut = quote.text.rfind("\n", 0, places[0][0]) + 1
    lines = [item == line for line, item in list_items(quote.text[:cut]) if line]
    if len(lines) > 1 or not all(lines):  # items that do not answer
        return "", []
    above = " ".join(plain(quote.document, quote.text[:cut]).split())
    return above, part_lines(Quote(quote.document, quote.start + cut, quote.end), passage)


def marked_places(citation: Citation) -> list[tuple[int, int]]:
    """Offsets of the answering words in the quote's text, sorted and non-overlapping."""
    quote = citation.quote
    places: list[tuple[int, int]] = []
    for start, end in sorted((words.start, words.end) for words in citation.marked):
        begin, stop = max(start, quote.start) - quote.start, min(end, quote.end) - quote.start
        if begin < stop and (not places or begin >= places[-1][1]):
            places.append((begin, stop))
    return places


def _letters(lines: Sequence[str]) -> str:
    return "".join(letter for line in lines for letter in line if letter.isalnum())
