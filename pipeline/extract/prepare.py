"""Make a page image easy to read: grey, upright, straight, without black edges, stains and coloured stamps.

Every step is small, works on grey NumPy arrays (0 black, 255 white) and can be left out.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.document import Box
from pipeline.extract import zeros

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

_MOST_SKEW = 15.0
_LEAST_SKEW = 0.25
_SEAL = (16.0, 60.0)
"""How wide a red seal may be, in millimetres; most are 30 to 42 wide."""

_FADED = (0.35, 0.55)
"""Red as a share of the paper's: what is darker than the first is black ink, what is lighter than the second a seal."""
_INK = 0.7
"""What is darker than this share of the paper's light is ink."""
_SIGNATURE = 10.0
"""From this height on, in millimetres, a stroke under a seal is one of a signature: on real pages they are 15 to 38
high, letters at most 4.4. A shade of the seal is left round it, by which the layout analysis takes it for a picture."""


@dataclass(frozen=True)
class Prepared:
    """A prepared page and the way back: `back` maps its pixels (x, y, 1) to pixels of the original image."""

    sharp: Grey
    """The page before it was softened."""
    image: Grey
    """What the engine reads."""
    back: Matrix
    dpi: float
    bitonal: bool
    steps: tuple[str, ...]


def prepare(
    image: Image.Image,
    dpi: float,
    *,
    quarter: int = 0,
    colour: bool = True,
    skew: bool = True,
    edges: bool = True,
    background: bool = True,
    soft: float = 0.33,
    target_dpi: float | None = None,
) -> Prepared:
    """The page image in grey, with the steps that it needs.

    Args:
        image: the page, any of the modes 1, L, RGB.
        dpi: its resolution.
        quarter: quarter turns against the clock to make first.
        colour: lighten coloured ink (stamps, signatures) where most of the ink is black.
        skew: turn text lines level.
        edges: whiten black edges of the scan.
        background: divide grey pages by their background.
        soft: sigma of the Gaussian that smooths ragged outlines, in points; 0 leaves it out.
        target_dpi: scale to this resolution; None scales pages below 200 dpi up to 300.
    """
    steps: list[str] = []
    grey, cleared, coloured = to_grey(image, dpi, lighten=colour)
    if coloured:
        steps.append(coloured)
    bitonal = is_bitonal(grey)
    greys, back = [grey] if cleared is None else [grey, cleared], np.eye(3)
    if quarter % 4:
        back = _turn_back(grey.shape[1], grey.shape[0], quarter % 4)
        greys = [np.ascontiguousarray(np.rot90(one, quarter % 4)) for one in greys]
        steps.append(f"rotated{quarter % 4 * 90}")
    if edges:
        whitened = [whiten_edges(one, dpi) for one in greys]
        greys = [one for one, _ in whitened]
        if whitened[0][1]:
            steps.append("edges")
    if background and not bitonal:
        greys = [flatten(one) for one in greys]
        steps.append("flattened")
    sized = [_resize(one, dpi, target_dpi) for one in greys]
    greys, (_, dpi, matrix) = [one for one, _, _ in sized], sized[0]
    if matrix is not None:
        steps.append(f"scaled{round(dpi)}")
        back = back @ matrix
    if skew:
        angle = skew_angle(greys[0])
        if abs(angle) >= _LEAST_SKEW:
            turned = [rotate(one, angle) for one in greys]
            greys, back = [one for one, _ in turned], back @ turned[0][1]
            steps.append("deskewed")
    smooth, sharp = soften(greys[0], 1.0, soft * dpi / 72), greys[-1]
    if dotless := zeros.without_dots(smooth, dpi, sharp):
        smooth, sharp = dotless
        steps.append("zeros")
    return Prepared(sharp, smooth, back, dpi, bitonal, tuple(steps))


def to_grey(image: Image.Image, dpi: float, lighten: bool = True) -> tuple[Grey, Grey | None, str]:
    """The image in grey, the same without the shade left of a seal, and what was done to its colours.

    That is ``seals``, ``lightened`` or nothing; where no shade is left the second is None. Where `lighten`, all
    coloured ink is lightened instead, if less than half of the ink is coloured.
    """
    if image.mode != "RGB":
        return np.asarray(image.convert("L"), dtype=np.uint8), None, ""
    grey = np.asarray(image.convert("L"), dtype=np.uint8)
    if not lighten:
        return _without_seals(grey, image, dpi)
    pixels = np.asarray(image)
    high = pixels.max(axis=2)
    ink = grey < 150
    coloured = ink & (high.astype(np.int16) - pixels.min(axis=2) > 70)
    share = coloured.sum() / max(1, ink.sum())
    if not 0.002 < share < 0.5:
        return grey, None, ""
    return high, None, "lightened"


