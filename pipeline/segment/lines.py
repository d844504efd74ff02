"""Lines as the segmenter sees them: stripped, measured, and whether each one starts a paragraph.

The evidence is the layout where there is one (indent, gap, width left on the line before, weight of type) and
the text alone where there is none (OCR without boxes, plain text).
"""

import functools
import itertools
import statistics
from collections import Counter
from dataclasses import dataclass, field

import regex

from pipeline.document import Box, RepairedDocument
from pipeline.segment.tables import holds
from pipeline.vietnamese import fold

_BULLET = regex.compile(r"[-–—•+*▪➢✓\uf0b7\uf02d]\s*\S")
_ENDS = regex.compile(r"[.;:!?…][\"”’»)]*$")
_LEADERS = regex.compile(r"(?:\.{4,}|…{2,}|(?: \.){4,})\s*\d{0,4}$")
_LABEL = regex.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})*|[a-zđ]|[IVXLA-E]{1,5})\s?[.)/\-–]\s|\([a-z\d]{1,4}\)|Điều\s+\d|Chương\s+[\dIVX]"
)


_HYPHENATED = regex.compile(r"\S[-–]$")


@functools.lru_cache(maxsize=1 << 16)
def _folded(word: str) -> str:
    return fold(word)


@dataclass(frozen=True, slots=True)
class BodyLine:
    """One line without its outer spaces; ``table`` and ``note`` mark what lies outside the running text."""

    index: int
    page: int
    start: int
    end: int
    text: str
    box: Box
    size: float
    bold: bool
    caps: bool
    table: bool = False
    note: bool = False
    fold: str = field(init=False, compare=False)
    """The text as a search key, spaces collapsed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fold", " ".join(map(_folded, self.text.split())))

    @property
    def laid_out(self) -> bool:
        """Whether the place of the line on paper is known; plain text has no type size."""
        return self.box[2] > self.box[0] and self.size > 0


@dataclass(frozen=True, slots=True)
class Measures:
    """What is usual in the document: margins by page, right margin, pitch, type size, length of a full line."""

    left: dict[int, float]
    right: float
    width: float
    pitch: float
    size: float
    full: int


def is_caps(text: str) -> bool:
    """Whether at least two letters, and nearly all, are capitals."""
    capitals = sum(map(str.isupper, text))
    return capitals >= 2 and capitals >= 0.85 * sum(map(str.isalpha, text))


def is_bullet(text: str) -> bool:
    """Whether the line opens with a bullet ("-", "+", "•")."""
    return _BULLET.match(text) is not None


def ends_sentence(text: str) -> bool:
    """Whether the line ends a sentence or a list item."""
    return _ENDS.search(text) is not None


def has_leaders(text: str) -> bool:
    """Whether the line is an entry of a table of contents."""
    return _LEADERS.search(text) is not None


def _in_tables(document: RepairedDocument, page: int, box: Box) -> bool:
    """Whether a line lies in one cell of a table; text across the cells is not of the table."""
    y = (box[1] + box[3]) / 2
    return any(
        cell is not None
        and cell[0] - 4 <= box[0]
        and box[2] <= cell[2] + 4
        and cell[1] - 2 <= y <= cell[3] + 2
        and (not table.tilt or holds(cell, box, table.tilt, 2.0))
        for number, table in document.tables
        if number == page and table.box[1] - 2 <= y <= table.box[3] + 2 and max(map(len, table.rows), default=0) > 1
        for row in table.rows
        for cell in row
    )


def read(document: RepairedDocument) -> tuple[BodyLine, ...]:
    """All lines with text, in reading order."""
    sizes = Counter(
        round(line.size, 1) for line in document.lines if line.size for _ in range(line.span[1] - line.span[0])
    )
    usual = max(sizes, key=lambda s: sizes[s]) if sizes else 0.0
    heights = {page.number: page.height for page in document.pages}
    lines: list[BodyLine] = []
    for line in document.lines:
        raw = document.text[line.span[0] : line.span[1]]
        text = raw.strip()
        if not text:
            continue
        start = line.span[0] + len(raw) - len(raw.lstrip())
        low = line.box[1] > 0.35 * heights.get(line.page, 0.0) > 0
        lines.append(
            BodyLine(
                len(lines),
                line.page,
                start,
                start + len(text),
                text,
                line.box,
                line.size,
                line.bold,
                is_caps(text),
                line.box[2] > line.box[0] and _in_tables(document, line.page, line.box),
                bool(usual and line.size and line.size < 0.88 * usual and low),
            )
        )
    return tuple(lines)


def measure(lines: tuple[BodyLine, ...], width: float = 595.0) -> Measures:
    """The usual measures over the running text."""
    running = [line for line in lines if not line.table and not line.note and len(line.text) > 30] or list(lines)
    laid = [line for line in running if line.laid_out]
    left: dict[int, float] = {}
    for page in {line.page for line in laid}:
        starts = sorted(line.box[0] for line in laid if line.page == page)
        left[page] = starts[len(starts) // 8] if starts else 0.0
    if laid:
        common = statistics.median(left.values())
        left = {
            page: (common if abs(x - common) > 12 and sum(line.page == page for line in laid) < 8 else x)
            for page, x in left.items()
        }
    ends = sorted(line.box[2] for line in laid)
    gaps = [
        b.box[1] - a.box[1]
        for a, b in itertools.pairwise(lines)
        if a.page == b.page and a.laid_out and b.laid_out and 4 < b.box[1] - a.box[1] < 60
    ]
    lengths = sorted(len(line.text) for line in running)
    sizes = [line.size for line in running if line.size]
    return Measures(
        left,
        ends[len(ends) * 4 // 5] if ends else 0.0,
        width,
        sorted(gaps)[len(gaps) * 2 // 5] if gaps else 0.0,
        statistics.median(sizes) if sizes else 0.0,
        max(45, lengths[len(lengths) * 3 // 4] if lengths else 0),
    )


def word_would_fit(before: BodyLine, line: BodyLine, usual: Measures) -> bool:
    """Whether the first word of a line had room on the line before: then the author broke the line."""
    first = len(line.text.split(maxsplit=1)[0])
    if before.laid_out and usual.right:
        letter = (before.box[2] - before.box[0]) / max(1, len(before.text))
        return usual.right - before.box[2] > (first + 2.5) * letter
    return usual.full - len(before.text) > first + 6


def indented(line: BodyLine, usual: Measures) -> bool:
    """Whether the line is set in from the left margin of its page."""
    return line.laid_out and line.box[0] - usual.left.get(line.page, line.box[0]) > 7


def centred(line: BodyLine, usual: Measures) -> bool:
    """Whether the line stands in the middle between the margins, short of both."""
    if not line.laid_out:
        return False
    left = usual.left.get(line.page, line.box[0])
    return abs((line.box[0] + line.box[2]) - (left + usual.right)) < 36 and line.box[0] - left > 36


def symmetric(line: BodyLine, usual: Measures) -> bool:
    """Whether the line leaves the same room left and right, however little."""
    left = usual.left.get(line.page, line.box[0])
    return line.laid_out and abs((line.box[0] + line.box[2]) - (left + usual.right)) < 30 and line.box[0] - left > 12


def starts_paragraph(before: BodyLine | None, line: BodyLine, usual: Measures) -> int:
    """0: runs on from the line before; 1: may start a paragraph (only the punctuation says so); 2: does."""
    if before is None or is_bullet(line.text) or before.table != line.table:
        return 2
    if before.caps and line.caps and not _LABEL.match(line.text) and not ends_sentence(before.text):
        return 0
    if _HYPHENATED.search(before.text) and not _LABEL.match(line.text):
        return 0
    if before.caps != line.caps and _LABEL.match(line.text):
        return 2
    if before.text.startswith("(") and before.text.endswith(")"):
        return 2
    if line.text[:1].islower() and not ends_sentence(before.text) and not _LABEL.match(line.text):
        return 0
    if word_would_fit(before, line, usual) or (before.bold and not line.bold and before.size and len(before.text) > 3):
        return 2
    if line.laid_out and before.laid_out:
        if indented(line, usual) and not centred(line, usual) and line.box[0] - before.box[0] > -4:
            return 2 if line.box[0] - before.box[0] > 7 or ends_sentence(before.text) else 1
        if before.page == line.page and line.box[1] - before.box[1] > 1.35 * usual.pitch > 0:
            return 2
    return 1 if ends_sentence(before.text) else 0
