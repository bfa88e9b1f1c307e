"""What several processes make of one PostgreSQL database: claims, leases, lost connections."""

import asyncio
import json
import random
import re
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import psycopg
import pytest

from bot.settings import SettingsError, load_settings
from bot.telegram.inbox import Lanes
from bot.telegram.limits import Allowance
from bot.telegram.postgres_state import PostgresState
from bot.telegram.records import Arrival
from bot.telegram.state import ClaimLost, StateUnavailable
from tests.bot.postgres_server import PASSWORD
from tests.bot.test_telegram_state import ANSWER, LANE


@pytest.fixture
def uri(postgres):
    return postgres.make_database()


@pytest.fixture
def one(uri):
    with PostgresState(uri) as state:
        state.renew_lease()
        yield state


@pytest.fixture
def other(uri, one):
    with PostgresState(uri) as state:
        state.renew_lease()
        yield state


def sql(uri, statement):
    with psycopg.connect(uri) as connection:
        return connection.execute(statement)


def disconnect(uri):
    """Every connection to the database is lost."""
    sql(uri, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
             "WHERE datname = current_database() AND pid != pg_backend_pid()")  # fmt: skip


def silence(uri):
    """Every lease expires, since none has been renewed for an hour."""
    sql(uri, "UPDATE processes SET until = until - interval '1 hour'")


def test_a_lane_belongs_to_one_process_until_it_is_given_back(one, other):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)
    assert one.claim(LANE)
    assert not other.claim(LANE)
    assert (one.open_lanes(), other.open_lanes()) == ({LANE: 1}, {})
    one.release(LANE)
    assert other.open_lanes() == {LANE: 1}
    assert other.claim(LANE)
    one.release(LANE)  # not its own any more
    assert not one.claim(LANE)


def test_a_process_that_starts_takes_nothing_that_a_living_one_has(one, uri):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)
    with PostgresState(uri) as starting:
        assert starting.renew_lease() == 2
        starting.reopen()
        assert starting.open_lanes() == {}
        assert not starting.claim(LANE)


def test_a_process_that_ends_leaves_its_lanes_to_others_at_once(other, uri):
    ending = PostgresState(uri)
    ending.renew_lease()
    ending.accept([Arrival(1, "a", LANE)])
    assert ending.claim(LANE)
    ending.close()
    assert other.open_lanes() == {LANE: 1}
    assert other.renew_lease() == 2  # it, and the one of the fixture


def test_a_database_of_before_updates_counted_their_tries_is_brought_up_to_date(one, uri):
    one.accept([Arrival(1, "a", LANE)])
    sql(uri, "ALTER TABLE updates DROP COLUMN tries")
    with PostgresState(uri) as later:
        later.renew_lease()
        assert later.claim(LANE)
        assert (later.begin_attempt(1), later.begin_attempt(1)) == (1, 2)


def test_what_a_silent_process_had_is_taken_over_and_it_can_do_nothing_more(one, other, uri):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)
    one.store_reply(1, 10, ["x", "y"])
    first, second = one.outbox(1)
    one.mark_sending(first, 5)
    silence(uri)
    assert other.renew_lease() == 1
    assert other.open_lanes() == {LANE: 1}
    assert other.claim(LANE)
    for step in (
        lambda: one.store_reply(1, 10, ["x", "y", "z"], ANSWER),
        lambda: one.mark_sending(second, 5),
        lambda: one.replace_answer(1, ANSWER),
        lambda: one.move_messages(7, 1, [0]),
        lambda: one.set_aside(1),
        lambda: one.finish(1),
    ):
        with pytest.raises(ClaimLost):
            step()
    assert [(row.body, row.state) for row in other.outbox(1)] == [
        ("x", "sending"),
        ("y", "planned"),
    ]
    assert other.answer(1) is None
    assert other.next_update(LANE) == (1, "a")
    assert not one.claim("chat 11")  # before it has told that it lives
    assert one.renew_lease() == 2
    assert one.claim("chat 11")
    assert not one.claim(LANE)


def test_a_process_that_beats_late_keeps_what_nobody_took(one, uri):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)
    silence(uri)
    one.renew_lease()
    one.finish(1)
    assert one.open_lanes() == {}


def test_answers_of_two_processes_never_get_the_same_id(one, other):
    numbers = [state.next_answer() for _ in range(5) for state in (one, other)]
    assert len(set(numbers)) == 10
    assert min(numbers) >= 1_000_000  # no button from a file of SQLite opens one


