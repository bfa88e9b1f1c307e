"""The intent of a message: a question about the content, talk, or a question about the documents as
such.

A logistic regression predicts it from the question vector that search uses, which the subject of a
long question dominates, and from the words that phrase it. It is trained by `training/talk.py` on
greetings, thanks, questions about what the documents are about, and thousands of questions about
the content. Of a thousand held-out content questions it classifies two as a question about a
document, one as talk and one as about all documents. It fits the vectors of the bundled encoder
only.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, Self

import numpy as np

from embeddings.model.bundled import BUNDLED_NAME
from embeddings.model.computing import FloatArray
from embeddings.model.encoder import Encoder
from retrieval.types import Intent, Language

WEIGHTS: Final = Path(__file__).parent / "reader_model" / "intents.npz"


_WORD: Final = re.compile(r"\w+")
_QUOTES: Final = '"”“„»«'
_UNQUOTED_WORDS: Final = 3  # of an unquoted title, at least; fewer may be ordinary words
_ANY_DOCUMENT: Final = "rapporten om skolan"
_PHRASED: Final = 40  # words of a question whose phrases count


def title_key(title: str) -> str:
    """The key by which a title is recognised in a question: its words, case folded."""
    return " ".join(_WORD.findall(title.casefold()))


def find_titles(text: str, titles: Container[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The keys in `titles` that a question names, each with its offsets: the longest of those that
    begin at the same word. A title of fewer than three words has to be in quotes, or be the name of
    a file."""
    words = [*_WORD.finditer(text)]
    at = 0
    while at < len(words):
        for stop in range(len(words), at, -1):
            start, end = words[at].start(), words[stop - 1].end()
            is_quoted = start > 0 and text[start - 1] in _QUOTES
            if not (stop - at >= _UNQUOTED_WORDS or is_quoted or _is_file_name(text[start:end])):
                break
            key = title_key(text[start:end])
            if key in titles:
                yield key, (start, end)
                at = stop - 1
                break
        at += 1


def _is_file_name(text: str) -> bool:
    return "." in text and not any(letter.isspace() for letter in text)


def without_titles(text: str, places: Iterable[tuple[int, int]]) -> str:
    """A question with a short placeholder for each title in it: a long title would dominate the
    vector."""
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start].rstrip(_QUOTES)}{_ANY_DOCUMENT}{text[end:].lstrip(_QUOTES)}"
    return text


def class_name(intent: Intent, language: Language) -> str:
    """The class of an intent in a language.

    Content questions written to look like talk have classes of their own; all others are "content".
    In one class they would be outnumbered by thousands.
    """
    return f"{intent}.{language}"


def intent_of(name: str) -> Intent:
    """The intent of a class."""
    return Intent(name.partition(".")[0])


def group_of(intent: Intent) -> str:
    """The group of an intent, whose members are equally hard to distinguish from a content
    question: "content", "talk", "all" and "topic" about the documents, "summary" and "one" about
    a document."""
    if intent in {Intent.CONTENT, Intent.TOPIC, Intent.SUMMARY}:
        return str(intent)
    if intent.is_talk:
        return "talk"
    return "all" if intent.is_about_all else "one"


def phrases_in(text: str) -> set[str]:
    """The words of a text and its pairs of adjacent words, with "<" and ">" for its ends."""
    words = [
        "<",
        *islice((word.group() for word in _WORD.finditer(text.casefold())), _PHRASED),
        ">",
    ]
    return {*words, *(f"{first} {second}" for first, second in pairwise(words))}


@dataclass(frozen=True, slots=True, eq=False)
class IntentModel:
    """The weights, shape (classes, dimension), and biases, shape (classes,), of the classes.

    `phrases` are the rows of the phrases that count in `phrase_weights`, shape (phrases, classes).
    `thresholds` hold the minimum probability of each group except content; `asking` are the stems
    of words that only phrase a question about documents, whatever its subject, and `kinds` those of
    words for kinds of documents.
    """

    weights: FloatArray
    bias: FloatArray
    names: tuple[str, ...]
    phrases: Mapping[str, int]
    phrase_weights: FloatArray
    thresholds: Mapping[str, float]
    asking: frozenset[str]
    kinds: frozenset[str]

    @classmethod
    def load(cls, file: Path = WEIGHTS) -> Self:
        """The model in a file that `training.talk` wrote."""
        with np.load(file, allow_pickle=False) as said:
            thresholds = zip(said["groups"].tolist(), said["thresholds"].tolist(), strict=True)
            return cls(
                said["weights"],
                said["bias"],
                tuple(said["names"].tolist()),
                {phrase: row for row, phrase in enumerate(said["phrases"].tolist())},
                said["phrase_weights"].astype(np.float32),
                dict(thresholds),
                frozenset(said["asking"].tolist()),
                frozenset(said["kinds"].tolist()),
            )

    def recognise(self, text: str, vector: FloatArray) -> tuple[Intent, Language]:
        """The intent and language of a text with this vector, shape (dimension,).

        A text without words is always talk.
        """
        said = [self.phrases[one] for one in phrases_in(text) if one in self.phrases]
        logits = self.weights @ vector + self.phrase_weights[said].sum(axis=0) + self.bias
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        by_class = dict(zip(self.names, shares.tolist(), strict=True))
        groups: defaultdict[str, Counter[Intent]] = defaultdict(Counter)
        for name, share in by_class.items():
            groups[group_of(intent_of(name))][intent_of(name)] += share
        likely = max(self.thresholds, key=lambda group: groups[group].total())
        if is_wordless(text):
            likely = "talk"
        elif groups[likely].total() < self.thresholds[likely]:
            return Intent.CONTENT, Language.SWEDISH
        best = max(groups[likely], key=lambda intent: groups[likely][intent])
        languages = [(by_class.get(class_name(best, one), 0.0), one) for one in Language]
        return best, max(languages)[1]


def is_wordless(text: str) -> bool:
    """Whether a text has neither letters nor digits."""
    return not any(letter.isalnum() for letter in text)


class IntentReader:
    """Recognises intents; without the bundled encoder every text with words is a content
    question."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._model = IntentModel.load() if encoder.name == BUNDLED_NAME else None

    @property
    def asking(self) -> frozenset[str]:
        """The stems of words that only phrase a question and do not name its subject."""
        return self._model.asking if self._model else frozenset()

    @property
    def kinds(self) -> frozenset[str]:
        """The stems of words for kinds of documents."""
        return self._model.kinds if self._model else frozenset()

    def recognise(self, text: str) -> tuple[Intent, Language]:
        """The intent of a text, and the language to answer in if it is no content question."""
        if self._model is None:
            intent = Intent.UNCLEAR if is_wordless(text) else Intent.CONTENT
            return intent, Language.SWEDISH
        return self._model.recognise(text, self._encoder.embed_query(text))
