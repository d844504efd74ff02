"""Whether a word can be Vietnamese, as the rules of this room ask it: every letter must be of the alphabet too."""

import functools
from collections.abc import Iterable

from pipeline import vietnamese


@functools.lru_cache(maxsize=100_000)
def possible(word: str) -> bool:
    r"""Whether the word, composed, is a possible syllable of Vietnamese letters alone (ñ is n with a tilde, no letter).

    >>> possible("ủy"), possible("ñy"), possible("tra\u0301i")
    (True, False, True)
    """
    word = vietnamese.nfc(word)
    return all(c.isascii() or c in vietnamese.letters() for c in word) and vietnamese.is_syllable(word)


def share(words: Iterable[tuple[str, int]], least: int = 1) -> float | None:
    """The share of possible syllables, by letters, among words of two and more; None for fewer than `least` letters.

    Short words all in capitals (abbreviations) say nothing.
    """
    good = total = 0
    for word, count in words:
        if len(word) > 1 and not (len(word) < 5 and word.isupper()):
            total += len(word) * count
            good += len(word) * count * possible(word)
    return good / total if total >= least else None
