"""Computing vectors on machines that also run other work."""

import ctypes
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
T = TypeVar("T")

Advance = Callable[[int], None]
"""Called with the number of texts just embedded."""

_BYTE_PRODUCTS: Final = frozenset({"avx512_vnni", "avx_vnni", "asimddp"})
_BATCH_CHARACTERS: Final = 2048  # padding included; larger batches do not fit in a core's cache
_BATCH_TEXTS: Final = 64


def give_back_memory() -> None:
    """Return this process's free memory to the system, where Linux's C library keeps it.

    After a rebuild of the five examples that is 51 MB of 254 MB.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim:
            trim(0)


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def multiplies_bytes() -> bool:
    """Return whether the processor sums products of bytes in one instruction.

    Those that do compute layers 1.3 times as fast in bytes as in float32, in half of the memory;
    others need 1.7 times as many instructions for the products.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:  # not on macOS and Windows
        return platform.machine() == "arm64"
    return not _BYTE_PRODUCTS.isdisjoint(flags)


def embed_by_length(
    texts: Sequence[str],
    dimension: int,
    embed_batch: Callable[[list[str]], FloatArray],
    advance: Advance | None = None,
) -> FloatArray:
    """Return the vectors of texts in order, shape (n, dimension), with one batch per core at a
    time.

    Texts of similar length go through the model together, to minimize computing on padding.
    """
    vectors = np.empty((len(texts), dimension), np.float32)
    batches = list(batches_by_length([len(text) for text in texts]))
    pool = ThreadPoolExecutor(cores())
    try:
        embedded = pool.map(embed_batch, ([texts[i] for i in batch] for batch in batches))
        for batch, batch_vectors in zip(batches, embedded, strict=True):
            vectors[batch] = batch_vectors
            if advance is not None:
                advance(len(batch))
    finally:
        pool.shutdown(cancel_futures=True)
    return vectors


def batches_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the indices of texts of these lengths (in characters) in batches, the longest first.

    That order makes a progress bar speed up, and memory run out at once or not at all.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    start = 0
    while start < len(order):
        size = _BATCH_CHARACTERS // max(lengths[order[start]], 1)
        end = start + min(max(size, 1), _BATCH_TEXTS)
        yield order[start:end]
        start = end


def cut(tokens: list[T], most: int) -> list[T]:
    """Return the tokens truncated to at most `most`, keeping the end token."""
    return tokens if len(tokens) <= most else [*tokens[: most - 1], tokens[-1]]
