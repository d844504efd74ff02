"""Injured files through the whole road in children: `make fuzz`, or `python -m tests.fuzz --count 20000 --seed 0`.

`tests/mutations.py` makes them: PDFs injured by their objects, contents, maps, fonts, tables, encryption and bytes, images
and texts. The same seed gives the same files. Counted are crashes of the run, documents past their time, processes that
died, faults of this program, raw files without a manifest line, and documents that do not hold: against the schema, their
ledger replayed backwards, every span inside its text.
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
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Stream
from PIL import Image

from pipeline import ingest as road
from pipeline.audit import verify
from pipeline.config import Config, ExtractConfig, LimitsConfig, OcrConfig, RepairConfig, RunConfig, SegmentConfig
from pipeline.workers import run_in_children
from tests.generator import build, stamps
from tests.mutations import broken

TEXT = (
    "SỞ NỘI VỤ\nSố: 12/KH-SNV\n\nKẾ HOẠCH\nCông tác lưu trữ năm 2023\nI. MỤC ĐÍCH\nThực hiện Quyết định số 5/QĐ-UBND."
)
CLASSES = (
    "clean-type0",
    "clean-simple",
    "clean-type1c",
    "clean-type3",
    "no-map-cmap",
    "permuted",
    "tcvn3",
    "lost-space",
    "vni",
)
SLICE = 500
READ_BY_OCR = 4
"""Every so manieth slice is read with the OCR engine, so that pages are drawn; the others stay with the readers."""
MUST_BE_NOUGHT = ("crashes of the run", "without a line", "worker-died", "time-limit", "memory-limit", "internal-error",
                  "do not hold")  # fmt: skip
LIMITS = LimitsConfig(pages=200, seconds=300, cpu_seconds=60, memory_mib=1_500, output_mib=16)
CONFIG = Config(
    extract=ExtractConfig(), limits=LIMITS, run=RunConfig(0), segment=SegmentConfig(words=False),
    repair=RepairConfig(suggestions=False), ocr=OcrConfig(engine="none", max_pixels=400_000, seconds_per_page=30),
)  # fmt: skip


def seeds() -> list[bytes]:
    """Generated documents: damaged text layers, fields and notes, images of every packing, attachments and outlines."""
    found = [build(TEXT, name).pdf for name in CLASSES]
    found += [stamps.letter(how) for how in ("signature-field", "form-field", "note", "image")]
    found += [stamps.annex(["Danh sách", "Nguyễn Văn An"]), stamps.decorate(found[0], "stamp"), _furnished(found[0])]
    return found


def _furnished(data: bytes) -> bytes:
    """A document with what offices' programs add to it, and a page of images in several packings."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("I. MỤC ĐÍCH", 0))
        pdf.attachments["phụ lục.txt"] = pikepdf.AttachedFileSpec(pdf, b"x", filename="phụ lục.txt")
        pdf.Root.PageLabels = Dictionary(Nums=[0, Dictionary(S=Name.D)])
        pdf.Root.MarkInfo = Dictionary(Marked=True)
        pdf.Root.Metadata = Stream(
            pdf,
            b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>",
            Type=Name.Metadata,
            Subtype=Name.XML,
        )
        shown: dict[str, Any] = {}
        picture = Image.new("L", (60, 40), 200)
        for name, kind, options in (
            ("DCTDecode", "JPEG", {}),
            ("JPXDecode", "JPEG2000", {}),
            ("CCITTFaxDecode", "TIFF", {"compression": "group4"}),
        ):
            out = io.BytesIO()
            (picture.convert("1") if kind == "TIFF" else picture).save(out, kind, **options)
            shown[name] = Stream(pdf, out.getvalue(), Type=Name.XObject, Subtype=Name.Image, Width=60, Height=40,
                                 BitsPerComponent=1 if kind == "TIFF" else 8, ColorSpace=Name.DeviceGray, Filter=Name("/" + name),
                                 DecodeParms=Dictionary(K=-1, Columns=60, Rows=40))  # fmt: skip
        contents = b"".join(
            b"q 200 0 0 100 50 %d cm /%s Do Q " % (60 + 200 * at, name.encode()) for at, name in enumerate(shown)
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(Dictionary(
            Type=Name.Page, MediaBox=[0, 0, 595, 842], Contents=Stream(pdf, contents + b"BI /W 2 /H 2 /BPC 8 /CS /G ID abcd\nEI"),
            Resources=Dictionary(XObject=Dictionary({f"/{name}": image for name, image in shown.items()}))))))  # fmt: skip
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def astray(document: dict[str, Any]) -> list[str]:
    """Spans of a document that do not lie inside the text they belong to, by where they stand."""
    sizes = {"span": len(document["text"]), "raw_span": len(document["raw_text"])}

    def walk(value: Any, place: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in sizes and inner is not None:
                    if not 0 <= inner[0] <= inner[1] <= sizes[key]:
                        yield f"{place}.{key}: {inner}"
                else:
                    yield from walk(inner, f"{place}.{key}")
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                yield from walk(inner, f"{place}[{at}]")

    found = list(walk(document, ""))
    text = document["text"]
    found += [
        f"citation {one['id']}"
        for one in document["citations"]
        if " ".join(text[slice(*one["span"])].split()) != one["text"]
    ]
    return found


def fuzz(count: int, seed: int = 0, config: Config = CONFIG, keep: Path | None = None) -> dict[str, int]:
    """Read so many injured files; how many ended with each code, and what must be nought.

    Args:
        count: number of files.
        seed: chooses them.
        config: settings; the OCR engine is brought in for every fourth slice.
        keep: folder for the files that ended as they must not.
    """
    originals, codes = seeds(), Counter[str]()
    for start in range(0, count, SLICE):
        engine = "tesseract" if start // SLICE % READ_BY_OCR == READ_BY_OCR - 1 else config.ocr.engine
        here = replace(config, ocr=replace(config.ocr, engine=engine))
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            codes += _slice(Path(folder), range(start, min(count, start + SLICE)), originals, seed, here, keep)
    return dict(codes)


def _slice(
    folder: Path, numbers: range, originals: list[bytes], seed: int, config: Config, keep: Path | None
) -> Counter[str]:
    raw, clean, codes = folder / "raw", folder / "clean", Counter[str]()
    raw.mkdir()
    names = set()
    for number in numbers:
        name, data = broken(originals, number, random.Random(f"{seed}/{number}"))
        (raw / name).write_bytes(data)
        names.add(name)
    try:
        road.ingest(raw, clean, config, lambda files, done: run_in_children(raw, clean, config, files, done),
                    lambda todo, done: None, lambda outcome: None)  # fmt: skip
    except Exception as error:
        print(f"the run crashed: {type(error).__name__}: {error}", file=sys.stderr)
        codes["crashes of the run"] += 1
    manifest = clean / "manifest.jsonl"
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()] if manifest.is_file() else []
    codes["without a line"] += len(names - {row["path"] for row in rows})
    bad = []
    for row in rows:
        codes[row["error"] or row["status"]] += 1
        if row["error"] in MUST_BE_NOUGHT:
            bad.append((row["path"], f"{row['error']}: {row['message'][:400]}"))
        if row["output"]:
            bad += [
                (row["path"], f"astray{one}") for one in astray(json.loads((clean / row["output"]).read_bytes()))[:1]
            ]
    bad += [(line.split(": ")[0].removesuffix(".json"), line) for line in verify(raw, clean)] if rows else []
    codes["do not hold"] += sum(not line.startswith(MUST_BE_NOUGHT) for _, line in bad)
    for path, line in bad:
        print(f"seed {seed}, {path}: {line}", file=sys.stderr)
        if keep and (raw / path).is_file():
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(raw / path, keep / f"{seed}-{path}")
    return codes


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
    return int(any(found.get(name) for name in MUST_BE_NOUGHT))


if __name__ == "__main__":
    sys.exit(main())
