"""Addresses on the web, as documents give them: whoever follows one has to get somewhere."""

from urllib.parse import urlsplit


def web_address(said: str | None) -> str | None:
    """The address, if it is a whole one of http or https with a host; else None."""
    if not said or not said.isprintable() or any(sign in said for sign in ' <>"'):
        return None
    try:
        parts = urlsplit(said)
        _ = parts.port  # raises ValueError where it is none
    except ValueError:
        return None
    return said if parts.scheme in {"http", "https"} and parts.hostname else None
