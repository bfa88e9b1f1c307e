"""Documents as people meet them, made here: a web page, minutes, a decision, a letter, a table."""

import io
import zipfile
from datetime import datetime
from email.message import EmailMessage

import docx
import pypdfium2
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.lib import colors, pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageTemplate,
    Paragraph,
    Table,
)

PRESS_RELEASE = """\
<!DOCTYPE html>
<html lang="sv">
<head>
<meta charset="utf-8">
<title>Ny satsning på fjärrvärme i Norrland - Regeringen</title>
<meta property="og:title" content="Ny satsning på fjärrvärme i Norrland">
<meta property="og:site_name" content="Regeringskansliet">
<link rel="canonical" href="https://www.example.org/pressmeddelanden/2024/03/fjarrvarme/">
<script type="application/ld+json">
{"@context": "https://schema.org", "@type": "NewsArticle",
 "headline": "Ny satsning på fjärrvärme i Norrland",
 "datePublished": "2024-03-14T09:30:00+01:00", "dateModified": "2024-04-01", "inLanguage": "sv",
 "publisher": {"@type": "Organization", "name": "Klimat- och näringslivsdepartementet"}}
</script>
<style>.h1 { font-size: 2em }</style>
</head>
<body>
<div id="cookie-banner" class="cookie-consent" role="dialog" aria-label="Kakor">
  <p>Vi använder kakor för att webbplatsen ska fungera på ett bra sätt för dig.</p>
  <button>Godkänn alla kakor</button>
</div>
<header>
  <a href="#content">Hoppa till innehåll</a>
  <nav><ul><li><a href="/">Start</a></li><li><a href="/press">Pressrum</a></li>
  <li><a href="/sa-styrs-sverige">Så styrs Sverige</a></li></ul></nav>
</header>
<nav class="breadcrumb"><a href="/">Hem</a> / <a href="/p">Pressmeddelanden</a></nav>
<main id="content"><article>
<p class="vignette">Pressmeddelande från <a href="/kn">Klimat- och näringslivsdepartementet</a></p>
<h1>Ny satsning på fjärrvärme i Norrland</h1>
<p class="published">Publicerad <time datetime="2024-03-14">14 mars 2024</time></p>
<p class="ingress">Regeringen avsätter 340 miljoner kronor till fjärrvärmenät
i fyra kommuner. Det beslutades vid ett möte den 13&nbsp;mars.</p>
<figure><img src="a.jpg" alt="">
<figcaption>Energiminister Lisbet Ranhög vid panncentralen. Foto: Nils Ström</figcaption></figure>
<p>– Det här ger tusentals hus&shy;håll en tryggare upp&shy;värmning, säger Lisbet Ranhög.</p>
<h2>Så fördelas pengarna</h2>
<p>Stödet betalas ut av Energimyndigheten under 2025.</p>
<table><caption>Fördelning per kommun</caption>
<thead><tr><th>Kommun</th><th>Belopp</th><th>Klart</th></tr></thead>
<tbody><tr><td>Älvsborg</td><td>120&nbsp;miljoner kronor</td><td>2026</td></tr>
<tr><td>Storberget</td><td>90 miljoner kronor</td><td>2027</td></tr></tbody></table>
<h3>Villkor</h3>
<p>Följande villkor gäller:</p>
<ul><li>Nätet ska drivas med biobränsle</li>
<li>Kommunen ska betala halva kostnaden<ul><li>Undantag finns för små kommuner</li></ul></li>
<li>Bygget ska börja före 2026</li></ul>
<h2>Presskontakt</h2>
<p>Gunilla Åsberg<br>Pressekreterare<br>Telefon 072-123 45 67</p>
</article>
<aside class="related"><h2>Relaterade nyheter</h2>
<ul><li><a href="/1">Elnätet byggs ut i Skåne</a></li>
<li><a href="/2">Ny utredning om vattenkraft</a></li></ul></aside>
<div class="share-links"><h2>Dela sidan</h2><a href="#">Facebook</a></div>
</main>
<footer><h2>Kontakta oss</h2><p>Regeringskansliet, växel 08-405 10 00</p>
<ul><li><a href="/om">Om webbplatsen</a></li></ul><p>© 2025 Regeringskansliet</p></footer>
</body>
</html>
"""

# PDF

