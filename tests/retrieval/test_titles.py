import pytest

from retrieval.question import understand
from retrieval.titles import asked_title, asks_for_title, holders, titles_of

ROW = (
    "• Vägverket, Nils Ek, generaldirektör, Lena Blom\n• Tullverket, Eva Dal, stf. generaldirektör"
)


def who(question, text):
    return [text[a:b] for a, b in holders(text, asked_title(understand(question)), question)]


@pytest.mark.parametrize(
    "question",
    [
        "Vem är generaldirektör för Vägverket?", "vem är vägverkets generaldirektör",
        "Vad heter Vägverkets generaldirektör?", "GD Vägverket", "generaldirektör Vägverket",
        "Och vem är GD på Vägverket?",
    ],
)  # fmt: skip
def test_a_question_for_the_holder_of_a_title_is_known(question):
    assert "generaldirektör" in asked_title(understand(question))


@pytest.mark.parametrize(
    "question",
    [
        "Vem bjöd generaldirektören in?", "Vem är chef för Vägverket?", "Vem är Anna Berg?",
        "Vem tog bilden på rektorn?", "Vilka ministrar deltog?", "Hur gammal är rektorn?",
        "Vem är direktör för Vägverket?", "Who is the director general of Vägverket?",
    ],
)  # fmt: skip
def test_other_questions_ask_for_no_title_or_for_one_that_fits_many(question):
    assert asked_title(understand(question)) == frozenset()


@pytest.mark.parametrize(
    ("question", "text", "holder"),
    [
        ("Vem är generaldirektör?", ROW, ["Nils Ek"]),
        ("Vem är stf generaldirektör?", ROW, ["Eva Dal"]),
        ("Vem är ställföreträdande generaldirektör?", ROW, ["Eva Dal"]),
        ("Vem är rektor?", "Skolan leds av rektor Anna Berg.", ["Anna Berg"]),
        ("Vem är rektor?", "Rektorn för Norra skolan, Anna Berg, var nöjd.", ["Anna Berg"]),
        ("Vem är rektor?", "Ny rektor blir Anna Berg.", ["Anna Berg"]),
        ("Vem är rektor?", "Anna Berg är sedan i våras rektor på skolan.", ["Anna Berg"]),
        ("Vem är rektor?", "Anna Berg har utsetts till rektor.", ["Anna Berg"]),
        ("Vem är rektor?", "Anna Berg (rektor) och Bo Ek (lärare)", ["Anna Berg"]),
        ("Vem är presschef?", "Anna Berg\n    Presschef", ["Anna Berg"]),
        ("Vem är energiminister?", "Samordnings- och energiminister Bo Ek talade.", ["Bo Ek"]),
        ("Vem är samordningsminister?", "Samordnings- och energiminister Bo Ek.", ["Bo Ek"]),
        ("vem är justiteminister", "Justitieminister Bo Ek och inrikesminister Eva Dal", ["Bo Ek"]),
        ("Vem är strategisk rådgivare?", "Bo Ek, chef, Eva Dal, strategisk rådgivare", ["Eva Dal"]),
        ("Vem är statsminister?", "Inrikesminister Bo Ek har ett uppdrag av statsministern.", []),
        ("Vem är generaldirektör?", "Åsa Ek, utredare generaldirektörens stab", []),
        ("Vem är rektor?", "Den tidigare rektorn Bo Ek kom.", []),
        ("Vem är rektor?", "Anna Berg mötte många på skolan. Rektor saknas.", []),
        ("Vem är justitieminister?", "Justitieminister Bo Ek och inrikesminister Eva Dal",
         ["Bo Ek"]),
    ],
)  # fmt: skip
def test_a_title_belongs_to_the_person_beside_it(question, text, holder):
    assert who(question, text) == holder


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("Kulturminister Bo Falk och socialminister Ylva Ström talade.", "Ylva Ström",
         "socialminister"),
        ("De mötte närings- och handelsminister Ylva Ström.", "Ström",
         "närings- och handelsminister"),
        ("Boverket, Ylva Ström, stf. generaldirektör, Bo Falk, avdelningschef", "Ylva Ström",
         "stf. generaldirektör"),
        ("Boverket, Ylva Ström, stf. generaldirektör, Bo Falk, avdelningschef", "Bo Falk",
         "avdelningschef"),
    ],
)  # fmt: skip
def test_the_title_of_a_person_is_the_one_beside_the_name(text, name, title):
    assert [text[start:end] for start, end in titles_of(text, [name])] == [title]


def test_who_has_no_title_is_given_none():
    assert titles_of("Kulturminister Bo Falk mötte Ylva Ström i Vik.", ["Ylva Ström"]) == []


@pytest.mark.parametrize(
    "question",
    [
        "Vilken titel har Ylva Ström?", "vad har ylva ström för befattning",
        "Vad hade Ylva Ström för ministerpost då?", "Vad jobbar Ylva Ström som?",
        "va är ylva ström för nåt på boverket", "What is the job title of Ylva Ström?",
    ],
)  # fmt: skip
def test_a_question_for_the_title_of_somebody_is_known(question):
    assert asks_for_title(understand(question))


@pytest.mark.parametrize(
    "question",
    ["Vilken roll har Ylva Ström i beslutet?", "Vad är Ylva Ström ansvarig för?",
     "Vad hade de för titel?"],
)  # fmt: skip
def test_other_questions_about_somebody_ask_for_no_title(question):
    assert not asks_for_title(understand(question))
