"""Diagnoses an installation: `kallbot doctor` checks one thing after another.

The checks change nothing: no index is built, no model unpacked and no table created.
"""

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import platformdirs
from rich.filesize import decimal

from bot.loading import index_home
from bot.settings import CONFIG_FILE, Settings, load_settings
from bot.telegram.sqlite_state import DATABASE
from embeddings.errors import IndexMissing, KallbotError
from embeddings.index.inspection import find_status
from embeddings.model.bundled import (
    BUNDLED,
    BUNDLED_NAME,
    UNPACKED_MB,
    default_cache,
    is_whole,
)
from embeddings.model.encoder import encoder_name
from embeddings.model.packed import checked_source
from embeddings.reading.formats import tesseract
from embeddings.reading.programs import OLD_WORD, OLD_WORD_REMEDY, installed

_PATIENCE = 10.0  # timeout for a server, in seconds
_ROOM = 500_000_000  # bytes: the unpacked model, and a small index together with its replacement


class Level(StrEnum):
    """The severity of a finding."""

    FINE = "ok"
    NOTE = "note"
    """Källbot works, but something could be improved."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """The subject of a check, its result, and what to do, if anything."""

    about: str
    level: Level
    said: str


def examine(**flags: Any) -> Iterator[Finding]:
    """Yield every finding, in the order in which they should be fixed; flags take precedence over
    the settings."""
    yield from _look("system", _system)
    try:
        settings = load_settings(**flags)
    except KallbotError as error:
        yield Finding("settings", Level.WRONG, str(error))
        return
    where = f"{CONFIG_FILE} and the environment" if Path(CONFIG_FILE).is_file() else "environment"
    yield Finding("settings", Level.FINE, f"read from the {where}")
    for about, check in (
        ("model", _model),
        ("index", _index),
        ("documents", _documents),
        ("state", _state),
        ("disk", _disk),
        ("telegram", _telegram),
        ("language model", _language_model),
    ):
        yield from _look(about, check, settings)
    yield from _look("programs", _programs)


_Said = Iterator[tuple[Level, str]]


def _fine(said: str) -> tuple[Level, str]:
    return Level.FINE, said


def _note(said: str) -> tuple[Level, str]:
    return Level.NOTE, said


def _wrong(said: str) -> tuple[Level, str]:
    return Level.WRONG, said


def _look(about: str, check: Callable[..., _Said], *arguments: Settings) -> Iterator[Finding]:
    """Yield the findings of one check, followed by its error, if it raises one."""
    try:
        for level, said in check(*arguments):
            yield Finding(about, level, said)
    except (KallbotError, OSError) as error:
        yield Finding(about, Level.WRONG, str(error))


def _system() -> _Said:
    yield _fine(
        f"Källbot {version('kallbot')}, Python {platform.python_version()}, "
        f"ONNX Runtime {version('onnxruntime')}, {platform.system()} {platform.machine()}"
    )


def _model(settings: Settings) -> _Said:
    if settings.model != BUNDLED:
        name = encoder_name(settings.model)
        if "@" in name:
            yield _fine(name)
        else:
            yield _note(f"{name} is not on this machine: its first use fetches it from the hub")
        return
    folder = default_cache() / "models" / BUNDLED_NAME
    if is_whole(folder):
        yield _fine(f"bundled, unpacked in {folder}")
    else:
        checked_source()
        yield _fine(f"bundled; its first use unpacks it into {folder} ({UNPACKED_MB} MB)")


def _index(settings: Settings) -> _Said:
    home = index_home(settings)
    try:
        home.open(encoder_name(settings.model)).close()  # verifies the checksums and the model
    except IndexMissing as error:
        yield _note(str(error))
        return
    status = find_status(home)
    said = f"{status.manifest.documents} documents in {home}"
    if status.is_of_older_recipe or (status.pending is not None and status.pending.count):
        yield _note(f"{said}, behind its folder: {home.rebuild_command()} updates it")
    else:
        yield _fine(said)
    if status.skipped:
        yield _note(f"{len(status.skipped)} files could not be read: see `kallbot status`")


def _documents(settings: Settings) -> _Said:
    folder = settings.documents or index_home(settings).known_documents()
    if folder is None:
        yield _note("no folder is set: name it with `kallbot rebuild FOLDER`")
    elif not folder.is_dir():
        yield _wrong(f"there is no folder {folder}: make it, or set KALLBOT_DOCUMENTS")
    elif not os.access(folder, os.R_OK | os.X_OK):
        yield _wrong(f"{folder} cannot be read: let the user who runs Källbot read it")
    else:
        yield _fine(str(folder))


def _state(settings: Settings) -> _Said:
    if settings.postgres_uri is not None:
        yield from _postgres(settings.postgres_uri.get_secret_value())
        return
    database = settings.state / DATABASE
    if not database.is_file():
        yield _fine(f"nothing is remembered yet in {settings.state}")
        return
    try:
        with closing(sqlite3.connect(database)) as connection:
            [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        found = str(error)
    if found == "ok":
        yield _fine(str(database))
    else:
        yield _wrong(
            f"{database} is damaged ({found}): move it away, and restore a backup with "
            "`kallbot restore`"
        )


def _postgres(uri: str) -> _Said:
    from bot.wording import NO_POSTGRES

    try:
        import psycopg
    except ImportError:
        yield _wrong(NO_POSTGRES)
        return
    try:
        psycopg.connect(uri, connect_timeout=int(_PATIENCE)).close()
    except psycopg.Error as error:  # its message may contain the password
        yield _wrong(
            f"PostgreSQL does not answer, or refuses ({type(error).__name__}): start it, or "
            "correct KALLBOT_POSTGRES_URI"
        )
    else:
        yield _fine("PostgreSQL answers")


def _disk(settings: Settings) -> _Said:
    places = {"state": settings.state, "cache": platformdirs.user_cache_path("kallbot")}
    if settings.milvus_uri is None:
        places["index"] = settings.index
    for name, place in places.items():
        there = next(path for path in (place, *place.absolute().parents) if path.exists())
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK | os.X_OK):
            yield _wrong(f"the {name} cannot be written to {place}: make {there} writable")
        elif free < _ROOM:
            yield _wrong(
                f"{decimal(free)} are free for the {name} in {place}: make room for "
                f"{decimal(_ROOM)}"
            )
        else:
            yield _fine(f"{decimal(free)} free for the {name} in {place}")


def _telegram(settings: Settings) -> _Said:
    from bot import wording as say
    from bot.telegram.app import checked_token

    given = settings.telegram_bot_token
    if given is None or not given.get_secret_value().strip():
        yield _note(f"{say.TOKEN_MISSING} (only `kallbot telegram` needs one)")
        return
    token = checked_token(settings)
    if settings.access == "allowlist" and not settings.allowed:
        yield _note("nobody is on the allow-list: write ids in KALLBOT_ALLOWED")
    url = f"{settings.telegram_base_url}{token}/getMe"
    try:
        reply = httpx.get(url, timeout=_PATIENCE)
        said = reply.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # may contain the URL
        yield _wrong(
            f"Telegram cannot be reached ({type(error).__name__}): let this machine through to "
            f"{httpx.URL(settings.telegram_base_url).host}, or set HTTPS_PROXY"
        )
        return
    if reply.status_code == httpx.codes.OK and isinstance(said, dict) and said.get("ok"):
        yield _fine(f"the token is that of @{said['result'].get('username', '?')}")
    else:
        yield _wrong(say.TOKEN_REFUSED)


def _language_model(settings: Settings) -> _Said:
    if settings.llm_url is None:
        yield _fine("none is set, and nothing is sent to any")
        return
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = f"{str(settings.llm_url).rstrip('/').removesuffix('/chat/completions')}/models"
    try:
        status = httpx.get(url, headers=headers, timeout=_PATIENCE).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield _wrong(
            f"{settings.llm_url} does not answer ({type(error).__name__}): start it, or correct "
            "KALLBOT_LLM_URL; until then answers go without it"
        )
        return
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        yield _wrong(f"{settings.llm_url} refuses the key: correct KALLBOT_LLM_API_KEY")
    else:
        yield _fine(f"{settings.llm_url} answers")


def _programs() -> _Said:
    if tesseract.is_available():
        yield _fine("Tesseract reads scanned pages")
    else:
        yield _note(f"scanned pages are not read: {tesseract.REMEDY}")
    if found := installed(OLD_WORD):
        yield _fine(f"{found[0]} reads Word documents of before 2007")
    else:
        yield _note(f"Word documents of before 2007 are not read: {OLD_WORD_REMEDY}")
