"""The command line: `kallbot ask`, `repl`, `search`, `rebuild`, `status`, `telegram` …"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click
from rich.console import Console
from rich.filesize import decimal
from rich.text import Text

from bot.batch import BatchError, Inquiry, read_batch
from bot.settings import SettingsError, load_settings
from bot.terminal import printable, show, waiting
from bot.wording import MODEL_WRITES, OPENED, SEARCHING, SHELL_MORE
from embeddings.errors import KallbotError, QuestionError
from embeddings.types import shortened

_WRONG_USE = (QuestionError, SettingsError)
_INTERRUPTED = 130
_LONG = 3600.0  # seconds
_FIGURES = (".png", ".svg")

_Command = Callable[..., Any]


def _common(command: _Command) -> _Command:
    """Add the options shared by all commands that answer."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line."),
        _model_option,
        _index_option,
    ):
        command = option(command)
    return command


_index_option = click.option(
    "--index", type=click.Path(path_type=Path), metavar="DIR", help="The index folder."
)
_model_option = click.option("--model", metavar="NAME", help="The embedding model.")
_threshold_option = click.option(
    "--threshold",
    type=float,
    metavar="P",
    help="Show places instead of answers less probable than this, 0 to 1.",
)
_verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Also show the scores of the passages."
)
_batch_option = click.option(
    "--batch",
    type=click.File(encoding="utf-8-sig", errors="surrogateescape"),  # only one line fails
    metavar="FILE.jsonl",
    help="Questions, one JSON object a line (id, question, history); - for standard input.",
)


