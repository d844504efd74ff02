"""A second look at doubtful words: their lines are cut out, redrawn another way and read once more, all in one call.

Nothing is corrected: of two readings of the same ink the one with the better evidence is kept, the engine's
confidence and whether the word can be written Vietnamese at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import regex
from PIL import Image

from pipeline.config import OcrConfig
from pipeline.extract import ocr, prepare
from pipeline.extract.ocr import Word
from pipeline.extract.scan_lines import Row
from pipeline.vietnamese import is_syllable, nfc

_EDGES = regex.compile(r"^[\p{P}\p{S}]+|[\p{P}\p{S}]+$")
_LETTERS = regex.compile(r"[\p{L}\p{N}]")
_DOUBT = 0.8
"""A word below this confidence is read again."""
_MOST_SHARE = 0.3
"""At most this share of the lines of a page is read again."""
_UNLIKELY = 0.7
"""What the confidence of a word counts that cannot be written Vietnamese."""
_MARGIN = 0.05
"""How much better the second reading must be."""
_SCALE = 0.85
_SOFT = 0.144
"""Sigma of the Gaussian in points."""


@dataclass(frozen=True)
class _Strip:
    """Where a row of the page lies on the sheet of strips: `scale` and offsets in pixels of the sheet."""

    row: int
    top: int
    bottom: int
    dx: float
    scale: float


def second_look(page: prepare.Prepared, rows: Sequence[Row], config: OcrConfig) -> tuple[list[Row], int]:
    """The rows with doubtful words read again where that reading is better, and how many words changed.

    Raises:
        OcrUnavailable, OcrTimeout, OcrFailed
    """
    doubtful = _doubtful_rows(rows)
    if not doubtful:
        return list(rows), 0
    sheet, strips, dpi = _sheet(page, rows, doubtful)
    words = ocr.recognise(Image.fromarray(sheet), config, dpi, psm=6, sauvola=True)
    result, changed = list(rows), 0
    for strip in strips:
        again = _words_on(strip, words)
        merged, count = _merged(rows[strip.row].words, again)
        if count:
            result[strip.row] = Row(merged, rows[strip.row].furniture)
            changed += count
    return result, changed


def plausible(text: str) -> bool:
    """Whether a word without its punctuation can be a Vietnamese syllable, a number or an abbreviation."""
    core = _EDGES.sub("", nfc(text))
    if not core:
        return True
    if core.isalpha():
        mixed = core not in (core.lower(), core.upper(), core.capitalize())
        return not mixed and (is_syllable(core) or (core.isupper() and len(core) <= 6))
    return all(part.isdigit() or (part.isalpha() and (part.isupper() or is_syllable(part)))
               for part in regex.split(r"[\p{P}\p{S}]+", core) if part)


def _doubtful_rows(rows: Sequence[Row]) -> list[int]:
    """Numbers of the rows with a doubtful word, the worst first, at most `_MOST_SHARE` of all."""
    doubts = []
    for number, row in enumerate(rows):
        if row.furniture is not None:
            continue
        worst = min((w.confidence * (1.0 if plausible(w.text) else _UNLIKELY) for w in row.words if _LETTERS.search(w.text)),
                    default=1.0)
        if worst < _DOUBT:
            doubts.append((worst, number))
    return sorted(number for _, number in sorted(doubts)[:max(3, int(len(rows) * _MOST_SHARE))])


def _sheet(page: prepare.Prepared, rows: Sequence[Row], numbers: Sequence[int]
           ) -> tuple[prepare.Grey, list[_Strip], float]:
    """The doubtful lines under each other on white, sharper and a little smaller, with the place of each."""
    scale = _SCALE
    dpi = page.dpi * scale
    margin = round(0.12 * dpi)
    parts, strips, top = [], [], margin
    for number in numbers:
        x0, y0, x1, y1 = rows[number].box
        pad = round(0.012 * page.dpi) + 1
        x0, y0 = max(0, x0 - 3 * pad), max(0, y0 - pad)
        part = prepare.soften(page.sharp[y0:y1 + pad, x0:x1 + 3 * pad], scale, _SOFT * dpi / 72)
        strips.append(_Strip(number, top, top + part.shape[0], margin - x0 * scale, scale))
        parts.append((top, part))
        top += part.shape[0] + margin
    width = max(part.shape[1] for _, part in parts) + 2 * margin
    sheet = np.full((top, width), 255, dtype=np.uint8)
    for at, part in parts:
        sheet[at:at + part.shape[0], margin:margin + part.shape[1]] = part
    return sheet, strips, dpi


def _words_on(strip: _Strip, words: Sequence[Word]) -> list[Word]:
    """The words of the sheet that lie on a strip, their boxes in pixels of the page (across only), left to right."""
    found = [w for w in words if strip.top <= (w.box[1] + w.box[3]) / 2 <= strip.bottom]
    moved = [replace(w, box=(round((w.box[0] - strip.dx) / strip.scale), w.box[1],
                             round((w.box[2] - strip.dx) / strip.scale), w.box[3])) for w in found]
    return sorted(moved, key=lambda w: w.box[0])


def _merged(old: Sequence[Word], new: Sequence[Word]) -> tuple[tuple[Word, ...], int]:
    """The old words with those groups replaced that the new reading has better evidence for."""
    result: list[Word] = []
    changed = 0
    for before, after in _groups(old, new):
        if after and _text(before) != _text(after) and _better(before, after):
            result += [replace(word, box=(word.box[0], min(w.box[1] for w in before),
                                          word.box[2], max(w.box[3] for w in before)), line=before[0].line)
                       for word in after]
            changed += 1
        elif after and _text(before) == _text(after):
            result += [replace(b, confidence=max(b.confidence, a.confidence))
                       for b, a in zip(before, after, strict=True)]
        else:
            result += before
    return tuple(result), changed


def _groups(old: Sequence[Word], new: Sequence[Word]) -> list[tuple[list[Word], list[Word]]]:
    """Old and new words that cover the same ink, as small groups from left to right."""
    groups: list[tuple[list[Word], list[Word]]] = []
    reach = -1.0
    for word in old:
        touching = [w for w in new if _overlap(w, word) > 0.3]
        if groups and touching and touching[0].box[0] < reach and any(w in groups[-1][1] for w in touching):
            groups[-1][0].append(word)
            groups[-1][1].extend(w for w in touching if w not in groups[-1][1])
        else:
            groups.append(([word], touching))
        reach = max([reach, *(float(w.box[2]) for w in touching)])
    return groups


def _overlap(a: Word, b: Word) -> float:
    shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    return shared / max(1, min(a.box[2] - a.box[0], b.box[2] - b.box[0]))


def _text(words: Sequence[Word]) -> str:
    return " ".join(w.text for w in words)


def _better(before: Sequence[Word], after: Sequence[Word]) -> bool:
    old, new = _evidence(before), _evidence(after)
    letters = [len(_LETTERS.findall(_text(side))) for side in (before, after)]
    return new > old + _MARGIN and letters[1] >= 0.6 * letters[0]


def _evidence(words: Sequence[Word]) -> float:
    """Mean confidence by letters, words that cannot be written Vietnamese taken down."""
    weights = [max(1, len(w.text)) for w in words]
    values = [w.confidence * (1.0 if plausible(w.text) else _UNLIKELY) for w in words]
    return sum(v * n for v, n in zip(values, weights, strict=True)) / sum(weights)
