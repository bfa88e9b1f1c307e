"""Train the classifier of talk, questions about the documents as such, and content questions.

    python -m training.talk DATA WORK [--written FOLDER …] [--out FILE]

DATA holds the question sets, of which `written`, `swequad-mc` and `squad2-sv` are trained on; WORK
keeps the vectors for the next run; each FOLDER has a `train` and a `dev` of more written questions.
The examples of each intent are in `talk_examples/train.jsonl`, with their subject in braces: the
words outside of the braces only phrase the question. Kinds of documents ("alla [protokoll]") are in
brackets. The model is a multinomial logistic regression on the vectors of the encoder and on the
words, and pairs of words, that phrase four examples or more. The thresholds are the lowest at
which, of the held-out questions about the content, at most two in a thousand are classified as
talk, two as about one document, one as about all documents, one as asking for a summary, and none
as about a topic. The shares are not zero, so that one odd line ("o vice?") does not determine how
much is recognised.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from embeddings.language.words import stem_words, tokens
from embeddings.model.computing import FloatArray
from embeddings.model.encoder import Encoder, load_bundled
from evaluation import read_cases, read_squad, read_swefaq, read_swequad
from evaluation.written import read_written
from retrieval.intent import WEIGHTS, class_name, group_of, intent_of, phrases_in
from retrieval.types import Intent, Language
from training.typing_habits import as_typed

Array = NDArray[np.float64]

EXAMPLES: Final = Path(__file__).parent / "talk_examples" / "train.jsonl"
MOST_TAKEN: Final = {"talk": 0.002, "all": 0.001, "one": 0.002, "summary": 0.001}
"""Maximum share of content questions classified as each group; 0 for the group not listed. A
question about one document is left to the reader if no document is clearly named."""
GROUPS: Final = ("talk", "all", "topic", "one", "summary")
SQUAD: Final = 1500
_SEED: Final = 5
_TYPED: Final = 2  # typed variants of each example
_SWAPPED: Final = 3  # other subjects inserted into each example that has one
_GREETED: Final = 0.15  # share of questions that begin with a word that is talk by itself
_OFTEN: Final = 3  # minimum number of examples with a stem outside of braces
_PENALTY: Final = 6e-4
_PHRASES: Final = 4  # minimum number of examples with a phrase outside of braces
_PHRASE_PENALTY: Final = 1e-5
_SUBJECT: Final = re.compile(r"\{(.*?)\}")
_KIND: Final = re.compile(r"\[(.*?)\]")
_OPENINGS: Final = (
    "Hej! ", "hej, ", "Hej ", "hallå ", "Hejsan, ", "tjena, ", "God morgon! ", "Tack! ", "tack, ",
    "ok, ", "Ok tack. ", "Hjälp! ", "Toppen, ", "bra, ", "hej jag undrar ", "Hej, en fråga: ",
    "Jag förstår inte, ", "Perfekt! ", "hi, ", "Hello, ", "thanks, ", "hej igen ", "jaha, men ",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """An example: a text and its class."""

    text: str
    name: str


def main() -> None:
    """Embed, fit, print the misclassified questions, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--written", type=Path, action="append", default=[])
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    folders = [chosen.data / "written", *chosen.written]
    lines = [*intent_lines(), *content_lines(chosen.data, folders)]
    held = held_out(chosen.data, folders)
    encoder = load_bundled()
    phrases = asking_phrases()
    texts = [line.text for line in lines]
    vectors = embedded(texts, encoder, chosen.work)
    model = fit(vectors, counted(texts, phrases), [line.name for line in lines])
    asked = [text for group in held.values() for text in group]
    shares = class_shares(embedded(asked, encoder, chosen.work), counted(asked, phrases), model)
    thresholds = {}
    print(f"{len(lines)} examples, {len(model.names)} classes, {len(phrases)} phrases, "
          f"{len(asked)} questions not learnt from")  # fmt: skip
    for group in GROUPS:
        in_group = [group_of(intent_of(name)) == group for name in model.names]
        held_shares = shares[:, in_group].sum(axis=1)
        thresholds[group] = lowest(held_shares, MOST_TAKEN.get(group, 0.0))
        print(f"{group}: threshold {thresholds[group]:.3f}")
        for text, share in zip(asked, held_shares, strict=True):
            if share >= thresholds[group]:
                print(f"  taken: {text} ({share:.3f})")
    np.savez_compressed(
        chosen.out, weights=model.weights.astype(np.float32), bias=model.bias.astype(np.float32),
        names=np.array(model.names), groups=np.array(GROUPS), asking=np.array(asking_stems()),
        kinds=np.array(kind_stems()), phrases=np.array(phrases),
        phrase_weights=model.phrase_weights.astype(np.float16),
        thresholds=np.array([thresholds[group] for group in GROUPS]),
    )  # fmt: skip


