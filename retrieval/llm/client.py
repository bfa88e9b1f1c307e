"""A client for a language model on an OpenAI-compatible server, with a strict time limit.

It uses httpx instead of the `openai` package: that is 30 MB and takes three times as long to import
for one POST, changes every week, and leaves the differences between servers, which are most of this
module, to its user.
"""

import email.utils
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import httpx
from pydantic import BaseModel, Field

from retrieval.types import Cost

_COMPLETIONS = "/chat/completions"
_MOST_BYTES = 1 << 23  # of a response; a stream has some 300 per token
_MOST_AT_ONCE = 16
_MOST_DIALECTS = 6  # tried for one reply
_NOT_UNDERSTOOD = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY})
_BUSY = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_FIRST_WAIT = 0.5  # seconds before the first retry at a busy server, doubled each time
_CHARACTERS = 4  # per token, if the server does not report usage
_FORMATS: Final = ("json_schema", "json_object", "")

Message = Mapping[str, str]
Hear = Callable[[int], None]
"""Called while the model works, with the number of bytes received so far; in any thread."""


class NoReply(Exception):  # noqa: N818 - never the user's error
    """The model gave no reply: the reason for the log, without anything that was sent, and the
    cost."""

    cost = Cost()


@dataclass(frozen=True, slots=True)
class Completion:
    """The text of a model, and its cost."""

    text: str
    cost: Cost


