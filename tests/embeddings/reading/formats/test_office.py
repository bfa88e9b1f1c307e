"""Workbooks, slides, books and old Word documents: their rows, pages, chapters and text."""

import io
import subprocess
import zipfile
from datetime import datetime

import openpyxl
import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from embeddings.errors import DocumentError
from embeddings.reading import programs
from embeddings.reading.folder import content_hash
from embeddings.reading.formats import epub, olddoc, opendocument, slides, workbook
from embeddings.reading.isolation import IsolatedReader
from embeddings.reading.registry import format_of
from tests.embeddings.reading.formats import samples
from tests.embeddings.reading.formats.test_word import strict
from tests.retrieval.test_seeds import SHARED


def saved(document):
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def read(adapter, content, name="a"):
    reading = adapter.read(name, content)
    [source] = reading.sources
    blocks = [(block.kind.value, source.text[block.start : block.end]) for block in source.layout]
    return source, blocks, reading.notes


# Workbooks

GRANTS = [
    ["Bidrag till föreningar 2026"],
    [],
    [None, "Förening", "Belopp", "Andel", "Datum"],
    [None, "Ekviks IF", 45000, 0.125, datetime(2026, 3, 12)],
    [None, "Scoutkåren", 1200.5, 1, datetime(2026, 4, 1, 13, 30)],
    [],
    [None, "Ridklubben", 80000, None, None],
]


def grants():
    book = openpyxl.Workbook()
    book.properties.title = "Bidrag"
    sheet = book.active
    sheet.title = "Beslut"
    for row in GRANTS:
        sheet.append(row)
    for row in (4, 5, 7):
        sheet.cell(row, 3).number_format = '#,##0.00 "kr"' if row == 5 else '# ##0 "kr"'
        sheet.cell(row, 4).number_format = "0.0%" if row == 4 else "0%"
    return book


def test_a_row_of_a_workbook_is_a_row_with_its_columns_under_its_sheet():
    source, blocks, notes = read(workbook, saved(grants()))
    assert blocks == [
        ("heading", "Beslut"),
        ("row", "Förening: Ekviks IF; Belopp: 45 000 kr; Andel: 12,5 %; Datum: 2026-03-12"),
        ("row", "Förening: Scoutkåren; Belopp: 1 200,50 kr; Andel: 100 %; Datum: 2026-04-01 13.30"),
        ("row", "Förening: Ridklubben; Belopp: 80 000 kr"),
    ]
    assert source.text.startswith("Beslut\n\nBidrag till föreningar 2026")
    assert source.metadata.title == "Bidrag"
    assert notes == ()


def test_a_line_above_the_names_of_the_columns_is_a_caption():
    book = openpyxl.Workbook()
    for row in (["Öppettider i simhallen"], ["Dag", "Öppnar", "Stänger"], ["Måndag", "8", "20"]):
        book.active.append(row)
    _, blocks, _ = read(workbook, saved(book))
    assert blocks[1:] == [
        ("caption", "Öppettider i simhallen"),
        ("row", "Dag: Måndag; Öppnar: 8; Stänger: 20"),
    ]


def test_merged_cells_are_read_in_all_the_columns_and_rows_that_they_are_over():
    book = openpyxl.Workbook()
    for row in (["Elever 2023 och 2024"], ["Skola", "2023", None, "2024"],
                [None, "Män", "Kvinnor", "Män", "Kvinnor"], ["Norr", 3, 3, 4, 5],
                ["Söder", 1, 2, 6, 7], [None, 8, 9, 1, 2]):  # fmt: skip
        book.active.append(row)
    for cells in ("A1:E1", "A2:A3", "B2:C2", "D2:E2", "A5:A6"):
        book.active.merge_cells(cells)
    _, blocks, _ = read(workbook, saved(book))
    assert blocks[1:] == [
        ("caption", "Elever 2023 och 2024"),
        ("row", "Skola: Norr; 2023 Män, 2023 Kvinnor: 3; 2024 Män: 4; 2024 Kvinnor: 5"),
        ("row", "Skola: Söder; 2023 Män: 1; 2023 Kvinnor: 2; 2024 Män: 6; 2024 Kvinnor: 7"),
        ("row", "Skola: Söder; 2023 Män: 8; 2023 Kvinnor: 9; 2024 Män: 1; 2024 Kvinnor: 2"),
    ]