# Training data


def intent_lines() -> Iterator[Line]:
    """The examples as written and in typed variants, each also with other subjects."""
    read = list(_examples())
    subjects = sorted({part for _, text in read for part in _SUBJECT.findall(text)})
    for name, text in read:
        draw = random.Random(f"{_SEED} {text}")  # independent of the other lines
        told = [text]
        if own := _SUBJECT.search(text):
            told += [text.replace(own.group(), draw.choice(subjects)) for _ in range(_SWAPPED)]
        for one in told:
            plain = _KIND.sub(r"\1", _SUBJECT.sub(r"\1", one))
            typed = {plain, *(as_typed(plain, draw) for _ in range(_TYPED))}
            yield from (Line(way, name) for way in sorted(typed))


def _examples() -> Iterator[tuple[str, str]]:
    """The class and the text of each example, with its braces."""
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        yield class_name(Intent(said["intent"]), Language(said["language"])), said["text"]


def asking_stems() -> list[str]:
    """The stems of words that phrase the examples about documents, whatever their subject."""
    counts = Counter(
        stem
        for name, text in _examples()
        if intent_of(name).is_about_documents
        for stem in set(stem_words(tokens(_SUBJECT.sub(" ", text))))
    )
    return sorted(stem for stem, count in counts.items() if count >= _OFTEN)


def asking_phrases() -> list[str]:
    """The phrases of the examples that are in `_PHRASES` of them or more, whatever the subject."""
    gap = "0"  # in place of the subject; a phrase with it is left out
    counts = Counter(
        phrase for _, text in _examples() for phrase in phrases_in(_SUBJECT.sub(f" {gap} ", text))
    )
    return sorted(
        phrase for phrase, count in counts.items()
        if count >= _PHRASES and gap not in phrase.split()
    )  # fmt: skip


def kind_stems() -> list[str]:
    """The stems of words for kinds of documents."""
    kinds = (kind for _, text in _examples() for kind in _KIND.findall(text))
    return sorted({stem for kind in kinds for stem in stem_words(tokens(kind))})


def content_lines(data: Path, written: Sequence[Path]) -> Iterator[Line]:
    """Questions about the content, some preceded by a greeting."""
    draw = random.Random(_SEED)
    questions = [text for folder in written for text in _asked(folder / "train")]
    questions += [span.question for span in read_swequad(data / "swequad-mc-train.json")]
    squad = [span.question for span in read_squad(data / "squad2-sv.json")]
    questions += draw.sample(squad, SQUAD)
    for question in questions:
        yield Line(question, Intent.CONTENT)
        if draw.random() < _GREETED:
            opened = draw.choice(_OPENINGS) + question[:1].lower() + question[1:]
            yield Line(as_typed(opened, draw), Intent.CONTENT)


def held_out(data: Path, written: Sequence[Path]) -> dict[str, list[str]]:
    """The held-out questions about the content, by set."""
    return {
        **{str(folder / "dev"): list(_asked(folder / "dev")) for folder in written},
        **{name: [case.question for case in read_cases(data / name)]
           for name in ("questions-dev.jsonl", "real-dev.jsonl")},
        "SweQUAD-MC": [span.question for span in read_swequad(data / "swequad-mc-dev.json")],
        "SweFAQ": [span.question for span in read_swefaq(data / "swefaq-dev.jsonl")],
    }  # fmt: skip


