"""Which letter each code of each font draws, where the PDF's own map is missing or wrong.

Damage is a substitution: one font, one code, one letter. So every code is judged by itself: the letters shown for it
against the font program's cmap and glyph names (exact), the outline memory (exact when it answers), the same outlines
in the document's healthy fonts, votes of the page's OCR, and last the order of glyphs in old fonts. A map that is
missing is filled; a map that is there is overruled only where the words then become possible syllables. A font whose
text reads well is never opened.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from fontTools import agl
from fontTools.ttLib.standardGlyphOrder import standardGlyphOrder

from pipeline import vietnamese
from pipeline.document import Candidate, Cause, Font, RepairMethod
from pipeline.repair import glyph_shape, language, legacy, words
from pipeline.repair.font_program import DrawnProgram, Program, open_program, quick_ink
from pipeline.repair.ledger import HOLE, Edit, LineState
from pipeline.repair.ocr_votes import Votes, elected
from pipeline.repair.usage import WORD, Usage, is_blank, runs, share
from pipeline.repair.words import possible

_HEALTHY = 0.97
EXACT = (RepairMethod.FONT_PROGRAM, RepairMethod.GLYPH_SHAPE, RepairMethod.LAYOUT)
_SIGNS = {
    "\uf0b7": "•",
    "\uf0a7": "▪",
    "\uf0d8": "➢",
    "\uf0fc": "✓",
    "\uf02d": "-",
    "\uf0a8": "◻",
    "\uf06f": "□",
    "\uf076": "❖",
    "\uf0e0": "→",
    "\uf0a3": "≤",
    "\uf0b3": "≥",
    "\uf0b4": "×",
    "\uf0b0": "°",
}
_FEW_VOTES = 0.97
_UNKNOWNWORD = -16.0
_MARGIN = 4.0
"""Nats by which a near letter must be likelier than one that few votes gave."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a code draws, by which source, how surely."""

    letter: str
    cause: Cause
    method: RepairMethod
    confidence: float


Readings = Mapping[tuple[str, int], Reading]


def readings(
    usage: Mapping[str, Usage],
    fonts: Mapping[str, Font],
    cast: Votes,
    opened: dict[str, Program | DrawnProgram | None] | None = None,
) -> dict[tuple[str, int], Reading | None]:
    """A reading for every code that is damaged; None where the code is known to be damaged and nothing answers.

    The font programs that were opened on the way are left in ``opened``.
    """
    doubtful = [key for key in sorted(usage) if key in fonts and _doubtful(fonts[key], usage[key])]
    opened = {} if opened is None else opened

    def program(key: str) -> Program | DrawnProgram | None:
        if key not in opened:
            opened[key] = open_program(fonts[key])
        return opened[key]

    @functools.cache
    def learned() -> Mapping[int, str]:
        healthy = [k for k in usage if k in fonts and k not in doubtful and usage[k].legibility() >= _HEALTHY]
        return _from_healthy({key: usage[key] for key in healthy}, {key: program(key) for key in healthy})

    found: dict[tuple[str, int], Reading | None] = {}
    for key in (*doubtful, *_small(usage, fonts, doubtful)):
        if key in doubtful or found:
            read = _of_font(fonts[key], usage[key], program(key), learned, cast)
            found |= {(key, code): reading for code, reading in read.items()}
    return found


def _small(usage: Mapping[str, Usage], fonts: Mapping[str, Font], doubtful: Sequence[str]) -> list[str]:
    """The fonts with too few words to tell anything: looked at where another font of the document is damaged."""
    return [
        key
        for key in sorted(usage)
        if key in fonts
        and key not in doubtful
        and sum(len(word) for word, _, _ in usage[key].words()) < 40
        and usage[key].legibility() == 1.0
    ]


def _doubtful(font: Font, usage: Usage) -> bool:
    blanks = {code: shown for (code, shown) in usage.shown if is_blank(shown)}
    spaces = [code for code, shown in blanks.items() if shown in (" ", "\xa0")]
    if len(blanks) > len(spaces) or len(spaces) > 1 or usage.legibility() < 0.93:
        return True
    return any(quick_ink(font, c) or (quick_ink(font, c) is None and font.widths.get(c, 0) > 360) for c in spaces)


