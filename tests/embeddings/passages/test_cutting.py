import re
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from embeddings.errors import DocumentError
from embeddings.language.normal import in_normal_form
from embeddings.passages.cutting import (
    MAX_CHARACTERS,
    MAX_WORDS,
    body_start,
    cut_passages,
    embedding_text,
)
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.formats import plain
from embeddings.types import BlockKind, Document, Metadata
from tests.embeddings.passages.test_structure import MAIL, MINUTES, PAGE
from tests.fakes import make_documents, make_one

NEWS = """Nyhet från Åmåls tidning

Brandkåren räddade katt

Publicerad 12 maj 2021

Katten Måns satt i trädet i tre dygn innan brandkåren kom den 11 maj till Ån.

– Det gick bra, säger brandmästaren Åke Ö.

Måns och Åke
Katten Måns på trygg mark. Foto: Älva Ek

Här ses katter

• Åmål
• Öland

Kontakt

Åsa Öberg, 070-123 45 67
"""


def cut(text, name="möte.txt"):
    return cut_passages(make_one(text, name))


def texts(text, name="möte.txt"):
    return [passage.text for passage in cut(text, name)]


def words(text):
    """How many words there are, not counting marks of items."""
    return len(re.findall(r"\S*\w\S*", text))


def passage_with(text, word, name="möte.txt"):
    [found] = [passage for passage in cut(text, name) if word in passage.text]
    return found


def assert_sound(document: Document) -> None:
    """Offsets are exact and in order, nothing overlaps, and all content is in some passage."""
    ends = [0, *(block.end for block in document.blocks)]
    for block, end in zip(document.blocks, ends, strict=False):
        assert end <= block.start < block.end <= len(document.text)
    passages = cut_passages(document)
    covered = bytearray(len(document.text))
    end = 0
    for passage in passages:
        assert end <= passage.start < passage.end
        assert passage.text == document.text[passage.start : passage.end] == passage.text.strip()
        assert passage.document is document
        assert embedding_text(passage).endswith(in_normal_form(passage.text))
        end = passage.end
        covered[passage.start : passage.end] = b"\1" * (passage.end - passage.start)
    for block in document.blocks:
        missed = [document.text[at] for at in range(block.start, block.end) if not covered[at]]
        is_list = block.kind == "list"
        assert not any(letter.isalpha() for letter in missed if not is_list)
        assert is_list or not "".join(missed).strip()
    # What is in no block: rules, marks of Markdown, pictures' texts that the next block repeats.


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize("text", [MINUTES, MAIL, PAGE, NEWS], ids=["minutes", "mail", "md", "news"])
def test_passages_are_exact_spans_in_order_that_cover_all_content(text, name):
    assert_sound(make_one(text, name))
    assert_sound(make_one("\ufeff" + text.replace("\n\n", "\n"), name))


# Lists


def test_a_list_is_one_passage_with_its_heading_and_announcement():
    text = "Möte\n\nDet var i går, på ön.\n\nInbjudna\n\nTill mötet bjöds:\n\n• Åsa\n\n• Örjan\n"
    passage = passage_with(text, "Åsa")
    assert passage.text == "Inbjudna\n\nTill mötet bjöds:\n\n• Åsa\n\n• Örjan"
    assert passage.kind is BlockKind.LIST
    assert passage.context.headings == ("Inbjudna",)


def test_the_title_is_no_heading_of_a_list_but_stands_in_its_passage():
    passage = passage_with("# Åtgärder\n\n- ål\n- ägg\n\nSlut, sa hon.", "ål", "a.md")
    assert passage.text == "Åtgärder\n\n- ål\n- ägg"
    assert passage.context.title == "Åtgärder"
    assert passage.context.headings == ()


def test_a_second_heading_of_the_first_level_is_kept():
    passage = passage_with(
        "# Protokoll\n\nÅsa kom.\n\n# Närvarande\n\n- Åke\n- Örjan", "Åke", "a.md"
    )
    assert passage.text.startswith("Närvarande\n\n- Åke")
    assert passage.context.headings == ("Närvarande",)


def test_a_long_paragraph_is_no_announcement():
    long = " ".join(["Åsa kom"] * 25) + ":"
    assert passage_with(f"Möte\n\n{long}\n\n• ål\n• ägg", "• ål").text == "• ål\n• ägg"


