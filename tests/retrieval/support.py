"""Documents, indexes and engines for tests, made in memory or in a temporary folder."""

import zlib
from collections.abc import Mapping
from datetime import date
from itertools import starmap
from pathlib import Path

import numpy as np

from embeddings.index.publishing import open_index
from embeddings.language.words import stems
from embeddings.passages.cutting import cut_passages
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.rebuild import rebuild
from embeddings.types import Document, Metadata, Source
from retrieval.engine import Engine
from retrieval.reader import Reader
from retrieval.types import Answer, Hit
from tests.fakes import SCORER, OverlapReader

_PLACES = 512
_SHARED = 0.78


class WordEncoder:
    """Likens texts by the words that they share.

    The cosines lie where those of a trained model do, .78 for nothing in common, since the
    confidence is fitted to these.
    """

    name = "words@1"
    dimension = _PLACES + 1

    def embed_query(self, question):
        return self._embed(question)

    def embed_passages(self, texts, advance=None):
        if advance is not None:
            advance(len(texts))
        return np.stack([self._embed(text) for text in texts])

    def _embed(self, text):
        counts = np.zeros(_PLACES, np.float32)
        for stem in set(stems(text)):
            counts[zlib.crc32(stem.encode()) % _PLACES] += 1
        length = np.linalg.norm(counts)
        own = counts / length if length else counts
        joined = np.append(own * np.sqrt(1 - _SHARED), np.sqrt(_SHARED)).astype(np.float32)
        return joined / np.linalg.norm(joined)


def make_documents(texts: Mapping[str, str], **metadata: Metadata) -> dict[str, Document]:
    """Documents as a rebuild makes them, without files; `metadata` by the name without suffix."""
    sources = [
        Source(name, text, metadata.get(name.partition(".")[0], Metadata()))
        for name, text in texts.items()
    ]
    parsed = [(source, find_blocks(source)) for source in sources]
    notices = find_notices(starmap(digests_of, parsed))
    return {source.name: make_document(source, blocks, notices) for source, blocks in parsed}


def make_document_of(text: str, name: str = "d.txt", **metadata: object) -> Document:
    """One document of a text."""
    source = Source(name, text, Metadata(**metadata))
    return make_document(source, find_blocks(source), frozenset())


def hits_of(*documents: Document, dense: float = 0.85) -> list[Hit]:
    """A hit for every passage of the documents, the first ones a little better."""
    passages = [passage for document in documents for passage in cut_passages(document)]
    return [
        Hit(passage, score=-rank / 100, dense=dense, lexical=0.0, near=1.0)
        for rank, passage in enumerate(passages)
    ]


def write_documents(folder: Path, texts: Mapping[str, str]) -> Path:
    """The folder, with a file for each text."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


TODAY = date(2026, 11, 22)  # a Sunday


def make_engine(
    folder: Path,
    texts: Mapping[str, str],
    threshold: float | None = None,
    reader: Reader | None = None,
) -> Engine:
    """An engine over an index of the texts, on `TODAY`, with an encoder and a reader that go by
    words."""
    documents = write_documents(folder / "documents", texts)
    encoder = WordEncoder()
    rebuild(documents, folder / "index", encoder.name, lambda: encoder, lambda *_: None)
    index = open_index(folder / "index", encoder.name)
    return Engine(index, encoder, reader or OverlapReader(), threshold,
                  today=lambda: TODAY, scorer=SCORER)  # fmt: skip


def spans_of(answer: Answer) -> list[str]:
    """What was answered, span by span."""
    return [span.text for span in answer.spans]


def assert_exact(answer: Answer, texts: Mapping[str, str]) -> None:
    """Every span and every quote is in its document, to the letter."""
    quotes = [*answer.spans, *(citation.quote for citation in answer.citations)]
    for quote in quotes:
        assert texts[quote.document.name][quote.start : quote.end] == quote.text
        assert quote.text.strip() == quote.text != ""
    for citation in answer.citations:
        passage = citation.hit.passage
        assert citation.quote.document is passage.document
        assert passage.start <= citation.quote.start <= citation.quote.end <= passage.end