def _from_healthy(usage: Mapping[str, Usage], programs: Mapping[str, Program | DrawnProgram | None]) -> dict[int, str]:
    """The outlines of the document's own healthy fonts."""
    pairs = []
    for key, program in programs.items():
        for code, shown in usage[key].shown if program is not None else ():
            outline = program.outline(code) if program is not None and not is_blank(shown) else None
            if outline is not None and outline.ink:
                pairs.append((outline.digest, vietnamese.nfc(shown)))
    return glyph_shape.learned(pairs)


def _of_font(
    font: Font,
    usage: Usage,
    program: Program | DrawnProgram | None,
    known: Callable[[], Mapping[int, str]],
    cast: Votes,
) -> dict[int, Reading | None]:
    if all(is_blank(shown) and shown not in ("", HOLE) for _, shown in usage.shown) and len(usage.shown) < 8:
        return _symbols(usage, font, cast)
    blank: dict[int, Reading | None] = {}
    other: dict[int, Reading] = {}
    answered_by_program: set[int] = set()
    glyphs = sum(usage.shown.values())
    answered = {
        code: bool(program.read(code)) or glyph_shape.recall(outline.digest) is not None
        for code, _ in usage.shown
        if program is not None and (outline := program.outline(code)) and outline.ink
    }
    if sum(answered.values()) > 0.5 * len(answered) and all(
        answered.get(code, True) for code, shown in usage.shown if is_blank(shown)
    ):
        known = dict
    for (code, shown), count in sorted(usage.shown.items()):
        empty = is_blank(shown)
        outline = program.outline(code) if program is not None else None
        space = shown in (" ", "\xa0")
        if space and (outline is None or not outline.ink):
            continue
        if empty and outline is not None and not outline.ink:
            blank[code] = Reading(" ", Cause.MISSING_CHARACTER_MAP, RepairMethod.GLYPH_SHAPE, 0.99)
            continue
        found = _exact(program, code, outline.digest if outline else 0, known, shown)
        if found is not None:
            answered_by_program.add(code)
        if empty and not (space and found is None and count > glyphs / 10):
            blank[code] = found
        elif found is not None and found.letter != vietnamese.nfc(shown):
            other[code] = found
        elif outline is not None and not outline.ink:
            other[code] = Reading(" ", Cause.WRONG_CHARACTER_MAP, RepairMethod.GLYPH_SHAPE, 0.99)
    if sum(r is None for r in blank.values()) > max(4, len(blank) / 2):
        blank |= _by_order(font, usage, blank)
    for code, shown in usage.shown:
        if (font.key, code) not in cast or code in other or blank.get(code) is not None:
            continue
        letter, confidence = elected(cast[font.key, code])
        if code in blank:
            blank[code] = Reading(letter, Cause.MISSING_CHARACTER_MAP, RepairMethod.OCR_VOTE, confidence)
        elif letter != vietnamese.nfc(shown) and not is_blank(shown) and code not in answered_by_program:
            other[code] = Reading(letter, Cause.WRONG_CHARACTER_MAP, RepairMethod.OCR_VOTE, confidence)
    _told_apart(usage, blank, other)
    sure = {code: reading.letter for code, reading in blank.items() if reading is not None}
    return {**_accepted(usage, other, sure), **blank}


