"""A small deterministic encoder: texts with words in common have vectors that are near."""

import hashlib
import os
import signal
import time

import numpy as np

from embeddings.language.words import stems

DIMENSION = 64
CRASH = "Kraschbandicoot"
DEATH = "Dödskallefjäril"


class FakeEncoder:
    """Each stem adds a fixed random direction; `delay` seconds are slept for every question, and
    `passage_delay` for every passage.

    A question with CRASH in it is one that the model cannot take, and one with DEATH in it ends
    the process.
    """

    name = "fake-1"
    dimension = DIMENSION

    def __init__(self, delay: float = 0.0, passage_delay: float = 0.0) -> None:
        self._delay = delay
        self._passage_delay = passage_delay

    def embed_query(self, question):
        time.sleep(self._delay)
        if DEATH in question:
            os.kill(os.getpid(), signal.SIGKILL)
        if CRASH in question:
            raise RuntimeError("the model broke down")
        return self._embed(question)

    def embed_passages(self, texts, advance=None):
        vectors = []
        for text in texts:
            time.sleep(self._passage_delay)
            vectors.append(self._embed(text))
            if advance:
                advance(1)
        return np.stack(vectors)

    def _embed(self, text):
        vector = np.full(DIMENSION, 1e-3, np.float32)
        for stem in stems(text):
            seed = int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4])
            vector += np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
        return vector / np.linalg.norm(vector)
