"""Incoming-mail stamps: framed, set by hand across the letterhead, they spoil the lines that they touch.

An office that receives a paper stamps it "CÔNG VĂN ĐẾN, Số …, Ngày …" (incoming document: văn bản đến). The frame is
found on the image and what stands in it is read by itself: a stamp is then taken off before the page is read, so that
the number or the title beneath comes out. Framed marks of urgency and secrecy ("HỎA TỐC", "MẬT") are read by themselves
too, but belong to the text; anything else in a frame stays on the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import regex
from PIL import Image

from pipeline.config import OcrConfig
from pipeline.document import Box, Furniture
from pipeline.extract.ocr import Word, by_line, recognise
from pipeline.extract.prepare import Grey, Matrix, Prepared, moved
from pipeline.extract.scan_columns import Row
from pipeline.vietnamese import fold

Mask = npt.NDArray[np.bool_]
Rect = tuple[tuple[float, float], tuple[float, float], float]
"""Centre, width and height in pixels, angle in degrees, as OpenCV has them."""

_WIDE = (25.0, 95.0)
_HIGH = (7.0, 45.0)
"""How large a stamp is, in millimetres."""
_UPPER = 0.55
"""The part of the page where stamps are looked for."""
_DPI = 150.0
_GAPS = (0.4, 0.7, 1.0)
"""Gaps of a frame that are closed, in millimetres."""
_FULL = 0.35
_DRAWN = 0.8
"""The least part of each side that is inked."""
_HEAD = 0.7
_ASKEW = 12.0
_MARGIN = 6.0
_BLOCK = 10_000
"""Block numbers of words that were read apart begin here."""
_INSIDE = 0.75
_THICK = 1.2
_HALO = 0.3
_MARK = regex.compile(r"(?:hoa toc(?: hen gio)?|thuong khan|khan|tuyet mat|toi mat|mat|du thao)")
_FIELDS = ("gio", "ngay", "chuyen")
_PORTAL = regex.compile(r"(?:cong thong tin dien tu chinh phu){e<=6}.*[.…]{3}")
"""Head of the stamp of the Government's portal, the commonest on scans, and a blank."""


def frames(grey: Grey, dpi: float) -> list[Rect]:
    """The frames of a stamp's size in the upper part of a page: rectangles with all four sides drawn."""
    import cv2

    factor = max(1.0, dpi / _DPI)
    upper = grey[: int(grey.shape[0] * _UPPER)]
    if min(upper.shape) < 100:
        return []
    size = (int(upper.shape[1] / factor), int(upper.shape[0] / factor))
    small = cv2.resize(upper, size, interpolation=cv2.INTER_AREA)
    ink = (small < 190).astype(np.uint8)
    unit = dpi / factor / 25.4
    found: list[Rect] = []
    for gap in _GAPS:
        reach = max(3, round(gap * unit) | 1)
        closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
        for rect in _closed_in(closed, unit):
            if min(_drawn(ink, rect, unit)) >= _DRAWN:
                whole = _with_its_head(ink, rect, unit)
                if not any(_meet(whole, other) for other in found):
                    found.append(whole)
    return [((x * factor, y * factor), (w * factor, h * factor), angle) for (x, y), (w, h), angle in found]


def _closed_in(ink: Grey, unit: float) -> Iterator[Rect]:
    """Rectangles round what ink closes in: one for each connected piece of it."""
    import cv2

    contours, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes: dict[int, list[tuple[float, npt.NDArray[np.int32]]]] = {}
    for contour, (_, _, _, parent) in zip(contours, tree[0] if tree is not None else (), strict=True):
        if parent >= 0:
            holes.setdefault(int(parent), []).append((cv2.contourArea(contour), contour))
    for inner in holes.values():
        most = max(area for area, _ in inner)
        large = [(area, hole) for area, hole in inner if area > 0.2 * most]
        area = sum(area for area, _ in large)
        if area < _FULL * _WIDE[0] * _HIGH[0] * unit * unit:
            continue
        centre, (w, h), angle = cv2.minAreaRect(np.concatenate([hole for _, hole in large]))
        if w < h:
            w, h, angle = h, w, angle - 90
        angle = (angle + 45) % 90 - 45
        fits = _WIDE[0] <= w / unit <= _WIDE[1] and _HIGH[0] <= h / unit <= _HIGH[1]
        if fits and area >= _FULL * w * h and abs(angle) <= _ASKEW:
            yield (centre, (w, h), angle)


