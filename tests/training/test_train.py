import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from embeddings.bundled import TOKENIZER
from embeddings.tokenizer import Tokenizer, write_tokenizer
from training import train
from training.examples import Example, Reading

WORDS = "query : vem leder skolan i umeå anna berg är rektor stängt ? lunds bibliotek".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny encoder and its tokenizer."""
    place = tmp_path_factory.mktemp("model")
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{word}" for word in WORDS)]
    vocabulary = [(piece, -1.0) for piece in pieces]
    write_tokenizer(place / TOKENIZER, vocabulary, unknown=3, control=(0, 1, 2))
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=4, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config, add_pooling_layer=False).save_pretrained(place)
    return place


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(train, "QUESTIONS", 2)
    monkeypatch.setattr(train, "STEPS", 6)
    monkeypatch.setattr(train, "CHECKPOINT_STEPS", 2)


def reading(text, answer=""):
    start = text.index(answer) if answer else 0
    return Reading(text, 0, start, start + len(answer))


EXAMPLES = [
    Example("a", "vem leder skolan ?", (
        reading("anna berg leder skolan", "anna berg"), reading("lunds bibliotek är stängt"),
    )),
    Example("a", "är bibliotek stängt ?", (reading("skolan i umeå"), reading("anna berg"))),
    Example("a", "vem är rektor ?", (reading("rektor är anna", "anna"), reading("umeå"))),
    Example("a", "skolan i ?", (reading("skolan i umeå", "umeå"), reading("anna"))),
]  # fmt: skip


def weights(trainer):
    return {name: value.detach().clone() for name, value in trainer.model.trained().items()}


def test_a_run_that_was_stopped_goes_on_to_the_same_end(folder, tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = train.Trainer(folder, tmp_path / "whole", EXAMPLES)
    losses = dict(whole.run())

    first = train.Trainer(folder, tmp_path / "parts", EXAMPLES)
    steps = first.run()
    early = dict(next(steps) for _ in range(4))
    steps.close()
    second = train.Trainer(folder, tmp_path / "parts", EXAMPLES)
    late = dict(second.run())

    assert list(late) == [5, 6]
    assert early | late == pytest.approx(losses, rel=1e-4)
    for name, value in weights(whole).items():
        assert torch.allclose(value, weights(second)[name], atol=1e-5), name


def test_training_lowers_the_loss(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "STEPS", 60)
    monkeypatch.setattr(train, "RATE", 0.02)  # a model this small learns little at the usual one
    losses = [loss for _, loss in train.Trainer(folder, tmp_path, EXAMPLES).run()]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_what_is_written_holds_the_adapters_and_the_heads(folder, tmp_path):
    trainer = train.Trainer(folder, tmp_path, EXAMPLES)
    trainer.export(tmp_path / "reader.safetensors")
    names = set(load_file(tmp_path / "reader.safetensors"))
    assert {"span.weight", "span.bias", "relevance.weight", "relevance.bias"} < names
    assert "layer.3.intermediate.dense.lora_A" in names
    assert not any("layer.0." in name for name in names)  # the lowest layers stay as they are


def test_the_first_and_last_token_of_the_answer(folder):
    tokenize = Tokenizer(folder / TOKENIZER).encode_pair
    (item,) = train.make_items(tokenize, "vem", [reading("rektor är anna berg", "anna berg")])
    start, end = item.input.where[item.start], item.input.where[item.end]
    assert (start[0], end[1]) == (10, 19)


def test_an_answer_that_is_cut_off_is_not_trained_on(folder, monkeypatch):
    monkeypatch.setattr("retrieval.reader.MAX_TOKENS", 9)
    tokenize = Tokenizer(folder / TOKENIZER).encode_pair
    assert train.make_items(tokenize, "vem", [reading("är är är är anna", "anna")]) == []
