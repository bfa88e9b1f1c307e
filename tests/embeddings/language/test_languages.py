import pytest
from py3langid import langid

from embeddings.errors import DocumentError
from embeddings.language.languages import find_language, forget_languages

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


def test_no_room_for_what_tells_languages_apart_is_one_line_with_what_to_do(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    forget_languages()
    monkeypatch.setattr(langid.LanguageIdentifier, "from_model_file", full)
    with pytest.raises(DocumentError, match=r"\(No space left on device\): make room in /"):
        find_language(SWEDISH)
