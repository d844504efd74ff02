"""Ruled tables: from the rules drawn on a page to cells, row by row."""

from bisect import bisect_right
from collections.abc import Sequence

from pipeline.document import Box, RuledTable

_NEAR = 3.0
_THIN = 3.0
_SHORTEST = 6.0
_MOST_UNITS = 20_000

Rule = tuple[float, float, float]
"""Position across, start and end along."""


def find(rules: Sequence[Box]) -> list[RuledTable]:
    """The tables (two cells and more) that the rules of a page draw, from top to bottom."""
    if len(rules) < 4:
        return []
    across = _joined([((r[1] + r[3]) / 2, r[0], r[2]) for r in rules if r[3] - r[1] <= _THIN and r[2] - r[0] > _THIN])
    down = _joined([((r[0] + r[2]) / 2, r[1], r[3]) for r in rules if r[2] - r[0] <= _THIN and r[3] - r[1] > _THIN])
    tables = []
    for horizontals, verticals in _clusters(across, down):
        table = _grid(horizontals, verticals)
        if table is not None and sum(cell is not None for row in table.rows for cell in row) > 1:
            tables.append(table)
    return sorted(tables, key=lambda table: (table.box[1], table.box[0]))


def _joined(rules: list[Rule]) -> list[Rule]:
    """Rules of one direction with pieces that continue each other joined, dust left out."""
    joined: list[Rule] = []
    for place, start, end in _aligned(rules):
        if joined and joined[-1][0] == place and start <= joined[-1][2] + _NEAR:
            joined[-1] = (place, joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((place, start, end))
    return [rule for rule in joined if rule[2] - rule[1] >= _SHORTEST]


def _aligned(rules: list[Rule]) -> list[Rule]:
    aligned: list[Rule] = []
    place = float("-inf")
    for rule in sorted(rules):
        if rule[0] - place > _NEAR / 2:
            place = rule[0]
        aligned.append((place, rule[1], rule[2]))
    return sorted(aligned)


def _clusters(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that hang together by crossings."""
    parent = list(range(len(across) + len(down)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    places = [rule[0] for rule in down]
    order = sorted(range(len(down)), key=places.__getitem__)
    sorted_places = [places[i] for i in order]
    for i, (y, x0, x1) in enumerate(across):
        for k in range(bisect_right(sorted_places, x0 - _NEAR), bisect_right(sorted_places, x1 + _NEAR)):
            j = order[k]
            if down[j][1] - _NEAR <= y <= down[j][2] + _NEAR:
                parent[root(i)] = root(len(across) + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate(across):
        groups.setdefault(root(i), ([], []))[0].append(rule)
    for j, rule in enumerate(down):
        groups.setdefault(root(len(across) + j), ([], []))[1].append(rule)
    return [group for group in groups.values() if len(group[0]) > 1 and len(group[1]) > 1]


def _places(rules: list[Rule]) -> list[float]:
    places: list[float] = []
    for place in sorted(rule[0] for rule in rules):
        if not places or place - places[-1] > _NEAR:
            places.append(place)
    return places


def _covered(rules: list[Rule], place: float, at: float) -> bool:
    return any(abs(rule[0] - place) <= _NEAR and rule[1] - 1 <= at <= rule[2] + 1 for rule in rules)


def _grid(across: list[Rule], down: list[Rule]) -> RuledTable | None:
    """The table of one cluster: units not parted by a rule make one cell, written at its first unit."""
    xs, ys = _places(down), _places(across)
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 1 or rows < 1 or columns * rows > _MOST_UNITS:
        return None
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    table: list[tuple[Box | None, ...]] = []
    middles_x = [(xs[j] + xs[j + 1]) / 2 for j in range(columns)]
    middles_y = [(ys[i] + ys[i + 1]) / 2 for i in range(rows)]
    by_x = [[rule for rule in down if abs(rule[0] - x) <= _NEAR] for x in xs]
    by_y = [[rule for rule in across if abs(rule[0] - y) <= _NEAR] for y in ys]
    for i in range(rows):
        line: list[Box | None] = []
        for j in range(columns):
            if (i, j) in owner:
                line.append(None)
                continue
            right, low = j, i
            while (
                right + 1 < columns
                and (i, right + 1) not in owner
                and not _covered(by_x[right + 1], xs[right + 1], middles_y[i])
            ):
                right += 1
            while low + 1 < rows and not any(
                _covered(by_y[low + 1], ys[low + 1], middles_x[k]) or (low + 1, k) in owner for k in range(j, right + 1)
            ):
                low += 1
            for m in range(i, low + 1):
                for k in range(j, right + 1):
                    owner[m, k] = (i, j)
            line.append((xs[j], ys[i], xs[right + 1], ys[low + 1]))
        table.append(tuple(line))
    return RuledTable((xs[0], ys[0], xs[-1], ys[-1]), tuple(table))
