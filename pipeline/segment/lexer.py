"""Offset-keeping normalisation: the text as the grammar reads it, letter for letter the same length.

Every change maps one code point to one code point, so that a span found here is a span of the document's text.
"""

import functools
from dataclasses import dataclass

from pipeline import vietnamese

_DASHES = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\ufe58\ufe63"
_SLASHES = "\u2044\u2215\uff0f\u29f8"
_SPACES = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u3000\ufeff\t*_`|"
)
_ETH = {"\u00d0": "Đ", "\u0189": "Đ", "\u00f0": "đ", "\u0256": "đ"}


@dataclass(frozen=True, slots=True)
class Lexed:
    """A text in three forms of the same length: as given, normalised, and folded (no marks, lower case)."""

    text: str
    plain: str
    folded: str


@functools.cache
def _plain_table() -> dict[int, str]:
    table = {ord(c): "-" for c in _DASHES} | {ord(c): "/" for c in _SLASHES} | {ord(c): " " for c in _SPACES}
    return table | {ord(c): letter for c, letter in _ETH.items()} | {ord("\r"): " ", 0x0B: " ", 0x0C: "\n", 0x85: "\n"}


@functools.cache
def _fold_table() -> dict[int, str]:
    table = {ord(letter): vietnamese.strip_marks(letter).lower() for letter in vietnamese.letters()}
    table |= {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    return {code: letter for code, letter in table.items() if len(letter) == 1}


def lex(text: str) -> Lexed:
    """The text normalised and folded; underscores, stars and bars (markdown, tables) become spaces.

    >>> lex("34\u2013CT\u2215TW Ðiều").plain
    '34-CT/TW Điều'
    """
    plain = text
    for letter in _odd().intersection(text):
        plain = plain.replace(letter, _plain_table()[ord(letter)])
    return Lexed(text, plain, "\n".join(" ".join(map(_folded, line.split(" "))) for line in plain.split("\n")))


@functools.lru_cache(maxsize=1 << 16)
def _folded(word: str) -> str:
    """A word folded letter for letter; a document repeats its words, so that most are known."""
    return word.translate(_fold_table())


@functools.cache
def _odd() -> frozenset[str]:
    return frozenset(map(chr, _plain_table()))


def squeeze(text: str) -> str:
    """Every run of white space as one space, none at the ends."""
    return " ".join(text.split())
