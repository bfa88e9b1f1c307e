"""Exports the packed model: as a folder that any SentenceTransformer loads, with two more files for
Källbot itself, the tokenizer and the layers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from embeddings.model.packed import EMBEDDINGS, Header, PackedModel, UnpackProgress, silent

TOKENIZER: Final = "tokenizer.model"
"""The tokenizer file in SentencePiece's own format."""

WEIGHTS: Final = "model.safetensors"
LAYERS: Final = "layers.onnx"

QUERY_PROMPT: Final = "query: "
PASSAGE_PROMPT: Final = "passage: "
"""The prompts the model was trained with, before a question and before a passage."""


def write_model(packed: PackedModel, folder: Path, progress: UnpackProgress = silent) -> None:
    """Write the model as a SentenceTransformer folder."""
    progress("writing the tokenizer", 0.4)
    _write_tokenizer(packed, folder)
    for name, content in _configuration(packed.header).items():
        write_json(folder / name, content)
    progress("writing the weights", 0.6)
    _write_weights(packed, folder / WEIGHTS)
    _write_layers(packed, folder / LAYERS)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Turn the errors that libraries written in Rust raise on a full disk into OSError."""
    try:
        yield
    except Exception as error:
        raise OSError(str(error)) from error


def _write_weights(packed: PackedModel, file: Path) -> None:
    """Write the tensors, the word embeddings in float16, and a pooler of zeros.

    A packed weight is a float16 times a 4-bit integer, so float16 stores it nearly exactly, in half
    of the memory. BertModel declares a pooler that this model does not use; without one, loading
    warns.
    """
    from safetensors.numpy import save_file

    hidden = packed.header.hidden
    pooler = {
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    words = EMBEDDINGS["emb.word"]
    halved = {words: packed.tensors[words].astype(np.float16)}
    with _disk_errors():
        save_file(packed.tensors | halved | pooler, file, metadata={"format": "pt"})


def _write_layers(packed: PackedModel, file: Path) -> None:
    from embeddings.model.layers import write_layers

    prefix = "encoder."
    named = {name.removeprefix(prefix): tensor for name, tensor in packed.tensors.items()
             if name.startswith(f"{prefix}layer.")}  # fmt: skip
    write_layers(named, packed.header.heads, file)


def _write_tokenizer(packed: PackedModel, folder: Path) -> None:
    """Write the tokenizer for transformers, and in SentencePiece's own format."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    from embeddings.model.tokenizer import write_tokenizer

    header = packed.header
    pieces = [piece for piece, _ in packed.vocabulary]
    tokenizer = Tokenizer(models.Unigram(packed.vocabulary, header.unk, byte_fallback=False))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = _template(header, pieces)
    special = _special_tokens(header, pieces)
    tokenizer.add_special_tokens(list(special.values()))
    with _disk_errors():
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(folder / "tokenizer_config.json", _tokenizer_config(header, special))
    control = (header.bos, header.pad, header.eos, len(pieces) - 1)
    write_tokenizer(folder / TOKENIZER, packed.vocabulary, header.unk, control)


_DROPPED: Final = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
_SPACES: Final = (
    r"[\t\n\f\r\x{1680}\x{200b}\x{200c}\x{200e}\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
)


def _normalizer() -> Any:
    """Return the normaliser of the model's SentencePiece vocabulary (nmt_nfkc).

    It is NFKC, but removes control characters and turns separators into spaces. Spaces at the ends
    produce no token, as in the tokenizer that the model was trained with.
    """
    from tokenizers import Regex, normalizers

    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED), ""),
            normalizers.Replace(Regex(_SPACES), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )


def _template(header: Header, pieces: list[str]) -> Any:
    """Return the template of a text: `<s> … </s>`."""
    from tokenizers.processors import TemplateProcessing

    bos, eos = pieces[header.bos], pieces[header.eos]
    return TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, header.bos), (eos, header.eos)],
    )


def _special_tokens(header: Header, pieces: list[str]) -> dict[str, str]:
    """Return the special tokens by their role; the mask is the last piece."""
    return {
        "bos_token": pieces[header.bos],
        "eos_token": pieces[header.eos],
        "sep_token": pieces[header.eos],
        "cls_token": pieces[header.bos],
        "unk_token": pieces[header.unk],
        "pad_token": pieces[header.pad],
        "mask_token": pieces[-1],
    }


def _tokenizer_config(header: Header, special: dict[str, str]) -> dict[str, object]:
    """Return `tokenizer_config.json`."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": header.positions,
        "clean_up_tokenization_spaces": False,
        **special,
    }


def _configuration(header: Header) -> dict[str, object]:
    """Return the other JSON files of the folder, by their path in it."""
    return {
        "config.json": _bert_config(header),
        "modules.json": _modules(),
        "sentence_bert_config.json": {"max_seq_length": header.positions, "do_lower_case": False},
        "config_sentence_transformers.json": _sentence_config(),
        "1_Pooling/config.json": _pooling_config(header),
    }


def _bert_config(header: Header) -> dict[str, object]:
    """Return the configuration of `transformers.BertModel`."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": header.rows,
        "hidden_size": header.hidden,
        "num_hidden_layers": header.layers,
        "num_attention_heads": header.heads,
        "intermediate_size": header.inner,
        "max_position_embeddings": header.positions,
        "type_vocab_size": header.types,
        "layer_norm_eps": float(f"{header.epsilon:.0e}"),  # 1e-12 as float32 is 9.9999999600e-13
        "hidden_act": "gelu",
        "pad_token_id": header.pad,
        "torch_dtype": "float32",
    }


def _modules() -> list[dict[str, object]]:
    """Return the three modules of the SentenceTransformer: BERT, mean pooling, normalization."""
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds)
    ]


def _sentence_config() -> dict[str, object]:
    """Return the prompts, under all names used for them."""
    passage = PASSAGE_PROMPT
    return {
        "prompts": {"query": QUERY_PROMPT, "passage": passage, "document": passage},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }


def _pooling_config(header: Header) -> dict[str, object]:
    """Return the configuration of mean pooling over all tokens."""
    return {
        "word_embedding_dimension": header.hidden,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
        "include_prompt": True,
    }


def write_json(file: Path, content: object) -> None:
    """Write `content` as JSON, creating the file's folder if needed."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
