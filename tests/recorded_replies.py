"""What recorded replies of a language model come to, through the real pipeline and no network.

`python -m tests.recorded_replies prompts PROMPTS.jsonl` writes what a model would be asked, a line
`{"fråga": …, "tidigare": …, "messages": …, "schema": …}` a question, and nothing of what is
expected. With replies, `{"fråga": …, "tidigare": …, "reply": …}` a line,
`python -m tests.recorded_replies score REPLIES.jsonl` prints the figures. The questions and
documents are those beside the project. A reply is found by its question, and its quotes by their
words, since the order of passages differs a little between processors.
"""

import argparse
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.answer_text import answer_text
from bot.loading import bring_up_to_date, keep_encoder
from bot.settings import load_settings
from embeddings.index.publishing import open_index
from embeddings.model.encoder import Encoder
from evaluation import Case, CaseOutcome, read_cases, summary
from evaluation.questions import written_cases
from retrieval.engine import AROUND, Engine
from retrieval.llm.client import Completion, Message, NoReply
from retrieval.llm.gate import pass_parts
from retrieval.llm.quotes import find_quote
from retrieval.llm.reading import LanguageReader
from retrieval.llm.reply import Part, Quoted, Reply, Verdict
from retrieval.reader import Reader, load_reader
from retrieval.types import Answer, Cost, Hit, Question
from tests.fakes import OverlapReader

SHARED = Path(__file__).parents[2] / "shared"
REPLIES = Path(__file__).with_name("recorded_replies.jsonl")
TODAY = date(2026, 11, 2)
_WRITTEN = ("w01", "w12", "w22", "w27")
_WRITTEN_QUESTIONS = 40


Asked = tuple[str, str]
"""A question, and those before it in the chat, a line each."""


class Recorded:
    """A model that says what was recorded; `asked` are the prompts by their questions."""

    def __init__(self, replies: Mapping[Asked, str]) -> None:
        self._replies = replies
        self.asked: dict[Asked, dict[str, Any]] = {}

    def complete(
        self, messages: Sequence[Message], schema: Mapping[str, Any], **_: Any
    ) -> Completion:
        """The reply to this question; raises NoReply where there is none."""
        said = json.loads(messages[-1]["content"])
        asked = asked_in(said)
        self.asked[asked] = dict(zip(("fråga", "tidigare"), asked, strict=True)) | {
            "messages": messages, "schema": schema,
        }  # fmt: skip
        if asked not in self._replies:
            raise NoReply("has no recorded reply to this question")
        return Completion(_renumbered(self._replies[asked], said["stycken"]), Cost(calls=1))


def _renumbered(reply: str, passages: Mapping[str, Mapping[str, str]]) -> str:
    """A reply with its quotes in the passages that have their words, or where it says they are."""
    said = json.loads(reply)
    for quote in (one for part in said["parts"] for one in part["quotes"]):
        numbers = (number for number, one in passages.items()
                   if find_quote(one["text"], quote["quote"]))  # fmt: skip
        quote["passage"] = int(next(numbers, quote["passage"]))
    return json.dumps(said)


class Keeping(LanguageReader):
    """A language model as the reader, which keeps what it judged: question, hits and reply."""

    def __init__(self, model: Recorded) -> None:
        super().__init__(model, today=lambda: TODAY)
        self.judged: list[tuple[Question, Sequence[Hit], Reply]] = []

    def _judged(self, answer: Answer, hits: Sequence[Hit], reply: Reply) -> Answer:
        self.judged.append((answer.question, hits, reply))
        return super()._judged(answer, hits, reply)


# Sentences made wrong


def with_another_number(part: Part, _: Sequence[Hit]) -> Part | None:
    """The part with its first number one higher."""
    text = re.sub(r"\d+", lambda found: str(int(found.group()) + 1), part.text, count=1)
    return part.model_copy(update={"text": text}) if text != part.text else None


def with_another_name(part: Part, _: Sequence[Hit]) -> Part | None:
    """The part with a name in the place of its first one after the first word."""
    text = re.sub(r"(?<=[\wåäö,] )[A-ZÅÄÖ][\wåäö]{2,}", "Kvarnlund", part.text, count=1)
    return part.model_copy(update={"text": text}) if text != part.text else None


def with_an_invented_quote(part: Part, _: Sequence[Hit]) -> Part | None:
    """The part with itself as its quotes, so said as no document does."""
    quotes = [Quoted(passage=one.passage, quote=f"Sammantaget kan sägas att {part.text}")
              for one in part.quotes]  # fmt: skip
    return part.model_copy(update={"quotes": quotes}) if quotes else None


def with_another_passage(part: Part, hits: Sequence[Hit]) -> Part | None:
    """The part with each quote said to be in a passage that does not have it."""
    quotes = [
        Quoted(passage=number, quote=one.quote)
        for one in part.quotes
        for number, hit in enumerate(hits, 1)
        if not find_quote(hit.passage.text, one.quote)
    ]
    return part.model_copy(update={"quotes": quotes}) if quotes else None


