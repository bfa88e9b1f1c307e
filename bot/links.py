"""Links that open a source at the quoted text."""

from urllib.parse import quote as percent

from embeddings.reading.addresses import web_address

_FRAGMENT_WORDS = 5


def source_link(url: str | None, quoted: str) -> str | None:
    """The address with a text fragment, so that the browser opens it at the quote."""
    if (url := web_address(url)) is None:
        return None
    fragment = text_fragment(quoted)
    return url + (fragment.removeprefix("#") if "#" in url else fragment)


def text_fragment(quoted: str) -> str:
    """The text fragment for an address, to open it at the quote; "" if there is none."""
    fragment = ",".join(percent(part, safe="").replace("-", "%2D") for part in _fragment(quoted))
    return f"#:~:text={fragment}" if fragment else ""


def _fragment(quoted: str) -> list[str]:
    """The parts of a text fragment: all of a short quote, else its beginning and end."""
    lines = [line.strip(" •*–-\t") for line in quoted.splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return []
    first, last = lines[0].split(), lines[-1].split()
    if len(lines) == 1 and len(first) <= 2 * _FRAGMENT_WORDS:
        return [" ".join(first)]
    return [" ".join(first[:_FRAGMENT_WORDS]), " ".join(last[-_FRAGMENT_WORDS:])]
