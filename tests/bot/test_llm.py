"""Commands with a language model on a server: its answers, and Källbot's own where it fails."""

import json
import logging

import pytest
from rich.console import Console

from bot.render import answer_json, answer_text, answer_view
from bot.settings import SettingsError, load_settings
from retrieval.llm.client import LanguageModel
from retrieval.llm.reading import LanguageReader
from tests.bot.test_cli import CONTRACT, assert_one_line, json_lines, one_json, write_batch
from tests.model_server import ModelServer, answers, judges, says, writes
from tests.retrieval.corpus import DOCUMENTS

WHY = "Varför stängs simhallen under sommaren?"
CLOSED = "Simhallen stängs under sommaren eftersom reningsverket måste bytas ut."
SAID = "Simhallen stängs i sommar, eftersom reningsverket ska bytas ut."
REFUSED = "Vilka myndigheter medverkade den 10 september?"
KEY = "sk-hemlig-nyckel"


@pytest.fixture
def server(monkeypatch):
    with ModelServer(writes((SAID, CLOSED))) as running:
        monkeypatch.setenv("KALLBOT_LLM_URL", running.url)
        monkeypatch.setenv("KALLBOT_LLM_MODEL", "modellen")
        monkeypatch.setenv("KALLBOT_LLM_API_KEY", KEY)
        yield running


@pytest.fixture
def run_logging(run, monkeypatch):
    """Runs a command that logs as in a process of its own, without the handlers of pytest."""

    def run_command(*arguments):
        with monkeypatch.context() as patch:
            patch.setattr(logging.root, "handlers", [])
            return run(*arguments)

    return run_command


@pytest.fixture
def plain(engine):
    """What is answered without a language model."""
    return json.loads(answer_json(None, engine.ask(WHY), WHY))


def same_but_for_the_time(answer):
    return {key: value for key, value in answer.items() if key not in ("elapsed_ms", "cost")}


def test_json_holds_the_wording_with_the_numbers_of_exact_quotes(run, index, server):
    ran = run("ask", "--json", "--index", index, WHY)
    assert (ran.status, ran.err) == (0, "")
    answer = one_json(ran.out)
    assert set(answer) == {*CONTRACT, "worded", "cost"}
    assert answer["cost"]["calls"] == 1
    assert answer["cost"]["prompt_tokens"] > answer["cost"]["completion_tokens"] > 0
    assert answer["answer"] == f"{SAID} [1]"
    assert (answer["refused"], answer["worded"]) == (False, True)
    [citation] = answer["citations"]
    assert citation["number"] == 1
    quote = citation["quote"]
    assert quote["text"] == CLOSED
    assert DOCUMENTS[citation["document"]][quote["start"] : quote["end"]] == CLOSED
    assert server.asked[0].body["model"] == "modellen"
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_terminal_shows_the_wording_who_worded_it_the_quote_and_its_source(run, index, server):
    lines = run("ask", "--index", index, WHY).out.splitlines()
    assert lines[0] == f"{SAID} [1]"
    assert lines[2] == "Formulerat av en språkmodell ur citaten."
    assert lines[4] == f"    ”{CLOSED}”"
    assert lines[7].startswith("1. Protokoll från kulturnämnden i Ljusforsa, Ljusforsa kommun")


