"""People who mean no good."""

import time

import pytest

from tests.bot.servers import api_fixture
from tests.bot.telegram_documents import BRIDGE_QUESTION, write_documents
from tests.bot.telegram_hostile import attack, wait_until_quiet
from tests.bot.telegram_process import BotProcess

api = api_fixture("function")


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


ODD = {
    "garage.md": "---\ntitle: Beslut om cykelgarage\nurl: https://[x](https://x.se)/12\n---\n"
    "Nämnden bygger ett cykelgarage för 3 miljoner kronor, sa <b>Åsa</b> & co.\n",
    "taxa.csv": "title,text,url\n<i>Taxan</i>,Garageplatsen kostar 90 kronor i månaden.,"
    "https://[fyll i]/taxa\n",
    "sida.html": '<html><head><title>Sotning</title><script type="application/ld+json">'
    '{"@type": "NewsArticle", "headline": "Sotning & sånt", "url": "https://[kommunen]/sot"}'
    '</script><link rel="canonical" href="https://[kommunens adress]/sot"></head><body><article>'
    "<h1>Sotning</h1><p>En sotning kostar 640 kronor och bokas två veckor i förväg hos <a href="
    '"http://[länk]">kontoret</a>, som sköts av Sotarn i Norr AB på uppdrag av kommunen.</p>'
    "</article></body></html>",
}


def test_an_address_that_is_none_takes_nothing_down(api, tmp_path):
    documents = tmp_path / "documents"
    documents.mkdir()
    for name, text in ODD.items():
        (documents / name).write_text(text)
    with BotProcess(api, tmp_path, documents=documents) as bot:
        chat = api.private()
        said = ("Vad kostar cykelgaraget?", "Vad kostar garageplatsen?", "Vad kostar en sotning?",
                "/kallor", "/sok kostar")  # fmt: skip
        for number, text in enumerate(said, 1):
            api.say(chat, text=text)
            sent = api.wait_for_messages(chat, number)[-1]
            assert "Något gick fel" not in sent.text
            assert "text_link" not in [entity["type"] for entity in sent.entities]
        query = api.inline(chat.user, said[0])
        api.wait_for(lambda: query.answered)
        assert query.results
        assert "incident" not in bot.log


@pytest.mark.parametrize("data", ["y:1", "s:1:0:x"])
def test_of_a_flood_of_presses_few_are_told_to_slow_down(api, tmp_path, data):
    documents = write_documents(tmp_path / "documents")
    with BotProcess(api, tmp_path, documents=documents):
        chat, other = api.private(), api.private()
        api.say(chat, text=BRIDGE_QUESTION)
        [sent] = api.wait_for_messages(chat)
        pressed = [api.press(sent, data, forged=True) for _ in range(400)]
        api.say(other, text="/om")
        api.wait_for_messages(other)
        api.wait_for(lambda: any("för fort" in (one.text or "") for one in pressed))
        time.sleep(1)
        told = ["för fort" in (one.text or "") for one in pressed if one.answered]
        assert sum(told) < 10  # not one a press, though some are allowed again as time goes by
        assert len(told) < 300


def said(**given):
    chat = {"id": 5, "type": "private"}
    return {"message_id": 1, "date": 1, "chat": chat, "text": "/om"} | given


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
            {"message": said(chat={"id": "5", "type": "private"})},
            {"message": said(chat={"id": 2**70, "type": "private"})},
            {"message": said(chat=None)},
            {"message": said(message_id="9001")},
            {"message": said(message_id=2**70)},
            {"message": said(message_id="x")},
            {"inline_query": {"id": [1], "query": "x", "offset": ""}},
        ):
            api.push(broken)
        chat = api.private()
        api.say(chat, text="/om")
        api.wait_for_messages(chat)
