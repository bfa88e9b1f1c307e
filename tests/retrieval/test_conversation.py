"""Questions as people type them, in conversations, over the papers of invented authorities."""

import pytest

from bot.render import answer_text
from retrieval.types import RefusalReason
from tests.retrieval.support import assert_exact, spans_of

MINUTES = {
    f"{year}/protokoll.txt": (
        f"Kulturnämndens vårmöte i Ljusforsa\n\nPublicerad {day} april {year}\n\n"
        f"Den 12 april {year} sammanträdde kulturnämnden i Åsby bibliotek. Nämnden beslutade att "
        f"rusta upp {what} för {cost} kronor.\n\n"
        f"Närvarande ledamöter\n\n• {first}, ordförande\n• {second}, sekreterare\n• Ebba Lind\n"
    )
    for year, day, what, cost, first, second in (
        (2023, 14, "simhallen", "400 000", "Märta Åkerblom", "Örjan Sjöqvist"),
        (2024, 15, "teatern", "700 000", "Yusuf Demirci", "Rut Hallengren"),
    )
}
PAPERS = {
    **MINUTES,
    "samråd.txt": (
        "Samråd om bron över Ån\n\nPublicerad 21 maj 2024\n\n"
        "I fredags höll Trafikverket ett samråd om bron i Rosenvik. Trettio personer deltog.\n\n"
        "– Bron måste rivas eftersom pelarna har rostat, sade projektledare Anna Öberg.\n\n"
        "Deltagande myndigheter\n\n• Trafikverket\n• Boverket\n• Länsstyrelsen\n"
    ),
    "kontakt.txt": (
        "Kontakta Ljusforsa kommun\n\nVäxeln har telefonnummer 0270-55 12 34.\n\n"
        "Kommundirektör Göran Tallkvist nås på goran.tallkvist@ljusforsa.example och har sitt "
        "tjänsterum i stadshuset.\n\nAnsökan om krisberedskap skickas till förvaltningschefen.\n"
    ),
}


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    """Asks one question after another, to the last answer."""
    from tests.retrieval.support import make_engine

    made = make_engine(tmp_path_factory.mktemp("papers"), PAPERS, threshold=0.0)

    def ask(*questions):
        *history, last = questions
        answer = made.ask(last, history)
        assert_exact(answer, PAPERS)
        return answer

    yield ask
    made.index.close()


def holds(answer, *words):
    assert answer.refusal is None, answer_text(answer)
    said = " ".join([*spans_of(answer), *(cited.quote.text for cited in answer.citations)])
    assert all(word in said for word in words), said


def reason_of(answer):
    assert answer.refusal is not None, spans_of(answer)
    assert answer.spans == ()
    return answer.refusal.reason


# As typed


@pytest.mark.parametrize(
    "question",
    [
        "Vilka myndigheter deltog i samrådet om bron?",
        "vilka myndigheter deltog i samradet om bron",
        "vilka mydigheter deltog i samrådet om bron",
        "deltagande myndigheter samråd bron",
        "VILKA MYNDIGHETER DELTOG I SAMRÅDET OM BRON",
        "vilka myndigheter medverkade i brosamrådet",
        "Vilka myndigheter deltog den 17 maj?",
        "vilka myndigheter deltog 17/5",
        "vilka myndigheter deltog 17.5",
        "vilka myndigheter deltog fredagen den 17 maj 2024",
        "vilka myndigheter deltog 17 maj -24",
    ],
)
def test_list_is_found_however_it_is_asked_for(asking, question):
    answer = asking(question)
    assert spans_of(answer)[:3] == ["Trafikverket", "Boverket", "Länsstyrelsen"]


@pytest.mark.parametrize(
    "question",
    [
        "Varför måste bron rivas?",
        "varfor maste bron rivas",
        "varför måste bron rvias",
    ],
)
def test_reason_is_found_however_it_is_asked_for(asking, question):
    holds(asking(question), "pelarna har rostat")


@pytest.mark.parametrize(
    "question", ["vad är telefonnumret till växeln", "vaxeln telefonummer", "telefon växel"]
)
def test_number_is_found_however_it_is_asked_for(asking, question):
    holds(asking(question), "0270-55 12 34")


# Dates


