"""Training examples: a question with one passage that answers it, if any, and some that do not.

Every set of questions gets an index of its own texts, made as `kallbot rebuild` makes it. So the
passages are those that the reader will meet, with their context, and the wrong ones are those that
our own search ranks high and that do not hold the answer.
"""

import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from embeddings.encoder import Encoder
from embeddings.home import Index
from embeddings.index import open_index
from embeddings.passages import embedding_text
from embeddings.rebuild import rebuild
from embeddings.types import Passage
from retrieval.evaluation import HELD_OUT, Span, read_squad, read_swequad
from retrieval.question import understand
from retrieval.search import search
from training.made_up import made_up_documents

SEED = 3
_MEASURED = 700  # questions on the articles that are held out
_SEARCHED = 24
_SECTION = re.compile(
    r"(?:^|\n)\n*(?P<heading>[A-ZÅÄÖ][^\n.:!]{4,70}[^\s.:!,])\n+"
    r"(?P<text>[^\n]{100,}(?:\n+[^\n]{90,}){0,3})"
)
_WRONG = 6  # passages kept with a question that do not answer it


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage as the reader sees it, and the answer in it: `text[start:end]`, or none.

    `text` is the context, and from `body` on the passage itself; offsets in characters. A passage
    that `is_whole` is the answer itself, and no part of it is.
    """

    text: str
    body: int
    start: int = 0
    end: int = 0
    is_whole: bool = False

    @property
    def answers(self) -> bool:
        """Whether the answer stands here."""
        return self.is_whole or self.end > self.start


@dataclass(frozen=True, slots=True)
class Example:
    """A question, and readings of which the first answers it or none does."""

    origin: str
    question: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer as a span of a document; without one if `end` is 0.

    `around` is the span that the question was written on. `is_whole` says that passages answer
    that the span begins in, and no words of them more than others. `local` is a question that means
    nothing outside its document, such as "Vilka deltog?": other documents may answer it too.
    """

    question: str
    document: str
    start: int = 0
    end: int = 0
    around: tuple[int, int] = (0, 0)
    answer: str = ""
    local: bool = False
    is_whole: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Texts by file name, and the questions on them."""

    name: str
    texts: dict[str, str]
    questions: list[Asked]


def reading(passage: Passage, start: int = 0, end: int = 0) -> Reading:
    """A passage as the reader sees it; `start` and `end` are offsets in the document."""
    text = embedding_text(passage)
    body = len(text) - len(passage.text)
    if not end:
        return Reading(text, body)
    return Reading(text, body, body + start - passage.start, body + end - passage.start)


def question_sets(data: Path) -> Iterator[QuestionSet]:
    """All sets to train on; nothing of any dev set, and of SQuAD no article that is held out."""
    yield swequad(data / "swequad-mc-train.json")
    squad = swedish_squad(data / "squad2-sv.json", held_out=False)
    yield squad
    yield english_on_swedish(data / "xquad.en.json", squad)
    kept = swedish_squad(data / "squad2-sv.json", held_out=True)
    for language in ("en", "de"):
        yield _articles(f"xquad-{language}", data / f"xquad.{language}.json", kept)
    yield _articles("norquad", data / "norquad.json")
    yield sections(data / "swequad-mc-train.json")
    yield press()


def measured_sets(data: Path) -> Iterator[QuestionSet]:
    """The sets to measure on: the dev questions of SweQUAD-MC, among the train texts, and those on
    the articles of SQuAD that are held out."""
    train, dev = (swequad(data / f"swequad-mc-{split}.json") for split in ("train", "dev"))
    yield QuestionSet("swequad-dev", train.texts | dev.texts, dev.questions)
    held_out = swedish_squad(data / "squad2-sv.json", held_out=True)
    random.Random(SEED).shuffle(held_out.questions)
    yield replace(held_out, questions=held_out.questions[:_MEASURED])


def swequad(file: Path) -> QuestionSet:
    """The questions of SweQUAD-MC on the pages of authorities."""
    texts: dict[str, str] = {}
    questions = []
    for span in read_swequad(file):
        name = hashlib.sha256(span.text.encode()).hexdigest()[:16] + ".txt"
        texts[name] = span.text
        questions.append(Asked(span.question, name, span.start, span.end, answer=span.gold))
    return QuestionSet("swequad", texts, questions)


def swedish_squad(file: Path, *, held_out: bool) -> QuestionSet:
    """The articles of the Swedish SQuAD 2.0 that are held out, or the others."""
    apart = {span.text for span in read_squad(file, HELD_OUT)}
    spans = [span for span in read_squad(file) if (span.text in apart) == held_out]
    return _on_articles("squad-held-out" if held_out else "squad", spans)


def english_on_swedish(file: Path, swedish: QuestionSet) -> QuestionSet:
    """The questions of XQuAD in English on the Swedish articles, known by their number."""
    english = {span.id: span.question for span in read_squad(file)}
    questions = [
        replace(asked, question=english[asked.id])
        for asked in swedish.questions
        if asked.end and asked.id in english
    ]
    return QuestionSet(f"{swedish.name}-en", swedish.texts, questions)


def sections(file: Path) -> QuestionSet:
    """Headings of the pages of SweQUAD-MC as questions that the text under them answers.

    The text is a document of its own, without the heading: so it has to be known by its meaning.
    """
    found = [
        (page.lstrip().partition("\n")[0], part["heading"], part["text"])
        for page in swequad(file).texts.values()
        for part in _SECTION.finditer(page)
    ]
    times = Counter(heading for _, heading, _ in found)
    texts: dict[str, str] = {}
    questions: dict[str, Asked] = {}
    for title, heading, text in found:
        name = f"{len(texts):05}.txt"
        question = heading if times[heading] == 1 else f"{title}: {heading}"
        if title != heading and text not in texts.values() and question not in questions:
            texts[name] = text
            questions[question] = Asked(question, name, 0, len(text), is_whole=True)
    return QuestionSet("sections", texts, list(questions.values()))


def press() -> QuestionSet:
    """Documents put together by `training.made_up`."""
    texts: dict[str, str] = {}
    questions = []
    for number, document in enumerate(made_up_documents()):
        name = f"{number:04}.txt"
        texts[name] = document.text
        for question, (start, end), around in document.questions:
            local = not document.means_something_elsewhere(question)
            answer = document.text[start:end]
            questions.append(Asked(question, name, start, end, around, answer, local))
    return QuestionSet("press", texts, questions)


def _articles(name: str, file: Path, without: QuestionSet | None = None) -> QuestionSet:
    """A file in SQuAD's format, a document an article, but for articles of another set."""
    apart = {asked.id for asked in without.questions} if without else set()
    spans = read_squad(file)
    shared = {span.text for span in spans if span.id in apart}
    return _on_articles(name, [span for span in spans if span.text not in shared])


