import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embeddings.errors import QuestionError
from embeddings.language.sentences import split_sentences
from retrieval.answer import eligible
from retrieval.question import check_question, understand
from retrieval.reader import Reading
from retrieval.types import Answer, Citation, QuestionKind, RefusalReason
from retrieval.units import find_units
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import (
    PointingReader,
    assert_exact,
    hits_of,
    make_document_of,
    make_engine,
    spans_of,
)

AGENCIES = ["Trafikverket", "Kustbevakningen", "Livsmedelsverket", "SMHI", "Försvarsmakten"]

ANSWERABLE = [
    "Vilka myndigheter medverkade den 9 september?",
    "Vilka från SMHI deltog i övningen?",
    "Vem är generaldirektör för SMHI?",
    "Vem är kommundirektör?",
    "När blir Rådhustorget gågata?",
    "Hur många butiker sa ja?",
    "Telefonnummer till Håkan Ängström?",
    "Vad sa Göran Tallkvist om torget?",
    "Var sammanträdde kulturnämnden?",
    "Varför stängs simhallen?",
    "Är det klart vilka uteserveringar som får plats?",
    "trafiknämnden elsparkcyklar",
]


def documents_of(answer):
    return [citation.quote.document.name for citation in answer.citations]


def one_span(answer):
    assert answer.refusal is None, answer.refusal
    [text] = spans_of(answer)
    return text


# Lists


@pytest.mark.parametrize(
    "question",
    [
        "Vilka myndigheter medverkade den 9 september?",
        "vilka myndigheter medverkade 9/9",
        "medverkande myndigheter 9 september",
    ],
)
def test_list_question_gives_the_items_in_the_order_of_the_source(engine, question):
    assert spans_of(engine.ask(question)) == AGENCIES


def test_items_with_commas_are_given_whole(engine):
    assert spans_of(engine.ask("Vilka ledamöter var närvarande?")) == [
        "Märta Åkerblom, ordförande",
        "Örjan Sjöqvist, vice ordförande",
        "Ebba Lindgren-Ek, sekreterare",
        "Yusuf Demirci",
    ]


@pytest.mark.parametrize(
    "name", ["SMHI", "smhi", "Sveriges meteorologiska och hydrologiska institut"]
)
def test_only_the_row_that_is_asked_about_is_given(engine, name):
    text = one_span(engine.ask(f"Vilka från {name} deltog i övningen?"))
    assert text == "SMHI, Ellen Sjöö, generaldirektör, anna Dahlberg, hydrolog"


def test_things_counted_up_in_a_sentence_are_found_without_a_list(engine_of):
    engine = engine_of(
        {"a.txt": "Nämnden sammanträdde i går.\n\nVid samrådet lyfte de boende buller, damm och "
                  "tung trafik som stora problem.\n\nKvarnen rivs i höst.\n"}
    )  # fmt: skip
    text = one_span(engine.ask("Vilka problem lyfte de boende vid samrådet?"))
    assert "buller, damm och tung trafik" in text


# Details


@pytest.mark.parametrize(
    ("question", "person"),
    [
        ("Vem är generaldirektör för SMHI?", "Ellen Sjöö"),  # after the name
        ("GD SMHI", "Ellen Sjöö"),
        ("vem är hydrolog på smhi", "anna Dahlberg"),  # the other one of the same row
        ("Vem är avdelningschef på Livsmedelsverket?", "PerNilsgård"),
        ("Vem är vice ordförande?", "Örjan Sjöqvist"),
        ("Vem är kommundirektör?", "Rut Hallengren"),  # before the name
        ("Vem är stationschef på Kustbevakningen?", "Tora Björkhem"),
        ("Vem håller i övningen om översvämning?", "Ingegerd Wallströmer"),
    ],
)
def test_person_is_found_by_title_before_or_after_the_name(engine, question, person):
    assert one_span(engine.ask(question)) == person


