"""What an embedded font file says about its glyphs: the letters of its own cmap, its glyph names, its outlines.

A PDF's ToUnicode map can be wrong or absent; the font program that draws the letters often still has the map it was
made with (Word, Google Docs, Skia, PowerPoint: 606,000 glyphs compared, 72 differ). A font file that cannot be read
answers nothing, and never stops a document.
"""

import io
import logging
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import regex
from fontTools import agl, cffLib, t1Lib
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from pipeline.document import Font
from pipeline.repair.outline import BLANK, Form, form, of_stream

_PAINTS = regex.compile(
    rb"(?:^|\s)(?:[lcvy]\s.*(?:f\*?|F|B\*?|b\*?|S|s)|re\s.*(?:f\*?|F|S|B)|Do|BI|sh)(?=\s|$)", regex.DOTALL
)
_UNICODE = ((3, 10), (3, 1), (0, 6), (0, 4), (0, 3), (0, 2), (0, 1), (0, 0))


@dataclass(slots=True)
class Program:
    """One readable font program."""

    font: Font
    names: list[str]
    glyphs: Any
    """Glyph set of fontTools."""
    units: float
    letters: Mapping[str, frozenset[str]]
    """Glyph name -> letters that a Unicode cmap gives it."""
    by_code: Mapping[int, str]
    """Simple fonts: code -> glyph name, as the program itself maps it."""
    cid_keyed: bool = False
    _forms: dict[str, Form] = field(default_factory=dict)

    def glyph(self, code: int) -> str | None:
        """The name of the glyph that a code draws, None where the program has none."""
        if self.font.subtype == "Type0":
            return self._of_cid(code)
        named = self.font.encoding.get(code)
        if named is not None and named in self.glyphs and named != ".notdef":
            return named
        return self.by_code.get(code)

    def _of_cid(self, cid: int) -> str | None:
        if self.cid_keyed:
            name = f"cid{cid:05d}"
            return name if name in self.glyphs else None
        gid, table = cid, self.font.cid_to_gid
        if table is not None:
            if 2 * cid + 1 >= len(table):
                return None
            gid = table[2 * cid] << 8 | table[2 * cid + 1]
        return self.names[gid] if gid < len(self.names) else None

    def read(self, code: int) -> frozenset[str]:
        """The letters that the program's own cmap gives this code, or else its glyph name; empty without an answer."""
        name = self.glyph(code)
        if name is None:
            return frozenset()
        found = self.letters.get(name, frozenset())
        if found:
            return found
        numbered = name[:3] != "uni" and regex.fullmatch(r"[a-zA-Z]{1,7}\d+|\.notdef", name)
        letter = "" if numbered else agl.toUnicode(name)
        return frozenset({letter} if len(letter) == 1 else ())

    def form(self, code: int) -> Form | None:
        """What a code draws; None where the program has no such glyph, ink alone where it cannot be drawn."""
        name = self.glyph(code)
        if name is None or name == ".notdef":
            return None
        if name not in self._forms:
            self._forms[name] = self._drawn(name)
        return self._forms[name]

    def _drawn(self, name: str) -> Form:
        pen = DecomposingRecordingPen(self.glyphs)
        try:
            glyph = self.glyphs[name]
            glyph.draw(pen)
            return form(pen.value, getattr(glyph, "width", 0) or 0, 1000 / self.units)
        except Exception:
            return Form(True)


@dataclass(frozen=True, slots=True)
class DrawnProgram:
    """A Type3 font: every code is a content stream."""

    font: Font

    def read(self, code: int) -> frozenset[str]:
        """The letter of the code's glyph name, where that is a name of the Adobe list."""
        letter = agl.toUnicode(self.font.encoding.get(code, ""))
        return frozenset({letter} if len(letter) == 1 else ())

    def form(self, code: int) -> Form | None:
        """What the stream of a code draws."""
        stream = self.font.charprocs.get(code)
        if stream is None:
            return None
        return of_stream(stream, self.font.widths.get(code)) if _PAINTS.search(stream) else BLANK


