"""What words look like once letters are lost: from the shown form back to the words it may be."""

import functools
import itertools
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import regex

from pipeline import vietnamese
from pipeline.repair import language

_LEAST_RATE: Final = 0.012
"""A letter lost less often than this is taken as never lost."""
_LEAST_SCORE: Final = -15.0
"""Syllables rarer than this are not offered."""
WEAK: Final = 0.018
"""How often a letter is lost that is only suspected."""
_NEVER: Final = -40.0
_INVISIBLE: Final = -1.5
"""What it costs that no letter of a word is left."""
LABEL: Final = "đ"
"""The label of the point after d is a word by itself."""


class Mode(StrEnum):
    """How a lost letter shows."""

    LETTER = "letter"
    """One space a letter."""
    BYTE = "byte"
    """One space a byte of UTF-8."""
    COLLAPSED = "collapsed"
    """Any run of lost letters and spaces is one space."""


_SPACES: Final = regex.compile(" +")
_RUN: Final = regex.compile(r" *\0[\0 ]*")


class Word(NamedTuple):
    """A word as it may have stood: its letters, its id in the model, the letters it lost, and its case."""

    text: str
    number: int
    gone: str
    case: int
    """0 small, 1 capital first letter, 2 all capitals."""


def shown(text: str, lost: frozenset[str], mode: Mode) -> str:
    """The text as it shows when every letter of a set is lost.

    >>> shown("động", frozenset("đ"), Mode.LETTER), shown("động", frozenset("độ"), Mode.BYTE)
    (' ộng', '     ng')
    >>> shown("hoạt động", frozenset("độ"), Mode.COLLAPSED)
    'hoạt ng'
    """
    if mode is Mode.COLLAPSED:
        gaps = "".join("\0" if c in lost else c for c in text)
        return _RUN.sub(" ", gaps)
    return "".join(_blank(c, mode) if c in lost else c for c in text)


def losses(word: str, form: str, mode: Mode) -> list[tuple[int, int, str]]:
    """The runs of lost letters of a word: where they show in its form, and the letters.

    >>> losses("hợp", "h p", Mode.LETTER), losses("động", " ng", Mode.COLLAPSED)
    ([(1, 2, 'ợ')], [(0, 1, 'độ')])
    """
    found: list[tuple[int, int, str]] = []
    if mode is Mode.COLLAPSED:
        at, place = 0, 0
        for piece in _SPACES.split(form):
            if place:
                after = len(word) - len(piece) if place + len(piece) == len(form) else word.index(piece, at + 1)
                found.append((place - 1, place, word[at:after]))
                at = after
            at += len(piece)
            place += len(piece) + 1
        return found
    place = 0
    for letter in word:
        width = 1
        if form[place] != letter:
            width = len(_blank(letter, mode))
            if found and found[-1][1] == place:
                found[-1] = (found[-1][0], place + width, found[-1][2] + letter)
            else:
                found.append((place, place + width, letter))
        place += width
    return found


def _blank(letter: str, mode: Mode) -> str:
    return " " * len(letter.encode()) if mode is Mode.BYTE else " "


@functools.cache
def syllables() -> tuple[tuple[str, int], ...]:
    """The possible syllables that the model knows, both tone styles, with their ids, commonest first."""
    model = language.model()
    found = [
        (word, number)
        for word, number in model.words()
        if model.unigram(number) > _LEAST_SCORE and vietnamese.is_syllable(word)
    ]
    other = [(style, number) for word, number in found if (style := language.other_style(word)) is not None]
    found.append((LABEL, model.id(LABEL)))
    return tuple(sorted(found + other, key=lambda item: (-model.unigram(item[1]), item[0])))


@dataclass
class Forms:
    """The shown forms of all syllables for one set of lost letters, and what each letter's loss costs."""

    words: dict[str, list[Word]]
    longest: int
    costs: dict[str, float]
    """Letters, or several letters lost in one word -> log of their shares."""

    def cost(self, word: Word) -> float:
        """What the losses of a word cost."""
        known = self.costs.get(word.gone)
        if known is None:
            known = sum(self.costs.get(letter, _NEVER) for letter in word.gone)
            self.costs[word.gone] = known
        return known + _INVISIBLE if len(word.gone) == len(word.text) else known

    def with_rates(self, rates: dict[str, float]) -> "Forms":
        """The same forms with other shares lost; a letter without share is never lost."""
        return Forms(self.words, self.longest, {c: math.log(rate) for c, rate in rates.items() if rate > _LEAST_RATE})


