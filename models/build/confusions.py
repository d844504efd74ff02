"""Learn `models/confusions/` from pairs of OCR text and truth: `python models/build/confusions.py PAIRS OUT_DIR`.

PAIRS is `ocr_pairs.jsonl.xz`. Every fifth document (by CRC-32 of its name) is left out, to measure on
(`python -m tests.measure_ocr_pairs`). Counts which letter stands where which should, and whole words seen in
two documents and more. The same input gives the same bytes.
"""

import csv
import json
import lzma
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import regex
from rapidfuzz.distance import Levenshtein

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pipeline import vietnamese
from pipeline.repair import language
from pipeline.repair.ocr_confusions import aligned

FOLDS = 5
WORD = regex.compile(r"[\p{L}\p{M}]+")
PER_DOCUMENT = 4
"""A confusion of words counts at most so often in one document."""


def fold(document: str) -> int:
    return zlib.crc32(document.encode()) % FOLDS


def word_pairs(read: str, true: str) -> list[tuple[str, str]]:
    """Words that stand for each other, in lower case."""
    left = [vietnamese.nfc(w).lower() for w in WORD.findall(read)]
    right = [vietnamese.nfc(w).lower() for w in WORD.findall(true)]
    found: list[tuple[str, str]] = []
    for op in Levenshtein.opcodes(left, right):
        if op.src_end - op.src_start == op.dest_end - op.dest_start:
            found.extend(zip(left[op.src_start : op.src_end], right[op.dest_start : op.dest_end], strict=True))
    return found


def main(pairs: Path, out: Path, left_out: set[int]) -> None:
    letters: Counter[tuple[str, str]] = Counter()
    words: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with lzma.open(pairs, "rt", encoding="utf-8") as file:
        for line in file:
            pair = json.loads(line)
            if fold(pair["doc"]) in left_out:
                continue
            for read, true in word_pairs(pair["ocr"], pair["text"]):
                if language.one_style(read) == language.one_style(true):
                    read = true
                elif len(true) < 2 or not vietnamese.is_syllable(true):
                    continue
                steps = aligned(read, true)
                if steps is None or (read != true and sum(a != b for a, b in steps) * 2 > len(true) + 1):
                    continue
                letters.update((b, a) for a, b in steps)
                if len(read) > 1:
                    words[true, read][pair["doc"]] += 1
    capped = {k: (sum(min(n, PER_DOCUMENT) for n in v.values()), len(v)) for k, v in words.items()}
    kept = {k: n for k, (n, documents) in capped.items() if k[0] != k[1] and documents > 1}
    confused = {true for true, _ in kept}
    kept |= {(t, r): sum(words[t, r].values()) for t, r in capped if t == r and t in confused}
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("letters.csv", {k: n for k, n in letters.items() if n > 1}), ("words.csv", kept)):
        with (out / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("true", "read", "count"))
            writer.writerows((*key, n) for key, n in sorted(rows.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), {int(n) for n in sys.argv[3:]} or {0})