def _figure_path(context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """The path of a figure, if its format is supported."""
    if path and path.suffix not in _FIGURES:
        raise click.BadParameter(f"{path.name} is not a {' or '.join(_FIGURES)} file.")
    return path


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(version("kallbot"), prog_name="kallbot")
@click.pass_context
def cli(context: click.Context) -> None:
    """Answer Swedish questions about a folder of documents, quoting the sources."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
@click.argument("question", required=False)
@_batch_option
@_threshold_option
@_common
def ask(question: str | None, batch: TextIO | None, as_json: bool, **flags: Any) -> None:
    """Answer QUESTION, or every question in a batch."""
    from bot.answer_text import LISTED, has_more
    from bot.loading import open_engine
    from bot.render import answer_json, answer_view
    from bot.sources import keep_citations

    asked = _check(question, batch)
    settings = load_settings(**flags)
    engine = open_engine(settings)
    folder = Path(engine.index.manifest.documents_folder)

    def answer_one(one: Inquiry) -> None:
        with waiting(Console(stderr=True), SEARCHING) as say:
            answer = engine.ask(one.question, one.history, hear=lambda _: say(MODEL_WRITES))
        if as_json or batch:
            click.echo(answer_json(one.id, answer, one.question))
        else:
            is_about_all = answer.intent.is_about_all
            most = LISTED if is_about_all else len(answer.listed)
            show(Console(), answer_view(answer, folder, most))
            if is_about_all and has_more(answer):
                show(Console(), Text(SHELL_MORE))
        if batch:
            return
        problem = keep_citations(answer.citations, settings.state)
        if problem and answer.citations:
            _tell(problem)

    _each(asked or batch, answer_one)


@cli.command("open")
@click.argument("number", type=click.IntRange(min=1), default=1)
@_index_option
@_model_option
def open_(number: int, **flags: Any) -> None:
    """Open source NUMBER of the last answer at its quote.

    If it cannot be opened, for example without a desktop, the quote is printed in context.
    """
    from bot.loading import open_own_index
    from bot.render import source_view
    from bot.sources import kept_quote, open_source

    settings = load_settings(**flags)
    index = open_own_index(settings)
    quote = kept_quote(number, settings.state, index)
    opened = open_source(quote, Path(index.manifest.documents_folder))
    if opened:
        click.echo(OPENED.format(place=printable(opened)))
    else:
        show(Console(), source_view(quote))


@cli.command()
@click.argument("question", required=False)
@_batch_option
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, metavar="N",
              help="How many passages to show.")  # fmt: skip
@_verbose_option
@_common
def search(
    question: str | None,
    batch: TextIO | None,
    limit: int,
    verbose: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Show the ranked passages for QUESTION, or for every question in a batch."""
    from bot.loading import open_engine
    from bot.render import hits_json, hits_view

    asked = _check(question, batch)
    engine = open_engine(load_settings(**flags))

    def search_one(one: Inquiry) -> None:
        hits = engine.search(one.question, limit, one.history)
        if as_json or batch:
            click.echo(hits_json(one.id, one.question, hits))
        else:
            show(Console(), hits_view(hits, scores=verbose))

    _each(asked or batch, search_one)


@cli.command()
@_verbose_option
@_threshold_option
@_common
def repl(verbose: bool, as_json: bool, **flags: Any) -> None:
    """Ask questions in a conversation; also works over a pipe."""
    from bot.loading import open_engine
    from bot.repl import converse

    settings = load_settings(**flags)
    converse(open_engine(settings), settings.state, as_json=as_json, scores=verbose)


@cli.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--watch", is_flag=True, help="Keep running and follow the folder until Ctrl-C.")
@_common
def rebuild(folder: Path | None, watch: bool, as_json: bool, **flags: Any) -> None:
    """Bring the index up to date with the documents in FOLDER.

    Without FOLDER, use the folder that the index was built from.
    """
    from bot.loading import bring_up_to_date, documents_folder, index_home, keep_encoder
    from bot.report import report_json, report_view

    settings = load_settings(documents=folder, **flags)
    console = Console(stderr=True)
    home = index_home(settings)
    documents = documents_folder(settings, home)
    load_encoder = keep_encoder(settings, console)
    told: set[str] = set()

    def rebuild_once() -> None:
        try:
            report = bring_up_to_date(settings, documents, home, console, load_encoder)
        except KeyboardInterrupt:
            _tell("interrupted: the index is as it was, and what was embedded is kept for the "
                  "next rebuild, which continues from there")  # fmt: skip
            raise
        messages = [*(f"skipped {message}" for message in report.skipped), *report.notes]
        for message in messages:
            if message not in told:
                _tell(message)
        told.clear()
        told.update(messages)
        if as_json:
            click.echo(report_json(report))
        else:
            Console(highlight=False).print(report_view(report, home), soft_wrap=True)

    if watch:
        from bot.watch import follow

        follow(documents, settings.index, rebuild_once, _tell)
    else:
        try:
            rebuild_once()
        except KeyboardInterrupt:  # click would print a line of its own
            sys.exit(_INTERRUPTED)


@cli.command()
@_index_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool, **flags: Any) -> None:
    """Show what the index holds, and whether it is out of date."""
    from bot.loading import index_home
    from bot.report import status_json, status_view
    from embeddings.index.inspection import find_status

    home = index_home(load_settings(**flags))
    found = find_status(home)
    if as_json:
        click.echo(status_json(found))
    else:
        Console(highlight=False).print(status_view(found, home), soft_wrap=True)


@cli.command()
@_index_option
@_model_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a document.")
def documents(as_json: bool, **flags: Any) -> None:
    """List the indexed documents, newest first."""
    from bot.loading import open_own_index
    from bot.report import listing_json, listings_view
    from retrieval.overview import each_once, newest_first

    listings = newest_first(open_own_index(load_settings(**flags)).store.listings())
    if as_json:
        for listing in listings:
            click.echo(listing_json(listing))
    else:
        Console(highlight=False).print(listings_view(each_once(listings)), soft_wrap=True)


@cli.command()
@click.option("--sample", type=click.IntRange(min=0), default=100, show_default=True, metavar="N",
              help="How many passages to embed again for comparison.")  # fmt: skip
