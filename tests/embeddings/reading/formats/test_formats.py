"""What is read from each format: the text in order, its structure, and where it is from."""

import json
from contextlib import suppress
from datetime import date
from itertools import starmap
from pathlib import Path

import docx
import pytest
from reportlab.platypus import Paragraph

from embeddings.errors import DocumentError
from embeddings.passages.cutting import cut_passages, embedding_text
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.folder import find_files
from embeddings.reading.formats import mail, opendocument, pdf, plain, rows, rtf, web, word
from embeddings.reading.registry import format_of
from embeddings.reading.sources import FileReader
from tests.embeddings.reading.formats import samples
from tests.fakes import missed_words


def document_of(source):
    """The document of a source; whatever its format, each word of it is in some passage."""
    blocks = find_blocks(source)
    document = make_document(source, blocks, find_notices([digests_of(source, blocks)]))
    assert missed_words(document) == []
    return document


def blocks_of(source):
    """Every block as (kind, text), and headings with their level."""
    document = document_of(source)
    return [
        (f"{block.kind.value} {block.level}".removesuffix(" 0"), document.text_of(block))
        for block in document.blocks
    ]


def read(adapter, name, content):
    [source] = adapter.read(name, content).sources
    return source


def passages_of(source):
    return {passage.text: passage for passage in cut_passages(document_of(source))}


# Web pages


@pytest.fixture(scope="module")
def page():
    return read(web, "pm.html", samples.PRESS_RELEASE.encode())


def test_of_a_web_page_the_article_is_read_and_the_furniture_is_not(page):
    for furniture in ("kakor", "Hoppa till", "Pressrum", "Relaterade", "Elnätet", "Facebook",
                      "Om webbplatsen", "Hem"):  # fmt: skip
        assert furniture not in page.text
    assert (
        "Regeringen avsätter 340 miljoner kronor till fjärrvärmenät i fyra kommuner." in page.text
    )


def test_a_web_page_keeps_its_structure(page):
    assert blocks_of(page) == [
        ("metadata", "Pressmeddelande från Klimat- och näringslivsdepartementet"),
        ("heading 1", "Ny satsning på fjärrvärme i Norrland"),
        ("metadata", "Publicerad 14 mars 2024"),
        (
            "paragraph",
            "Regeringen avsätter 340 miljoner kronor till fjärrvärmenät i fyra kommuner. "
            "Det beslutades vid ett möte den 13 mars.",
        ),
        ("caption", "Energiminister Lisbet Ranhög vid panncentralen. Foto: Nils Ström"),
        (
            "statement",
            "– Det här ger tusentals hushåll en tryggare uppvärmning, säger Lisbet Ranhög.",
        ),
        ("heading 2", "Så fördelas pengarna"),
        ("paragraph", "Stödet betalas ut av Energimyndigheten under 2025."),
        ("caption", "Fördelning per kommun"),
        ("row", "Kommun: Älvsborg; Belopp: 120 miljoner kronor; Klart: 2026"),
        ("row", "Kommun: Storberget; Belopp: 90 miljoner kronor; Klart: 2027"),
        ("heading 3", "Villkor"),
        ("paragraph", "Följande villkor gäller:"),
        (
            "list",
            "• Nätet ska drivas med biobränsle\n• Kommunen ska betala halva kostnaden\n"
            "  • Undantag finns för små kommuner\n• Bygget ska börja före 2026",
        ),
        ("heading 2", "Presskontakt"),
        ("list", "Gunilla Åsberg\nPressekreterare\nTelefon 072-123 45 67"),
        ("notice", "Regeringskansliet, växel 08-405 10 00"),
        ("notice", "© 2025 Regeringskansliet"),
    ]


def test_a_web_page_says_where_it_is_from(page):
    said = document_of(page).metadata
    assert said.title == "Ny satsning på fjärrvärme i Norrland"
    assert said.published == date(2024, 3, 14)
    assert said.publisher == "Klimat- och näringslivsdepartementet"
    assert said.url == "https://www.example.org/pressmeddelanden/2024/03/fjarrvarme/"
    assert said.language == "sv"


