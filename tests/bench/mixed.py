"""A mixed folder by one worker and by two, wall clock, beside what the machine itself gives.

python -m tests.bench --only mixed

Two cores of a shared machine are seldom worth two: two runs by one worker each, side by side, say what they are worth
at that moment, so the figures are taken in turn and none of them says anything while other work is going on.
"""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.ingest import ran
from tests.generator import build, scans, texts

_KINDS = ("good", "office", "skewed", "bitonal", "faint", "stained", "photographed", "worn")
_CLASSES = ("clean-type0", "clean-simple", "lost-space", "permuted", "tcvn3", "vni", "no-map-simple", "no-map-type3")


def bench(shared: Path) -> None:
    """Print how much faster two workers are; `shared` is not needed."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        raw = _mixed(folder / "raw")
        one, two = ran(raw, folder / "one", 1), ran(raw, folder / "two", 2)
        with ThreadPoolExecutor(2) as both:
            beside = list(both.map(lambda name: ran(raw, folder / name, 1), ("left", "right")))
    load = os.getloadavg()[0]
    print(f"{'two workers over one, mixed folder, by the wall clock':60} {one[3] / two[3]:6.2f}  goal >= 1.8")
    worth = 2 * one[3] / max(run[3] for run in beside)
    print(f"{'two runs side by side over one: what the cores give':60} {worth:6.2f}  load {load:.0f}")
    print(f"{'CPU seconds of two workers over one':60} {(two[0] + two[1]) / (one[0] + one[1]):6.2f}")


def _mixed(raw: Path) -> Path:
    """Sixteen scans of one page, sixteen born-digital documents, broken ones among them, and four text files."""
    raw.mkdir()
    letter = build(texts.OFFICIAL, "clean-type0").pdf
    for number in range(16):
        scan = scans.scan(letter, scans.PRESETS[_KINDS[number % len(_KINDS)]], number)
        (raw / f"scan-{number:02}.pdf").write_bytes(scan)
        made = build(f"{texts.OFFICIAL}\n" * (1 + number % 3), _CLASSES[number % len(_CLASSES)], seed=number)
        (raw / f"made-{number:02}.pdf").write_bytes(made.pdf)
    for number in range(4):
        (raw / f"text-{number}.txt").write_text(f"{texts.OFFICIAL}\n{number}\n")
    return raw
