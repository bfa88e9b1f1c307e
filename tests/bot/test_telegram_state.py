"""What the bot remembers and what it forgets, in SQLite and in PostgreSQL."""

import json
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.telegram.limits import Allowance
from bot.telegram.postgres_state import PostgresState
from bot.telegram.records import Arrival, Place, SourcePlace, StoredAnswer, Upload
from bot.telegram.sqlite_state import DATABASE, SqliteState
from bot.telegram.state import StateUnavailable

PLACE = Place(10, 0, 10)
ANSWER = StoredAnswer(
    update_id=1, place=PLACE, question_message=5, command="ask", question="Vad kostade bron?",
    history=("Vem byggde bron?",), outcome="answered", language="sv", version="v-12345678",
    text="87 miljoner", refused=False, places=(SourcePlace("a.txt", "ab", (0, 9), (2, 5)),),
    tail="<b>87</b>", id=1,
)  # fmt: skip
LANE = "chat 10"


class SqliteFile:
    """A place for a state, in a folder."""

    def __init__(self, folder):
        self._folder = folder

    def open(self):
        return SqliteState(self._folder)

    def age(self, table, seconds):
        with sqlite3.connect(self._folder / DATABASE) as database:
            database.execute(f"UPDATE {table} SET at = at - ?", (seconds,))
        database.close()


class PostgresDatabase:
    """A place for a state, in a database."""

    def __init__(self, uri):
        self._uri = uri

    def open(self):
        return PostgresState(self._uri)

    def age(self, table, seconds):
        with psycopg.connect(self._uri) as connection:
            connection.execute(f"UPDATE {table} SET at = at - %s", (seconds,))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    if request.param == "sqlite":
        return SqliteFile(tmp_path)
    return PostgresDatabase(request.getfixturevalue("postgres").make_database())


@pytest.fixture
def state(place):
    with place.open() as opened:
        yield opened


def arrive(state, *numbers, lane=LANE):
    """Updates arrive, and this process claims their lane."""
    state.accept([Arrival(number, f"u{number}", lane) for number in numbers])
    state.renew_lease()
    assert state.claim(lane)


def test_an_update_is_dealt_with_once(state):
    arrive(state, 1)
    state.finish(1)
    state.accept([Arrival(1, "u1", LANE), Arrival(2, "u2", LANE)])
    assert state.next_update(LANE) == (2, "u2")


def test_what_is_not_dealt_with_is_there_after_a_restart_in_order(place):
    with place.open() as before:
        arrive(before, 3, 1, 2)
        before.finish(1)
        before.accept([Arrival(4, "u4", "press 10")])
    with place.open() as after:
        assert after.open_lanes() == {LANE: 2, "press 10": 1}
        assert after.next_update(LANE) == (2, "u2")


def test_what_is_set_aside_waits_until_it_is_reopened(state):
    arrive(state, 1, 2)
    state.set_aside(1)
    assert state.next_update(LANE) == (2, "u2")
    state.reopen()
    assert state.next_update(LANE) == (1, "u1")


def test_an_update_that_ends_the_process_is_counted_and_one_that_is_lived_through_is_not(place):
    for times in (1, 2):
        with place.open() as state:
            arrive(state, 1, 2)
            assert state.begin_attempt(1) == times  # and the process ends
            state.begin_attempt(2)
            state.forgive_attempt(2)
    with place.open() as state:
        arrive(state)
        assert state.begin_attempt(1) == 3
        assert state.begin_attempt(2) == 1


def test_a_reply_is_planned_once(state):
    arrive(state, 1)
    state.store_reply(1, 10, ["a", "b"], ANSWER)
    state.store_reply(1, 10, ["andra", "ord"], replace(ANSWER, text="annat"))
    assert [row.body for row in state.outbox(1)] == ["a", "b"]
    assert state.answer(1).text == "87 miljoner"


def test_a_message_goes_from_planned_through_sending_to_sent(state):
    arrive(state, 1)
    state.store_reply(1, 10, ["a"])
    [row] = state.outbox(1)
    assert (row.state, row.after, row.message) == ("planned", 0, None)
    state.mark_sending(row, 7)
    [row] = state.outbox(1)
    assert (row.state, row.after, row.message) == ("sending", 7, None)
    state.mark(row, "sent", 8)
    assert [(row.state, row.message) for row in state.outbox(1)] == [("sent", 8)]


