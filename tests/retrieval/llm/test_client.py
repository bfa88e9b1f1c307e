"""The client, over HTTP, against a server that answers well, badly, slowly and not at all."""

import json
import socket
import threading

import pytest

from retrieval.llm.client import LanguageModel, NoReply
from tests.model_server import ModelServer, answers, completion, says, streams

MESSAGES = [{"role": "user", "content": "Vad är klockan? – Åtta."}]
SCHEMA = {"type": "object"}
KEY = "sk-hemlig-nyckel"
SHORT, LONG = 0.3, 20  # seconds: one that must run out, one that must not


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


def ask(server, seconds=LONG, key=None):
    return LanguageModel(server.url, "modellen", key, seconds).complete(MESSAGES, SCHEMA).text


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
    assert asked.body["max_tokens"] == 2000
    assert asked.body["stream"] is True


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
def test_server_that_does_not_say_what_it_knows_is_asked_again_with_the_least(server, status):
    def reply(asked):
        knows = set(asked.body) == {"model", "messages"}
        return (says("ja") if knows else answers({"error": "unknown"}, status))(asked)

    server.reply = reply
    model = LanguageModel(server.url, "m", None, LONG)
    assert [model.complete(MESSAGES, SCHEMA).text for _ in range(2)] == ["ja", "ja"]
    # At first twice, and from then on only as the server takes it.
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, False]


def test_refusal_of_the_request_itself_does_not_cost_the_response_format(server):
    server.reply = answers({"error": "too long"}, "400 Bad Request")
    model = LanguageModel(server.url, "m", None, LONG)
    for _ in range(2):
        with pytest.raises(NoReply, match="HTTP 400"):
            model.complete(MESSAGES, SCHEMA)
    assert ["response_format" in asked.body for asked in server.asked] == [True, False] * 2


@pytest.mark.parametrize("status", [301, 401, 403, 404, 204])
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
        b'data: {"choices": [{"delta": {"reasoning": "hm"}}]}\n\ndata: [DONE]\n\n',
        b'data: {"choices": [\n\n',
        b'{"choices": [{"text": "a"}]}',
        b'{"choices": [{"message": {"content": "a"}',
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"<html>502</html>",
    ],
)
def test_body_that_is_no_completion_is_no_reply(server, body):
    server.reply = answers(body)
    assert why_not(server) == "sent no chat completion"


def test_streamed_pieces_are_put_together_and_heard_as_they_come(server):
    server.reply = streams("Åt", "ta", usage={"prompt_tokens": 70, "completion_tokens": 3})
    heard = []
    model = LanguageModel(server.url, "m", None, LONG)
    said = model.complete(MESSAGES, SCHEMA, hear=heard.append)
    assert said.text == "Åtta"
    assert (said.cost.calls, said.cost.prompt_tokens, said.cost.completion_tokens) == (1, 70, 3)
    assert said.cost.seconds > 0
    assert heard[0] == 0 < heard[-1]


def test_stream_that_is_not_closed_ends_where_it_says_so(server):
    def reply(asked):
        yield from streams("ja")(asked)
        server.released.wait()

    server.reply = reply
    assert ask(server) == "ja"


def test_error_inside_a_stream_is_no_reply(server):
    server.reply = streams("Å", end=b'data: {"error": {"message": "overloaded"}}\n\n')
    assert why_not(server) == "broke off with an error"


def test_thoughts_in_parts_of_their_own_are_no_text(server):
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
             {"type": "text", "text": "ja"}]  # fmt: skip
    server.reply = answers(completion(parts))
    assert ask(server) == "ja"


def test_tokens_are_guessed_where_the_server_does_not_count(server):
    server.reply = says("a" * 40)
    cost = LanguageModel(server.url, "m", None, LONG).complete(MESSAGES, SCHEMA).cost
    assert (cost.prompt_tokens, cost.completion_tokens) == (5, 10)


# Dialects

OPENAI = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
MISTRAL = {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]}


@pytest.mark.parametrize(
    ("error", "refused", "name", "value"),
    [
        ({"error": {"message": OPENAI}}, "max_tokens", "max_completion_tokens", 2000),
        ({"error": {"message": "temperature does not support 0"}}, "temperature", "stream", True),
        (MISTRAL, "stream_options", "stream", True),
        ({"error": "json_schema is not supported"}, "json_schema", "response_format",
         {"type": "json_object"}),
    ],
)  # fmt: skip
def test_parameter_that_the_error_names_is_changed_and_no_other(
    server, error, refused, name, value
):
    def reply(asked):
        takes = refused not in json.dumps(asked.body)
        return (says("ja") if takes else answers(error, "400 Bad Request"))(asked)

    server.reply = reply
    model = LanguageModel(server.url, "m", None, LONG)
    for _ in range(2):
        assert model.complete(MESSAGES, SCHEMA).text == "ja"
    assert len(server.asked) == 3  # at first twice, and from then on as the server takes it
    assert server.asked[-1].body[name] == value
    assert len(server.asked[-1].body) >= 6


def test_address_of_azure_keeps_its_query_and_has_the_key_in_its_own_header():
    url = "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1"
    model = LanguageModel(url, "m", KEY, LONG)
    assert str(model._url) == url
    assert model._client.headers["api-key"] == KEY
    assert "authorization" not in model._client.headers


# Busy servers


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_busy_server_is_asked_again_when_it_says_so(server, status):
    def reply(asked):
        busy = answers({}, f"{status} Busy\r\nRetry-After: 0")
        return (busy if len(server.asked) < 3 else says("ja"))(asked)

    server.reply = reply
    said = LanguageModel(server.url, "m", None, LONG).complete(MESSAGES, SCHEMA)
    assert (said.text, said.cost.calls) == ("ja", 3)


def test_server_that_is_busy_for_longer_than_there_is_time_is_no_reply(server):
    server.reply = answers({}, "429 Too Many Requests\r\nRetry-After: 60")
    assert why_not(server) == "answered HTTP 429"
    assert len(server.asked) == 1


def test_what_a_failure_cost_is_told(server):
    server.reply = server.hangs
    with pytest.raises(NoReply) as caught:
        LanguageModel(server.url, "m", None, SHORT).complete(MESSAGES, SCHEMA)
    assert caught.value.cost.calls == 1
    assert caught.value.cost.seconds >= SHORT


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
    assert model.complete(MESSAGES, SCHEMA).text == "ja"
    assert thread.is_alive()
    server.released.set()
    thread.join()
    assert failed