def test_every_sheet_is_read_and_a_hidden_one_is_named():
    book = grants()
    book.create_sheet("Kontakt").append(["Handläggare", "Åsa Öberg"])
    hidden = book.create_sheet("Underlag")
    hidden.append(["hemligt"])
    hidden.sheet_state = "hidden"
    source, blocks, notes = read(workbook, saved(book))
    assert blocks[-2:] == [("heading", "Kontakt"), ("row", "Handläggare: Åsa Öberg")]
    assert "hemligt" not in source.text
    assert notes == ("hidden sheets are not read (Underlag); show them, or save them apart",)


def test_a_formula_whose_value_is_not_kept_is_named():
    book = grants()
    book.active["C9"] = "=SUM(C4:C7)"
    _, _, [note] = read(workbook, saved(book))
    assert "1 cell holds a formula" in note


def changed(content, old, new):
    """A workbook with something else in its first sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w") as other:
        for name in book.namelist():
            part = book.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in part
                part = part.replace(old, new, 1)
            other.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<c r="B3" t="n"><v>2</v>', b'<c r="B3" t="d"><v>hej</v>'),
        (b'<c r="B3" t="n"><v>2</v>', b'<c r="B3" t="s"><v>999</v>'),
        (b'<c r="B3" t="n">', b'<c r="3B!" t="n">'),
        (b'<row r="3"', b'<row r="x"'),
    ],
)
def test_a_workbook_is_read_up_to_a_cell_that_is_damaged(old, new):
    book = openpyxl.Workbook()
    for row in (["Namn", "Antal"], ["Norr", 1], ["Söder", 2], ["Väster", 3]):
        book.active.append(row)
    source, _, notes = read(workbook, changed(saved(book), old, new))
    assert "Norr" in source.text
    assert notes == ("Sheet is read up to row 2, where it is damaged; save it again",)


def test_a_workbook_in_the_strict_format_is_read_as_any():
    content = saved(grants())
    assert read(workbook, strict(content))[1] == read(workbook, content)[1]


ODS = """
<table:table table:name="Avgifter"><table:table-row><table:table-cell><text:p>Tjänst</text:p>
</table:table-cell><table:table-cell><text:p>Avgift</text:p></table:table-cell><table:table-cell
table:number-columns-repeated="16382"/></table:table-row><table:table-row><table:table-cell
office:value-type="string"><text:p>Bygglov</text:p></table:table-cell><table:table-cell
office:value-type="currency" office:value="9800"><text:p>9 800 kr</text:p></table:table-cell>
</table:table-row><table:table-row table:number-rows-repeated="1048570"><table:table-cell
table:number-columns-repeated="16384"/></table:table-row></table:table>
<table:table table:name="Kontakt"><table:table-row><table:table-cell><text:p>Kontakt</text:p>
</table:table-cell><table:table-cell><text:p>Åsa Öberg</text:p></table:table-cell></table:table-row>
</table:table>
"""


def ods():
    return samples.zipped(
        {
            "content.xml": f"<office:document-content {samples._ODF}><office:body>"
            f"<office:spreadsheet>{ODS}</office:spreadsheet></office:body>"
            "</office:document-content>"
        },
        mimetype="application/vnd.oasis.opendocument.spreadsheet",
    )


def test_a_workbook_of_libreoffice_is_read_as_it_shows_itself():
    _, blocks, _ = read(opendocument, ods())
    assert blocks == [
        ("heading", "Avgifter"),
        ("row", "Tjänst: Bygglov; Avgift: 9 800 kr"),
        ("heading", "Kontakt"),
        ("row", "Kontakt: Åsa Öberg"),
    ]


# Slides


def deck():
    made = pptx.Presentation()
    made.core_properties.title = "Cykelplan"
    first = made.slides.add_slide(made.slide_layouts[0])
    first.shapes.title.text = "Cykelplan för Ekvik"
    first.placeholders[1].text = "Förvaltningen, 12 mars 2026"
    second = made.slides.add_slide(made.slide_layouts[1])
    second.shapes.title.text = "Etapper"
    frame = second.placeholders[1].text_frame
    frame.text = "Etapp ett till stationen"
    frame.add_paragraph().text = "Etapp två till skolan"
    frame.add_paragraph().text = "Klar 2028"
    frame.paragraphs[2].level = 1
    second.notes_slide.notes_text_frame.text = "Kostnaden är 7,4 miljoner."
    third = made.slides.add_slide(made.slide_layouts[5])
    third.shapes.title.text = "Kostnader"
    table = third.shapes.add_table(2, 2, Cm(2), Cm(5), Cm(10), Cm(3)).table
    for (row, column), text in {(0, 0): "Etapp", (0, 1): "Kostnad", (1, 0): "Ett",
                                (1, 1): "3 mnkr"}.items():  # fmt: skip
        table.cell(row, column).text = text
    group = third.shapes.add_group_shape()
    box = group.shapes.add_textbox(Cm(2), Cm(10), Cm(10), Cm(2))
    box.text_frame.text = "Ansvarig är Omar Wiklund."
    data = CategoryChartData()
    data.categories = ["2025", "2026"]
    data.add_series("Cyklister", (120, 340.5))
    third.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(2), Cm(12), Cm(8), Cm(5), data)
    return made


def test_slides_keep_their_titles_lists_tables_charts_and_what_the_speaker_says():
    source, blocks, notes = read(slides, saved(deck()))
    assert blocks == [
        ("heading", "Cykelplan för Ekvik"),
        ("heading", "Etapper"),
        ("list", "• Etapp ett till stationen\n• Etapp två till skolan\n  • Klar 2028"),
        ("heading", "Kostnader"),
        ("row", "Etapp: Ett; Kostnad: 3 mnkr"),
        ("row", "2025; Cyklister: 120"),
        ("row", "2026; Cyklister: 340,5"),
    ]
    for text in ("12 mars 2026", "Kostnaden är 7,4 miljoner.", "Ansvarig är Omar Wiklund."):
        assert text in source.text
    assert notes == ()


def test_a_slide_is_a_page():
    source, _, _ = read(slides, saved(deck()))
    assert [source.text[start:].split("\n")[0] for start in source.pages] == [
        "Cykelplan för Ekvik", "Etapper", "Kostnader",
    ]  # fmt: skip


# Books

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/bok.opf"/></rootfiles></container>'
)
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"
xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Sjövik i går</dc:title>
<dc:creator>Maja Rosén</dc:creator><dc:date>2019-05-02</dc:date><dc:language>sv</dc:language>
</metadata><manifest><item id="b" href="kapitel%20tv%C3%A5.xhtml"
media-type="application/xhtml+xml"/><item id="a" href="ett.xhtml"
media-type="application/xhtml+xml"/><item id="n" href="nav.xhtml" properties="nav"
media-type="application/xhtml+xml"/></manifest><spine><itemref idref="n"/><itemref idref="a"/>
<itemref idref="b"/></spine></package>"""
FIRST = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/>'
    '<script src="x"/></head><body><h1>Fyren</h1><p>Fyren byggdes&nbsp;1874 av <a id="x"/>Per Ek.'
    "</p></body></html>"
)
SECOND = "<html><body><h1>Bron</h1><p>Bron invigdes <br>den 4 maj 1931.</body>"