def test_messages_that_are_edited_are_the_first_of_the_new_reply(state):
    arrive(state, 1, 2)
    state.store_reply(1, 10, ["a", "b"])
    state.store_reply(2, 10, ["c"])
    state.move_messages(1, 2, [0, 1])
    state.move_messages(1, 2, [0, 1])  # again, after a crash
    assert [(row.part, row.body) for row in state.outbox(2)] == [(-2, "a"), (-1, "b"), (0, "c")]
    assert state.outbox(1) == []


def test_an_answer_comes_back_as_it_was(state):
    arrive(state, 1)
    answer = replace(ANSWER, id=state.next_answer())
    state.store_reply(1, 10, ["a"], answer)
    assert state.answer(answer.id) == answer
    assert state.answer_to(10, 5) == answer


def test_every_answer_gets_an_id_of_its_own(place):
    with place.open() as state:
        first, second = state.next_answer(), state.next_answer()
        assert first != second
        arrive(state, 1)
        state.store_reply(1, 10, ["a"], replace(ANSWER, id=second))
    with place.open() as state:
        assert state.next_answer() > second


def test_the_answer_to_an_edited_question_takes_the_place_of_the_earlier(state):
    arrive(state, 1, 2)
    state.store_reply(1, 10, ["a"], ANSWER)
    state.vote(ANSWER, 10, 1)
    edited = replace(ANSWER, update_id=2, question="Vem invigde bron?", refused=True)
    state.replace_answer(1, edited)
    assert state.answer(1) == edited
    assert state.votes() == (0, 0)


def test_history_holds_the_latest_questions_of_the_place_oldest_first(state):
    arrive(state, *range(1, 10))
    for number in range(1, 5):
        asked = replace(ANSWER, id=number, update_id=number, question=f"Fråga {number}?")
        state.store_reply(number, 10, [], asked)
    elsewhere = replace(ANSWER, id=9, update_id=9, place=Place(10, 3, 10), question="I ett ämne?")
    state.store_reply(9, 10, [], elsewhere)
    assert state.history(PLACE, 60, 3) == ("Fråga 2?", "Fråga 3?", "Fråga 4?")
    assert state.history(Place(10, 3, 10), 60, 3) == ("I ett ämne?",)
    state.forget_history(PLACE)
    assert state.history(PLACE, 60, 3) == ()


def test_a_vote_can_be_changed_and_counts_once(state):
    assert state.vote(ANSWER, 10, -1)
    assert not state.vote(ANSWER, 10, -1)
    assert state.vote(ANSWER, 10, 1)
    assert state.vote(ANSWER, 11, -1)
    assert state.vote(ANSWER, 12, -1)
    assert state.votes() == (1, 2)
    [(number, question, *_, refused)] = state.disliked()
    assert (number, question, refused) == (1, "Vad kostade bron?", False)


def test_a_question_is_kept_only_as_long_as_history_needs_it(state, place):
    arrive(state, 1)
    state.store_reply(1, 10, ["a"], ANSWER)
    place.age("answers", 3601)
    assert state.history(PLACE, 60, 3) == ()
    state.forget_old(60)
    kept = state.answer(1)
    assert (kept.question, kept.history) == (None, ())
    assert kept.places == ANSWER.places


def test_old_updates_answers_and_uploads_go(state, place):
    arrive(state, 1, 2)
    state.store_reply(1, 10, ["a"], ANSWER)
    state.finish(1)
    number = state.offer_upload(2, Upload(0, 1, 1, "a.txt", "A", b"x"))
    for table in ("updates", "outbox", "answers", "uploads"):
        place.age(table, 40 * 86400)
    state.forget_old(60)
    assert state.answer(1) is None
    assert state.upload(number) is None
    assert state.outbox(1) == []
    assert state.next_update(LANE) == (2, "u2")  # what is not dealt with is never dropped


def test_an_upload_waits_as_it_came_and_is_offered_once(state):
    offered = Upload(0, 10, 20, "a.txt", "Å", b"\x00\xff?%s")
    number = state.offer_upload(2, offered)
    assert state.offer_upload(2, offered) == number
    assert state.upload(number) == replace(offered, id=number)
    state.drop_upload(number)
    assert state.upload(number) is None


def test_forgetting_a_person_leaves_nothing_of_theirs(state):
    arrive(state, 1)
    state.store_reply(1, 10, ["a"], ANSWER)
    state.vote(ANSWER, 10, -1)
    state.vote(ANSWER, 11, -1)  # somebody else's opinion, on this person's question
    number = state.offer_upload(2, Upload(0, 10, 10, "a.txt", "A", b"x"))
    state.forget_person(10)
    assert state.answer(1) is None
    assert state.disliked() == []
    assert state.upload(number) is None


