"""The layers of a BERT encoder (Devlin et al. 2019) as an ONNX model, written here and run by
`embeddings/model/network.py`.

The weights of the products have eight bits, with a scale for each 64 inputs of an output: a quarter
of the size of float32, whose hidden states they keep at a cosine of .9998.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

from embeddings.model.computing import FloatArray
from embeddings.model.network import EPSILON, HIDDEN, LENGTHS, OUTPUT

HEAD: Final = "head"

_BLOCK: Final = 64  # inputs that share a scale
_LARGEST: Final = 127
_QUERY_KEY_VALUE: Final = tuple(f"attention.self.{part}" for part in ("query", "key", "value"))
_MIXED: Final = "attention.output.dense"
_WIDENED: Final = "intermediate.dense"
_NARROWED: Final = "output.dense"
_MICROSOFT: Final = "com.microsoft"
_STANDARD: Final = frozenset({"Add", "DequantizeLinear", "Identity", "MatMul"})
_OPERATORS: Final = (("", 21), (_MICROSOFT, 1))
_FORMAT: Final = 10


def write_layers(weights: Mapping[str, ArrayLike], heads: int, file: Path) -> None:
    """Write layers as an ONNX model.

    `weights` are named as in `BertModel`: `layer.0.attention.self.query.weight`, …; with
    `head.weight`, shape (outputs, width), and `head.bias`, its product is the output.
    """
    graph = _Graph({name: np.asarray(one, np.float32) for name, one in weights.items()}, heads)
    model = helper.make_model(
        graph.build(),
        opset_imports=[helper.make_opsetid(*each) for each in _OPERATORS],
        ir_version=_FORMAT,
    )
    onnx.checker.check_model(model)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(model.SerializeToString(deterministic=True))


def read_layers(file: Path) -> dict[str, FloatArray]:
    """Read the weights that `write_layers` wrote, rounded as they are there."""
    model = onnx.load(file)
    stored = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    weights: dict[str, FloatArray] = {}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear":
            grid, scales = (stored.pop(name).T for name in node.input)
            weights |= _split(node.name, "weight", dequantize(grid, scales))
    for name, tensor in stored.items():
        part, _, kind = name.rpartition(".")
        weights |= _split(part, kind, tensor.T if part == HEAD else tensor)
    return weights


def _split(part: str, kind: str, tensor: FloatArray) -> dict[str, FloatArray]:
    """The tensors that are stored as one: those of query, key and value."""
    layer, is_joint, _ = part.partition(_QUERY_KEY_VALUE[0])
    if not is_joint:
        return {f"{part}.{kind}": tensor}
    return {f"{layer}{name}.{kind}": one
            for name, one in zip(_QUERY_KEY_VALUE, np.split(tensor, 3), strict=True)}  # fmt: skip


def quantize(weight: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """The integers of a weight, shape (outputs, inputs), and the scales of its blocks, shape
    (outputs, blocks)."""
    outputs, inputs = weight.shape
    padded = np.pad(np.abs(weight), ((0, 0), (0, -inputs % _BLOCK)))
    largest = padded.reshape(outputs, -1, _BLOCK).max(axis=2)
    scales = np.maximum(largest / _LARGEST, 1e-12).astype(np.float32)
    return np.rint(weight / _each(scales, inputs)).astype(np.int8), scales


def dequantize(grid: NDArray[np.int8], scales: FloatArray) -> FloatArray:
    """The weight of its integers and scales."""
    return grid * _each(scales, grid.shape[1])


def _each(scales: FloatArray, inputs: int) -> FloatArray:
    """The scale of each weight."""
    return np.repeat(scales, _BLOCK, axis=1)[:, :inputs]


class _Graph:
    """The nodes and weights of layers, added one after another."""

    def __init__(self, weights: Mapping[str, FloatArray], heads: int) -> None:
        self._weights, self._heads = weights, heads
        self._nodes: list[onnx.NodeProto] = []
        self._stored: dict[str, onnx.TensorProto] = {}

    def build(self) -> onnx.GraphProto:
        """The graph from the embedded texts to the output."""
        count = 1 + max(int(name.split(".")[1]) for name in self._weights if name[:6] == "layer.")
        hidden = HIDDEN
        for number in range(count):
            hidden = self._layer(f"layer.{number}", hidden)
        width = len(self._weights["layer.0.output.dense.bias"])
        outputs = width
        if f"{HEAD}.weight" in self._weights:
            outputs = len(self._weights[f"{HEAD}.weight"])
            weight = self._store(f"{HEAD}.weight", self._weights[f"{HEAD}.weight"].T)
            product = self._node("MatMul", [hidden, weight], f"{HEAD}.product")
            hidden = self._node("Add", [product, self._store(f"{HEAD}.bias")], HEAD)
        self._node("Identity", [hidden], OUTPUT)
        texts = ["texts", "tokens"]
        given = [
            helper.make_tensor_value_info(HIDDEN, TensorProto.FLOAT, [*texts, width]),
            helper.make_tensor_value_info(LENGTHS, TensorProto.INT32, texts[:1]),
        ]
        found = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [*texts, outputs])
        return helper.make_graph(self._nodes, "layers", given, [found], [*self._stored.values()])

    def _layer(self, layer: str, hidden: str) -> str:
        """Self-attention and the two products after it, each with residual sum and norm; returns
        the name of the result, as all methods here do."""
        joint = self._product(layer, _QUERY_KEY_VALUE, hidden)
        parts = [f"{layer}.{part}.part" for part in _QUERY_KEY_VALUE]
        self._nodes.append(
            helper.make_node("Split", [joint], parts, f"{layer}.split", axis=-1, num_outputs=3)
        )
        bias = self._joint_bias(layer)
        attended = self._node("MultiHeadAttention", [*parts, bias, LENGTHS], f"{layer}.attended",
                              num_heads=self._heads)  # fmt: skip
        mixed = self._product(layer, (_MIXED,), attended)
        hidden = self._norm(layer, _MIXED, mixed, hidden)
        widened = self._product(layer, (_WIDENED,), hidden)
        active = self._node("BiasGelu", [widened, self._store(f"{layer}.{_WIDENED}.bias")],
                            f"{layer}.active")  # fmt: skip
        narrowed = self._product(layer, (_NARROWED,), active)
        return self._norm(layer, _NARROWED, narrowed, hidden)

    def _product(self, layer: str, parts: tuple[str, ...], inputs: str) -> str:
        """The projections of the same input as one product, without their biases."""
        name = f"{layer}.{parts[0]}"
        weight = np.concatenate([self._weights[f"{layer}.{part}.weight"] for part in parts])
        grid, scales = quantize(weight)
        stored = [self._store(f"{name}.grid", grid.T), self._store(f"{name}.scales", scales.T)]
        dequantized = self._node("DequantizeLinear", stored, name, axis=0, block_size=_BLOCK)
        return self._node("MatMul", [inputs, dequantized], f"{name}.product")

    def _joint_bias(self, layer: str) -> str:
        biases = [self._weights[f"{layer}.{part}.bias"] for part in _QUERY_KEY_VALUE]
        return self._store(f"{layer}.{_QUERY_KEY_VALUE[0]}.bias", np.concatenate(biases))

    def _norm(self, layer: str, part: str, product: str, hidden: str) -> str:
        """The layer normalisation (Ba et al. 2016) of a product with its bias, and the residual."""
        norm = f"{layer}.{part.removesuffix('dense')}LayerNorm"
        names = (f"{norm}.weight", f"{norm}.bias", f"{layer}.{part}.bias")
        inputs = [product, hidden, *map(self._store, names)]
        return self._node("SkipLayerNormalization", inputs, norm, epsilon=EPSILON)

    def _node(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        """Add an operator with one output, which has its name."""
        domain = "" if operator in _STANDARD else _MICROSOFT
        self._nodes.append(helper.make_node(operator, inputs, [name], name, domain=domain,
                                            **attributes))  # fmt: skip
        return name

    def _store(self, name: str, tensor: NDArray[Any] | None = None) -> str:
        """Add a tensor, by default the weight of this name."""
        stored = self._weights[name] if tensor is None else tensor
        self._stored[name] = numpy_helper.from_array(np.ascontiguousarray(stored), name)
        return name
