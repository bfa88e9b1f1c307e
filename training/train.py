"""Training of the reader on two cores, in bfloat16: all layers of the encoder, and its heads.

A step takes some questions, each with passages that answer it (if there are any) and some that do
not. The loss is a sum of: the tag of each token (B, I or O, Ramshaw & Marcus 1995); the start and
end of the answer, position 0 for none (Devlin et al. 2019); which of the question's passages
answers, or none of them, as one softmax; and the type of the answer (yes, no, the number of parts,
or none of these).
"""

import logging
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from embeddings.model.export import TOKENIZER
from embeddings.model.layers import HEAD, read_layers, write_layers
from embeddings.model.tokenizer import Tokenizer
from retrieval.reader import HEADS, Input, Tokenize, make_inputs
from training.answer_types import draw_typed, fit_answer_types
from training.examples import Example, ReadingText, draw_topics
from training.typing_habits import as_typed

log = logging.getLogger(__name__)

SEED: Final = 21
QUESTIONS: Final = 16  # per step
RATE: Final = 8e-5
HEADS_TIMES: Final = 3.75
"""The learning rate of the heads relative to that of the layers."""
WARM_UP: Final = 30  # steps
RIGHT, WRONG = 2, 4  # passages of a question that answer it, and that do not, at most
ABSENT: Final = 4  # passages of a question without an answer
NEAR: Final = 0.7  # probability that a wrong passage is the hardest one left
SHARES: Final = {"swequad": 0.6, "squad": 0.3, "xquad": 0.3}
"""Share of a set used in an epoch, if not all."""
STRAY_TOPICS: Final = 0.1  # share of questions that get an unrelated topic before their own
CHECKPOINT_STEPS: Final = 50
OUTSIDE, BEGIN, INSIDE = 0, 1, 2
TYPES: Final = ("", "ja", "nej", "antal")  # as in the written questions


class Target(NamedTuple):
    """The target output for an input.

    `tags` has a tag for each token; `starts` and `ends` are the first and last tokens of the
    answer's parts, empty for none.
    """

    input: Input
    tags: list[int]
    starts: list[int]
    ends: list[int]

    @property
    def answers(self) -> bool:
        """Whether the input contains a part of the answer."""
        return bool(self.starts)


class Logits(NamedTuple):
    """The logits of an input: of tags, shape (tokens, 3); of start and end, shape (2, tokens); of
    relevance, shape (); of the type of answer, shape (4,)."""

    tags: Tensor
    span: Tensor
    relevance: Tensor
    answer_type: Tensor


