"""Validation of web addresses from documents: a link must lead somewhere."""

from urllib.parse import urlsplit


def web_address(address: str | None) -> str | None:
    """The address, if it is an absolute http or https URL with a host; else None."""
    if not address or not address.isprintable() or any(sign in address for sign in ' <>"'):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError if it is invalid
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.hostname else None
