from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as TransformersTokenizer

from embeddings.model.bundled import bundled_folder
from embeddings.model.export import TOKENIZER
from embeddings.model.tokenizer import Tokenizer, write_tokenizer

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁a", "å", "▁bro", "▁brå", "n", "s", ">"]
SEEDS = sorted((Path(__file__).parents[3] / "seeds").glob("*.txt"))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    file = tmp_path_factory.mktemp("ordlista å") / "tokenizer.model"
    write_tokenizer(file, [(piece, -1.0) for piece in PIECES], unknown=3, control=(0, 1, 2))
    return Tokenizer(file)


def ids(*pieces):
    return [PIECES.index(piece) for piece in pieces]


def test_a_text_is_framed_and_cut_into_few_pieces(tokenizer):
    assert tokenizer.encode("a bron") == ids("<s>", "▁a", "▁bro", "n", "</s>")
    assert tokenizer.encode("") == tokenizer.encode(" \n") == ids("<s>", "</s>")


def test_what_no_piece_stands_for_is_unknown_as_one(tokenizer):
    assert tokenizer.encode("bro日本") == ids("<s>", "▁bro", "<unk>", "</s>")


def test_what_looks_like_the_frame_is_text(tokenizer):
    assert tokenizer.encode("a<s>") == ids("<s>", "▁a", "<unk>", "s", ">", "</s>")


def test_a_pair_says_where_in_its_second_text_each_token_stands(tokenizer):
    text = "a  bra\u030a\u00a0bron"
    tokens = tokenizer.encode_pair("bro", text)
    assert tokens.ids == ids("<s>", "▁bro", "</s>", "</s>", "▁a", "▁brå", "▁bro", "n", "</s>")
    said = [text[start:end].strip() for start, end in tokens.spans]
    assert said == ["", "", "", "", "a", "bra\u030a", "bro", "n", ""]


@given(st.text(max_size=40), st.text(max_size=40))
def test_spans_of_any_text_follow_each_other_in_it(tokenizer, first, second):
    tokens = tokenizer.encode_pair(first, second)
    assert len(tokens.ids) == len(tokens.spans)
    edges = [edge for span in tokens.spans[:-1] for edge in span]
    assert edges == sorted(edges)
    assert edges[-1] <= len(second)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x0a\x05\x0a\x03abc"])
def test_a_file_that_is_no_vocabulary_is_an_error(tmp_path, content):
    (tmp_path / "tokenizer.model").write_bytes(content)
    with pytest.raises((OSError, RuntimeError)):
        Tokenizer(tmp_path / "tokenizer.model")


@pytest.mark.model
@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.stem)
def test_the_bundled_model_reads_a_document_as_transformers_has_it_read(file):
    folder, text = bundled_folder(), file.read_text(encoding="utf-8")
    theirs = TransformersTokenizer.from_file(str(folder / "tokenizer.json")).encode("Vem?", text)
    ours = Tokenizer(folder / TOKENIZER).encode_pair("Vem?", text)
    assert ours.ids == theirs.ids
    for number, span in enumerate(theirs.offsets):
        if theirs.sequence_ids[number] == 1:
            start, end = ours.spans[number]
            assert text[start:end].strip() == text[slice(*span)].strip()