class ReaderModel(nn.Module):
    """The encoder, trained except for its embeddings, and the heads."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AttentionInterface, BertModel
        from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

        AttentionInterface.register("products", attend)
        AttentionMaskInterface.register("products", sdpa_mask)
        self.encoder = BertModel.from_pretrained(
            str(folder), add_pooling_layer=False, attn_implementation="products",
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,  # else not reproducible
        )  # fmt: skip
        self.encoder.embeddings.requires_grad_(requires_grad=False)
        width = self.encoder.config.hidden_size
        self.tag, self.span = nn.Linear(width, 3), nn.Linear(width, 2)
        self.relevance, self.answer_type = nn.Linear(width, 1), nn.Linear(width, len(TYPES))

    def trained(self) -> dict[str, nn.Parameter]:
        """The trainable parameters, by their names in the file of weights."""
        named = self.named_parameters()
        return {name.removeprefix("encoder.encoder."): one for name, one in named
                if one.requires_grad}  # fmt: skip

    def forward(self, inputs: Sequence[Input]) -> list[Logits]:
        """The logits of each input."""
        ids, mask = batch_tensors(inputs)
        allowed = torch.zeros_like(ids, dtype=torch.bool)
        for row, one in enumerate(inputs):
            allowed[row, : len(one.ids)] = torch.tensor([end > 0 for _, end in one.where])
        allowed[:, 0] = True
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        with torch.autocast("cpu", enabled=False):
            spans = self.span(hidden).masked_fill(~allowed[:, :, None], -1e4).transpose(1, 2)
            tags = self.tag(hidden)
            first = hidden[:, 0]
            relevance, answer_type = self.relevance(first)[:, 0], self.answer_type(first)
        return [
            Logits(tags[row, : len(one.ids)], spans[row, :, : len(one.ids)], relevance[row],
                   answer_type[row])
            for row, one in enumerate(inputs)
        ]  # fmt: skip


def batch_tensors(inputs: Sequence[Input]) -> tuple[Tensor, Tensor]:
    """The padded ids of inputs and their attention mask, each of shape (inputs, tokens)."""
    longest = max(len(one.ids) for one in inputs)
    ids = torch.zeros(len(inputs), longest, dtype=torch.long)
    mask = torch.zeros(len(inputs), longest, dtype=torch.long)
    for row, one in enumerate(inputs):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        mask[row, : len(one.ids)] = 1
    return ids, mask


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **_: Any
) -> tuple[Tensor, None]:
    """Compute attention with the interface of transformers, shape (texts, heads, tokens, size), by
    plain products in the type of the query; the mask is true for tokens that may be attended to.

    Its backward pass takes a third of the time of torch's fused CPU kernel, which was almost half
    of a step.
    """
    with torch.autocast("cpu", enabled=False):  # autocast computes the softmax in float32
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        mixed = torch.softmax(scores, dim=-1) @ value
    return mixed.transpose(1, 2), None


# Targets


def make_targets(
    tokenize: Tokenize, question: str, topic: str, readings: Sequence[ReadingText]
) -> list[Target]:
    """The targets of a question's readings."""
    texts = [(each.text, each.body) for each in readings]
    inputs = make_inputs(tokenize, [(question, topic)] * len(texts), texts)
    return [_target(one, each) for one, each in zip(inputs, readings, strict=True)]


def _target(one: Input, reading: ReadingText) -> Target:
    tags, starts, ends = [OUTSIDE] * len(one.ids), [], []
    for start, end in reading.spans:
        rows = [row for row, (first, last) in enumerate(one.where)
                if last and first < end and last > start]  # fmt: skip
        if rows:
            tags[rows[0] : rows[-1] + 1] = [BEGIN, *[INSIDE] * (rows[-1] - rows[0])]
            starts.append(rows[0])
            ends.append(rows[-1])
    return Target(one, tags, starts, ends)


@dataclass(frozen=True, slots=True)
class Item:
    """A question's targets, and the type of its answer, as an index into `TYPES`."""

    targets: list[Target]
    answer_type: int


def loss_of(logits: Sequence[Logits], item: Item) -> Tensor:
    """The loss of one question's passages."""
    total = torch.zeros(())
    answered = any(target.answers for target in item.targets)
    for said, target in zip(logits, item.targets, strict=True):
        own = torch.tensor([end > 0 for _, end in target.input.where])
        tags = functional.cross_entropy(said.tags[own], torch.tensor(target.tags)[own],
                                        reduction="sum")  # fmt: skip
        length = sum(tag != OUTSIDE for tag in target.tags)
        share = 1.0 if target.answers or not answered else 0.3
        total = total + 0.6 * share * tags / (length + 4)
        total = total + 0.5 * share * _span_loss(said.span, target)
        if target.answers:
            of_type = functional.cross_entropy(said.answer_type, torch.tensor(item.answer_type))
            total = total + 0.2 * of_type
    return total + _rank_loss(logits, item.targets)


def _span_loss(span: Tensor, target: Target) -> Tensor:
    """The cross-entropy of start and end, all parts of the answer weighted equally."""
    logs = functional.log_softmax(span, dim=1)
    starts, ends = target.starts or [0], target.ends or [0]
    return -(logs[0, starts].mean() + logs[1, ends].mean()) / 2


