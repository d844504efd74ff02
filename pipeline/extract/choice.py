"""Per page: take the text layer, or the image through OCR."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline import vietnamese
from pipeline.config import OcrConfig
from pipeline.document import Box, Line, Method
from pipeline.errors import DocumentError, OcrUnavailable
from pipeline.extract.device import RawPage

_FULL_PAGE = 0.6
_FEW_LETTERS = 12
_LEAST_MARKED = 0.04
_REGION = 0.15
_DRAWING = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page is read by. ``regions``: images beside the text layer that may hold text."""

    method: Method
    reason: str
    regions: tuple[Box, ...] = ()


def choose(page: RawPage, lines: Sequence[Line], config: OcrConfig) -> Choice:
    """How the page is read, with the stable code of why."""
    text = "\n".join(line.text for line in lines)
    letters = sum(c.isalnum() or c == "\ufffd" for c in text)
    covered = coverage(page)
    if letters < _FEW_LETTERS and (covered >= _REGION or page.curves >= _DRAWING or page.broken):
        return Choice(Method.OCR, "broken-text-layer" if page.broken and letters else "no-text-layer")
    if not letters:
        return Choice(Method.EMBEDDED, "blank-page")
    if page.broken:
        return Choice(Method.OCR, "broken-text-layer")
    if covered >= _FULL_PAGE:
        if _is_foreign(text, config):
            return Choice(Method.OCR, "foreign-text-layer")
        return Choice(Method.EMBEDDED, "ocr-layer-kept")
    return Choice(Method.EMBEDDED, "text-layer", _regions(page))


def coverage(page: RawPage) -> float:
    """The share of the page that its images cover, overlaps counted twice, at most 1."""
    area = page.width * page.height
    return min(1.0, sum(_area(box, page) for box in page.images) / area) if area > 0 else 0.0


def _area(box: Box, page: RawPage) -> float:
    return max(0.0, min(box[2], page.width) - max(box[0], 0.0)) * max(0.0, min(box[3], page.height) - max(box[1], 0.0))


def _is_foreign(text: str, config: OcrConfig) -> bool:
    """Whether a layer over an image was read by an engine that knew no Vietnamese, or read badly."""
    letters = [c for c in vietnamese.nfc(text) if c.isalpha()]
    known = vietnamese.marked_letters()
    marked = sum(c in known for c in letters)
    return marked < _LEAST_MARKED * len(letters) or vietnamese.legibility(text) < config.old_layer_legibility


def _regions(page: RawPage) -> tuple[Box, ...]:
    """Large images with next to no glyphs of the layer on them."""
    area = page.width * page.height
    found = []
    for box in page.images:
        if _area(box, page) < _REGION * area:
            continue
        inside = sum(
            box[0] < (m.glyph.box[0] + m.glyph.box[2]) / 2 < box[2]
            and box[1] < (m.glyph.box[1] + m.glyph.box[3]) / 2 < box[3]
            for marks in page.marks.values()
            for m in marks
        )
        if inside < _FEW_LETTERS:
            found.append((max(box[0], 0.0), max(box[1], 0.0), min(box[2], page.width), min(box[3], page.height)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Reading:
    """Lines that OCR read, with its mean confidence and the code of how it read them."""

    lines: tuple[Line, ...]
    confidence: float | None
    reason: str = ""


def read_page(data: bytes, page: RawPage, config: OcrConfig) -> Reading:
    """The whole page through OCR, drawn at the scan's own resolution where it has one."""
    from pipeline.extract import image, scan

    own = image.native_dpi(data, page.number - 1)
    picture = image.render(data, page.number - 1, round(own or config.dpi), config)
    scanned = scan.read_image(picture, page.width, page.height, config)
    return Reading(tuple(scanned.lines), scanned.confidence, scanned.reason)


def look(
    data: bytes, sizes: Mapping[int, tuple[float, float]], config: OcrConfig, number: int
) -> tuple[str, tuple[tuple[str, Box], ...]] | None:
    """The engine and the words that it reads on a page's image; None where there is no engine or it fails."""
    from pipeline.extract import image, ocr, scan

    try:
        engine = ocr.engine(config)
        picture = image.render(data, number - 1, config.dpi, config)
        scanned = scan.read_image(picture, *sizes[number], config)
    except DocumentError:
        return None
    words = ((line.text[slice(*word.span)], word.box) for line in scanned.lines for word in line.words)
    return engine, tuple(words)


def read_regions(data: bytes, page: RawPage, regions: Sequence[Box], config: OcrConfig) -> Reading:
    """What OCR reads in some images of a page; nothing where there is no engine or no real text."""
    from pipeline.extract import image, ocr, scan

    try:
        ocr.engine(config)
    except OcrUnavailable:
        return Reading((), None)
    picture = image.render(data, page.number - 1, config.dpi, config)
    scale_x, scale_y = picture.width / page.width, picture.height / page.height
    found: list[Line] = []
    confidences = []
    for x0, top, x1, bottom in regions:
        part = picture.crop((int(x0 * scale_x), int(top * scale_y), int(x1 * scale_x), int(bottom * scale_y)))
        try:
            scanned = scan.read_image(part, x1 - x0, bottom - top, config)
        except DocumentError:
            continue
        text = "\n".join(line.text for line in scanned.lines)
        if scanned.confidence is None or scanned.confidence < 0.7 or sum(c.isalpha() for c in text) < 20:
            continue
        if vietnamese.legibility(text) < 0.8:
            continue
        confidences.append(scanned.confidence)
        found += [_moved(line, x0, top) for line in scanned.lines]
    return Reading(tuple(found), sum(confidences) / len(confidences) if confidences else None)


def _moved(line: Line, x: float, y: float) -> Line:
    def shift(box: Box) -> Box:
        return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)

    return replace(line, box=shift(line.box), words=tuple(replace(w, box=shift(w.box)) for w in line.words))


def merge(lines: Sequence[Line], read: Sequence[Line]) -> list[Line]:
    """The lines of the layer with those read from images put before the first line that stands below them."""
    merged = list(lines)
    for line in sorted(read, key=lambda line: -line.box[1]):
        at = next((i for i, other in enumerate(merged) if other.box[1] >= line.box[1]), len(merged))
        merged.insert(at, line)
    return merged
