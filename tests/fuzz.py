"""Mutated PDFs through the whole road in children: `make fuzz`, or `python -m tests.fuzz --count 20000`.

Bytes are flipped, pieces cut, doubled and swapped, tokens exchanged, in files whose streams are laid open so that the
damage reaches page contents, fonts and maps. The same seed gives the same files. Counted are crashes of the run,
documents past their time, processes that died, faults of this program, and documents without a manifest line.
"""

import argparse
import io
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pikepdf

from pipeline import ingest as road
from pipeline.config import Config, ExtractConfig, LimitsConfig, OcrConfig, RepairConfig, RunConfig, SegmentConfig
from pipeline.workers import run_in_children
from tests.generator import build

TEXT = (
    "SỞ NỘI VỤ\nSố: 12/KH-SNV\n\nKẾ HOẠCH\nCông tác lưu trữ năm 2023\nI. MỤC ĐÍCH\nThực hiện Quyết định số 5/QĐ-UBND."
)
CLASSES = ("clean-type0", "clean-simple", "clean-type1c", "clean-type3", "no-map-cmap", "permuted", "tcvn3")
TOKENS = [
    b"0", b"-1", b"1e999", b"99999999999999999999", b"null", b"true", b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">",
    b"endobj", b"stream\n", b"endstream", b"R", b"1 0 R", b"/Type", b"/Kids", b"/Parent", b"/Length", b"/Filter",
    b"/FlateDecode", b"/DCTDecode", b"BT", b"ET", b"Tj", b"TJ", b"Tf", b"Do", b"q", b"Q", b"cm", b"Tm", b"/F1", b"BI",
    b"ID", b"EI", b"beginbfchar", b"beginbfrange", b"endbfrange", b"<FFFF>", b"xref", b"trailer", b"startxref", b"%%EOF",
]  # fmt: skip
LIMITS = LimitsConfig(pages=200, seconds=60, cpu_seconds=60, memory_mib=1_500, output_mib=16)
CONFIG = Config(
    extract=ExtractConfig(), limits=LIMITS, run=RunConfig(0), segment=SegmentConfig(words=False),
    repair=RepairConfig(suggestions=False), ocr=OcrConfig(engine="none", max_pixels=2_000_000),
)  # fmt: skip
"""Without an OCR engine: it is the readers of PDF that are tried."""


def seeds() -> list[bytes]:
    """Generated documents, packed as they are and with their streams laid open."""
    found = []
    for name in CLASSES:
        data = build(TEXT, name).pdf
        found.append(data)
        with pikepdf.open(io.BytesIO(data)) as pdf:
            out = io.BytesIO()
            pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
                     object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)  # fmt: skip
        found.append(out.getvalue())
    return found


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The file with one to twelve injuries."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at, size = chance.randrange(max(1, len(out))), chance.choice([1, 2, 8, 64, 512])
        kind = chance.randrange(7)
        if kind == 0:
            out[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del out[at : at + size]
        elif kind == 2:
            out[at:at] = out[at : at + size] * chance.randint(1, 3)
        elif kind == 3:
            other = chance.randrange(max(1, len(out)))
            out[at : at + size] = out[other : other + size]
        elif kind == 4:
            token = chance.choice(TOKENS)
            start = out.find(token, at)
            if start >= 0:
                out[start : start + len(token)] = chance.choice(TOKENS)
        elif kind == 5:
            out[at : at + size] = b" " + chance.choice(TOKENS) + b" "
        elif chance.random() < 0.1:
            del out[at:]
    return bytes(out)


def fuzz(count: int, seed: int = 0, config: Config = CONFIG, keep: Path | None = None) -> dict[str, int]:
    """Read so many mutated files; how many ended with each code, and what must be nought.

    Args:
        count: number of files.
        seed: chooses them.
        config: settings.
        keep: folder for the files that ended as they must not.
    """
    originals, codes, lost, crashes = seeds(), Counter[str](), 0, 0
    for start in range(0, count, 2_000):
        names = [f"{number}.pdf" for number in range(start, min(count, start + 2_000))]
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            raw, clean = Path(folder) / "raw", Path(folder) / "clean"
            raw.mkdir()
            for number, name in enumerate(names, start):
                chance = random.Random(f"{seed}/{number}")
                (raw / name).write_bytes(mutated(originals[number % len(originals)], chance) or b"%PDF")
            try:
                road.ingest(raw, clean, config, lambda f, d, r=raw, c=clean: run_in_children(r, c, config, f, d),
                            lambda todo, done: None, lambda outcome: None)  # fmt: skip
            except Exception as error:
                print(f"the run crashed: {type(error).__name__}: {error}", file=sys.stderr)
                crashes += 1
            manifest = clean / "manifest.jsonl"
            rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()] if manifest.is_file() else []
            lost += len(set(names) - {row["path"] for row in rows})
            for row in rows:
                codes[row["error"] or row["status"]] += 1
                if row["error"] in {"internal-error", "worker-died", "time-limit", "memory-limit"}:
                    print(f"{row['error']}: seed {seed}, {row['message'][:300]}", file=sys.stderr)
                    if keep:
                        keep.mkdir(parents=True, exist_ok=True)
                        shutil.copy(raw / row["path"], keep / row["path"])
    return {**codes, "crashes of the run": crashes, "without a line": lost}


def main() -> int:
    """Fuzz, print the counts, and fail where one that must be nought is not."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    options = parser.parse_args()
    started = time.monotonic()
    found = fuzz(options.count, options.seed, keep=options.keep)
    for name, number in sorted(found.items(), key=lambda item: -item[1]):
        print(f"{number:7} {name}")
    print(f"{options.count} files in {time.monotonic() - started:.0f} s")
    bad = ("crashes of the run", "without a line", "worker-died", "time-limit", "internal-error")
    return int(any(found.get(name) for name in bad))


if __name__ == "__main__":
    sys.exit(main())
