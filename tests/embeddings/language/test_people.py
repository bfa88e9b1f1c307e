import pytest

from embeddings.language.people import find_people, is_title


def people(text):
    return [text[start:end] for start, end in find_people(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Märta Åkerblom och Örjan Sjö-Qvist talade.", ["Märta Åkerblom", "Örjan Sjö-Qvist"]),
        ("Sven-Åke von Öhrn, ekonomichef", ["Sven-Åke von Öhrn"]),
        ("enligt Ebba Lind Öberg själv", ["Ebba Lind Öberg"]),
        ("Kjell\u00a0Ruda, överste", ["Kjell\u00a0Ruda"]),
        ("Göran Tallkvist. Åsa Ek tog vid.", ["Göran Tallkvist", "Åsa Ek"]),
    ],
)
def test_people_are_two_words_with_a_capital(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kommundirektör Rut Hallengren svarar", "Rut Hallengren"),
        ("Landshövding Ingegerd Wallströmer svarar", "Ingegerd Wallströmer"),
        ("Med Rut Hallengren", "Rut Hallengren"),
        ("Livsmedelsverket Åsa Bergh", "Åsa Bergh"),
        ("Livsmedelsverket Generaldirektör Åsa Bergh", "Åsa Bergh"),
        ("IngaBritt Bergström talade", "IngaBritt Bergström"),
    ],
)
def test_title_or_first_word_of_a_sentence_is_no_part_of_a_name(text, name):
    assert people(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Statens Kulturråd beslutade",
        "Länsstyrelsen i Gävleborgs län",
        "en ny rektor kom",
        "Ljusforsa",
        "Märta\nÅkerblom",
    ],
)
def test_organisations_and_single_words_are_no_people(text):
    assert people(text) == []


def test_name_that_lost_its_space_is_found():
    assert people("Livsmedelsverket, PerNilsgård, avdelningschef") == ["PerNilsgård"]


def test_name_that_lost_its_capital_is_found_between_commas():
    assert people("SMHI, anna Dahlberg, hydrolog") == ["anna Dahlberg"]


@pytest.mark.parametrize("word", ["generaldirektör", "Rikspolischefen", "ordförande", "rektor"])
def test_titles_are_told_by_their_ending(word):
    assert is_title(word)


@pytest.mark.parametrize("word", ["beslut", "Åsby", "direkt"])
def test_other_words_are_no_titles(word):
    assert not is_title(word)


@pytest.mark.parametrize(
    "word", ["generaldirektör", "Rikspolischefen", "kommunalråd", "statsrådet"]
)
def test_titles_say_what_a_person_is(word):
    assert is_title(word)


@pytest.mark.parametrize("word", ["samråd", "rådet", "Vetenskapsrådet", "förrådet", "skola"])
def test_councils_and_consultations_are_no_titles(word):
    assert not is_title(word)
