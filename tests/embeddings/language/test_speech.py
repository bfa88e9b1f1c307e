import pytest

from embeddings.language.speech import SPEECH_VERB


@pytest.mark.parametrize("text", ["Ja, säger Åsa Öman.", "Hon underströk det.", "– Nej, Sa Bo."])
def test_verbs_that_say_that_somebody_speaks_are_found(text):
    assert SPEECH_VERB.search(text)


@pytest.mark.parametrize("text", ["Samråd i salen.", "Meningen är god.", "Anseendet sjönk."])
def test_words_that_only_begin_like_them_are_not(text):
    assert not SPEECH_VERB.search(text)
