"""Real healthy documents with their ToUnicode maps damaged on purpose: what of their own text comes back.

The truth is the text that the untouched document gives. Each document is damaged in `EACH` ways of the generator's
second mode; of long ones the first pages are read.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pikepdf

from pipeline.document import Method
from tests.generator import tounicode
from tests.generator.pdf import save
from tests.quality import damage
from tests.quality.detection import read

EACH = 3
PAGES = 4
MANY = 200
"""Letters that a document must have to be measured."""


class Task(NamedTuple):
    path: Path
    changes: tuple[str, ...]


def measure_one(task: Task) -> list[damage.Result]:
    with pikepdf.open(task.path) as file:
        while len(file.pages) > PAGES:
            del file.pages[-1]
        file.remove_unreferenced_resources()
        healthy = save(file)
    document, repaired = read(healthy)
    if any(p.method is not Method.EMBEDDED for p in document.pages) or len(repaired.text) < MANY:
        return []
    found = []
    for change in task.changes:
        _, mended = read(tounicode.damage(healthy, change))
        result = damage.compare(f"{change} {task.path.stem[:40]}", mended.raw_text, mended.text, repaired.text)
        found += [result] if result.damaged else []
    return found


def figures(shared: Path) -> dict[str, float]:
    """Damaged places restored and sound ones left alone, over the healthy documents of `shared`."""
    paths = sorted((shared / "samples").glob("clean-*.pdf"))
    if not paths:
        return {}
    names = sorted(tounicode.CHANGES)
    tasks = [Task(p, tuple(names[(i * EACH + k) % len(names)] for k in range(EACH))) for i, p in enumerate(paths)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = [r for found in pool.map(measure_one, tasks) for r in found]
    for r in results:
        print(f"{r.damage:52} places {r.letters:6} damaged {r.damaged:6} restored {r.restored / r.damaged:8.4f} "
              f"spoilt {r.spoilt}")  # fmt: skip
    return damage.shares("broken_maps", results)
