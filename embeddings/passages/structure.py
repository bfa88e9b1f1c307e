"""The structure of a plain text: its blocks.

Reads plain text as people and web pages produce it: paragraphs separated by blank lines or one per
line, hard-wrapped lines, lists with every style of bullet, and Markdown markup if the file is
Markdown. Blocks marked by the format, such as the headings of a web page, are kept as they are, and
the running text between them is parsed as plain text. Nothing here is specific to a publisher.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile, zip_longest

from embeddings.language.dates import find_dates
from embeddings.language.speech import SPEECH_VERB
from embeddings.reading.formats.tables import split_table
from embeddings.types import Block, BlockKind, Source

_BULLET = re.compile(
    r"[ \t\u00a0]*(?P<marker>[•·▪▫●○◦‣∙■*+−–—-]|\(?\d{1,2}[.)]|[a-zåäö]\))[ \t\u00a0]+(?=\S)"
)
_BOX = re.compile(r"\[[ xX]?\]\s+(?=\S)")
_DASHES = frozenset("−–—-")
_NUMBER_MARKER = re.compile(r"\(?\d{1,2}[.)]")
_MARKDOWN_HEADING = re.compile(r"(?P<signs>#{1,6})\s+(?=[#\s]*[^#\s])(?P<title>.*)")
_UNDERLINE = re.compile(r"[ \t]*\n(?:---|===)")
_MARKDOWN_TABLE_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_NUMBERED_HEADING = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2})*)\.?[ \t]+[A-ZÅÄÖ]")
_RULE = re.compile(r"[ \t]*[-=*_—–]{3,}[ \t]*$")
_TABLE_RULE = re.compile(r"\+[-=:]+(?:\+[-=:]+)*\+|[-=]{2,}(?:[ \t]+[-=]{2,})+")
"""A rule between the rows of a table in text: "+---+-----+", "====  ====="."""
_SENTENCE_END = re.compile(r"[.!?…:;,][\"”’')\]]*(?:\s\([^()]{1,40}\))?$")
"""The end of a sentence, maybe with its source: "… i hela kronor. (AFS 2014:43)"."""
_ABBREVIATED_END = re.compile(r"\bm\. ?(?:m|fl)\.$")
SECTION = re.compile(
    r"(?:\d{1,3}(?: ?[a-z])?(?: ?[-–] ?\d{1,3})? ?§§?|§§? ?\d{1,4}(?: ?[a-z]\b)?)[.:]?"
    r"(?=$|[ \t\u00a0]+[^\W\d_a-zåäö]|[ \t\u00a0]+[/(–\d])"
)
"""The number of a section, "1 a §" or "§ 8", at the beginning of a line."""
CHAPTER = re.compile(r"(?P<number>\d{1,3}(?: ?[a-z])?) ?kap\.")
SECTION_LEVEL = 8  # below the six that formats have
_UNMARKED_LEVEL = 7  # of headings that the format does not mark, where it marks others
_CHAPTER_LEVEL = 3
_LABEL = re.compile(
    r"(?:\*\*|__)?(?P<label>[^\W\d_a-zåäö][^\n:.!?;,|<>]{0,40})(?:\*\*|__)?:(?:\*\*|__)?"
    r"[ \t\u00a0]+(?P<value>\S.*)"
)
_LABEL_WORDS = 4
_VALUE_WORDS = 18
_COLUMNS = re.compile(r"\t+| {2,}")
_HIDDEN = re.compile(
    r"<!--.*-->|\{\{.*\}\}|\{%.*%\}|`{3,}.*|~{3,}.*|<br\s*/?>|!\[\]\([^()]*\)|:{3,}[ \t]*[\w-]*"
    r"|\[[^\[\]^][^\[\]]*\]:[ \t]+\S+(?:[ \t]+[\"'(].*)?|</?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>"
)
"""Lines of Markdown that are not text: comments, template calls, fences of code and of boxes, link
targets, HTML tags."""
_CREDIT = re.compile(r"\b(?:Foto|Fotograf|Bild|Illustration|Photo|Grafik)\s*:\s*\S", re.IGNORECASE)
_CREDIT_LINE = re.compile(rf"[ \t]*{_CREDIT.pattern}", re.IGNORECASE)
_PUBLISHED_LINE = re.compile(
    r"(?:innehållet\s+)?(?:publicera[dts]\w*|publicerings\w*|uppdatera[dts]\w*|senast\s+\w+|datum|"
    r"granska[dt]\w*|published|updated)\b[\s:]*",
    re.IGNORECASE,
)
KINDS = (
    "pressmeddelande|nyhet|nyheter|artikel|debattartikel|debatt|notis|rapport|protokoll|beslut|"
    "promemoria|remissvar|tal|blogg|blogginlägg|lagrådsremiss|proposition|faktablad|"
    "regleringsbrev|uttalande|reportage|intervju|press release|news"
)
ORIGIN_LINE = re.compile(
    rf"(?P<kind>{KINDS})(?:\s+(?:från|av|from)\s+(?P<publisher>[^\n.!?]{{2,80}}))?", re.IGNORECASE
)
_HEADING_WORDS = 18
_SHORT_LINE_WORDS = 10
_WRAP_WIDTHS = range(50, 101)
_WRAP_LINES = 40
_WRAPPED_PAIRS = 8


@dataclass(frozen=True, slots=True)
class _Line:
    """A non-blank line: its offsets without the surrounding white space.

    `fixed` is the block that begins with the line, if the format marks one.
    """

    start: int
    end: int
    indent: int
    after_blank: bool
    text: str
    bullet: re.Match[str] | None
    ends_sentence: bool
    fixed: Block | None = None

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def begins_lower(self) -> bool:
        return self.text[:1].islower()


def find_blocks(source: Source) -> tuple[Block, ...]:
    """Find the blocks of the body, in order; `make_document` finds the notices and the title."""
    lines = list(_with_sections(list(_lines(source))))
    ends = _ends(source, lines)
    is_hard = _is_hard_wrapped(lines)
    blocks: list[Block] = [block for block in source.layout if block.end <= source.body]
    position = 0
    while position < len(lines):
        taken, found = _next_blocks(source, lines, position, ends[position], is_hard)
        blocks.extend(found)
        position += taken
    resolved = _resolve_neighbours(source.text, blocks)
    return tuple(_with_chapters(source, _below_marked(source, list(resolved))))


def normalise(text: str) -> str:
    """The text normalized to detect repeats: no bullet, case-folded, with white space collapsed."""
    bullet = _BULLET.match(text)
    return " ".join(text[bullet.end() if bullet else 0 :].casefold().split())


def item_spans(text: str) -> list[tuple[int, int]]:
    """The spans of the items in the text of a list, without their bullets."""
    lines = list(_lines(Source("", text)))
    marked = next((number for number, line in enumerate(lines) if line.bullet), None)
    if marked is None:
        return [(line.start, line.end) for line in lines]
    items: list[tuple[int, int]] = []
    for line in lines[marked:]:
        if line.bullet:
            box = _BOX.match(line.text, line.bullet.end())
            items.append((line.start + (box or line.bullet).end(), line.end))
        else:
            items[-1] = (items[-1][0], line.end)
    return items


# Lines


def _lines(source: Source) -> Iterator[_Line]:
    offset, after_blank = source.body, True
    fixed = {block.start: block for block in source.layout}
    for raw in source.text[source.body :].split("\n"):
        text = raw.strip()
        if _TABLE_RULE.fullmatch(text):  # the rows around a rule belong together
            offset += len(raw) + 1
            continue
        is_hidden = source.is_markdown and _HIDDEN.fullmatch(text)
        if text and not is_hidden and not (_RULE.match(raw) and not text.isalnum()):
            indent = len(raw) - len(raw.lstrip())
            start = offset + indent
            bullet, ends_sentence = _BULLET.match(text), bool(_SENTENCE_END.search(text))
            yield _Line(start, start + len(text), indent, after_blank, text, bullet, ends_sentence,
                        fixed.get(start))  # fmt: skip
            after_blank = False
        else:
            after_blank = True
        offset += len(raw) + 1


def _with_sections(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines, with the number of a section split from the text after it.

    A number on a line of its own with a few words is part of that heading: "§ 12 Mötets öppnande".
    """
    for line, after in zip_longest(lines, lines[1:]):
        section = None if line.fixed else SECTION.match(line.text)
        is_alone = after is None or after.after_blank or after.fixed is not None
        is_title = is_alone and line.text.startswith("§") and _is_heading(line)
        if section is None or is_title:
            yield line
            continue
        middle = line.start + section.end()
        heading = Block(BlockKind.HEADING, line.start, middle, SECTION_LEVEL)
        yield replace(line, end=middle, text=section.group(), bullet=None, fixed=heading)
        rest = line.text[section.end() :].lstrip()
        if rest:
            start = line.end - len(rest)
            yield replace(line, start=start, text=rest, after_blank=False,
                          bullet=_BULLET.match(rest))  # fmt: skip


