"""The road of a born-digital document, room by room, against pdfplumber and against extraction alone."""

import io
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.ratios import ratio

ROOT = Path(__file__).resolve().parent.parent.parent


def bench(shared: Path, path: Path = ROOT / "data" / "raw" / "report.pdf") -> None:
    """Print the ratios; `shared` is not needed."""
    import pdfplumber

    from pipeline.config import Config, SegmentConfig
    from pipeline.extract import extract
    from pipeline.ingest import read_document
    from pipeline.repair import repair
    from pipeline.segment import segment
    from pipeline.write import to_bytes

    config = Config()
    data = path.read_bytes()

    def bare() -> None:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            for page in pdf.pages:
                page.extract_text()
                page.close()

    extracted = extract(path, "x.pdf", config)
    repaired = repair(extracted, config.repair)
    wordless = SegmentConfig(words=False)

    def reading() -> object:
        return extract(path, "x.pdf", config)

    ratio("whole road / pdfplumber extract_text", lambda: to_bytes(read_document(path, config)), bare, 1.2)
    ratio("whole road without words / pdfplumber extract_text",
          lambda: to_bytes(read_document(path, Config(segment=wordless))), bare, 1.2)  # fmt: skip
    ratio("extract / pdfplumber extract_text", reading, bare, 1.0)
    ratio("extract and repair / extract", lambda: repair(reading(), config.repair), reading, 1.1)  # type: ignore[arg-type]
    ratio("segment without words / extract", lambda: segment(repaired, wordless), reading, 0.5)
    ratio("segment with words / extract", lambda: segment(repaired, config.segment), reading, 1.0)
    start_up()


def start_up() -> None:
    """Print the seconds of `--help`, which every command pays."""
    times = []
    for _ in range(5):
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "pipeline", "--help"], stdout=subprocess.DEVNULL, cwd=ROOT, check=True)
        times.append(time.monotonic() - started)
    print(f"{'python -m pipeline --help, seconds':60} {min(times):6.2f}  goal <= 0.3")
