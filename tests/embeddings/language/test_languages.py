import pytest

from embeddings.language.languages import find_language

SWEDISH = (
    "Kommunstyrelsen beslutar att bifalla ansökan om bygglov för fastigheten, och att ge "
    "förvaltningen i uppdrag att återkomma med en kostnadsberäkning."
)
ENGLISH = (
    "The committee decided to approve the application for a building permit, and asked the office "
    "to come back with an estimate of the costs."
)
NORWEGIAN = (
    "Regjeringen har besluttet at tiltaket skal gjennomføres i løpet av året, og at kommunene skal "
    "få dekket utgiftene sine av staten."
)


@pytest.mark.parametrize(("text", "code"), [(SWEDISH, "sv"), (ENGLISH, "en"), (NORWEGIAN, "no")])
def test_the_language_of_a_text_is_found(text, code):
    assert find_language(text) == code


@pytest.mark.parametrize("text", ["", "Anna Ek", "Telefon 0123-45 67 89 " * 10 + "1 2 3"])
def test_too_little_text_has_no_language(text):
    assert find_language(text.replace("Telefon", "")) is None
