"""Reading order: which pieces of a page stand in columns beside each other, and which make one row."""

from itertools import pairwise
from statistics import median
from typing import NamedTuple

from pipeline import vietnamese
from pipeline.extract.device import Mark

_GUTTER = 0.5
_SAME_ROW = 2.0
_CENTRE = 6.0


class Piece(NamedTuple):
    """Marks that stand together on one baseline; ``x0`` and ``x1`` bound its ink, ``ink`` counts its letters."""

    x0: float
    x1: float
    base: float
    size: float
    marks: list[Mark]
    ink: int


Row = list[Piece]


def order(rows: list[Row], width: float, depth: int = 0) -> list[list[Piece]]:
    """The pieces in reading order, those that make one printed line together.

    Columns (letterhead, signature block, columns of text) are read left before right; everything else row by row.

    Args:
        rows: pieces by baseline from top to bottom, each row from left to right.
        width: of the page or cell, in points.
        depth: how many columns the rows are already inside of.
    """
    lines: list[list[Piece]] = []
    pending: list[Row] = []
    index = 0
    while index < len(rows):
        zone = _zone(rows, index, pending, width) if depth < 4 else None
        if zone is None:
            pending.append(rows[index])
            index += 1
            continue
        above, end, gutter = zone
        lines += _parted(pending[: len(pending) - above])
        inside = pending[len(pending) - above :] + rows[index:end]
        pending = []
        left = [row for r in inside if (row := [p for p in r if (p.x0 + p.x1) / 2 < gutter])]
        right = [row for r in inside if (row := [p for p in r if (p.x0 + p.x1) / 2 >= gutter])]
        lines += order(left, width, depth + 1) + order(right, width, depth + 1)
        index = end
    return lines + _parted(pending)


def _parted(rows: list[Row]) -> list[Row]:
    """Rows cut where a piece is of quite another type size than the one before: two things beside each other."""
    parted: list[Row] = []
    for row in rows:
        parted.append(row[:1])
        for piece in row[1:]:
            before = parted[-1][-1]
            if max(piece.size, before.size) > 1.3 * min(piece.size, before.size) and min(piece.ink, before.ink) > 3:
                parted.append([piece])
            else:
                parted[-1].append(piece)
    return parted


def _zone(rows: list[Row], index: int, before: list[Row], width: float) -> tuple[int, int, float] | None:
    """Columns that start at a row: how many rows before belong to them, the end row, the middle of the gutter."""
    row = rows[index]
    seeds = [(b.x0 - a.x1, a.x1, b.x0) for a, b in pairwise(row)]
    if index + 1 < len(rows) and rows[index + 1][0].base - row[0].base < 0.75 * row[0].size:
        for one in row:
            for other in rows[index + 1]:
                first, second = sorted((one, other), key=lambda p: p.x0)
                if second.x0 - first.x1 > _GUTTER * first.size:
                    seeds.append((second.x0 - first.x1, first.x1, second.x0))
    for _, left, right in sorted(seeds, reverse=True):
        gutter = (left, right)
        end, last = index, row[0].base
        while end < len(rows):
            if rows[end][0].base - last > 3.5 * rows[end][0].size and len(rows[end]) == 1:
                break
            narrowed = _past(gutter, rows[end])
            if narrowed is None or _is_stray(rows[end], rows[index:end], gutter):
                break
            gutter, last, end = narrowed, rows[end][0].base, end + 1
        above, last = 0, row[0].base
        while above < len(before):
            upper = before[-1 - above]
            if last - upper[0].base > 1.7 * upper[0].size:
                break
            narrowed = _past(gutter, upper)
            if narrowed is None:
                break
            gutter, last, above = narrowed, upper[0].base, above + 1
        inside = before[len(before) - above :] + rows[index:end]
        middle = (gutter[0] + gutter[1]) / 2
        lefts = [joined for r in inside if (joined := _joined([p for p in r if (p.x0 + p.x1) / 2 < middle]))]
        rights = [joined for r in inside if (joined := _joined([p for p in r if (p.x0 + p.x1) / 2 >= middle]))]
        if _are_columns(lefts, rights, width):
            return above, end, middle
    return None


def _is_stray(row: Row, inside: list[Row], gutter: tuple[float, float]) -> bool:
    """Whether a lone piece stands under neither column so far: a centred heading after the columns."""
    if len(row) > 1 or not inside:
        return False
    middle = (gutter[0] + gutter[1]) / 2
    left = (row[0].x0 + row[0].x1) / 2 < middle
    side = [p for r in inside for p in r if ((p.x0 + p.x1) / 2 < middle) == left]
    return bool(side) and not any(p.x0 < row[0].x1 and row[0].x0 < p.x1 for p in side)


def _past(gutter: tuple[float, float], row: Row) -> tuple[float, float] | None:
    """The gutter narrowed by a row, or None when the row crosses it."""
    left, right = gutter
    for piece in row:
        if (piece.x0 + piece.x1) / 2 < (gutter[0] + gutter[1]) / 2:
            left = max(left, piece.x1)
        else:
            right = min(right, piece.x0)
        if right - left < _GUTTER * piece.size:
            return None
    return left, right


def _joined(row: Row) -> Piece | None:
    """The pieces of one side of a row as one."""
    if not row:
        return None
    return Piece(row[0].x0, row[-1].x1, row[0].base, row[0].size, row[0].marks, sum(piece.ink for piece in row))


def _are_columns(lefts: list[Piece], rights: list[Piece], width: float) -> bool:
    fewest = min(len(lefts), len(rights))
    if fewest and any(_opens_recipients(piece) for piece in lefts):
        return True
    if not fewest or any(sum(p.ink for p in side) < 5 * len(side) for side in (lefts, rights)):
        return False
    rows = sorted(p.base for p in rights)
    aligned = sum(any(abs(p.base - base) <= _SAME_ROW for base in rows) for p in lefts) / fewest
    if len(lefts) + len(rights) >= 4 and aligned < 0.6:
        return True
    if fewest >= 2 and (_centred(lefts) or _centred(rights)):
        return True
    return fewest >= 8 and all(_is_running_text(side, width) for side in (lefts, rights))


def _centred(side: list[Piece]) -> bool:
    centres = [(p.x0 + p.x1) / 2 for p in side]
    middle = median(centres)
    near = [(p.x0, centre) for p, centre in zip(side, centres, strict=True) if abs(centre - middle) <= _CENTRE]
    if len(near) < max(2, 0.6 * len(side)):
        return False
    starts, centres = [n[0] for n in near], [n[1] for n in near]
    spread = max(starts) - min(starts)
    return spread >= _CENTRE / 2 and max(centres) - min(centres) <= 0.3 * spread


def _opens_recipients(piece: Piece) -> bool:
    """Whether a piece opens the list of recipients, whose other side is the signer."""
    return vietnamese.fold("".join(mark.glyph.text for mark in piece.marks[:12])).startswith("noi nhan")


def _is_running_text(side: list[Piece], width: float) -> bool:
    column = max(p.x1 for p in side) - min(p.x0 for p in side)
    return column >= 0.25 * width and median(p.x1 - p.x0 for p in side) >= 0.8 * column
