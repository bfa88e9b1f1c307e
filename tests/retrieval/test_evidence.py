import dataclasses

import pytest

from embeddings.language.entities import find_entities
from retrieval.evidence import confirm
from retrieval.question import understand
from tests.retrieval.support import hits_of, make_document_of


def document_of(text, name="d.txt", **metadata):
    document = make_document_of(text, name, **metadata)
    entities = tuple(find_entities(text, document.metadata.published))
    return dataclasses.replace(document, entities=entities)


MARCH = document_of("Nämnden möttes den 4 mars 2020. Anna Berg ledde mötet om dnr BN 2020-0123.",
                    "mars.txt")  # fmt: skip
APRIL = document_of("Nämnden möttes den 8 april 2020. Bo Ek ledde mötet om dnr BN 2020-0124.",
                    "april.txt")  # fmt: skip


def names(question, *documents):
    hits, missing = confirm(understand(question), hits_of(*documents))
    return {hit.passage.document.name for hit in hits}, missing


def test_a_date_has_to_stand_in_the_document():
    assert names("Vem ledde mötet den 4 mars?", MARCH, APRIL) == ({"mars.txt"}, ())


def test_a_date_of_no_document_is_missing():
    assert names("Vem ledde mötet den 5 mars?", MARCH, APRIL) == (set(), ("5 mars",))


@pytest.mark.parametrize(("number", "expected"), [("BN 2020-0123", "mars.txt"),
                                                  ("bn 2020-0124", "april.txt")])  # fmt: skip
def test_a_case_number_has_to_stand_in_the_document_to_the_digit(number, expected):
    assert names(f"vad gällde {number}", MARCH, APRIL) == ({expected}, ())


def test_a_case_number_of_no_document_is_missing():
    assert names("vad gällde BN 2020-0125", MARCH, APRIL) == (set(), ("BN 2020-0125",))


@pytest.mark.parametrize(
    ("name", "title", "holds"),
    [
        ("dir-2017-29.pdf", None, True),
        ("dir-2017-290.pdf", None, False),
        ("x.pdf", "Direktiv, Dir. 2017:29", True),
        ("sfs-2017-29.html", None, False),
    ],
)
def test_a_number_in_the_title_or_the_name_of_the_file_is_in_the_document(name, title, holds):
    document = document_of("Utredningen förlängs. Dir. ningen 2017:29", name, title=title)
    assert names("vad säger dir 2017:29", document)[1] == (() if holds else ("dir 2017:29",))


def test_a_person_has_to_stand_in_the_document_in_any_form():
    assert names("Vad var Anna Bergs roll?", MARCH, APRIL) == ({"mars.txt"}, ())


@pytest.mark.parametrize(
    ("written", "asked", "holds"),
    [
        ("Christina Wikström", "Kristina Vikström", True),
        ("Lena Hjalmarson", "Lena Hjalmarsson", True),
        ("Carl-Axel Nilsson", "Karl-Axel Nilsson", True),
        ("Karin Nilsson", "Karin Nelsson", False),
        ("Karin Åberg", "Karin Öberg", False),
        ("Karin Åberg", "Karina Åberg", False),
    ],
)
def test_a_person_may_be_written_as_the_name_sounds_but_not_be_another(written, asked, holds):
    document = document_of(f"Nämnden möttes i går. {written} ledde mötet.")
    found, missing = names(f"Vad sa {asked}?", document)
    assert found == ({"d.txt"} if holds else set())
    assert missing == (() if holds else (asked,))


def test_where_two_documents_have_a_part_each_nothing_is_missing_and_none_is_evidence():
    assert names("Ledde Bo Ek mötet den 4 mars?", MARCH, APRIL) == (set(), ())


def test_a_document_without_a_day_may_tell_of_the_event_of_one_with_it():
    dated = document_of(
        "Den 4 mars träffade Anna Berg och Bo Ek Skolverket och Boverket.", "dated.txt"
    )
    undated = document_of("Anna Berg och Bo Ek talade med Skolverket och Boverket om skolor.",
                          "undated.txt")  # fmt: skip
    other = document_of("Cia Dal besökte Kustbevakningen.", "other.txt")
    found, _ = names("Vilka träffades den 4 mars?", dated, undated, other)
    assert found == {"dated.txt", "undated.txt"}


def test_a_document_of_another_day_tells_of_another_event():
    other = document_of("Den 9 mars träffade Anna Berg och Bo Ek Skolverket.", "other.txt")
    found, _ = names("Vilka träffades den 4 mars?", MARCH, other)
    assert found == {"mars.txt"}


def test_a_question_that_names_nothing_takes_every_hit():
    found, missing = names("vad kostar det", MARCH, APRIL)
    assert found == {"mars.txt", "april.txt"}
    assert missing == ()


@pytest.mark.parametrize(
    "question",
    ["Jag bor i Kiruna, vad kostar det?", "vad hände 2019", "Vem ledde mötet i juni?"],
)
def test_places_years_and_months_keep_no_document_out(question):
    assert names(question, MARCH, APRIL) == ({"mars.txt", "april.txt"}, ())


MINUTES = """# Protokoll från socialnämnden

## § 101 Ny barnstuga

Nämnden beslutar att bygga barnstugan.

## § 102 Hyror

Nämnden höjer hyran, se även § 101.

Mötet avslutas klockan 16.
"""
STATUTES = """# Taxeföreskrifter

## 1 kap. Allmänt

### 2 § Avgift

Avgiften är 100 kronor.

## 2 kap. Undantag

### 2 § Barn

Barn betalar ingenting.
"""


@pytest.mark.parametrize(
    ("text", "question", "kept", "left_out"),
    [
        (MINUTES, "Vad beslutades i § 102?", "höjer hyran", "bygga barnstugan"),
        (MINUTES, "Vad beslutades i 101 §?", "bygga barnstugan", "klockan 16"),
        (STATUTES, "vad säger 1 kap. 2 §", "100 kronor", "ingenting"),
        (STATUTES, "vad säger 2 kap 2 §", "ingenting", "100 kronor"),
        (STATUTES, "vad säger 2 kap", "ingenting", "100 kronor"),
    ],
)
def test_a_passage_of_another_section_than_the_one_named_is_left_out(
    text, question, kept, left_out
):
    document = document_of(text, "d.md")
    said = " ".join(hit.passage.text for hit in confirm(understand(question), hits_of(document))[0])
    assert kept in said
    assert left_out not in said


def test_nothing_is_left_out_if_no_section_can_be_told():
    document = document_of("Enligt § 7 är taxan 10 kronor.\n\nEnligt § 8 är den 12 kronor.")
    hits, missing = confirm(understand("Vad är taxan i § 7?"), hits_of(document))
    assert (len(hits), missing) == (2, ())
