from dataclasses import replace

import pytest

from retrieval import ranking
from retrieval.question import understand
from tests.retrieval.support import PointingReader, hits_of, make_document_of

TEXTS = [
    "Skolan\n\nSkolan i Umeå byggs om till hösten.",
    "Badet\n\nBadet i Lund är stängt för reparation.",
    "Torget\n\nTorget i Visby får nya bänkar i vår.",
]
WHERE = understand("Var byggs skolan om?")


@pytest.fixture
def hits():
    return hits_of(*(make_document_of(text, f"{row}.txt") for row, text in enumerate(TEXTS)))


def test_what_the_reader_finds_relevant_comes_first(hits):
    ranked = ranking.read_best(PointingReader("Visby"), WHERE, hits)
    assert "Visby" in ranked[0].passage.text
    assert ranked[0].reading is not None


def test_no_hit_is_lost(hits):
    ranked = ranking.read_best(PointingReader("Visby"), WHERE, hits)
    assert {hit.passage.text for hit in ranked} == {hit.passage.text for hit in hits}


def test_what_is_not_read_is_no_more_relevant_than_what_is(hits, monkeypatch):
    monkeypatch.setattr(ranking, "READ", 1)
    ranked = ranking.read_best(PointingReader("Umeå"), WHERE, hits)
    assert [hit.reading is not None for hit in ranked] == [True, False, False]


def test_of_hits_behind_one_that_is_far_ahead_only_the_next_is_read(hits):
    reader = PointingReader("Umeå")
    ahead = [replace(hits[0], score=20.0), *hits[1:]]
    ranking.read_best(reader, WHERE, ahead)
    assert reader.read_texts == [hit.passage.text for hit in hits[:2]]


def test_as_many_are_read_as_it_takes(hits):
    reader = PointingReader("Umeå")
    ahead = [replace(hits[0], score=20.0), *hits[1:]]
    ranking.read_best(reader, WHERE, ahead, until=1.0)
    assert len(reader.read_texts) == len(hits)


def test_what_is_found_by_its_form_is_left_to_the_search(hits):
    reader = PointingReader("Visby")
    assert ranking.read_best(reader, understand("Vilket telefonnummer har badet?"), hits) == hits
    assert reader.read_texts == []


def test_nothing_found_is_nothing_read():
    assert ranking.read_best(PointingReader("Umeå"), WHERE, []) == []
