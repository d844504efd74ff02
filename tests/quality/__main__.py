"""Quality on record: annotated and generated documents against pinned floors (`make quality`).

    python -m tests.quality [--shared DIR] [--only PART ...]

Each part is a module of this package; those that need --shared say nothing where it is not there.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

from tests.quality import (
    broken_maps,
    corrections,
    damage,
    detection,
    documents,
    language,
    ocr_pairs,
    scan_citations,
    scan_tables,
    scans,
    search,
    search_words,
    searchable,
    structure,
)

FLOORS = Path(__file__).with_name("floors.json")

#: Part name -> what measures it, a function of the shared folder; every figure grows with quality.
PARTS: dict[str, Callable[[Path], dict[str, float]]] = {
    "shipped": documents.shipped,
    "annotated": documents.annotated,
    "samples": documents.samples,
    "corrections": corrections.figures,
    "damage": damage.figures,
    "detection": detection.figures,
    "broken-maps": broken_maps.figures,
    "language": language.figures,
    "ocr-pairs": ocr_pairs.figures,
    "scans": scans.figures,
    "scan-citations": scan_citations.figures,
    "scan-tables": scan_tables.figures,
    "search": search.figures,
    "search-words": search_words.figures,
    "structure": structure.figures,
    "searchable": searchable.figures,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=documents.ROOT.parent / "shared")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    floors = json.loads(FLOORS.read_text("utf-8"))
    return int(sum(compare(PARTS[part](options.shared), floors) for part in options.only) > 0)


def compare(measured: dict[str, float], floors: dict[str, float]) -> int:
    """Print each measure beside its floor; how many lie below."""
    below = 0
    for name, value in measured.items():
        floor = floors.get(name)
        bad = floor is not None and value < floor - 1e-9
        below += bad
        beside = "" if floor is None else f"floor {floor:.4f}"
        print(f"{'BELOW' if bad else '':5} {name:52} {value:9.4f}  {beside}")
    print(f"{below} measures below their floor" if below else "no measure below its floor", flush=True)
    return below


if __name__ == "__main__":
    sys.exit(main())
