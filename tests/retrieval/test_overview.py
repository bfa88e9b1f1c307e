"""Questions about the documents as such: which there are, what one is about, whose and of when."""

import pytest

from retrieval.answer import PLACES
from retrieval.intent import IntentModel, IntentReader
from retrieval.overview import Overview, newest_first, talk
from retrieval.types import Intent, Language, Outcome
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import WordEncoder, assert_exact, spans_of

MINUTES = "protokoll.md"


@pytest.fixture
def about(engine):
    """Asks about the municipality's papers, with an intent."""
    model = IntentModel.load()
    overview = Overview(engine.index, WordEncoder(), model.asking, model.kinds)

    def ask(text, intent):
        question = engine.understand(text)
        return overview.answer(question, intent, engine.find_hits(question), engine.listings)

    return ask


def names_of(answer):
    return [one.name for one in answer.listed]


@pytest.mark.parametrize(
    "intent",
    [Intent.DOCUMENTS_ABOUT, Intent.DOCUMENTS_LIST, Intent.DOCUMENTS_COUNT],
)
def test_all_documents_are_listed_newest_first_with_where_they_begin(about, engine, intent):
    answer = about("vilka dokument har du?", intent)
    assert answer.outcome is Outcome.ANSWERED
    assert set(names_of(answer)) == set(DOCUMENTS)
    dated = [one.published for one in answer.listed if one.published]
    assert dated == sorted(dated, reverse=True)
    assert answer.listed == newest_first(engine.listings)
    assert [one.quote.document.name for one in answer.citations] == names_of(answer)[:3]
    assert_exact(answer, {name: cited.quote.document.text for cited in answer.citations
                          for name in [cited.quote.document.name]})  # fmt: skip


def test_what_is_new_are_the_documents_with_a_date(about, engine):
    answer = about("vad är nytt?", Intent.DOCUMENTS_NEW)
    assert list(answer.listed) == [one for one in engine.listings if one.published]


def test_what_is_oldest_comes_first_and_what_has_no_date_last(about, engine):
    answer = about("vilket dokument är äldst?", Intent.DOCUMENTS_OLD)
    days = [one.published for one in engine.listings]
    dated = sorted(day for day in days if day)
    assert [one.published for one in answer.listed] == [*dated, *[None] * days.count(None)]


PUBLISHED = {
    "mars.md": ("2024-03-12", "Mötesprotokoll 12 mars"),
    "april.md": ("2023-04-03", "Protokoll 3 april"),
    "gammal.md": ("1999-04-03", "Protokoll från stämman"),
    "nyhet.md": ("2024-09-01", "Ny simhall invigd"),
}
MINUTES_OF_ALL = ["mars.md", "april.md", "gammal.md"]


@pytest.mark.parametrize(
    ("asked", "intent", "names"),
    [
        ("lista alla protokoll", Intent.DOCUMENTS_LIST, MINUTES_OF_ALL),
        ("hur många protokoll finns det?", Intent.DOCUMENTS_COUNT, MINUTES_OF_ALL),
        ("vilket är det äldsta protokollet?", Intent.DOCUMENTS_OLD, MINUTES_OF_ALL[::-1]),
        ("vilka dokument är från 2024?", Intent.TOPIC, ["nyhet.md", "mars.md"]),
        ("vilka protokoll är från april 2023", Intent.TOPIC, ["april.md"]),
        ("vilka dokument är från 2001?", Intent.TOPIC, []),
        ("vilka recept finns?", Intent.DOCUMENTS_LIST, []),
        ("visa alla domar", Intent.DOCUMENTS_LIST, []),
        ("finns det protokoll om simhallen från 2024", Intent.TOPIC, []),
    ],
)
def test_a_kind_or_a_time_that_is_named_selects_documents(engine_of, asked, intent, names):
    engine = engine_of({
        name: f"---\ntitle: {title}\ndate: {day}\n---\n\nSimhallen nämndes."
        for name, (day, title) in PUBLISHED.items()
    })  # fmt: skip
    model = IntentModel.load()
    overview = Overview(engine.index, WordEncoder(), model.asking, model.kinds)
    question = engine.understand(asked)
    answer = overview.answer(question, intent, engine.find_hits(question), engine.listings)
    assert answer.is_selection is bool(names)
    assert answer.missing == (("domar",) if "domar" in asked else answer.missing)
    if names:
        assert names_of(answer) == names
        assert answer.can_be_followed_up


def test_rows_that_are_called_the_same_are_listed_once(engine_of):
    engine = engine_of({"avgifter.csv": "Tjänst;Avgift\nSopor villa;2480\nSopor stuga;1390\n"})
    assert engine.index.manifest.documents == 2
    assert [one.file for one in engine.listings] == ["avgifter.csv"]


def test_list_of_all_is_nothing_that_the_next_question_goes_on_from(about):
    assert not about("vilka dokument har du?", Intent.DOCUMENTS_LIST).can_be_followed_up