def book(**more):
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/bok.opf": PACKAGE,
        "OEBPS/ett.xhtml": FIRST,
        "OEBPS/kapitel två.xhtml": SECOND,
        "OEBPS/nav.xhtml": "<html><body><p>Innehåll</p></body></html>",
        **more,
    }
    return samples.zipped({k: v for k, v in files.items() if v}, mimetype="application/epub+zip")


def test_a_book_is_read_chapter_by_chapter():
    source, blocks, notes = read(epub, book())
    assert blocks == [("heading", "Fyren"), ("heading", "Bron")]
    assert source.text == (
        "Fyren\n\nFyren byggdes 1874 av Per Ek.\n\nBron\n\nBron invigdes\nden 4 maj 1931."
    )
    assert (source.metadata.title, source.metadata.publisher) == ("Sjövik i går", "Maja Rosén")
    assert source.metadata.published.isoformat() == "2019-05-02"
    assert notes == ()


def test_a_chapter_that_is_missing_is_named():
    _, _, notes = read(epub, book(**{"OEBPS/kapitel två.xhtml": None}))
    assert notes == ("chapters are missing in it (kapitel två.xhtml)",)


def test_a_book_with_copy_protection_is_named():
    locked = (
        '<e xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherReference URI="OEBPS/ett.xhtml"/></e>'
    )
    with pytest.raises(DocumentError, match="copy protection"):
        epub.read("a.epub", book(**{"META-INF/encryption.xml": locked}))


