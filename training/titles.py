"""How often the title and the date of a document are those that a person would give it.

    python -m training.titles DATA

`titles.jsonl` has what readers wrote down for 799 of the written documents: the lines that name
the document, best first, and the day on which it was published, decided or held, "" if its head
gives none. None of the detection is fitted on them so far.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from embeddings.passages.document import make_document
from embeddings.passages.structure import find_blocks
from embeddings.types import Document, Source
from evaluation.written import read_written

LABELS = Path(__file__).with_name("titles.jsonl")
OWN = Path(__file__).parent / "written" / "train"


def main() -> None:
    """Print how many titles and dates are right, and the wrong titles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    chosen = parser.parse_args()
    labels = {said["id"]: said for said in map(json.loads, LABELS.open(encoding="utf-8"))}
    counts: Counter[str] = Counter()
    for document in documents([chosen.data / "written" / "train", OWN]):
        if (said := labels.get(document.name)) is None:
            continue
        title = document.metadata.title or ""
        published = document.metadata.published
        day = published.isoformat() if published else ""
        counts["documents"] += 1
        counts["titles right"] += (is_right := is_title(title, said["titles"]))
        counts["dates to find"] += bool(said["published"])
        counts["dates found"] += bool(day) and day == said["published"]
        counts["dates wrong"] += bool(day) and day != said["published"]
        if not is_right:
            print(f"{document.name}: {title!r}, not {said['titles'][0]!r}")
    print(", ".join(f"{what}: {count}" for what, count in counts.items()))


def documents(folders: list[Path]) -> Iterator[Document]:
    """The written documents of folders, without any knowledge of each other."""
    for folder in folders:
        for one in read_written(folder):
            source = Source(one.id, one.text)
            yield make_document(source, find_blocks(source), frozenset())


def is_title(title: str, wanted: list[str]) -> bool:
    """Whether a title holds one of the lines that name the document."""
    return any(_key(one) in _key(title) for one in wanted)


def _key(title: str) -> str:
    return " ".join(title.split()).strip(" .;,").casefold()


if __name__ == "__main__":
    main()
