"""Measure how the cost of search grows with the number of passages, against exact search.

    python benchmarks/scale.py DATA WORK
    python benchmarks/scale.py DATA WORK --plot benchmarks/scale.svg

DATA holds `swequad-mc-train.json` and `swequad-mc-dev.json`; WORK is a folder for indexes. The
vectors are drawn around those of the passages of SweQUAD-MC, and the words are theirs with some
changed; the questions are the dev questions. Each size is measured in a process of its own, so
that its memory is its own. The peer of a search is FAISS comparing every vector, in the same run.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import bm25s
import faiss
import numpy as np

from embeddings.encoder import FloatArray, load_encoder
from embeddings.home import Index
from embeddings.vectors import Rows, Vectors
from embeddings.word_index import WordIndex, _indexed_marks
from retrieval.evaluation import read_swequad
from retrieval.question import understand
from retrieval.search import _POOL, Asked, expanded
from retrieval.types import Question
from training.examples import indexed, swequad

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
NEAR: Final = 10
SPREAD: Final = 0.25  # how far a drawn vector is from the real one, as the length of the noise
CHANGED: Final = 0.2  # the share of a passage's marks that come from another one
SEED: Final = 1
HEADS: Final = {
    "passages": "passages", "write_s": "write, s", "load_s": "load, s", "memory_mb": "memory, MB",
    "exact_p95_ms": "exact p95, ms", "nearest_p95_ms": "nearest p95, ms", "ratio": "ratio",
    "recall": f"recall@{NEAR}", "search_p50_ms": "search p50, ms",
    "search_p95_ms": "search p95, ms",
}  # fmt: skip

Figures = dict[str, float]


def main() -> None:
    """Measure every size, print a table, and draw it if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--step", choices=("write", "search"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        step = write if chosen.step == "write" else measure
        print(json.dumps(step(chosen.data, chosen.work, chosen.sizes[0])))
        return
    rows = []
    print(f"| {' | '.join(HEADS.values())} |\n|{' --: |' * len(HEADS)}")
    for size in chosen.sizes:
        figures = {"passages": float(size)}
        for step_name in ("write", "search"):
            figures |= in_its_own_process(chosen.data, chosen.work, size, step_name)
        rows.append(figures)
        print(f"| {' | '.join(f'{figures[name]:.4g}' for name in HEADS)} |", flush=True)
    if chosen.plot:
        draw(rows, chosen.plot)


def in_its_own_process(data: Path, work: Path, size: int, step: str) -> Figures:
    """The figures of one step at one size."""
    command = [sys.executable, __file__, str(data), str(work), "--sizes", str(size), "--step", step]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(ran.stdout.splitlines()[-1])
    return figures


# Writing


def write(data: Path, work: Path, size: int) -> Figures:
    """Write the vectors and the words of so many passages."""
    real = real_index(data, work)
    vectors = drawn_around(real.vectors.at(np.arange(len(real))), size)
    marks = list(changed_marks(real, size))
    folder = work / f"scale-{size}"
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    Vectors.write(folder, vectors)
    bm25 = bm25s.BM25(method="lucene")
    bm25.index(marks, show_progress=False)
    WordIndex(bm25, {}).save(folder / "words")
    return {"write_s": time.perf_counter() - began}


def real_index(data: Path, work: Path) -> Index:
    """The index of SweQUAD-MC."""
    texts = swequad(data / "swequad-mc-train.json").texts
    texts |= swequad(data / "swequad-mc-dev.json").texts
    return indexed(texts, work / "swequad-mc", load_encoder())


