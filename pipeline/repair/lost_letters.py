"""Restore letters that a driver dropped from extracted text, where only the text is at hand.

Each lost letter shows as one space, or as one space a byte of UTF-8. Which letters are lost, and how often each, is
learned from the text itself by expectation and maximisation; then each space is read as a space or as a lost letter,
whichever the language model makes likelier. Numbers of documents and abbreviations are never composed: they come
from an intact copy in the same text or from the tables of known ones, or stay holes.
"""

import functools
import itertools
import math
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

import regex

from pipeline import vietnamese
from pipeline.repair import language, lost_symbols
from pipeline.repair.lost_forms import WEAK, Forms, Mode, first_forms, forms, losses, syllables
from pipeline.repair.lost_lattice import Arc, Search
from pipeline.repair.lost_places import Places

_SAMPLE: Final = 4_000
"""The set of lost letters is learned from this many characters."""
_COMMON: Final = 2_500
"""The first of two rounds takes this many syllables, and lets any letter be lost."""
_ROUNDS: Final = 2
_OPEN: Final = 0.05
"""The second round is done again while it is open for a letter whether it is lost."""
_UNSEEN: Final = (0.05, 0.02)
"""The share of a letter that never occurs, nor is missed: small, capital."""
_WORD: Final = regex.compile(r"\p{L}+")
_STATED: Final = (
    (0.0, 0.0), (0.5, 0.4), (0.85, 0.72), (0.9, 0.9), (0.99, 0.945), (0.998, 0.985), (0.9995, 0.994), (1.0, 0.9995),
)  # fmt: skip
"""Posterior share -> share measured right, fitted on documents 41 to 100 of two held-out collections; see the card."""
_SIGNS: Final = 3
_SIGNS_SHARE: Final = 0.004
"""A text is damaged with so many signs, and so many a word."""
_FEW: Final = 0.002
_AFTER_ONE: Final = regex.compile(r"(?<=\p{L} )\p{Ll}{2,}(?!\p{L})")
_DOUBLE: Final = regex.compile(r"(?<=\S) {2,}(?=\S)")
_AFTER_SPACE: Final = regex.compile(r"[^\s(\[{“‘\"/–-]$")
_BEFORE_SPACE: Final = regex.compile(r"[\p{L}\d(\[“‘]|[–-] ")
"""Beside these a collapsed run at the edge of a word holds a real space."""
_RARE: Final = -12.5
_HEADS: Final = frozenset(("ch", "gh", "kh", "ng", "ngh", "nh", "ph", "qu", "th", "tr", *"bđghklmnpqrstvx"))
_TAILS: Final = frozenset(("ng", "nh", "ch", *"cmnptiuoy"))
_MARKED_STARTS: Final = frozenset("àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ")
_MOST_CANDIDATES: Final = 5


@dataclass(frozen=True, slots=True)
class Restoration:
    """Lost letters at ``text[start:end]``; ``after`` is None for a hole: damaged for certain, reading unsure."""

    start: int
    end: int
    after: str | None
    confidence: float
    candidates: tuple[tuple[str, float], ...] = ()


def is_damaged(text: str) -> bool:
    """Whether letters were lost from the text, each leaving one space or more.

    Counts neighbours that are no syllables but become one with a letter between them, as in "h p" for "hợp".

    >>> is_damaged("phối h p hoạt  ộng gi a các hội  hoa học, th o lu n nh ng vấn  ề chủ ch t")
    True
    >>> is_damaged("to chuc hoi thao khoa hoc; the quick brown fox jumps over the lazy dog"), is_damaged("")
    (False, False)
    """
    words = signs = 0
    for line in text.splitlines():
        found = [m.span() for m in _WORD.finditer(line)]
        words += len(found)
        for (start, end), (then, last) in itertools.pairwise(found):
            gap = line[end:then]
            if len(gap) <= 6 and not gap.strip(" "):
                signs += _joins(line[start:end], line[then:last]) or (len(gap) > 1 and _lost_its_head(line[then:last]))
    return signs >= _SIGNS and signs >= _SIGNS_SHARE * words