def _rank_loss(logits: Sequence[Logits], targets: Sequence[Target]) -> Tensor:
    """The cross-entropy of which passage answers, all that do weighted equally, and "none" with
    logit 0; plus the binary cross-entropy of each relevance."""
    relevances = torch.stack([said.relevance for said in logits])
    logs = functional.log_softmax(torch.cat([relevances, torch.zeros(1)]), dim=0)
    rows = [row for row, target in enumerate(targets) if target.answers] or [len(targets)]
    each = torch.tensor([float(target.answers) for target in targets])
    whether = functional.binary_cross_entropy_with_logits(relevances, each)
    return -logs[rows].mean() + 0.5 * whether


# Steps


def batches(examples: Sequence[Example], epoch: int) -> Iterator[list[Example]]:
    """The steps of an epoch: questions in typed variants, with passages drawn at random."""
    draw = random.Random(SEED * 1000 + epoch)
    chosen = [one for one in examples if draw.random() < SHARES.get(one.origin, 1.0)]
    draw.shuffle(chosen)
    drawn = [_draw(one, draw) for one in draw_topics(chosen, STRAY_TOPICS, draw)]
    for first in range(0, len(drawn) - QUESTIONS + 1, QUESTIONS):
        yield drawn[first : first + QUESTIONS]


def _draw(one: Example, draw: random.Random) -> Example:
    """An example in a typed variant, with some of its passages, preferably the hardest."""
    typed = one.question if one.origin.startswith("written") else as_typed(one.question, draw)
    right = draw.sample(one.right, min(RIGHT, len(one.right)))
    left, wrong = list(one.wrong), list[ReadingText]()
    while left and len(wrong) < (WRONG if right else ABSENT):
        hard = draw.random() < NEAR
        wrong.append(left.pop(0 if hard else draw.randrange(len(left))))
    asked = " ".join([typed, *one.expansions])
    return replace(one, question=asked, right=tuple(right), wrong=tuple(wrong))