def test_a_forgotten_question_is_left_out_of_what_others_asked_on_from_it(state):
    arrive(state, 1, 2)
    state.store_reply(1, 10, ["a"], ANSWER)
    other = replace(PLACE, user=11)
    on = replace(ANSWER, update_id=2, place=other, history=("Annat?", ANSWER.question), id=2)
    state.store_reply(2, 10, ["b"], on)
    state.vote(on, 11, -1)
    state.forget_person(PLACE.user)
    [(left,)] = state._all(sa.text("SELECT history FROM answers"))
    [(voted,)] = state._all(sa.text("SELECT history FROM feedback"))
    assert json.loads(left) == json.loads(voted) == ["Annat?"]


def test_an_album_is_replied_to_once_and_a_group_that_moves_is_followed_once(state):
    assert state.take_album(10, "a", 1)
    assert not state.take_album(10, "a", 2)
    assert state.take_album(10, "a", 1)  # again, after a crash
    assert state.record_migration(10, -100)
    assert not state.record_migration(10, -100)
    assert state.earlier_ids(-100) == [10]


def test_the_known_messages_are_the_latest(state):
    state.accept([Arrival(1, "a", LANE, 10, 100)])
    state.renew_lease()
    assert state.claim(LANE)
    state.store_reply(1, 10, ["x"])
    [row] = state.outbox(1)
    time.sleep(0.01)
    state.mark(row, "sent", 101)
    assert sorted(state.known_messages(10)) == [(10, 100), (10, 101)]


def test_an_allowance_is_spent_and_saved_up_again(state):
    allowance = Allowance(600, state.buckets("question"))
    spent = 0
    while allowance.take(1).allowed:
        spent += 1
    assert 600 <= spent < 650
    time.sleep(0.25)
    assert allowance.take(1).allowed
    assert Allowance(1, state.buckets("press")).take(1).allowed


# Only in SQLite


def test_an_update_that_is_done_keeps_its_id_and_loses_its_words(tmp_path):
    with SqliteState(tmp_path) as state:
        state.accept([Arrival(1, "hemlig fråga", LANE)])
        state.store_reply(1, 10, ["hemligt svar"])
        state.finish(1)
        state.accept([Arrival(1, "hemlig fråga", LANE)])
        assert state.next_update(LANE) is None
    assert b"hemlig" not in (tmp_path / DATABASE).read_bytes()


def test_the_state_folder_is_only_for_its_owner(tmp_path):
    with SqliteState(tmp_path / "ny"):
        assert (tmp_path / "ny").stat().st_mode & 0o077 == 0


def test_a_file_that_was_made_before_updates_had_a_lane_is_read(tmp_path):
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute(
            "CREATE TABLE updates (id INTEGER PRIMARY KEY, body TEXT, "
            "done INTEGER NOT NULL DEFAULT 0, chat INTEGER, message INTEGER, at REAL NOT NULL)"
        )
        database.execute("INSERT INTO updates VALUES (1, 'a', 0, 10, 5, 1.0), (2, '', 1, 9, 6, 1)")
    database.close()
    for _ in range(2):
        with SqliteState(tmp_path) as state:
            assert state.open_lanes() == {LANE: 1}
            assert state.next_update(LANE) == (1, "a")


def test_on_a_full_disk_nothing_is_taken_in_and_nothing_is_lost(tmp_path):
    with SqliteState(tmp_path) as state:
        arrive(state, 1)
        [(pages,)] = state._all(sa.text("PRAGMA page_count"))
        state._run(sa.text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(StateUnavailable, match="full"):
            state.accept([Arrival(2, "u" * 100_000, LANE)])
        assert state.next_update(LANE) == (1, "u1")  # what was taken in is still answered
        state.finish(1)
        state._run(sa.text(f"PRAGMA max_page_count = {10 * pages + 100}"))
        state.accept([Arrival(2, "u" * 100_000, LANE)])  # which Telegram delivers again
    with SqliteState(tmp_path) as state:
        assert state.next_update(LANE) == (2, "u" * 100_000)


@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.rename(file.with_name("old"))])
def test_updates_are_not_taken_into_a_file_that_was_removed(tmp_path, harm):
    with SqliteState(tmp_path) as state:
        state.accept([Arrival(1, "{}", "chat 1")])
        harm(tmp_path / DATABASE)
        with pytest.raises(StateUnavailable, match="was removed: restart the bot"):
            state.accept([Arrival(2, "{}", "chat 1")])
