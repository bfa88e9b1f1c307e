"""A chat-completions server on loopback that answers well, badly, slowly, or not at all."""

import json
import threading
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """A request as it came; header names in lower case."""

    path: str
    headers: dict
    body: dict

    @cached_property
    def data(self):
        """What the user message holds: the question and the numbered passages."""
        return json.loads(self.body["messages"][-1]["content"])

    def number_of(self, words):
        """The number of the first passage that holds the words, or 0."""
        folded = " ".join(words.split())
        pieces = self.data["stycken"].items()
        found = (int(number) for number, piece in pieces
                 if folded in " ".join(piece["text"].split()))  # fmt: skip
        return next(found, 0)


class ModelServer:
    """Serves while it is entered; `reply` makes the bytes of each response, status line and all."""

    def __init__(self, reply=None):
        self.asked = []
        self.reply = reply
        self.released = threading.Event()

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(server):  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.path, headers, json.loads(self.rfile.read(length)))
                server.asked.append(asked)
                self.close_connection = True
                try:
                    for part in server.reply(asked):
                        self.wfile.write(part)
                        self.wfile.flush()
                except OSError:
                    return  # the client has gone

            def log_message(self, *_):
                pass

        return Handler

    # What a `reply` may be

    def hangs(self, _asked):
        """Accepts the request and says nothing."""
        self.released.wait()
        return []

    def drips_body(self, _asked):
        """A response of which a byte comes now and then."""
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n"
        yield from self._drops()

    def drips_headers(self, _asked):
        """Headers of which a byte comes now and then."""
        yield b"HTTP/1.1 200 OK\r\nX-Drip: "
        yield from self._drops()

    def _drops(self):
        while not self.released.wait(0.02):
            yield b"a"

    def floods(self, _asked):
        """A body without an end."""
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        while not self.released.is_set():
            yield b'{"choices": [' + b" " * 65536


def answers(body, status="200 OK", kind="application/json"):
    """A reply of this body, which bytes are sent as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    return lambda _asked: [head.encode() + content]


def completion(content, **more):
    """A chat completion in which the assistant says `content`."""
    message = {"role": "assistant", "content": content}
    return {"object": "chat.completion", "choices": [{"index": 0, "message": message}], **more}


def streams(*pieces, usage=None, end=b"data: [DONE]\n\n"):
    """A reply whose content comes in pieces, as server-sent events."""
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    chunks += [{"choices": [], "usage": usage}] if usage else []
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    sent = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks]
    return lambda _asked: [head, b": a comment\n\n", *sent, end]


def says(content):
    """A reply in which the assistant says `content`."""
    return answers(completion(content))


def writes(*sentences):
    """A reply of sentences, each a text and its quotes, with the numbers of their passages."""

    def reply(asked):
        return says(written(asked, sentences))(asked)

    return reply


def written(asked, sentences, verdict="answered"):
    """Sentences as the model is told to write them."""
    return json.dumps({"verdict": verdict, "parts": [
        {"text": text, "item": False,
         "quotes": [{"passage": asked.number_of(quote), "quote": quote} for quote in quotes]}
        for text, *quotes in sentences
    ]}, ensure_ascii=False)  # fmt: skip


def judges(verdict, *sentences):
    """A reply of a verdict, with sentences as `writes` has them."""
    return lambda asked: says(written(asked, sentences, verdict))(asked)
