"""The settings that the bot is run with."""

from pydantic import ValidationError

from bot.settings import Settings, SettingsError
from bot.telegram.settings import TelegramFields


class BotSettings(TelegramFields, Settings):
    """All of Källbot's settings, those of the Telegram bot included."""


def load_bot_settings() -> BotSettings:
    """The settings from the environment and kallbot.toml; raises SettingsError."""
    try:
        return BotSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"the setting {name} is wrong ({first['msg']}): correct it") from None
