"""Training examples: a question with the passages that answer it, if any, and some that do not.

Every question set gets an index of its own texts, built as by `kallbot rebuild`. So the passages,
with their context, are like those at inference, and the wrong ones are hard negatives: ranked high
by search, preferably from the same document, and without the answer.
"""

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from embeddings.index.contract import Index
from embeddings.index.publishing import open_index
from embeddings.model.encoder import Encoder
from embeddings.rebuild import rebuild
from embeddings.types import Passage, Span
from evaluation import HELD_OUT, SpanQuestion, read_squad, read_swequad
from evaluation.written import read_written
from retrieval.question import understand
from retrieval.reader import join_topic, reading_text
from retrieval.search import Search, embed
from retrieval.types import Hit

SQUAD, XQUAD = 1400, 300
"""Number of questions of the translated sets: their passages are all of one kind, and written
questions are more useful."""
_SEED = 3
_SEARCHED = 16
_WRONG = 15
"""Maximum number of passages of a question that do not answer it."""
_OWN_FIRST = 2
"""Passages of the same document for each of another: on real files two of three wrong answers are
from the right document."""


@dataclass(frozen=True, slots=True)
class ReadingText:
    """The reader's text of a passage, and the parts of the answer in it, `text[start:end]` each.

    `text` is the context and, from `body` on, the passage itself; offsets are in characters.
    """

    text: str
    body: int
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the readings that answer it (none if it is unanswerable), and some that do not.

    `polarity` is that of the written question, or ""; `expansions` are other names of what the
    question names.
    """

    origin: str
    question: str
    topic: str
    right: tuple[ReadingText, ...]
    wrong: tuple[ReadingText, ...]
    polarity: str = ""
    expansions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the parts of its answer in a document, none if it has no answer.

    `around` is the span about which the question was written.
    """

    question: str
    document: str
    spans: tuple[Span, ...] = ()
    around: Span = (0, 0)
    topic: str = ""
    polarity: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Texts by file name, and the questions about them."""

    name: str
    texts: dict[str, str]
    questions: list[Asked]


def question_sets(data: Path, written: Sequence[Path]) -> Iterator[QuestionSet]:
    """All sets to train on, without dev sets and the held-out articles of SQuAD.

    `data` is the folder of the public sets, and `written` are folders of written questions.
    """
    for number, folder in enumerate(written):
        yield written_set(f"written-{number}", folder)
    yield swequad(data / "swequad-mc-train.json")
    squad = swedish_squad(data / "squad2-sv.json", held_out=False)
    yield _drawn(squad, SQUAD)
    english = {span.id: span.question for span in read_squad(data / "xquad.en.json")}
    asked = [replace(one, question=english[one.id]) for one in squad.questions if one.id in english]
    yield _drawn(QuestionSet("xquad", squad.texts, asked), XQUAD)


def _drawn(questions: QuestionSet, count: int) -> QuestionSet:
    """A set with `count` of its questions, drawn at random."""
    return replace(questions, questions=random.Random(_SEED).sample(questions.questions, count))


def written_set(name: str, folder: Path) -> QuestionSet:
    """The written questions of a folder, with all of its documents in one set."""
    texts: dict[str, str] = {}
    questions = []
    for document in read_written(folder):
        file = f"{document.id}.txt"
        texts[file] = document.text
        for one in document.questions:
            questions.append(Asked(one.question, file, one.spans, one.quote,
                                   join_topic(one.history), one.polarity))  # fmt: skip
    return QuestionSet(name, texts, questions)


def swequad(file: Path) -> QuestionSet:
    """The questions of SweQUAD-MC about web pages of authorities."""
    texts: dict[str, str] = {}
    questions = []
    for span in read_swequad(file):
        name = hashlib.sha256(span.text.encode()).hexdigest()[:16] + ".txt"
        texts[name] = span.text
        questions.append(Asked(span.question, name, ((span.start, span.end),), span.paragraph))
    return QuestionSet("swequad", texts, questions)


def swedish_squad(file: Path, *, held_out: bool) -> QuestionSet:
    """The held-out articles of the Swedish SQuAD 2.0, or the others."""
    apart = {span.text for span in read_squad(file, HELD_OUT)}
    spans = [span for span in read_squad(file) if (span.text in apart) == held_out]
    return _on_articles("squad-held-out" if held_out else "squad", spans)


def _on_articles(name: str, spans: Sequence[SpanQuestion]) -> QuestionSet:
    texts = {text: f"{row:03}.txt" for row, text in enumerate(dict.fromkeys(
        span.text for span in spans))}  # fmt: skip
    questions = [
        Asked(
            span.question, texts[span.text], ((span.start, span.end),) if span.answerable else (),
            span.paragraph, id=span.id,
        )
        for span in spans
    ]  # fmt: skip
    return QuestionSet(name, {file: text for text, file in texts.items()}, questions)


# From a set to examples


def write_examples(
    questions: QuestionSet, work: Path, encoder: Encoder, advance: Callable[[], object]
) -> Path:
    """Write a set's examples as JSON lines, unless the file exists; return the file."""
    file = work / f"{questions.name}.jsonl"
    if not file.exists():
        index = indexed(questions.texts, work / questions.name, encoder)
        by_document: dict[str, list[tuple[int, Passage]]] = defaultdict(list)
        for row, passage in enumerate(index.passages(list(range(len(index))))):
            by_document[passage.document.name].append((row, passage))
        part = file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            for asked in questions.questions:
                both = understand(f"{asked.topic} {asked.question}".strip())
                own = by_document[asked.document]
                scored = Search(index, both, embed(encoder, both))
                near = scored.hits([(row, [passage]) for row, passage in own])
                near.sort(key=lambda hit: -hit.score)
                found = scored.best(_SEARCHED)
                example = _example(questions.name, asked, [passage for _, passage in own],
                                   _own_first(near, found, asked.document))  # fmt: skip
                if example is not None:
                    out.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
                advance()
        part.rename(file)
    return file


