"""The real bot process with fake models, slow if it is to be.

`python telegram_main.py [SECONDS A QUESTION [SECONDS A PASSAGE]]`
"""

import sys
from unittest.mock import patch

from bot.telegram.__main__ import main
from tests.bot.fake_encoder import FakeEncoder
from tests.fakes import SCORER, OverlapReader

if __name__ == "__main__":
    delays = [float(given) for given in sys.argv[1:]]
    with (
        patch("bot.telegram.library.load_reader", lambda _: OverlapReader()),
        patch("retrieval.engine.load_scorer", lambda: SCORER),
    ):
        sys.exit(main(lambda model: FakeEncoder(*delays)))