def test_a_row_of_a_table_is_a_passage_with_the_caption_among_its_headings(page):
    passage = passages_of(page)["Kommun: Älvsborg; Belopp: 120 miljoner kronor; Klart: 2026"]
    assert passage.context.headings == ("Så fördelas pengarna", "Fördelning per kommun")
    assert "Fördelning per kommun" in embedding_text(passage)


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("utf-8", "utf-8"), ("iso-8859-1", "cp1252"), ("windows-1252", "cp1252"), ("utf-8", "utf-16"),
     ("finns-inte", "utf-8"), ("utf-8", "latin-1")],
)  # fmt: skip
def test_the_encoding_of_a_web_page_is_what_it_is_whatever_it_says(declared, encoding):
    text = samples.PRESS_RELEASE.replace('charset="utf-8"', f'charset="{declared}"')
    text = text.replace("–", "-") if encoding == "latin-1" else text
    source = read(web, "a.html", text.encode(encoding))
    assert "Energiminister Lisbet Ranhög" in source.text


def test_a_page_of_a_few_words_is_read_whole():
    source = read(
        web, "a.htm", b"<title>x</title><p>Kort sida.</p><div>Tv\xc3\xa5 rader<br>h\xc3\xa4r</div>"
    )
    assert source.text == "Kort sida.\n\nTvå rader\nhär"


def test_a_short_page_keeps_its_table_and_loses_its_menu():
    page = (
        "<body><nav><ul><li>Start</li></ul></nav><div class='cookie-info'>Vi har kakor.</div>"
        "<h1>Deltagare</h1><table><tr><th>Namn</th><th>Myndighet</th></tr><tr><td>Nils Öberg</td>"
        "<td>Kriminalvården</td></tr></table><footer>Om oss</footer></body>"
    )
    source = read(web, "a.html", page.encode())
    assert source.text == "Deltagare\n\nNamn: Nils Öberg; Myndighet: Kriminalvården"


GRAPH = """<html lang="en"><head><meta property="og:site_name" content="Portalen">
<script type="application/ld+json">{trasig</script>
<script type="application/ld+json">{"@graph": [{"@type": "Organization", "name": "Portalen"},
{"@type": "NewsArticle", "headline": "Ny bro", "datePublished": "2022-01-02", "inLanguage": "sv-SE",
"publisher": [{"@type": "Organization", "name": "Trafikverket"}]}]}</script></head><body>
<h1>Bron</h1>
<p>Bron över Klarälven ska stå klar under hösten 2026 och väntas kosta 45 miljoner kronor.</p>
<p>Den gamla bron rivs så snart den nya är invigd, säger projektledaren.</p></body></html>"""


def test_json_ld_goes_before_what_else_a_page_says():
    said = read(web, "a.html", GRAPH.encode()).metadata
    assert (said.title, said.publisher, said.published, said.language) == (
        "Ny bro",
        "Trafikverket",
        date(2022, 1, 2),
        "sv",
    )


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="DCTERMS.issued" content="2024-02-03"><meta name="DC.publisher" content="Ån">',
        '<meta property="article:published_time" content="2024-02-03T10:00:00Z">'
        '<meta property="og:site_name" content="Ån">',
    ],
)
def test_meta_elements_say_when_and_by_whom(head):
    page = GRAPH[GRAPH.index("<body>") :]
    said = read(web, "a.html", f"<html><head>{head}</head>{page}".encode()).metadata
    assert (said.publisher, said.published) == ("Ån", date(2024, 2, 3))


def test_a_page_that_is_said_to_have_a_footer_is_not_taken_for_one():
    article = "".join(f"<p>{'Simhallen har öppet alla dagar, men inte i jul. ' * 4}{n}</p>"
                      for n in range(4))  # fmt: skip
    page = (
        f"<body class='has-footer'><main>{article}</main><footer><p>Kontakta oss här.</p></footer>"
    )
    source = read(web, "a.html", f"<html>{page}</body></html>".encode())
    plain_page = page.replace(" class='has-footer'", "")
    assert source.text == read(web, "a.html", f"<html>{plain_page}</body></html>".encode()).text


def test_a_page_is_read_up_to_where_it_is_nested_too_deep():
    text = "Simhallen har öppet alla dagar, men inte i jul. Då är den stängd."
    page = f"<html><body><p>{text}</p>{'<div>' * 3000}<p>Efter.</p></body></html>".encode()
    reading = web.read("a.html", page)
    assert text in reading.sources[0].text
    assert reading.notes == (
        "it is read up to where its elements are nested too deep; save it again",
    )


