"""Where a source is opened at its quote, and `kallbot open`."""

import json
from dataclasses import replace

import pytest

from bot.sources import open_source, source_address
from retrieval.engine import Engine
from retrieval.types import Intent, Outcome, Quote
from tests.retrieval.support import make_document_of

TEXT = "Simhallen i Åsby öppnar den 3 maj. Den kostade 312 miljoner kronor."
WHO = "Vem är kommundirektör?"


def quote_in(name, folder=None, **metadata):
    if folder:
        (folder / name).write_text(TEXT)
    return Quote(make_document_of(TEXT, name, **metadata), 0, TEXT.index(" Den"))


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("b.html", "/b.html#:~:text=Simhallen%20i%20%C3%85sby%20%C3%B6ppnar%20den%203%20maj."),
        ("a.txt", "/a.txt"),
    ],
)
def test_file_is_opened_as_near_to_the_quote_as_its_kind_allows(tmp_path, name, end):
    address = source_address(quote_in(name, tmp_path), tmp_path)
    assert address.startswith("file:///")
    assert address.endswith(end)


def test_row_is_opened_with_its_file(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    assert source_address(quote_in("a.csv#row=2"), tmp_path).endswith("/a.csv")


def test_web_address_comes_first_and_what_is_gone_has_none(tmp_path):
    quote = quote_in("a.html", tmp_path, url="https://a.example/b")
    assert source_address(quote, tmp_path).startswith("https://a.example/b#:~:text=")
    assert source_address(quote_in("b.txt"), tmp_path) is None


def test_nothing_is_started_without_a_desktop(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("click.launch", lambda _: pytest.fail("started"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert open_source(quote_in("a.txt", tmp_path), tmp_path) is None


def test_open_starts_the_desktops_program_on_a_source_of_the_last_answer(run, index, monkeypatch):
    started = []
    monkeypatch.setattr("click.launch", lambda address: started.append(address) or 0)
    monkeypatch.setenv("DISPLAY", ":0")
    asked = json.loads(run("ask", WHO, "--index", index, "--json").out)
    ran = run("open", "1", "--index", index)
    assert (ran.status, ran.err) == (0, "")
    [address] = started
    assert address.startswith(asked["citations"][0]["url"])
    assert address in ran.out


def test_open_prints_the_place_where_there_is_no_desktop(run, index, monkeypatch):
    monkeypatch.setattr("bot.sources._has_desktop", lambda: False)
    run("ask", WHO, "--index", index)
    assert "Rut Hallengren" in run("open", "--index", index).out


def test_open_says_what_is_wrong_in_a_line(run, index, tmp_path):
    nothing = run("open", "1", "--index", index)
    run("ask", WHO, "--index", index)
    beyond = run("open", "9", "--index", index)
    [kept] = tmp_path.glob("state/**/last_answer.json")
    kept.write_text('[{"document": "gone.txt", "start": 0, "text": "x"}]')
    gone = run("open", "1", "--index", index)
    for ran in (nothing, beyond, gone):
        assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "ask" in nothing.err
    assert "gone.txt" in gone.err


def test_ask_says_in_a_line_that_sources_cannot_be_kept_if_it_shows_any(
    run, index, monkeypatch, tmp_path
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KALLBOT_STATE", str(tmp_path / "file" / "state"))
    ran = run("ask", WHO, "--index", index)
    assert ran.status == 0
    assert "Rut Hallengren" in ran.out
    assert ran.err == (
        f"kallbot: {tmp_path / 'file' / 'state'} cannot be written (Not a directory): "
        "`kallbot open` will not find these sources\n"
    )
    ask = Engine.ask
    talk = {"outcome": Outcome.TALK, "intent": Intent.GREETING, "spans": (), "citations": ()}
    monkeypatch.setattr(Engine, "ask", lambda *a, **k: replace(ask(*a, **k), **talk))
    assert run("ask", WHO, "--index", index).err == ""
