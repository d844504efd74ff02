"""Marks drawn apart from their letter: in the wrong order, after a blank, in a second pass, or as spacing accents.

A mark belongs to the vowel that it is drawn over or under. Marks that already follow their vowel are only put in order
(shape before tone); a spacing accent is taken only where its box lies over a vowel's, which running text never does.
"""

import unicodedata
from collections.abc import Sequence

import regex

from pipeline.document import Cause, Glyph, RepairMethod
from pipeline.repair.ledger import Edit, LineState
from pipeline.repair.words import possible

_SHAPES = {"\u0302", "\u0306", "\u031b"}
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_SPACING = {
    "`": "\u0300",
    "\u02cb": "\u0300",
    "´": "\u0301",
    "\u02ca": "\u0301",
    "˜": "\u0303",
    "~": "\u0303",
    "ˆ": "\u0302",
    "^": "\u0302",
    "˘": "\u0306",
    "\u0340": "\u0300",
    "\u0341": "\u0301",
    "\u02c0": "\u0309",
    ".": "\u0323",
}
_ANY = regex.compile("[" + "".join(sorted(_SHAPES | _TONES)) + "".join(c for c in _SPACING if ord(c) > 127) + "]")
_OVER = regex.compile(r"[~^`]|\.(?=\p{L})")
_CLUSTER = regex.compile(r"[AEIOUYaeiouyâêôăơưÂÊÔĂƠƯ\p{Latin}][\u0300-\u036f]+")
_VOWELS = set("aeiouyAEIOUY")
_LONGEST = 1_000
"""Letters of a line whose marks are looked for by place, in time with the square; a line of A3 in 6 points has 500."""


def composed(letter: str, marks: Sequence[str]) -> str | None:
    r"""The letter with the marks on it as one letter, shapes before tones; None where there is no such letter.

    >>> composed("a", ["\u0301", "\u0302"])
    'ấ'
    """
    ordered = sorted(unicodedata.normalize("NFD", letter)[1:] + "".join(marks), key=lambda m: m in _TONES)
    made = unicodedata.normalize("NFC", unicodedata.normalize("NFD", letter)[0] + "".join(ordered))
    return made if len(made) == 1 else None


def edits(state: LineState) -> list[Edit]:
    """The edits of one line; marks that find no vowel stay where they are."""
    text = state.text
    if not _ANY.search(text) and not _OVER.search(text):
        return []
    moved = _moved(text, state.cells()) if len(text) <= _LONGEST else []
    if moved:
        return moved
    made = []
    for match in _CLUSTER.finditer(text):
        whole = composed(match.group()[0], list(match.group()[1:]))
        if whole is not None and unicodedata.normalize("NFC", match.group()) != whole:
            made.append(Edit(match.start(), match.end(), whole, Cause.DECOMPOSED, RepairMethod.NORMALISATION, 0.999))
    return made


def _moved(text: str, cells: Sequence[Glyph | None]) -> list[Edit]:
    """Marks away from their vowel, by geometry: each vowel's edit and the deletion of its marks."""
    homes: dict[int, list[int]] = {}
    away = False
    for index, letter in enumerate(text):
        cell = cells[index]
        mark = _SPACING.get(letter, letter if letter in _SHAPES or letter in _TONES else None)
        if mark is None or cell is None:
            continue
        home = _home(index, cell, text, cells)
        if home is None:
            continue
        homes.setdefault(home, []).append(index)
        between = text[home + 1 : index]
        away = away or home > index or letter in _SPACING or any(c not in _SHAPES | _TONES for c in between)
    if not away:
        return []
    made: list[Edit] = []
    for home, places in homes.items():
        whole = composed(text[home], [_SPACING.get(text[i], text[i]) for i in places])
        if whole is None:
            continue
        made.append(_edit(home, home + 1, whole))
        made += [_edit(i, i + 1, "") for i in places]
        for i in places:
            after = text[i + 1] if i + 1 < len(text) else " "
            if i > home + 1 and text[i - 1] == " " and (after == " " or (cells[i - 1] is None and i - 2 == home)):
                made.append(_edit(i - 1, i, ""))
    return sorted({(e.start, e.end): e for e in made}.values(), key=lambda e: e.start)


def _edit(start: int, end: int, after: str) -> Edit:
    return Edit(start, end, after, Cause.DECOMPOSED, RepairMethod.LAYOUT, 0.99)


def _home(index: int, mark: Glyph, text: str, cells: Sequence[Glyph | None]) -> int | None:
    """The place of the vowel a mark is drawn on; of two that are near enough the one that makes a possible syllable.

    A mark of some width lies over its vowel; one without width starts near its vowel's right edge.
    """
    middle = (mark.box[0] + mark.box[2]) / 2
    flat = mark.box[2] - mark.box[0] < 0.02 * mark.size
    near: list[tuple[float, int]] = []
    for place, cell in enumerate(cells):
        if cell is None or cell is mark or unicodedata.normalize("NFD", text[place])[0] not in _VOWELS:
            continue
        x0, _, x1, _ = cell.box
        if flat:
            away = abs(middle - x1)
            fits = away < 0.3 * mark.size
        else:
            away = abs(middle - (x0 + x1) / 2)
            fits = x0 <= middle <= x1
        if fits:
            near.append((away - (0.02 * mark.size if place == index - 1 else 0), place))
    near.sort()
    letter = _SPACING.get(text[index], text[index])
    good = [place for _, place in near if _makes_sense(text, place, letter)]
    return good[0] if good else near[0][1] if near else None


def _makes_sense(text: str, place: int, mark: str) -> bool:
    """Whether the word around the vowel, marks apart, is possible with this mark on it, a tone at its right place."""
    whole = composed(text[place], [mark])
    start, end = place, place + 1
    marks = _SHAPES | _TONES | _SPACING.keys()
    while start and (text[start - 1].isalpha() or text[start - 1] in marks):
        start -= 1
    while end < len(text) and (text[end].isalpha() or text[end] in marks):
        end += 1
    before = "".join(c for c in text[start:place] if c.isalpha())
    after = "".join(c for c in text[place + 1 : end] if c.isalpha())
    return (
        whole is not None
        and possible(before + whole + after)
        and (mark not in _TONES or len(before) in tone_places(before + text[place] + after))
    )


def tone_places(word: str) -> set[int]:
    """Where the tone of a syllable may stand: the shaped vowel, the middle of three, the second before a consonant.

    >>> tone_places("nghia"), tone_places("cuôi"), tone_places("hoan"), tone_places("hoa"), tone_places("ngay")
    ({3}, {2}, {2}, {1, 2}, {2})
    """
    bare = [unicodedata.normalize("NFD", c.lower())[0] for c in word]
    vowels = [i for i, c in enumerate(bare) if c in "aeiouy"]
    head = "".join(bare[:2])
    if len(vowels) > 1 and (head == "qu" or head == "gi"):
        vowels = [i for i in vowels if i > 1]
    if len(vowels) < 2:
        return set(vowels)
    shaped = [i for i in vowels if any(m in _SHAPES for m in unicodedata.normalize("NFD", word[i]))]
    if shaped:
        return {shaped[-1]}
    if len(vowels) > 2:
        return {vowels[1]}
    if vowels[-1] < len(word) - 1:
        return {vowels[1]}
    return set(vowels) if bare[vowels[0]] + bare[vowels[1]] in ("oa", "oe", "uy") else {vowels[0]}
