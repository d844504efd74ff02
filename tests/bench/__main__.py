"""Speed as ratios within one run (`make bench`).

python -m tests.bench [--shared DIR] [--only PART ...]
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from tests.bench import decoding, ingest, mixed, reading, report, scans, tables

#: Part name -> what times it, a function of the shared folder.
PARTS: dict[str, Callable[[Path], None]] = {
    "reading": reading.bench,
    "decoding": decoding.bench,
    "ingest": ingest.bench,
    "mixed": mixed.bench,
    "tables": tables.bench,
    "report": report.bench,
    "scans": scans.bench,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=reading.ROOT.parent / "shared")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    for part in options.only:
        PARTS[part](options.shared)


if __name__ == "__main__":
    main()
