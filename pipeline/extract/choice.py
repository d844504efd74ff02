"""Per page: take the text layer, or the image through OCR."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from pipeline import vietnamese
from pipeline.config import OcrConfig
from pipeline.document import UNREADABLE_PAGE, Box, Line, Method, RuledTable
from pipeline.errors import DocumentError
from pipeline.extract.device import RawPage

_ADDRESS = regex.compile(r"(?:https?://|www\.)\S+|\S+@\S+|\S+\.(?:vn|com|org|gov|html?)\b\S*")
_ENGLISH = regex.compile(r"\b(?:the|of|and|for|with|is|are|that|this|be|by|shall)\b", regex.IGNORECASE)
_LEAST_ENGLISH = 0.1
"""Share of such words; a Vietnamese page read without Vietnamese has none."""
_FULL_PAGE = 0.6
_FEW_LETTERS = 12
_LEAST_MARKED = 0.04
_COVERED = 0.15
_DRAWING = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page is read by, with the stable code of why."""

    method: Method
    reason: str


def choose(page: RawPage, lines: Sequence[Line], config: OcrConfig) -> Choice:
    """How the page is read, with the stable code of why."""
    text = "\n".join(line.text for line in lines)
    letters = sum(c.isalnum() or c == "\ufffd" for c in text)
    if page.endless or not (page.drawable or letters):
        return Choice(Method.EMBEDDED, UNREADABLE_PAGE)
    if not page.drawable:
        return Choice(Method.EMBEDDED, "text-layer")
    covered = coverage(page)
    if letters < _FEW_LETTERS and (covered >= _COVERED or page.curves >= _DRAWING or page.broken):
        return Choice(Method.OCR, "broken-text-layer" if page.broken and letters else "no-text-layer")
    if not letters:
        return Choice(Method.EMBEDDED, "blank-page")
    if page.broken:
        return Choice(Method.OCR, "broken-text-layer")
    if covered >= _FULL_PAGE:
        if _is_foreign(text, config):
            return Choice(Method.OCR, "foreign-text-layer")
        return Choice(Method.EMBEDDED, "ocr-layer-kept")
    return Choice(Method.EMBEDDED, "text-layer")


def coverage(page: RawPage) -> float:
    """The share of the page that its images cover, overlaps counted twice, at most 1."""
    area = page.width * page.height
    return min(1.0, sum(_area(box, page) for box in page.images) / area) if area > 0 else 0.0


def _area(box: Box, page: RawPage) -> float:
    return max(0.0, min(box[2], page.width) - max(box[0], 0.0)) * max(0.0, min(box[3], page.height) - max(box[1], 0.0))


def _is_foreign(text: str, config: OcrConfig) -> bool:
    """Whether a layer over an image was read by an engine that knew no Vietnamese, or read badly.

    Web addresses do not count, and a layer of English sentences is no misreading.
    """
    text = _ADDRESS.sub(" ", vietnamese.nfc(text))
    letters = [c for c in text if c.isalpha()]
    known = vietnamese.marked_letters()
    if sum(c in known for c in letters) < _LEAST_MARKED * len(letters):
        return len(_ENGLISH.findall(text)) < _LEAST_ENGLISH * len(text.split())
    return vietnamese.legibility(text) < config.old_layer_legibility


def worse(read: Sequence[Line], old: Sequence[Line]) -> bool:
    """Whether OCR read less of a page than its old layer says in good Vietnamese, so that the layer is the better."""
    found, before = ("\n".join(line.text for line in lines if line.furniture is None) for lines in (read, old))
    marked = sum(c in vietnamese.marked_letters() for c in vietnamese.nfc(before))
    if marked < _LEAST_MARKED * max(1, sum(map(str.isalpha, before))):
        return False
    return _legible_letters(found) < 0.9 * _legible_letters(before)


def _legible_letters(text: str) -> float:
    return vietnamese.legibility(text) ** 2 * sum(map(str.isalpha, text))


@dataclass(frozen=True, slots=True)
class Reading:
    """Lines that OCR read, with its mean confidence and the code of how it read them."""

    lines: tuple[Line, ...]
    confidence: float | None
    reason: str = ""
    tables: tuple[RuledTable, ...] = ()


def read_page(data: bytes, page: RawPage, config: OcrConfig, tables: bool = True) -> Reading:
    """The whole page through OCR, drawn at the scan's own resolution where it has one."""
    from pipeline.extract import image, scan

    own = image.native_dpi(data, page.number - 1)
    picture = image.render(data, page.number - 1, round(own or config.dpi), config)
    scanned = scan.read_image(picture, page.width, page.height, config, tables)
    return Reading(tuple(scanned.lines), scanned.confidence, scanned.reason, scanned.tables)


def look(
    data: bytes, sizes: Mapping[int, tuple[float, float]], config: OcrConfig, number: int
) -> tuple[str, tuple[tuple[str, Box], ...]] | None:
    """The engine and the words that it reads on a page's image; None where there is no engine or it fails."""
    from pipeline.extract import image, ocr, scan

    if number not in sizes:
        return None
    try:
        engine = ocr.engine(config)
        picture = image.render(data, number - 1, config.dpi, config)
        scanned = scan.read_image(picture, *sizes[number], config)
    except DocumentError:
        return None
    words = ((line.text[slice(*word.span)], word.box) for line in scanned.lines for word in line.words)
    return engine, tuple(words)
