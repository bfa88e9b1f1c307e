"""The reader: a cross-encoder, one pass of a network over a question and a passage together.

It predicts how likely the passage answers the question, which words of it do, and whether the
answer is yes or no. Its layers are those of the bundled encoder, fine-tuned (`training/`; the model
card beside the weights names the data). The word embeddings are those of the encoder.
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
from embeddings.model.computing import FloatArray, cores, cut
from embeddings.model.encoder import Encoder, load_bundled
from embeddings.model.network import Layers
from embeddings.model.tokenizer import PairTokens
from embeddings.passages.cutting import parts_around
from embeddings.types import Passage, Span

if TYPE_CHECKING:
    from embeddings.model.bundled_encoder import BundledEncoder

MAX_TOKENS: Final = 320
"""Maximum length of question and passage together; longer inputs are read in windows."""
NETWORK: Final = Path(__file__).parent / "reader_model" / "reader.onnx"
HEADS: Final = ("tag", "span", "relevance", "answer_type")
"""The heads, whose outputs follow each other in that of the network."""

Tokenize = Callable[[str, str], PairTokens]

_BREAK: Final = " | "  # the tokenizer drops line breaks, which a list needs
_OVERLAP: Final = 32  # tokens shared by adjacent windows of a long passage


# Input of the network


class Input(NamedTuple):
    """A question and a passage as input of the network.

    `where[i]` is the span of token `i` in the passage's own text, as offsets in the given text;
    (0, 0) for the question, the context and special tokens.
    """

    ids: list[int]
    where: list[Span]


def join_topic(history: Sequence[str]) -> str:
    """The topic of a chat for the reader: the last two questions."""
    return " ".join(history[-2:])


def reading_text(passage: Passage) -> tuple[str, int]:
    """The reader's text of a passage, and the offset at which the passage's own text begins.

    It is preceded by what a person would see around it: title, publisher and date, headings, and
    the lead for passages that are not self-contained, such as lists.
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
    the passage's own text begins; truncated to `MAX_TOKENS`."""
    return [
        one if len(one.ids) <= MAX_TOKENS
        else Input(cut(one.ids, MAX_TOKENS), cut(one.where, MAX_TOKENS))
        for one in _whole_inputs(tokenize, questions, texts)
    ]  # fmt: skip


def _whole_inputs(
    tokenize: Tokenize, questions: Sequence[tuple[str, str]], texts: Sequence[tuple[str, int]]
) -> list[Input]:
    """The inputs at full length."""
    return [
        _input(
            tokenize(f"query: {f'{question}{_BREAK}{topic}' if topic else question}",
                     text.replace("\n", _BREAK)),
            text, body,
        )
        for (question, topic), (text, body) in zip(questions, texts, strict=True)
    ]  # fmt: skip


def _input(tokens: PairTokens, text: str, body: int) -> Input:
    """An input, with token offsets mapped back to the text without break marks."""
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
    """The windows in which a long input is read, each with the slice of tokens whose logits are
    used. Each repeats the question and the context; adjacent windows overlap, so that the tokens
    used have text on both sides."""
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


# Output of the network


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The reader's output for a passage and a question.

    `relevance` is the logit that the passage answers, relative to 0 for no answer. `answer_type`,
    shape (4,), are the logits of the types: the words alone, yes, no, or the number of parts.
    `tags`, shape (tokens, 3), are the logits that a token is outside, begins or continues a part of
    the answer (O, B, I). `starts` and `ends`, shape (tokens,), are the logits that the answer
    begins or ends with a token, minus those of no answer. `where`, shape (tokens, 2), are the
    tokens' spans in the document.
    """

    relevance: float
    answer_type: FloatArray
    tags: FloatArray
    starts: FloatArray
    ends: FloatArray
    where: NDArray[np.int64]


class Reader(Protocol):
    """Reads passages for a question."""

    def read(self, question: str, topic: str, passages: Sequence[Passage]) -> list[Reading]:
        """Return a reading of each passage, in order; `topic` holds the questions before, or ""."""
        ...


class TrainedReader:
    """The trained layers on the encoder's word embeddings; safe to share between threads."""

    def __init__(self, encoder: "BundledEncoder", network: Path = NETWORK) -> None:
        self._tokenize = encoder.tokenizer.encode_pair
        self._embeddings, self._layers = encoder.embeddings, Layers(network)
        self._pool = ThreadPoolExecutor(cores())

    def read(self, question: str, topic: str, passages: Sequence[Passage]) -> list[Reading]:
        """Return a reading of each passage, in order; the passages are spread over the cores."""
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
        """The logits of each input, computed separately since a batch would need padding; raises
        QuestionTooHeavy."""
        found = []
        for logits in self._pool.map(self._logits, inputs):  # an error cancels the rest
            spend()
            found.append(logits)
        return found

    def _logits(self, one: Input) -> FloatArray:
        """The logits of all heads at each token of an input, shape (tokens, 10)."""
        hidden = self._embeddings(np.array([one.ids]))
        logits: FloatArray = self._layers(hidden, [len(one.ids)])[0]
        return logits


def _reading(
    windows: Sequence[tuple[FloatArray, Input, slice]], passage: Passage, body: int
) -> Reading:
    """The reading of a passage: tokens from all windows, the rest from the most relevant one."""
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
    """Tags, starts, ends and spans of the tokens taken from a window."""
    where = np.array(one.where, np.int64).reshape(-1, 2)
    rows = np.flatnonzero(where[:, 1])
    rows = rows[(rows >= taken.start) & (rows < taken.stop)]
    none = logits[0]
    return logits[rows, :3], logits[rows, 3] - none[3], logits[rows, 4] - none[4], where[rows]


def load_reader(encoder: Encoder) -> TrainedReader:
    """Load the reader on this encoder, or on the bundled one if this is another model.

    The layers fit only the word embeddings of the bundled model. Raises ModelError if it cannot be
    loaded.
    """
    is_bundled = encoder.name == BUNDLED_NAME
    return TrainedReader(cast("BundledEncoder", encoder) if is_bundled else load_bundled())
