"""Spaces inside syllables ("quy đ ịnh t ại") and none between words, judged by the gaps between inked glyphs.

A blank is where the ink leaves room, whatever space glyphs say (measured: right on all pulled-back and missing spaces).
A line is only touched where that turns impossible pieces into possible syllables.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import regex

from pipeline.document import Cause, Glyph, RepairMethod
from pipeline.repair.ledger import Edit, LineState
from pipeline.repair.words import possible

_PIECES = regex.compile(r"[\p{L}\p{M}]+")
_NONE = 0.06
_GAP = 0.15
_WIDE = 0.14


def edits(state: LineState) -> list[Edit]:
    """The edits of one line; a line without glyphs, or whose words are all possible, is left alone."""
    text = state.text
    if not state.line.cells:
        return []
    cells = state.cells()
    if all(map(possible, _PIECES.findall(text))) and not _tight(text, cells):
        return []
    words = [m.span() for m in _PIECES.finditer(text)]
    return sorted(_joins(text, words, cells) + _splits(text, words, cells), key=lambda e: e.start)


def _gap(before: Glyph | None, after: Glyph | None) -> float | None:
    if before is None or after is None or not before.size:
        return None
    return (after.box[0] - before.box[2]) / before.size


def _tight(text: str, cells: Sequence[Glyph | None]) -> bool:
    """Whether some blank of the line leaves no room between the letters beside it."""
    at = text.find(" ", 1)
    while 0 < at < len(cells) - 1:
        before, after = cells[at - 1], cells[at + 1]
        if before is not None and after is not None and after.box[0] - before.box[2] <= _NONE * before.size:
            return True
        at = text.find(" ", at + 1)
    return False


def _joins(text: str, words: list[tuple[int, int]], cells: Sequence[Glyph | None]) -> list[Edit]:
    """Blanks to leave out: up to four pieces, set close, that make one possible syllable."""
    made: list[Edit] = []
    gaps = [_blank_gap(text, a[1], b[0], cells) for a, b in pairwise(words)]
    at = 0
    while at < len(gaps):
        last = at
        while last < min(at + 3, len(gaps)) and gaps[last] <= _GAP:
            last += 1
        while last > at and not _is_one(text, words[at : last + 1], max(gaps[at:last])):
            last -= 1
        made += [
            Edit(a[1], b[0], "", Cause.SPACING, RepairMethod.LAYOUT, 0.98) for a, b in pairwise(words[at : last + 1])
        ]
        at = last + 1
    return made


def _blank_gap(text: str, start: int, end: int, cells: Sequence[Glyph | None]) -> float:
    """How far apart the letters beside a single blank stand, in ems; infinite where there is more than a blank."""
    gap = _gap(cells[start - 1], cells[end]) if text[start:end] == " " else None
    return math.inf if gap is None else gap


def _is_one(text: str, spans: list[tuple[int, int]], widest: float) -> bool:
    """Whether pieces that close together are one word."""
    joined = "".join([text[a:b] for a, b in spans])
    if possible(joined) and (widest <= _NONE or not all(possible(text[a:b]) for a, b in spans)):
        return True
    return widest <= _NONE and joined.isupper() and len(joined) < 6


def _splits(text: str, words: list[tuple[int, int]], cells: Sequence[Glyph | None]) -> list[Edit]:
    """Blanks to put in: inside an impossible word whose parts, parted at its wide gaps, are all possible."""
    made: list[Edit] = []
    for start, end in words:
        if possible(text[start:end]) or end - start < 3:
            continue
        cuts = [i for i in range(start + 1, end) if (gap := _gap(cells[i - 1], cells[i])) is not None and gap > _WIDE]
        parts = [text[a:b] for a, b in zip([start, *cuts], [*cuts, end], strict=True)]
        if cuts and all(possible(part) for part in parts):
            made += [Edit(cut, cut, " ", Cause.SPACING, RepairMethod.LAYOUT, 0.97) for cut in cuts]
    return made