def test_what_is_marked_in_the_quote_is_what_the_model_quoted(engine, server):
    words = "stängs under sommaren eftersom reningsverket måste bytas ut"
    server.reply = writes((SAID, words))
    answer = LanguageReader(LanguageModel(server.url, "m", None, 20)).read(engine.ask(WHY))
    console = Console(width=200, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(answer_view(answer), soft_wrap=True)
    assert f"\x1b[1;3;32m{words}\x1b[0m" in captured.get()


def test_every_line_of_a_batch_is_asked_and_answered_or_refused(run, index, server, tmp_path):
    batch = write_batch(tmp_path / "b.jsonl", {"id": "1", "question": WHY},
                        {"id": "2", "question": REFUSED}, {"id": "3", "question": WHY})  # fmt: skip
    answers = json_lines(run("ask", "--index", index, "--batch", batch).out)
    assert [answer["id"] for answer in answers] == ["1", "2", "3"]
    assert [answer["refused"] for answer in answers] == [False, True, False]
    assert [answer.get("worded", False) for answer in answers] == [True, False, True]
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("verdict", "outcome", "said"),
    [("nothing", "nothing", "Jag hittar inte svaret"), ("found", "found", "Jag är inte säker")],
)
def test_verdict_of_the_model_is_the_outcome(run, index, server, verdict, outcome, said):
    server.reply = judges(verdict)
    answer = one_json(run("ask", "--json", "--index", index, WHY).out)
    assert (answer["outcome"], answer["refused"]) == (outcome, True)
    assert answer["answer"].startswith(said)
    assert answer["citations"]


def test_question_of_two_meanings_is_asked_back(run, index, server):
    server.reply = judges("ask", ("Varför stängs simhallen?", CLOSED),
                          ("Vad kostar simhallen?", "rusta upp simhallen"))  # fmt: skip
    out = run("ask", "--index", index, "Vad gäller för simhallen?").out
    assert out.splitlines()[:3] == [
        "Vad menar du?", "• Varför stängs simhallen? [1]", "• Vad kostar simhallen? [1]",
    ]  # fmt: skip


def test_small_talk_is_not_sent(run, index, server):
    assert run("ask", "--index", index, "🙂").status == 0
    assert server.asked == []


def test_question_is_rewritten_if_that_is_set(run, index, server, monkeypatch):
    def reply(asked):
        if "stycken" in asked.data:
            return writes((SAID, CLOSED))(asked)
        return says(json.dumps({"question": WHY, "queries": ["reningsverket byts"]}))(asked)

    server.reply = reply
    monkeypatch.setenv("KALLBOT_LLM_REWRITE", "true")
    answer = one_json(run("ask", "--json", "--index", index, "Och varför då?").out)
    assert (answer["answer"], answer["cost"]["calls"]) == (f"{SAID} [1]", 2)


def test_repl_shows_the_wording_and_its_source(run, index, server):
    out = run("repl", "--index", index, stdin=f"{WHY}\n/källa 1\n").out
    assert f"{SAID} [1]" in out
    assert out.count(CLOSED) == 2


def test_search_sends_nothing(run, index, server):
    assert run("search", "--index", index, WHY).status == 0
    assert server.asked == []


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answers({}, "401 Unauthorized"), "HTTP 401"),
        (answers({}, "503 Service Unavailable"), "HTTP 503"),
        (answers(b"data: {}\n\n"), "no chat completion"),
        (lambda _: [b""], "broke off"),
        (writes(("Simhallen stängs för alltid.", "Simhallen stängs för alltid.")), "quotes show"),
        (writes(("Simhallen stängs den 1 juni.", CLOSED)), "quotes show"),
        (writes(), "quotes show"),
    ],
)
def test_what_goes_wrong_leaves_the_plain_answer_and_a_line_that_says_why(
    run_logging, index, server, plain, reply, why
):
    server.reply = reply
    ran = run_logging("ask", "--json", "--index", index, WHY)
    assert ran.status == 0
    assert same_but_for_the_time(one_json(ran.out)) == same_but_for_the_time(plain)
    assert_one_line(ran.err)
    assert why in ran.err
    assert KEY not in ran.err


@pytest.mark.parametrize("slowly", ["hangs", "drips_body", "drips_headers"])
def test_slow_server_is_waited_for_as_long_as_is_set(
    run_logging, index, server, plain, monkeypatch, slowly
):
    server.reply = getattr(server, slowly)
    monkeypatch.setenv("KALLBOT_LLM_TIMEOUT", "0.3")
    ran = run_logging("ask", "--json", "--index", index, WHY)
    assert same_but_for_the_time(one_json(ran.out)) == same_but_for_the_time(plain)
    assert "did not answer within 0.3 s" in ran.err


