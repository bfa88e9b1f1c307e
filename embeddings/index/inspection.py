"""Inspecting an index: what it holds, whether it is up to date with its folder, and intact."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from embeddings.index.contract import Index
from embeddings.index.home import Home, home_of
from embeddings.index.manifest import RECIPE, Manifest
from embeddings.model.encoder import Encoder
from embeddings.passages.cutting import embedding_text, text_hash
from embeddings.reading.folder import Changes, find_files

_PASSAGE_BATCH: Final = 1000
_LENGTH_TOLERANCE: Final = 1e-3  # largest deviation of a vector's length from 1
_LEAST_COSINE: Final = 0.99
"""The least cosine of a stored vector with the same one embedded again. Batches of other lengths,
and other processors, round differently (eight bits agree with float32 at .9998)."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds.

    `skipped` has one message for each unreadable file, `notes` one for each unreadable part of
    other files; `size` is in bytes on disk, None if the index is on a server. `pending` is what a
    rebuild would pick up, None if the documents folder is gone.
    """

    manifest: Manifest
    age: timedelta
    size: int | None
    files: int
    skipped: tuple[str, ...]
    notes: tuple[str, ...]
    pending: Changes | None

    @property
    def is_of_older_recipe(self) -> bool:
        """Whether an older Källbot built it, which read or cut documents differently."""
        return self.manifest.recipe != RECIPE


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked and found intact."""

    documents: int
    passages: int
    embedded_again: int


def find_status(index: Path | Home) -> Status:
    """Read the status of an index; raises IndexUnavailable. No model is needed."""
    home = home_of(index)
    manifest = home.read_manifest()
    files = home.read_files(manifest)
    created = datetime.fromisoformat(manifest.created)
    return Status(
        manifest=manifest,
        age=datetime.now(UTC) - created,
        size=home.size(manifest),
        files=len(files),
        skipped=tuple(file.problem for file in files if file.problem),
        notes=tuple(note for file in files for note in file.notes),
        pending=_pending(
            Path(manifest.documents_folder), {file.name: file.sha256 for file in files}
        ),
    )


def _pending(folder: Path, known: dict[str, str]) -> Changes | None:
    if not folder.is_dir():
        return None
    found, _ = find_files(folder)  # files that cannot be opened are not in the index either
    return Changes.between(known, {file.name: file.sha256 for file in found})


def verify(index: Index, encoder: Encoder, sample: int) -> Verified:
    """Check all of an open index, and embed `sample` of its passages again, evenly spread.

    Opening it has checked the checksums. Raises IndexDamaged at the first error.
    """
    rows = len(index)
    if len(index.vectors) != rows:
        raise index.damaged(f"{len(index.vectors)} vectors for {rows} passages")
    for start in range(0, rows, _PASSAGE_BATCH):
        _verify_part(index, slice(start, min(start + _PASSAGE_BATCH, rows)))
    chosen = np.linspace(0, rows - 1, min(sample, rows)).astype(int).tolist()
    _verify_vectors(index, encoder, chosen)
    return Verified(index.manifest.documents, rows, len(chosen))


def _verify_part(index: Index, part: slice) -> None:
    rows = range(part.start, part.stop)
    lengths = np.linalg.norm(index.vectors.at(np.array(rows)), axis=1)
    passages, hashes = index.passages(list(rows)), index.store.hashes(part)
    for length, passage, sha256 in zip(lengths, passages, hashes, strict=True):
        name = passage.document.name
        if not 0 <= passage.start < passage.end <= len(passage.document.text):
            raise index.damaged(f"a passage of {name} lies outside its text")
        if text_hash(embedding_text(passage)) != sha256:
            raise index.damaged(f"a passage of {name} is not the one that was embedded")
        if not abs(length - 1) < _LENGTH_TOLERANCE:  # written so that NaN fails too
            raise index.damaged(f"a vector of {name} is not of unit length")


def _verify_vectors(index: Index, encoder: Encoder, rows: list[int]) -> None:
    passages = index.passages(rows)
    again = encoder.embed_passages([embedding_text(passage) for passage in passages])
    likeness = np.einsum("ij,ij->i", again, index.vectors.at(np.array(rows)))
    for passage, cosine in zip(passages, likeness, strict=True):
        if not cosine >= _LEAST_COSINE:
            raise index.damaged(
                f"a vector of {passage.document.name} is not what the model makes of it"
            )
