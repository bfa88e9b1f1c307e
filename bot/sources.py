"""Opening a source at the quoted text, and storing the citations of the last answer for that."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from bot.links import source_link, text_fragment
from embeddings.errors import KallbotError
from embeddings.index.contract import Index
from retrieval.types import Citation, Quote

_LAST: Final = "last_answer.json"
_WEB_PAGES: Final = {".html", ".htm", ".xhtml"}


def source_address(quote: Quote, folder: Path) -> str | None:
    """The web address of a quote, else the address of its file in the documents folder, as close to
    the words as the file type allows. None if there is neither."""
    document = quote.document
    if link := source_link(document.metadata.url, quote.text):
        return link
    file = (folder / document.name.partition("#row=")[0]).absolute()
    if not file.is_file():
        return None
    if file.suffix.lower() in _WEB_PAGES:
        return file.as_uri() + text_fragment(quote.text)
    page = document.page_at(quote.start) if file.suffix.lower() == ".pdf" else None
    return file.as_uri() + (f"#page={page}" if page else "")


def open_source(quote: Quote, folder: Path) -> str | None:
    """Open a quote's source in the desktop's default program; return the address, or None on
    failure."""
    address = source_address(quote, folder)
    return address if address and _has_desktop() and click.launch(address) == 0 else None


def _has_desktop() -> bool:
    named = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform != "linux" or any(os.environ.get(name) for name in named)


def keep_citations(citations: Sequence[Citation], state: Path) -> str | None:
    """Store the citations of an answer for `kallbot open`; return why if that failed."""
    said = [{"document": one.quote.document.name, "start": one.quote.start, "text": one.quote.text}
            for one in citations]  # fmt: skip
    try:
        state.mkdir(parents=True, exist_ok=True)
        (state / _LAST).write_text(json.dumps(said), encoding="utf-8")
    except OSError as error:
        return (
            f"{state} cannot be written ({error.strerror}): `kallbot open` will not find these "
            "sources"
        )
    return None


def kept_quote(number: int, state: Path, index: Index) -> Quote:
    """A quote of the last answer, by source number; raises KallbotError."""
    try:
        said = json.loads((state / _LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = []
    if number > len(said):
        cites = f"the last answer cites {len(said)}" if said else "no answer cites any yet"
        raise KallbotError(f"there is no source {number}: {cites}, ask with `kallbot ask`")
    kept = said[number - 1]
    passages = index.passages(index.store.rows_of(kept["document"])[:1])
    quotes = [Quote(one.document, kept["start"], kept["start"] + len(kept["text"]))
              for one in passages]  # fmt: skip
    if not quotes or quotes[0].text != kept["text"]:
        raise KallbotError(f"{kept['document']} is not in the index as it was: ask again")
    return quotes[0]
