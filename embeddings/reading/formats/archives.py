"""Documents that are zip archives of XML: opened with a limit on their unpacked size."""

import io
import re
import zipfile
import zlib

from lxml import etree

from embeddings.errors import DocumentError

MAX_UNPACKED = 512 * 2**20
_MAX_FILES = 20_000
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(re.escape(_STRICT) + rb"(?P<kind>\w+)/(?P<rest>[\w/]+)")
_MAIN_PARTS = ("_rels/.rels", "word/document.xml", "xl/workbook.xml", "ppt/presentation.xml")
DAMAGED = "damaged, or no document of its kind; save it again"


def open_archive(content: bytes) -> zipfile.ZipFile:
    """Open the archive; raises DocumentError if it is damaged, encrypted, or a zip bomb."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
        raise DocumentError(DAMAGED) from error
    files = archive.infolist()
    # Python never unpacks more of a file than its entry declares.
    size = sum(file.file_size for file in files)
    if size > MAX_UNPACKED or len(files) > _MAX_FILES:
        raise DocumentError(
            f"unpacks to {size / 2**20:.0f} MB in {len(files)} files, over the "
            f"{MAX_UNPACKED / 2**20:.0f} MB that one document may have"
        )
    if any(file.flag_bits & 1 for file in files):
        raise DocumentError("encrypted; save it without a password")
    return archive


def read_xml(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    """Parse an XML file in the archive and return its root; None if there is no such file."""
    if name not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(archive.read(name), parser)
    except (etree.XMLSyntaxError, zipfile.BadZipFile, ValueError, EOFError) as error:
        raise DocumentError(DAMAGED) from error


def as_transitional(content: bytes) -> bytes:
    """Convert an Office Open XML file to the namespaces that libraries support.

    A file saved as "Strict Open XML" has the same parts in the namespaces of ISO 29500 Strict.
    Raises DocumentError as `open_archive` does.
    """
    with open_archive(content) as archive:
        if not any(_STRICT in _opening(archive, name) for name in _MAIN_PARTS):
            return content
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as out:
            for entry in archive.infolist():
                part = archive.read(entry)
                if entry.filename.endswith((".xml", ".rels")):
                    part = _STRICT_NAME.sub(_transitional, part)
                out.writestr(entry.filename, part)
    return made.getvalue()


def _opening(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as part:
            return part.read(1 << 16)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return b""


def _transitional(found: re.Match[bytes]) -> bytes:
    """The transitional name of a namespace or a relation: hyphens, and a year, instead of
    capitals."""
    rest = re.sub(rb"Properties$", b"-properties", found["rest"])
    return b"http://schemas.openxmlformats.org/%s/2006/%s" % (found["kind"], rest)
