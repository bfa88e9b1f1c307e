"""Plain text and Markdown: kept to the letter, with the front matter that may stand before it."""

import json
import re

import yaml

from embeddings.errors import DocumentError
from embeddings.formats.encodings import decode
from embeddings.formats.origin import metadata_in
from embeddings.formats.reading import Reading
from embeddings.types import Source

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def read(name: str, content: bytes) -> Reading:
    """The text of a file, where only the ends of the lines are changed."""
    text = decode(content).replace("\r\n", "\n").replace("\r", "\n")
    opening = 1 if text.startswith("\ufeff") else 0  # kept, so that offsets count it
    front = _FRONT_MATTER.match(text, opening)
    said = load_yaml(front["yaml"]) if front else None
    if front is None or not isinstance(said, dict):  # two rules around a paragraph
        return Reading((Source(name, text, body=opening),))
    return Reading((Source(name, text, metadata_in(said), front.end()),))


def load_yaml(text: str) -> object:
    """What YAML, or JSON, says; raises DocumentError where it is not valid."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except Exception as error:  # PyYAML lets through whatever its constructors raise
        raise DocumentError("its metadata is not valid YAML; mend or remove it") from error
