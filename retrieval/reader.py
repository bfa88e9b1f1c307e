"""The reader: one pass of the encoder over a question and a passage, read together.

It says how likely the passage answers the question, and which words of it do. It is the bundled
encoder with low-rank adapters (LoRA, Hu et al. 2021) merged into its upper layers, and two linear
heads. `training/` makes them; the model card beside them says from what. The word embeddings,
nearly all of the memory, are those of the encoder that is loaded already.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from embeddings.bundled import BUNDLED_NAME
from embeddings.computing import FloatArray, computing, cut, give_back_memory
from embeddings.encoder import Encoder, load_bundled
from embeddings.passages import embedding_text
from embeddings.tokenizer import PairTokens, Span
from embeddings.types import Passage

if TYPE_CHECKING:
    from embeddings.bundled_encoder import BundledEncoder

MAX_TOKENS: Final = 320
"""Of question and passage together; what is longer is cut off at the end of the passage."""
SPAN_TOKENS: Final = 80
"""The longest answer."""
WEIGHTS: Final = Path(__file__).parent / "reader_model" / "reader.safetensors"

Tokenize = Callable[[str, str], PairTokens]

_BREAK: Final = " | "  # the tokenizer sees no line breaks, and a list is nothing without them


# What the model takes


class Input(NamedTuple):
    """A question and a passage as the model takes them.

    `where[i]` is the span of the passage's own text that token `i` stands for, as offsets in the
    text that was given; (0, 0) for the question, the context and special tokens.
    """

    ids: list[int]
    where: list[Span]


def make_inputs(
    tokenize: Tokenize, questions: Sequence[str], texts: Sequence[tuple[str, int]]
) -> list[Input]:
    """The inputs for questions and texts, each with the offset at which its own text begins."""
    return [
        _input(tokenize(f"query: {question}", text.replace("\n", _BREAK)), text, body)
        for question, (text, body) in zip(questions, texts, strict=True)
    ]


def _input(tokens: PairTokens, text: str, body: int) -> Input:
    """An input, with the tokens' offsets brought back to the text before its breaks were marked."""
    marked = text.replace("\n", _BREAK)
    more = len(_BREAK) - 1
    breaks = [at + more * number for number, at in enumerate(_places(text, "\n"))]
    where = []
    for start, end in tokens.spans:
        while start < end and marked[start].isspace():
            start += 1
        number = bisect_right(breaks, start)
        in_break = number > 0 and start < breaks[number - 1] + len(_BREAK)
        start, end = start - more * number, end - more * number
        is_own = not in_break and body <= start < end
        where.append((start, end) if is_own else (0, 0))
    return Input(cut(tokens.ids, MAX_TOKENS), cut(where, MAX_TOKENS))


def _places(text: str, character: str) -> Iterator[int]:
    at = text.find(character)
    while at >= 0:
        yield at
        at = text.find(character, at + 1)


# What it says


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the reader makes of a passage for one question.

    `relevance` is the logit that the passage answers. `starts` and `ends`, shape (tokens,), are
    the logits that the answer begins or ends with a token, less those that there is none; and
    `where`, shape (tokens, 2), the tokens' spans in the document.
    """

    relevance: float
    starts: FloatArray
    ends: FloatArray
    where: NDArray[np.int64]

    def best_span(self, start: int, end: int) -> tuple[float, Span]:
        """The likeliest answer within a span of the document, with its logit over no answer.

        Minus infinity and the span itself where the reader has seen nothing of it.
        """
        rows = np.flatnonzero((self.where[:, 0] >= start) & (self.where[:, 1] <= end))
        if not len(rows):
            return -np.inf, (start, end)
        score, first, last = best_pair(self.starts[rows], self.ends[rows])
        return score, (int(self.where[rows[first], 0]), int(self.where[rows[last], 1]))


def best_pair(starts: FloatArray, ends: FloatArray) -> tuple[float, int, int]:
    """The best sum of a start's and an end's logit, and their places, of an answer not too long."""
    sums = starts[:, None] + ends[None, :]
    ordered = np.triu(np.tri(len(starts), k=SPAN_TOKENS - 1, dtype=bool))
    sums = np.where(ordered, sums, -np.inf)
    first, last = np.unravel_index(int(np.argmax(sums)), sums.shape)
    return float(sums[first, last]), int(first), int(last)


class Reader(Protocol):
    """Reads passages, each with a question in mind."""

    def read(self, questions: Sequence[str], passages: Sequence[Passage]) -> list[Reading]:
        """A reading of each passage, in their order, with its question in mind."""
        ...


class AdaptedReader:
    """The encoder with the adapters merged; threads may share it."""

    def __init__(self, encoder: "BundledEncoder", weights: Path = WEIGHTS) -> None:
        import torch
        from safetensors.torch import load_file

        tensors = load_file(weights)
        self._tokenize = encoder.tokenizer.encode_pair
        with computing():
            self._network = encoder.network.adapted(tensors)
        give_back_memory()  # merging takes more than twice what is merged
        self._heads = torch.cat([tensors["span.weight"], tensors["relevance.weight"]]).float()
        self._bias = torch.cat([tensors["span.bias"], tensors["relevance.bias"]]).float()
        self._pool = ThreadPoolExecutor(torch.get_num_threads())

    def read(self, questions: Sequence[str], passages: Sequence[Passage]) -> list[Reading]:
        """A reading of each passage with its question, in order; each core takes some of them."""
        texts = [embedding_text(passage) for passage in passages]
        bodies = [len(text) - len(passage.text)
                  for text, passage in zip(texts, passages, strict=True)]  # fmt: skip
        inputs = make_inputs(self._tokenize, questions, list(zip(texts, bodies, strict=True)))
        logits = list(self._pool.map(self._logits, inputs))  # together they would only be padded
        return [_reading(*parts) for parts in zip(logits, inputs, passages, bodies, strict=True)]

    def _logits(self, one: Input) -> FloatArray:
        """The logits of start, end and relevance at each token of an input, shape (tokens, 3)."""
        import torch

        with computing():
            [hidden] = self._network.hidden(torch.tensor([one.ids]))
            logits: FloatArray = (hidden @ self._heads.T + self._bias).numpy()
        return logits


def _reading(logits: FloatArray, one: Input, passage: Passage, body: int) -> Reading:
    where = np.array(one.where, np.int64)
    rows = np.flatnonzero(where[:, 1])
    none = logits[0]
    return Reading(
        relevance=float(none[2]),
        starts=logits[rows, 0] - none[0],
        ends=logits[rows, 1] - none[1],
        where=where[rows] + (passage.start - body),
    )


def load_reader(encoder: Encoder) -> AdaptedReader:
    """The reader on the encoder that is loaded, or beside it if that is another model.

    The adapters fit the bundled model alone. Raises ModelError if it cannot be loaded.
    """
    is_bundled = encoder.name == BUNDLED_NAME
    return AdaptedReader(cast("BundledEncoder", encoder) if is_bundled else load_bundled())
