"""The repaired text put over a page word by word, invisible, in a font that draws nothing."""

import struct
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from pipeline.document import Box
from pipeline.searchable import cmap, content

_EM = 1000
_ADVANCE = 500
_GAP = 0.12
"""The least gap between two words in type sizes: pdftotext joins what stands closer than a tenth."""
_FONT = "/PipelineBlank"
Words = Sequence[tuple[str, Box]]
"""The words of one line with their boxes."""


class BlankFont:
    """A font of one glyph that draws nothing and whose codes stand for letters: code n for the n-th letter used.

    Args:
        pdf: the copy that the font goes into.
        letters: text with every letter that will be shown.
    """

    def __init__(self, pdf: pikepdf.Pdf, letters: str) -> None:
        self._codes = {letter: code for code, letter in enumerate(sorted({*letters, " "}), start=1)}
        self._pdf = pdf
        self._object: Any = None

    @property
    def object(self) -> Any:
        """The font's dictionary, made at its first use."""
        if self._object is None:
            self._object = self._pdf.make_indirect(Dictionary(Type=Name.Font))
        return self._object

    def encode(self, text: str) -> bytes:
        """The codes of a text, two bytes each."""
        return b"".join(self._codes[letter].to_bytes(2, "big") for letter in text)

    def finish(self) -> None:
        """Write the font, if a page uses it."""
        if self._object is None:
            return
        pdf = self._pdf
        program = blank_program()
        descriptor = pdf.make_indirect(
            Dictionary(
                Type=Name.FontDescriptor,
                FontName=Name("/PipelineBlank"),
                Flags=4,
                FontBBox=Array([0, -200, _ADVANCE, 800]),
                ItalicAngle=0,
                Ascent=800,
                Descent=-200,
                CapHeight=700,
                StemV=80,
                FontFile2=Stream(pdf, program, Length1=len(program)),
            )
        )
        glyphs = b"\0\0" + b"\0\1" * len(self._codes)
        inner = pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.CIDFontType2,
                BaseFont=Name("/PipelineBlank"),
                DW=_ADVANCE,
                CIDSystemInfo=Dictionary(
                    Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
                ),
                FontDescriptor=descriptor,
                CIDToGIDMap=Stream(pdf, glyphs),
            )
        )
        letters = {code: letter for letter, code in self._codes.items()}
        self._object.update(
            Dictionary(
                Subtype=Name.Type0,
                BaseFont=Name("/PipelineBlank"),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([inner]),
                ToUnicode=Stream(pdf, cmap.to_unicode(letters, 2)),
            )
        )


