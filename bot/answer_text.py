"""The text of an answer, for the terminal, for JSON and for Telegram."""

from collections.abc import Iterator, Sequence

from bot.wording import (
    LISTED,
    listed_lines,
    outcome_text,
    shortened,
    told_text,
    worded_lines,
    yes_or_no,
)
from embeddings.passages.markup import plain
from embeddings.passages.structure import item_spans
from embeddings.types import BlockKind, Passage
from retrieval.types import Answer, AnswerType, Citation, Intent, Quote


def answer_text(answer: Answer) -> str:
    """The short answer, with one list item per line, or the sentence that says that there is
    none."""
    return "\n".join(answer_lines(answer))


def answer_lines(answer: Answer, most: int = LISTED) -> list[str]:
    """The lines of the short answer, without bullets; at most `most` of the documents it lists."""
    if answer.is_refused:
        return [outcome_text(answer)]
    if answer.worded:
        return worded_lines(answer.worded)
    if not answer.spans:
        return [line for line in (told_text(answer), *listed_lines(answer, most=most)) if line]
    said = _said(answer)
    if answer.intent is Intent.SUMMARY and len({one.document.name for one in answer.spans}) > 1:
        return _by_document(answer)
    match answer.type:
        case None:
            return said
        case AnswerType.COUNT:
            return [str(len(said))]
        case type_:
            return [_affirmed(yes_or_no(type_, answer.question.language), " ".join(said))]


def _affirmed(word: str, sentence: str) -> str:
    """A sentence after "Ja." or "Nej.", unless it begins with the word itself."""
    begins = sentence[: len(word)].casefold()
    said_already = begins[:-1] == word[:-1].casefold() and not begins[-1:].isalpha()
    return sentence if said_already else f"{word} {sentence}"


def repeats(answer: Answer, citation: Citation) -> bool:
    """Whether a quote equals the answer, except for the heading of a list, and need not be
    repeated."""
    if answer.worded or answer.is_refused or answer.type is AnswerType.COUNT:
        return False
    said, quoted = _said(answer), _letters(_lines(citation.quote, citation.hit.passage))
    _, rest = _under(citation)
    is_all = _letters(said) in (quoted, _letters(rest))
    return is_all or quoted in {_letters([line]) for line in said}


def heading(answer: Answer) -> str:
    """The heading, in its quote, of the list that is the answer, or how the summary of a document
    was chosen; "" if there is none."""
    if len(answer_lines(answer)) < 2 or not repeats(answer, answer.citations[0]):
        return ""
    if answer.intent is Intent.SUMMARY:
        return told_text(answer)
    return _under(answer.citations[0])[0]


def is_shown_by_quote(answer: Answer) -> bool:
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
    lines = [item == line for line, item in _items(quote.text[:cut]) if line]
    if len(lines) > 1 or not all(lines):  # items that do not answer
        return "", []
    above = " ".join(plain(quote.document, quote.text[:cut]).split())
    return above, _lines(Quote(quote.document, quote.start + cut, quote.end), passage)


def marked_places(citation: Citation) -> list[tuple[int, int]]:
    """Offsets of the answering words in the quote's text, sorted and non-overlapping."""
    quote = citation.quote
    places: list[tuple[int, int]] = []
    for start, end in sorted((words.start, words.end) for words in citation.marked):
        begin, stop = max(start, quote.start) - quote.start, min(end, quote.end) - quote.start
        if begin < stop and (not places or begin >= places[-1][1]):
            places.append((begin, stop))
    return places


def _said(answer: Answer) -> list[str]:
    """The distinct texts of the answer: for yes or no the quoted sentence, else the spans."""
    cited = answer.citations[0]
    says_so = answer.type in (AnswerType.YES, AnswerType.NO)
    spans = [cited.quote] if says_so else answer.spans
    lines = (line for span in spans for line in _lines(span, cited.hit.passage))
    return list(dict.fromkeys(lines))


def _by_document(answer: Answer) -> list[str]:
    """The spans of each of several documents, on a line that begins with its title."""
    said: dict[str, list[str]] = {}
    for span in answer.spans:
        line = " ".join(plain(span.document, span.text).split())
        said.setdefault(span.document.name, [f"{shortened(span.document.title)}: "]).append(line)
    return [above + "; ".join(lines) for above, *lines in said.values()]


def _lines(part: Quote, passage: Passage) -> list[str]:
    """The items of a part of a list, without their bullets; other text as one line."""
    if passage.kind is not BlockKind.LIST:
        return [" ".join(plain(part.document, part.text).split())]
    has_marks = any(item != line for line, item in _items(passage.text))
    lines: list[str] = []
    for line, item in _items(part.text):
        if lines and has_marks and item == line:  # the previous item continues
            lines[-1] += f" {item}"
        else:
            lines.append(item)
    return [" ".join(plain(part.document, line).split()) for line in lines]


def _items(text: str) -> Iterator[tuple[str, str]]:
    """Each line of a list, with and without its bullet."""
    for line in text.split("\n"):
        for start, end in item_spans(line):
            yield line.strip(), line[start:end]


def _letters(lines: Sequence[str]) -> str:
    return "".join(letter for line in lines for letter in line if letter.isalnum())
