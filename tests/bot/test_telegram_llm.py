"""The bot with a language model on a server: its answers, and nobody waits for another's."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from bot.settings import Settings
from bot.telegram.pool import FairPool
from bot.telegram.services import BotServices
from tests.bot.bot_api import BotApi
from tests.bot.telegram_documents import (
    BRIDGE_ANSWER,
    BRIDGE_QUESTION,
    SEED_QUESTION,
    write_documents,
)
from tests.bot.telegram_process import BotProcess
from tests.model_server import ModelServer, answers, judges, says, writes

QUOTE = "Bron över Klarälven kostade 87 miljoner kronor & <allt> var betalt."
SAID = "Bron över Klarälven kostade 87 miljoner kronor."
WORDED = f"{SAID} [1]"
KEY = "sk-hemlig-nyckel"


def make_bot(api, model, folder, **settings):
    documents = write_documents(folder / "documents")
    return BotProcess(api, folder, documents=documents, llm_url=model.url, llm_api_key=KEY,
                      telegram_workers=1, **settings)  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server of each kind, and a bot between them that all tests but a few can use."""
    with BotApi() as api, ModelServer() as model:
        with make_bot(api, model, tmp_path_factory.mktemp("llm"), llm_timeout=60) as process:
            yield api, model, process
        assert KEY not in process.log


@pytest.fixture
def api(shared):
    return shared[0]


@pytest.fixture
def model(shared):
    shared[1].asked.clear()
    shared[1].reply = writes((SAID, QUOTE))
    return shared[1]


@pytest.fixture
def bot(shared):
    return shared[2]


def ask(api, text=BRIDGE_QUESTION):
    chat = api.private()
    api.say(chat, text=text)
    return chat


def first(api, chat):
    return api.wait_for_messages(chat)[0]


def test_answer_is_worded_with_its_numbered_quote_and_source(api, model):
    sent = first(api, ask(api))
    assert sent.entity_texts("bold")[0] == WORDED
    assert "Formulerat av en språkmodell ur citaten." in sent.text
    assert sent.entity_texts("blockquote") == [QUOTE]
    assert "1. Ny bro över Klarälven & <sånt>, Trafikverket, 5 mars 2024" in sent.text
    assert sent.buttons[0].text == "Visa i källan"


def test_privacy_tells_where_questions_go(api):
    assert "skickas till en språkmodell på 127.0.0.1" in first(api, ask(api, "/om")).text


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answers({}, "401 Unauthorized"), "HTTP 401"),
        (says("Jag vet inte."), "no JSON"),
        (writes(("Bron över Klarälven kostade 99 miljoner kronor.", QUOTE)), "quotes show"),
    ],
)
def test_model_that_fails_leaves_the_plain_answer_and_a_line_in_the_log(
    api, bot, model, reply, why
):
    model.reply = reply
    bold = first(api, ask(api)).entity_texts("bold")[0]
    assert BRIDGE_ANSWER in bold
    assert "[1]" not in bold
    assert why in bot.log


def test_what_the_model_does_not_find_is_said_so(api, model):
    model.reply = judges("nothing")
    assert first(api, ask(api)).text.startswith("Jag hittar inte svaret på det i dokumenten.")


def test_inline_query_does_not_reach_the_model(api, model):
    asked = api.private()
    query = api.inline(asked.user, BRIDGE_QUESTION)
    api.wait_for(lambda: query.answered)
    assert model.asked == []


def test_slow_model_keeps_no_other_chat_waiting(api, model):
    released = threading.Event()

    def reply(asked):
        if "Klarälven" in asked.data["fråga"]:
            released.wait()
        return says('{"verdict": "answered", "parts": []}')(asked)

    model.reply = reply
    waiting = [ask(api) for _ in range(4)]
    api.wait_for(lambda: len(model.asked) == len(waiting))
    first(api, ask(api, SEED_QUESTION))
    assert not any(api.messages(chat) for chat in waiting)
    released.set()
    for chat in waiting:
        assert BRIDGE_ANSWER in first(api, chat).text


def make_services(settings, pool, language):
    """A bot with nothing but a language model."""
    bot = object.__new__(BotServices)
    bot.settings, bot.writers, bot.language = settings, pool, language
    return bot


def test_chat_that_others_keep_from_the_model_gets_the_plain_answer(caplog):
    held, begun = threading.Event(), threading.Event()
    pool = FairPool(1, "writer")

    def read(_answer):
        begun.set()
        held.wait()
        return "read"

    async def answer_two():
        first = asyncio.create_task(patient.improve_answer(1, "plain"))
        await asyncio.to_thread(begun.wait)
        second = await hasty.improve_answer(2, "plain")
        held.set()
        return await first, second

    patient, hasty = (
        make_services(Settings(llm_timeout=seconds), pool, SimpleNamespace(read=read))
        for seconds in (60, 0.01)
    )
    assert asyncio.run(answer_two()) == ("read", "plain")
    assert "others kept waiting" in caplog.text
    pool.close()


def test_without_a_language_model_the_answer_is_the_plain_one():
    assert (
        asyncio.run(BotServices.improve_answer(SimpleNamespace(language=None), 1, "plain"))
        == "plain"
    )


def test_process_told_to_stop_does_not_wait_for_the_model(tmp_path):
    with BotApi() as api, ModelServer() as model:
        model.reply = model.hangs
        with make_bot(api, model, tmp_path, llm_timeout=60) as process:
            chat = ask(api)
            api.wait_for(lambda: model.asked)
            status, _ = process.terminate(timeout=30)  # it would be 60
            assert status == 0
            assert api.messages(chat) == []
            model.reply = writes((SAID, QUOTE))
            process.start()
            assert WORDED in first(api, chat).text
