"""The bundled model as an encoder, without the libraries around a SentenceTransformer.

The folder it is loaded from is a SentenceTransformer, and the vectors are equal to its own
(mean-pooled, unit length), except for texts with rare characters, or with `<s>` or similar in them:
the tokenizer that the model was trained with treats these as text. Importing what loads any model
takes longer than answering a question.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch.nn.functional import normalize

from embeddings.model.bundled import BUNDLED_NAME
from embeddings.model.computing import (
    Advance,
    FloatArray,
    computing,
    cut,
    embed_by_length,
    product_type,
)
from embeddings.model.export import PASSAGE_PROMPT, QUERY_PROMPT, TOKENIZER
from embeddings.model.network import Bert
from embeddings.model.tokenizer import Tokenizer

MAX_TOKENS: Final = 512


class BundledEncoder:
    """The bundled model; thread-safe. A text longer than `MAX_TOKENS` is truncated."""

    name = BUNDLED_NAME

    def __init__(self, folder: Path) -> None:
        """Load the model from its folder; an incomplete file raises the error of its library."""
        with computing():
            self.network = Bert.load(folder, product_type())
        self.tokenizer = Tokenizer(folder / TOKENIZER)
        self.dimension = self.network.width

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
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(one) for one in tokens], batch_first=True
        )
        lengths = torch.tensor([[len(one)] for one in tokens])
        mask = torch.arange(ids.shape[1]) < lengths
        with computing():
            hidden = self.network.hidden(ids, mask if len(texts) > 1 else None)
            mean = (hidden * mask[:, :, None]).sum(1) / lengths
            vectors = normalize(mean, dim=1)
        return np.asarray(vectors)