@pytest.mark.parametrize(
    ("question", "date"),
    [
        ("När sammanträdde kulturnämnden?", "16 mars"),
        ("När blir Rådhustorget gågata?", "1 juni 2023"),
        ("Vilket datum beslutade trafiknämnden om elsparkcyklar?", "22 augusti 2019"),
    ],
)
def test_date_question_gives_the_date(engine, question, date):
    assert one_span(engine.ask(question)) == date


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Hur många butiker sa ja till förslaget?", "31"),
        ("Hur många föreningar sökte pengar?", "37"),
        ("Hur mycket kostar det att rusta upp simhallen?", "14,5 miljoner kronor"),
        ("Hur mycket betalar företag som hyr ut elsparkcyklar?", "1 400 kronor"),
    ],
)
def test_number_question_gives_the_number_with_its_unit(engine, question, number):
    assert one_span(engine.ask(question)) == number


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("Telefonnummer till Håkan Ängström?", "0270-55 12 34"),
        ("Vad har presskontakten för telefon?", "026-17 90 00"),
        ("Vilken e-post har Håkan Ängström?", "hakan.angstrom@lst.example"),
    ],
)
def test_question_for_an_address_gives_it_to_the_letter(engine, question, detail):
    assert one_span(engine.ask(question)) == detail


def test_detail_that_the_question_names_itself_is_not_its_answer(engine_of):
    engine = engine_of(
        {
            "a.txt": "Kvarnen i Åsby rivs nu.\n\nRut Hallengren mötte Åsa Ekdahl på bron den 3 maj "
            "och på torget den 4 juni.\n"
        }
    )
    assert one_span(engine.ask("Vem mötte Rut Hallengren på bron?")) == "Åsa Ekdahl"
    assert one_span(engine.ask("När efter den 3 maj möttes de på torget?")) == "4 juni"


# Sentences


def test_statement_is_given_in_the_words_of_the_speaker(engine):
    text = one_span(engine.ask("Vad sa Göran Tallkvist om torget?"))
    assert text.startswith("– Torget ska bli en plats för människor")


def test_reported_speech_is_a_statement_too(engine):
    text = one_span(engine.ask("Vad påpekade Tora Björkhem om radion?"))
    assert "radion tystnade" in text


def test_reason_is_the_sentence_that_gives_one(engine):
    assert "eftersom reningsverket" in one_span(engine.ask("Varför stängs simhallen?"))


def test_question_of_yes_or_no_is_answered_by_the_sentence(engine):
    text = one_span(engine.ask("Är det klart vilka uteserveringar som får plats på torget?"))
    assert text == "Det är ännu inte klart vilka uteserveringar som får plats på torget."


def test_membership_is_answered_by_the_head_of_the_list_and_the_item(engine_of):
    engine = engine_of(DOCUMENTS, threshold=0.0)
    answer = engine.ask("Deltog Försvarsmakten?")
    assert answer.refusal is None
    assert spans_of(answer)[0] == "Medverkande myndigheter"
    assert any("Försvarsmakten" in text for text in spans_of(answer)[1:])
    assert not any("SMHI" in text for text in spans_of(answer))


@pytest.mark.parametrize("question", ANSWERABLE)
def test_answer_is_items_a_detail_or_at_most_two_sentences(engine, question):
    answer = engine.ask(question)
    assert answer.refusal is None
    if answer.question.kind not in {QuestionKind.LIST, QuestionKind.KEYWORDS}:
        assert sum(len(split_sentences(text)) for text in spans_of(answer)) <= 2


# Refusals


@pytest.mark.parametrize(
    ("question", "reason", "missing"),
    [
        ("Vilka myndigheter medverkade den 10 september?", RefusalReason.DATE, "den 10 september"),
        ("Vilka deltog i övningen i oktober?", RefusalReason.DATE, "oktober"),
        ("Vad sa Bengt Svenonius om torget?", RefusalReason.NAME, "Bengt Svenonius"),
        ("Vad händer med simhallen i Kiruna?", RefusalReason.NAME, "Kiruna"),
        ("Vad sa Skatteverket om övningen?", RefusalReason.AGENCY, "Skatteverket"),
        ("Vem är chef för naturvårdsverket?", RefusalReason.AGENCY, "naturvårdsverket"),
    ],
)
def test_what_the_documents_lack_is_named_and_nothing_is_asserted(
    engine, question, reason, missing
):
    answer = engine.ask(question)
    assert answer.refusal is not None
    assert (answer.refusal.reason, answer.refusal.missing) == (reason, (missing,))
    assert answer.spans == ()
    assert answer.confidence == 0


