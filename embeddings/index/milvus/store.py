"""Files, documents and passages in Milvus, read a few documents at a time."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from embeddings.budget import spend
from embeddings.index.milvus.collections import PassageCollection, TextCollection
from embeddings.index.rows import MadeFile, Row, document_size, load_document, load_passage
from embeddings.index.store import Damaged, Store
from embeddings.passages.notices import Notices
from embeddings.reading.result import ReadFile
from embeddings.types import Document, Listing, Passage

HEAD, WORDS, CATALOGUE, NOTICES = 0, 1, 2, 3
"""The numbers of the texts that are not documents."""
_FIRST_DOCUMENT: Final = 4
_CACHED_DOCUMENTS: Final = 256
_DOCUMENT_BATCH: Final = 32


@dataclass(frozen=True, slots=True)
class _Stored:
    """A document with its passages by row, and the SQLite rows of both."""

    document: Document
    passages: dict[int, Passage]
    row: Row
    passage_rows: list[Row]


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The files in the order in which they were found, and the documents by number."""

    files: dict[str, ReadFile]
    documents: dict[str, int]
    file_of: dict[str, str]
    documents_in: dict[str, list[int]]


class MilvusStore:
    """The documents and passages of a version; thread-safe."""

    def __init__(
        self, passages: PassageCollection, texts: TextCollection, damaged: Damaged
    ) -> None:
        """`damaged` builds the error for an index whose texts are incomplete."""
        self._passages = passages
        self._texts = texts
        self._damaged = damaged
        self._cached: OrderedDict[int, _Stored] = OrderedDict()
        self._lock = threading.Lock()

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""
        documents: list[int] = self._passages.values("document", rows)
        by_row: dict[int, Passage] = {}
        for stored in self._read(sorted(set(documents))):
            by_row.update(stored.passages)
        return [by_row[row] for row in rows]

    def rows_of(self, document: str) -> list[int]:
        """The rows of a document's passages, in the order of its text."""
        return list(self.starts_of(document))

    def starts_of(self, document: str) -> dict[int, int]:
        """The character offset at which each passage of a document begins, by row, ascending."""
        number = self._catalogue.documents.get(document)
        if number is None:
            return {}
        [stored] = self._read([number])
        return {row: passage.start for row, passage in sorted(stored.passages.items())}

    def documents(self) -> Iterator[Document]:
        """Every document, ordered by name."""
        numbers = [number for _, number in sorted(self._catalogue.documents.items())]
        for stored in self._read(numbers):
            yield stored.document

    def listings(self) -> list[Listing]:
        """The list entry of every document, ordered by name."""
        return [
            Listing(document.name, self.file_of(document.name), document.title,
                    document.metadata.publisher, document.metadata.published,
                    document.metadata.url)
            for document in self.documents()
        ]  # fmt: skip

    def file_hashes(self) -> dict[str, str]:
        """The hash of every file found, including unreadable ones, by name."""
        return {name: file.sha256 for name, file in sorted(self._catalogue.files.items())}

    def read_files(self) -> list[ReadFile]:
        """Every file found, without its sources."""
        return list(self._catalogue.files.values())

    def made_file(self, name: str) -> MadeFile:
        """A file with the documents built from it, for the draft of another index."""
        numbers = self._catalogue.documents_in.get(name, [])
        documents = [self._read_ahead(number).row for number in numbers]
        return MadeFile(self._catalogue.files[name], documents)

    def made_passages(self, document: int) -> list[Row]:
        """The rows of a document's passages, in the order of its text."""
        return self._read_ahead(document).passage_rows

    def notices(self) -> Notices:
        """The page furniture found in the documents."""
        return Notices(frozenset(self._read_texts([NOTICES])[NOTICES]))

    def file_of(self, document: str) -> str:
        """The name of the file that a document was read from."""
        return self._catalogue.file_of[document]

    def hashes(self, rows: slice) -> list[str]:
        """The content hashes of consecutive rows."""
        return self._passages.values("sha256", range(rows.start, rows.stop))

    def rows_with(self, hashes: Set[str]) -> dict[str, int]:
        """One row for each of these content hashes that the index contains."""
        return {sha256: row for sha256, row in self._passages.hashes() if sha256 in hashes}

    @cached_property
    def _catalogue(self) -> _Catalogue:
        catalogue = self._read_texts([CATALOGUE])[CATALOGUE]
        files = {
            name: ReadFile(name, sha256, notes=tuple(notes), problem=problem)
            for name, sha256, problem, notes in catalogue["files"]
        }
        numbers: dict[str, int] = {}
        documents_in: dict[str, list[int]] = {}
        for number, (name, file) in enumerate(catalogue["documents"]):
            numbers[name] = number
            documents_in.setdefault(file, []).append(number)
        return _Catalogue(files, numbers, dict(catalogue["documents"]), documents_in)

    def _read(self, numbers: Sequence[int]) -> Iterator[_Stored]:
        """The documents with these numbers, in this order."""
        for start in range(0, len(numbers), _DOCUMENT_BATCH):
            part = numbers[start : start + _DOCUMENT_BATCH]
            with self._lock:
                known = {number: self._cached[number] for number in part if number in self._cached}
            missing = [_FIRST_DOCUMENT + number for number in part if number not in known]
            found = self._read_texts(missing) if missing else {}
            known.update(
                (item - _FIRST_DOCUMENT, _load(payload)) for item, payload in found.items()
            )
            self._keep(known)
            yield from (known[number] for number in part)

    def _read_ahead(self, number: int) -> _Stored:
        """Read a document, and cache those after it: a rebuild asks for all in order."""
        end = min(number + _DOCUMENT_BATCH, len(self._catalogue.documents))
        with self._lock:
            known = self._cached.get(number)
        return known or next(self._read(range(number, end)))

    def _read_texts(self, items: Sequence[int]) -> dict[int, Any]:
        try:
            return self._texts.read(items)
        except (KeyError, ValueError) as error:
            raise self._damaged("a text is not whole") from error

    def _keep(self, known: dict[int, _Stored]) -> None:
        with self._lock:
            self._cached.update(known)
            for number in known:
                self._cached.move_to_end(number)
            while len(self._cached) > _CACHED_DOCUMENTS:
                self._cached.popitem(last=False)


def catalogue_of(store: Store) -> dict[str, Any]:
    """The files, and the file of each document, as a JSON value."""
    return {
        "files": [
            [file.name, file.sha256, file.problem, file.notes] for file in store.read_files()
        ],
        "documents": store.document_files(),
    }


def document_numbers(store: Store) -> dict[str, int]:
    """The number of each document, by name."""
    return {name: number for number, (name, _) in enumerate(store.document_files())}


def documents_of(store: Store) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every document with its passages, as a JSON value, preceded by the number of its text."""
    for (number, *values, digests), passages in store.made_documents():
        payload = {"row": [number, *values], "digests": digests.hex(), "passages": passages}
        yield _FIRST_DOCUMENT + number, payload


def _load(payload: dict[str, Any]) -> _Stored:
    row = (*payload["row"], bytes.fromhex(payload["digests"]))
    spend(document_size(row))
    passage_rows = [tuple(one) for one in payload["passages"]]
    document = load_document(row)
    passages = {one[0]: load_passage(document, one) for one in passage_rows}
    return _Stored(document, passages, row, passage_rows)