def _is_hard_wrapped(lines: Sequence[_Line]) -> bool:
    """Whether the text as a whole is hard-wrapped at a margin."""
    pairs = [(line, after) for line, after in pairwise(lines)
             if not (after.after_blank or after.bullet or after.fixed or line.fixed)]  # fmt: skip
    broken = sum(after.begins_lower and not line.ends_sentence for line, after in pairs)
    widest = max((len(line.text) for line, _ in pairs), default=0)
    return len(pairs) >= _WRAPPED_PAIRS and broken * 2 > len(pairs) and widest <= max(_WRAP_WIDTHS)


def _ends(source: Source, lines: Sequence[_Line]) -> list[int]:
    """For each line, the number of the line before which the text that it begins must end.

    That is the next one that follows a blank line, or is a bullet, metadata, a Markdown heading,
    the first of several labels with values, or the beginning of a block marked by the format.
    """
    ends: list[int] = []
    end = len(lines)
    labels = [False, *map(_is_label, lines), False]
    for number in reversed(range(len(lines))):
        ends.append(end)
        line = lines[number]
        begins_labels = labels[number : number + 3] == [False, True, True]
        begins = line.after_blank or line.bullet or line.fixed or begins_labels
        if begins or _is_metadata(line.text) or _heading(source, line):
            end = number
    return ends[::-1]