def test_an_allowance_holds_over_all_processes(one, other):
    allowances = [Allowance(3, state.buckets("question")) for state in (one, other)]
    verdicts = [allowances[number % 2].take(1) for number in range(5)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False, False]
    assert [verdict.tell for verdict in verdicts] == [False, False, False, True, False]


def test_an_allowance_is_not_overdrawn_by_asking_at_once(uri):
    def take_many(_):
        with PostgresState(uri) as state:
            allowance = Allowance(20, state.buckets("question"))
            return sum(allowance.take(1).allowed for _ in range(20))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take_many, range(4))) == 20


def test_history_feedback_and_forgetting_reach_all_processes(one, other):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)
    one.store_reply(1, 10, ["x"], ANSWER)
    assert other.history(ANSWER.place, 60, 3) == ("Vad kostade bron?",)
    assert other.vote(other.answer(1), 10, -1)
    assert one.votes() == (0, 1)
    other.forget_person(10)
    assert one.answer(1) is None
    assert one.disliked() == []


def test_the_schema_is_made_by_many_at_once(uri):
    def open_and_use(number):
        with PostgresState(uri) as state:
            state.renew_lease()
            state.accept([Arrival(number, "a", f"chat {number}")])
            return state.claim(f"chat {number}")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(open_and_use, range(8)))


def test_a_lost_connection_is_made_again_and_claims_outlive_it(one, other, uri):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)
    disconnect(uri)
    with pytest.raises(StateUnavailable):
        one.finish(1)
    with pytest.raises(StateUnavailable):
        other.renew_lease()
    assert not other.claim(LANE)
    one.finish(1)
    assert other.open_lanes() == {}


def test_a_connection_lost_in_a_transaction_leaves_nothing_half_done(one, uri):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)

    def bodies():
        yield "x"
        disconnect(uri)
        yield "y"

    with pytest.raises(StateUnavailable):
        one.store_reply(1, 10, bodies())
    assert one.outbox(1) == []
    one.store_reply(1, 10, ["x", "y"])
    assert len(one.outbox(1)) == 2


def test_a_server_that_is_away_is_one_line_without_the_password(postgres, one, uri):
    postgres.stop()
    try:
        for use in (lambda: one.accept([Arrival(1, "a", LANE)]), lambda: PostgresState(uri)):
            with pytest.raises(StateUnavailable, match="PostgreSQL cannot be used") as told:
                use()
            assert "\n" not in str(told.value)
            assert PASSWORD not in str(told.value)
            assert told.value.__cause__ is None
    finally:
        postgres.start()
    one.accept([Arrival(2, "b", LANE)])
    assert one.next_update(LANE) == (2, "b")


def test_what_somebody_has_locked_holds_nobody_up_for_long(one, uri):
    one.accept([Arrival(1, "a", LANE)])
    assert one.claim(LANE)
    with psycopg.connect(uri) as asleep:
        asleep.execute("SELECT * FROM claims FOR UPDATE")
        began = time.monotonic()
        with pytest.raises(StateUnavailable):
            one.finish(1)
        assert time.monotonic() - began < 5
    one.finish(1)


def test_a_wrong_password_is_refused_without_telling_it(postgres, uri):
    with pytest.raises(StateUnavailable, match="authentication failed") as told:
        PostgresState(uri.replace("hemligt", "gissning"))
    assert "gissning" not in str(told.value)


def test_a_user_who_may_make_no_tables_is_told(uri):
    sql(uri, "CREATE ROLE guest LOGIN PASSWORD 'gissning'")
    with pytest.raises(StateUnavailable, match=r"permission denied .* let the user") as told:
        PostgresState(uri.replace("kallbot:" + quote(PASSWORD, safe=""), "guest:gissning"))
    assert "gissning" not in str(told.value)


def test_feedback_is_read_from_the_database_that_is_set(one, uri, run, monkeypatch):
    one.vote(ANSWER, 10, -1)
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", uri)
    ran = run("feedback")
    assert json.loads(ran.out)["question"] == ANSWER.question
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", uri + "x")
    ran = run("feedback")
    assert (ran.status, ran.out) == (1, "")
    assert re.fullmatch(r"kallbot: PostgreSQL cannot be used .* does not exist.*\n", ran.err)


