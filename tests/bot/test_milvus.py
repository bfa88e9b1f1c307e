"""The commands and the bot on an index in Milvus."""

import json
import threading
import time

import pytest

from bot.settings import Settings, SettingsError, load_settings
from bot.telegram import library as library_module
from bot.telegram.library import Library
from embeddings.errors import IndexUnreachable
from embeddings.index.home import Folder
from embeddings.index.milvus import home as milvus_home
from embeddings.index.milvus.home import MilvusHome
from embeddings.rebuild import rebuild
from tests.bot.bot_api import BotApi
from tests.bot.fake_encoder import FakeEncoder
from tests.bot.telegram_documents import BRIDGE_ANSWER, BRIDGE_QUESTION
from tests.bot.telegram_documents import write_documents as write_bridge
from tests.bot.telegram_process import BotProcess
from tests.fakes import SCORER, OverlapReader
from tests.retrieval.support import spans_of

pytest.importorskip("pymilvus")

QUESTION = "Vem är stationschef för Kustbevakningen?"
LIGHTHOUSE = "# Fyren\n\nFyrvaktaren Selma Gyllenpil tände fyren på Stora Karlsö år 1887.\n"


@pytest.fixture(autouse=True)
def fake_reader(monkeypatch):
    monkeypatch.setattr(library_module, "load_reader", lambda _: OverlapReader())
    monkeypatch.setattr("retrieval.engine.load_scorer", lambda: SCORER)


@pytest.fixture
def on_milvus(milvus_uri, monkeypatch):
    monkeypatch.setenv("KALLBOT_MILVUS_URI", milvus_uri)
    return milvus_uri


def assert_one_line(ran, *words):
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert all(word in ran.err for word in words)


# The commands


def test_every_command_works_on_milvus(run, on_milvus, documents, word_encoder, tmp_path):
    ran = run("rebuild", documents)
    assert (ran.status, ran.err) == (0, "")
    assert f"in Milvus at {on_milvus}" in ran.out
    assert run("rebuild").out.startswith("Up to date: 5 documents")

    folder = tmp_path / "index"
    run("rebuild", documents, "--index", folder)
    for command in ("ask", "search"):
        here, there = (
            json.loads(run(command, QUESTION, "--json", *flags).out)
            for flags in ((), ("--index", folder))
        )
        here.pop("elapsed_ms", None), there.pop("elapsed_ms", None)
        assert here == there
    assert "Tora Björkhem" in run("repl", stdin=f"{QUESTION}\n").out

    (documents / "ny.txt").write_text("En ny bro byggs.\n")
    status = json.loads(run("status", "--json").out)
    assert (status["documents"], status["size"]) == (5, None)
    assert status["pending"]["added"] == ["ny.txt"]
    shown = run("status").out
    assert f"Milvus at {on_milvus}" in shown.replace("\n", "")
    assert "behind its folder (1 new)" in shown
    assert run("verify").out.startswith("Sound: 5 documents")

    case = {"id": "1", "question": "Vem är kommundirektör?", "answer_any": ["Hallengren"],
            "sources": ["protokoll.md"], "answerable": True}  # fmt: skip
    (tmp_path / "frågor.jsonl").write_text(json.dumps(case) + "\n")
    said = json.loads(run("evaluate", "--json", tmp_path / "frågor.jsonl").out)
    assert said["groups"]["all"]["right"] == 1


def test_no_index_and_another_model_are_told_in_a_line(run, on_milvus, documents, word_encoder):
    assert_one_line(run("ask", QUESTION), "no index in Milvus at", "`kallbot rebuild FOLDER`")
    run("rebuild", documents)
    word_encoder.name = "annan@1"
    assert_one_line(run("ask", QUESTION), "made with the model words@1, not annan@1")


@pytest.mark.parametrize(
    "command", [["ask", QUESTION], ["search", QUESTION], ["repl"], ["rebuild"], ["status"],
                ["verify"]]
)  # fmt: skip
def test_a_server_that_is_away_is_told_in_a_line(run, word_encoder, monkeypatch, command):
    monkeypatch.setenv("KALLBOT_MILVUS_URI", "http://127.0.0.1:9")
    assert_one_line(run(*command), "Milvus at http://127.0.0.1:9 does not answer")


@pytest.mark.parametrize("uri", ["milvus:19530", "./kallbot.db", "http://u:p@host:19530"])
def test_an_address_that_is_none_is_wrong_use(run, monkeypatch, uri):
    monkeypatch.setenv("KALLBOT_MILVUS_URI", uri)
    ran = run("status")
    assert (ran.status, ran.out) == (2, "")
    assert "the setting milvus_uri is wrong" in ran.err
    assert ran.err.count("\n") == 1


def test_a_folder_that_is_named_goes_before_the_server(monkeypatch, tmp_path):
    monkeypatch.setenv("KALLBOT_MILVUS_URI", "http://127.0.0.1:9")
    assert load_settings(index=tmp_path).milvus_uri is None
    assert str(load_settings().milvus_uri) == "http://127.0.0.1:9/"
    monkeypatch.setenv("KALLBOT_MILVUS_URI", "")
    assert load_settings().milvus_uri is None


