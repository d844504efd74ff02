"""Writing the PDF: font objects with the codes, maps and programs a scheme wants, and the page contents."""

import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from tests.generator.fonts import Face, bounds, face, glyph_name, path_operators, program
from tests.generator.pages import HEIGHT, WIDTH, PlacedLine


@dataclass(frozen=True, slots=True)
class Unit:
    """One glyph to show: what it draws, the letters it stands for, and the font it is shown with.

    ``variant`` tells the fonts of one style apart; ``code`` is the character code where the character set fixes it;
    ``pull`` moves the glyph (em/1000) without moving what follows; ``advance`` replaces the glyph's own.
    """

    draw: str
    shows: str
    style: str
    variant: str = ""
    code: int | None = None
    pull: float = 0.0
    advance: float | None = None


Claim = Callable[[Unit], str | None]


@dataclass(frozen=True, slots=True)
class FontPlan:
    """What one font object is like.

    ``kind`` is ``type0``, ``truetype``, ``type1c`` or ``type3``; ``claim`` gives the ToUnicode entry of a unit (None:
    the entry is missing) and is None where the font has no map; ``coding`` is ``glyph`` (code = glyph number),
    ``permuted``, ``original`` (glyph number of the whole font), ``free`` (simple fonts: next free code) or ``fixed``.
    """

    kind: str = "type0"
    claim: Claim | None = lambda unit: unit.shows
    coding: str = "glyph"
    encoding: str | None = None
    cmap: str = "unicode"
    names: bool = False
    name: str | None = None


@dataclass
class _FontObject:
    plan: FontPlan
    source: Face
    resource: str
    codes: dict[tuple[str, str, int | None], int] = field(default_factory=dict)
    units: dict[int, Unit] = field(default_factory=dict)

    def code(self, unit: Unit, order: Sequence[int]) -> int:
        key = (unit.draw, unit.shows, unit.code)
        if key not in self.codes:
            coding = self.plan.coding
            n = len(self.codes)
            if coding == "fixed":
                assert unit.code is not None
                code = unit.code
            elif coding == "original":
                code = self.source.original_gid(unit.draw)
            elif coding == "permuted":
                code = order[n]
            elif coding == "free":
                code = 0x21 + n + (n >= 0x5E) * 0x22
            else:
                code = n + 1
            self.codes[key] = code
            self.units[code] = unit
        return self.codes[key]

    def lies(self, unit: Unit) -> bool:
        """Whether the text layer shows another letter for a glyph than it draws."""
        plan = self.plan
        if plan.claim is not None:
            shown = plan.claim(unit)
        elif plan.encoding == "WinAnsiEncoding" and unit.code is not None:
            shown = chr(_ansi(unit.code))
        else:
            shown = unit.shows if plan.names and plan.kind == "type1c" else None
        return shown is None or unicodedata.normalize("NFC", shown) != unit.shows

    @property
    def full(self) -> bool:
        return self.plan.coding == "free" and len(self.codes) >= 180


