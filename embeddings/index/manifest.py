"""The manifest: the file that describes an index and names its current version. Also the errors and
commands that name its folder."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote

from embeddings.errors import IndexDamaged, IndexMismatch, IndexMissing, IndexOutdated
from embeddings.system import sync

FORMAT = 4
OLDER = frozenset({3})
"""Formats that cannot be used for answering, but whose vectors a rebuild takes over. All have an
older recipe, since their document rows have other columns."""
RECIPE = 10
"""Increased when documents are read, cut or tokenized differently. An index of an older recipe
still answers; the next rebuild builds it again with the vectors it has."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of an index."""

    format: int
    recipe: int
    version: str
    created: str
    model: str
    dimension: int
    documents: int
    passages: int
    notices: int
    documents_folder: str
    checksums: dict[str, str]


def read_manifest(folder: Path, *, older: bool = False) -> Manifest:
    """The manifest of the index in `folder`, or of one of an `older` format.

    Raises IndexMissing, IndexDamaged, IndexOutdated or IndexMismatch.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise IndexMissing(f"no index in {folder}: make it with {rebuild_command(folder)}")
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
        checksum = payload.pop("checksum", None)
        if not (payload["format"] == FORMAT or (older and payload["format"] in OLDER)):
            sort = IndexOutdated if payload["format"] < FORMAT else IndexMismatch
            raise sort(
                f"the index in {folder} is of format {payload['format']}, this Källbot reads "
                f"{FORMAT}: rebuild it with {rebuild_command(folder)}"
            )
        if checksum != _manifest_checksum(payload):
            raise damaged(folder, MANIFEST)
        return Manifest(**payload)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(folder, MANIFEST) from error


def known_documents(folder: Path) -> Path | None:
    """The documents folder of an index of any format, if it can still be determined."""
    try:
        text = (folder / MANIFEST).read_text("utf-8", errors="replace")
    except OSError:
        return None
    # Search for this one value: a truncated manifest may still contain it.
    found = re.search(r'"documents_folder"\s*:\s*("(?:[^"\\]|\\.)+")', text)
    try:
        return Path(json.loads(found[1])) if found else None
    except ValueError:
        return None


def replace_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a version current, atomically."""
    written = new_manifest(folder)
    payload = asdict(manifest)
    payload["checksum"] = _manifest_checksum(payload)
    written.write_text(json.dumps(payload, indent=2) + "\n", encoding="utf-8")
    sync(written)
    written.replace(folder / MANIFEST)
    sync(folder)


def new_manifest(folder: Path) -> Path:
    """The temporary file of the next manifest, which then replaces the current one."""
    return folder / f"{MANIFEST}.new"


def _manifest_checksum(payload: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def damaged(folder: Path, name: str) -> IndexDamaged:
    """The error that says which part of the index in a folder is damaged."""
    return IndexDamaged(
        f"the index in {folder} is damaged ({name}): rebuild it with {rebuild_command(folder)}"
    )


def rebuild_command(folder: Path) -> str:
    """The command that rebuilds the index in a folder from its documents."""
    return f"`kallbot rebuild {named(known_documents(folder))} --index {quote(str(folder))}`"


def named(documents: Path | None) -> str:
    """A documents folder as written in a command; a placeholder if it is unknown."""
    return "FOLDER" if documents is None else quote(str(documents))
