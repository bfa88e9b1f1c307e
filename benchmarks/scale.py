"""Measure how the cost of a rebuild and of search grows with the number of passages.

    python benchmarks/scale.py DATA WORK
    python benchmarks/scale.py DATA WORK --plot benchmarks/scale.svg

DATA holds `swequad-mc-train.json` and `swequad-mc-dev.json`; WORK is a folder for documents and
indexes. The documents are text files with those of SweQUAD-MC, repeated with a fifth of their words
changed. They are rebuilt like any folder, except that their vectors are drawn around the real ones
(`benchmarks/speed.py` measures embedding). Then one file is changed, and the next rebuild is
compared with the one from scratch. The questions are the dev questions, and the peer of a search is
exhaustive search with FAISS in the same run. Each step of each size runs in its own process, so
that its memory can be measured.
"""

import argparse
import itertools
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import faiss
import numpy as np

from embeddings.index.home import Folder
from embeddings.index.publishing import FolderIndex, open_index
from embeddings.index.vectors import Rows, Vectors
from embeddings.model.bundled import BUNDLED_NAME
from embeddings.model.encoder import FloatArray, load_encoder
from embeddings.rebuild import rebuild
from evaluation import read_swequad
from retrieval.question import understand
from retrieval.search import _POOL, Search, expanded
from retrieval.types import Question
from training.examples import indexed, swequad

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
NEAR: Final = 10
SPREAD: Final = 0.25  # expected length of the noise added to a real vector
CHANGED: Final = 0.2  # share of a document's words that are replaced
SEED: Final = 1
REAL: Final = "real.npy"
HEADS: Final = {
    "passages": "passages", "rebuild_s": "rebuild, s", "rebuild_mb": "rebuild, MB",
    "change_s": "change, s", "change_mb": "change, MB", "change_ratio": "rebuild / change",
    "index_mb": "on the disk, MB", "load_s": "load, s", "memory_mb": "memory, MB",
    "exact_p95_ms": "exact p95, ms", "nearest_p95_ms": "nearest p95, ms",
    "ratio": "exact / nearest", "recall": f"recall@{NEAR}", "search_p50_ms": "search p50, ms",
    "search_p95_ms": "search p95, ms",
}  # fmt: skip

_WORD: Final = re.compile(r"\w+")

Figures = dict[str, float]


