import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from embeddings.model.layers import HEAD, read_layers, write_layers
from embeddings.model.network import Embeddings, Layers

IDS = np.array([[2, 14, 5, 23, 3], [2, 9, 3, 0, 0]])
LENGTHS = [5, 3]
MASK = IDS != 0
WIDTH, HEADS = 96, 4  # a block of weights and a half
CLOSE = 0.995  # a cosine; rounding weighs more in a network as small as this


@pytest.fixture(scope="module")
def model():
    """A small network of the library, with weights and norms that differ as trained ones do."""
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=40, hidden_size=WIDTH, num_hidden_layers=3, num_attention_heads=HEADS,
        intermediate_size=160, max_position_embeddings=16, initializer_range=0.2,
    )  # fmt: skip
    found = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for name, parameter in found.named_parameters():
            if "LayerNorm" in name or "bias" in name:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return found


@pytest.fixture(scope="module")
def weights(model):
    """The weights of its layers."""
    return {name: value.numpy() for name, value in model.encoder.state_dict().items()}


@pytest.fixture(scope="module")
def folder(model, weights, tmp_path_factory):
    """Both files of the network."""
    place = tmp_path_factory.mktemp("network")
    model.save_pretrained(place)
    write_layers(weights, HEADS, place / "layers.onnx")
    return place


@pytest.fixture(scope="module")
def embedded(folder):
    return Embeddings(folder / "model.safetensors")(IDS)


@pytest.fixture(scope="module")
def expected(model):
    with torch.inference_mode():
        mask = torch.tensor(MASK).long()
        return model(torch.tensor(IDS), attention_mask=mask).last_hidden_state.numpy()[MASK]


def cosines(found, wanted):
    return (found * wanted).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(wanted, axis=1)


def test_texts_are_embedded_as_by_the_network_of_the_library(model, embedded):
    with torch.inference_mode():
        wanted = model.embeddings(torch.tensor(IDS)).numpy()
    assert embedded == pytest.approx(wanted, abs=1e-5)


def test_embeddings_in_half_of_the_digits_are_read_from_their_file(model, tmp_path, embedded):
    half = BertModel(model.config, add_pooling_layer=False)
    half.load_state_dict(model.state_dict())
    half.half().save_pretrained(tmp_path)
    found = Embeddings(tmp_path / "model.safetensors")
    assert found.width == WIDTH
    assert found(IDS) == pytest.approx(embedded, abs=0.01)
    assert found(IDS).dtype == np.float32


@pytest.mark.parametrize("in_bytes", [False, True])
def test_the_layers_compute_what_those_of_the_library_do(folder, embedded, expected, in_bytes):
    found = Layers(folder / "layers.onnx", in_bytes=in_bytes)(embedded, LENGTHS)[MASK]
    assert found.dtype == np.float32
    assert cosines(found, expected).min() > CLOSE


def test_float32_is_closer_than_bytes(folder, embedded, expected):
    rounded, exact = (
        cosines(Layers(folder / "layers.onnx", in_bytes=one)(embedded, LENGTHS)[MASK], expected)
        for one in (True, False)
    )
    assert exact.mean() > rounded.mean()


def test_padding_changes_nothing(folder, embedded):
    layers = Layers(folder / "layers.onnx")
    together = layers(embedded, LENGTHS)[1, :3]
    assert together == pytest.approx(layers(embedded[1:, :3], [3])[0], abs=1e-5)


def test_weights_come_back_within_half_a_step_of_their_grid(folder, weights):
    back = read_layers(folder / "layers.onnx")
    assert back.keys() == weights.keys()
    for name, value in weights.items():
        if value.ndim == 2:
            step = np.abs(value).max(axis=1, keepdims=True) / 127  # of the block is smaller
            assert (np.abs(back[name] - value) <= step / 2 + 1e-6).all(), name
        else:
            assert (back[name] == value).all(), name


def test_what_was_read_is_written_without_further_rounding(folder, tmp_path):
    once = read_layers(folder / "layers.onnx")
    write_layers(once, HEADS, tmp_path / "again.onnx")
    for name, value in read_layers(tmp_path / "again.onnx").items():
        assert value == pytest.approx(once[name], abs=1e-6), name


def test_a_row_of_zeros_comes_back_as_zeros(weights, tmp_path):
    name = "layer.1.output.dense.weight"
    zeroed = weights | {name: np.where(np.arange(WIDTH)[:, None] == 3, 0.0, weights[name])}
    write_layers(zeroed, HEADS, tmp_path / "layers.onnx")
    back = read_layers(tmp_path / "layers.onnx")[name]
    assert not back[3].any()
    assert back[4].any()


def test_a_head_is_computed_on_the_last_hidden_state(weights, tmp_path, embedded, expected):
    random = np.random.default_rng(2)
    head = {f"{HEAD}.weight": random.normal(size=(7, WIDTH)).astype(np.float32),
            f"{HEAD}.bias": random.normal(size=7).astype(np.float32)}  # fmt: skip
    write_layers(weights | head, HEADS, tmp_path / "layers.onnx")
    found = Layers(tmp_path / "layers.onnx")(embedded, LENGTHS)[MASK]
    wanted = expected @ head[f"{HEAD}.weight"].T + head[f"{HEAD}.bias"]
    assert cosines(found, wanted).min() > CLOSE
    back = read_layers(tmp_path / "layers.onnx")
    assert all((back[name] == value).all() for name, value in head.items())
