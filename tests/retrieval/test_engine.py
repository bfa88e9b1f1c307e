"""The engine from question to answer, with a reader that goes by words."""

from dataclasses import replace

import pytest

from embeddings.errors import QuestionError
from retrieval.engine import READ, READ_FIRST, Engine
from retrieval.question import MAX_CHARACTERS
from retrieval.types import Outcome
from tests.fakes import SCORER, OverlapReader
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import assert_exact, make_engine, spans_of

ALL = 1000


class KeepingReader(OverlapReader):
    """Keeps what it is given to read."""

    def __init__(self):
        self.asked = []

    def read(self, question, topic, passages):
        self.asked.append((question, topic, [passage.text for passage in passages]))
        return super().read(question, topic, passages)


@pytest.fixture
def reader():
    return KeepingReader()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    reader = KeepingReader()
    made = make_engine(tmp_path_factory.mktemp("papers"), DOCUMENTS, reader=reader)
    yield made, reader
    made.index.close()


@pytest.fixture
def papers(shared):
    """The engine over the municipality's papers, and its reader, which has read nothing yet."""
    shared[1].asked.clear()
    return shared


# End to end


@pytest.mark.parametrize(
    ("question", "expected", "document"),
    [
        ("Hur många föreningar hade sökt föreningsbidrag?", "37", "protokoll.md"),
        ("hur många butiker sa ja till förslaget", "48", "nyhet.txt"),
        ("Vad betalar företag som hyr ut elsparkcyklar?", "1 400 kronor",
         "beslut/elsparkcyklar.md"),
        ("Vem fick i uppdrag att ta fram en tidsplan för simhallen?", "Rut Hallengren",
         "protokoll.md"),
        ("When is the exercise open for press?", "", "pressmeddelande.txt"),
    ],
)  # fmt: skip
def test_what_the_papers_hold_is_answered_or_shown_from_its_document(
    engine, question, expected, document
):
    answer = engine.ask(question)
    assert answer.outcome in (Outcome.ANSWERED, Outcome.FOUND)
    quotes = [cited.quote for cited in answer.citations]
    assert document in {quote.document.name for quote in quotes}
    assert any(expected in quote.text for quote in quotes)
    assert_exact(answer, DOCUMENTS)


def test_a_probable_answer_is_answered_with_its_words_and_where_they_stand(engine):
    answer = engine.ask("Vad betalar företag som hyr ut elsparkcyklar per fordon?")
    assert answer.outcome is Outcome.ANSWERED
    assert spans_of(answer) == ["1 400 kronor"]
    [cited, *_] = answer.citations
    assert cited.quote.document.name == "beslut/elsparkcyklar.md"
    assert cited.marked == answer.spans
    assert 0.5 <= answer.confidence <= 1
    assert answer.elapsed_ms > 0
    assert_exact(answer, DOCUMENTS)


def test_every_item_of_a_list_is_answered(engine):
    answer = engine.ask("Vilka var de närvarande ledamöterna i kulturnämnden?")
    assert answer.outcome is Outcome.ANSWERED
    assert [span.partition(",")[0] for span in spans_of(answer)] == [
        "Märta Åkerblom", "Örjan Sjöqvist", "Ebba Lindgren-Ek", "Yusuf Demirci"]  # fmt: skip


def test_what_is_not_sure_is_shown_and_not_asserted(engine):
    answer = engine.ask("varför luktar det konstigt vid reningsverket på nätterna numera")
    assert answer.outcome is Outcome.FOUND
    assert answer.is_refused
    assert answer.spans == ()
    assert answer.citations
    assert answer.missing == ()
    assert_exact(answer, DOCUMENTS)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Vad sa Quentin Zorro om simhallen?", "Quentin Zorro"),
        ("Vilka deltog i övningen den 3 februari 2014?", "3 februari 2014"),
        ("Vad beslutades om simhallen i dnr KN 2031/7788?", "2031/7788"),
    ],
)
def test_what_no_document_names_is_missing_and_the_nearest_is_shown(engine, question, missing):
    answer = engine.ask(question)
    assert answer.outcome is Outcome.NOTHING
    assert any(missing.casefold() in said.casefold() for said in answer.missing)
    assert answer.spans == ()
    assert answer.citations
    assert answer.confidence == 0
    assert_exact(answer, DOCUMENTS)


