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

_CITED = 24
_FACES = ("serif", "sans", "mono")


class Case(NamedTuple):
    """A scan to make; its group is ``clean``, ``poor`` or ``small``: poor ones set in 6 to 11 instead of 14 pt."""

    group: str
    face: str
    kind: str
    seed: int


class Found(NamedTuple):
    """What a scan cites, and what of it was missed and made up."""

    name: str
    group: str
    cited: int
    missed: list[Cited]
    made_up: list[Cited]


def cases() -> list[Case]:
    """Fifteen clean scans, three of each poor kind in type of the usual size and two in small type."""
    found = [Case("clean", face, kind, seed) for kind in CLEAN for face in _FACES for seed in range(1, 6)]
    poor = [(face, kind, 10 * n + 6) for n, kind in enumerate(POOR) for face in _FACES]
    return [*found, *(Case("poor", *how) for how in poor), *(Case("small", *how) for how in poor if how[0] != "mono")]


def measure(case: Case) -> Found:
    markup, cited = letter(case.seed, _CITED, None if case.group == "small" else case.face)
    path = BUILD / "scans" / ("-".join(("citations", *map(str, case))) + ".pdf")
    path.parent.mkdir(parents=True, exist_ok=True)
    document = build(markup, "clean-type0", family=case.face).pdf
    path.write_bytes(scans.scan(document, scans.PRESETS[case.kind], case.seed))
    read_ones = [
        Cited(*(str(one[key] or "") for key in ("kind", "number", "symbol", "date"))) for one in read(path)["citations"]
    ]
    meant, found = collections.Counter(cited), collections.Counter(read_ones)
    return Found(path.stem, case.group, len(cited), list((meant - found).elements()), list((found - meant).elements()))


def measure_all() -> list[Found]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(measure, cases()))


def figures(shared: Path) -> dict[str, float]:
    """For each group the share of citations found, and of those found how many are meant; nothing of `shared`."""
    measured = measure_all()
    out: dict[str, float] = {}
    for name in dict.fromkeys(one.group for one in measured):
        group = [one for one in measured if one.group == name]
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