def test_documents_on_a_topic_are_those_whose_passages_hold_it(about):
    answer = about("finns det något om simhallen?", Intent.TOPIC)
    assert names_of(answer)[0] == MINUTES
    assert "imhall" in answer.citations[0].quote.text
    assert answer.can_be_followed_up


def test_topic_that_no_document_holds_is_said_to_be_missing_in_its_own_words(about):
    answer = about("Finns det något om kärnvapen i rymden?", Intent.TOPIC)
    assert answer.outcome is Outcome.NOTHING
    assert answer.missing == ("kärnvapen i rymden",)
    assert answer.citations


def test_a_body_that_no_document_names_is_missing_by_its_name(about):
    answer = about("har du något från Skolverket?", Intent.TOPIC)
    assert answer.missing == ("Skolverket",)


def test_of_a_topic_that_is_partly_held_only_what_is_in_no_document_is_missing(about):
    answer = about("Finns det något om kärnvapen i simhallen?", Intent.TOPIC)
    assert (answer.outcome, answer.missing) == (Outcome.NOTHING, ("kärnvapen",))


def test_a_topic_whose_words_are_apart_is_not_said_to_be_missing(engine_of):
    engine = engine_of({"a.txt": "Kvarnen i Åsby revs 1931.\n", "b.txt": "Bron är av trä.\n"})
    model = IntentModel.load()
    overview = Overview(engine.index, WordEncoder(), model.asking, model.kinds)
    question = engine.understand("Finns det något om kvarnen och bron?")
    answer = overview.answer(question, Intent.TOPIC, engine.find_hits(question), engine.listings)
    assert answer.outcome is Outcome.FOUND
    assert {one.quote.document.name for one in answer.citations} == {"a.txt", "b.txt"}


def test_what_a_document_is_about_is_its_lead_and_a_sentence_of_it_to_the_letter(about):
    answer = about("vad handlar protokollet från kulturnämnden i Ljusforsa om?", Intent.SUMMARY)
    assert answer.outcome is Outcome.ANSWERED
    assert spans_of(answer)[0].startswith("Kulturnämnden sammanträdde den 16 mars")
    assert 1 <= len(answer.spans) <= 2
    assert {one.quote.document.name for one in answer.citations} == {MINUTES}
    for span, cited in zip(answer.spans, answer.citations, strict=True):
        assert cited.quote.start <= span.start < span.end <= cited.quote.end


def test_publisher_and_day_are_those_of_the_document_that_is_named(about):
    whose = about("vem har skrivit protokollet från kulturnämnden i Ljusforsa", Intent.AUTHOR)
    when = about("när publicerades protokollet från kulturnämnden i Ljusforsa",
                 Intent.WHEN_PUBLISHED)  # fmt: skip
    said = [*spans_of(whose), *(one.publisher for one in whose.listed)]
    assert said == ["Ljusforsa kommun"]
    assert [*spans_of(when), *(one.published.isoformat() for one in when.listed)] == ["2021-03-18"]


UNNAMED = ["vad handlar det om?", "vad handlar artikeln om kärnvapen i rymden om"]


@pytest.mark.parametrize("intent", [Intent.AUTHOR, Intent.WHEN_PUBLISHED])
@pytest.mark.parametrize("text", UNNAMED)
def test_question_that_names_no_document_is_left_to_the_reader(about, text, intent):
    assert about(text, intent) is None


@pytest.mark.parametrize("text", UNNAMED)
def test_summary_of_a_document_that_is_not_named_shows_what_may_be_meant(about, text):
    answer = about(text, Intent.SUMMARY)
    assert answer.outcome is Outcome.FOUND
    assert answer.spans == ()
    names = [one.quote.document.name for one in answer.citations]
    assert 0 < len(names) == len(set(names)) <= PLACES


MEETING = """# Styrelsemöte i vägföreningen

Datum: 2024-02-20

## 1. Mötet öppnas

Lisa Moberg öppnade mötet klockan 18.30 i klubbstugan.

## 2. Ny vägbom

Styrelsen beslutade att köpa en ny vägbom till infarten.

## 3. Nästa möte

Nästa möte hålls den 19 mars hos Gun Persson."""


def test_what_a_document_of_sections_is_about_are_their_headings(engine_of):
    engine = engine_of({"möte.md": MEETING})
    answer = engine._overview.of_documents(engine.understand("x"), Intent.SUMMARY, ["möte.md"])
    assert spans_of(answer) == ["1. Mötet öppnas", "2. Ny vägbom", "3. Nästa möte"]
    assert [one.quote.document.name for one in answer.citations] == ["möte.md"]


def test_document_whose_title_is_named_is_meant_whatever_search_finds(engine, monkeypatch):
    monkeypatch.setattr(IntentReader, "recognise", lambda *_: (Intent.SUMMARY, Language.SWEDISH))
    monkeypatch.setattr(type(engine), "find_hits", lambda *_: pytest.fail("searched"))
    title = next(one.title for one in engine.listings if one.name == MINUTES)
    answer = engine.ask(f"vad handlar ”{title}” om?")
    assert {one.quote.document.name for one in answer.citations} == {MINUTES}


