"""The network of the bundled model: a BERT encoder with few, large products, for texts on one core.

It computes what `BertModel` of transformers does (Devlin et al. 2019), with two differences: query,
key and value are one product instead of three, and the weights of the products have one data type
chosen by the caller, so that nothing is cast between them; sums and normalisations stay in float32.
On texts of a few dozen words that takes a third less time, and without the libraries around it a
process starts in half the time (`benchmarks/speed.py`).
"""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Final, Self

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from embeddings.model.computing import bfloat16_is_fast

_WORDS: Final = "embeddings.word_embeddings.weight"
_EPSILON: Final = 1e-12
_ONEDNN: Final = torch.ops.mkldnn


class Bert:
    """Word, position and type embeddings, and layers of self-attention. For inference only;
    thread-safe."""

    def __init__(self, weights: Mapping[str, Tensor], heads: int, dtype: torch.dtype) -> None:
        """`weights` are named as in `BertModel`; the products are computed in `dtype`.

        Only the word embeddings are kept without conversion or copying.
        """
        kind = weights["embeddings.token_type_embeddings.weight"][0]  # of the first type
        self._words = weights[_WORDS]
        self._heads, self._dtype = heads, dtype
        self._positions = weights["embeddings.position_embeddings.weight"] + kind
        self._norm = _Norm(weights, "embeddings.LayerNorm")
        count = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
        self._layers = [
            _Layer(weights, f"encoder.layer.{number}", heads, dtype) for number in range(count)
        ]

    @classmethod
    def load(cls, folder: Path, dtype: torch.dtype) -> Self:
        """Load the network from a folder in the format of transformers.

        Raises OSError, ValueError, KeyError or SafetensorError if it is incomplete.
        """
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        file = folder / "model.safetensors"
        network = cls(load_file(file), config["num_attention_heads"], dtype)
        with safe_open(file, "pt") as again:  # mapped again, to hold no layer twice
            network._words = again.get_tensor(_WORDS)
        return network

    @property
    def width(self) -> int:
        """The length of a token's vector."""
        return self._words.shape[1]

    def hidden(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """The last hidden state of texts, shape (texts, tokens, width), in float32.

        `ids` are the token ids of the texts, shape (texts, tokens); the boolean `mask`, of the same
        shape, is false on padding.
        """
        hidden = self._norm(self._words[ids].float() + self._positions[: ids.shape[1]])
        attended = None if mask is None else mask[:, None, None]
        for layer in self._layers:
            hidden = layer(hidden, attended)
        return hidden

    def with_layers(self, weights: Mapping[str, Tensor]) -> "Bert":
        """A network with these layers, named `layer.0.…` as in `BertModel`, and the same
        embeddings."""
        other = copy(self)
        count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layer."))
        other._layers = [
            _Layer(weights, f"layer.{number}", self._heads, self._dtype) for number in range(count)
        ]
        return other


class _Layer:
    """Self-attention and the two products after it, each with residual sum and norm."""

    def __init__(
        self, weights: Mapping[str, Tensor], name: str, heads: int, dtype: torch.dtype
    ) -> None:
        def linear(*parts: str) -> _Linear:
            return _Linear.of(weights, name, parts, dtype)

        self._heads = heads
        self._attended = linear(*(f"attention.self.{part}" for part in ("query", "key", "value")))
        self._mixed = linear("attention.output.dense")
        self._mixed_norm = _Norm(weights, f"{name}.attention.output.LayerNorm")
        self._widened = linear("intermediate.dense")
        self._narrowed = linear("output.dense")
        self._norm = _Norm(weights, f"{name}.output.LayerNorm")

    def __call__(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """The hidden state after this layer; the mask is true for tokens to attend to."""
        hidden = self._mixed_norm(self._attend(hidden, mask) + hidden)
        return self._norm(self._narrowed(functional.gelu(self._widened(hidden))) + hidden)

    def _attend(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        texts, tokens, width = hidden.shape
        size = width // self._heads
        split = self._attended(hidden).view(texts, tokens, 3, self._heads, size)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind()
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self._mixed(mixed.transpose(1, 2).reshape(texts, tokens, width))


class _Linear:
    """Projections of the same input as one product, in the data type of their weight.

    In bfloat16 the weight is stored in the processor's layout (oneDNN); converting it at every call
    took a third of the time for a short text.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """`weight` has shape (outputs, inputs)."""
        self._dtype, self._bias = weight.dtype, bias
        self._is_packed = weight.dtype is torch.bfloat16 and _can_pack()
        self._weight = _ONEDNN._reorder_linear_weight(weight, None) if self._is_packed else weight

    @classmethod
    def of(
        cls, weights: Mapping[str, Tensor], layer: str, names: Sequence[str], dtype: torch.dtype
    ) -> Self:
        """Load the projections of a layer, by their names in `BertLayer`."""
        weight = torch.cat([weights[f"{layer}.{name}.weight"] for name in names])
        bias = torch.cat([weights[f"{layer}.{name}.bias"] for name in names])
        return cls(weight.to(dtype), bias.to(dtype))

    def __call__(self, inputs: Tensor) -> Tensor:
        inputs = inputs.to(self._dtype)
        if self._is_packed:
            product: Tensor = _ONEDNN._linear_pointwise(
                inputs, self._weight, self._bias, "none", [], ""
            )
            return product
        return functional.linear(inputs, self._weight, self._bias)


@cache
def _can_pack() -> bool:
    """Whether this torch has the operators for oneDNN's layout, which are private, and this
    processor the instructions that they need."""
    return bfloat16_is_fast() and all(
        hasattr(_ONEDNN, name) for name in ("_reorder_linear_weight", "_linear_pointwise")
    )


class _Norm:
    """Layer normalisation (Ba et al. 2016) in float32."""

    def __init__(self, weights: Mapping[str, Tensor], name: str) -> None:
        self._weight = weights[f"{name}.weight"].float().clone()
        self._bias = weights[f"{name}.bias"].float().clone()

    def __call__(self, inputs: Tensor) -> Tensor:
        shape = self._weight.shape
        return functional.layer_norm(inputs.float(), shape, self._weight, self._bias, _EPSILON)