def test_a_page_that_is_nested_too_deep_from_the_beginning_is_said_to_be(tmp_path):
    (tmp_path / "a.html").write_text(f"<html><body>{'<div>' * 3000}Simhallen</body></html>")
    [file], _ = find_files(tmp_path)
    with FileReader() as reader, pytest.raises(DocumentError, match="nested too deep"):
        reader.read(file)


def test_terms_go_with_their_descriptions():
    page = (
        "<main><h1>Simhallen i Solvik</h1><p>Simhallen har öppet alla dagar utom på julafton, "
        "och bastun är stängd på måndagar på grund av städning.</p><dl><dt>Måndag</dt>"
        "<dd>06–20</dd><dt>Tisdag:</dt><dd>06–21</dd></dl><ol><li>Duscha</li><li>Bada</li></ol>"
        "<p>Välkommen till simhallen, hälsar alla vi som arbetar här, och glöm inte hänglås.</p>"
        "</main>"
    )
    lists = [text for kind, text in blocks_of(read(web, "a.html", page.encode())) if kind == "list"]
    assert lists == ["• Måndag: 06–20\n• Tisdag: 06–21", "1. Duscha\n2. Bada"]


# PDF


@pytest.fixture(scope="module")
def minutes():
    return read(pdf, "protokoll.pdf", samples.minutes_pdf())


def test_columns_are_read_one_after_the_other(minutes):
    order = [minutes.text.index(f"§ {number} ") for number in range(41, 60)]
    assert order == sorted(order)


def test_words_broken_at_the_end_of_a_line_are_made_whole(minutes):
    assert "Samhällsbyggnadsförvaltningen får i uppdrag" in minutes.text
    assert "klimat- och energiåtgärder och EU-stöd." in minutes.text


def test_headers_and_footers_are_notices_and_stand_once(minutes):
    notices = [text for kind, text in blocks_of(minutes) if kind == "notice"]
    assert notices == ["Solviks kommun", "SAMMANTRÄDESPROTOKOLL 2024-05-03",
                       "Sida 1 (3)", "Justerandes signatur"]  # fmt: skip
    for text in notices:
        assert minutes.text.count(text) == 1
    assert "Sida 2" not in minutes.text


def test_headings_tables_and_captions_of_a_pdf_survive(minutes):
    blocks = blocks_of(minutes)
    assert ("heading 1", "Protokoll från kommunstyrelsen") in blocks
    assert ("heading 2", "§ 41 Detaljplan för Sjövik") in blocks
    assert ("caption", "Tabell 1. Nämndernas ramar") in blocks
    assert ("row", "Nämnd: Barn och skola; Budget 2024: 12 000; Utfall: 11 500") in blocks
    assert ("row", "Nämnd: Omsorg; Budget 2024: 9 000; Utfall: 9 800") in blocks


def test_a_passage_of_a_pdf_knows_its_page(minutes):
    document = document_of(minutes)
    assert len(minutes.pages) == 3
    assert document.page_at(minutes.text.index("§ 41")) == 1
    assert document.page_at(minutes.text.index("§ 59 ")) == 3
    assert document.page_at(len(minutes.text)) == 3


def test_a_pdf_says_where_it_is_from(minutes):
    said = document_of(minutes).metadata
    assert said.title == "Protokoll från kommunstyrelsen"  # and not the name of a Word file
    assert said.published is None  # the day in the head of its pages is that of the meeting
    assert said.publisher == "Solviks kommun"


def test_a_title_that_somebody_gave_a_pdf_is_kept():
    made = samples.pdf([Paragraph("Nämnden beslutar enligt förslaget.", samples.BODY)],
                       title="Årsredovisning 2023", author="(anonymous)")  # fmt: skip
    source = read(pdf, "å.pdf", made)
    assert source.metadata.title == "Årsredovisning 2023"
    assert source.hints.publisher is None


def test_a_paragraph_goes_on_across_pages():
    source = read(pdf, "a.pdf", samples.paragraph_over_pages_pdf())
    assert source.text == (
        "Nämnden beslutade att ge bidrag till den nya simhallen i Solvik, som ska stå klar under "
        "hösten. Bidraget är på två miljoner."
    )
    assert source.text[source.pages[1] :].startswith("vik, som")


