"""Notices: the blocks that are page furniture, found by how they repeat and where they stand.

A block is furniture where it repeats (twice in one document, or in a tenth of the collection and
in three documents that are not copies of each other) and mostly stands at the edge of the page,
with only such blocks outside it. What repeats in the middle of an article, or on a few sibling
pages, is content. Nor is a person's statement furniture, a row of a table, or the details to reach
someone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, takewhile

from embeddings.structure import normalise
from embeddings.types import Block, BlockKind, Source

_CONTACT = re.compile(r"\b\d[\d\s()–-]{5,}\d\b|\w@\w")
_CONTENT = frozenset({BlockKind.STATEMENT, BlockKind.ROW})
_DOCUMENTS = 3
_SHARE = 0.1


def find_notices(parsed: Iterable[tuple[Source, Sequence[Block]]]) -> frozenset[str]:
    """The normalised texts of the blocks that are furniture in a collection."""
    pages = [_repeatable_texts(source, blocks) for source, blocks in parsed]
    repeated = _repeated(pages)
    stands = Counter(chain.from_iterable(pages))
    at_edge = Counter(text for page in pages for text in _edges(page, repeated))
    return frozenset(text for text in repeated if at_edge[text] * 2 > stands[text])


def _repeatable_texts(source: Source, blocks: Sequence[Block]) -> list[str]:
    """The compared text of each block that may be furniture, "" for one that may not."""
    texts = []
    for block in blocks:
        words = source.text[block.start : block.end]
        if block.kind is not BlockKind.METADATA:
            is_content = block.kind in _CONTENT or _CONTACT.search(words)
            texts.append("" if is_content else normalise(words))
    return texts


def _repeated(pages: Sequence[Sequence[str]]) -> set[str]:
    repeated: set[str] = set()
    cores: defaultdict[str, set[str]] = defaultdict(set)
    for page in pages:
        repeated.update(text for text, count in Counter(page).items() if text and count > 1)
        # Copies of one document share their longest block; documents that share only
        # furniture do not.
        core = max(page, key=len, default="")
        for text in set(page) - {core, ""}:
            cores[text].add(core)
    enough = max(_DOCUMENTS, len(pages) * _SHARE)
    return repeated | {text for text, found in cores.items() if len(found) >= enough}


def _edges(page: Sequence[str], repeated: set[str]) -> list[str]:
    """The repeated texts that a page begins with and ends with, as often as they stand there."""
    top = list(takewhile(repeated.__contains__, page))
    return top + list(takewhile(repeated.__contains__, reversed(page[len(top) :])))