def test_only_a_contact_answers_who_asks_for_one(engine):
    phone = engine.ask("Vilket telefonnummer har presskontakten Siv Blåberg?")
    assert spans_of(phone) in ([], ["026-17 90 00"])
    assert any("026-17 90 00" in cited.quote.text for cited in phone.citations)
    email = engine.ask("Vilken e-postadress har kommunikatör Håkan Ängström?")
    assert spans_of(email) in ([], ["hakan.angstrom@lst.example"])


def test_an_empty_question_and_one_that_is_too_long_are_refused(engine):
    for question in ("", " ? ", "å" * 2000):
        with pytest.raises(QuestionError):
            engine.ask(question)
        with pytest.raises(QuestionError):
            engine.search(question, 3)


def test_the_threshold_of_a_question_goes_before_that_of_the_engine(engine):
    question = "Vad betalar företag som hyr ut elsparkcyklar per fordon?"
    assert engine.ask(question, threshold=1.1).outcome is Outcome.FOUND
    unsure = "varför luktar det konstigt vid reningsverket på nätterna numera"
    assert engine.ask(unsure, threshold=0.0).outcome is Outcome.ANSWERED
    assert engine.ask(question).outcome is Outcome.ANSWERED
    assert engine.ask(unsure).outcome is Outcome.FOUND


# What is read


def test_no_more_passages_are_read_than_that(papers):
    engine, reader = papers
    unsure = "varför luktar det konstigt vid reningsverket på nätterna numera"
    engine.ask(unsure)
    engine.search(unsure, ALL)
    first, rest, searched = (passages for _, _, passages in reader.asked)
    assert len(first) == READ_FIRST
    assert len(first) + len(rest) == len(searched) == READ


def test_the_rest_is_read_only_if_the_best_passages_do_not_answer(papers):
    engine, reader = papers
    answer = engine.ask("Vad betalar företag som hyr ut elsparkcyklar per fordon?")
    assert answer.outcome is Outcome.ANSWERED
    [(_, _, passages)] = reader.asked
    assert len(passages) == READ_FIRST
    assert len(answer.hits) == READ  # those unread are found all the same


def test_all_is_read_if_a_language_model_is_shown_it(papers):
    engine, reader = papers
    shown = Engine(engine.index, engine._encoder, reader, scorer=SCORER, around=1)
    shown.ask("Vad betalar företag som hyr ut elsparkcyklar per fordon?")
    [(_, _, passages)] = reader.asked
    assert len(passages) == READ


def test_nothing_is_read_where_what_is_named_is_missing(papers):
    engine, reader = papers
    assert engine.ask("Vad sa Quentin Zorro?").outcome is Outcome.NOTHING
    assert sum(len(passages) for _, _, passages in reader.asked) == 0


def test_nothing_is_read_of_a_document_that_lacks_what_is_named(papers):
    engine, reader = papers
    engine.ask("Vad sa Tora Björkhem om övningen?")
    passages = [one for _, _, passages in reader.asked for one in passages]
    assert passages
    assert all(passage in DOCUMENTS["artikel.txt"] for passage in passages)


def test_the_question_is_read_as_it_was_asked(papers):
    engine, reader = papers
    engine.ask("  Vem leder\nsimhallen? ")
    assert reader.asked[0][:2] == ("Vem leder simhallen?", "")


def test_what_has_a_short_name_is_read_by_its_long_one_too(papers):
    engine, reader = papers
    engine.ask("Vad sa SKR:s GD?")
    question, _, _ = reader.asked[0]
    assert question == "Vad sa SKR:s GD? Sveriges Kommuner och Regioner generaldirektör"


