"""A glyph's outline in numbers that survive rewriting: for each contour its box, centre, spreads and area.

One letter of one face is written as quadratic or cubic curves, rounded to 1000 or 2048 units, started at another point,
or scaled as a whole; these numbers then stay within a unit or two of 1/1000 em, the unit of all lengths here.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import regex
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.momentsPen import MomentsPen

_NUMBER = regex.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)")
_PATH = {b"m": "moveTo", b"l": "lineTo", b"c": "curveTo"}

Point = tuple[float, float]
Operation = tuple[str, Sequence[Point | None]]
Rows = npt.NDArray[np.float64]

COLUMNS = 10
"""Left, bottom, right, top, centre x, centre y, spread x, spread y, signed root of the area, slant (-100 to 100)."""
_LEFT, _BOTTOM, _RIGHT, _TOP, _X, _Y, _WIDE, _HIGH, _ROOT, _SLANT = range(COLUMNS)


@dataclass(frozen=True)
class Form:
    """One glyph. ``ink`` says whether it paints; ``stream`` tells glyphs that are no outline (images) apart."""

    ink: bool
    advance: float = 0.0
    moments: tuple[tuple[float, ...], ...] = ()
    """For each contour its box, then area and moments x, y, xx, xy, yy about the origin."""
    stream: bytes = b""

    @cached_property
    def contours(self) -> Rows:
        """One row of `COLUMNS` a contour, the largest first; empty for a glyph that is no outline."""
        found = [row for m in self.moments if (row := _row(m[:4], m[4:])) is not None]
        found.sort(key=lambda row: (-abs(row[_ROOT]), row))
        return np.array(found).reshape(-1, COLUMNS)

    @cached_property
    def whole(self) -> Rows | None:
        """The same numbers for all contours together; None where they enclose nothing."""
        if not self.moments:
            return None
        box = [f(m[i] for m in self.moments) for i, f in enumerate((min, min, max, max))]
        row = _row(box, [sum(m[i] for m in self.moments) for i in range(4, 10)])
        return None if row is None else np.array(row)

    @property
    def shape(self) -> str:
        """A name of what is drawn, 16 hexadecimal digits, the same for the same glyph; empty without any ink."""
        coarse = (np.rint(self.contours / 2).astype(int).tolist(), round(self.advance)) if self.moments else self.stream
        return hashlib.blake2b(repr(coarse).encode(), digest_size=8).hexdigest() if coarse else ""


BLANK = Form(False)


def _row(box: Sequence[float], moments: Sequence[float]) -> tuple[float, ...] | None:
    area, x, y, xx, xy, yy = moments
    if abs(area) < 1:
        return None
    x, y = x / area, y / area
    xx, xy, yy = xx / area - x * x, xy / area - x * y, yy / area - y * y
    if xx <= 0 or yy <= 0:
        return None
    wide, high = math.sqrt(xx), math.sqrt(yy)
    return (*box, x, y, wide, high, math.copysign(math.sqrt(abs(area)), area), 100 * xy / (wide * high))


def form(drawing: Sequence[Operation], advance: float, scale: float) -> Form:
    """The form of pen operations in font units; ``scale`` makes thousandths of the em of them."""
    moments = [found for part in _parts(drawing) if (found := _moments(part, scale)) is not None]
    if sum(m[4] for m in moments) < 0:
        moments = [(*m[:4], *(-v for v in m[4:])) for m in moments]
    return Form(bool(moments), advance * scale, tuple(moments))


def _parts(drawing: Sequence[Operation]) -> Iterator[list[Operation]]:
    part: list[Operation] = []
    for operation in drawing:
        name, points = operation
        if part and (name == "moveTo" or (name == "qCurveTo" and points and points[-1] is None)):
            yield part
            part = []
        if name not in ("closePath", "endPath"):
            part.append(operation)
    if part:
        yield part


def _moments(part: Sequence[Operation], scale: float) -> tuple[float, ...] | None:
    """Box, area and moments of one contour in thousandths of the em; None where nothing is enclosed."""
    moments, bounds = MomentsPen(None), BoundsPen(None)
    for pen in (moments, bounds):
        for name, points in part:
            getattr(pen, name)(*points)
        pen.closePath()
    box = bounds.bounds
    if box is None or box[0] == box[2] or box[1] == box[3]:
        return None
    first = [v * scale**3 for v in (moments.momentX, moments.momentY)]
    second = [v * scale**4 for v in (moments.momentXX, moments.momentXY, moments.momentYY)]
    return (*(side * scale for side in box), moments.area * scale**2, *first, *second)


def of_stream(stream: bytes, width: float | None) -> Form:
    """The form of a Type3 content stream; ``width`` is the advance that the PDF gives it, in thousandths of the em.

    A stream of anything but path operators is told apart by its bytes alone.
    """
    drawing, advance = _path(stream)
    if not drawing:
        return Form(True, width or 0.0, (), b" ".join(stream.split()))
    return form(drawing, advance, width / advance if width and advance else 1.0)


def _path(stream: bytes) -> tuple[list[Operation], float]:
    """The path of a stream of plain path operators, and its advance; empty for anything else."""
    drawing: list[Operation] = []
    stack: list[float] = []
    width = 0.0
    for token in stream.split():
        if _NUMBER.fullmatch(token):
            stack.append(float(token))
            continue
        points = list(zip(stack[::2], stack[1::2], strict=False))
        if token in (b"d0", b"d1"):
            width = stack[0] if stack else 0.0
        elif token == b"re" and len(stack) == 4:
            x, y, w, h = stack
            corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
            drawing += [("moveTo", corners[:1]), *(("lineTo", [corner]) for corner in corners[1:])]
        elif token in _PATH and len(points) == (3 if token == b"c" else 1) and (drawing or token == b"m"):
            drawing.append((_PATH[token], points))
        elif token not in (b"h", b"f", b"f*", b"q", b"Q"):
            return [], 0.0
        stack.clear()
    return drawing, width


def alike(one: Rows, other: Rows, scale: float = 1.0, tolerance: float = 2.0) -> bool:
    """Whether two glyphs have the same contours at the same places, ``one`` being ``scale`` times as large."""
    return len(one) == len(other) and rest(one, other, scale, tolerance) is not None


def rest(whole: Rows, part: Rows, scale: float = 1.0, tolerance: float = 2.0) -> list[int] | None:
    """The contours of ``whole`` (their rows) that ``part`` has not; None where some of ``part`` is not in ``whole``."""
    left = list(range(len(whole)))
    for row in part:
        found = next((i for i in left if _near(whole[i], row, scale, tolerance)), None)
        if found is None:
            return None
        left.remove(found)
    return left


def _near(one: Rows, other: Rows, scale: float, tolerance: float) -> bool:
    away = np.abs(one[:_SLANT] / scale - other[:_SLANT]).max()
    return bool(away <= tolerance and abs(one[_SLANT] - other[_SLANT]) <= 2 * tolerance)


def same_mark(one: Rows, other: Rows) -> bool:
    """Whether two contours have one shape, wherever they lie and within a factor of two in size.

    >>> import numpy as np
    >>> dot = np.array([0, 0, 90, 90, 45, 45, 22, 22, 80, 0.0])
    >>> moved = dot + np.array([50, -200, 50, -200, 50, -200, 0, 0, 0, 0])
    >>> bar = np.array([0, 0, 300, 40, 150, 20, 85, 11, 110, 0.0])
    >>> bool(same_mark(dot, moved)), bool(same_mark(dot, bar))
    (True, False)
    """
    size, size_other = abs(one[_ROOT]), abs(other[_ROOT])
    if not 0.5 < size / size_other < 2.0 or abs(one[_SLANT] - other[_SLANT]) > 8:
        return False
    room = 0.04 + 2 / min(size, size_other)
    return bool(np.abs(_proportions(one) - _proportions(other)).max() <= room)


def _proportions(row: Rows) -> Rows:
    """Width, height, spreads and the place of the centre, in roots of the area."""
    left, bottom, right, top, x, y, wide, high, root, _ = row
    made: Rows = np.array([right - left, top - bottom, wide, high, x - left, y - bottom]) / abs(root)
    return made
