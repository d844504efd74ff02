"""Letters that stand over the page, put into the lines whose blanks they fill, or beside them as lines of their own.

A blank is a gap of a printed line. What an office types over the page fills the blanks of the letterhead
("Số:    /QĐ-UBND", "ngày    tháng"); any other text of a signature or stamp is no part of the document and is
marked as furniture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import regex

from pipeline import vietnamese
from pipeline.document import Box, Cells, Furniture, Glyph, Insert, InsertSource, Line, OcrWord, Span, enclosing

_VALUE = regex.compile(r"[\d\s./–-]*\d[\d\s./–-]*[a-zđ]?(?:\s*[/–-]\s*[\p{Lu}\d][\p{Lu}\d&./–-]*)?")
_DATE = regex.compile(r"(?:ngày\s*)?\d{1,2}\s*tháng\s*\d{1,2}(?:\s*năm\s*\d{4})?", regex.IGNORECASE)
_WHOLE = regex.compile(
    r"Số\s*:?\s*\d+[a-zđ]?\s*[/–-]\s*\p{Lu}\S+|\p{Lu}[\p{L}\s.-]{1,30},\s*" + _DATE.pattern, regex.IGNORECASE
)
_BEFORE = regex.compile(r"(?:^|.*\W)(?:số|ngày|tháng|năm)\W*", regex.IGNORECASE)
_AFTER = regex.compile(r"\W*(?:[/–-]\s*\p{L}|tháng\b|năm\b)", regex.IGNORECASE)
_LEADERS = "._…"
"""Letters that draw a blank."""
_LEVEL = 0.7
"""How far the middle of a value may lie from that of its line, in type sizes; stamps are set by hand."""
_REACH = 8.0
"""How far behind the last letter of a line a value may stand, in type sizes."""
_GAP = 0.16
_WIDE = 0.6
"""A gap that is a blank and not a space between words, in type sizes."""
_AUTHORS = (InsertSource.FIELD, InsertSource.NOTE)
"""What these hold fills any blank."""
_TEXT = (*_AUTHORS, InsertSource.IMAGE)
"""What these hold is text wherever it stands; of signatures and stamps only whole numbers and dates are."""


@dataclass(frozen=True, slots=True)
class Found:
    """Lines that belong together and are not of the page's own text; those that OCR read have words."""

    lines: tuple[Line, ...]
    source: InsertSource


def is_value(text: str) -> bool:
    """Whether a text is a number, a number with its symbol, or a date: what is typed into the blanks of a letterhead.

    >>> [is_value(text) for text in ("565", "12/QĐ-UBND", "15 tháng 11", "Ký bởi: Nguyễn Văn A")]
    [True, True, True, False]
    """
    text = text.strip()
    return bool(_VALUE.fullmatch(text) or _DATE.fullmatch(text))


def merge(lines: Sequence[Line], found: Sequence[Found]) -> list[Line]:
    """The lines with what was found put in: into blanks, beside as lines, or at the end as furniture."""
    merged, stamps = list(lines), []
    for item in found:
        rest = []
        for line in item.lines:
            at = _host(merged, line, item.source)
            if at is not None:
                merged[at] = _filled(merged[at], line, item.source)
            elif item.source in _TEXT or _WHOLE.fullmatch(line.text.strip()):
                whole = _insert((0, len(line.text)), line, item.source)
                rest.append(replace(line, inserts=(whole,)))
            else:
                stamps.append(replace(line, furniture=Furniture.SIGNATURE_STAMP))
        if rest:
            at = _place(merged, enclosing(line.box for line in rest))
            merged[at:at] = rest
    return merged + stamps


def _insert(span: Span, line: Line, source: InsertSource) -> Insert:
    confidence = round(fmean(word.confidence for word in line.words), 4) if line.words else None
    return Insert(span, line.box, source, confidence)


def _host(lines: Sequence[Line], value: Line, source: InsertSource) -> int | None:
    """The index of the line that has a blank where a value stands, None where there is none."""
    best: tuple[float, int] | None = None
    box = value.box
    if source not in _AUTHORS and not is_value(value.text):
        return None
    for index, line in enumerate(lines):
        away = abs(box[1] + box[3] - line.box[1] - line.box[3]) / 2
        if line.furniture or away > _LEVEL * _size(line) or (best and best[0] <= away):
            continue
        blank = _blank(line, box)
        if blank and (source in _AUTHORS or _is_labelled(line.text[: blank.start], line.text[blank.end :])):
            best = (away, index)
    return best[1] if best else None


def _size(line: Line) -> float:
    return line.size or line.box[3] - line.box[1]


def open_blanks(line: Line) -> list[Box]:
    """The blanks of a line that wait for a number or a part of a date, as boxes; one at the line's end has some width.

    A line of a letterhead whose blanks are filled has none.
    """
    size = _size(line)
    ink = _ink(line)
    found = []
    for n, ((_, end), (_, _, left, _)) in enumerate(ink):
        (start, _), (right, *_) = (
            ink[n + 1] if n + 1 < len(ink) else ((len(line.text), 0), (left + _REACH * size, 0, 0, 0))
        )
        if right - left > _WIDE * size and _is_labelled(line.text[:end], line.text[start:]):
            found.append((left, line.box[1], right, line.box[3]))
    return found