def _joins(left: str, right: str) -> bool:
    """Whether two pieces are no words, but the head and the tail of one."""
    return left.lower() in _HEADS and (right in _TAILS or len(left) > 1 or right[0] in _MARKED_STARTS)


def _lost_its_head(piece: str) -> bool:
    """Whether a piece is next to never a word by itself."""
    model = language.model()
    return piece.islower() and len(piece) > 1 and model.unigram(model.id(piece)) < _RARE


def restore(text: str, confidence_floor: float = 0.9) -> list[Restoration]:
    """The lost letters of a text, in its order; those less sure than the floor as holes with candidates."""
    mode = _mode(text)
    rates, table = _learn(text, mode)
    if not table.words:
        return []
    lost = frozenset(letter for letter, rate in rates.items() if rate > 0.3)
    places = Places(text)
    search = Search(places, table, mode, lost_symbols.complete(text, lost, mode))
    found = _found(text, search, mode, confidence_floor)
    taken = {place for one in found for place in range(one.start, one.end)}
    gaps = lost_symbols.gaps(places, lost, mode, taken)
    holes = [Restoration(start, end, None, 0.0, candidates) for (start, end), candidates in gaps.items()]
    return sorted(found + holes, key=lambda r: r.start)


def _mode(text: str) -> Mode:
    marked = sum(c in vietnamese.marked_letters() for c in text)
    letters = sum(c.isalpha() for c in text)
    if marked < 0.005 * letters and "  " in text:
        return Mode.BYTE
    words = text.count(" ") + 1
    alone = sum(_lost_its_head(match.group()) for match in _AFTER_ONE.finditer(text))
    doubled = sum(1 for _ in _DOUBLE.finditer(text))
    return Mode.COLLAPSED if alone >= max(_SIGNS, _SIGNS_SHARE * words) and doubled <= _FEW * words else Mode.LETTER


def _learn(text: str, mode: Mode) -> tuple[dict[str, float], Forms]:
    """How often each letter is lost where it should stand, and the forms that words then show."""
    if mode is Mode.BYTE:
        rates = dict.fromkeys(sorted(vietnamese.marked_letters()), 0.999)
        return rates, forms(rates, mode)
    sample = _sample(text)
    everywhere = frozenset(text)
    kept = Counter(c for c in sample if c.isalpha())
    rates = _missed(kept)
    weak = _alphabet().difference(rates)
    places = Places(sample)
    table = first_forms(_COMMON).with_rates(dict.fromkeys(sorted(weak), WEAK) | rates)
    gone, kept = _tally(sample, Search(places, table, mode, {}).path(), mode)
    rates = {c: rate for c, rate in _missed(kept).items() if gone[c] or rate > 0.3 or c not in everywhere}
    weak = frozenset(letter for letter, times in gone.items() if letter not in rates and times > 1)
    table = forms(rates, mode, weak)
    for _ in range(_ROUNDS):
        gone, kept = _tally(sample, Search(places, table, mode, {}).path(), mode)
        rates = {}
        for letter in sorted({*table.costs} & _alphabet()):
            share = (gone[letter] + 0.01) / (gone[letter] + kept[letter] + 0.1)
            least = 0.0 if letter in everywhere else _UNSEEN[letter.isupper()]
            rates[letter] = min(0.998, max(share**3 / (share**3 + (1 - share) ** 3), least))
        table = table.with_rates(rates)
        if not any(_OPEN < rates[letter] < 1 - _OPEN for letter in rates if gone[letter]):
            break
    return rates, table


def _missed(kept: Counter[str]) -> dict[str, float]:
    """Letters seen less often than they should be: letter -> how likely each of them was lost."""
    rates, total = {}, sum(kept.values())
    for letter, share in language.letter_rates().items():
        expected, seen = share * total, kept[letter]
        if letter in _alphabet() and seen < 0.4 * expected:
            sure = expected * (1 if letter.islower() else 0.4)
            rates[letter] = min(0.98, max(0.02, (1 - seen / expected) * (1 - math.exp(-sure / 2))))
    return rates


