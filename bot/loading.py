"""Loads what a command needs: the index, the model, and the engine over both."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from bot.settings import Settings, SettingsError, bundled_documents
from bot.terminal import waiting
from embeddings.index.contract import Index
from embeddings.index.home import Folder, Home
from embeddings.model.encoder import Encoder, encoder_name, load_encoder
from embeddings.rebuild import Report, rebuild
from retrieval.engine import AROUND, Engine
from retrieval.reader import load_reader

if TYPE_CHECKING:  # most installations have no language model
    from retrieval.llm.reading import LanguageReader

_STEPS = {"read": "Reading documents", "embed": "Embedding passages", "write": "Writing the index"}


def open_engine(settings: Settings) -> Engine:
    """Open the engine over the index in the settings; raises IndexUnavailable or ModelError."""
    # The index first, to report its errors before loading a model.
    index = open_own_index(settings)
    console = Console(stderr=True)
    encoder = _load(settings, console)
    with waiting(console, "Loading the reader"):
        reader = load_reader(encoder)
    language = open_language_reader(settings)
    around = AROUND if language else 0
    return Engine(index, encoder, reader, settings.threshold, language=language, around=around)


def index_home(settings: Settings) -> Home:
    """The location of the index in the settings."""
    if settings.milvus_uri is None:
        return Folder(settings.index)
    # Imported here, since most installations have none.
    from embeddings.index.milvus.home import MilvusHome

    token = settings.milvus_token.get_secret_value() if settings.milvus_token else None
    return MilvusHome(str(settings.milvus_uri).rstrip("/"), token)


def open_own_index(settings: Settings) -> Index:
    """Open the index in the settings; raises IndexUnavailable."""
    return index_home(settings).open(encoder_name(settings.model))


def open_language_reader(settings: Settings) -> "LanguageReader | None":
    """The reader of the language model in the settings; None if none is set."""
    if settings.llm_url is None:
        return None
    # Imported here, since most installations have none.
    from retrieval.llm.client import LanguageModel
    from retrieval.llm.reading import LanguageReader

    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
    try:
        model = LanguageModel(
            str(settings.llm_url), settings.llm_model, key, settings.llm_timeout,
            settings.llm_max_tokens,
        )  # fmt: skip
    except (ImportError, ValueError) as error:
        reason = type(error).__name__  # the message may contain a password
        raise SettingsError(f"the proxy in the environment cannot be used ({reason}): "
                            "correct HTTPS_PROXY and its like") from None  # fmt: skip
    return LanguageReader(model, rewrites=settings.llm_rewrite)


def bring_up_to_date(
    settings: Settings,
    documents: Path,
    index: Path | Home,
    console: Console,
    load_encoder: Callable[[], Encoder] | None = None,
) -> Report:
    """Bring an index up to date with a documents folder, showing progress on the console."""
    load = load_encoder or keep_encoder(settings, console)
    with _progress(console) as progress:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(_STEPS[step], total=total)
            progress.update(tasks[step], completed=done, total=total)

        name = encoder_name(settings.model)
        return rebuild(documents, index, name, load, show)


def keep_encoder(settings: Settings, console: Console) -> Callable[[], Encoder]:
    """A function that loads the encoder on its first call, and caches it."""
    return cache(lambda: _load(settings, console))


def documents_folder(settings: Settings, home: Home) -> Path:
    """The folder to index: the one set, else that of the index, whatever its format.

    Raises SettingsError if neither is known: the bundled documents never replace somebody's own.
    """
    folder = settings.documents or home.known_documents()
    if folder is None:
        examples = f"; the example documents are in {bundled_documents()}"
        raise SettingsError(
            f"no folder of documents is known for {home}: give it with {home.rebuild_command()}"
            f"{examples if home.is_empty() else ''}"
        )
    return folder


def _load(settings: Settings, console: Console) -> Encoder:
    """Load the encoder; the bundled model is unpacked on first use, with progress."""
    with _progress(console) as progress:
        return load_encoder(settings.model, progress=_unpacking(progress))


def _unpacking(progress: Progress) -> Callable[[str, float], None]:
    task = progress.add_task("Loading the model", total=None)

    def show(step: str, share: float) -> None:
        progress.update(task, description=step, total=1.0, completed=share)

    return show


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
