"""What the bot remembers, and what it forgets."""

import sqlite3
import time
from dataclasses import replace

import pytest

from bot.telegram.state import DATABASE, Arrival, Place, SourcePlace, State, StoredAnswer, Upload

PLACE = Place(10, 0, 10)
ANSWER = StoredAnswer(
    update_id=1, place=PLACE, question_message=5, command="ask", question="Vad kostade bron?",
    history=("Vem byggde bron?",), kind="number", language="sv", version="v-12345678",
    text="87 miljoner", refused=False, places=(SourcePlace("a.txt", "ab", (0, 9), (2, 5)),),
    tail="<b>87</b>", id=1,
)  # fmt: skip


@pytest.fixture
def state(tmp_path):
    with State(tmp_path) as opened:
        yield opened


def age(tmp_path, table, seconds):
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute(f"UPDATE {table} SET at = at - ?", (seconds,))
    database.close()


def test_an_update_is_new_once(state):
    assert state.accept([Arrival(1, "{}"), Arrival(2, "{}")]) == {1, 2}
    assert state.accept([Arrival(2, "{}"), Arrival(3, "{}")]) == {3}


def test_what_is_not_dealt_with_is_there_after_a_restart_in_order(tmp_path):
    with State(tmp_path) as before:
        before.accept([Arrival(3, "c"), Arrival(1, "a"), Arrival(2, "b")])
        before.finish(2)
    with State(tmp_path) as after:
        assert after.open_updates() == [(1, "a"), (3, "c")]


def test_an_update_that_is_done_keeps_its_id_and_loses_its_words(state, tmp_path):
    state.accept([Arrival(1, "hemlig fråga")])
    state.plan(1, 10, ["hemligt svar"])
    state.finish(1)
    assert state.accept([Arrival(1, "hemlig fråga")]) == set()
    state.close()
    assert b"hemlig" not in (tmp_path / DATABASE).read_bytes()


def test_a_reply_is_planned_once(state):
    state.plan(1, 10, ["a", "b"], ANSWER)
    state.plan(1, 10, ["andra", "ord"], replace(ANSWER, text="annat"))
    assert [row.body for row in state.outbox(1)] == ["a", "b"]
    assert state.answer(1).text == "87 miljoner"


def test_an_answer_comes_back_as_it_was(state):
    state.plan(1, 10, ["a"], ANSWER)
    assert state.answer(1) == ANSWER
    assert state.answer_to(10, 5) == ANSWER
    assert state.next_answer() == 2


def test_history_holds_the_latest_questions_of_the_place_oldest_first(state):
    for number in range(1, 5):
        asked = replace(ANSWER, id=number, update_id=number, question=f"Fråga {number}?")
        state.plan(number, 10, [], asked)
    elsewhere = replace(ANSWER, id=9, update_id=9, place=Place(10, 3, 10), question="I ett ämne?")
    state.plan(9, 10, [], elsewhere)
    assert state.history(PLACE, 60, 3) == ("Fråga 2?", "Fråga 3?", "Fråga 4?")
    assert state.history(Place(10, 3, 10), 60, 3) == ("I ett ämne?",)
    state.forget_history(PLACE)
    assert state.history(PLACE, 60, 3) == ()


def test_a_question_is_kept_only_as_long_as_history_needs_it(state, tmp_path):
    state.plan(1, 10, ["a"], ANSWER)
    age(tmp_path, "answers", 3601)
    assert state.history(PLACE, 60, 3) == ()
    state.forget_old(60)
    kept = state.answer(1)
    assert (kept.question, kept.history) == (None, ())
    assert kept.places == ANSWER.places


def test_old_updates_answers_and_uploads_go(state, tmp_path):
    state.accept([Arrival(1, "a"), Arrival(2, "b")])
    state.plan(1, 10, ["a"], ANSWER)
    state.finish(1)
    number = state.offer_upload(2, Upload(0, 1, 1, "a.txt", "A", b"x"))
    for table in ("updates", "outbox", "answers", "uploads"):
        age(tmp_path, table, 40 * 86400)
    state.forget_old(60)
    assert state.answer(1) is None
    assert state.upload(number) is None
    assert state.outbox(1) == []
    assert state.open_updates() == [(2, "b")]  # what is not dealt with is never dropped


def test_forgetting_a_person_leaves_nothing_of_theirs(state):
    state.plan(1, 10, ["a"], ANSWER)
    state.vote(ANSWER, 10, -1)
    state.vote(ANSWER, 11, -1)  # somebody else's opinion, on this person's question
    number = state.offer_upload(2, Upload(0, 10, 10, "a.txt", "A", b"x"))
    state.forget_person(10)
    assert state.answer(1) is None
    assert state.disliked() == []
    assert state.upload(number) is None


def test_the_known_messages_are_the_latest(state):
    state.accept([Arrival(1, "a", 10, 100)])
    state.plan(1, 10, ["x"])
    [row] = state.outbox(1)
    time.sleep(0.01)
    state.mark(row, "sent", 101)
    assert sorted(state.known_messages(10)) == [(10, 100), (10, 101)]


def test_the_state_folder_is_only_for_its_owner(tmp_path):
    with State(tmp_path / "ny"):
        assert (tmp_path / "ny").stat().st_mode & 0o077 == 0
