"""Opens the database that is set: PostgreSQL, or a file of SQLite."""

from sqlalchemy.exc import DBAPIError

from bot import wording as say
from bot.settings import Settings, SettingsError
from bot.telegram.sqlite_state import SqliteState
from bot.telegram.state import State, StateUnavailable


def open_state(settings: Settings) -> State:
    """Open the database that is set; raises StateUnavailable or SettingsError."""
    if settings.postgres_uri is not None:
        return _open_postgres(settings.postgres_uri.get_secret_value())
    try:
        return SqliteState(settings.state)
    except (OSError, DBAPIError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        said = say.STATE_FAILED.format(folder=settings.state, reason=reason)
        raise StateUnavailable(said) from error


def _open_postgres(uri: str) -> State:
    try:
        from bot.telegram.postgres_state import PostgresState
    except ImportError as error:
        raise SettingsError(say.NO_POSTGRES) from error
    return PostgresState(uri)
