"""From texts to vectors: the bundled model or any SentenceTransformer, behind a small interface.

torch and sentence_transformers take seconds to import, so only `load_encoder` imports them;
determining an encoder's name, to detect an index of another model, takes milliseconds.
"""

import gc
import hashlib
import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from embeddings.errors import ModelError
from embeddings.model.bundled import BUNDLED, BUNDLED_NAME, bundled_folder
from embeddings.model.computing import Advance as Advance
from embeddings.model.computing import FloatArray as FloatArray
from embeddings.model.computing import bfloat16_is_fast, computing, embed_by_length, product_type
from embeddings.model.packed import Progress, silent

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch.nn import Module

    from embeddings.model.bundled_encoder import BundledEncoder

_SAMPLE_BYTES: Final = 1 << 16
_SAMPLES: Final = 16
_REMEMBERED: Final = 64  # questions


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their similarity in meaning."""

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
        """Return the texts' vectors in order, shape (n, dimension), of unit length."""
        ...


class SentenceEncoder:
    """A SentenceTransformer as an Encoder, with the prompts of its own configuration.

    The model truncates a text longer than its limit. Thread-safe.
    """

    def __init__(self, model: "SentenceTransformer", name: str) -> None:
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


class RememberingEncoder:
    """An encoder that caches the vectors of the last questions, since each is used more than once:
    for what the question wants, and for the nearest passages. Thread-safe."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.embed_query = lru_cache(_REMEMBERED)(encoder.embed_query)
        self.embed_passages = encoder.embed_passages


def find_prompt(prompts: Mapping[str, str | None], *names: str) -> str | None:
    """Return the first of these names that has a non-empty prompt, or None."""
    return next((name for name in names if prompts.get(name)), None)


# Finding the model


def encoder_name(model: str = BUNDLED) -> str:
    """Return the `name` of this model's encoder, without loading it.

    A hub model that is not yet on this machine has no fingerprint, so its name matches no index.
    Raises ModelError if `model` is the path of a missing folder.
    """
    if model == BUNDLED:
        return BUNDLED_NAME
    if folder := local_folder(model):
        return f"{folder.resolve().name}@{fingerprint(folder)}"
    snapshot = _hub_snapshot(model)
    return f"{model}@{snapshot.name[:12]}" if snapshot else model


def load_encoder(
    model: str = BUNDLED, cache: Path | None = None, progress: Progress = silent
) -> Encoder:
    """Load the bundled model, one from a folder, or one from the hub by its name.

    `cache` is the folder to unpack the bundled model in (None: the user's cache); `progress` is
    called while unpacking, if that is needed. Only a hub model that is not in the hub's cache uses
    the network. Raises ModelError if the model cannot be loaded.
    """
    if model == BUNDLED:
        return load_bundled(cache, progress)
    source = str(local_folder(model) or _hub_snapshot(model) or model)
    with _garbage_kept(), _quiet():
        loaded = _load(source, model)
    return SentenceEncoder(loaded, encoder_name(model))


def load_bundled(cache: Path | None = None, progress: Progress = silent) -> "BundledEncoder":
    """Load the bundled model; raises ModelError."""
    folder = bundled_folder(cache, progress)
    with _garbage_kept():
        from embeddings.model.bundled_encoder import BundledEncoder

        try:
            return BundledEncoder(folder)
        except Exception as error:  # each library raises its own
            raise ModelError(
                f"the unpacked embedding model is damaged; delete {folder} and try again "
                f"({_reason(error)})"
            ) from error


def _load(source: str, model: str) -> "SentenceTransformer":
    """Load from a folder or, if `source` is not a folder, from the hub; raises ModelError."""
    from sentence_transformers import SentenceTransformer

    try:
        loaded = SentenceTransformer(source, device="cpu", local_files_only=Path(source).is_dir())
    except Exception as error:
        raise ModelError(_explain(model, source, error)) from error
    return loaded.float().eval()  # half precision is slow on a CPU


def _explain(model: str, source: str, error: Exception) -> str:
    """Say in one line what went wrong, and what to do."""
    reason = _reason(error)
    if Path(source).is_dir():
        return f'"{model}" is not a whole SentenceTransformer model; mend or replace it ({reason})'
    return (
        f'cannot load the embedding model "{model}" from the hub; check its name and the network, '
        f'or set the model to "{BUNDLED}" ({reason})'
    )


def _reason(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def local_folder(model: str) -> Path | None:
    """Return the folder that `model` names, or None if it is the name of a hub model.

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
    """Return 12 hexadecimal digits that change when a file of the model changes.

    Of a large file only samples are read: retraining changes all of the weights.
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


# Loading and running on machines that also run other work


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
    from transformers.utils import logging as transformers_logging

    if transformers_logging.is_progress_bar_enabled():
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        stack.callback(transformers_logging.enable_progress_bar)


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Disable garbage collection in the block, and exclude its objects from later collections.

    Loading creates a million objects, nearly all of which persist: this saves a fifth of the
    start-up time of a process, and a second or two at its end.
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
def _autocasting() -> Iterator[None]:
    """Compute as in `computing`, in the fastest data type for products."""
    import torch

    with computing(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_is_fast()):
        yield


def _cast_products(model: "Module") -> None:
    """Cast the weights of products once, instead of at every call by autocast."""
    from torch.nn import Linear

    for module in model.modules():
        if isinstance(module, Linear):
            module.to(product_type())


def _tokenize_in_turn(model: "SentenceTransformer") -> None:
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
