"""Compounds that a document has told once, and then calls by their last part: "beredningen"."""

import re
from collections.abc import Iterator

from embeddings.types import Passage

_COMPOUND = re.compile(r"(?P<compound>\w{8,}(?:en|et|an))(?P<genitive>s?)\b")
_DEFINITE = re.compile(r"\b\w{3,}(?:en|et|an)\b")


def short_forms(text: str, passage: Passage) -> Iterator[tuple[int, int, str]]:
    """The spans of the compounds in a question that the passage has by their last part alone, each
    with that part as it stands there.

    The whole stands elsewhere in the document, and no other compound that the part could be of.
    """
    for found in _COMPOUND.finditer(text):
        compound, document = found["compound"].casefold(), passage.document.text.casefold()
        if compound in document and compound not in passage.in_context.casefold():
            parts = [word for word in _DEFINITE.findall(passage.text)
                     if compound.endswith(word.casefold())]  # fmt: skip
            part = max(parts, key=len, default="")
            if part and set(re.findall(rf"\w+{part.casefold()}\b", document)) == {compound}:
                yield found.start(), found.end(), part + found["genitive"]
