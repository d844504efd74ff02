"""Fonts of a PDF: everything that can tell which letter a code shows, read from the font objects."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import regex
from pdfminer.latin_enc import ENCODING
from pdfminer.pdffont import PDFFont
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import PSLiteral

from pipeline.document import Font

_SUBSET = regex.compile(r"^[A-Z]{6}\+")
_COLUMNS = {"StandardEncoding": 1, "MacRomanEncoding": 2, "WinAnsiEncoding": 3, "PDFDocEncoding": 4}
_SYMBOLIC, _ITALIC, _FORCE_BOLD = 1 << 2, 1 << 6, 1 << 18


def direct_key(spec: Any) -> str:
    """A stable key for a font that is written in place and has no object number."""
    return "direct-" + hashlib.sha256(repr(spec).encode("utf-8", "replace")).hexdigest()[:12]


def is_bold(name: str) -> bool:
    """Whether a BaseFont names a bold face."""
    return regex.search(r"(?i)bold|black|heavy|demi|[,-]B[DI]?\b", name) is not None


def is_italic(name: str) -> bool:
    """Whether a BaseFont names an italic face."""
    return regex.search(r"(?i)ital|obli|[,-]B?I\b", name) is not None


def face(spec: Any, font: PDFFont) -> tuple[bool, bool]:
    """Whether a font is bold and whether it is italic, by its name and its descriptor."""
    name = base_name(spec.get("BaseFont")) if isinstance(spec, Mapping) else ""
    weight = resolve1(font.descriptor.get("FontWeight"))
    heavy = bool(font.flags & _FORCE_BOLD) or (isinstance(weight, (int, float)) and weight >= 700)
    return is_bold(name) or heavy, is_italic(name) or bool(font.flags & _ITALIC)


def base_name(name: Any) -> str:
    """BaseFont as text, without the subset prefix."""
    return str(_SUBSET.sub("", _text(name)))


def read(key: str, spec: Any, font: PDFFont, used: Iterable[int]) -> Font:
    """The font object as `repair` needs it; widths for declared and used codes, in thousandths of the em."""
    spec = spec if isinstance(spec, Mapping) else {}
    subtype = _text(spec.get("Subtype")) or "Type1"
    inner = _descendant(spec) if subtype == "Type0" else spec
    descriptor = _mapping(inner.get("FontDescriptor"))
    flags = resolve1(descriptor.get("Flags"))
    symbolic = bool(flags & _SYMBOLIC) if isinstance(flags, int) else False
    program, kind = _program(descriptor, subtype)
    encoding: dict[int, str] = {}
    base = None
    if subtype != "Type0":
        encoding, base = _encoding(resolve1(spec.get("Encoding")), symbolic, program is not None)
    to_unicode = None
    if resolve1(spec.get("ToUnicode")) is not None:
        to_unicode = dict(getattr(getattr(font, "unicode_map", None), "cid2unichr", None) or {})
    cid_to_gid = resolve1(inner.get("CIDToGIDMap")) if subtype == "Type0" else None
    return Font(
        key=key,
        name=base_name(spec.get("BaseFont") or descriptor.get("FontName") or spec.get("Name") or ""),
        subtype=subtype,
        to_unicode=to_unicode,
        encoding=encoding,
        widths=_widths(font, used),
        program=program,
        program_kind=kind,
        cid_to_gid=_bytes(cid_to_gid),
        charprocs=_charprocs(spec, encoding) if subtype == "Type3" else {},
        symbolic=symbolic,
        base_encoding=base,
    )


def _text(value: Any) -> str:
    value = resolve1(value)
    if isinstance(value, PSLiteral):
        value = value.name
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    value = resolve1(value)
    return value if isinstance(value, Mapping) else {}


def _descendant(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = resolve1(spec.get("DescendantFonts"))
    return _mapping(inner[0]) if isinstance(inner, list) and inner else {}


def _bytes(value: Any) -> bytes | None:
    """A stream's decoded bytes, None when it is no stream or cannot be decoded."""
    value = resolve1(value)
    if not isinstance(value, PDFStream):
        return None
    try:
        return bytes(value.get_data())
    except Exception:
        return None


def _program(descriptor: Mapping[str, Any], subtype: str) -> tuple[bytes | None, str | None]:
    for name, kind in (("FontFile2", "truetype"), ("FontFile", "type1"), ("FontFile3", "cff")):
        if name in descriptor:
            program = _bytes(descriptor[name])
            if not program:
                continue
            if name == "FontFile3" and (program[:4] == b"OTTO" or program[:4] == b"\x00\x01\x00\x00"):
                kind = "opentype"
            return program, kind
    return None, None


def _encoding(value: Any, symbolic: bool, embedded: bool) -> tuple[dict[int, str], str | None]:
    """Code -> glyph name, and the name of the base encoding (None: the font's own)."""
    base: str | None
    differences: list[Any] = []
    if isinstance(value, Mapping):
        base = _text(value.get("BaseEncoding")) or None
        found = resolve1(value.get("Differences"))
        differences = found if isinstance(found, list) else []
        if base is None and not symbolic and not embedded:
            base = "StandardEncoding"
    else:
        base = _text(value) or None
    names: dict[int, str] = {}
    column = _COLUMNS.get(base or "")
    if column is not None:
        for row in ENCODING:
            code = row[column]
            if code is not None:
                names[code] = row[0]
    code = 0
    for item in differences:
        item = resolve1(item)
        if isinstance(item, (int, float)):
            code = int(item)
        elif isinstance(item, PSLiteral):
            names[code] = _text(item)
            code += 1
    return names, base


def _widths(font: PDFFont, used: Iterable[int]) -> dict[int, float]:
    widths = {}
    codes = {code for code in font.widths if isinstance(code, int)} | set(used)
    for code in sorted(codes):
        try:
            widths[code] = round(float(font.char_width(code)) * 1000, 3)
        except (TypeError, ValueError, KeyError):
            continue
    return widths


def _charprocs(spec: Mapping[str, Any], encoding: Mapping[int, str]) -> dict[int, bytes]:
    procedures = _mapping(spec.get("CharProcs"))
    found = {}
    for code, name in encoding.items():
        program = _bytes(procedures.get(name))
        if program is not None:
            found[code] = program
    return found
