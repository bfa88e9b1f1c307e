import time
from datetime import date

import pytest

from embeddings.passages.cutting import cut_passages, embedding_text
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks, item_spans, normalise
from embeddings.reading.formats import plain
from embeddings.types import Metadata, Source
from tests.fakes import make_documents, make_one


def parts(text, name="möte.txt"):
    """Each block of a text, before a title is looked for: its kind and its text."""
    source = Source(name, text, body=int(text.startswith("\ufeff")))
    return [(block.kind.value, text[block.start : block.end]) for block in find_blocks(source)]


def kinds(text, name="möte.txt"):
    return [kind for kind, _ in parts(text, name)]


def levels(text, name="möte.txt"):
    document = make_one(text, name)
    return {document.text_of(b): b.level for b in document.blocks if b.kind == "heading"}


MINUTES = """Protokoll fört vid årsmöte

Sammanträdesdatum: 2023-09-23

§ 12 Mötets öppnande

Ordföranden Åsa Öberg öppnar mötet och hälsar alla varmt välkomna till Åmål.

1. Val av justerare

Till justerare väljs Örjan Åkerlund.

1.1 Rösträknare

Inga rösträknare behövs i år.

2. Ekonomi

Kassan är god.

§ 13 Närvarande

Åsa Öberg (S)
Örjan Åkerlund (M)
Märta Ek (V)
"""

MAIL = """Hej alla,

Vi möts den tolfte april klockan 18 i föreningslokalen på Östra gatan
för att gå igenom budgeten. Ta gärna med egna förslag, så hinner vi
med dem före kaffet.

Åsa, som är ordförande, håller i mötet. Alla som har betalat årsavgift
får rösta.

Hälsningar
Åsa
"""

PAGE = """# Öppettider

Biblioteket ligger vid torget och har öppet varje dag.

## Vardagar ##

1. måndag
   - förmiddag
   - eftermiddag

2. tisdag

### Sommar

Stängt.

Helger
------

* lördag
* söndag
"""


# Headings


def test_sections_and_numbered_headings_of_minutes_are_headings_with_their_depth():
    assert levels(MINUTES) == {
        "Protokoll fört vid årsmöte": 1,
        "§ 12 Mötets öppnande": 2,
        "1. Val av justerare": 2,
        "1.1 Rösträknare": 3,
        "2. Ekonomi": 2,
        "§ 13 Närvarande": 2,
    }


def test_the_questions_of_a_faq_are_headings_of_their_answers():
    text = (
        "Hur ansöker jag?\nDu ansöker på webben, året om.\n"
        "Vad kostar det?\nDet kostar 200 kronor.\nÄr det öppet?\nJa, åtta till fem.\n"
    )
    assert kinds(text) == ["heading", "paragraph"] * 3


def test_marks_of_markdown_are_not_in_the_heading():
    assert levels(PAGE, "a.md") == {"Öppettider": 1, "Vardagar": 2, "Sommar": 3, "Helger": 2}


def test_markdown_headings_are_headings_only_in_markdown():
    assert ("paragraph", "### Åsa kom.") in parts("Inledning om ån.\n\n### Åsa kom.\n\nÖrjan gick.")
    assert ("heading", "Åsa kom.") in parts(
        "Inledning om ån.\n\n### Åsa kom.\n\nÖrjan gick.", "a.md"
    )


@pytest.mark.parametrize("line", ["#", "##", "## ##", "# #", "#Åsa"])
def test_marks_without_a_heading_are_no_heading(line):
    assert all(text.strip() for _, text in parts(f"Först.\n\n{line}\n\nSist, på ön.", "a.md"))
    assert not levels(f"Först kom hon.\n\n{line}\n\nSist, på ön.", "a.md").keys() & {"", "Åsa"}


def test_a_heading_that_ends_the_text_heads_nothing_and_is_a_paragraph():
    assert parts("Åsa kom till mötet i Åmål.\n\nSlut")[-1] == ("paragraph", "Slut")


def test_a_sentence_a_lower_case_line_and_a_long_line_are_no_headings():
    long = " ".join(["Åsa"] * 19)
    for line in ("Åsa kom.", "åsa kom hit", long, "– – –", "12 345"):
        assert "heading" not in kinds(f"Inledning, först.\n\n{line}\n\nÖrjan gick hem, sent.")