_STYLES = getSampleStyleSheet()
BODY = ParagraphStyle("body", parent=_STYLES["BodyText"], fontName="Times-Roman", fontSize=10)
HEADING, TITLE = _STYLES["Heading2"], _STYLES["Title"]
_GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]


def minutes_pdf(*, password=None):
    """The minutes of a municipality: two columns on three pages, head and foot, a table."""

    def furniture(canvas, document):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(2 * cm, 28.5 * cm, "Solviks kommun")
        canvas.drawString(9 * cm, 28.5 * cm, "SAMMANTRÄDESPROTOKOLL 2024-05-03")
        canvas.drawString(10 * cm, 1.2 * cm, f"Sida {document.page} (3)")
        canvas.drawString(2 * cm, 1.2 * cm, "Justerandes signatur")

    columns = [Frame(x * cm, 2 * cm, 8 * cm, 25.5 * cm, id=str(x)) for x in (2, 11)]
    story = [Paragraph("Protokoll från kommunstyrelsen", TITLE)]
    story += [
        Paragraph("§ 41 Detaljplan för Sjövik", HEADING),
        Paragraph(
            "Kommunstyrelsen beslutar att anta detaljplanen för Sjövik. Samhällsbygg-<br/>"
            "nadsförvaltningen får i uppdrag att återkomma med en kostnadsberäkning senast den "
            "3 oktober 2024. Det gäller klimat- <br/>och energiåtgärder och EU-<br/>stöd.",
            BODY,
        ),
        Paragraph("Ordförande Karin Öman yrkar bifall till förslaget.", BODY),
        Paragraph("§ 42 Budget", HEADING),
        Paragraph("Nämndernas ramar framgår av tabellen.", BODY),
        Paragraph("Tabell 1. Nämndernas ramar", BODY),
        budget_table(),
    ]
    for number in range(43, 60):
        story += [
            Paragraph(f"§ {number} Ärende om väg {number}", HEADING),
            Paragraph(_case(number), BODY),
        ]
    made = io.BytesIO()
    document = BaseDocTemplate(
        made,
        pagesize=A4,
        title="Microsoft Word - prot 240503.docx",
        author="Solviks kommun",
        encrypt=pdfencrypt.StandardEncryption(password, ownerPassword="o") if password else None,
    )
    document.addPageTemplates(PageTemplate("page", columns, onPage=furniture))
    document.build(story)
    return made.getvalue()


def _case(number):
    return (
        f"Väg {number} ska beläggas om under sommaren. Arbetet utförs av Nordvägs Bygg AB och "
        f"beräknas kosta {number} 000 kronor. Trafiken leds om över Storgatan medan arbetet "
        "pågår, och bussarna stannar vid torget i stället för vid skolan. Förvaltningen "
        "informerar de boende i god tid innan arbetet börjar. "
    ) * 2


def budget_table():
    """A ruled table with a cell of two lines."""
    rows = [
        ["Nämnd", "Budget 2024", "Utfall"],
        ["Barn och\nskola", "12 000", "11 500"],
        ["Omsorg", "9 000", "9 800"],
    ]
    return Table(rows, style=_GRID)


def table_over_pages_pdf():
    """A table that goes on for pages, with its names repeated on each."""
    rows = [
        ["Post", "Belopp", "År"],
        *([f"Post nummer {n}", f"{n} 000", "2024"] for n in range(80)),
    ]
    return pdf([Table(rows, style=_GRID, repeatRows=1)])


def pdf(story, **said):
    """A PDF of one column with these flowables."""
    made = io.BytesIO()
    document = BaseDocTemplate(made, pagesize=A4, **said)
    frame = Frame(2 * cm, 2 * cm, 17 * cm, 25 * cm)
    document.addPageTemplates([PageTemplate("page", [frame])])
    document.build(story)
    return made.getvalue()


