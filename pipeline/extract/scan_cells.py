"""The cells of tables on a page image, read apart: neither a rule nor the lines of a neighbour get into their text.

Cells are cut out and packed one below the other. The engine takes the height of letters from each line; of a line that
holds nothing but `7` or `44,7` it takes it wrongly and loses the comma or reads a letter, so narrow cells get a word of
the same table beside them, which is dropped again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import regex
from PIL import Image

from pipeline.config import OcrConfig
from pipeline.document import Box, RuledTable
from pipeline.extract import ocr, prepare, scan_tables
from pipeline.extract.ocr import Word
from pipeline.extract.prepare import Grey
from pipeline.extract.scan_columns import Row
from pipeline.extract.scan_doubt import evidence, is_doubtful

_Corner = tuple[int, int]
_GAP = 10.0
"""Points of white between cells on a sheet."""
_LONGEST = 4000
"""Pixels that a sheet may be high, unless one cell is higher."""
_ONE_LINE, _NARROW = 2.6, 8.0
"""Height and width, in heights of a letter, that a narrow cell of one line has at most."""
_INK = 160
_PLAIN = regex.compile(r"[bdhklđtiacemnorsuvxăâêôơưáàảãắằẳẵấầẩẫéèẻẽếềểễíìỉĩóòỏõốồổỗớờởỡúùủũứừửữ]{2,6}")
"""A word without capitals and without anything below the baseline."""
_SURE = 0.9
_SMALLER = 0.85
"""Scale at which narrow cells without a sure word are read once more."""
_BESIDE = -1
"""Number of the word that stands beside narrow cells."""


@dataclass(frozen=True)
class _Cut:
    """The part of a cell that holds ink, with the cell's number and the part's upper left corner on the page."""

    number: int
    corner: _Corner
    pixels: Grey


@dataclass(frozen=True)
class _Sheet:
    """Parts packed on white, each with its upper left corner on the sheet."""

    pixels: Grey
    parts: tuple[tuple[_Cut, _Corner], ...]


def read(
    page: prepare.Prepared, tables: Sequence[RuledTable], outside: Sequence[Word], config: OcrConfig, sauvola: bool
) -> list[list[Row]]:
    """The lines of each cell of the tables, from top to bottom, in the order of the cells.

    Args:
        page: the page without rules.
        tables: in its pixels.
        outside: words of the page that stand in no table.
        config: settings of OCR.
        sauvola: threshold locally.

    Raises:
        OcrUnavailable, OcrTimeout, OcrFailed
    """
    boxes = scan_tables.boxes(tables)
    cuts = [cut for number, box in enumerate(boxes) if (cut := _cut(page, number, box))]
    letter = _letter_height(cuts)
    narrow = [c for c in cuts if c.pixels.shape[0] <= _ONE_LINE * letter and c.pixels.shape[1] <= _NARROW * letter]
    taken = {cut.number for cut in narrow}
    gap = round(_GAP * page.dpi / 72)
    words = _words(_sheets([[c] for c in cuts if c.number not in taken], gap, 0), page.dpi, config, sauvola)
    beside = _companion(page, [*(w for found in words.values() for w in found), *outside])
    bands = [[beside, cut] if beside else [cut] for cut in narrow]
    words |= _words(_sheets(bands, gap, round(letter)), page.dpi, config, sauvola)
    doubtful = [band for band in bands if _is_open(words.get(band[-1].number, []))]
    again = _words(_sheets(doubtful, gap, round(letter)), page.dpi, config, sauvola, _SMALLER)
    for number, found in again.items():
        if number not in words or evidence(found) > evidence(words[number]):
            words[number] = found
    return [_lines(words.get(number, [])) for number in range(len(boxes))]


def _is_open(words: Sequence[Word]) -> bool:
    """Whether a cell that holds ink has no word, or a doubtful one."""
    return not words or any(map(is_doubtful, words))


def _cut(page: prepare.Prepared, number: int, box: Box) -> _Cut | None:
    """The part of a cell that holds ink; None for an empty cell."""
    x0, y0, x1, y1 = (max(0, round(v)) for v in box)
    part = page.image[y0:y1, x0:x1]
    if not prepare.has_marks(part, page.dpi):
        return None
    ink = part < _INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return None
    top, left = max(0, int(rows[0]) - 3), max(0, int(columns[0]) - 3)
    return _Cut(number, (x0 + left, y0 + top), part[top : int(rows[-1]) + 4, left : int(columns[-1]) + 4])


def _companion(page: prepare.Prepared, words: Iterable[Word]) -> _Cut | None:
    """A short word that was surely read, to stand beside narrow cells."""
    plain = [w for w in words if w.confidence > _SURE and _PLAIN.fullmatch(w.text)]
    if not plain:
        return None
    x0, y0, x1, y1 = max(plain, key=lambda w: (len(w.text) < 5, w.confidence)).box
    corner = (max(0, x0 - 2), max(0, y0 - 2))
    return _Cut(_BESIDE, corner, page.image[corner[1] : y1 + 2, corner[0] : x1 + 2])


def _shapes(pixels: Grey) -> list[tuple[int, int]]:
    """Height and bottom of each dark shape, in pixels."""
    return [(height, top + height) for _, top, _, height in prepare.shapes(pixels, _INK)]


def _letter_height(cuts: Sequence[_Cut]) -> float:
    """The usual height of a letter in pixels."""
    heights = [float(height) for cut in cuts for height, _ in _shapes(cut.pixels)]
    most = float(np.percentile(heights, 90)) if heights else 0.0
    return float(np.median([height for height in heights if height > 0.3 * most] or [0.0]))


def _base(pixels: Grey) -> int:
    """The baseline of a line of text: most letters end there, some go below."""
    shapes = _shapes(pixels)
    most = max((height for height, _ in shapes), default=0)
    bottoms = sorted(bottom for height, bottom in shapes if height >= 0.45 * most)
    return bottoms[len(bottoms) // 4] if bottoms else pixels.shape[0]


def _sheets(bands: Sequence[Sequence[_Cut]], gap: int, space: int) -> list[_Sheet]:
    """Bands of parts one below the other; the parts of a band on one baseline, `space` pixels apart."""
    groups: list[list[tuple[_Cut, _Corner]]] = [[]]
    y = gap
    for band in bands:
        bases = [_base(cut.pixels) for cut in band] if len(band) > 1 else [0]
        tall = max(max(bases) - base + cut.pixels.shape[0] for cut, base in zip(band, bases, strict=True))
        if groups[-1] and y + tall > _LONGEST:
            groups.append([])
            y = gap
        x = gap
        for cut, base in zip(band, bases, strict=True):
            groups[-1].append((cut, (x, y + max(bases) - base)))
            x += cut.pixels.shape[1] + space
        y += tall + gap
    return [_drawn(group, gap) for group in groups if group]


def _drawn(parts: Sequence[tuple[_Cut, _Corner]], gap: int) -> _Sheet:
    right = max(x + cut.pixels.shape[1] for cut, (x, _) in parts) + gap
    bottom = max(y + cut.pixels.shape[0] for cut, (_, y) in parts) + gap
    sheet = np.full((bottom, right), 255, dtype=np.uint8)
    for cut, (x, y) in parts:
        sheet[y : y + cut.pixels.shape[0], x : x + cut.pixels.shape[1]] = cut.pixels
    return _Sheet(sheet, tuple(parts))


def _words(
    sheets: Sequence[_Sheet], dpi: float, config: OcrConfig, sauvola: bool, scale: float = 1.0
) -> dict[int, list[Word]]:
    """The words of each cell on the sheets, read at a scale, in pixels of the page."""
    if not sheets:
        return {}
    pictures = [Image.fromarray(prepare.soften(sheet.pixels, scale, 0.0)) for sheet in sheets]
    found: dict[int, list[Word]] = {}
    for sheet, words in zip(sheets, ocr.recognise_all(pictures, config, dpi * scale, 6, sauvola), strict=True):
        for word in words:
            x0, y0, x1, y1 = (round(v / scale) for v in word.box)
            cut, place = min(sheet.parts, key=lambda part: _away(part, (x0 + x1) / 2, (y0 + y1) / 2))
            dx, dy = cut.corner[0] - place[0], cut.corner[1] - place[1]
            if cut.number != _BESIDE:
                found.setdefault(cut.number, []).append(replace(word, box=(x0 + dx, y0 + dy, x1 + dx, y1 + dy)))
    return found


def _away(part: tuple[_Cut, _Corner], x: float, y: float) -> float:
    """How far a point of the sheet lies outside of a part."""
    cut, (left, top) = part
    height, width = cut.pixels.shape
    return float(max(left - x, x - left - width, 0.0) + max(top - y, y - top - height, 0.0))


def _lines(words: Sequence[Word]) -> list[Row]:
    rows = (Row(tuple(sorted(line, key=lambda w: w.box[0]))) for line in ocr.by_line(words))
    return sorted(rows, key=lambda row: row.base)
