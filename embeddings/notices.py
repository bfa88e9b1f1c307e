"""Notices: the blocks that are page furniture, found by how they repeat and where they stand.

A block is furniture where it repeats (twice in one document, or in a tenth of the collection and
in three documents that are not copies of each other) and mostly stands at the edge of the page,
with only such blocks outside it. What repeats in the middle of an article, or on a few sibling
pages, is content. Nor is a person's statement furniture, a row of a table, or the details to reach
someone.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from itertools import takewhile

import numpy as np

from embeddings.structure import normalise
from embeddings.types import Block, BlockKind, Source

_CONTACT = re.compile(r"\b\d[\d\s()–-]{5,}\d\b|\w@\w")
_CONTENT_KINDS = frozenset({BlockKind.STATEMENT, BlockKind.ROW})
_DOCUMENTS = 3
_SHARE = 0.1


class Notices:
    """The texts of the blocks that are furniture, by their digests."""

    def __init__(self, digests: Set[int]) -> None:
        self._digests = digests

    def __contains__(self, text: object) -> bool:
        """Whether a normalised text is furniture."""
        return isinstance(text, str) and _digest(text) in self._digests


def find_notices(parsed: Iterable[tuple[Source, Sequence[Block]]]) -> Notices:
    """The blocks that are furniture in a collection, of which eight bytes a block are held."""
    pages = [_page(source, blocks) for source, blocks in parsed]
    repeated = _repeated(pages)
    stands = Counter(digest for page in pages for digest in page.texts if digest in repeated)
    at_edge = Counter(digest for page in pages for digest in _edges(page.texts, repeated))
    return Notices({digest for digest in repeated if at_edge[digest] * 2 > stands[digest]})


@dataclass(frozen=True, slots=True)
class _Page:
    """The digests of a document's blocks, `_CONTENT` for what cannot be furniture; the core is
    the longest that could.

    Copies of one document share their core; documents that share only furniture do not.
    """

    texts: "array[int]"
    core: int


def _page(source: Source, blocks: Sequence[Block]) -> _Page:
    texts = _repeatable_texts(source, blocks)
    return _Page(array("q", map(_digest, texts)), _digest(max(texts, key=len, default="")))


def _repeatable_texts(source: Source, blocks: Sequence[Block]) -> list[str]:
    """The compared text of each block that may be furniture, "" for one that may not."""
    texts = []
    for block in blocks:
        words = source.text[block.start : block.end]
        if block.kind is not BlockKind.METADATA:
            is_content = block.kind in _CONTENT_KINDS or _CONTACT.search(words)
            texts.append("" if is_content else normalise(words))
    return texts


def _digest(text: str) -> int:
    """Eight bytes that stand for a text: of a million, two are alike once in 40 million times."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


_CONTENT = _digest("")


def _repeated(pages: Sequence[_Page]) -> set[int]:
    """What stands twice in one document, or in enough that are not copies of each other."""
    repeated: set[int] = set()
    if not pages:
        return repeated
    for page in pages:
        repeated.update(digest for digest, count in Counter(page.texts).items() if count > 1)
    digests = np.concatenate([np.asarray(page.texts) for page in pages])
    cores = np.repeat([page.core for page in pages], [len(page.texts) for page in pages])
    pairs = np.unique(np.stack([digests, cores], axis=1)[digests != cores], axis=0)
    found, counts = np.unique(pairs[:, 0], return_counts=True)
    enough = max(_DOCUMENTS, len(pages) * _SHARE)
    return repeated.union(found[counts >= enough].tolist()) - {_CONTENT}


def _edges(page: Sequence[int], repeated: set[int]) -> list[int]:
    """The repeated texts that a page begins with and ends with, as often as they stand there."""
    top = list(takewhile(repeated.__contains__, page))
    return top + list(takewhile(repeated.__contains__, reversed(page[len(top) :])))
