"""How an answer is written out: as JSON for machines, and in colour for a terminal."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.wording import (
    WORDED,
    disputed_text,
    nearest_text,
    refusal_text,
    worded_text,
    words_for,
)
from embeddings.types import Document, Passage
from retrieval.types import Answer, Citation, Hit, Quote, RefusalReason

ANSWER_STYLE, QUOTE_STYLE, SOURCE_STYLE, MARK_STYLE = "bold", "italic", "dim", "bold green"
_MOSTLY = 0.8  # the rest are the marks of the items
_AROUND = 300  # characters of the document on either side of a quote


def answer_text(answer: Answer) -> str:
    """The short answer as one text, or the sentence that declines; what is nearest is marked."""
    if answer.worded:
        return worded_text(answer.worded)
    if answer.disputed:
        return disputed_text(answer)
    if answer.refusal is None:
        return join_spans([" ".join(span.text.split()) for span in answer.spans])
    said = (refusal_text(answer, answer.refusal), nearest_text(answer, answer.refusal))
    return " ".join(part for part in said if part)


def join_spans(texts: Sequence[str]) -> str:
    """The items of an answer in one line, apart by commas unless they hold commas themselves."""
    if len(texts) > 1 and all(text.endswith((".", "!", "?")) for text in texts):
        return " ".join(texts)
    return ("; " if any("," in text for text in texts) else ", ").join(texts)


# JSON


def answer_json(identity: str | None, answer: Answer, question: str) -> str:
    """An answer as one line of JSON; `worded` is there where a language model worded it."""
    return _dump(
        {
            "id": identity,
            "question": question,
            "answer": answer_text(answer),
            "refused": answer.refusal is not None,
            "confidence": round(answer.confidence, 4),
            "citations": [_citation(citation) for citation in answer.citations],
            "understood": answer.question.text,
            **({"worded": True} if answer.worded else {}),
            "elapsed_ms": round(answer.elapsed_ms, 1),
        }
    )


def hits_json(identity: str | None, question: str, hits: Iterable[Hit]) -> str:
    """The hits of a question as one line of JSON."""
    found = [
        {"document": hit.passage.document.name, **_span(hit.passage), "score": round(hit.score, 4)}
        for hit in hits
    ]
    return _dump({"id": identity, "question": question, "hits": found})


def _citation(citation: Citation) -> dict[str, Any]:
    document = citation.quote.document
    published = document.metadata.published
    return {
        "number": citation.number,
        "document": document.name,
        "title": document.title,
        "published": published.isoformat() if published else None,
        "url": document.metadata.url,
        "passage": _span(citation.hit.passage),
        "quote": _span(citation.quote),
    }


def _span(part: Passage | Quote) -> dict[str, Any]:
    span = {"text": part.text, "start": part.start, "end": part.end}
    page = part.document.page_at(part.start)
    return span if page is None else {**span, "page": page}


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


# The terminal


def answer_view(answer: Answer) -> RenderableType:
    """An answer with its quotes, the words that answer marked, and its sources."""
    parts: list[RenderableType] = [_answer_lines(answer)]
    if answer.worded:
        parts.append(Text(WORDED, SOURCE_STYLE))
    for citation in answer.citations:
        parts.append(Text())
        if not _repeats(answer, citation.quote):
            parts.append(_quote_line(answer, citation.quote))
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


def _answer_lines(answer: Answer) -> Text:
    if answer.refusal is not None:
        return Text(refusal_text(answer, answer.refusal), ANSWER_STYLE)
    if answer.worded or answer.disputed or len(answer.spans) == 1:
        return Text(answer_text(answer), ANSWER_STYLE)
    return Text("\n".join(f"• {_folded(span.text)}" for span in answer.spans), ANSWER_STYLE)


def _repeats(answer: Answer, quote: Quote) -> bool:
    """Whether the answer is the quote, word for word, so that it need not be read twice."""
    if answer.worded:
        return False
    inside = (span for span in answer.spans if span.document is quote.document)
    said = sum(len(span.text) for span in inside if quote.start <= span.start < quote.end)
    return said >= _MOSTLY * len(quote.text)


def _quote_line(answer: Answer, quote: Quote) -> Text:
    words = Text(quote.text, QUOTE_STYLE)
    for span in answer.spans:
        begin = span.start - quote.start
        if span.document is quote.document and begin >= 0 and span.end <= quote.end:
            words.stylize(MARK_STYLE, begin, begin + len(span.text))
    return _indented(Text.assemble("”", words, "”"))


def _source_lines(answer: Answer, citation: Citation) -> Text:
    said = words_for(answer)
    document, quote = citation.quote.document, citation.quote
    label = f"{_marked(answer, citation)}: " if answer.refusal else f"[{citation.number}] "
    page = f"{said.page} {number}, " if (number := document.page_at(quote.start)) else ""
    place = f"    {document.name}, {page}{said.characters} {quote.start}–{quote.end}"
    return Text(f"{label}{describe(document, said.published)}\n{place}", SOURCE_STYLE)


def _marked(answer: Answer, citation: Citation) -> str:
    """What a passage under a refusal is shown for: the date that may be meant, or as nearest."""
    refusal = answer.refusal
    if refusal is not None and refusal.reason is RefusalReason.WHICH_DATE:
        return dict(enumerate(refusal.missing, 1)).get(citation.number, words_for(answer).nearest)
    held = refusal.held if refusal is not None else ()
    return ", ".join([words_for(answer).nearest, *held])


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
