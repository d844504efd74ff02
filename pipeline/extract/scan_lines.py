"""From the words of the OCR engine to lines in reading order: columns apart, junk and page numbers marked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import regex

from pipeline.document import Furniture
from pipeline.extract.ocr import Word
from pipeline.vietnamese import fold, legibility

_MOTTO = regex.compile(r"(?:cong hoa xa|dang cong san viet|doc lap ?\W){e<=1}")
_RECIPIENTS = regex.compile(r"(?:noi ?nhan){e<=1}\b")
_DATE = regex.compile(r"\bng.{1,8}th.ng.{1,8}n.m\b|\bthang ?\d{1,2} ?nam ?\d{4}|, ?ngay\b.*\d{4}")
_PAGE_NUMBER = regex.compile(
    r"[-–—\s.~]*(?:trang\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*/\s*\d{1,4})?[-–—\s.~]*", regex.IGNORECASE)
_STAMP = regex.compile(
    r"^(?:nguoi )?ky (?:boi|ten)\b|^nguoi ky ?:|^thoi gian ky|^ngay ky ?:|^email ?:|^co quan ?:"
    r"|\d{4}-\d\d-\d\dT?\s?\d\d:\d\d|\d\d[.:/]\d\d[.:/]\d{4} \d\d:\d\d:\d\d|[+-]\d\d:\d\d$|^signed by|^digitally signed"
    r"|^(?:t?.{0,2}ong thong tin dien tu chinh phu){e<=4}.{0,3}$|^(?:cong van )?den$")
_INCOMING = regex.compile(r"\W*[ĐDB][ẾÉÊE]N\b.{0,25}")
"""The box of an incoming-mail stamp, in capitals."""
_TEXT = regex.compile(r"[\p{L}\p{N}]")
_RULE = regex.compile(r"[|¦_~=—–\-,:;'`\"^*°•«»<>/\\\[\](){}]{3,}|[|¦_~\\ˆ`^¬´¨]+")

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Row:
    """A printed line or a part of it: its words from left to right, in pixels of the prepared image."""

    words: tuple[Word, ...]
    furniture: Furniture | None = None

    @property
    def box(self) -> Box:
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

    @property
    def folded(self) -> str:
        """The text as a search key."""
        return fold(self.text)


def rows_of(words: Sequence[Word], width: int, height: int) -> list[Row]:
    """The lines of a page of `width` x `height` pixels in reading order, furniture marked."""
    kept = [w for w in words if w.box[2] > w.box[0] and w.box[3] > w.box[1]]
    if not kept:
        return []
    lettered = [w for w in kept if _TEXT.search(w.text)]
    unit = float(median(w.box[3] - w.box[1] for w in lettered or kept))
    sure = float(median(w.confidence for w in lettered or kept))
    good: list[Word] = []
    junk: list[Word] = []
    for word in kept:
        (junk if _is_junk(word, unit) else good).append(word)
    clean: list[Row] = []
    noise = _pieces(junk, unit)
    for piece in _pieces(good, unit):
        rest, cut = _trimmed(piece, unit)
        noise += [Row((w,)) for w in cut]
        if rest:
            (noise if _is_noise(Row(rest), sure) else clean).append(Row(rest))
    rows = [_marked(row, height) for row in _in_order(clean, unit, width, height)]
    return _place(rows, [Row(row.words, Furniture.SCAN_NOISE) for row in noise])


def _letters(text: str) -> int:
    return len(_TEXT.findall(text))


def _is_junk(word: Word, unit: float) -> bool:
    """Rules, specks and bars that were read as letters."""
    x0, y0, x1, y1 = word.box
    letters = _letters(word.text)
    if not letters:
        dots = regex.fullmatch(r"\.{3,}|…+", word.text)
        return bool(_RULE.fullmatch(word.text)) or y1 - y0 > 2.5 * unit or (word.confidence < 0.3 and not dots)
    if y1 - y0 > 3.5 * unit and letters < 4:
        return True
    if y1 - y0 < 0.3 * unit and letters > 1:
        return True
    return word.confidence < 0.3 and x1 - x0 < 0.15 * unit * letters


def _is_noise(piece: Row, sure: float) -> bool:
    """Whether a whole piece is rather a scribble, a stamp's edge or a fold than text."""
    letters = sum(_letters(w.text) for w in piece.words)
    if not letters:
        return not regex.fullmatch(r"[.…\s\-–+*•]+", piece.text)
    weight = sum(max(1, _letters(w.text)) for w in piece.words)
    mean = sum(w.confidence * max(1, _letters(w.text)) for w in piece.words) / weight
    return mean < min(0.5, 0.6 * sure) if letters < 5 else mean < 0.25 and letters < 12 and legibility(piece.text) < 0.3


def _trimmed(piece: Row, unit: float) -> tuple[tuple[Word, ...], list[Word]]:
    """The words of a piece without doubtful specks at its ends, and those specks."""
    words, cut = list(piece.words), []
    while len(words) > 1:
        first, last = words[0], words[-1]
        if _is_speck(first, unit, words[1].box[0] - first.box[2]):
            cut.append(words.pop(0))
        elif _is_speck(last, unit, last.box[0] - words[-2].box[2]):
            cut.append(words.pop())
        else:
            break
    return tuple(words), cut


