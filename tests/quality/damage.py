"""How much of the generator's damage is restored, class by class, and what was changed wrongly.

    python -m tests.quality.damage [--seeds N] [--class NAME ...] [--unseen]

A place is a letter or a blank of the truth; it is right when the text has it and nothing put in before it. The unseen
measures are made without the outline memory, as for faces that no healthy document has shown; with and without OCR.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from tests.generator import CLASSES, build
from tests.generator.damage import text_of

UNSEEN = ("lost-space-bare", "lost-space-simple", "missing-type3", "no-map-bare", "no-map-simple", "no-map-type3",
          "no-map-type1c", "permuted-bare", "shifted-bare")  # fmt: skip
"""Classes whose letters only the shapes tell."""


class Task(NamedTuple):
    """One document to make and read."""

    damage: str
    seed: int
    unseen: bool = False
    ocr: bool = True


class Result(NamedTuple):
    """Places of the truth that were right in the end, wrong at the start, and spoilt on the way."""

    damage: str
    letters: int
    damaged: int
    restored: int
    spoilt: int


def measure_one(task: Task) -> Result:
    from pipeline.config import Config
    from pipeline.extract import extract
    from pipeline.repair import glyph_shape, repair

    made = build(text_of(CLASSES[task.damage].text), task.damage, task.seed)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.pdf"
        path.write_bytes(made.pdf)
        document = extract(path, path.name, Config())
        if not task.ocr:
            document = replace(document, look=None)
        memory = glyph_shape.memory
        if task.unseen:
            nothing = glyph_shape.learned(())
            glyph_shape.memory = lambda: nothing  # type: ignore[assignment]
        try:
            repaired = repair(document, Config().repair)
        finally:
            glyph_shape.memory = memory
    return compare(task.damage, repaired.raw_text, repaired.text, made.truth)


def compare(name: str, raw: str, text: str, truth: str) -> Result:
    """What became of each place of the truth, white space collapsed."""
    raw, text, truth = (" ".join(t.split()) for t in (raw, text, truth))
    before, after = right(raw, truth), right(text, truth)
    damaged = set(range(len(truth))) - before
    return Result(name, len(truth), len(damaged), len(damaged & after), len(before - after))


def right(text: str, truth: str) -> set[int]:
    """The places of the truth that the text has, with nothing more before them.

    >>> sorted(right("h ội nghị", "hội nghị")) == [0, 2, 3, 4, 5, 6, 7]
    True
    """
    places: set[int] = set()
    extra: set[int] = set()
    for op in Levenshtein.opcodes(text, truth):
        if op.tag == "equal":
            places.update(range(op.dest_start, op.dest_end))
        elif op.tag == "delete":
            extra.add(op.dest_start)
    return places - extra


def run(tasks: Sequence[Task]) -> list[Result]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(measure_one, tasks))
    for task, result in zip(tasks, results, strict=True):
        share = result.restored / result.damaged if result.damaged else 1.0
        note = ("unseen " if task.unseen else "") + ("" if task.ocr else "no OCR")
        print(f"{result.damage:28} places {result.letters:6} damaged {result.damaged:6} restored {share:8.4f} "
              f"spoilt {result.spoilt} {note}")  # fmt: skip
    return results


def shares(group: str, found: Sequence[Result]) -> dict[str, float]:
    """The two measures of a group: damaged places restored, sound places left alone."""
    out = {}
    damaged = sum(r.damaged for r in found)
    if damaged and group != "healthy":
        out[f"damage.{group}.restored"] = sum(r.restored for r in found) / damaged
    if found:
        out[f"damage.{group}.unspoilt"] = 1 - sum(r.spoilt for r in found) / sum(r.letters for r in found)
    return out


def measure(seeds: int = 1, names: Sequence[str] | None = None) -> dict[str, float]:
    """Shares over all classes: restored and unspoilt, for classes with an exact source, the others, and healthy ones."""
    results = run([Task(name, seed) for name in names or CLASSES for seed in range(seeds)])
    kinds = [(r, CLASSES[r.damage]) for r in results]
    return {
        **shares("exact", [r for r, kind in kinds if kind.cause and kind.exact]),
        **shares("inexact", [r for r, kind in kinds if kind.cause and not kind.exact]),
        **shares("healthy", [r for r, kind in kinds if not kind.cause]),
    }


def unseen(seeds: int = 1, names: Sequence[str] = UNSEEN) -> dict[str, float]:
    """The same for faces that the memory has never seen, with OCR as a witness and without."""
    out = {}
    for group, ocr in (("unseen", True), ("unseen_no_ocr", False)):
        out |= shares(group, run([Task(name, seed, True, ocr) for name in names for seed in range(seeds)]))
    return out


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`; `shared` is not needed."""
    return {**measure(), **unseen()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--class", dest="names", nargs="*")
    parser.add_argument("--unseen", action="store_true", help="only without the outline memory")
    options = parser.parse_args()
    found = unseen(options.seeds, options.names or UNSEEN) if options.unseen else measure(options.seeds, options.names)
    for name, value in found.items():
        print(f"{name:32} {value:.5f}")


if __name__ == "__main__":
    main()
