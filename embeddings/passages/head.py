"""The head of a document: which of its first lines is its title, and which date is its own.

Each is a choice among candidates and "none" by a softmax (a conditional logit model, McFadden 1974)
over sparse binary features of a line and of the lines around it. The weights in `head.json` were
learnt from documents whose titles and dates people wrote down (`python -m training.heads`).
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, NamedTuple

from embeddings.language.agencies import find_agencies
from embeddings.language.dates import DateMention, find_dates
from embeddings.types import MAX_WORDING, Block, BlockKind

WEIGHTS: Final = Path(__file__).with_name("head.json")
NONE: Final = "none"
"""The feature of the choice of no candidate."""
TITLE_LINES: Final = 16
DATE_LINES: Final = 24
DATE_SHARE: Final = 0.7
"""Probability from which a date is given: of 174 documents not trained on, 87 of them with a date,
75 get the right one and 6 a wrong one."""
MARKED: Final = 20.0
"""How much likelier a line is the title if its format says so, which plain text, the only
training data, cannot show: of 33 files of other formats, 30 mark their title, and 3 the name of a
series."""
_HEADING_LEVELS = 6  # deeper ones are the numbers of sections
_LENGTHS = (1, 2, 3, 5, 8, 12, 18, 30)
_TEXT_WORDS = 15  # from which a line is running text
_BODY_WORDS = 9  # from which the words of a line are those of the body
_LINE_CHARACTERS = 2 * MAX_WORDING  # characters of a line that are read
_BODY_CHARACTERS = 20_000  # characters that the words of the body are found in
_LINE = re.compile(r"\S(?:.*\S)?")
_WORD = re.compile(r"[^\W\d_]+")
_STEM_LETTERS = 5
_LABEL = re.compile(r"\w+(?: \w+){0,2}:")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NAVIGATION = re.compile(r"[|›»>·•/]")
_OPENING_SIGNS = '#*-–—§•("”»[='
_TO = ("till", "–", "-")
_STOPS = ".?!:;,)"


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A line of a block, with its continuation, or a heading, at `start` to `end` in the document.

    `text` is it on one line, cut if it is longer than any title; `is_first` and `is_last` say
    whether no line is directly above or below it.
    """

    block: Block
    start: int
    end: int
    text: str
    is_first: bool
    is_last: bool


class DateCandidate(NamedTuple):
    """A day that the head gives, with its features."""

    day: date
    features: frozenset[str]


def head_lines(text: str, blocks: Sequence[Block], count: int) -> list[HeadLine]:
    """The first `count` lines of the blocks."""
    spans = list(islice(_spans(text, blocks), count + 1))
    apart = [True, *(text[above:below].count("\n") > 1
                     for (_, _, above), (_, below, _) in pairwise(spans)), True]  # fmt: skip
    return [
        HeadLine(block, start, end, text[start:end].replace("\n", " ")[:_LINE_CHARACTERS],
             is_first, is_last)
        for (block, start, end), is_first, is_last in zip(spans, apart, apart[1:], strict=False)
    ][:count]  # fmt: skip


def _spans(text: str, blocks: Sequence[Block]) -> Iterator[tuple[Block, int, int]]:
    """The headings and the lines of the other blocks; one that begins in lower case continues the
    line above it."""
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            yield block, block.start, block.end
            continue
        start, end = block.start, block.start
        for line in _LINE.finditer(text, block.start, block.end):
            if end > start and not line.group()[0].islower():
                yield block, start, end
                start = line.start()
            end = line.end()
        yield block, start, end


# Choosing


@cache
def load_weights() -> Mapping[str, Mapping[str, float]]:
    """The weights of the features, for "title" and "date"."""
    weights: dict[str, dict[str, float]] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return weights


