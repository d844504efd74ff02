"""The decoder of lost letters: damaged syllables a second, and against a plain search for words in the same text."""

from pathlib import Path

import regex

from pipeline.repair import lost_letters
from pipeline.repair.lost_forms import Mode, shown
from tests.bench.ratios import cpu, ratio

ROOT = Path(__file__).resolve().parent.parent.parent
_LOST = frozenset("đâậảữợớỡxKLX")
_WORD = regex.compile(r"\p{L}+")
_SYLLABLES = 1_500
"""The goal, a second of CPU."""
_PASSES = 1_000
"""So many searches for words took about as long as one decoding when this was written."""


def bench(shared: Path) -> None:
    """Print rate and ratio, on the shipped report and, where `shared` is there, on ten documents of its corpus."""
    texts = [(ROOT / "data" / "raw" / "report-clean.txt").read_text("utf-8")]
    if (shared / "corpus").is_dir():
        from tests.quality.language import documents

        texts += [text for name in ("admin2025", "phapdien_docs") for text in documents(shared, name, 5)]
    for mode in (Mode.LETTER, Mode.BYTE):
        broken, damaged = [], 0
        for text in texts:
            lost = _LOST if mode is Mode.LETTER else frozenset(c for c in text if ord(c) > 127)
            broken.append(shown(text, lost, mode))
            damaged += sum(not lost.isdisjoint(m.group()) for m in _WORD.finditer(text))

        def decode(broken: list[str] = broken) -> None:
            for text in broken:
                lost_letters.restore(text)

        def search(broken: list[str] = broken) -> None:
            for text in broken:
                for _ in range(_PASSES):
                    _WORD.findall(text)

        ratio(f"decode, one space a {mode} / {_PASSES} searches for words", decode, search, 1.0, rounds=3)
        print(
            f"{f'damaged syllables a second, one space a {mode}':60} {damaged / cpu(decode):6.0f}  goal >= {_SYLLABLES}"
        )
