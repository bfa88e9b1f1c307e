"""The reasons why files are skipped, as whoever runs the bot reads them."""

import re
from pathlib import Path

import pytest

from bot.wording import problem

ROOT = Path(__file__).parents[2] / "embeddings/reading"
RAISED = re.compile(r'(?:DocumentError\(|"error": |_tell\(\w+, |_NO_FILE = )((?:\s*f?"[^"]*")+)')
SAID = sorted(
    "".join(re.findall(r'"([^"]*)"', found))
    for file in ROOT.rglob("*.py")
    for found in RAISED.findall(file.read_text("utf-8"))
)
WRAPPED = ("{file.name}: {error}", "{_shown(path.name)}: {", "{why}; nothing", "no folder {folder}")


@pytest.mark.parametrize("reason", [one for one in SAID if not one.startswith(WRAPPED)])
def test_every_reason_why_a_file_is_skipped_is_told_in_swedish(reason):
    assert problem(reason)
