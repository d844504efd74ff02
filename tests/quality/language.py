"""Measure the language model and what rests on it: `python -m tests.quality.language --shared FOLDER`, JSON out.

FOLDER holds `corpus/dev` and `samples/seeds`; the damage is made here with a fixed seed.
"""

import argparse
import difflib
import json
import lzma
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import regex

from pipeline import vietnamese
from pipeline.repair import accents, lost_letters, suggestions
from pipeline.repair.lost_forms import Mode, shown

PLAN_LOST = frozenset("đâậảữợớỡxKLX")
"""Letters lost in the user's plan."""
_WORD = regex.compile(r"\p{L}+")
_TOKEN = regex.compile(r"\S+")
_BANDS = ((0.9, 0.95), (0.95, 0.99), (0.99, 1.01))


def documents(folder: Path, name: str, limit: int, size: int = 12_000) -> Iterator[str]:
    """The beginnings of the first documents of a collection in `corpus/dev`."""
    with lzma.open(folder / "corpus" / "dev" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number == limit:
                return
            text = vietnamese.nfc(json.loads(line)["text"])
            yield text[: text.rfind("\n", 0, size) if len(text) > size else None] or text[:size]


def random_set(rng: random.Random) -> frozenset[str]:
    """6 to 21 letters: marked letters of both cases, capitals, and some plain consonants."""
    pool = sorted(vietnamese.marked_letters() | set("ABCDEGHIKLMNOPQRSTUVXYbklpqrsvx"))
    return frozenset(rng.sample(pool, rng.randint(6, 21)))


class Tally:
    """Counts of one measure of the lost-letter decoder; crosses in cells and other lone consonants are not counted."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.words = self.damaged = self.right = self.wrong = self.seconds = 0.0
        self.tokens = self.tokens_right = self.silent = 0
        self.holes = self.false_holes = self.changed_spaces = 0
        self.bands = {band: [0, 0] for band in _BANDS}
        self.bad: list[str] = []

    def add(self, truth: str, lost: frozenset[str]) -> None:
        """Damage a text and restore it."""
        broken = shown(truth, lost, Mode.LETTER)
        start = time.process_time()
        found = lost_letters.restore(broken)
        self.seconds += time.process_time() - start
        letters = list(broken)
        told = {place for one in found for place in range(one.start, one.end)}
        for one in found:
            if one.after is None:
                self.holes += 1
                self.false_holes += not truth[one.start : one.end].strip()
                continue
            if len(one.after) == one.end - one.start:
                letters[one.start : one.end] = one.after
            good = truth[one.start : one.end] == one.after
            for band in _BANDS:
                if band[0] <= one.confidence < band[1]:
                    self.bands[band][0] += 1
                    self.bands[band][1] += good
            pairs = zip(truth[one.start : one.end], one.after, strict=False)
            self.changed_spaces += any(right == " " != after for right, after in pairs)
        restored = "".join(letters)
        for match in _WORD.finditer(truth):
            left, right = match.span()
            hit = broken[left:right] != match.group()
            good = restored[left:right] == match.group()
            if right - left == 1 and truth[left:right].lower() in "bcdfghjklmnpqrstvwxz":
                continue
            self.words += 1
            self.damaged += hit
            self.right += good
            self.wrong += not good and restored[left:right] != broken[left:right]
            self.silent += any(
                a != b and i not in told
                for i, a, b in zip(range(left, right), truth[left:right], broken[left:right], strict=True)
            )
            if not good and len(self.bad) < 4000:
                where = truth[max(0, left - 30) : right + 15]
                self.bad.append(f"{where!r} -> {restored[left:right]!r} lost {''.join(sorted(lost))}")

        for match in _TOKEN.finditer(truth):
            left, right = max(0, match.start() - 1), match.end() + 1
            self.tokens += 1
            self.tokens_right += restored[left:right] == truth[left:right]

    def report(self) -> dict[str, Any]:
        """Shares and rates."""
        return {
            "syllables": int(self.words),
            "right": round(self.right / max(1, self.words), 5),
            "right_of_damaged": round(1 - (self.words - self.right) / max(1, self.damaged), 4),
            "wrongly_restored": round(self.wrong / max(1, self.words), 5),
            "tokens_right_with_the_spaces_beside": round(self.tokens_right / max(1, self.tokens), 5),
            "told": round(1 - self.silent / max(1, self.damaged), 5),
            "holes": self.holes,
            "holes_at_real_spaces": self.false_holes,
            "spaces_changed": self.changed_spaces,
            "damaged_syllables_per_second": round(self.damaged / max(1e-9, self.seconds)),
            "syllables_per_second": round(self.words / max(1e-9, self.seconds)),
            "bands": {
                f"{low}-{min(high, 1.0)}": [many, round(good / many, 4) if many else None]
                for (low, high), (many, good) in self.bands.items()
            },
        }


def lost_letter_measures(folder: Path, limit: int, bad: list[str]) -> dict[str, Any]:
    """Made damage on held-out documents."""
    measures = {}
    for name in ("admin2025", "phapdien_docs"):
        rng = random.Random(7)
        plan, chance = Tally(), Tally()
        for text in documents(folder, name, limit):
            plan.add(text, PLAN_LOST)
            chance.add(text, random_set(rng))
        measures[name] = {"plan_set": plan.report(), "random_sets": chance.report()}
        bad.extend(plan.bad + chance.bad)
    return measures


def collapsed(folder: Path, limit: int) -> dict[str, Any]:
    """Made damage where a run of lost letters and spaces is one space: words between spaces that come back whole."""
    measures = {}
    for name in ("admin2025", "phapdien_docs"):
        total = right = 0
        for truth in documents(folder, name, limit, 5_000):
            text = shown(truth, PLAN_LOST, Mode.COLLAPSED)
            for one in reversed(lost_letters.restore(text)):
                if one.after is not None:
                    text = text[: one.start] + one.after + text[one.end :]
            got, want = text.split(), truth.split()
            total += len(want)
            blocks = difflib.SequenceMatcher(None, got, want, autojunk=False).get_matching_blocks()
            right += sum(block.size for block in blocks)
        measures[name] = {"words": total, "right": round(right / total, 4)}
    return measures


def real_pairs(folder: Path, bad: list[str]) -> dict[str, Any]:
    """Real lost letters, one space a byte."""
    total = right = 0
    seconds = 0.0
    with lzma.open(folder / "corpus" / "dev" / "glyphlost_pairs.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            pair = json.loads(line)
            start = time.process_time()
            found = lost_letters.restore(pair["broken"])
            seconds += time.process_time() - start
            text = pair["broken"]
            for one in reversed(found):
                if one.after is not None:
                    text = text[: one.start] + one.after + text[one.end :]
            got, want = _WORD.findall(text), _WORD.findall(vietnamese.nfc(pair["text"]))
            total += len(want)
            for op, a, b, c, d in difflib.SequenceMatcher(None, got, want, autojunk=False).get_opcodes():
                if op == "equal":
                    right += d - c
                else:
                    bad.append(f"glyphlost {got[a:b]} for {want[c:d]} after {' '.join(want[max(0, c - 3) : c])}")
    return {"syllables": total, "right": round(right / total, 4), "syllables_per_second": round(total / seconds)}


def stripped(folder: Path, limit: int) -> dict[str, Any]:
    """Text without any mark, restored."""
    measures = {}
    for name in ("phapdien_docs", "admin2025", "wiki2017"):
        total = right = 0
        start = time.process_time()
        for text in documents(folder, name, limit):
            restored = accents.restore(vietnamese.strip_marks(text))
            for match in _WORD.finditer(text):
                total += 1
                right += restored[match.start() : match.end()] == match.group()
        seconds = time.process_time() - start
        measures[name] = {"syllables": total, "right": round(right / total, 4), "per_second": round(total / seconds)}
    return measures


def detection(folder: Path, limit: int) -> dict[str, Any]:
    """False alarms on healthy and toneless text, and damage that is missed."""
    false = missed = healthy = damaged = 0
    rng = random.Random(3)
    for name in ("admin2025", "phapdien_docs", "wiki2017"):
        for text in documents(folder, name, limit):
            for sound in (text, vietnamese.strip_marks(text)):
                healthy += 1
                false += lost_letters.is_damaged(sound)
            damaged += 2
            missed += not lost_letters.is_damaged(shown(text, PLAN_LOST, Mode.LETTER))
            missed += not lost_letters.is_damaged(shown(text, random_set(rng), Mode.LETTER))
    report = (folder / "samples" / "seeds" / "report-clean.txt").read_text("utf-8")
    return {
        "healthy": healthy + 1,
        "false_alarms": false + lost_letters.is_damaged(report),
        "damaged": damaged,
        "missed": missed,
    }


def mistakes(folder: Path, limit: int) -> dict[str, Any]:
    """Suggestions on healthy text, which are all false, and on text with made typing mistakes."""
    words = false = made = found = 0
    rng = random.Random(5)
    for name in ("admin2025", "phapdien_docs"):
        for text in documents(folder, name, limit, 6_000):
            words += len(_WORD.findall(text))
            false += len(suggestions.find(text))
            spots = [m for m in _WORD.finditer(text) if m.group().islower() and len(m.group()) > 2]
            for match in rng.sample(spots, min(5, len(spots))):
                typos = suggestions.neighbours(match.group())
                if typos:
                    made += 1
                    typo = rng.choice(sorted(typos))
                    context = text[max(0, match.start() - 200) : match.start()] + typo
                    whole = context + text[match.end() : match.end() + 200]
                    found += any(after == match.group() for _, _, after, _ in suggestions.find(whole))
    return {"words": words, "false_per_10000": round(false / words * 1e4, 2), "made": made, "found": found}


def measure(shared: Path, limit: int = 40) -> dict[str, Any]:
    """All measures."""
    bad: list[str] = []
    lost = lost_letter_measures(shared, limit, bad)
    return {
        "lost_letters": lost,
        "calibration": pooled(lost),
        "collapsed": collapsed(shared, limit // 2),
        "real_pairs": real_pairs(shared, bad),
        "accents": stripped(shared, limit),
        "detection": detection(shared, limit),
        "suggestions": mistakes(shared, limit),
    }


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`: those that grow with quality, by name."""
    if not (shared / "corpus").is_dir():
        return {}
    measured = measure(shared)
    found = {
        name: value
        for name, value in flat(measured).items()
        if name.endswith((".right", ".told", ".tokens_right_with_the_spaces_beside")) and value
    }
    found["suggestions.found"] = measured["suggestions"]["found"] / measured["suggestions"]["made"]
    found["suggestions.not_false"] = 1 - measured["suggestions"]["false_per_10000"] / 1e4
    found["detection.right"] = (
        1 - measured["detection"]["false_alarms"] - measured["detection"]["missed"] / measured["detection"]["damaged"]
    )
    found |= {f"calibration.{band}": share for band, (_, share) in pooled(measured["lost_letters"]).items()}
    return {f"language.{name}": value for name, value in found.items()}


def pooled(measures: dict[str, Any]) -> dict[str, tuple[int, float]]:
    """For each band of stated confidence: how many letters, and the share right, over all collections and sets."""
    found: dict[str, list[tuple[int, float]]] = {}
    for sets in measures.values():
        for report in sets.values():
            for band, (many, share) in report["bands"].items():
                found.setdefault(band, []).append((many, many * (share or 0.0)))
    return {
        band: (sum(n for n, _ in parts), round(sum(good for _, good in parts) / max(1, sum(n for n, _ in parts)), 4))
        for band, parts in found.items()
    }


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Numbers of nested dictionaries by dotted name."""
    out = {}
    for key, value in data.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{key}."))
        elif isinstance(value, int | float):
            out[prefix + key] = float(value)
    return out


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=40)
    arguments = parser.parse_args()
    json.dump(measure(arguments.shared, arguments.documents), sys.stdout, ensure_ascii=False, indent=1)
    print()
