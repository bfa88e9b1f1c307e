"""Measure how well Källbot finds, answers and declines, and print the figures as Markdown.

Each question set is evaluated end to end. Then each stage of the ranking, and the search without
each of its parts (an ablation), is measured by the ranks of the passages that answer.

    python benchmarks/quality.py DATA WORK
    python benchmarks/quality.py DATA WORK --into benchmarks/README.md --section After

DATA holds `questions-dev.jsonl`, `swequad-mc-train.json`, `swequad-mc-dev.json`, `squad2-sv.json`
and `swefaq-dev.jsonl`; WORK is a folder for the indexes, kept for the next run. With `--into` the
section of that name in a Markdown file is replaced, or appended.
"""

import argparse
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
from rich.console import Console

from bot.evaluate import Evaluation, evaluate_file
from bot.loading import bring_up_to_date, open_engine
from bot.report import HEADS
from bot.settings import Settings, bundled_documents
from embeddings.index.contract import Index
from embeddings.index.publishing import open_index
from embeddings.model.encoder import Advance, Encoder, FloatArray
from embeddings.passages.structure import normalise
from evaluation import (
    Figures,
    SpanQuestion,
    covers,
    discounted_gain,
    document_rank,
    first_rank,
    mean,
    read_swefaq,
    read_swequad,
)
from retrieval import matching
from retrieval.engine import Engine
from retrieval.question import understand
from retrieval.search import DENSE_SHARE, expanded, normalised
from retrieval.types import Hit, Question

PASSAGES = 40
SEED = 1
QUESTIONS, SWEQUAD, SQUAD, SWEFAQ = (
    "questions-dev.jsonl", "swequad-mc-dev.json", "squad2-sv.json", "swefaq-dev.jsonl",
)  # fmt: skip
SWEQUAD_TRAIN = "swequad-mc-train.json"
INDEXES = {QUESTIONS: "seeds", SWEQUAD: "swequad-mc", SQUAD: "squad", SWEFAQ: "swefaq"}

RANKS = (1, 5, 10)

Ranking = Callable[[Engine, str], Sequence[Hit]]


def main() -> None:
    """Measure, and print the figures or write them into a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--into", type=Path, metavar="FILE.md")
    parser.add_argument("--section", default="Figures", metavar="NAME")
    chosen = parser.parse_args()
    evaluations = evaluate_all(chosen.data, chosen.work)
    worth = measure_parts(chosen.data, chosen.work)
    section = f"## {chosen.section}\n\n{render(evaluations, worth)}"
    if chosen.into:
        page = chosen.into.read_text(encoding="utf-8") if chosen.into.exists() else ""
        chosen.into.write_text(with_section(page, chosen.section, section), encoding="utf-8")
    else:
        print(section, end="")


# End-to-end evaluation


def evaluate_all(data: Path, work: Path) -> dict[str, Evaluation]:
    """Evaluate every file, with the indexes in `work`."""
    seeds = settings_of(work, QUESTIONS)
    bring_up_to_date(seeds, bundled_documents(), seeds.index, Console(stderr=True))
    evaluate = {
        QUESTIONS: partial(evaluate_file),
        SWEQUAD: partial(evaluate_file, corpus=[data / SWEQUAD_TRAIN], keep=True),
        SQUAD: partial(evaluate_file, keep=True, held_out=True),
        SWEFAQ: partial(evaluate_file, keep=True),
    }
    return {name: run(data / name, settings_of(work, name)) for name, run in evaluate.items()}


def settings_of(work: Path, name: str) -> Settings:
    """The default settings with the index of a file."""
    return Settings(index=work / INDEXES[name])


# Stages and ablations


@dataclass(frozen=True, slots=True)
class Worth:
    """The figures of a ranking: recall on SweQUAD-MC at each of `RANKS`, recall at 1 with misspelt
    questions, and nDCG@10 on SweFAQ."""

    found: tuple[float | None, ...]
    found_misspelt: float | None
    gain: float | None


class Remembering:
    """An encoder that caches the vectors of questions."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self._encoder = encoder
        self._known: dict[str, FloatArray] = {}

    def embed_query(self, question: str) -> FloatArray:
        """The question's vector, shape (dimension,)."""
        if question not in self._known:
            self._known[question] = self._encoder.embed_query(question)
        return self._known[question]

    def embed_passages(self, texts: Sequence[str], advance: Advance | None = None) -> FloatArray:
        """The texts' vectors, shape (n, dimension)."""
        return self._encoder.embed_passages(texts, advance)


