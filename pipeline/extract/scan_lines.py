"""From the words of the OCR engine to lines in reading order: columns apart, junk and page numbers marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import regex

from pipeline.document import Furniture
from pipeline.extract.ocr import Word
from pipeline.vietnamese import fold

_COLUMN_WORDS = regex.compile(r"cong hoa xa hoi|doc lap|dang cong san|noi nhan|hanh phuc")
_PAGE_NUMBER = regex.compile(r"[-–—\s.]*(?:trang\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*/\s*\d{1,4})?[-–—\s.]*", regex.IGNORECASE)
_STAMP = regex.compile(
    r"^(?:nguoi )?ky (?:boi|ten)\b|^nguoi ky ?:|^thoi gian ky|^ngay ky ?:|^email ?:|^co quan ?:"
    r"|\d{4}-\d\d-\d\dT?\s?\d\d:\d\d|\d\d[.:/]\d\d[.:/]\d{4} \d\d:\d\d:\d\d|[+-]\d\d:\d\d$|^signed by|^digitally signed")
_TEXT = regex.compile(r"[\p{L}\p{N}]")


@dataclass(frozen=True)
class Row:
    """A printed line: its words from left to right, in pixels of the prepared image."""

    words: tuple[Word, ...]
    furniture: Furniture | None = None

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The smallest box around the words, in pixels."""
        boxes = [w.box for w in self.words]
        return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(w.text for w in self.words)

    @property
    def base(self) -> float:
        """Height of the baseline: the median bottom of the words, in pixels."""
        return float(median(w.box[3] for w in self.words))


def rows_of(words: Sequence[Word], width: int, height: int) -> list[Row]:
    """The lines of a page of `width` x `height` pixels in reading order, furniture marked."""
    kept = [w for w in words if w.box[2] > w.box[0] and w.box[3] > w.box[1]]
    if not kept:
        return []
    unit = float(median(w.box[3] - w.box[1] for w in kept if _TEXT.search(w.text)) if any(
        _TEXT.search(w.text) for w in kept) else median(w.box[3] - w.box[1] for w in kept))
    good, junk = [], []
    for word in kept:
        (junk if _is_junk(word, unit) else good).append(word)
    pieces = _pieces(good, unit)
    ordered = _in_order(pieces, unit, height)
    rows = [_marked(row, height) for row in ordered]
    noise = [Row(row.words, Furniture.SCAN_NOISE) for row in _pieces(junk, unit)]
    return _place(rows, noise)


def _is_junk(word: Word, unit: float) -> bool:
    """Rules, specks and bars that were read as letters."""
    x0, y0, x1, y1 = word.box
    if not _TEXT.search(word.text):
        if word.confidence < 0.3 or regex.fullmatch(r"[|¦_~=—–\-.,:;'`\"^*°•]{3,}|[|¦_~\\]+", word.text):
            return not regex.fullmatch(r"\.{3,}|…+", word.text) or word.confidence < 0.3
        return (y1 - y0) > 3 * unit
    letters = len(_TEXT.findall(word.text))
    if (y1 - y0) > 3.5 * unit and letters < 4:
        return True
    if (y1 - y0) < 0.25 * unit and letters > 1:
        return True
    return word.confidence < 0.3 and (x1 - x0) < 0.3 * unit * letters * 0.5


def _pieces(words: Sequence[Word], unit: float) -> list[Row]:
    """The engine's lines, cut at gaps wider than any space between words."""
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    pieces = []
    for line in lines.values():
        line.sort(key=lambda w: w.box[0])
        piece = [line[0]]
        for before, word in zip(line, line[1:], strict=False):
            if word.box[0] - max(w.box[2] for w in piece) > 1.6 * unit:
                pieces.append(Row(tuple(piece)))
                piece = []
            piece.append(word)
        pieces.append(Row(tuple(piece)))
    return pieces


def _in_order(pieces: list[Row], unit: float, height: int) -> list[Row]:
    """The pieces from top to bottom; where two columns stand side by side, the left one first."""
    bands = _bands(pieces, unit)
    result: list[Row] = []
    i = 0
    while i < len(bands):
        found = _columns(bands, i, unit, height)
        if found is None:
            result.append(_joined(bands[i]))
            i += 1
            continue
        end, cut = found
        for left in (True, False):
            for band in bands[i:end]:
                side = [p for p in band if (_middle(p) < cut) == left]
                if side:
                    result.append(_joined(side))
        i = end
    return result


def _middle(row: Row) -> float:
    return (row.box[0] + row.box[2]) / 2


def _bands(pieces: list[Row], unit: float) -> list[list[Row]]:
    """Pieces that stand on one line of the paper, top to bottom, each from left to right."""
    bands: list[list[Row]] = []
    for piece in sorted(pieces, key=lambda p: p.base):
        for band in reversed(bands[-3:]):
            clear = all(piece.box[0] >= p.box[2] - 0.5 * unit or piece.box[2] <= p.box[0] + 0.5 * unit for p in band)
            if clear and abs(piece.base - median(p.base for p in band)) < 0.45 * unit:
                band.append(piece)
                break
        else:
            bands.append([piece])
    for band in bands:
        band.sort(key=lambda p: p.box[0])
    return bands


