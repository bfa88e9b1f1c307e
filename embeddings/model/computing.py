"""Computing with torch on machines that also run other work."""

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import dtype

FloatArray = NDArray[np.float32]
T = TypeVar("T")

Advance = Callable[[int], None]
"""Called with the number of texts just embedded."""

_BATCH_CHARACTERS: Final = 2048  # padding included; larger batches do not fit in a core's cache
_BATCH_TEXTS: Final = 64


@contextmanager
def computing() -> Iterator[None]:
    """Run torch on one core in this thread, in inference mode.

    Threads that share each layer synchronize after it: that gains nothing on texts as short as
    ours, and costs up to fifty times as much as soon as another process needs a core.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


def give_back_memory() -> None:
    """Return this process's free memory to the system, where Linux's C library holds on to it."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim:
            trim(0)


@cache
def bfloat16_is_fast() -> bool:
    """Whether the processor has bfloat16 instructions; without them it is slower than float32.

    The vectors of the bundled model agree with those of float32 at a cosine of .99998.
    """
    import torch

    if not hasattr(torch.cpu, "get_capabilities"):  # before version 2.11 or so
        return False
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def product_type() -> "dtype":
    """The fastest data type for matrix products on this machine."""
    import torch

    return torch.bfloat16 if bfloat16_is_fast() else torch.float32


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
    from torch import get_num_threads

    vectors = np.empty((len(texts), dimension), np.float32)
    batches = list(batches_by_length([len(text) for text in texts]))
    pool = ThreadPoolExecutor(get_num_threads())
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