def test_without_the_driver_one_line_says_what_to_install(uri, run, monkeypatch):
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", uri)
    monkeypatch.setitem(sys.modules, "bot.telegram.postgres_state", None)
    ran = run("feedback")
    assert ran.status == 2
    assert "pip install 'kallbot[postgres]'" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "uri",
    ["postgresql://bot:gissn@ing@db/kallbot", "postgresql://bot:gissn/ing@db/kallbot",
     "postgresql://bot:gissn#ing@db/kallbot", "mysql://bot:gissning@db/kallbot", "gissning"],
)  # fmt: skip
def test_a_uri_that_cannot_be_meant_is_named_without_its_password(monkeypatch, uri):
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", uri)
    with pytest.raises(SettingsError, match="postgres_uri") as told:
        load_settings()
    assert "gissn" not in str(told.value)


def test_a_uri_that_cannot_be_decoded_is_named_without_its_password():
    with pytest.raises(SettingsError, match="KALLBOT_POSTGRES_URI") as told:
        PostgresState("postgresql://bot:gissning%zz@db/kallbot")
    assert "gissning" not in str(told.value)


def test_the_settings_do_not_show_the_uri(monkeypatch):
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", "postgresql://bot:gissning@db/kallbot")
    assert "gissning" not in repr(load_settings())
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", "")
    assert load_settings().postgres_uri is None


class Deliveries:
    """Updates of many chats, each chat's in order, some delivered to two processes."""

    def __init__(self, chats, updates):
        self._left = {
            f"chat {chat}": [100 * chat + number for number in range(updates)]
            for chat in range(chats)
        }
        self._lock = threading.Lock()
        self._random = random.Random(4)

    def deliver(self, accept):
        """Have the next update of a chat accepted; returns the chat, or None at the end."""
        with self._lock:
            chats = [chat for chat, left in self._left.items() if left]
            if not chats:
                return None
            chat = self._random.choice(chats)
            accept([Arrival(self._left[chat][0], chat, chat)])
            if self._random.random() < 0.7:  # else it comes again
                self._left[chat].pop(0)
            return chat


def test_updates_are_dealt_with_once_and_in_order_by_any_number_of_processes(uri):
    deliveries = Deliveries(chats=8, updates=25)
    dealt, lock = defaultdict(list), threading.Lock()

    async def run_process(state):
        async def work(number, body):
            with lock:
                dealt[body].append((number, "begun"))
            await asyncio.sleep(random.uniform(0, 0.004))
            with lock:
                dealt[body].append((number, "done"))
            state.finish(number)

        state.renew_lease()
        lanes = Lanes(state, work)
        while (chat := deliveries.deliver(state.accept)) is not None:
            lanes.wake(chat)
            await asyncio.sleep(random.uniform(0, 0.004))
        while state.open_lanes():
            await asyncio.sleep(0.01)
        await lanes.drain(5)

    def run(_):
        with PostgresState(uri) as state:
            asyncio.run(run_process(state))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))
    assert sorted(dealt) == [f"chat {chat}" for chat in range(8)]
    for chat, steps in dealt.items():
        numbers = [100 * int(chat.split()[1]) + number for number in range(25)]
        assert steps == [(number, step) for number in numbers for step in ("begun", "done")]


def test_what_another_process_stores_while_a_lane_is_given_up_is_not_left(one, other, monkeypatch):
    dealt, release = [], one.release

    async def work(number, body):
        one.finish(number)
        dealt.append(number)

    def release_late(lane):
        if dealt == [1]:
            other.accept([Arrival(2, "b", lane)])
            assert not other.claim(lane)
        release(lane)

    async def go():
        lanes = Lanes(one, work)
        one.accept([Arrival(1, "a", LANE)])
        lanes.wake(LANE)
        await asyncio.sleep(0.1)
        await lanes.drain(5)

    monkeypatch.setattr(one, "release", release_late)
    asyncio.run(go())
    assert dealt == [1, 2]


def test_lanes_wait_for_a_database_that_is_away_and_go_on(one, uri):
    dealt = []

    async def work(number, body):
        if not dealt:
            dealt.append("lost")
            disconnect(uri)
        one.finish(number)
        dealt.append(number)

    async def go():
        lanes = Lanes(one, work)
        one.accept([Arrival(1, "a", LANE), Arrival(2, "b", LANE)])
        lanes.wake(LANE)
        end = time.monotonic() + 10
        while dealt != ["lost", 1, 2] and time.monotonic() < end:
            await asyncio.sleep(0.01)
        await lanes.drain(1)

    asyncio.run(go())
    assert dealt == ["lost", 1, 2]
    assert one.claim(LANE)
