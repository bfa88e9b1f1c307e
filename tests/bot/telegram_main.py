"""The real bot process with the fake encoder: `python telegram_main.py [SECONDS A QUESTION]`."""

import sys

from bot.telegram.__main__ import main
from tests.bot.fake_encoder import FakeEncoder

if __name__ == "__main__":
    delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    sys.exit(main(lambda model: FakeEncoder(delay)))
