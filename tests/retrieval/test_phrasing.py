import pytest

from retrieval.phrasing import phrased
from retrieval.question import understand
from tests.retrieval.support import hits_of, make_document_of

UNDATED = "Torget\n\nTorget i Lund får nya bänkar."


def passage_of(text):
    return hits_of(make_document_of(text, "torg.txt"))[0].passage


@pytest.mark.parametrize(
    ("typed", "said", "written"),
    [
        ("Vad diskuterades 12/2?", "12 februari", "Vad diskuterades 12 februari?"),
        ("vilka var med den 23.5", "den 23 maj", "vilka var med den 23 maj"),
        ("mötet 2023-09-23", "23 september 2023", "mötet 23 september 2023"),
        ("Vilka deltog den 12 april?", "12 april", "Vilka deltog den 12 april?"),
        ("Vad hände 2019?", "2019", "Vad hände 2019?"),
    ],
)
def test_dates_are_read_as_documents_write_them(typed, said, written):
    passage = passage_of(f"Torget\n\nTorget i Lund byggdes om {said} av kommunen.")
    assert phrased(understand(typed), passage) == written


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("Vad diskuterades 12/2?", "Vad diskuterades?"),
        ("vilka var med den 23.5 i Lund", "vilka var med i Lund"),
        ("Vad inrättade SKR i september 2023?", "Vad inrättade SKR?"),
        ("Who came on 3 May?", "Who came?"),
        ("Vad hände 2019?", "Vad hände 2019?"),
    ],
)
def test_a_date_that_the_passage_does_not_say_is_not_asked_of_it(typed, left):
    assert phrased(understand(typed), passage_of(UNDATED)) == left


@pytest.mark.parametrize(
    ("typed", "topic", "asked"),
    [
        ("Hur många ska sitta i den?", "Trygghetsberedningen",
         "Hur många ska sitta i Trygghetsberedningen"),
        ("Vilka deltog?", "mötet i Lund", "Vilka deltog mötet i Lund"),
        ("Vilka deltog?", "mötet 12/2 i Lund", "Vilka deltog mötet i Lund"),
        ("Vilka bjöd in till det?", "handlade mötet i Lund om", "Vilka bjöd in till mötet i Lund"),
        ("Vilka deltog där?", "mötet", "Vilka deltog där mötet"),
        ("Vilka deltog i den skolan?", "Norra skolan", "Vilka deltog i den skolan Norra skolan"),
    ],
)  # fmt: skip
def test_the_topic_stands_where_the_pronoun_stood(typed, topic, asked):
    assert phrased(understand(typed, topic), passage_of(UNDATED)) == asked


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("Vem är GD för Brå?", "Vem är generaldirektör för Brottsförebyggande rådet?"),
        ("vem var högsta chefen från Brå", "vem var generaldirektör från Brottsförebyggande rådet"),
        ("Vem är GD för Säpo?", "Vem är generaldirektör för Säpo?"),
        ("Vad gör Brottsförebyggande rådet?", "Vad gör Brottsförebyggande rådet?"),
        ("Vad gjorde Brå 12/2?", "Vad gjorde Brottsförebyggande rådet?"),
    ],
)
def test_organisations_and_titles_are_called_what_the_passage_calls_them(typed, asked):
    text = "Rådet\n\nBrottsförebyggande rådet leds av generaldirektör Eva Dal i Stockholm."
    assert phrased(understand(typed), passage_of(text)) == asked


BOARD = (
    "Nytt råd\n\nRegeringen inrättar Landsbygdsrådet i Ånge.\n\n"
    "I rådet ingår sju ledamöter från hela landet, och det leds av Åsa Ek."
)


def paragraph(text, number):
    return hits_of(make_document_of(text, "råd.txt"))[number].passage


@pytest.mark.parametrize(
    ("asked", "put"),
    [
        ("Hur många ingår i Landsbygdsrådet?", "Hur många ingår i rådet?"),
        ("vem är landsbygdsrådets ordförande", "vem är rådets ordförande"),
        ("Hur många ingår i Skärgårdsrådet?", "Hur många ingår i Skärgårdsrådet?"),
    ],
)
def test_a_compound_is_called_what_the_passage_calls_it_when_the_document_has_told(asked, put):
    assert phrased(understand(asked), paragraph(BOARD, 1)) == put
    assert phrased(understand(asked), paragraph(BOARD, 0)) == asked


def test_a_last_part_that_could_be_of_two_compounds_stands_for_neither():
    text = BOARD.replace("inrättar", "lägger ned Skärgårdsrådet och inrättar")
    asked = "Hur många ingår i Landsbygdsrådet?"
    assert phrased(understand(asked), paragraph(text, 1)) == asked
