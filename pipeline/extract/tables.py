"""Ruled tables: from the rules drawn on a page to cells, row by row, by pdfplumber's table geometry."""

from collections.abc import Iterator, Sequence
from typing import Any

from pdfplumber.table import Table, cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

from pipeline.document import Box, RuledTable

_NEAR = 3.0
"""Points within which rules continue, cross and stand in one line."""
_THIN = 3.0
_SHORTEST = 6.0
_MOST_CROSSINGS = 6_000
"""A hundred rows of sixty cells: a second of CPU; pages of drawings have more."""

Edge = dict[str, Any]


def find(rules: Sequence[Box]) -> list[RuledTable]:
    """The tables (two cells and more) that the rules of a page draw, from top to bottom.

    None where the rules are so many that they are a drawing.
    """
    edges = [edge for rule in rules for edge in _edges(rule)] if len(rules) >= 4 else []
    joined = [e for e in merge_edges(edges, _NEAR, _NEAR, _NEAR, _NEAR) if max(e["width"], e["height"]) >= _SHORTEST]
    across = sum(edge["orientation"] == "h" for edge in joined)
    if across < 2 or not 1 < len(joined) - across <= _MOST_CROSSINGS / across:
        return []
    cells = intersections_to_cells(edges_to_intersections(joined, _NEAR, _NEAR))
    tables = [Table(None, group) for group in cells_to_tables(cells) if len(group) > 1]
    found = [RuledTable(tuple(t.bbox), tuple(tuple(row.cells) for row in t.rows)) for t in tables]
    return sorted(found, key=lambda table: (table.box[1], table.box[0]))


def _edges(rule: Box) -> Iterator[Edge]:
    """A thin box as the edge that it draws; nothing for a thick one."""
    x0, top, x1, bottom = rule
    width, height = x1 - x0, bottom - top
    if height <= _THIN < width:
        y = (top + bottom) / 2
        yield {"orientation": "h", "x0": x0, "x1": x1, "top": y, "bottom": y, "width": width, "height": 0.0}
    elif width <= _THIN < height:
        x = (x0 + x1) / 2
        yield {"orientation": "v", "x0": x, "x1": x, "top": top, "bottom": bottom, "width": 0.0, "height": height}
