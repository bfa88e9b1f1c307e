"""What somebody wants who writes: an answer out of the documents, to talk, or to know what
documents there are.

A logistic regression tells it from the vector that the search makes of the question. What it has
learnt from stands in `training/talk.py`: people's ways to greet, to thank and to ask what the
documents are about, and thousands of questions about the content. Of those that it has not learnt
from it takes one in a thousand for a question about a document, and none for anything else. It fits
the vectors of the bundled encoder alone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
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
_UNQUOTED_WORDS: Final = 3  # of a title, at least; fewer may be words like others
_ANY_DOCUMENT: Final = "rapporten om skolan"


def title_key(title: str) -> str:
    """What of a title tells whether a question names it: the words, case folded."""
    return " ".join(_WORD.findall(title.casefold()))


def find_titles(text: str, titles: Container[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The titles that a question names, of which `titles` are the keys, each with its place: of
    those that begin at a word the longest. One of fewer than three words is in quotes."""
    words = [*_WORD.finditer(text)]
    at = 0
    while at < len(words):
        for stop in range(len(words), at, -1):
            start, end = words[at].start(), words[stop - 1].end()
            is_quoted = start > 0 and text[start - 1] in _QUOTES
            if not (is_quoted or stop - at >= _UNQUOTED_WORDS):
                break
            key = title_key(text[start:end])
            if key in titles:
                yield key, (start, end)
                at = stop - 1
                break
        at += 1


def without_titles(text: str, places: Iterable[tuple[int, int]]) -> str:
    """A question with a short name in place of each title that it names: of a long one the vector
    would tell nothing but what it says."""
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start].rstrip(_QUOTES)}{_ANY_DOCUMENT}{text[end:].lstrip(_QUOTES)}"
    return text


def class_name(intent: Intent, language: Language) -> str:
    """What an intent is called among the classes, said in a language.

    Questions that were written to look like talk are classes of their own beside all others about
    the content, which are "content": together they would be lost among thousands.
    """
    return f"{intent}.{language}"


def intent_of(name: str) -> Intent:
    """The intent of a class."""
    return Intent(name.partition(".")[0])


def group_of(intent: Intent) -> str:
    """The kind of intents that one is of, which are as hard to tell from a question: "content",
    "talk", "all" and "topic" of the documents, "one" for a document."""
    if intent in {Intent.CONTENT, Intent.TOPIC}:
        return str(intent)
    if intent.is_talk:
        return "talk"
    return "all" if intent.is_about_all else "one"


@dataclass(frozen=True, slots=True, eq=False)
class IntentModel:
    """The weights, shape (classes, dimension), and biases, shape (classes,), of the classes.

    `thresholds` say how probable each group but content has to be; `asking` are the stems that
    questions about documents ask with, whatever they are about.
    """

    weights: FloatArray
    bias: FloatArray
    names: tuple[str, ...]
    thresholds: Mapping[str, float]
    asking: frozenset[str]

    @classmethod
    def load(cls, file: Path = WEIGHTS) -> Self:
        """The model in a file that `training.talk` wrote."""
        with np.load(file, allow_pickle=False) as said:
            thresholds = zip(said["groups"].tolist(), said["thresholds"].tolist(), strict=True)
            return cls(said["weights"], said["bias"], tuple(said["names"].tolist()),
                       dict(thresholds), frozenset(said["asking"].tolist()))  # fmt: skip

    def recognise(self, vector: FloatArray, *, is_wordless: bool) -> tuple[Intent, Language]:
        """The intent of what was written, by its vector, shape (dimension,), and its language.

        What `is_wordless` asks nothing of the documents.
        """
        logits = self.weights @ vector + self.bias
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        by_class = dict(zip(self.names, shares.tolist(), strict=True))
        groups: defaultdict[str, Counter[Intent]] = defaultdict(Counter)
        for name, share in by_class.items():
            groups[group_of(intent_of(name))][intent_of(name)] += share
        likely = max(self.thresholds, key=lambda group: groups[group].total())
        if is_wordless:
            likely = "talk"
        elif groups[likely].total() < self.thresholds[likely]:
            return Intent.CONTENT, Language.SWEDISH
        best = max(groups[likely], key=lambda intent: groups[likely][intent])
        said = [(by_class.get(class_name(best, one), 0.0), one) for one in Language]
        return best, max(said)[1]


class IntentReader:
    """Recognises what is wanted; with an encoder that the model does not fit all is a question."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._model = IntentModel.load() if encoder.name == BUNDLED_NAME else None

    @property
    def asking(self) -> frozenset[str]:
        """The stems that only ask, and do not say what a question is about."""
        return self._model.asking if self._model else frozenset()

    def recognise(self, text: str) -> tuple[Intent, Language]:
        """The intent of what was written, and the language to answer it in if it is no question
        about the content."""
        is_wordless = not any(letter.isalnum() for letter in text)
        if self._model is None:
            return (Intent.UNCLEAR if is_wordless else Intent.CONTENT), Language.SWEDISH
        return self._model.recognise(self._encoder.embed_query(text), is_wordless=is_wordless)