@pytest.mark.parametrize("question", ["Vem var ordförande den 12 april?", "vem ledde mötet 12/4"])
def test_date_of_two_years_is_asked_back(asking, question):
    answer = asking(question)
    assert reason_of(answer) is RefusalReason.WHICH_DATE
    assert answer_text(answer).startswith("Menar du 12 april 2023 eller 12 april 2024?")
    cited = [citation.quote.document.name for citation in answer.citations]
    assert cited == ["2023/protokoll.txt", "2024/protokoll.txt"]


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("2023", "Märta Åkerblom"),
        ("2024", "Yusuf Demirci"),
        ("den senaste", "Yusuf Demirci"),
        ("det senaste mötet", "Yusuf Demirci"),
        ("den tidigare", "Märta Åkerblom"),
        ("jag menar 12 april 2023", "Märta Åkerblom"),
    ],
)
def test_answer_to_the_question_back_is_understood(asking, choice, name):
    holds(asking("Vem var ordförande den 12 april?", choice), name)


def test_choice_lasts_through_the_follow_ups(asking):
    first = "Vad beslutade kulturnämnden den 12 april?"
    assert asking(first, "2023").citations[0].quote.document.name == "2023/protokoll.txt"
    holds(asking(first, "2023", "Var hölls det?"), "Åsby bibliotek")
    assert "2023" in asking(first, "2023", "Var hölls det?").question.text


def test_day_that_was_said_from_the_publication_is_the_date(asking):
    holds(asking("Vem höll ett samråd den 17 maj 2024?"), "Trafikverket")
    assert reason_of(asking("Vem höll ett samråd den 18 maj 2024?")) is RefusalReason.DATE


@pytest.mark.parametrize("question", ["Vad beslutade nämnden igår?", "vad hände i fredags"])
def test_day_before_today_is_declined_where_no_document_is_of_it(asking, question):
    answer = asking(question)
    assert reason_of(answer) is RefusalReason.DATE
    assert "november 2026" in answer_text(answer)


# Refusals


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Vilka deltog den 14 april 2024?",
         "Dokumenten säger inget om den 14 april 2024. Närmast: den 12 april 2024, Kultur"),
        ("Vad sa Anna Wikström om bron?",
         "Dokumenten säger inget om Anna Wikström. Närmast: Anna Öberg, Samråd om bron över Ån."),
        ("vad sa anna wikström om bron",
         "Dokumenten säger inget om anna wikström. Närmast: Anna Öberg, Samråd om bron över Ån."),
        ("Vad händer med bron i Kiruna?",
         "Dokumenten säger inget om Kiruna. Närmast: Samråd om bron över Ån."),
        ("Vad sa Skatteverket om bron?",
         "Dokumenten säger inget om det när det gäller Skatteverket. Närmast: Samråd om bron"),
        ("Vad sa Boverket den 12 april 2024?",
         "Inget dokument tar upp både Boverket och den 12 april 2024. Närmast: "),
        ("Vilken e-postadress har Anna Öberg?",
         "Dokumenten ger ingen e-postadress för Anna Öberg. Närmast: "),
        ("Which agencies took part on 14 April 2024?",
         "The documents say nothing about 14 April 2024. Nearest: 12 April 2024, Kulturnämndens"),
    ],
)  # fmt: skip
def test_refusal_names_what_is_missing_and_what_is_nearest(asking, question, said):
    answer = asking(question)
    assert answer.refusal is not None
    assert answer_text(answer).startswith(said), answer_text(answer)


# Conversations


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        (["Vem höll samrådet om bron?", "var hölls det då"], "Rosenvik"),
        (["Vem höll samrådet om bron?", "Hur många deltog?"], "Trettio"),
        (["Vad sa Anna Öberg om bron?", "varför?"], "pelarna har rostat"),
        (["Vad sa Anna Öberg?", "Vad sa hon om pelarna?"], "pelarna har rostat"),
        (["Vem är kommundirektör?", "Och mejladressen?"], "goran.tallkvist@ljusforsa.example"),
        (["Vem höll samrådet om bron?", "Vem är kommundirektör i Ljusforsa?"], "Göran Tallkvist"),
        (["Vad beslutade nämnden om simhallen?", "När?", "Vem var ordförande?"], "Märta Åkerblom"),
        (["Who held the consultation on the bridge?", "and where was it held?"], "Rosenvik"),
    ],
)
def test_follow_ups_are_answered(asking, questions, words):
    holds(asking(*questions), words)


def test_what_was_understood_stands_by_itself(asking):
    answer = asking("Vad gjorde Trafikverket den 17 maj?", "Och Boverket?")
    assert answer.question.text == "Vad gjorde Boverket den 17 maj?"
    assert asking("vad ar narvarande ledamoter").question.text == "vad är närvarande ledamöter"