def _on_articles(name: str, spans: Sequence[Span]) -> QuestionSet:
    texts = {text: f"{row:03}.txt" for row, text in enumerate(dict.fromkeys(
        span.text for span in spans))}  # fmt: skip
    questions = [
        Asked(
            span.question, texts[span.text], span.start, span.end if span.answerable else 0,
            span.paragraph, span.gold, id=span.id,
        )
        for span in spans
    ]  # fmt: skip
    return QuestionSet(name, {file: text for text, file in texts.items()}, questions)


# From a set to examples


def write_examples(
    questions: QuestionSet, work: Path, encoder: Encoder, advance: Callable[[], object]
) -> Path:
    """Write a set's examples, one JSON object a line, unless that is done; return the file."""
    file = work / f"{questions.name}.jsonl"
    if not file.exists():
        index = indexed(questions.texts, work / questions.name, encoder)
        by_document: dict[str, list[Passage]] = defaultdict(list)
        for passage in index.passages(list(range(len(index)))):
            by_document[passage.document.name].append(passage)
        part = file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            for asked in questions.questions:
                hits = search(index, encoder, understand(asked.question), _SEARCHED)
                passages = [hit.passage for hit in hits]
                right = _right(by_document[asked.document], asked) if asked.end else None
                example = _example(questions.name, passages, right, asked)
                if example is not None:
                    out.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
                advance()
        part.rename(file)
    return file


def read_examples(file: Path) -> list[Example]:
    """The examples of a file that `write_examples` wrote."""
    examples = []
    for line in file.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        readings = tuple(Reading(**each) for each in said["readings"])
        examples.append(Example(said["origin"], said["question"], readings))
    return examples


def indexed(texts: dict[str, str], work: Path, encoder: Encoder) -> Index:
    """An index of the texts, made in the folder `work` or brought up to date there."""
    documents = work / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (documents / name).write_text(text, encoding="utf-8", newline="")
    rebuild(documents, work / "index", encoder.name, lambda: encoder, lambda *_: None)
    return open_index(work / "index", encoder.name)


def _example(
    origin: str, found: Sequence[Passage], right: Passage | None, asked: Asked
) -> Example | None:
    """The example of a question; None if no passage holds the whole of its answer."""
    if asked.end and right is None:
        return None
    wrong = [passage for passage in found if not passage.is_notice and _is_wrong(passage, asked)]
    if not asked.end:  # the passage it was written on is the hardest
        wrong.sort(key=lambda passage: not _overlaps(passage, asked.document, asked.around))
    readings = [reading(passage) for passage in wrong[:_WRONG]]
    if asked.is_whole and right is not None:
        readings.insert(0, replace(reading(right), is_whole=True))
    elif right is not None:
        readings.insert(0, reading(right, asked.start, asked.end))
    return Example(origin, asked.question, tuple(readings))


def _right(passages: Sequence[Passage], asked: Asked) -> Passage | None:
    """The passage of its document that holds the answer, or the start of one that is whole."""
    end = asked.start + 1 if asked.is_whole else asked.end
    holding = (p for p in passages if p.start <= asked.start and end <= p.end)
    return next(holding, None)


def _is_wrong(passage: Passage, asked: Asked) -> bool:
    """Whether a passage surely does not answer: it does not even hold the words."""
    own = passage.document.name == asked.document
    if asked.is_whole:
        return not own
    if asked.local and not own:
        return False
    return not asked.answer or asked.answer.casefold() not in passage.text.casefold()


def _overlaps(passage: Passage, document: str, span: tuple[int, int]) -> bool:
    same = passage.document.name == document
    return same and passage.start < span[1] and span[0] < passage.end
