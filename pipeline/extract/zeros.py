"""Zeros with a dot in them, as some fixed-width faces have: Tesseract reads them as 9, 6 or 8, and is sure of it.

The dot is found as ink by itself in the middle of the counter of an upright oval, and made white. Nothing else on an
office page looks so: none was found on 206 pages of 80 real documents, all of 43 on two pages of such a face.
"""

import bisect
import math
from typing import Final

import numpy as np
import numpy.typing as npt

_Grey = npt.NDArray[np.uint8]

_INK: Final = 170
"""Darker pixels are ink: at 128 the outline of a worn zero has gaps, 15 of 43 are found instead of all."""
_NOISE: Final = 0.12
"""Share of the pixels at which ink begins or ends in a page of mere noise; nine real pages have 0.009 to 0.028."""
_HIGH: Final = (1.2, 6.0)
"""Height of a zero, in millimetres."""
_WIDE: Final = (0.4, 0.85)
"""Width of a zero over its height; a ring is as wide as high."""
_MIDDLE: Final = 0.12
"""How far the middle of the dot may be from that of the zero, over the zero's width and height."""
_DOT: Final = (0.1, 0.5)
"""Size of a dot over the zero's."""
_CORNERS: Final = 4
"""Points of a dot's outline; specks have fewer."""
_HALO: Final = 0.08
"""What goes with a dot round it, over the zero's width."""


def without_dots(page: _Grey, dpi: float, *others: _Grey) -> list[_Grey]:
    """The page and other images of it with the dots of zeros made white; nothing where it has none."""
    found = _dots(page, dpi / 25.4)
    result = [one.copy() for one in (page, *others)] if found else []
    for image in result:
        for dot in found:
            image[dot] = 255
    return result


def _dots(page: _Grey, unit: float) -> list[tuple[slice, slice]]:
    """The rows and columns of each dot with its halo; `unit` pixels are a millimetre."""
    import cv2

    ink = (page < _INK).astype(np.uint8)
    if np.count_nonzero(ink[:, 1:] != ink[:, :-1]) > _NOISE * ink.size:
        return []
    # two levels, since the time of the whole tree of outlines grows with the square of the specks
    outlines, levels = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    parents = levels[0, :, 3].tolist() if levels is not None else []
    zeros = [cv2.boundingRect(outlines[at]) for at in sorted({parent for parent in parents if parent >= 0})]
    zeros = [(x, y, w, h) for x, y, w, h in zeros if _HIGH[0] <= h / unit <= _HIGH[1] and _WIDE[0] <= w / h <= _WIDE[1]]
    if not zeros:
        return []
    small = [cv2.boundingRect(o) for o, up in zip(outlines, parents, strict=True) if up < 0 and len(o) >= _CORNERS]
    largest = _DOT[1] * max(h for *_, h in zeros)
    dots = sorted((x + w / 2, y + h / 2, w, h) for x, y, w, h in small if max(w, h) <= largest)
    found = []
    for x, y, width, height in zeros:
        across, down = x + width / 2, y + height / 2
        first = bisect.bisect_left(dots, (across - _MIDDLE * width,))
        last = bisect.bisect_right(dots, (across + _MIDDLE * width, math.inf))
        for left, top, wide, high in dots[first:last]:
            sizes = (wide / width, high / height)
            if abs(top - down) <= _MIDDLE * height and all(_DOT[0] <= size <= _DOT[1] for size in sizes):
                up, aside = (math.ceil(size / 2 + _HALO * width) for size in (high, wide))
                found.append((slice(int(top) - up, int(top) + up + 1), slice(int(left) - aside, int(left) + aside + 1)))
    return found
