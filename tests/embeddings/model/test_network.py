import pytest
import torch
from transformers import BertConfig, BertModel

from embeddings.model.network import Bert

IDS = torch.tensor([[2, 14, 5, 23, 3], [2, 9, 3, 0, 0]])
MASK = IDS != 0


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


def test_layers_that_were_trained_on_stand_on_the_same_words(model):
    mine = network(model)
    before = mine.hidden(IDS, MASK)
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.add_(0.1 * torch.rand_like(parameter))
    other = mine.with_layers(model.encoder.state_dict())
    assert_same(other.hidden(IDS, MASK)[MASK], expected(model))
    assert torch.equal(mine.hidden(IDS, MASK), before)


def test_layers_may_be_given_in_half_of_the_digits(model):
    weights = model.encoder.state_dict()
    named = {name: value.half() for name, value in weights.items()}
    found = network(model).with_layers(named).hidden(IDS, MASK)[MASK]
    torch.testing.assert_close(found, expected(model), atol=0.01, rtol=0.01)
