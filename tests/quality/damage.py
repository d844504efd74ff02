"""How much of the generator's damage is restored, class by class, and what was changed wrongly.

python -m tests.quality.damage [--seeds N] [--class NAME ...]
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from tests.generator import CLASSES, build
from tests.generator.damage import text_of


class Result(NamedTuple):
    """Letters of the truth that were right in the end, wrong at the start, and spoilt on the way."""

    damage: str
    letters: int
    damaged: int
    restored: int
    spoilt: int


def measure_one(task: tuple[str, int]) -> Result:
    from pipeline.config import Config
    from pipeline.extract import extract
    from pipeline.repair import repair

    name, seed = task
    made = build(text_of(CLASSES[name].text), name, seed)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.pdf"
        path.write_bytes(made.pdf)
        repaired = repair(extract(path, path.name, Config()), Config().repair)
    truth = " ".join(made.truth.split())
    before, after = right(" ".join(repaired.raw_text.split()), truth), right(" ".join(repaired.text.split()), truth)
    letters = {i for i, letter in enumerate(truth) if not letter.isspace()}
    damaged = letters - before
    return Result(name, len(letters), len(damaged), len(damaged & after), len((letters & before) - after))


def right(text: str, truth: str) -> set[int]:
    """The places of the truth whose letter the text has."""
    places: set[int] = set()
    for op in Levenshtein.opcodes(text, truth):
        if op.tag == "equal":
            places.update(range(op.dest_start, op.dest_end))
    return places


def measure(seeds: int = 1, names: list[str] | None = None) -> dict[str, float]:
    """Shares over all classes: restored and spoilt, for classes with an exact source, the others, and healthy ones."""
    tasks = [(name, seed) for name in names or CLASSES for seed in range(seeds)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(measure_one, tasks))
    out = {}
    groups = {
        "exact": [r for r in results if CLASSES[r.damage].cause and CLASSES[r.damage].exact],
        "inexact": [r for r in results if CLASSES[r.damage].cause and not CLASSES[r.damage].exact],
        "healthy": [r for r in results if not CLASSES[r.damage].cause],
    }
    for result in results:
        share = result.restored / result.damaged if result.damaged else 1.0
        print(
            f"{result.damage:28} letters {result.letters:6} damaged {result.damaged:6} restored {share:8.4f} spoilt {result.spoilt}"
        )
    for group, found in groups.items():
        if not found:
            continue
        letters = sum(r.letters for r in found)
        damaged = sum(r.damaged for r in found)
        if group != "healthy" and damaged:
            out[f"damage.{group}.restored"] = sum(r.restored for r in found) / damaged
        out[f"damage.{group}.unspoilt"] = 1 - sum(r.spoilt for r in found) / letters
    return out


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`; `shared` is not needed."""
    return measure()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--class", dest="names", nargs="*")
    options = parser.parse_args()
    for name, value in measure(options.seeds, options.names).items():
        print(f"{name:32} {value:.5f}")


if __name__ == "__main__":
    main()
