"""The webhook, the health check and the numbers."""

import json
import urllib.error
import urllib.request

import pytest

from tests.bot.servers import free_port
from tests.bot.telegram_documents import BRIDGE_ANSWER, BRIDGE_QUESTION, write_documents
from tests.bot.telegram_process import BotProcess

PUBLIC = "https://bot.example.org/telegram/krok"


def get(url, data=None, headers=None):
    """The status and the text of an answer."""
    request = urllib.request.Request(url, data, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


@pytest.fixture(scope="module")
def local():
    return f"http://127.0.0.1:{free_port()}/telegram/krok"


@pytest.fixture(scope="module")
def metrics():
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module", autouse=True)
def bot(api, local, metrics, tmp_path_factory):
    folder = tmp_path_factory.mktemp("webhook")
    documents = write_documents(folder / "documents")
    api.forward(PUBLIC, local)
    given = {
        "telegram_webhook_url": PUBLIC,
        "telegram_webhook_port": local.split(":")[2].split("/")[0],
        "telegram_metrics_port": metrics.rsplit(":", 1)[1],
    }
    with BotProcess(api, folder, documents=documents, **given) as process:
        api.wait_for(lambda: api.webhook.get("url"))
        yield process


def test_questions_that_are_delivered_are_answered(api):
    chats = [api.private() for _ in range(5)]
    for chat in chats:
        api.say(chat, text=BRIDGE_QUESTION)
    for chat in chats:
        assert BRIDGE_ANSWER in api.wait_for_messages(chat)[0].text
    assert not api.calls("getUpdates")


def test_a_request_without_the_secret_token_is_refused(api, local):
    chat = api.private()
    update = {"update_id": 1, "message": {
        "message_id": 1, "date": 0, "text": BRIDGE_QUESTION,
        "chat": {"id": chat.id, "type": "private"},
        "from": {"id": chat.id, "first_name": "A", "is_bot": False}}}  # fmt: skip
    body = json.dumps(update).encode()
    given = {"Content-Type": "application/json"}
    assert get(local, body, given)[0] == 403
    for guess in ("gissning", b"\xff"):
        assert get(local, body, {**given, "X-Telegram-Bot-Api-Secret-Token": guess})[0] == 403
    assert api.messages(chat) == []


def test_buttons_work_at_the_webhook_too(api):
    chat = api.private()
    api.say(chat, text=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(chat)
    api.press(sent, "Visa i källan")
    assert api.wait_for_messages(chat, 3)[2].quote


def test_health_and_numbers_are_served(api, metrics):
    chat = api.private()
    api.say(chat, text="Vad är telefonnumret till Kungliga Operan i Köpenhamn?")
    api.wait_for_messages(chat)
    status, text = get(f"{metrics}/healthz")
    assert (status, json.loads(text)["status"]) == (200, "ok")

    def read():
        lines = get(f"{metrics}/metrics")[1].splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    counted = 'kallbot_refusals_total{outcome="nothing"}'  # once the answer has been sent
    api.wait_for(lambda: float(read().get(counted, 0)) >= 1)
    numbers = read()
    assert float(numbers["kallbot_questions_total"]) >= 1
    assert float(numbers["kallbot_errors_total"]) == 0
    assert 0 < float(numbers["kallbot_index_age_seconds"]) < 1000
    assert (
        numbers['kallbot_answer_seconds_bucket{le="+Inf"}']
        == numbers["kallbot_answer_seconds_count"]
    )


def test_after_a_restart_nothing_is_answered_twice(api, bot):
    chat = api.private()
    api.say(chat, text=BRIDGE_QUESTION)
    api.wait_for_messages(chat)
    bot.kill()
    api.say(chat, text="Vem invigde bron?")
    bot.start()
    assert "Karin Ek" in api.wait_for_messages(chat, 2, 20)[1].text


def test_a_port_that_is_taken_is_one_clear_line(api, tmp_path, metrics):
    other = BotProcess(api, tmp_path, documents=write_documents(tmp_path / "documents"),
                       telegram_metrics_port=metrics.rsplit(":", 1)[1])  # fmt: skip
    other.start(ready=False)
    assert other.wait() == 1
    assert "cannot listen on 127.0.0.1" in other.log.splitlines()[-1]
    assert "Traceback" not in other.log
