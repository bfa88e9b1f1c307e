"""What an open index offers, whether it is in a folder or on a server."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence, Set
from typing import Protocol

from embeddings.errors import IndexDamaged
from embeddings.index.manifest import Manifest
from embeddings.index.rows import MadeFile, Row
from embeddings.index.vectors import Rows
from embeddings.index.vocabulary import Vocabulary
from embeddings.model.encoder import FloatArray
from embeddings.passages.notices import Notices
from embeddings.reading.result import ReadFile
from embeddings.types import Document, Listing, Passage


class Scores(Protocol):
    """The scores of every passage for one question, by its vector or by its words."""

    def best(self, count: int) -> Rows:
        """The rows of the up to `count` highest scores, unordered, without notices."""

    def at(self, rows: Rows) -> FloatArray:
        """The scores of these rows, shape (rows,)."""

    def spread(self) -> tuple[float, float]:
        """The mean and the standard deviation of all scores, or of an even sample if there are
        many."""


class PassageVectors(Protocol):
    """The vector of every passage."""

    def __len__(self) -> int: ...

    def at(self, rows: Rows) -> FloatArray:
        """The vectors of these rows, shape (rows, dimension)."""

    def scores(self, query: FloatArray) -> Scores:
        """The cosine of every vector with a query, shape (dimension,)."""


class PassageWords(Protocol):
    """The words of every passage."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the documents."""

    def weight(self, mark: str) -> float:
        """The inverse document frequency of a mark, highest for one that occurs nowhere."""

    def scores(self, question: Sequence[str]) -> Scores:
        """The BM25 scores of every passage for the marks of a question."""


class PassageStore(Protocol):
    """The files, the documents and the passages."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""

    def rows_of(self, document: str) -> list[int]:
        """The rows of a document's passages, in the order of its text."""

    def starts_of(self, document: str) -> dict[int, int]:
        """The character offset at which each passage of a document begins, by row, ascending."""

    def documents(self) -> Iterator[Document]:
        """Every document, ordered by name."""

    def listings(self) -> list[Listing]:
        """The list entry of every document, ordered by name."""

    def file_hashes(self) -> dict[str, str]:
        """The hash of every file found, including unreadable ones, by name."""

    def read_files(self) -> list[ReadFile]:
        """Every file found, without its sources."""

    def made_file(self, name: str) -> MadeFile:
        """A file with the documents built from it, for the draft of another index."""

    def made_passages(self, document: int) -> list[Row]:
        """The rows of a document's passages, in the order of its text."""

    def notices(self) -> Notices:
        """The page furniture found in the documents."""

    def file_of(self, document: str) -> str:
        """The name of the file that a document was read from."""

    def hashes(self, rows: slice) -> list[str]:
        """The content hashes of consecutive rows."""

    def rows_with(self, hashes: Set[str]) -> dict[str, int]:
        """One row for each of these content hashes that the index contains."""


class Index(Protocol):
    """One open version of an index; it does not change when a new version is published."""

    @property
    def manifest(self) -> Manifest:
        """The manifest of the version."""

    @property
    def store(self) -> PassageStore:
        """Its files, documents and passages."""

    @property
    def vectors(self) -> PassageVectors:
        """Its vectors."""

    @property
    def words(self) -> PassageWords:
        """Its words."""

    @property
    def notice_rows(self) -> Rows:
        """The rows of the passages that are page furniture."""

    def __len__(self) -> int: ...

    def passages(self, rows: list[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""

    def damaged(self, what: str) -> IndexDamaged:
        """The error that says what is damaged in this index, and what to do."""

    def close(self) -> None:
        """Close it."""


def rows_around(index: Index, document: str, offset: int, beside: int = 0) -> list[int]:
    """The row of the last passage of a document that begins at or before an offset in characters,
    or of its first, and up to `beside` rows on each side of it."""
    starts = index.store.starts_of(document)
    place = max(bisect_right(list(starts.values()), offset) - 1, 0)
    return list(starts)[max(place - beside, 0) : place + beside + 1]
