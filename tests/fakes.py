"""A tiny encoder, and helpers that make documents and indexes to test with."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from itertools import starmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Advance
from embeddings.home import Home
from embeddings.index import FolderIndex, open_index
from embeddings.language.words import stems
from embeddings.notices import digests_of, find_notices
from embeddings.passages import cut_passages
from embeddings.rebuild import Report, rebuild
from embeddings.structure import find_blocks, make_document
from embeddings.types import Document, Metadata, Passage, Source
from embeddings.word_index import WordIndex

FloatArray = NDArray[np.float32]


class FakeEncoder:
    """An Encoder that counts stems in hashed places: texts with the same words are alike.

    `embedded` holds every text that was embedded as a passage, in order.
    """

    def __init__(self, name: str = "fake@256", dimension: int = 256) -> None:
        self.name = name
        self.dimension = dimension
        self.embedded: list[str] = []

    def embed_query(self, question: str) -> FloatArray:
        """The question's vector, shape (dimension,)."""
        return self._vector(question)

    def embed_passages(self, texts: Sequence[str], advance: Advance | None = None) -> FloatArray:
        """The texts' vectors, shape (n, dimension)."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(text)
            self.embedded.append(text)
            if advance is not None:
                advance(1)
        return vectors

    def _vector(self, text: str) -> FloatArray:
        vector = np.zeros(self.dimension, np.float32)
        for stem in stems(text) or [""]:
            digest = hashlib.sha256(stem.encode(errors="replace")).digest()
            vector[int.from_bytes(digest[:4], "big") % self.dimension] += 1
        return vector / np.float32(np.linalg.norm(vector))


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, to the letter, by their names in the folder; the folder is returned."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def rebuild_with(documents: Path, index: Path | Home, encoder: FakeEncoder | None = None) -> Report:
    """Bring an index up to date with a fake encoder."""
    encoder = encoder or FakeEncoder()
    return rebuild(documents, index, encoder.name, lambda: encoder, lambda *_: None)


def make_index(
    folder: Path, files: Mapping[str, str | bytes], encoder: FakeEncoder | None = None
) -> FolderIndex:
    """Write documents under `folder`, index them, and open the index."""
    encoder = encoder or FakeEncoder()
    rebuild_with(write(folder / "documents", files), folder / "index", encoder)
    return open_index(folder / "index", encoder.name)


def make_documents(files: Mapping[str, str]) -> list[Document]:
    """The documents of a collection of texts, by name, with their notices found."""
    sources = [
        Source(name, text, Metadata(), body=int(text.startswith("\ufeff")))
        for name, text in files.items()
    ]
    parsed = [(source, find_blocks(source)) for source in sources]
    notices = find_notices(starmap(digests_of, parsed))
    return [make_document(source, blocks, notices) for source, blocks in parsed]


def make_one(text: str, name: str = "möte.txt") -> Document:
    """The document of one text."""
    return make_documents({name: text})[0]


def missed_words(document: Document) -> list[str]:
    """The words in the blocks of a document that are in none of its passages."""
    covered = bytearray(len(document.text))
    for passage in cut_passages(document):
        covered[passage.start : passage.end] = b"\1" * (passage.end - passage.start)
    return [
        word.group()
        for block in document.blocks
        for word in re.finditer(r"\S*\w\S*", document.text_of(block))
        if not covered[block.start + word.start()]
    ]


class ListedPassages:
    """Passages as a store gives them."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self.passage_count = len(passages)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in rows]


def index_words(folder: Path, passages: Sequence[Passage]) -> WordIndex:
    """The words of passages, indexed in a folder inside the given one."""
    folder.mkdir(exist_ok=True)
    WordIndex.write(folder / "words", ListedPassages(passages))
    return WordIndex.load(folder / "words")
