"""Restore the marks of fully stripped Vietnamese text. For measuring and scoring; never applied by itself."""

import functools
import math
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from pipeline import vietnamese
from pipeline.repair import language
from pipeline.repair.lost_forms import LABEL

_BEAM: Final = 8
_MARGIN: Final = 9.0
_LEAST_SHARE: Final = 0.002


Choices = tuple[tuple[str, int], ...]
"""Words that a stripped one may be, with their ids."""


class Case(IntEnum):
    """What its capitals say about which word it is."""

    UNKNOWN = 0
    SMALL = 1
    AFTER_SMALL = 2
    """A capital first letter after a word in small letters."""
    AFTER_CAPITAL = 3
    UPPER = 4


@functools.cache
def _readings(short: bool) -> dict[str, Choices]:
    """Stripped word -> the syllables and unmarked words that it may be; abbreviations only where asked for."""
    table: dict[str, list[tuple[str, int]]] = {}
    for word, number in language.model().words():
        bare = vietnamese.strip_marks(word)
        if short or bare == word or word == LABEL or vietnamese.is_syllable(word):
            table.setdefault(bare, []).append((word, number))
    return {bare: tuple(sorted(found)) for bare, found in table.items()}


def restore(text: str) -> str:
    """The text with marks put on its syllables; its length, case and all else stay.

    >>> restore("Uy ban nhan dan tinh ban hanh ke hoach so 5/KH-HDND")
    'Ủy ban nhân dân tỉnh ban hành kế hoạch số 5/KH-HĐND'
    """
    model = language.model()
    beam: dict[int, tuple[float, int]] = {language.BOUNDARY: (0.0, -1)}
    chain: list[tuple[int, str]] = []
    spans = []
    for start, end, choices, case in _pieces(text):
        if choices[0][0]:
            spans.append((start, end))
        following: dict[int, tuple[float, int]] = {}
        for context, (score, back) in beam.items():
            for word, number in choices:
                total = score + model.score(context, number) + _fits(number, case, context)
                after = model.follow(context, number)
                if after not in following or total > following[after][0]:
                    following[after] = (total, len(chain) if word else back)
                    if word:
                        chain.append((back, word))
        best = sorted(following.items(), key=lambda item: -item[1][0])[:_BEAM]
        beam = {c: (s, b) for c, (s, b) in best if s >= best[0][1][0] - _MARGIN}
    back = max(beam.values())[1] if beam else -1
    letters = list(text)
    for start, end in reversed(spans):
        back, word = chain[back]
        letters[start:end] = [w.upper() if old.isupper() else w for w, old in zip(word, text[start:end], strict=True)]
    return "".join(letters)


def _pieces(text: str) -> Iterator[tuple[int, int, Choices, Case]]:
    """Each token: its span, what it may be (an empty word: itself), and its case."""
    model = language.model()
    before, label = "\n", ""
    for match in language.token_pattern().finditer(text):
        piece, (start, end) = match.group(), match.span()
        if not piece[0].isalpha():
            yield start, end, (("", model.token(piece)),), Case.UNKNOWN
        elif before == "\n" and len(piece) == 1 and text[end : end + 1] == ")":
            label = LABEL if piece == "d" == label else piece
            yield start, end, ((label, model.id(label)),), Case.UNKNOWN
        else:
            mixed = not piece[1:].islower() and len(piece) > 1
            choices = _readings(mixed).get(piece.lower()) or ((piece.lower(), language.UNKNOWN),)
            yield start, end, choices, _case(text, start, piece, before)
        before = piece


def _case(text: str, start: int, piece: str, before: str) -> Case:
    """The case of a word; unknown at the start of a sentence and in a line of capitals."""
    if len(piece) > 1 and piece.isupper():
        left, right = text.rfind("\n", 0, start) + 1, text.find("\n", start)
        return Case.UNKNOWN if text[left : right if right >= 0 else len(text)].isupper() else Case.UPPER
    if not before[0].isalpha() or not piece[1:].islower():
        return Case.UNKNOWN
    if piece.islower():
        return Case.SMALL
    return Case.AFTER_CAPITAL if before[0].isupper() else Case.AFTER_SMALL


def _fits(number: int, case: Case, context: int) -> float:
    """The log probability of a word's case."""
    if case is Case.UNKNOWN or number < language.FIRST_WORD:
        return 0.0
    model = language.model()
    if case is Case.UPPER:
        share = model.upper_share(number)
    elif case is Case.SMALL:
        share = 1.0 - model.title_share(number)
    else:
        share = model.title_share(number, int(case is Case.AFTER_CAPITAL), context)
    return math.log(max(share, _LEAST_SHARE))


def score(text: str) -> float:
    """The mean log probability of a text's syllables under the model; -inf without any."""
    model, context, total, number_of = language.model(), language.BOUNDARY, 0.0, 0
    for match in language.token_pattern().finditer(text):
        number = model.token(match.group())
        total += model.score(context, number)
        context = model.follow(context, number)
        number_of += 1
    return total / number_of if number_of else -math.inf
