"""The REPL: a conversation in the terminal, or over a pipe."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from bot import wording
from bot.answer_text import LISTED, example_question, has_more, listed_lines
from bot.render import answer_json, answer_view, hits_view, source_view
from bot.settings import REPL_HISTORY
from bot.sources import open_source
from bot.terminal import printable, show, waiting
from embeddings.errors import QuestionError
from embeddings.types import shortened
from retrieval.engine import Engine
from retrieval.overview import example_of
from retrieval.question import MAX_CHARACTERS
from retrieval.types import Answer, Language, Outcome, Quote

_REMEMBERED = 5
_HITS = 5
_LONGEST_NUMBER = 20  # digits shown of a number that no source has
# Typed by users of other programs, with or without the slash.
_QUIT = frozenset({"sluta", "quit", "exit", "q", "avsluta", "hejdå"})
_COMMANDS_IN_WORDS = {
    **dict.fromkeys(("hjälp", "hjalp", "help", "?"), "/hjälp"),
    **dict.fromkeys(("fler", "mer", "visa fler", "visa mer", "more"), "/fler"),
}


@dataclass(slots=True)
class _Conversation:
    """The state of a conversation."""

    engine: Engine
    console: Console
    as_json: bool
    scores: bool = False
    history: list[str] = field(default_factory=list)
    answer: Answer | None = None
    listed: int = 0  # index of the first document shown of the list

    @property
    def folder(self) -> Path:
        """The documents folder."""
        return Path(self.engine.index.manifest.documents_folder)


def converse(engine: Engine, state: Path, *, as_json: bool = False, scores: bool = False) -> None:
    """Answer line by line until the input ends; the input history is stored in `state`."""
    # JSON goes to standard output, so everything else goes to standard error.
    conversation = _Conversation(engine, Console(stderr=as_json), as_json, scores)
    interactive = sys.stdin.isatty()
    if interactive:
        count = len(engine.listings)
        greeting = wording.REPL_GREETING.format(documents=count, example=_example(engine))
        conversation.console.print(Text(greeting))
    for line in _typed(conversation, state) if interactive else _piped():
        if line.lower().removeprefix("/") in _QUIT:
            return
        try:
            _respond(conversation, line)
        except KeyboardInterrupt:
            if not interactive:
                raise
            _say(conversation, wording.REPL_BROKEN_OFF)


def _piped() -> Iterator[str]:
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # a line in Latin-1 is still a question
    for line in sys.stdin:
        if line.strip():
            yield line.strip()


def _typed(conversation: _Conversation, state: Path) -> Iterator[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory

    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    asked = state / REPL_HISTORY
    asked.touch(mode=0o600)
    asked.chmod(0o600)
    commands = WordCompleter(lambda: _completions(conversation), sentence=True)
    session: PromptSession[str] = PromptSession(history=FileHistory(str(asked)), completer=commands)
    while True:
        try:
            line = session.prompt(wording.REPL_PROMPT).strip()
        except KeyboardInterrupt:  # discards the line being typed, as in a shell
            continue
        except EOFError:
            return
        if line:
            yield line


def _completions(conversation: _Conversation) -> list[str]:
    """The commands, including those that show or open a source of the last answer."""
    cited = conversation.answer.citations if conversation.answer else ()
    sources = [f"{what} {one.number}" for what in ("/källa", "/öppna") for one in cited]
    return [*sources, *_COMMANDS, "/sluta"]


def _respond(conversation: _Conversation, line: str) -> None:
    line = _COMMANDS_IN_WORDS.get(line.lower(), line)
    if line.startswith("/"):
        name, _, rest = line.partition(" ")
        command = _COMMANDS.get(name.lower())
        if command is None:
            _say(conversation, wording.REPL_UNKNOWN.format(command=name))
        else:
            command(conversation, rest.strip())
    else:
        _ask(conversation, line)


def _ask(conversation: _Conversation, question: str) -> None:
    try:
        with waiting(conversation.console, wording.SEARCHING) as say:
            answer = conversation.engine.ask(
                question, conversation.history, hear=lambda _: say(wording.MODEL_WRITES)
            )
    except QuestionError:
        _say(conversation, _why_not(question))
        return
    if answer.outcome is not Outcome.TALK:
        conversation.answer = answer
    if answer.can_be_followed_up:
        conversation.history = [*conversation.history, question][-_REMEMBERED:]
    if conversation.as_json:
        click.echo(answer_json(None, answer, question))  # at once: a program may wait for it
        return
    show(conversation.console, answer_view(answer, conversation.folder))
    _tell_of_more(conversation, answer, 0)
    conversation.console.print()


def _tell_of_more(conversation: _Conversation, answer: Answer, first: int) -> None:
    conversation.listed = first
    if has_more(answer, first):
        _say(conversation, wording.REPL_MORE)


def _why_not(question: str) -> str:
    if len(question) > MAX_CHARACTERS:
        return wording.REPL_TOO_LONG.format(limit=MAX_CHARACTERS, count=len(question))
    return wording.REPL_EMPTY


# Commands


def _show_source(conversation: _Conversation, rest: str) -> None:
    if quote := _chosen(conversation, rest):
        show(conversation.console, source_view(quote))


def _open_source(conversation: _Conversation, rest: str) -> None:
    quote = _chosen(conversation, rest or "1")
    if quote is None:
        return
    if opened := open_source(quote, conversation.folder):
        _say(conversation, wording.OPENED.format(place=printable(opened)))
    else:
        show(conversation.console, source_view(quote))


def _chosen(conversation: _Conversation, rest: str) -> Quote | None:
    """The chosen quote of the last answer; None, after an explanation, if there is none."""
    if not rest.isdecimal():
        _say(conversation, wording.REPL_WHICH_SOURCE)
        return None
    citations = conversation.answer.citations if conversation.answer else ()
    chosen = next((one.quote for one in citations if str(one.number) == rest.lstrip("0")), None)
    if chosen is None:
        _say(conversation, wording.REPL_NO_SOURCE.format(number=shortened(rest, _LONGEST_NUMBER)))
    return chosen


def _show_more(conversation: _Conversation, _rest: str) -> None:
    """Show more of the list, or else the passages found for the last question."""
    answer = conversation.answer
    if answer is None:
        _say(conversation, wording.REPL_NO_MORE)
    elif has_more(answer, conversation.listed):
        first = conversation.listed + LISTED
        _say(conversation, printable("\n".join(listed_lines(answer, first))))
        _tell_of_more(conversation, answer, first)
    elif answer.listed:
        _say(conversation, wording.REPL_NO_MORE)
    else:
        _show_hits(conversation, answer.question.asked, answer.question.history)


def _search(conversation: _Conversation, rest: str) -> None:
    try:
        _show_hits(conversation, rest)
    except QuestionError:
        _say(conversation, wording.REPL_WHAT_SEARCH if not rest else _why_not(rest))


def _show_hits(conversation: _Conversation, text: str, history: Sequence[str] = ()) -> None:
    with waiting(conversation.console, wording.SEARCHING):
        hits = conversation.engine.search(text, _HITS, history)
    if not hits:
        _say(conversation, wording.REPL_NO_HITS)
    show(conversation.console, hits_view(hits, scores=conversation.scores))


def _forget(conversation: _Conversation, _rest: str) -> None:
    conversation.history, conversation.answer = [], None
    _say(conversation, wording.REPL_NEW)


def _help(conversation: _Conversation, _rest: str) -> None:
    _say(conversation, wording.REPL_HELP.format(example=_example(conversation.engine)))


def _example(engine: Engine) -> str:
    """An example question for these documents."""
    return example_question(example_of(engine.listings), Language.SWEDISH)


def _say(conversation: _Conversation, words: str) -> None:
    show(conversation.console, Text(words))


_COMMANDS: dict[str, Callable[[_Conversation, str], None]] = {
    "/källa": _show_source,
    "/kalla": _show_source,
    "/öppna": _open_source,
    "/oppna": _open_source,
    "/fler": _show_more,
    "/sök": _search,
    "/sok": _search,
    "/ny": _forget,
    "/hjälp": _help,
    "/hjalp": _help,
    "/help": _help,
}
