"""What an index says of itself, in the file that names its current version; and the errors and
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
"""Formats that cannot be answered from, but whose vectors a rebuild takes over. All are of an older
recipe, since a document's row has other columns there."""
RECIPE = 7
"""Raised when documents are read, cut or turned into words in another way. An index of an older
recipe still answers; the next rebuild rebuilds it with the vectors that it has."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index says of itself."""

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
    """What the index in `folder` says of itself, also one of an `older` format.

    Raises IndexMissing, IndexDamaged, IndexOutdated or IndexMismatch.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise IndexMissing(f"no index in {folder}: make it with {rebuild_command(folder)}")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        checksum = said.pop("checksum", None)
        if not (said["format"] == FORMAT or (older and said["format"] in OLDER)):
            sort = IndexOutdated if said["format"] < FORMAT else IndexMismatch
            raise sort(
                f"the index in {folder} is of format {said['format']}, this Källbot reads "
                f"{FORMAT}: rebuild it with {rebuild_command(folder)}"
            )
        if checksum != _manifest_checksum(said):
            raise damaged(folder, MANIFEST)
        return Manifest(**said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(folder, MANIFEST) from error


def known_documents(folder: Path) -> Path | None:
    """The folder of the documents that an index of any format is of, as far as it still tells."""
    try:
        said = (folder / MANIFEST).read_text("utf-8", errors="replace")
    except OSError:
        return None
    # The one value is looked for, since a manifest that is cut short may still have it.
    found = re.search(r'"documents_folder"\s*:\s*("(?:[^"\\]|\\.)+")', said)
    try:
        return Path(json.loads(found[1])) if found else None
    except ValueError:
        return None


def replace_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a version the current one, at once."""
    written = new_manifest(folder)
    said = asdict(manifest)
    said["checksum"] = _manifest_checksum(said)
    written.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    sync(written)
    written.replace(folder / MANIFEST)
    sync(folder)


def new_manifest(folder: Path) -> Path:
    """The file in which the next manifest is written before it takes the place of this one."""
    return folder / f"{MANIFEST}.new"


def _manifest_checksum(said: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def damaged(folder: Path, name: str) -> IndexDamaged:
    """The error that says what of the index in a folder is damaged."""
    return IndexDamaged(
        f"the index in {folder} is damaged ({name}): rebuild it with {rebuild_command(folder)}"
    )


def rebuild_command(folder: Path) -> str:
    """The command that rebuilds the index in a folder, of the documents that it is of."""
    return f"`kallbot rebuild {named(known_documents(folder))} --index {quote(str(folder))}`"


def named(documents: Path | None) -> str:
    """A folder of documents as a command names it; one that is not known is to be filled in."""
    return "FOLDER" if documents is None else quote(str(documents))
