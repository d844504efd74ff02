"""From marks to printed lines: rows by baseline, pieces by gaps, spaces where the page shows them."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from pipeline.document import Box, Cells, Glyph, Line, RuledTable
from pipeline.extract import columns
from pipeline.extract.columns import Piece
from pipeline.extract.device import Mark, RawPage

_WORD_GAP = 0.16
"""A gap between inked boxes wider than this share of the type size is written as a space."""
_PIECE_GAP = 0.7
"""A gap wider than this share of the type size may be a gutter between columns."""
_SPACE_CODES = (3, 32, 160)
"""Codes that are spaces wherever they claim to be: glyph 3 of TrueType fonts, and those of Latin encodings."""
_SAME_BASE = 0.25
_SAME_PLACE = 0.06
"""A glyph drawn again within this share of its size is bold by overprinting, or a shadow."""
_BREAKS = str.maketrans(dict.fromkeys("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))


class _Run:
    """Marks that follow each other on one baseline in the order of the file."""

    __slots__ = ("base", "cell", "end", "marks", "size", "start")

    def __init__(self, mark: Mark, cell: int) -> None:
        self.marks = [mark]
        self.start, self.end, self.base = mark.start, mark.end, mark.base
        self.size = mark.glyph.size
        self.cell = cell


def lines(page: RawPage, faces: Mapping[str, tuple[bool, bool]], tables: Sequence[RuledTable] = ()) -> list[Line]:
    """The printed lines of a page in reading order; text raw, furniture not marked.

    Args:
        page: what the page shows.
        faces: font key -> (bold, italic).
        tables: ruled tables; their text is read row by row, cell by cell.
    """
    found: list[Line] = []
    angles = sorted(page.marks, key=lambda angle: (-len(page.marks[angle]), angle))
    for angle in angles:
        marks = page.marks[angle]
        blank = _blanks(marks)
        cells = [cell for table in tables for row in table.rows for cell in row if cell] if angle == 0 else []
        runs = _runs(marks, cells)
        free = _rows([run for run in runs if run.cell < 0], blank)
        order = _with_tables(free, runs, cells, tables, blank, page.width) if cells else columns.order(free, page.width)
        found += [line for pieces in order if (line := _line(pieces, blank, faces)) is not None]
    return found


def _blanks(marks: list[Mark]) -> frozenset[tuple[str, int]]:
    """The (font, code) pairs that are true spaces.

    Where several codes of a font claim the same space, only the commonest is one, and those that a space usually has
    where they are as wide: the others are letters that lost their map, and their place must stay.
    """
    counts: dict[tuple[str, str], Counter[int]] = {}
    widths: dict[tuple[str, int], float] = {}
    for start, end, _, (font, code, text, _, size) in marks:
        if text == " " or (text and text.isspace()):
            counts.setdefault((font, text), Counter())[code] += 1
            widths.setdefault((font, code), (end - start) / (size or 1.0))
    blank = set()
    for (font, _), codes in counts.items():
        commonest = max(codes, key=lambda c: (codes[c], -c))
        wide = widths[font, commonest]
        blank |= {
            (font, c) for c in codes if c == commonest or (c in _SPACE_CODES and abs(widths[font, c] - wide) < 0.02)
        }
    return frozenset(blank)


def _runs(marks: list[Mark], cells: Sequence[Box]) -> list[_Run]:
    runs: list[_Run] = []
    run: _Run | None = None
    last_start = last_end = base = 0.0
    reach = 0.0
    bounds = _bounds(cells)
    for mark in marks:
        start, end, at, glyph = mark
        cell = _cell_of(glyph.box, cells, bounds) if cells else -1
        if (
            run is not None
            and -0.5 < at - base < 0.5
            and last_start - 0.5 <= start <= last_end + reach
            and cell == run.cell
            and glyph.size == run.size
        ):
            run.marks.append(mark)
            if end > run.end:
                run.end = end
        else:
            run = _Run(mark, cell)
            runs.append(run)
            base = at
            reach = glyph.size
        last_start, last_end = start, end
    return runs


def _bounds(cells: Sequence[Box]) -> Box:
    if not cells:
        return (0.0, 0.0, 0.0, 0.0)
    return min(c[0] for c in cells), min(c[1] for c in cells), max(c[2] for c in cells), max(c[3] for c in cells)


def _cell_of(box: Box, cells: Sequence[Box], bounds: Box) -> int:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]:
        for number, (x0, top, x1, bottom) in enumerate(cells):
            if x0 <= x <= x1 and top <= y <= bottom:
                return number
    return -1


def _rows(runs: list[_Run], blank: frozenset[tuple[str, int]]) -> list[list[Piece]]:
    """Rows from top to bottom, each as its pieces from left to right."""
    rows: list[list[_Run]] = []
    for run in sorted(runs, key=lambda r: (r.base, r.start)):
        if rows and abs(run.base - rows[-1][0].base) <= _SAME_BASE * max(run.size, rows[-1][0].size):
            rows[-1].append(run)
        else:
            rows.append([run])
    found = []
    for row in _scripts_joined(rows):
        pieces = _pieces(_in_order(row), blank)
        if pieces:
            found.append(pieces)
    return found


def _scripts_joined(rows: list[list[_Run]]) -> list[list[_Run]]:
    """Superscripts and subscripts put into the row that they stand against."""
    for index, row in enumerate(rows):
        size = max(run.size for run in row)
        for other in (index + 1, index - 1):
            if not 0 <= other < len(rows) or not rows[other]:
                continue
            target = rows[other]
            big = max(run.size for run in target)
            rise = target[0].base - row[0].base
            if size > 0.8 * big or not -0.35 * big < rise < 0.75 * big:
                continue
            moved = [
                run
                for run in row
                if any(
                    -0.2 * big <= run.start - t.end <= 0.35 * big or -0.2 * big <= t.start - run.end <= 0.35 * big
                    for t in target
                )
            ]
            target += moved
            row[:] = [run for run in row if run not in moved]
            if not row:
                break
    return [row for row in rows if row]


def _in_order(row: list[_Run]) -> list[Mark]:
    """The marks of a row from left to right; the order of the file stays where marks do not overlap."""
    row.sort(key=lambda run: run.start)
    marks = [mark for run in row for mark in run.marks]
    if any(run.start < before.end - 0.5 for before, run in pairwise(row)):
        marks.sort(key=_place)
        return _once(marks)
    return marks


def _place(mark: Mark) -> float:
    text = mark.glyph.text
    return (mark.start + mark.end) / 2 if text and unicodedata.combining(text[0]) else mark.start


def _once(marks: list[Mark]) -> list[Mark]:
    """The marks without those drawn twice at nearly one place, to look bold or to cast a shadow."""
    kept: list[Mark] = []
    for mark in marks:
        twin = False
        for other in reversed(kept[-4:]):
            if (
                other.glyph.code == mark.glyph.code
                and other.glyph.font == mark.glyph.font
                and abs(other.start - mark.start) <= max(0.3, _SAME_PLACE * mark.glyph.size)
                and abs(other.base - mark.base) <= max(0.3, _SAME_PLACE * mark.glyph.size)
            ):
                twin = True
                break
        if not twin:
            kept.append(mark)
    return kept


def _pieces(marks: list[Mark], blank: frozenset[tuple[str, int]]) -> list[Piece]:
    """A row cut where the paper is empty for more than ``_PIECE_GAP``; spaces at a cut stay with the left piece."""
    pieces: list[Piece] = []
    current: list[Mark] = []
    x0 = x1 = base = size = 0.0
    ink = 0
    for mark in marks:
        glyph = mark.glyph
        if (glyph.font, glyph.code) in blank:
            if current:
                current.append(mark)
            continue
        gap = mark.start - x1
        if ink and (
            gap > _PIECE_GAP * max(size, glyph.size)
            or gap > _WORD_GAP * max(size, glyph.size) > 1.3 * _WORD_GAP * min(size, glyph.size)
        ):
            pieces.append(Piece(x0, x1, base, size, current, ink))
            current, ink = [], 0
        if not ink:
            x0, x1, base, size = mark.start, mark.end, mark.base, glyph.size
            current = []
        current.append(mark)
        ink += 1
        if mark.end > x1:
            x1 = mark.end
        if glyph.size > size:
            size, base = glyph.size, mark.base
    if ink:
        pieces.append(Piece(x0, x1, base, size, current, ink))
    return pieces


def _with_tables(
    free: list[list[Piece]],
    runs: list[_Run],
    cells: Sequence[Box],
    tables: Sequence[RuledTable],
    blank: frozenset[tuple[str, int]],
    width: float,
) -> list[list[Piece]]:
    """Reading order of a page with tables: what stands above a table, the table, what follows."""
    by_cell: dict[int, list[_Run]] = {}
    for run in runs:
        if run.cell >= 0:
            by_cell.setdefault(run.cell, []).append(run)
    order: list[list[Piece]] = []
    number = done = 0
    for table in tables:
        above = done
        while above < len(free) and free[above][0].base <= table.box[1] + 2:
            above += 1
        order += columns.order(free[done:above], width)
        done = above
        for row in table.rows:
            for cell in row:
                if cell is None:
                    continue
                order += columns.order(_rows(by_cell.get(number, []), blank), cell[2] - cell[0])
                number += 1
    return order + columns.order(free[done:], width)


def _line(
    pieces: list[Piece],
    blank: frozenset[tuple[str, int]],
    faces: Mapping[str, tuple[bool, bool]],
) -> Line | None:
    """The line of some pieces on one baseline, or None when nothing of it is seen."""
    letters: list[str] = []
    cells: list[Glyph | None] = []
    sizes: list[float] = []
    weights: Counter[str] = Counter()
    inked = 0
    end = 0.0
    spaced = True
    boxes: list[Box] = []
    for piece in pieces:
        for start, stop, _, glyph in piece.marks:
            font, code, text, box, size = glyph
            if (font, code) in blank:
                letters.append(text.translate(_BREAKS))
                cells += [glyph] * len(text)
                spaced = True
                continue
            if (not spaced and start - end > _WORD_GAP * size) or (spaced and inked and not letters[-1].isspace()):
                letters.append(" ")
                cells.append(None)
            if len(text) == 1:
                letters.append(text if text > " " else text.translate(_BREAKS))
                cells.append(glyph)
            else:
                letters.append(text.translate(_BREAKS) or "\ufffd")
                cells += [glyph] * (len(text) or 1)
            inked = len(cells)
            end = stop if spaced or stop > end else end
            spaced = False
            sizes.append(size)
            weights[font] += 1
            boxes.append(box)
    if not boxes:
        return None
    text = "".join(letters)[:inked]
    if not text or text.isspace():
        return None
    total = len(boxes)
    bold = sum(n for font, n in weights.items() if faces.get(font, (False, False))[0])
    italic = sum(n for font, n in weights.items() if faces.get(font, (False, False))[1])
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    box = (round(min(x0s), 2), round(min(tops), 2), round(max(x1s), 2), round(max(bottoms), 2))
    return Line(text, box, Cells(cells[:inked]), (), round(median(sizes), 2), bold * 2 > total, italic * 2 > total)
