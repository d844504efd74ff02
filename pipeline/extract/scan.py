"""Read one page image: prepare it, let the engine read it, try another way where the result is poor."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import regex
from PIL import Image

from pipeline.config import OcrConfig
from pipeline.document import Box, Line, OcrWord, RuledTable
from pipeline.extract import ocr, prepare, scan_cells, scan_stamps, scan_tables
from pipeline.extract.scan_columns import Row
from pipeline.extract.scan_doubt import second_look
from pipeline.extract.scan_lines import cell_rows, rows_of
from pipeline.extract.tables import with_boxes
from pipeline.vietnamese import legibility, strip_marks

_LETTER = regex.compile(r"[\p{Lu}\p{Ll}\p{N}]")

_SOFTER = 0.6
"""Sigma in points of the Gaussian of a second way; on every page it would cost letters."""


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """What OCR made of one page image; boxes in PDF points of the page as it was given."""

    lines: tuple[Line, ...]
    confidence: float | None
    """Mean confidence of the words, weighted by their letters; None without text."""
    reason: str
    """Codes of what was done to the image, joined by ``+``; ``plain`` where nothing was needed."""
    tables: tuple[RuledTable, ...] = ()


_Stamps = tuple[tuple[Row, ...], tuple[ocr.Word, ...]]
"""Lines of stamps that are furniture, and words of those that are text."""


@dataclass(frozen=True)
class _Reading:
    prepared: prepare.Prepared
    """The page as it was read: without the rules of its tables."""
    rows: tuple[Row, ...]
    codes: tuple[str, ...]
    stamps: _Stamps
    given: prepare.Prepared
    """The page with its rules."""
    tables: tuple[RuledTable, ...] = ()
    """In pixels of the prepared image."""

    @property
    def words(self) -> list[ocr.Word]:
        return [w for row in self.rows if row.furniture is None for w in row.words]

    @property
    def letters(self) -> int:
        return sum(len(_LETTER.findall(w.text)) for w in self.words)

    @property
    def confidence(self) -> float | None:
        weights = [max(1, len(_LETTER.findall(w.text))) for w in self.words]
        total = sum(weights)
        return sum(w.confidence * n for w, n in zip(self.words, weights, strict=True)) / total if total else None

    @property
    def legible(self) -> float:
        return legibility("\n".join(row.text for row in self.rows if row.furniture is None))

    @property
    def sideways(self) -> bool:
        """Whether most longer words stand upright on the image: the engine reads them, but their order is lost."""
        boxes = [w.box for w in self.words if len(w.text) > 3]
        upright = sum(y1 - y0 > x1 - x0 for x0, y0, x1, y1 in boxes)
        return upright > 0.5 * len(boxes) > 1

    @property
    def evidence(self) -> float:
        return (0.1 if self.sideways else 1.0) * self.letters * (self.confidence or 0.0) ** 2 * self.legible**2

    @property
    def doubtful(self) -> bool:
        """Whether the engine is less sure than on any of some fifty real pages, while most words are still right."""
        return (self.confidence or 0.0) < 0.88

    @property
    def poor(self) -> bool:
        return self.sideways or self.letters < 40 or (self.confidence or 0.0) < 0.7 or self.legible < 0.8


def read_image(
    image: Image.Image, width_pt: float, height_pt: float, config: OcrConfig, tables: bool = True
) -> ScannedPage:
    """The lines of a page image in reading order.

    Args:
        image: the page as it is shown (mode 1, L or RGB).
        width_pt: width of the page in points; the image is taken to fill the page.
        height_pt: height of the page in points.
        config: settings of OCR.
        tables: look for ruled tables and read them cell by cell.

    Raises:
        OcrUnavailable, OcrTimeout, OcrFailed
    """
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    dpi = max(image.width / max(width_pt, 1.0), image.height / max(height_pt, 1.0)) * 72
    dpi = min(max(dpi, 36.0), 1200.0)
    first = prepare.prepare(image, dpi, colour=False)
    if not prepare.has_marks(first.image, first.dpi):
        return ScannedPage((), None, "blank")
    best = _read(first, config, tables)
    if best.poor:
        best = max([best, *_again(image, dpi, best, config, tables)], key=lambda reading: reading.evidence)
    elif best.doubtful:
        best = max(best, _otherwise(best, config, tables), key=lambda reading: reading.evidence)
    rows, changed = second_look(best.prepared, best.rows, config)
    if changed:
        best = replace(best, rows=tuple(rows), codes=(*best.codes, "second-look"))
    back = np.diag([width_pt / max(1, image.width), height_pt / max(1, image.height), 1.0]) @ best.prepared.back
    confidence = None if best.confidence is None else round(best.confidence, 4)
    return ScannedPage(_lines(best, back), confidence, "+".join(best.codes) or "plain", _tables(best, back))


def _read(
    page: prepare.Prepared,
    config: OcrConfig,
    tables: bool,
    psm: int = 3,
    sauvola: bool | None = None,
    stamps: _Stamps | None = None,
) -> _Reading:
    """A reading of a page, once its stamps are off; `stamps` are those of a page that has none any more."""
    found = scan_tables.find(page) if tables else ()
    if stamps is None:
        page, furniture, marks = scan_stamps.without(page, config, [table.box for table in found])
        stamps = (furniture, marks)
    if sauvola is None:
        sauvola = not page.bitonal
    clean = scan_tables.without_rules(page, found) if found else page
    picture = Image.fromarray(scan_tables.without_cells(clean.image, found) if found else clean.image)
    words = [*ocr.recognise(picture, config, page.dpi, psm, sauvola), *stamps[1]]
    inside = _cells(clean, found, words, config, sauvola) if found else []
    codes = page.steps + (("sauvola",) if sauvola else ()) + ((f"psm{psm}",) if psm != 3 else ())
    codes += ("tables",) if found else ()
    rows = rows_of(words, picture.width, picture.height, stamps[0], inside)
    return _Reading(clean, tuple(rows), codes, stamps, page, found)


def _cells(
    page: prepare.Prepared, tables: Sequence[RuledTable], outside: Sequence[ocr.Word], config: OcrConfig, sauvola: bool
) -> list[tuple[Box, list[Row]]]:
    """The box of each table with the lines of its cells, cell by cell."""
    cells = iter(scan_cells.read(page, tables, outside, config, sauvola))
    return [
        (table.box, [row for _ in scan_tables.boxes([table]) for row in cell_rows(next(cells))]) for table in tables
    ]


def _again(image: Image.Image, dpi: float, first: _Reading, config: OcrConfig, tables: bool) -> list[_Reading]:
    """Other ways to read a page whose first reading is poor: turned, as one block, other thresholds, other data."""
    readings: list[_Reading] = []
    turns = (1, 3) if first.sideways or prepare.lies_on_side(first.prepared.image) else (2,)
    for quarter in turns:
        readings.append(_read(prepare.prepare(image, dpi, quarter=quarter, colour=False), config, tables))
        if not readings[-1].poor:
            return readings
    best = max([first, *readings], key=lambda reading: reading.evidence)
    if best.letters < 3 and first.letters < 3:
        return readings
    readings.append(_read(best.given, config, tables, psm=6, stamps=best.stamps))
    if not best.prepared.bitonal:
        quarter = next((int(c[7:]) // 90 for c in best.codes if c.startswith("rotated")), 0)
        other = prepare.prepare(image, dpi, quarter=quarter, background=False, soft=0.0)
        readings.append(_read(other, config, tables, sauvola=False))
    if ocr.second_way(config):
        readings.append(_otherwise(max([best, *readings], key=lambda reading: reading.evidence), config, tables))
    return readings


def _otherwise(first: _Reading, config: OcrConfig, tables: bool) -> _Reading:
    """A page read once more: with the next language data where they are installed, else softer and thresholded once."""
    if second := ocr.second_way(config):
        other = _read(first.given, second, tables, stamps=first.stamps)
        return replace(other, codes=(*other.codes, "other-data"))
    page = first.given
    softer = replace(
        page, image=prepare.soften(page.sharp, 1.0, _SOFTER * page.dpi / 72), steps=(*page.steps, "softer")
    )
    return _read(softer, config, tables, sauvola=False, stamps=first.stamps)


def _tables(reading: _Reading, back: prepare.Matrix) -> tuple[RuledTable, ...]:
    """The tables in points of the page as it was given; `back` leads there from the pixels that were read."""
    tilt = round((math.degrees(math.atan2(back[1, 0], back[0, 0])) + 45) % 90 - 45, 3)
    return tuple(replace(with_boxes(table, lambda box: _box(back, box)), tilt=tilt) for table in reading.tables)


def _lines(reading: _Reading, back: prepare.Matrix) -> tuple[Line, ...]:
    """The lines in points of the page as it was given."""
    sizes = [_size(row) for row in reading.rows]
    strokes = [_stroke(reading.prepared, row, size) for row, size in zip(reading.rows, sizes, strict=True)]
    usual = median([s for s in strokes if s] or [0.0])
    lines = []
    for row, size, stroke in zip(reading.rows, sizes, strokes, strict=True):
        words, at = [], 0
        for word in row.words:
            words.append(OcrWord((at, at + len(word.text)), _box(back, word.box), word.confidence))
            at += len(word.text) + 1
        size_pt = round(size * 72 / reading.prepared.dpi, 1)
        bold = bool(usual and stroke > 1.22 * usual)
        lines.append(
            Line(row.text, _box(back, row.box), words=tuple(words), size=size_pt, bold=bold, furniture=row.furniture)
        )
    return tuple(lines)


def _stroke(page: prepare.Prepared, row: Row, size: float) -> float:
    """Stroke width of a row over its type size, so that sizes do not matter."""
    return prepare.stroke_width(page.image, row.box) / size if size > 8 else 0.0


def _box(back: prepare.Matrix, box: Box) -> Box:
    x0, top, x1, bottom = prepare.moved(box, back)
    return round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2)


def _size(row: Row) -> float:
    """Type size in pixels: the median over the words of their height over what their letters reach in the em."""
    sizes = [(w.box[3] - w.box[1]) / _reach(w.text) for w in row.words if _LETTER.search(w.text)]
    return float(median(sizes)) if sizes else 0.0


def _reach(word: str) -> float:
    """Height of a word's ink in a serif face as a share of the em: above the baseline and below it."""
    reaches = [_reaches(letter) for letter in word]
    return max(max(above for above, _ in reaches) + max(below for _, below in reaches), 0.3)


@functools.lru_cache(maxsize=1_000)
def _reaches(letter: str) -> tuple[float, float]:
    """What a letter reaches above the baseline and below it, as shares of the em."""
    base = strip_marks(letter)
    tall = base.isupper() or base.isdigit() or base in "bdfhklt()[]/"
    high = 0.67 if tall else 0.46
    if letter != base and letter not in "đĐ":
        high = _marked_height(letter, base)
    return high, 0.22 if base in "gjpqy()[]/,;Q" or letter in "ạặậẹệịọộợụựỵẠẶẬẸỆỊỌỘỢỤỰỴ" else 0.0


def _marked_height(letter: str, base: str) -> float:
    top = 0.67 if base.isupper() else 0.46
    if letter.lower() in "ạẹịọụỵơượự":
        return top
    double = letter.lower() in "ấầẩẫắằẳẵếềểễốồổỗ"
    return top + (0.33 if double else 0.22)
