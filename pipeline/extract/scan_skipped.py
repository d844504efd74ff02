"""Print that the engine skipped: ink of a line's height where no word was read, to be read by itself.

The layout analysis of Tesseract drops words within a line and now and then whole lines, also of clean scans.
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median

import numpy as np
import regex

from pipeline.document import enclosing
from pipeline.extract.ocr import Word
from pipeline.extract.prepare import Prepared
from pipeline.extract.scan_columns import Row

Place = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the page."""

_LOOK_DPI = 100.0
_MOST = 40
"""Places; a page with more of them is spotted or drawn on."""
_HIGH = (0.5, 1.7)
_WIDE = 0.7
"""How high and how wide skipped print is, in heights of a word."""
_APART = 0.9
"""Gaps that belong to a line, in heights of a word."""
_INKED = (0.12, 0.7)
"""The share of ink in the box round print."""
_SURE = 0.7
_SURE_LINE = 0.8
_LETTERS_LEAST = 3
"""Letters of a place, unless they are digits: seals and signatures give single ones."""
_LONG = 3
"""Words that a line of its own has at least."""
_LETTERS = regex.compile(r"[\p{Lu}\p{Ll}\p{N}]")


def places(page: Prepared, rows: Sequence[Row]) -> list[Place]:
    """Where a page has ink like print and no word of the rows; from top to bottom."""
    import cv2

    words = [word for row in rows for word in row.words]
    heights = [w.box[3] - w.box[1] for row in rows if row.furniture is None for w in row.words if len(w.text) > 1]
    if not heights:
        return []
    factor = max(1.0, page.dpi / _LOOK_DPI)
    size = (max(1, int(page.image.shape[1] / factor)), max(1, int(page.image.shape[0] / factor)))
    small = cv2.resize(page.image, size, interpolation=cv2.INTER_AREA)
    ink = (small < np.median(small) * 0.75).astype(np.uint8)
    for word in words:
        x0, y0, x1, y1 = (round(v / factor) for v in word.box)
        ink[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = 0
    unit = float(median(heights)) / factor
    reach = max(3, round(_APART * unit) | 1)
    lines = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    found = []
    for x, y, width, height, _ in stats[1:].tolist():
        if not (_HIGH[0] * unit <= height <= _HIGH[1] * unit and width >= _WIDE * unit):
            continue
        share = float(ink[y : y + height, x : x + width].mean())
        if _INKED[0] <= share <= _INKED[1]:
            left, top, right, bottom = (round(side * factor) for side in (x, y, x + width, y + height))
            found.append((left, top, right, bottom))
    return found if len(found) <= _MOST else []


def joined(rows: Sequence[Row], found: Sequence[Sequence[Word]]) -> tuple[list[Row], int]:
    """The rows with the words of each place in the row that they stand in, or as a row of their own; how many came in.

    Of a place only words that are surely read count; a row of its own has three of them at least.
    """
    result, added = list(rows), 0
    for words in found:
        sure = [w for w in words if w.confidence >= _SURE and _LETTERS.search(w.text)]
        letters = "".join(_LETTERS.findall("".join(w.text for w in sure)))
        if len(letters) < _LETTERS_LEAST and not letters.isdigit():
            continue
        at = _row_of(result, sure)
        if at is not None:
            line = result[at].words[0].line
            kept = sorted([*result[at].words, *(replace(w, line=line) for w in sure)], key=lambda w: w.box[0])
            result[at] = Row(tuple(kept), result[at].furniture)
            added += len(sure)
        elif len(sure) >= _LONG and fmean(w.confidence for w in words) >= _SURE_LINE:
            row = Row(tuple(words))
            above = [i for i, other in enumerate(result) if other.furniture is None and _is_above(other, row)]
            result.insert(above[-1] + 1 if above else 0, row)
            added += len(words)
    return result, added


def _row_of(rows: Sequence[Row], words: Sequence[Word]) -> int | None:
    """The number of the row in whose line some words stand, between its words or a word's height beside them."""
    left, top, right, bottom = enclosing(w.box for w in words)
    for at, row in enumerate(rows):
        high = row.box[3] - row.box[1]
        shared = min(bottom, row.box[3]) - max(top, row.box[1])
        beside = left <= row.box[2] + 1.5 * high and right >= row.box[0] - 1.5 * high
        if row.furniture is None and beside and shared >= 0.6 * min(bottom - top, high):
            return at
    return None


def _is_above(other: Row, row: Row) -> bool:
    across = min(other.box[2], row.box[2]) > max(other.box[0], row.box[0])
    return across and other.box[1] + other.box[3] < row.box[1] + row.box[3]
