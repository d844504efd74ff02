"""Codes without any map read as places in the font: the standard TrueType order, or the order of an old code page.

Only for composite fonts, and only where the words then read, as they are or by a code table. A font with too few words
to tell follows the order that another font of the document was found to have.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from fontTools import agl
from fontTools.ttLib.standardGlyphOrder import standardGlyphOrder

from pipeline.document import Cause, Font, RepairMethod
from pipeline.repair import legacy
from pipeline.repair.ledger import HOLE
from pipeline.repair.reading import Reading
from pipeline.repair.usage import WORD, Usage, share

STANDARD = 0
"""The order of glyphs in the `post` table; other orders are shifts of an old code page."""
_SHIFTS = range(29, 150)
_READS = 0.85
_READS_AS_KNOWN = 0.6


def read(font: Font, usage: Usage, codes: Iterable[int], known: Iterable[int] = ()) -> tuple[int, dict[int, Reading]]:
    """The order that makes the font's words possible and the letters it gives; -1 and nothing where none does.

    ``known`` are orders already found in the document: for a font of few words one of them is enough if it reads.
    """
    best, best_share = -1, _READS
    if font.subtype != "Type0":
        return best, {}
    codes = sorted(codes)
    lines = [codes_of for (_, codes_of, _, _), _ in usage.stretches.most_common(400)]
    known = list(known)
    for order in dict.fromkeys([*known, STANDARD, *_SHIFTS]):
        letters = _letters(order, codes)
        if not letters:
            continue
        text = ("".join(letters.get(c, " " if c < 0 else HOLE) for c in line) for line in lines)
        words = Counter(word for line in text for word in WORD.findall(line)).most_common(150)
        table = legacy.choose(words)
        enough = len(words) > 4 or order in known
        legible = share((table.read(w) if table else w, n) for w, n in words) if enough else 0.0
        if order in known and legible > _READS_AS_KNOWN:
            best = order
            break
        if legible > best_share:
            best, best_share = order, legible
        if legible > 0.95:
            break
    found = _letters(best, codes) if best >= 0 else {}
    return best, {
        code: Reading(letter, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.95)
        for code, letter in found.items()
    }


def _letters(order: int, codes: Iterable[int]) -> Mapping[int, str]:
    if order == STANDARD:
        names = {c: agl.toUnicode(standardGlyphOrder[c]) for c in codes if c < len(standardGlyphOrder)}
        return {c: letter for c, letter in names.items() if len(letter) == 1}
    codes = list(codes)
    high = {c: legacy.shown_byte(c + order) for c in codes if c > 97 and 0x80 <= c + order <= 0xFF}
    return {c: chr(c + 29) for c in codes if 3 <= c <= 97} | high if high or order < 0 else {}

