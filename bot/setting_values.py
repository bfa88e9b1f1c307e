"""What values of settings have in common, whatever they set."""

from pydantic import HttpUrl, SecretStr


def nothing_if_empty(value: object) -> object:
    """A line that is not filled in sets nothing: `KALLBOT_LLM_URL=` in a file of settings."""
    return None if isinstance(value, str) and not value.strip() else value


def without_password(url: HttpUrl | None) -> HttpUrl | None:
    """Only keys are masked where settings are written."""
    if url is not None and (url.username or url.password):
        raise ValueError("leave out user and password, a key goes in a setting of its own")
    return url


def one_line(key: SecretStr | None) -> SecretStr | None:
    """A key without the space around it."""
    if key is None:
        return None
    stripped = key.get_secret_value().strip()
    if not (stripped.isascii() and stripped.isprintable()):
        raise ValueError("a key is one line of ASCII")
    return SecretStr(stripped)