SPOILING = (with_another_number, with_another_name, with_an_invented_quote, with_another_passage)


@dataclass(slots=True)
class Passing:
    """How many sentences, and how many of them the gate let through."""

    passed: int = 0
    all: int = 0

    def add(self, passed: int, of: int) -> None:
        """Count some more."""
        self.passed += passed
        self.all += of

    def __str__(self) -> str:
        return f"{self.passed} of {self.all}"


def measure_gate(judged: Sequence[tuple[Question, Sequence[Hit], Reply]]) -> dict[str, Passing]:
    """What the gate lets through of what answers say, as it was written and made wrong."""
    found: defaultdict[str, Passing] = defaultdict(Passing)
    for question, hits, reply in judged:
        if reply.verdict is not Verdict.ANSWERED:
            continue
        found["as written"].add(
            len(list(pass_parts(question, hits, reply.parts, TODAY))), len(reply.parts)
        )
        for part in reply.parts:
            for spoil in SPOILING:
                wrong = spoil(part, hits)
                if wrong is not None:
                    passed = list(pass_parts(question, hits, [wrong], TODAY))
                    found[spoil.__name__.replace("_", " ")].add(len(passed), 1)
    return dict(found)


def asked_in(said: Mapping[str, str]) -> Asked:
    """The question and those before it, of a prompt or of a line."""
    return said["fråga"], said["tidigare"]


def read_replies(path: Path) -> dict[Asked, str]:
    """The replies of a file by their questions."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {asked_in(one): one["reply"] for one in lines}


def real_cases() -> list[Case]:
    """The questions on the files of authorities."""
    return read_cases(SHARED / "data" / "real-dev.jsonl")


def written_texts_and_cases() -> tuple[dict[str, str], list[Case]]:
    """The texts of the written questions, and a few of the questions, drawn by hash."""
    texts: dict[str, str] = {}
    cases: list[Case] = []
    for name in _WRITTEN:
        found, asked = written_cases(SHARED / "data" / "written" / "dev" / f"{name}.jsonl")
        texts |= found
        cases += asked
    cases.sort(key=lambda case: hashlib.sha256(case.id.encode()).digest())
    return texts, cases[:_WRITTEN_QUESTIONS]


def ask_all(
    cases: Sequence[Case], index: Path, encoder: Encoder, reader: Reader, language: Keeping
) -> list[CaseOutcome]:
    """What comes of the cases on an index with a language model."""
    opened = open_index(index, encoder.name)
    engine = Engine(opened, encoder, reader, today=lambda: TODAY, language=language, around=AROUND)
    outcomes = []
    for case in cases:
        answer = engine.ask(case.question, case.history)
        outcomes.append(CaseOutcome(case, answer, answer_text(answer), None))
    opened.close()
    return outcomes


def _outcomes(
    options: argparse.Namespace, language: Keeping
) -> Iterator[tuple[str, list[CaseOutcome]]]:
    encoder = keep_encoder(load_settings(), Console(stderr=True))()
    # What a model is asked does not depend on the small reader.
    reader = OverlapReader() if options.do == "prompts" else load_reader(encoder)
    texts, written = written_texts_and_cases()
    folder = options.work / "written"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    for name, documents, cases in (
        ("real-dev", SHARED / "real", real_cases()), ("written", folder, written),
    ):  # fmt: skip
        index = options.work / f"{name}-index"
        bring_up_to_date(load_settings(), documents, index, Console(stderr=True), lambda: encoder)
        yield name, ask_all(cases, index, encoder, reader, language)


def main() -> None:
    """Write the prompts, or score replies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", choices=["prompts", "score"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="the folder of the indexes")
    options = parser.parse_args()
    model = Recorded(read_replies(options.file) if options.do == "score" else {})
    language = Keeping(model)
    found = dict(_outcomes(options, language))
    if options.do == "prompts":
        lines = (json.dumps(one, ensure_ascii=False) for one in model.asked.values())
        options.file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return
    for name, outcomes in found.items():
        figures = summary(outcomes)
        known = sum(one.answer.cost is not None and bool(one.answer.cost.calls) for one in outcomes)
        print(f"{name}: {len(outcomes)} questions, {known} with a reply, right {figures['right']}, "
              f"asserted right {figures['asserted_right']}, "
              f"absent asserted {figures['absent_asserted']}")  # fmt: skip
        for one in outcomes:
            wrong = not one.is_right if one.case.answerable else one.is_asserted
            if wrong:
                print(f"  {one.case.id} {one.case.question}\n    {one.case.expected}\n"
                      f"    {one.answer.outcome}: {one.short}")  # fmt: skip
    for what, passed in measure_gate(language.judged).items():
        print(f"let through {what}: {passed}")


if __name__ == "__main__":
    main()