def _told_apart(usage: Usage, blank: dict[int, Reading | None], other: dict[int, Reading]) -> None:
    """Two inked codes are not one letter: where votes gave two the same, the weaker takes the near letter that fits.

    Near is the same base letter; it must be free and fit its words. Where none does, the vote is kept as doubtful. A
    letter of few votes also gives way to a near one that makes its words much likelier (Tesseract reads ẩ as ấ).
    """
    voted = {
        code: reading
        for code, reading in [*blank.items(), *other.items()]
        if reading is not None and reading.method is RepairMethod.OCR_VOTE and reading.letter.isalpha()
    }
    uses = Counter(dict.fromkeys(voted, 0))
    for (code, _), count in usage.shown.items():
        uses[code] += count if code in voted else 0
    letters = {code: reading.letter for code, reading in [*blank.items(), *other.items()] if reading is not None}
    letters |= {code: shown for code, shown in usage.shown if code not in letters and code not in blank}
    for code in sorted(voted, key=lambda c: (voted[c].confidence, uses[c], c)):
        twins = [c for c, letter in letters.items() if c != code and letter == letters[code]]
        doubled = any(c not in voted or voted[c].confidence > voted[code].confidence for c in twins)
        if not doubled and voted[code].confidence > _FEW_VOTES:
            continue
        free = sorted(
            c
            for c in vietnamese.letters() - set(letters.values())
            if vietnamese.strip_marks(c) == vietnamese.strip_marks(letters[code])
        )
        fits = [c for c in free if _fit(usage, letters, code, c)]
        best = max(fits, key=lambda c: _likely(usage, letters, code, c), default=None)
        reading = voted[code]
        if not doubled and (
            best is None
            or _likely(usage, letters, code, best) < _likely(usage, letters, code, reading.letter) + _MARGIN
        ):
            continue
        confidence = 0.9 if len(fits) == 1 or not doubled else 0.6
        changed = replace(reading, letter=best or reading.letter, confidence=confidence)
        (blank if code in blank else other)[code] = changed
        letters[code] = changed.letter


def _with(usage: Usage, letters: Mapping[int, str], code: int, letter: str) -> list[str]:
    return [word for word, codes, _ in usage.words({**letters, code: letter}) if code in codes and len(word) > 1]


def _fit(usage: Usage, letters: Mapping[int, str], code: int, letter: str) -> bool:
    found = _with(usage, letters, code, letter)
    return bool(found) and sum(map(possible, found)) >= 0.8 * len(found)


def _likely(usage: Usage, letters: Mapping[int, str], code: int, letter: str) -> float:
    model = language.model()
    known = (model.id(word.lower()) for word in _with(usage, letters, code, letter))
    return sum(model.unigram(number) if number != language.UNKNOWN else _UNKNOWNWORD for number in known)


def _symbols(usage: Usage, font: Font, cast: Votes) -> dict[int, Reading | None]:
    """A font of private signs: bullets that open lines, known signs of Symbol and Wingdings; others stay."""
    found: dict[int, Reading | None] = {}
    for (code, shown), count in usage.shown.items():
        sign = _SIGNS.get(shown)
        if sign is None and not shown.isspace() and count > 1 and usage.opens[code] == count:
            sign = "•"
        if sign is not None:
            found[code] = Reading(sign, Cause.MISSING_CHARACTER_MAP, RepairMethod.LAYOUT, 0.95)
    return found


def _exact(
    program: Program | DrawnProgram | None, code: int, digest: int, known: Callable[[], Mapping[int, str]], shown: str
) -> Reading | None:
    """The letter by cmap, glyph name and outline; None where they disagree or none answers."""
    cause = Cause.MISSING_CHARACTER_MAP if is_blank(shown) else Cause.WRONG_CHARACTER_MAP
    named = {c for c in program.read(code) if not is_blank(c)} if program is not None else set()
    drawn = glyph_shape.recall(digest) or (known().get(digest) if digest else None)
    if named and drawn is not None:
        if drawn in named:
            return Reading(drawn, cause, RepairMethod.FONT_PROGRAM, 0.999)
        return None
    if named:
        letter = (
            shown
            if shown in named
            else "Đ"
            if "Đ" in named
            else min(named, key=lambda c: (c not in vietnamese.letters(), not c.isascii(), c))
        )
        return Reading(letter, cause, RepairMethod.FONT_PROGRAM, 0.99)
    return Reading(drawn, cause, RepairMethod.GLYPH_SHAPE, 0.99) if drawn is not None else None