def test_document_whose_file_is_named_is_meant(engine_of, monkeypatch):
    monkeypatch.setattr(IntentReader, "recognise", lambda *_: (Intent.SUMMARY, Language.SWEDISH))
    engine = engine_of({"bron-över-ån.md": "# Nytt\n\nBron öppnar i maj.", "b.md": "# Bron\n\nX."})
    answer = engine.ask("vad handlar bron-över-ån.md om?")
    assert {one.quote.document.name for one in answer.citations} == {"bron-över-ån.md"}


def test_this_is_the_document_that_the_question_before_was_answered_from(engine, monkeypatch):
    def recognise(_, text):
        return (Intent.AUTHOR if "det här" in text else Intent.CONTENT), Language.SWEDISH

    monkeypatch.setattr(IntentReader, "recognise", recognise)
    monkeypatch.setattr(engine._overview, "_asking", IntentModel.load().asking)
    earlier = "Vem fick i uppdrag att ta fram en tidsplan för simhallen?"
    answer = engine.ask("vem har skrivit det här?", [earlier])
    said = [*spans_of(answer), *(one.publisher for one in answer.listed)]
    assert said == ["Ljusforsa kommun"]
    asked = engine.ask("vem har skrivit det här?")
    assert (asked.outcome, asked.intent) == (Outcome.TALK, Intent.AUTHOR)
    assert asked.example is not None


def test_language_model_sums_up_the_document_that_is_meant_by_this(engine, monkeypatch):
    def recognise(_, text):
        return (Intent.SUMMARY if "det här" in text else Intent.CONTENT), Language.SWEDISH

    class Reads:
        rewrites = False

        def read(self, answer, hear):
            read.append(answer)
            return answer

    read = []
    monkeypatch.setattr(IntentReader, "recognise", recognise)
    monkeypatch.setattr(engine._overview, "_asking", IntentModel.load().asking)
    monkeypatch.setattr(engine, "_language", Reads())
    engine.ask("sammanfatta det här", ["Vem fick i uppdrag att ta fram en tidsplan för simhallen?"])
    [summary] = read
    assert summary.intent is Intent.SUMMARY
    assert {hit.passage.document.name for hit in summary.hits} == {
        one.quote.document.name for one in summary.citations
    }


def test_publisher_that_is_not_known_is_left_to_the_reader(engine_of):
    engine = engine_of({"a.txt": "Om bron\n\nBron över ån stängs den 4 maj för att målas om."})
    overview = Overview(engine.index, WordEncoder(), frozenset({"skriv"}), frozenset())
    question = engine.understand("vem har skrivit om bron?")
    hits = engine.find_hits(question)
    assert overview.answer(question, Intent.AUTHOR, hits, engine.listings) is None


def test_talk_tells_of_a_document_whose_title_can_be_asked_about(engine_of):
    engine = engine_of(
        {"a.md": f"# {'Mycket lång rubrik ' * 9}\n\nText här.", "b.md": "# Bron\n\nX"}
    )
    answer = talk(engine.understand("hej"), Intent.GREETING, engine.listings)
    assert (answer.outcome, answer.is_refused, answer.can_be_followed_up) == (
        Outcome.TALK,
        False,
        False,
    )
    assert answer.example is not None
    assert answer.example.title == "Bron"
    assert answer.citations == ()


def test_engine_answers_talk_without_searching_or_reading(engine, monkeypatch):
    monkeypatch.setattr(IntentReader, "recognise", lambda *_: (Intent.THANKS, Language.ENGLISH))
    monkeypatch.setattr(type(engine), "find_hits", lambda *_: pytest.fail("searched"))
    answer = engine.ask("thanks")
    assert answer.outcome is Outcome.TALK
    assert answer.question.language is Language.ENGLISH


def test_engine_lets_the_reader_answer_what_names_no_document(engine, monkeypatch):
    monkeypatch.setattr(IntentReader, "recognise", lambda *_: (Intent.AUTHOR, Language.SWEDISH))
    answer = engine.ask("Vem fick i uppdrag att ta fram en tidsplan för simhallen?")
    assert answer.intent is Intent.CONTENT
    assert "Rut Hallengren" in spans_of(answer)[0]


def test_question_is_embedded_once_for_what_is_wanted_and_for_the_search(engine):
    asked = []

    class Counting(WordEncoder):
        def embed_query(self, question):
            asked.append(question)
            return super().embed_query(question)

    from retrieval.engine import Engine

    fresh = Engine(engine.index, Counting(), engine._reader, scorer=engine._scorer)
    fresh._intents.recognise("Vad kostar simhallen?")
    fresh._encoder.embed_query("Vad kostar simhallen?")
    fresh.ask("Vad kostar simhallen?")
    assert asked == ["Vad kostar simhallen?"]