def _without_seals(grey: Grey, image: Image.Image, dpi: float) -> tuple[Grey, Grey | None, str]:
    """The red parts of seals taken as light as the paper; black strokes over and under them stay."""
    import cv2

    if not _has_red(image, dpi):
        return grey, None, ""
    pixels = np.asarray(image)
    seals = _seals(pixels, dpi)
    if not seals:
        return grey, None, ""
    shaded, cleared = grey.copy(), grey.copy()
    for seal in seals:
        part, shade, place = pixels[seal], shaded[seal], cleared[seal]
        paper = float(np.percentile(place, 90))
        is_red = _redness(part) > 25
        shade[is_red] = part[..., 0][is_red]
        around = cv2.dilate(is_red.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        faded = np.interp(part[..., 0], (0, *(share * paper for share in _FADED)), (0, _FADED[0] * paper, paper))
        place[around] = np.maximum(place, faded.astype(np.uint8))[around]
        if max((h for *_, h in shapes(place, _INK * paper)), default=0) < _SIGNATURE * dpi / 25.4:
            shade[:] = place
    return shaded, None if np.array_equal(shaded, cleared) else cleared, "seals"


def _redness(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """How much more red than green and blue each pixel has."""
    return pixels[..., 0].astype(np.int16) - np.maximum(pixels[..., 1], pixels[..., 2])


def _has_red(image: Image.Image, dpi: float) -> bool:
    """Whether some of the pixels of a page are red; looked at on every n-th, since most colour scans have none."""
    step = max(1, int(dpi / 75))
    size = (math.ceil(image.width / step), math.ceil(image.height / step))
    return int((_redness(np.asarray(image.resize(size, Image.Resampling.NEAREST))) > 25).sum()) >= 20


def _seals(pixels: npt.NDArray[np.uint8], dpi: float) -> list[tuple[slice, slice]]:
    """Rows and columns of each seal: a red shape of its size with an arc in it, which lines of red text have not."""
    import cv2

    factor = max(1.0, dpi / 50)
    size = (max(1, int(pixels.shape[1] / factor)), max(1, int(pixels.shape[0] / factor)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    red = (_redness(small) > 35).astype(np.uint8)
    if int(red.sum()) < 40:
        return []
    unit = dpi / factor / 25.4
    reach = round(4 * unit) | 1
    closed = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _, whole, boxes, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    _, parts, pieces, _ = cv2.connectedComponentsWithStats(red, connectivity=8)
    arcs = [i for i, (_, _, w, h, _) in enumerate(pieces) if i and min(w, h) > 5 * unit and max(w, h) > 12 * unit]
    found = []
    for label in sorted({int(whole[parts == arc][0]) for arc in arcs}):
        x, y, w, h, _ = boxes[label]
        if _SEAL[0] * unit <= min(w, h) and max(w, h) <= min(_SEAL[1] * unit, 1.7 * min(w, h)):
            x0, y0, x1, y1 = (int(v * factor) for v in (max(0, x - 1), max(0, y - 1), x + w + 1, y + h + 1))
            found.append((slice(y0, y1), slice(x0, x1)))
    return found


def is_bitonal(grey: Grey) -> bool:
    """Whether nearly all pixels are black or white."""
    sample = grey[::3, ::3]
    return not sample.size or float(((sample > 40) & (sample < 215)).mean()) < 0.01


def flatten(grey: Grey) -> Grey:
    """The image divided by its background, a median-blurred copy without the text."""
    import cv2

    height, width = grey.shape
    factor = max(1.0, max(height, width) / 700)
    small = cv2.resize(grey, (max(1, int(width / factor)), max(1, int(height / factor))), interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), 15)
    ground = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, np.maximum(ground, 1), scale=255), dtype=np.uint8)


def whiten_edges(grey: Grey, dpi: float) -> tuple[Grey, bool]:
    """The image with thick dark areas that touch its border made white, and whether there were any."""
    import cv2

    factor = max(1.0, dpi / 75)
    height, width = grey.shape
    if min(height, width) < 100:
        return grey, False
    small = cv2.resize(grey, (int(width / factor), int(height / factor)), interpolation=cv2.INTER_AREA)
    dark = cv2.copyMakeBorder((small < 110).astype(np.uint8), 4, 4, 4, 4, cv2.BORDER_REPLICATE)
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thick, connectivity=8)
    mask = np.zeros_like(thick)
    for label in range(1, count):
        x, y, w, h, area = stats[label]
        touches = x == 0 or y == 0 or x + w == thick.shape[1] or y + h == thick.shape[0]
        if touches and area > 60 and (max(w, h) > 25) and area < 0.4 * thick.size:
            mask[labels == label] = 1
    if not mask.any():
        return grey, False
    mask = cv2.dilate(mask, np.ones((5, 5), np.uint8))[4:-4, 4:-4]
    large = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(np.where(large > 0, np.uint8(255), grey), dtype=np.uint8), True


