"""ToUnicode maps mended from what `repair` found: which letter each code of each font shows."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Stream

from pipeline.document import Cause, Font, Glyph
from pipeline.searchable import cmap
from pipeline.searchable.lines import Placed

_CAUSES = (Cause.MISSING_CHARACTER_MAP, Cause.WRONG_CHARACTER_MAP, Cause.LEGACY_ENCODING)
_HOLE = "\ufffd"
_Code = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Mended:
    """How many fonts and codes were mended, and what was not."""

    fonts: int
    codes: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Letters:
    sure: dict[_Code, str]
    """Codes with one letter."""
    claims: dict[_Code, str]
    """What the file says of every code seen."""
    torn: set[_Code]
    """Codes that stand for several letters."""


def mend(pdf: pikepdf.Pdf, fonts: Mapping[str, Font], lines: Sequence[Placed]) -> Mended:
    """Write new ToUnicode maps into the fonts of lines that were repaired; a code of several letters is left."""
    letters = _letters(lines)
    wrong = {
        key
        for key, letter in letters.sure.items()
        if letters.claims.get(key, "") != letter or _only_named(fonts.get(key[0]), letter)
    }
    written: set[str] = set()
    notes = []
    for key in sorted({font for font, _ in wrong}):
        target, width = _font_object(pdf, key, fonts.get(key))
        if target is None:
            notes.append(f"font {key}: cannot be mended in the file, left as it is")
            continue
        entries = dict(fonts[key].to_unicode or {})
        entries |= {code: letter for (font, code), letter in letters.sure.items() if font == key}
        target["/ToUnicode"] = pdf.make_indirect(Stream(pdf, cmap.to_unicode(entries, width)))
        written.add(key)
    torn = letters.torn - letters.sure.keys()
    if torn:
        notes.append(f"{len(torn)} codes stand for several letters and were left as they are")
    return Mended(len(written), sum(font in written for font, _ in wrong), tuple(notes))


def _only_named(font: Font | None, letter: str) -> bool:
    """Whether a letter is known by the glyph's name alone, which not every reader looks up."""
    return font is not None and font.to_unicode is None and max(letter, default="") > "\xff"


def _font_object(pdf: pikepdf.Pdf, key: str, font: Font | None) -> tuple[Any, int]:
    """The font's dictionary in the copy and the bytes of its codes; None where it is not surely the same font."""
    if font is None or not key.isdecimal():
        return None, 1
    try:
        target = pdf.get_object(int(key), 0)
    except (pikepdf.PdfError, ValueError, IndexError):
        return None, 1
    if not isinstance(target, Dictionary) or target.get("/Subtype") != Name("/" + font.subtype):
        return None, 1
    if font.subtype != "Type0":
        return target, 1
    encoding = target.get("/Encoding")
    return (target, 2) if encoding in (Name("/Identity-H"), Name("/Identity-V")) else (None, 2)


def _letters(lines: Iterable[Placed]) -> _Letters:
    votes: dict[_Code, Counter[str]] = defaultdict(Counter)
    claims: dict[_Code, str] = {}
    joined: list[tuple[list[Glyph], str]] = []
    for line in lines:
        for glyphs, text in _aligned(line, claims):
            if len(glyphs) == 1:
                votes[glyphs[0].font, glyphs[0].code][text] += 1
            elif len(glyphs) == len(text):
                for glyph, letter in zip(glyphs, text, strict=True):
                    votes[glyph.font, glyph.code][letter] += 1
            else:
                joined.append((glyphs, text))
    marks: dict[_Code, Counter[str]] = defaultdict(Counter)
    for glyphs, text in joined:
        _split(glyphs, text, {key: found.most_common(1)[0][0] for key, found in votes.items()}, claims, marks)
    for key, found in marks.items():
        votes[key] += found
    sure = {key: next(iter(found)) for key, found in votes.items() if len(found) == 1}
    torn = {key for key, found in votes.items() if len(found) > 1}
    return _Letters(sure, claims, torn)


def _aligned(line: Placed, claims: dict[_Code, str]) -> Iterator[tuple[list[Glyph], str]]:
    """Glyphs and the letters they show: one by one where nothing changed, else by repair."""
    at = 0
    for _, (start, end), repair in (*line.repairs, ((0, 0), (len(line.raw), len(line.raw)), None)):
        for glyph, claim in _glyphs(line, at, start, claims):
            yield [glyph], claim
        if repair is not None and repair.cause in _CAUSES and _HOLE not in repair.after and repair.after:
            glyphs = [glyph for glyph, _ in _glyphs(line, start, end, claims)]
            blanks = any(cell is None for cell in line.cells[start:end])
            if glyphs and not blanks:
                yield glyphs, repair.after
        at = end


def _glyphs(line: Placed, start: int, end: int, claims: dict[_Code, str]) -> Iterator[tuple[Glyph, str]]:
    """The glyphs of raw letters with the letters each stands for in the raw text."""
    cells = line.cells[start:end]
    i = start
    while i < end:
        cell, j = cells[i - start], i + 1
        while j < end and cell is not None and cells[j - start] is cell:
            j += 1
        if cell is not None:
            claims.setdefault((cell.font, cell.code), cell.text)
            yield cell, line.raw[i:j]
        i = j


def _split(glyphs: Sequence[Glyph], text: str, known: Mapping[_Code, str], claims: Mapping[_Code, str],
           marks: dict[_Code, Counter[str]]) -> None:  # fmt: skip
    """Votes from more glyphs than letters: one glyph a letter, or a letter and a glyph that adds its marks."""
    keys = [(g.font, g.code) for g in glyphs]
    votes, at = [], 0
    for i, letter in enumerate(text):
        if at >= len(keys):
            return
        first = known.get(keys[at], claims.get(keys[at], ""))
        spare = len(keys) - at > len(text) - i
        rest = "".join(
            (Counter(unicodedata.normalize("NFD", letter)) - Counter(unicodedata.normalize("NFD", first))).elements()
        )
        if first and rest and spare and unicodedata.normalize("NFC", first + rest) == letter:
            votes += [(keys[at], first), (keys[at + 1], rest)]
            at += 2
        else:
            votes.append((keys[at], letter))
            at += 1
    if at == len(keys):
        for key, found in votes:
            marks[key][found] += 1