def _asked(folder: Path) -> Iterator[str]:
    return (asked.question for one in read_written(folder) for asked in one.questions)


# The fit


def embedded(texts: Sequence[str], encoder: Encoder, work: Path) -> Array:
    """The vectors of questions, shape (texts, dimension), cached in `work`."""
    file = work / "talk.npz"
    known: dict[str, FloatArray] = {}
    if file.is_file():
        with np.load(file, allow_pickle=False) as said:
            known = dict(zip(said["texts"].tolist(), said["vectors"], strict=True))
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    try:
        for text in track(missing, "Embedding"):
            known[text] = encoder.embed_query(text)
    finally:
        if missing:
            np.savez(file, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[text] for text in texts]).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The weights, shape (classes, dimension), those of the phrases, shape (phrases, classes), and
    the biases, shape (classes,), of the classes with these names."""

    names: list[str]
    weights: Array
    phrase_weights: Array
    bias: Array


def counted(texts: Sequence[str], phrases: Sequence[str]) -> csr_matrix:
    """Whether each text has each phrase, shape (texts, phrases)."""
    columns = {phrase: column for column, phrase in enumerate(phrases)}
    found = [sorted(columns[one] for one in phrases_in(text) if one in columns) for text in texts]
    ends = np.cumsum([0, *map(len, found)])
    flat = [column for each in found for column in each]
    return csr_matrix((np.ones(len(flat)), flat, ends), (len(texts), len(phrases)))


def fit(vectors: Array, phrases: csr_matrix, classes: Sequence[str]) -> Weights:
    """Fit the classifier to vectors, shape (texts, dimension), and phrases, shape (texts,
    phrases)."""
    names = sorted(set(classes))
    numbers = np.array([names.index(one) for one in classes])
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-9
    features, by_phrase = (vectors - mean) / spread, phrases.T.tocsr()
    count, width = features.shape
    target = np.zeros((count, len(names)))
    target[np.arange(count), numbers] = 1.0
    shape = len(names), width + phrases.shape[1] + 1

    def loss(values: Array) -> tuple[float, Array]:
        table = values.reshape(shape)
        own, phrased = table[:, :width], table[:, width:-1]
        logits = features @ own.T + phrases @ phrased.T + table[:, -1]
        logits -= logits.max(axis=1, keepdims=True)
        raised = np.exp(logits)
        shares = raised / raised.sum(axis=1, keepdims=True)
        cost = -np.log(shares[np.arange(count), numbers] + 1e-12).mean()
        cost += _PENALTY * (own**2).sum() + _PHRASE_PENALTY * (phrased**2).sum()
        wrong = (shares - target) / count
        slope = np.hstack([wrong.T @ features + 2 * _PENALTY * own,
                           (by_phrase @ wrong).T + 2 * _PHRASE_PENALTY * phrased,
                           wrong.sum(axis=0)[:, None]])  # fmt: skip
        return float(cost), slope.ravel()

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    table = found.reshape(shape)
    weights = table[:, :width] / spread
    return Weights(names, weights, table[:, width:-1].T, table[:, -1] - weights @ mean)


def class_shares(vectors: Array, phrases: csr_matrix, model: Weights) -> Array:
    """The probability of each class for each question, shape (vectors, classes)."""
    logits = vectors @ model.weights.T + phrases @ model.phrase_weights + model.bias
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Array = raised / raised.sum(axis=1, keepdims=True)
    return shares


def lowest(shares: Array, most: float) -> float:
    """The lowest threshold, at least one half, reached by at most the share `most` of questions."""
    first_kept = np.sort(shares)[::-1][int(most * len(shares))]
    return max(0.5, float(np.nextafter(np.float32(first_kept), np.float32(1))))


if __name__ == "__main__":
    main()