def _heading(source: Source, line: _Line) -> re.Match[str] | None:
    return _MARKDOWN_HEADING.match(line.text) if source.is_markdown else None


# Blocks


def _next_blocks(
    source: Source, lines: list[_Line], position: int, end: int, is_hard: bool
) -> tuple[int, list[Block]]:
    """Read the next blocks from `position`, up to `end`: the number of lines read, and the
    blocks."""
    line = lines[position]
    if fixed := line.fixed:
        inside = takewhile(lambda one: one.start < fixed.end, _from(lines, position, len(lines)))
        return sum(1 for _ in inside), [fixed]
    if heading := _heading(source, line):
        start = line.start + heading.start("title")
        title = heading["title"].rstrip("#").rstrip()
        return 1, [Block(BlockKind.HEADING, start, start + len(title), len(heading["signs"]))]
    if rows := _markdown_table(lines, position, end):
        return len(rows), [_row(number, line) for number, line in enumerate(rows) if number != 1]
    if rows := _aligned_table(lines, position, end):
        heads, _ = split_table([cells_of(row.text) for row in rows])
        first = 0 if heads else 1
        return len(rows), [_row(number, line) for number, line in enumerate(rows, first)]
    if labels := _label_rows(lines, position):
        return len(labels), [_block(BlockKind.ROW, labels)]
    if _is_metadata(line.text):
        return 1, [Block(BlockKind.METADATA, line.start, line.end)]
    if line.bullet:
        return _bulleted(lines, position)
    beginning = lines[position : min(end, position + _WRAP_LINES)]
    if len(beginning) > 1 and (source.is_markdown or is_hard or _is_wrapped(beginning)):
        return end - position, [_block(BlockKind.PARAGRAPH, lines[position:end])]
    return _unwrapped(lines, position, end)


def _from(lines: Sequence[_Line], position: int, end: int) -> Iterator[_Line]:
    """The lines from `position` up to `end`, lazily."""
    return (lines[number] for number in range(position, end))


def _markdown_table(lines: Sequence[_Line], position: int, end: int) -> Sequence[_Line]:
    """The lines of a Markdown table that begins here: column names, a rule, and rows."""
    head = lines[position : min(end, position + 3)]
    if len(head) < 3 or "|" not in head[1].text or "|" not in head[0].text:
        return ()
    if not _MARKDOWN_TABLE_RULE.fullmatch(head[1].text):
        return ()
    return list(takewhile(lambda line: "|" in line.text, _from(lines, position, end)))


def _aligned_table(lines: Sequence[_Line], position: int, end: int) -> Sequence[_Line]:
    """The lines of a table that begins here with cells separated by tabs or wide spaces."""
    width = len(cells_of(lines[position].text))
    if width < 2:
        return ()
    following = _from(lines, position, end)
    rows = list(takewhile(lambda line: len(cells_of(line.text)) == width, following))
    is_tabbed = all("\t" in row.text for row in rows)
    return rows if len(rows) >= (2 if is_tabbed else 3) else ()