def test_a_word_that_is_mistyped_is_read_in_the_spelling_of_the_documents(papers):
    engine, reader = papers
    engine.ask("När stängs simhalen?", ["Vad kostar elsparkcykklar?"])
    question, topic, _ = reader.asked[0]
    assert "simhallen" in question
    assert "elsparkcyklar" in topic


# What was asked before


def test_a_follow_up_is_sought_with_and_without_its_topic(engine):
    topic = "Vad kostar elsparkcyklar för företag?"
    question = engine.understand("och på trottoarer?", [topic])
    assert question.topic
    found = {hit.passage.text for hit in engine.find_hits(question, 6)}
    alone = engine.find_hits(engine.understand("och på trottoarer?"), 1)[0].passage.text
    joined = engine.find_hits(engine.understand(f"{topic} och på trottoarer?"), 1)[0].passage.text
    assert {alone, joined} <= found


def test_a_follow_up_is_sought_with_the_last_question_alone_too(engine):
    stray, last = "Vilken dag sammanträdde kulturnämnden i Åsby?", "Vad kostar elsparkcyklar?"
    found = engine.find_hits(engine.understand("och på trottoarer?", [stray, last]), 6)
    joined = engine.find_hits(engine.understand(f"{last} och på trottoarer?"), 1)
    assert joined[0].passage in [hit.passage for hit in found]


def test_a_follow_up_gives_the_reader_both_questions(papers):
    engine, reader = papers
    engine.ask("och hur länge gäller det?", ["Får elsparkcyklar parkeras på trottoarer?"])
    question, topic, _ = reader.asked[0]
    assert question == "och hur länge gäller det?"
    assert topic == "Får elsparkcyklar parkeras på trottoarer?"


def test_the_last_two_questions_and_no_empty_ones_are_what_was_asked_before(papers):
    engine, reader = papers
    engine.ask("och när?", ["Vem leder nämnden?", "Vad kostar badet?", "  ", "Var\n ligger det?"])
    assert reader.asked[0][1] == "Vad kostar badet? Var ligger det?"


@pytest.mark.parametrize(
    ("follow_up", "before", "expected"),
    [
        ("och hur länge gäller det?", "Får elsparkcyklar parkeras på trottoarer?", "tre år"),
        ("när blir det så?", "Ska Rådhustorget bli gågata?", "1 juni 2023"),
        ("vem fick det uppdraget?", "Vad beslutade nämnden om simhallen och tidsplan?",
         "Rut Hallengren"),
    ],
)  # fmt: skip
def test_a_follow_up_finds_the_passage_that_its_topic_tells_of(engine, follow_up, before, expected):
    assert expected in engine.search(follow_up, 1, [before])[0].passage.text
    assert any(expected in cited.hit.passage.text
               for cited in engine.ask(follow_up, [before]).citations)  # fmt: skip


@pytest.mark.parametrize(
    "before",
    ["Vem är landshövding?", "Vilka myndigheter medverkade i övningen?", "vad kostar elsparkcyklar",
     "Vilken dag sammanträdde kulturnämnden i Åsby?"],
)  # fmt: skip
def test_a_question_that_stands_by_itself_finds_its_own_passage_after_another(engine, before):
    question = "Hur många av de 48 butikerna sa ja till förslaget?"
    hits = engine.search(question, 3, [before])
    assert "48 butikerna" in hits[0].passage.text
    answer = engine.ask(question, [before])
    assert "48 butikerna" in answer.citations[0].quote.text


def test_what_was_named_before_is_not_demanded_of_the_answer(engine):
    answer = engine.ask("Hur många butiker sa ja?", ["Vad sa Quentin Zorro den 3 mars 2012?"])
    assert answer.outcome is not Outcome.NOTHING


def test_a_passage_is_read_once_though_both_searches_find_it(papers):
    engine, reader = papers
    unsure = "varför luktar det konstigt vid reningsverket"
    engine.ask(unsure, [unsure])
    passages = [one for _, _, passages in reader.asked for one in passages]
    assert len(passages) == len(set(passages)) == READ