def test_the_rest_of_a_table_has_the_names_of_its_columns():
    source = read(pdf, "a.pdf", samples.table_over_pages_pdf())
    rows_of = [text for kind, text in blocks_of(source) if kind == "row"]
    assert rows_of == [f"Post: Post nummer {n}; Belopp: {n} 000; År: 2024" for n in range(80)]
    assert len(source.pages) > 1


def test_a_label_is_read_with_the_value_beside_it():
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas("x", pagesize=samples.A4)
    for number, (label, value) in enumerate(
        [("Plats och tid", "Kommunhuset i Solvik, klockan 9.00–11.30"),
         ("Beslutande", "Karin Öman (S), ordförande"), ("Sekreterare", "Nils Ström")]
    ):  # fmt: skip
        canvas.drawString(60, 700 - 40 * number, label)
        canvas.drawString(260, 700 - 40 * number, value)
    source = read(pdf, "a.pdf", canvas.getpdfdata())
    assert "Beslutande Karin Öman (S), ordförande" in source.text
    assert "Sekreterare Nils Ström" in source.text


# Word


@pytest.fixture(scope="module")
def decision():
    return read(word, "beslut.docx", samples.decision_docx())


def test_a_word_document_keeps_its_structure(decision):
    assert blocks_of(decision) == [
        ("notice", "Solviks kommun Dnr KS 2024/117"),
        ("notice", "Storgatan 1, 123 45 Solvik"),
        ("heading 1", "Beslut om bidrag till Solviks simhall"),
        ("heading 2", "Beslut"),
        ("paragraph", "Nämnden beviljar Solviks simsällskap 450 000 kronor i bidrag."),
        ("heading 3", "Skäl"),
        ("paragraph", "Bidraget ges av följande skäl:"),
        ("list", "• Simhallen används av alla skolor\n• Föreningen är öppen för alla\n"
                 "1. Anmäl att bidraget tas emot\n2. Redovisa det före den 1 mars"),
        ("caption", "Tabell 1 Beviljade bidrag"),
        ("row", "Förening: Solviks simsällskap; Sökt: 600 000; Beviljat: 450 000"),
        ("row", "Förening: Solviks IF; Sökt: 80 000"),
        ("paragraph", "Beslutet får överklagas inom tre veckor."),
        ("paragraph", "Handläggare är Nils Ström."),
        ("paragraph", "Frågor besvaras på telefon 0123-456 78."),
    ]  # fmt: skip


def test_a_word_document_says_where_it_is_from(decision):
    said = document_of(decision).metadata
    assert said.title == "Beslut om bidrag till Solviks simhall"
    assert (said.publisher, said.published) == (
        "Karin Öman",
        None,
    )  # when it was saved says nothing
    assert said.language == "sv"


def test_headings_that_word_numbers_have_their_numbers():
    source = read(word, "a.docx", samples.numbered_docx())
    headings = [text for kind, text in blocks_of(source) if kind.startswith("heading")]
    assert headings == ["§ 41 Detaljplan", "§ 42 Budget"]


def test_what_a_template_says_of_itself_is_not_taken_for_the_document():
    document = docx.Document()
    document.add_paragraph("Ett kort brev om ålen i ån.")
    source = read(word, "a.docx", samples.saved(document))
    assert source.hints.published is None
    assert source.hints.publisher is None


