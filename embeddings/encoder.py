"""From texts to vectors: a SentenceTransformer behind a small interface.

torch and sentence_transformers take seconds to import, so only `load_encoder` imports them; the
name of an encoder, by which an index is known to be of another model, costs milliseconds.
"""

import gc
import hashlib
import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.bundled import BUNDLED, BUNDLED_NAME, Progress, bundled_folder, silent
from embeddings.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding
    from torch import dtype
    from transformers import BertModel

FloatArray = NDArray[np.float32]

Advance = Callable[[int], None]
"""Called with how many texts have just been embedded."""

_BATCH_CHARACTERS: Final = 2048  # padding included; larger batches fall out of a core's cache
_BATCH_TEXTS: Final = 64
_SAMPLE_BYTES: Final = 1 << 16
_SAMPLES: Final = 16


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their likeness in meaning."""

    @property
    def name(self) -> str:
        """Identifies the vectors: the model's name and a fingerprint of its weights."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def embed_query(self, question: str) -> FloatArray:
        """Return the question's vector, shape (dimension,), of unit length."""
        ...

    def embed_passages(self, texts: Sequence[str], advance: Advance | None = None) -> FloatArray:
        """Return the texts' vectors in their order, shape (n, dimension), of unit length."""
        ...


class SentenceEncoder:
    """A SentenceTransformer as an Encoder; the prompts are those of its own configuration.

    A text longer than the model's limit is cut off there, by the model. Threads may share it.
    """

    def __init__(self, model: "SentenceTransformer", name: str) -> None:
        from torch import get_num_threads

        from embeddings.fused import fuse

        fuse(model, compute_type())
        self.name = name
        self._model = model
        self._workers = get_num_threads()
        self._query_prompt = find_prompt(model.prompts, "query", "question")
        self._passage_prompt = find_prompt(model.prompts, "passage", "document", "corpus")
        self._tokenizer_lock = _tokenize_in_turn(model)
        self.dimension = len(self.embed_query("?"))

    @property
    def transformer(self) -> "BertModel":
        """The network beneath, without pooling."""
        network: BertModel = self._model[0].auto_model  # type: ignore[assignment]
        return network

    def tokenize_pairs(
        self, pairs: Sequence[tuple[str, str]], max_tokens: int
    ) -> "Sequence[Encoding]":
        """Return the pairs' tokens, the second text of a pair cut off where it is too long."""
        with self._tokenizer_lock:
            left, right = zip(*pairs, strict=True)
            tokenized = self._model.tokenizer(
                list(left), list(right), truncation="only_second", max_length=max_tokens
            )
        return list(tokenized.encodings)

    def embed_query(self, question: str) -> FloatArray:
        """Return the question's vector, shape (dimension,), of unit length."""
        with computing():
            vector = self._model.encode_query(
                question,
                prompt_name=self._query_prompt,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vector, np.float32)

    def embed_passages(self, texts: Sequence[str], advance: Advance | None = None) -> FloatArray:
        """Return the texts' vectors in their order, shape (n, dimension), of unit length.

        Texts of like length go through the model together, so that little is computed on padding.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        batches = list(batches_by_length([len(text) for text in texts]))
        embedded = self._embed_batches([[texts[i] for i in batch] for batch in batches])
        for batch, batch_vectors in zip(batches, embedded, strict=True):
            vectors[batch] = batch_vectors
            if advance is not None:
                advance(len(batch))
        return vectors

    def _embed_batches(self, batches: Sequence[list[str]]) -> Iterator[FloatArray]:
        """Yield the vectors of each batch, computed on all cores: one batch on each."""
        pool = ThreadPoolExecutor(self._workers)
        try:
            yield from pool.map(self._embed_batch, batches)
        finally:
            pool.shutdown(cancel_futures=True)

    def _embed_batch(self, texts: list[str]) -> FloatArray:
        """Return the vectors of texts that go through the model at once, shape (n, dimension)."""
        with computing():
            vectors = self._model.encode_document(
                texts,
                prompt_name=self._passage_prompt,
                batch_size=len(texts),
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, np.float32)


def find_prompt(prompts: Mapping[str, str | None], *names: str) -> str | None:
    """Return the first of these names that has a prompt that is not empty, or None."""
    return next((name for name in names if prompts.get(name)), None)


def batches_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the indices of texts of these lengths (in characters) in batches, the longest first.

    The longest first, so that a progress bar speeds up and memory runs out at once or not at all.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    start = 0
    while start < len(order):
        size = _BATCH_CHARACTERS // max(lengths[order[start]], 1)
        end = start + min(max(size, 1), _BATCH_TEXTS)
        yield order[start:end]
        start = end


# Finding the model


def encoder_name(model: str = BUNDLED) -> str:
    """Return the `name` that the encoder of this model has, without loading it.

    A model of the hub that is not on this machine yet has no fingerprint, and its name is that of
    no index. Raises ModelError if `model` is the path of a folder that is not there.
    """
    if model == BUNDLED:
        return BUNDLED_NAME
    if folder := local_folder(model):
        return f"{folder.resolve().name}@{fingerprint(folder)}"
    snapshot = _hub_snapshot(model)
    return f"{model}@{snapshot.name[:12]}" if snapshot else model


def load_encoder(
    model: str = BUNDLED, cache: Path | None = None, progress: Progress = silent
) -> SentenceEncoder:
    """Load the bundled model, one from a folder, or one of the hub by its name.

    `cache` is the folder to unpack the bundled model under (None: the user's cache); `progress`
    hears of the unpacking, if there is any to do. Only a hub name that is not in the hub's cache
    reaches for the network. Raises ModelError if the model cannot be loaded.
    """
    if model == BUNDLED:
        source = str(bundled_folder(cache, progress))
    else:
        source = str(local_folder(model) or _hub_snapshot(model) or model)
    with _garbage_kept(), _quiet():
        loaded = _load(source, model)
    return SentenceEncoder(loaded, encoder_name(model))


def _load(source: str, model: str) -> "SentenceTransformer":
    """Load from a folder or, if `source` is no folder, from the hub; ModelError if it fails."""
    from sentence_transformers import SentenceTransformer

    try:
        loaded = SentenceTransformer(source, device="cpu", local_files_only=Path(source).is_dir())
    except Exception as error:
        raise ModelError(_explain(model, source, error)) from error
    return loaded.float().eval()  # half precision is slow on a CPU


def _explain(model: str, source: str, error: Exception) -> str:
    """Say in one line what went wrong, and what to do."""
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    if model == BUNDLED:
        return f"the unpacked embedding model is damaged; delete {source} and try again ({reason})"
    if Path(source).is_dir():
        return f'"{model}" is not a whole SentenceTransformer model; mend or replace it ({reason})'
    return (
        f'cannot load the embedding model "{model}" from the hub; check its name and the network, '
        f'or set the model to "{BUNDLED}" ({reason})'
    )


def local_folder(model: str) -> Path | None:
    """Return the folder that `model` names, or None if it is the name of a model of the hub.

    Raises ModelError if it can only be a path, and there is no such folder.
    """
    path = Path(model).expanduser()
    if model and path.is_dir():
        return path
    if path.exists() or path.is_absolute() or model.startswith(".") or model.count("/") > 1:
        raise ModelError(
            f'there is no folder "{model}"; name the folder of a SentenceTransformer model, '
            f'a model of the hub, or "{BUNDLED}"'
        )
    return None


def _hub_snapshot(model: str) -> Path | None:
    """Return the folder of a hub model in the hub's cache, named after its commit, or None."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    repositories = [model] if "/" in model else [f"sentence-transformers/{model}", model]
    for repository in repositories:
        for file in ("modules.json", "config.json"):
            try:
                found = try_to_load_from_cache(repository, file)
            except HFValidationError:
                return None  # not a possible name; loading it will say so
            if isinstance(found, str):
                return Path(found).parent
    return None


def fingerprint(folder: Path) -> str:
    """Return 12 hexadecimal digits that change when a file of the model does.

    Of a large file only samples are read: another training changes all of the weights.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and not name.startswith(".") and file.suffix != ".md":
            digest.update(f"{name}\0{file.stat().st_size}\0".encode())
            digest.update(_sampled(file))
    return digest.hexdigest()[:12]


def _sampled(file: Path) -> bytes:
    """Return the file's bytes, or samples spread evenly over it if it is large."""
    size = file.stat().st_size
    if size <= _SAMPLES * _SAMPLE_BYTES:
        return file.read_bytes()
    samples = []
    with file.open("rb") as stream:
        for i in range(_SAMPLES):
            stream.seek((size - _SAMPLE_BYTES) * i // (_SAMPLES - 1))
            samples.append(stream.read(_SAMPLE_BYTES))
    return b"".join(samples)


# Loading and running on machines with other work to do


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
    """Switch off the bars of transformers and its hub client until the stack unwinds."""
    from transformers.utils import logging as transformers_logging

    if transformers_logging.is_progress_bar_enabled():
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        stack.callback(transformers_logging.enable_progress_bar)


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Collect no garbage meanwhile, nor ever again look through what the block has made.

    Loading makes a million objects, and nearly all stay: this saves a fifth of the start-up time
    of a process, and a second or two at its end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


@contextmanager
def computing() -> Iterator[None]:
    """Let torch compute on one core in this thread meanwhile, in bfloat16 where that is faster.

    Threads that share the work of each layer wait for each other after it: that gains nothing on
    texts as short as ours, and costs up to fifty times as soon as another process wants a core.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with (
            torch.inference_mode(),
            torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_is_fast()),
        ):
            yield
    finally:
        torch.set_num_threads(threads)


@cache
def bfloat16_is_fast() -> bool:
    """Whether the processor multiplies bfloat16 itself; without that it is slower than float32.

    The vectors of the bundled model agree with those of float32 at a cosine of .99998.
    """
    import torch

    if not hasattr(torch.cpu, "get_capabilities"):  # before version 2.11 or so
        return False
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def compute_type() -> "dtype":
    """The type that products are computed in here."""
    import torch

    return torch.bfloat16 if bfloat16_is_fast() else torch.float32


def _tokenize_in_turn(model: "SentenceTransformer") -> "AbstractContextManager[object]":
    """Let one thread at a time use the tokenizer, which keeps the padding of the call at hand.

    Returns the lock, for those who use it without the model.
    """
    lock = threading.RLock()
    for step in ("preprocess", "tokenize"):  # the names in versions 6 and 5
        if hasattr(model, step):
            setattr(model, step, _in_turn(getattr(model, step), lock))
    return lock


def _in_turn(
    function: Callable[..., object], lock: AbstractContextManager[object]
) -> Callable[..., object]:
    """Return `function`, taking the lock around each call."""

    @wraps(function)
    def locked(*args: object, **kwargs: object) -> object:
        with lock:
            return function(*args, **kwargs)

    return locked
