"""What words look like once letters are lost: from the shown form back to the words it may be."""

import functools
import itertools
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from pipeline import knowledge, vietnamese
from pipeline.repair import language

_LEAST_RATE: Final = 0.012
"""A letter lost less often than this is taken as never lost."""
_LEAST_SCORE: Final = -15.0
"""Syllables rarer than this are not offered."""
_WEAK: Final = -4.0
_INVISIBLE: Final = -1.5
"""What it costs that no letter of a word is left."""
_TABLES: Final = (("doc_types.csv", ("abbr", "abbr_variants")), ("issuing_bodies.csv", ("abbr", "variants")))


class Mode(StrEnum):
    """How a lost letter shows."""

    LETTER = "letter"
    """One space a letter."""
    BYTE = "byte"
    """One space a byte of UTF-8."""
    COLLAPSED = "collapsed"
    """Any run of lost letters and spaces is one space."""


class Word(NamedTuple):
    """A word as it may have stood: its letters, its id in the model, and what its losses and its case cost."""

    text: str
    number: int
    loss: float
    case: int
    """0 small, 1 capital first letter, 2 all capitals."""


def shown(text: str, lost: frozenset[str], mode: Mode) -> str:
    """The text as it shows when every letter of a set is lost.

    >>> shown("động", frozenset("đ"), Mode.LETTER), shown("động", frozenset("độ"), Mode.BYTE)
    (' ộng', '     ng')
    """
    return "".join(_blank(c, mode) if c in lost else c for c in text)


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
    return tuple(sorted(found + other, key=lambda item: (-model.unigram(item[1]), item[0])))


@functools.cache
def known_symbols() -> frozenset[str]:
    """Abbreviations of document types and issuing bodies."""
    names = set()
    for table, columns in _TABLES:
        for row in knowledge.rows(table):
            for column in columns:
                names.update(part.strip() for part in (row[column] or "").split(";"))
    return frozenset(name for name in names if 2 <= len(name) <= 14 and name[:1].isupper())


@dataclass(frozen=True)
class Forms:
    """The shown forms of all syllables for one set of lost letters."""

    words: dict[str, list[Word]]
    longest: int


def forms(rates: dict[str, float], mode: Mode, weak: frozenset[str] = frozenset(), most: int | None = None) -> Forms:
    """Every syllable in its three cases with any of its letters lost, by what then shows.

    Of the weak letters, which are only suspected, at most one is lost in a word; ``most`` syllables are taken.
    """
    cost = {letter: math.log(rate) for letter, rate in rates.items() if rate > _LEAST_RATE}
    cost |= dict.fromkeys(weak - cost.keys(), _WEAK)
    sure = {letter for letter in cost if mode is Mode.BYTE or rates.get(letter, 0.0) > 0.99}
    small = {letter for letter in cost if letter.islower()}
    capital = {letter for letter in cost if letter.isupper()}
    table: dict[str, list[Word]] = {}
    for word, number in syllables()[:most]:
        title, upper = word[0].upper() + word[1:], word.upper()
        if not small.isdisjoint(word):
            _add(table, word, number, 0, cost, sure, weak, mode)
            if len(word) > 1 and title[0] not in cost:
                _add(table, title, number, 1, cost, sure, weak, mode)
        if title[0] in capital:
            _add(table, title, number, 1, cost, sure, weak, mode)
        if len(word) > 1 and not capital.isdisjoint(upper):
            _add(table, upper, number, 2, cost, sure, weak, mode)
    return Forms(table, max(map(len, table), default=0))


def _add(
    table: dict[str, list[Word]],
    text: str,
    number: int,
    case: int,
    cost: dict[str, float],
    sure: set[str],
    weak: frozenset[str],
    mode: Mode,
) -> None:
    fixed = [i for i, c in enumerate(text) if c in sure]
    loose = [i for i, c in enumerate(text) if c in cost and c not in sure]
    doubted = {i for i in loose if text[i] in weak}
    for size in range(len(loose) + 1):
        for chosen in itertools.combinations(loose, size):
            gone = {*fixed, *chosen}
            if not gone or (len(gone) == len(text) > 2) or (doubted and len(doubted & gone) > 1):
                continue
            form = "".join(_blank(c, mode) if i in gone else c for i, c in enumerate(text))
            if mode is Mode.COLLAPSED:
                form = " ".join(form.split())
            loss = sum(cost[text[i]] for i in gone) + (_INVISIBLE if len(gone) == len(text) else 0.0)
            table.setdefault(form, []).append(Word(text, number, loss, case))
