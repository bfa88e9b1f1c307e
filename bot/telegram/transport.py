"""Requests to the Bot API that tell what a failure means: not sent, answer lost, answer cut."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
from telegram.error import NetworkError
from telegram.ext import ExtBot
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bot.telegram.secrecy import MASK

READ_TIMEOUT = 20.0


class NotSent(NetworkError):  # noqa: N818 - says what happened
    """The request never reached the server; it can be made again."""


class ResponseLost(NetworkError):  # noqa: N818 - says what happened
    """The request was sent and no answer came: it may have been carried out, or not."""


class ResponseCut(ResponseLost):
    """The server said 200, and the rest of its answer was lost."""


class Transport(HTTPXRequest):
    """HTTPXRequest that looks at the status before the body, and names each kind of failure."""

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
        """The status and the body; raises NotSent, ResponseLost or ResponseCut."""
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
        # `from None`: the errors of httpx hold the request, whose URL holds the token.
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise ResponseLost(type(error).__name__) from None
        return response.status_code, await _body(response)


async def _body(response: httpx.Response) -> bytes:
    """The whole body; an answer of 200 that is not whole is ResponseCut."""
    cut = ResponseCut if response.status_code == httpx.codes.OK else ResponseLost
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:  # a page of a proxy, often
        await response.aclose()
        raise cut(f"status {response.status_code}")
    try:
        body = await response.aread()
        if response.status_code == httpx.codes.OK and _is_call(response):
            json.loads(body)
    except (httpx.HTTPError, ValueError) as error:
        raise cut(type(error).__name__) from None
    finally:
        await response.aclose()
    return body


def _is_call(response: httpx.Response) -> bool:
    """Whether this is a method call (POST) and not the download of a file."""
    return response.request.method == "POST"


def make_transport(connections: int) -> Transport:
    """A transport with a pool of so many connections."""
    return Transport(
        connection_pool_size=connections,
        connect_timeout=10.0,
        read_timeout=READ_TIMEOUT,
        write_timeout=READ_TIMEOUT,
        pool_timeout=30.0,
    )


class Client(ExtBot[None]):
    """A bot that gives updates as they came, and whose `repr` does not show its token."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}[{MASK}]"

    async def raw_updates(
        self, offset: int | None, wait: int, kinds: Sequence[str]
    ) -> list[dict[str, Any]]:
        """The updates from `offset` on as JSON objects, after `wait` seconds at most.

        As they came, so that one that the library cannot read does not stop the others.
        """
        asked = {"offset": offset, "timeout": wait, "allowed_updates": list(kinds)}
        given = {name: value for name, value in asked.items() if value is not None}
        found = await self._post("getUpdates", given, read_timeout=wait + READ_TIMEOUT)
        return found if isinstance(found, list) else []


def make_client(token: str, base_url: str) -> Client:
    """The bot at a Bot API server, with a connection of its own for fetching updates."""
    return Client(
        token,
        base_url=base_url,
        base_file_url=f"{base_url.removesuffix('bot')}file/bot",
        request=make_transport(64),
        get_updates_request=make_transport(2),
    )