def _by_order(font: Font, usage: Usage, blank: Mapping[int, Reading | None]) -> dict[int, Reading]:
    """Codes without a map read as places in the font: the standard TrueType order, or the order of an old code page.

    Only for composite fonts, and only where the words then read, as they are or by a code table.
    """
    if font.subtype != "Type0":
        return {}
    lines = [codes for (_, codes, _, _), _ in usage.stretches.most_common(400)]
    best: dict[int, str] = {}
    best_share = 0.85
    for letters in _orders(blank):
        read = ("".join(letters.get(c, " " if c < 0 else HOLE) for c in codes) for codes in lines)
        counted = Counter(word for text in read for word in WORD.findall(text))
        found = [(w, n) for w, n in counted.most_common(150)]
        table = legacy.choose(found)
        legible = share((table.read(w) if table else w, n) for w, n in found) if len(found) > 4 else 0.0
        if legible > best_share:
            best, best_share = letters, legible
        if legible > 0.95:
            break
    return {
        c: Reading(letter, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.95) for c, letter in best.items()
    }


def _orders(codes: Iterable[int]) -> Iterator[dict[int, str]]:
    standard = {c: agl.toUnicode(standardGlyphOrder[c]) for c in codes if c < len(standardGlyphOrder)}
    yield {c: letter for c, letter in standard.items() if len(letter) == 1}
    ascii_part = {c: chr(c + 29) for c in codes if 3 <= c <= 97}
    for shift in range(29, 150):
        high = {c: legacy.shown_byte(c + shift) for c in codes if c > 97 and 0x80 <= c + shift <= 0xFF}
        if high:
            yield ascii_part | high


def _accepted(usage: Usage, proposed: Mapping[int, Reading], sure: Mapping[int, str]) -> dict[int, Reading]:
    """The readings against the PDF's own map that make its words possible; none for a font that reads well."""
    if not proposed:
        return {}
    letters = {code: reading.letter for code, reading in proposed.items()}
    before, after = (
        words.share(((w, n) for w, _, n in usage.words(read)), least=1) or 0.0 for read in (sure, {**sure, **letters})
    )
    if before < 0.7 or sum(n for (c, _), n in usage.shown.items() if c in proposed) > sum(usage.shown.values()) / 2:
        return dict(proposed) if after > before + 0.15 and after > 0.7 else {}
    good: Counter[int] = Counter()
    better: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for tally, read in ((good, sure), (better, {**sure, **letters})):
        for word, codes, count in usage.words(read):
            for code in set(codes) & letters.keys() if len(word) > 1 else ():
                tally[code] += count * possible(word)
                if tally is better:
                    total[code] += count
    kept = {
        code: reading
        for code, reading in proposed.items()
        if total[code] and better[code] - good[code] > 0.5 * total[code] and better[code] > 0.8 * total[code]
    }
    if len(kept) + len(sure) > 2:
        kept |= {
            code: reading
            for code, reading in proposed.items()
            if reading.confidence > 0.995 and better[code] >= good[code] and better[code] >= 0.5 * total[code]
        }
    return kept


def edits(
    state: LineState,
    found: Mapping[tuple[str, int], Reading | None],
    hole_below: float,
    numbers: Mapping[tuple[str, int], int] = MappingProxyType({}),
) -> list[Edit]:
    """The edits of one line whose text is still raw; a damaged code without a sure reading becomes a hole.

    Each edit names the number of its glyph, where ``numbers`` gives one.
    """
    made = []
    for start, end, cell in runs(state):
        key = (cell.font, cell.code)
        if key not in found:
            continue
        reading, glyph = found[key], numbers.get(key)
        if reading is None:
            made.append(
                Edit(start, end, HOLE, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.0, glyph=glyph)
            )
        else:
            sure = reading.method in EXACT or reading.confidence >= hole_below
            offered = () if sure else (Candidate(reading.letter, reading.confidence),)
            after = reading.letter if sure else HOLE
            made.append(Edit(start, end, after, reading.cause, reading.method, reading.confidence, offered, glyph))
    return made
