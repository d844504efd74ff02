"""From the words of the OCR engine to lines in reading order: columns apart, junk and page numbers marked."""

from collections.abc import Sequence
from statistics import median

import regex

from pipeline.document import Box, Furniture
from pipeline.extract.ocr import Word, by_line
from pipeline.extract.scan_columns import MOTTO, Row, in_order
from pipeline.vietnamese import fold, legibility

_PAGE_NUMBER = regex.compile(
    r"[-–—\s.~]*(?:trang\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*/\s*\d{1,4})?[-–—\s.~]*", regex.IGNORECASE
)
_STAMP = regex.compile(
    r"^(?:nguoi )?ky (?:boi|ten)\b|^nguoi ky ?:|^thoi gian ky|^ngay ky ?:"
    r"|\d{4}-\d\d-\d\dT?\s?\d\d:\d\d|\d\d[.:/]\d\d[.:/]\d{4} \d\d:\d\d:\d\d|[+-]\d\d:\d\d$|^signed by|^digitally signed"
    r"|^(?:t?.{0,2}ong thong tin dien tu chinh phu){e<=4}.{0,3}$|^(?:cong van )?den$"
)
_BESIDE_STAMP = regex.compile(r"^(?:email|co quan) ?:")
"""Lines of an electronic signature that a letter has too: they count beside the others only."""
_INCOMING = regex.compile(r"\W*(?:Đ[ẾÉ]N\W*|[ĐDB][ẾÉÊ]N\W*(?:Gi.|Ng.y|S..?\W|[\W\d]{3}).{0,24})")
"""The left half of an incoming-mail stamp."""
_SIGNS = regex.compile(r"[-–—+•*]|.\)|\.?/\.?")
"""Signs that stand alone: bullets, a label that was misread, the end of a letter."""
_TEXT = regex.compile(r"[\p{Lu}\p{Ll}\p{N}]")
_RULE = regex.compile(r"[|¦_~=—–\-,:;'`\"^*°•«»<>/\\\[\](){}]{3,}|[|¦_~\\ˆ`^¬´¨]+")


def rows_of(
    words: Sequence[Word],
    width: int,
    height: int,
    stamps: Sequence[Row] = (),
    tables: Sequence[tuple[Box, list[Row]]] = (),
) -> list[Row]:
    """The lines of a page of `width` x `height` pixels in reading order, furniture marked; `stamps` among it.

    `tables` are boxes from top to bottom with their lines in order; `words` are those that stand in none.
    """
    kept = [w for w in words if w.box[2] > w.box[0] and w.box[3] > w.box[1]]
    if not kept:
        return [*stamps, *(row for _, lines in tables for row in lines)]
    lettered = [w for w in kept if _TEXT.search(w.text)]
    unit = float(median(w.box[3] - w.box[1] for w in lettered or kept))
    sure = float(median(w.confidence for w in lettered or kept))
    good: list[Word] = []
    junk: list[Word] = []
    for word in kept:
        (junk if _is_junk(word, unit) else good).append(word)
    ghosts = _ghosts(good, unit)
    good = [word for word in good if word not in ghosts]
    clean: list[Row] = []
    stamped: list[Row] = []
    noise = [Row(row.words, Furniture.SCAN_NOISE) for row in _pieces(junk, unit)]
    noise += [*stamps, *(Row((word,), Furniture.SCAN_NOISE) for word in ghosts)]
    for piece in _pieces(good, unit):
        rest, cut = _trimmed(piece, unit)
        noise += [Row((w,), Furniture.SCAN_NOISE) for w in cut]
        if rest and _is_noise(Row(rest), sure):
            noise.append(Row(rest, Furniture.SCAN_NOISE))
        elif rest:
            (stamped if _is_stamp(Row(rest)) else clean).append(Row(rest))
    beside = [row for row in clean if _BESIDE_STAMP.search(row.folded) and any(_near(row, s, unit) for s in stamped)]
    clean = [row for row in clean if row not in beside]
    noise += [Row(row.words, Furniture.SIGNATURE_STAMP) for row in [*stamped, *beside]]
    rows: list[Row] = []
    for box, lines in tables:
        above = [row for row in clean if row.base <= box[1]]
        clean = [row for row in clean if row.base > box[1]]
        rows += [*(_marked(row, height) for row in in_order(above, unit, width, height)), *lines]
    rows += [_marked(row, height) for row in in_order(clean, unit, width, height)]
    return _place(rows, noise)


