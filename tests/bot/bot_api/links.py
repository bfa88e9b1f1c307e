"""Which URLs Telegram takes for a link, and how it writes them."""

from __future__ import annotations

import re

_WEB = re.compile(
    r"(?i)(?P<scheme>(?P<protocol>https?)://)?(?:[^/?#@\s]*@)?"
    r"(?P<host>\[[0-9a-f:.]+\]|[\w.~!*-]+)(?P<port>:\d{1,5})?(?P<rest>[/?#].*)?"
)
_USER = re.compile(r"(?i)tg:(?://)?user\?(?:.*&)?id=(\d+)")


def checked_link(url: str) -> str | None:
    """The URL as Telegram stores it, or None for one that it drops without a word."""
    url = url.strip()
    if re.match(r"(?i)(tg|ton|tonsite):(//)?\w", url):
        return url
    match = _WEB.fullmatch(url.replace("\n", " "))
    if match is None or ("." not in match["host"] and "[" not in match["host"]):
        return None
    rest = match["rest"] or "/"
    rest = rest if rest.startswith("/") else f"/{rest}"
    rest = "".join(f"%{ord(c):02X}" if c <= " " else c for c in rest)
    protocol = (match["protocol"] or "http").lower()
    return f"{protocol}://{match['host'].lower()}{match['port'] or ''}{rest}"


def mentioned_user(url: str) -> int | None:
    """The id in a `tg://user?id=…` link."""
    match = _USER.fullmatch(url)
    return int(match[1]) if match else None
