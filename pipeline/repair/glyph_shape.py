"""The outline memory: which letter an outline draws, learned from healthy fonts; only measures are kept, no outline.

`models/outlines.npz` holds the measures of each glyph and of its contours (built by `models/build/outlines.py`). A
glyph answers where all its contours lie within two thousandths of the em of a known letter's, so that rounding, the
kind of curve and the scale of the font do not matter; a scale other than 1 must be that of most of the font's glyphs.
"""

import functools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline import knowledge, vietnamese
from pipeline.repair.outline import COLUMNS, Form, alike

GLYPH = np.dtype(
    [("aspect", "<f4"), ("advance", "<f4"), ("whole", "<i2", COLUMNS), ("letter", "<u4"), ("first", "<u4")]
)
_STEP = 10
"""Kept measures are tenths of a thousandth of the em."""
_WINDOW = 0.04
_FAR = 4.0
_ADVANCE = 12.0
_SCALES = 0.012
"""How far the scales of one font's glyphs may lie apart, as a share."""


class Match(NamedTuple):
    """A known letter that a glyph looks like, and how many times as large the glyph is."""

    letter: str
    scale: float


@dataclass(frozen=True)
class Shapes:
    """Known glyphs, sorted by aspect, with the contours of each from ``first`` on."""

    glyphs: npt.NDArray[np.void]
    contours: npt.NDArray[np.int16]
    streams: Mapping[bytes, str] = field(default_factory=dict)

    def near(self, form: Form) -> list[Match]:
        """All known letters that a glyph looks like, at any scale."""
        if form.stream:
            return [Match(self.streams[form.stream], 1.0)] if form.stream in self.streams else []
        whole = form.whole
        if whole is None or not len(self.glyphs):
            return []
        aspect = math.log(whole[6] / whole[7])
        low, high = np.searchsorted(self.glyphs["aspect"], (aspect - _WINDOW, aspect + _WINDOW))
        part = self.glyphs[low:high]
        known = part["whole"].astype(np.float64) / _STEP
        scales = whole[8] / np.abs(known[:, 8])
        away = np.abs(whole[None, :8] / scales[:, None] - known[:, :8]).max(axis=1)
        off = np.abs(form.advance / scales - part["advance"])
        found = []
        for index in np.flatnonzero((away < _FAR) & (off < _ADVANCE)):
            contours = self._contours(int(low + index))
            scale = float(scales[index])
            scale = 1.0 if abs(scale - 1) < _SCALES else scale
            if alike(form.contours, contours, scale):
                found.append(Match(chr(int(part["letter"][index])), scale))
        return found

    def _contours(self, index: int) -> npt.NDArray[np.float64]:
        first = int(self.glyphs["first"][index])
        count = int(self.contours[first, COLUMNS])
        return self.contours[first : first + count, :COLUMNS].astype(np.float64) / _STEP


def learned(pairs: Iterable[tuple[Form, str]]) -> Shapes:
    """The shapes of known letters, each once."""
    rows: dict[tuple[bytes, str], tuple[Form, npt.NDArray[np.int16]]] = {}
    streams: dict[bytes, set[str]] = {}
    for form, letter in pairs:
        if len(letter) != 1:
            continue
        if form.stream:
            streams.setdefault(form.stream, set()).add(letter)
        elif form.whole is not None and np.abs(form.contours).max() < 32767 / _STEP:
            contours = np.rint(form.contours * _STEP).astype(np.int16)
            coarse = np.rint(contours / (2 * _STEP)).astype(np.int16)
            rows.setdefault((coarse.tobytes(), letter), (form, contours))
    glyphs, rows_of = [], [np.zeros((0, COLUMNS + 1), np.int16)]
    at = 0
    for (_, letter), (form, found) in sorted(rows.items(), key=lambda item: item[0]):
        whole = form.whole
        assert whole is not None
        aspect = math.log(whole[6] / whole[7])
        glyphs.append((aspect, form.advance, np.rint(whole * _STEP), ord(letter), at))
        rows_of.append(np.hstack([found, np.full((len(found), 1), len(found), np.int16)]))
        at += len(found)
    table = np.array(glyphs, dtype=GLYPH)
    table = table[np.argsort(table["aspect"], kind="stable")]
    return Shapes(table, np.vstack(rows_of), {s: min(c) for s, c in streams.items() if len(c) == 1})


def save(shapes: Shapes, path: Path) -> None:
    """Write the glyphs and contours of shapes; the same shapes give the same bytes."""
    np.savez_compressed(path, glyphs=shapes.glyphs, contours=shapes.contours)


@functools.cache
def memory() -> Shapes:
    """The shapes that ship with the project; none where the file is missing."""
    path = knowledge.path("outlines.npz")
    if not path.exists():
        return learned(())
    with np.load(path, allow_pickle=False) as file:
        return Shapes(file["glyphs"], file["contours"])


def letters(shapes: Shapes, forms: Mapping[int, Form]) -> dict[int, str]:
    """Code -> letter, for those glyphs of one font that look like one known letter at the font's scale."""
    matches = {code: shapes.near(form) for code, form in forms.items() if form.ink}
    scale = _scale(matches)
    found = {}
    for code, near in matches.items():
        fitting = {m.letter for m in near if abs(m.scale / scale - 1) < 2 * _SCALES}
        if letter := one_of(fitting):
            found[code] = letter
    return found


def _scale(matches: Mapping[int, list[Match]]) -> float:
    """The scale of most glyphs: 1 unless at least five glyphs, and half of those that look like any, have another."""
    matched = [{m.scale for m in near} for near in matches.values() if near]
    votes = Counter(step for scales in matched for step in {round(math.log(scale) / _SCALES) for scale in scales})
    if not votes:
        return 1.0
    best = max(votes, key=lambda v: (votes[v - 1] + votes[v] + votes[v + 1], -abs(v), v))
    around = [s for scales in matched for s in scales if abs(math.log(s) / _SCALES - best) < 1.5]
    return float(np.median(around)) if len(around) >= max(5, len(matched) / 2) else 1.0


def one_of(letters: Iterable[str]) -> str | None:
    r"""The one Vietnamese or ASCII letter among letters that look the same; None where there are several.

    >>> one_of({"A", "\u0391"}), one_of({"Ð", "Đ"}), one_of({"I", "l"})
    ('A', 'Đ', None)
    """
    found = set(letters)
    close = {c for c in found if c.isascii() or c in vietnamese.letters()} or found
    return close.pop() if len(close) == 1 else None
