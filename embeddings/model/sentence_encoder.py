"""Any SentenceTransformer as an encoder, on machines that also run other work.

It needs the packages of the extra `models`, which take seconds to import, so that only
`load_encoder` imports this module.
"""

import gc
import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache, wraps
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import nn
from transformers.utils import logging as transformers_logging

from embeddings.model.computing import Advance, FloatArray, embed_by_length


class SentenceEncoder:
    """A SentenceTransformer as an Encoder, with the prompts of its own configuration.

    The model truncates a text longer than its limit. Thread-safe.
    """

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        _cast_products(model)
        _tokenize_in_turn(model)
        self.name = name
        self._model = model
        self._query_prompt = find_prompt(model.prompts, "query", "question")
        self._passage_prompt = find_prompt(model.prompts, "passage", "document", "corpus")
        self.dimension = len(self.embed_query("?"))

    def embed_query(self, question: str) -> FloatArray:
        """Return the question's vector, shape (dimension,), of unit length."""
        with _autocasting():
            vector = self._model.encode_query(
                question,
                prompt_name=self._query_prompt,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vector, np.float32)

    def embed_passages(self, texts: Sequence[str], advance: Advance | None = None) -> FloatArray:
        """Return the texts' vectors in order, shape (n, dimension), of unit length."""
        return embed_by_length(texts, self.dimension, self._embed_batch, advance)

    def _embed_batch(self, texts: list[str]) -> FloatArray:
        """Return the vectors of a batch of texts, shape (n, dimension)."""
        with _autocasting():
            vectors = self._model.encode_document(
                texts,
                prompt_name=self._passage_prompt,
                batch_size=len(texts),
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, np.float32)


def find_prompt(prompts: Mapping[str, str | None], *names: str) -> str | None:
    """Return the first of these names that has a non-empty prompt, or None."""
    return next((name for name in names if prompts.get(name)), None)


# Loading


def load_model(source: str) -> SentenceTransformer:
    """Load from a folder or, if `source` is not a folder, from the hub; raises errors of many
    libraries."""
    with _garbage_kept(), _quiet():
        loaded = SentenceTransformer(source, device="cpu", local_files_only=Path(source).is_dir())
    return loaded.float().eval()  # half precision is slow on a CPU


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries from writing warnings, log lines and progress bars while loading."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for name in ("transformers", "sentence_transformers", "huggingface_hub"):
            logger = logging.getLogger(name)
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        _hide_progress_bars(stack)
        yield


def _hide_progress_bars(stack: ExitStack) -> None:
    """Disable the progress bars of transformers and its hub client until the stack unwinds."""
    if transformers_logging.is_progress_bar_enabled():
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        stack.callback(transformers_logging.enable_progress_bar)


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Disable garbage collection in the block, and exclude its objects from later collections.

    Loading creates a million objects, nearly all of which persist: this saves a quarter of the time
    of loading (0.6 s instead of 0.8 s), and 1.2 s at the end of the process.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


# Computing


@contextmanager
def computing() -> Iterator[None]:
    """Run torch on one core in this thread, in inference mode.

    Threads that share each layer synchronize after it: that gains nothing on texts as short as
    ours, and costs up to fifty times as much as soon as another process needs a core.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


@cache
def bfloat16_is_fast() -> bool:
    """Whether the processor has bfloat16 instructions; without them it is slower than float32.

    The vectors of the bundled model agree with those of float32 at a cosine of .99998.
    """
    if not hasattr(torch.cpu, "get_capabilities"):  # before version 2.11 or so
        return False
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def product_type() -> torch.dtype:
    """The fastest data type for matrix products on this machine."""
    return torch.bfloat16 if bfloat16_is_fast() else torch.float32


@contextmanager
def _autocasting() -> Iterator[None]:
    """Compute as in `computing`, in the fastest data type for products."""
    with computing(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_is_fast()):
        yield


def _cast_products(model: nn.Module) -> None:
    """Cast the weights of products once, instead of at every call by autocast."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.to(product_type())


def _tokenize_in_turn(model: SentenceTransformer) -> None:
    """Serialize calls to the tokenizer, which stores the padding of the current call."""
    lock = threading.RLock()
    for step in ("preprocess", "tokenize"):  # the names in versions 6 and 5
        if hasattr(model, step):
            setattr(model, step, _in_turn(getattr(model, step), lock))


def _in_turn(
    function: Callable[..., object], lock: AbstractContextManager[object]
) -> Callable[..., object]:
    """Return `function` wrapped to hold the lock during each call."""

    @wraps(function)
    def locked(*args: object, **kwargs: object) -> object:
        with lock:
            return function(*args, **kwargs)

    return locked
