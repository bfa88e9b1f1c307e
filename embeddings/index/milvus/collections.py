"""The two collections of a version: the passages to search, and texts of any length."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from embeddings.errors import IndexReplaced
from embeddings.index.milvus.connection import WRITING, Connection, NotThere
from embeddings.index.vectors import CELLS, EXACT, PROBED_CELLS, Rows
from embeddings.model.encoder import FloatArray

MOST: Final = 16_384
"""The most hits that Milvus returns for a search."""
VECTOR, WORDS = "vector", "words"
SparseVector = Mapping[int, float]
"""Weights by the number of their mark; zeros are omitted."""

_MOST_CELLS: Final = 65_536
_READ_BATCH: Final = 1000
_PART_CHARACTERS: Final = (
    16_000  # characters, of at most four bytes: a Milvus field holds up to 65,535 bytes
)
_PART_BATCH: Final = 250
_WRITE_BATCH: Final = 250


class _Collection:
    def __init__(self, connection: Connection, name: str) -> None:
        self.name = name
        self._connection = connection

    def load(self) -> None:
        """Load the collection for reading."""
        self._call("load_collection", timeout=WRITING)

    def count(self) -> int:
        """The number of rows, including those written most recently."""
        [found] = self._call(
            "query", filter="", output_fields=["count(*)"], consistency_level="Strong"
        )
        return int(found["count(*)"])

    def drop(self) -> None:
        """Drop the collection, if there is one of this name."""
        with suppress(NotThere):
            self._connection.call("drop_collection", self.name)

    def _create(self, schema: Any, indexes: Any, entities: Iterable[dict[str, Any]]) -> None:
        """Create the collection with these rows and its indexes, and load it."""
        self._call("create_collection", schema=schema, timeout=WRITING)
        batch: list[dict[str, Any]] = []
        for entity in entities:
            batch.append(entity)
            if len(batch) == _WRITE_BATCH:
                self._call("insert", batch, timeout=WRITING)
                batch = []
        if batch:
            self._call("insert", batch, timeout=WRITING)
        self._call("flush", timeout=WRITING)
        self._call("create_index", indexes, timeout=WRITING)
        self.load()

    def _call(self, method: str, *values: Any, **named: Any) -> Any:
        try:
            return self._connection.call(method, self.name, *values, **named)
        except NotThere as error:
            raise IndexReplaced(
                f"{self.name} is no longer in Milvus at {self._connection.uri}, where a newer "
                "version of the index has taken its place: start again"
            ) from error


@dataclass(frozen=True, slots=True)
class PassageRow:
    """The fields of a passage in the collection that is searched."""

    vector: FloatArray
    words: SparseVector
    is_notice: bool
    document: int
    sha256: str


class PassageCollection(_Collection):
    """A row for each passage, numbered from 0."""

    def write(self, dimension: int, rows: Iterable[PassageRow], count: int) -> None:
        """Write `count` rows into a new collection, then index and load it."""
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("row", DataType.INT64, is_primary=True)
        schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field(WORDS, DataType.SPARSE_FLOAT_VECTOR)
        schema.add_field("notice", DataType.BOOL)
        schema.add_field("document", DataType.INT64)
        schema.add_field("sha256", DataType.VARCHAR, max_length=64)
        indexes = MilvusClient.prepare_index_params()
        cells = min(round(CELLS * count**0.5), _MOST_CELLS)
        how: dict[str, Any] = (
            {"index_type": "FLAT"}
            if count <= EXACT
            else {"index_type": "IVF_SQ8", "params": {"nlist": cells}}
        )
        indexes.add_index(VECTOR, metric_type="IP", **how)
        indexes.add_index(WORDS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        entities = (
            {"row": number, VECTOR: row.vector, WORDS: dict(row.words), "notice": row.is_notice,
             "document": row.document, "sha256": row.sha256}
            for number, row in enumerate(rows)
        )  # fmt: skip
        self._create(schema, indexes, entities)

    def search(
        self, field: str, query: FloatArray | SparseVector, limit: int, among: str = ""
    ) -> tuple[Rows, FloatArray]:
        """The rows with the highest inner products, and the products; `among` is a filter."""
        params = {"nprobe": PROBED_CELLS} if field == VECTOR else {}
        [hits] = self._call(
            "search",
            data=[query],
            anns_field=field,
            limit=min(limit, MOST),
            filter=among,
            search_params={"metric_type": "IP", "params": params},
            output_fields=[],
        )
        rows = np.array([hit["row"] for hit in hits], np.int64)
        return rows, np.array([hit["distance"] for hit in hits], np.float32)

    def values(self, field: str, rows: Sequence[int]) -> list[Any]:
        """The values of a field in these rows, in the order of `rows`."""
        by_row: dict[int, Any] = {}
        wanted = sorted(set(rows))
        for start in range(0, len(wanted), _READ_BATCH):
            part = wanted[start : start + _READ_BATCH]
            found = self._call("get", ids=part, output_fields=["row", field])
            by_row.update((one["row"], one[field]) for one in found)
        return [by_row[row] for row in rows]

    def notices(self) -> list[int]:
        """The rows of the passages that are page furniture."""
        return sorted(one["row"] for one in self._where("notice == true", "notice"))

    def hashes(self) -> Iterator[tuple[str, int]]:
        """Every content hash with its row."""
        return ((one["sha256"], one["row"]) for one in self._where("row >= 0", "sha256"))

    def _where(self, among: str, field: str) -> Iterator[dict[str, Any]]:
        """A field of every row that matches a filter."""
        for start in range(0, self.count(), MOST):
            part = f"{among} and row >= {start} and row < {start + MOST}"
            yield from self._call("query", filter=part, output_fields=["row", field])


class TextCollection(_Collection):
    """Texts of any length by number, each split into parts that fit into a field."""

    def write(self, texts: Iterable[tuple[int, Any]]) -> None:
        """Write JSON values, with their numbers, into a new collection."""
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("item", DataType.INT64)
        schema.add_field("part", DataType.INT64)
        schema.add_field("parts", DataType.INT64)
        schema.add_field("content", DataType.VARCHAR, max_length=65_535)
        # Milvus requires a vector in every collection.
        schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)
        indexes = MilvusClient.prepare_index_params()
        indexes.add_index("item", index_type="INVERTED")
        indexes.add_index("nothing", index_type="FLAT", metric_type="IP")
        self._create(schema, indexes, _parts(texts))

    def read(self, items: Sequence[int]) -> dict[int, Any]:
        """The values written under these numbers; raises KeyError if a part is missing."""
        parts: dict[int, dict[int, str]] = {item: {} for item in items}
        counts = dict.fromkeys(items, 1)
        start = 0
        while start < max(counts.values(), default=0):
            end = start + _PART_BATCH
            among = f"item in {list(items)} and part >= {start} and part < {end}"
            fields = ["item", "part", "parts", "content"]
            for one in self._call("query", filter=among, output_fields=fields):
                parts[one["item"]][one["part"]] = one["content"]
                counts[one["item"]] = one["parts"]
            start = end
        return {
            item: json.loads("".join(parts[item][part] for part in range(counts[item])))
            for item in items
        }


def _parts(texts: Iterable[tuple[int, Any]]) -> Iterator[dict[str, Any]]:
    number = 0
    for item, payload in texts:
        text = json.dumps(payload, ensure_ascii=False)
        starts = range(0, len(text), _PART_CHARACTERS)
        for part, start in enumerate(starts):
            content = text[start : start + _PART_CHARACTERS]
            yield {"id": number, "item": item, "part": part, "parts": len(starts),
                   "content": content, "nothing": [0.0, 0.0]}  # fmt: skip
            number += 1
