import pytest

from embeddings.index.vocabulary import Vocabulary
from tests.fakes import make_index

FORMS = {"mötet": 9, "åtgärder": 4, "rad": 2, "råd": 7, "segregation": 5, "kommunen": 8, "möten": 1}
STEMS = {
    "möt": 12, "åtgärd": 4, "rad": 2, "råd": 7, "segregation": 5, "kommun": 8, "styr": 3,
    "krisberedskap": 4, "skol": 9, "nämnd": 6, "skolnämnd": 40, "sammanträd": 5, "gat": 4,
    "belysning": 3, "styrels": 4, "@-4": 9, "": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary(FORMS, STEMS)


@pytest.mark.parametrize(
    ("typed", "spelt"),
    [
        ("motet", "mötet"),
        ("atgarder", "åtgärder"),
        ("atgarderna", "åtgärderna"),  # a form that the documents have not
        ("rad", "råd"),
        ("mötet", None),
        ("kvarnen", None),
    ],
)
def test_marks_that_were_left_out_are_put_back(vocabulary, typed, spelt):
    assert vocabulary.with_diacritics(typed) == spelt


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("segregatoin", "segregation"),
        ("segregatoinen", "segregationen"),  # a form that they have not
        ("komunen", "kommunen"),
        ("kommunenn", "kommunen"),
        ("hundgården", None),
    ],
)
def test_slip_is_corrected_to_the_nearest_word(vocabulary, typed, corrected):
    assert vocabulary.corrected(typed) == corrected


def test_short_word_forgives_one_edit_and_a_long_one_two(vocabulary):
    assert vocabulary.corrected("mtet") == "mötet"
    assert vocabulary.corrected("mtt") is None
    assert vocabulary.corrected("segregtoion") == "segregation"


def test_words_are_those_of_the_index(tmp_path):
    index = make_index(tmp_path, {"a.txt": "Möte om åtgärder\n\nMötet gällde två åtgärder."})
    vocabulary = index.words.vocabulary
    assert vocabulary.count("åtgärder") >= 2
    assert vocabulary.knows("åtgärd")
    assert not vocabulary.knows("@-4")
    assert vocabulary.with_diacritics("atgarder") == "åtgärder"
    index.close()


def test_number_is_never_a_slip_of_another():
    vocabulary = Vocabulary({"12501": 3, "a12500": 1}, {"12501": 3, "a12500": 1})
    assert vocabulary.corrected("12500") is None
    assert vocabulary.corrected("a12501") is None
