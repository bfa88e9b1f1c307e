"""What is printed or filled into a PDF in other ways than as plain upright lines."""

import io

import pytest
from pdfminer.fontmetrics import FONT_METRICS
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from embeddings.passages.structure import find_blocks
from embeddings.reading.formats import pdf
from tests.embeddings.reading.formats import samples


def drawn(draw, *more):
    """A PDF of which each function draws a page."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    for page in (draw, *more):
        canvas.setFont("Helvetica", 11)
        page(canvas)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def read(content):
    reading = pdf.read("a.pdf", content)
    [source] = reading.sources
    return source.text, reading.notes


def blocks_of(content):
    [source] = pdf.read("a.pdf", content).sources
    return [
        (block.kind.value, source.text[block.start : block.end]) for block in find_blocks(source)
    ]


# Letters


def accented(text, *, accent_first):
    """A PDF whose accents are signs of their own, drawn over their letters."""
    widths = FONT_METRICS["Times-Roman"][1]
    marks = {"å": (1, "\u02da", "a"), "ä": (2, "\u00a8", "a"), "ö": (2, "\u00a8", "o"),
             "é": (3, "\u00b4", "e")}  # fmt: skip
    shown = []
    for letter in text:
        if letter not in marks:
            shown.append(f"({letter})")
            continue
        code, mark, base = marks[letter]
        gap = (widths[base] - widths[mark]) / 2
        if accent_first:
            shown.append(f"{-gap:.0f} (\\00{code}) {widths[mark] + gap:.0f} ({base})")
        else:
            back = widths[base] - gap
            shown.append(f"({base}) {back:.0f} (\\00{code}) {-gap:.0f}")
    stream = f"BT /F1 11 Tf 72 780 Td [{' '.join(shown)}] TJ ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding << /Type /Encoding "
        b"/BaseEncoding /WinAnsiEncoding /Differences [1 /ring /dieresis /acute] >> >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF" % (table, len(made))
    )


@pytest.mark.parametrize("accent_first", [True, False])
def test_accents_apart_from_their_letters_are_put_on_them(accent_first):
    text = "Många häckande fåglar på ön vid kafét hördes i går."
    assert read(accented(text, accent_first=accent_first))[0] == text


def test_a_sign_beside_a_letter_is_no_accent():
    def page(canvas):
        canvas.drawString(60, 780, "Det var 5 °C vid ån, och ~a är ett tecken.")

    assert read(drawn(page))[0] == "Det var 5 °C vid ån, och ~a är ett tecken."


@pytest.mark.parametrize("apart", [0, 0.3, 0.6])
@pytest.mark.parametrize("by_letter", [True, False])
def test_letters_that_are_printed_twice_are_read_once(apart, by_letter):
    def page(canvas):
        x = 60
        for part in "Ledavgiften är 850 kronor, Malmö-Lund 11 kr." if by_letter else [
            "Ledavgiften är 850 kronor, Malmö-Lund 11 kr."
        ]:  # fmt: skip
            canvas.drawString(x, 700, part)
            canvas.drawString(x + apart, 700, part)
            x += canvas.stringWidth(part, "Helvetica", 11)

    assert read(drawn(page))[0] == "Ledavgiften är 850 kronor, Malmö-Lund 11 kr."


def test_a_line_that_is_printed_twice_is_bold_and_so_a_heading():
    def page(canvas):
        for apart in (0, 0.35):
            canvas.drawString(60 + apart, 780, "Snöskoterleder")
        for number in range(4):
            canvas.drawString(60, 750 - 14 * number, "Lederna sköts av en förening i kommunen.")

    assert blocks_of(drawn(page))[0] == ("heading", "Snöskoterleder")


# What stands sideways

RESULTS = (
    ("Badplats", "Juni", "Juli", "Bedömning"),
    ("Långviken", "12", "45", "Tjänligt"),
    ("Rudsjön", "890", "1400", "Otjänligt"),
    ("Ekviksbadet", "30", "", "Tjänligt"),
)
ROWS = [
    ("row", "Badplats: Långviken; Juni: 12; Juli: 45; Bedömning: Tjänligt"),
    ("row", "Badplats: Rudsjön; Juni: 890; Juli: 1400; Bedömning: Otjänligt"),
    ("row", "Badplats: Ekviksbadet; Juni: 30; Bedömning: Tjänligt"),
]


def results(canvas):
    canvas.setFont("Helvetica", 11)
    for number, row in enumerate(RESULTS):
        for column, text in enumerate(row):
            canvas.drawString(120 * column, -20 * number, text)


@pytest.mark.parametrize("has_rules", [False, True])
@pytest.mark.parametrize(("degrees", "x", "y"), [(0, 60, 700), (90, 300, 100), (270, 300, 700)])
def test_a_table_is_read_whichever_way_it_is_turned(degrees, x, y, has_rules):
    def page(canvas):
        canvas.drawString(60, 780, "Resultaten av proverna framgår av tabellen nedan.")
        canvas.translate(x, y)
        canvas.rotate(degrees)
        results(canvas)
        if has_rules:
            canvas.grid([-4, 116, 236, 356, 470], [16, -4, -24, -44, -64])

    rows = [block for block in blocks_of(drawn(page)) if block[0] == "row"]
    assert rows == ROWS


def test_a_page_that_is_shown_turned_is_read_with_what_stands_sideways_on_it():
    def page(canvas):
        canvas.setPageRotation(90)
        canvas.translate(300, 100)
        canvas.rotate(90)
        results(canvas)

    assert blocks_of(drawn(page)) == ROWS


def test_the_mark_of_a_signature_on_every_page_is_furniture():
    def page(canvas):
        canvas.drawString(
            60, 700, f"Beslutet på sidan {canvas.getPageNumber()} gäller tills vidare."
        )
        canvas.translate(580, 100)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Signerat elektroniskt av Åsa Öberg")

    blocks = blocks_of(drawn(page, page, page))
    assert blocks[0] == ("notice", "Signerat elektroniskt av Åsa Öberg")
    assert [kind for kind, _ in blocks].count("notice") == 1


# Tables without rules


def test_lines_that_keep_to_two_columns_stay_labels_with_values():
    def page(canvas):
        for number, (label, value) in enumerate((("Plats", "Salen"), ("Tid", "18.00"),
                                                 ("Ordförande", "Åsa Öberg"))):  # fmt: skip
            canvas.drawString(60, 780 - 20 * number, label)
            canvas.drawString(260, 780 - 20 * number, value)

    text, _ = read(drawn(page))
    for line in ("Plats Salen", "Tid 18.00", "Ordförande Åsa Öberg"):
        assert line in text


# Forms


def form(canvas):
    canvas.drawString(60, 704, "Sökandens namn:")
    canvas.acroForm.textfield(name="namn", value="Elvy Grahn", x=200, y=700, width=200, height=18)
    canvas.drawString(60, 664, "Hjälpmedel:")
    canvas.drawString(180, 664, "Rollator")
    canvas.acroForm.checkbox(name="rollator", checked=True, x=160, y=662, size=14)
    canvas.drawString(280, 664, "Rullstol")
    canvas.acroForm.checkbox(name="rullstol", checked=False, x=260, y=662, size=14)
    canvas.drawString(60, 624, "Ort:")
    canvas.acroForm.choice(name="ort", value="Ekvik", options=["Ekvik", "Sjövik"], x=200, y=620,
                           width=200, height=18)  # fmt: skip
    canvas.drawString(60, 584, "Övrigt:")
    canvas.acroForm.textfield(name="tomt", value="", x=200, y=580, width=200, height=18)


def test_what_is_filled_into_a_form_stands_beside_its_label():
    text, _ = read(drawn(form))
    for line in ("Sökandens namn: Elvy Grahn", "Ort: Ekvik"):
        assert line in text
    assert " ".join(text.split()).index("☒ Rollator") < " ".join(text.split()).index("☐ Rullstol")


def test_what_is_filled_into_a_table_stands_in_its_cell():
    def page(canvas):
        canvas.grid([60, 200, 450], [640, 670, 700])
        canvas.drawString(65, 680, "Namn")
        canvas.acroForm.textfield(name="a", value="Elvy Grahn", x=205, y=675, width=200, height=18)
        canvas.drawString(65, 650, "Telefon")
        canvas.acroForm.textfield(name="b", value="0123-456", x=205, y=645, width=200, height=18)

    assert blocks_of(drawn(page)) == [
        ("row", "Namn: Elvy Grahn"), ("row", "Telefon: 0123-456"),
    ]  # fmt: skip


def test_text_in_a_figure_of_its_own_is_read():
    def page(canvas):
        canvas.beginForm("a")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(60, 500, "Inkom till kommunen den 3 maj 2026.")
        canvas.endForm()
        canvas.drawString(60, 700, "Ansökan om bygglov för Sjövik 4:12.")
        canvas.doForm("a")

    assert "Inkom till kommunen den 3 maj 2026." in read(drawn(page))[0]


# What cannot be read


def test_a_scan_in_which_nothing_is_found_is_named(monkeypatch):
    monkeypatch.setattr(pdf.tesseract, "is_available", lambda: True)
    monkeypatch.setattr(pdf.ocr, "read_pages", lambda _, numbers: [(n, []) for n in numbers])
    content = samples.scanned_pdf(["Text"], text_first=True)
    assert read(content)[1] == ("page 2: scanned, and OCR found no text",)
