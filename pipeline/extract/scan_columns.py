"""Reading order of a scanned page: lines from top to bottom, and columns side by side one after the other.

The engine reads across the two columns of a letterhead and of the foot of a letter; here they are taken apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import regex

from pipeline.document import Furniture, enclosing
from pipeline.extract.ocr import Word
from pipeline.vietnamese import fold

MOTTO = regex.compile(r"(?:cong hoa xa|dang cong san viet|doc lap ?\W){e<=1}")
"""How the motto of a letterhead begins, as a search key with at most one letter wrong."""
_RECIPIENTS = regex.compile(r"(?:noi ?nhan){e<=1}\b")
_DATE = regex.compile(r"\bng.{1,8}th.ng.{1,8}n.m\b|\bthang ?\d{1,2} ?nam ?\d{4}|, ?ngay\b.*\d{4}")

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Row:
    """A printed line or a part of it: its words from left to right, in pixels of the prepared image."""

    words: tuple[Word, ...]
    furniture: Furniture | None = None

    @property
    def box(self) -> Box:
        """The smallest box around the words, in pixels."""
        return enclosing(w.box for w in self.words)

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(w.text for w in self.words)

    @property
    def base(self) -> float:
        """Height of the baseline: the median bottom of the words, in pixels."""
        return float(median(w.box[3] for w in self.words))

    @property
    def folded(self) -> str:
        """The text as a search key."""
        return fold(self.text)


def in_order(pieces: list[Row], unit: float, width: int, height: int) -> list[Row]:
    """The pieces from top to bottom; where two columns stand side by side, the left one first."""
    bands = _bands(pieces, unit)
    result: list[Row] = []
    wide = [b for b in bands if len(b) == 1 and b[0].box[2] - b[0].box[0] > 0.5 * width] or bands
    middle = float(median((b[0].box[0] + b[-1].box[2]) / 2 for b in wide)) if wide else width / 2
    i = 0
    while i < len(bands):
        found = (
            _letterhead(bands, i, unit, height) or _signatures(bands, i, unit, width) or _side_by_side(bands, i, unit)
        )
        if found is None:
            result += _apart(bands[i], middle, unit)
            i += 1
            continue
        end, cut = found
        for left in (True, False):
            for band in bands[i:end]:
                side = [part for piece in band for part in _split(piece, cut) if (_middle(part) < cut) == left]
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
            clear = all(
                a.box[0] >= b.box[2] - 0.3 * unit or a.box[2] <= b.box[0] + 0.3 * unit
                for a in piece.words
                for p in band
                for b in p.words
            )
            if clear and abs(piece.base - median(p.base for p in band)) < 0.45 * unit:
                band.append(piece)
                break
        else:
            bands.append([piece])
    for band in bands:
        band.sort(key=lambda p: p.box[0])
    return bands


def _apart(band: list[Row], middle: float, unit: float) -> list[Row]:
    """A band as one line; as two where one piece is a centred heading and another only stands beside it."""
    for i, piece in enumerate(band):
        rest = band[:i] + band[i + 1 :]
        alone = all(min(abs(p.box[0] - piece.box[2]), abs(piece.box[0] - p.box[2])) > 2 * unit for p in rest)
        if len(band) == 2 and alone and abs(_middle(piece) - middle) < unit and len(piece.words) > 1:
            return [rest[0], piece]
    return [_joined(band)]


def _joined(band: Sequence[Row]) -> Row:
    return Row(tuple(sorted((w for piece in band for w in piece.words), key=lambda w: w.box[0])))


def _split(piece: Row, cut: float) -> list[Row]:
    """The piece parted at `cut` where a space between its words lies near it."""
    left = tuple(w for w in piece.words if (w.box[0] + w.box[2]) / 2 < cut)
    right = piece.words[len(left) :]
    return [Row(part) for part in (left, right) if part]


def _fits(band: Sequence[Row], cut: float, slack: float, gap: float) -> bool:
    """Whether no word of a band stands on the gutter at `cut` and a line that crosses it has a space there."""
    for piece in band:
        parts = _split(piece, cut)
        if len(parts) == 2 and parts[1].box[0] - parts[0].box[2] < gap:
            return False
        if any(w.box[0] < cut - slack and w.box[2] > cut + slack for w in piece.words):
            return False
    return True


def _sides(band: Sequence[Row], cut: float) -> tuple[bool, bool]:
    parts = [part for piece in band for part in _split(piece, cut)]
    return any(_middle(p) < cut for p in parts), any(_middle(p) >= cut for p in parts)


def _letterhead(bands: list[list[Row]], start: int, unit: float, height: int) -> tuple[int, float] | None:
    """The two columns of a letterhead from band `start`: issuer and number left, motto and date right."""
    if bands[start][0].base > 0.45 * height:
        return None
    mottos = [p for band in bands[start : start + 4] for p in band if MOTTO.match(p.folded)]
    if not mottos or mottos[0].box[0] < 3 * unit:
        return None
    edge = min(p.box[0] for p in mottos)
    cut = edge - 0.3 * unit
    dates = [
        p
        for band in bands[start : start + 12]
        for p in band
        if _DATE.search(p.folded) and p.base > mottos[0].base and p.base - mottos[0].base < 14 * unit
    ]
    if dates:
        heads = [part for part in _split(dates[0], cut - 2 * unit) if _middle(part) > cut]
        if heads and heads[-1].box[0] < edge:
            cut = heads[-1].box[0] - 0.3 * unit
    end, last = start, start
    closed = False
    for i in range(start, min(len(bands), start + 12)):
        if not _fits(bands[i], cut, 0.4 * unit, 0.35 * unit):
            break
        right = _sides(bands[i], cut)[1]
        if closed and right:
            break
        if right:
            last = i + 1
        closed = closed or any(_DATE.search(p.folded) for p in bands[i])
        end = i + 1
    if last == start:
        return None
    last = _close(bands, start, last, end, cut, unit)
    both = [_sides(band, cut) for band in bands[start:last]]
    return (last, cut) if any(left for left, _ in both) and any(right for _, right in both) else None


def _signatures(bands: list[list[Row]], start: int, unit: float, width: int) -> tuple[int, float] | None:
    """The foot of a letter from band `start`: recipients left, signers right, whose first lines may stand higher."""
    heads = [
        (i, p)
        for i in range(start, min(len(bands), start + 8))
        for p in bands[i]
        if _RECIPIENTS.match(p.folded) and p.box[0] < 0.4 * width
    ]
    if not heads:
        return None
    at, head = heads[0]
    right_edge = max(head.box[2] + unit, 0.36 * width)
    if any(p.box[0] < right_edge for band in bands[start:at] for p in band):
        return None
    rights = [p for band in bands[start : at + 12] for p in band if p.box[0] > max(right_edge, 0.4 * width)]
    if not rights:
        return None
    cut = min(p.box[0] for p in rights) - 0.3 * unit
    end = start
    for i in range(start, len(bands)):
        if not _fits(bands[i], cut, 0.4 * unit, 0.5 * unit):
            break
        end = i + 1
    return (end, cut) if end > at else None


def _side_by_side(bands: list[list[Row]], start: int, unit: float) -> tuple[int, float] | None:
    """Two columns of centred lines from band `start` (two signers, two issuers)."""
    band = bands[start]
    if len(band) != 2:
        return None
    low, high = float(band[0].box[2]), float(band[1].box[0])
    end = start
    for i in range(start, len(bands)):
        cut = (low + high) / 2
        if len(bands[i]) > 2 or not _fits(bands[i], cut, 0.0, 1.6 * unit):
            break
        for piece in bands[i]:
            if _middle(piece) < cut:
                low = max(low, piece.box[2])
            else:
                high = min(high, piece.box[0])
        if high - low < unit:
            break
        end = i + 1
    cut = (low + high) / 2
    region = bands[start:end]
    both = [k for k, b in enumerate(region) if len(b) == 2]
    if len(both) < 2:
        return None
    end = start + both[-1] + 1
    lefts = [p for b in bands[start:end] for p in b if _middle(p) < cut]
    rights = [p for b in bands[start:end] for p in b if _middle(p) >= cut]
    return (end, cut) if _centred(lefts, unit) and _centred(rights, unit) else None


def _close(bands: list[list[Row]], start: int, end: int, most: int, cut: float, unit: float) -> int:
    """Take in the lines of the left column that follow close below the last line of the right one."""
    while end < most:
        band = bands[end]
        above = [p for b in bands[start:end] for p in b if _middle(p) < cut]
        if not above or band[0].box[1] - max(p.box[3] for p in above) > 0.9 * unit or _sides(band, cut)[1]:
            break
        end += 1
    return end


def _centred(rows: Sequence[Row], unit: float) -> bool:
    """Whether the lines share a middle and not an edge."""
    middles = [_middle(r) for r in rows]
    edges: list[Callable[[Row], int]] = [lambda r: r.box[0], lambda r: r.box[2]]
    spread = min(max(map(edge, rows)) - min(map(edge, rows)) for edge in edges)
    return len(rows) > 1 and max(middles) - min(middles) < max(unit, 0.5 * spread) and spread > unit
