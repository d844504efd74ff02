"""Codes without any map read as places in the font: the standard TrueType order, or the order of an old code page.

Only for composite fonts, and only where the words then read, as they are or by a code table. A sibling of a font whose
order is known may lack some glyphs, so that its later codes lie lower: the steps are found from what its words need.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fontTools import agl
from fontTools.ttLib.standardGlyphOrder import standardGlyphOrder

from pipeline.document import Cause, Font, RepairMethod
from pipeline.repair import legacy
from pipeline.repair.ledger import HOLE
from pipeline.repair.reading import Reading
from pipeline.repair.usage import WORD, Usage, share

_SHIFTS = range(29, 150)
_READS = 0.85
_READS_WITH_STEPS = 0.8
_LARGEST_STEP = 12
_TRIES = 3


class Order(NamedTuple):
    """How codes follow a code page: by how much they lie lower (0: the standard glyph order), and the page's table."""

    shift: int
    table: str | None


def read(
    font: Font, usage: Usage, codes: Iterable[int], known: Sequence[Order]
) -> tuple[Order | None, dict[int, Reading]]:
    """The order that makes the font's words possible and the letters it gives; None and nothing where none does.

    ``known`` are orders found in other fonts of the document.
    """
    if font.subtype != "Type0":
        return None, {}
    codes = sorted(codes)
    lines = [line for (_, line, _, _), _ in usage.stretches.most_common(400)]
    best: Order | None = None
    best_letters: Mapping[int, str] = {}
    best_share = _READS
    for shift in dict.fromkeys([*(order.shift for order in known), 0, *_SHIFTS]):
        letters = _letters(codes, shift)
        words = _words(lines, letters)
        table = legacy.choose(words) if letters else None
        legible = _legible(words, table) if len(words) > 4 else 0.0
        if legible > best_share:
            best, best_letters, best_share = Order(shift, table.name if table else None), letters, legible
        if legible > 0.95:
            break
    if best is None:
        best, best_letters = _with_steps(codes, lines, known)
    return best, {
        code: Reading(letter, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.95)
        for code, letter in best_letters.items()
    }


def _with_steps(
    codes: Sequence[int], lines: Sequence[Sequence[int]], known: Sequence[Order]
) -> tuple[Order | None, Mapping[int, str]]:
    """A known order with steps put in, one after the other, where most words become possible by it."""
    for order in known:
        table = next((t for t in legacy.tables() if t.name == order.table), None)
        if table is None or not order.shift:
            continue
        steps: dict[int, int] = {}
        high = [code for code in codes if code > _ASCII]
        reached = 0.0
        for _ in range(_TRIES):
            tried = [{**steps, at: step} for at in high for step in range(-_LARGEST_STEP, _LARGEST_STEP + 1)]
            letters = [_letters(codes, order.shift, one) for one in tried]
            scored = [(_legible(_words(lines, read), table), -i) for i, read in enumerate(letters)]
            most, place = max(scored, default=(0.0, 0))
            if most <= reached:
                break
            reached, steps = most, tried[-place]
        if reached > _READS_WITH_STEPS:
            return order, _letters(codes, order.shift, steps)
    return None, {}


_ASCII = 97
"""The last code of the ASCII letters, which lie 29 below."""


def _letters(codes: Sequence[int], shift: int, steps: Mapping[int, int] | None = None) -> dict[int, str]:
    """Code -> letter; each step adds to the shift of the codes from its place on."""
    if not shift:
        names = {c: agl.toUnicode(standardGlyphOrder[c]) for c in codes if c < len(standardGlyphOrder)}
        return {c: letter for c, letter in names.items() if len(letter) == 1}
    high = {}
    for code in codes:
        byte = code + shift + sum(step for at, step in (steps or {}).items() if at <= code)
        if code > _ASCII and 0x80 <= byte <= 0xFF:
            high[code] = legacy.shown_byte(byte)
    return {c: chr(c + 29) for c in codes if 3 <= c <= _ASCII} | high if high else {}


def _words(lines: Sequence[Sequence[int]], letters: Mapping[int, str]) -> list[tuple[str, int]]:
    text = ("".join(letters.get(c, " " if c < 0 else HOLE) for c in line) for line in lines)
    return Counter(word for line in text for word in WORD.findall(line)).most_common(150)


def _legible(words: Sequence[tuple[str, int]], table: legacy.Table | None) -> float:
    return share((table.read(word) if table else word, count) for word, count in words)
