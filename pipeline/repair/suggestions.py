"""Probable mistakes of the author: what may be meant, never applied.

A word in small letters is suspected when a neighbour of it on the keyboard (a mark or a tone forgotten or mistyped, d
for đ, a letter left out, doubled, swapped or hit beside) makes the passage very much likelier. Better none than false.
"""

import functools
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt
import regex

from pipeline import vietnamese
from pipeline.repair import language
from pipeline.repair.lost_places import wraps

_GAIN: Final = 13.0
"""How many nats a neighbour must gain to be named; _GAIN_NO_WORD for what is no syllable."""
_GAIN_NO_WORD: Final = 10.0
_SUSPECT: Final = -6.0
"""Words likelier than this where they stand are not suspected."""
_FIT: Final = -2.6
"""The mean log probability that the passage must then have."""
_AFTER: Final = 3
"""Words after the suspect that are weighed with it."""
_AT_ONCE: Final = 1_000
"""Suspects that are weighed together; each takes some ten KiB for its neighbours."""
_GLUED: Final = regex.compile(
    r"(?<!\p{L})(số|khoản|điều|điểm|ngày|tháng|năm|mục|chương|tuần|quý)(?=\d)(?!\d+\p{L})", regex.I
)
_BOTH_RIGHT: Final = (frozenset(("hàng", "hằng")),)
"""Pairs of which either is right: never suggested for one another."""
_IN_SYMBOL: Final = regex.compile(r"[\d/@&_\\-]")
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


@dataclass(frozen=True, slots=True)
class Suspect:
    """A word that is unlikely where it stands."""

    place: int
    """Its number among the tokens."""
    start: int
    """Where it stands in the text."""
    word: str
    limit: float
    """How many nats a neighbour must gain."""
    here: tuple[float, float]
    """Its log probability and that of what follows: of one token, of up to three of its sentence."""
    after: int
    """How many those are."""


def find(text: str) -> list[Suggestion]:
    """Start, end, what is probably meant, and how surely, in the order of the text."""
    found: list[Suggestion] = []
    for match in _GLUED.finditer(text):
        found.append((match.start(), match.end(), match.group() + " ", 0.9))
    spans, numbers = _tokens(text)
    padded = np.pad(np.array(numbers, dtype=np.uint64), (3, _AFTER), constant_values=language.BOUNDARY)
    suspects = _suspects(text, spans, numbers)
    while some := list(islice(suspects, _AT_ONCE)):
        for suspect, gain, near in _meant(some, padded):
            sure = 1 / (1 + math.exp(-0.4 * (gain - suspect.limit) - 1.0))
            found.append((suspect.start, suspect.start + len(suspect.word), near, round(sure, 4)))
    return sorted(found)


def _tokens(text: str) -> "tuple[array[int], array[int]]":
    """Starts and ends in turn, and ids, of the tokens; the end of the text ends a sentence.

    Line ends inside sentences are none.
    """
    token, soft = language.model().token, wraps(text)
    spans, numbers = array("i"), array("H")
    for match in language.token_pattern().finditer(text):
        piece = match.group()
        if piece != "\n" or match.start() not in soft:
            spans.extend(match.span())
            numbers.append(token(piece))
    numbers.append(language.BOUNDARY)
    return spans, numbers


def _suspects(text: str, spans: "array[int]", numbers: "array[int]") -> Iterator[Suspect]:
    """The words that a neighbour could better by enough, if it were sure to stand there."""
    ids = np.array(numbers, dtype=np.int64)
    scores = language.model().sequence(numbers)
    sums = np.concatenate(([0.0], np.cumsum(scores)))
    here = np.arange(len(ids))
    ends = np.flatnonzero(ids == language.BOUNDARY)
    stops = np.minimum(ends[np.minimum(np.searchsorted(ends, here, side="right"), len(ends) - 1)], here + _AFTER)
    near = sums[np.minimum(here + 2, len(ids))] - sums[here]
    far = sums[stops + 1] - sums[here]
    unlikely = (scores < _SUSPECT) & (ids >= language.UNKNOWN) & (np.minimum(far, near) < -_GAIN_NO_WORD)
    for place in np.flatnonzero(unlikely).tolist():
        start, end = spans[2 * place : 2 * place + 2]
        word = text[start:end]
        if end - start > 1 and word.islower() and _plain(text, start, end):
            limit = _GAIN if vietnamese.is_syllable(word) else _GAIN_NO_WORD
            if min(near[place], far[place]) < -limit:
                yield Suspect(place, start, word, limit, (near[place], far[place]), int(stops[place]) - place)


def _meant(suspects: list[Suspect], padded: npt.NDArray[np.uint64]) -> Iterator[tuple[Suspect, float, str]]:
    """The neighbour that gains most for each suspect, where it gains enough and fits.

    It is weighed over three tokens after it and over one. First those are dropped that could not gain enough even if
    all after them were certain.
    """
    offers = [_numbered(suspect.word) for suspect in suspects]
    owners = np.repeat(np.arange(len(suspects)), [len(ids) for _, ids in offers])
    names = [near for found, _ in offers for near in found]
    places = np.array([s.place for s in suspects])[owners]
    before = padded[places + 2], padded[places + 1], padded[places]
    least = np.array([min(s.here) + s.limit for s in suspects])[owners]
    rows = np.flatnonzero(language.model().after(before, np.concatenate([ids for _, ids in offers])) > least)
    around = padded[places[rows, None] + np.arange(4 + _AFTER)]
    around[:, 3] = np.concatenate([ids for _, ids in offers])[rows]
    sums = np.cumsum(language.model().sequence(around.ravel()).reshape(around.shape)[:, 3:], axis=1).tolist()
    best: dict[int, tuple[float, str]] = {}
    for row, there in zip(rows.tolist(), sums, strict=True):
        owner, name = int(owners[row]), names[row]
        suspect = suspects[owner]
        if {suspect.word, name} not in _BOTH_RIGHT:
            for after, here in zip((1, suspect.after), suspect.here, strict=True):
                if there[after] > _FIT * (1 + after) and there[after] - here > suspect.limit:
                    best[owner] = max(best.get(owner, (0.0, "")), (there[after] - here, name))
    for owner, (gain, name) in best.items():
        yield suspects[owner], gain, name


@functools.lru_cache(maxsize=50_000)
def _numbered(word: str) -> tuple[list[str], npt.NDArray[np.uint64]]:
    """The neighbours of a word in order, and their ids."""
    found = sorted(neighbours(word))
    return found, np.array([language.model().id(near) for near in found], dtype=np.uint64)


def _plain(text: str, start: int, end: int) -> bool:
    """Whether the word stands by itself, not in a symbol, an address or beside a digit."""
    return not _IN_SYMBOL.search(text[start - 1 : start] + text[end : end + 1])
