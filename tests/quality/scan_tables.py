"""Tables on scans: generated pages whose cells are known, and pages without a table.

    python -m tests.quality.scan_tables [--shared DIR] [--show]

A cell is found where a cell of the output shares six tenths of the area of both (intersection over union); it is read
where its text is the truth's, line breaks as spaces. Order is the share of neighbouring cells, read left to right and
top to bottom, whose texts follow each other so in the document.
"""

import argparse
import math
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from tests.generator import scans, tables
from tests.generator.tables import Box
from tests.quality.documents import BUILD, ROOT, read
from tests.quality.scans import Case, cases, scanned

_LEAST_SHARED = 0.6
CLEAN = ("good",)
POOR = ("office", "skewed", "faint", "bitonal", "low", "fax", "photographed", "sideways", "worn")


class Found(NamedTuple):
    """Of the cells of a page: how many there are, have a box, have their text; pairs of neighbours and those in order."""

    name: str
    kind: str
    cells: int
    boxes: int
    texts: int
    pairs: int
    ordered: int
    wrong: tuple[tuple[str, str | None], ...]
    """Text of the truth and what was read, None where no cell was found."""


def page_cases() -> list[tuple[str, str, int]]:
    """(look, kind of scan, seed): each look clean, and in two of the poor ways."""
    found = [(look, "good", 1) for look in tables.LOOKS]
    for n, look in enumerate(tables.LOOKS):
        found += [(look, POOR[(n + step) % len(POOR)], 2 + step) for step in (0, 4)]
    return found


def measure(case: tuple[str, str, int]) -> Found:
    look, kind, seed = case
    made = tables.page(tables.LOOKS[look], seed)
    path = BUILD / "scans" / f"table-{look}-{kind}-{seed}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    how = scans.PRESETS[kind]
    path.write_bytes(scans.scan(made.pdf, how, seed))
    return compared(path.stem, kind, [(_moved(c.box, made, how), c.text) for c in made.cells], read(path))


def _moved(box: Box, made: tables.TablePage, how: scans.Scan) -> Box:
    """Where a box of the page lies on its scan."""
    middle = made.width / 2, made.height / 2
    angle = math.radians(-how.skew)  # Pillow turns against the clock
    corners = []
    for x in (box[0], box[2]):
        for y in (box[1], box[3]):
            dx, dy = x - middle[0], y - middle[1]
            px, py = (
                middle[0] + dx * math.cos(angle) - dy * math.sin(angle),
                middle[1] + dx * math.sin(angle) + dy * math.cos(angle),
            )
            corners.append((py, made.width - px) if how.turn == 90 else (px, py))
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def compared(name: str, kind: str, truth: Sequence[tuple[Box, str]], document: dict[str, Any]) -> Found:
    text = str(document.get("text", ""))
    cells = [c for t in document.get("tables", ()) for row in t["rows"] for c in row if c["box"] is not None]
    starts: list[int | None] = []
    boxes = texts = 0
    wrong: list[tuple[str, str | None]] = []
    for box, wanted in truth:
        best = max(cells, key=lambda cell: shared(cell["box"], box), default=None)
        if best is None or shared(best["box"], box) < _LEAST_SHARED:
            wrong.append((" ".join(wanted.split()), None))
            starts.append(None)
            continue
        boxes += 1
        got = " ".join(text[slice(*best["span"])].split()) if best["span"] else ""
        if got == " ".join(wanted.split()):
            texts += 1
        else:
            wrong.append((" ".join(wanted.split()), got))
        if wanted:
            starts.append(best["span"][0] if best["span"] else None)
    pairs = list(pairwise(starts))
    ordered = sum(a is not None and b is not None and a < b for a, b in pairs)
    return Found(name, kind, len(truth), boxes, texts, len(pairs), ordered, tuple(wrong))


def shared(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return across * down / (areas - across * down)


def _tables_on(case: Case | Path) -> tuple[str, int]:
    path = case if isinstance(case, Path) else scanned(case)[0]
    return path.stem, len(read(path).get("tables", ()))


def figures(shared_folder: Path) -> dict[str, float]:
    """Measures for `make quality`; without the shared folder those of generated pages alone."""
    plain: list[Case | Path] = [case for case in cases() if case.text != "report"]
    plain += sorted((shared_folder / "annotated").rglob("pages/a*.pdf"))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(measure, page_cases()))
        without = list(pool.map(_tables_on, plain))
    print(f"{'page':40} cells  found   read  order")
    for one in found:
        print(_row(one.name, [one]))
    out: dict[str, float] = {}
    for name, kinds in (("clean", CLEAN), ("poor", POOR)):
        group = [f for f in found if f.kind in kinds]
        print(_row(f"all {name}", group))
        for key, value in _shares(group).items():
            out[f"scan_tables.{name}.{key}"] = value
    for name, count in without:
        if count:
            print("table on a page without one:", name)
    return {**out, "scan_tables.none_made_up": sum(not count for _, count in without) / len(without)}


def _shares(group: Sequence[Found]) -> dict[str, float]:
    cells = sum(f.cells for f in group)
    return {
        "found": sum(f.boxes for f in group) / cells,
        "read": sum(f.texts for f in group) / cells,
        "ordered": sum(f.ordered for f in group) / max(1, sum(f.pairs for f in group)),
    }


def _row(name: str, group: Sequence[Found]) -> str:
    return f"{name:40} {sum(f.cells for f in group):5} " + " ".join(f"{v * 100:6.2f}" for v in _shares(group).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--show", action="store_true", help="print the cells of generated pages that were read wrongly")
    options = parser.parse_args()
    if not options.show:
        for name, value in figures(options.shared).items():
            print(f"{name:44} {value:.5f}")
        return
    for case in page_cases():
        one = measure(case)
        print(_row(one.name, [one]))
        for wanted, got in one.wrong:
            print(f"  - {wanted}\n  + {got}")


if __name__ == "__main__":
    main()
