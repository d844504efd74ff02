"""A second look at doubtful words: they are cut out, redrawn sharper, packed on one sheet and read once more.

Print that was skipped (`scan_skipped`) is read on the same sheet, words that were swallowed (`scan_swallowed`) on
sheets of their own. Nothing is corrected: of two readings of the same ink the one with the better evidence is kept.
Evidence is the engine's confidence, whether the word can be written Vietnamese at all, and which way the engine errs:
it loses the second mark of a letter (``tổ`` read as ``tô``) far more often than it makes one up.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import regex
from PIL import Image

from pipeline.config import OcrConfig
from pipeline.document import enclosing
from pipeline.extract import ocr, prepare, scan_skipped, scan_swallowed
from pipeline.extract.ocr import Word, bare
from pipeline.extract.scan_columns import Row
from pipeline.vietnamese import is_syllable, nfc, strip_marks

_ODD = regex.compile(r"[#{}|=¡¿†‡‹›«»~^\\]")
"""Signs that office documents hardly print, but specks are read as."""
_STROKES = regex.compile(r"[IHLT]{2,4}")
"""What the strokes of Roman numbers are read as."""
_ROMAN = regex.compile(r"I{1,3}")
_LETTERS = regex.compile(r"[\p{Lu}\p{Ll}\p{N}]")
_SINGLE = regex.compile(r"[âêôÂÊÔẸỌÓÉÒÈẺỎ]")
_DOUBT = 0.85
"""A word below this confidence is read again."""
_UNLIKELY = 0.7
"""What the confidence of a word counts that cannot be written Vietnamese."""
_MARGIN = 0.1
"""How much better the second reading must be."""
_LEAST = 0.3
"""Confidence that a second mark needs to be believed."""
_LOOKS = ((0.85, 0.144), (0.6, 0.0))
"""How each further look draws the words: scale, and sigma of the Gaussian in points."""
_SAME_INK = 0.5
"""The share of a word's width on a neighbour's ink from which both may be one word."""
_SURE = 0.95
"""Words from this confidence on, of which but a mark may be lost, are looked at once: a second time changed 1 %."""

_Run = tuple[int, int, int]
"""Neighbouring words of a row: its number, the first and the one behind the last; or a part of one word's box."""
_NO_ROW, _PART = -1, -2
"""Instead of a row's number where no word was read, and for a part of a box."""


@dataclass(frozen=True)
class _Cell:
    """Where a run of words of the page lies on a sheet, in pixels of the sheet."""

    box: tuple[int, int, int, int]
    dx: float
    scale: float


@dataclass(frozen=True)
class _Sheet:
    """Doubtful words packed on white in rows, and the place of each run."""

    pixels: prepare.Grey
    cells: dict[_Run, _Cell]
    dpi: float


def second_look(page: prepare.Prepared, rows: Sequence[Row], config: OcrConfig) -> tuple[list[Row], int]:
    """The rows with doubtful words read again where that reading is better, and how many places changed.

    Raises:
        OcrUnavailable, OcrTimeout, OcrFailed
    """
    runs = [
        (number, first, last)
        for number, row in enumerate(rows)
        if row.furniture is None
        for first, last in _doubtful_runs(row.words)
    ]
    skipped = {(_NO_ROW, at, at): place for at, place in enumerate(scan_skipped.places(page, rows))}
    wide = [
        (number, word, parts)
        for number, row in enumerate(rows)
        if row.furniture is None
        for word, parts in scan_swallowed.places(page, row.words).items()
    ]
    parted = {(_PART, at, n): place for at, (_, _, parts) in enumerate(wide) for n, place in enumerate(parts)}
    if not (runs or skipped or parted):
        return list(rows), 0
    places = {run: enclosing(w.box for w in rows[run[0]].words[run[1] : run[2]]) for run in runs} | skipped
    open_runs = [run for run in runs if any(map(_stays_doubtful, rows[run[0]].words[run[1] : run[2]]))]
    sheets = [_sheet(page, places, *_LOOKS[0])] if places else []
    sheets += [_sheet(page, {run: places[run] for run in open_runs}, *look) for look in _LOOKS[1:] if open_runs]
    sheets += [_sheet(page, parted, *look) for look in scan_swallowed.LOOKS if parted]
    pictures = [Image.fromarray(sheet.pixels) for sheet in sheets]
    read = ocr.recognise_all(pictures, config, sheets[0].dpi, psm=6, sauvola=True)
    result, changed = list(rows), 0
    for run in reversed(runs):  # from the end, so that word numbers hold
        number, first, last = run
        row = result[number]
        words = row.words[first:last]
        for sheet, found in zip(sheets, read, strict=True):
            if run in sheet.cells:
                words, count = _merged(words, _words_in(sheet.cells[run], found))
                changed += count
        result[number] = Row((*row.words[:first], *words, *row.words[last:]), row.furniture)
    for at, (number, word, parts) in enumerate(wide):
        looks = [
            [
                _words_in(sheet.cells[run], found)
                for sheet, found in zip(sheets, read, strict=True)
                if run in sheet.cells
            ]
            for run in ((_PART, at, n) for n in range(len(parts)))
        ]
        whole = scan_swallowed.restored(word, [w for look in looks for w in scan_swallowed.agreed(*look)])
        words = result[number].words
        if whole and word in words:
            place = words.index(word)
            result[number] = Row((*words[:place], *whole, *words[place + 1 :]), result[number].furniture)
            changed += 1
    result, added = scan_skipped.joined(result, [_new(sheets[0].cells[run], skipped[run], read[0]) for run in skipped])
    return result, changed + added