def drawn_around(real: FloatArray, size: int) -> FloatArray:
    """As many vectors, shape (size, dimension), each near one of the real ones."""
    draw = np.random.default_rng(SEED)
    vectors = np.empty((size, real.shape[1]), np.float32)
    for start in range(0, size, 10_000):
        part = vectors[start : start + 10_000]
        noise = draw.standard_normal(part.shape, np.float32)
        noise *= SPREAD / np.sqrt(real.shape[1])
        part[:] = real[draw.integers(len(real), size=len(part))] + noise
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def changed_marks(real: Index, size: int) -> Iterator[list[str]]:
    """The marks of as many passages: those of the real ones, some from another."""
    draw = np.random.default_rng(SEED)
    known = [_indexed_marks(passage) or [""] for passage in real.passages([*range(len(real))])]
    for one, other in draw.integers(len(known), size=(size, 2)):
        kept = draw.random(len(known[one])) >= CHANGED
        marks = [mark for mark, keep in zip(known[one], kept, strict=True) if keep]
        yield marks + known[other][: len(known[one]) - len(marks)]


# Searching


def measure(data: Path, work: Path, size: int) -> Figures:
    """Load what was written and search it; memory is the most of the process, model included."""
    encoder = load_encoder()
    questions = [understand(span.question) for span in read_swequad(data / "swequad-mc-dev.json")]
    queries = [encoder.embed_query(expanded(question)) for question in questions]
    folder = work / f"scale-{size}"
    began = time.perf_counter()
    hidden = np.empty(0, np.int64)
    vectors, words = Vectors.read(folder, hidden), WordIndex.load(folder / "words")
    loaded = time.perf_counter() - began
    index: Any = SimpleNamespace(vectors=vectors, words=words, notice_rows=hidden)
    times = [timed(partial(rank, index, asked, query))
             for asked, query in zip(questions, queries, strict=True)]  # fmt: skip
    nearest = [timed(partial(vectors.nearest, query, _POOL)) for query in queries]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    exact, found = exact_search(vectors, np.stack(queries), size)
    recall = [len(set(right) & set(best(vectors, query))) / NEAR
              for query, right in zip(queries, found, strict=True)]  # fmt: skip
    return {
        "load_s": loaded,
        "memory_mb": memory,
        "nearest_p95_ms": p95(nearest),
        "exact_p95_ms": p95(exact),
        "ratio": p95(exact) / p95(nearest),
        "recall": float(np.mean(recall)),
        "search_p50_ms": float(np.median(times)),
        "search_p95_ms": p95(times),
    }


def rank(index: Index, question: Question, query: FloatArray) -> Rows:
    """The rows of the best passages, by vectors and words."""
    return Asked(index, question, query).ranked(_POOL)


def best(vectors: Vectors, query: FloatArray) -> list[int]:
    """The rows nearest to a query, as search finds them and scores them anew."""
    rows = vectors.nearest(query, _POOL)
    nearest: list[int] = rows[np.argsort(-(vectors.at(rows) @ query))][:NEAR].tolist()
    return nearest


def exact_search(
    vectors: Vectors, queries: FloatArray, size: int
) -> tuple[list[float], list[list[int]]]:
    """How long comparing every vector takes, in ms, and the nearest that it finds."""
    flat = faiss.IndexFlatIP(queries.shape[1])
    flat.add(vectors.at(np.arange(size)))
    times = [timed(partial(flat.search, query[None], _POOL)) for query in queries]
    return times, flat.search(queries, NEAR)[1].tolist()


def timed(work: Callable[[], object]) -> float:
    """How many milliseconds some work takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def p95(times: list[float]) -> float:
    """The time that 95 of 100 stay under."""
    return float(np.percentile(times, 95))


def draw(rows: list[Figures], file: Path) -> None:
    """Draw time and memory by the number of passages."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [row["passages"] for row in rows]
    for name in ("exact_p95_ms", "nearest_p95_ms", "search_p95_ms"):
        left.plot(sizes, [row[name] for row in rows], marker="o", label=HEADS[name])
    for name in ("write_s", "load_s"):
        right.plot(sizes, [row[name] for row in rows], marker="o", label=HEADS[name])
    right.plot(sizes, [row["memory_mb"] for row in rows], marker="o", label=HEADS["memory_mb"])
    for axes in (left, right):
        axes.set(xscale="log", yscale="log", xlabel="passages")
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(file)


if __name__ == "__main__":
    main()