# Old Word documents

OLD = SHARED / "real" / "dom-hd-b86-05.doc"
needs_old = pytest.mark.skipif(not OLD.exists(), reason="the shared documents are not there")
needs_converter = pytest.mark.skipif(
    not programs.installed(programs.OLD_WORD), reason="no program for old Word documents is there"
)


@needs_old
@needs_converter
def test_an_old_word_document_is_read_in_a_process_of_its_own():
    content = OLD.read_bytes()
    reader = IsolatedReader()
    try:
        reading = reader.read(format_of("dom.doc", content), "dom.doc", content)
    finally:
        reader.close()
    [source] = reading.sources
    assert len(source.text) > 100_000
    for text in ("B86-05", "2007-04-04", "Stockholms tingsrätt", "in casu-lagstiftning"):
        assert text in source.text


@needs_old
@pytest.mark.parametrize("command", programs.OLD_WORD)
def test_each_program_reads_an_old_word_document(command):
    if not programs.installed([command]):
        pytest.skip(f"{command} is not installed")
    source = olddoc._READERS[command]("dom.doc", OLD.read_bytes()).sources[0]
    assert "Allmän åklagare väckte åtal vid Stockholms tingsrätt mot J.Ö." in source.text
    assert "FORMTEXT" not in source.text
    assert "|" not in source.text


def test_without_a_program_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DocumentError, match="install antiword"):
        olddoc.read("a.doc", b"\xd0\xcf\x11\xe0")


def test_a_program_that_is_installed_has_old_documents_read_again(monkeypatch):
    hashes = set()
    for there in ([], ["catdoc"], ["antiword", "catdoc"]):
        monkeypatch.setattr(programs, "installed", lambda commands, there=there: there)
        hashes.add(content_hash("a.doc", b"x"))
    assert len(hashes) == 3


@needs_converter
def test_what_is_no_old_word_document_is_said_in_one_line():
    with pytest.raises(DocumentError) as error:
        olddoc.read("a.doc", b"\xd0\xcf\x11\xe0" + bytes(2000))
    assert "\n" not in str(error.value)


def test_a_new_or_rich_text_document_with_the_old_suffix_is_read():
    for content in (samples.decision_docx(), samples.RTF):
        assert read(olddoc, content)[0].text


def test_a_program_that_hangs_is_ended(monkeypatch):
    def hang(*_args, **_kwargs):
        raise subprocess.TimeoutExpired("antiword", 1)

    monkeypatch.setattr(subprocess, "run", hang)
    monkeypatch.setattr(olddoc, "installed", lambda commands: list(commands))
    with pytest.raises(DocumentError, match="too long"):
        olddoc.read("a.doc", b"\xd0\xcf\x11\xe0")


# All of them


@pytest.mark.parametrize(
    ("name", "make", "module"),
    [
        ("a.xlsx", lambda: saved(grants()), "workbook"),
        ("a", lambda: saved(grants()), "workbook"),
        ("a.ods", ods, "opendocument"),
        ("a", ods, "opendocument"),
        ("a.pptx", lambda: saved(deck()), "slides"),
        ("a", lambda: saved(deck()), "slides"),
        ("a.epub", book, "epub"),
        ("a", book, "epub"),
        ("a.doc", lambda: b"\xd0\xcf\x11\xe0", "olddoc"),
        ("a.doc", samples.decision_docx, "olddoc"),
    ],
)
def test_the_format_is_found(name, make, module):
    assert format_of(name, make()).module == module


@pytest.mark.parametrize("adapter", [workbook, slides, epub, opendocument])
@pytest.mark.parametrize("content", [b"PK\x03\x04 none", samples.zipped({"a.xml": "<a/>"})])
def test_an_archive_that_is_something_else_is_said_in_one_line(adapter, content):
    with pytest.raises(DocumentError, match="damaged"):
        adapter.read("a", content)
