"""Ruled tables on a page image: rules found by their shape, cells by the same geometry as on born-digital pages."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.document import Box, RuledTable
from pipeline.extract import prepare, tables
from pipeline.extract.prepare import Grey

_LOOK_DPI = 100
_THICKEST = 1.5
"""Of a rule, in millimetres; what is thicker is a bar or the edge of a picture."""
_SHORTEST = 4.5
"""Of a piece of a rule, in millimetres: letters of 16 points have no longer strokes."""
_SURE = 15.0
"""Millimetres of a piece that no row of serifs reaches; shorter ones must stand on blank paper."""
_BREAK = 0.6
"""Millimetres of white that a piece of a rule may hold: dots and specks."""
_CONTRAST = 40
"""Grey levels by which two rows of pixels together are darker than the paper."""
_BLANK = 0.25
"""Share of ink on either side of a short piece; letters have more on one of them."""
_BRIDGE = 6.0
"""Points of white between two pieces of one rule."""
_NARROWEST = 0.3
"""Of a table, as a share of the page's width: the boxes of incoming-mail stamps have 0.22."""
_FILLED = 0.9
"""Of a table's area, the share that its cells cover at least; the boxes of a chart leave gaps."""


def find(page: prepare.Prepared) -> tuple[RuledTable, ...]:
    """The ruled tables of a prepared page, in its pixels, from top to bottom."""
    scale = page.dpi / 72
    width = page.sharp.shape[1] / scale
    found = tables.find(rules(page.sharp, page.dpi), _BRIDGE, open_sides=True)
    return tuple(_scaled(table, scale) for table in found if _is_table(table, width))


def _is_table(table: RuledTable, width: float) -> bool:
    """Whether the boxes can be a table of text: not the frame of a stamp or a seal, nor the boxes of a chart."""
    cells = boxes([table])
    columns = max(sum(cell is not None for cell in row) for row in table.rows)
    if columns < 2 or len(cells) < 3 or table.box[2] - table.box[0] < _NARROWEST * width:
        return False
    return sum(map(_area, cells)) >= _FILLED * _area(table.box)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _scaled(table: RuledTable, scale: float) -> RuledTable:
    return tables.with_boxes(table, lambda box: (box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale))


def rules(grey: Grey, dpi: float) -> list[Box]:
    """Thin straight strokes that lie level or upright on a page image, as boxes in points of the image."""
    import cv2

    factor = max(1, round(dpi / _LOOK_DPI))
    size = (max(1, grey.shape[1] // factor), max(1, grey.shape[0] // factor))
    small = cv2.resize(grey[: size[1] * factor, : size[0] * factor], size, interpolation=cv2.INTER_AREA)
    ink = (small < np.median(small) - 60).astype(np.uint8)
    unit, scale = dpi / factor / 25.4, 72 * factor / dpi
    found: list[Box] = []
    for level in (True, False):
        pieces, _ = cv2.findContours(strokes(small, unit, level), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for x, y, width, height in map(cv2.boundingRect, pieces):
            if max(width, height) < _SURE * unit and not _stands_free(ink, x, y, width, height, level):
                continue
            if level:
                middle = (y + (height + 1) / 2) * scale
                found.append((x * scale, middle, (x + width) * scale, middle))
            else:
                middle = (x + (width + 1) / 2) * scale
                found.append((middle, y * scale, middle, (y + height) * scale))
    return found


def _stands_free(ink: Grey, x: int, y: int, width: int, height: int, level: bool) -> bool:
    """Whether the paper on both sides of a stroke is blank."""
    if not level:
        return _stands_free(ink.T, y, x, height, width, True)
    above, below = (
        ink[max(0, y - 3) : max(0, y - 1), x : x + width],
        ink[y + height + 1 : y + height + 3, x : x + width],
    )
    return all(side.size == 0 or np.count_nonzero(side) < _BLANK * side.size for side in (above, below))


def strokes(grey: Grey, unit: float, level: bool) -> Grey:
    """A mask (0 or 1) of the dark strokes of a grey image that are thin, straight, and level or else upright.

    Its row (column, where they are upright) n stands for rows n and n + 1 of the image. `unit` is pixels a millimetre.
    """
    import cv2

    def line(millimetres: float, across: bool) -> Grey:
        length = max(3, round(millimetres * unit))
        return np.ones((1, length) if across else (length, 1), np.uint8)

    thin = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, line(_THICKEST, not level))
    # a thin rule that is not quite level passes from one row of pixels to the next
    if level:
        thin[:-1] = cv2.add(thin[:-1], thin[1:])
    else:
        thin[:, :-1] = cv2.add(thin[:, :-1], thin[:, 1:])
    mask = (thin > _CONTRAST).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, line(_BREAK, level))
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, line(_SHORTEST, level)), dtype=np.uint8)


def boxes(found: Sequence[RuledTable]) -> list[Box]:
    """The cells of tables, row by row."""
    return [cell for table in found for row in table.rows for cell in row if cell is not None]


def without_rules(page: prepare.Prepared, found: Sequence[RuledTable]) -> prepare.Prepared:
    """The page with the rules of its tables made white."""
    import cv2

    unit = page.dpi / 25.4
    reach = round(1.2 * unit)
    sharp, image = page.sharp.copy(), page.image.copy()
    for table in found:
        x0, y0, x1, y1 = (round(v) for v in table.box)
        left, top = max(0, x0 - 3 * reach), max(0, y0 - 3 * reach)
        part = (slice(top, y1 + 3 * reach), slice(left, x1 + 3 * reach))
        for level in (True, False):
            mask = strokes(page.sharp[part], unit, level)
            near = np.zeros_like(mask)
            for a, b, c, d in boxes([table]):
                ends = ((a, b, c, b), (a, d, c, d)) if level else ((a, b, a, d), (c, b, c, d))
                for p, q, r, s in ends:
                    start, end = (round(p) - left, round(q) - top), (round(r) - left, round(s) - top)
                    cv2.line(near, start, end, 1, 2 * reach)
            thick = max(3, round(0.25 * unit)) | 1
            mask = cv2.dilate(mask & near, np.ones((thick, 1) if level else (1, thick), np.uint8))
            sharp[part][mask > 0] = 255
            image[part][mask > 0] = 255
    return replace(page, sharp=sharp, image=image)


def without_cells(page: Grey, found: Sequence[RuledTable]) -> Grey:
    """A page image with the cells of tables made white."""
    result = page.copy()
    for box in boxes(found):
        x0, y0, x1, y1 = (max(0, round(v)) for v in box)
        result[y0 : y1 + 1, x0 : x1 + 1] = 255
    return result