def test_a_cell_over_rows_is_read_in_each_of_them():
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    cells = [["Nämnd", "År", "Belopp"], ["Skola", "2023", "10 000"], ["", "2024", "12 000"]]
    for row, texts in zip(table.rows, cells, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    source = read(word, "a.docx", samples.saved(document))
    assert (
        source.text
        == "Nämnd: Skola; År: 2023; Belopp: 10 000\n\nNämnd: Skola; År: 2024; Belopp: 12 000"
    )


# OpenDocument, rich text, e-mail


def test_an_opendocument_text_keeps_its_structure():
    source = read(opendocument, "svar.odt", samples.odt())
    assert blocks_of(source) == [
        ("notice", "Solviks kommun"),
        ("heading 1", "Remissvar om bullerskydd"),
        ("heading 2", "Sammanfattning"),
        ("paragraph", "Solviks kommun tillstyrker förslaget med två ändringar."),
        ("list", "• Skydden ska vara gröna\n  • Helst murgröna\n• Staten ska betala"),
        ("row", "Sträcka: Väg 41; Längd: 300 meter"),
        ("paragraph", "Beslutat i nämnden den 4 juni."),
    ]
    said = document_of(source).metadata
    assert (said.title, said.publisher, said.published, said.language) == (
        "Remissvar om bullerskydd", "Karin Öman", None, "sv",
    )  # fmt: skip


def test_rich_text_is_read_with_its_tables():
    source = read(rtf, "beslut.rtf", samples.RTF)
    assert blocks_of(source) == [
        ("heading 2", "Beslut om åker och äng"),
        ("paragraph", "Nämnden beslutar att sälja åkern – för 40 000 kronor."),
        ("row", "Köpare: Bo Ek; Pris: 40 000; Datum: 2024-06-01"),
        ("paragraph", "Protokollet justerades samma dag."),
    ]
    assert source.metadata.title == "Beslut om åker"
    assert (source.hints.publisher, source.hints.published) == ("Karin Öman", date(2024, 5, 3))


HEAD = (
    "Från: Åsa Öberg; Till: Nils Ström, larm@example.org; Datum: 2024-05-03; "
    "Ämne: Mötet om skolskjuts på måndag"
)
ADDRESSES = (
    "E-post (från): Åsa Öberg <asa.oberg@example.org>; E-post (till): Nils Ström <nils@example.org>"
)


def test_a_letter_is_read_with_its_head_and_its_html():
    source = read(mail, "brev.eml", samples.mail())
    assert blocks_of(source) == [
        ("heading 1", "Mötet om skolskjuts på måndag"),
        ("row", HEAD),
        ("row", ADDRESSES),
        ("paragraph", "Hej!"),
        ("paragraph", "Vi ses klockan 10 i Blå rummet."),
        ("list", "• Skolskjuts\n• Lunch"),
        ("row", "Buss: 41; Avgår: 07.15"),
    ]
    said = document_of(source).metadata
    assert (said.title, said.publisher, said.published) == (
        "Mötet om skolskjuts på måndag", "Åsa Öberg", date(2024, 5, 3),
    )  # fmt: skip


def test_a_letter_of_plain_text_is_read():
    source = read(mail, "brev.eml", samples.mail(html=False))
    assert source.text.endswith("Hej!\n\nVi ses klockan 10 i Blå rummet.\n\n/Åsa")


def test_attachments_are_named_and_noted():
    reading = mail.read("brev.eml", samples.mail(attachment=True))
    assert "Bilagor: bilagor åäö.zip" in reading.sources[0].text
    [note] = reading.notes
    assert "not read (bilagor åäö.zip)" in note


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: =?utf-8?q?=C3=85?=\r\nContent-Type: text/plain; charset=x\r\n\r\nHej d\xe4r",
        b"Subject: A\r\nDate: i g\xe5r\r\nFrom: <<>>,;\r\n\r\nHej",
        b"Subject: A\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHej\r\n",
    ],
)
def test_a_malformed_letter_is_read_as_far_as_it_goes(content):
    assert "Hej" in read(mail, "a.eml", content).text


# Rows


def test_each_row_of_a_table_is_a_document():
    sources = rows.read("bidrag.csv", samples.CSV).sources
    assert [source.name for source in sources] == ["bidrag.csv#row=2", "bidrag.csv#row=4"]
    first, second = sources
    assert first.text == (
        "Förening: Solviks IF; Beviljat belopp: 45 000; Datum: 2024-03-01; "
        "Länk: https://example.org/1\n\nStöd till\nungdomslag"
    )
    assert first.metadata.published == date(2024, 3, 1)
    assert first.metadata.url == "https://example.org/1"
    assert second.text.startswith('Förening: Åkers "gamla" BK; Beviljat belopp: 12 000')


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    content = f"Namn{delimiter}Roll\nÅsa{delimiter}ordförande\n".encode("utf-8-sig")
    [source] = rows.read("a.csv", content).sources
    assert source.text == "Namn: Åsa; Roll: ordförande"


def test_a_row_of_a_table_has_no_title_of_its_own_and_one_with_running_text_has():
    table = rows.read("avgifter.csv", "Ärende;Avgift\nBygglov;900\nEldning;80\n".encode())
    assert [one.metadata.title for one in table.sources] == [None, None]
    [news] = rows.read("nytt.csv", "Rubrik;Text\nBron rivs;Den är gammal.\n".encode()).sources
    assert news.metadata.title == "Bron rivs"