def choose(weights: Mapping[str, float], candidates: Sequence[Collection[str]]) -> list[float]:
    """The probability of each candidate, given by its features, and, last, that of none."""
    scores = [math.fsum(weights.get(one, 0.0) for one in each) for each in [*candidates, [NONE]]]
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def find_title(text: str, lines: Sequence[HeadLine], *, required: bool = False) -> int | None:
    """The number of the line that is the title; None if there is likely none.

    If one is required, it is the likeliest line that is not running text, if there is any. A
    heading at the beginning of the text is taken regardless: short texts are rare in the training
    data.
    """
    *shares, none = choose(load_weights()["title"], title_features(text, lines))
    weighed = [share * (MARKED if line.block.level == 1 else 1)
               for share, line in zip(shares, lines, strict=True)]  # fmt: skip
    numbers: Iterable[int] = range(len(lines))
    if none > sum(weighed):
        if lines and 0 < lines[0].block.level <= _HEADING_LEVELS:
            return 0
        numbers = [number for number in numbers if required and not _is_text(lines[number])]
    return max(numbers, key=lambda number: weighed[number], default=None)


def find_own_date(text: str, blocks: Sequence[Block]) -> date | None:
    """The day on which a document was published, decided or held, if its head gives it."""
    candidates = date_candidates(head_lines(text, blocks, DATE_LINES))
    shares = choose(load_weights()["date"], [one.features for one in candidates])
    days: defaultdict[date, float] = defaultdict(float)
    for one, share in zip(candidates, shares, strict=False):
        days[one.day] += share
    best = max(days, key=lambda day: days[day], default=None)
    return best if best is not None and days[best] >= DATE_SHARE else None


# Features


def title_features(text: str, lines: Sequence[HeadLine]) -> list[frozenset[str]]:
    """The features of each line as the title."""
    shapes = [_shape(line.text) for line in lines]
    firsts = [_first_word(line.text) for line in lines]
    is_text = list(map(_is_text, lines))
    begins = is_text.index(True) if True in is_text else len(lines)
    shared = _shared_with_body(text, lines)
    by_shared = sorted(range(len(lines)), key=lambda number: -shared[number][0])
    found = []
    for number, line in enumerate(lines):
        own = shapes[number]
        at, away = f"at {min(number, 9)}", f"to text {max(-1, min(begins - number, 6))}"
        case = "upper" if "upper" in own else "mixed"
        [length] = own & _LENGTH_NAMES
        count, share = shared[number]
        is_alone = line.is_first and line.is_last
        features = {
            *own, at, away, line.block.kind.value,
            f"alone {is_alone}", f"first {line.is_first}", f"last {line.is_last}",
            f"shared {min(count, 5)}", f"share {int(share * 3.99)}",
            f"most shared {min(by_shared.index(number), 4)}", f"begins with {firsts[number]}",
            f"{at}, {length}", f"{at}, {case}", f"{away}, {length}", f"{case}, {length}",
            f"{is_alone}, {length}",
        }  # fmt: skip
        features |= {f"word {word}" for word in _words(line.text)}
        features |= _around(number, shapes, firsts)
        found.append(frozenset(features))
    return found


def date_candidates(lines: Sequence[HeadLine]) -> list[DateCandidate]:
    """The days in the lines with their features."""
    shapes = [_shape(line.text) for line in lines]
    firsts = [_first_word(line.text) for line in lines]
    found: list[tuple[date, set[str]]] = []
    is_below_text = False
    for number, line in enumerate(lines):
        if is_below_text and _is_text(line):
            break
        around = _around(number, shapes, firsts)
        [length] = shapes[number] & _LENGTH_NAMES
        mentions = _days(line.text)
        for count, (mention, day) in enumerate(mentions):
            before = _WORD.findall(line.text[: mention.start].casefold())
            after = _WORD.findall(line.text[mention.end :].casefold())
            at, order = f"at {min(number, 9)}", f"order {min(len(found), 4)}"
            place = "begins" if not before else "inside" if after else "ends"
            found.append((day, {
                *shapes[number], *around, at, order, place, f"{count} of {min(len(mentions), 3)}",
                f"begins with {firsts[number]}", f"after {' '.join(before[-1:])}",
                f"after {' '.join(before[-2:])}", f"before {' '.join(after[:1])}",
                f"sign {line.text[: mention.start].strip()[-1:]}",
                f"sign {line.text[mention.end :].strip()[:1]} below",
                *(f"near {word[:_STEM_LETTERS]}" for word in before[-4:]),
                f"{at}, {length}", f"{at}, {place}", f"{length}, {order}",
                f"below text {is_below_text}", f"below text {is_below_text}, {order}",
            }))  # fmt: skip
        is_below_text |= _is_text(line)
    times = Counter(day for day, _ in found)
    return [
        DateCandidate(day, frozenset({
            *features, f"times {min(times[day], 3)}", f"days {min(len(times), 4)}",
            f"latest {day == max(times)}",
        }))
        for day, features in found
    ]  # fmt: skip


