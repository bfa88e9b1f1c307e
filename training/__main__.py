"""Train the reader: `python -m training DATA WORK`.

DATA holds the question sets; WORK is a folder for their indexes, the examples and the checkpoint,
from which a run that was stopped goes on. On two cores it takes about an hour and a half.
"""

import argparse
from pathlib import Path

from rich.progress import Progress

from embeddings.bundled import bundled_folder
from embeddings.encoder import load_encoder
from retrieval.reader import WEIGHTS
from training.examples import Example, question_sets, read_examples, write_examples
from training.train import Trainer


def main() -> None:
    """Make the examples, train on them, and write the reader into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    with Progress() as progress:
        examples = _examples(chosen.data, chosen.work, progress)
        trainer = Trainer(bundled_folder(), chosen.work, examples)
        task = progress.add_task("Training", total=trainer.steps)
        for step, loss in trainer.run():
            progress.update(task, completed=step, description=f"Training, loss {loss:.2f}")
            if step % 20 == 0:
                progress.console.print(f"step {step}/{trainer.steps} loss {loss:.3f}")
    trainer.export(chosen.out)


def _examples(data: Path, work: Path, progress: Progress) -> list[Example]:
    encoder = load_encoder()
    examples: list[Example] = []
    for questions in question_sets(data):
        task = progress.add_task(questions.name, total=len(questions.questions))
        file = write_examples(questions, work, encoder, lambda task=task: progress.advance(task))
        examples += read_examples(file)
    return examples


if __name__ == "__main__":
    main()