def cells_of(text: str) -> list[str]:
    """The cells of a table line, separated by bars, tabs, or more than one space."""
    text = text.strip()
    if "|" in text:
        return [cell.strip() for cell in re.split(r"(?<!\\)\|", text.strip("|"))]
    return _COLUMNS.split(text)


def _label_rows(lines: Sequence[_Line], position: int) -> Sequence[_Line]:
    """The lines from `position` that each have a label and a value: "Pris: 450 kronor".

    A value continues in lines below with a deeper indent than its label. A single one may also be
    a heading ("Steg 2: Ansök"): it is a row only if its value contains a digit, or is a name.
    """
    labels: list[_Line] = []
    for number in range(position, len(lines)):
        line = lines[number]
        goes_on = bool(labels) and line.indent > labels[0].indent and not line.after_blank
        if not _is_label(line) and not (goes_on and not line.bullet and not line.fixed):
            break
        labels.append(line)
    if len(labels) == 1:
        following = lines[position + 1] if position + 1 < len(lines) else None
        is_apart = following is None or following.after_blank or following.fixed
        return labels if is_apart and _has_telling_value(labels[0]) else ()
    return labels


def _is_label(line: _Line) -> bool:
    if line.fixed or line.bullet or _CREDIT.search(line.text) or ORIGIN_LINE.match(line.text):
        return False
    found = _LABEL.fullmatch(line.text)
    if found is None or len(found["label"].split()) > _LABEL_WORDS:
        return False
    is_long = len(found["value"].split()) > _VALUE_WORDS
    return not is_long and not (_is_metadata(line.text) and found["label"][0] in "PpUuIiSsGg")


def _has_telling_value(line: _Line) -> bool:
    found = _LABEL.fullmatch(line.text)
    if found is None or any(map(str.isdigit, found["label"])):
        return False
    words = re.findall(r"\w+", found["value"])
    has_figure = any(map(str.isdigit, found["value"]))
    return has_figure or all(word[0].isupper() for word in words)


def _row(number: int, line: _Line) -> Block:
    """A line of a table; the one with the column names is a caption for the rows below."""
    return Block(BlockKind.ROW if number else BlockKind.CAPTION, line.start, line.end)


def _is_metadata(text: str) -> bool:
    """Whether a line only states when, by whom or as what the document was published."""
    if ORIGIN_LINE.fullmatch(text):
        return True
    lead = _PUBLISHED_LINE.match(text)
    if lead is None or len(text) > 100 or text.endswith("."):
        return False
    return lead.end() == len(text) or bool(find_dates(text))


def _is_wrapped(chunk: Sequence[_Line]) -> bool:
    """Whether the lines are one hard-wrapped paragraph, not one paragraph each."""
    broken = [line for line, after in pairwise(chunk) if not line.ends_sentence]
    widest = max(len(line.text) for line in chunk)
    if widest not in _WRAP_WIDTHS or not broken:
        return False
    full = [line for line in chunk[:-1] if len(line.text) > widest * 0.7]
    return len(full) >= (len(chunk) - 1) * 0.8 and any(
        after.begins_lower and not line.ends_sentence for line, after in pairwise(chunk)
    )


def _unwrapped(lines: list[_Line], position: int, end: int) -> tuple[int, list[Block]]:
    """The first line, or the first run of short lines, of lines that are a paragraph each."""
    run = _short_run(lines, position, end)
    if len(run) >= 3:
        return len(run), [_block(BlockKind.LIST, run)]
    two = lines[position : min(end, position + 2)]
    has_credit = len(two) == 2 and _CREDIT.search(two[1].text)
    if len(run) == 2 and end == position + 2 and not has_credit:
        return 2, [_block(BlockKind.PARAGRAPH, run)]
    line = two[0]
    if has_credit and line.words <= _HEADING_WORDS:
        return 2, [_block(BlockKind.CAPTION, two)]
    following = lines[position + 1] if position + 1 < len(lines) else None
    is_below = position > 0 and not line.after_blank and not lines[position - 1].fixed
    ends_text = is_below and following is not None and following.after_blank
    return 1, [_block(_kind_of(line, None if ends_text else following), [line])]


