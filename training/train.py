"""Training of the reader's adapters and heads on two cores, in bfloat16.

A step takes some questions, each with the passage that answers it (where there is one) and some
that do not. Four losses are added: the place of the answer in each passage, or position 0 for none
(Devlin et al. 2019); its place among all passages of the question, so that scores compare between
passages (Clark & Gardner 2018, shared normalisation); which of the passages answers; and whether
each does.
"""

import logging
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from embeddings.bundled import TOKENIZER
from embeddings.tokenizer import Tokenizer
from retrieval.reader import Input, Tokenize, make_inputs
from training.examples import Example, Reading
from training.typing_habits import as_typed

log = logging.getLogger(__name__)

SEED: Final = 20
STEPS: Final = 1600
QUESTIONS: Final = 16  # a step
RANK, ALPHA, FIRST_LAYER = 32, 64, 3
RATE: Final = 5e-4
WARM_UP: Final = 0.06
WRONG: Final = 2  # passages a step that do not answer, for a question that has an answer
REPEATS: Final = {"swequad": 2}
SHARES: Final = {
    "squad": 0.7, "xquad-en": 0.6, "xquad-de": 0.15, "norquad": 0.4, "press": 0.9,
    "sections": 0.8,
}  # fmt: skip
UNANSWERABLE: Final = 0.6  # the share of these that an epoch takes
CHECKPOINT_STEPS: Final = 100
PROJECTIONS: Final = (
    "query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """An input, and the tokens that its answer begins and ends with; 0 and 0 for none.

    `answers` without tokens is an input that answers as a whole.
    """

    input: Input
    start: int
    end: int
    answers: bool


class ReaderModel(nn.Module):
    """The encoder with adapters, and the two heads."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from peft import LoraConfig, get_peft_model
        from transformers import BertModel

        base = BertModel.from_pretrained(
            str(folder), add_pooling_layer=False, attn_implementation="eager",
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,  # cores draw in any order
        )  # fmt: skip
        for module in base.modules():
            if isinstance(module, nn.Linear):  # not trained: what is cast once is not cast again
                module.to(torch.bfloat16)
        layers = list(range(FIRST_LAYER, base.config.num_hidden_layers))
        config = LoraConfig(
            r=RANK, lora_alpha=ALPHA, target_modules=list(PROJECTIONS),
            layers_to_transform=layers,
        )  # fmt: skip
        self.encoder = get_peft_model(base, config)
        for name, parameter in self.encoder.named_parameters():
            if "lora_" in name:
                parameter.data = parameter.data.float()
        self.span = nn.Linear(base.config.hidden_size, 2)
        self.relevance = nn.Linear(base.config.hidden_size, 1)

    def trained(self) -> dict[str, nn.Parameter]:
        """The parameters that training changes, by name."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def forward(self, inputs: Sequence[Input]) -> list[tuple[Tensor, Tensor]]:
        """For each input: the logits of start and end, shape (2, tokens), and of relevance."""
        ids, mask = batch_tensors(inputs)
        allowed = torch.zeros_like(ids, dtype=torch.bool)
        for row, one in enumerate(inputs):
            allowed[row, : len(one.ids)] = torch.tensor([end > 0 for _, end in one.where])
        allowed[:, 0] = True
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        hidden = hidden.float()
        spans = self.span(hidden).masked_fill(~allowed[:, :, None], -1e4).transpose(1, 2)
        relevance = self.relevance(hidden[:, 0])[:, 0]
        return [(spans[row, :, : len(one.ids)], relevance[row]) for row, one in enumerate(inputs)]


def batch_tensors(inputs: Sequence[Input]) -> tuple[Tensor, Tensor]:
    """The ids of inputs and their mask, padded, each of shape (inputs, tokens)."""
    longest = max(len(one.ids) for one in inputs)
    ids = torch.zeros(len(inputs), longest, dtype=torch.long)
    mask = torch.zeros(len(inputs), longest, dtype=torch.long)
    for row, one in enumerate(inputs):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        mask[row, : len(one.ids)] = 1
    return ids, mask


# Items


def make_items(tokenize: Tokenize, question: str, readings: Sequence[Reading]) -> list[Item]:
    """The readings of a question as items, first the one that answers; cut-off answers left out."""
    texts = [(each.text, each.body) for each in readings]
    inputs = make_inputs(tokenize, [question] * len(texts), texts)
    items = []
    for one, each in zip(inputs, readings, strict=True):
        if each.is_whole or not each.answers:
            items.append(Item(one, 0, 0, each.is_whole))
            continue
        start = next((i for i, at in enumerate(one.where) if at[1] > each.start), 0)
        end = next((i for i in reversed(range(len(one.where)))
                    if (at := one.where[i])[1] and at[0] < each.end), 0)  # fmt: skip
        last = max(at[1] for at in one.where)
        if not 0 < start <= end or last < each.end:
            return []
        items.append(Item(one, start, end, True))
    return items


def loss_of(logits: Sequence[tuple[Tensor, Tensor]], items: Sequence[Item]) -> Tensor:
    """The loss of one question's passages; the first answers it if any does."""
    total = torch.zeros(())
    for (spans, relevance), item in zip(logits, items, strict=True):
        if item.end or not item.answers:
            target = torch.tensor([item.start, item.end])
            share = 1.0 if item.end or not items[0].answers else 0.3
            total = total + share * functional.cross_entropy(spans, target)
        label = torch.tensor(float(item.answers))
        total = total + 0.5 * functional.binary_cross_entropy_with_logits(relevance, label)
    if items[0].answers and len(items) > 1:
        ranks = torch.stack([relevance for _, relevance in logits])
        total = total + functional.cross_entropy(ranks, torch.tensor(0))
    if items[0].end and len(items) > 1:
        everywhere = torch.cat([spans[:, 1:] for spans, _ in logits], dim=1)
        target = torch.tensor([items[0].start - 1, items[0].end - 1])
        total = total + 0.5 * functional.cross_entropy(everywhere, target)
    return total


# Steps


def batches(examples: Sequence[Example], epoch: int) -> Iterator[list[tuple[str, list[Reading]]]]:
    """The steps of an epoch: questions as people may type them, with the passages drawn."""
    draw = random.Random(SEED * 1000 + epoch)
    chosen: list[Example] = []
    for example in examples:
        chosen += [example] * REPEATS.get(example.origin, 1)
    chosen = [each for each in chosen if draw.random() < _share(each)]
    draw.shuffle(chosen)
    drawn = [(as_typed(each.question, draw), _draw_readings(each, draw)) for each in chosen]
    for first in range(0, len(drawn) - QUESTIONS + 1, QUESTIONS):
        yield drawn[first : first + QUESTIONS]


def _share(example: Example) -> float:
    """How often an epoch takes an example."""
    if not example.readings:
        return 0.0
    answerable = example.readings[0].answers
    return SHARES.get(example.origin, 1.0) * (1.0 if answerable else UNANSWERABLE)


def _draw_readings(example: Example, draw: random.Random) -> list[Reading]:
    """The reading that answers and others drawn; where none does, the hardest one and another."""
    right = [each for each in example.readings if each.answers]
    wrong = [each for each in example.readings if not each.answers]
    if right:
        return [*right, *draw.sample(wrong, min(WRONG, len(wrong)))]
    return [*wrong[:1], *draw.sample(wrong[1:], min(draw.random() < 0.5, len(wrong[1:])))]


class Trainer:
    """The model with its optimiser, which stops and goes on where it was."""

    def __init__(
        self, folder: Path, work: Path, examples: Sequence[Example], start: Path | None = None
    ) -> None:
        """`start` is a reader that was exported, to go on from with a new schedule."""
        torch.manual_seed(SEED)
        self.model = ReaderModel(folder)
        if start is not None:
            self._import(start)
        self.tokenize = Tokenizer(folder / TOKENIZER).encode_pair
        self._examples = examples
        self._checkpoint = work / "checkpoint.pt"
        self.steps = STEPS
        self._optimizer = torch.optim.AdamW(self.model.trained().values(), RATE, weight_decay=0.01)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate)
        self.step = 0

    def _rate(self, step: int) -> float:
        warm = WARM_UP * self.steps
        return min(1.0, (step + 1) / warm, max(0.02, (self.steps - step) / (self.steps - warm)))

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

    def _train_on(self, batch: Sequence[tuple[str, list[Reading]]]) -> float:
        """One step, each core on half of its questions; the gradients add up in any order."""
        groups = [make_items(self.tokenize, question, readings) for question, readings in batch]
        groups = sorted(filter(None, groups), key=lambda items: len(items[0].input.ids))
        losses: dict[int, float] = {}
        threads = [
            threading.Thread(
                target=self._backward, args=(groups[half::2], len(groups), losses, half)
            )
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
        self, groups: Sequence[list[Item]], total: int, losses: dict[int, float], half: int
    ) -> None:
        loss = torch.stack([
            loss_of(logits, items)
            for logits, items in zip(self._logits(groups), groups, strict=True)
        ]).sum() / total  # fmt: skip
        loss.backward()  # type: ignore[no-untyped-call]
        losses[half] = float(loss.detach())

    def _logits(self, groups: Sequence[list[Item]]) -> list[list[tuple[Tensor, Tensor]]]:
        """The logits of all items, inputs of like length going through the model together."""
        flat = [item.input for items in groups for item in items]
        order = sorted(range(len(flat)), key=lambda i: len(flat[i].ids))
        found: dict[int, tuple[Tensor, Tensor]] = {}
        for first in range(0, len(order), 8):
            part = order[first : first + 8]
            found.update(zip(part, self.model([flat[i] for i in part]), strict=True))
        numbers = iter(range(len(flat)))
        return [[found[next(numbers)] for _ in items] for items in groups]

    def _save(self) -> None:
        state: dict[str, Any] = {
            "trained": {name: value.data for name, value in self.model.trained().items()},
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "step": self.step,
            "random": torch.get_rng_state(),
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
            torch.set_rng_state(state["random"])
            log.info("going on from step %d", self.step)

    def export(self, file: Path) -> None:
        """Write the adapters and heads as float16 safetensors, the scale of LoRA in `lora_B`."""
        tensors = {
            short: (parameter.detach() * scale).to(torch.float16).contiguous()
            for short, scale, parameter in self._exported()
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, file)

    def _import(self, file: Path) -> None:
        tensors = load_file(file)
        for short, scale, parameter in self._exported():
            parameter.data.copy_(tensors[short].float() / scale)

    def _exported(self) -> Iterator[tuple[str, float, nn.Parameter]]:
        """What is trained: its name in the file, what it is multiplied by there, and itself."""
        for name, parameter in self.model.trained().items():
            short = name.removeprefix("encoder.base_model.model.encoder.")
            short = short.replace(".default.weight", "")
            yield short, ALPHA / RANK if short.endswith("lora_B") else 1.0, parameter
