"""Word documents from before 2007, read by an installed program.

antiword keeps paragraphs and tables, as DocBook; catdoc extracts only the text; LibreOffice
converts the document to the current Word format.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

from embeddings.errors import DocumentError
from embeddings.reading.encodings import decode
from embeddings.reading.formats import rtf, word
from embeddings.reading.formats.archives import DAMAGED
from embeddings.reading.formats.text_builder import Item, TextBuilder, fold
from embeddings.reading.origin import day, language, line, title
from embeddings.reading.programs import OLD_WORD, OLD_WORD_REMEDY, installed
from embeddings.reading.progress import tell_alive
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_SECONDS = 100
_RUNNING_TEXT_WORDS = 40  # words
_WITHIN = frozenset({"emphasis", "superscript", "subscript", "ulink"})
_FIELD = re.compile(r"\s?\b(?:FORMTEXT|FORMCHECKBOX|FORMDROPDOWN)\b\s?")
_TEXT_ALONE = "read by catdoc as text alone, without its tables; install antiword for them"


def read(name: str, content: bytes) -> FileContents:
    """Read an old Word document; if nothing can read it, DocumentError says what to install."""
    if content.startswith(b"PK\x03\x04"):
        return word.read(name, content)
    if content.startswith(b"{\\rtf"):
        return rtf.read(name, content)
    problem = f"no program for old Word documents is installed; {OLD_WORD_REMEDY}"
    for command in installed(OLD_WORD):
        tell_alive()
        try:
            return _READERS[command](name, content)
        except DocumentError as error:
            problem = str(error)
    raise DocumentError(problem)


def _by_antiword(name: str, content: bytes) -> FileContents:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.doc"
        file.write_bytes(content)
        docbook = _run("antiword", "-m", "UTF-8.txt", "-x", "db", str(file))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(docbook, parser) if docbook.strip() else None
    if root is None:
        raise DocumentError(DAMAGED)
    builder = TextBuilder()
    for chapter in root.iter("chapter"):
        _write(chapter, builder, 1)
    if builder.is_empty:
        raise DocumentError("it has no text; nothing to index")
    info = root.find("bookinfo")
    said_of = (lambda path: None) if info is None else info.findtext
    hints = Metadata(
        title=title(said_of("title")),
        publisher=line(said_of("corpauthor") or said_of("author/surname")),
        published=day(said_of("date")),
        language=language(root.get("lang")),
    )
    return FileContents((builder.source(name, hints=hints),))


def _write(parent: etree._Element, builder: TextBuilder, level: int) -> None:
    """Add the contents of a DocBook element; text outside its children is running text."""
    loose = [parent.text or ""]

    def end() -> None:
        # Each line is a paragraph: antiword is run without a line width.
        for text in "".join(loose).split("\n"):
            is_row = text.rstrip().endswith("|")  # of a table that antiword took for text
            builder.paragraph(text.replace("|", " ") if is_row else text)
        loose.clear()

    for child in parent:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in _WITHIN:
            loose.append("".join(child.itertext()))
        elif tag:
            end()
            if tag == "title":
                builder.heading("".join(child.itertext()), level)
            elif tag in {"itemizedlist", "orderedlist"}:
                builder.bullets(_items(child))
            elif tag == "informaltable":
                _table(child, builder)
            else:
                _write(child, builder, min(level + tag.startswith("sect"), 6))
        loose.append(child.tail or "")
    end()


def _items(element: etree._Element, depth: int = 0) -> Iterator[Item]:
    for number, item in enumerate(element.iterchildren("listitem"), 1):
        inner = [child for child in item if child.tag in {"itemizedlist", "orderedlist"}]
        text = "".join("".join(child.itertext()) for child in item if child not in inner)
        yield depth, f"{number}." if element.tag == "orderedlist" else "", fold(text)
        for child in inner:
            yield from _items(child, depth + 1)


def _table(table: etree._Element, builder: TextBuilder) -> None:
    """Add a table; a row with a cell of long text is a form around text, not a row."""
    rows: list[list[str]] = []
    for row in table.iter("row"):
        cells = ["".join(cell.itertext()).strip() for cell in row.iter("entry")]
        filled = [cell for cell in cells if cell]
        is_text = len(filled) == 1 or any(
            len(cell.split()) > _RUNNING_TEXT_WORDS for cell in filled
        )
        is_labelled = len(filled) % 2 == 0 and all(one.endswith(":") for one in filled[::2])
        if rows and (is_text or is_labelled):
            builder.table(rows)
            rows = []
        if is_text:
            if len(filled) > 1 and filled[0].endswith(":"):
                builder.heading(filled.pop(0), 3)
            for cell in filled:
                for text in cell.split("\n"):
                    builder.paragraph(text)
        elif is_labelled:
            builder.row("; ".join(map(" ".join, zip(filled[::2], filled[1::2], strict=True))))
        elif filled:
            rows.append(cells)
    builder.table(rows)


def _by_catdoc(name: str, content: bytes) -> FileContents:
    text = decode(_run("catdoc", "-d", "utf-8", "-w", content=content))
    builder = TextBuilder()
    for one in _FIELD.sub("", text).split("\n"):
        builder.paragraph(one.replace("\t", " "))
    return FileContents((builder.source(name),), (_TEXT_ALONE,))


def _by_office(name: str, content: bytes) -> FileContents:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.doc"
        file.write_bytes(content)
        _run("soffice", f"-env:UserInstallation={Path(folder, 'home').as_uri()}", "--headless",
             "--convert-to", "docx", "--outdir", folder, str(file))  # fmt: skip
        made = file.with_suffix(".docx")
        if not made.is_file():
            raise DocumentError(DAMAGED)
        return word.read(name, made.read_bytes())


def _run(*command: str, content: bytes = b"") -> bytes:
    """Run a program and return its output; raises DocumentError if it fails."""
    try:
        return subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=_SECONDS, check=True
        ).stdout
    except subprocess.TimeoutExpired as error:
        raise DocumentError("takes too long to read; divide it, or save it again") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise DocumentError(f"{command[0]} cannot read it; save it as .docx") from error


_READERS: dict[str, Callable[[str, bytes], FileContents]] = {
    "antiword": _by_antiword,
    "catdoc": _by_catdoc,
    "soffice": _by_office,
}
