import copy

import pytest
import torch
from transformers import BertConfig, BertModel

from embeddings.fused import FusedLayers, fuse

IDS = torch.tensor([[2, 14, 5, 23, 3], [2, 9, 3, 0, 0]])
MASK = (IDS != 0).long()


def bert(**changed):
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=40,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=48,
        **changed,
    )
    return BertModel(config, add_pooling_layer=False).eval()


def hidden(model):
    with torch.inference_mode():
        return model(input_ids=IDS, attention_mask=MASK).last_hidden_state


def test_fused_layers_compute_what_those_of_the_library_do():
    model = bert()
    expected = hidden(model)
    fuse(model, torch.float32)
    assert isinstance(model.encoder, FusedLayers)
    kept = MASK.bool()
    torch.testing.assert_close(hidden(model)[kept], expected[kept], atol=1e-5, rtol=1e-5)


def test_padding_changes_nothing():
    model = bert()
    fuse(model, torch.float32)
    with torch.inference_mode():
        alone = model(input_ids=IDS[1:, :3]).last_hidden_state
    torch.testing.assert_close(hidden(model)[1:, :3], alone, atol=1e-5, rtol=1e-5)


def test_in_bfloat16_the_result_is_float32_and_nearly_the_same():
    model = bert()
    expected = hidden(model)
    fuse(model, torch.bfloat16)
    found = hidden(model)
    assert found.dtype == torch.float32
    likeness = torch.cosine_similarity(found, expected, dim=-1)
    assert likeness[MASK.bool()].min() > 0.999


@pytest.mark.parametrize("changed", [{"hidden_act": "relu"}, {"is_decoder": True}])
def test_other_layers_are_left_and_only_cast(changed):
    model = bert(**changed)
    fuse(model, torch.bfloat16)
    assert not isinstance(model.encoder, FusedLayers)
    assert model.encoder.layer[0].output.dense.weight.dtype == torch.bfloat16


@pytest.mark.parametrize(
    "name",
    [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "intermediate.dense",
        "output.dense",
    ],
)
def test_a_weight_can_be_read_and_changed_by_its_name(name):
    model = bert()
    changed = copy.deepcopy(model)
    weight = changed.encoder.layer[1].get_parameter(f"{name}.weight")
    original = weight.detach().clone()
    with torch.no_grad():
        weight.mul_(0.5)
    expected = hidden(changed)
    fuse(model, torch.float32)
    mine = model.encoder.weight(1, name)
    torch.testing.assert_close(mine, original)
    with torch.no_grad():
        mine.mul_(0.5)
    kept = MASK.bool()
    torch.testing.assert_close(hidden(model)[kept], expected[kept], atol=1e-5, rtol=1e-5)
