"""`python -m bot.telegram`: run the bot with all settings from the environment and kallbot.toml."""

import sys

from bot.settings import SettingsError, load_settings
from bot.telegram.app import run
from bot.telegram.library import LoadEncoder
from embeddings.errors import KallbotError
from embeddings.model.encoder import load_encoder as load_sentence_encoder


def main(load_encoder: LoadEncoder = load_sentence_encoder) -> int:
    """Run the bot; returns the exit status."""
    try:
        run(load_settings(), load_encoder)
    except KallbotError as error:
        print(f"kallbot: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
