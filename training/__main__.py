"""Train the reader: `python -m training DATA WORK`.

DATA holds the question sets; WORK is a folder for their indexes, the examples and the checkpoint,
from which an interrupted run resumes. On two cores it takes about an hour and a half.
"""

import argparse
from pathlib import Path

from rich.progress import Progress

from embeddings.model.bundled import bundled_folder
from embeddings.model.encoder import load_encoder
from retrieval.reader import NETWORK
from training.examples import (
    Example,
    QuestionSet,
    question_sets,
    read_examples,
    write_examples,
)
from training.train import RATE, Trainer


def main() -> None:
    """Create the examples, train on them, and write the reader into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--start", type=Path, help="a reader to go on from, not the plain encoder")
    parser.add_argument("--mean", type=Path, help="a reader to average the trained one with")
    parser.add_argument(
        "--written", type=Path, action="append", default=[], help="a folder of written questions"
    )
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--rate", type=float, default=RATE, help="the highest learning rate")
    parser.add_argument("--out", type=Path, default=NETWORK)
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    with Progress() as progress:
        encoder = load_encoder()

        def examples_of(questions: QuestionSet) -> list[Example]:
            task = progress.add_task(questions.name, total=len(questions.questions))
            file = write_examples(questions, chosen.work, encoder, lambda: progress.advance(task))
            return read_examples(file)

        examples = [
            one for each in question_sets(chosen.data, chosen.written) for one in examples_of(each)
        ]
        trainer = Trainer(
            bundled_folder(), chosen.work, examples, chosen.steps, chosen.start, chosen.rate
        )
        task = progress.add_task("Training", total=trainer.steps)
        for step, loss in trainer.run():
            progress.update(task, completed=step)
            progress.console.print(f"{step} {loss:.3f}")
        if chosen.mean is not None:
            trainer.average(chosen.mean)
        trainer.fit_answer_types()
        trainer.export(chosen.out)


if __name__ == "__main__":
    main()
