"""Fonts of private signs (Symbol, Wingdings): the signs that are known, and bullets, which open lines."""

from pipeline.document import Cause, RepairMethod
from pipeline.repair.reading import Reading
from pipeline.repair.usage import Usage

_SIGNS = {
    "\uf0b7": "•",
    "\uf0a7": "▪",
    "\uf0d8": "➢",
    "\uf0fc": "✓",
    "\uf02d": "-",
    "\uf0a8": "◻",
    "\uf06f": "□",
    "\uf076": "❖",
    "\uf0e0": "→",
    "\uf0a3": "≤",
    "\uf0b3": "≥",
    "\uf0b4": "×",
    "\uf0b0": "°",
}


def read(usage: Usage) -> dict[int, Reading | None]:
    """A font of private signs: bullets that open lines, known signs of Symbol and Wingdings; others stay."""
    found: dict[int, Reading | None] = {}
    for (code, shown), count in usage.shown.items():
        sign = _SIGNS.get(shown)
        if sign is None and not shown.isspace() and count > 1 and usage.opens[code] == count:
            sign = "•"
        if sign is not None:
            found[code] = Reading(sign, Cause.MISSING_CHARACTER_MAP, RepairMethod.LAYOUT, 0.95)
    return found
