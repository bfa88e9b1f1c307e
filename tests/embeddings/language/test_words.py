import unicodedata

import pytest

from embeddings.language.words import STOP_WORDS, by_ear, stems, tokens


def test_tokens_are_words_and_numbers_in_lower_case():
    assert tokens("Åsa åt 3 ägg, på Öland!") == ["åsa", "åt", "3", "ägg", "på", "öland"]
    assert tokens("– … ”!” \n") == []


def test_letters_with_diacritics_stay_inside_their_word():
    assert tokens("återförsäljare Linnéa") == ["återförsäljare", "linnéa"]
    assert tokens("snake_case") == ["snake", "case"]


def test_a_letter_and_its_combining_mark_are_one():
    assert tokens(unicodedata.normalize("NFD", "Återförsäljare på Öland")) == tokens(
        "Återförsäljare på Öland"
    )


@pytest.mark.parametrize("text", ["SKR:s", "SKR:", "SKR", "SKR:n"])
def test_the_ending_after_a_colon_is_left_out(text):
    assert tokens(text) == ["skr"]


def test_a_colon_before_a_word_is_no_ending():
    assert tokens("Foto:Åsa") == ["foto", "åsa"]
    assert tokens("plats:torget") == ["plats", "torget"]
    assert tokens("2018:585") == ["2018", "585"]


@pytest.mark.parametrize(
    "words",
    [
        "myndigheten myndigheter myndigheterna",
        "möte möten mötet mötets",
        "äpple äpplen äpplens",
        "deltog delta deltar deltagit",
        "skriva skrev skrivit",
        "beskriva beskrev beskrivit",
        "bjuda bjöd bjudit",
        "inbjuden inbjuda inbjöd",
        "säga sade sagt",
        "stå stod stått",
        "sälja sålde sålt",
        "växa vuxit",
        "gå gick gått",
        "bygga bygger byggde byggdes byggt byggda",
        "införa införde infört",
        "leda ledde ledda",
        "lyfta lyfte lyft",
        "använda använde använt",
        "känna kände känt",
        "möta mötte mött",
        "ledamot ledamöter ledamöternas",
        "bostad bostäder bostäderna",
        "tjänsteman tjänstemän tjänstemännen",
    ],
)
def test_the_forms_of_a_word_have_one_stem(words):
    assert len(set(stems(words))) == 1


@pytest.mark.parametrize(
    "words", ["höra hora", "höra föra", "stad stat", "får far", "röd rod", "mål mal", "kön kon"]
)
def test_words_that_differ_in_a_letter_with_diacritics_differ(words):
    first, second = stems(words)
    assert first != second


def test_question_words_are_stop_words_and_what_is_asked_about_is_not():
    assert {"vilka", "och", "när", "är"} <= STOP_WORDS
    assert not {"möte", "deltog", "myndigheter", "åre"} & STOP_WORDS


@pytest.mark.parametrize("form", ["myndighets", "myndigheten", "myndigheterna", "myndigheternas"])
def test_forms_of_a_noun_in_het_share_a_stem(form):
    assert stems(form) == stems("myndighet")


@pytest.mark.parametrize(
    "forms",
    ["ny nya nytt nyare", "stor stort stora större", "gammal gamla äldre", "lång långt längst",
     "nationell nationellt nationella", "lokal lokalt lokala", "effektiv effektivt effektiva",
     "gemensam gemensamt", "allmän allmänt allmänna", "kommunal kommunalt"],
)  # fmt: skip
def test_forms_of_an_adjective_have_one_stem(forms):
    assert len(set(stems(forms))) == 1


@pytest.mark.parametrize("word", ["gestalt", "hotellet", "skrivit", "arkivet", "halt", "samt"])
def test_other_words_in_t_keep_it(word):
    [stem], [without] = stems(word), stems(word.removesuffix("t"))
    assert stem != without or word.endswith("et")


@pytest.mark.parametrize("text", ["12 500", "12\u00a0500", "12.500", "12500", "12\u202f500"])
def test_number_is_one_token_however_its_digits_are_grouped(text):
    assert tokens(f"för {text} kronor.") == ["för", "12500", "kronor"]


def test_numbers_side_by_side_dates_and_case_numbers_are_no_sum():
    assert tokens("2018 500, 10 20 300 2018-04-12, 2010:110") == [
        "2018", "500", "10", "20300", "2018", "04", "12", "2010", "110",
    ]  # fmt: skip
    assert tokens("2,5 eller 2,6") == ["2,5", "eller", "2,6"]
    assert tokens("1,2,3") == ["1", "2", "3"]


@pytest.mark.parametrize("word", ["2022", "0112", "b2ades", "a10en", "1990arna"])
def test_word_with_a_digit_is_its_own_stem_and_sounds_like_no_other(word):
    assert stems(word) == [word]
    assert by_ear(word) == word
