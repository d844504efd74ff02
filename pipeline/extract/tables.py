"""Ruled tables: from the rules drawn on a page to cells, row by row, by pdfplumber's table geometry."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
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


def find(rules: Sequence[Box], bridge: float = _NEAR, open_sides: bool = False) -> list[RuledTable]:
    """The tables (two cells and more) that the rules of a page draw, from top to bottom.

    None where the rules are so many that they are a drawing.

    Args:
        rules: thin boxes in points.
        bridge: points of white that a rule may hold.
        open_sides: whether the left and right ends of level rules that an upright one joins make a side of a table.
    """
    edges = [edge for rule in rules for edge in _edges(rule)] if len(rules) >= 4 else []
    joined = [e for e in merge_edges(edges, _NEAR, _NEAR, bridge, bridge) if max(e["width"], e["height"]) >= _SHORTEST]
    across = sum(edge["orientation"] == "h" for edge in joined)
    if across < 2 or len(joined) - across > _MOST_CROSSINGS / across:
        return []
    if open_sides:
        joined += _sides(joined)
    if len(joined) - across < 2:
        return []
    cells = intersections_to_cells(edges_to_intersections(joined, _NEAR, _NEAR))
    tables = [Table(None, group) for group in cells_to_tables(cells) if len(group) > 1]
    found = [RuledTable(tuple(t.bbox), tuple(tuple(row.cells) for row in t.rows)) for t in tables]
    return sorted(found, key=lambda table: (table.box[1], table.box[0]))


def _sides(edges: Sequence[Edge]) -> list[Edge]:
    """The left and right side of every three level rules and more that end together and are joined by upright ones."""
    upright = [e for e in edges if e["orientation"] == "v"]
    level = [e for e in edges if e["orientation"] == "h" and any(_meet(e, v) for v in upright)]
    level.sort(key=lambda e: float(e["top"]))
    sides = []
    for end in ("x0", "x1"):
        groups: list[list[Edge]] = []
        for edge in level:
            group = next((g for g in groups if abs(float(g[0][end] - edge[end])) <= 2 * _NEAR), None)
            if group is None:
                groups.append([edge])
            else:
                group.append(edge)
        for group in (g for g in groups if len(g) > 2):
            x = float(group[0][end])
            for upper, lower in pairwise(group):
                top, bottom = float(upper["top"]), float(lower["top"])
                spans = [v for v in upright if v["top"] <= top + _NEAR and v["bottom"] >= bottom - _NEAR]
                closed = any(abs(float(v["x0"]) - x) <= 2 * _NEAR for v in spans)
                if not closed and any(_reaches(upper, v) and _reaches(lower, v) for v in spans):
                    sides.append(_upright(x, top, bottom))
    return merge_edges(sides, _NEAR, _NEAR, _NEAR, _NEAR) if sides else []


def _meet(level: Edge, upright: Edge) -> bool:
    return _reaches(level, upright) and bool(upright["top"] - _NEAR <= level["top"] <= upright["bottom"] + _NEAR)


def _reaches(level: Edge, upright: Edge) -> bool:
    """Whether a level rule is long enough to stand over or under an upright one."""
    return bool(level["x0"] - _NEAR <= upright["x0"] <= level["x1"] + _NEAR)


def _upright(x: float, top: float, bottom: float) -> Edge:
    return {"orientation": "v", "x0": x, "x1": x, "top": top, "bottom": bottom, "width": 0.0, "height": bottom - top}


def with_boxes(table: RuledTable, move: Callable[[Box], Box]) -> RuledTable:
    """The table with all of its boxes moved."""
    rows = tuple(tuple(None if cell is None else move(cell) for cell in row) for row in table.rows)
    return replace(table, box=move(table.box), rows=rows)


def _edges(rule: Box) -> Iterator[Edge]:
    """A thin box as the edge that it draws; nothing for a thick one."""
    x0, top, x1, bottom = rule
    width, height = x1 - x0, bottom - top
    if height <= _THIN < width:
        y = (top + bottom) / 2
        yield {"orientation": "h", "x0": x0, "x1": x1, "top": y, "bottom": y, "width": width, "height": 0.0}
    elif width <= _THIN < height:
        yield _upright((x0 + x1) / 2, top, bottom)