@dataclass
class Writer:
    """Collects units line by line, gives them codes, and writes the file.

    Args:
        family: Family of fonts to draw with.
        plan: Style and variant -> font plan.
        rng: The only source of chance.
    """

    family: str
    plan: Callable[[str, str], FontPlan]
    rng: Random
    _fonts: dict[tuple[str, str, int], _FontObject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._order = list(range(3, 1200))
        self.rng.shuffle(self._order)
        self.pdf = pikepdf.new()
        self._pages: list[tuple[bytes, list[tuple[bytes, int, int]]]] = []

    def _font(self, unit: Unit) -> _FontObject:
        n = 0
        while True:
            key = (unit.style, unit.variant, n)
            if key not in self._fonts:
                plan = self.plan(unit.style, unit.variant)
                self._fonts[key] = _FontObject(plan, face(self.family, unit.style), f"F{len(self._fonts) + 1}")
            found = self._fonts[key]
            if not found.full or (unit.draw, unit.shows, unit.code) in found.codes:
                return found
            n += 1

    def line(self, placed: PlacedLine, units: Iterable[Unit], *, dx: float = 0.0, hidden: bool = False) -> bytes:
        """The operators that show the units from the line's start."""
        size, parts, current, pen, at = placed.size, [], None, 0.0, 0.0
        parts.append(f"BT {'3 Tr ' if hidden else ''}1 0 0 1 {placed.x + dx:.2f} {placed.y:.2f} Tm".encode())
        run: list[str] = []

        def flush() -> None:
            if run:
                parts.append(("[" + "".join(run) + "] TJ").encode())
                run.clear()

        for unit in units:
            font = self._font(unit)
            code = font.code(unit, self._order)
            if font is not current:
                flush()
                parts.append(f"/{font.resource} {size:.2f} Tf".encode())
                current = font
            natural = font.source.width(unit.draw) * 1000 / font.source.upem
            want = at + unit.pull
            if abs(want - pen) > 0.4:
                run.append(f" {pen - want:.1f} ")
                pen = want
            run.append(f"<{code:04x}>" if font.plan.kind == "type0" else f"<{code:02x}>")
            pen += natural
            at += natural if unit.advance is None else unit.advance
        flush()
        parts.append(b"ET")
        return b"\n".join(parts)

    def page(self, contents: Sequence[bytes], images: Sequence[tuple[bytes, int, int]] = ()) -> None:
        """A page of contents over full-page JPEG images."""
        self._pages.append((b"\n".join(contents), list(images)))

    def damaged_fonts(self) -> frozenset[str]:
        """The resource names of the fonts that claim another letter than they show, for at least one code."""
        return frozenset(f.resource for f in self._fonts.values() if any(map(f.lies, f.units.values())))

    def finish(self, creator: str = "Test generator") -> bytes:
        """The file's bytes: no clock, no random identifier."""
        fonts = Dictionary({f"/{f.resource}": _embed(self.pdf, f) for f in self._fonts.values()})
        shared = self.pdf.make_indirect(fonts)
        for contents, images in self._pages:
            resources = Dictionary(Font=shared)
            if images:
                resources.XObject = Dictionary()
            head = b""
            for n, (data, w, h) in enumerate(images):
                image = Stream(
                    self.pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=w, Height=h, BitsPerComponent=8,
                    ColorSpace=Name.DeviceGray, Filter=Name.DCTDecode,
                )  # fmt: skip
                resources.XObject[f"/Im{n}"] = image
                head += f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /Im{n} Do Q\n".encode()
            page = Dictionary(
                Type=Name.Page, MediaBox=[0, 0, WIDTH, HEIGHT], Resources=resources,
                Contents=Stream(self.pdf, head + contents),
            )  # fmt: skip
            self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(page)))
        return save(self.pdf, creator)


def save(pdf: pikepdf.Pdf, creator: str | None = None) -> bytes:
    """A document's bytes, the same on every run."""
    if creator is not None:
        pdf.docinfo["/Creator"] = creator
        pdf.docinfo["/CreationDate"] = "D:20230601000000Z"
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def to_unicode(claims: dict[int, str], digits: int) -> bytes:
    """A ToUnicode map as a stream's bytes."""
    lines = ["/CIDInit /ProcSet findresource begin 12 dict begin begincmap", "/CMapType 2 def"]
    lines += ["1 begincodespacerange", f"<{'0' * digits}> <{'F' * digits}>", "endcodespacerange"]
    entries = sorted(claims.items())
    for start in range(0, len(entries), 100):
        block = entries[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:0{digits}X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in block]
        lines.append("endbfchar")
    lines.append("endcmap end end")
    return "\n".join(lines).encode()


def _claims(font: _FontObject) -> dict[int, str] | None:
    claim = font.plan.claim
    if claim is None:
        return None
    found = {code: claim(unit) for code, unit in font.units.items()}
    return {code: text for code, text in found.items() if text is not None}


def _embed(pdf: pikepdf.Pdf, font: _FontObject) -> pikepdf.Object:
    plan, source = font.plan, font.source
    units = sorted(font.units.items())
    drawings = list(dict.fromkeys(u.draw for u in font.units.values()))
    glyph = {d: n + 1 for n, d in enumerate(drawings)}
    scale = 1000 / source.upem
    name = f"ABCDE{chr(64 + int(font.resource[1:]))}+" + (plan.name or _base_name(source))
    claims = _claims(font)
    digits = 4 if plan.kind == "type0" else 2
    extra: dict[str, Any] = {} if claims is None else {"ToUnicode": Stream(pdf, to_unicode(claims, digits))}
    if plan.kind == "type3":
        return _type3(pdf, font, extra)
    descriptor = _descriptor(pdf, font, drawings, glyph, name)
    if plan.kind == "type0":
        widths = Array()
        for code, unit in units:
            widths.append(code)
            widths.append(Array([round(source.width(unit.draw) * scale)]))
        cid_map: pikepdf.Object = Name.Identity
        if any(code != glyph[u.draw] for code, u in units):
            table = bytearray(2 * (units[-1][0] + 1))
            for code, unit in units:
                table[2 * code : 2 * code + 2] = glyph[unit.draw].to_bytes(2, "big")
            cid_map = Stream(pdf, bytes(table))
        descendant = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name("/" + name), FontDescriptor=descriptor,
            CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0), DW=1000, W=widths,
            CIDToGIDMap=cid_map,
        )  # fmt: skip
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/" + name), Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(descendant)]), **extra,
            )
        )  # fmt: skip
    first, last = units[0][0], units[-1][0]
    widths = Array(
        [round(source.width(font.units[c].draw) * scale) if c in font.units else 0 for c in range(first, last + 1)]
    )
    simple = Dictionary(
        Type=Name.Font, Subtype=Name.Type1 if plan.kind == "type1c" else Name.TrueType, BaseFont=Name("/" + name),
        FirstChar=first, LastChar=last, Widths=widths, FontDescriptor=descriptor, **extra,
    )  # fmt: skip
    if plan.kind == "type1c":
        differences = Array()
        for code, unit in units:
            differences.append(code)
            differences.append(Name("/" + (glyph_name(unit.draw) if plan.names else f"g{glyph[unit.draw]:05d}")))
        simple.Encoding = Dictionary(Type=Name.Encoding, Differences=differences)
    elif plan.encoding:
        simple.Encoding = _encoding(plan.encoding, [code for code, _ in units])
    return pdf.make_indirect(simple)


