import pytest

from embeddings.language.lexicon import is_compound, is_name, is_word


@pytest.mark.parametrize("word", ["katt", "mötenas", "beslutades", "öberg", "kiruna", "åtgärder"])
def test_words_and_names_are_known_in_their_forms(word):
    assert is_word(word)


@pytest.mark.parametrize("word", ["segregatoin", "atgarder", "qwerty"])
def test_slips_are_no_words(word):
    assert not is_word(word)


@pytest.mark.parametrize("word", ["öberg", "wikström", "anna", "kiruna", "malmö", "ryssland"])
def test_names_are_known_without_their_capitals(word):
    assert is_name(word)


@pytest.mark.parametrize("word", ["bo", "stig", "sten", "berg", "mars", "möte", "hans", "qwerty"])
def test_word_that_is_no_name_or_another_word_too_is_no_name(word):
    assert not is_name(word)


@pytest.mark.parametrize("word", ["segregationsmöte", "hundrastgård", "krisberedskapsmötet"])
def test_compound_of_two_words_is_known(word):
    assert is_compound(word)


@pytest.mark.parametrize("word", ["förslagget", "segregatoin", "katt", ""])
def test_what_only_holds_short_words_is_no_compound(word):
    assert not is_compound(word)
