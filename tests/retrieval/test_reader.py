import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig, BertModel

from embeddings.encoder import computing
from embeddings.fused import fuse
from embeddings.passages import cut_passages
from retrieval.reader import Reading, make_inputs, merged
from tests.retrieval.support import make_document_of, reading_of

TEXT = "Rubrik\nDeltagande myndigheter\nBoverket\nSkolverket"
BODY = len("Rubrik\n")


class _Encoding:
    def __init__(self, pair, limit):
        words = [[(m.start(), m.end()) for m in re.finditer(r"\s*\S+", text)] for text in pair]
        self.ids = [0, *(1 for _ in words[0]), 2, 2, *(1 for _ in words[1]), 2][:limit]
        self.offsets = [(0, 0), *words[0], (0, 0), (0, 0), *words[1], (0, 0)][:limit]
        ends = [None, None]
        self.sequence_ids = [None, *(0 for _ in words[0]), *ends, *(1 for _ in words[1]), None]


def passage_of(text):
    (passage,) = cut_passages(make_document_of(text))
    return passage


def by_words(pairs, limit):
    return [_Encoding(pair, limit) for pair in pairs]


def test_a_token_stands_for_words_of_the_text_as_it_was_given():
    (one,) = make_inputs(by_words, ["Vilka?"], [(TEXT, BODY)])
    words = [TEXT[start:end] for start, end in one.where if end]
    assert words == ["Deltagande", "myndigheter", "Boverket", "Skolverket"]


def test_question_and_context_are_no_answer():
    (one,) = make_inputs(by_words, ["Rubrik?"], [(TEXT, BODY)])
    assert all(start >= BODY for start, end in one.where if end)


@given(st.text(alphabet="ab \n", max_size=40), st.integers(0, 40))
def test_offsets_survive_every_line_break(text, body):
    (one,) = make_inputs(by_words, ["q"], [(text, min(body, len(text)))])
    spans = [(start, end) for start, end in one.where if end]
    assert spans == sorted(spans)
    for start, end in spans:
        assert body <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        assert "\n" not in text[start:end]


def test_the_best_span_is_the_one_whose_ends_are_likeliest():
    passage = passage_of("Mötet hölls i Umeå den 3 maj.")
    reading = reading_of(passage, "Umeå")
    score, span = reading.best_span(0, len(passage.text))
    assert passage.text[slice(*span)] == "Umeå"
    assert score > 0


def test_a_span_does_not_end_before_it_begins():
    where = np.array([(0, 2), (3, 5)])
    reading = Reading(0.0, starts=np.array([0.0, 9.0]), ends=np.array([9.0, 0.0]), where=where)
    assert reading.best_span(0, 5)[1] in {(0, 2), (3, 5)}


def test_a_span_stays_inside_what_is_asked_for():
    passage = passage_of("Umeå först. Luleå sedan.")
    reading = reading_of(passage, "Umeå")
    assert reading.best_span(12, 24)[1][0] >= 12


def test_what_was_not_read_has_no_answer():
    passage = passage_of("Umeå.")
    assert reading_of(passage, "Umeå").best_span(100, 120) == (-np.inf, (100, 120))


@pytest.fixture(scope="module")
def tiny():
    config = BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16,
    )  # fmt: skip
    torch.manual_seed(1)
    model = BertModel(config, add_pooling_layer=False).eval()
    fuse(model, torch.float32)
    return model


def hidden(model):
    with computing():
        return model(input_ids=torch.arange(6)[None]).last_hidden_state


def adapter(up):
    name = "layer.1.intermediate.dense"
    return {f"{name}.lora_A": torch.ones(2, 8), f"{name}.lora_B": up}


def test_an_adapter_adds_the_product_of_its_parts(tiny):
    up = torch.arange(32.0).reshape(16, 2)
    weight = merged(tiny, adapter(up)).encoder.weight(1, "intermediate.dense")
    before = tiny.encoder.weight(1, "intermediate.dense")
    assert torch.allclose(weight, before + up @ torch.ones(2, 8))


def test_the_encoder_that_is_shared_stays_as_it_was(tiny):
    before = hidden(tiny)
    model = merged(tiny, adapter(torch.arange(32.0).reshape(16, 2)))
    assert torch.equal(hidden(tiny), before)
    assert not torch.allclose(hidden(model).float(), before, atol=0.01)
    assert model.embeddings is tiny.embeddings


def test_adapters_that_add_nothing_change_nothing(tiny):
    assert torch.allclose(
        hidden(merged(tiny, adapter(torch.zeros(16, 2)))).float(), hidden(tiny), atol=0.05
    )