@pytest.mark.parametrize(
    "question",
    [
        "recept på semlor",
        "Hur gör man hallonsylt?",
        "Hur byter jag däck på en cykel?",
        "zzyzx qwxy",
    ],
)
def test_question_about_something_else_is_too_weak(engine_of, question):
    answer = engine_of(DOCUMENTS, threshold=0.05).ask(question)
    assert answer.refusal is not None
    assert answer.refusal.reason is RefusalReason.WEAK
    assert answer.spans == ()


def test_kind_of_detail_that_stands_nowhere_is_declined(engine_of):
    engine = engine_of({"a.txt": "Nämnden nås på kommunhuset i Ljusforsa under kontorstid.\n"})
    for question in ("Vilket telefonnummer har nämnden?", "Vad är nämndens e-post?",
                     "Vad heter de nya skolorna?"):  # fmt: skip
        answer = engine.ask(question)
        assert answer.refusal is not None
        assert answer.refusal.reason is RefusalReason.MISSING_DETAIL


def test_refusal_shows_at_most_what_was_nearest(engine):
    answer = engine.ask("Vilka myndigheter medverkade den 10 september?")
    assert documents_of(answer) == ["pressmeddelande.txt"]
    assert_exact(answer, DOCUMENTS)


def test_threshold_decides_what_is_too_weak(engine_of):
    question = "Hur många butiker sa ja till förslaget?"
    confidence = engine_of(DOCUMENTS, threshold=0.0).ask(question).confidence
    assert 0 < confidence < 1
    strict = engine_of(DOCUMENTS, threshold=min(confidence + 0.01, 1.0)).ask(question)
    assert strict.refusal is not None
    assert strict.refusal.reason is RefusalReason.WEAK
    assert strict.confidence == confidence


def test_notice_is_never_the_answer(engine_of):
    answer = engine_of(DOCUMENTS, threshold=0.0).ask("Vem var generalsekreterare 2 maj 2011?")
    assert not any(citation.hit.passage.is_notice for citation in answer.citations)
    assert not any("generalsekreterare" in text for text in spans_of(answer))


# Citations


@pytest.mark.parametrize("question", [*ANSWERABLE, "recept på semlor", "Vad sa Skatteverket?"])
def test_every_span_and_quote_is_in_its_document_to_the_letter(engine, question):
    assert_exact(engine.ask(question), DOCUMENTS)


@pytest.mark.parametrize("question", ANSWERABLE)
def test_citations_are_numbered_and_the_first_holds_the_answer(engine, question):
    answer = engine.ask(question)
    assert [citation.number for citation in answer.citations] == list(
        range(1, len(answer.citations) + 1)
    )
    first = answer.citations[0].quote
    assert all(span.document is first.document for span in answer.spans)
    announced = answer.question.kind is QuestionKind.YES_NO
    assert announced or all(first.start <= span.start <= span.end <= first.end
                            for span in answer.spans)  # fmt: skip


@pytest.mark.parametrize("question", ANSWERABLE)
def test_quotes_do_not_overlap(engine, question):
    quotes = [citation.quote for citation in engine.ask(question).citations]
    for number, left in enumerate(quotes):
        for right in quotes[number + 1 :]:
            assert (
                left.document is not right.document
                or left.end <= right.start
                or right.end <= left.start
            )


def test_two_documents_that_say_the_same_are_both_cited(engine):
    answer = engine.ask("Vilka myndigheter medverkade den 9 september?")
    assert {"pressmeddelande.txt", "artikel.txt"} <= set(documents_of(answer))


BRIDGE = (
    "Bro\n\nDet är vår.\n\nBron över Ljusforsån invigdes av landshövdingen i maj 2018.\n\nSlut."
)


def test_the_same_text_in_two_documents_is_answered_once_with_both_sources(engine_of):
    engine = engine_of({"här.txt": BRIDGE, "där.txt": BRIDGE}, threshold=0.0)
    answer = engine.ask("Vem invigde bron över Ljusforsån?")
    assert set(documents_of(answer)) == {"här.txt", "där.txt"}
    assert len({citation.quote.text for citation in answer.citations}) == 1
    assert_exact(answer, {"här.txt": BRIDGE, "där.txt": BRIDGE})