def test_each_line_of_json_is_a_document():
    lines = [
        {"title": "Nytt badhus", "text": "Badhuset öppnar.\n\nDet är blått.", "date": "2024-05-03",
         "taggar": ["bad", "sport"], "plats": {"ort": "Solvik"}, "öppet": True, "antal": 3},
        ["ingen post"],
        {"rubrik": "Andra"},
    ]  # fmt: skip
    content = "\n".join(json.dumps(one) for one in lines) + "\n{trasig\n\n"
    reading = rows.read("a.jsonl", content.encode())
    first, second = reading.sources
    assert (first.name, second.name) == ("a.jsonl#row=1", "a.jsonl#row=3")
    assert blocks_of(first)[:2] == [
        ("heading 1", "Nytt badhus"),
        ("row", "title: Nytt badhus; date: 2024-05-03; taggar: bad, sport; plats: ort: Solvik; "
                "öppet: ja; antal: 3"),
    ]  # fmt: skip
    assert first.text.endswith("Badhuset öppnar.\n\nDet är blått.")
    assert second.metadata.title == "Andra"
    assert reading.notes == ("row 2 is no JSON object", "row 4 is no JSON object")


@pytest.mark.parametrize("depth", [200, 400, 900, 2000, 100_000])
def test_a_row_of_json_that_is_nested_deep_is_read_or_named(depth):
    deep = f'{{"a": {"[" * depth}"Åsa"{"]" * depth}}}'
    reading = rows.read("a.jsonl", f'{{"a": "Bo"}}\n{deep}\n{{"a": "Eva"}}'.encode())
    assert len(reading.sources) + len(reading.notes) == 3
    assert not any("\n" in note for note in reading.notes)


def test_a_row_with_more_or_fewer_cells_than_names_is_read():
    [first, second] = rows.read("a.csv", b"a,b\n1,2,3\n4\n").sources
    assert (first.text, second.text) == ("a: 1; b: 2; 3: 3", "a: 4")


# Which format


@pytest.mark.parametrize(
    ("name", "content", "module"),
    [
        ("a.txt", b"%PDF-1.7", "pdf"),
        ("a", b"%PDF-1.7", "pdf"),
        ("a.doc", samples.RTF, "rtf"),
        ("a.txt", b"<!DOCTYPE html><html>", "web"),
        ("a.bin", samples.decision_docx(), "word"),
        ("a.bin", samples.odt(), "opendocument"),
        ("a.docx", b"PK\x03\x04", "word"),
        ("a.md", b"<html>", "plain"),
        ("a.TXT", b"text", "plain"),
        ("a.html", b"text", "web"),
    ],
)
def test_the_format_is_what_a_file_holds_and_else_what_it_is_called(name, content, module):
    chosen = format_of(name, content)
    assert chosen is not None
    assert chosen.module == module


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", b"PK\x03\x04"),
        ("a.txt", b"PK\x03\x04" + bytes(99)),
        ("a.xls", b"\xd0\xcf"),
        ("a", b"x"),
    ],
)
def test_what_cannot_be_read_has_no_format(name, content):
    assert format_of(name, content) is None


# What is malformed


@pytest.mark.parametrize(
    ("adapter", "content", "message"),
    [
        (pdf, b"%PDF-1.7\ntrasig", "damaged"),
        (pdf, samples.minutes_pdf(password="hemligt"), "encrypted"),
        (pdf, samples.pdf([]), "no text"),
        (word, b"PK\x03\x04trasig", "damaged"),
        (word, samples.zipped({"a.txt": "x"}), "damaged"),
        (word, samples.zip_bomb(), "unpacks to 1100 MB.*over the 512 MB"),
        (opendocument, samples.odt(content="<trasig"), "damaged"),
        (opendocument, samples.zipped({"a.txt": "x"}), "damaged"),
        (opendocument, samples.zip_bomb("content.xml"), "unpacks to 1100 MB"),
        (web, b"\0\0\0", "not a text file"),
        (web, b"  ", "empty"),
        (mail, b"\n\nHej", "no e-mail"),
    ],
)
def test_what_is_malformed_is_said_in_one_line(adapter, content, message):
    with pytest.raises(DocumentError, match=message) as error:
        adapter.read("å", content)
    assert "\n" not in str(error.value)


# Structure that flat files leave to be found


