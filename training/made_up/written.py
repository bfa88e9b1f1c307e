"""A made-up document as it grows, with questions whose answers stand in it, or do not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from training.made_up.invented import Invented

Asked = tuple[str, str]

_SLOT: Final = re.compile(r"\{(\w+)\}")


class Question(NamedTuple):
    """A question on a document, with the span of its answer (0, 0 if none) and of its line."""

    text: str
    answer: tuple[int, int]
    line: tuple[int, int]


@dataclass
class Written:
    """A document: its text, its questions, and what its patterns are filled with.

    `apart` are the words that no other document has, so a question that holds one of them means
    something outside the document too.
    """

    facts: dict[str, str]
    apart: tuple[str, ...] = ()
    text: str = ""
    questions: list[Question] = field(default_factory=list)

    def fill(self, pattern: str) -> str:
        """The pattern with its slots filled with the facts; `{When}` is `{when}` capitalised."""
        return _SLOT.sub(lambda slot: self._fact(slot[1]), pattern)

    def _fact(self, name: str) -> str:
        if name in self.facts:
            return self.facts[name]
        value = self.facts[name[0].lower() + name[1:]]
        return value[0].upper() + value[1:]

    def add(self, line: str, *asked: Asked) -> None:
        """Append a line, its slots filled, and questions, each with an answer that is in the line.

        An empty answer says that the line, near as it is, does not answer.
        """
        line = self.fill(line)
        offset = len(self.text)
        for pattern, answer in asked:
            self.ask(pattern, self.fill(answer), offset, line)
        self.text += line + "\n"

    def add_some(self, by: Invented, line: str, asked: Sequence[Asked], most: int) -> None:
        """Append a line with at most so many of its questions, drawn."""
        self.add(line, *by.draw.sample(asked, min(most, len(asked))))

    def ask(self, pattern: str, answer: str, offset: int, line: str) -> None:
        """A question on the text `line`, which begins at `offset` and may begin with the answer."""
        if answer not in line:
            answer = answer[0].upper() + answer[1:]
        start = offset + line.index(answer) if answer else 0
        end = start + len(answer)
        self.questions.append(
            Question(self.fill(pattern), (start, end), (offset, offset + len(line)))
        )

    def gap(self) -> None:
        """Append an empty line."""
        self.text += "\n"

    def means_something_elsewhere(self, question: str) -> bool:
        """Whether a question can be asked without saying which document it is about."""
        return any(word in question for word in self.apart)


def series(items: Sequence[str]) -> str:
    """The items as a sentence counts them up: "a, b och c"."""
    return ", ".join(items[:-1]) + " och " + items[-1]
