"""The client, over HTTP, against a server that answers well, badly, slowly and not at all."""

import socket
import threading

import pytest
from retrieval.language_model import LanguageModel, NoReply

from tests.model_server import ModelServer, answers, completion, says

MESSAGES = [{"role": "user", "content": "Vad är klockan? – Åtta."}]
SCHEMA = {"type": "object"}
KEY = "sk-hemlig-nyckel"
SHORT, LONG = 0.3, 20  # seconds: one that must run out, one that must not


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


def ask(server, seconds=LONG, key=None):
    return LanguageModel(server.url, "modellen", key, seconds).complete(MESSAGES, SCHEMA)


def why_not(server, seconds=LONG, key=None):
    with pytest.raises(NoReply) as caught:
        ask(server, seconds, key)
    return str(caught.value)


def test_what_the_assistant_says_is_returned(server):
    server.reply = says("Åtta – 🕗")
    assert ask(server, key=KEY) == "Åtta – 🕗"
    [asked] = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "modellen"
    assert asked.body["messages"] == MESSAGES
    assert asked.body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert not asked.body.get("stream")


def test_without_a_key_none_is_sent(server):
    server.reply = says("ja")
    ask(server)
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("path", ["", "/", "/chat/completions", "/chat/completions/"])
def test_address_may_be_given_with_and_without_its_end(server, path):
    server.reply = says("ja")
    LanguageModel(server.url + path, "m", None, LONG).complete(MESSAGES, SCHEMA)
    assert server.asked[0].path == "/v1/chat/completions"


@pytest.mark.parametrize("status", ["400 Bad Request", "422 Unprocessable Entity"])
def test_server_that_knows_no_response_format_is_asked_again_without_it(server, status):
    def reply(asked):
        knows = set(asked.body) == {"model", "messages"}
        return (says("ja") if knows else answers({"error": "unknown"}, status))(asked)

    server.reply = reply
    model = LanguageModel(server.url, "m", None, LONG)
    assert [model.complete(MESSAGES, SCHEMA) for _ in range(2)] == ["ja", "ja"]
    # At first twice, and from then on only as the server takes it.
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, False]


def test_refusal_of_the_request_itself_does_not_cost_the_response_format(server):
    server.reply = answers({"error": "too long"}, "400 Bad Request")
    model = LanguageModel(server.url, "m", None, LONG)
    for _ in range(2):
        with pytest.raises(NoReply, match="HTTP 400"):
            model.complete(MESSAGES, SCHEMA)
    assert ["response_format" in asked.body for asked in server.asked] == [True, False] * 2


@pytest.mark.parametrize("status", [301, 401, 403, 404, 429, 500, 502, 503, 204])
def test_any_other_status_is_no_reply(server, status):
    server.reply = answers(completion("ja"), f"{status} Nope\r\nLocation: http://127.0.0.1:1/")
    assert why_not(server) == f"answered HTTP {status}"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        b'{"choices": [{"message": {"content": ["a"]}}]}',
        b'{"choices": [{"text": "a"}]}',
        b'{"choices": [{"message": {"content": "a"}',
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"<html>502</html>",
        b'data: {"choices": [{"delta": {"content": "a"}}]}\n\ndata: [DONE]\n\n',
    ],
)
def test_body_that_is_no_completion_is_no_reply(server, body):
    server.reply = answers(body)
    assert why_not(server) == "sent no chat completion"


def test_stream_that_was_not_asked_for_is_no_reply(server):
    server.reply = answers(b'data: {"choices": []}\n\n', kind="text/event-stream")
    assert why_not(server) == "sent no chat completion"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
    ],
)
def test_response_that_is_cut_or_none_is_no_reply(server, raw):
    server.reply = lambda _: [raw]
    assert why_not(server).startswith("broke off (")


def test_compressed_body_is_not_unpacked(server):
    server.reply = answers(b"\x1f\x8b\x08", "200 OK\r\nContent-Encoding: gzip")
    assert why_not(server) == "sent no chat completion"


def test_body_without_an_end_is_cut(server):
    server.reply = server.floods
    assert "bytes" in why_not(server)


@pytest.mark.parametrize("slowly", ["hangs", "drips_body", "drips_headers"])
def test_time_is_up_however_the_server_uses_it(server, slowly):
    server.reply = getattr(server, slowly)
    assert why_not(server, SHORT) == f"did not answer within {SHORT} s"
    assert not server.released.is_set()  # it would go on


def test_second_attempt_gets_no_more_time_than_is_left(server):
    def reply(asked):
        if "response_format" in asked.body:
            return answers({}, "400 Bad Request")(asked)
        return server.hangs(asked)

    server.reply = reply
    assert "did not answer" in why_not(server, SHORT)


def test_server_that_is_not_there_is_no_reply():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    with pytest.raises(NoReply, match="cannot be reached"):
        LanguageModel(url, "m", None, LONG).complete(MESSAGES, SCHEMA)


@pytest.mark.parametrize("reply", [answers({}, "401 No"), answers(b"x"), lambda _: [b""]])
def test_key_is_in_no_reason(server, reply):
    server.reply = reply
    assert KEY not in why_not(server, key=KEY)


def test_slow_question_does_not_keep_others_waiting(server):
    def reply(asked):
        slow = asked.body["messages"][0]["content"] == "långsamt"
        return server.hangs(asked) if slow else says("ja")(asked)

    server.reply = reply
    model = LanguageModel(server.url, "m", None, LONG)
    failed = []

    def ask_slowly():
        try:
            model.complete([{"role": "user", "content": "långsamt"}], SCHEMA)
        except NoReply as error:
            failed.append(error)

    thread = threading.Thread(target=ask_slowly)
    thread.start()
    assert model.complete(MESSAGES, SCHEMA) == "ja"
    assert thread.is_alive()
    server.released.set()
    thread.join()
    assert failed