def _tally(text: str, path: list[Arc], mode: Mode) -> tuple[Counter[str], Counter[str]]:
    """The letters lost on a path, and the letters kept in the lines where some are lost."""
    gone, kept = Counter[str](), Counter[str]()
    places = [arc.start for arc in path if arc.text is not None]
    for arc in path:
        if arc.text is not None:
            for _, _, letters in losses(arc.text, text[arc.start : arc.end], mode):
                gone.update(letters)
    end, spot = 0, 0
    for line in text.splitlines(keepends=True):
        end += len(line)
        if spot < len(places) and places[spot] < end:
            kept.update(c for c in line if c.isalpha())
        while spot < len(places) and places[spot] < end:
            spot += 1
    return gone, kept


@functools.cache
def _alphabet() -> frozenset[str]:
    """All letters that stand in possible syllables, small and capital."""
    small = {letter for word, _ in syllables() for letter in word}
    return frozenset(small | {letter.upper() for letter in small})


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE:
        return text
    end = text.find("\n", _SAMPLE)
    return text[: end if 0 < end < 2 * _SAMPLE else _SAMPLE]


def _found(text: str, search: Search, mode: Mode, floor: float) -> list[Restoration]:
    shares = search.shares()
    rivals: dict[int, list[Arc]] = {}
    for arc in shares:
        for place in range(arc.start, arc.end):
            if text[place] == " ":
                rivals.setdefault(place, []).append(arc)
    found = []
    for arc in search.path():
        if arc.text is None:
            if shares.get(arc, 1.0) < 0.5 and mode is not Mode.COLLAPSED:
                found.append(_hole(arc.start, arc.end, text, rivals, shares, mode))
            continue
        for start, end, letters in _losses(text, arc, mode):
            offers = _offers(start, end, text, rivals, shares, mode)
            share = calibrated(offers[letters])
            if found and found[-1].start == start:
                last = found.pop()
                share = min(share, last.confidence) if last.after else 0.0
                letters = (last.after or " ").rstrip(" ") + letters
            if share >= floor:
                found.append(Restoration(start, end, letters, round(share, 4)))
            else:
                found.append(_hole(start, end, text, rivals, shares, mode))
    return found


def calibrated(share: float) -> float:
    """A posterior share as a measured probability of being right, letter case included.

    >>> round(calibrated(0.95), 3), round(calibrated(0.995), 3)
    (0.925, 0.97)
    """
    place = min(bisect_right(_STATED, (share, 1.0)), len(_STATED) - 1)
    (left, low), (right, high) = _STATED[place - 1], _STATED[place]
    return low + (high - low) * (min(share, 1.0) - left) / (right - left)


def _losses(text: str, arc: Arc, mode: Mode) -> list[tuple[int, int, str]]:
    """The runs of lost letters of a word: span in the text, and the letters, with a real space that hid among them."""
    assert arc.text is not None
    found = []
    for start, end, letters in losses(arc.text, text[arc.start : arc.end], mode):
        left, right = start + arc.start, end + arc.start
        if mode is Mode.COLLAPSED:
            if start == 0 and _AFTER_SPACE.search(text, max(0, left - 1), left):
                letters = " " + letters
            if right == arc.end and _BEFORE_SPACE.match(text, right):
                letters += " "
        found.append((left, right, letters))
    return found


def _offers(
    start: int, end: int, text: str, rivals: dict[int, list[Arc]], shares: dict[Arc, float], mode: Mode
) -> dict[str, float]:
    """What may stand at a place: letters, or the spaces themselves -> share."""
    offers: defaultdict[str, float] = defaultdict(float)
    for arc in rivals.get(start, []):
        if arc.text is None:
            offers[text[start:end]] += shares[arc]
            continue
        for left, right, letters in _losses(text, arc, mode):
            if left == start and right == end:
                offers[letters] += shares[arc]
    return offers


def _hole(
    start: int, end: int, text: str, rivals: dict[int, list[Arc]], shares: dict[Arc, float], mode: Mode
) -> Restoration:
    offers = _offers(start, end, text, rivals, shares, mode)
    best = sorted(((c, round(min(1.0, share), 4)) for c, share in offers.items()), key=lambda o: (-o[1], o[0]))
    return Restoration(start, end, None, best[0][1] if best else 0.0, tuple(best[:_MOST_CANDIDATES]))