def _is_speck(word: Word, unit: float, gap: float) -> bool:
    letters = _letters(word.text)
    if not letters:
        return word.confidence < 0.6 and word.text not in "-–—+•*" and len(word.text) < 4
    return letters <= 2 and word.confidence < 0.3 and gap > 0.7 * unit


def _pieces(words: Sequence[Word], unit: float) -> list[Row]:
    """The engine's lines, cut at gaps wider than any space between words and before the motto of a letterhead."""
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    pieces = []
    for line in [level for words in lines.values() for level in _levels(words, unit)]:
        line.sort(key=lambda w: w.box[0])
        start = 0
        for i in range(1, len(line)):
            gap = line[i].box[0] - max(w.box[2] for w in line[start:i])
            motto = gap > 0.4 * unit and _MOTTO.match(fold(" ".join(w.text for w in line[i:i + 4])))
            if gap > 1.6 * unit or motto:
                pieces.append(Row(tuple(line[start:i])))
                start = i
        pieces.append(Row(tuple(line[start:])))
    return pieces


def _levels(words: list[Word], unit: float) -> list[list[Word]]:
    """The words of one line of the engine, apart where it took words of two printed lines into one."""
    levels: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.box[1] + w.box[3]):
        if levels and word.box[1] < median(w.box[3] for w in levels[-1]) - 0.35 * unit:
            levels[-1].append(word)
        else:
            levels.append([word])
    return levels


def _in_order(pieces: list[Row], unit: float, width: int, height: int) -> list[Row]:
    """The pieces from top to bottom; where two columns stand side by side, the left one first."""
    bands = _bands(pieces, unit)
    result: list[Row] = []
    wide = [b for b in bands if len(b) == 1 and b[0].box[2] - b[0].box[0] > 0.5 * width] or bands
    middle = float(median((b[0].box[0] + b[-1].box[2]) / 2 for b in wide)) if wide else width / 2
    i = 0
    while i < len(bands):
        found = (_letterhead(bands, i, unit, height) or _signatures(bands, i, unit, width)
                 or _side_by_side(bands, i, unit))
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
            clear = all(a.box[0] >= b.box[2] - 0.3 * unit or a.box[2] <= b.box[0] + 0.3 * unit
                        for a in piece.words for p in band for b in p.words)
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
        rest = band[:i] + band[i + 1:]
        alone = all(min(abs(p.box[0] - piece.box[2]), abs(piece.box[0] - p.box[2])) > 2 * unit for p in rest)
        if len(band) == 2 and alone and abs(_middle(piece) - middle) < unit and len(piece.words) > 1:
            return [rest[0], piece]
    return [_joined(band)]


def _joined(band: Sequence[Row]) -> Row:
    return Row(tuple(sorted((w for piece in band for w in piece.words), key=lambda w: w.box[0])))


def _split(piece: Row, cut: float) -> list[Row]:
    """The piece parted at `cut` where a space between its words lies near it."""
    left = tuple(w for w in piece.words if (w.box[0] + w.box[2]) / 2 < cut)
    right = piece.words[len(left):]
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
    mottos = [p for band in bands[start:start + 4] for p in band if _MOTTO.match(p.folded)]
    if not mottos or mottos[0].box[0] < 3 * unit:
        return None
    edge = min(p.box[0] for p in mottos)
    cut = edge - 0.3 * unit
    dates = [p for band in bands[start:start + 12] for p in band if _DATE.search(p.folded)
             and p.base > mottos[0].base and p.base - mottos[0].base < 14 * unit]
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
    heads = [(i, p) for i in range(start, min(len(bands), start + 8)) for p in bands[i]
             if _RECIPIENTS.match(p.folded) and p.box[0] < 0.4 * width]
    if not heads:
        return None
    at, head = heads[0]
    right_edge = max(head.box[2] + unit, 0.36 * width)
    if any(p.box[0] < right_edge for band in bands[start:at] for p in band):
        return None
    rights = [p for band in bands[start:at + 12] for p in band if p.box[0] > max(right_edge, 0.4 * width)]
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


def _marked(row: Row, height: int) -> Row:
    """The row with its kind of furniture where it is not part of the text."""
    top, bottom = row.box[1] / max(1, height), row.box[3] / max(1, height)
    if _STAMP.search(row.folded) or (_INCOMING.fullmatch(row.text) and len(row.words) < 6):
        return Row(row.words, Furniture.SIGNATURE_STAMP)
    if (top < 0.1 or bottom > 0.9) and _PAGE_NUMBER.fullmatch(row.text):
        return Row(row.words, Furniture.PAGE_NUMBER)
    return row


def _place(rows: list[Row], noise: list[Row]) -> list[Row]:
    """The noise put behind the last line that ends above it."""
    result = list(rows)
    for row in sorted(noise, key=lambda r: r.base):
        after = [i for i, other in enumerate(result) if other.base <= row.base]
        result.insert(after[-1] + 1 if after else 0, row)
    return result
