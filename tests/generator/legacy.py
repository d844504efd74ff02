"""Vietnamese character sets of the 1990s, for writing: which bytes show a letter.

Public facts, entered here apart from the decoder's tables in `models/` so that each checks the other: TCVN 5712
(VN3), VISCII (RFC 1456), VPS, Vietware, VNI-Windows, BKHCM2 and Windows-1258.
"""

import unicodedata
from collections.abc import Mapping

SMALL = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
"""The 67 small letters with marks, in the order of the tables below."""

_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"


def _table(letters: str, codes: str) -> dict[str, bytes]:
    """Letter -> one byte, from a string of hexadecimal codes in the order of the letters."""
    values = bytes.fromhex(codes)
    return {letter: values[i : i + 1] for i, letter in enumerate(letters)}


TCVN3 = _table(
    SMALL + "ĂÂÊÔƠƯĐ",
    "b5b8b6b7b9 a8bbbebcbdc6 a9c7cac8c9cb ae ccd0cecfd1 aad2d5d3d4d6 d7ddd8dcde"
    "dfe3e1e2e4 abe5e8e6e7e9 aceaedebecee eff3f1f2f4 adf5f8f6f7f9 fafdfbfcfe a1a2a3a4a5a6a7",
)
VISCII = _table(
    SMALL + SMALL.upper(),
    "e0e1e4e3d5e5a2a1c6c7a3e2a5a4a6e7a7f0e8e9eba8a9eaabaaacadaeecedefeeb8f2f3f6f5f7f4b0afb1b2b5bdb6beb7defef9fafcfbf8"
    "dfd7d1d8e6f1cffdd6dbdc"
    "c0c1c4c380c58281020583c28584860687d0c8c9cb8889ca8b8a8c8d8ecccd9bce98d2d399a09ad4908f919293b4969597b394d9da9c9d9e"
    "bfbbbabcffb99fdd14191e",
)
VPS = _table(
    SMALL + "ÁÂĂĐÉÊÔƠÚƯÝÀÃẤẦẨẮẰẲẴÈẺẼẾỀỂỄÍÌỈĨÓÒỎÕỐỒỔỖỚỜỞỠÙỦŨỨỪỬỲỶỸ",
    "e0e1e4e3e5 e6a2a1a3a4a5 e2c0c3c4c5c6 c7 e8e9c8ebcb ea8a898bcd8c ecedccefce f2f3d5f586 f4d2d3b087b6"
    "d6a9a7aaabae f9fafbdbf8 dcd8d9babbbf ff9a9bcf9c"
    "c1c288f1c9cad4f7dad0dd8082838485 8d8e8ff0 d7defe90939495 b4b5b7b8 b9bcbdbe 96979899 9d9e9fa6 a8d1ac adafb1 b2fdb3",
)
VIETWARE_F = _table(
    SMALL + "ĂÂĐÊÔƠƯ",
    "aac0b6bac1 9fc2c5c3c4c6 a1c7cac8c9cb a2 cccfcdced1 a3d2d5d3d4d6 d8dbd9dadc dfe2e0e1e3 a4e4e7e5e6e8"
    "a5e9eceaebed eef2eff1f3 a7f4f7f5f6f8 f9fcfafbff 96979899 9a9b9c",
)

SINGLE: Mapping[str, Mapping[str, bytes]] = {
    "tcvn3": TCVN3, "viscii": VISCII, "vps": VPS, "vietware-f": VIETWARE_F,
}  # fmt: skip


def _double(
    bases: Mapping[str, int], marks: Mapping[str, int], singles: Mapping[str, int], special: Mapping[str, str]
) -> dict[str, bytes]:
    """Letter -> base byte and mark byte, for small and capital letters (capitals lie 0x20 below).

    Args:
        bases: Letters that carry a mark of their own, with the byte of the base (``ơ``, or ``â`` where it is one byte).
        marks: Mark or marks -> the byte written after the base.
        singles: Letters that are one byte.
        special: Other letter -> two bytes as hexadecimal.
    """
    table: dict[str, bytes] = {}
    for letter in SMALL:
        if letter in special:
            table[letter] = bytes.fromhex(special[letter])
        elif letter in singles:
            table[letter] = bytes([singles[letter]])
        else:
            base, rest = _part(letter, bases)
            table[letter] = bytes([bases.get(base, ord(base)), *([marks[rest]] if rest else [])])
        table[letter.upper()] = bytes(b - 0x20 for b in table[letter])
    return table


