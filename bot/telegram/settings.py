"""The settings of the Telegram bot: their names, meanings and units."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from bot.setting_values import bot_api_url, nothing_if_empty, webhook_url


def _identities(value: object) -> object:
    """Parse ids: `12, -34` in the environment, a list in kallbot.toml."""
    if isinstance(value, str):
        return [part for part in value.replace(",", " ").split() if part]
    return [value] if isinstance(value, int) else value


def _own(identities: frozenset[int]) -> frozenset[int]:
    """The ids, refused if one is shared by everybody who writes as a chat."""
    if not identities:
        return identities
    # Imported here, since only the bot needs the library.
    from telegram.constants import ChatID

    everybodys = {int(ChatID.ANONYMOUS_ADMIN), int(ChatID.FAKE_CHANNEL), int(ChatID.SERVICE_CHAT)}
    for shared in sorted(identities & everybodys):
        raise ValueError(
            f"{shared} is the id of everybody who writes as a group or a channel, write the id of "
            "the chat"
        )
    return identities


def _connection_uri(uri: SecretStr | None) -> SecretStr | None:
    """Validate the URI; the password must be escaped, since error messages contain the host."""
    if uri is None:
        return None
    scheme, _, rest = uri.get_secret_value().strip().partition("://")
    user, at, _ = rest.rpartition("@")
    if scheme not in {"postgresql", "postgres"} or not rest:
        raise ValueError("it begins with postgresql://")
    if at and any(sign in user for sign in "@/?#"):
        raise ValueError("write @ as %40, / as %2F, ? as %3F and # as %23 in user and password")
    return SecretStr(f"{scheme}://{rest}")


Identities = Annotated[frozenset[int], NoDecode, BeforeValidator(_identities), AfterValidator(_own)]


class TelegramFields(BaseModel):
    """The settings of the bot; mixed into the settings of Källbot."""

    telegram_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias="TELEGRAM_BOT_TOKEN",
        description="The bot's token from BotFather (TELEGRAM_BOT_TOKEN, without prefix).",
    )
    telegram_base_url: Annotated[str, AfterValidator(bot_api_url)] = Field(
        default="https://api.telegram.org/bot",
        description="The Bot API server that the bot talks to, up to and with `/bot`.",
    )
    postgres_uri: Annotated[
        SecretStr | None, BeforeValidator(nothing_if_empty), AfterValidator(_connection_uri)
    ] = Field(
        default=None,
        description="The PostgreSQL database in which several bot processes keep what they "
        "remember, as a connection URI; without it one process keeps it in a file.",
    )
    access: Literal["open", "allowlist"] | None = Field(
        default=None,
        description="Who may ask the Telegram bot: `open` to all, or an `allowlist`.",
    )
    allowed: Identities = Field(
        default=frozenset(),
        description="Ids of the users and chats that may ask when access is `allowlist`.",
    )
    admins: Identities = Field(
        default=frozenset(),
        description="Ids of the users who may update, add and remove documents.",
    )
    telegram_feedback: bool = Field(
        default=True,
        description="Whether 👍 and 👎 are offered and kept, with their question and answer.",
    )
    telegram_history_minutes: int = Field(
        default=720,
        ge=0,
        le=525_600,
        description="How long a question is kept for the questions that follow it, in minutes.",
    )
    telegram_history_questions: int = Field(
        default=5, ge=0, le=100, description="How many earlier questions a follow-up can refer to."
    )
    telegram_questions_per_minute: int = Field(
        default=20, ge=1, le=10_000, description="How many questions one user may ask in a minute."
    )
    telegram_workers: int = Field(
        default=2, ge=1, le=64, description="How many questions are in the engine at a time."
    )
    telegram_messages_per_second: int = Field(
        default=28, ge=1, le=1000, description="Telegram's limit on messages in all (about 30)."
    )
    telegram_chat_interval: float = Field(
        default=1.0,
        ge=0,
        le=3600,
        description="Seconds between two messages to a chat (Telegram asks 1).",
    )
    telegram_group_messages_per_minute: int = Field(
        default=20, ge=1, le=10_000, description="Telegram's limit on messages to a group."
    )
    telegram_webhook_url: Annotated[
        str | None, BeforeValidator(nothing_if_empty), AfterValidator(webhook_url)
    ] = Field(
        default=None,
        description="The public URL that Telegram delivers to; without it the bot polls.",
    )
    telegram_webhook_listen: str = Field(
        default="127.0.0.1", description="The address that the webhook listens on."
    )
    telegram_webhook_port: int = Field(
        default=8443, ge=0, le=65535, description="The port that the webhook listens on."
    )
    telegram_webhook_secret: SecretStr | None = Field(
        default=None,
        description="The secret token of the webhook; by default one made of the bot's token.",
    )
    telegram_metrics_listen: str = Field(
        default="127.0.0.1", description="The address of /healthz, /livez and /metrics."
    )
    telegram_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="The port of /healthz, /livez and /metrics; without it they are not served.",
    )
