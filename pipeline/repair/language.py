"""The syllable model's reader: which syllable follows which, as log probabilities.

`models/language/` holds n-grams of up to four syllables, lower case and with one tone style inside (hoà as hòa).
They lie in one table of 32-bit words in the manner of xor filters: three places of the table, xor-ed, give a
fingerprint, a back-off weight and a probability, or another fingerprint where the n-gram is unknown
(Graf and Lemire, "Xor Filters", 2020). `models/build/language.py` writes it with the functions of this module.
"""

import functools
import json
from collections.abc import Iterator, Sequence
from typing import Final

import marisa_trie
import numpy as np
import numpy.typing as npt
import regex

from pipeline import knowledge

FOLDER: Final = "language"
BOUNDARY: Final = 1
NUMBER: Final = 2
UNKNOWN: Final = 3
FIRST_WORD: Final = 4
PROBABILITY_STEP: Final = 16.0
"""A stored probability p is the byte round(-ln p · 16)."""
BACKOFF_STEP: Final = 24.0

TOKEN: Final = r"[\p{L}\p{M}]+|\d+(?:[.,/]\d+)*|[.;:!?…]+(?=\s|$)|\n"
_MASK: Final = (1 << 64) - 1
_WIDE: Final = 0x9E3779B97F4A7C15
_DEEP: Final = 0xD6E8FEB86659FD93
_LAST: Final = 0xC2B2AE3D27D4EB4F
_U: Final = np.uint64
_CACHE_LIMIT: Final = 2_000_000
_AT_ONCE: Final = 1 << 16
"""Ids that are looked up in one pass, which takes some 200 bytes each."""
_STYLES: Final = (
    ("oà", "òa"), ("oá", "óa"), ("oả", "ỏa"), ("oã", "õa"), ("oạ", "ọa"),
    ("oè", "òe"), ("oé", "óe"), ("oẻ", "ỏe"), ("oẽ", "õe"), ("oẹ", "ọe"),
    ("uỳ", "ùy"), ("uý", "úy"), ("uỷ", "ủy"), ("uỹ", "ũy"), ("uỵ", "ụy"),
)  # fmt: skip
_NEW_TONES: Final = dict(_STYLES)
_OLD_TONES: Final = {new: old for old, new in _NEW_TONES.items()}


def one_style(word: str) -> str:
    """A lower-case syllable with its tone on the first vowel of oa, oe, uy (qu apart).

    >>> one_style("hoà"), one_style("thuỷ"), one_style("quý"), one_style("hoàn")
    ('hòa', 'thủy', 'quý', 'hoàn')
    """
    if word[-2:] in _NEW_TONES and not word.startswith("qu"):
        return word[:-2] + _NEW_TONES[word[-2:]]
    return word


def other_style(word: str) -> str | None:
    """The same lower-case syllable in the other tone style; None where there is only one.

    >>> other_style("hòa"), other_style("hoàn")
    ('hoà', None)
    """
    return word[:-2] + _OLD_TONES[word[-2:]] if word[-2:] in _OLD_TONES else None


