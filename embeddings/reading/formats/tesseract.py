"""Detects Tesseract, the OCR program."""

import shutil
import subprocess
from functools import cache

LANGUAGE = "swe"
REMEDY = "install tesseract-ocr and tesseract-ocr-swe, or run OCR on it"


@cache
def is_available() -> bool:
    """Whether Tesseract is installed with Swedish."""
    command = shutil.which("tesseract")
    if command is None:
        return False
    try:
        process = subprocess.run(  # noqa: S603
            [command, "--list-langs"], capture_output=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return LANGUAGE in process.stdout.decode(errors="replace").split()
