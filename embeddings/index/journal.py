"""Saves vectors to disk as they are computed, so an interrupted rebuild embeds nothing twice.

    first line   JSON: the model, and the dimension
    records      SHA-256 of the embedded text, its vector in float32, CRC-32 of both

Only complete records count; one cut short by a power failure is embedded again.
"""

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np

from embeddings.model.encoder import FloatArray

_HASH_BYTES: Final = 32
_CHECK_BYTES: Final = 4


class Journal:
    """The vectors of one model already on disk, by the hash of their text."""

    def __init__(self, path: Path, model: str, dimension: int) -> None:
        """Open the journal, or start a new one if there is none or it is of another model."""
        self.dimension = dimension
        self._record = _HASH_BYTES + 4 * dimension + _CHECK_BYTES
        self._head = json.dumps({"model": model, "dimension": dimension}).encode() + b"\n"
        if not path.exists() or not self._is_mine(path):
            path.write_bytes(self._head)
        self._file = path.open("r+b")
        self._place: dict[str, int] = {}
        for sha256, place in self._whole_records():
            self._place[sha256] = place
        self._end = len(self._head) + len(self._place) * self._record
        self._file.truncate(self._end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._place

    def add(self, hashes: Sequence[str], vectors: FloatArray) -> None:
        """Append new vectors, shape (hashes, dimension), durably: they survive a power failure."""
        self._file.seek(self._end)
        for sha256, vector in zip(hashes, vectors, strict=True):
            content = bytes.fromhex(sha256) + vector.astype("<f4").tobytes()
            self._file.write(content + zlib.crc32(content).to_bytes(_CHECK_BYTES, "little"))
            self._place[sha256] = self._end
            self._end += self._record
        self._file.flush()
        os.fsync(self._file.fileno())

    def vectors(self, hashes: Sequence[str]) -> FloatArray:
        """The vectors of these hashes, shape (hashes, dimension)."""
        found = np.empty((len(hashes), self.dimension), np.float32)
        for row, sha256 in enumerate(hashes):
            self._file.seek(self._place[sha256] + _HASH_BYTES)
            found[row] = np.frombuffer(self._file.read(4 * self.dimension), "<f4")
        return found

    def _is_mine(self, path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(len(self._head)) == self._head

    def _whole_records(self) -> Iterator[tuple[str, int]]:
        """The hash and the offset of each record before the first incomplete one."""
        place = len(self._head)
        self._file.seek(place)
        while len(record := self._file.read(self._record)) == self._record:
            content, check = record[:-_CHECK_BYTES], record[-_CHECK_BYTES:]
            if zlib.crc32(content).to_bytes(_CHECK_BYTES, "little") != check:
                return
            yield content[:_HASH_BYTES].hex(), place
            place += self._record