def test_a_document_that_differs_elsewhere_is_a_source_of_the_same_sentence(engine_of):
    longer = BRIDGE.replace("maj 2018.", "maj 2018. Vädret var vackert, och en kör sjöng.")
    texts = {"här.txt": BRIDGE, "där.txt": longer}
    answer = engine_of(texts, threshold=0.0).ask("Vem invigde bron över Ljusforsån?")
    assert set(documents_of(answer)) == set(texts)
    assert_exact(answer, texts)


def test_a_document_with_every_item_of_the_list_is_a_source_too(engine_of):
    items = ["Vägverket", "Tullverket", "Boverket"]
    bare = "Möte\n\nDeltagande myndigheter\n\n" + "\n".join(f"- {item}" for item in items)
    full = "Möte igen\n\nPå plats\n\n" + "\n".join(f"- {item}, Bo Ek, chef" for item in items)
    texts = {"lista.txt": bare, "rader.txt": full}
    answer = engine_of(texts, threshold=0.0).ask("Vilka myndigheter deltog?")
    assert spans_of(answer) == items
    assert documents_of(answer) == ["lista.txt", "rader.txt"]
    assert_exact(answer, texts)


def test_documents_that_agree_go_before_other_passages_of_the_first(engine_of):
    same = "Bron över Ljusforsån invigdes först av alla den 3 maj 2018"
    more = "\n\n".join(f"Bron över Ljusforsån invigdes på nytt den {day} juni 2018, sa byalag "
                       f"nummer {day}." for day in (4, 5, 6))  # fmt: skip
    engine = engine_of(
        {
            "a.txt": f"{same} av landshövdingen.\n\n{more}\n",
            "b.txt": f"Kvarnen rivs nu.\n\n{same}, berättar byalaget i Åsby stolt.\n",
        }
    )
    answer = engine.ask("När invigdes bron över Ljusforsån först av alla?")
    assert one_span(answer) == "3 maj 2018"
    assert "b.txt" in documents_of(answer)


def test_agreement_of_two_documents_makes_the_answer_surer(engine_of):
    text = "Bron över Ljusforsån invigdes den 3 maj 2018 av byalaget."
    other = "Bron över Ljusforsån invigdes den 4 juni 2017 av byalaget."
    question = "När invigdes bron över Ljusforsån?"
    told_apart = engine_of({"a.txt": f"{text}\n", "b.txt": f"{other} Så var det.\n"})
    agreeing = engine_of({"a.txt": f"{text}\n", "b.txt": f"{text} Så var det.\n"})
    assert agreeing.ask(question).confidence > told_apart.ask(question).confidence


# Follow-ups


def test_follow_up_is_answered_about_what_it_names(engine):
    answer = engine.ask("Och för Kustbevakningen?", ["Vem är stationschef för SMHI?"])
    assert answer.question.text == "Vem är stationschef för Kustbevakningen?"
    assert one_span(answer) == "Tora Björkhem"


def test_follow_up_leans_on_the_topic(engine):
    history = ["Vilka myndigheter medverkade i övningen om översvämning?"]
    assert one_span(engine.ask("Vem höll i den?", history)) == "Ingegerd Wallströmer"


def test_same_question_has_the_same_answer(engine):
    assert engine.ask("Vem är kommundirektör?") == engine.ask("Vem är kommundirektör?")


# Anything at all

WORDS = st.sampled_from(
    "vem vilka när var varför hur många vad sa telefon e-post mejl och den det i om Åsby SMHI säpo "
    'GD ordförande 9 september 2019 31/4 9/9 1.6.2023 simhallen torget ( ) [ ] \\ " ” – * ? ! @ '
    "\u0301 \u00ad \u2028 İ ß ǅ 😀 \x00 \x1b ％ 2019-02-30 99:99 a@b".split(" ")
)
TEXTS = st.one_of(st.text(max_size=1000), st.lists(WORDS, max_size=60).map(" ".join))


