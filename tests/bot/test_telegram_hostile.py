"""People who mean no good."""

import pytest

from tests.bot.bot_api import BotApi
from tests.bot.telegram_documents import write_documents
from tests.bot.telegram_hostile import attack, wait_until_quiet
from tests.bot.telegram_process import BotProcess


@pytest.fixture
def api():
    with BotApi() as server:
        yield server


def test_hostile_messages_break_nothing_and_reach_nothing(api, tmp_path):
    documents = write_documents(tmp_path / "documents")
    before = sorted(documents.iterdir())
    with BotProcess(api, tmp_path, documents=documents, admins=1) as bot:
        people, victim = attack(api, 120)
        wait_until_quiet(api)
        refused = [(c.method, c.description, c.parameters) for c in api.calls() if c.status == 400]
        assert refused == []
        assert "incident" not in bot.log
        assert "ERROR" not in bot.log
        assert api.unanswered_callbacks() == []
        assert len(api.messages(victim)) == 1
        told = [sent.text for chat in people for sent in api.messages(chat)]
        assert not any("Läser dokumenten" in text or "Uppe sedan" in text for text in told)
        assert sorted(documents.iterdir()) == before


def test_updates_that_are_no_updates_do_not_stop_the_others(api, tmp_path):
    documents = write_documents(tmp_path / "documents")
    with BotProcess(api, tmp_path, documents=documents):
        for broken in (
            {"message": {"message_id": "x"}},
            {"message": []},
            {"message": None},
            {"callback_query": {}},
            {"inline_query": 5},
            {"edited_message": {}},
        ):
            api.push(broken)
        chat = api.private()
        api.say(chat, text="/om")
        api.wait_for_messages(chat)
