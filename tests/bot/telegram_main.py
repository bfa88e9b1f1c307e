"""The real bot process with fake models: `python telegram_main.py [SECONDS A QUESTION]`."""

import sys
from unittest.mock import patch

from bot.telegram.__main__ import main
from tests.bot.fake_encoder import FakeEncoder
from tests.fakes import SCORER, OverlapReader

if __name__ == "__main__":
    delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    with (
        patch("bot.telegram.library.load_reader", lambda _: OverlapReader()),
        patch("retrieval.engine.load_scorer", lambda: SCORER),
    ):
        sys.exit(main(lambda model: FakeEncoder(delay)))
