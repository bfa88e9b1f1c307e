"""From files to sources: bytes in, text and what is said beside it out.

A format is one entry in `_READERS`; everything after this module sees text alone.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path

import yaml

from embeddings.errors import DocumentError
from embeddings.types import Metadata, Source

MAX_BYTES = 64 * 2**20
SIDECAR_SUFFIXES = (".meta.yaml", ".meta.yml", ".meta.json")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder: its name in the folder, its path, and the hash of all that it says."""

    name: str
    path: Path
    sidecar: Path | None
    sha256: str


def list_files(folder: Path) -> Iterator[Path]:
    """The files under `folder` of a format that can be read, in the order of their names."""
    if not folder.is_dir():
        raise DocumentError(f"no folder {folder}: give the folder that holds the documents")
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and not path.name.endswith(SIDECAR_SUFFIXES):
            yield path


def find_file(path: Path, folder: Path) -> File:
    """The file with its hash; a change in its text or in its sidecar changes the hash."""
    sidecar = next(
        (beside for suffix in SIDECAR_SUFFIXES if (beside := _beside(path, suffix)).is_file()), None
    )
    digest = hashlib.sha256(_read_bytes(path))
    if sidecar is not None:
        digest.update(_read_bytes(sidecar))
    return File(_name(path, folder), path, sidecar, digest.hexdigest())


def read_source(file: File) -> Source:
    """The source in a file; raises DocumentError with what is wrong and what to do."""
    reader = _READERS.get(file.path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise DocumentError(f"{file.name}: the format is not one of {known}; convert it to text")
    source = reader(file.name, _read_bytes(file.path))
    if not source.text[source.body :].strip():
        raise DocumentError(f"{file.name}: the file is empty; nothing to index")
    if file.sidecar is None:
        return source
    beside = _metadata(_load_yaml(file.name, _decode(file.name, _read_bytes(file.sidecar))))
    given = {part.name: getattr(beside, part.name) or getattr(source.metadata, part.name)
             for part in fields(Metadata)}  # fmt: skip
    return Source(source.name, source.text, Metadata(**given), source.body)


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = name.encode(errors="surrogateescape").decode(errors="replace")
        raise DocumentError(f"{shown}: the name of the file is not UTF-8; rename it") from error
    return name


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(
                f"{path.name}: {size / 2**20:.0f} MB is over the {MAX_BYTES / 2**20:.0f} MB that "
                "one document may have; divide it"
            )
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError(f"{path.name}: cannot be read ({reason}); check the file") from error


# Formats


def _read_text(name: str, content: bytes) -> Source:
    text = _decode(name, content)
    opening = 1 if text.startswith("\ufeff") else 0  # kept, so that offsets count it
    front = _FRONT_MATTER.match(text, opening)
    said = _load_yaml(name, front["yaml"]) if front else None
    if front is None or not isinstance(said, dict):  # two rules around a paragraph
        return Source(name, text, body=opening)
    return Source(name, text, _metadata(said), front.end())


_READERS: dict[str, Callable[[str, bytes], Source]] = {
    ".txt": _read_text,
    ".text": _read_text,
    ".md": _read_text,
    ".markdown": _read_text,
}


def _decode(name: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in content or _looks_binary(content):
            raise DocumentError(f"{name}: not a text file; remove it or convert it") from error
        raise DocumentError(
            f"{name}: not UTF-8 (byte {error.start} is 0x{content[error.start]:02x}, perhaps "
            "Latin-1); save it as UTF-8"
        ) from error
    if "\0" in text or len(_CONTROL.findall(text)) > len(text) / 100:
        raise DocumentError(f"{name}: not a text file; remove it or convert it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _looks_binary(content: bytes) -> bool:
    sample = content[:4096]
    return sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) / 100


# Metadata


def _load_yaml(name: str, text: str) -> object:
    try:
        return json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except Exception as error:  # PyYAML lets through whatever its constructors raise
        raise DocumentError(f"{name}: its metadata is not valid YAML; mend or remove it") from error


def _metadata(said: object) -> Metadata:
    """The metadata in a mapping; keys that are not known are left alone."""
    if not isinstance(said, dict):
        return Metadata()
    return Metadata(
        title=_text(said.get("title")),
        publisher=_text(said.get("publisher")),
        kind=_text(said.get("kind")),
        published=_day(said.get("published") or said.get("date")),
        url=_text(said.get("url")),
    )


def _text(value: object) -> str | None:
    """A scalar as text; a half of a surrogate pair, which no text can hold, is replaced."""
    if value is None or isinstance(value, dict | list | tuple | set):
        return None
    whole = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(whole.split()) or None


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
