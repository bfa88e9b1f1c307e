"""Measure the speed of embedding and answering, each against its peer in the same run.

    python benchmarks/speed.py DATA WORK

DATA holds `swequad-mc-train.json` and `swequad-mc-dev.json`; WORK is a folder for the index. The
peer of the encoder is `SentenceTransformer.encode` in float32 with default settings, on the same
model, cores and texts, alternately. Retrieval on the dev questions shows whether the vectors are as
good.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from bot.settings import bundled_documents
from embeddings.model.bundled import bundled_folder
from embeddings.model.encoder import Encoder, FloatArray, load_encoder
from embeddings.passages.cutting import embedding_text
from embeddings.types import Passage
from evaluation import SpanQuestion, discounted_gain, mean, read_swequad
from training.examples import indexed, swequad

TEXTS: Final = 1200
ROUNDS: Final = 3
STARTS: Final = 3
QUESTION: Final = "Vilka myndigheter deltog 12 april?"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    chosen = parser.parse_args()
    encoder = load_encoder()
    dev = read_swequad(chosen.data / "swequad-mc-dev.json")
    texts = swequad(chosen.data / "swequad-mc-train.json").texts
    texts |= swequad(chosen.data / "swequad-mc-dev.json").texts
    index = indexed(texts, chosen.work / "swequad-mc", encoder)
    passages = index.passages(list(range(len(index))))
    print("| what | peer | Källbot | ratio |\n| --- | --: | --: | --: |")
    embedding(encoder, passages, dev)
    question(encoder, dev)
    start(chosen.work)


# Vectors


class Plain:
    """The model as SentenceTransformer loads and runs it."""

    def __init__(self) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(bundled_folder()), device="cpu").float()

    def passages(self, texts: Sequence[str]) -> FloatArray:
        """The texts' vectors, shape (n, dimension)."""
        return self._encode(list(texts), "passage")

    def question(self, text: str) -> FloatArray:
        """The question's vector, shape (dimension,)."""
        (vector,) = self._encode([text], "query")
        return np.asarray(vector)

    def _encode(self, texts: list[str], prompt: str) -> FloatArray:
        vectors = self._model.encode(
            texts, prompt_name=prompt, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)


def embedding(encoder: Encoder, passages: Sequence[Passage], dev: Sequence[SpanQuestion]) -> None:
    """Measure passages per second, and how well each encoder's vectors find the right passage."""
    plain = Plain()
    drawn = np.random.default_rng(1).choice(len(passages), TEXTS, replace=False)
    texts = [embedding_text(passages[row]) for row in drawn]
    theirs, ours = in_turns(lambda: plain.passages(texts), lambda: encoder.embed_passages(texts))
    print_row("passages a second", TEXTS / theirs, TEXTS / ours, ours_is_more=True)
    every = [embedding_text(passage) for passage in passages]
    theirs = ndcg(plain.passages(every), [plain.question(span.question) for span in dev],
                  passages, dev)  # fmt: skip
    ours = ndcg(encoder.embed_passages(every),
                [encoder.embed_query(span.question) for span in dev], passages, dev)  # fmt: skip
    print_row("nDCG@10 of SweQUAD-MC dev, vectors alone", theirs, ours, ours_is_more=True)


def ndcg(
    vectors: FloatArray, questions: Sequence[FloatArray], passages: Sequence[Passage],
    dev: Sequence[SpanQuestion],
) -> float:  # fmt: skip
    """The mean nDCG@10 of the passage that contains the answer, ranked by the vectors alone."""
    gains = []
    for asked, span in zip(questions, dev, strict=True):
        ranked = [passages[row] for row in np.argsort(-(vectors @ asked))[:10]]
        rank = next((n for n, one in enumerate(ranked, 1) if span.line in one.text), None)
        gains.append(discounted_gain(rank))
    return mean(gains) or 0.0


def question(encoder: Encoder, dev: Sequence[SpanQuestion]) -> None:
    """Measure the milliseconds from a question to its vector."""
    plain = Plain()
    theirs, ours = [], []
    for span in dev:
        theirs.append(timed(partial(plain.question, span.question)))
        ours.append(timed(partial(encoder.embed_query, span.question)))
    print_row("question to vector, median ms",
              1e3 * statistics.median(theirs), 1e3 * statistics.median(ours))  # fmt: skip


def in_turns(theirs: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float]:
    """The shortest time of each in seconds, run alternately."""
    theirs(), ours()
    pairs = [(timed(theirs), timed(ours)) for _ in range(ROUNDS)]
    return min(first for first, _ in pairs), min(second for _, second in pairs)


def timed(work: Callable[[], object]) -> float:
    """The duration of a call in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# Start-up


def start(work: Path) -> None:
    """Measure the seconds from the start of a process to its first answer."""
    kallbot, index = str(Path(sys.executable).parent / "kallbot"), str(work / "seeds")
    run([kallbot, "rebuild", str(bundled_documents()), "--index", index])
    theirs, ours = [], []
    for _ in range(STARTS):
        theirs.append(timed(lambda: run([sys.executable, "-c", "import sentence_transformers"])))
        ours.append(timed(lambda: run([kallbot, "ask", QUESTION, "--index", index])))
    print_row("start to first answer, s (peer: import sentence_transformers)",
              min(theirs), min(ours))  # fmt: skip


def run(command: Sequence[str]) -> None:
    """Run a command with its output discarded and the model hub offline."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def print_row(what: str, theirs: float, ours: float, *, ours_is_more: bool = False) -> None:
    """Print a row of the table; a ratio above 1 is better."""
    ratio = ours / theirs if ours_is_more else theirs / ours
    print(f"| {what} | {theirs:.3g} | {ours:.3g} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