def places(keys: npt.NDArray[np.uint64], part: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """The three places of each key in a table of three such parts, and its fingerprint."""
    first = keys * _U(_WIDE)
    first ^= first >> _U(32)
    first *= _U(_DEEP)
    first ^= first >> _U(32)
    second = (first ^ (first >> _U(15))) * _U(_LAST)
    size = _U(part)
    found = [(first & _U(0xFFFFFFFF)) * size, (first >> _U(32)) * size, (second >> _U(32)) * size]
    where = np.stack([(f >> _U(32)).astype(np.int64) + i * part for i, f in enumerate(found)])
    return where, (second >> _U(16)).astype(np.uint32) & np.uint32(0xFFFF)


class Model:
    """N-grams of syllables. A context is an int: up to three ids of 16 bits, the last one lowest."""

    def __init__(self) -> None:
        """Open the files of `models/language/`; nothing is read before it is asked for."""
        folder = knowledge.path(FOLDER)
        self._trie = marisa_trie.Trie()
        self._trie.mmap(str(folder / "words.marisa"))
        self._file = np.load(folder / "ngrams.npy", mmap_mode="r")
        self._table = memoryview(self._file)
        self._part = len(self._table) // 3
        words = np.load(folder / "unigrams.npy")
        self._unigram_array = words["probability"] / -PROBABILITY_STEP
        self._backoff_array = words["backoff"] / -BACKOFF_STEP
        self._unigrams: list[float] = self._unigram_array.tolist()
        self._backoffs: list[float] = self._backoff_array.tolist()
        self._titles: tuple[list[float], ...] = tuple((words[n] / 255.0).tolist() for n in ("small", "title", "any"))
        self._uppers: list[float] = (words["upper"] / 255.0).tolist()
        self._scores: dict[int, float] = {}
        self._shorter: dict[int, int] = {}
        self._tokens: dict[str, int] = {}

    def __len__(self) -> int:
        """The number of ids, the four classes included."""
        return len(self._unigrams)

    def id(self, word: str) -> int:
        """The id of a lower-case syllable, UNKNOWN where the model has none."""
        found = self._trie.get(one_style(word))
        return UNKNOWN if found is None else int(found) + FIRST_WORD

    def word(self, number: int) -> str:
        """The syllable of an id."""
        return str(self._trie.restore_key(number - FIRST_WORD))

    def words(self) -> Iterator[tuple[str, int]]:
        """All syllables with their ids."""
        for word, number in self._trie.items():
            yield word, number + FIRST_WORD

    def unigram(self, number: int) -> float:
        """The log probability of an id without context."""
        return self._unigrams[number]

    @functools.cached_property
    def _pairs(self) -> dict[int, float]:
        found = np.load(knowledge.path(FOLDER) / "cases.npy")
        return dict(zip(found["key"].tolist(), (found["share"] / 255.0).tolist(), strict=True))

    def title_share(self, number: int, before: int = -1, context: int = 0) -> float:
        """How often the syllable has a capital first letter inside a sentence.

        ``before`` is 0 after a word in small letters, 1 after a word with a capital, -1 where that is unknown.
        """
        if before >= 0:
            known = self._pairs.get(before << 32 | (context & 0xFFFF) << 16 | number)
            if known is not None:
                return known
        return self._titles[before][number]

    def upper_share(self, number: int) -> float:
        """How often the syllable stands all in capitals."""
        return self._uppers[number]

    def _probe(self, key: int) -> int:
        first = key * _WIDE & _MASK
        first ^= first >> 32
        first = first * _DEEP & _MASK
        first ^= first >> 32
        second = (first ^ (first >> 15)) * _LAST & _MASK
        part, table = self._part, self._table
        found: int = (
            table[(first & 0xFFFFFFFF) * part >> 32]
            ^ table[part + ((first >> 32) * part >> 32)]
            ^ table[2 * part + ((second >> 32) * part >> 32)]
        )
        return found & 0xFFFF if found >> 16 == (second >> 16) & 0xFFFF else -1

    def score(self, context: int, number: int) -> float:
        """The log probability of an id after a context."""
        key = context << 16 | number
        known = self._scores.get(key)
        if known is not None:
            return known
        back = 0.0
        while context:
            found = self._probe(context << 16 | number)
            if found >= 0:
                score = back - (found & 0xFF) / PROBABILITY_STEP
                break
            if context > 0xFFFF:
                weight = self._probe(context)
                back -= (weight >> 8) / BACKOFF_STEP if weight >= 0 else 0.0
                context &= 0xFFFFFFFF if context > 0xFFFFFFFF else 0xFFFF
            else:
                back += self._backoffs[context]
                context = 0
        else:
            score = back + self._unigrams[number]
        if len(self._scores) > _CACHE_LIMIT:
            self._scores.clear()
        self._scores[key] = score
        return score

    def sequence(self, numbers: Sequence[int] | npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
        """The log probability of each id after those before it, as `score` and `follow` give it, in one pass.

        The first id stands after BOUNDARY.
        """
        ids = np.pad(np.array(numbers, dtype=np.uint64), (3, 0), constant_values=BOUNDARY)
        parts = [ids[at : at + _AT_ONCE + 3] for at in range(0, len(numbers), _AT_ONCE)]
        found = [self.after((part[2:-1], part[1:-2], part[:-3]), part[3:]) for part in parts]
        return np.concatenate(found) if found else np.zeros(0)

    def after(self, before: tuple[npt.NDArray[np.uint64], ...], ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
        """The log probability of each id after the three ids before it, nearest first."""
        one, two, three = before
        wide = (one > UNKNOWN) | (one == NUMBER)
        wider = wide & ((two > UNKNOWN) | (two == NUMBER))
        pair = two << _U(16) | one
        scores, waiting = np.zeros(len(ids)), np.ones(len(ids), bool)
        for context, valid in ((three << _U(32) | pair, wider), (pair, wide), (one, None)):
            spots = np.flatnonzero(waiting if valid is None else waiting & valid)
            found = self._probes(context[spots] << _U(16) | ids[spots])
            known = found >= 0
            scores[spots[known]] -= (found[known] & 0xFF) / PROBABILITY_STEP
            waiting[spots[known]] = False
            missed = spots[~known]
            if valid is not None:
                weights = self._probes(context[missed])
                scores[missed] -= np.where(weights >= 0, weights >> 8, 0) / BACKOFF_STEP
            else:
                scores[missed] += self._backoff_array[one[missed]] + self._unigram_array[ids[missed]]
        return scores

    def _probes(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """`_probe` for many keys."""
        where, prints = places(keys, self._part)
        table = self._file
        found = table[where[0]] ^ table[where[1]] ^ table[where[2]]
        return np.where(found >> np.uint32(16) == prints, (found & np.uint32(0xFFFF)).astype(np.int64), -1)

    def follow(self, context: int, number: int) -> int:
        """The context after an id: only as much of it as the model tells apart."""
        if number <= UNKNOWN and number != NUMBER:
            return number
        longest = (context << 16 | number) & 0xFFFFFFFFFFFF
        known = self._shorter.get(longest)
        if known is not None:
            return known
        shorter = longest
        while shorter > 0xFFFF and self._probe(shorter) < 0:
            shorter &= 0xFFFFFFFF if shorter > 0xFFFFFFFF else 0xFFFF
        if len(self._shorter) > _CACHE_LIMIT:
            self._shorter.clear()
        self._shorter[longest] = shorter
        return shorter

    def token(self, piece: str) -> int:
        """The id of a piece that TOKEN matches."""
        known = self._tokens.get(piece)
        if known is None:
            if piece[0].isdigit():
                return NUMBER
            if len(self._tokens) > _CACHE_LIMIT:
                self._tokens.clear()
            known = self._tokens[piece] = self.id(piece.lower()) if piece[0].isalpha() else BOUNDARY
        return known


@functools.cache
def model() -> Model:
    """The model of `models/language/`."""
    return Model()


@functools.cache
def token_pattern() -> regex.Pattern[str]:
    """The compiled TOKEN."""
    return regex.compile(TOKEN)


@functools.cache
def letter_rates() -> dict[str, float]:
    """How often each letter stands among the letters of legal and administrative text, case apart."""
    counts: dict[str, int] = json.loads((knowledge.path(FOLDER) / "letters.json").read_text("utf-8"))
    total = sum(counts.values())
    return {letter: count / total for letter, count in counts.items()}
