"""Validation of web addresses from documents: a link must lead somewhere."""

from urllib.parse import urlsplit


def web_address(said: str | None) -> str | None:
    """The address, if it is an absolute http or https URL with a host; else None."""
    if not said or not said.isprintable() or any(sign in said for sign in ' <>"'):
        return None
    try:
        parts = urlsplit(said)
        _ = parts.port  # raises ValueError if it is invalid
    except ValueError:
        return None
    return said if parts.scheme in {"http", "https"} and parts.hostname else None
