"""Bot API requests that distinguish failures: not sent, response lost, response truncated."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
from telegram.error import NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bot.telegram.secrecy import MASK

READ_TIMEOUT = 20.0
_RETRY_MARGIN = 0.1  # seconds; Telegram gives whole ones
_LARGEST_BODY = 32 * 2**20  # bytes; a bot may fetch files of 20 MB
_EXPECTED = {200: "result", 400: "ok", 403: "ok"}
"""What Telegram's responses contain, by status, and those of a proxy do not."""


class NotSent(NetworkError):  # noqa: N818 - says what happened
    """The request never reached the server; it can be repeated."""


class ResponseLost(NetworkError):  # noqa: N818 - says what happened
    """The request was sent but got no response: it may or may not have been executed."""


class ResponseCut(ResponseLost):
    """The server responded with 200, but the rest of the response was lost."""


class Transport(HTTPXRequest):
    """HTTPXRequest that checks the status before the body, and classifies each failure."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send the request and return the status and body; raises NotSent, ResponseLost or
        ResponseCut."""
        given = (connect_timeout, read_timeout, write_timeout, pool_timeout)
        request = self._client.build_request(
            method,
            url,
            headers={"User-Agent": self.USER_AGENT},
            timeout=self._timeout(*given),
            files=request_data.multipart_data if request_data else None,
            data=request_data.json_parameters if request_data else None,
        )
        return await self._exchange(request)

    def _timeout(self, *given: object) -> httpx.Timeout:
        usual = self._client.timeout
        defaults = (usual.connect, usual.read, usual.write, usual.pool)
        chosen = [
            value if value is None or isinstance(value, (int, float)) else default
            for value, default in zip(given, defaults, strict=True)
        ]
        connect, read, write, pool = chosen
        return httpx.Timeout(connect=connect, read=read, write=write, pool=pool)

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        # `from None`: httpx errors contain the request, whose URL contains the token.
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise ResponseLost(type(error).__name__) from None
        return response.status_code, await _body(response)


async def _body(response: httpx.Response) -> bytes:
    """The whole body; raises ResponseCut for an incomplete response with status 200, or one without
    a result, and ResponseLost for an error page that is not Telegram's."""
    cut = ResponseCut if response.status_code == httpx.codes.OK else ResponseLost
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:  # often the error page of a proxy
        await response.aclose()
        raise cut(f"status {response.status_code}")
    try:
        body = await _whole(response)
        expected = _EXPECTED.get(response.status_code) if _is_call(response) else None
        is_whole = expected is None or expected in dict(json.loads(body))
    except (httpx.HTTPError, ValueError, TypeError) as error:
        raise cut(type(error).__name__) from None
    finally:
        await response.aclose()
    if not is_whole:
        raise cut(f"no {expected}")
    return body


async def _whole(response: httpx.Response) -> bytes:
    """The body; raises TelegramError if it is larger than anything that a bot may fetch."""
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _LARGEST_BODY:
            raise TelegramError("the response is too large")
    return bytes(body)


def _is_call(response: httpx.Response) -> bool:
    """Whether this is a method call (POST), not a file download."""
    return response.request.method == "POST"


def retry_delay(error: RetryAfter) -> float:
    """The seconds to wait before a repeated request: what Telegram demands, and a little more."""
    wanted = error.retry_after
    return (wanted if isinstance(wanted, int) else wanted.total_seconds()) + _RETRY_MARGIN


def make_transport(connections: int) -> Transport:
    """Create a transport with a pool of this many connections."""
    return Transport(
        connection_pool_size=connections,
        connect_timeout=10.0,
        read_timeout=READ_TIMEOUT,
        write_timeout=READ_TIMEOUT,
        pool_timeout=30.0,
    )


class Client(ExtBot[None]):
    """A bot that returns updates unparsed, and whose `repr` does not show its token."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}[{MASK}]"

    async def raw_updates(
        self, offset: int | None, wait: int, kinds: Sequence[str]
    ) -> list[dict[str, Any]]:
        """The updates from `offset` on as JSON objects, after at most `wait` seconds.

        They are unparsed, so that one that the library cannot read does not block the others.
        """
        asked = {"offset": offset, "timeout": wait, "allowed_updates": list(kinds)}
        given = {name: value for name, value in asked.items() if value is not None}
        found = await self._post("getUpdates", given, read_timeout=wait + READ_TIMEOUT)
        if not isinstance(found, list):
            raise ResponseLost("no list of updates")
        return [one for one in found if isinstance(one, dict)]


def make_client(token: str, base_url: str) -> Client:
    """Create a bot at a Bot API server, with a separate connection for fetching updates."""
    return Client(
        token,
        base_url=base_url,
        base_file_url=f"{base_url.removesuffix('bot')}file/bot",
        request=make_transport(64),
        get_updates_request=make_transport(2),
    )
