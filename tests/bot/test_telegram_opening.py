"""What the bot says while its index is made."""

import json
import urllib.error
import urllib.request

import pytest

from tests.bot.servers import api_fixture, free_port
from tests.bot.telegram_documents import BRIDGE_ANSWER, BRIDGE_QUESTION, write_documents
from tests.bot.telegram_process import BotProcess

SLOW = 1.0  # seconds a passage


api = api_fixture("function")


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def bot(api, tmp_path, port):
    documents = write_documents(tmp_path / "documents", seeds=False)
    bot = BotProcess(api, tmp_path, documents=documents, passage_delay=SLOW,
                     telegram_metrics_port=port)  # fmt: skip
    bot.start(ready=False)
    yield bot
    if bot.process.poll() is None:
        bot.kill()


def health(port, path="healthz"):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as said:
            return said.status, json.load(said)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except OSError:
        return None, {}


def test_who_asks_while_the_index_is_made_is_told_how_far_it_is_and_answered_after(api, bot, port):
    api.wait_for(lambda: health(port)[1].get("status") == "indexing", 40)
    status, said = health(port)
    assert status == 503
    assert 0 <= said["progress"] <= 1
    assert health(port, "livez")[0] == 200
    chat = api.private()
    api.say(chat, text=BRIDGE_QUESTION)
    [told] = api.wait_for_messages(chat)
    assert "Jag läser in dokumenten" in told.text
    pressed = api.press(told, "m:1:0:x", forged=True)
    typed = api.inline(chat.user, BRIDGE_QUESTION)
    api.wait_for(lambda: pressed.answered and typed.answered)
    assert "Jag läser in dokumenten" in pressed.text
    bot.wait_for_log("running as", 60)
    assert BRIDGE_ANSWER in api.wait_for_messages(chat, 2)[1].text
    api.wait_for(lambda: told.text == "Dokumenten är inlästa.")
    percents = [version.text for version in told.versions[:-1]]
    assert len(set(percents)) > 1
    assert health(port)[0] == 200


def test_what_is_not_for_the_bot_is_met_with_silence_meanwhile_too(api, bot, port):
    api.wait_for(lambda: health(port)[1].get("status") == "indexing", 40)
    group = api.supergroup("Grupp", api.add_user())
    api.say(group, text="/start")
    chat = api.private()
    api.say(chat, text="/start")
    api.wait_for_messages(chat)
    assert api.messages(group) == []


def test_a_bot_that_is_stopped_meanwhile_ends_soon_and_answers_at_the_next_start(api, bot, port):
    api.wait_for(lambda: health(port)[1].get("status") == "indexing", 40)
    chat = api.private()
    api.say(chat, text=BRIDGE_QUESTION)
    api.wait_for_messages(chat)
    status, _ = bot.terminate()
    assert status == 0
    bot.start()
    api.wait_for(lambda: any(BRIDGE_ANSWER in one.text for one in api.messages(chat)))