def paragraph_over_pages_pdf():
    """A paragraph that goes on on the next page, in the middle of a word."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 740, "Nämnden beslutade att ge bidrag till den nya simhallen i Sol-")
    canvas.showPage()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 780, "vik, som ska stå klar under hösten. Bidraget är på två miljoner.")
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def scan(lines):
    """A picture of a page with text, as a scanner makes it."""
    canvas = Canvas("x", pagesize=A4)
    canvas.setFont("Times-Roman", 14)
    for number, text in enumerate(lines):
        canvas.drawString(70, 740 - 24 * number, text)
    page = pypdfium2.PdfDocument(canvas.getpdfdata())[0]
    return page.render(scale=200 / 72, grayscale=True).to_pil()


def scanned_pdf(*pages, text_first=False):
    """A PDF of pictures alone; or one whose first page is text."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    if text_first:
        canvas.drawString(60, 700, "Beslut om bygglov för fastigheten Sjövik 4:12 i Solvik.")
        canvas.showPage()
    for lines in pages:
        canvas.drawImage(ImageReader(scan(lines)), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


# Word


def decision_docx():
    """A decision: headings, a list, a numbered list, a table, a header, a box, an insertion."""
    document = docx.Document()
    document.core_properties.title = "Beslut om bidrag till Solviks simhall"
    document.core_properties.author = "Karin Öman"
    document.core_properties.language = "sv-SE"
    document.core_properties.created = datetime(2024, 5, 6, 8, 0)
    document.sections[0].header.paragraphs[0].text = "Solviks kommun\tDnr KS 2024/117"
    document.sections[0].footer.paragraphs[0].text = "Storgatan 1, 123 45 Solvik"
    document.add_heading("Beslut om bidrag till Solviks simhall", 0)
    document.add_heading("Beslut", 1)
    document.add_paragraph("Nämnden beviljar Solviks simsällskap 450\u00a0000 kronor i bidrag.")
    document.add_heading("Skäl", 2)
    document.add_paragraph("Bidraget ges av följande skäl:")
    for text in ("Simhallen används av alla skolor", "Föreningen är öppen för alla"):
        document.add_paragraph(text, style="List Bullet")
    for text in ("Anmäl att bidraget tas emot", "Redovisa det före den 1 mars"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("Tabell 1 Beviljade bidrag", style="Caption")
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("Förening", "Sökt", "Beviljat"), strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    for row in (("Solviks simsällskap", "600 000", "450 000"), ("Solviks IF", "80 000", "")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    _insertion(document.add_paragraph("Beslutet får "), "överklagas inom tre veckor.")
    _content_control(document, "Handläggare är Nils Ström.")
    _text_box(document.add_paragraph(), "Frågor besvaras på telefon 0123-456 78.")
    return saved(document)


def saved(document):
    """The bytes of a document of python-docx."""
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _insertion(paragraph, text):
    paragraph._p.append(
        parse_xml(
            f'<w:ins {nsdecls("w")} w:id="1" w:author="A"><w:r><w:t>{text}</w:t></w:r></w:ins>'
        )
    )
    paragraph._p.append(
        parse_xml(
            f'<w:del {nsdecls("w")} w:id="2" w:author="A"><w:r><w:delText>aldrig</w:delText></w:r>'
            "</w:del>"
        )
    )


def _content_control(document, text):
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>"
    )
    document.element.body.insert(-1, parse_xml(control))


def _text_box(paragraph, text):
    paragraph._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
            "</w:txbxContent></w:pict></w:r>"
        )
    )


