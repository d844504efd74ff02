"""Ruled tables: the text of each cell as a span, found by the places of the lines."""

import math

from pipeline.document import Box, RepairedDocument, Span, Table, TableCell, TextLine


def find(document: RepairedDocument) -> tuple[Table, ...]:
    """The tables of the document in the order of the pages."""
    by_page: dict[int, list[TextLine]] = {}
    for line in document.lines:
        by_page.setdefault(line.page, []).append(line)
    return tuple(
        Table(
            page,
            table.box,
            tuple(
                tuple(TableCell(_cell(by_page.get(page, []), box, table.tilt), box) for box in row)
                for row in table.rows
            ),
        )
        for page, table in document.tables
    )


def holds(cell: Box, place: Box, tilt: float, slack: float = 1.0) -> bool:
    """Whether the middle of `place` lies in a cell, at most `slack` points out of it.

    Of a table scanned askew by `tilt` degrees the boxes of the cells overlap, so the cell itself is worked out again.
    """
    width, height = cell[2] - cell[0], cell[3] - cell[1]
    dx, dy = (place[0] + place[2] - cell[0] - cell[2]) / 2, (place[1] + place[3] - cell[1] - cell[3]) / 2
    if tilt:
        cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        dx, dy = dx * cos + dy * sin, dy * cos - dx * sin
        tall, both = abs(sin), cos * cos - sin * sin
        width, height = (width * cos - height * tall) / both, (height * cos - width * tall) / both
    return abs(dx) <= width / 2 + slack and abs(dy) <= height / 2 + slack


def _cell(lines: list[TextLine], box: Box | None, tilt: float) -> Span | None:
    """From the first to the last line whose middle lies in the cell, where nothing of other cells stands between."""
    if box is None:
        return None
    inside = [i for i, line in enumerate(lines) if holds(box, line.box, tilt)]
    if not inside:
        return None
    last = inside[0]
    for i in inside[1:]:
        if i != last + 1:
            break
        last = i
    return lines[inside[0]].span[0], lines[last].span[1]
