"""Images of text on born-digital pages: found by cheap signs, read by OCR region by region, the text layer kept.

Two kinds are read. A value pasted into a blank of the letterhead (the number or day of an electronic stamp) is read
from the blank alone, in three sizes, and taken where the readings agree. A larger image is read where its ink looks
like lines of print, which that of a photograph, seal, signature, logo or QR code does not, and kept where the reading
is legible.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from PIL import ImageOps

from pipeline import vietnamese
from pipeline.config import OcrConfig
from pipeline.document import Box, InsertSource, Line, OcrWord
from pipeline.errors import DocumentError, OcrUnavailable
from pipeline.extract.device import RawPage
from pipeline.extract.inserts import Found, open_blanks

_TALLEST = 4.0
"""Of an image over a blank, in type sizes: seals and signatures are taller."""
_LEAST_AREA = 0.01
"""Of an image that may hold lines of text, as a share of the page; one printed line across an A4 page has 0.013."""
_LARGE = 0.15
"""An image of this share of the page is read whatever its ink looks like: charts and coloured slides hold text too."""
_FEW_LETTERS = 12
_LOOK_DPI = 150
_BLANK_DPIS = (150, 200, 300)
"""Digits of 12 to 14 points are best read small: of 40 generated values 39, 36 and 35 were right at these sizes."""
_DIGITS = "0123456789"
_SURE_VALUE, _SURE, _UNSURE = 0.6, 0.8, 0.8
"""Measured on 150 generated values: 140 read, none wrongly; the plain majority would read 146, two of them wrongly."""
_SURE_TEXT = 0.7
_SURE_LINE = 0.5
"""Below it a line is a border or an arrow of a chart."""
_LEGIBLE = 0.8
_LEAST_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Regions:
    """Places worth a look: blanks of the page's lines under images, and larger images without text on them."""

    blanks: tuple[Box, ...] = ()
    blocks: tuple[Box, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.blanks or self.blocks)


def find(page: RawPage, lines: Sequence[Line]) -> Regions:
    """The regions of a page whose lines are known; a page without images has none and costs nothing."""
    stamped = [box for overlay in page.overlays for box in overlay.page.images]
    blanks = tuple(_blanks(lines, [*page.images, *stamped])) if page.images or stamped else ()
    return Regions(blanks, tuple(_blocks(page)))


def stamped(page: RawPage, lines: Sequence[Line]) -> Regions:
    """The blanks of a page read by OCR over which an annotation shows an image; the page's own images are read."""
    images = [box for overlay in page.overlays for box in overlay.page.images]
    return Regions(tuple(_blanks(lines, images))) if images else Regions()


def _blanks(lines: Sequence[Line], images: Sequence[Box]) -> Iterator[Box]:
    """The parts of blanks that an image of at most a few lines' height covers."""
    for line in lines:
        if line.furniture:
            continue
        size = line.size or line.box[3] - line.box[1]
        for x0, top, x1, bottom in open_blanks(line):
            for left, high, right, low in images:
                shared = min(bottom, low) - max(top, high)
                across = min(x1, right) - max(x0, left)
                if low - high <= _TALLEST * size and shared >= 0.5 * (bottom - top) and across >= 0.4 * size:
                    yield (x0, top - 0.3 * size, x1, bottom + 0.3 * size)
                    break


def _blocks(page: RawPage) -> Iterator[Box]:
    """Images that are large enough for text, with next to no letters of the page on them."""
    area = page.width * page.height
    for box in _joined(page.images):
        x0, top, x1, bottom = max(box[0], 0.0), max(box[1], 0.0), min(box[2], page.width), min(box[3], page.height)
        if not _LEAST_AREA * area <= (x1 - x0) * (bottom - top) or x1 - x0 < 40 or bottom - top < 8:
            continue
        inside = sum(
            x0 < (mark.glyph.box[0] + mark.glyph.box[2]) / 2 < x1
            and top < (mark.glyph.box[1] + mark.glyph.box[3]) / 2 < bottom
            for marks in page.marks.values()
            for mark in marks
        )
        if inside < _FEW_LETTERS:
            yield (x0, top, x1, bottom)