def blank_program() -> bytes:
    """A TrueType font of two glyphs that draw nothing.

    The second is one line of no area across its box: PDFium leaves out upright text whose glyphs have no extent.
    """
    line = struct.pack(">hhhhhHHBBhhhh", 1, 0, -200, _ADVANCE, 800, 1, 0, 1, 1, 0, _ADVANCE, -200, _EM)
    glyf = line + b"\0" * (-len(line) % 4)
    head = struct.pack(
        ">IIIIHHQQhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _EM, 0, 0, 0, -200, _ADVANCE, 800, 0, 8, 2, 0, 0
    )
    hhea = struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 800, -200, 0, _ADVANCE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2)
    maxp = struct.pack(">IH13H", 0x10000, 2, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    hmtx, loca = struct.pack(">HhHh", _ADVANCE, 0, _ADVANCE, 0), struct.pack(">3H", 0, 0, len(glyf) // 2)
    tables = {b"glyf": glyf, b"head": head, b"hhea": hhea, b"hmtx": hmtx, b"loca": loca, b"maxp": maxp}
    count = len(tables)
    records, body, at = b"", b"", 12 + 16 * count
    for tag, table in sorted(tables.items()):
        padded = table + b"\0" * (-len(table) % 4)
        check = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        records += struct.pack(">4sIII", tag, check, at, len(table))
        body += padded
        at += len(padded)
    return struct.pack(">IHHHH", 0x10000, count, 64, 2, 16 * count - 64) + records + body


def add(pdf: pikepdf.Pdf, page: pikepdf.Page, font: BlankFont, placed: Sequence[Words],
        size: tuple[float, float]) -> None:  # fmt: skip
    """Put lines of words on a page as invisible text; boxes are those of the page as it is shown, of `size` points."""
    resources = content.own_resources(page.obj)
    fonts = Dictionary(resources.get("/Font", Dictionary()))
    name = _FONT
    while name in fonts:
        name += "x"
    fonts[name] = font.object
    resources["/Font"] = fonts
    parts = [f"{' '.join(_number(v) for v in _shown(page.obj, size))} cm", "BT", f"{content.INVISIBLE} Tr"]
    turn = _turn(placed)
    for words in placed:
        parts += _line(words, turn, size[1], name, font)
    parts += ["ET", "Q"]
    before, after = content.balance(page)
    page.contents_add(Stream(pdf, b"q\n" * (1 + before)), prepend=True)
    page.contents_add(Stream(pdf, (" Q" * after + "\nQ q\n" + "\n".join(parts) + "\n").encode("ascii")))


def _shown(page: Any, size: tuple[float, float]) -> tuple[float, ...]:
    """The matrix from the page as it is shown (origin at its bottom left corner) to the space of its content."""
    turn, media, crop = 0, None, None
    holder = page
    for _ in range(50):
        if not turn and "/Rotate" in holder:
            turn = int(holder["/Rotate"]) % 360
        media = media or _rectangle(holder.get("/MediaBox"))
        crop = crop or _rectangle(holder.get("/CropBox"))
        if "/Parent" not in holder:
            break
        holder = holder["/Parent"]
    media = media or (0.0, 0.0, *size)
    crop = crop or media
    x0, y0, x1, y1 = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    if x1 - x0 < 1 or y1 - y0 < 1:
        x0, y0, x1, y1 = media
    return {90: (0, 1, -1, 0, x1, y0), 180: (-1, 0, 0, -1, x1, y1), 270: (0, -1, 1, 0, x0, y1)}.get(
        turn, (1, 0, 0, 1, x0, y0)
    )


def _rectangle(value: Any) -> tuple[float, float, float, float] | None:
    try:
        a, b, c, d = (float(v) for v in value)
    except (TypeError, ValueError):
        return None
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _turn(lines: Iterable[Words]) -> int:
    """Quarters, counter-clockwise, by which a page's text is turned: where its lines run from first to last word."""
    right = down = 0.0
    for words in lines:
        if len(words) > 1:
            (_, a), (_, b) = words[0], words[-1]
            right += b[0] + b[2] - a[0] - a[2]
            down += b[1] + b[3] - a[1] - a[3]
    if abs(right) >= abs(down):
        return 0 if right >= 0 else 2
    return 3 if down > 0 else 1


def _line(words: Words, turn: int, height: float, name: str, font: BlankFont) -> list[str]:
    """Operators that show the words of a line on one baseline, each as wide as its box, with the space behind it."""
    if not words:
        return []
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[turn]
    frames = []
    for text, (x0, top, x1, bottom) in words:
        corners = [(x * cos + y * sin, y * cos - x * sin) for x in (x0, x1) for y in (height - top, height - bottom)]
        us, vs = [c[0] for c in corners], [c[1] for c in corners]
        frames.append((text, min(us), min(vs), max(us), max(vs)))
    slope = _slope([((f[1] + f[3]) / 2, (f[2] + f[4]) / 2) for f in frames])
    tall = max(2.0, median(f[4] - f[2] for f in frames) - abs(slope) * median(f[3] - f[1] for f in frames))
    foot = median((f[2] + f[4]) / 2 - slope * (f[1] + f[3]) / 2 for f in frames) - 0.3 * tall
    size = round(tall, 2)
    parts = [f"{name} {_number(size)} Tf"]
    space = size * _ADVANCE / _EM
    for i, (text, u0, _, u1, _) in enumerate(frames):
        v = foot + slope * (u0 + u1) / 2
        matrix = (cos, sin, -sin, cos, u0 * cos - v * sin, u0 * sin + v * cos)
        if i + 1 < len(frames) and (before := frames[i + 1][1] - _GAP * size) > (u0 + u1) / 2:
            u1 = min(u1, before)
        wide, many = max(u1 - u0, 0.5), len(text)
        gap = frames[i + 1][1] - u1 if i + 1 < len(frames) else 0.0
        if 0 < gap < size:
            wide, many = wide + gap, many + 1
        parts.append(
            f"{' '.join(_number(m) for m in matrix)} Tm {_number(100 * wide / (many * space))} Tz "
            f"<{font.encode(text + ' ').hex()}> Tj"
        )
    return parts


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """How the line rises, the median over pairs of words that stand well apart; nothing for short lines."""
    if len(points) < 4 or abs(points[-1][0] - points[0][0]) < 100:
        return 0.0
    half = len(points) // 2
    rises = [(q[1] - p[1]) / (q[0] - p[0]) for p, q in zip(points, points[half:], strict=False) if q[0] - p[0] > 20]
    slope = median(rises) if rises else 0.0
    return slope if 0.003 < abs(slope) < 0.35 else 0.0


def _number(value: float) -> str:
    return "0" if abs(value) < 5e-5 else f"{value:.4f}".rstrip("0").rstrip(".")