def ink_points(grey: Grey, most: int = 40_000) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """Coordinates of a sample of the dark pixels of a copy at most 1000 pixels long, and the share of dark pixels."""
    import cv2

    factor = max(1.0, max(grey.shape) / 1000)
    size = (max(1, int(grey.shape[1] / factor)), max(1, int(grey.shape[0] / factor)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    limit = min(160.0, float(np.percentile(small, 90)) * 0.75)
    ys, xs = np.nonzero(small < limit)
    share = len(ys) / max(1, small.size)
    if len(ys) > most:
        step = len(ys) / most
        pick = (np.arange(most) * step).astype(np.int64)
        ys, xs = ys[pick], xs[pick]
    return xs.astype(np.float64), ys.astype(np.float64), share


def _sharpness(xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64], degrees: float) -> float:
    """How much the row profile of points jumps from row to row when the page is turned by `degrees`."""
    slope = np.deg2rad(degrees)
    rows = (ys * np.cos(slope) - xs * np.sin(slope)).round().astype(np.int64)
    profile = np.bincount(rows - rows.min()).astype(np.float64)
    return float((np.diff(profile) ** 2).sum())


def skew_angle(grey: Grey) -> float:
    """Angle in degrees by which the text lines fall to the right (clockwise), 0.0 where it cannot be told."""
    xs, ys, share = ink_points(grey)
    if len(xs) < 200 or share > 0.4:
        return 0.0
    centre, level = 0.0, _sharpness(xs, ys, 0.0)
    for reach, step in ((_MOST_SKEW, 1.0), (1.0, 0.25), (0.25, 0.05)):
        angles = np.arange(centre - reach, centre + reach + step / 2, step)
        scores = [_sharpness(xs, ys, float(a)) for a in angles]
        centre = float(angles[int(np.argmax(scores))])
    best = _sharpness(xs, ys, centre)
    return centre if best > 1.05 * level and abs(centre) <= _MOST_SKEW else 0.0


def lies_on_side(grey: Grey) -> bool:
    """Whether the text lines seem to run from top to bottom of the image."""
    xs, ys, share = ink_points(grey)
    if len(xs) < 200 or share > 0.4:
        return False
    angles = np.arange(-3.0, 3.1, 0.5)
    level = max(_sharpness(xs, ys, float(a)) for a in angles)
    upright = max(_sharpness(ys, xs, float(a)) for a in angles)
    return upright > 1.3 * level


def rotate(grey: Grey, degrees: float) -> tuple[Grey, Matrix]:
    """The image turned by `degrees` against the clock on a larger white sheet, and the matrix back."""
    import cv2

    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    new = (int(height * sin + width * cos), int(height * cos + width * sin))
    matrix[0, 2] += new[0] / 2 - width / 2
    matrix[1, 2] += new[1] / 2 - height / 2
    turned = cv2.warpAffine(grey, matrix, new, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    return np.asarray(turned, dtype=np.uint8), back


def moved(box: Box, matrix: Matrix) -> Box:
    """The smallest level box around a box that was moved by a matrix."""
    x0, y0, x1, y1 = box
    (a, b, c), (d, e, f), _ = matrix.tolist()
    xs = [a * x + b * y + c for x in (x0, x1) for y in (y0, y1)]
    ys = [d * x + e * y + f for x in (x0, x1) for y in (y0, y1)]
    return min(xs), min(ys), max(xs), max(ys)


def stroke_width(grey: Grey, box: tuple[int, int, int, int]) -> float:
    """Mean width in pixels of the strokes inside a box: twice the ink's area over its outline; 0.0 without ink."""
    import cv2

    x0, y0, x1, y1 = box
    part = grey[max(0, y0) : y1, max(0, x0) : x1]
    if part.size < 50:
        return 0.0
    ink = (part < 128).astype(np.uint8)
    area = int(ink.sum())
    outline = area - int(cv2.erode(ink, np.ones((3, 3), np.uint8)).sum())
    return 2.0 * area / outline if outline > 20 else 0.0


def has_marks(grey: Grey, dpi: float) -> bool:
    """Whether anything on the page could be a letter: a dark spot at least 1.2 mm high or wide."""
    import cv2

    if min(grey.shape) < 8:
        return False
    factor = max(1.0, dpi / 100)
    size = (max(1, int(grey.shape[1] / factor)), max(1, int(grey.shape[0] / factor)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    limit = float(np.median(small)) * 0.8
    least = 1.2 / 25.4 * min(dpi, 100)
    return bool((_pieces(small, limit)[:, 2:4].max(axis=1, initial=0) >= least).any())


def shapes(grey: Grey, limit: float) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each connected area of pixels darker than `limit`."""
    return [(x, y, width, height) for x, y, width, height, _ in _pieces(grey, limit).tolist()]


def _pieces(grey: Grey, limit: float) -> npt.NDArray[np.int32]:
    """Left, top, width, height and area of each connected area of pixels darker than `limit`, a row each."""
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats((grey < limit).astype(np.uint8), connectivity=8)
    return np.asarray(stats[1:], dtype=np.int32)


def looks_printed(image: Image.Image, dpi: float) -> bool:
    """Whether an image looks like lines of print on light paper: not a photograph, seal, signature, logo or QR code.

    Print is a light ground with few middle tones, and many dark spots of about one height that stand in rows.
    """
    import cv2

    pixels = np.asarray(image.convert("RGB"))
    grey = np.asarray(image.convert("L"), dtype=np.uint8)
    if min(grey.shape) < 8:
        return False
    ground = float(np.percentile(grey, 75))
    dark = grey < ground * 0.65
    ink = float(dark.mean())
    if ground < 110 or not 0.003 < ink < 0.35 or float(((grey > 60) & (grey < ground * 0.85)).mean()) > 0.35:
        return False
    red = (pixels[..., 0].astype(np.int16) - pixels[..., 1] > 60) & dark
    if red.sum() > 0.6 * dark.sum():
        return False
    _, _, stats, centres = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    unit = dpi / 72
    letters = [
        (int(h), float(y))
        for (_, _, w, h, _), (_, y) in zip(stats[1:], centres[1:], strict=True)
        if 3 * unit <= h <= 30 * unit and w <= 60 * unit
    ]
    if len(letters) < 8:
        return False
    height = float(np.median([h for h, _ in letters]))
    alike = sorted(y for h, y in letters if 0.6 * height <= h <= 1.7 * height)
    beside = sum(b - a < 0.35 * height for a, b in pairwise(alike))
    return len(alike) >= 0.5 * len(letters) and beside >= 0.6 * (len(alike) - 1)


def _turn_back(width: int, height: int, quarter: int) -> Matrix:
    if quarter == 1:
        return np.array([[0, -1, width], [1, 0, 0], [0, 0, 1]], dtype=np.float64)
    if quarter == 2:
        return np.array([[-1, 0, width], [0, -1, height], [0, 0, 1]], dtype=np.float64)
    return np.array([[0, 1, 0], [-1, 0, height], [0, 0, 1]], dtype=np.float64)


def _resize(grey: Grey, dpi: float, target: float | None) -> tuple[Grey, float, Matrix | None]:
    import cv2

    if target is None:
        target = 300.0 if dpi < 200 else min(dpi, 400.0)
    scale = target / dpi
    if abs(scale - 1) < 0.05 or grey.size * scale * scale > 150_000_000:
        return grey, dpi, None
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    large = np.asarray(cv2.resize(grey, size, interpolation=how), dtype=np.uint8)
    matrix = np.diag([grey.shape[1] / size[0], grey.shape[0] / size[1], 1.0])
    return large, dpi * scale, matrix


def soften(grey: Grey, scale: float, sigma: float) -> Grey:
    """The image scaled and blurred by a Gaussian of `sigma` pixels (after scaling): ragged outlines become smooth."""
    import cv2

    if abs(scale - 1) > 0.01 and grey.size:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), dtype=np.uint8) if sigma > 0.2 else grey
