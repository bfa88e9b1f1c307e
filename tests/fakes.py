"""A tiny encoder, a reader that needs no model, and helpers that make documents and indexes."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import starmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.index.home import Home
from embeddings.index.publishing import FolderIndex, open_index
from embeddings.index.word_index import WordIndex
from embeddings.language.sentences import split_sentences
from embeddings.language.words import STOP_WORDS, stem_words, stems, tokens
from embeddings.model.encoder import Advance
from embeddings.passages.cutting import body_start, cut_passages
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks, item_spans
from embeddings.rebuild import Report, rebuild
from embeddings.types import BlockKind, Document, Metadata, Passage, Source
from retrieval.candidates import FEATURES
from retrieval.question import ENGLISH
from retrieval.reader import Reading
from retrieval.scoring import Scorer

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


SCORER = Scorer(
    np.array([{"relevance": 1.0, "rank": 0.5, "tags": 0.1}.get(name, 0.0) for name in FEATURES]),
    none=2.5,
    threshold=0.5,
    sure=0.0,
    relevance=10.0,
)
"""Weighs what a reader says, and nothing else."""

_SURE = 8.0
_WHO, _LISTED = frozenset({"vem", "who"}), frozenset({"vilka"})
_ASKING = frozenset("vad vilket vilken när var hur varför what which when".split()) | _WHO | _LISTED
_NUMBER = re.compile(r"\d[\d ,]*\d? \w+(?: \d{4})?")
_NAME = re.compile(r"[A-ZÅÄÖ][\w-]+(?: [A-ZÅÄÖ][\w-]+)*")


class OverlapReader:
    """A Reader that goes by the words that question and passage share.

    Of a list those items answer that share some, or else all. Of other text the sentence does that
    shares most: a number or a name in it that the question has not, or else all of it; "vem" asks
    for a name. "Vilka" asks for a list.
    """

    def read(self, question: str, topic: str, passages: Sequence[Passage]) -> list[Reading]:
        """A reading of each passage, in their order."""
        return [_reading(question, topic, passage) for passage in passages]


def _subjects(text: str) -> set[str]:
    return set(stem_words([word for word in tokens(text)
                           if word not in STOP_WORDS | ENGLISH | _ASKING]))  # fmt: skip


def _reading(question: str, topic: str, passage: Passage) -> Reading:
    asked, kinds = _subjects(question), set(tokens(question))
    before = _subjects(topic) - asked
    text, words, around = passage.text, set(stems(passage.text)), set(stems(passage.in_context))
    worth = {**dict.fromkeys(before, 0.5), **dict.fromkeys(asked, 1.0)}
    held = sum(value * (1.0 if stem in words else 0.7) for stem, value in worth.items()
               if stem in around)  # fmt: skip
    shared = held / (sum(worth.values()) or 1)
    shared += 0.25 if kinds & _LISTED and passage.kind is BlockKind.LIST else 0.0
    patterns = [_NAME] if kinds & _WHO else [_NUMBER, _NAME]
    answers = _answers(asked, before, passage, patterns) if shared else []
    where = np.array([match.span() for match in re.finditer(r"\w+|[^\w\s]", text)], np.int64)
    tags = np.tile(np.array([_SURE, -_SURE, -_SURE]), (len(where), 1))
    starts, ends = np.full(len(where), -_SURE), np.full(len(where), -_SURE)
    for start, end in answers:
        inside = np.flatnonzero((where[:, 0] < end) & (where[:, 1] > start))
        tags[inside] = -_SURE, -_SURE, _SURE
        tags[inside[0]] = -_SURE, _SURE, -_SURE
        starts[inside[0]] = ends[inside[-1]] = _SURE
    answer_type = np.array([_SURE, 0.0, 0.0, 0.0])
    relevance = 2 * _SURE * (shared - 0.5)
    return Reading(relevance, answer_type, tags, starts, ends, where + passage.start)


def _answers(
    asked: set[str], before: set[str], passage: Passage, patterns: Sequence[re.Pattern[str]]
) -> list[tuple[int, int]]:
    """The parts of a passage's text that answer a question with these subjects; no heading does."""
    text = passage.text
    above = body_start(passage) - passage.start
    if passage.kind is BlockKind.LIST:
        items = [(above + start, above + end) for start, end in item_spans(text[above:])]
        return [span for span in items if asked & set(stems(text[slice(*span)]))] or items
    sentences = [(above + start, above + end) for start, end in split_sentences(text[above:])]
    sentences = sentences or [(0, len(text))]
    known = asked | before
    start, end = max(sentences, key=lambda span: len(known & set(stems(text[slice(*span)]))))
    found = (span for one in patterns for span in _found(one, text, start, end, known))
    return [next(found, (start, end))]


def _found(
    pattern: re.Pattern[str], text: str, start: int, end: int, known: set[str]
) -> Iterator[tuple[int, int]]:
    """Where a pattern matches inside a sentence, without the words that are known."""
    for match in pattern.finditer(text, start, end):
        words = match.group().split()
        while words and known.intersection(stems(words[0])):
            del words[0]
        begin = match.end() - len(" ".join(words))
        if words and begin > start and not known.intersection(stems(" ".join(words))):
            yield begin, match.end()


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