def _drawn(ink: Grey, rect: Rect, unit: float) -> list[float]:
    """The inked share of each side of a rectangle, a millimetre off at the most."""
    import cv2

    corners = cv2.boxPoints(rect)
    shares = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        middle = (start + end) / 2 - rect[0]
        outward = middle / max(1e-6, float(np.linalg.norm(middle)))
        along = np.linspace(0.04, 0.96, max(2, int(np.linalg.norm(end - start))))[:, None]
        hits = [_inked(ink, start + (end - start) * along + outward * off * unit) for off in np.arange(-0.9, 1.3, 0.25)]
        shares.append(max(float((a | b).mean()) for a, b in pairwise(hits)))
    return shares


def _inked(ink: Grey, points: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    x, y = points.round().astype(int).T
    inside = (x >= 0) & (x < ink.shape[1]) & (y >= 0) & (y < ink.shape[0])
    return np.asarray(inside & (ink[y.clip(0, ink.shape[0] - 1), x.clip(0, ink.shape[1] - 1)] > 0))


def _with_its_head(ink: Grey, rect: Rect, unit: float) -> Rect:
    """The rectangle with the compartment above it that has the office's name and was not seen as closed in."""
    (x, y), (w, h), angle = rect
    up = np.array([np.sin(np.deg2rad(angle)), -np.cos(np.deg2rad(angle))])
    best, drawn = rect, _HEAD
    for more in np.arange(3.0, 9.1, 0.5) * unit:
        taller: Rect = ((float(x + up[0] * more / 2), float(y + up[1] * more / 2)), (w, h + more), angle)
        if (least := min(_drawn(ink, taller, unit))) >= drawn:
            best, drawn = taller, least
    return best


def _meet(one: Rect, other: Rect) -> bool:
    import cv2

    return bool(cv2.rotatedRectangleIntersection(one, other)[0])


def without(
    page: Prepared, config: OcrConfig, tables: Sequence[Box] = ()
) -> tuple[Prepared, tuple[Row, ...], tuple[Word, ...]]:
    """The page without its framed stamps, the lines of those that are furniture, and the words of those that are text.

    Frames inside of `tables` (in pixels) are cells, no stamps.

    Raises:
        OcrUnavailable, OcrTimeout, OcrFailed
    """
    rows: list[Row] = []
    marks: list[Word] = []
    for number, frame in enumerate(frames(page.image, page.dpi)):
        x, y = frame[0]
        if any(x0 < x < x1 and y0 < y < y1 for x0, y0, x1, y1 in tables):
            continue
        taken, inside, back = lift(page.image, frame, page.dpi)
        for psm in (6, 11):
            words = recognise(Image.fromarray(inside), config, page.dpi, psm=psm)
            words = [replace(word, box=_moved(word.box, back)) for word in words]
            text = " ".join(word.text for word in words)
            incoming, mark = is_incoming(text), is_mark(text)
            if incoming or mark:
                break
        else:
            continue
        if incoming:
            rows += [Row(tuple(line), Furniture.SIGNATURE_STAMP) for line in by_line(words)]
        else:
            named = ((regex.sub(r"^\W+|\W+$", "", word.text), word) for word in words)
            marks += [replace(word, text=name, line=(_BLOCK + number, *word.line[1:])) for name, word in named if name]
        white = np.uint8(255)
        sharp, image = (np.asarray(np.where(taken, white, grey), np.uint8) for grey in (page.sharp, page.image))
        page = replace(page, sharp=sharp, image=image)
    if rows or marks:
        page = replace(page, steps=(*page.steps, "stamp"))
    return page, tuple(rows), tuple(marks)


def lift(grey: Grey, frame: Rect, dpi: float) -> tuple[Mask, Grey, Matrix]:
    """What of a page belongs to a frame, the contents of the frame alone and level, and the matrix from these back.

    To the frame belong its lines, where no stroke of a letter crosses them, and each piece of ink that lies inside or
    nearly so; letters of the page that reach into it stay whole.
    """
    import cv2

    unit = dpi / 25.4
    (x, y), (w, h), angle = frame
    edge = round(_MARGIN * unit)
    width, height = round(w) + 2 * edge, round(h) + 2 * edge
    turn = cv2.getRotationMatrix2D((x, y), angle, 1.0)
    turn[:, 2] += np.array([width / 2 - x, height / 2 - y])
    level = cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)
    ink = (level < 190).astype(np.uint8)
    lines = _lines(ink, unit, edge)
    _, pieces = cv2.connectedComponents(np.where(lines, 0, ink).astype(np.uint8), connectivity=8)
    halo = max(1, round(_HALO * unit))
    drawn = _grown(lines, halo)
    within = drawn.copy()
    within[edge : height - edge, edge : width - edge] = True
    whole = np.bincount(pieces.ravel())
    stamp = (np.bincount(pieces[within], minlength=len(whole)) > _INSIDE * whole)[pieces] & (pieces > 0)
    letters = _grown(~stamp & (pieces > 0), 1)
    taken = lines | (_grown(stamp | lines, halo) & ~letters)
    back = np.linalg.inv(np.vstack([turn, [0, 0, 1]]))
    size = (grey.shape[1], grey.shape[0])
    mask = cv2.warpAffine(taken.astype(np.uint8) * 255, back[:2], size, flags=cv2.INTER_LINEAR) > 100
    return mask, np.asarray(np.where(_grown(stamp & ~drawn, halo) & ~lines, level, np.uint8(255)), np.uint8), back