def cell_rows(rows: Sequence[Row]) -> list[Row]:
    """The lines of a cell of a table, specks and remains of rules marked; `rows` are from top to bottom."""
    found = []
    for row in rows:
        unit = float(median(w.box[3] - w.box[1] for w in row.words))
        good = tuple(w for w in row.words if not _is_junk(w, unit) and w.box[2] > w.box[0] and w.box[3] > w.box[1])
        good = _trimmed(Row(good), unit)[0] if good else good
        found += [Row(good)] if good else []
        junk = tuple(w for w in row.words if w not in good)
        found += [Row(junk, Furniture.SCAN_NOISE)] if junk else []
    return found


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


def _ghosts(words: Sequence[Word], unit: float) -> list[Word]:
    """Words on ink that is another's: read once more inside a neighbour, or from a sliver of the lines around."""
    found = []
    for line in by_line(words):
        for word in line:
            sliver = word.box[3] - word.box[1] < 0.35 * unit and _letters(word.text) > 0
            if (sliver and len(line) > 1) or any(_hides(other, word) for other in line if other is not word):
                found.append(word)
    return found


def _hides(word: Word, ghost: Word) -> bool:
    """Whether `word` stands where `ghost` does, is the longer of the two, and the surer unless it holds it whole."""
    width = max(1, ghost.box[2] - ghost.box[0])
    across = (min(word.box[2], ghost.box[2]) - max(word.box[0], ghost.box[0])) / width
    if across <= 0.3:
        return False
    upright = min(word.box[3], ghost.box[3]) - max(word.box[1], ghost.box[1])
    if upright < 0.5 * min(word.box[3] - word.box[1], ghost.box[3] - ghost.box[1]):
        return False
    if _letters(word.text) <= _letters(ghost.text):
        return False
    if across > 0.8:
        return ghost.confidence < word.confidence
    least = 0.5 if not _letters(ghost.text) else 0.3 if ghost.confidence < 0.6 else 1.0
    return across > least and _letters(ghost.text) < 2


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
        return word.confidence < 0.6 and len(word.text) < 4 and not _SIGNS.fullmatch(word.text)
    return letters <= 2 and word.confidence < 0.3 and gap > 0.7 * unit


def _pieces(words: Sequence[Word], unit: float) -> list[Row]:
    """The engine's lines, cut at gaps wider than any space between words and before the motto of a letterhead."""
    pieces = []
    for line in [level for words in by_line(words) for level in _levels(words, unit)]:
        line.sort(key=lambda w: w.box[0])
        start = 0
        for i in range(1, len(line)):
            gap = line[i].box[0] - max(w.box[2] for w in line[start:i])
            motto = gap > 0.4 * unit and MOTTO.match(fold(" ".join(w.text for w in line[i : i + 4])))
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


def _is_stamp(row: Row) -> bool:
    return bool(_STAMP.search(row.folded) or _INCOMING.fullmatch(row.text))


def _near(row: Row, other: Row, unit: float) -> bool:
    """Whether two rows stand over each other, three lines apart at the most."""
    across = min(row.box[2], other.box[2]) > max(row.box[0], other.box[0])
    return across and max(row.box[1] - other.box[3], other.box[1] - row.box[3]) < 3 * unit


def _marked(row: Row, height: int) -> Row:
    """The row with its kind of furniture where it is not part of the text."""
    top, bottom = row.box[1] / max(1, height), row.box[3] / max(1, height)
    if _is_stamp(row):
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