def _part(letter: str, bases: Mapping[str, int]) -> tuple[str, str]:
    """The base that the character set writes as one byte, and the marks left to write."""
    parts = unicodedata.normalize("NFD", letter)
    for n in range(len(parts), 0, -1):
        base = unicodedata.normalize("NFC", parts[0] + "".join(p for p in parts[1:] if p in "\u0302\u0306\u031b"))
        if n > 1 and base in bases:
            return base, "".join(p for p in parts[1:] if p not in "\u0302\u0306\u031b")
    return parts[0], "".join(sorted(parts[1:], key=lambda p: p not in "\u0302\u0306"))


_VNI_MARKS = {
    _ACUTE: 0xF9, _GRAVE: 0xF8, _HOOK: 0xFB, _TILDE: 0xF5, _DOT: 0xEF,
    _CIRCUMFLEX: 0xE2, _CIRCUMFLEX + _ACUTE: 0xE1, _CIRCUMFLEX + _GRAVE: 0xE0, _CIRCUMFLEX + _HOOK: 0xE5,
    _CIRCUMFLEX + _TILDE: 0xE3, _CIRCUMFLEX + _DOT: 0xE4,
    _BREVE: 0xEA, _BREVE + _ACUTE: 0xE9, _BREVE + _GRAVE: 0xE8, _BREVE + _HOOK: 0xFA, _BREVE + _TILDE: 0xFC,
    _BREVE + _DOT: 0xEB,
}  # fmt: skip
VNI = _double(
    {"ơ": 0xF4, "ư": 0xF6},
    _VNI_MARKS,
    {"đ": 0xF1, "í": 0xED, "ì": 0xEC, "ỉ": 0xE6, "ĩ": 0xF3, "ị": 0xF2, "ỵ": 0xEE},
    {},
)


def _by_base(
    shape_bases: Mapping[str, int],
    plain: Mapping[str, int],
    hat: Mapping[str, int],
    bowl: Mapping[str, int],
    singles: Mapping[str, int],
    special: Mapping[str, str],
) -> dict[str, bytes]:
    """As `_double`, for sets whose tone bytes depend on the shape of the base (none, circumflex, breve)."""
    table: dict[str, bytes] = {}
    for letter in SMALL:
        base, tone = _part(letter, shape_bases)
        shape = unicodedata.normalize("NFD", base)[1:]
        tones = hat if shape == _CIRCUMFLEX else bowl if shape == _BREVE else plain
        if letter in special:
            table[letter] = bytes.fromhex(special[letter])
        elif letter in singles:
            table[letter] = bytes([singles[letter]])
        else:
            table[letter] = bytes([shape_bases.get(base, ord(base)), *([tones[tone]] if tone else [])])
        table[letter.upper()] = bytes(b - 0x20 for b in table[letter])
    return table


def _tones(codes: str) -> dict[str, int]:
    return dict(zip((_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), bytes.fromhex(codes), strict=True))


BKHCM2 = _by_base(
    {"â": 0xEA, "ă": 0xF9, "ê": 0xEF, "ô": 0xF6, "ơ": 0xFA, "ư": 0xFB},
    _tones("e1e2e3e4e5"), _tones("ebecedeee5"), _tones("e6e7e8e9e5"),
    {"đ": 0xE0, "í": 0xF1, "ì": 0xF2, "ỉ": 0xF3, "ĩ": 0xF4, "ị": 0xF5}, {},
)  # fmt: skip
VIETWARE_X = _by_base(
    {"â": 0xE1, "ă": 0xE0, "ê": 0xE3, "ô": 0xE4, "ơ": 0xE5, "ư": 0xE6},
    _tones("efecedeefb"), _tones("faf6f8f9fb"), _tones("f5f2f3f4fb"),
    {"đ": 0xE2, "í": 0xEA, "ì": 0xE7, "ỉ": 0xE8, "ĩ": 0xE9, "ị": 0xEB},
    {"ọ": "6ffc", "ộ": "e4fc", "ợ": "e5fc", "ỵ": "79f1"},
)  # fmt: skip


def _windows_1258() -> dict[str, bytes]:
    """Windows-1258 as the Vietnamese keyboard writes it: the base with its shape, then the tone."""
    table = {}
    for letter in SMALL + SMALL.upper():
        base, tone = _part(letter, dict.fromkeys("âăêôơưÂĂÊÔƠƯ", 0))
        table[letter] = (base + tone).encode("cp1258")
    return table


DOUBLE: Mapping[str, Mapping[str, bytes]] = {
    "vni": VNI, "bkhcm2": BKHCM2, "vietware-x": VIETWARE_X, "windows-1258": _windows_1258(),
}  # fmt: skip
