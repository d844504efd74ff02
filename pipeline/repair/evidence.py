"""Which letter each code of each font draws, where the PDF's own map is missing or wrong.

Damage is a substitution: one font, one code, one letter. So every code is judged by itself: the letters shown for it
against the font program's cmap and glyph names (exact), the outline memory (exact when it answers), the same outlines in the
document's healthy fonts, and last the standard glyph order of TrueType. A map that is missing is filled; a map that is
there is overruled only where the words then become possible syllables. A font whose text reads well is never opened.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import regex
from fontTools import agl
from fontTools.ttLib.standardGlyphOrder import standardGlyphOrder

from pipeline import vietnamese
from pipeline.document import Candidate, Cause, Font, Glyph, RepairMethod
from pipeline.repair import glyph_shape, legacy, words
from pipeline.repair.font_program import DrawnProgram, Program, open_program, quick_ink
from pipeline.repair.ledger import HOLE, Edit, LineState
from pipeline.repair.ocr_votes import Votes, elected
from pipeline.repair.words import possible

_WORD = regex.compile(r"[^\s\d.,;:!?()\[\]{}/\"“”'‘’–—…•\-+=*%<>]+")
_HEALTHY = 0.97
EXACT = (RepairMethod.FONT_PROGRAM, RepairMethod.GLYPH_SHAPE)
_CID = regex.compile(r"\(cid:\d+\)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a code draws, by which source, how surely."""

    letter: str
    cause: Cause
    method: RepairMethod
    confidence: float


Readings = Mapping[tuple[str, int], Reading]


@dataclass(slots=True)
class Usage:
    """What the document shows for the codes of one font."""

    shown: Counter[tuple[int, str]] = field(default_factory=Counter)
    words: Counter[tuple[str, tuple[int, ...]]] = field(default_factory=Counter)
    """Words drawn wholly in this font, with the code of each letter."""

    def legibility(self) -> float:
        """The share of possible syllables among the font's own words, by letters; 1 for less than 20 letters."""
        return _share((w, n) for (w, _), n in self.words.items())


def _share(found: Iterable[tuple[str, int]]) -> float:
    known = words.share(found, least=20)
    return 1.0 if known is None else known


def runs(state: LineState) -> Iterator[tuple[int, int, Glyph]]:
    """The glyphs of a line's raw text: (start, end, glyph), a glyph that stands for several letters once."""
    cells = state.line.cells
    start = 0
    for end in range(1, len(cells) + 1):
        if end < len(cells) and cells[end] is cells[start]:
            continue
        cell = cells[start]
        if cell is not None:
            yield start, end, cell
        start = end


def gather(states: Sequence[LineState]) -> dict[str, Usage]:
    """What every font shows in these lines."""
    fonts: dict[str, Usage] = defaultdict(Usage)
    for state in states:
        text, cells = state.line.text, state.line.cells
        if not cells:
            continue
        for start, end, cell in runs(state):
            fonts[cell.font].shown[cell.code, text[start:end]] += 1
        for match in _WORD.finditer(text):
            part = cells[match.start() : match.end()]
            first = part[0]
            if first is not None and all(c is not None and c.font == first.font for c in part):
                fonts[first.font].words[match.group(), tuple(c.code for c in part if c is not None)] += 1
    return fonts


def is_blank(shown: str) -> bool:
    """Whether what is shown for a code is no letter at all: nothing, a blank, U+FFFD, a control or private code.

    >>> [is_blank(s) for s in ("", " ", "\\ufffd", "\\ue001", "(cid:7)", "a")]
    [True, True, True, True, True, False]
    """
    return not shown.strip() or bool(_CID.fullmatch(shown)) or all(
        c == HOLE or unicodedata.category(c) in ("Co", "Cc", "Cn") for c in shown)


def readings(usage: Mapping[str, Usage], fonts: Mapping[str, Font], cast: Votes) -> dict[tuple[str, int], Reading | None]:
    """A reading for every code that is damaged; None where the code is known to be damaged and nothing answers."""
    doubtful = [key for key in sorted(usage) if key in fonts and _doubtful(fonts[key], usage[key])]
    if not doubtful:
        return {}
    programs = {key: open_program(fonts[key]) for key in usage if key in fonts}
    known = _from_healthy(usage, programs, doubtful)
    found: dict[tuple[str, int], Reading | None] = {}
    for key in doubtful:
        for code, reading in _of_font(fonts[key], usage[key], programs[key], known, cast).items():
            found[key, code] = reading
    return found


def _doubtful(font: Font, usage: Usage) -> bool:
    blanks = {code: shown for (code, shown) in usage.shown if is_blank(shown)}
    spaces = [code for code, shown in blanks.items() if shown in (" ", "\xa0")]
    if len(blanks) > len(spaces) or len(spaces) > 1 or usage.legibility() < 0.93:
        return True
    return any(quick_ink(font, c) or (quick_ink(font, c) is None and font.widths.get(c, 0) > 360) for c in spaces)


def _from_healthy(usage: Mapping[str, Usage], programs: Mapping[str, Program | DrawnProgram | None],
                  doubtful: Sequence[str]) -> dict[int, str]:
    """The outlines of the document's own healthy fonts."""
    pairs = []
    for key, program in programs.items():
        if program is None or key in doubtful or usage[key].legibility() < _HEALTHY:
            continue
        for code, shown in usage[key].shown:
            outline = program.outline(code) if not is_blank(shown) else None
            if outline is not None and outline.ink:
                pairs.append((outline.digest, vietnamese.nfc(shown)))
    return glyph_shape.learned(pairs)