@settings(max_examples=300, deadline=None)
@example("2")
@example("Och?")
@example("den 31 april 2019 31/4 9/9/9")
@example("vem " * 250)
@example("?" * 1000)
@example("\ud800 vem")
@given(TEXTS)
def test_any_text_gives_an_answer_or_a_question_error(engine, text):
    try:
        check_question(text)
    except QuestionError:
        with pytest.raises(QuestionError):
            engine.ask(text)
        return
    answer = engine.ask(text, [text, text])
    assert isinstance(answer, Answer)
    assert 0 <= answer.confidence <= 1
    assert (answer.refusal is None) == bool(answer.spans)
    assert all(isinstance(citation, Citation) for citation in answer.citations)
    assert_exact(answer, DOCUMENTS)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_any_text_can_be_searched_for(engine, text):
    try:
        hits = engine.search(text, 3)
    except QuestionError:
        return
    assert len(hits) == 3


CONTACTS = """Kontakt

Håkan Ängström
Stadsarkitekt
E-post: hakan@solvik.example

Siv Blåberg
Handläggare vid bygglovsenheten

Åke Ek
Vaktmästare
Telefon 0270-55 12 34
"""


@pytest.mark.parametrize("question", ["Mejladress till Siv Blåberg?", "telefon till Siv Blåberg"])
def test_the_address_or_number_of_somebody_else_is_not_given(tmp_path, question):
    answer = make_engine(tmp_path, {"kontakt.txt": CONTACTS}).ask(question)
    assert answer.refusal is not None
    assert answer.refusal.reason is RefusalReason.MISSING_DETAIL


def test_the_number_of_the_one_who_is_asked_for_is_given(tmp_path):
    answer = make_engine(tmp_path, {"kontakt.txt": CONTACTS}).ask("telefonnummer till Åke Ek")
    assert one_span(answer) == "0270-55 12 34"


def told_by(*numbers):
    return {
        f"{row}.txt": f"Budgetmötet i Umeå\n\nPå budgetmötet i Umeå deltog {number} personer."
        for row, number in enumerate(numbers)
    }


def test_two_documents_that_say_different_things_are_both_shown(engine_of):
    answer = engine_of(told_by("40", "52")).ask("Hur många personer deltog på budgetmötet i Umeå?")
    assert answer.disputed
    assert sorted(spans_of(answer)) == ["40", "52"]
    assert len({citation.quote.document.name for citation in answer.citations}) == 2


@pytest.mark.parametrize("numbers", [("tolv", "12"), ("40", "40")])
def test_two_documents_that_say_the_same_in_other_words_are_not_at_odds(engine_of, numbers):
    answer = engine_of(told_by(*numbers)).ask("Hur många personer deltog på budgetmötet i Umeå?")
    assert not answer.disputed


def test_a_number_of_something_else_is_no_other_opinion(engine_of):
    texts = told_by("40") | {"b.txt": "Parkering\n\nVid badhuset finns 52 platser för personer."}
    answer = engine_of(texts).ask("Hur många personer deltog på budgetmötet i Umeå?")
    assert spans_of(answer) == ["40"]
    assert not answer.disputed


# With a reader


@pytest.fixture
def read(tmp_path):
    """Asks with a reader that points at some words."""

    def ask(text, question, words):
        made = make_engine(tmp_path, {"a.txt": text}, 0.0, PointingReader(words))
        answer = made.ask(question)
        made.index.close()
        assert_exact(answer, {"a.txt": text})
        return answer

    return ask


def test_the_words_that_the_reader_points_at_are_the_answer_and_the_sentence_the_quote(read):
    text = "Badet\n\nBadet i Lund byggs om till en simhall med tio banor."
    answer = read(text, "Vad byggs badet om till?", "en simhall med tio banor")
    assert spans_of(answer) == ["en simhall med tio banor"]
    assert answer.citations[0].quote.text == "Badet i Lund byggs om till en simhall med tio banor."


def test_punctuation_around_the_words_is_left_out(read):
    text = "Badet\n\nBadet i Lund (byggt 1932) byggs om till simhall, säger kommunen."
    assert spans_of(read(text, "Vad byggs badet om till?", "simhall,")) == ["simhall"]


@pytest.mark.parametrize(("start", "end"), [(0, 3), (3, 6), (4, 7)])
def test_parts_of_a_word_stand_for_all_of_it(read, monkeypatch, start, end):
    text = "Badet\n\nBadet i Lund byggs om till riskområden med tio banor."
    at = text.index("riskområden")
    whole = Reading.best_span

    def cut(self, first, last):
        score, _ = whole(self, first, last)
        return score, (at + start, at + end)

    monkeypatch.setattr(Reading, "best_span", cut)
    assert spans_of(read(text, "Vad byggs badet om till?", "riskområden")) == ["riskområden"]