def _is_labelled(before: str, after: str) -> bool:
    """Whether what stands around a blank says that a number or a part of a date belongs there."""
    before, after = vietnamese.nfc(before), vietnamese.nfc(after)
    return bool(_BEFORE.fullmatch(before) or _AFTER.match(after))


@dataclass(frozen=True, slots=True)
class _Blank:
    """A gap of a line: its letters ``[start, end)`` are blanks and leaders; ``left`` and ``right`` bound it."""

    start: int
    end: int
    left: float
    right: float


def _blank(line: Line, box: Box) -> _Blank | None:
    """The gap of a line in which a box lies."""
    middle = (box[0] + box[2]) / 2
    start, end, left, right = 0, len(line.text), float("-inf"), float("inf")
    for (first, last), (x0, _, x1, _) in _ink(line):
        if (x0 + x1) / 2 <= middle:
            start, left = last, x1
        else:
            end, right = first, x0
            break
    reach = _REACH * _size(line)
    if start > end or (left < box[0] - reach and right > box[2] + reach):
        return None
    covered = max(0.0, left - box[0]) + max(0.0, box[2] - right)
    return _Blank(start, end, left, right) if covered <= 0.5 * (box[2] - box[0]) else None


def _ink(line: Line) -> list[tuple[Span, Box]]:
    """The inked letters (or OCR words) of a line that draw no blank, from left to right, with their spans."""
    pieces = [
        ((i, i + 1), cell.box)
        for i, (letter, cell) in enumerate(zip(line.text, line.cells, strict=False))
        if cell is not None and not letter.isspace() and letter not in _LEADERS
    ]
    pieces += [(w.span, w.box) for w in line.words if line.text[slice(*w.span)].strip(_LEADERS)]
    return sorted(pieces)


def _filled(line: Line, value: Line, source: InsertSource) -> Line:
    """The line with a value in its blank; of the spaces that held the place, those stay that the page shows."""
    blank = _blank(line, value.box)
    assert blank is not None
    cut = blank.start + _leaders_left_of(line, blank, value.box)
    before, after, text = line.text[:cut].rstrip(), line.text[cut:].lstrip(), value.text.strip()
    spaced = any(letter.isspace() for letter in line.text[blank.start : blank.end])
    gap = _GAP * _size(line)
    lead = bool(before) and before[-1] not in _LEADERS
    lead = lead and (spaced or before[-1].isalnum() or value.box[0] - blank.left > gap)
    trail = bool(after) and after[0] not in _LEADERS + "/-–"
    trail = trail and (spaced or after[0].isalnum() or blank.right - value.box[2] > gap)
    start = len(before) + lead
    span = (start, start + len(text))
    moved = span[1] + trail + len(after) - len(line.text)

    def shift(span: Span) -> Span:
        return span if span[1] <= len(before) else (span[0] + moved, span[1] + moved)

    skipped = len(value.text) - len(value.text.lstrip())
    cells: tuple[Glyph | None, ...] = ()
    if line.cells:
        cells = (
            *line.cells[: len(before)],
            *[None] * lead,
            *(value.cells[skipped : skipped + len(text)] or [None] * len(text)),
            *[None] * trail,
            *line.cells[len(line.text) - len(after) :],
        )
    insert = _insert(span, value, source)
    words = [replace(word, span=shift(word.span)) for word in line.words]
    if value.words or not line.cells:
        words.append(OcrWord(span, value.box, 1.0 if insert.confidence is None else insert.confidence))
    inserts = [*(replace(known, span=shift(known.span)) for known in line.inserts), insert]
    return replace(
        line,
        text=before + " " * lead + text + " " * trail + after,
        cells=Cells(cells),
        box=enclosing((line.box, value.box)),
        words=tuple(sorted(words, key=lambda word: word.span)),
        inserts=tuple(sorted(inserts, key=lambda known: known.span)),
    )


def _leaders_left_of(line: Line, blank: _Blank, box: Box) -> int:
    """How many letters of a blank, dots and spaces, stand left of a box."""
    cells = line.cells[blank.start : blank.end]
    return sum(cell is not None and (cell.box[0] + cell.box[2]) < box[0] + box[2] for cell in cells)


def _place(lines: Sequence[Line], box: Box) -> int:
    """Where a line of its own goes: next to the nearest line above or below it, else before the first line below.

    What stands above all lines comes first: the number that a signing program puts in the corner of an annex.
    """
    middle = box[1] + box[3]
    if all(line.furniture or box[3] <= line.box[1] for line in lines):
        return 0
    near = [
        (abs(line.box[1] + line.box[3] - middle), i + (line.box[1] + line.box[3] <= middle))
        for i, line in enumerate(lines)
        if line.box[0] < box[2] and box[0] < line.box[2]
    ]
    below = [i for i, line in enumerate(lines) if line.box[1] + line.box[3] > middle]
    return min(near)[1] if near else below[0] if below else len(lines)
