import numpy as np
import pytest

from embeddings.model.bundled import BUNDLED_NAME
from retrieval.question import understand
from retrieval.search import embed, expanded, normalised, search
from tests.retrieval.corpus import DOCUMENTS, NOTICE
from tests.retrieval.support import WordEncoder

ALL = 1000


def found(engine, question, limit=10):
    return [hit.passage.text for hit in engine.search(question, limit)]


class NamedEncoder:
    """Makes one vector of everything, under a name."""

    def __init__(self, name):
        self.name = name

    def embed_query(self, question):
        return np.eye(384, dtype=np.float32)[len(question)]


def test_the_vector_of_a_question_is_turned_if_it_is_one_of_the_bundled_model():
    question = understand("Vem leder simhallen?")
    other, bundled = NamedEncoder("another"), NamedEncoder(BUNDLED_NAME)
    plain, turned = embed(other, question), embed(bundled, question)
    assert np.array_equal(plain, other.embed_query(question.text))
    assert np.linalg.norm(turned) == pytest.approx(1.0, abs=1e-5)
    assert 0.5 < plain @ turned < 0.999  # no other question, and not the same vector


def test_best_hit_holds_what_is_asked_for(engine):
    assert "48 butikerna" in found(engine, "Hur många butiker sa ja till förslaget?")[0]


def test_scores_fall_from_the_first_hit_that_is_no_notice(engine):
    hits = search(engine.index, WordEncoder(), understand("Vem är landshövding?"), ALL)
    scores = [hit.score for hit in hits if not hit.passage.is_notice]
    assert scores == sorted(scores, reverse=True)


def test_words_find_what_the_vectors_cannot_tell_apart(engine):
    class Blind(WordEncoder):
        def embed_query(self, question):
            return super().embed_query("")

    question = understand("reningsverket")
    [hit] = search(engine.index, Blind(), question, 1)
    assert "reningsverket" in hit.passage.text
    assert hit.lexical > 0


def test_vectors_find_what_has_no_word_of_the_question(engine):
    class Translating(WordEncoder):
        def embed_query(self, question):
            return super().embed_query("elsparkcyklar betalar kronor fordon år företag")

    question = understand("kickbike fees")
    [hit] = search(engine.index, Translating(), question, 1)
    assert "1 400 kronor" in hit.passage.text
    assert hit.lexical == 0


def test_notices_come_last_even_when_they_hold_every_word(engine):
    hits = engine.search("generalsekreterare 2 maj 2011 och 30 juni 2016", ALL)
    flags = [hit.passage.is_notice for hit in hits]
    assert any(flags)
    assert flags == sorted(flags)
    assert any(hit.passage.text == NOTICE for hit in hits)


def test_many_notices_leave_room_for_the_passages(engine_of):
    furniture = "\n\n".join(f"Dela sidan om kvarnen på kanal {number}." for number in range(40))
    article = "Kommunen lät till slut riva den gamla byggnaden vid ån i Åsby."
    engine = engine_of({"a.txt": f"{furniture}\n\n{article}\n\n{furniture}\n"})
    assert sum(hit.passage.is_notice for hit in engine.search("kvarnen", ALL)) == 40
    assert found(engine, "Dela sidan om kvarnen", 1) == [article]


def test_what_is_said_twice_in_the_same_words_is_found_once(engine):
    texts = found(engine, "generalsekreterare 2 maj 2011", ALL)
    assert texts.count(NOTICE) == 1
    assert len(texts) == len(set(texts))


def test_copies_of_a_passage_in_two_documents_are_found_once(engine_of):
    text = "Kvarnen i {place} revs i går.\n\nDen gamla ån ska ledas om under hela våren.\n"
    engine = engine_of({"a.txt": text.format(place="Åsby"), "b.txt": text.format(place="Överbyn")})
    assert found(engine, "leda om ån").count("Den gamla ån ska ledas om under hela våren.") == 1


def test_a_passage_in_hundreds_of_documents_leaves_room_for_the_others(engine_of):
    copied = "Sida {n}\n\nSamrådet om Kvarnvägen i Åsby hölls i höstas av nämnden i Åsby.\n"
    files = {f"{n}.txt": copied.format(n=n) for n in range(300)}
    files["annan.txt"] = "Vägar\n\nKvarnvägen i Åsby får en ny bro av trä.\n"
    texts = found(engine_of(files), "samrådet om Kvarnvägen i Åsby", 2)
    assert any("Kvarnvägen i Åsby får en ny bro av trä." in text for text in texts)


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_limit_is_kept(engine, limit):
    assert len(engine.search("Vem är landshövding?", limit)) == limit


def test_limit_over_the_number_of_passages_gives_them_all(engine):
    texts = found(engine, "Vem är landshövding?", ALL)
    assert len(texts) == len({*engine_texts(engine)})


def engine_texts(engine):
    index = engine.index
    return [passage.text for passage in index.passages(list(range(len(index))))]


def test_question_of_unknown_words_still_ranks_every_passage(engine):
    hits = engine.search("zzyzx qwxy", 10)
    assert len(hits) == 10
    assert all(hit.lexical == 0 for hit in hits)
    assert all(np.isfinite(hit.score) for hit in hits)


def test_index_of_one_passage_is_searched(engine_of):
    engine = engine_of({"a.txt": "Kvarnen ska rivas i höst.\n"})
    [hit] = engine.search("När rivs kvarnen?", 10)
    assert hit.passage.text == "Kvarnen ska rivas i höst."
    assert np.isfinite(hit.score)


def test_other_name_of_an_organisation_is_found(engine_of):
    engine = engine_of(
        {
            "a.txt": "Säkerhetspolisen varnar för främmande makt i hamnarna.\n",
            "b.txt": "Hamnarna varnar för hård vind.\n",
            "c.txt": "Polismyndigheten varnar för ficktjuvar i hamnarna.\n",
        }
    )
    assert "Säkerhetspolisen" in found(engine, "vad varnar säpo för")[0]
    assert "Säkerhetspolisen" in expanded(understand("vad varnar säpo för"))


def test_date_is_found_however_it_is_written(engine_of):
    engine = engine_of(
        {
            "a.txt": "Samrådet hölls den tredje maj i Åsby.\n",
            "b.txt": "Samrådet hölls den fjärde juni i Åsby.\n",
        }
    )
    assert "tredje maj" in found(engine, "Samrådet 3/5")[0]
    assert "fjärde juni" in found(engine, "Samrådet 4/6")[0]


def test_passage_of_a_hit_is_in_its_document_to_the_letter(engine):
    for hit in engine.search("Vem är landshövding?", ALL):
        passage = hit.passage
        assert DOCUMENTS[passage.document.name][passage.start : passage.end] == passage.text


def test_scores_are_normalised_over_the_collection():
    raw = np.asarray([1, 2, 3, 6], np.float32)
    scores = normalised(raw, float(raw.mean()), float(raw.std()))
    assert scores.mean() == pytest.approx(0, abs=1e-6)
    assert scores.std() == pytest.approx(1, abs=1e-6)


def test_scores_that_tell_nothing_apart_are_all_zero():
    assert normalised(np.full(3, 0.7, np.float32), 0.7, 0.0).tolist() == [0, 0, 0]


def test_looking_at_few_at_first_changes_nothing_of_the_ranking(engine, monkeypatch):
    whole = engine.search("Vilka myndigheter medverkade?", 5)
    monkeypatch.setattr("retrieval.search._POOL", 1)
    few = engine.search("Vilka myndigheter medverkade?", 5)
    assert [hit.passage for hit in few] == [hit.passage for hit in whole]
