"""Scanned pages: read where Tesseract is there, and named where it is not."""

import pytest

from embeddings.errors import DocumentError
from embeddings.reading.formats import pdf, tesseract
from tests.embeddings.reading.formats import samples

LINES = ("Protokoll från Solviks kommun", "Kommunstyrelsen köper åkern för",
         "450 kronor av Åsa Öberg i Ängelholm.")  # fmt: skip

needs_tesseract = pytest.mark.skipif(
    not tesseract.is_available(), reason="Tesseract with Swedish is not installed"
)


@pytest.fixture
def without_tesseract(monkeypatch):
    monkeypatch.setattr(tesseract, "is_available", lambda: False)


@needs_tesseract
def test_a_scan_is_read_with_its_pages():
    [source] = pdf.read(
        "a.pdf", samples.scanned_pdf(LINES, ("Sidan två om vägen i Sjövik",))
    ).sources
    assert "Kommunstyrelsen köper åkern" in source.text
    assert "Åsa Öberg i Ängelholm" in source.text
    assert source.text[source.pages[1] :].startswith("Sidan två om vägen")


@needs_tesseract
def test_of_a_mixed_document_the_scans_are_read_too():
    reading = pdf.read("a.pdf", samples.scanned_pdf(LINES, text_first=True))
    assert "Beslut om bygglov" in reading.sources[0].text
    assert "Kommunstyrelsen köper åkern" in reading.sources[0].text
    assert reading.notes == ()


@needs_tesseract
def test_a_scan_of_nothing_is_named():
    with pytest.raises(DocumentError, match="OCR found no text"):
        pdf.read("a.pdf", samples.scanned_pdf(()))


def test_a_scan_is_named_where_it_cannot_be_read(without_tesseract):
    with pytest.raises(DocumentError, match=r"scan without text \(2 pages\); install tesseract"):
        pdf.read("a.pdf", samples.scanned_pdf(LINES, LINES))


def test_scanned_pages_among_others_are_noted_where_they_cannot_be_read(without_tesseract):
    reading = pdf.read("a.pdf", samples.scanned_pdf(LINES, text_first=True))
    assert "Beslut om bygglov" in reading.sources[0].text
    [note] = reading.notes
    assert note.startswith("page 2: scanned and not read; install tesseract")
