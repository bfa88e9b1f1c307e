"""Rich text: its text by striprtf, which gives no styles, so that structure is read from the text.

Cells of tables come apart by bars, as striprtf writes them.
"""

import re
from datetime import date

from striprtf.striprtf import rtf_to_text

from embeddings.errors import DocumentError
from embeddings.formats.draft import Draft
from embeddings.formats.origin import day, line, title
from embeddings.formats.reading import Reading
from embeddings.types import Metadata

_CODE_PAGE = re.compile(r"\\ansicpg(\d{3,5})")
_SAID = r"\{\\%s\s+(?P<text>(?:[^{}\\]|\\'[0-9a-f]{2}|\\u-?\d+ ?.?|\\[{}\\])*)\}"
_MADE = re.compile(r"\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")


def read(name: str, content: bytes) -> Reading:
    """A rich text document."""
    written = content.decode("latin-1")
    found = _CODE_PAGE.search(written)
    encoding = f"cp{found[1]}" if found else "cp1252"
    try:
        text = _plain(written, encoding)
    except (LookupError, ValueError, IndexError, UnicodeError) as error:
        raise DocumentError("damaged, or no rich text; save it anew") from error
    draft = Draft()
    rows: list[list[str]] = []
    paragraphs: list[str] = []
    for part in [*text.split("\n"), ""]:
        if part.rstrip().endswith("|") and part.count("|") > 1:
            _end(draft, paragraphs)
            rows.append(part.rstrip().removesuffix("|").split("|"))
        else:
            draft.table(rows)
            rows = []
            if part.strip():
                paragraphs.append(part)
            else:
                _end(draft, paragraphs)
    _end(draft, paragraphs)
    metadata = Metadata(title=title(_said(written, "title", encoding)))
    author = _said(written, "company", encoding) or _said(written, "author", encoding)
    hints = Metadata(publisher=author, published=_made(written))
    return Reading((draft.source(name, metadata, hints),))


def _end(draft: Draft, paragraphs: list[str]) -> None:
    draft.paragraph("\n".join(paragraphs))
    paragraphs.clear()


def _said(written: str, part: str, encoding: str) -> str | None:
    found = re.search(_SAID % part, written, re.IGNORECASE)
    if found is None:
        return None
    return line(_plain(f"{{\\rtf1 {found['text']}}}", encoding))


def _plain(written: str, encoding: str) -> str:
    text: str = rtf_to_text(written, encoding=encoding, errors="replace")  # type: ignore[no-untyped-call]
    return text


def _made(written: str) -> date | None:
    found = _MADE.search(written)
    return day(f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}") if found else None
