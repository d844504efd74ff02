"""Citations on scans: generated letters full of them, their kind, number, symbol and date known.

    python -m tests.quality.scan_citations

A citation counts as found where all four are right to the letter; what is found and not meant is made up.
"""

import argparse
import collections
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.generator import build, scans
from tests.generator.citations import Cited, letter
from tests.quality.documents import BUILD, read
from tests.quality.scans import CLEAN, POOR

_ON_A_PAGE = 24
_FACES = ("serif", "sans")
"""Not the fixed-width face of the generator: its zero has a dot, which no typewriter's has, and is read as 9."""


class Found(NamedTuple):
    """What a scan cites, and what of it was missed and made up."""

    name: str
    kind: str
    cited: int
    missed: list[Cited]
    made_up: list[Cited]


def cases() -> list[tuple[str, str, int]]:
    """(Face, kind of scan, seed): ten clean scans, two of each poor kind."""
    found = [(face, "good", seed) for face in _FACES for seed in range(1, 6)]
    return found + [(face, kind, 10 * n + 6) for n, kind in enumerate(POOR) for face in _FACES]


def measure(case: tuple[str, str, int]) -> Found:
    face, kind, seed = case
    markup, cited = letter(seed, _ON_A_PAGE)
    path = BUILD / "scans" / f"citations-{face}-{kind}-{seed}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(scans.scan(build(markup, "clean-type0", family=face).pdf, scans.PRESETS[kind], seed))
    read_ones = [
        Cited(*(str(one[key] or "") for key in ("kind", "number", "symbol", "date"))) for one in read(path)["citations"]
    ]
    meant, found = collections.Counter(cited), collections.Counter(read_ones)
    return Found(path.stem, kind, len(cited), list((meant - found).elements()), list((found - meant).elements()))


def measure_all() -> list[Found]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(measure, cases()))


def figures(shared: Path) -> dict[str, float]:
    """The share of citations found, on clean and on poor scans, and of those found how many are meant; no `shared`."""
    measured = measure_all()
    out: dict[str, float] = {}
    for name, kinds in (("clean", CLEAN), ("poor", POOR)):
        group = [one for one in measured if one.kind in kinds]
        cited, missed, made_up = (sum(counts) for counts in zip(*map(_counts, group), strict=True))
        print(f"{name:6} {cited} cited, {missed} missed, {made_up} made up")
        out[f"scan_citations.{name}.found"] = 1 - missed / cited
        out[f"scan_citations.{name}.meant"] = (cited - missed) / (cited - missed + made_up)
    return out


def _counts(one: Found) -> tuple[int, int, int]:
    return one.cited, len(one.missed), len(one.made_up)


def _show(measured: Sequence[Found]) -> None:
    for one in measured:
        print(f"{one.name:40} {one.cited - len(one.missed)} of {one.cited}")
        for sign, ones in (("-", one.missed), ("+", one.made_up)):
            for cited in ones:
                print(f"   {sign} {cited.kind} {cited.number} {cited.symbol} {cited.date}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    _show(measure_all())
