"""A language model behind an OpenAI-compatible server: one POST, answered in time or not at all.

httpx and not the `openai` package: that is one POST for 30 MB and three times the time to import.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import httpx
from pydantic import BaseModel, Field

_COMPLETIONS = "/chat/completions"
_MOST_BYTES = 1 << 18  # of a response; an answer is two sentences and their quotes
_MOST_AT_ONCE = 16
# What a server says that does not know a parameter.
_NOT_UNDERSTOOD = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY})

Message = Mapping[str, str]


class NoReply(Exception):  # noqa: N818 - never an error of the asker's
    """Why there is no reply, in words for the log and without what was sent."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class LanguageModel:
    """A model on a server; safe to share between threads."""

    def __init__(self, url: str, name: str, key: str | None, seconds: float) -> None:
        """`url` ends in `/v1` or in `/v1/chat/completions`; a reply may take so many `seconds`.

        Raises ValueError or ImportError where the proxy of the environment cannot be used.
        """
        self._url = _address(url)
        self._name = name
        self._seconds = seconds
        self._takes_all = True
        self._client = httpx.Client(
            headers={
                "Accept-Encoding": "identity",  # so that a small response is a small reply
                **({"Authorization": f"Bearer {key}"} if key else {}),
            },
            timeout=seconds,
            limits=httpx.Limits(max_connections=_MOST_AT_ONCE, max_keepalive_connections=0),
        )

    def complete(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """What the model says, as JSON of the schema where the server can see to that.

        Raises NoReply, at the latest when the time is up.
        """
        # httpx limits the time for each read and not for all of them, and a server may send a byte
        # at a time. A thread cannot be stopped, but it need not be waited for.
        future: Future[str] = Future()
        deadline = time.monotonic() + self._seconds
        work = threading.Thread(
            target=self._settle, args=(future, messages, schema, deadline), daemon=True
        )
        work.start()
        try:
            return future.result(self._seconds)
        except TimeoutError:
            raise NoReply(_late(self._seconds)) from None

    def _settle(
        self,
        future: "Future[str]",
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        deadline: float,
    ) -> None:
        try:
            future.set_result(self._converse(messages, schema, deadline))
        except Exception as error:  # handed to whoever waits for it
            future.set_exception(error)

    def _converse(
        self, messages: Sequence[Message], schema: Mapping[str, Any], deadline: float
    ) -> str:
        """Ask with all that helps, and again with the least where the server takes no more."""
        least = {"model": self._name, "messages": messages}
        helped = {**least, "temperature": 0, "response_format": _response_format(schema)}
        status, body = self._post(helped if self._takes_all else least, deadline)
        if self._takes_all and status in _NOT_UNDERSTOOD:
            status, body = self._post(least, deadline)
            self._takes_all = status != httpx.codes.OK  # else it was not for what helps
        if status != httpx.codes.OK:
            raise NoReply(f"answered HTTP {status}")
        return _content(body)

    def _post(self, parameters: Mapping[str, Any], deadline: float) -> tuple[int, bytes]:
        """The status, and the body of a success; raises NoReply where there is no whole one."""
        # The messages of httpx are not logged: they may hold the headers.
        try:
            with self._client.stream("POST", self._url, json=parameters) as response:
                is_success = response.status_code == httpx.codes.OK
                return response.status_code, self._read(response, deadline) if is_success else b""
        except httpx.TimeoutException:
            raise NoReply(_late(self._seconds)) from None
        except httpx.ConnectError:
            raise NoReply("cannot be reached") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoReply(f"broke off ({type(error).__name__})") from None

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise NoReply(f"sent more than {_MOST_BYTES} bytes")
            if time.monotonic() > deadline:
                raise NoReply(_late(self._seconds))
        return bytes(body)


def _address(url: str) -> httpx.URL:
    """Where to post, whichever of the two forms of the address was given."""
    address = httpx.URL(url)
    path = address.path.rstrip("/")
    return address.copy_with(path=path if path.endswith(_COMPLETIONS) else path + _COMPLETIONS)


def _response_format(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }


def _content(body: bytes) -> str:
    """What the assistant says in a chat completion."""
    try:
        return _Completion.model_validate_json(body).choices[0].message.content
    except ValueError:
        raise NoReply("sent no chat completion") from None


def _late(seconds: float) -> str:
    return f"did not answer within {seconds:g} s"
