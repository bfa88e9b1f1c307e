"""OCR of page images with Tesseract, if it is installed with Swedish."""

import subprocess
from collections.abc import Iterator, Sequence
from statistics import median

import pypdfium2

from embeddings.reading.formats.layout import Line
from embeddings.reading.formats.tesseract import LANGUAGE
from embeddings.reading.formats.text_builder import clean
from embeddings.reading.progress import tell_alive

MAX_PAGES = 300
_DPI = 300  # recommended for Tesseract
_POINTS = 72
_MOST_PIXELS = 40_000_000
_SECONDS = 120  # per page
_LEAST_CONFIDENCE = 30.0  # percent; lower values are stains and drawings
_WORD_LEVEL = "5"


def read_pages(content: bytes, numbers: Sequence[int]) -> Iterator[tuple[int, list[Line]]]:
    """The lines on the pages of a PDF with these numbers, from 1; none for a page that fails."""
    if not numbers:
        return
    document = pypdfium2.PdfDocument(content)
    try:
        for number in numbers:
            tell_alive()
            yield number, _read_page(document[number - 1])
    finally:
        document.close()


def _read_page(page: pypdfium2.PdfPage) -> list[Line]:
    width, height = page.get_size()
    scale = min(_DPI / _POINTS, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
    picture = page.render(scale=scale, grayscale=True).to_numpy()
    header = f"P5 {picture.shape[1]} {picture.shape[0]} 255\n".encode()
    command = [
        "tesseract",
        "stdin",
        "stdout",
        "-l",
        LANGUAGE,
        "--dpi",
        str(int(scale * _POINTS)),
        "tsv",
    ]
    try:
        process = subprocess.run(  # noqa: S603
            command,
            input=header + picture.tobytes(),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return _lines(process.stdout.decode(errors="replace"), scale)


def _lines(table: str, scale: float) -> list[Line]:
    """The lines in Tesseract's table of words, with positions in points."""
    words: dict[tuple[str, ...], list[list[str]]] = {}
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == _WORD_LEVEL and float(cells[10]) >= _LEAST_CONFIDENCE:
            words.setdefault(tuple(cells[1:5]), []).append(cells)
    lines = [line for found in words.values() if (line := _line(found, scale)) is not None]
    # The height of a line depends on its ascenders and descenders, so the median is used.
    size = median(line.size for line in lines) if lines else 0.0
    return [Line(one.text, one.x0, one.top, one.x1, one.bottom, size) for one in lines]


def _line(words: Sequence[Sequence[str]], scale: float) -> Line | None:
    text = clean(" ".join(word[11] for word in words))
    left, top = (min(int(word[place]) for word in words) / scale for place in (6, 7))
    right, bottom = (
        max(int(word[place]) + int(word[place + 2]) for word in words) / scale for place in (6, 7)
    )
    return Line(text, left, top, right, bottom, bottom - top) if text else None
