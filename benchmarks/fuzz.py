"""Fuzz the readers with hostile files: `python benchmarks/fuzz.py --minutes 60`.

Files of every format are mutated at random and read as in a rebuild, and the result is cut into
passages. It prints the number of files tried, the slowest, the peak memory of reading, and every
fault: a file that is neither read nor refused with a one-line error. Faulty files are kept in
FOLDER with their seed for inspection.
"""

import argparse
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from embeddings.errors import DocumentError
from embeddings.language.entities import find_entities
from embeddings.passages.cutting import cut_passages, embedding_text
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.isolation import IsolatedReader
from embeddings.reading.registry import format_of
from tests.embeddings.reading.hostile import made_files, mutated_files

_AT_A_TIME = 50  # files per seed


def main() -> None:
    """Read mutated files until the time is up."""
    parser = argparse.ArgumentParser(description="Read files made to harm, of every format.")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"), metavar="FOLDER")
    given = parser.parse_args()
    until = time.monotonic() + 60 * given.minutes
    tried, read, faults = Counter[str](), Counter[str](), 0
    slowest, slowest_cut = (0.0, ""), (0.0, "")
    reader, seed = IsolatedReader(), given.seed
    batch = [*mutated_files(seed, _AT_A_TIME), *made_files()]
    while time.monotonic() < until:
        for name, content in batch:
            suffix = name.rpartition(".")[2]
            before, before_cut = time.monotonic(), time.process_time()
            tried[suffix] += 1
            try:
                read[suffix] += _read(reader, name, content)
            except DocumentError as error:
                if "\n" in str(error):
                    faults += _keep(given.keep, f"{seed}-{name}", content, error)
            except Exception as error:
                faults += _keep(given.keep, f"{seed}-{name}", content, error)
            slowest = max(slowest, (time.monotonic() - before, f"{seed}-{name}"))
            slowest_cut = max(slowest_cut, (time.process_time() - before_cut, f"{seed}-{name}"))
            if time.monotonic() > until:
                break
        seed += 1
        batch = [*mutated_files(seed, _AT_A_TIME)]
    reader.close()
    ours, readers = (resource.getrusage(who).ru_maxrss // 1024
                     for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    print(f"files tried {sum(tried.values())}, read {sum(read.values())}, faults {faults}")
    print(", ".join(f"{suffix} {count}" for suffix, count in sorted(tried.items())))
    print(f"slowest {slowest[0]:.1f} s ({slowest[1]}); slowest outside the reader "
          f"{slowest_cut[0]:.1f} s on the processor ({slowest_cut[1]})")  # fmt: skip
    print(f"largest memory: {readers} MB in a reader, {ours} MB outside it")
    sys.exit(1 if faults else 0)


def _read(reader: IsolatedReader, name: str, content: bytes) -> int:
    """Read a file and cut it into passages; returns 1. Raises DocumentError if it is refused."""
    chosen = format_of(name, content)
    if chosen is None:
        raise DocumentError("the format is not known")
    for source in reader.read(chosen, name, content).sources:
        blocks = find_blocks(source)
        document = make_document(source, blocks, find_notices([digests_of(source, blocks)]))
        find_entities(document.text, document.metadata.published)
        for passage in cut_passages(document):
            embedding_text(passage)
    return 1


def _keep(folder: Path, name: str, content: bytes, error: Exception) -> int:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    print(f"{folder / name}: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
    return 1


if __name__ == "__main__":
    main()
