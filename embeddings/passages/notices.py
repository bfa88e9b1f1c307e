"""Notices: the blocks that are page furniture, detected by repetition and position.

A block is furniture if it repeats (twice in one document, or in a tenth of the collection and in
three documents that are not copies of each other) and is mostly at the edge of the page, with only
such blocks outside it. What repeats in the middle of an article, or on a few sibling pages, is
content. A person's statement, a table row, or contact details are never furniture.

A title that a format gives to documents that are not copies of each other is furniture as well: the
name of the site, or of the template.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from itertools import takewhile
from typing import Self

import numpy as np

from embeddings.passages.document import NEVER_NOTICES, title_key
from embeddings.passages.structure import normalise
from embeddings.types import Block, BlockKind, Source

_CONTACT = re.compile(r"\b\d[\d\s()–-]{5,}\d\b|\w@\w")
_DOCUMENTS = 3
_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of a document's blocks, `_CONTENT` for what cannot be furniture, and of the title
    in its format; the core is the digest of the longest block that could be furniture.

    Copies of one document share their core; documents that share only furniture do not.
    """

    texts: "array[int]"
    core: int
    title: int

    def meets(self, digests: Set[int]) -> bool:
        """Whether any of these digests is of this document."""
        return self.title in digests or not digests.isdisjoint(self.texts)

    def dump(self) -> bytes:
        """Serialize the digests, eight bytes each, starting with the core and the title."""
        return array("q", [self.core, self.title, *self.texts]).tobytes()

    @classmethod
    def load(cls, dumped: bytes) -> Self:
        """Load what `dump` returned."""
        core, title, *texts = array("q", dumped)
        return cls(array("q", texts), core, title)


@dataclass(frozen=True, slots=True)
class Notices:
    """The digests of the blocks and titles that are furniture."""

    digests: frozenset[int] = frozenset()

    def __contains__(self, text: object) -> bool:
        """Whether a normalised text, or the key of a title, is furniture."""
        return isinstance(text, str) and _digest(text) in self.digests


def digests_of(source: Source, blocks: Sequence[Block]) -> Digests:
    """The digests of a source, for detecting furniture in its collection."""
    texts = _repeatable_texts(source, blocks)
    title = title_key(source.metadata.title) if source.metadata.title else ""
    longest = max(blocks, key=lambda block: block.end - block.start, default=None)
    core = max(texts, key=len, default="")
    if not core and longest is not None:  # nothing but rows
        core = normalise(source.text[longest.start : longest.end])
    return Digests(array("q", map(_digest, texts)), _digest(core), _digest(title))


def find_notices(collection: Iterable[Digests]) -> Notices:
    """Find the blocks and titles that are furniture in a collection."""
    documents = list(collection)
    repeated = _repeated(documents)
    occurrences = Counter(digest for one in documents for digest in one.texts if digest in repeated)
    at_edge = Counter(digest for one in documents for digest in _edges(one.texts, repeated))
    furniture = {digest for digest in repeated if at_edge[digest] * 2 > occurrences[digest]}
    return Notices(frozenset(furniture | _shared_titles(documents)))


def _repeatable_texts(source: Source, blocks: Sequence[Block]) -> list[str]:
    """The normalised text of each block that may be furniture, "" for one that may not."""
    texts = []
    for block in blocks:
        text = normalise(source.text[block.start : block.end])
        if block.kind is not BlockKind.METADATA:
            is_content = block.kind in NEVER_NOTICES or _CONTACT.search(text)
            texts.append("" if is_content else text)
    return texts


def _digest(text: str) -> int:
    """An eight-byte hash of a text: the chance of a collision among a million is 1 in 40
    million."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


_CONTENT = _digest("")


def _repeated(documents: Sequence[Digests]) -> set[int]:
    """The digests that occur twice in one document, or in enough that are not copies of each
    other."""
    repeated: set[int] = set()
    if not documents:
        return repeated
    for one in documents:
        repeated.update(digest for digest, count in Counter(one.texts).items() if count > 1)
    digests = np.concatenate([np.asarray(one.texts) for one in documents])
    cores = np.repeat([one.core for one in documents], [len(one.texts) for one in documents])
    pairs = np.unique(np.stack([digests, cores], axis=1)[digests != cores], axis=0)
    found, counts = np.unique(pairs[:, 0], return_counts=True)
    enough = max(_DOCUMENTS, len(documents) * _SHARE)
    return repeated.union(found[counts >= enough].tolist()) - {_CONTENT}


def _shared_titles(documents: Sequence[Digests]) -> set[int]:
    """The titles of documents that are not copies of each other."""
    pairs = {(one.title, one.core) for one in documents if one.title != _CONTENT}
    return {title for title, count in Counter(title for title, _ in pairs).items() if count > 1}


def _edges(texts: Sequence[int], repeated: set[int]) -> list[int]:
    """The repeated texts at the beginning and the end of a document, with repetitions."""
    top = list(takewhile(repeated.__contains__, texts))
    return top + list(takewhile(repeated.__contains__, reversed(texts[len(top) :])))
