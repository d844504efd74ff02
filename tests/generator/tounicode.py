"""Damage to the ToUnicode maps of any healthy PDF; what is drawn and the font programs stay as they are."""

import io
from collections.abc import Callable
from random import Random

import pikepdf
import regex
from pikepdf import Name, Stream

from tests.generator.pdf import save, to_unicode

_BLOCK = regex.compile(rb"begin(bfchar|bfrange)(.*?)end\1", regex.DOTALL)
_HEX = regex.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")

Change = Callable[[dict[int, str], Random], dict[int, str] | None]


def read_map(data: bytes) -> tuple[dict[int, str], int]:
    """The entries of a ToUnicode map, and the number of hexadecimal digits of its codes.

    Raises:
        ValueError: The map has no entries.
    """
    found: dict[int, str] = {}
    digits = 0
    for kind, body in _BLOCK.findall(data):
        items = [m.group(1) if m.group(1) is not None else m.group() for m in _HEX.finditer(body)]
        i = 0
        while i + 1 < len(items):
            digits = digits or len(items[i])
            if kind == b"bfchar":
                found[int(items[i], 16)] = _text(items[i + 1])
                i += 2
            elif items[i + 2] == b"[":
                end = items.index(b"]", i)
                found |= {int(items[i], 16) + n: _text(x) for n, x in enumerate(items[i + 3 : end])}
                i = end + 1
            else:
                first, last, start = int(items[i], 16), int(items[i + 1], 16), _text(items[i + 2])
                found |= {c: start[:-1] + chr(ord(start[-1]) + c - first) for c in range(first, last + 1) if start}
                i += 3
    if not found:
        raise ValueError("the ToUnicode map has no entries")
    return found, digits


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", errors="replace")


def _chosen(entries: dict[int, str], rng: Random) -> list[int]:
    """Codes to damage: a third of the letters with marks, a tenth of the others."""
    marked = sorted(c for c, t in entries.items() if len(t) == 1 and t.isalpha() and ord(t) > 127)
    bare = sorted(c for c, t in entries.items() if len(t) == 1 and t.isalpha() and ord(t) < 128)
    return rng.sample(marked, (len(marked) + 2) // 3) + rng.sample(bare, len(bare) // 10)


def _to(value: str | None) -> Change:
    def change(entries: dict[int, str], rng: Random) -> dict[int, str]:
        for code in _chosen(entries, rng):
            if value is None:
                del entries[code]
            else:
                entries[code] = value
        return entries

    return change


def _private(entries: dict[int, str], rng: Random) -> dict[int, str]:
    return entries | {code: chr(0xE000 + n) for n, code in enumerate(_chosen(entries, rng), 0x41)}


def _shift(entries: dict[int, str], rng: Random) -> dict[int, str]:
    return {c: chr(max(0x20, ord(t) - 29)) if len(t) == 1 else t for c, t in entries.items()}


def _permute(entries: dict[int, str], rng: Random) -> dict[int, str]:
    for test in (str.islower, str.isupper):
        codes = sorted(c for c, t in entries.items() if len(t) == 1 and test(t))
        mixed = rng.sample([entries[c] for c in codes], len(codes))
        entries |= dict(zip(codes, mixed, strict=True))
    return entries


def _replace(pairs: dict[str, str]) -> Change:
    return lambda entries, rng: {c: pairs.get(t, t) for c, t in entries.items()}


def _drop(entries: dict[int, str], rng: Random) -> None:
    return None


CHANGES: dict[str, Change] = {
    "missing": _to(None),
    "space": _to(" "),
    "fffd": _to("\ufffd"),
    "nul": _to("\0"),
    "empty": _to(""),
    "private": _private,
    "no-map": _drop,
    "shifted": _shift,
    "permuted": _permute,
    "u01a3": _replace({"ư": "ƣ", "Ư": "Ƣ"}),
    "eth": _replace({"đ": "ð", "Đ": "Ð"}),
}


def damage(pdf: bytes, change: str, seed: int = 0) -> bytes:
    """The PDF with every ToUnicode map changed in one way of `CHANGES`; the same seed gives the same bytes."""
    document = pikepdf.open(io.BytesIO(pdf))
    rng = Random(f"{change}:{seed}")
    for item in list(document.objects):
        if not isinstance(item, pikepdf.Dictionary) or item.get("/Type") != Name.Font or "/ToUnicode" not in item:
            continue
        try:
            entries, digits = read_map(item.ToUnicode.read_bytes())
        except (ValueError, IndexError):
            continue
        changed = CHANGES[change](dict(entries), rng)
        if changed is None:
            del item["/ToUnicode"]
        else:
            item.ToUnicode = Stream(document, to_unicode(changed, digits))
    document.remove_unreferenced_resources()
    return save(document)