def _grown(mask: Mask, pixels: int) -> Mask:
    import cv2

    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0)


def _moved(box: tuple[int, int, int, int], matrix: Matrix) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = map(round, moved(box, matrix))
    return x0, y0, x1, y1


def _lines(ink: Grey, unit: float, edge: int) -> Mask:
    """The lines of a level frame, `edge` pixels from the border, less the strokes that cross them."""
    import cv2

    long, thick, reach = max(9, round(5 * unit)), max(3, round(_THICK * unit)), round(2 * unit)
    level, upright, wide, high = (
        cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(size, np.uint8)) > 0
        for size in ((1, long), (long, 1), (1, thick), (thick, 1))
    )
    found = (level & (upright | ~high)) | (upright & (level | ~wide))
    near = np.zeros(ink.shape, np.bool_)
    near[edge - reach : reach - edge, edge - reach : reach - edge] = True
    return np.asarray(found & near)


def is_incoming(text: str) -> bool:
    """Whether the words of a frame are those of an incoming-mail stamp.

    That is "ĐẾN" in capitals and blanks or their filling, or the name of the Government's portal over a blank.

    >>> [is_incoming(text) for text in ("CÔNG VĂN IĐẾN Giờ:....... Ngày:.12/4", "HỎA TỐC", "từ ngày 1 đến ngày 3")]
    [True, False, False]
    >>> is_incoming("CỔNG THÔNG T:N ĐIỆN TỪ CHÍNH PHÙ EN š⁄'...246é"), is_incoming("Cổng thông tin điện tử Chính phủ")
    (True, False)
    """
    said = regex.findall(r"\p{L}{2,}", text)
    capitals = [fold(word) for word in said if word.isupper()]
    blanks = {field for field in _FIELDS for word in said if regex.fullmatch(f"(?:{field}){{s<=1}}", fold(word))}
    arrived = any(regex.fullmatch("(?:den){e<=1}", word) for word in capitals)
    filled = "den" in capitals and len(regex.findall(r"\d|\.", text)) > 3
    portal = _PORTAL.search(regex.sub(r"[^\w.…]+", " ", fold(text)))
    return (arrived and bool(blanks)) or filled or len(blanks) > 2 or bool(portal)


def is_mark(text: str) -> bool:
    """Whether the words of a frame are a mark of urgency, secrecy or draft.

    >>> is_mark("_HỎA TỐC,"), is_mark("Mẫu số 12")
    (True, False)
    """
    return bool(_MARK.fullmatch(" ".join(regex.findall("[a-z]+", fold(text)))))
