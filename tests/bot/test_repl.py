import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from bot.repl import _completions, _Conversation, converse
from retrieval.engine import Engine
from retrieval.question import MAX_CHARACTERS
from retrieval.types import Answer, Intent, Outcome
from tests.retrieval.corpus import DOCUMENTS

ROOT = Path(__file__).parents[2]
WHO = "Vem är kommundirektör?"
WHICH = "Vilka myndigheter medverkade den 9 september?"


@pytest.fixture
def say(run, index):
    """Says lines over a pipe, to all that is written."""

    def say_lines(*lines, flags=()):
        ran = run("repl", "--index", index, *flags, stdin="\n".join(lines) + "\n")
        assert ran.status == 0
        return ran

    return say_lines


# Over a pipe


def test_every_line_is_answered_in_turn(say):
    out = say(WHO, "", "Hur många butiker sa ja till förslaget?").out
    assert out.index("Rut Hallengren") < out.index("Av de 48 butikerna sa 31")


def test_pipe_has_neither_greeting_nor_prompt(say):
    out = say(WHO).out
    assert out.startswith("Rut Hallengren\n")
    assert "Fråga:" not in out


def test_source_is_opened_or_shown_where_nothing_can_open_it(say, monkeypatch):
    monkeypatch.setattr("bot.repl.open_source", lambda *_: "file:///a.txt")
    assert "file:///a.txt" in say(WHO, "/öppna").out
    monkeypatch.setattr("bot.repl.open_source", lambda *_: None)
    assert say(WHO, "/öppna 1").out.count("Rut Hallengren") > 1
    assert "Det finns ingen källa 9" in say(WHO, "/öppna 9").out


def test_rest_of_a_list_is_shown_when_asked_for(say, engine, monkeypatch):
    listings = engine.listings
    listed = tuple(replace(one, title=f"{number} {one.title}") for number, one in
                   enumerate([*listings, *listings, *listings], 1))[:11]  # fmt: skip
    answer = Answer(engine.understand("x"), Outcome.ANSWERED, 1.0, intent=Intent.DOCUMENTS_LIST,
                    listed=listed)  # fmt: skip
    monkeypatch.setattr(Engine, "ask", lambda *_, **__: answer)
    out = say("vilka dokument har du?", "/fler", "/fler").out
    first, _, rest = out.partition("/fler visar fler.")
    assert "8. 8 " in first
    assert "9. 9 " not in first
    assert "11. 11 " in rest
    assert rest.endswith("Det finns inget mer att visa.\n")


def test_more_of_an_answer_are_the_passages_found_for_it(say):
    assert say("/fler").out == say("visa mer").out == "Det finns inget mer att visa.\n"
    assert "\n5. " in say(WHO, "/fler").out.rpartition("Källor")[2]


def test_end_of_input_ends_the_conversation(say):
    assert say().out == ""


@pytest.mark.parametrize(
    "quit_", ["/sluta", "/quit", "/SLUTA", "/q", "quit", "exit", "Sluta", "/exit", "q"]
)
def test_quit_ends_the_conversation(say, quit_):
    assert say(quit_, WHO).out == ""


def test_follow_up_is_answered_with_what_was_asked_before(say):
    question = "Och för Kustbevakningen?"
    assert "Tora Björkhem" in say("Vem är stationschef för SMHI?", question).out.split("\n\n")[-3]


def test_history_is_the_last_questions_as_they_were_typed(say, monkeypatch):
    given = []
    asked = Engine.ask

    def ask(engine, question, history=(), **rest):
        given.append((question, list(history)))
        return asked(engine, question, history, **rest)

    monkeypatch.setattr(Engine, "ask", ask)
    typed = ["vem är komundirektör", *(f"Fråga nummer {number}?" for number in range(6))]
    say(*typed)
    assert given[1] == (typed[1], typed[:1])
    assert given[-1] == (typed[-1], typed[1:-1])


def test_new_forgets_what_was_said(say):
    first, follow_up = "Vem är stationschef för SMHI?", "Och för Kustbevakningen?"
    out = say(first, "/ny", follow_up).out
    assert "Ny konversation." in out
    assert out.split("Ny konversation.\n")[1] == say(follow_up).out


def test_new_forgets_the_sources_of_the_last_answer(say):
    assert "Det finns ingen källa 1" in say(WHO, "/ny", "/källa 1").out