def open_program(font: Font) -> Program | DrawnProgram | None:
    """The font's program, or None where none is embedded or it cannot be read."""
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    if font.charprocs:
        return DrawnProgram(font)
    if not font.program:
        return None
    try:
        if font.program_kind == "type1":
            return _type1(font, font.program)
        if font.program_kind == "cff":
            return _cff(font, font.program)
        return _sfnt(font, font.program)
    except Exception:
        return None


def _sfnt(font: Font, data: bytes) -> Program:
    file = TTFont(io.BytesIO(data), lazy=True, fontNumber=0)
    letters: dict[str, set[str]] = {}
    by_code: dict[int, str] = {}
    tables = _cmaps(file)
    for key in _UNICODE:
        for point, name in tables.get(key, {}).items():
            if not 0xE000 <= point <= 0xF8FF:
                letters.setdefault(name, set()).add(chr(point))
    if font.subtype != "Type0":
        by_code = _simple_codes(font, tables)
    units = file["head"].unitsPerEm if "head" in file else 1000
    return Program(
        font, file.getGlyphOrder(), file.getGlyphSet(), units, {n: frozenset(s) for n, s in letters.items()}, by_code
    )


def _cmaps(file: TTFont) -> dict[tuple[int, int], Mapping[int, str]]:
    if "cmap" not in file:
        return {}
    try:
        return {(t.platformID, t.platEncID): t.cmap for t in file["cmap"].tables}
    except Exception:
        return {}


def _simple_codes(font: Font, tables: Mapping[tuple[int, int], Mapping[int, str]]) -> dict[int, str]:
    """Code -> glyph of a simple TrueType font, as ISO 32000-1, 9.6.6.4 has it."""
    found: dict[int, str] = {}
    symbol, mac, unicode_map = tables.get((3, 0), {}), tables.get((1, 0), {}), tables.get((3, 1), {})
    for code in range(256):
        name = font.encoding.get(code)
        letter = agl.toUnicode(name) if name and not font.symbolic else ""
        glyph = unicode_map.get(ord(letter)) if len(letter) == 1 else None
        glyph = glyph or symbol.get(0xF000 + code) or symbol.get(code) or mac.get(code) or unicode_map.get(code)
        if glyph is not None:
            found[code] = glyph
    return found


def _cff(font: Font, data: bytes) -> Program:
    fonts = cffLib.CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    top = fonts[0]
    keyed = hasattr(top, "ROS")
    by_code: dict[int, str] = {}
    if not keyed:
        encoding = top.Encoding
        names = StandardEncoding if encoding == "StandardEncoding" else encoding
        if not isinstance(names, str):
            by_code = {code: name for code, name in enumerate(names) if name != ".notdef"}
    units = 1 / (top.FontMatrix[0] or 0.001) if hasattr(top, "FontMatrix") else 1000
    return Program(font, list(top.charset), top.CharStrings, units, {}, by_code, keyed and font.subtype == "Type0")


def _type1(font: Font, data: bytes) -> Program:
    file = t1Lib.T1Font.__new__(t1Lib.T1Font)
    file.data = data
    file.encoding = "ascii"
    file.parse()
    glyphs = file.getGlyphSet()
    by_code = {code: name for code, name in enumerate(file["Encoding"]) if name != ".notdef"}
    return Program(font, list(glyphs), glyphs, 1000, {}, by_code)


def quick_ink(font: Font, code: int) -> bool | None:
    """Whether a code of a composite TrueType font draws anything, from `loca` alone; None where that cannot tell."""
    data = font.program
    if font.subtype != "Type0" or font.program_kind != "truetype" or not data or font.cid_to_gid is not None:
        return None
    try:
        count = struct.unpack_from(">H", data, 4)[0]
        at = {data[12 + 16 * i : 16 + 16 * i]: struct.unpack_from(">I", data, 20 + 16 * i)[0] for i in range(count)}
        if struct.unpack_from(">h", data, at[b"head"] + 50)[0]:
            start, end = struct.unpack_from(">II", data, at[b"loca"] + 4 * code)
        else:
            start, end = struct.unpack_from(">HH", data, at[b"loca"] + 2 * code)
    except (struct.error, KeyError):
        return None
    return bool(end > start)
