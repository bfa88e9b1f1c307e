"""Limits, turns, and which messages are looked for after a lost response."""

import asyncio
import threading
import time

import pytest

from bot.telegram.admin import check_content, safe_name
from bot.telegram.limits import Allowance, MemoryBuckets, Pace
from bot.telegram.pool import FairPool
from bot.telegram.sender import Seen


def test_a_minutes_worth_of_questions_then_a_wait_told_once():
    allowance = Allowance(2, MemoryBuckets())
    verdicts = [allowance.take(1) for _ in range(4)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, False, False]
    assert [verdict.tell for verdict in verdicts] == [False, False, True, False]
    assert 20 < verdicts[2].wait <= 30
    assert allowance.take(2).allowed


def test_a_clock_that_is_set_back_neither_locks_out_nor_silences(monkeypatch):
    allowance = Allowance(2, MemoryBuckets())
    for _ in range(3):
        allowance.take(1)
    now = time.time()
    monkeypatch.setattr("bot.telegram.limits.time.time", lambda: now - 3600)
    assert allowance.take(1).tell
    monkeypatch.setattr("bot.telegram.limits.time.time", lambda: now - 3600 + 31)
    assert allowance.take(1).allowed


def test_messages_to_one_chat_keep_their_distance_and_others_do_not_wait():
    async def go():
        pace = Pace(1000, 0.2, 20)
        began = time.monotonic()
        await pace.wait(1)
        await pace.wait(2)
        other = time.monotonic() - began
        await pace.wait(1)
        return other, time.monotonic() - began

    other, same = asyncio.run(go())
    assert other < 0.1
    assert same >= 0.2


def test_all_messages_together_keep_the_pace():
    async def go():
        pace = Pace(50, 0, 20)
        began = time.monotonic()
        await asyncio.gather(*(pace.wait(chat) for chat in range(25)))
        return time.monotonic() - began

    assert 0.4 < asyncio.run(go()) < 0.9


def test_processes_that_write_as_the_same_bot_keep_the_pace_together():
    async def go():
        pace = Pace(100, 0, 20)
        pace.share(2)
        began = time.monotonic()
        await asyncio.gather(*(pace.wait(chat) for chat in range(25)))
        return time.monotonic() - began

    assert 0.4 < asyncio.run(go()) < 0.9


def test_a_group_gets_no_more_than_its_messages_a_minute():
    async def go():
        pace = Pace(1000, 0, 3)
        for _ in range(3):
            await pace.wait(-5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pace.wait(-5), 0.2)
        await asyncio.wait_for(pace.wait(5), 0.2)

    asyncio.run(go())


def test_a_flooded_chat_waits_alone():
    async def go():
        pace = Pace(1000, 0, 20)
        pace.flooded(1, 5)
        assert pace.is_flooded(1)
        assert not pace.is_flooded(2)
        await asyncio.wait_for(pace.wait(2), 0.2)

    asyncio.run(go())


def test_who_has_much_waiting_gets_one_turn_at_a_time():
    order = []

    async def go():
        pool = FairPool(1, "test")
        gate = threading.Event()
        first = asyncio.ensure_future(pool.run("a", gate.wait))
        await asyncio.sleep(0.05)
        greedy = [pool.run("a", lambda n=n: order.append(f"a{n}")) for n in range(3)]
        modest = [
            pool.run("b", lambda: order.append("b")),
            pool.run("c", lambda: order.append("c")),
        ]
        tasks = [asyncio.ensure_future(work) for work in (*greedy, *modest)]
        await asyncio.sleep(0.05)
        assert pool.waiting == 5
        gate.set()
        await asyncio.gather(first, *tasks)
        pool.close()

    asyncio.run(go())
    assert order == ["a0", "b", "c", "a1", "a2"]


def test_an_error_in_a_thread_reaches_who_waits():
    async def go():
        pool = FairPool(1, "test")
        with pytest.raises(ZeroDivisionError):
            await pool.run("a", lambda: 1 / 0)
        assert await pool.run("a", lambda: 7) == 7
        pool.close()

    asyncio.run(go())


def test_a_lost_message_is_looked_for_only_where_it_can_be():
    seen = Seen()
    for chat, message in ((1, 100), (2, 101), (3, 103), (-4, 104)):
        seen.note(chat, message)
    assert seen.candidates(1, 100) == [102, *range(105, 125)]


def test_a_supergroup_counts_by_itself():
    seen = Seen()
    seen.note(1, 500)
    seen.note(-1001234567890, 7)
    assert seen.candidates(-1001234567890, 7) == list(range(8, 28))


def test_a_server_that_counts_in_every_chat_is_noticed():
    seen = Seen()
    seen.note(1, 5)
    seen.note(2, 5)
    assert seen.candidates(1, 5) == list(range(6, 26))


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ("../../etc/passwd", "dokument", ".txt"),
        ("Årsredovisning 2024 (slutlig).MD", "arsredovisning-2024-slutlig", ".md"),
        ("", "dokument", ".txt"),
        (".bashrc", "bashrc", ".txt"),
        ("con\0.txt\n.exe", "con-txt", ".txt"),
        ("字" * 300, "dokument", ".txt"),
        ("a" * 300 + ".txt", "a" * 40, ".txt"),
        ("Bidrag 2024.CSV", "bidrag-2024", ".csv"),
        ("sida.htm", "sida", ".htm"),
    ],
)
def test_a_stored_file_has_a_safe_name_of_our_own(given, start, end):
    name = safe_name(given, b"innehall")
    assert name.startswith(start + "-")
    assert name.endswith(end)
    assert name.isascii()
    assert "/" not in name
    assert len(name) < 60


@pytest.mark.parametrize(
    ("given", "content", "end"),
    [
        ("rapport.txt", b"%PDF-1.7", ".pdf"),
        ("beslut.DOCX", b"PK\x03\x04", ".docx"),
        ("beslut.doc", b"{\\rtf1 ", ".rtf"),
        ("sida.txt", b"<!DOCTYPE html>", ".html"),
    ],
)
def test_a_stored_file_is_named_by_what_it_holds(given, content, end):
    assert safe_name(given, content).endswith(end)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "Åäö är fina bokstäver".encode("latin-1")),
        ("a.html", b"<p>Hej p\xc3\xa5 dig"),
        ("a.csv", b"Namn;Roll\nBo;chef\n"),
        ("a.rtf", b"{\\rtf1 Hej}"),
    ],
)
def test_every_format_may_be_added(name, content):
    assert check_content(name, content) is None


def test_a_text_that_begins_like_a_program_is_a_text():
    assert check_content("a.txt", b"MZ ar en forkortning.\n\nMer text.") is None