FLAT = """<html><head><title>Samling</title></head><body><div class=top><a href=/>Start</a></div>
<div class=main><div class=box><b>Bron över ån, Dir. 1994:103</b></div>
<div class=box><b>Departement:</b> Vägdepartementet</div>
<div class=box><b>Beslut:</b> 1994-09-15</div>
<div class=text>Sammanfattning

En utredare ska se över bron, som byggdes av trä för länge
sedan och som ingen har lagat. Arbetet ska redovisas till
regeringen senast den 31 maj.

Bakgrund

Bron ska bland annat ha

- räcken på båda sidor om den,

- lyktor som lyser om natten.
</div></div></body></html>"""


def test_a_page_set_by_line_ends_alone_keeps_its_headings_paragraphs_and_lists():
    [source] = web.read("a.html", FLAT.encode()).sources
    found = blocks_of(source)
    assert ("heading 2", "Sammanfattning") in found
    assert ("heading 2", "Bakgrund") in found
    assert any(kind == "row" and "Departement: Vägdepartementet" in text for kind, text in found)
    assert any(kind == "list" and "lyktor" in text and "räcken" in text for kind, text in found)
    assert source.metadata.published is None  # a decision is no publication


def test_a_page_set_by_breaks_alone_keeps_its_paragraphs():
    page = (
        "<html><body><div>Rubrik om ån<br><br>Bron över ån byggs av <i>trä</i> och järn i år.<br/>"
        "<br>Den kostar två miljoner kronor, säger Åsa.</div></body></html>"
    )
    [source] = web.read("a.html", page.encode()).sources
    assert source.text.split("\n\n") == [
        "Rubrik om ån",
        "Bron över ån byggs av trä och järn i år.",
        "Den kostar två miljoner kronor, säger Åsa.",
    ]


def test_a_list_of_links_and_what_opens_in_an_article_are_content():
    links = "".join(f"<li><a href=/p{n}>Ledamot {n} Ek</a></li>" for n in range(7))
    page = (
        "<html><body><nav><ul><li><a href=/>Start</a></li></ul></nav><main><h1>Vägnämnden</h1>"
        "<p>Vägnämnden ansvarar för vägar och broar i kommunen, och sammanträder en gång i månaden "
        f"i stadshuset.</p><h2>Ledamöter</h2><ul>{links}</ul>"
        "<h3><button aria-expanded=false>Kan jag lyssna?</button></h3><div>Ja, alla får det.</div>"
        "</main><footer><p>Kommunen</p></footer></body></html>"
    )
    [source] = web.read("a.html", page.encode()).sources
    assert source.text.count("Ledamot ") == 7
    assert "Kan jag lyssna?\n\nJa, alla får det." in source.text
    assert "Start" not in source.text
    assert "Kommunen" not in source.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sep=;\nLokal;Hyra\nSalen;350\n", {3: "Lokal: Salen; Hyra: 350"}),
        ("Uttag 2026-03-01, alla\n\nLokal;Hyra\nSalen;350\nScenen;180\n",
         {4: "Lokal: Salen; Hyra: 350", 5: "Lokal: Scenen; Hyra: 180"}),
        ("Namn\nÅsa\nÖrjan\n", {2: "Namn: Åsa", 3: "Namn: Örjan"}),
    ],
)  # fmt: skip
def test_the_names_of_columns_are_found_below_what_stands_above_them(text, said):
    sources = rows.read("a.csv", text.encode()).sources
    found = {source.name.partition("=")[2]: source.text.split("\n\n")[-1] for source in sources}
    assert {int(number): row for number, row in found.items()} == said
    if text.startswith("Uttag"):
        assert all(source.text.startswith("Uttag 2026-03-01, alla") for source in sources)


@pytest.mark.parametrize(
    ("front", "is_front"),
    [
        ("Obs! Ny tid: kl. 19.00: lokalen är densamma.\n", False),
        ("**BRF**\nOrdförande: Åsa Ek, tel. 070\n", False),
        ("title: Läckan: en rapport\nansvarig: Åsa\n", True),
        ("title: Läckan\nplats: Åmål\nnärvarande: [Åsa, Örjan]\nweight: 10\n", True),
    ],
)
def test_what_stands_between_rules_is_never_lost(front, is_front):
    text = f"---\n{front}---\n\nÅsa kom till mötet, sent på kvällen.\n"
    [source] = plain.read("a.md", text.encode()).sources
    assert (source.body > 0) == is_front
    document = document_of(source)
    covered = " ".join(passage.text for passage in cut_passages(document))
    for part in ("densamma", "070", "ansvarig: Åsa", "plats: Åmål", "närvarande: [Åsa, Örjan]"):
        assert (part in covered) == (part in text)