def test_a_paragraph_that_goes_on_in_a_list_announces_it_without_a_colon():
    text = "Brolag\n\n{}Ansökan ska innehålla\n\n1. mått,\n2. ritningar.\n\nSlut, sa hon."
    assert passage_with(text.format(""), "mått").text.startswith("Ansökan ska innehålla\n\n1. mått")
    long = " ".join(["Åsa söker."] * 30) + " "
    passage = passage_with(text.format(long), "mått")
    assert passage.text.startswith("1. mått")
    assert passage.context.headings == ("Ansökan ska innehålla",)
    ended = text.replace("innehålla", "skrivas.")
    assert passage_with(ended.format(""), "mått").text.startswith("1. mått")


def test_a_long_list_is_divided_between_items_and_keeps_its_heading_in_the_context():
    items = [f"• Förening nummer {n} på Öland" for n in range(200)]
    text = "Möte\n\nDet var i går.\n\nInbjudna\n\nDessa bjöds:\n\n" + "\n".join(items)
    passages = [p for p in cut(text) if p.kind is BlockKind.LIST]
    assert len(passages) > 5
    assert passages[0].text.startswith("Inbjudna\n\nDessa bjöds:\n\n• Förening nummer 0 på Öland\n")
    for passage in passages:
        assert words(passage.text) <= MAX_WORDS
        assert passage.context.headings == ("Inbjudna",)
        assert passage.text.endswith("på Öland")
    for passage in passages[1:]:
        assert passage.text.startswith("Förening nummer")
    assert "".join(p.text for p in passages).count("Förening nummer") == 200


def test_an_announcement_that_leaves_no_room_for_an_item_is_a_passage_of_its_own():
    announcement = " ".join(["Åsa"] * 38) + " bjöd:"
    item = " ".join(["Örjan"] * 110)
    found = texts(f"Möte\n\n{announcement}\n\n• {item}\n• Ek")
    assert found == [f"Möte\n\n{announcement}", f"{item}\n• Ek"]


# Sizes


def test_a_long_paragraph_is_divided_between_sentences():
    sentence = "Åsa Öberg öppnar mötet och hälsar alla {} välkomna till ån."
    found = texts("Möte\n\n" + " ".join(sentence.format(n) for n in range(60)))
    assert len(found) > 5
    assert found[0].startswith("Möte\n\nÅsa")
    assert all(text.startswith("Åsa") for text in found[1:])
    assert all(text.endswith("ån.") for text in found)
    assert all(words(text) <= MAX_WORDS for text in found)


@pytest.mark.parametrize(
    "text",
    [
        "å " * 1000,
        "• " + "å " * 1000,
        "• å\n" * 1000 + "\n• ö",
        "1. " + "Åsa gick. " * 300,
        "Möte:\n\n" + "".join(f"{n % 90}. Åsa {'ö ' * 50}\n" for n in range(40)),
        "# Å\n\n" + "Åsa gick hem över ån och ängen. " * 100,
    ],
)
def test_no_passage_is_over_the_limit_where_it_can_be_divided(text):
    for name in ("a.txt", "a.md"):
        found = texts(text, name)
        assert len(found) > 1
        assert all(words(part) <= MAX_WORDS for part in found)


def test_a_word_is_divided_only_where_it_is_longer_than_a_passage_may_be():
    assert texts("å" * MAX_CHARACTERS) == ["å" * MAX_CHARACTERS]
    assert texts("å" * 25_000) == ["å" * 10_000, "å" * 10_000, "å" * 5_000]


def test_a_line_of_five_megabytes_is_cut_in_a_moment():
    for text in ("Åsa ser ån. " * 80_000, "åäö " * 1_250_000):
        document = make_one(text)
        began = time.process_time()
        passages = cut_passages(document)
        assert time.process_time() - began < 10
        assert sum(words(passage.text) for passage in passages) == words(text)


# Context


def test_the_context_says_what_a_passage_is_about():
    context = passage_with(NEWS, "Öland").context
    assert context.title == "Brandkåren räddade katt"
    assert context.headings == ("Här ses katter",)
    assert context.lead.startswith("Katten Måns satt i trädet")
    assert context.event_date == "11 maj"


def test_headings_of_all_levels_above_are_in_the_context():
    text = "# Ån\n\n## År 1\n\n### Å\n\nÅsa kom.\n\n## År 2\n\nÖrjan gick."
    assert passage_with(text, "Åsa", "a.md").context.headings == ("År 1", "Å")
    assert passage_with(text, "Örjan", "a.md").context.headings == ("År 2",)


