import pytest
import torch
from transformers import BertConfig, BertModel

from embeddings.network import Bert

IDS = torch.tensor([[2, 14, 5, 23, 3], [2, 9, 3, 0, 0]])
MASK = IDS != 0
PROJECTIONS = [
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
]


@pytest.fixture
def model():
    """A tiny network of the library."""
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=40, hidden_size=24, num_hidden_layers=3, num_attention_heads=4,
        intermediate_size=48, max_position_embeddings=16,
    )  # fmt: skip
    return BertModel(config, add_pooling_layer=False).eval()


def network(model, dtype=torch.float32):
    return Bert(model.state_dict(), heads=4, dtype=dtype)


def expected(model):
    with torch.inference_mode():
        return model(input_ids=IDS, attention_mask=MASK.long()).last_hidden_state[MASK]


def assert_same(found, wanted):
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


def test_it_computes_what_the_network_of_the_library_does(model):
    assert_same(network(model).hidden(IDS, MASK)[MASK], expected(model))


def test_a_folder_of_the_library_can_be_loaded(model, tmp_path):
    model.save_pretrained(tmp_path)
    loaded = Bert.load(tmp_path, torch.float32)
    assert loaded.width == 24
    assert_same(loaded.hidden(IDS, MASK)[MASK], expected(model))


def test_padding_changes_nothing(model):
    mine = network(model)
    assert_same(mine.hidden(IDS, MASK)[1:, :3], mine.hidden(IDS[1:, :3]))


def test_in_bfloat16_the_result_is_float32_and_nearly_the_same(model):
    found = network(model, torch.bfloat16).hidden(IDS, MASK)[MASK]
    assert found.dtype == torch.float32
    assert torch.cosine_similarity(found, expected(model), dim=-1).min() > 0.999


def adapter(name, down, up):
    return {f"layer.1.{name}.lora_A": down, f"layer.1.{name}.lora_B": up}


@pytest.mark.parametrize("name", PROJECTIONS)
def test_an_adapter_adds_the_product_of_its_parts_to_its_projection(model, name):
    weight = model.encoder.layer[1].get_parameter(f"{name}.weight")
    down, up = torch.rand(2, weight.shape[1]), torch.rand(weight.shape[0], 2)
    adapted = network(model).adapted(adapter(name, down, up))
    with torch.no_grad():
        weight += up @ down
    assert_same(adapted.hidden(IDS, MASK)[MASK], expected(model))


@pytest.mark.parametrize("packed", [True, False])
def test_in_bfloat16_an_adapter_is_merged_too(model, monkeypatch, packed):
    if not packed:
        monkeypatch.setattr("embeddings.network._can_pack", lambda: False)
    change = adapter("attention.self.key", torch.rand(2, 24), torch.rand(24, 2))
    adapted = network(model, torch.bfloat16).adapted(change)
    with torch.no_grad():
        weight = model.encoder.layer[1].attention.self.key.weight
        weight += (
            change["layer.1.attention.self.key.lora_B"]
            @ change["layer.1.attention.self.key.lora_A"]
        )
    likeness = torch.cosine_similarity(adapted.hidden(IDS, MASK)[MASK], expected(model), dim=-1)
    assert likeness.min() > 0.999


def test_the_network_that_is_adapted_stays_as_it_was(model):
    mine = network(model)
    before = mine.hidden(IDS, MASK)
    adapted = mine.adapted(adapter("output.dense", torch.rand(2, 48), torch.rand(24, 2)))
    assert torch.equal(mine.hidden(IDS, MASK), before)
    assert not torch.allclose(adapted.hidden(IDS, MASK), before, atol=0.01)