class Parts:
    """The engines and questions for measuring the parts: one engine for each index."""

    def __init__(self, data: Path, work: Path) -> None:
        self.web = open_engine(settings_of(work, SWEQUAD))
        self.web._encoder = Remembering(self.web._encoder)
        self.faq = copy(self.web)  # shares everything loaded, on another index
        self.faq.index = open_index(work / INDEXES[SWEFAQ], self.web._encoder.name)
        self.spans = read_swequad(data / SWEQUAD)
        self.faqs = read_swefaq(data / SWEFAQ)

    def worth(self, rank: Ranking) -> Worth:
        """The figures of a ranking."""
        ranks = [self._rank(rank, span, span.question) for span in self.spans]
        slipped = [self._rank(rank, span, misspelt(span.question)) for span in self.spans]
        return Worth(
            tuple(_share_within(ranks, limit) for limit in RANKS),
            _share_within(slipped, 1),
            mean(discounted_gain(self._document_rank(rank, faq)) for faq in self.faqs),
        )

    def _rank(self, rank: Ranking, span: SpanQuestion, asked: str) -> int | None:
        return first_rank(rank(self.web, asked), lambda hit: covers(hit, span))

    def _document_rank(self, rank: Ranking, faq: SpanQuestion) -> int | None:
        return document_rank(rank(self.faq, faq.question), faq.text)


def _share_within(ranks: Sequence[int | None], limit: int) -> float | None:
    return mean(float(rank is not None and rank <= limit) for rank in ranks)


def measure_parts(data: Path, work: Path) -> dict[str, Worth]:
    """Measure each stage of the ranking, and the search without each of its parts."""
    parts = Parts(data, work)
    worth = {name: parts.worth(rank) for name, rank in STAGES.items()}
    for name, switched in WITHOUT.items():
        with switched():
            worth[name] = parts.worth(by_search)
    return worth


def by_vectors(engine: Engine, text: str) -> list[Hit]:
    """Rank by the cosine alone."""
    return ranked(engine.index, dense(engine, understand(text)))


def by_words(engine: Engine, text: str) -> list[Hit]:
    """Rank by BM25 alone."""
    return ranked(engine.index, lexical(engine, understand(text)))


def by_both(engine: Engine, text: str) -> list[Hit]:
    """Rank by the weighted sum of both, normalised."""
    question = understand(text)
    by_meaning, by_word = dense(engine, question), lexical(engine, question)
    joined = DENSE_SHARE * z_scores(by_meaning) + (1 - DENSE_SHARE) * z_scores(by_word)
    return ranked(engine.index, joined)


def by_search(engine: Engine, text: str) -> list[Hit]:
    """Rank by the search, without the reader."""
    return engine.find_hits(engine.understand(text), PASSAGES)


def by_engine(engine: Engine, text: str) -> list[Hit]:
    """Rank by the complete engine, with the reader."""
    return engine.search(text, PASSAGES)


def dense(engine: Engine, question: Question) -> FloatArray:
    """The cosine of each passage, shape (passages,)."""
    vectors = engine.index.vectors.at(np.arange(len(engine.index)))
    return vectors @ engine._encoder.embed_query(expanded(question))


def lexical(engine: Engine, question: Question) -> FloatArray:
    """The BM25 score of each passage, shape (passages,)."""
    index = engine.index
    return index.words.scores(question.marks).at(np.arange(len(index)))


def z_scores(scores: FloatArray) -> FloatArray:
    """The z-scores of the scores."""
    return normalised(scores, float(scores.mean()), float(scores.std()))


def ranked(index: Index, scores: FloatArray) -> list[Hit]:
    """The passages with the highest scores, best first, without duplicates and notices."""
    rows = np.argsort(-scores, kind="stable")[: 4 * PASSAGES].tolist()
    distinct: dict[str, Hit] = {}
    for row, passage in zip(rows, index.passages(rows), strict=True):
        if not passage.is_notice:
            hit = Hit(passage, float(scores[row]), 0.0, 0.0, 0.0)
            distinct.setdefault(normalise(passage.text), hit)
    return list(distinct.values())[:PASSAGES]


