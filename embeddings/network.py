"""The network of the bundled model: a BERT encoder as few large products, for texts on one core.

It computes what `BertModel` of transformers does (Devlin et al. 2019), with two differences: query,
key and value are one product and not three, and the weights of the products are of one type that
the caller chooses, so that nothing is cast between them; sums and normalisations stay in float32.
On texts of a few dozen words that takes a third less time, and without the libraries around it a
process starts in half (`benchmarks/speed.py`).
"""

import json
import math
import re
from collections.abc import Mapping
from copy import copy, deepcopy
from pathlib import Path
from typing import Final, Self

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

_LORA: Final = re.compile(r"layer\.(\d+)\.(.+)\.lora_A$")
_WORDS: Final = "embeddings.word_embeddings.weight"
_EPSILON: Final = 1e-12


class Bert:
    """Word, position and type embeddings, and layers of self-attention. Nothing in it is trained,
    and threads may share it."""

    def __init__(self, weights: Mapping[str, Tensor], heads: int, dtype: torch.dtype) -> None:
        """`weights` are named as in `BertModel`; the products are computed in `dtype`.

        Only those of the words are kept as they are, and not copied.
        """
        kind = weights["embeddings.token_type_embeddings.weight"][0]  # every text is of the first
        self._words = weights[_WORDS]
        self._positions = weights["embeddings.position_embeddings.weight"] + kind
        self._norm = _Norm(weights, "embeddings.LayerNorm")
        count = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
        self._layers = [
            _Layer(weights, f"encoder.layer.{number}", heads, dtype) for number in range(count)
        ]

    @classmethod
    def load(cls, folder: Path, dtype: torch.dtype) -> Self:
        """The network of a folder as transformers writes it.

        Raises OSError, ValueError, KeyError or SafetensorError where it is not whole.
        """
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        file = folder / "model.safetensors"
        network = cls(load_file(file), config["num_attention_heads"], dtype)
        with safe_open(file, "pt") as again:  # mapped apart, so that no layer stays in memory twice
            network._words = again.get_tensor(_WORDS)
        return network

    @property
    def width(self) -> int:
        """The length of a token's vector."""
        return self._words.shape[1]

    def hidden(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """The last hidden state of texts, shape (texts, tokens, width), in float32.

        `ids` are the tokens of the texts, shape (texts, tokens); the boolean `mask` of the same
        shape is false on padding.
        """
        hidden = self._norm(self._words[ids].float() + self._positions[: ids.shape[1]])
        added = None
        if mask is not None:
            added = torch.zeros(mask.shape).masked_fill(~mask, -torch.inf)[:, None, None]
        for layer in self._layers:
            hidden = layer(hidden, added)
        return hidden

    def adapted(self, adapters: Mapping[str, Tensor]) -> "Bert":
        """A network with low-rank adapters (LoRA, Hu et al. 2021) merged into its layers.

        An adapter adds `lora_B @ lora_A` to the weight of its projection; the scale is in `lora_B`.
        What has no adapter is shared.
        """
        other = copy(self)
        changed = {int(match[1]) for name in adapters if (match := _LORA.search(name))}
        other._layers = [deepcopy(layer) if number in changed else layer
                         for number, layer in enumerate(self._layers)]  # fmt: skip
        for name, down in adapters.items():
            if match := _LORA.search(name):
                up = adapters[name.replace("lora_A", "lora_B")]
                weight = other.weight(int(match[1]), match[2])
                weight.copy_(weight.float() + up.float() @ down.float())
        return other

    def weight(self, layer: int, name: str) -> Tensor:
        """The weight of a projection by its name in `BertLayer`; to write to it changes it here."""
        return self._layers[layer].weights()[name]


class _Layer:
    """Self-attention and the two products after it, each with its sum and norm."""

    def __init__(
        self, weights: Mapping[str, Tensor], name: str, heads: int, dtype: torch.dtype
    ) -> None:
        attended = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        self._heads = heads
        self._attended = _Linear(weights, attended, dtype)
        self._mixed = _Linear(weights, [f"{name}.attention.output.dense"], dtype)
        self._mixed_norm = _Norm(weights, f"{name}.attention.output.LayerNorm")
        self._widened = _Linear(weights, [f"{name}.intermediate.dense"], dtype)
        self._narrowed = _Linear(weights, [f"{name}.output.dense"], dtype)
        self._norm = _Norm(weights, f"{name}.output.LayerNorm")

    def weights(self) -> dict[str, Tensor]:
        """The weights of the projections by their names in `BertLayer`."""
        query, key, value = self._attended.weight.chunk(3)
        return {
            "attention.self.query": query,
            "attention.self.key": key,
            "attention.self.value": value,
            "attention.output.dense": self._mixed.weight,
            "intermediate.dense": self._widened.weight,
            "output.dense": self._narrowed.weight,
        }

    def __call__(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """The hidden state after this layer; the mask is added to the scores of the attention."""
        hidden = self._mixed_norm(self._attend(hidden, mask) + hidden)
        return self._norm(self._narrowed(functional.gelu(self._widened(hidden))) + hidden)

    def _attend(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        texts, tokens, width = hidden.shape
        size = width // self._heads
        split = self._attended(hidden).view(texts, tokens, 3, self._heads, size)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind()
        scores = (query / math.sqrt(size)) @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask
        mixed = torch.softmax(scores, dim=-1).to(value.dtype) @ value
        return self._mixed(mixed.transpose(1, 2).reshape(texts, tokens, width))


class _Linear:
    """Projections of the same input as one product, in `dtype`."""

    def __init__(self, weights: Mapping[str, Tensor], names: list[str], dtype: torch.dtype) -> None:
        self.weight = torch.cat([weights[f"{name}.weight"] for name in names]).to(dtype)
        self.bias = torch.cat([weights[f"{name}.bias"] for name in names]).to(dtype)

    def __call__(self, inputs: Tensor) -> Tensor:
        return functional.linear(inputs.to(self.weight.dtype), self.weight, self.bias)


class _Norm:
    """Layer normalisation (Ba et al. 2016) in float32."""

    def __init__(self, weights: Mapping[str, Tensor], name: str) -> None:
        self._weight = weights[f"{name}.weight"].clone()
        self._bias = weights[f"{name}.bias"].clone()

    def __call__(self, inputs: Tensor) -> Tensor:
        shape = self._weight.shape
        return functional.layer_norm(inputs.float(), shape, self._weight, self._bias, _EPSILON)