def _encoding(base: str, codes: Sequence[int]) -> pikepdf.Object:
    """The base encoding, with names for the codes that it gives no letter of their own (controls, 0xA0, 0xAD)."""
    blank = [c for c in codes if c < 0x20 or c in (0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xA0, 0xAD)]
    if not blank:
        return Name("/" + base)
    differences = Array()
    for code in blank:
        differences.append(code)
        differences.append(Name("/sfthyphen" if code == 0xAD else f"/uni{code:04X}"))
    return Dictionary(Type=Name.Encoding, BaseEncoding=Name("/" + base), Differences=differences)


def _base_name(source: Face) -> str:
    suffix = {"regular": "PSMT", "bold": "PS-BoldMT", "italic": "PS-ItalicMT"}[source.style]
    return source.shown_as + suffix


def _descriptor(
    pdf: pikepdf.Pdf, font: _FontObject, drawings: list[str], glyph: dict[str, int], name: str
) -> pikepdf.Object:
    plan, source = font.plan, font.source
    symbolic = plan.encoding is None and plan.kind != "type0"
    cmap: dict[int, int] | None = None
    if plan.cmap == "unicode":
        cmap = {ord(d): g for d, g in glyph.items() if len(d) == 1}
    elif plan.cmap == "codes":
        codes = font.units.items()
        cmap = {0xF000 + c if symbolic else _ansi(c): glyph[u.draw] for c, u in codes}
    names = [glyph_name(d) for d in drawings] if plan.names else None
    data = program(
        source, drawings, cmap=cmap, symbol=symbolic and plan.cmap == "codes", names=names, cff=plan.kind == "type1c"
    )
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name("/" + name), Flags=4 if symbolic else 32,
        FontBBox=[-568, -307, 2000, 1007], ItalicAngle=-12 if source.style == "italic" else 0,
        Ascent=891, Descent=-216, CapHeight=662, StemV=136 if source.style == "bold" else 80,
    )  # fmt: skip
    if plan.kind == "type1c":
        descriptor.FontFile3 = Stream(pdf, data, Subtype=Name.Type1C)
    else:
        descriptor.FontFile2 = Stream(pdf, data, Length1=len(data))
    return pdf.make_indirect(descriptor)


def _ansi(code: int) -> int:
    try:
        return ord(bytes([code]).decode("cp1252"))
    except UnicodeDecodeError:
        return code


def _type3(pdf: pikepdf.Pdf, font: _FontObject, extra: dict[str, Any]) -> pikepdf.Object:
    source, units = font.source, sorted(font.units.items())
    procs, differences = Dictionary(), Array()
    for code, unit in units:
        outline = source.outline(unit.draw)
        x0, y0, x1, y1 = (round(v) for v in bounds(outline))
        head = f"{source.width(unit.draw)} 0 {x0} {y0} {x1} {y1} d1 ".encode()
        procs[f"/c{code}"] = Stream(pdf, head + path_operators(outline) + b" f")
        differences.append(code)
        differences.append(Name(f"/c{code}"))
    first, last = units[0][0], units[-1][0]
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=[-1000, -700, 4000, 2200], CharProcs=procs,
            FontMatrix=[1 / source.upem, 0, 0, 1 / source.upem, 0, 0], FirstChar=first, LastChar=last,
            Widths=[source.width(font.units[c].draw) if c in font.units else 0 for c in range(first, last + 1)],
            Encoding=Dictionary(Type=Name.Encoding, Differences=differences), Resources=Dictionary(), **extra,
        )
    )  # fmt: skip
