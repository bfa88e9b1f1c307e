import gc
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from embeddings.errors import ModelError
from embeddings.model import bundled, computing, encoder, sentence_encoder
from embeddings.model.bundled import BUNDLED, BUNDLED_NAME, bundled_folder
from embeddings.model.computing import batches_by_length
from embeddings.model.encoder import (
    encoder_name,
    fingerprint,
    load_encoder,
)
from embeddings.model.sentence_encoder import find_prompt

ROOT = Path(__file__).parents[3]
TEXTS = [
    "Regeringen höll ett möte i Stockholm den 12 april.",
    "Möte.",
    "",
    "Priset på smör steg med tolv procent under förra året, enligt " + "Statistikmyndigheten " * 9,
    "Katten sover på mattan.",
]
AS_GOOD_AS_FLOAT32 = 0.9995  # a cosine; the products have eight bits


def run(code, *args, **environment):
    """Run Python code in a new process, and return what it printed on stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


# Prompts and batches


@pytest.mark.parametrize(
    ("prompts", "found"),
    [
        ({"query": "", "document": "d: ", "passage": "p: "}, "passage"),
        ({"document": "d: ", "passage": ""}, "document"),
        ({"passage": None, "corpus": "c: "}, "corpus"),
        ({"query": "q: "}, None),
        ({}, None),
    ],
)
def test_the_first_name_with_a_prompt_that_says_something_is_taken(prompts, found):
    assert find_prompt(prompts, "passage", "document", "corpus") == found


def test_every_text_is_in_one_batch():
    lengths = [(7 * i) % 400 for i in range(500)]
    batches = list(batches_by_length(lengths))
    assert sorted(i for batch in batches for i in batch) == list(range(500))


def test_a_batch_is_bounded_with_its_padding_and_in_number():
    lengths = [*range(1, 2000, 13), *[0] * 300]
    for batch in batches_by_length(lengths):
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= computing._BATCH_CHARACTERS
        assert len(batch) <= computing._BATCH_TEXTS


def test_a_text_longer_than_a_batch_goes_alone_and_first():
    assert list(batches_by_length([10, 10**6, 20])) == [[1], [2, 0]]


def test_no_texts_make_no_batch():
    assert list(batches_by_length([])) == []


@pytest.mark.parametrize("step", ["preprocess", "tokenize"])
def test_one_thread_at_a_time_uses_the_tokenizer(step):
    class Model:
        def __init__(self):
            self.inside, self.most = 0, 0
            setattr(self, step, self.cut)

        def cut(self, text):
            self.inside += 1
            self.most = max(self.most, self.inside)
            time.sleep(0.01)
            self.inside -= 1
            return text.split()

    model = Model()
    sentence_encoder._tokenize_in_turn(model)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(getattr(model, step), ["a b"] * 8)) == [["a", "b"]] * 8
    assert model.most == 1


# Names


def test_the_name_of_an_encoder_costs_no_import_of_torch(tmp_path):
    code = (
        "import sys; from embeddings.model.encoder import encoder_name; "
        "print(encoder_name(), encoder_name(sys.argv[1])); "
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    (tmp_path / "modules.json").write_text("[]")
    assert run(code, tmp_path) == f"{BUNDLED_NAME} {encoder_name(str(tmp_path))}\n"


def test_the_bundled_model_is_the_default():
    assert encoder_name() == encoder_name(BUNDLED) == BUNDLED_NAME


def test_a_folder_is_named_after_itself_and_its_content_wherever_it_stands(tmp_path):
    for place in ("here", "there"):
        (tmp_path / place / "min-modell").mkdir(parents=True)
        (tmp_path / place / "min-modell" / "config.json").write_text("{}")
    names = {encoder_name(str(tmp_path / place / "min-modell")) for place in ("here", "there")}
    assert len(names) == 1
    assert names.pop().startswith("min-modell@")


def test_a_folder_relative_to_the_current_one_is_found(tmp_path, monkeypatch):
    (tmp_path / "modell").mkdir()
    monkeypatch.chdir(tmp_path)
    assert encoder_name("modell").startswith("modell@")
    assert encoder_name("./modell") == encoder_name("modell")


@pytest.mark.parametrize("place", [0, 2_500_000, 4_999_999])
def test_the_fingerprint_tells_other_weights_apart(tmp_path, place):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(5_000_000))
    before = fingerprint(tmp_path)
    start = max(place - 500_000, 0)  # no training changes less than a tenth of the weights
    with weights.open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\1" * min(1_000_000, 5_000_000 - start))
    assert fingerprint(tmp_path) != before


def test_the_fingerprint_tells_small_changes_of_the_configuration_apart(tmp_path):
    config = tmp_path / "1_Pooling" / "config.json"
    config.parent.mkdir()
    config.write_text('{"pooling_mode": "mean"}')
    before = fingerprint(tmp_path)
    config.write_text('{"pooling_mode": "last"}')
    assert fingerprint(tmp_path) != before


def test_the_fingerprint_does_not_depend_on_what_the_vectors_do_not(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    before = fingerprint(tmp_path)
    (tmp_path / "README.md").write_text("En modell.")
    (tmp_path / ".gitattributes").write_text("")
    os.utime(tmp_path / "config.json", (0, 0))
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize("asked", ["KBLab/sentence-bert-swedish-cased", "all-MiniLM-L6-v2"])
def test_a_downloaded_hub_model_is_named_with_its_commit(tmp_path, monkeypatch, asked):
    stored = asked if "/" in asked else f"sentence-transformers/{asked}"
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / f"models--{stored.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    (repository / "snapshots" / commit).mkdir(parents=True)
    (repository / "snapshots" / commit / "modules.json").write_text("[]")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert encoder_name(asked) == f"{asked}@0123456789ab"


def test_a_hub_model_that_is_not_here_has_the_name_of_no_index(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert encoder_name("KBLab/sentence-bert-swedish-cased") == "KBLab/sentence-bert-swedish-cased"


@pytest.mark.parametrize("path", ["", "./borta", "/borta/modell", "modeller/kb/modell"])
def test_a_path_without_a_folder_is_refused_in_one_line(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for use in (encoder_name, load_encoder):
        with pytest.raises(ModelError, match=f'no folder "{path}"') as caught:
            use(path)
        assert "\n" not in str(caught.value)


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="no folder"):
        encoder_name(str(tmp_path / "model.bin"))


# The real model


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    bundled_folder(folder)
    yield folder
    shutil.rmtree(folder)  # 200 MB, which pytest would keep for three runs


@pytest.fixture(scope="session")
def real(cache):
    return load_encoder(cache=cache)


@pytest.mark.model
def test_vectors_are_float32_of_unit_length(real):
    vectors = real.embed_passages(TEXTS)
    question = real.embed_query("Var höll regeringen möte?")
    assert real.name == BUNDLED_NAME
    assert real.dimension == 384
    assert (vectors.dtype, vectors.shape) == (np.float32, (len(TEXTS), 384))
    assert (question.dtype, question.shape) == (np.float32, (384,))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-5)


@pytest.mark.model
@pytest.mark.parametrize(
    ("kind", "text", "expected"),  # the first numbers of the vectors of the wheel's own engine
    [
        (
            "embed_query",
            "Vilka myndigheter deltog?",
            [0.12953, -0.04702, -0.08212, -0.0668, 0.04058, -0.04236, 0.05422, 0.07545],
        ),
        (
            "embed_passage",
            "Regeringen höll ett möte i Stockholm den 12 april.",
            [0.06115, -0.02563, -0.01033, -0.03905, 0.12161, -0.06078, 0.02097, 0.03401],
        ),
    ],
)
def test_vectors_are_those_of_the_wheels_own_engine(real, kind, text, expected):
    is_query = kind == "embed_query"
    vector = real.embed_query(text) if is_query else real.embed_passages([text])[0]
    assert vector[:8] == pytest.approx(expected, abs=0.005)  # both round to eight bits


@pytest.mark.model
def test_a_question_is_nearest_to_the_passage_that_answers_it(real):
    likeness = real.embed_passages(TEXTS) @ real.embed_query("När möttes regeringen?")
    assert likeness.argmax() == 0


@pytest.mark.model
def test_a_text_has_the_same_vector_alone_and_in_any_batch(real):
    together = real.embed_passages(TEXTS * 30)
    for i, text in enumerate(TEXTS):
        alone = real.embed_passages([text])[0]
        assert (together[i :: len(TEXTS)] @ alone).min() > AS_GOOD_AS_FLOAT32


@pytest.mark.model
def test_vectors_are_those_of_a_sentence_transformer_with_the_prompts(real, cache):
    model = SentenceTransformer(str(cache / "models" / BUNDLED_NAME), device="cpu")
    plain = model.encode(
        ["query: möte", "passage: möte"], normalize_embeddings=True, show_progress_bar=False
    )
    assert real.embed_query("möte") @ plain[0] > AS_GOOD_AS_FLOAT32
    assert real.embed_passages(["möte"])[0] @ plain[1] > AS_GOOD_AS_FLOAT32
    assert real.embed_query("möte") @ plain[1] < 0.99


@pytest.mark.model
def test_no_texts_make_no_vectors(real):
    assert real.embed_passages([]).shape == (0, 384)


@pytest.mark.model
def test_progress_adds_up_to_all_texts(real):
    counts = []
    real.embed_passages(TEXTS * 20, counts.append)
    assert sum(counts) == 100
    assert len(counts) > 1


@pytest.mark.model
def test_a_text_over_the_limit_is_cut_off_there(real):
    long = "möte " * 600
    first, second = real.embed_passages([long, long + "om priset på smör " * 100])
    assert first == pytest.approx(second, abs=1e-5)


@pytest.mark.model
def test_threads_may_share_the_encoder(real):
    questions = [f"Vad hände den {day} april{' i år' * day}?" for day in range(1, 25)]
    alone = [real.embed_query(question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        shared = list(pool.map(real.embed_query, questions))
    assert np.array(shared) == pytest.approx(np.array(alone), abs=1e-5)


@pytest.mark.model
def test_the_bundled_model_needs_none_of_the_packages_for_other_models(cache):
    code = """
