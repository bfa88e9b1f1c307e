"""HTTP: routes, long polling, delivery to a webhook, and faults on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
import time
from concurrent.futures import Future
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from aiohttp import web

from tests.bot.bot_api.arguments import Arguments
from tests.bot.bot_api.errors import ApiError, bad_request, flood_wait
from tests.bot.bot_api.faults import Fault, Faults
from tests.bot.bot_api.methods import Methods, parse_body
from tests.bot.bot_api.model import Call, Json
from tests.bot.bot_api.world import World

CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n"
    "</body>\r\n</html>\r\n"
)
MAX_POLL = 50
CONFLICT_PAUSE = 3.0


class Server:
    """The world behind a port, run by a thread of its own."""

    def __init__(self, world: World, faults: Faults, token: str, port: int) -> None:
        self.world = world
        self.faults = faults
        self.token = token
        self.port = port
        self.methods = Methods(world)
        self.proxies: dict[str, str] = {}
        self.broken: list[Exception] = []
        self.webhook_timeout = 10.0
        self.webhook_pause = 0.2
        self._thread: threading.Thread | None = None
        self._poll: asyncio.Future[str] | None = None
        self._conflict_until = 0.0
        self._previous: tuple[int, float] = (-1, 0.0)
        self._busy: set[str] = set()
        self._not_before: dict[int, tuple[float, float]] = {}

    def start(self) -> None:
        """Listens, and returns when the port is open."""
        ready: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main(ready)), name="bot-api", daemon=True
        )
        self._thread.start()
        ready.result(10)

    def stop(self) -> None:
        """Closes every connection and waits for the thread."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(20)
            self._thread = None

    async def _main(self, ready: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._news, self._post_news = asyncio.Event(), asyncio.Event()
        self.world.on_update = self._wake
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=0.2, handler_cancellation=True
        )
        try:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
            await site.start()
            self.port = runner.addresses[0][1]
        except OSError as error:
            await runner.cleanup()
            ready.set_exception(error)
            return
        async with aiohttp.ClientSession() as session:
            delivery = asyncio.create_task(self._deliver(session))
            ready.set_result(None)
            await self._stopping.wait()
            self.world.on_update = lambda: None
            delivery.cancel()
            await asyncio.gather(delivery, return_exceptions=True)
            await runner.cleanup()

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._news.set()
        self._post_news.set()

    # Requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        match = re.fullmatch(r"/(file/)?bot([^/]*)/(.+)", request.path)
        if match is None or not re.fullmatch(r"\d+:[\w-]{5,80}", match[2]):
            return _answer(404, {"description": "Not Found"})
        if match[2] != self.token:
            return _answer(401, {"description": "Unauthorized"})
        if match[1]:
            return self._file(match[3])
        return await self._call(request, match[3])

    def _file(self, path: str) -> web.Response:
        unique_id = path.removeprefix("documents/file_").split(".")[0]
        with self.world.lock:
            for data, document in self.world.files.values():
                if document["file_unique_id"] == unique_id:
                    return web.Response(body=data, content_type="application/octet-stream")
        return _answer(404, {"description": "Not Found"})

    async def _call(self, request: web.Request, method: str) -> web.StreamResponse:
        call = Call(method, {}, time.monotonic())
        fault = self.faults.next(method)
        call.fault = fault.kind if fault else None
        try:
            arguments = await _arguments(request)
        except ApiError as error:
            return self._finish(call, error)
        except (ConnectionError, web.HTTPException):
            return self._finish(call, bad_request("request is incomplete"))
        call.parameters = arguments.values
        with self.world.lock:
            self.world.calls.append(call)
            self.world.changed.notify_all()
        work = asyncio.ensure_future(self._with_fault(request, call, arguments, fault))
        if method.lower() == "getupdates":
            return await work
        return await asyncio.shield(work)  # what has begun is done, also for a client that left

    async def _with_fault(
        self, request: web.Request, call: Call, arguments: Arguments, fault: Fault | None
    ) -> web.StreamResponse:
        match fault.kind if fault else None:
            case "flood" if fault:
                return self._finish(call, flood_wait(int(fault.seconds)))
            case "internal":
                return self._finish(call, ApiError(500, "Internal Server Error"))
            case "bad_gateway":
                call.status, call.finished = 502, time.monotonic()
                return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
            case "refused" if fault:
                call.status, call.finished = fault.status, time.monotonic()
                return web.Response(status=fault.status, text="<html>", content_type="text/html")
            case "dropped":
                return _dropped(request)
            case "held" if fault:
                await asyncio.sleep(fault.seconds)
        response = await self._perform(call, arguments)
        match fault.kind if fault else None:
            case "delay" if fault:
                await asyncio.sleep(fault.seconds)
            case "dropped_after":
                call.status = None
                return _dropped(request)
            case "half":
                call.status = None
                return await _half(request, response)
            case "empty":
                return web.Response(content_type="application/json")
            case "other":
                return web.Response(
                    text=fault.body, status=fault.status, content_type="application/json"
                )
        return response

    async def _perform(self, call: Call, arguments: Arguments) -> web.Response:
        method = call.method.lower()
        try:
            if method == "getupdates":
                result, note = await self._get_updates(arguments), None
            else:
                with self.world.lock:
                    result, note = self._act(method, arguments)
        except ApiError as error:
            return self._finish(call, error)
        except Exception as error:
            self.broken.append(error)
            return self._finish(call, ApiError(500, "Internal Server Error"))
        call.took_effect, call.result, call.status = True, result, 200
        call.finished = time.monotonic()
        with self.world.lock:
            self.world.changed.notify_all()
        extra = {"description": note} if note else {}
        return _answer(200, {"ok": True, "result": result, **extra})

    def _act(self, method: str, arguments: Arguments) -> tuple[Any, str | None]:
        match method:
            case "setwebhook" | "deletewebhook":
                return True, self._set_webhook(method, arguments)
            case "getwebhookinfo":
                return self._webhook_info(), None
        return self.methods.call(method, arguments), None

    def _finish(self, call: Call, error: ApiError) -> web.Response:
        call.status, call.description = error.code, error.description
        call.finished = time.monotonic()
        with self.world.lock:
            self.world.changed.notify_all()
        extra = {"parameters": error.parameters} if error.parameters else {}
        return _answer(error.code, {"description": error.description, **extra})

    # Long polling

    async def _get_updates(self, arguments: Arguments) -> list[Json]:
        if self.world.webhook.get("url"):
            await self._pause_conflict()
            raise ApiError(409, WEBHOOK_ACTIVE)
        if self._end_poll(CONFLICT):
            await asyncio.sleep(0)
        offset = arguments.integer("offset")
        limit = arguments.integer("limit", 100)
        limit = limit if 1 <= limit <= 100 else 100
        timeout = min(max(arguments.integer("timeout"), 0), MAX_POLL)
        now = time.monotonic()
        if self._previous[0] == offset and now < self._previous[1] + 3:
            timeout = max(timeout, 3)
            limit = 1 if now < self._previous[1] + 0.5 else limit
        self._previous = offset, now
        self._confirm(offset, arguments)
        return await self._poll_until(now + timeout, limit)

    def _confirm(self, offset: int, arguments: Arguments) -> None:
        with self.world.lock:
            if (kinds := arguments.json("allowed_updates", "")) is not None:
                self.world.allowed_updates = kinds
            known = sorted(self.world.pending)
            if offset < 0:
                self.world.acknowledge(known[:offset])
            else:
                self.world.acknowledge([known_id for known_id in known if known_id < offset])

    async def _poll_until(self, deadline: float, limit: int) -> list[Json]:
        poll = self._poll = self._loop.create_future()
        try:
            while True:
                self._news.clear()
                with self.world.lock:
                    updates = list(self.world.pending.values())[:limit]
                left = deadline - time.monotonic()
                if updates or left <= 0:
                    return updates
                news = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({news, poll}, timeout=left, return_when="FIRST_COMPLETED")
                news.cancel()
                if poll.done():
                    await self._pause_conflict()
                    raise ApiError(409, poll.result())
        finally:
            if self._poll is poll:
                self._poll = None

    def _end_poll(self, reason: str) -> bool:
        if self._poll is None or self._poll.done():
            return False
        self._poll.set_result(reason)
        return True

    async def _pause_conflict(self) -> None:
        """Telegram answers one conflict at once and holds those of the next three seconds."""
        now = time.monotonic()
        if now < self._conflict_until and not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONFLICT_PAUSE):
                    await self._stopping.wait()
        else:
            self._conflict_until = now + CONFLICT_PAUSE

    # Webhook

    def _set_webhook(self, method: str, arguments: Arguments) -> str:
        url = arguments.text("url") if method == "setwebhook" else ""
        secret = arguments.text("secret_token")
        if url:
            _check_webhook(url, secret)
        before = self.world.webhook
        if (kinds := arguments.json("allowed_updates", "")) is not None:
            self.world.allowed_updates = kinds
        dropping = arguments.flag("drop_pending_updates")
        if dropping:
            self.world.pending.clear()
        if not dropping and before.get("url", "") == url and before.get("secret", "") == secret:
            return "Webhook is already set" if url else "Webhook is already deleted"
        connections = arguments.integer("max_connections", 40)
        self.world.webhook = {"url": url, "secret": secret, "connections": connections}
        self._not_before.clear()
        if url:
            self._end_poll("Conflict: terminated by setWebhook request")
        self._tell()
        return "Webhook was set" if url else "Webhook was deleted"

    def _webhook_info(self) -> Json:
        hook = self.world.webhook
        info: Json = {
            "url": hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.pending),
        }
        if hook.get("url"):
            info |= {"max_connections": hook["connections"], "ip_address": "127.0.0.1"}
        if self.world.allowed_updates:
            info["allowed_updates"] = self.world.allowed_updates
        return info | hook.get("error", {})

    async def _deliver(self, session: aiohttp.ClientSession) -> None:
        """Posts pending updates, in order for each chat and many chats at a time."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping.is_set():
                with self.world.lock:
                    due, pause = self._due()
                for update in due:
                    self._busy.add(_row(update))
                    task = asyncio.create_task(self._post(session, update))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._post_news.wait()
                self._post_news.clear()
        finally:
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _due(self) -> tuple[list[Json], float]:
        hook, now, pause = self.world.webhook, time.monotonic(), 0.5
        if not hook.get("url"):
            return [], pause
        rows = set(self._busy)
        due = []
        for update in self.world.pending.values():
            row = _row(update)
            wait = self._not_before.get(update["update_id"], (0.0, 0.0))[0] - now
            if row in rows or len(rows) >= hook["connections"]:
                continue
            rows.add(row)
            if wait > 0:
                pause = min(pause, wait)
            else:
                due.append(update)
        return due, pause

    async def _post(self, session: aiohttp.ClientSession, update: Json) -> None:
        hook, update_id = self.world.webhook, update["update_id"]
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook["secret"]} if hook["secret"] else {}
        error = ""
        try:
            async with session.post(
                self._proxied(hook["url"]),
                json=update,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self.webhook_timeout),
                allow_redirects=False,
            ) as response:
                await response.read()
                if not 200 <= response.status < 300:
                    reason = f"{response.status} {response.reason}"
                    error = f"Wrong response from the webhook: {reason}"
        except TimeoutError:
            error = "Read timeout expired"
        except (aiohttp.ClientError, OSError) as failure:
            error = "Connection refused" if isinstance(failure, OSError) else "Connection failed"
        finally:
            self._busy.discard(_row(update))
        self._post_news.set()
        with self.world.lock:
            if not error:
                self._not_before.pop(update_id, None)
                self.world.acknowledge([update_id])
                return
            _, pause = self._not_before.get(update_id, (0.0, self.webhook_pause))
            self._not_before[update_id] = time.monotonic() + pause, min(2 * pause, 5.0)
            date = int(time.time())
            hook["error"] = {"last_error_date": date, "last_error_message": error}

    def _proxied(self, url: str) -> str:
        for public, private in self.proxies.items():
            if url.startswith(public):
                return private + url.removeprefix(public)
        return url


def _check_webhook(url: str, secret: str) -> None:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if parts.scheme != "https" and not local:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not local and parts.port not in (None, 80, 88, 443, 8443):
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[\w-]*", secret, re.ASCII):
        raise bad_request("secret token contains unallowed characters")


def _row(update: Json) -> str:
    """Updates of one row are delivered one after the other."""
    kind, body = next((k, v) for k, v in update.items() if k != "update_id")
    if isinstance(body, dict) and "chat" in body:
        return f"chat {body['chat']['id']}"
    sender = body.get("from", {}).get("id") if isinstance(body, dict) else None
    return f"{kind} {sender}"


async def _arguments(request: web.Request) -> Arguments:
    values: Json = dict(request.query)
    files: dict[str, tuple[str, bytes, str]] = {}
    if request.content_type == "application/json":
        return Arguments(values | parse_body(await request.read()), files)
    if request.content_type.startswith("multipart/"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.filename, value.file.read(), value.content_type
                value.file.close()
            else:
                values[name] = value if isinstance(value, str) else bytes(value).decode()
    else:
        body = (await request.read()).decode("utf-8", "replace")
        values |= dict(parse_qsl(body, keep_blank_values=True, max_num_fields=1000))
    return Arguments(values, files)


def _answer(status: int, body: Json) -> web.Response:
    body = body if status == 200 else {"ok": False, "error_code": status, **body}
    return web.Response(
        status=status, body=json.dumps(body).encode(), content_type="application/json"
    )


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.Request, whole: web.Response) -> web.StreamResponse:
    body = whole.body
    assert isinstance(body, bytes)
    response = web.StreamResponse(status=whole.status)
    response.content_type = "application/json"
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
