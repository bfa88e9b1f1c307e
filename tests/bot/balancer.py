"""A load balancer for the webhooks of several bot processes."""

import http.client
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HEADERS = ("Content-Type", "X-Telegram-Bot-Api-Secret-Token")


class Balancer:
    """Hands each request to the next process, or to all of them at once; a context manager.

    A process that cannot be reached is passed over. The answer is the best of those given.
    """

    def __init__(self, ports):
        self.ports = list(ports)
        self.to_all = False
        self.delivered = dict.fromkeys(ports, 0)
        self._turn = itertools.count()
        self._pool = ThreadPoolExecutor(16)
        balancer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name: self.headers[name] for name in _HEADERS if name in self.headers}
                self.send_response(balancer.forward(self.path, body, headers))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/telegram/krok"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._pool.shutdown()

    def forward(self, path, body, headers):
        """Deliver a request; returns the status."""
        ports = list(self.ports)
        if self.to_all:
            given = self._pool.map(lambda port: self._post(port, path, body, headers), ports)
            return min(given)
        start = next(self._turn)
        for place in range(len(ports)):
            status = self._post(ports[(start + place) % len(ports)], path, body, headers)
            if status != 502:
                return status
        return 502

    def _post(self, port, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        except OSError:
            return 502
        except http.client.HTTPException:
            return 502
        finally:
            connection.close()
        if status == 200:
            self.delivered[port] += 1
        return status