def _joined(images: Sequence[Box]) -> list[Box]:
    """The images, strips of one picture (same sides, one below the other) put together."""
    joined: list[Box] = []
    for box in sorted(images, key=lambda b: (round(b[0]), round(b[2]), b[1])):
        last = joined[-1] if joined else None
        if last and abs(last[0] - box[0]) < 1 and abs(last[2] - box[2]) < 1 and -1 < box[1] - last[3] < 1:
            joined[-1] = (*last[:3], max(last[3], box[3]))
        else:
            joined.append(box)
    return joined


def read(data: bytes, page: RawPage, regions: Regions, config: OcrConfig) -> list[Found]:
    """What OCR reads in the regions; nothing where there is no engine, or no text that stands up to doubt."""
    from pipeline.extract import ocr

    try:
        ocr.engine(config)
    except OcrUnavailable:
        return []
    found: list[Found] = []
    for box in regions.blanks:
        found += _value(data, page, box, config)
    for box in regions.blocks:
        found += _text(data, page, box, config)
    return found


def _value(data: bytes, page: RawPage, box: Box, config: OcrConfig) -> list[Found]:
    """The number in a blank, drawn and read in several sizes, where the readings agree."""
    from pipeline.extract import image, ocr

    readings: list[tuple[str, float]] = []
    place = box
    for dpi in _BLANK_DPIS:
        try:
            drawn = image.render(data, page.number - 1, dpi, config, box, forms=True).convert("L")
            margin = dpi // 10
            words = ocr.recognise(ImageOps.expand(drawn, margin, 255), config, dpi, psm=7, letters=_DIGITS)
        except DocumentError:
            return []
        text = "".join(word.text for word in words)
        readings.append((text, min((word.confidence for word in words), default=0.0)))
        if text:
            left, right = (edge(word.box[i] for word in words) - margin for edge, i in ((min, 0), (max, 2)))
            scale = (box[2] - box[0]) / drawn.width
            place = (box[0] + left * scale, box[1], box[0] + right * scale, box[3])
    text, confidence = agreed(readings)
    if not text:
        return []
    line = Line(text, place, words=(OcrWord((0, len(text)), place, confidence),), size=round(place[3] - place[1], 2))
    return [Found((line,), InsertSource.IMAGE)]


def agreed(readings: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The text that readings of one place agree on, and a confidence that falls with every reading that does not.

    All must agree, or two that are sure where none of the others is; else nothing is read.

    >>> agreed([("24", 0.95), ("24", 0.96), ("23", 0.72)])
    ('24', 0.6333)
    >>> agreed([("22", 0.96), ("22", 0.96), ("2", 0.96)])
    ('', 0.0)
    """
    text = max(readings, key=lambda reading: sum(other == reading[0] for other, _ in readings))[0]
    same = [confidence for other, confidence in readings if other == text]
    others = [confidence for other, confidence in readings if other != text]
    sure = min(same) >= (_SURE if others else _SURE_VALUE) and max(others, default=0.0) < _UNSURE
    if not text or len(same) < 2 or not sure:
        return "", 0.0
    return text, round(min(same) * len(same) / len(readings), 4)


def _text(data: bytes, page: RawPage, box: Box, config: OcrConfig) -> list[Found]:
    """The lines of an image of print."""
    from pipeline.extract import image, prepare, scan

    x0, top, x1, bottom = box
    try:
        large = (x1 - x0) * (bottom - top) >= _LARGE * page.width * page.height
        glimpse = image.render(data, page.number - 1, _LOOK_DPI, config, box)
        if not (large or prepare.looks_printed(glimpse, _LOOK_DPI)):
            return []
        scanned = scan.read_image(
            image.render(data, page.number - 1, config.dpi, config, box), x1 - x0, bottom - top, config, tables=False
        )
    except DocumentError:
        return []
    text = "\n".join(line.text for line in scanned.lines)
    if scanned.confidence is None or scanned.confidence < _SURE_TEXT:
        return []
    if sum(c.isalpha() for c in text) < _LEAST_LETTERS or vietnamese.legibility(text) < _LEGIBLE:
        return []
    kept = [
        _moved(line, x0, top)
        for line in scanned.lines
        if any(c.isalnum() for c in line.text) and fmean(word.confidence for word in line.words) >= _SURE_LINE
    ]
    return [Found(tuple(kept), InsertSource.IMAGE)]


def _moved(line: Line, x: float, y: float) -> Line:
    def shift(box: Box) -> Box:
        return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)

    return replace(line, box=shift(line.box), words=tuple(replace(w, box=shift(w.box)) for w in line.words))