def misspelt(question: str) -> str:
    """The question with two letters swapped inside its longest word."""
    word = max(re.findall(r"\w+", question), key=len)
    drawn = random.Random(f"{SEED}{question}")  # the same slip in every run
    places = [at for at in range(1, len(word) - 2) if word[at] != word[at + 1]]
    if not places:
        return question
    at = drawn.choice(places)
    slipped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return question.replace(word, slipped, 1)


# Switches for the ablations: the code itself has none, since nobody would use them


@contextmanager
def replaced(target: str, by: object) -> Iterator[None]:
    """Replace a function or a constant temporarily."""
    matching._seen.cache_clear()
    with patch(target, by):
        yield
    matching._seen.cache_clear()


@contextmanager
def without_compounds() -> Iterator[None]:
    """Disable matches between compounds and their parts."""
    matching._seen.cache_clear()
    with patch.multiple(matching, _WHOLE=0.0, _PART=0.0, _HEAD=0.0):
        yield
    matching._seen.cache_clear()


def nothing(*_: object, **__: object) -> list[object]:
    """Return no mentions."""
    return []


STAGES: Mapping[str, Ranking] = {
    "vectors alone": by_vectors,
    "words alone (BM25)": by_words,
    "both: the sum of z-scores": by_both,
    "search: and how much of the question stands there": by_search,
    "read: and what the reader makes of the best": by_engine,
}
WITHOUT: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "without mending slips by the corpus": partial(
        replaced, "retrieval.engine.mend", lambda text, vocabulary: text
    ),
    "without compounds": without_compounds,
    "without forgiving slips": partial(replaced, "retrieval.matching.is_slip", lambda *_: False),
    "without other names in what is embedded": partial(
        replaced, "retrieval.search.expanded", lambda question: question.text
    ),
    "without knowing organisations": partial(replaced, "retrieval.question.find_agencies", nothing),
    "without knowing dates": partial(replaced, "retrieval.question.find_dates", nothing),
    "without what stands around a passage": partial(
        replaced, "embeddings.types.Passage.in_context", property(lambda passage: passage.text)
    ),
}


# Markdown

TITLES = {
    QUESTIONS: "Questions about the seeds (`questions-dev.jsonl`)",
    SWEQUAD: "SweQUAD-MC dev, texts of train and dev",
    SQUAD: "SQuAD 2.0 in Swedish, the fifth of the articles that is held out",
    SWEFAQ: "SweFAQ dev, every answer a document",
}


def render(evaluations: Mapping[str, Evaluation], worth: Mapping[str, Worth]) -> str:
    """All figures as Markdown."""
    parts = [f"Times on {os.cpu_count()} cores."]
    for name, evaluation in evaluations.items():
        parts += [f"### {TITLES[name]}", table("kind", evaluation.groups),
                  table("confidence", {"": evaluation.calibration})]  # fmt: skip
    parts += ["### What each part is worth", worth_table(worth)]
    return "\n\n".join(parts) + "\n"


def table(head: str, groups: Mapping[str, Figures]) -> str:
    """A table of figures with one row per group."""
    names = list(next(iter(groups.values())))
    rows = ([group, *(figure(of[name], _places(name)) for name in names)]
            for group, of in groups.items())  # fmt: skip
    return rows_of([head, *(HEADS.get(name, name) for name in names)], rows)


def _places(name: str) -> int:
    """The number of decimals: one for medians and percentiles, three for shares."""
    return 1 if name.startswith(("median_", "p95_")) else 3


def worth_table(worth: Mapping[str, Worth]) -> str:
    """A table with the figures of each stage and ablation, one per row."""
    heads = ["", *(f"SweQUAD-MC R@{limit}" for limit in RANKS), "misspelt R@1", "SweFAQ nDCG@10"]
    rows = (
        [name, *map(figure, (*one.found, one.found_misspelt, one.gain))]
        for name, one in worth.items()
    )
    return rows_of(heads, rows)


def rows_of(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with right-aligned figures."""
    rule = ["---", *("--:" for _ in heads[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))


def figure(value: float | None, places: int = 3) -> str:
    """A value as text: with `places` decimals, an integer without."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{places}f}"


def with_section(page: str, name: str, section: str) -> str:
    """The page with the section of this name replaced, or appended."""
    pattern = re.compile(rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if not pattern.search(page):
        return f"{page.rstrip()}\n\n{section}".lstrip()
    return pattern.sub(lambda found: section + ("\n" if found.end() < len(page) else ""), page)


if __name__ == "__main__":
    main()
