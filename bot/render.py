"""Output of answers: as JSON for programs, and in colour for a terminal."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from bot.answer_blocks import (
    Block,
    Quoted,
    Said,
    Source,
    Sources,
    answer_blocks,
    row_text,
    source_details,
)
from bot.answer_text import LISTED, answer_text, bulleted, words_for
from bot.links import source_link
from bot.sources import source_address
from bot.terminal import Indented, printable
from bot.wording import SWEDISH, Wording
from embeddings.language.sentences import sentences_around
from embeddings.reading.addresses import web_address
from embeddings.types import Passage
from retrieval.types import Answer, Citation, Cost, Hit, Quote

ANSWER_STYLE, QUOTE_STYLE, SOURCE_STYLE, MARK_STYLE = "bold", "italic", "dim", "bold green"
_AROUND = 300  # characters of context on each side of a quote


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


def answer_view(answer: Answer, folder: Path | None = None, most: int = LISTED) -> RenderableType:
    """An answer with its quotes, in which the answering words are marked, and its sources.

    The sources are links, to local files if the documents `folder` is given; at most `most`
    documents of a list are shown.
    """
    words, parts = words_for(answer), list[RenderableType]()
    for block in answer_blocks(answer, most):
        is_close = isinstance(block, Sources) and not block.heading  # to the quote above it
        if parts and not is_close:
            parts.append(Text())
        parts += _dressed(block, words, folder)
    return Group(*parts)


def _dressed(block: Block, words: Wording, folder: Path | None) -> Iterator[RenderableType]:
    match block:
        case Said(lines, is_answer, heading):
            if heading:
                yield Text(printable(heading))
            said = bulleted(lines) if is_answer else "\n".join(lines)
            yield Text(printable(said), ANSWER_STYLE if is_answer else "")
        case Quoted(numbers=numbers):
            if numbers:
                which = f" {words.both} ".join(map(str, numbers))
                yield Text(f"{words.source} {which}", SOURCE_STYLE)
            yield _quote_lines(block)
        case Sources(sources, heading):
            if heading:
                yield Text(heading)
            for source in sources:
                yield from _source_lines(source, words, folder)


def hits_view(hits: Sequence[Hit], *, scores: bool = False) -> RenderableType:
    """The ranked passages with their files and pages, and their scores if requested."""
    parts: list[RenderableType] = []
    for rank, hit in enumerate(hits, 1):
        document, passage = hit.passage.document, hit.passage
        parts.append(Text.assemble((f"{rank}. ", ANSWER_STYLE), printable(document.title)))
        page = document.page_at(passage.start)
        place = f"{document.name}, {SWEDISH.on_page} {page}" if page else document.name
        if scores:
            place += (f", {hit.score:.2f} (dense {hit.dense:.3f}, lexical {hit.lexical:.2f}, "
                      f"near {hit.near:.2f})")  # fmt: skip
        parts.append(Indented(Text(printable(place), SOURCE_STYLE)))
        parts += [Indented(Text(_folded(printable(row_text(passage) or passage.text)))), Text()]
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


def _quote_lines(quoted: Quoted) -> RenderableType:
    marked = f"{QUOTE_STYLE} {MARK_STYLE}"
    parts = ((printable(text), marked if answers else QUOTE_STYLE)
             for text, answers in quoted.parts())  # fmt: skip
    return Indented(Text.assemble("”", *parts, "”"))


def _source_lines(source: Source, words: Wording, folder: Path | None) -> Iterator[RenderableType]:
    """A document with the numbers of its citations, and the file and characters of each quote."""
    document = source.document
    numbers = ", ".join(map(str, source.numbers))
    label = f"{numbers}. {document.title}{source_details(replace(source, has_twin=False), words)}"
    yield Text(printable(label), _linked(source.quotes[0], folder))
    for quote in source.quotes:
        place = f"{document.name}, {words.characters} {quote.start}–{quote.end}"
        yield Indented(Text(printable(place), _linked(quote, folder)))
    if address := web_address(document.metadata.url):
        yield Indented(Text(printable(address), _linked(source.quotes[0], folder)))


def _linked(quote: Quote, folder: Path | None) -> Style:
    url = quote.document.metadata.url
    link = source_address(quote, folder) if folder else source_link(url, quote.text)
    return Style.parse(SOURCE_STYLE) + Style(link=link)


def _folded(text: str) -> str:
    return " ".join(text.split())
