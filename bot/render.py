"""How an answer is written out: as JSON for machines, and in colour for a terminal."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.answer_text import answer_lines, answer_text, marked_places, repeats
from bot.wording import WORDED, outcome_text, words_for
from embeddings.types import Document, Passage
from retrieval.types import Answer, Citation, Hit, Outcome, Quote

ANSWER_STYLE, QUOTE_STYLE, SOURCE_STYLE, MARK_STYLE = "bold", "italic", "dim", "bold green"
_AROUND = 300  # characters of the document on either side of a quote


# JSON


def answer_json(identity: Any, answer: Answer, question: str) -> str:
    """An answer as one line of JSON; `worded` is there where a language model worded it."""
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
    """What is wrong with a line of a batch as one line of JSON, in the place of its answer."""
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
        "url": document.metadata.url,
        "passage": _span(citation.hit.passage),
        "quote": _span(citation.quote),
    }


def _span(part: Passage | Quote) -> dict[str, Any]:
    return {"text": part.text, "start": part.start, "end": part.end}


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


# The terminal


def answer_view(answer: Answer) -> RenderableType:
    """An answer with its quotes, the words that answer marked, and its sources."""
    if not (answer.is_refused or answer.spans):
        return Text(answer_text(answer))
    parts: list[RenderableType] = [_opening(answer)]
    if answer.worded:
        parts.append(Text(WORDED, SOURCE_STYLE))
    if answer.outcome is Outcome.NOTHING and answer.citations:
        parts += [Text(), Text(words_for(answer).nearest)]
    for citation in answer.citations:
        parts.append(Text())
        if not repeats(answer, citation):
            parts.append(_quote_line(citation))
        parts.append(_source_lines(answer, citation))
    return Group(*parts)


def hits_view(hits: Sequence[Hit]) -> RenderableType:
    """The ranked passages with their scores."""
    parts: list[RenderableType] = []
    for rank, hit in enumerate(hits, 1):
        parts_of = f"dense {hit.dense:.3f}, lexical {hit.lexical:.2f}, near {hit.near:.2f}"
        scores = f"  {hit.score:.2f} ({parts_of})"
        parts.append(Text.assemble((f"{rank}. ", "bold"), hit.passage.document.title,
                                   (scores, SOURCE_STYLE)))  # fmt: skip
        parts += [_indented(Text(_folded(hit.passage.text))), Text()]
    return Group(*parts)


def source_view(citation: Citation) -> RenderableType:
    """A quote within its document, marked, with what stands before and after it."""
    quote = citation.quote
    text = quote.document.text
    start, end = max(quote.start - _AROUND, 0), min(quote.end + _AROUND, len(text))
    shown = Text.assemble(
        ("…" if start else "") + text[start : quote.start],
        (quote.text, MARK_STYLE),
        text[quote.end : end] + ("…" if end < len(text) else ""),
    )
    return Group(Text(quote.document.title, ANSWER_STYLE), Text(quote.document.name, SOURCE_STYLE),
                 Text(), shown)  # fmt: skip


def _opening(answer: Answer) -> Text:
    """The answer in bold, an item a line; what is none is not."""
    if answer.is_refused:
        return Text(outcome_text(answer))
    lines = answer_lines(answer)
    marks = "• " if len(lines) > 1 else ""
    return Text("\n".join(f"{marks}{line}" for line in lines), ANSWER_STYLE)


def _quote_line(citation: Citation) -> Text:
    words = Text(citation.quote.text, QUOTE_STYLE)
    for start, end in marked_places(citation):
        words.stylize(MARK_STYLE, start, end)
    return _indented(Text.assemble("”", words, "”"))


def _source_lines(answer: Answer, citation: Citation) -> Text:
    said = words_for(answer)
    document, quote = citation.quote.document, citation.quote
    page = f"{said.page} {number}, " if (number := document.page_at(quote.start)) else ""
    place = f"    {document.name}, {page}{said.characters} {quote.start}–{quote.end}"
    label = f"[{citation.number}] {describe(document, said.published)}"
    return Text(f"{label}\n{place}", SOURCE_STYLE)


def describe(document: Document, published: str) -> str:
    """A document in one line: title, publisher and date, as far as they are known."""
    metadata = document.metadata
    date = f"{published} {metadata.published.isoformat()}" if metadata.published else None
    parts = (document.title, metadata.publisher, date, metadata.url)
    return ", ".join(part for part in parts if part)


def _indented(text: Text) -> Text:
    """The text with its lines, but for empty ones, moved in."""
    lines = [line for line in text.split("\n") if line.plain.strip()]
    return Text("\n").join(Text.assemble("    ", line) for line in lines)


def _folded(text: str) -> str:
    return " ".join(text.split())
