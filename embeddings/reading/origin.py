"""Metadata on a document's origin, normalized from the forms that formats have it in."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from embeddings.language.dates import find_dates
from embeddings.reading.addresses import web_address
from embeddings.reading.formats.text_builder import clean
from embeddings.types import Metadata

# Column and key names for the fields of Metadata, case-folded.
NAMES = {
    "title": ("title", "titel", "rubrik", "headline", "name", "namn", "ärende", "ärendemening"),
    "publisher": ("publisher", "utgivare", "avsändare", "myndighet", "källa", "source"),
    "kind": ("kind", "dokumenttyp", "typ"),
    "published": ("published", "date", "publicerad", "publiceringsdatum", "datum",
                  "date_published", "datepublished"),
    "url": ("url", "länk", "link", "webbadress", "href"),
    "language": ("language", "språk", "lang"),
}  # fmt: skip
# Default titles set by programs.
_PROGRAM = re.compile(r"^Microsoft (?:Office )?(?:Word|Excel|PowerPoint)\s*[-–]\s*", re.IGNORECASE)
_UNTITLED = re.compile(
    r"untitled\d*|\(?anonymous\)?|\(?unspecified\)?|document\d*|dokument\d*|"
    r"powerpoint[ -]presentation|namnlös\w*|none|"
    r".*\.(?:docx?|odt|rtf|pdf|indd|pptx?|xlsx?|qxd|tmp)",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?", re.IGNORECASE)


def metadata_in(values: object) -> Metadata:
    """The metadata in a mapping, by English names; unknown keys are ignored."""
    if not isinstance(values, dict):
        return Metadata()
    return Metadata(
        title=line(values.get("title")),
        publisher=line(values.get("publisher")),
        kind=line(values.get("kind")),
        published=day(values.get("published") or values.get("date")),
        url=web_address(line(values.get("url"))),
        language=language(values.get("language")),
    )


def metadata_by_any_name(columns: Mapping[str, Any]) -> Metadata:
    """The metadata in the columns of a row, by English or Swedish names."""
    values = {name.casefold().strip(): value for name, value in columns.items()}

    def first(part: str) -> object:
        return next((values[name] for name in NAMES[part] if values.get(name)), None)

    return metadata_in({part: first(part) for part in NAMES})


def line(value: object) -> str | None:
    """A scalar as one line of text."""
    if value is None or isinstance(value, bool | dict | list | tuple | set):
        return None
    return clean(str(value)).replace("\n", " ") or None


def day(value: object) -> date | None:
    """A day, from a date, a datetime, or the beginning of a text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def written_day(value: object) -> date | None:
    """A day as written by a person or a program: 2024-03-14, 14 mars 2024, 20240314."""
    found = day(value)
    if found is None and isinstance(value, str):
        dates = (mention.as_date() for mention in find_dates(value))
        found = next((one for one in dates if one), None) or _compact_day(value)
    return found


def title(value: object) -> str | None:
    """A title, unless a program derived it from a file name or set it by default."""
    name = _PROGRAM.sub("", line(value) or "")
    return None if not name or _UNTITLED.fullmatch(name) else name


def language(value: object) -> str | None:
    """A language code: "sv" for "sv-SE"."""
    found = _LANGUAGE.fullmatch(str(value or "").strip())
    return found[1].lower() if found else None


def stem(name: str) -> str:
    """The name of a file without folder and suffix."""
    return PurePosixPath(name).stem


def _compact_day(value: str) -> date | None:
    digits = re.match(r"(?:D:)?((?:19|20)\d{6})", value)
    return day(digits[1]) if digits else None
