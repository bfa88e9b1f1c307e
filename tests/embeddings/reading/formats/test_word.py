"""What Word shows: its numbers, the boxes of its forms, and documents in the strict format."""

import io
import zipfile

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from embeddings.errors import DocumentError
from embeddings.reading.formats import word
from tests.embeddings.reading.formats import samples

W = nsdecls("w")
W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'


def lines_of(document):
    content = document if isinstance(document, bytes) else samples.saved(document)
    [source] = word.read("a.docx", content).sources
    return [line.strip() for line in source.text.split("\n") if line.strip()]


def level(place, kind, text, more=""):
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


class Numbered:
    """A document whose lists are these abstract lists, used by these numbers."""

    def __init__(self, abstracts, numbers):
        self.document = docx.Document()
        root = self.document.part.numbering_part.element
        for name, levels in abstracts.items():
            root.insert(
                0,
                parse_xml(f'<w:abstractNum {W} w:abstractNumId="{name}">{levels}</w:abstractNum>'),
            )
        for name, (abstract, overrides) in numbers.items():
            root.append(
                parse_xml(
                    f'<w:num {W} w:numId="{name}"><w:abstractNumId w:val="{abstract}"/>'
                    f"{overrides}</w:num>"
                )
            )

    def add(self, text, number, place=0):
        paragraph = self.document.add_paragraph(text)
        paragraph._p.get_or_add_pPr().append(
            parse_xml(
                f'<w:numPr {W}><w:ilvl w:val="{place}"/><w:numId w:val="{number}"/></w:numPr>'
            )
        )

    def lines(self):
        return lines_of(self.document)


def test_lists_of_the_same_abstract_list_go_on_counting():
    made = Numbered({91: level(0, "decimal", "§ %1")}, {91: (91, ""), 92: (91, "")})
    for number in (91, 91, 92):
        made.add("Ärende", number)
        made.document.add_paragraph("Nämnden beslutar.")
    assert [line for line in made.lines() if "Ärende" in line] == [
        "§ 1 Ärende", "§ 2 Ärende", "§ 3 Ärende",
    ]  # fmt: skip


def test_a_list_begins_where_it_is_told_to():
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="41"/></w:lvlOverride>'
    made = Numbered(
        {91: level(0, "decimal", "§ %1")}, {91: (91, ""), 92: (91, override), 93: (91, "")}
    )
    for number in (91, 92, 92, 93):
        made.add("Ärende", number)
    assert made.lines() == ["§ 1 Ärende", "§ 41 Ärende", "§ 42 Ärende", "§ 43 Ärende"]


def test_a_level_of_its_own_goes_before_that_of_the_abstract_list():
    override = f'<w:lvlOverride w:ilvl="0">{level(0, "upperLetter", "Bilaga %1")}</w:lvlOverride>'
    made = Numbered({91: level(0, "decimal", "%1.")}, {91: (91, override)})
    made.add("Karta", 91)
    assert made.lines() == ["Bilaga A Karta"]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("lowerLetter", ["a", "b", "c", "d"]),
        ("upperLetter", ["A", "B", "C", "D"]),
        ("lowerRoman", ["i", "ii", "iii", "iv"]),
        ("upperRoman", ["I", "II", "III", "IV"]),
        ("decimalZero", ["01", "02", "03", "04"]),
    ],
)
def test_letters_and_roman_numbers_are_shown(kind, shown):
    made = Numbered({91: level(0, kind, "%1)")}, {91: (91, "")})
    for _ in shown:
        made.add("Punkt", 91)
    assert made.lines() == [f"{one}) Punkt" for one in shown]


def test_deeper_levels_show_those_above_and_begin_again():
    levels = (
        level(0, "upperRoman", "%1") + level(1, "decimal", "%1.%2", "<w:isLgl/>")
        + level(2, "lowerLetter", "%3)", '<w:lvlRestart w:val="0"/>')
    )  # fmt: skip
    made = Numbered({91: levels}, {91: (91, "")})
    for place in (0, 1, 2, 1, 2, 0, 1, 2):
        made.add("x", 91, place)
    assert made.lines() == ["I x", "1.1 x", "a) x", "1.2 x", "b) x", "II x", "2.1 x", "c) x"]


