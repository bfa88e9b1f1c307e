"""Removes Markdown markup, keeping the text."""

import re
from html import unescape

from embeddings.types import Document

_CHANGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), put)
    for pattern, put in (
        (r"<!--(?:(?!-->).){0,2000}-->|\{\{[^{}]{0,500}\}\}|\{%[^{}]{0,500}%\}", ""),
        (r"(?<![ \t])[ \t]*\{[:#.][^{}\n]{0,200}\}", ""),
        (r"^[ \t]*(?:`{3,}|~{3,}).*$|^[ \t]*(?:-{3,}|={3,}|\*{3,}|_{3,})[ \t]*$", ""),
        (r"^[ \t]*:{3,}[ \t]*[\w-]*", ""),
        (r"\[\^[^\[\]\s]{1,50}\](?::[ \t]*)?", ""),
        (r"<br\s*/?>", " "),
        (r"<((?:https?://|mailto:)[^\s<>]{1,2000})>", r"\1"),
        (r"</?[a-zA-Z][^<>]{0,500}>", ""),
        (
            r"!?\[([^\[\]]{0,500})\]\((?:[^()\s]|\([^()\s]{0,500}\)){0,2000}"
            r"(?:\s+\"[^\"]{0,500}\")?\)",
            r"\1",
        ),
        (r"!?\[([^\[\]]{1,500})\]\[[^\[\]]{0,100}\]", r"\1"),
        (r"^([ \t]*(?:[-*+]|\d{1,2}[.)])[ \t]+)\[[ xX]\][ \t]+", r"\1"),
        (r"^[ \t]*(?:#{1,6}|>)[ \t]+", ""),
        (r"(?<![\\\w*])(\*{1,3})(?=[^\s*])([^*\n]{1,1000}?)(?<=[^\s*])\1(?![\w*])", r"\2"),
        (r"(?<![\\\w_])(_{1,3})(?=[^\s_])([^_\n]{1,1000}?)(?<=[^\s_])\1(?![\w_])", r"\2"),
        (r"(~~|==)(?=[^\s~=])([^~=\n]{1,1000})\1", r"\2"),
        (r"(`{1,2})(?=[^`])([^`\n]{1,1000})\1", r"\2"),
        (r"\\([\\`*_{}\[\]()#+.!|~>-])", r"\1"),
    )
)


def plain(document: Document, text: str) -> str:
    """A text of a document without Markdown markup, if the document is Markdown."""
    return without_markup(text) if document.is_markdown else text


def without_markup(text: str) -> str:
    """A Markdown text without the markup of links, emphasis, code, headings and templates."""
    if text.count("|") > 1 and text.strip().startswith("|"):
        text = "; ".join(cell.strip() for cell in text.strip().strip("|").split("|"))
    for pattern, put in _CHANGES:
        text = pattern.sub(put, text)
    return unescape(text).strip() if "&" in text else text.strip()
