"""Zeros with a dot in them, as some fixed-width faces have: Tesseract reads them as 9, 6 or 8, and is sure of it.

The dot is found as ink by itself in the middle of the counter of an upright oval, and made white. Nothing else on an
office page looks so: none was found on six pages in other faces, all of 43 on two pages of such a face.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

_INK: Final = 170
"""Darker pixels are ink: at 128 the outline of a worn zero has gaps, and of 43 zeros 15 are found instead of all."""
_HIGH: Final = (1.2, 6.0)
"""Height of a zero, in millimetres."""
_WIDE: Final = (0.4, 0.85)
"""Width of a zero over its height; a ring is as wide as high."""
_MIDDLE: Final = 0.12
"""How far the middle of the dot may be from that of the zero, over the zero's width and height."""
_DOT: Final = (0.1, 0.5)
"""Size of a dot over the zero's."""
_HALO: Final = 0.08
"""What goes with a dot round it, over the zero's width."""


def without_dots(page: Grey, dpi: float, *others: Grey) -> list[Grey]:
    """The page and other images of it with the dots of zeros made white; nothing where it has none."""
    import cv2

    outlines, trees = cv2.findContours((page < _INK).astype(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if trees is None:
        return []
    tree = trees[0].tolist()
    unit, found = dpi / 25.4, []
    for number, (_, _, _, counter) in enumerate(tree):
        zero = tree[counter][-1] if counter >= 0 else -1
        if zero < 0:  # no ink within ink
            continue
        x, y, width, height = cv2.boundingRect(outlines[zero])
        if not (_HIGH[0] * unit <= height <= _HIGH[1] * unit and _WIDE[0] * height <= width <= _WIDE[1] * height):
            continue
        left, top, wide, high = cv2.boundingRect(outlines[number])
        off = abs(left + wide / 2 - x - width / 2) / width, abs(top + high / 2 - y - height / 2) / height
        if max(off) <= _MIDDLE and all(_DOT[0] <= part <= _DOT[1] for part in (wide / width, high / height)):
            halo = max(1, round(_HALO * width))
            found.append((slice(top - halo, top + high + halo), slice(left - halo, left + wide + halo)))
    if not found:
        return []
    result = [one.copy() for one in (page, *others)]
    for image in result:
        for dot in found:
            image[dot] = 255
    return result