def _short_run(lines: list[_Line], position: int, limit: int) -> Sequence[_Line]:
    """The short lines without a full stop from `position`; the last is left out if it heads
    text."""
    end = position
    while end < limit and _is_item_line(lines[end]):
        end += 1
    if position < end < limit and not lines[end - 1].begins_lower:
        end -= 1  # the last one is the heading of the text below
    return lines[position:end]


def _is_item_line(line: _Line) -> bool:
    limit = 4 * _SHORT_LINE_WORDS if line.begins_lower else _SHORT_LINE_WORDS
    return line.words <= limit and not (line.ends_sentence and not line.begins_lower)


def _kind_of(line: _Line, following: _Line | None) -> BlockKind:
    """The kind of a line, which may be the heading of the next one."""
    if _CREDIT.search(line.text) and line.words <= 80:
        return BlockKind.CAPTION
    if following is not None and _is_heading(line):
        return BlockKind.HEADING
    return BlockKind.PARAGRAPH


def _is_heading(line: _Line) -> bool:
    if line.words > _HEADING_WORDS or not any(letter.isalpha() for letter in line.text):
        return False
    if line.begins_lower:
        return False
    if line.words <= _SHORT_LINE_WORDS and _ABBREVIATED_END.search(line.text):
        return True
    quoted = line.text[0] in '"”»' and line.text[-1] in '"”«»'
    return quoted or line.text.endswith("?") or not line.ends_sentence


def _bulleted(lines: list[_Line], position: int) -> tuple[int, list[Block]]:
    """A run of items, or the one statement or numbered heading that begins like an item."""
    items = _items(lines, position)
    taken = sum(len(item) for item in items)
    marker = _marker(lines[position])
    if any(_CREDIT.search(line.text) for item in items for line in item):
        return taken, [_block(BlockKind.CAPTION, part) for item in items for part in _parts(item)]
    if statements := _statements(items):
        blocks = [_block(BlockKind.STATEMENT, item) for item in statements]
        return sum(len(item) for item in statements), blocks
    if _NUMBER_MARKER.fullmatch(marker) and len(items) == 1:
        following = lines[position + 1] if position + 1 < len(lines) else None
        heading = following is not None and _is_heading(lines[position])
        kind = BlockKind.HEADING if heading and len(items[0]) == 1 else BlockKind.PARAGRAPH
        return taken, [_block(kind, items[0])]
    return taken, [_block(BlockKind.LIST, [line for item in items for line in item])]


def _items(lines: list[_Line], position: int) -> list[list[_Line]]:
    """The items from `position` with the same bullet style, each with its continuation lines."""
    first = lines[position]
    style = _style(first)
    items: list[list[_Line]] = []
    for number in range(position, len(lines)):
        line = lines[number]
        if line.fixed:
            break
        if line.bullet and (_style(line) == style or (items and line.indent > first.indent)):
            items.append([line])
        elif items and _continues(items[-1], line, first.indent):
            items[-1].append(line)
        else:
            break
    return items


def _continues(item: list[_Line], line: _Line, indent: int) -> bool:
    """Whether a line without a bullet continues the item before it, in a list of this indent."""
    if line.bullet or _is_metadata(line.text):
        return False
    if line.indent > indent:
        return True
    goes_on = line.begins_lower or line.text[0].isdigit() or line.text[0] == "("
    return not line.after_blank and goes_on and not item[-1].ends_sentence


def _marker(line: _Line) -> str:
    match = line.bullet
    return match["marker"] if match else ""


def _style(line: _Line) -> str:
    marker = _marker(line)
    if marker in _DASHES:
        return "-"
    if _NUMBER_MARKER.fullmatch(marker):
        return "1"
    return "a" if marker.endswith(")") else marker


def _statements(items: list[list[_Line]]) -> list[list[_Line]]:
    """The leading items, which begin with a dash, that are people's statements, not a list."""
    last = items[-1]
    return list(takewhile(lambda item: _is_statement(item, is_last=item is last), items))


def _is_statement(item: list[_Line], *, is_last: bool) -> bool:
    text = " ".join(line.text for line in item)
    if _marker(item[0]) not in _DASHES:
        return False
    if SPEECH_VERB.search(text):
        return True
    return text[-1] in '.!?”"' if is_last else len(text.split()) > 25