def test_the_second_half_of_a_word_that_two_share_is_given(read):
    text = "Möte\n\nYlva Ström, närings- och handelsminister, kom till Vik."
    answer = read(text, "Vilken titel har Ylva Ström?", "närings")
    assert spans_of(answer) == ["närings- och handelsminister"]


def test_a_date_that_the_reader_cuts_into_is_given_whole(read):
    text = "Badet\n\nBadet i Lund öppnar den 3 maj 2024 efter ombyggnaden."
    assert spans_of(read(text, "När öppnar badet?", "maj 2024")) == ["3 maj 2024"]


def test_a_list_is_given_whole_whatever_the_reader_says(read):
    text = "Badet\n\nDeltagare\n- Boverket\n- Skolverket\n- Kriminalvården\n"
    assert spans_of(read(text, "Vilka deltog?", "Skolverket")) == [
        "Boverket", "Skolverket", "Kriminalvården",
    ]  # fmt: skip


# What cannot answer


ROSTER = """Möte om vatten

Den 3 maj möttes myndigheterna i Lund.

Deltagare

- Vägverket, Nils Ek, generaldirektör, Lena Blom
- Tullverket, Eva Dal, enhetschef
- Sjöfartsverket, Bo Falk, generaldirektör
"""


@pytest.fixture
def roster(engine_of):
    return engine_of({"möte.txt": ROSTER}, threshold=0.0)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Vem är generaldirektör för Vägverket?", "Nils Ek"),
        ("vem är sjöfartsverkets generaldirektör", "Bo Falk"),
        ("Vem är enhetschef på Tullverket?", "Eva Dal"),
    ],
)
def test_of_two_people_in_a_row_the_one_with_the_title_is_the_answer(roster, question, name):
    assert spans_of(roster.ask(question)) == [name]


@pytest.mark.parametrize(
    "question",
    ["Vem är generaldirektör för Tullverket?", "Vem är statsminister?", "Vem är rektor?"],
)
def test_a_title_that_nobody_has_is_refused(roster, question):
    assert roster.ask(question).refusal


def test_a_row_of_names_is_no_statement(roster):
    assert not any("Bo Falk" in text for text in spans_of(roster.ask("Vad sa Bo Falk?")))


def test_how_many_is_not_answered_without_a_number(engine_of):
    engine = engine_of({"a.txt": "Skolan\n\nEleverna åt i matsalen. Skolan har 40 elever."}, 0.0)
    assert spans_of(engine.ask("Hur många elever åt i matsalen?")) != ["Eleverna åt i matsalen."]


SPEAKERS = (
    "Samtal om skolan\n\nDeltagare\n• Bo Falk\n• Ylva Ström\n• Ida Ek\n\n{}"
    "Ylva Ström menade att lärarna måste bli fler. Hon påpekade även att läxorna är för många."
)


def test_the_words_of_another_speaker_are_not_given(engine_of):
    far = "Skolan är viktig för alla som bor i kommunen, och för dem som flyttar hit.\n\n" * 6
    engine = engine_of({"samtal.txt": SPEAKERS.format(far)})
    said = " ".join(spans_of(engine.ask("Vad sa Ylva Ström om läxorna?")))
    assert "läxorna" in said
    assert not any("läxorna" in text for text in spans_of(engine.ask("Vad sa Bo Falk om läxorna?")))


def test_whom_the_question_names_is_not_the_answer_to_who(engine_of):
    text = "Möte i Vik\n\nYlva Ström har Bo Falk som sköter hennes kontakter med pressen.\n"
    engine = engine_of({"möte.txt": text})
    assert one_span(engine.ask("Vem sköter Ströms kontakter med pressen?")) == "Bo Falk"