REAL = Path(__file__).parents[4].parent / "shared" / "real"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
def test_every_word_of_real_files_is_in_a_passage_and_no_two_titles_are_alike():
    with FileReader() as reader:
        found = []
        for file in find_files(REAL)[0]:
            with suppress(DocumentError):  # a format that is not read on this machine
                found += reader.read(file).sources
    parsed = [(source, find_blocks(source)) for source in found]
    notices = find_notices(starmap(digests_of, parsed))
    documents = [make_document(*one, notices) for one in parsed]
    titles = [document.title.casefold() for document in documents]
    assert len(set(titles)) == len(titles) > 25
    assert not [title for title in titles if "rättsdatabas" in title or "lagrummet" in title]
    assert {document.name: missed_words(document) for document in documents} == {
        document.name: [] for document in documents
    }


def read_page(body):
    [source] = web.read("a.html", f"<html><body>{body}</body></html>".encode()).sources
    return source


ARTICLE = (
    "<p>" + "Simhallen ligger vid ån och har två bassänger för den som vill simma. " * 3 + "</p>"
)


def test_what_a_page_says_beside_its_article_of_contacts_and_changes_is_furniture():
    source = read_page(
        f"<nav><a href='/'>Start</a> <a href='/b'>Bygga</a></nav><main><h1>Simhallen</h1>{ARTICLE}"
        "</main><footer><p>Åmåls kommun, Torget 1<br>Växel 0532-171 00</p><p>Om kakor</p>"
        "<p>Senast uppdaterad 3 maj 2023</p></footer>"
    )
    furniture = [text for kind, text in blocks_of(source) if kind == "notice"]
    assert furniture == ["Åmåls kommun, Torget 1 Växel 0532-171 00", "Senast uppdaterad 3 maj 2023"]
    assert "kakor" not in source.text


def test_what_stands_beside_and_below_an_article_is_furniture_but_for_links_and_the_masthead():
    source = read_page(
        "<header><a href='/'>Lillviks kommun</a><p>Sök på hela sidan</p></header>"
        f"<main><h1>Simhallen</h1>{ARTICLE}</main>"
        "<aside><h2>Läs även</h2><ul><li><a href='/a'>Så värms vattnet i bassängen</a></li></ul>"
        "<p>Mellan 2004 och 2011 var Ada Frid badmästare, se <a href='/f'>mer</a>.</p></aside>"
        "<footer><p>Sidansvarig: Bo Holm</p><p>Om oss</p>"
        "<form><p>Anmäl dig till vårt nyhetsbrev</p></form></footer>"
    )
    furniture = [text for kind, text in blocks_of(source) if kind == "notice"]
    assert furniture == ["Mellan 2004 och 2011 var Ada Frid badmästare, se mer.",
                         "Sidansvarig: Bo Holm"]  # fmt: skip
    assert "Lillviks" not in source.text


def test_code_within_a_line_and_the_lines_of_what_is_set_are_kept():
    source = read_page(f"<main><h1>Ån</h1>{ARTICLE}<p>Kör <code>ls</code> nu.</p>"
                       "<pre>Rad ett\nRad två</pre></main>")  # fmt: skip
    assert "Kör ls nu." in source.text
    assert "Rad ett\nRad två" in source.text


def test_cells_over_columns_and_rows_keep_the_names_of_their_columns():
    source = read_page(
        f"<main><h1>Ån</h1>{ARTICLE}<table><tr><th rowspan=2>Skola</th><th colspan=2>2023</th></tr>"
        "<tr><th>Flickor</th><th>Pojkar</th></tr><tr><td>Norr</td><td>3</td><td>4</td></tr>"
        "<tr><td rowspan=2>Söder</td><td>7</td><td>7</td></tr><tr><td>1</td><td>2</td></tr></table>"
        "</main>"
    )
    assert [text for kind, text in blocks_of(source) if kind == "row"] == [
        "Skola: Norr; 2023 Flickor: 3; 2023 Pojkar: 4",
        "Skola: Söder; 2023 Flickor, 2023 Pojkar: 7",
        "Skola: Söder; 2023 Flickor: 1; 2023 Pojkar: 2",
    ]