# What is hidden, and the order


def test_what_is_hidden_counts_as_not_being_there(engine):
    question = "Vad betalar företag som hyr ut elsparkcyklar per fordon?"

    def hidden(hit):
        return hit.passage.document.name == "beslut/elsparkcyklar.md"

    answer = engine.ask(question, hidden=hidden)
    assert answer.outcome is not Outcome.ANSWERED
    assert all(cited.quote.document.name != "beslut/elsparkcyklar.md"
               for cited in answer.citations)  # fmt: skip
    assert engine.ask("Vad sa Tora Björkhem?", hidden=lambda _: True).outcome is Outcome.NOTHING


def test_where_everything_is_hidden_nothing_is_asserted(engine):
    answer = engine.ask("vad kostar det att hyra", hidden=lambda _: True)
    assert answer.outcome is not Outcome.ANSWERED
    assert answer.citations == ()


def test_search_ranks_what_was_read_by_both_and_the_rest_by_search(engine):
    question = "Vem är landshövding i länet?"
    hits = engine.search(question, ALL)
    read, unread = hits[:READ], hits[READ:]
    assert all(hit.reading is not None for hit in read)
    assert all(hit.reading is None for hit in unread)
    both = [hit.score + SCORER.relevance * hit.reading.relevance
            for hit in read if not hit.passage.is_notice]  # fmt: skip
    assert both == sorted(both, reverse=True)
    alone = [hit.score for hit in unread if not hit.passage.is_notice]
    assert alone == sorted(alone, reverse=True)


def test_what_the_reader_holds_likelier_comes_first(engine_of):
    class Contrary(OverlapReader):
        def read(self, question, topic, passages):
            readings = super().read(question, topic, passages)
            return [replace(one, relevance=9.0 if "Överbyn" in passage.text else -9.0)
                    for one, passage in zip(readings, passages, strict=True)]  # fmt: skip

    texts = {"a.txt": "Kvarnen i Åsby revs 1931.\n", "b.txt": "Bron i Överbyn byggdes 1948.\n"}
    engine = engine_of(texts)
    assert "Åsby" in engine.search("När revs kvarnen i Åsby?", 1)[0].passage.text
    engine._reader = Contrary()
    assert "Överbyn" in engine.search("När revs kvarnen i Åsby?", 1)[0].passage.text


@pytest.mark.parametrize("history", [(), ("Vad kostar elsparkcyklar?",)])
def test_search_gives_every_passage_once_and_no_more_than_asked_for(engine, history):
    hits = engine.search("Vem är landshövding?", ALL, history)
    places = [(hit.passage.document.name, hit.passage.start) for hit in hits]
    assert len(places) == len(set(places))
    for limit in (1, READ, READ + 1, 12):
        assert len(engine.search("Vem är landshövding?", limit, history)) == limit


def test_language_model_has_the_last_word_on_what_was_found(papers):
    engine, reader = papers

    class Knows:
        rewrites = False

        def read(self, answer, hear):
            return replace(answer, outcome=Outcome.NOTHING)

    knowing = Engine(engine.index, engine._encoder, reader, scorer=SCORER, language=Knows(),
                     around=READ)  # fmt: skip
    answer = knowing.ask("Vad betalar företag för elsparkcyklar?")
    assert answer.outcome is Outcome.NOTHING
    places = [(hit.passage.document.name, hit.passage.start) for hit in answer.hits]
    assert len(places) == len(set(places)) > READ


def test_an_earlier_question_of_any_length_is_cut(engine):
    asked = engine.understand("Vem då?", ["ord " * 1_000_000] * 3)
    assert max(map(len, [*asked.history, asked.topic])) <= 2 * MAX_CHARACTERS + 1
    assert engine.ask("vem har skrivit det här?", ["Vem är landshövding? " * 1000])
