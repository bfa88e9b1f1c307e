"""Documents for the bot's tests: the seeds, and some with an address, a date and odd characters."""

import shutil
from pathlib import Path

SEEDS = Path(__file__).parents[2] / "seeds"

BRIDGE = """\
---
title: Ny bro över Klarälven & <sånt>
publisher: Trafikverket
published: 2024-03-05
url: https://example.org/bron
---
# Ny bro över Klarälven & <sånt>

Trafikverket bygger en ny bro över Klarälven vid Forshaga.

Bron över Klarälven invigdes den 4 mars 2024 av landshövding Karin Ek. Bron över Klarälven kostade \
87 miljoner kronor & <allt> var betalt.

Den gamla bron revs samma sommar, enligt projektledaren 👷🏽‍♀️ Åsa Öman.
"""
# A passage has so many words; words this long make the answer longer than a message.
LONG_ITEMS = 12
LONG = "# Protokoll om Långedrag\n\nLångedrag har följande föreningar:\n\n" + "".join(
    f"• Långedrags förening nummer {number} för {'-'.join(['segling'] * 70)}\n"
    for number in range(LONG_ITEMS)
)


def write_documents(folder, *, seeds=True):
    """Write the documents into a folder, and return it."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if seeds:
        for seed in SEEDS.glob("*.txt"):
            shutil.copy(seed, folder)
    (folder / "bron.md").write_text(BRIDGE)
    (folder / "langedrag.md").write_text(LONG)
    return folder


BRIDGE_QUESTION = "Vad kostade bron över Klarälven?"
BRIDGE_ANSWER = "87 miljoner"
SEED_QUESTION = "Vilka myndigheter deltog den 12 april?"
