"""What somebody wants who writes: an answer out of the documents, to talk, or to know what
documents there are.

A logistic regression tells it from the vector that the search makes of the question. What it has
learnt from stands in `training/talk.py`: people's ways to greet, to thank and to ask what the
documents are about, and thousands of questions about the content. Of those that it has not learnt
from it takes none for talk, and one in a thousand for a question about documents. It fits the
vectors of the bundled encoder alone.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np

from embeddings.bundled import BUNDLED_NAME
from embeddings.computing import FloatArray
from embeddings.encoder import Encoder
from retrieval.types import Intent, Language

WEIGHTS: Final = Path(__file__).parent / "reader_model" / "intents.npz"


def class_name(intent: Intent, language: Language) -> str:
    """What an intent is called among the classes, said in a language."""
    return f"{intent}.{language}"


def intent_of(name: str) -> Intent:
    """The intent of a class."""
    return Intent(name.partition(".")[0])


@dataclass(frozen=True, slots=True, eq=False)
class IntentModel:
    """The weights, shape (classes, dimension), and biases, shape (classes,), of the classes.

    `talk` and `documents` are how probable it has to be that nothing is asked of the documents, and
    that it is asked about documents as such; `asking` are the stems that questions about documents
    ask with, whatever they are about.
    """

    weights: FloatArray
    bias: FloatArray
    names: tuple[str, ...]
    talk: float
    documents: float
    asking: frozenset[str]

    @classmethod
    def load(cls, file: Path = WEIGHTS) -> Self:
        """The model in a file that `training.talk` wrote."""
        with np.load(file, allow_pickle=False) as said:
            return cls(said["weights"], said["bias"], tuple(said["names"].tolist()),
                       float(said["talk"]), float(said["documents"]),
                       frozenset(said["asking"].tolist()))  # fmt: skip

    def recognise(self, vector: FloatArray, *, is_wordless: bool) -> tuple[Intent, Language]:
        """The intent of what was written, by its vector, shape (dimension,), and its language.

        What `is_wordless` asks nothing of the documents.
        """
        logits = self.weights @ vector + self.bias
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        by_class = dict(zip(self.names, shares.tolist(), strict=True))
        by_intent: defaultdict[Intent, float] = defaultdict(float)
        for name, share in by_class.items():
            by_intent[intent_of(name)] += share
        talk = {intent: share for intent, share in by_intent.items() if intent.is_talk}
        documents = {one: share for one, share in by_intent.items() if one.is_about_documents}
        if is_wordless or sum(talk.values()) >= self.talk:
            likely = talk
        elif sum(documents.values()) >= self.documents:
            likely = documents
        else:
            return Intent.CONTENT, Language.SWEDISH
        best = max(likely, key=lambda intent: likely[intent])
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
