from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.types import BlockKind
from retrieval.confidence import fit, probability, shares
from retrieval.question import understand
from retrieval.units import Unit
from tests.retrieval.support import hits_of, make_document_of, reading_of

PROSE, *_ = hits_of(make_document_of("Kvarnen i Åsby revs i går kväll av kommunen."))
LIST = next(
    hit
    for hit in hits_of(make_document_of("Närvarande:\n\n- Åsa Ek\n- Bo Öst\n- Li Ån"))
    if hit.passage.kind is BlockKind.LIST
)
QUESTIONS = [
    "Vem rev kvarnen?", "När revs kvarnen?", "Vilka var närvarande?", "Revs kvarnen?",
    "Who tore down the mill?", "kvarnen Åsby", "Varför revs kvarnen?",
]  # fmt: skip
share_of_one = st.floats(0, 1)


def unit_of(hit=PROSE, own=0.5, form=0.5, **scores):
    return Unit(replace(hit, **scores), ((hit.passage.start, hit.passage.end),), own, form)


@given(
    st.sampled_from(QUESTIONS), st.sampled_from([PROSE, LIST]), share_of_one, share_of_one,
    st.floats(-1, 1), share_of_one,
)  # fmt: skip
def test_probability_is_between_0_and_1(text, hit, own, near, dense, share):
    unit = unit_of(hit, own=own, near=near, dense=dense)
    assert 0 <= probability(understand(text), unit, share) <= 1


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("hit", [PROSE, LIST])
def test_probability_rises_with_what_the_unit_covers(text, hit):
    question = understand(text)
    low, high = (probability(question, unit_of(hit, own=own), 0.5) for own in (0.2, 0.9))
    assert low < high


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("hit", [PROSE, LIST])
def test_probability_rises_with_the_share_of_those_that_agree(text, hit):
    question, unit = understand(text), unit_of(hit)
    assert probability(question, unit, 0.1) < probability(question, unit, 0.9)


@pytest.mark.parametrize("text", QUESTIONS)
def test_probability_of_prose_rises_with_the_likeness_in_meaning(text):
    question = understand(text)
    low, high = (probability(question, unit_of(dense=dense), 0.5) for dense in (0.78, 0.9))
    assert low < high


@given(st.sampled_from(QUESTIONS), share_of_one, share_of_one, st.floats(0, 1), st.floats(-50, 50))
def test_fit_never_falls_with_more_of_the_question_or_a_better_form(text, own, form, more, score):
    question = understand(text)
    unit = unit_of(own=own, form=form, score=score)
    assert fit(question, replace(unit, own=own + more)) >= fit(question, unit)
    assert fit(question, replace(unit, form=form + more)) >= fit(question, unit)


def test_fit_rises_with_the_score_of_the_hit():
    question = understand(QUESTIONS[0])
    assert fit(question, unit_of(score=2.0)) > fit(question, unit_of(score=1.0))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_shares_add_up_to_one_in_the_order_of_the_fits(fits):
    found = shares(fits)
    assert sum(found) == pytest.approx(1)
    assert max(found) == found[fits.index(max(fits))]
    assert all(0 <= share <= 1 for share in found)


def test_equal_fits_have_equal_shares():
    assert shares([3.0, 3.0]) == [0.5, 0.5]


def test_the_origin_of_a_document_about_what_is_asked_is_told_by_form():
    text = (
        "Pressmeddelande från Vägnämnden\n\nEn ny bro byggs\n\nPublicerad 3 maj\n\nDen blir av trä."
    )
    hits = {hit.passage.text: hit for hit in hits_of(make_document_of(text), dense=0.8)}
    hit, question = hits["Publicerad 3 maj"], understand("När publicerades nyheten om bron?")
    hit = replace(hit, reading=reading_of(hit.passage, "3 maj", relevance=-6))

    def chance(near, form):
        unit = replace(unit_of(hit, near=near, form=form), read=(-8.0, (0, 5)))
        return probability(question, unit, 0.9)

    assert chance(near=0.6, form=1.0) > 5 * chance(near=0.4, form=1.0)
    assert chance(near=0.6, form=1.0) > 5 * chance(near=0.6, form=0.0)
