"""Speed as ratios within one run (`make bench`): each pair is timed in turn, several times, the median ratio printed.

python -m tests.bench [--pages N]
"""

import argparse
import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def ratio(name: str, ours: Callable[[], object], theirs: Callable[[], object], goal: float, rounds: int = 5) -> None:
    """Print the median of ours/theirs in CPU seconds over the rounds, A B A B …"""
    ours(), theirs()
    found = []
    for _ in range(rounds):
        a = cpu(ours)
        b = cpu(theirs)
        found.append(a / b)
    print(f"{name:60} {statistics.median(found):6.2f}  ({min(found):.2f}-{max(found):.2f}), goal <= {goal}")


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--pdf", type=Path, default=ROOT / "data" / "raw" / "report.pdf")
    options = parser.parse_args()
    import pdfplumber

    from pipeline.config import Config, SegmentConfig
    from pipeline.extract import extract
    from pipeline.ingest import read_document
    from pipeline.repair import repair
    from pipeline.segment import segment
    from pipeline.write import to_bytes

    config = Config()
    data = options.pdf.read_bytes()

    def bare() -> None:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            for page in pdf.pages:
                page.extract_text()
                page.close()

    extracted = extract(options.pdf, "x.pdf", config)
    repaired = repair(extracted, config.repair)
    wordless = SegmentConfig(words=False)

    def reading() -> object:
        return extract(options.pdf, "x.pdf", config)

    ratio("whole road / pdfplumber extract_text", lambda: to_bytes(read_document(options.pdf, config)), bare, 1.2)
    ratio("whole road without words / pdfplumber extract_text",
          lambda: to_bytes(read_document(options.pdf, Config(segment=wordless))), bare, 1.2)  # fmt: skip
    ratio("extract / pdfplumber extract_text", reading, bare, 1.0)
    ratio("extract and repair / extract", lambda: repair(reading(), config.repair), reading, 1.1)  # type: ignore[arg-type]
    ratio("segment without words / extract", lambda: segment(repaired, wordless), reading, 0.5)
    ratio("segment with words / extract", lambda: segment(repaired, config.segment), reading, 1.0)
    times = []
    for _ in range(5):
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "pipeline", "--help"], stdout=subprocess.DEVNULL, cwd=ROOT, check=True)
        times.append(time.monotonic() - started)
    print(f"{'python -m pipeline --help, seconds':60} {min(times):6.2f}  goal <= 0.3")


if __name__ == "__main__":
    main()
