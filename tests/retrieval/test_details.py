import pytest

from retrieval.details import (
    find_details,
    has_enumeration,
    has_names,
    is_detail,
)
from retrieval.types import QuestionKind


def details(text, kind):
    return [text[start:end] for start, end in find_details(text, QuestionKind(kind))]


@pytest.mark.parametrize(
    "number",
    ["0270-55 12 34", "08-405 10 00", "072-5457079", "+46 8 405 10 00", "+46 (0)270 55 12 34",
     "0701234567", "020-11 22 33"],
)  # fmt: skip
def test_telephone_numbers_are_found_whole(number):
    assert details(f"Ring {number} mellan 9 och 12.", "phone") == [number]


@pytest.mark.parametrize(
    "text",
    ["org.nr 556036-0793", "den 2019-04-12", "kl. 15.30", "dnr 2019/04012", "1 400 000 kronor",
     "plusgiro 12 34 56-7", "paragraf 14"],
)  # fmt: skip
def test_other_numbers_are_no_telephone_numbers(text):
    assert details(text, "phone") == []


def test_several_telephone_numbers_are_kept_apart():
    text = "Växel: 026-17 90 00, mobil: 070-123 45 67."
    assert details(text, "phone") == ["026-17 90 00", "070-123 45 67"]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Skriv till åsa.ek+plan@bygg.ljusforsa.se.", ["åsa.ek+plan@bygg.ljusforsa.se"]),
        ("a@b.se, c-d@e-f.example", ["a@b.se", "c-d@e-f.example"]),
        ("följ @ljusforsa", []),
        ("ljusforsa.se", []),
    ],
)
def test_email_addresses_are_found_without_the_full_stop(text, addresses):
    assert details(text, "email") == addresses


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("kostade 14,5 miljoner kronor", ["14,5 miljoner kronor"]),
        ("1 400 kronor per fordon", ["1 400 kronor"]),
        ("1\u00a0400\u00a0000 kr", ["1\u00a0400\u00a0000 kr"]),
        ("Cirka 37 föreningar", ["Cirka 37"]),
        ("ökade med 3,5 procent", ["3,5 procent"]),
        ("tolv kommuner", ["tolv"]),
        ("tjugofem elever", ["tjugofem"]),
        ("ett hundratal besökare", ["ett hundratal"]),
        ("hälften av dem", ["hälften"]),
    ],
)
def test_numbers_are_found_with_their_unit_and_in_words(text, numbers):
    assert details(text, "number") == numbers


@pytest.mark.parametrize(
    "text", ["en kommun", "ett beslut", "covid-19", "kl. 15.30", "den 3 maj 2019", "i april 2018"]
)
def test_articles_times_and_dates_are_no_numbers(text):
    assert details(text, "number") == []


def test_dates_are_found_in_the_order_of_the_text():
    text = "Stängt från den 3 maj 2019 till juni."
    assert details(text, "date") == ["3 maj 2019", "juni"]


@pytest.mark.parametrize("kind", ["person", "date", "number", "phone", "email"])
def test_details_can_be_told_by_their_form(kind):
    assert is_detail(QuestionKind(kind))


@pytest.mark.parametrize("kind", ["list", "fact", "yesno", "statement", "reason", "place"])
def test_other_kinds_have_no_details(kind):
    assert not is_detail(QuestionKind(kind))
    assert details("Rut Hallengren, den 3 maj, 08-405 10 00", kind) == []


@pytest.mark.parametrize(
    ("text", "counts_up"),
    [
        ("båtar, sandsäckar och pumpar", True),
        ("tidiga insatser för unga, fler lärare samt bättre lokaler", True),
        ("båtar och sandsäckar", False),
        ("Han kom, såg inget, gick hem.", False),
    ],
)
def test_enumeration_has_a_comma_and_a_last_and(text, counts_up):
    assert has_enumeration(text) is counts_up


@pytest.mark.parametrize(
    ("text", "counts_up"),
    [("Solna och Täby", True), ("Åsby, Överbyn", True), ("i Åsby", False), ("bår och båt", False)],
)
def test_names_are_counted_up_where_two_stand_together(text, counts_up):
    assert has_names(text) is counts_up
