"""Plain text and Markdown: the exact text, with optional front matter."""

from embeddings.reading.encodings import decode_with_notes
from embeddings.reading.front_matter import find_front_matter
from embeddings.reading.result import FileContents
from embeddings.types import Source


def read(name: str, content: bytes) -> FileContents:
    """Read the text of a file; only line ends are changed."""
    text, notes = decode_with_notes(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    opening = 1 if text.startswith("\ufeff") else 0  # kept, so that offsets count it
    front = find_front_matter(text, opening)
    if front is None:
        return FileContents((Source(name, text, body=opening),), notes)
    source = Source(name, text, front.metadata, front.end, layout=front.blocks)
    return FileContents((source,), (*notes, *front.notes))