def _is_text(line: HeadLine) -> bool:
    """Whether a line is long enough to be running text."""
    return len(line.text.split()) >= _TEXT_WORDS


def _days(text: str) -> list[tuple[DateMention, date]]:
    """The days in a line, without the first and last of a period."""
    mentions = find_dates(text)
    periods = [pair for pair in pairwise(mentions)
               if text[pair[0].end : pair[1].start].strip() in _TO]  # fmt: skip
    return [(one, day) for one in mentions
            if (day := one.as_date()) and not any(one in pair for pair in periods)]  # fmt: skip


_LENGTH_NAMES = frozenset(f"words to {most}" for most in [*_LENGTHS, "any"])


@lru_cache(maxsize=DATE_LINES)
def _shape(text: str) -> frozenset[str]:
    """The features of a line by itself."""
    words = text.split()
    letters = [sign for sign in text if sign.isalpha()]
    has_day = any(mention.has_day for mention in find_dates(text))
    agencies = find_agencies(text)
    length = next((most for most in _LENGTHS if len(words) <= most), "any")
    facts = {
        "upper": bool(letters) and all(map(str.isupper, letters)),
        "no letter": not letters,
        "digit": any(map(str.isdigit, text)),
        "year": _YEAR.search(text),
        "colon": ":" in text,
        "label": _LABEL.match(text),
        "dash": "–" in text or " - " in text,
        "navigation": _NAVIGATION.search(text),
        "menu": len(_NAVIGATION.findall(text)) > 1,
        "day": has_day,
        "only a day": has_day and len(words) <= 4,
        "agency": agencies,
        "only an agency": any((one.start, one.end) == (0, len(text)) for one in agencies),
    }
    begins, ends = _sign(text[0], _OPENING_SIGNS), _sign(text[-1], _STOPS)
    named = {name for name, is_so in facts.items() if is_so}
    return frozenset({f"words to {length}", f"begins {begins}", f"ends {ends}", *named})


def _sign(sign: str, telling: str) -> str:
    """A sign if it is among the `telling` ones, otherwise its kind."""
    if sign in telling:
        return sign
    if sign.isdigit():
        return "digit"
    return "capital" if sign.isupper() else "small"


def _around(number: int, shapes: Sequence[Collection[str]], firsts: Sequence[str]) -> set[str]:
    """The features of the lines above and below one."""
    features: set[str] = set()
    for name, other in (("above", number - 1), ("below", number + 1)):
        if 0 <= other < len(shapes):
            own = [*shapes[other], f"begins with {firsts[other]}"]
            features |= {f"{name}: {one}" for one in own}
        else:
            features.add(f"{name}: none")
    return features


def _first_word(text: str) -> str:
    found = _WORD.search(text)
    return found.group().casefold() if found else ""


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text) if len(word) > 2}


def _stems(text: str) -> set[str]:
    return {word.casefold()[:_STEM_LETTERS] for word in _WORD.findall(text) if len(word) > 3}


def _shared_with_body(text: str, lines: Sequence[HeadLine]) -> list[tuple[int, float]]:
    """For each line, how many of its words, and what share, are in the body's other lines."""
    if not lines:
        return []
    start = lines[0].start
    body = Counter(
        stem
        for line in text[start : start + _BODY_CHARACTERS].split("\n")
        if len(line.split()) >= _BODY_WORDS
        for stem in _stems(line)
    )
    shared = []
    for line in lines:
        stems = _stems(line.text)
        itself = len(line.text.split()) >= _BODY_WORDS
        count = sum(body[stem] > itself for stem in stems)
        shared.append((count, count / len(stems) if stems else 0.0))
    return shared
