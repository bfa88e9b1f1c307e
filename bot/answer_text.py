"""What an answer says in words, for the terminal, for JSON and for Telegram."""

from collections.abc import Sequence

from bot.wording import outcome_text, polarity_text, worded_text
from embeddings.structure import item_spans
from embeddings.types import BlockKind
from retrieval.types import Answer, Citation, Quote


def answer_text(answer: Answer) -> str:
    """The short answer, an item of a list a line, or the sentence that says that there is none."""
    return "\n".join(answer_lines(answer))


def answer_lines(answer: Answer) -> list[str]:
    """The short answer in the lines that it is written in, without the marks of items."""
    if answer.worded:
        return [worded_text(answer.worded)]
    if answer.is_refused:
        return [outcome_text(answer)]
    said = _said(answer)
    if answer.polarity is None:
        return said
    return [f"{polarity_text(answer.polarity, answer.question.language)} {' '.join(said)}"]


def repeats(answer: Answer, citation: Citation) -> bool:
    """Whether a quote is the answer, word for word, so that it need not be read twice."""
    if answer.worded or answer.is_refused:
        return False
    return _letters(_said(answer)) == _letters(_lines(citation.quote, citation.hit.passage.kind))


def marked_places(citation: Citation) -> list[tuple[int, int]]:
    """Where the words that answer stand in the text of a quote, in order and apart."""
    quote = citation.quote
    places: list[tuple[int, int]] = []
    for start, end in sorted((words.start, words.end) for words in citation.marked):
        begin, stop = max(start, quote.start) - quote.start, min(end, quote.end) - quote.start
        if begin < stop and (not places or begin >= places[-1][1]):
            places.append((begin, stop))
    return places


def _said(answer: Answer) -> list[str]:
    """What the documents say: of yes and no the sentence, else the spans, each once."""
    cited = answer.citations[0]
    spans = [cited.quote] if answer.polarity else answer.spans
    lines = (line for span in spans for line in _lines(span, cited.hit.passage.kind))
    return list(dict.fromkeys(lines))


def _lines(part: Quote, kind: BlockKind) -> list[str]:
    """The items of a part of a list, without their marks; all of another text in one line."""
    if kind is not BlockKind.LIST:
        return [" ".join(part.text.split())]
    found = [(line.strip(), " ".join(line[start:end] for start, end in item_spans(line)))
             for line in part.text.split("\n")]  # fmt: skip
    has_marks = any(item != line for line, item in found if item)
    items: list[str] = []
    for line, item in found:
        if items and has_marks and item == line:  # the item before goes on
            items[-1] += f" {item}"
        elif item:
            items.append(item)
    return [" ".join(item.split()) for item in items]


def _letters(lines: Sequence[str]) -> str:
    return "".join(letter for line in lines for letter in line if letter.isalnum())