def test_source_shows_the_quote_in_its_document(say):
    out = say(WHO, "/källa 1").out.split("\n\n", 2)[-1]
    assert "Protokoll från kulturnämnden i Ljusforsa\nprotokoll.md" in out
    assert "Kommundirektör Rut Hallengren fick i uppdrag att ta fram en tidsplan." in out
    assert "Simhallen stängs under sommaren" in out  # what stands before it


def test_source_is_of_the_last_answer(say):
    out = say(WHO, WHICH, "/källa 1").out
    assert out.rindex("pressmeddelande.txt") > out.rindex("protokoll.md")


@pytest.mark.parametrize("command", ["/källa 1", "/kalla 1", "/KÄLLA  1"])
def test_command_may_be_typed_without_dots_or_in_capitals(say, command):
    assert "Simhallen stängs under sommaren" in say(WHO, command).out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/källa", "Vilken källa?"),
        ("/källa ett", "Vilken källa?"),
        ("/källa ²", "Vilken källa?"),
        ("/källa -1", "Vilken källa?"),
        ("/källa 0", "Det finns ingen källa 0"),
        ("/källa " + "9" * 5000, "Det finns ingen källa 9999999999999999999…"),
        ("/källa 99", "Det finns ingen källa 99"),
        ("/sök", "Vad ska jag söka efter?"),
        ("/sök ?", "Skriv en fråga"),
        ("/hej", "/hej är inget kommando"),
        ("/", "/ är inget kommando"),
        ("/sök " + "å" * 1001, "Frågan är för lång: högst 1000 tecken"),
    ],
)
def test_command_that_cannot_be_done_says_why(say, command, said):
    ran = say(WHO, command)
    assert said in ran.out
    assert ran.err == ""


def test_source_before_any_answer_is_not_there(say):
    assert "Det finns ingen källa 1" in say("/källa 1").out


@pytest.mark.parametrize("command", ["/sök reningsverket", "/sok reningsverket"])
def test_search_shows_the_nearest_passages_with_their_files(say, command):
    out = say(command).out
    assert "1. Protokoll från kulturnämnden i Ljusforsa\n    protokoll.md\n" in out
    assert "lexical" not in out
    assert "5. " in out
    assert "6. " not in out


def test_search_shows_scores_where_they_are_asked_for(say):
    assert "lexical" in say("/sök reningsverket", flags=["-v"]).out


@pytest.mark.parametrize("command", ["/hjälp", "/hjalp", "/help", "hjälp", "?", "Help"])
def test_help_names_every_command(say, command):
    out = say(command).out
    assert all(name in out for name in ("/källa", "/sök", "/ny", "/hjälp", "/sluta"))


def test_question_that_is_too_long_is_told_in_swedish_and_the_conversation_goes_on(say):
    ran = say("å" * (MAX_CHARACTERS + 1), WHO)
    assert "Frågan är för lång: högst 1000 tecken, den här har 1001." in ran.out
    assert "Rut Hallengren" in ran.out
    assert ran.err == ""


def test_question_without_words_is_told_in_swedish(say):
    assert "Skriv en fråga, eller /hjälp." in say("?!").out


def test_line_that_is_no_utf_8_does_not_end_the_conversation(run, index):
    asked = "Hur många är här?\n".encode("latin-1") + WHO.encode()
    ran = run("repl", "--index", index, stdin=asked)
    assert (ran.status, ran.err) == (0, "")
    assert "Rut Hallengren" in ran.out


def test_place_that_may_answer_can_be_shown_in_its_document(say):
    out = say("Vem är generaldirektör för Migrationsverket?", "/källa 1").out
    assert out.startswith("Jag är inte säker, men här står det närmaste.\n")
    assert "Det finns ingen källa" not in out
    assert out.rindex("\nartikel.txt\n") > out.index("\n1. ")


def test_json_is_all_that_stands_on_standard_output(say):
    ran = say(WHO, "/ny", "?!", "/hej", WHICH, flags=["--json"])
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["question"] for answer in answers] == [WHO, WHICH]
    assert "Ny konversation." in ran.err


# In a terminal


