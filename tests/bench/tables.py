"""Tables of a large archive: memory, the time to load, the second run, and three readers that agree.

    python -m tests.bench.tables [--documents 100000]

The clean folder is made here: a manifest of that many lines over 200 documents written from two shipped ones (seven
pages with citations; two pages with 160 repairs), each with its own number, date, title and issuer.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
_DISTINCT = 200
_WRITE = """\
import resource, sys, time
from pathlib import Path
from pipeline.frames import write_tables
summary = write_tables(Path(sys.argv[1]), Path(sys.argv[1]) / "tables")
status = Path("/proc/self/status")
if status.exists():
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak, time.process_time(), summary.written, summary.unchanged, sum(summary.rows.values()))
"""


def bench(shared: Path, documents: int = 5_000) -> None:
    """Print memory and seconds; `shared` is not needed."""
    with tempfile.TemporaryDirectory() as held:
        clean = Path(held)
        make(clean, documents)
        tell(f"write_tables of {documents:,} documents, peak MiB", *_written(clean), goal=1024)
        table = clean / "tables" / "documents"
        tell("documents table with pandas, seconds", best(lambda: _by_pandas(table)), goal=1.0)
        peak, seconds, changed, _ = _written(clean)
        assert changed == 0
        tell("the second run, CPU seconds", seconds, peak)
        one = clean / "one.json"
        one.write_bytes((clean / "000.json").read_bytes() + b" ")
        lines = (clean / "manifest.jsonl").read_text("utf-8").splitlines()
        lines[documents // 2] = json.dumps(json.loads(lines[documents // 2]) | {"output": "one.json"})
        (clean / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        peak, seconds, changed, _ = _written(clean)
        assert changed == 1
        tell("a run after one document changed, CPU seconds", seconds, peak)
        found = {name: read(clean / "tables") for name, read in readers().items()}
        alike = len(set(found.values())) == 1
        print(f"read alike by {', '.join(found)}: {alike}  {next(iter(found.values()))}", flush=True)
        assert alike


def make(clean: Path, documents: int) -> None:
    """Write the clean folder."""
    from pipeline.config import Config
    from pipeline.ingest import read_document
    from pipeline.write import to_bytes

    names = ("report.pdf", "plan-lost-letters.pdf")
    models = [json.loads(to_bytes(read_document(ROOT / "data" / "raw" / name, Config()))) for name in names]
    for number in range(_DISTINCT):
        document = models[number % 2]
        record = document["record"]
        record["number"] = _field(str(number + 1))
        record["issuer"] = _field(f"SỞ SỐ {number % 40}")
        record["title"] = _field(f"Về việc thứ {number} của năm {2000 + number % 25}")
        record["date"] = {"year": 2000 + number % 25, "month": number % 12 + 1, "day": number % 28 + 1}
        (clean / f"{number:03d}.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    with (clean / "manifest.jsonl").open("w", encoding="utf-8") as file:
        for number in range(documents):
            path, output = f"{number // 1000:03d}/{number:06d}.pdf", f"{number % _DISTINCT:03d}.json"
            line = {"path": path, "sha256": f"{number:064x}", "status": "clean", "output": output, "seconds": 0.5}
            file.write(json.dumps(line) + "\n")


def _field(value: str) -> dict[str, Any]:
    return {"value": value, "span": [0, 0], "confidence": 1.0, "normal": None}


def _written(clean: Path) -> tuple[float, float, int, int]:
    """Peak MiB, CPU seconds, documents written and rows of a `write_tables` in a process of its own."""
    said = subprocess.run(
        [sys.executable, "-c", _WRITE, str(clean)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    peak, seconds, written, _, rows = said.stdout.split()
    return int(peak) / 1024, float(seconds), int(written), int(rows)


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def tell(name: str, value: float, *more: float, goal: float | None = None) -> None:
    beside = "  ".join(f"{number:,.1f}" for number in more)
    print(f"{name:60} {value:8.2f}  {f'goal <= {goal:g}' if goal else '':14} {beside}", flush=True)


def _by_pandas(table: Path) -> object:
    import pandas as pd

    return pd.read_parquet(table)


Seen = tuple[int, int, int, int]
"""Of the documents: how many, the sum of years; of the citations: how many, how many with a date."""


def readers() -> dict[str, Callable[[Path], Seen]]:
    """What reads the tables, of those that are installed."""
    known = {"pandas": _seen_by_pandas, "duckdb": _seen_by_duckdb, "polars": _seen_by_polars}
    return {name: read for name, read in known.items() if importlib.util.find_spec(name)}


def _seen_by_pandas(tables: Path) -> Seen:
    import pandas as pd

    years = pd.read_parquet(tables / "documents", columns=["year"])["year"]
    dates = pd.read_parquet(tables / "citations", columns=["date"])["date"]
    return len(years), int(years.sum()), len(dates), int(dates.notna().sum())


def _seen_by_duckdb(tables: Path) -> Seen:
    import duckdb

    [documents] = duckdb.sql(f"SELECT count(*), sum(year) FROM '{tables}/documents/*.parquet'").fetchall()
    [citations] = duckdb.sql(f"SELECT count(*), count(date) FROM '{tables}/citations/*.parquet'").fetchall()
    return int(documents[0]), int(documents[1]), int(citations[0]), int(citations[1])


def _seen_by_polars(tables: Path) -> Seen:
    import polars  # type: ignore[import-not-found,unused-ignore]

    years = polars.scan_parquet(f"{tables}/documents/*.parquet").select("year").collect()["year"]
    dates = polars.scan_parquet(f"{tables}/citations/*.parquet").select("date").collect()["date"]
    return len(years), int(years.sum()), len(dates), len(dates) - dates.null_count()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    bench(Path(), parser.parse_args().documents)


if __name__ == "__main__":
    main()
