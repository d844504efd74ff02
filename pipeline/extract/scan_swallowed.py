"""Words that the engine swallowed: it gave their ink to the word beside them, whose box is then too wide.

The engine drops a short word within a line now and then, the month of a date as well as "đã" or "cơ sở", and nothing
else tells: its neighbour is read rightly and surely, and no ink lies outside of boxes.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np

from pipeline.extract.ocr import Word, bare
from pipeline.extract.prepare import Prepared
from pipeline.extract.scan_skipped import Place
from pipeline.vietnamese import fold, is_syllable, strip_marks

_ADVANCE = {
    **dict.fromkeys("Iijl.,;:'!|", 0.5),
    **dict.fromkeys("ftr-/()", 0.65),
    **dict.fromkeys("mw", 1.55),
    **dict.fromkeys("MW", 1.75),
}
_CAPITAL = 1.35
"""Advances of letters in text faces, with and without serifs, in that of an n; of the other letters it is 1."""
_LEAST = 4
"""Words of a row from which the width of its letters is known."""
_WIDER = 0.25
_MORE = 1.3
"""What a word is too wide by, as a share of its width and in the width of an n: a digit and its space take 1.5."""
_WHITE = 0.33
"""The space between words, in the width of an n; between letters it is 0.15."""
_ALIKE = 0.6
"""Spaces of one line are alike: a narrower one than this share of the widest is none."""
_INKED = 0.04
"""The share of a column that print blackens at least."""
LOOKS = ((1.3, 0.2), (1.0, 0.2))
"""How the parts are drawn: scale, and sigma of the Gaussian in points. Of 61 words that stood for more, 39 were read
whole at 1.3, 35 at 1.0, 26 at the scale of the second look and 10 at 0.6."""
_MOST = 0.97
"""The engine is never surer."""
_SURE = 0.85
"""Confidence of each word that comes in."""


def places(page: Prepared, words: Sequence[Word]) -> dict[Word, list[Place]]:
    """The words of a row that have room for another one beside them, and where their ink stands, word by word.

    Where a neighbour has too little room, the ink is its own.
    """
    ends = [min(w.box[2], b.box[0]) if b.box[0] > w.box[0] else w.box[2] for w, b in pairwise(words)]
    spans = [(w.box[0], end) for w, end in zip(words, [*ends, *(w.box[2] for w in words[-1:])], strict=True)]
    told = [(b - a) / advance(w.text) for w, (a, b) in zip(words, spans, strict=True) if advance(w.text) > 1]
    width = median(told) if len(told) >= _LEAST else 0.0
    if width <= 0:
        return {}
    room = [(b - a) / width - advance(w.text) for w, (a, b) in zip(words, spans, strict=True)]
    found = {}
    for at, (word, (left, right)) in enumerate(zip(words, spans, strict=True)):
        spare = room[at] + min(0.0, *room[max(0, at - 1) : at], *room[at + 1 : at + 2])
        if spare > max(_MORE, _WIDER * advance(word.text)) and any(map(str.isalnum, word.text)):
            parts = _parts(page, (left, word.box[1], right, word.box[3]), width)
            if len(parts) > 1:
                found[word] = parts
    return found


def _parts(page: Prepared, box: Place, width: float) -> list[Place]:
    """The ink of a box, parted where there is as much white as between words, without that of its neighbours."""
    left, top, right, bottom = box
    begin = max(0, round(left - width))
    ink = page.image[top:bottom, begin : round(right + width)] < np.median(page.image[::4, ::4]) * 0.75
    columns = begin + np.flatnonzero(ink.mean(axis=0) > _INKED)
    if not len(columns):
        return []
    gaps = np.diff(columns)
    widest = gaps[(columns[1:] > left) & (columns[:-1] < right)].max(initial=0)
    groups = np.split(columns, np.flatnonzero(gaps > max(_WHITE * width, _ALIKE * widest)) + 1)
    parts = [(int(group[0]), top, int(group[-1]) + 1, bottom) for group in groups]
    return [part for part in parts if part[0] >= left - _WHITE * width and part[2] <= right + _WHITE * width]


def agreed(first: Sequence[Word], second: Sequence[Word]) -> list[Word]:
    """Of two looks at a part the one that is surer; where both read the same, they make each other surer."""
    better = max(first, second, key=lambda words: min((w.confidence for w in words), default=0.0))
    if [bare(w.text) for w in first] != [bare(w.text) for w in second]:
        return list(better)
    doubts = [(1 - a.confidence) * (1 - b.confidence) for a, b in zip(first, second, strict=True)]
    sure = [min(1 - doubt, _MOST) for doubt in doubts]
    return [replace(word, confidence=confidence) for word, confidence in zip(better, sure, strict=True)]


def restored(word: Word, found: Sequence[Word]) -> list[Word]:
    """The words found in the box of one, if it is among them and all else are sure syllables and numbers; or none."""
    found = [replace(w, text=bare(w.text)) for w in found]
    same = next((w for w in found if fold(w.text) == fold(bare(word.text))), None)
    others = _numbers_whole([w for w in found if w is not same])
    if same is None or not others or not all(_is_sure(w, word.text.isupper()) for w in others):
        return []
    top, bottom = word.box[1], word.box[3]
    words = sorted([replace(word, box=same.box), *others], key=lambda w: w.box[0])
    return [replace(w, box=(w.box[0], top, max(w.box[2], w.box[0] + 1), bottom), line=word.line) for w in words]


def _numbers_whole(words: Sequence[Word]) -> list[Word]:
    """The words with figures side by side as one number: a 1 has as much white around it as a word."""
    result: list[Word] = []
    for word in words:
        if result and word.text.isdigit() and result[-1].text.isdigit():
            last = result.pop()
            box = (last.box[0], last.box[1], word.box[2], word.box[3])
            word = replace(last, text=last.text + word.text, box=box, confidence=min(last.confidence, word.confidence))
        result.append(word)
    return result


def _is_sure(word: Word, capitals: bool) -> bool:
    """Whether a word is surely read; by itself small print looks like capitals."""
    syllable = len(word.text) > 1 and is_syllable(word.text) and (capitals or not word.text.isupper())
    return word.confidence >= _SURE and (syllable or word.text.isdigit())


def advance(text: str) -> float:
    """How wide a word is about, in the width of an n."""
    return sum(_ADVANCE.get(c) or (_CAPITAL if c.isupper() else 1.0) for c in strip_marks(text))
