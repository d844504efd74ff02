"""What OCR writes for what: the readings of a read word, each with the cost of its confusion.

`models/confusions/` holds counts of letters and of whole words (`models/build/confusions.py` writes them).
"""

import functools
import math
from typing import Final, NamedTuple

from pipeline import knowledge, vietnamese
from pipeline.repair import language

_LETTERS: Final = "abcdeghiklmnopqrstuvxy"
_FLOOR: Final = 2e-6
"""The probability of a confusion of letters never seen."""
_SAME_BASE: Final = 1e-4
"""Of one between letters that differ in their marks only."""
_PRIOR: Final = 60.0
"""So many sightings of a word are as much worth as the product of its letters."""
STROKES: Final = "IiLl"
"""How the rule of a table before a word may be read."""
_RULE: Final = 2e-3
"""The probability of such a stroke before a word that cannot begin so."""
_WIDEST: Final = 16.0
_MOST: Final = 8


class Reading(NamedTuple):
    """A word that may be meant: lower case, its id in the model, the log probability to be read as it was."""

    word: str
    number: int
    cost: float


def aligned(read: str, true: str) -> list[tuple[str, str]] | None:
    """Letters read and meant, side by side; an empty string where one has none; None where the words are too unlike.

    >>> aligned("thy", "thụ"), aligned("lhọc", "học")[:2], aligned("kế hoạch", "a")
    ([('t', 't'), ('h', 'h'), ('y', 'ụ')], [('l', ''), ('h', 'h')], None)
    """
    if len(read) == len(true):
        return list(zip(read, true, strict=True))
    if abs(len(read) - len(true)) != 1:
        return None
    short, long = sorted((read, true), key=len)
    places = [sum(a != b for a, b in zip(short, long[:i] + long[i + 1 :], strict=True)) for i in range(len(long))]
    at = places.index(min(places))
    padded = [*short[:at], "", *short[at:]]
    return list(zip(padded, long, strict=True) if short is read else zip(long, padded, strict=True))


@functools.cache
def _channel() -> dict[tuple[str, str], float]:
    """(Letter meant, letter read) -> log probability; an empty string stands for no letter."""
    counts: dict[str, dict[str, int]] = {}
    for row in knowledge.rows("confusions/letters.csv"):
        counts.setdefault(row["true"], {})[row["read"]] = int(row["count"])
    meant = sum(sum(found.values()) for true, found in counts.items() if true)
    totals = {true: sum(found.values()) if true else meant for true, found in counts.items()}
    return {(true, read): math.log(n / totals[true]) for true, found in counts.items() for read, n in found.items()}


@functools.cache
def _words() -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """(Word meant, word read) -> count, and the count of each word meant."""
    counts: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    for row in knowledge.rows("confusions/words.csv"):
        true, n = language.one_style(row["true"]), int(row["count"])
        counts[true, row["read"]] = counts.get((true, row["read"]), 0) + n
        totals[true] = totals.get(true, 0) + n
    return counts, totals


@functools.cache
def _bases() -> dict[str, frozenset[str]]:
    """Base of a letter read -> other bases that it may stand for, the empty string among them."""
    table: dict[str, set[str]] = {}
    for true, read in _channel():
        a, b = vietnamese.strip_marks(read), vietnamese.strip_marks(true)
        if a and a != b:
            table.setdefault(a, set()).add(b)
    return {read: frozenset(true) for read, true in table.items()}


@functools.cache
def _index() -> dict[str, tuple[tuple[str, int], ...]]:
    """Word without marks -> the syllables of the model that look so, in both tone styles."""
    table: dict[str, list[tuple[str, int]]] = {}
    for word, number in language.model().words():
        if vietnamese.is_syllable(word):
            for form in (word, language.other_style(word)):
                if form:
                    table.setdefault(vietnamese.strip_marks(form), []).append((form, number))
    return {bare: tuple(sorted(found)) for bare, found in table.items()}


@functools.lru_cache(maxsize=200_000)
def cost(read: str, true: str) -> float:
    """The log probability that OCR reads a word so; -inf where the two are too unlike."""
    steps = aligned(read, true)
    if steps is None:
        return -math.inf
    channel, total = _channel(), 0.0
    if steps[0][1] == "" and read[0] in STROKES and not vietnamese.is_syllable(read):
        total, steps = math.log(_RULE), steps[1:]
    for a, b in steps:
        known = channel.get((b, a))
        if known is None:
            known = math.log(_SAME_BASE if a and vietnamese.strip_marks(a) == vietnamese.strip_marks(b) else _FLOOR)
        total += known
    counts, totals = _words()
    one = language.one_style(true)
    if one in totals:
        total = math.log((counts.get((one, read), 0) + _PRIOR * math.exp(total)) / (totals[one] + _PRIOR))
    return total


def _skeletons(bare: str, whole: bool) -> set[str]:
    """The word without marks, and with one letter as it may have been."""
    found = {bare}
    for i, letter in enumerate(bare):
        for other in _bases().get(letter, ()):
            found.add(bare[:i] + other + bare[i + 1 :])
    if whole and bare[0] in "aeiouy":
        found.update(c + bare for c in _LETTERS)
    if not whole:
        found.update(bare[:i] + c + bare[i:] for i in range(len(bare) + 1) for c in _LETTERS)
    return found


@functools.lru_cache(maxsize=100_000)
def readings(read: str) -> tuple[Reading, ...]:
    """The word as it was read, first, and the words that OCR may have read so, likeliest first (lower case, NFC).

    >>> [r.word for r in readings("khâu")][:2], [r.word for r in readings("thromboxan")]
    (['khâu', 'khẩu'], ['thromboxan'])
    """
    model = language.model()
    own = Reading(read, model.id(read), cost(read, read))
    best: dict[int, Reading] = {}
    for bare in _skeletons(vietnamese.strip_marks(read), vietnamese.is_syllable(read)):
        for word, number in _index().get(bare, ()):
            if number == own.number:
                continue
            price = cost(read, word)
            if price > -_WIDEST and (number not in best or price > best[number].cost):
                best[number] = Reading(word, number, price)
    ranked = sorted(best.values(), key=lambda r: (-r.cost - model.unigram(r.number), r.word))
    return own, *ranked[:_MOST]