class Trainer:
    """The model with its optimiser; training resumes from a checkpoint."""

    def __init__(
        self, folder: Path, work: Path, examples: Sequence[Example], steps: int,
        start: Path | None = None, rate: float = RATE,
    ) -> None:  # fmt: skip
        """`start` is a reader to continue from, with a new schedule of `steps` steps; `rate` is the
        highest learning rate of the layers."""
        torch.manual_seed(SEED)
        self.model = ReaderModel(folder)
        if start is not None:
            self._import(start)
        self.tokenize = Tokenizer(folder / TOKENIZER).encode_pair
        self._examples = examples
        self._checkpoint = work / "checkpoint.pt"
        self.steps = steps
        layers: list[nn.Parameter] = []
        heads: list[nn.Parameter] = []
        for name, parameter in self.model.trained().items():
            (layers if name.startswith("layer.") else heads).append(parameter)
        groups = [{"params": layers, "lr": rate},
                  {"params": heads, "lr": HEADS_TIMES * rate}]  # fmt: skip
        self._optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate)
        self.step = 0

    def _rate(self, step: int) -> float:
        return min(1.0, (step + 1) / WARM_UP, max(0.02, (self.steps - step) / self.steps))

    def run(self) -> Iterator[tuple[int, float]]:
        """Train to the end; yields each step and its loss."""
        self._resume()
        torch.set_num_threads(1)
        self.model.train()
        steps = (batch for epoch in count() for batch in batches(self._examples, epoch))
        for number, batch in enumerate(islice(steps, self.steps)):
            if number < self.step:
                continue
            loss = self._train_on(batch)
            self.step = number + 1
            if self.step % CHECKPOINT_STEPS == 0 or self.step == self.steps:
                self._save()
            yield self.step, loss

    def _train_on(self, batch: Sequence[Example]) -> float:
        """Run one step, each core on half of the questions; gradients add up in any order."""
        items = [
            Item(make_targets(self.tokenize, one.question, one.topic, [*one.right, *one.wrong]),
                 TYPES.index(one.polarity))
            for one in batch
        ]  # fmt: skip
        items = sorted(
            (one for one in items if one.targets), key=lambda one: len(one.targets[0].input.ids)
        )
        losses: dict[int, float] = {}
        threads = [
            threading.Thread(target=self._backward, args=(items[half::2], len(items), losses, half))
            for half in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        nn.utils.clip_grad_norm_(list(self.model.trained().values()), 1.0)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad()
        return sum(losses.values())

    def _backward(
        self, items: Sequence[Item], total: int, losses: dict[int, float], half: int
    ) -> None:
        found = self._logits(items)
        loss = torch.stack([loss_of(*pair) for pair in zip(found, items, strict=True)]).sum()
        loss = loss / total
        loss.backward()  # type: ignore[no-untyped-call]
        losses[half] = float(loss.detach())

    def _logits(self, items: Sequence[Item]) -> list[list[Logits]]:
        """The logits of all inputs, in batches of similar length."""
        flat = [target.input for item in items for target in item.targets]
        order = sorted(range(len(flat)), key=lambda i: len(flat[i].ids))
        found: dict[int, Logits] = {}
        with torch.autocast("cpu", torch.bfloat16):  # one block, so that each weight is cast once
            for first in range(0, len(order), 8):
                part = order[first : first + 8]
                found.update(zip(part, self.model([flat[i] for i in part]), strict=True))
        numbers = iter(range(len(flat)))
        return [[found[next(numbers)] for _ in item.targets] for item in items]

    def _save(self) -> None:
        state: dict[str, Any] = {
            "trained": {name: value.data for name, value in self.model.trained().items()},
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "step": self.step,
        }
        part = self._checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.rename(self._checkpoint)

    def _resume(self) -> None:
        if self._checkpoint.exists():
            state = torch.load(self._checkpoint, weights_only=True)
            for name, value in self.model.trained().items():
                value.data.copy_(state["trained"][name])
            self._optimizer.load_state_dict(state["optimizer"])
            self._schedule.load_state_dict(state["schedule"])
            self.step = state["step"]
            log.info("going on from step %d", self.step)

    def fit_answer_types(self) -> None:
        """Fit the head of the answer types to the current encoder."""
        drawn = draw_typed(self._examples, TYPES)
        states = []
        self.model.eval()
        with torch.no_grad():
            for one in drawn:
                asked = " ".join([one.question, *one.expansions])
                [target] = make_targets(self.tokenize, asked, one.topic, one.right[:1])
                ids, mask = batch_tensors([target.input])
                hidden = self.model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
                states.append(hidden[0, 0].float())
        types = torch.tensor([TYPES.index(one.polarity) for one in drawn])
        weights, biases = fit_answer_types(torch.stack(states), types, len(TYPES))
        head = self.model.answer_type
        with torch.no_grad():
            head.weight.copy_(weights)
            head.bias.copy_(biases)

    def export(self, file: Path) -> None:
        """Write the layers, and the heads as one, as an ONNX model."""
        tensors = {name: one.detach().float().numpy() for name, one in self.model.trained().items()}
        for kind in ("weight", "bias"):
            heads = [tensors.pop(f"{name}.{kind}") for name in HEADS]
            tensors[f"{HEAD}.{kind}"] = np.concatenate(heads)
        write_layers(tensors, self.model.encoder.config.num_attention_heads, file)

    def average(self, file: Path) -> None:
        """Replace the weights by the mean of them and those of another reader (Wortsman et al.
        2022)."""
        own = {name: one.detach().clone() for name, one in self.model.trained().items()}
        self._import(file)
        for name, parameter in self.model.trained().items():
            parameter.data.add_(own[name]).div_(2)

    def _import(self, file: Path) -> None:
        tensors = {name: torch.tensor(one) for name, one in read_layers(file).items()}
        for kind in ("weight", "bias"):
            named = [self.model.trained()[f"{name}.{kind}"] for name in HEADS]
            heads = torch.split(tensors.pop(f"{HEAD}.{kind}"), [len(one) for one in named])
            tensors |= {f"{name}.{kind}": one for name, one in zip(HEADS, heads, strict=True)}
        for name, parameter in self.model.trained().items():
            parameter.data.copy_(tensors[name])
