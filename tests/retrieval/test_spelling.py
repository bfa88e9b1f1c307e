import pytest

from embeddings.index.vocabulary import Vocabulary
from embeddings.language.words import plain, stems, tokens
from retrieval.spelling import mend

PAPERS = """
Kommunstyrelsen i Malmö beslutade om åtgärder för skolor och förskolor. Från början var rådet emot
förslaget, men mötet den tolfte april ändrade uppfattning. Segregationen är ett hinder, sa
Ibrahim Baylan. Uppehållstillstånd, viktiga frågor, val av ordförande och väl använda medel,
arbetsmarknad, natten, namnen, en rad om rad, mål och mal på prov.
"""


@pytest.fixture(scope="module")
def vocabulary():
    def counted(words):
        return {word: words.count(word) for word in words}

    return Vocabulary(counted(tokens(PAPERS)), counted(stems(PAPERS)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vilka segregatoin", "vilka segregation"),
        ("vad sa bajlan om segregatoinen", "vad sa baylan om segregationen"),
        ("hur söker man upehållstillstånd", "hur söker man uppehållstillstånd"),
        ("vktiga frågor på mötett", "viktiga frågor på mötet"),
        ("Vad sa Balyan om förslagget?", "Vad sa Baylan om förslaget?"),
        ("åtgäder för komunstyrelsen", "åtgärder för kommunstyrelsen"),
    ],
)
def test_slips_are_mended(vocabulary, typed, meant):
    assert mend(typed, vocabulary) == meant


@pytest.mark.parametrize(
    "meant",
    [
        "vilka åtgärder beslutade kommunstyrelsen i malmö om",
        "när är mötet",
        "hur många förskolor får pengar från början",
        "varför är rådet emot förslaget",
        "vilket år var det",
        "vad säger ordförande om åtgärderna",
        "vad hände igår och i lördags",
        "vem äger viktiga frågor på lördag",
    ],
)
def test_a_question_without_its_marks_is_the_same_question(vocabulary, meant):
    assert mend(plain(meant), vocabulary) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Vad gör katten på hamnen?",  # real words, near "natten" and "namnen"
        "Vad sa Wikström och Nilsson?",
        "vad kostar krisberedskapsmötet",
        "vilka medel har MSB",
        "vem är GD på Migrationsverket",
        "vad är en rad",
        "val av ordförande",
        "vad hände 12/4 2024",
        "Vad sa han då?",
        "Where was the meeting held, and for how long?",
        "",
    ],
)
def test_what_is_no_slip_is_left_alone(vocabulary, text):
    assert mend(text, vocabulary) == text


def test_word_that_could_be_either_is_the_likelier_one_where_marks_are_left_out(vocabulary):
    assert mend("vad ar rad", vocabulary) == "vad är rad"  # "rad" stands more often than "råd"
    assert mend("vad ar mal", vocabulary) == "vad är mal"
    assert mend("vad är mal", vocabulary) == "vad är mal"


def test_names_of_organisations_are_left_to_their_register(vocabulary):
    assert mend("vad gör arbetsförmedligen", vocabulary) == "vad gör arbetsförmedligen"
