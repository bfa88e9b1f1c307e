from datetime import date

import pytest

from embeddings.passages.cutting import cut_passages
from embeddings.passages.document import make_document
from embeddings.passages.head import head_lines
from embeddings.passages.structure import find_blocks
from embeddings.types import MAX_WORDING, Block, BlockKind, Metadata, Source

TEXT = (
    "Taxan för vatten höjs med fem kronor i hela kommunen från och med den 1 maj 2024. Det är bra."
)


def made(text, name="a.txt", **given):
    source = Source(name, text, **given)
    return make_document(source, find_blocks(source), frozenset())


def test_a_title_may_stand_in_the_middle_of_lines_that_are_one_block():
    document = made(f"Ekviks kommun\nTekniska nämnden\nNya taxor för vatten\n2024-03-05\n\n{TEXT}")
    assert document.title == "Nya taxor för vatten"
    texts = [(block.kind.value, document.text_of(block)) for block in document.blocks]
    assert texts[:3] == [
        ("list", "Ekviks kommun\nTekniska nämnden"),
        ("heading", "Nya taxor för vatten"),
        ("list", "2024-03-05"),
    ]
    assert document.metadata.published == date(2024, 3, 5)


def test_a_wrapped_title_is_one_line():
    document = made(f"Ekviks kommun\n\nRiktlinjer för stöd till\nföreningar och byalag\n\n{TEXT}")
    assert document.title == "Riktlinjer för stöd till föreningar och byalag"


def test_a_title_that_only_names_the_kind_is_kept_above_running_text():
    document = made(f"{TEXT} {TEXT}", metadata=Metadata(title="Rapport"))
    assert document.title == "Rapport"
    assert [block.kind for block in document.blocks] == [BlockKind.PARAGRAPH]


def test_a_heading_of_the_first_level_below_a_long_menu_is_the_title():
    menu = "\n".join(f"- [Länk {number}](x)" for number in range(20))
    assert made(f"{menu}\n\n# Nya taxor för vatten\n\n{TEXT}", "a.md").title == (
        "Nya taxor för vatten"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"**Nya taxor för vatten**\n\n{TEXT}", "a.md"),
        (f"# **Nya taxor** för vatten\n\n{TEXT}", "a.md"),
        (f"Nya taxor för vatten;\n\n{TEXT}", "a.txt"),
    ],
)
def test_marks_are_not_in_the_title_and_the_title_is_no_heading(text, name):
    document = made(text, name)
    assert document.title == "Nya taxor för vatten"
    assert {passage.context.headings for passage in cut_passages(document)} == {()}


def test_a_long_title_is_cut_like_its_heading():
    document = made(f"# {'Nya taxor för vatten och avlopp ' * 20}\n\n{TEXT}", "a.md")
    assert len(document.title) == MAX_WORDING
    assert cut_passages(document)[-1].context.headings == ()


def test_the_date_is_that_of_the_body_and_not_of_its_front_matter_or_of_a_change():
    body = f"# Nya taxor för vatten\n\nBeslutad av kommunfullmäktige 2024-03-05\n\n{TEXT}"
    front = "---\nbäst före: 2030-05-01\n---\n\n"
    found = made(front + body, "a.md", body=len(front))
    assert found.metadata.published == date(2024, 3, 5)
    changed = f"Nya taxor för vatten\n\nSenast uppdaterad: 5 mars 2024\n\n{TEXT}"
    assert made(changed).metadata.published is None


def test_lines_know_what_is_directly_above_and_below_them():
    text = "Ett\nTvå\n\nTre\n  fyra"
    blocks = [Block(BlockKind.PARAGRAPH, 0, 7), Block(BlockKind.PARAGRAPH, 9, len(text))]
    lines = head_lines(text, blocks, 9)
    assert [(line.text, line.is_first, line.is_last) for line in lines] == [
        ("Ett", True, False),
        ("Två", False, True),
        ("Tre   fyra", True, True),
    ]
    assert head_lines(text, blocks, 1) == lines[:1]
    assert head_lines(text, [], 9) == []