import sys
from pathlib import Path
from embeddings.model.encoder import load_encoder
from retrieval.reader import load_reader
encoder = load_encoder(cache=Path(sys.argv[1]))
encoder.embed_query("Hej?")
assert not {"torch", "transformers", "sentence_transformers", "scipy"} & set(sys.modules)
"""
    assert run(code, cache) == ""


def test_another_model_without_its_packages_is_refused_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(encoder, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r'pip install "kallbot\[models\]"') as caught:
        load_encoder(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_the_threads_of_torch_are_left_as_they_were(cache):
    import torch

    loaded = load_encoder(str(cache / "models" / BUNDLED_NAME))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        loaded.embed_query("Hej?")
        loaded.embed_passages(["Hej."])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.model
def test_a_folder_is_loaded_with_its_own_prompts(real, cache):
    folder = cache / "models" / BUNDLED_NAME
    loaded = load_encoder(str(folder))
    assert loaded.name == encoder_name(str(folder)) != BUNDLED_NAME
    assert loaded.embed_query("Hej?") @ real.embed_query("Hej?") > AS_GOOD_AS_FLOAT32
    vectors = loaded.embed_passages(TEXTS), real.embed_passages(TEXTS)
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > AS_GOOD_AS_FLOAT32


@pytest.mark.model
def test_loading_leaves_logging_progress_bars_and_the_collector_as_they_were(real, cache):
    from transformers.utils import logging as transformers_logging

    logger = logging.getLogger("transformers")
    before = logger.level
    load_encoder(str(cache / "models" / BUNDLED_NAME))
    assert logger.level == before
    assert transformers_logging.is_progress_bar_enabled()
    assert gc.isenabled()


@pytest.mark.model
def test_a_folder_that_is_no_model_is_refused_in_one_line(tmp_path):
    (tmp_path / "modules.json").write_text(json.dumps([{"idx": 0}]))
    with pytest.raises(ModelError, match="not a whole SentenceTransformer model") as caught:
        load_encoder(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_damage_that_only_loading_notices_is_named_with_the_folder_to_delete(
    cache, tmp_path, monkeypatch
):
    folder = tmp_path / BUNDLED_NAME
    shutil.copytree(
        cache / "models" / BUNDLED_NAME, folder, ignore=lambda *_: ["model.safetensors"]
    )
    (folder / "model.safetensors").write_bytes(b"x" * 1000)
    monkeypatch.setattr(encoder, "bundled_folder", lambda cache, progress: folder)
    with pytest.raises(ModelError, match=f"damaged; delete {folder}") as caught:
        load_encoder()
    assert "\n" not in str(caught.value)


NO_NETWORK = """
import socket, sys
def refuse(*_, **__):
    sys.exit("reached for the network")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
