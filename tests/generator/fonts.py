"""Letters as outlines, and font programs made of chosen outlines.

A *drawing* names what a glyph shows: a letter (``"ộ"``), the marks of a letter alone (``"+ộ"``), or the tone of a
letter that has a circumflex or breve too (``"^ấ"``); marks are drawn left of the origin, over a base that ends there,
without advance.
"""

import functools
import io
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FONT_FOLDER = Path("/usr/share/fonts/truetype/liberation2")
"""Debian's package fonts-liberation2: free, and metric-equal to Times New Roman, Arial and Courier New."""

FAMILIES = {
    "serif": ("LiberationSerif", "TimesNewRoman"),
    "sans": ("LiberationSans", "Arial"),
    "mono": ("LiberationMono", "CourierNew"),
}
STYLES = {"regular": "Regular", "bold": "Bold", "italic": "Italic"}
MARKS = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"

Operation = tuple[str, tuple[Any, ...]]


class FontsMissingError(RuntimeError):
    """The free fonts that the generator draws with are not installed."""


def fonts_missing() -> str | None:
    """Why nothing can be drawn here, or None; a test skips with it."""
    missing = [n for n, _ in FAMILIES.values() for s in STYLES.values() if not (FONT_FOLDER / f"{n}-{s}.ttf").exists()]
    return f"the Debian package fonts-liberation2 is not installed ({missing[0]}.ttf …)" if missing else None


class Face:
    """One font file, read once: outlines and widths of drawings."""

    def __init__(self, family: str, style: str) -> None:
        if reason := fonts_missing():
            raise FontsMissingError(reason)
        stem, self.shown_as = FAMILIES[family]
        self.path = FONT_FOLDER / f"{stem}-{STYLES[style]}.ttf"
        self.family, self.style = family, style
        self._font = TTFont(self.path, lazy=True)
        self._glyphs = self._font.getGlyphSet()
        self._cmap: dict[int, str] = self._font.getBestCmap()
        self.upem: int = self._font["head"].unitsPerEm
        self.ascent: int = self._font["hhea"].ascent
        self.descent: int = self._font["hhea"].descent

    def has(self, letter: str) -> bool:
        """Whether the face draws the letter."""
        return ord(letter) in self._cmap

    def original_gid(self, letter: str) -> int:
        """The glyph number of a letter in the font file itself."""
        return int(self._font.getGlyphID(self._cmap[ord(letter)]))

    def width(self, drawing: str) -> int:
        """Advance in font units; nothing for marks alone."""
        return 0 if len(drawing) > 1 else round(self._glyphs[self._glyph(drawing)].width)

    def outline(self, drawing: str) -> tuple[Operation, ...]:
        """The drawing as pen operations, components resolved, in font units."""
        if len(drawing) == 1:
            return self._letter(drawing)
        if drawing[0] == "^":
            return self._tone(drawing[1])
        return self._marks(drawing[1])

    def _glyph(self, letter: str) -> str:
        name = self._cmap.get(ord(letter))
        if name is None:
            raise ValueError(f"{self.path.name} has no letter U+{ord(letter):04X}")
        return name

    @functools.cache  # noqa: B019 - faces live as long as the process
    def _letter(self, letter: str) -> tuple[Operation, ...]:
        pen = DecomposingRecordingPen(self._glyphs)
        self._glyphs[self._glyph(letter)].draw(pen)
        return tuple((name, tuple(args)) for name, args in pen.value)

    @functools.cache  # noqa: B019
    def _marks(self, letter: str) -> tuple[Operation, ...]:
        """The contours that the letter has more than its base, moved so that the base ends at 0."""
        parts = unicodedata.normalize("NFD", letter)
        for cut in range(len(parts) - 1, 0, -1):
            base = unicodedata.normalize("NFC", parts[:cut])
            if len(base) != 1 or not self.has(base) or (cut == 1 and "\u031b" in parts):
                continue
            plain = set(_contours(self._letter(base)))
            whole = _contours(self._letter(letter))
            extra = [c for c in whole if c not in plain]
            if extra and len(extra) + len(plain) == len(whole):
                rest = parts[1:cut]
                shift = -self.width(base)
                if not rest or "\u031b" in rest:
                    return tuple(_moved(op, shift, 0) for c in extra for op in c)
        return self._combining(letter, parts)

    def _tone(self, letter: str) -> tuple[Operation, ...]:
        """Of the marks of a letter like ấ, those that do not lie where the marks of â lie."""
        parts = unicodedata.normalize("NFD", letter)
        shape = bounds(self._marks(unicodedata.normalize("NFC", parts[0] + parts[1])))
        marks = _contours(self._marks(letter))

        def distance(contour: tuple[Operation, ...]) -> float:
            return sum(abs(a - b) for a, b in zip(bounds(contour), shape, strict=True))

        nearest = min(marks, key=distance)
        return tuple(op for contour in marks if contour is not nearest for op in contour)

    def _combining(self, letter: str, parts: str) -> tuple[Operation, ...]:
        """The font's own combining marks, centred: for letters whose outline does not contain their base's."""
        middle = self.width(parts[0]) / 2
        found: list[Operation] = []
        for mark in parts[1:]:
            if mark == "\u031b" or not self.has(mark):
                continue
            outline = self._letter(mark)
            x0, _, x1, _ = bounds(outline)
            lift = 420 if letter.isupper() and mark != "\u0323" else 0
            found += [_moved(op, -round((x0 + x1) / 2 + middle), lift) for op in outline]
        return tuple(found)


@functools.cache
def face(family: str, style: str) -> Face:
    """The face of a family (``serif``, ``sans``, ``mono``) in a style (``regular``, ``bold``, ``italic``)."""
    return Face(family, style)


