"""Documents that are zip archives of XML: opened with a limit on what they may unpack to."""

import io
import zipfile

from lxml import etree

from embeddings.errors import DocumentError

MAX_UNPACKED = 512 * 2**20
_MAX_FILES = 20_000
DAMAGED = "damaged, or no document of its kind; save it anew"


def open_archive(content: bytes) -> zipfile.ZipFile:
    """The archive; raises DocumentError where it is damaged, encrypted, or a bomb."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
        raise DocumentError(DAMAGED) from error
    files = archive.infolist()
    # Python never unpacks more of a file than its entry says.
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
    """The root of an XML file in the archive; None where there is no such file."""
    if name not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(archive.read(name), parser)
    except (etree.XMLSyntaxError, zipfile.BadZipFile, ValueError, EOFError) as error:
        raise DocumentError(DAMAGED) from error
