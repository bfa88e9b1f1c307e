"""Detects installed programs that read formats without a library."""

import shutil
from collections.abc import Sequence

OLD_WORD = ("antiword", "catdoc", "soffice")
"""Programs that read Word documents from before 2007, the best first."""
OLD_WORD_REMEDY = "install antiword, catdoc or LibreOffice, or save it as .docx"


def installed(commands: Sequence[str]) -> list[str]:
    """The installed ones among these commands, in order."""
    return [command for command in commands if shutil.which(command) is not None]
