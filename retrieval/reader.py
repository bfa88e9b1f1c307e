"""The reader: one pass of a network over a question and a passage, read together.

It says how likely the passage answers the question, which words of it do, and whether an answer is
yes or no. Its layers are those of the bundled encoder, trained on (`training/`; the model card
beside the weights says from what); the word embeddings, most of the memory, are those of the
encoder that is loaded already.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from embeddings.budget import spend
from embeddings.model.bundled import BUNDLED_NAME
from embeddings.model.computing import FloatArray, computing, cut, give_back_memory
from embeddings.model.encoder import Encoder, load_bundled
from embeddings.model.tokenizer import PairTokens, Span
from embeddings.passages.cutting import parts_around
from embeddings.types import Passage

if TYPE_CHECKING:
    from torch import Tensor

    from embeddings.model.bundled_encoder import BundledEncoder

MAX_TOKENS: Final = 320
"""Of question and passage together; what is longer is read in parts."""
WEIGHTS: Final = Path(__file__).parent / "reader_model" / "reader.safetensors"
SCALE: Final = ".scale"
"""What the name of a weight in whole numbers is followed by in that of the scales of its rows."""

Tokenize = Callable[[str, str], PairTokens]

_BREAK: Final = " | "  # the tokenizer sees no line breaks, and a list is nothing without them
_OVERLAP: Final = 32  # tokens that two windows on a long passage share
_HEADS: Final = ("tag", "span", "relevance", "answer_type")


# What the network takes


class Input(NamedTuple):
    """A question and a passage as the network takes them.

    `where[i]` is the span of the passage's own text that token `i` stands for, as offsets in the
    text that was given; (0, 0) for the question, the context and special tokens.
    """

    ids: list[int]
    where: list[Span]


def join_topic(history: Sequence[str]) -> str:
    """What was asked before in a chat, as the reader takes it: the last two questions."""
    return " ".join(history[-2:])


def reading_text(passage: Passage) -> tuple[str, int]:
    """What the reader sees of a passage, and where the passage's own text begins in it.

    In front stands what a person would see around it: title, publisher and date, headings, and of
    what says nothing by itself, such as a list, the lead.
    """
    metadata = passage.document.metadata
    published = metadata.published.isoformat() if metadata.published else ""
    origin = " ".join(part for part in (metadata.publisher, published) if part)
    title, *others = parts_around(passage) or [""]
    before = "".join(f"{part}\n" for part in (title, origin, *others) if part)
    return before + passage.text, len(before)


def make_inputs(
    tokenize: Tokenize, questions: Sequence[tuple[str, str]], texts: Sequence[tuple[str, int]]
) -> list[Input]:
    """The inputs for questions, each with its topic or "", and texts, each with the offset at which
    its own text begins; cut off at `MAX_TOKENS`."""
    return [
        one if len(one.ids) <= MAX_TOKENS
        else Input(cut(one.ids, MAX_TOKENS), cut(one.where, MAX_TOKENS))
        for one in _whole_inputs(tokenize, questions, texts)
    ]  # fmt: skip


def _whole_inputs(
    tokenize: Tokenize, questions: Sequence[tuple[str, str]], texts: Sequence[tuple[str, int]]
) -> list[Input]:
    """The inputs, however long."""
    return [
        _input(
            tokenize(f"query: {f'{question}{_BREAK}{topic}' if topic else question}",
                     text.replace("\n", _BREAK)),
            text, body,
        )
        for (question, topic), (text, body) in zip(questions, texts, strict=True)
    ]  # fmt: skip


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
    return Input(tokens.ids, where)


def make_windows(whole: Input) -> list[tuple[Input, slice]]:
    """The parts in which an input that is too long is read, each with the question and what stands
    around the passage, and with the tokens that are taken from it: one more window on each side
    gives them what stands around them."""
    if len(whole.ids) <= MAX_TOKENS:
        return [(whole, slice(0, len(whole.ids)))]
    own = [number for number, (_, end) in enumerate(whole.where) if end]
    if not own:
        return [(Input(cut(whole.ids, MAX_TOKENS), cut(whole.where, MAX_TOKENS)), slice(0, 0))]
    before = min(own[0], MAX_TOKENS // 2)
    room = MAX_TOKENS - before - 1
    windows = []
    for begin in range(own[0], own[-1] + 1, room - _OVERLAP):
        end = min(begin + room, own[-1] + 1)
        ids = [*whole.ids[:before], *whole.ids[begin:end], whole.ids[-1]]
        where = [*whole.where[:before], *whole.where[begin:end], (0, 0)]
        first = before + (_OVERLAP // 2 if begin > own[0] else 0)
        is_last = end > own[-1]
        last = before + end - begin - (0 if is_last else _OVERLAP // 2)
        windows.append((Input(ids, where), slice(first, last)))
        if is_last:
            break
    return windows


def _places(text: str, character: str) -> Iterator[int]:
    at = text.find(character)
    while at >= 0:
        yield at
        at = text.find(character, at + 1)


# What it says


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the reader makes of a passage for one question.

    `relevance` is the logit that the passage answers, 0 being that of no answer, and `answer_type`,
    shape (4,), the logits that the answer is its words alone, yes, no, or how many parts it has.
    `tags`, shape (tokens, 3), are the logits that a token is outside, begins or goes on a part of
    the answer (O, B, I); `starts` and `ends`, shape (tokens,), that the answer begins or ends with
    it, less those that there is none. `where`, shape (tokens, 2), are the tokens' spans in the
    document.
    """

    relevance: float
    answer_type: FloatArray
    tags: FloatArray
    starts: FloatArray
    ends: FloatArray
    where: NDArray[np.int64]