def read_examples(file: Path) -> list[Example]:
    """Read the examples that `write_examples` wrote."""
    examples = []
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line:
            said = json.loads(line)
            for name in ("right", "wrong"):
                said[name] = tuple(
                    ReadingText(one["text"], one["body"], tuple((a, b) for a, b in one["spans"]))
                    for one in said[name]
                )
            said["expansions"] = tuple(said["expansions"])
            examples.append(Example(**said))
    return examples


def indexed(texts: dict[str, str], work: Path, encoder: Encoder) -> Index:
    """The index of the texts in the folder `work`, built or brought up to date."""
    documents = work / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (documents / name).write_text(text, encoding="utf-8", newline="")
    rebuild(documents, work / "index", encoder.name, lambda: encoder, lambda *_: None)
    return open_index(work / "index", encoder.name)


def _own_first(own: Sequence[Hit], found: Sequence[Hit], document: str) -> Iterator[Passage]:
    """The passages of the document asked about, interleaved with those of others, each in search
    order."""
    others = (hit.passage for hit in found if hit.passage.document.name != document)
    for number, hit in enumerate(own, 1):
        yield hit.passage
        if number % _OWN_FIRST == 0:
            yield from islice(others, 1)
    yield from others


def _example(
    origin: str, asked: Asked, own: Sequence[Passage], ranked: Iterable[Passage]
) -> Example | None:
    """The example of a question with its document's own passages; None if none of them contains
    the answer. Wrong passages are taken in the order of `ranked`."""
    right = [one for passage in own if (one := _reading(passage, asked.spans)).spans]
    if asked.spans and not right:
        return None
    answers = [own[0].document.text[start:end].casefold() for start, end in asked.spans]
    around = [passage for passage in own if overlaps(passage, asked.around)]
    tempting = around if not asked.spans else []  # the passage it was written about is the hardest
    wrong = [*tempting, *(one for one in ranked if one not in tempting)]
    kept = [_reading(passage) for passage in wrong
            if not passage.is_notice and not _may_answer(passage, answers)]  # fmt: skip
    expansions = understand(asked.question).expansions
    return Example(origin, asked.question, asked.topic, tuple(right), tuple(kept[:_WRONG]),
                   asked.polarity, expansions)  # fmt: skip


def _reading(passage: Passage, spans: Sequence[Span] = ()) -> ReadingText:
    """The reader's text of a passage, with the document's spans that are in it."""
    text, body = reading_text(passage)
    inside = ((max(start, passage.start), min(end, passage.end)) for start, end in spans)
    shift = body - passage.start
    return ReadingText(text, body, tuple((a + shift, b + shift) for a, b in inside if a < b))


def _may_answer(passage: Passage, answers: Sequence[str]) -> bool:
    """Whether a passage contains the words of an answer, so that it is no sure negative."""
    text = passage.text.casefold()
    return any(answer in text for answer in answers)


def overlaps(passage: Passage, span: Span) -> bool:
    """Whether a passage overlaps a span of its document."""
    return passage.start < span[1] and span[0] < passage.end


def draw_topics(examples: Sequence[Example], share: float, draw: random.Random) -> list[Example]:
    """The examples, a share of them after the question of another one: an unrelated question before
    it, or before the one that it follows, must not change the reading."""
    others = [one.question for one in examples]
    return [
        replace(one, topic=f"{draw.choice(others)} {one.topic}".strip())
        if draw.random() < share else one
        for one in examples
    ]  # fmt: skip