"""


@pytest.mark.model
@pytest.mark.parametrize("offline", ["", "1"])
@pytest.mark.parametrize("as_folder", [False, True])
def test_loading_and_embedding_are_silent_and_need_no_network(cache, offline, as_folder):
    load = (
        f"load_encoder(sys.argv[1] + '/models/{BUNDLED_NAME}')"
        if as_folder
        else "load_encoder(cache=Path(sys.argv[1]))"
    )
    code = f"""{NO_NETWORK}
from pathlib import Path
from embeddings.model.encoder import load_encoder
encoder = {load}
encoder.embed_query("Hej?")
encoder.embed_passages(["Hej."])
"""
    assert run(code, cache, HF_HUB_OFFLINE=offline) == ""


@pytest.mark.model
def test_an_unreachable_hub_model_is_refused_with_what_to_do(tmp_path):
    code = f"""{NO_NETWORK}
from embeddings.model.encoder import load_encoder
from embeddings.errors import ModelError
try:
    load_encoder("KBLab/no-such-model")
except ModelError as error:
    print(error)
"""
    said = run(code, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert said.count("\n") == 1
    assert 'check its name and the network, or set the model to "bundled"' in said


def test_progress_of_the_unpacking_is_passed_on(monkeypatch, tmp_path):
    def unpack(cache, progress):
        progress("unpacking", 0.5)
        raise ModelError(str(cache))

    heard = []
    monkeypatch.setattr(encoder, "bundled_folder", unpack)
    with pytest.raises(ModelError, match=tmp_path.name):
        load_encoder(cache=tmp_path, progress=lambda step, share: heard.append((step, share)))
    assert heard == [("unpacking", 0.5)]
    assert bundled.BUNDLED == BUNDLED