def forms(rates: dict[str, float], mode: Mode, weak: frozenset[str] = frozenset()) -> Forms:
    """Every syllable in its three cases with any of its letters lost, by what then shows.

    Of the weak letters, which are only suspected, at most one is lost in a word.
    """
    cost = {letter: math.log(rate) for letter, rate in rates.items() if rate > _LEAST_RATE}
    cost |= dict.fromkeys(weak - cost.keys(), math.log(WEAK))
    every = frozenset(cost)
    small = frozenset(letter for letter in every if letter.islower())
    capital = frozenset(letter for letter in every if letter.isupper())
    table: dict[str, list[Word]] = {}
    for word, number in syllables():
        first = word[0].upper()
        if not small.isdisjoint(word):
            _add(table, word, number, 0, every, weak, mode)
            if (len(word) > 1 and not small.isdisjoint(word[1:])) or first in every:
                _add(table, first + word[1:], number, 1, every, weak, mode)
        elif first in every:
            _add(table, first + word[1:], number, 1, every, weak, mode)
        if len(word) > 1 and not capital.isdisjoint(upper := word.upper()):
            _add(table, upper, number, 2, every, weak, mode)
    return Forms(table, max(map(len, table), default=0), cost)


@functools.cache
def first_forms(most: int) -> Forms:
    """The forms of the commonest syllables with any one or two letters lost: what one looks for at first."""
    table: dict[str, list[Word]] = {}
    for word, number in syllables()[:most]:
        for text, case in ((word, 0), (word[0].upper() + word[1:], 1)):
            places = range(len(text)) if case == 0 else range(1)
            for gone in [*itertools.combinations(places, 1), *itertools.combinations(range(len(text)), 2)]:
                if case == 1 and 0 not in gone:
                    continue
                letters = list(text)
                for i in gone:
                    letters[i] = " "
                entry = Word(text, number, "".join([text[i] for i in gone]), case)
                table.setdefault("".join(letters), []).append(entry)
        upper = word.upper()
        for i in range(len(upper) if len(upper) > 1 else 0):
            form = upper[:i] + " " + upper[i + 1 :]
            table.setdefault(form, []).append(Word(upper, number, upper[i], 2))
    return Forms(table, max(map(len, table), default=0), {})


def _add(
    table: dict[str, list[Word]],
    text: str,
    number: int,
    case: int,
    lost: frozenset[str],
    weak: frozenset[str],
    mode: Mode,
) -> None:
    hit = lost.intersection(text)
    if len(hit) == 1 and text.count(letter := next(iter(hit))) == 1:
        form = text.replace(letter, _blank(letter, mode))
        if form == " " and mode is Mode.COLLAPSED:
            return
        table.setdefault(form, []).append(Word(text, number, letter, case))
        return
    loose = [i for i, c in enumerate(text) if c in lost]
    if mode is Mode.BYTE:
        chosen = [tuple(loose)]
    else:
        doubted = [i for i in loose if text[i] in weak]
        chosen = _choices([i for i in loose if i not in doubted] if doubted else loose, doubted)
    for gone in chosen:
        if len(gone) == len(text) > 2:
            continue
        letters = list(text)
        for i in gone:
            letters[i] = " " if mode is Mode.LETTER else _blank(text[i], mode)
        form = "".join(letters)
        if mode is Mode.COLLAPSED:
            form = _SPACES.sub(" ", form)
            if form == " ":
                continue
        entry = Word(text, number, "".join([text[i] for i in gone]), case)
        known = table.get(form)
        if known is None:
            table[form] = [entry]
        else:
            known.append(entry)


def _choices(sure: list[int], doubted: list[int]) -> list[tuple[int, ...]]:
    """All choices out of the sure places, with one of the doubted at most, but not none of either."""
    whole = [c for size in range(len(sure) + 1) for c in itertools.combinations(sure, size)]
    return whole[1:] + [(*c, i) for i in doubted for c in whole]