def test_the_event_date_is_the_first_day_in_the_content_and_no_publication_date():
    text = "Möte\n\nPublicerad 3 maj 2021\n\nI april 2020 sågs vi. Den tolfte april\noch 13 april."
    assert cut(text)[-1].context.event_date == "tolfte april"
    assert cut("Möte\n\nPublicerad 3 maj 2021\n\nVi sågs i april.")[-1].context.event_date == ""


def test_the_name_of_the_file_stands_for_a_missing_title():
    assert cut("Vi ses i morgon, på ön, säger Åsa.", "år/årsmöte.txt")[0].context.title == "årsmöte"


def test_a_list_and_a_caption_are_embedded_with_the_lead_and_the_date_and_sentences_are_not():
    lead, day = "Katten Måns satt", "11 maj"
    for word in ("Öland", "Foto"):
        embedded = embedding_text(passage_with(NEWS, word))
        assert lead in embedded
        assert f"\n{day}\n" in embedded
    embedded = embedding_text(passage_with(NEWS, "brandmästaren"))
    assert embedded.startswith("Brandkåren räddade katt\n")
    assert lead not in embedded


def test_what_is_embedded_says_nothing_twice():
    passage = passage_with("# Ån\n\n## Ån\n\nÅsa kom.", "Åsa", "a.md")
    assert embedding_text(passage) == "Ån\n\nÅsa kom."


# Headings, metadata and notices


def test_a_heading_without_content_is_a_passage():
    text = "# Ån\n\n## Åtgärd saknas\n\n## Övrigt\n\nÅsa kom."
    assert texts(text, "a.md") == ["Ån\n\n## Åtgärd saknas", "Övrigt\n\nÅsa kom."]


def test_headings_with_nothing_below_them_are_one_passage_where_they_stand_together():
    contents = "\n\n".join(f"Bilaga {n} om ån" for n in range(40))
    found = texts(f"# Ån\n\nÅsa kom.\n\n{contents}\n\nÅsa gick hem till ån, sent.")
    assert "".join(found).count("Bilaga") == 40
    assert len(found) < 8
    assert all(words(text) <= MAX_WORDS for text in found)


def test_a_heading_above_a_date_alone_is_a_passage():
    text = (
        "# Nyheter i Åmål\n\nHär är månadens nyheter.\n\n"
        "## Ny skola öppnar\n\nPublicerad 12 april 2023\n\n"
        "## Badhuset stänger\n\nPublicerad 13 april 2023\n"
    )
    headings = [p.text for p in cut(text, "nyheter.md") if p.kind is BlockKind.HEADING]
    assert headings == ["Ny skola öppnar", "Badhuset stänger"]


def test_a_heading_over_nothing_stands_with_the_line_that_announces_it():
    text = (
        "# Mötet\n\nÅsa kom.\n\nLäs mer i rapporten:\n\n## Bron över ån i Åsby\n\n"
        "## Kontakt\n\nÅsa svarar."
    )
    passages = [passage.text for passage in cut(text, "möte.md")]
    assert passages[1] == "Läs mer i rapporten:\n\n## Bron över ån i Åsby"


def test_a_line_that_announces_the_title_again_is_not_lost():
    text = "# Bron\n\nÅsa kom till bron.\n\nLäs också:\n\n# Bron\n"
    assert "Läs också:" in texts(text, "möte.md")


def test_the_line_that_names_the_publisher_is_a_passage():
    text = "Pressmeddelande från Vägnämnden\n\nEn ny bro byggs\n\nPublicerad\n\nBron byggs av trä."
    lines = [passage.text for passage in cut(text) if passage.kind is BlockKind.METADATA]
    assert lines == ["Pressmeddelande från Vägnämnden"]


def test_a_metadata_line_with_one_date_is_a_passage_and_one_with_a_period_a_notice():
    text = (
        "Möte\n\nPublicerad\n\nUppdaterad 3 maj 2021\n\n"
        "Publicerades under perioden 3 maj 2014 till 2 juni 2019\n\nÅsa kom, sent."
    )
    assert [(passage.kind.value, passage.text) for passage in cut(text)] == [
        ("heading", "Möte\n\nPublicerad"),
        ("metadata", "Uppdaterad 3 maj 2021"),
        ("notice", "Publicerades under perioden 3 maj 2014 till 2 juni 2019"),
        ("paragraph", "Åsa kom, sent."),
    ]