def numbered_docx():
    """Headings that Word numbers itself: § 41, § 42."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.append(
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="91"><w:lvl w:ilvl="0"><w:start '
            'w:val="41"/><w:numFmt w:val="decimal"/><w:lvlText w:val="§ %1"/></w:lvl>'
            "</w:abstractNum>"
        )
    )
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="91"><w:abstractNumId w:val="91"/></w:num>')
    )
    style = document.styles.add_style("Paragraf", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 1"]
    style.element.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="91"/></w:numPr>')
    )
    for text in ("Detaljplan", "Budget"):
        document.add_paragraph(text, style="Paragraf")
        document.add_paragraph(f"Nämnden beslutar om {text.lower()} enligt förslaget.")
    return saved(document)


# OpenDocument

_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{part}:1.0"'
    for name, part in (("office", "office"), ("text", "text"), ("table", "table"),
                       ("style", "style"), ("meta", "meta"))
)  # fmt: skip
ODT_TEXT = """\
<text:p text:style-name="P1">Remissvar om bullerskydd</text:p>
<text:h text:outline-level="1">Sammanfattning</text:h>
<text:p>Solviks kommun <text:span>tillstyrker</text:span><text:s text:c="3"/>förslaget<text:note>
<text:note-citation>1</text:note-citation><text:note-body>
<text:p>Beslutat i nämnden den 4 juni.</text:p></text:note-body></text:note> med\u00a0två
ändringar.</text:p>
<text:list><text:list-item><text:p>Skydden ska vara gröna</text:p><text:list><text:list-item>
<text:p>Helst murgröna</text:p></text:list-item></text:list></text:list-item>
<text:list-item><text:p>Staten ska betala</text:p></text:list-item></text:list>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Sträcka</text:p>
</table:table-cell><table:table-cell><text:p>Längd</text:p></table:table-cell></table:table-row>
</table:table-header-rows><table:table-row><table:table-cell><text:p>Väg 41</text:p>
</table:table-cell><table:table-cell><text:p>300 meter</text:p></table:table-cell></table:table-row>
</table:table>
"""


def odt(text=ODT_TEXT, **more):
    """An OpenDocument text; `more` replaces or adds files, by their names without ".xml"."""
    files = {
        "content": f"<office:document-content {_ODF}><office:automatic-styles><style:style "
        'style:name="P1" style:parent-style-name="Title"/></office:automatic-styles><office:body>'
        f"<office:text>{text}</office:text></office:body></office:document-content>",
        "styles": f"<office:document-styles {_ODF}><office:master-styles><style:master-page>"
        "<style:header><text:p>Solviks kommun</text:p></style:header></style:master-page>"
        "</office:master-styles></office:document-styles>",
        "meta": f'<office:document-meta {_ODF} xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<office:meta><dc:title>Remissvar</dc:title><dc:language>sv-SE</dc:language>"
        "<dc:creator>Karin Öman</dc:creator><meta:creation-date>2024-06-05T10:00:00"
        "</meta:creation-date></office:meta></office:document-meta>",
        **more,
    }
    return zipped({f"{name}.xml": content for name, content in files.items()},
                  mimetype="application/vnd.oasis.opendocument.text")  # fmt: skip


def zipped(files, mimetype=None):
    """A zip archive of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def zip_bomb(kind="word/document.xml"):
    """An archive of some megabytes that unpacks to more than a gigabyte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(kind, "w", force_zip64=True) as file:
            for _ in range(1100):
                file.write(bytes(2**20))
    return made.getvalue()


# Rich text

RTF = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}"
    rb"{\info{\title Beslut om \'e5ker}{\author Karin \'d6man}{\creatim\yr2024\mo5\dy3\hr8}}"
    rb"\f0\b Beslut om \'e5ker och \'e4ng\b0\par\par "
    rb"N\'e4mnden beslutar att s\'e4lja \'e5kern \u8211? f\'f6r 40\~000 kronor.\par\par "
    rb"\trowd\cellx1000\cellx2000\cellx3000 K\'f6pare\cell Pris\cell Datum\cell\row"
    rb"\trowd\cellx1000\cellx2000\cellx3000 Bo Ek\cell 40 000\cell 2024-06-01\cell\row\pard "
    rb"Protokollet justerades samma dag.\par}"
)

# E-mail


def mail(*, html=True, attachment=False):
    """A letter, with an HTML part beside its plain one."""
    message = EmailMessage()
    message["Subject"] = "Mötet om skolskjuts på måndag"
    message["From"] = "Åsa Öberg <asa.oberg@example.org>"
    message["To"] = "Nils Ström <nils@example.org>, larm@example.org"
    message["Date"] = "Fri, 03 May 2024 09:15:00 +0200"
    message.set_content("Hej!\n\nVi ses klockan 10 i Blå rummet.\n\n/Åsa")
    if html:
        message.add_alternative(
            "<html><head><title>x</title><style>p{}</style></head><body><table><tr><td>"
            "<p>Hej!</p><p>Vi ses klockan 10 i <b>Blå rummet</b>.</p><ul><li>Skolskjuts</li>"
            "<li>Lunch</li></ul><table><tr><th>Buss</th><th>Avgår</th></tr><tr><td>41</td>"
            "<td>07.15</td></tr></table></td></tr></table></body></html>",
            subtype="html",
        )
    if attachment:
        message.add_attachment(zipped({"a.zip": "x"}), maintype="application", subtype="zip",
                               filename="bilagor åäö.zip")  # fmt: skip
    return message.as_bytes()


CSV = (
    "Förening;Beviljat belopp;Datum;Beskrivning;Länk\r\n"
    'Solviks IF;45 000;2024-03-01;"Stöd till\r\nungdomslag";https://example.org/1\r\n'
    ";;;;\r\n"
    'Åkers "gamla" BK;12 000;2024-04-02;Ny plan;\r\n'
).encode("cp1252")
