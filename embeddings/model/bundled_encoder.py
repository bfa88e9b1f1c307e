"""The bundled model as an encoder, without the libraries around a SentenceTransformer.

The folder it is loaded from is a SentenceTransformer, and the vectors (mean-pooled, unit length)
have a cosine of .999 with its own, except for texts with rare characters, or with `<s>` or similar
in them: the tokenizer that the model was trained with treats these as text. Importing what loads
any model takes longer than answering a question.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from embeddings.model.bundled import BUNDLED_NAME
from embeddings.model.computing import Advance, FloatArray, cut, embed_by_length
from embeddings.model.export import LAYERS, PASSAGE_PROMPT, QUERY_PROMPT, TOKENIZER, WEIGHTS
from embeddings.model.network import Embeddings, Layers
from embeddings.model.tokenizer import Tokenizer

MAX_TOKENS: Final = 512


class BundledEncoder:
    """The bundled model; thread-safe. A text longer than `MAX_TOKENS` is truncated."""

    name = BUNDLED_NAME

    def __init__(self, folder: Path) -> None:
        """Load the model from its folder; an incomplete file raises the error of its library."""
        self.embeddings = Embeddings(folder / WEIGHTS)
        self._layers = Layers(folder / LAYERS)
        self.tokenizer = Tokenizer(folder / TOKENIZER)
        self.dimension = self.embeddings.width

    def embed_query(self, question: str) -> FloatArray:
        """Return the question's vector, shape (dimension,), of unit length."""
        vector: FloatArray = self._embed([QUERY_PROMPT + question])[0]
        return vector

    def embed_passages(self, texts: Sequence[str], advance: Advance | None = None) -> FloatArray:
        """Return the texts' vectors in order, shape (n, dimension), of unit length."""
        prompted = [PASSAGE_PROMPT + text for text in texts]
        return embed_by_length(prompted, self.dimension, self._embed, advance)

    def _embed(self, texts: list[str]) -> FloatArray:
        """Return the vectors of a batch of texts, shape (n, dimension)."""
        tokens = [cut(self.tokenizer.encode(text), MAX_TOKENS) for text in texts]
        lengths = np.array([len(one) for one in tokens])
        ids = np.zeros((len(texts), lengths.max()), np.int64)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = one
        hidden = self._layers(self.embeddings(ids), lengths)
        is_token = np.arange(ids.shape[1]) < lengths[:, None]
        total = np.einsum("ntw,nt->nw", hidden, is_token.astype(np.float32))
        vectors: FloatArray = total / np.linalg.norm(total, axis=1, keepdims=True)
        return vectors
