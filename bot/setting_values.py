"""Validators for the values of settings."""

from pydantic import HttpUrl, SecretStr

from embeddings.reading.addresses import web_address


def nothing_if_empty(value: object) -> object:
    """None for an empty value: `KALLBOT_LLM_URL=` in a settings file sets nothing."""
    return None if isinstance(value, str) and not value.strip() else value


def without_password(url: HttpUrl | None) -> HttpUrl | None:
    """The URL, refused if it contains a password: only keys are masked in output."""
    if url is not None and (url.username or url.password):
        raise ValueError("leave out user and password, a key goes in a setting of its own")
    return url


def bot_api_url(url: str) -> str:
    """The address of a Bot API server, refused if the token, which follows it, would become part of
    its host or port: these are logged."""
    if web_address(f"{url}1:a") is None or not url.partition("://")[2].partition("/")[1]:
        raise ValueError("it is an address such as https://api.telegram.org/bot")
    return url


def webhook_url(url: str | None) -> str | None:
    """The address of a webhook, refused if Telegram would not deliver to it."""
    if url is not None and (web_address(url) is None or not url.startswith("https://")):
        raise ValueError("it is an address that begins with https://")
    return url


def one_line(key: SecretStr | None) -> SecretStr | None:
    """A key without surrounding white space."""
    if key is None:
        return None
    stripped = key.get_secret_value().strip()
    if not (stripped.isascii() and stripped.isprintable()):
        raise ValueError("a key is one line of ASCII")
    return SecretStr(stripped)
