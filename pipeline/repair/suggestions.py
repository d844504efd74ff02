"""Probable mistakes of the author: what may be meant, never applied.

A word in small letters is suspected when a neighbour of it on the keyboard (a mark or a tone forgotten or mistyped, d
for đ, a letter left out, doubled, swapped or hit beside) makes the passage very much likelier. Better none than false.
"""

import functools
import math
from typing import Final

import regex

from pipeline import vietnamese
from pipeline.repair import language
from pipeline.repair.lost_letters import wraps

_GAIN: Final = 13.0
"""How many nats a neighbour must gain to be named; _GAIN_NO_WORD for what is no syllable."""
_GAIN_NO_WORD: Final = 10.0
_SUSPECT: Final = -4.5
"""Words likelier than this where they stand are not suspected."""
_FIT: Final = -2.6
"""The mean log probability that the passage must then have."""
_AFTER: Final = 3
"""Words after the suspect that are weighed with it."""
_GLUED: Final = regex.compile(
    r"(?<!\p{L})(số|khoản|điều|điểm|ngày|tháng|năm|mục|chương|tuần|quý)(?=\d)(?!\d+\p{L})", regex.I
)
_BOTH_RIGHT: Final = (frozenset(("hàng", "hằng")),)
"""Pairs of which either is right: never suggested for one another."""
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

Suggestion = tuple[int, int, str, float]


@functools.cache
def _keys_beside() -> dict[str, str]:
    beside = {}
    for row in _ROWS:
        for i, key in enumerate(row):
            beside[key] = row[max(0, i - 1) : i] + row[i + 1 : i + 2]
    return beside


@functools.cache
def _by_bare() -> dict[str, tuple[str, ...]]:
    """Stripped syllable -> the known syllables that strip to it."""
    table: dict[str, list[str]] = {}
    model = language.model()
    for word, number in model.words():
        if model.unigram(number) > -12.0 and vietnamese.is_syllable(word):
            table.setdefault(vietnamese.strip_marks(word), []).append(word)
    return {bare: tuple(sorted(found)) for bare, found in table.items()}


@functools.lru_cache(maxsize=50_000)
def neighbours(word: str) -> frozenset[str]:
    """Known syllables one slip of the keyboard away from a small-letter word (itself and its other style apart).

    >>> "đua" in neighbours("dua"), "thành" in neighbours("thàn"), "điểm" in neighbours("điển")
    (True, True, True)
    """
    bare, table = vietnamese.strip_marks(word), _by_bare()
    found = {near for near in table.get(bare, ()) if _marks_apart(word, near) <= 1}
    slips: set[str] = set()
    for i in range(len(bare) + 1):
        slips.update(bare[:i] + key + bare[i:] for key in "abcdeghiklmnopqrstuvxy")
        if i < len(bare):
            slips.add(bare[:i] + bare[i + 1 :])
            slips.update(bare[:i] + key + bare[i + 1 :] for key in _keys_beside().get(bare[i], ""))
            slips.add(bare[:i] + bare[i + 1 : i + 2] + bare[i] + bare[i + 2 :])
    marks = _marks(word)
    for slip in slips - {bare}:
        found.update(near for near in table.get(slip, ()) if _marks(near) == marks)
    return frozenset(found - {word, language.one_style(word)})


def _marks(word: str) -> tuple[str, ...]:
    """The marked letters' shapes and the tone, as an unordered sign."""
    toneless, tone = vietnamese.split_tone(word)
    return (tone, *sorted(c for c in toneless if vietnamese.strip_marks(c) != c))


def _marks_apart(one: str, other: str) -> int:
    """How many keys of marks two words differ in: the tone counts one, each letter's own mark one."""
    (bare, tone), (near, other_tone) = vietnamese.split_tone(one), vietnamese.split_tone(other)
    return (tone != other_tone) + sum(a != b for a, b in zip(bare, near, strict=True))


def find(text: str) -> list[Suggestion]:
    """Start, end, what is probably meant, and how surely, in the order of the text."""
    found: list[Suggestion] = []
    for match in _GLUED.finditer(text):
        found.append((match.start(), match.end(), match.group() + " ", 0.9))
    for run in _runs(text):
        found.extend(_find(text, run))
    return sorted(found)


def _runs(text: str) -> list[list[tuple[int, int, int]]]:
    """Runs of tokens between the ends of sentences: start, end, id."""
    model, soft = language.model(), wraps(text)
    runs: list[list[tuple[int, int, int]]] = [[]]
    for match in language.token_pattern().finditer(text):
        number = model.token(match.group())
        if number == language.BOUNDARY:
            if match.group() != "\n" or match.start() not in soft:
                runs.append([])
        else:
            runs[-1].append((match.start(), match.end(), number))
    return [run for run in runs if len(run) > 1]


def _find(text: str, run: list[tuple[int, int, int]]) -> list[Suggestion]:
    model, found = language.model(), []
    context = language.BOUNDARY
    for place, (start, end, number) in enumerate(run):
        word = text[start:end]
        score = model.score(context, number)
        if score < _SUSPECT and word.islower() and len(word) > 1 and _plain(text, start, end):
            known = vietnamese.is_syllable(word)
            following = [*(n for _, _, n in run[place + 1 : place + 1 + _AFTER]), language.BOUNDARY][:_AFTER]
            limit = _GAIN if known else _GAIN_NO_WORD
            best, after = max(
                (
                    _gain(context, number, near, following)
                    for near in sorted(neighbours(word))
                    if {word, near} not in _BOTH_RIGHT
                ),
                default=(0.0, ""),
            )
            if best > limit:
                found.append((start, end, after, round(1 / (1 + math.exp(-0.4 * (best - limit) - 1.0)), 4)))
        context = model.follow(context, number)
    return found


def _gain(context: int, number: int, near: str, following: list[int]) -> tuple[float, str]:
    """How much likelier a neighbour makes the passage, over three words or one after it, if it fits at all."""
    gains = [0.0]
    for after in (following, following[:1]):
        there = _passage(context, language.model().id(near), after)
        if there / (1 + len(after)) > _FIT:
            gains.append(there - _passage(context, number, after))
    return max(gains), near


def _plain(text: str, start: int, end: int) -> bool:
    """Whether the word stands by itself, not in a symbol, an address or beside a digit."""
    around = text[start - 1 : start] + text[end : end + 1]
    return not any(c.isdigit() or (c in "/@&_\\-." and c != ".") for c in around)


def _passage(context: int, number: int, following: list[int]) -> float:
    model, total = language.model(), 0.0
    for each in (number, *following):
        total += model.score(context, each)
        context = model.follow(context, each)
    return total