class Reader(Protocol):
    """Reads passages, with a question in mind."""

    def read(self, question: str, topic: str, passages: Sequence[Passage]) -> list[Reading]:
        """A reading of each passage, in their order; `topic` is what was asked before, or ""."""
        ...


class TrainedReader:
    """The trained layers on the words of the encoder; threads may share it."""

    def __init__(self, encoder: "BundledEncoder", weights: Path = WEIGHTS) -> None:
        import torch

        self._tokenize = encoder.tokenizer.encode_pair
        with computing():
            tensors = load_weights(weights)
            self._network = encoder.network.with_layers(tensors)
        self._heads = torch.cat([tensors[f"{name}.weight"] for name in _HEADS]).float()
        self._bias = torch.cat([tensors[f"{name}.bias"] for name in _HEADS]).float()
        del tensors
        give_back_memory()
        self._pool = ThreadPoolExecutor(torch.get_num_threads())

    def read(self, question: str, topic: str, passages: Sequence[Passage]) -> list[Reading]:
        """A reading of each passage, in order; each core takes some of them."""
        texts = [reading_text(passage) for passage in passages]
        wholes = _whole_inputs(self._tokenize, [(question, topic)] * len(texts), texts)
        windows = [make_windows(whole) for whole in wholes]
        flat = [one for group in windows for one, _ in group]
        logits = iter(self._in_time(flat))
        return [
            _reading([(next(logits), one, taken) for one, taken in group], passage, body)
            for group, passage, (_, body) in zip(windows, passages, texts, strict=True)
        ]

    def _in_time(self, inputs: Sequence[Input]) -> list[FloatArray]:
        """The logits of each input by itself (together they would be padded); raises
        QuestionTooHeavy."""
        found = []
        for logits in self._pool.map(self._logits, inputs):  # what is left is cancelled
            spend()
            found.append(logits)
        return found

    def _logits(self, one: Input) -> FloatArray:
        """The logits of all heads at each token of an input, shape (tokens, 10)."""
        import torch

        with computing():
            [hidden] = self._network.hidden(torch.tensor([one.ids]))
            logits: FloatArray = (hidden @ self._heads.T + self._bias).numpy()
        return logits


def _reading(
    windows: Sequence[tuple[FloatArray, Input, slice]], passage: Passage, body: int
) -> Reading:
    """The reading of a passage: the tokens of all its windows, the rest of the best of these."""
    best = max((logits[0] for logits, _, _ in windows), key=lambda none: float(none[5]))
    parts = [_tokens(*window) for window in windows]
    tags, starts, ends, where = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Reading(
        relevance=float(best[5]),
        answer_type=best[6:],
        tags=tags,
        starts=starts,
        ends=ends,
        where=where + (passage.start - body),
    )


def _tokens(
    logits: FloatArray, one: Input, taken: slice
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]:
    """Of the tokens that are taken from a window: tags, starts, ends, and where they stand."""
    where = np.array(one.where, np.int64).reshape(-1, 2)
    rows = np.flatnonzero(where[:, 1])
    rows = rows[(rows >= taken.start) & (rows < taken.stop)]
    none = logits[0]
    return logits[rows, :3], logits[rows, 3] - none[3], logits[rows, 4] - none[4], where[rows]


def load_weights(file: Path) -> "dict[str, Tensor]":
    """The weights of a file by name; those in whole numbers multiplied by the scales of rows."""
    from safetensors.torch import load_file

    tensors = load_file(file)
    return {
        name: tensor.float() * tensors[name + SCALE].float()[:, None]
        if name + SCALE in tensors else tensor
        for name, tensor in tensors.items() if not name.endswith(SCALE)
    }  # fmt: skip


def load_reader(encoder: Encoder) -> TrainedReader:
    """The reader on the encoder that is loaded, or beside it if that is another model.

    The layers fit the words of the bundled model alone. Raises ModelError if it cannot be loaded.
    """
    is_bundled = encoder.name == BUNDLED_NAME
    return TrainedReader(cast("BundledEncoder", encoder) if is_bundled else load_bundled())
