"""`python -m embeddings FOLDER INDEX`: bring an index up to date, as `kallbot rebuild` does."""

import argparse
import sys
from pathlib import Path

from embeddings.errors import KallbotError
from embeddings.model.bundled import BUNDLED
from embeddings.model.encoder import encoder_name, load_encoder
from embeddings.rebuild import rebuild


def main() -> int:
    """Rebuild, say what was done, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m embeddings", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the documents")
    parser.add_argument("index", type=Path, help="the folder of the index")
    parser.add_argument("--model", default=BUNDLED, help="the embedding model (%(default)s)")
    chosen = parser.parse_args()
    try:
        report = rebuild(
            chosen.folder,
            chosen.index,
            encoder_name(chosen.model),
            lambda: load_encoder(chosen.model),
            _show,
        )
    except KallbotError as error:
        sys.stderr.write(f"embeddings: {error}\n")
        return 1
    for message in report.skipped:
        sys.stderr.write(f"embeddings: skipped {message}\n")
    for message in report.notes:
        sys.stderr.write(f"embeddings: {message}\n")
    sys.stdout.write(
        f"added {len(report.added)}, changed {len(report.changed)}, removed {len(report.removed)}: "
        f"{report.documents} documents, {report.passages} passages, {report.embedded} embedded, "
        f"{report.seconds:.1f} s\n"
    )
    return 0


def _show(step: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{step} {done}/{total} ")
        sys.stderr.write("\n" if done == total else "")


if __name__ == "__main__":
    sys.exit(main())