def test_title_of_somebody_is_told_and_the_name_is_no_answer_to_it(engine_of):
    engine = engine_of({
        "a.txt": "Möte på Vägverket i Åsby\n\nDeltagare\n\n• Vägverket, Nils Ek, vägdirektör, "
        "Lena Blom\n• Tullverket, Eva Dal, stf. generaldirektör\n"
    })  # fmt: skip
    assert one_span(engine.ask("Vad har Eva Dal för titel?")) == "stf. generaldirektör"
    assert one_span(engine.ask("vad jobbar nils ek som")) == "vägdirektör"
    answer = engine.ask("Vad har Lena Blom för titel?")
    assert answer.refusal is not None
    assert answer.refusal.reason is RefusalReason.MISSING_DETAIL


def test_an_age_and_a_sum_are_numbers(engine_of):
    texts = {
        "a.txt": "Rektor Eva Dal, som är 47 år, leder skolan i Åsby.\n",
        "b.txt": "Läraren Bo Ek gav stora resurser till skolan i Vik.\n",
    }
    engine = engine_of(texts)
    assert "47 år" in one_span(engine.ask("Hur gammal är Eva Dal?"))
    for question in ("Hur gammal är Bo Ek?", "Hur mycket pengar gav Bo Ek till skolan?"):
        answer = engine.ask(question)
        assert answer.refusal is not None, answer.spans
        assert answer.refusal.reason is RefusalReason.MISSING_DETAIL


def test_the_time_of_the_day_answers_when(engine_of):
    engine = engine_of(
        {"a.txt": "Torgdagen hålls den 3 maj.\n\nTorget öppnar för alla kl. 9.30.\n"}
    )
    assert one_span(engine.ask("Vilken tid öppnar torget för alla?")) == "kl. 9.30"


def test_an_answer_that_only_repeats_the_question_is_none(tmp_path):
    texts = {"a.txt": "Planen kan läsas i rapporten om bron, som kom i går.\n"}
    engine = make_engine(tmp_path, texts, 0.0, PointingReader("rapporten om bron"))
    answer = engine.ask("Vad heter rapporten om bron?")
    assert (spans_of(answer), answer.refusal and answer.refusal.reason) == ([], RefusalReason.WEAK)
    assert spans_of(engine.ask("Var kan planen läsas?")) == ["rapporten om bron"]
    engine.index.close()


def test_when_is_answered_by_a_time_or_by_the_sentence_that_has_one(tmp_path, engine_of):
    texts = {"a.txt": "Skolan i Åsby rivs mycket snabbt från och med i vår, sa Åsa.\n"}
    engine = make_engine(tmp_path, texts, 0.0, PointingReader("snabbt"))
    assert one_span(engine.ask("När rivs skolan i Åsby?")) == texts["a.txt"].strip()
    engine.index.close()
    answer = engine_of({"a.txt": "Skolan i Åsby leds av Åsa Ek.\n"}).ask("När valdes Åsa Ek?")
    assert answer.refusal is not None


def test_what_a_passage_says_of_others_is_not_said_of_who_is_asked_about():
    document = make_document_of(
        "Mötet om vägarna\n\nMyndigheterna har förbättrat vägar: Trafikverket har lagat broar, och "
        "Boverket har ritat torg.\n\nAlla var nöjda med mötet, och ska ses igen.\n\nDeltagare\n\n"
        "• Skolverket, Bo Ek\n• Trafikverket, Eva Dal\n"
    )

    def kinds(agency):
        question = understand(f"Vad har {agency} gjort åt vägarna?")
        units = (
            unit for hit in hits_of(document) for unit in find_units(question, hit, lambda _: 1.0)
        )
        return {unit.quote.text for unit in eligible(question, units)}

    assert any("lagat broar" in text for text in kinds("Trafikverket"))
    assert not any("lagat broar" in text for text in kinds("Skolverket"))
    assert any("nöjda" in text for text in kinds("Skolverket"))


def test_names_of_people_are_no_names_of_other_things(engine_of):
    engine = engine_of({
        "a.txt": "Eva Dal och Bo Ek bjöd in de fem städerna till Åsby.\n",
        "b.txt": "De två andra städerna är Solna och Täby, sa hon.\n",
    })  # fmt: skip
    assert "Solna" in " ".join(spans_of(engine.ask("Vilka är de två städerna?")))
    answer = engine.ask("Vilka är de fem städerna som bjöds in?")
    assert not any("Eva Dal" in text for text in spans_of(answer))