def test_a_quoted_line_is_a_heading_of_what_it_stands_above():
    assert ("heading", "”Han är glad.”") in parts("Katt fast.\n\n”Han är glad.”\n\nSå sa hon.")


# Paragraphs


def test_hard_wrapped_lines_are_one_paragraph():
    found = parts(MAIL)
    assert [text for kind, text in found if kind == "paragraph" and "\n" in text] == [
        MAIL.split("\n\n")[1],
        MAIL.split("\n\n")[2],
        "Hälsningar\nÅsa",
    ]


def test_a_line_a_paragraph_is_a_paragraph_each():
    lines = [f"Det här är stycke nummer {n} och det handlar om ån i Åmål." for n in range(4)]
    assert parts("\n".join(lines)) == [("paragraph", line) for line in lines]


def test_a_heading_may_stand_right_above_its_paragraph():
    text = "Inledning om ån.\n\nTrygghet\nFler poliser ska det bli på torget i Örebro."
    assert parts(text)[1:] == [
        ("heading", "Trygghet"),
        ("paragraph", "Fler poliser ska det bli på torget i Örebro."),
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize("text", ["\n \n\t\n", "-----\n\n***\n", "\ufeff\n", "", "\u00a0"])
def test_a_text_of_nothing_has_no_blocks(text, name):
    assert parts(text, name) == []


def test_rules_divide_and_belong_to_nothing():
    assert parts("Åsa kom.\n-----\nÖrjan gick.") == [
        ("paragraph", "Åsa kom."),
        ("paragraph", "Örjan gick."),
    ]


# Lists


@pytest.mark.parametrize(
    "mark", ["•", "·", "▪", "○", "–", "—", "-", "*", "+", "•\u00a0", "\u00a0•", "•\t"]
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_bullets_of_one_style_are_one_list(mark, between):
    items = between.join(f"{mark} {word}" for word in ("åtta äpplen", "Öl", "ägg och ål"))
    text = f"Vi köper, till festen:\n\n{items}\n\nDet räcker, sa hon."
    assert parts(text)[1] == ("list", items.strip())
    assert kinds(text) == ["paragraph", "list", "paragraph"]


@pytest.mark.parametrize("marks", ["1. 2. 3.", "1) 2) 3)", "(1) (2) (3)", "a) b) c)", "9. 10. 11."])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_numbers_and_letters_make_a_list(marks, between):
    items = between.join(f"{mark} åt äpplet" for mark in marks.split())
    assert parts(f"Så här gick det till.\n\n{items}\n\nSlut, sa hon.")[1] == ("list", items)


def test_items_may_hold_lines_paragraphs_and_lists():
    text = (
        "Det här behövs:\n\n- kaffe från\n  Åhléns\n  - mörkrost\n\n  malet, inte bönor\n\n- ägg\n"
    )
    assert parts(text)[1:] == [("list", text[text.index("- kaffe") :].strip())]


def test_short_lines_in_a_row_are_a_list_with_its_heading_apart():
    assert parts(MINUTES)[-1] == ("list", "Åsa Öberg (S)\nÖrjan Åkerlund (M)\nMärta Ek (V)")


def test_lists_of_other_styles_are_lists_of_their_own():
    assert kinds("Vi köper, till festen:\n\n• å\n• ä\n\n1. ö\n2. é\n") == [
        "paragraph",
        "list",
        "list",
    ]


def test_the_spans_of_items_leave_out_their_marks():
    text = "• Åsa\n  och Örjan\n\n-\u00a0Ek\n2) Öl"
    assert [text[start:end] for start, end in item_spans(text)] == [
        "Åsa\n  och Örjan",
        "Ek",
        "Öl",
    ]
    assert item_spans("Åsa Ek\nÖrjan Ö") == [(0, 6), (7, 14)]


# Statements and captions


def test_what_people_say_is_a_statement_each():
    text = (
        "Katt räddad i Åmål\n\nKatten Måns satt länge i trädet, i går.\n\n"
        "– Det gick bra, säger brandmästaren Åke Ö.\n– Vi är glada, tillägger Åsa.\n\n"
        "– Måns mår fint, berättar ägaren.\n\nHan fick ål."
    )
    assert kinds(text)[2:] == ["statement"] * 3 + ["paragraph"]


def test_one_whole_sentence_after_a_dash_is_a_statement_and_items_are_not():
    assert (
        kinds("Åsa var nöjd, sent.\n\n– Det gick bra.\n\nDet var allt, sa hon.")[1] == "statement"
    )
    assert kinds("Vi köper, i dag:\n\n– ål\n– ägg\n\nDet var allt, sa hon.")[1] == "list"


@pytest.mark.parametrize(
    "caption",
    [
        "Foto: Älva Ek",
        "Katten Måns på trygg mark. Foto: Älva Ek",
        "Måns och Åke\nKatten Måns på trygg mark i går. Foto: Älva Ek",
        "- Katten Måns. Foto: Älva Ek/TT",
        "Illustration: Öst Byrå",
    ],
)
def test_a_line_with_a_credit_is_a_caption(caption):
    text = f"Det hände i går, i Åmål.\n\n{caption}\n\nKatten fick ål till kvällen."
    assert parts(text)[1] == ("caption", caption)


def test_the_alternative_text_of_a_picture_is_dropped_and_a_longer_word_is_not():
    def texts(above):
        return [
            t for _, t in parts(f"Åsa kom, sent.\n\n{above}\n\nNya skolan i Ås. Foto: Ek\n\nJa.")
        ]

    assert "Nya skolan" not in texts("Nya skolan")
    assert "Ny" in texts("Ny")


# The title and the origin


def test_a_title_that_stands_twice_is_the_title():
    document = make_one("Ny skola i Ås\n\nNy skola i Ås\n\nDen öppnar i höst, säger Åsa.")
    assert document.title == "Ny skola i Ås"
    assert [block.kind for block in document.blocks] == ["heading", "paragraph"]


def test_the_name_of_who_is_in_a_picture_is_no_heading():
    text = "Möte i Åmål\n\nDet var i går.\n\nÅsa Öberg\n\nÅsa Öberg\n\nHon öppnade mötet, sent."
    assert ("caption", "Åsa Öberg") in parts(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Årsmöte i Åmål\n\nMötet hölls i går, på ön.", "Årsmöte i Åmål"),
        (
            "Nyhet från Ån\n\nKatt räddad. Allt väl\n\nDet var i går, på ön.",
            "Katt räddad. Allt väl",
        ),
        ("Start\n\nKatt räddad\n\nPublicerad\n\nDet var i går, på ön.", "Katt räddad"),
        ("Hej Åsa,\n\nVi ses i morgon, på ön.", None),
        (
            "Protokoll från Vägnämnden\n\nNämnden beslutar att bygga en bro.\n\nSå blev det.",
            "Protokoll från Vägnämnden",
        ),
        (
            "Vägverkets författningssamling\n\nISSN 1234-5678\n\n"
            "Vägverkets föreskrifter och allmänna råd om broar av trä (VVFS 2003:14);\n\n"
            "beslutade den 3 mars 2003.\n\n"
            "Vägverket föreskriver följande med stöd av 4 § förordningen (1997:652) om träbroar.",
            "Vägverkets föreskrifter och allmänna råd om broar av trä (VVFS 2003:14)",
        ),
        ("Åmåls kommun\n\nAvtal om broar\n\nParterna är överens, på ön.", "Avtal om broar"),
        ("Åmåls kommun\n\nKommunen ligger vid ån, på ön.", "Åmåls kommun"),
        ("Bron över ån är byggd av trä.\n\nDen kostade två miljoner.", None),
        (
            "SOCIALNÄMNDEN\nSammanträdesprotokoll\n21 november 1996\n\nNämnden går igenom allt.",
            "SOCIALNÄMNDEN, Sammanträdesprotokoll, 21 november 1996",
        ),
        (
            "Protokoll\n\nKommunstyrelsen\n\n12 mars 2024\n\nOrdföranden öppnar mötet i Ås.",
            "Protokoll, Kommunstyrelsen, 12 mars 2024",
        ),
        (
            "BYGGNADSNÄMNDEN, sammanträdesprotokoll 3 maj 2001\n\nNämnden går igenom allt.",
            "BYGGNADSNÄMNDEN, sammanträdesprotokoll 3 maj 2001",
        ),
        (
            "Register\n\nLag (2016:1145) om broar\n\nDepartement: Vägdepartementet\n\nBroar byggs.",
            "Lag (2016:1145) om broar",
        ),
        ("Vi ses i morgon, på ön, säger Åsa.", None),
    ],
)
def test_the_title_is_found_where_the_text_has_one(text, title):
    assert make_one(text).metadata.title == title
    assert make_one(text).title == (title or "möte")


def test_a_title_given_beside_the_text_goes_before_its_headings():
    source = Source("a.md", "# Rubrik\n\nÅsa kom.", Metadata(title="Ån"))
    assert make_document(source, find_blocks(source), frozenset()).title == "Ån"


def test_the_text_may_say_who_published_it_as_what_and_when():
    text = (
        "Pressmeddelande från Föreningen Ån\n\nKatt räddad\n\nPublicerad 23 september 2023\n\n"
        "Det hände i går, på ön."
    )
    said = make_one(text).metadata
    assert said == Metadata("Katt räddad", "Föreningen Ån", "Pressmeddelande", date(2023, 9, 23))


def test_a_period_is_no_publication_date():
    text = "Rubrik\n\nPublicerades under perioden 3 maj 2014 till 2 juni 2019\n\nÅsa kom, sent."
    assert make_one(text).metadata.published is None


def test_a_sentence_about_publication_is_content():
    text = (
        "Rubrik\n\nPublicerade uppgifter om ån visar den 3 maj 2014 att allt är bra.\n\nJa, sa hon."
    )
    assert "metadata" not in kinds(text)


# Offsets, other line ends and sizes


MARKDOWN_TABLE = """\
# Budget

Nämndernas ramar är dessa.

| Nämnd  | 2024   |
|:-------|-------:|
| Skola  | 12 000 |
| Omsorg | 9 000  |
"""


def test_rows_of_a_table_in_markdown_stand_by_themselves_below_its_names():
    found = [(block.kind.value, block_text(MARKDOWN_TABLE, block)) for block in
             find_blocks(Source("a.md", MARKDOWN_TABLE))]  # fmt: skip
    assert found[2:] == [
        ("caption", "| Nämnd  | 2024   |"),
        ("row", "| Skola  | 12 000 |"),
        ("row", "| Omsorg | 9 000  |"),
    ]
    [*_, passage] = cut_passages(make_one(MARKDOWN_TABLE, "a.md"))
    assert passage.context.headings == ("Nämnd: Omsorg; 2024: 9 000",)


def test_a_bar_alone_makes_no_table():
    for text in ("a | b\n\nc | d\n", "a | b\n---\nc", "a | b\nc | d\n"):
        kinds = {block.kind.value for block in find_blocks(Source("a.md", text))}
        assert "row" not in kinds


def block_text(text, block):
    return text[block.start : block.end]


def test_blocks_are_the_same_whatever_ends_the_lines():
    for text in (MINUTES, MAIL, PAGE):
        expected = find_blocks(Source("a.md", text))
        for newline in ("\r\n", "\r"):
            source = plain.read("a.md", text.replace("\n", newline).encode()).sources[0]
            assert find_blocks(source) == expected


def test_what_stands_before_the_body_is_in_no_block():
    text = "---\ntitle: Å\n---\nÅsa kom."
    [block] = find_blocks(Source("a.md", text, body=17))
    assert text[block.start : block.end] == "Åsa kom."


def test_normalised_texts_are_alike_but_for_bullet_case_and_space():
    assert normalise("•  Öppet\n alla Dagar") == normalise("öppet alla dagar")


@pytest.mark.parametrize(
    "text",
    [
        "Åsa ser ån. " * 105_000,
        "åäö " * 310_000,
        "å" * 1_250_000,
        "".join(f"Stycke {n} handlar om ån.\n" for n in range(5000)),
        "".join(
            f"Stycke {n} handlar om ån i Åmål och om {n} olika ålar där\n" for n in range(2500)
        ),
        "".join(f"• punkt {n}\n\n" for n in range(5000)),
        "".join(f"– Ja, säger Åsa {n}.\n" for n in range(5000)),
        "# " + "#" * 200_000 + "å",
        "\n" * 250_000,
    ],
    ids=["sentences", "words", "word", "lines", "wide", "items", "statements", "hashes", "empty"],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_long_texts_are_read_in_a_moment(text, name):
    began = time.process_time()
    make_documents({name: text})
    assert time.process_time() - began < 8


# Labels, sections and tables set by spaces


def test_labels_with_their_values_that_stand_together_are_rows_in_one_block():
    rows = "Pris: 450 kronor per person\nPlats: Ekvik\n\nLedare: Åsa Ek"
    assert ("row", rows) in parts(f"Kurs i Ås\n\n{rows}\n\nVi ses, sa hon.")


@pytest.mark.parametrize(
    "line",
    ["Pris: 450 kronor per person", "Ordförande: Lars Bergström", "Ikraft: 2012-01-01",
     "Öppettider: måndag till fredag 9–17"],
)  # fmt: skip
def test_a_label_alone_is_a_row_where_its_value_is_a_figure_or_a_name(line):
    assert ("row", line) in parts(f"Mötet i Ås\n\n{line}\n\nÅsa kom till mötet, sent.")
    assert any(line in passage.text for passage in cut_passages(make_one(f"Ås\n\n{line}")))


@pytest.mark.parametrize("line", ["Steg 2: Ansök om bidrag", "Remiss: Ny lag om vattenfall"])
def test_a_heading_with_a_colon_is_no_row(line):
    assert ("heading", line) in parts(f"Mötet i Ås\n\n{line}\n\nÅsa kom till mötet, sent.")


LAW = """Lag (2020:12) om broar

1 kap. Inledande bestämmelser m.m.

Lagens innehåll

1 § Denna lag gäller broar över åar och andra vatten som
är bredare än två meter.

2 a § Med bro avses det som går över vatten. Vad som sägs
i 3 § gäller inte tunnlar.

2 kap. Avgifter

1 § För varje bro tas en avgift ut om

- bron är lång, och

- bron är ny.
"""


def test_the_number_of_a_section_is_a_heading_of_its_text_within_its_chapter():
    found = {passage.text: passage.context.headings for passage in cut_passages(make_one(LAW))}
    [first, second, third] = [text for text in found if "§" in text]
    assert "1 kap. Inledande bestämmelser m.m.\n\nLagens innehåll\n\n1 § Denna lag" in first
    assert found[first][-1] == "1 kap. 1 §"
    assert second.startswith("2 a § Med bro")
    assert found[second] == (
        "1 kap. Inledande bestämmelser m.m.",
        "Lagens innehåll",
        "1 kap. 2 a §",
    )
    assert "bron är lång" in third
    assert found[third][:2] == ("2 kap. Avgifter", "2 kap. 1 §")


def test_a_reference_to_a_section_begins_none():
    text = (
        "Om avgiften gäller vad som sägs i\n3 § första stycket och i andra lagar som rör\nbroar.\n"
    )
    assert "heading" not in kinds(f"Inledning, först.\n\n{text}")


def test_a_section_of_minutes_without_a_title_heads_its_text():
    text = "Protokoll\n\n§ 8\nNämnden beslutar att bygga en bro.\n\n§ 9 Nämnden avslår det andra.\n"
    found = [one.context.headings for one in cut_passages(make_one(text)) if "§" in one.text]
    assert [headings[-1] for headings in found] == ["§ 8", "§ 9"]


@pytest.mark.parametrize("gap", ["\t", "     "])
def test_a_table_set_by_tabs_or_spaces_has_the_names_of_its_columns_in_each_row(gap):
    rows = [("Badplats", "Juni", "Bedömning"), ("Långviken", "12", "Tjänligt"),
            ("Rudsjön", "890", "Otjänligt")]  # fmt: skip
    table = "\n".join(map(gap.join, rows))
    document = make_one(f"Bad i Ås\n\nProver togs i somras.\n\n{table}\n\nSå var det.")
    passage = cut_passages(document)[-2]
    assert passage.text == gap.join(rows[2])
    assert passage.context.headings == ("Badplats: Rudsjön; Juni: 890; Bedömning: Otjänligt",)


def test_lines_of_a_text_that_is_broken_at_a_margin_are_one_paragraph_however_few():
    text = LAW + "\n3 § Avgiften betalas av den som bygger bron och\nVägverket tar emot den.\n"
    assert (
        "paragraph",
        "Avgiften betalas av den som bygger bron och\nVägverket tar emot den.",
    ) in [*parts(text * 3)]


def test_a_title_that_others_share_gives_way_to_that_of_the_document():
    sources = [
        Source(f"{n}.html", f"{name}\n\nBron {n} i {name} byggs av trä, i år.",
               Metadata(title="Vägverkets samling"))
        for n, name in enumerate(["Åsbron", "Ekbron"])
    ]  # fmt: skip
    read = [(source, find_blocks(source)) for source in sources]
    notices = find_notices(digests_of(*one) for one in read)
    assert [make_document(*one, notices).title for one in read] == ["Åsbron", "Ekbron"]
    alone = find_notices([digests_of(*read[0])])
    assert make_document(*read[0], alone).title == "Vägverkets samling"


def test_a_title_that_only_says_what_sort_of_document_it_is_gives_way():
    text = "Vägarnas inriktning: Prop. 2012/13:144\n\nRegeringen lämnar propositionen, i dag."
    source = Source("a.docx", text, Metadata(title="Regeringens proposition"))
    document = make_document(source, find_blocks(source), find_notices([]))
    assert document.title == "Vägarnas inriktning: Prop. 2012/13:144"


def test_the_day_a_file_was_saved_or_a_page_changed_is_not_when_it_was_published():
    source = Source("a.pdf", "Bron\n\nBron är byggd.", hints=Metadata(published=date(2020, 1, 2)))
    assert make_document(source, find_blocks(source), find_notices([])).metadata.published is None
    assert make_one("Bron\n\nUppdaterad 3 maj 2021\n\nÅsa.").metadata.published is None


def test_comments_templates_and_fences_of_code_are_no_blocks():
    text = "# Ån\n\n{{< toc >}}\n\n<!-- bild -->\n\n```sh\nls -l\n```\n\nÅsa kom."
    assert parts(text, "a.md") == [
        ("heading", "Ån"), ("paragraph", "ls -l"), ("paragraph", "Åsa kom."),
    ]  # fmt: skip


LEAD = "Simhallen i Åsby öppnar igen efter sommaren, och alla är välkomna dit från klockan tio."
MORE = "Hallen har byggts om för tre miljoner kronor, och det nya kaféet sköts av en förening."


@pytest.mark.parametrize(
    ("text", "published"),
    [
        (f"Publicerad 3 maj 2021\n\nSimhallen öppnar\n\n{LEAD}\n\n{MORE}", date(2021, 5, 3)),
        (f"Simhallen öppnar\n\n{LEAD}\n\n{MORE}\n\nPublicerad 3 maj 2021", date(2021, 5, 3)),
        (f"Publicerad 3 maj 2021\n\nSimhallen öppnar\n\n{LEAD}\n\n{MORE}\n\nFler nyheter\n\n"
         "Publicerad 9 juni 2022", date(2021, 5, 3)),
        (f"Simhallen öppnar\n\n{LEAD}\n\n{MORE}\n\nFler nyheter\n\nPublicerad 9 juni 2022\n\n"
         "Bron rivs\n\nPublicerad 10 juni 2022\n\nVägen byggs", None),
    ],
)  # fmt: skip
def test_the_date_of_a_document_is_its_own_and_not_that_of_one_it_points_to(text, published):
    assert make_one(text, "nyhet.txt").metadata.published == published


def test_what_a_section_of_minutes_is_about_stands_below_its_number():
    text = (
        "KULTURNÄMNDEN\nSammanträdesprotokoll\n14 mars 2019\n\n"
        "§ 14\nVal av justerare\nPer Ek justerar protokollet.\n\n"
        "§ 15\n\nStöd till teatern\n\nNämnden ger teatern 40 000 kronor.\nDnr KN 2019-0044\n\n"
        "§ 16 Övrigt\n\nInga frågor väcktes."
    )
    found = {passage.text: passage.context.headings for passage in cut_passages(make_one(text))}
    [first, second, number, third] = list(found)[-4:]
    assert first.startswith("§ 14\nVal av justerare\nPer Ek")
    assert second.startswith("§ 15\n\nStöd till teatern\n\nNämnden")
    assert number == "Dnr KN 2019-0044"
    assert found[number] == ("§ 15", "Stöd till teatern")
    assert third.startswith("§ 16 Övrigt")
    assert found[third] == ("§ 16 Övrigt",)


def test_a_short_line_heads_nothing_below_a_heading_of_the_format():
    text = "# Avgifter\n\n## Vatten\n\nTaxan 2024\n\nDen är 5 kr.\n\n### Rabatt\n\nInga, sa hon."
    passages = cut_passages(make_one(text, "a.md"))
    found = {one.text.split("\n")[-1]: one.context.headings for one in passages}
    assert found["Den är 5 kr."] == ("Vatten", "Taxan 2024")
    assert found["Inga, sa hon."] == ("Vatten", "Rabatt")


def test_numbered_headings_keep_their_order_where_the_format_marks_others():
    text = (
        "# Rapport om vatten\n\n## Inledning\n\nDet var i går.\n\n1 Bakgrund\n\nOm den, sa hon.\n\n"
        "1.1 Syfte\n\nOm det, sa hon.\n\n2 Metod\n\nOm dem, sa hon."
    )
    passages = cut_passages(make_one(text, "a.md"))
    found = {one.text.split("\n")[-1]: one.context.headings for one in passages}
    assert found["Om det, sa hon."] == ("1 Bakgrund", "1.1 Syfte")
    assert found["Om dem, sa hon."] == ("2 Metod",)


def test_a_heading_of_nothing_but_marks_is_none():
    text = "# 1 kap. Ett\n\n## ![](x)\n\nÅsa kom, sent."
    assert cut_passages(make_one(text, "a.md"))[-1].context.headings in {(), ("1 kap. Ett",)}


def test_a_sentence_with_its_source_behind_the_stop_is_no_heading():
    text = "Avgifter\n\nSumman avrundas nedåt. (VVFS 2014:43)\n\nDen betalas av den som bygger."
    assert ("paragraph", "Summan avrundas nedåt. (VVFS 2014:43)") in parts(text)


def test_labels_below_a_line_are_rows_and_a_value_goes_on_further_in():
    text = (
        "Årsmöte i Åmål\n\nKallelse\nPlats: Folkets hus\n"
        "Närvarande: Ulla Öst, ordförande\n            Per Ek\n            Eva Al\n\n"
        "Kallelsen skickas i god tid, på ön."
    )
    document = make_one(text)
    [row] = [document.text_of(block) for block in document.blocks if block.kind == "row"]
    assert row.startswith("Plats: Folkets hus\nNärvarande: Ulla")
    assert row.endswith("Eva Al")


@pytest.mark.parametrize(
    "table",
    [
        "Tjänst|Pris|Enhet\nSotning|640 kr|besök\nTillsyn|980 kr|timme\n",
        "+---------+--------+\n| Tjänst  | Pris   |\n+=========+========+\n"
        "| Sotning | 640 kr |\n+---------+--------+\n| Tillsyn | 980 kr |\n+---------+--------+\n",
        "=======  ======\nTjänst   Pris\n=======  ======\nSotning  640 kr\nTillsyn  980 kr\n"
        "=======  ======\n",
    ],
)
def test_rows_between_bars_and_rules_are_a_table(table):
    document = make_one(f"Taxa i Åmål\n\nHär är taxan för i år, på ön.\n\n{table}")
    kinds = [block.kind.value for block in document.blocks]
    assert kinds[-3:] == ["caption", "row", "row"]
    assert "Pris: 640 kr" in embedding_text(cut_passages(document)[-2])


def test_a_title_that_goes_on_with_a_stop_is_no_heading_of_its_own_text():
    text = (
        "Vägverkets föreskrifter om broar (VVFS 2003:14);\n\nBroar byggs, på ön.\n\nSlut, sa hon."
    )
    [_, last] = cut_passages(make_one(text))
    assert (last.context.title, last.context.headings) == (
        "Vägverkets föreskrifter om broar (VVFS 2003:14)",
        (),
    )