def _joined(band: Sequence[Row]) -> Row:
    return Row(tuple(w for piece in band for w in piece.words))


def _columns(bands: list[list[Row]], start: int, unit: float, height: int) -> tuple[int, float] | None:
    """Where two columns begin at band `start`: the band after their end, and the x that parts them."""
    low, high = 0.0, float("inf")
    sides: list[tuple[bool, bool]] = []
    limits: tuple[float, float] | None = None
    last_box: dict[bool, float] = {}
    for band in bands[start:]:
        fit = _fit(band, limits, unit)
        if fit is None:
            break
        low, high = fit
        cut = (low + high) / 2
        left = any(_middle(p) < cut for p in band)
        right = any(_middle(p) >= cut for p in band)
        if limits is None and not (left and right):
            pass
        limits = (low, high)
        sides.append((left, right))
    del last_box
    if limits is None:
        return None
    cut = (limits[0] + limits[1]) / 2
    both = [k for k, (left, right) in enumerate(_sides(bands[start:start + len(sides)], cut)) if left and right]
    if not both:
        return None
    end = _close(bands, start, start + both[-1] + 1, start + len(sides), cut, unit)
    region = bands[start:end]
    lefts = [p for band in region for p in band if _middle(p) < cut]
    rights = [p for band in region for p in band if _middle(p) >= cut]
    if len(lefts) < 2 and len(rights) < 2:
        return None
    if any(len(band) > 2 for band in region):
        return None
    text = fold(" ".join(p.text for p in lefts + rights))
    if _COLUMN_WORDS.search(text) or (_centred(rights, unit) and region[0][0].base < 0.3 * height):
        return end, cut
    if len(both) >= 2 and _centred(lefts, unit) and _centred(rights, unit):
        return end, cut
    return None


def _sides(bands: Sequence[Sequence[Row]], cut: float) -> list[tuple[bool, bool]]:
    return [(any(_middle(p) < cut for p in band), any(_middle(p) >= cut for p in band)) for band in bands]


def _fit(band: Sequence[Row], limits: tuple[float, float] | None, unit: float) -> tuple[float, float] | None:
    """The gutter narrowed by a band; None where the band crosses it."""
    if limits is None:
        if len(band) != 2:
            return None
        return float(band[0].box[2]), float(band[1].box[0])
    low, high = limits
    for piece in band:
        x0, _, x1, _ = piece.box
        if (x0 + x1) / 2 < (low + high) / 2:
            low = max(low, x1)
        else:
            high = min(high, x0)
    return (low, high) if high - low > 0.5 * unit else None


def _close(bands: list[list[Row]], start: int, end: int, most: int, cut: float, unit: float) -> int:
    """Take in the lines of one column that follow close below the last line with both columns."""
    while end < most:
        band = bands[end]
        left = _middle(band[0]) < cut
        above = [p for b in bands[start:end] for p in b if (_middle(p) < cut) == left]
        if not above or band[0].box[1] - max(p.box[3] for p in above) > 0.9 * unit:
            break
        end += 1
    return end


def _centred(rows: Sequence[Row], unit: float) -> bool:
    """Whether the lines share a middle better than a left edge."""
    if len(rows) < 2:
        return False
    middles, edges = [_middle(r) for r in rows], [r.box[0] for r in rows]
    return max(middles) - min(middles) < max(1.5 * unit, 0.7 * (max(edges) - min(edges)))


def _marked(row: Row, height: int) -> Row:
    """The row with its kind of furniture where it is not part of the text."""
    top, bottom = row.box[1] / max(1, height), row.box[3] / max(1, height)
    folded = fold(row.text)
    if _STAMP.search(folded):
        return Row(row.words, Furniture.SIGNATURE_STAMP)
    if (top < 0.1 or bottom > 0.9) and _PAGE_NUMBER.fullmatch(row.text):
        return Row(row.words, Furniture.PAGE_NUMBER)
    if not _TEXT.search(row.text):
        return Row(row.words, Furniture.SCAN_NOISE)
    letters = sum(len(w.text) for w in row.words)
    sure = sum(w.confidence * len(w.text) for w in row.words) / max(1, letters)
    if sure < 0.25 and letters < 12:
        return Row(row.words, Furniture.SCAN_NOISE)
    return row


def _place(rows: list[Row], noise: list[Row]) -> list[Row]:
    """The noise put behind the last line that ends above it."""
    result = list(rows)
    for row in sorted(noise, key=lambda r: r.base):
        after = [i for i, other in enumerate(result) if other.base <= row.base]
        result.insert(after[-1] + 1 if after else 0, row)
    return result