def test_a_style_is_numbered_at_the_level_that_is_bound_to_it():
    levels = level(0, "decimal", "%1 kap.") + level(1, "decimal", "%2 §", '<w:pStyle w:val="Par"/>')
    made = Numbered({91: levels}, {91: (91, "")})
    style = made.document.styles.add_style("Par", WD_STYLE_TYPE.PARAGRAPH)
    style.element.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {W}><w:numId w:val="91"/></w:numPr>')
    )
    made.add("Inledning", 91)
    made.document.add_paragraph("Lagen gäller alla.", style="Par")
    made.document.add_paragraph("Lagen gäller genast.", style="Par")
    assert made.lines() == [
        "1 kap. Inledning",
        "1 § Lagen gäller alla.",
        "2 § Lagen gäller genast.",
    ]


def test_a_list_that_points_to_a_style_of_lists_is_numbered_as_that():
    made = Numbered(
        {91: level(0, "decimal", "Punkt %1:"), 92: '<w:numStyleLink w:val="Lista"/>'},
        {91: (91, ""), 92: (92, "")},
    )
    made.document.styles.element.append(
        parse_xml(
            f'<w:style {W} w:type="numbering" w:styleId="Lista"><w:name w:val="Lista"/><w:pPr>'
            '<w:numPr><w:numId w:val="91"/></w:numPr></w:pPr></w:style>'
        )
    )
    made.add("Val", 92)
    assert made.lines() == ["Punkt 1: Val"]


def control(state):
    checked = "" if state is None else f'<w14:checked w14:val="{state}"/>'
    return (
        f"<w:sdt {W} {W14}><w:sdtPr><w14:checkbox>{checked}</w14:checkbox></w:sdtPr><w:sdtContent>"
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:sdtContent></w:sdt>'
    )


def form_field(data):
    return (
        f'<w:r {W}><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (control("1"), "☒"),
        (control("true"), "☒"),
        (control("0"), "☐"),
        (control("false"), "☐"),
        (control(None), "☐"),
        (form_field("<w:checkBox><w:checked/></w:checkBox>"), "☒"),
        (form_field('<w:checkBox><w:default w:val="1"/></w:checkBox>'), "☒"),
        (form_field('<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>'), "☐"),
        (form_field("<w:checkBox/>"), "☐"),
        (f'<w:r {W}><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "☒"),
        (f'<w:r {W}><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>', "☐"),
        (form_field('<w:ddList><w:result w:val="1"/><w:listEntry w:val="Nej"/>'
                    '<w:listEntry w:val="Vet ej"/></w:ddList>'), "Vet ej"),
        (form_field('<w:ddList><w:result w:val="7"/><w:listEntry w:val="Nej"/></w:ddList>'), ""),
        (form_field("<w:textInput/>"), ""),
    ],
)  # fmt: skip
def test_what_is_ticked_or_chosen_in_a_form_is_shown(written, shown):
    document = docx.Document()
    paragraph = document.add_paragraph("Färdtjänst: ")
    paragraph._p.append(parse_xml(written))
    paragraph.add_run(" söks härmed av Elvy Grahn i Ekvik.")
    expected = f"Färdtjänst: {shown} söks härmed av Elvy Grahn i Ekvik.".replace("  ", " ")
    assert lines_of(document) == [expected]


def strict(content):
    """A document as "Strict Open XML" has it, all its namespaces and relations renamed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            for kind in (b"wordprocessingml", b"officeDocument", b"drawingml", b"spreadsheetml",
                         b"presentationml"):  # fmt: skip
                part = part.replace(
                    b"http://schemas.openxmlformats.org/" + kind + b"/2006/",
                    b"http://purl.oclc.org/ooxml/" + kind + b"/",
                )
            part = part.replace(b"/extended-properties", b"/extendedProperties")
            new.writestr(entry.filename, part)
    return made.getvalue()


def test_a_document_in_the_strict_format_is_read_as_any():
    content = samples.decision_docx()
    [plain] = word.read("a.docx", content).sources
    assert word.read("a.docx", strict(content)).sources == (plain,)


def test_a_strict_document_that_is_damaged_is_named():
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        made = archive.fp
        archive.writestr("_rels/.rels", "http://purl.oclc.org/ooxml/ no XML")
    with pytest.raises(DocumentError, match="damaged"):
        word.read("a.docx", made.getvalue())
