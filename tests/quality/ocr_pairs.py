"""Correction after OCR on pairs that the confusions were not learned from, as JSON.

    python -m tests.quality.ocr_pairs [--shared DIR]

The pairs of each document are its lines. Case and tone style (hoà, hòa) do not count. The language model has read
most of these truths in other copies, so real pages do a little worse. `printed` leaves out what no OCR can have read:
labels of points ("a)") and stretches where the other copy of the law has other words (no word like the one read).
"""

import argparse
import json
import lzma
import os
import time
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import regex
from rapidfuzz.distance import Levenshtein

from pipeline import vietnamese
from pipeline.repair import language
from pipeline.repair.ocr_misreadings import OcrLine, edits

ROOT = Path(__file__).resolve().parent.parent.parent
WORD = regex.compile(r"[\p{L}\p{M}]+")
BANDS = (0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 1.01)


def words(text: str) -> list[str]:
    return [language.one_style(vietnamese.nfc(w).lower()) for w in WORD.findall(text)]


def alike(read: str, true: str) -> bool:
    return len(true) > 1 and Levenshtein.distance(vietnamese.strip_marks(read), vietnamese.strip_marks(true)) <= 1


def measure(pairs: Path, folds: set[int], least: float = 0.9, show: int = 0) -> dict[str, Any]:
    documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with lzma.open(pairs, "rt", encoding="utf-8") as file:
        for line in file:
            pair = json.loads(line)
            if zlib.crc32(pair["doc"].encode()) % 5 in folds:
                documents[pair["doc"]].append(pair)
    total = raw = right = false = fixed = changed = printed = printed_raw = printed_right = 0
    bands: dict[str, list[int]] = {f"{b:g}": [0, 0] for b in BANDS[:-1]}
    seconds = 0.0
    examples: list[str] = []
    for group in documents.values():
        lines = [OcrLine(vietnamese.nfc(p["ocr"])) for p in group]
        began = time.process_time()
        found = edits(lines, least)
        seconds += time.process_time() - began
        for pair, line, made in zip(group, lines, found, strict=True):
            read, true = words(line.text), words(pair["text"])
            at = {m.start(): i for i, m in enumerate(WORD.finditer(line.text))}
            mine = list(read)
            for e in made:
                mine[at[e.start]] = language.one_style(e.after.lower())
            meant: dict[int, str] = {}
            for op in Levenshtein.opcodes(read, true):
                if op.src_end - op.src_start == op.dest_end - op.dest_start:
                    meant.update(zip(range(op.src_start, op.src_end), true[op.dest_start : op.dest_end], strict=True))
            total += len(true)
            raw += sum(read[i] == t for i, t in meant.items())
            right += sum(mine[i] == t for i, t in meant.items())
            same_print = [i for i, t in meant.items() if read[i] == t or alike(read[i], t)]
            printed += len(same_print)
            printed_raw += sum(read[i] == meant[i] for i in same_print)
            printed_right += sum(mine[i] == meant[i] for i in same_print)
            for e in made:
                i = at[e.start]
                if i not in meant:
                    continue
                changed += 1
                ok = mine[i] == meant[i]
                fixed += ok
                false += read[i] == meant[i]
                band = max(b for b in BANDS[:-1] if b <= max(e.confidence, BANDS[0]))
                bands[f"{band:g}"][0] += 1
                bands[f"{band:g}"][1] += ok
                if not ok and len(examples) < show:
                    examples.append(
                        f"{' '.join(read[max(0, i - 4) : i + 4])} | {read[i]}>{mine[i]} ({meant[i]}) {e.confidence:.4f}"
                    )
    out = {
        "documents": len(documents), "syllables": total, "raw": raw / total, "repaired": right / total,
        "printed": {"syllables": printed, "raw": printed_raw / printed, "repaired": printed_right / printed},
        "changes": changed, "changed_right": fixed / max(1, changed), "false_changes": false / total,
        "bands": {b: {"changes": n, "right": ok / n} for b, (n, ok) in bands.items() if n},
        "syllables_per_second": total / seconds,
    }  # fmt: skip
    if show:
        out["examples"] = examples
    return out


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`."""
    pairs = shared / "corpus" / "dev" / "ocr_pairs.jsonl.xz"
    if not pairs.is_file():
        return {}
    found = measure(pairs, {0})
    return {"ocr-pairs.repaired": found["repaired"], "ocr-pairs.unspoilt": 1 - found["false_changes"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("SHARED", ROOT.parent / "shared")))
    parser.add_argument("--folds", type=int, nargs="*", default=[0])
    parser.add_argument("--least", type=float, default=0.9)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    pairs = options.shared / "corpus" / "dev" / "ocr_pairs.jsonl.xz"
    print(json.dumps(measure(pairs, set(options.folds), options.least, options.show), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
