"""Which programs are installed that read what no library does."""

import shutil
from collections.abc import Sequence

OLD_WORD = ("antiword", "catdoc", "soffice")
"""What reads Word documents of before 2007, the best first."""
OLD_WORD_REMEDY = "install antiword, catdoc or LibreOffice, or save it as .docx"


def installed(commands: Sequence[str]) -> list[str]:
    """Those of some commands that are there, in their order."""
    return [command for command in commands if shutil.which(command) is not None]
