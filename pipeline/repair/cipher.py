"""The last source: a code that nothing else names is the letter that makes its words likely.

Each unknown code is one letter everywhere. The code with most words in which it is the only unknown comes first; it
takes the free letter under which these words are likeliest, a letter whose width does not fit being unlikely.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_letters

from pipeline import vietnamese
from pipeline.repair import language
from pipeline.repair.ledger import HOLE as _HOLE
from pipeline.repair.usage import Usage
from pipeline.repair.words import possible

_UNKNOWN_WORD = -16.0
_IMPOSSIBLE = -25.0
_MISFIT = 4.0
"""Nats that a letter loses whose base letter is wider or narrower than the code by more than `_ROOM`."""
_ROOM = 25.0
_FEWEST = 3
"""Different words that a code needs."""
_SURE = 0.9
_FIT = 0.8
"""The share of its words that a letter must make possible."""
_PLACE = "\ufffc"


def likeliest(
    usage: Usage, letters: Mapping[int, str], unknown: Iterable[int], widths: Mapping[int, float]
) -> dict[int, tuple[str, float]]:
    """Code -> letter and how sure, for those of the unknown codes whose words tell.

    Args:
        usage: what the font shows.
        letters: what the other codes read.
        unknown: the codes to read.
        widths: advance of each code in thousandths of the em.
    """
    read = dict(letters)
    left = set(unknown)
    found: dict[int, tuple[str, float]] = {}
    while left:
        words = _words(usage, read, left)
        code = max(left, key=lambda c: (len(words[c]), sum(words[c].values()), -c))
        if len(words[code]) < _FEWEST:
            break
        left.discard(code)
        found[code] = _choice(words[code], set(read.values()), _fitting(widths, read, code))
        read[code] = found[code][0] if found[code][1] > _SURE else _HOLE
    return found


def _words(usage: Usage, read: Mapping[int, str], left: set[int]) -> dict[int, Counter[str]]:
    """For each unknown code the words whose only unknown it is, its place written as `_PLACE`."""
    found: dict[int, Counter[str]] = {code: Counter() for code in left}
    for word, codes, count in usage.words({**read, **dict.fromkeys(left, _PLACE)}):
        here = left.intersection(codes)
        if len(here) == 1 and len(word) > 1 and _HOLE not in word:
            found[here.pop()][word] += count
    return found


def _fitting(widths: Mapping[int, float], read: Mapping[int, str], code: int) -> dict[str, bool]:
    """Plain letter -> whether the code is about as wide, for the plain letters that the font shows."""
    wide = widths.get(code)
    found: dict[str, bool] = {}
    for other, letter in read.items():
        if wide is not None and len(letter) == 1 and vietnamese.strip_marks(letter) == letter and other in widths:
            found[letter] = abs(widths[other] - wide) <= _ROOM
    return found


def _choice(words: Mapping[str, int], taken: set[str], fitting: Mapping[str, bool]) -> tuple[str, float]:
    """The letter under which the words are likeliest, and the share of the likelihood that it has."""
    scores = []
    for letter in sorted((vietnamese.letters() | set(ascii_letters)) - taken):
        score = sum(min(count, 3) * _likely(word, letter) for word, count in words.items())
        same_width = letter not in "đĐ" and "\u031b" not in unicodedata.normalize("NFD", letter)
        if same_width and not fitting.get(vietnamese.strip_marks(letter), True):
            score -= _MISFIT
        scores.append((score - letter.isupper(), letter))
    scores.sort(reverse=True)
    letter = scores[0][1]
    fits = sum(_likely(word, letter) > _IMPOSSIBLE for word in words)
    return letter, _share_of_first([score for score, _ in scores]) if fits >= _FIT * len(words) else 0.0


def _likely(word: str, letter: str) -> float:
    """The log probability of a word with the letter at its place; a capital inside small letters is no word."""
    read = word.replace(_PLACE, letter)
    if not possible(read) or not (read.islower() or read.isupper() or read.istitle()):
        return _IMPOSSIBLE
    model = language.model()
    number = model.id(read.lower())
    return model.unigram(number) if number != language.UNKNOWN else _UNKNOWN_WORD


def _share_of_first(scores: Sequence[float]) -> float:
    """The likelihood of the first as a share of all, in (0, 0.98]; scores are natural logarithms.

    >>> round(_share_of_first([-10.0, -10.0]), 2), _share_of_first([-1.0, -40.0])
    (0.5, 0.98)
    """
    return min(0.98, 1 / sum(math.exp(max(-700.0, score - scores[0])) for score in scores))
