"""Metrics, and the local port on which Prometheus and health checks read them."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from embeddings.system import most_memory
from retrieval.types import Answer

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NOT_READY = frozenset({"starting", "indexing"})
"""The states in /healthz of a bot that will be able to answer."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one process."""

    registry: CollectorRegistry
    index_age: Gauge
    questions: Counter
    refusals: Counter
    errors: Counter
    latency: Histogram
    model_calls: Counter
    model_tokens: Counter
    model_seconds: Histogram
    started: datetime = field(default_factory=lambda: datetime.now().astimezone())


def make_metrics(waiting: Callable[[], int]) -> Metrics:
    """Create the metrics at zero; `waiting` returns the number of waiting questions."""
    registry = CollectorRegistry()
    age = Gauge("kallbot_index_age_seconds", "Age of the index.", registry=registry)
    age.set(math.nan)  # until there is an index
    queue = Gauge("kallbot_questions_waiting", "Questions in the queue.", registry=registry)
    queue.set_function(lambda: float(waiting()))
    return Metrics(
        registry=registry,
        index_age=age,
        questions=Counter("kallbot_questions", "Questions asked.", registry=registry),
        refusals=Counter(
            "kallbot_refusals", "Questions without an answer.", ["outcome"], registry=registry
        ),
        errors=Counter("kallbot_errors", "Incidents.", registry=registry),
        latency=Histogram(
            "kallbot_answer_seconds",
            "From the question's arrival to the answer's delivery.",
            buckets=_BUCKETS,
            registry=registry,
        ),
        model_calls=Counter(
            "kallbot_model_calls", "Calls to the language model.", registry=registry
        ),
        model_tokens=Counter(
            "kallbot_model_tokens", "Tokens that the language model got and wrote.", ["kind"],
            registry=registry,
        ),
        model_seconds=Histogram(
            "kallbot_model_seconds",
            "What an answer waited for the language model; its count is that of the answers.",
            buckets=_BUCKETS,
            registry=registry,
        ),
    )  # fmt: skip


def count_cost(metrics: Metrics, answer: Answer) -> None:
    """Count the language model's cost of an answer."""
    if (cost := answer.cost) is not None:
        metrics.model_calls.inc(cost.calls)
        metrics.model_tokens.labels(kind="prompt").inc(cost.prompt_tokens)
        metrics.model_tokens.labels(kind="completion").inc(cost.completion_tokens)
        metrics.model_seconds.observe(cost.seconds)


def set_index_age(metrics: Metrics, created: Callable[[], str]) -> None:
    """Compute the age of the index from the time that `created` returns."""
    metrics.index_age.set_function(
        lambda: time.time() - datetime.fromisoformat(created()).timestamp()
    )


def count(counter: Counter, **labels: str) -> int:
    """The value of a counter, or of its child with these labels."""
    counted = counter.labels(**labels) if labels else counter
    return int(next(iter(counted.collect())).samples[0].value)


def memory_megabytes() -> int | None:
    """The peak memory of the process in megabytes; None where the system does not report it."""
    most = most_memory()
    return None if most is None else most // 2**20


def make_web(
    metrics: Metrics, health: Callable[[], tuple[bool, dict[str, Any]]]
) -> web.Application:
    """Serve /healthz, /livez and /metrics; `health` returns whether all is well, and the details.

    /healthz is 200 if questions are answered, for choosing a process to send requests to. /livez is
    200 also while the index is built, for restarting a process that hangs.
    """

    async def check(_: web.Request) -> web.Response:
        fine, said = health()
        said = {**said, "time": datetime.now(UTC).isoformat()}
        return web.json_response(said, status=200 if fine else 503)

    async def alive(_: web.Request) -> web.Response:
        fine, said = health()
        return web.json_response(said, status=200 if fine or said["status"] in NOT_READY else 503)

    async def numbers(_: web.Request) -> web.Response:
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": _CONTENT_TYPE})

    application = web.Application()
    application.add_routes(
        [web.get("/healthz", check), web.get("/livez", alive), web.get("/metrics", numbers)]
    )
    return application


async def serve(application: web.Application, address: str, port: int) -> web.AppRunner:
    """Start listening; raises OSError if the port is unavailable."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, address, port).start()
    return runner
