"""The network of the bundled model: a BERT encoder (Devlin et al. 2019) in ONNX Runtime.

The word embeddings, three quarters of the weights, stay in their file, of which the system reads
the rows that texts need. The layers run on one core for each text: threads that share each layer
wait for each other, which gains nothing on texts as short as ours, and costs much as soon as
another process needs a core.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike, NDArray

from embeddings.model.computing import FloatArray, multiplies_bytes

HIDDEN: Final = "hidden"
"""The input of layers: embedded texts, shape (texts, tokens, width)."""
LENGTHS: Final = "lengths"
"""The other input: the number of tokens of each text, shape (texts,); what follows is padding."""
OUTPUT: Final = "output"
"""The last hidden state, shape (texts, tokens, width), or the output of a head on it."""

EPSILON: Final = 1e-12
"""Added to a variance before a division by its root, as in BERT."""
_EMBEDDINGS: Final = "embeddings"
_ERRORS_ONLY: Final = 3


class Embeddings:
    """Word, position and type embeddings, in the file of a model; thread-safe."""

    def __init__(self, file: Path) -> None:
        """Open a safetensors file with names as in `BertModel`; raises OSError, ValueError or
        KeyError if it is incomplete."""
        tensors = _Tensors(file)
        kind = tensors[f"{_EMBEDDINGS}.token_type_embeddings.weight"][0]  # of the first type
        self._words = tensors[f"{_EMBEDDINGS}.word_embeddings.weight"]
        self._positions = tensors[f"{_EMBEDDINGS}.position_embeddings.weight"] + kind
        self._weight = np.array(tensors[f"{_EMBEDDINGS}.LayerNorm.weight"])
        self._bias = np.array(tensors[f"{_EMBEDDINGS}.LayerNorm.bias"])

    @property
    def width(self) -> int:
        """The length of a token's vector."""
        return int(self._words.shape[1])

    def __call__(self, ids: NDArray[np.int64]) -> FloatArray:
        """The embedded texts, shape (texts, tokens, width), of token ids, shape (texts, tokens)."""
        total = self._words[ids].astype(np.float32) + self._positions[: ids.shape[1]]
        centred = total - total.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normed: FloatArray = centred / np.sqrt(variance + EPSILON) * self._weight + self._bias
        return normed


class Layers:
    """The layers, and a head on them if the model has one; thread-safe."""

    def __init__(self, file: Path, *, in_bytes: bool | None = None) -> None:
        """Load what `write_layers` wrote; raises an error of ONNX Runtime if it is damaged.

        The products are computed `in_bytes`, with inputs rounded as the weights are, or else in
        float32 with weights of four times the size; by default in what is faster here.
        """
        if in_bytes is None:
            in_bytes = multiplies_bytes()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        options.enable_cpu_mem_arena = False  # keeps what the longest texts took, in every thread
        if not in_bytes:
            options.add_session_config_entry("session.disable_quant_qdq", "1")
        self._session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])

    def __call__(self, hidden: FloatArray, lengths: ArrayLike) -> FloatArray:
        """The output for embedded texts, shape (texts, tokens, outputs); texts have their first
        `lengths` tokens, and the rest is padding."""
        given = {HIDDEN: hidden, LENGTHS: np.asarray(lengths, np.int32)}
        [output] = self._session.run([OUTPUT], given)
        found: FloatArray = output
        return found


class _Tensors:
    """The tensors of a safetensors file, mapped and not read; its own library copies them."""

    _TYPES: Final = {"F16": "<f2", "F32": "<f4"}

    def __init__(self, file: Path) -> None:
        self._file = file
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            self._header = json.loads(opened.read(length))
        self._start = 8 + length

    def __getitem__(self, name: str) -> NDArray[Any]:
        facts = self._header[name]
        start = self._start + facts["data_offsets"][0]
        kind, shape = self._TYPES[facts["dtype"]], tuple(facts["shape"])
        return np.asarray(np.memmap(self._file, kind, "r", start, shape))