def _of_font(font: Font, usage: Usage, program: Program | DrawnProgram | None,
             known: Mapping[int, str], cast: Votes) -> dict[int, Reading | None]:
    blank: dict[int, Reading | None] = {}
    other: dict[int, Reading] = {}
    for code, shown in sorted(usage.shown):
        empty = is_blank(shown)
        outline = program.outline(code) if program is not None else None
        if empty and shown in (" ", "\xa0") and (outline is None or not outline.ink):
            continue
        if empty and outline is not None and not outline.ink:
            blank[code] = Reading(" ", Cause.MISSING_CHARACTER_MAP, RepairMethod.GLYPH_SHAPE, 0.99)
            continue
        found = _exact(program, code, outline.digest if outline else 0, known, shown)
        if found is None and (font.key, code) in cast:
            letter, confidence = elected(cast[font.key, code])
            cause = Cause.MISSING_CHARACTER_MAP if empty else Cause.WRONG_CHARACTER_MAP
            found = Reading(letter, cause, RepairMethod.OCR_VOTE, confidence)
        if empty:
            blank[code] = found
        elif found is not None and found.letter != vietnamese.nfc(shown):
            other[code] = found
    if sum(r is None for r in blank.values()) > max(4, len(blank) / 2):
        blank |= _by_order(font, usage, blank)
    return {**_accepted(usage, other), **blank}


def _exact(program: Program | DrawnProgram | None, code: int, digest: int, known: Mapping[int, str],
           shown: str) -> Reading | None:
    """The letter by cmap, glyph name and outline; None where they disagree or none answers."""
    cause = Cause.MISSING_CHARACTER_MAP if is_blank(shown) else Cause.WRONG_CHARACTER_MAP
    named = {c for c in program.read(code) if not is_blank(c)} if program is not None else set()
    drawn = known.get(digest) or glyph_shape.recall(digest)
    if named and drawn is not None:
        if drawn in named:
            return Reading(drawn, cause, RepairMethod.FONT_PROGRAM, 0.999)
        return None
    if named:
        letter = shown if shown in named else "Đ" if "Đ" in named else min(named, key=lambda c: (
            c not in vietnamese.letters(), not c.isascii(), c))
        return Reading(letter, cause, RepairMethod.FONT_PROGRAM, 0.99)
    return Reading(drawn, cause, RepairMethod.GLYPH_SHAPE, 0.99) if drawn is not None else None


def _by_order(font: Font, usage: Usage, blank: Mapping[int, Reading | None]) -> dict[int, Reading]:
    """Codes without a map read as places in the font: the standard TrueType order, or the order of an old code page.

    Only for composite fonts, and only where the words then read, as they are or by a code table.
    """
    if font.subtype != "Type0":
        return {}
    lines = [codes for (_, codes), _ in usage.words.most_common(400)]
    best: dict[int, str] = {}
    best_share = 0.85
    for letters in _orders(blank):
        counted = Counter(w for codes in lines for w in _WORD.findall("".join(letters.get(c, HOLE) for c in codes)))
        found = [(w, n) for w, n in counted.most_common(150)]
        table = legacy.choose(found)
        share = _share((table.read(w) if table else w, n) for w, n in found) if len(found) > 4 else 0.0
        if share > best_share:
            best, best_share = letters, share
        if share > 0.95:
            break
    return {c: Reading(letter, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.95)
            for c, letter in best.items()}


def _orders(codes: Iterable[int]) -> Iterator[dict[int, str]]:
    standard = {c: agl.toUnicode(standardGlyphOrder[c]) for c in codes if c < len(standardGlyphOrder)}
    yield {c: letter for c, letter in standard.items() if len(letter) == 1}
    ascii_part = {c: chr(c + 29) for c in codes if 3 <= c <= 97}
    for shift in range(29, 150):
        high = {c: legacy.shown_byte(c + shift) for c in codes if c > 97 and 0x80 <= c + shift <= 0xFF}
        if high:
            yield ascii_part | high


def _accepted(usage: Usage, proposed: Mapping[int, Reading]) -> dict[int, Reading]:
    """The readings against the PDF's own map that make its words possible syllables; none for a font that reads well."""
    if not proposed:
        return {}
    before = usage.legibility()
    after = _share((_read(codes, word, proposed), n) for (word, codes), n in usage.words.items())
    if before < 0.7:
        return dict(proposed) if after > before + 0.15 and after > 0.7 else {}
    kept = {}
    for code, reading in proposed.items():
        using = [(w, codes, n) for (w, codes), n in usage.words.items() if code in codes and len(w) > 1]
        good = sum(n * possible(w) for w, _, n in using)
        better = sum(n * possible(_read(codes, w, proposed)) for w, codes, n in using)
        total = sum(n for _, _, n in using)
        if using and better - good > 0.5 * total and better > 0.8 * total:
            kept[code] = reading
    return kept


def _read(codes: Sequence[int], word: str, proposed: Mapping[int, Reading]) -> str:
    """The word under the proposed readings."""
    return vietnamese.nfc("".join(proposed[c].letter if c in proposed else letter
                                  for c, letter in zip(codes, word, strict=True)))


def edits(state: LineState, found: Mapping[tuple[str, int], Reading | None], hole_below: float) -> list[Edit]:
    """The edits of one line whose text is still raw; a damaged code without a sure reading becomes a hole."""
    made = []
    for start, end, cell in runs(state):
        key = (cell.font, cell.code)
        if key not in found:
            continue
        reading = found[key]
        if reading is None:
            made.append(Edit(start, end, HOLE, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.0))
        elif reading.method not in EXACT and reading.confidence < hole_below:
            made.append(Edit(start, end, HOLE, reading.cause, reading.method, reading.confidence,
                             (Candidate(reading.letter, reading.confidence),)))
        else:
            made.append(Edit(start, end, reading.letter, reading.cause, reading.method, reading.confidence))
    return made