class Model(Protocol):
    """The interface of a language model."""

    def complete(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        hear: Hear | None = None,
        seconds: float | None = None,
    ) -> Completion:
        """Complete the messages, as JSON of the schema if supported; raises NoReply."""
        ...


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The parameters that a server accepts in addition to the model and the messages."""

    format: str = _FORMATS[0]
    cap: str = "max_tokens"
    temperature: bool = True
    stream: bool = True
    usage: bool = True

    def parameters(self, schema: Mapping[str, Any], most_tokens: int) -> dict[str, Any]:
        """The request parameters for a reply of this schema and length."""
        said: dict[str, Any] = {}
        if self.format == "json_schema":
            named = {"name": "answer", "strict": True, "schema": schema}
            said["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.format:
            said["response_format"] = {"type": self.format}
        if self.cap:
            said[self.cap] = most_tokens
        if self.temperature:
            said["temperature"] = 0
        if self.stream:
            said["stream"] = True
        if self.stream and self.usage:
            said["stream_options"] = {"include_usage": True}
        return said

    def after(self, error: str) -> "_Dialect | None":
        """The dialect to try after an error: without the parameters it names, else the minimal
        one; None after that.

        Servers that use another name for `max_tokens` give it in the error.
        """
        changed = self
        if self.cap == "max_tokens" and "max_completion_tokens" in error:
            changed = replace(changed, cap="max_completion_tokens")
        elif self.cap and self.cap in error:
            changed = replace(changed, cap="")
        if self.temperature and "temperature" in error:
            changed = replace(changed, temperature=False)
        if self.usage and "stream_options" in error:
            changed = replace(changed, usage=False)
        if self.format and any(word in error for word in ("response_format", "json_", "schema")):
            changed = replace(changed, format=_FORMATS[_FORMATS.index(self.format) + 1])
        if changed != self:
            return changed
        return _LEAST if self != _LEAST else None


_LEAST = _Dialect(format="", cap="", temperature=False, stream=False, usage=False)


class _Part(BaseModel):
    type: str = ""
    text: str = ""


class _Message(BaseModel):
    content: str | list[_Part] | None = None


class _Choice(BaseModel):
    message: _Message | None = None
    delta: _Message | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Piece(BaseModel):
    """A chat completion, or a chunk of a streamed one."""

    choices: list[_Choice] = Field(default=[])
    usage: _Usage | None = None
    error: object = None


@dataclass(slots=True)
class _Call:
    """A pending call: its deadline and its cost so far."""

    messages: Sequence[Message]
    schema: Mapping[str, Any]
    hear: Hear
    seconds: float
    began: float = field(default_factory=time.monotonic)
    cost: Cost = field(default_factory=Cost)

    @property
    def left(self) -> float:
        """The seconds left."""
        return self.began + self.seconds - time.monotonic()

    @property
    def late(self) -> NoReply:
        """The error to raise when the time is up."""
        return NoReply(f"did not answer within {self.seconds:g} s")

    def spent(self) -> Cost:
        """The cost so far."""
        return replace(self.cost, seconds=time.monotonic() - self.began)


class LanguageModel:
    """A model on a server; safe to share between threads."""

    def __init__(
        self, url: str, name: str, key: str | None, seconds: float, most_tokens: int = 2000
    ) -> None:
        """`url` ends in `/v1` or `/chat/completions`, with a query if the server needs one; a reply
        may take at most `seconds` and `most_tokens`.

        Raises ValueError or ImportError if the proxy of the environment cannot be used.
        """
        self._url = _address(url)
        self._name = name
        self._seconds = seconds
        self._most_tokens = most_tokens
        self._dialect = _Dialect()
        self._client = httpx.Client(
            headers={
                "Accept-Encoding": "identity",  # so that the byte limit holds
                **_key_headers(self._url, key),
            },
            timeout=seconds,
            limits=httpx.Limits(max_connections=_MOST_AT_ONCE, max_keepalive_connections=0),
        )

    def complete(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        hear: Hear | None = None,
        seconds: float | None = None,
    ) -> Completion:
        """Complete the messages, as JSON of the schema if the server supports that.

        `seconds` may shorten the time limit. Raises NoReply, at the latest when the time is up.
        """
        # httpx limits the time of each read, not of the whole, and a server may send a byte at a
        # time. A thread cannot be stopped, but it need not be waited for.
        limit = min(seconds or self._seconds, self._seconds)
        call = _Call(messages, schema, hear or (lambda _: None), limit)
        future: Future[Completion] = Future()
        threading.Thread(target=self._settle, args=(future, call), daemon=True).start()
        try:
            return future.result(limit)
        except TimeoutError:
            error = call.late
            error.cost = call.spent()
            raise error from None
        except NoReply as error:
            error.cost = call.spent()
            raise

    def _settle(self, future: "Future[Completion]", call: _Call) -> None:
        try:
            future.set_result(self._converse(call))
        except Exception as error:  # raised in the waiting thread
            future.set_exception(error)

    def _converse(self, call: _Call) -> Completion:
        """Ask with all useful parameters, and with fewer if the server rejects them."""
        dialect = self._dialect
        for _ in range(_MOST_DIALECTS):
            status, body = self._ask(call, dialect)
            if status == httpx.codes.OK:
                self._dialect = dialect
                return _completion(body, call)
            simpler = dialect.after(body.decode(errors="replace"))
            if status not in _NOT_UNDERSTOOD or simpler is None:
                break
            dialect = simpler
        raise NoReply(f"answered HTTP {status}")

    def _ask(self, call: _Call, dialect: _Dialect) -> tuple[int, bytes]:
        """Return the status and the body; retries at a busy server while there is time."""
        wait = _FIRST_WAIT
        while True:
            status, body, asked_to_wait = self._post(call, dialect)
            pause = wait if asked_to_wait is None else asked_to_wait
            if status not in _BUSY or pause >= call.left:
                return status, body
            time.sleep(pause)
            wait *= 2

    def _post(self, call: _Call, dialect: _Dialect) -> tuple[int, bytes, float | None]:
        """Return the status, the body, and the wait in seconds that the server asks for; raises
        NoReply."""
        parameters = {
            "model": self._name,
            "messages": call.messages,
            **dialect.parameters(call.schema, self._most_tokens),
        }
        call.cost = replace(call.cost, calls=call.cost.calls + 1)
        call.hear(0)
        # The messages of httpx are not logged, since they may contain the headers.
        try:
            with self._client.stream("POST", self._url, json=parameters) as response:
                return response.status_code, _read(response, call), _asked_wait(response.headers)
        except httpx.TimeoutException:
            raise call.late from None
        except httpx.ConnectError:
            raise NoReply("cannot be reached") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoReply(f"broke off ({type(error).__name__})") from None


def _address(url: str) -> httpx.URL:
    """The address to post to, from either form of the given one."""
    address = httpx.URL(url)
    path = address.path.rstrip("/")
    return address.copy_with(path=path if path.endswith(_COMPLETIONS) else path + _COMPLETIONS)


def _key_headers(address: httpx.URL, key: str | None) -> dict[str, str]:
    """The header with the key; Azure has one of its own."""
    if not key:
        return {}
    if address.host.endswith(".azure.com"):
        return {"api-key": key}
    return {"Authorization": f"Bearer {key}"}


def _asked_wait(headers: httpx.Headers) -> float | None:
    """The seconds after which a busy server asks for a retry, if it says so."""
    said = headers.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return None


def _read(response: httpx.Response, call: _Call) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise NoReply(f"sent more than {_MOST_BYTES} bytes")
        if call.left < 0:
            raise call.late
        if response.status_code == httpx.codes.OK:
            call.hear(len(body))
        if b"data: [DONE]" in body[-len(chunk) - 20 :]:  # some servers leave the connection open
            break
    return bytes(body)


def _completion(body: bytes, call: _Call) -> Completion:
    """The assistant's text in a chat completion, streamed or not; raises NoReply."""
    try:
        pieces = [_Piece.model_validate_json(piece) for piece in _pieces(body)]
    except ValueError:
        raise NoReply("sent no chat completion") from None
    if any(piece.error for piece in pieces):
        raise NoReply("broke off with an error")
    said = [message.content for message in _messages(pieces) if message.content is not None]
    text = "".join(_text_of(content) for content in said)
    if not said:
        raise NoReply("sent no chat completion")
    usage = next((piece.usage for piece in reversed(pieces) if piece.usage), None)
    asked = sum(len(message["content"]) for message in call.messages)
    call.cost = replace(
        call.cost,
        prompt_tokens=usage.prompt_tokens if usage else asked // _CHARACTERS,
        completion_tokens=usage.completion_tokens if usage else len(text) // _CHARACTERS,
    )
    return Completion(text, call.spent())


def _pieces(body: bytes) -> Iterator[bytes]:
    """The JSON objects of a body: the data of server-sent events, or the whole body."""
    lines = body.splitlines()
    events = [line[5:].strip() for line in lines if line.startswith(b"data:")]
    if not events:
        yield body
    yield from (event for event in events if event != b"[DONE]")


def _messages(pieces: Iterable[_Piece]) -> Iterator[_Message]:
    for piece in pieces:
        for choice in piece.choices[:1]:
            message = choice.message or choice.delta
            if message is not None:
                yield message


def _text_of(content: str | list[_Part] | None) -> str:
    """The text of a message's content, without reasoning parts."""
    if isinstance(content, list):
        return "".join(part.text for part in content if part.type == "text")
    return content or ""