def test_server_that_is_not_there_costs_nothing_but_a_line(run_logging, index, plain, monkeypatch):
    with ModelServer() as gone:
        monkeypatch.setenv("KALLBOT_LLM_URL", gone.url)
    ran = run_logging("ask", "--json", "--index", index, WHY)
    assert same_but_for_the_time(one_json(ran.out)) == same_but_for_the_time(plain)
    assert "cannot be reached" in ran.err


def test_text_of_several_sentences_has_the_numbers_after_each(engine, server):
    both = ("Simhallen rustas upp för 14,5 miljoner kronor.",
            "rusta upp simhallen för 14,5 miljoner kronor")  # fmt: skip
    server.reply = writes((SAID, CLOSED), both)
    answer = LanguageReader(LanguageModel(server.url, "m", None, 20)).read(engine.ask(WHY))
    assert answer_text(answer) == f"{SAID} [1] {both[0]} [1]"


def test_evaluation_asks_the_model_only_if_told_to_and_says_what_it_cost(
    run, index, server, tmp_path
):
    file = tmp_path / "questions.jsonl"
    case = {"id": "1", "question": WHY, "answer_any": ["reningsverket"],
            "sources": ["protokoll.md"], "answerable": True}  # fmt: skip
    file.write_text(json.dumps(case), encoding="utf-8")
    said = json.loads(run("evaluate", "--json", "--index", index, file).out)
    assert (server.asked, "cost" in said) == ([], False)
    said = json.loads(run("evaluate", "--json", "--llm", "--index", index, file).out)
    assert said["cost"]["calls"] == len(server.asked) == 2  # and once with the answer taken away
    assert "The language model: 2 calls" in run("evaluate", "--llm", "--index", index, file).out


def test_evaluation_with_a_model_that_is_not_set_is_told_in_one_line(run, index, tmp_path):
    file = tmp_path / "questions.jsonl"
    file.write_text("{}", encoding="utf-8")
    ran = run("evaluate", "--llm", "--index", index, file)
    assert ran.status == 2
    assert_one_line(ran.err)
    assert "KALLBOT_LLM_URL" in ran.err


# Settings


def test_without_an_address_there_is_no_language_model(monkeypatch):
    for value in ("", "  "):
        monkeypatch.setenv("KALLBOT_LLM_URL", value)
        monkeypatch.setenv("KALLBOT_LLM_API_KEY", value)
        assert load_settings().llm_url is None
        assert load_settings().llm_api_key is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LLM_URL", "ftp://127.0.0.1/v1"),
        ("LLM_URL", "127.0.0.1:8080"),
        ("LLM_URL", f"http://anna:{KEY}@127.0.0.1/v1"),
        ("LLM_API_KEY", f"{KEY}\nHost: x"),
        ("LLM_API_KEY", f"{KEY}å"),
        ("LLM_MODEL", ""),
        ("LLM_TIMEOUT", "0"),
        ("LLM_TIMEOUT", "snart"),
        ("LLM_TIMEOUT", "inf"),
        ("LLM_MAX_TOKENS", "5"),
        ("LLM_REWRITE", "kanske"),
    ],
)
def test_value_that_cannot_be_is_named_and_no_key_is_told(monkeypatch, name, value):
    monkeypatch.setenv(f"KALLBOT_{name}", value)
    with pytest.raises(SettingsError, match=name.lower()) as caught:
        load_settings()
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_key_is_masked_wherever_the_settings_are_written(monkeypatch):
    monkeypatch.setenv("KALLBOT_LLM_API_KEY", f" {KEY}\n")
    settings = load_settings()
    assert settings.llm_api_key.get_secret_value() == KEY
    for written in (repr(settings), str(settings), settings.model_dump_json()):
        assert KEY not in written


def test_proxy_that_cannot_be_used_is_told_in_one_line(run, index, server, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://anna:hemlig@127.0.0.1:1")
    ran = run("ask", "--index", index, WHY)
    assert ran.status == 2
    assert_one_line(ran.err)
    assert "proxy" in ran.err
    assert "hemlig" not in ran.err