def test_the_token_is_never_shown(monkeypatch):
    monkeypatch.setenv("KALLBOT_MILVUS_TOKEN", "root:hemlig")
    assert "hemlig" not in repr(load_settings())
    monkeypatch.setenv("KALLBOT_MILVUS_TOKEN", "å\n")
    with pytest.raises(SettingsError, match="milvus_token"):
        load_settings()


# The bot


@pytest.fixture(params=["folder", "milvus"])
def settings(request, tmp_path, monkeypatch):
    documents = write_bridge(tmp_path / "documents", seeds=False)
    monkeypatch.setattr(library_module, "_LOOK", 0.0)
    given = {"documents": documents, "index": tmp_path / "index", "threshold": 0}
    if request.param == "milvus":
        given["milvus_uri"] = request.getfixturevalue("milvus_uri")
    return Settings(**given)


def said(answer):
    return " ".join(spans_of(answer))


def home_of(settings):
    return MilvusHome(str(settings.milvus_uri)) if settings.milvus_uri else Folder(settings.index)


def rebuild_elsewhere(settings):
    """What another process does."""
    (settings.documents / "fyr.md").write_text(LIGHTHOUSE)
    encoder = FakeEncoder()
    rebuild(settings.documents, home_of(settings), encoder.name, lambda: encoder, lambda *_: None)


def test_a_version_of_another_process_is_taken_up_between_two_questions(settings):
    library = Library(settings, FakeEncoder())
    answer, before = library.ask(BRIDGE_QUESTION, ())
    assert BRIDGE_ANSWER in said(answer)
    rebuild_elsewhere(settings)
    end = time.monotonic() + 20
    while (found := library.ask("Vem tände fyren på Stora Karlsö?", ()))[1] == before:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert "Selma Gyllenpil" in said(found[0])
    assert "fyr.md" in {listing.name for listing in library.listings}
    library.close()


def test_many_questions_at_a_time_are_answered_while_versions_come(settings):
    library = Library(settings, FakeEncoder())
    stop, wrong = threading.Event(), []

    def ask():
        while not stop.is_set():
            try:
                answer, _ = library.ask(BRIDGE_QUESTION, ())
                if BRIDGE_ANSWER not in said(answer):
                    wrong.append(said(answer))
                time.sleep(0.02)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        rebuild_elsewhere(settings)
        (settings.documents / "fyr.md").unlink()
        library.update(lambda *_: None)
    stop.set()
    for thread in threads:
        thread.join()
    library.close()
    assert not wrong


def test_a_version_that_is_dropped_under_a_reader_is_replaced(milvus_uri, tmp_path, monkeypatch):
    monkeypatch.setattr(milvus_home, "_READ_ON", milvus_home._READ_ON * 0)
    documents = write_bridge(tmp_path / "documents", seeds=False)
    settings = Settings(milvus_uri=milvus_uri, documents=documents, threshold=0)
    library = Library(settings, FakeEncoder())
    rebuild_elsewhere(settings)
    home_of(settings).put_away_old()
    answer, version = library.ask("Vem tände fyren på Stora Karlsö?", ())
    assert "Selma Gyllenpil" in said(answer)
    assert version == library.manifest.version
    library.close()


def test_the_old_version_answers_where_the_server_cannot_be_looked_at(
    milvus_uri, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(library_module, "_LOOK", 0.0)
    documents = write_bridge(tmp_path / "documents", seeds=False)
    settings = Settings(milvus_uri=milvus_uri, documents=documents, threshold=0)
    library = Library(settings, FakeEncoder())

    def away(_):
        raise IndexUnreachable("Milvus at x does not answer: start it")

    monkeypatch.setattr(MilvusHome, "read_manifest", away)
    answer, _ = library.ask(BRIDGE_QUESTION, ())
    assert BRIDGE_ANSWER in said(answer)
    end = time.monotonic() + 5
    while "Milvus at x does not answer" not in caplog.text:
        assert time.monotonic() < end
        time.sleep(0.01)
    library.close()


def test_two_bots_answer_from_one_collection(milvus_uri, tmp_path):
    documents = write_bridge(tmp_path / "documents", seeds=False)
    with BotApi() as first, BotApi() as second:
        given = {"documents": documents, "milvus_uri": milvus_uri, "index": None}
        bots = [BotProcess(api, tmp_path / name, **given)
                for api, name in ((first, "ett"), (second, "två"))]  # fmt: skip
        with bots[0], bots[1]:
            assert "no index in Milvus at" in bots[0].log
            assert "no index in" not in bots[1].log
            for api in (first, second):
                chat = api.private()
                api.say(chat, text=BRIDGE_QUESTION)
                [sent] = api.wait_for_messages(chat, 1, 20)
                assert BRIDGE_ANSWER in sent.text
            assert [bot.terminate()[0] for bot in bots] == [0, 0]
