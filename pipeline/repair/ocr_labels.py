"""Labels that OCR read wrongly, mended where their neighbours leave one reading: roman numerals, "V/v" of a letter."""

import functools
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import regex

from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import Edit
from pipeline.vietnamese import to_roman

_ROMAN: Final = tuple(map(to_roman, range(1, 21)))
_CONFIDENCE: Final = 0.97
_LIKE_ONE: Final = "IHl1|!TJ"
_HEAD: Final = 12
"""Lines among which the number of a letter is looked for."""


@functools.cache
def _heading() -> regex.Pattern[str]:
    return regex.compile(r"^\s*([IHVXl1|!TJ]{1,6}L?)([.,])?\s+(?=\p{Lu})")


@functools.cache
def _bracketed() -> regex.Pattern[str]:
    return regex.compile(r"^\s*\(([ivxlj1!|]{1,6})\)(?=\s)")


@functools.cache
def _number() -> regex.Pattern[str]:
    return regex.compile(r"^S[ốôổóồ]\s*[:.]?\s*\d*\s*[/-]\s*\p{Lu}")


@functools.cache
def _subject() -> regex.Pattern[str]:
    """What the mark of a letter's subject (về việc: V/v) is read as."""
    return regex.compile(r"^(?!V/[vV]\b)(V(?:À|W|[/⁄|lI1íì]?[vyVYwW]|[/⁄|]))(?=\s+\p{Ll})")


def _subjects(lines: Sequence[str]) -> list[tuple[int, Edit]]:
    """The mark of the subject where it stands right under the number of a letter, with its line.

    >>> [(n, e.after) for n, e in _subjects(["Số: 3722/VPCP-CN", "VÀ cơ chế đặc thù", "VÀ cơ chế"])]
    [(1, 'V/v')]
    """
    found = []
    for index, (above, line) in enumerate(pairwise(lines[:_HEAD]), 1):
        if _number().match(above) and (match := _subject().match(line)):
            edit = Edit(0, match.end(1), "V/v", Cause.OCR_MISREADING, RepairMethod.NORMALISATION, _CONFIDENCE)
            found.append((index, edit))
    return found


def edits(lines: Sequence[str]) -> list[list[Edit]]:
    """The changes of each line of a document. An L that ends a label without a stop is an I with its stop.

    >>> made = edits(["I. TÌNH HÌNH CHUNG", "Một.", "H. NHIỆM VỤ VÀ GIẢI PHÁP", "III. TỔ CHỨC THỰC HIỆN"])
    >>> [[e.after for e in line] for line in made]
    [[], [], ['II'], []]
    """
    out: list[list[Edit]] = [[] for _ in lines]
    for index, edit in _subjects(lines):
        out[index].append(edit)
    for pattern, capitals in ((_heading(), True), (_bracketed(), False)):
        found = []
        lettered = ""
        for index, line in enumerate(lines):
            match = pattern.match(line)
            if capitals and match and match.group(1) in "HT" and lettered == chr(ord(match.group(1)) - 1):
                match = None
            if match and match.group(1)[-1] == "L" and match.group(2):
                match = None
            letter = _letter().match(line) if capitals else None
            if letter and (match is None or letter.group(1) not in _LIKE_ONE):
                lettered = letter.group(1)
            if match and (not capitals or _is_heading(line[match.end() :], match.group(2))):
                found.append((index, match.start(1), match.group(1)))
        labels = [label.replace("L", "|") if capitals else label.upper() for _, _, label in found]
        for (index, start, label), number in zip(found, _numbers(labels), strict=True):
            if not number:
                continue
            after = _ROMAN[number - 1] if capitals else _ROMAN[number - 1].lower()
            if label[-1] == "L":
                after += "."
            if after != label:
                out[index].append(
                    Edit(
                        start, start + len(label), after, Cause.OCR_MISREADING, RepairMethod.NORMALISATION, _CONFIDENCE
                    )
                )
    return [sorted(made, key=lambda e: e.start) for made in out]


def _is_heading(rest: str, stop: str | None) -> bool:
    """Whether what follows a label is in capitals throughout: a word of two letters and more, or two words."""
    letters = [c for c in rest if c.isalpha()]
    if not letters or any(c.islower() for c in letters):
        return False
    return len(letters) >= 4 and bool(stop or " " in rest.strip())


@functools.cache
def _letter() -> regex.Pattern[str]:
    """The label of a heading counted with letters, as A. B. C."""
    return regex.compile(r"^\s*([A-HK-UY])[.,]\s+(?=\p{Lu})")


def _like_one(label: str) -> bool:
    return all(c in _LIKE_ONE.upper() + _LIKE_ONE for c in label)


def _numbers(labels: Sequence[str]) -> list[int]:
    """The number that each label must have; 0 where it stays as it is.

    A label is changed only when it is made of look-alikes of I and the sound label before it leaves one number due,
    which the next sound label confirms; a label that is no Roman number needs no confirmation at the end.

    >>> _numbers(["I", "H", "III"]), _numbers(["I", "II", "II", "IV"]), _numbers(["I", "II", "I", "II"])
    ([0, 2, 0], [0, 0, 3, 0], [0, 0, 0, 0])
    >>> _numbers(["I", "H", "IHH", "IV"]), _numbers(["I", "I", "II"]), _numbers(["I", "II", "HI"])
    ([0, 2, 3, 0], [0, 0, 0], [0, 0, 3])

    A sound IV also settles the look-alikes before it, and a last II behind a II is a III that lost a stroke:

    >>> _numbers(["1", "1", "II", "IV", "V"]), _numbers(["I", "II", "II"])
    ([1, 2, 3, 0, 0], [0, 0, 3])
    """
    values = [_ROMAN.index(label) + 1 if label in _ROMAN else 0 for label in labels]
    out = [0] * len(labels)
    for i, value in enumerate(values):
        first = i - value + 1
        if value == 4 and first >= 0 and all(map(_like_one, labels[first:i])):
            for number, j in enumerate(range(first, i), 1):
                out[j] = number if values[j] != number else 0
                values[j] = number
    for i, label in enumerate(labels):
        if out[i] or label == "I" or not _like_one(label):
            continue
        before = values[i - 1] if i else 0
        due = before + 1
        if values[i] == due or due > 3 or (i and not before):
            continue
        broken = label not in _ROMAN
        if i and not broken and values[i] != before:
            continue
        follows = next((n for n, v in enumerate(values[i + 1 :], due + 1) if v), None)
        after = next((v for v in values[i + 1 :] if v), None)
        if after is not None and after != follows and not (broken and after == 1):
            continue
        if after is None and not (broken and (i or len(label) == 1)) and values[i] != 2:
            continue
        if not i and (not broken or len(label) > 1 or after is None or after != follows):
            continue
        values[i] = out[i] = due
    return out