def _contours(outline: Sequence[Operation]) -> list[tuple[Operation, ...]]:
    contours: list[list[Operation]] = []
    for op in outline:
        if op[0] == "moveTo" or (op[0] == "qCurveTo" and op[1][-1] is None):
            contours.append([])
        contours[-1].append(op)
    return [tuple(c) for c in contours]


def _moved(op: Operation, dx: int, dy: int) -> Operation:
    return op[0], tuple(p if p is None else (p[0] + dx, p[1] + dy) for p in op[1])


def replay(outline: Sequence[Operation], pen: Any) -> None:
    """Draw an outline with a fontTools pen."""
    for name, args in outline:
        getattr(pen, name)(*args)


def bounds(outline: Sequence[Operation]) -> tuple[float, float, float, float]:
    """The outline's box in font units; zeros when nothing is drawn."""
    pen = BoundsPen(None)
    replay(outline, pen)
    return pen.bounds or (0, 0, 0, 0)


def glyph_name(drawing: str) -> str:
    """A glyph name by the Adobe rules: ``uni1ED9``; marks alone are ``mark1ED9``."""
    if len(drawing) == 1:
        return f"uni{ord(drawing):04X}"
    return f"{'tone' if drawing[0] == '^' else 'mark'}{ord(drawing[1]):04X}"


def program(
    source: Face,
    drawings: Sequence[str],
    *,
    cmap: Mapping[int, int] | None,
    symbol: bool = False,
    names: Sequence[str] | None = None,
    cff: bool = False,
) -> bytes:
    """A font file whose glyph n+1 draws ``drawings[n]``.

    Args:
        source: The face that gives the outlines.
        drawings: What the glyphs show, in glyph order (glyph 0 is .notdef).
        cmap: Code point -> glyph number, or None for a program without a character map.
        symbol: The character map is a (3, 0) one.
        names: Glyph names to keep in the program; None for none.
        cff: A bare CFF program (FontFile3 Type1C) instead of a TrueType one.
    """
    order = [".notdef", *(names or [f"g{n:05d}" for n in range(1, len(drawings) + 1)])]
    builder = FontBuilder(source.upem, isTTF=not cff)
    builder.setupGlyphOrder(order)
    outlines = [(), *(source.outline(d) for d in drawings)]
    widths = [source.upem // 2, *(source.width(d) for d in drawings)]
    if cff:
        return _cff(source, order, outlines, widths, builder)
    glyphs, metrics = {}, {}
    for name, outline, width in zip(order, outlines, widths, strict=True):
        pen = TTGlyphPen(None)
        replay(outline, pen)
        glyphs[name] = pen.glyph()
        metrics[name] = (width, round(bounds(outline)[0]))
    builder.setupCharacterMap({c: order[g] for c, g in (cmap or {}).items()}, allowFallback=True)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=source.ascent, descent=source.descent)
    builder.setupOS2(sTypoAscender=source.ascent, sTypoDescender=source.descent)
    builder.setupPost(keepGlyphNames=names is not None)
    font = builder.font
    font["head"].created = font["head"].modified = 0
    font.recalcTimestamp = False
    del font["OS/2"]
    if cmap is None:
        del font["cmap"]
    elif symbol:
        for table in font["cmap"].tables:
            table.platformID, table.platEncID = 3, 0
        font["cmap"].tables = font["cmap"].tables[:1]
    else:
        font["cmap"].tables = [t for t in font["cmap"].tables if t.platformID == 3]
    out = io.BytesIO()
    font.save(out, reorderTables=True)
    return out.getvalue()


def _cff(
    source: Face,
    order: Sequence[str],
    outlines: Sequence[Sequence[Operation]],
    widths: Sequence[int],
    builder: FontBuilder,
) -> bytes:
    """The CFF table alone, as printers' drivers embed it."""
    strings: dict[str, T2CharString] = {}
    for name, outline, width in zip(order, outlines, widths, strict=True):
        pen = T2CharStringPen(width, None)
        replay(_cubic(outline), pen)
        strings[name] = pen.getCharString()
    builder.setupCFF("Subset", {"FontMatrix": [1 / source.upem, 0, 0, 1 / source.upem, 0, 0]}, strings, {})
    out = io.BytesIO()
    builder.font["CFF "].cff.compile(out, builder.font)
    return out.getvalue()


def _cubic(outline: Sequence[Operation]) -> list[Operation]:
    """Quadratic curves as cubic ones."""
    out: list[Operation] = []
    here = (0.0, 0.0)
    for name, args in outline:
        if name != "qCurveTo":
            out.append((name, args))
            here = args[-1] if args else here
            continue
        points = list(args)
        for i, control in enumerate(points[:-1]):
            last = i == len(points) - 2
            end = points[-1] if last else ((control[0] + points[i + 1][0]) / 2, (control[1] + points[i + 1][1]) / 2)
            first = (here[0] + 2 / 3 * (control[0] - here[0]), here[1] + 2 / 3 * (control[1] - here[1]))
            second = (end[0] + 2 / 3 * (control[0] - end[0]), end[1] + 2 / 3 * (control[1] - end[1]))
            out.append(("curveTo", (first, second, end)))
            here = end
    return out


def path_operators(outline: Sequence[Operation]) -> bytes:
    """The outline as PDF path operators, for Type3 glyphs."""
    parts = []
    for name, args in _cubic(outline):
        numbers = " ".join(f"{round(v)}" for p in args for v in p)
        parts.append({"moveTo": f"{numbers} m", "lineTo": f"{numbers} l", "curveTo": f"{numbers} c"}.get(name, "h"))
    return " ".join(parts).encode()
