"""Spaces inside syllables ("quy đ ịnh t ại") and none between words, judged by the gaps between inked glyphs.

A blank is where the ink leaves room, whatever space glyphs say (measured: right on all pulled-back and missing spaces).
A line is only touched where that turns impossible pieces into possible syllables.
"""

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
    words = [m.span() for m in _PIECES.finditer(text)]
    cells = state.cells()
    if all(possible(text[a:b]) for a, b in words) and not _tight(text, cells):
        return []
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


def _joins(text: str, words: list[tuple[int, int]], cells: list[Glyph | None]) -> list[Edit]:
    """Blanks to leave out: up to four pieces, set close, that make one possible syllable."""
    made: list[Edit] = []
    at = 0
    while at < len(words) - 1:
        for last in range(min(at + 3, len(words) - 1), at, -1):
            spans = words[at : last + 1]
            holes = [(a[1], b[0]) for a, b in pairwise(spans)]
            gaps = [_gap(cells[a - 1], cells[b]) if text[a:b] == " " else None for a, b in holes]
            widest = max((gap if gap is not None else 1.0) for gap in gaps)
            joined = "".join(text[a:b] for a, b in spans)
            whole = possible(joined) and (widest <= _NONE or not all(possible(text[a:b]) for a, b in spans))
            if (widest <= _GAP and whole) or (widest <= _NONE and joined.isupper() and len(joined) < 6):
                made += [Edit(a, b, "", Cause.SPACING, RepairMethod.LAYOUT, 0.98) for a, b in holes]
                at = last
                break
        at += 1
    return made


def _splits(text: str, words: list[tuple[int, int]], cells: list[Glyph | None]) -> list[Edit]:
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
