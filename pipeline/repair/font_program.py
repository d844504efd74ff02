"""What an embedded font file says about its glyphs: the letters of its own cmap, its glyph names, its outlines.

A PDF's ToUnicode map can be wrong or absent; the font program that draws the letters often still has the map it was
made with (Word, Google Docs, Skia, PowerPoint: 606,000 glyphs compared, 72 differ). A font file that cannot be read
answers nothing, and never stops a document.
"""

import hashlib
import io
import logging
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex
from fontTools import agl, cffLib, t1Lib
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from pipeline.document import Font

_PAINTS = regex.compile(
    rb"(?:^|\s)(?:[lcvy]\s.*(?:f\*?|F|B\*?|b\*?|S|s)|re\s.*(?:f\*?|F|S|B)|Do|BI|sh)(?=\s|$)", regex.DOTALL
)
_NUMBER = regex.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)")
_UNICODE = ((3, 10), (3, 1), (0, 6), (0, 4), (0, 3), (0, 2), (0, 1), (0, 0))


@dataclass(frozen=True, slots=True)
class Outline:
    """One glyph: a digest of its decomposed outline at 1/1000 em with its width (0 without ink)."""

    digest: int
    ink: bool


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
    _outlines: dict[str, Outline] = field(default_factory=dict)

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

    def outline(self, code: int) -> Outline | None:
        """The outline a code draws; None where the program has no such glyph or cannot draw it."""
        name = self.glyph(code)
        if name is None or name == ".notdef":
            return None
        if name not in self._outlines:
            self._outlines[name] = self._drawn(name)
        return self._outlines[name]

    def _drawn(self, name: str) -> Outline:
        pen = DecomposingRecordingPen(self.glyphs)
        try:
            glyph = self.glyphs[name]
            glyph.draw(pen)
            width = getattr(glyph, "width", 0) or 0
        except Exception:
            return Outline(0, True)
        return _digest(pen.value, width, 1000 / self.units)


Point = tuple[float, float]
Drawing = Sequence[tuple[str, Sequence[Point | None]]]


def _digest(drawing: Drawing, width: float, scale: float) -> Outline:
    """The outline as closed cubic contours at 1/1000 em, each from its lowest point on, however they were written."""
    contours: list[list[tuple[int, ...]]] = []
    at = (0.0, 0.0)
    for operator, given in drawing:
        points = [p for p in given if p is not None]
        if operator == "moveTo":
            contours.append([])
            at = points[0]
            continue
        if operator == "qCurveTo" and given and given[-1] is None:
            at = ((points[0][0] + points[-1][0]) / 2, (points[0][1] + points[-1][1]) / 2)
            contours.append([])
            points = [*points, at]
        for curve in _cubics(operator, at, points):
            rounded = tuple(round(v * scale) for p in (at, *curve) for v in p)
            if contours and rounded[:2] != rounded[-2:]:
                contours[-1].append(rounded)
            at = curve[-1]
        if operator in ("closePath", "endPath") and contours and contours[-1]:
            first, last = contours[-1][0][:2], contours[-1][-1][-2:]
            if first != last:
                contours[-1].append(last + last + first + first)
    turned = []
    for contour in contours:
        if contour:
            low = min(range(len(contour)), key=lambda i: contour[i])
            turned.append(contour[low:] + contour[:low])
    if not turned:
        return Outline(0, False)
    seed = repr((round(width * scale), sorted(turned))).encode()
    return Outline(int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest(), "big"), True)


def _cubics(operator: str, at: Point, points: Sequence[Point]) -> list[tuple[Point, ...]]:
    if operator == "lineTo":
        return [(at, points[0], points[0])]
    if operator == "curveTo":
        return [(points[0], points[1], points[2])] if len(points) == 3 else []
    if operator != "qCurveTo":
        return []
    made: list[tuple[Point, ...]] = []
    for off, on in decomposeQuadraticSegment(points):
        one = (at[0] + (off[0] - at[0]) * 2 / 3, at[1] + (off[1] - at[1]) * 2 / 3)
        two = (on[0] + (off[0] - on[0]) * 2 / 3, on[1] + (off[1] - on[1]) * 2 / 3)
        made.append((one, two, on))
        at = on
    return made


@dataclass(frozen=True, slots=True)
class DrawnProgram:
    """A Type3 font: every code is a content stream."""

    font: Font

    def read(self, code: int) -> frozenset[str]:
        """The letter of the code's glyph name, where that is a name of the Adobe list."""
        letter = agl.toUnicode(self.font.encoding.get(code, ""))
        return frozenset({letter} if len(letter) == 1 else ())

    def outline(self, code: int) -> Outline | None:
        """The digest of the stream that draws the code."""
        stream = self.font.charprocs.get(code)
        if stream is None:
            return None
        if not _PAINTS.search(stream):
            return Outline(0, False)
        drawing, width = _stream_drawing(stream)
        if drawing:
            return _digest(drawing, width, 1.0)
        digest = hashlib.blake2b(b"type3" + b" ".join(stream.split()), digest_size=8).digest()
        return Outline(int.from_bytes(digest, "big"), True)


def _stream_drawing(stream: bytes) -> tuple[list[tuple[str, list[tuple[float, float]]]], float]:
    """The path of a Type3 content stream of plain path operators, and its advance; empty for anything else."""
    drawing: list[tuple[str, list[tuple[float, float]]]] = []
    stack: list[float] = []
    width = 0.0
    for token in stream.split():
        if _NUMBER.fullmatch(token):
            stack.append(float(token))
            continue
        points = list(zip(stack[::2], stack[1::2], strict=False))
        if token in (b"d0", b"d1"):
            width = stack[0] if stack else 0.0
        elif token in (b"m", b"l", b"c") and points:
            if token == b"m" and drawing and drawing[-1][0] != "closePath":
                drawing.append(("closePath", []))
            drawing.append(({b"m": "moveTo", b"l": "lineTo", b"c": "curveTo"}[token], points))
        elif token in (b"h", b"f", b"f*"):
            drawing.append(("closePath", []))
        else:
            return [], 0.0
        stack.clear()
    return drawing, width


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