def main() -> None:
    """Measure every size, print a table, and plot it if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        step = STEPS[chosen.step]
        print(json.dumps(step(chosen.work, chosen.sizes[0], chosen.data)))
        return
    prepare(chosen.data, chosen.work, chosen.sizes)
    rows = []
    print(f"| {' | '.join(HEADS.values())} |\n|{' --: |' * len(HEADS)}")
    for size in chosen.sizes:
        figures: Figures = {}
        for step_name in STEPS:
            figures |= in_its_own_process(chosen.data, chosen.work, size, step_name)
        figures["change_ratio"] = figures["rebuild_s"] / figures["change_s"]
        rows.append(figures)
        print(f"| {' | '.join(f'{figures[name]:.4g}' for name in HEADS)} |", flush=True)
    if chosen.plot:
        draw(rows, chosen.plot)


def in_its_own_process(data: Path, work: Path, size: int, step: str) -> Figures:
    """Measure one step at one size in a new process."""
    command = [sys.executable, __file__, str(data), str(work), "--sizes", str(size), "--step", step]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(ran.stdout.splitlines()[-1])
    return figures


# Rebuilding


def measure_rebuild(work: Path, size: int, _: Path) -> Figures:
    """Rebuild an index of `size` passages; memory is the peak of the process, without a model."""
    encoder = DrawnEncoder(np.load(work / REAL))
    home = Folder(work / f"index-{size}")
    shutil.rmtree(home.path, ignore_errors=True)
    began = time.perf_counter()
    documents = work / f"documents-{size}"
    report = rebuild(documents, home, encoder.name, lambda: encoder, lambda *_: None)
    return {
        "passages": float(report.passages),
        "rebuild_s": time.perf_counter() - began,
        "rebuild_mb": most_memory(),
        "index_mb": home.size(home.read_manifest()) / 2**20,
    }


def measure_change(work: Path, size: int, _: Path) -> Figures:
    """Rebuild after adding a paragraph to one file, whose text is restored afterwards."""
    encoder = DrawnEncoder(np.load(work / REAL))
    home = Folder(work / f"index-{size}")
    documents = work / f"documents-{size}"
    changed = min(documents.rglob("*.txt"))
    text = changed.read_text(encoding="utf-8")
    changed.write_text(f"{text}\n\nEtt nytt stycke, som ingen har läst.\n", encoding="utf-8")
    try:
        began = time.perf_counter()
        rebuild(documents, home, encoder.name, lambda: encoder, lambda *_: None)
        return {"change_s": time.perf_counter() - began, "change_mb": most_memory()}
    finally:
        changed.write_text(text, encoding="utf-8")


class DrawnEncoder:
    """Draws a vector for each passage, near one of the real ones."""

    name = BUNDLED_NAME

    def __init__(self, real: FloatArray) -> None:
        """`real` has shape (vectors, dimension)."""
        self.dimension = real.shape[1]
        self._real = real
        self._draw = np.random.default_rng(SEED)

    def embed_passages(
        self, texts: Sequence[str], advance: Callable[[int], None] | None = None
    ) -> FloatArray:
        """A vector for each text, shape (texts, dimension)."""
        vectors = self._draw.standard_normal((len(texts), self.dimension), np.float32)
        vectors *= SPREAD / np.sqrt(self.dimension)
        vectors += self._real[self._draw.integers(len(self._real), size=len(texts))]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        if advance:
            advance(len(texts))
        return vectors

    def embed_query(self, text: str) -> FloatArray:
        """A random vector, independent of the text."""
        vector: FloatArray = self.embed_passages([text])[0]
        return vector


def prepare(data: Path, work: Path, sizes: Sequence[int]) -> None:
    """Write the real vectors, and for each size enough documents for that many passages."""
    files = ("swequad-mc-train.json", "swequad-mc-dev.json")
    texts = {name: text for file in files for name, text in swequad(data / file).texts.items()}
    real = indexed(texts, work / "swequad-mc", load_encoder())
    np.save(work / REAL, real.vectors.at(np.arange(len(real))))
    passages = [len(real.store.rows_of(name)) for name in texts]
    for size in sizes:
        folder = work / f"documents-{size}"
        if not folder.exists():
            begun = folder.with_suffix(".begun")
            shutil.rmtree(begun, ignore_errors=True)
            begun.mkdir()
            write_documents(begun, list(texts.values()), passages, size)
            begun.rename(folder)


def write_documents(folder: Path, texts: Sequence[str], passages: Sequence[int], size: int) -> None:
    """Write the texts repeatedly, each time with other words replaced."""
    every_word = [word for text in texts for word in text.split()]
    draw = random.Random(SEED)
    rounds = itertools.cycle(zip(texts, passages, strict=True))
    written = 0
    for number, (text, count) in enumerate(rounds):
        if written >= size:
            return
        place = folder / f"{number // 1000:04}"
        place.mkdir(exist_ok=True)
        changed = _WORD.sub(
            lambda word: word[0] if draw.random() >= CHANGED else draw.choice(every_word), text
        )
        (place / f"{number:06}.txt").write_text(changed, encoding="utf-8")
        written += count


def most_memory() -> float:
    """The peak memory of the process so far in MB, including mapped files.

    Linux only: the figure of `resource` starts at that of the parent process.
    """
    [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


# Searching


def measure_search(work: Path, size: int, data: Path) -> Figures:
    """Open the rebuilt index and search it; memory is the peak of the process, with the model."""
    encoder = load_encoder()
    questions = [understand(span.question) for span in read_swequad(data / "swequad-mc-dev.json")]
    queries = [encoder.embed_query(expanded(question)) for question in questions]
    began = time.perf_counter()
    index = open_index(work / f"index-{size}", encoder.name)
    loaded = time.perf_counter() - began
    times = [timed(partial(rank, index, asked, query))
             for asked, query in zip(questions, queries, strict=True)]  # fmt: skip
    vectors = index.vectors
    nearest = [timed(partial(vectors.nearest, query, _POOL)) for query in queries]
    memory = most_memory()
    exact, found = exact_search(vectors, np.stack(queries), len(index))
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


def rank(index: FolderIndex, question: Question, query: FloatArray) -> Rows:
    """The rows of the best passages, by vectors and words."""
    return Search(index, question, query).ranked(_POOL)


def best(vectors: Vectors, query: FloatArray) -> list[int]:
    """The rows nearest to a query, as found and rescored by search."""
    rows = vectors.nearest(query, _POOL)
    nearest: list[int] = rows[np.argsort(-(vectors.at(rows) @ query))][:NEAR].tolist()
    return nearest


def exact_search(
    vectors: Vectors, queries: FloatArray, size: int
) -> tuple[list[float], list[list[int]]]:
    """The times of exhaustive search in ms, and the nearest rows it finds."""
    flat = faiss.IndexFlatIP(queries.shape[1])
    flat.add(vectors.at(np.arange(size)))
    times = [timed(partial(flat.search, query[None], _POOL)) for query in queries]
    return times, flat.search(queries, NEAR)[1].tolist()


def timed(work: Callable[[], object]) -> float:
    """The duration of a call in milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def p95(times: list[float]) -> float:
    """The 95th percentile of the times."""
    return float(np.percentile(times, 95))


def draw(rows: list[Figures], file: Path) -> None:
    """Plot time and memory by the number of passages."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [row["passages"] for row in rows]
    for name in ("exact_p95_ms", "nearest_p95_ms", "search_p95_ms"):
        left.plot(sizes, [row[name] for row in rows], marker="o", label=HEADS[name])
    for name in ("rebuild_s", "change_s", "load_s", "rebuild_mb", "memory_mb", "index_mb"):
        right.plot(sizes, [row[name] for row in rows], marker="o", label=HEADS[name])
    for axes in (left, right):
        axes.set(xscale="log", yscale="log", xlabel="passages")
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(file)


STEPS: Final = {
    "rebuild": measure_rebuild, "search": measure_search, "change": measure_change
}  # fmt: skip

if __name__ == "__main__":
    main()