@_common
def verify(sample: int, as_json: bool, **flags: Any) -> None:
    """Check the whole index: checksums, passages, vectors, and the model's vectors."""
    from bot.loading import keep_encoder, open_own_index
    from bot.report import verified_json, verified_view
    from embeddings.index.inspection import verify as look_through

    settings = load_settings(**flags)
    index = open_own_index(settings)
    encoder = keep_encoder(settings, Console(stderr=True))()
    found = look_through(index, encoder, sample)
    if as_json:
        click.echo(verified_json(found))
    else:
        Console(highlight=False).print(verified_view(found), soft_wrap=True)


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--corpus", multiple=True, metavar="FILE",
              type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A file whose texts are searched together with those of FILE; "
              "repeatable.")  # fmt: skip
@click.option(
    "--documents",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of documents to ask the questions of FILE about.",
)
@click.option("--held-out", is_flag=True,
              help="For SQuAD 2.0, only every fifth article, not used in training.")  # fmt: skip
@click.option("--plot", metavar="FIGURE", callback=_figure_path,
              type=click.Path(dir_okay=False, path_type=Path),
              help="Plot the reliability of the confidence, and the risk against the share "
              "answered, to a .png or .svg.")  # fmt: skip
@click.option("--answers", metavar="LINES", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the answer to each question, one JSON object a line, to compare with "
              "another run.")  # fmt: skip
@click.option("--llm", is_flag=True,
              help="Use the language model in the settings, and report what it cost.")  # fmt: skip