@pytest.fixture
def typed(engine, tmp_path, monkeypatch, capsys):
    """Types lines at the prompt, to all that is written."""

    class Terminal:
        def isatty(self):
            return True

    def type_lines(text, asked=None):
        monkeypatch.setattr(sys, "stdin", Terminal())
        with create_pipe_input() as keys:
            keys.send_text(text)
            with create_app_session(input=keys, output=DummyOutput()):
                converse(asked or engine, tmp_path / "state")
        return capsys.readouterr().out

    return type_lines


def test_terminal_is_greeted_with_the_number_of_documents(typed):
    out = typed("/sluta\n")
    assert f"frågor om {len(DOCUMENTS)} dokument" in out


def test_typed_question_is_answered_and_control_d_ends(typed):
    assert "Rut Hallengren" in typed(f"{WHO}\n\x04")


def test_control_c_drops_the_line_and_the_conversation_goes_on(typed):
    out = typed(f"halv fråg\x03{WHO}\n\x04")
    assert "Rut Hallengren" in out
    assert "halv" not in out


def test_empty_lines_are_passed_over(typed):
    assert "Skriv en fråga, eller /hjälp." not in typed("\n   \n/sluta\n").split("\n", 1)[1]


def test_lines_are_remembered_for_the_next_time(typed, tmp_path):
    typed(f"{WHO}\n\x04")
    assert WHO in (tmp_path / "state" / "repl_history").read_text(encoding="utf-8")
    assert typed("\x1b[A\n\x04").count("Rut Hallengren") >= 1  # the line above, by arrow


def test_a_source_of_the_last_answer_is_completed(engine):
    conversation = _Conversation(engine, Console(), as_json=False)
    assert not any("1" in one for one in _completions(conversation))
    conversation.answer = engine.ask(WHO)
    assert _completions(conversation)[0] == "/källa 1"


def test_control_c_breaks_off_an_answer_and_the_conversation_goes_on(typed, engine, monkeypatch):
    asked, ask = [], Engine.ask

    def broken_off_once(self, question, history=(), **rest):
        asked.append(question)
        if len(asked) == 1:
            raise KeyboardInterrupt
        return ask(self, question, history, **rest)

    monkeypatch.setattr(Engine, "ask", broken_off_once)
    out = typed(f"{WHICH}\n{WHO}\n\x04")
    assert "Avbrutet." in out
    assert "Rut Hallengren" in out


# In a real one


def read_until(terminal, words, seconds=280):
    """What a program writes to a pseudo-terminal until these words are in it."""
    said, end = "", time.monotonic() + seconds
    while words not in said:
        assert time.monotonic() < end, said
        if select.select([terminal], [], [], 0.5)[0]:
            said += os.read(terminal, 65536).decode(errors="replace")
    return said


@pytest.fixture
def in_terminal(tmp_path):
    """Starts the REPL in a narrow pseudo-terminal; gives its end of it."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 40, 0, 0))
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from bot.repl import converse\n"
        "from retrieval.engine import Engine\n"
        "from tests.retrieval.corpus import DOCUMENTS\n"
        "from tests.retrieval.support import make_engine\n"
        "ask = Engine.ask\n"
        "Engine.ask = lambda *given, **rest: time.sleep(0.8) or ask(*given, **rest)\n"
        "converse(make_engine(Path(sys.argv[1]), DOCUMENTS), Path(sys.argv[1], 'state'))\n"
    )
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), "COLUMNS": "40"}
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=terminal, stdout=terminal, stderr=terminal, env=environment, close_fds=True,
    )  # fmt: skip
    os.close(terminal)
    yield main
    process.kill()
    process.wait()
    os.close(main)


def plain(said):
    """What is seen of what a program writes, in lines."""
    return re.sub(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\].*?\x1b\\)", "", said).replace("\r", "")


def test_a_narrow_terminal_shows_a_spinner_and_breaks_lines_at_words_with_the_indent(in_terminal):
    read_until(in_terminal, "Fråga:")
    os.write(in_terminal, f"{WHO}\r".encode())
    said = plain(read_until(in_terminal, "tecken"))
    assert "Letar i dokumenten" in said
    after = said[said.index("Rut Hallengren") :].split("\n")
    quote = [line for line in after if line.startswith("    ")]
    assert len(quote) > 2
    assert all(len(line.rstrip()) <= 40 for line in after)
    assert "Kommundirektör Rut Hallengren fick i uppdrag" in " ".join(" ".join(quote).split())
