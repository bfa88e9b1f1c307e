"""The layers of a BERT encoder as few large products, for texts of a few dozen words on one core.

The same computation as `BertEncoder` of transformers, with two differences: query, key and value
are one product and not three, and the weights are of one type that the caller chooses, so that
nothing is cast between layers. Sums and normalisations stay in float32. On texts this short the
library's own layers spend a third of the time beside the products (`benchmarks/speed.py`).
"""

import math
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

if TYPE_CHECKING:
    from transformers.models.bert.modeling_bert import BertLayer


def fuse(model: nn.Module, dtype: torch.dtype) -> None:
    """Put fused layers in the place of those of every BERT encoder in a model.

    Of layers of other kinds the linear ones are only cast, as autocast would at every call anew.
    """
    for module in model.modules():
        if isinstance(module, BertModel) and _is_plain(module):
            module.config._attn_implementation = "eager"  # gives the mask as a term of the scores
            module.set_submodule("encoder", FusedLayers(module, dtype))
        elif isinstance(module, nn.Linear):
            module.to(dtype)


def _is_plain(model: BertModel) -> bool:
    config = model.config
    positions = getattr(config, "position_embedding_type", "absolute")
    return config.hidden_act == "gelu" and positions == "absolute" and not config.is_decoder


class FusedLayers(nn.Module):
    """All layers; takes the place of `BertModel.encoder`."""

    def __init__(self, model: BertModel, dtype: torch.dtype) -> None:
        super().__init__()
        layers = cast("list[BertLayer]", model.encoder.layer)
        self.layer = nn.ModuleList(FusedLayer(layer, dtype) for layer in layers)

    def forward(
        self, hidden_states: Tensor, attention_mask: Tensor | None = None, **_: Any
    ) -> BaseModelOutputWithPastAndCrossAttentions:
        """The last hidden state of texts, shape (texts, tokens, width), in float32.

        The mask is added to the scores of the attention.
        """
        for layer in self.layer:
            hidden_states = layer(hidden_states, attention_mask)
        return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=hidden_states)

    def weight(self, layer: int, name: str) -> Tensor:
        """The weight of a projection by its name in `BertLayer`; to write to it changes it here."""
        return cast(FusedLayer, self.layer[layer]).weights()[name]


class FusedLayer(nn.Module):
    """One layer: self-attention and the two products after it, each with its sum and norm."""

    def __init__(self, layer: "BertLayer", dtype: torch.dtype) -> None:
        super().__init__()
        attention = layer.attention
        parts = (attention.self.query, attention.self.key, attention.self.value)
        self.heads = attention.self.num_attention_heads
        self.attended = _linear([part.weight for part in parts], [part.bias for part in parts],
                                dtype)  # fmt: skip
        self.mixed = _copy(attention.output.dense, dtype)
        self.mixed_norm = attention.output.LayerNorm.float()
        self.widened = _copy(layer.intermediate.dense, dtype)
        self.narrowed = _copy(layer.output.dense, dtype)
        self.norm = layer.output.LayerNorm.float()

    def weights(self) -> dict[str, Tensor]:
        """The weights of the projections by their names in `BertLayer`."""
        query, key, value = self.attended.weight.chunk(3)
        return {
            "attention.self.query": query,
            "attention.self.key": key,
            "attention.self.value": value,
            "attention.output.dense": self.mixed.weight,
            "intermediate.dense": self.widened.weight,
            "output.dense": self.narrowed.weight,
        }

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """The hidden state after this layer, of the shape of that before it."""
        hidden = self.mixed_norm(self._attend(hidden, mask) + hidden)
        wide = functional.gelu(self.widened(hidden.to(self.widened.weight.dtype)))
        return cast(Tensor, self.norm(self.narrowed(wide) + hidden))

    def _attend(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        texts, tokens, width = hidden.shape
        size = width // self.heads
        attended = self.attended(hidden.to(self.attended.weight.dtype))
        split = attended.view(texts, tokens, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        query, key, value = split.unbind()
        scores = (query / math.sqrt(size)) @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask
        mixed = torch.softmax(scores, dim=-1).to(value.dtype) @ value
        return cast(Tensor, self.mixed(mixed.transpose(1, 2).reshape(texts, tokens, width)))


def _copy(linear: nn.Linear, dtype: torch.dtype) -> nn.Linear:
    return _linear([linear.weight], [linear.bias], dtype)


def _linear(weights: list[Tensor], biases: list[Tensor], dtype: torch.dtype) -> nn.Linear:
    weight, bias = torch.cat(weights).to(dtype), torch.cat(biases).to(dtype)
    linear = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    linear.weight = nn.Parameter(weight.detach(), requires_grad=False)
    linear.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return linear