@_threshold_option
@_common
def evaluate(
    file: Path,
    corpus: tuple[Path, ...],
    documents: Path | None,
    held_out: bool,
    plot: Path | None,
    answers: Path | None,
    llm: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Score the questions of FILE.

    FILE is a question file (.jsonl), asked of the index or of the folder in --documents; or
    written questions (.jsonl), SweFAQ (.jsonl), SweQUAD-MC or SQuAD 2.0 (.json), which contain
    their own documents.

    The confidence is judged on questions without an answer too. If every question of FILE is
    answerable, each is asked again without the documents that answer it; any answer is then wrong.
    """
    from bot.evaluate import evaluate_file
    from bot.figure import check_figure, draw
    from bot.report import answers_jsonl, evaluation_json, evaluation_view
    from retrieval.scoring import load_scorer

    settings = load_settings(**flags)
    if llm and settings.llm_url is None:
        raise SettingsError("there is no language model: set KALLBOT_LLM_URL, or leave --llm")
    if not llm:
        settings = settings.model_copy(update={"llm_url": None})
    if plot:
        check_figure(plot)
    keep = flags["index"] is not None  # the index of the environment is somebody's own
    evaluation = evaluate_file(file, settings, corpus, documents, keep=keep, held_out=held_out)
    if plot:
        least = settings.threshold
        draw(evaluation.judgements, load_scorer().threshold if least is None else least, plot)
    if answers:
        _write(answers, answers_jsonl(evaluation))
    if as_json:
        click.echo(evaluation_json(evaluation))
    else:
        Console(highlight=False).print(evaluation_view(evaluation), soft_wrap=True)


@cli.command()
@_index_option
@_model_option
@_threshold_option
@click.option("--stay", is_flag=True,
              help="If a setting is wrong, report it and wait to be stopped, for containers that "
              "would restart at once.")  # fmt: skip
def telegram(stay: bool, **flags: Any) -> None:
    """Run the Telegram bot, with settings from the environment and kallbot.toml."""
    from bot.telegram.app import run

    try:
        run(load_settings(**flags))
    except SettingsError as error:
        if not stay:
            raise
        _tell(str(error))
        _wait_to_be_ended()


@cli.command()
def feedback() -> None:
    """Print what got 👎 in Telegram, as a question file for `kallbot evaluate`."""
    from bot.telegram.state import export_feedback
    from bot.telegram.storage import open_state

    with open_state(load_settings()) as state:
        for disliked in export_feedback(state):
            click.echo(json.dumps(disliked, ensure_ascii=False))


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--no-index", "with_index", flag_value=False, default=True,
              help="Leave out the index, which can be rebuilt.")  # fmt: skip
@_index_option
def backup(file: Path, with_index: bool, **flags: Any) -> None:
    """Save the bot's data, the index and kallbot.toml in FILE, even while the bot runs."""
    from bot.backup import back_up

    kept = back_up(load_settings(**flags), file, with_index=with_index)
    click.echo(f"{file}: {', '.join(kept.parts)}; {decimal(file.stat().st_size)}")
    for note in kept.notes:
        _tell(note)


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace existing data.")
@_index_option
def restore(file: Path, replace: bool, **flags: Any) -> None:
    """Restore a FILE written by `kallbot backup`. The bot must not be running."""
    from bot.backup import restore as restore_backup

    restored = restore_backup(load_settings(**flags), file, replace=replace)
    click.echo(f"restored: {', '.join(restored.parts) or 'nothing'}")
    for note in restored.notes:
        _tell(note)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a finding.")
@_model_option
@_index_option
def doctor(as_json: bool, **flags: Any) -> None:
    """Report what is wrong with the settings, model, index, disk or network, and what to do.

    The exit status is 1 if something is wrong.
    """
    from bot.doctor import Level, examine

    is_wrong = False
    for found in examine(**flags):
        is_wrong |= found.level is Level.WRONG
        if as_json:
            click.echo(json.dumps(asdict(found), ensure_ascii=False))
        else:
            said = printable(" ".join(found.said.split()))
            click.echo(f"{found.level:5}  {found.about:14}  {said}")
    sys.exit(int(is_wrong))


def main() -> NoReturn:
    """Run a command; an error is one line on stderr, and determines the exit status."""
    logging.basicConfig(format="kallbot: %(message)s")
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:  # `kallbot … | head`: the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except click.ClickException as error:
        _fail(f"{error.format_message()} See `kallbot --help`.", 2)
    except KallbotError as error:
        _fail(str(error), 2 if isinstance(error, _WRONG_USE) else 1)
    except OSError as error:  # as a path that is too long
        _fail(shortened(f"{error.strerror or error}: {error.filename}"), 1)


def _check(question: str | None, batch: TextIO | None) -> list[Inquiry]:
    """Check the single question before anything is loaded; return nothing for a batch."""
    from retrieval.question import check_question

    if (question is None) == (batch is None):
        raise click.UsageError("Give either a question or --batch FILE.")
    return [] if question is None else [Inquiry(None, check_question(question), ())]


def _each(asked: list[Inquiry] | TextIO | None, answer: Callable[[Inquiry], None]) -> None:
    """Answer each question; in a batch, an invalid one gets an error instead."""
    from bot.render import error_json

    if isinstance(asked, list):
        for inquiry in asked:
            answer(inquiry)
        return
    failed, done = False, 0
    try:
        for one in read_batch(asked or []):
            try:
                if isinstance(one, BatchError):
                    raise one
                answer(one)
            except KallbotError as error:
                failed = True
                click.echo(error_json(one.id, error))
                _tell(str(error))
            done += 1
    except KeyboardInterrupt:
        _tell(f"interrupted: {done} lines are answered, and what is printed is complete")
        raise
    if failed:
        sys.exit(1)


def _wait_to_be_ended() -> NoReturn:
    """Wait for SIGTERM or SIGINT; the exit status is that of a wrong setting."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(2))
    while True:
        time.sleep(_LONG)


def _write(file: Path, text: str) -> None:
    """Write a text file; raises KallbotError on failure."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise KallbotError(f"{file} cannot be written ({error.strerror})") from error


def _fail(message: str, status: int) -> NoReturn:
    _tell(message)
    sys.exit(status)


def _tell(message: str) -> None:
    """Report a problem in one line."""
    click.echo(f"kallbot: {printable(' '.join(message.split()))}", err=True)