def _new(cell: _Cell, place: scan_skipped.Place, words: Sequence[Word]) -> list[Word]:
    """The plausible words that were read in a place where there was none."""
    found = [w for w in _words_in(cell, words) if plausible(w.text)]
    return [replace(w, box=(w.box[0], place[1], max(w.box[2], w.box[0] + 1), place[3])) for w in found]


def plausible(text: str) -> bool:
    """Whether a word without its punctuation can be a Vietnamese syllable, a number or an abbreviation."""
    core = bare(nfc(text))
    if _ODD.search(text) or (_STROKES.fullmatch(core) and not _ROMAN.fullmatch(core)):
        return False
    if core.isalpha():
        mixed = core not in (core.lower(), core.upper(), core.capitalize())
        return not mixed and (is_syllable(core) or (core.isupper() and len(core) <= 6))
    return all(
        part.isdigit() or (part.isalpha() and (part.isupper() or is_syllable(part)))
        for part in regex.split(r"[\p{P}\p{S}]+", core)
        if part
    )


def _doubtful_runs(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Runs of neighbouring doubtful words as half-open ranges."""
    runs: list[tuple[int, int]] = []
    for i, word in enumerate(words):
        if is_doubtful(word):
            if runs and runs[-1][1] == i:
                runs[-1] = (runs[-1][0], i + 1)
            else:
                runs.append((i, i + 1))
    return runs


def is_doubtful(word: Word) -> bool:
    """Whether a word is worth a second look."""
    if not _LETTERS.search(word.text):
        return False
    return word.confidence < _DOUBT or bool(_SINGLE.search(word.text)) or not plausible(word.text)


def _stays_doubtful(word: Word) -> bool:
    """Whether a word is worth more than one further look."""
    return is_doubtful(word) and (word.confidence < _SURE or not plausible(word.text))


def _sheet(page: prepare.Prepared, places: Mapping[_Run, scan_skipped.Place], scale: float, soft: float) -> _Sheet:
    dpi = page.dpi * scale
    pad = round(0.014 * page.dpi) + 1
    gap, limit = round(0.16 * dpi), max(round(6.5 * dpi), 400)
    parts: list[tuple[int, int, prepare.Grey]] = []
    cells: dict[_Run, _Cell] = {}
    x = y = gap
    tallest = 0
    for run, (left, top, right, bottom) in places.items():
        x0, x1, y0, y1 = max(0, left - pad), right + pad, max(0, top - pad), bottom + pad
        part = prepare.soften(page.sharp[y0:y1, x0:x1], scale, soft * dpi / 72)
        height, width = part.shape
        if x > gap and (x + width > limit or height > 1.6 * tallest):
            x, y, tallest = gap, y + tallest + gap, 0
        parts.append((x, y, part))
        cells[run] = _Cell((x, y, x + width, y + height), x - x0 * scale, scale)
        x += width + gap
        tallest = max(tallest, height)
    wide = max(at + part.shape[1] for at, _, part in parts) + gap
    sheet = np.full((y + tallest + gap, wide), 255, dtype=np.uint8)
    for at, down, part in parts:
        sheet[down : down + part.shape[0], at : at + part.shape[1]] = part
    return _Sheet(sheet, cells, dpi)


def _words_in(cell: _Cell, words: Sequence[Word]) -> list[Word]:
    """The words of the sheet that lie in a cell, left to right, their boxes across in pixels of the page."""
    x0, y0, x1, y1 = cell.box
    found = [w for w in words if x0 <= (w.box[0] + w.box[2]) / 2 <= x1 and y0 <= (w.box[1] + w.box[3]) / 2 <= y1]
    moved = [
        replace(
            w,
            box=(
                round((w.box[0] - cell.dx) / cell.scale),
                w.box[1],
                round((w.box[2] - cell.dx) / cell.scale),
                w.box[3],
            ),
        )
        for w in found
    ]
    return _once(sorted(moved, key=lambda w: w.box[0]))


def _once(words: Sequence[Word]) -> list[Word]:
    """The words without those that the engine gives a second time: on the ink of a neighbour that begins with them."""
    kept: list[Word] = []
    for word in words:
        if kept and _overlap(kept[-1], word) > _SAME_INK:
            short, long = sorted((kept[-1], word), key=lambda w: (len(bare(w.text)), w.confidence))
            if strip_marks(bare(long.text)).startswith(strip_marks(bare(short.text))):
                kept[-1] = long
                continue
        kept.append(word)
    return kept


def _merged(old: Sequence[Word], new: Sequence[Word]) -> tuple[tuple[Word, ...], int]:
    """The old words with those replaced that the new reading has better evidence for, and how many."""
    result: list[Word] = []
    changed = 0
    for before, after in _groups(old, new):
        if not any(map(is_doubtful, before)):
            result += before
        elif after and _text(before) == _text(after):
            result += [
                replace(b, confidence=max(b.confidence, a.confidence)) for b, a in zip(before, after, strict=True)
            ]
        elif after and _better(before, after):
            top, bottom = min(w.box[1] for w in before), max(w.box[3] for w in before)
            result += [
                replace(w, box=(w.box[0], top, max(w.box[2], w.box[0] + 1), bottom), line=before[0].line) for w in after
            ]
            changed += 1
        else:
            result += before
    return tuple(result), changed


def _groups(old: Sequence[Word], new: Sequence[Word]) -> list[tuple[list[Word], list[Word]]]:
    """Old and new words that cover the same ink, as small groups from left to right."""
    groups: list[tuple[list[Word], list[Word]]] = []
    for word in old:
        touching = [w for w in new if _overlap(w, word) > 0.3]
        if groups and any(w in groups[-1][1] for w in touching):
            groups[-1][0].append(word)
            groups[-1][1].extend(w for w in touching if w not in groups[-1][1])
        else:
            groups.append(([word], touching))
    return groups


def _overlap(a: Word, b: Word) -> float:
    shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    return shared / max(1, min(a.box[2] - a.box[0], b.box[2] - b.box[0]))


def _text(words: Sequence[Word]) -> str:
    return " ".join(w.text for w in words)


def _better(before: Sequence[Word], after: Sequence[Word]) -> bool:
    old, new = _text(before), _text(after)
    if strip_marks(old) == strip_marks(new):
        return _second_marks(old, new) and min(w.confidence for w in after) >= _LEAST
    letters = [len(_LETTERS.findall(side)) for side in (old, new)]
    return evidence(after) > evidence(before) + _MARGIN and letters[1] >= 0.7 * letters[0]


def _second_marks(old: str, new: str) -> bool:
    """Whether all that the new reading has more are second marks on letters that the old one gives one mark."""
    old, new = nfc(old), nfc(new)
    if len(old) != len(new) or old == new or not all(plausible(word) for word in new.split()):
        return False
    for a, b in zip(old, new, strict=True):
        marks_a, marks_b = (set(unicodedata.normalize("NFD", c)[1:]) for c in (a, b))
        if a != b and not (marks_a and marks_a < marks_b):
            return False
    return True


def evidence(words: Sequence[Word]) -> float:
    """Mean confidence by letters, words that cannot be written Vietnamese taken down."""
    weights = [max(1, len(w.text)) for w in words]
    values = [w.confidence * (1.0 if plausible(w.text) else _UNLIKELY) for w in words]
    return sum(v * n for v, n in zip(values, weights, strict=True)) / sum(weights)
