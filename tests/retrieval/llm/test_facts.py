from datetime import date

import pytest

from retrieval.llm.facts import Evidence, Source

SHOWN = (
    "Bron över Klarälven kostade 87 miljoner kronor, säger Anna Berg, chef på Trafikverket. "
    "Den invigdes den 12 april. Beslutet har dnr BN 2026-0123. Ring 08-123 45 67. "
    "Arbetet pågick 3–5 maj, och 1 500 personer kom. Andelen är 14,5 procent."
)
EVIDENCE = Evidence(
    [
        Source(SHOWN, date(2018, 4, 14)),
        Source("Bro klar i Karlstad, Trafikverket, 2018-04-14", date(2018, 4, 14)),
        Source("Vad kostade bron, Örjan?"),
    ],
    frozenset({4}),
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Bron kostade 87 miljoner kronor.",
        "Notan slutade på 87 mnkr.",
        "Den kostade 87 000 000 kronor.",
        "Anna Berg säger det.",
        "Enligt Berg är bron klar.",
        "Trafikverkets bro i Karlstad invigdes den 12 april 2018.",
        "Invigningen var 2018-04-12.",
        "Det var i april 2018.",
        "Omkring 1500 personer kom.",
        "Det är 14.5 %.",
        "Ärendet är BN 2026-0123.",
        "Numret är 08-123 45 67.",
        "Arbetet pågick den 3–5 maj.",
        "Fyra saker nämns.",
        "Kostnaden blev högre.",
        "Ja, Örjan.",
        "The bridge cost 87 million kronor and was opened on 12 April 2018, says Anna Berg.",
        "Die Brücke wurde am 12. April 2018 eröffnet und hat 87 Millionen gekostet.",
    ],
)
def test_sentence_that_says_what_is_shown_lacks_nothing(sentence):
    assert EVIDENCE.missing(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "what"),
    [
        ("Bron kostade 78 miljoner kronor.", "number"),
        ("Bron kostade 87 miljarder kronor.", "number"),
        ("Bron kostade 870 miljoner kronor.", "number"),
        ("Sju personer kom.", "number"),
        ("Andelen är 14,6 procent.", "number"),
        ("Anna Lind säger det.", "person"),
        ("Enligt Lind är bron klar.", "person"),
        ("Gävle betalade bron.", "name"),
        ("Bron ligger i Gävle.", "name"),
        ("Boverket betalade bron.", "organisation"),
        ("Bron invigdes den 13 april.", "date"),
        ("Bron invigdes den 12 maj.", "date"),
        ("Bron invigdes den 12 april 2019.", "date"),
        ("Arbetet pågick den 3–6 maj.", "date"),
        ("Ärendet är BN 2026-0124.", "reference"),
        ("Ring 08-123 45 68.", "contact"),
        ("Läs mer på evil.example.com.", "contact"),
        ("The bridge was opened on 13 April 2018.", "date"),
        ("The bridge is in Gothenburg, says Karin Lind.", "person"),
        ("Bron är klar.\u202e", "character"),
    ],
)
def test_sentence_that_says_something_else_is_told_apart(sentence, what):
    assert what in (EVIDENCE.missing(sentence) or "")
