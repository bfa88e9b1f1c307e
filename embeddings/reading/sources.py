"""Turns files into sources: detects the format, calls its module, and adds the sidecar."""

from dataclasses import replace
from types import TracebackType
from typing import Self

from embeddings.errors import DocumentError
from embeddings.reading.encodings import decode
from embeddings.reading.folder import File, read_bytes
from embeddings.reading.front_matter import MAX_LENGTH, load_yaml
from embeddings.reading.isolation import IsolatedReader
from embeddings.reading.origin import metadata_in
from embeddings.reading.registry import SUFFIXES, format_of
from embeddings.reading.result import FileContents
from embeddings.types import Source

MAX_CHARACTERS = 10_000_000
MAX_LINES = 500_000


class FileReader:
    """Reads files in a separate process; a context manager, which ends the process."""

    def __init__(self, isolated: IsolatedReader | None = None) -> None:
        self._isolated = isolated or IsolatedReader()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._isolated.close()

    def read(self, file: File) -> FileContents:
        """Read the documents in a file; DocumentError says what is wrong and what to do."""
        content = read_bytes(file.path)
        try:
            contents = self._read(file, content)
        except DocumentError as error:
            raise DocumentError(f"{file.name}: {error}") from error
        return replace(contents, notes=tuple(f"{file.name}: {note}" for note in contents.notes))

    def _read(self, file: File, content: bytes) -> FileContents:
        chosen = format_of(file.name, content)
        if chosen is None:
            known = ", ".join(SUFFIXES)
            raise DocumentError(f"the format is not one of {known}; convert it to one of them")
        contents = self._isolated.read(chosen, file.name, content)
        sources = [one for one in contents.sources if one.text[one.body :].strip()]
        if not sources and contents.notes:
            raise DocumentError(f"nothing in it can be read ({contents.notes[0]}); mend it")
        for one in sources:
            _check_length(one)
        if not sources:
            raise DocumentError("the file is empty; nothing to index")
        return _with_sidecar(replace(contents, sources=tuple(sources)), file)


def _check_length(source: Source) -> None:
    """Refuse a document too long to be searched within the limits of a question."""
    for count, most, what in (
        (len(source.text), MAX_CHARACTERS, "characters"),
        (source.text.count("\n"), MAX_LINES, "lines"),
        (len(source.layout), MAX_LINES, "headings, rows and lists"),
    ):
        if count > most:
            raise DocumentError(
                f"{count} {what} are more than the {most} that one document may have; divide it"
            )


def _with_sidecar(contents: FileContents, file: File) -> FileContents:
    """The contents with the metadata of the sidecar, which takes precedence over the file's own."""
    if file.sidecar is None:
        return contents
    try:
        beside = metadata_in(load_yaml(decode(read_bytes(file.sidecar, MAX_LENGTH))))
    except DocumentError as error:
        name = f"{file.sidecar.name}: "
        return replace(contents, notes=(*contents.notes, name + str(error).removeprefix(name)))
    sources = (replace(one, metadata=beside.or_else(one.metadata)) for one in contents.sources)
    return replace(contents, sources=tuple(sources))
