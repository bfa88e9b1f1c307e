"""Output of answers: as JSON for programs, and in colour for a terminal."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.style import Style
from rich.text import Text

from bot.answer_text import (
    answer_lines,
    answer_text,
    heading,
    is_shown_by_quote,
    marked_places,
    repeats,
)
from bot.links import source_link
from bot.sources import source_address
from bot.wording import LISTED, outcome_text, printable, words_for
from embeddings.language.sentences import sentences_around
from embeddings.reading.addresses import web_address
from embeddings.types import Document, Passage
from retrieval.types import Answer, Citation, Cost, Hit, Outcome, Quote

ANSWER_STYLE, QUOTE_STYLE, SOURCE_STYLE, MARK_STYLE = "bold", "italic", "dim", "bold green"
_AROUND = 300  # characters of context on each side of a quote
_INDENT = "    "


# JSON


def answer_json(identity: Any, answer: Answer, question: str) -> str:
    """An answer as one line of JSON; `worded` is present if a language model worded it, and `cost`
    if one was used."""
    return _dump(
        {
            "id": identity,
            "question": question,
            "answer": answer_text(answer),
            "outcome": answer.outcome,
            "refused": answer.is_refused,
            "confidence": round(answer.confidence, 4),
            "citations": [_citation(citation) for citation in answer.citations],
            **({"worded": True} if answer.worded else {}),
            **({"cost": _cost(answer.cost)} if answer.cost else {}),
            "elapsed_ms": round(answer.elapsed_ms, 1),
        }
    )


def hits_json(identity: Any, question: str, hits: Iterable[Hit]) -> str:
    """The hits of a question as one line of JSON."""
    found = [
        {
            "document": hit.passage.document.name,
            "also": [other.document.name for other in hit.also],
            "start": hit.passage.start,
            "end": hit.passage.end,
            "text": hit.passage.text,
            "score": round(hit.score, 4),
        }
        for hit in hits
    ]
    return _dump({"id": identity, "question": question, "hits": found})


def error_json(identity: Any, error: Exception) -> str:
    """The error in a line of a batch as one line of JSON, instead of an answer."""
    return _dump({"id": identity, "error": str(error)})


def _citation(citation: Citation) -> dict[str, Any]:
    document = citation.quote.document
    published = document.metadata.published
    return {
        "number": citation.number,
        "document": document.name,
        "title": document.title,
        "published": published.isoformat() if published else None,
        "page": document.page_at(citation.quote.start),
        "url": web_address(document.metadata.url),
        "passage": _span(citation.hit.passage),
        "quote": _span(citation.quote),
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {**asdict(cost), "seconds": round(cost.seconds, 3)}


def _span(part: Passage | Quote) -> dict[str, Any]:
    return {"text": part.text, "start": part.start, "end": part.end}


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


# The terminal


def show(console: Console, view: RenderableType) -> None:
    """Print a view: a terminal wraps lines between words, other outputs keep each whole."""
    console.print(view, soft_wrap=not console.is_terminal)


def answer_view(answer: Answer, folder: Path | None = None, most: int = LISTED) -> RenderableType:
    """An answer with its quotes, in which the answering words are marked, and its sources.

    The sources are links, to local files if the documents `folder` is given; at most `most`
    documents of a list are shown.
    """
    if not (answer.is_refused or answer.spans):
        return Text(printable("\n".join(answer_lines(answer, most))))
    parts: list[RenderableType] = [] if is_shown_by_quote(answer) else _opening(answer)
    if answer.worded:
        parts.append(Text(words_for(answer).worded, SOURCE_STYLE))
    if answer.outcome is Outcome.NOTHING and answer.citations:
        parts += [Text(), Text(words_for(answer).nearest)]
    for _, group in groupby(answer.citations, lambda one: _shown_with(answer, one)):
        cited = list(group)
        if parts:
            parts.append(Text())
        if not repeats(answer, cited[0]):
            parts.append(_quote_lines(cited[0]))
        parts += _source_lines(answer, cited, folder)
    return Group(*parts)


def hits_view(hits: Sequence[Hit], *, scores: bool = False) -> RenderableType:
    """The ranked passages with their files and pages, and their scores if requested."""
    parts: list[RenderableType] = []
    for rank, hit in enumerate(hits, 1):
        document, passage = hit.passage.document, hit.passage
        parts.append(Text.assemble((f"{rank}. ", ANSWER_STYLE), printable(document.title)))
        page = document.page_at(passage.start)
        place = f"{document.name}, s. {page}" if page else document.name
        if scores:
            place += (f", {hit.score:.2f} (dense {hit.dense:.3f}, lexical {hit.lexical:.2f}, "
                      f"near {hit.near:.2f})")  # fmt: skip
        parts.append(_Indented(Text(printable(place), SOURCE_STYLE)))
        parts += [_Indented(Text(_folded(printable(passage.text)))), Text()]
    return Group(*parts)


def source_view(quote: Quote) -> RenderableType:
    """A quote marked in its context, the sentences before and after it."""
    text = quote.document.text
    start, end = sentences_around(text, quote.start, quote.end, _AROUND)
    shown = Text.assemble(
        ("… " if start else "") + printable(text[start : quote.start]),
        (printable(quote.text), MARK_STYLE),
        printable(text[quote.end : end]) + (" …" if end < len(text) else ""),
    )
    return Group(
        Text(printable(quote.document.title), ANSWER_STYLE),
        Text(printable(quote.document.name), SOURCE_STYLE),
        Text(),
        shown,
    )


def _opening(answer: Answer) -> list[RenderableType]:
    """The answer in bold, one item per line, under its heading; a refusal is not bold."""
    if answer.is_refused:
        return [Text(printable(outcome_text(answer)))]
    above = heading(answer)
    lines = answer_lines(answer)
    marks = "• " if len(lines) > 1 else ""
    said = Text(printable("\n".join(f"{marks}{line}" for line in lines)), ANSWER_STYLE)
    return [Text(printable(above)), said] if above else [said]


def _quote_lines(citation: Citation) -> RenderableType:
    words = Text(printable(citation.quote.text), QUOTE_STYLE)
    for start, end in marked_places(citation):
        words.stylize(MARK_STYLE, start, end)
    return _Indented(Text.assemble("”", words, "”"))


def _shown_with(answer: Answer, citation: Citation) -> tuple[str, int]:
    """A key shared by citations whose sources are shown together: the document, if their quotes are
    not shown."""
    shown = 0 if repeats(answer, citation) else citation.number
    return citation.quote.document.name, shown


def _source_lines(
    answer: Answer, cited: Sequence[Citation], folder: Path | None
) -> Iterator[RenderableType]:
    """The document of the citations, and the location of each quote in it."""
    said = words_for(answer)
    document = cited[0].quote.document
    numbers = ", ".join(str(one.number) for one in cited)
    label = f"[{numbers}] {describe(document, said.published)}"
    yield Text(printable(label), _linked(cited[0].quote, folder))
    for one in cited:
        page = f"{said.page} {number}, " if (number := document.page_at(one.quote.start)) else ""
        place = f"{document.name}, {page}{said.characters} {one.quote.start}–{one.quote.end}"
        yield _Indented(Text(printable(place), _linked(one.quote, folder)))


def _linked(quote: Quote, folder: Path | None) -> Style:
    url = quote.document.metadata.url
    link = source_address(quote, folder) if folder else source_link(url, quote.text)
    return Style.parse(SOURCE_STYLE) + Style(link=link)


def describe(document: Document, published: str) -> str:
    """A document in one line: title, publisher and date, if known."""
    metadata = document.metadata
    date = f"{published} {metadata.published.isoformat()}" if metadata.published else None
    parts = (document.title, metadata.publisher, date, web_address(metadata.url))
    return ", ".join(part for part in parts if part)


class _Indented:
    """An indented text, also where a narrow terminal wraps its lines; empty lines are not
    indented."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = [line for line in self._text.split("\n") if line.plain.strip()]
        if not options.no_wrap:
            width = max(options.max_width - len(_INDENT), 1)
            lines = [part for line in lines for part in line.wrap(console, width)]
        yield Text("\n").join(Text.assemble(_INDENT, line) for line in lines)


def _folded(text: str) -> str:
    return " ".join(text.split())