def _parts(item: list[_Line]) -> Iterator[list[_Line]]:
    """The paragraphs of an item; a credit line belongs to the paragraph above it."""
    part: list[_Line] = []
    for line in item:
        if part and line.after_blank and not _CREDIT_LINE.match(line.text):
            yield part
            part = []
        part.append(line)
    yield part


def _block(kind: BlockKind, lines: Sequence[_Line]) -> Block:
    return Block(kind, lines[0].start, lines[-1].end, 2 if kind is BlockKind.HEADING else 0)


# Neighbours


def _resolve_neighbours(text: str, blocks: list[Block]) -> Iterator[Block]:
    """Drop the alternative text of pictures, and turn headings without content into paragraphs."""
    repeated = begun = False
    for block, following in zip_longest(blocks, blocks[1:]):
        if following is not None and _is_alternative_text(text, block, following):
            repeated = True
            continue
        if block.kind is BlockKind.HEADING:
            yield _resolve_heading(text, block, following, repeated and begun)
        else:
            yield block
        repeated, begun = False, begun or block.kind is not BlockKind.METADATA


def _is_alternative_text(text: str, block: Block, following: Block) -> bool:
    own, other = (normalise(text[part.start : part.end]) for part in (block, following))
    begins = other.startswith(own) and not other[len(own) :][:1].isalnum()
    return own == other or (following.kind is BlockKind.CAPTION and begins)


def _resolve_heading(text: str, block: Block, following: Block | None, repeated: bool) -> Block:
    if repeated:  # the caption of a picture, such as the name of the person in it
        return replace(block, kind=BlockKind.CAPTION, level=0)
    if following is None:
        return replace(block, kind=BlockKind.PARAGRAPH, level=0)
    numbered = _NUMBERED_HEADING.match(text, block.start, block.end)
    if numbered:
        return replace(block, level=min(2 + numbered["number"].count("."), _UNMARKED_LEVEL))
    return block


def _below_marked(source: Source, blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks, with the headings that the format does not mark below those that it does, so that
    a short line does not head all that follows. A numbered one keeps the level of its number."""
    marked = _marked_headings(source, blocks)
    if not any(block.start in marked and block.level > 1 for block in blocks):
        return blocks
    return [
        replace(block, level=_UNMARKED_LEVEL)
        if block.kind is BlockKind.HEADING
        and block.level == 2
        and block.start not in marked
        and not _NUMBERED_HEADING.match(source.text, block.start, block.end)
        else block
        for block in blocks
    ]


def _marked_headings(source: Source, blocks: Iterable[Block]) -> set[int]:
    """The offsets of the headings that the format marks."""
    marked = {block.start for block in source.layout}
    return {
        block.start
        for block in blocks
        if block.kind is BlockKind.HEADING
        and (
            block.start in marked
            or (source.is_markdown and _is_marked_in_markdown(source.text, block))
        )
    }


def _is_marked_in_markdown(text: str, block: Block) -> bool:
    """Whether a heading has hashes before it or a line below it."""
    before = text[text.rfind("\n", 0, block.start) + 1 : block.start]
    return "#" in before or _UNDERLINE.match(text, block.end) is not None


def _with_chapters(source: Source, blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, with the headings of chapters, and those within them, at their own levels."""
    marked, is_inside, section = _marked_headings(source, blocks), False, 0
    for above, block in pairwise([None, *blocks]):
        assert block is not None  # noqa: S101 - the first alone is none
        if block.kind is not BlockKind.HEADING:
            yield block
        elif above is not None and above.end == section and source.text[above.start] == "§":
            yield replace(block, level=SECTION_LEVEL + 1)  # the title of the section
        elif block.start in marked:
            yield block
        elif block.level == SECTION_LEVEL:
            section = block.end
            yield block
        elif (
            section and "\n" not in source.text[section : block.start]
        ):  # on the line of its number
            yield replace(block, level=SECTION_LEVEL + 1)
        elif CHAPTER.match(source.text, block.start, block.end):
            is_inside = True
            yield replace(block, level=_CHAPTER_LEVEL)
        elif is_inside and _CHAPTER_LEVEL > block.level > 1 and not _is_division(source, block):
            yield replace(block, level=_CHAPTER_LEVEL + 1)
        else:
            yield block


def _is_division(source: Source, block: Block) -> bool:
    """Whether a heading is that of a division with chapters in it: "AVD. B", "II Om straff"."""
    words = source.text[block.start : block.end].split()
    return words[0].isupper() and (len(words[0]) > 1 or words[0] in "IVX")
