"""Log lines without the token: it is masked in all output, whichever library logs it."""

import logging
import sys
from collections.abc import Iterable
from urllib.parse import unquote

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MASK = "[masked]"


class MaskingFormatter(logging.Formatter):
    """Masks secrets in the formatted line, and thus in messages, arguments and tracebacks."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_FORMAT)
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """Format the record, with every secret masked."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        return line


def secrets_of(uri: str) -> list[str]:
    """The secret parts of a URI that contains a password."""
    user, _, _ = uri.partition("://")[2].rpartition("@")
    password = user.partition(":")[2]
    return [uri, password, unquote(password)]


def set_up_logging(secrets: Iterable[str]) -> None:
    """Log to stderr, with secrets masked and without a line for every request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter(secrets))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("httpx", "httpcore", "aiohttp.access", "telegram", "bm25s"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