def test_notices_are_passages_apart_and_under_no_heading():
    notice = "Sidan är inte längre aktuell, enligt Åsa."
    documents = make_documents({"a.txt": f"{notice}\n\nMöte i Ås\n\nÅsa kom, sent.\n\n{notice}"})
    found = [passage for passage in cut_passages(documents[0]) if passage.is_notice]
    assert [passage.text for passage in found] == [notice, notice]
    assert all(passage.context.headings == () for passage in found)


# Any text at all

# fmt: off
PIECES = st.sampled_from([
    "• ", "– ", "- ", "1. ", "a) ", "# ", "## ", "#", "---", "===", "Foto: Å", "säger Åsa.",
    "Publicerad", "12 april", "2023-09-23", "Pressmeddelande från Ö", "Åsa Öberg", "att gå",
    "Är det?", ". ", ": ", "; ", "\n", "\n\n", "\r", "\r\n", "\t", "  ", "\u00a0", "\u2028",
    "\x0b", "\x0c", "\x1c", "\x85", "\ufeff", "\u200b", "🎉", "e\u0301", "\U0010fffd", "\x01",
    "ord ", "Ett långt stycke om ån. ",
])
# fmt: on
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40).map("\n".join),
    st.tuples(st.lists(PIECES, min_size=1, max_size=6), st.integers(1, 200)).map(
        lambda drawn: "".join(drawn[0]) * drawn[1]
    ),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, markdown=st.booleans())
@example(text="# #", markdown=True)
@example(text="# \x0cÅ", markdown=True)
@example(text="---\n", markdown=False)
@example(text="Å\n\nPublicerad", markdown=False)
def test_any_text_is_read_and_cut_to_exact_spans(text, markdown):
    try:
        source = plain.read("å.md" if markdown else "å.txt", text.encode(errors="replace")).sources[
            0
        ]
    except DocumentError:
        return
    blocks = find_blocks(source)
    assert_sound(make_document(source, blocks, find_notices([digests_of(source, blocks)])))
    for block in blocks:
        assert block.start >= source.body


@settings(max_examples=100, deadline=None)
@given(said=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
@example(said="&a [*a]")
@example(said="!!int ''")
@example(said="!!timestamp å")
@example(said="2023-02-30")
def test_any_front_matter_is_read_or_refused(said):
    try:
        source = plain.read(
            "å.md", f"---\ntitle: {said}\npublished: {said}\n---\nÅsa.".encode()
        ).sources[0]
    except DocumentError:
        return
    else:
        assert isinstance(source.metadata, Metadata)
        assert "\n" not in (source.metadata.title or "")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("protokoll-2023.txt", "protokoll-2023"),
        ("år/möte.txt", "möte"),
        ("001_93fcb1803356b7da.txt", ""),
        ("20230412.txt", ""),
    ],
)
def test_a_file_name_without_a_word_says_nothing_of_its_passages(name, title):
    [document] = make_documents({name: "Skolan i Lund byggs om till hösten."})
    [passage] = cut_passages(document)
    assert passage.context.title == title


def test_the_body_of_a_passage_begins_after_the_headings_in_it():
    text = "# Ån\n\n## Å\n\nÅsa kom.\n\nÖrjan gick.\n\n- ål\n- ägg"
    found = [(passage.text[body_start(passage) - passage.start :]) for passage in cut(text, "a.md")]
    assert found == ["Åsa kom.", "Örjan gick.", "- ål\n- ägg"]


def test_a_divided_list_is_found_whole_from_any_of_its_passages():
    items = "\n".join(
        f"{n}. Ledamot {n} från Öland, vald för en tid av {n} år" for n in range(1, 61)
    )
    document = make_one(f"Nämnden\n\nDessa är valda:\n\n{items}\n\nSå var det.")
    passages = [one for one in cut_passages(document) if one.kind is BlockKind.LIST]
    assert len(passages) > 3
    blocks = {document.block_at(passage.end - 1) for passage in passages}
    assert [document.text_of(block) for block in blocks] == [items]
    for number in range(1, 61):  # the numbers too
        assert sum(f"{number}. Ledamot {number} " in one.text for one in passages) == 1
    assert document.block_at(len(document.text) + 5) is None
    assert document.block_at(document.blocks[0].end) is None
