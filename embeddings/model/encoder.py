"""From texts to vectors: the bundled model or any SentenceTransformer, behind a small interface.

Determining an encoder's name, to detect an index of another model, loads neither.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from embeddings.errors import ModelError
from embeddings.model.bundled import BUNDLED, BUNDLED_NAME, bundled_folder
from embeddings.model.computing import Advance as Advance
from embeddings.model.computing import FloatArray as FloatArray
from embeddings.model.packed import UnpackProgress, silent

if TYPE_CHECKING:
    from embeddings.model.bundled_encoder import BundledEncoder

_SAMPLE_BYTES: Final = 1 << 16
_SAMPLES: Final = 16
_CACHED_QUESTIONS: Final = 64


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


class RememberingEncoder:
    """An encoder that caches the vectors of the last questions, since each is used more than once:
    for what the question wants, and for the nearest passages. Thread-safe."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.embed_query = lru_cache(_CACHED_QUESTIONS)(encoder.embed_query)
        self.embed_passages = encoder.embed_passages


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
    model: str = BUNDLED, cache: Path | None = None, progress: UnpackProgress = silent
) -> Encoder:
    """Load the bundled model, one from a folder, or one from the hub by its name.

    `cache` is the folder to unpack the bundled model in (None: the user's cache); `progress` is
    called while unpacking, if that is needed. Only a hub model that is not in the hub's cache uses
    the network. Raises ModelError if the model cannot be loaded.
    """
    if model == BUNDLED:
        return load_bundled(cache, progress)
    if find_spec("sentence_transformers") is None:
        raise ModelError(
            f'the embedding model "{model}" needs more packages: pip install "kallbot[models]", '
            f'or set the model to "{BUNDLED}"'
        )
    from embeddings.model.sentence_encoder import SentenceEncoder, load_model

    source = str(local_folder(model) or _hub_snapshot(model) or model)
    try:
        loaded = load_model(source)
    except Exception as error:  # each library raises its own
        raise ModelError(_explain(model, source, error)) from error
    return SentenceEncoder(loaded, encoder_name(model))


def load_bundled(cache: Path | None = None, progress: UnpackProgress = silent) -> "BundledEncoder":
    """Load the bundled model; raises ModelError."""
    folder = bundled_folder(cache, progress)
    from embeddings.model.bundled_encoder import BundledEncoder

    try:
        return BundledEncoder(folder)
    except Exception as error:  # each library raises its own
        raise ModelError(
            f"the unpacked embedding model is damaged; delete {folder} and try again "
            f"({_reason(error)})"
        ) from error


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
            digest.update(f"{name}\0{file.stat().st_size}\0".encode(errors="surrogateescape"))
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
