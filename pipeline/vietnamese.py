"""What a Vietnamese syllable is: letters, tones, normal form.

A written syllable is an onset, a rime and a tone. The rimes with the tones they take come from
`models/syllable_parts.csv`, counted over 233.6 million characters of legal text and the word list of Hồ Ngọc Đức.
Both tone styles (hoà, hòa) and both spellings of i/y are possible syllables; nothing here changes a text's style.
"""

import functools
import unicodedata
from collections.abc import Iterator

import regex

from pipeline import knowledge
from pipeline.document import Span

_TONES = {"": "ngang", "\u0300": "huyền", "\u0309": "hỏi", "\u0303": "ngã", "\u0301": "sắc", "\u0323": "nặng"}
_SHAPES = "\u0302\u0306\u031b"
_CONSONANT_TONE = regex.compile(r"[^aeiouyAEIOUY\u0302\u0306\u031b][\u0300\u0301\u0303\u0309\u0323]")
_WORD = regex.compile(r"[\p{L}\p{M}]+")


def nfc(text: str) -> str:
    """The text in Unicode normal form C (UAX 15); letters that have no composed form stay as they are."""
    return unicodedata.normalize("NFC", text)


def split_tone(word: str) -> tuple[str, str]:
    """The word in lower case without its tone, and the names of the tones found, joined.

    >>> split_tone("Hoà")
    ('hoa', 'huyền')
    """
    base, tones = [], []
    for letter in unicodedata.normalize("NFD", word.lower()):
        if letter in _TONES and letter:
            tones.append(_TONES[letter])
        else:
            base.append(letter)
    return nfc("".join(base)), " ".join(tones) or "ngang"


class _BareLetters(dict[int, str]):
    """Code point -> its letter without marks, found when it is first met."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFD", chr(code))
        bare = nfc("".join(c for c in parts if c not in _TONES and c not in _SHAPES))
        self[code] = bare.replace("đ", "d").replace("Đ", "D")
        return self[code]


@functools.cache
def _bare_letters() -> _BareLetters:
    return _BareLetters()


def strip_marks(text: str) -> str:
    """The text without tone and letter marks, đ as d; case and length in syllables stay.

    >>> strip_marks("Đường bộ")
    'Duong bo'
    """
    return text if text.isascii() else nfc(text.translate(_bare_letters()))


def fold(text: str) -> str:
    """The text as a search key: without marks, in lower case."""
    return strip_marks(text).lower()


@functools.cache
def letters() -> frozenset[str]:
    """The letters of the Vietnamese alphabet with all tones, small and capital, j f w z not among them."""
    small = {nfc(row["value"]) for row in knowledge.rows("syllable_parts.csv") if row["kind"] == "letter"}
    return frozenset(small | {letter.upper() for letter in small})


@functools.cache
def marked_letters() -> frozenset[str]:
    """The 134 letters that only Vietnamese and its kin write: those with a mark, and đ."""
    return frozenset(letter for letter in letters() if strip_marks(letter) != letter)


@functools.cache
def _onsets() -> frozenset[str]:
    """The onsets of up to three letters, that of no letter among them."""
    found = {row["value"] for row in knowledge.rows("syllable_parts.csv") if row["kind"] == "onset"}
    return frozenset({"", *(o for o in found if o.isalpha() and o != "∅")})


@functools.cache
def _rimes() -> dict[str, dict[str, frozenset[str]]]:
    """Onset class ("qu", "gi" or "") -> toneless rime -> tones that it takes."""
    classes = {"rime": "", "rime_after_qu": "qu", "rime_after_gi": "gi"}
    table: dict[str, dict[str, frozenset[str]]] = {"": {}, "qu": {}, "gi": {}}
    for row in knowledge.rows("syllable_parts.csv"):
        if row["kind"] in classes:
            rime = nfc(row["value"]).removeprefix(classes[row["kind"]]) if row["kind"] != "rime" else nfc(row["value"])
            table[classes[row["kind"]]][rime] = frozenset(row["tones_allowed"].split(";"))
    return table


@functools.lru_cache(maxsize=200_000)
def is_syllable(word: str) -> bool:
    """Whether the word (NFC, any case) can be one written Vietnamese syllable.

    >>> is_syllable("nghiệp"), is_syllable("hoà"), is_syllable("hòa"), is_syllable("hoµ"), is_syllable("ña")
    (True, True, True, False, False)
    """
    base, tone = split_tone(word)
    if not base or not base.isalpha() or _CONSONANT_TONE.search(unicodedata.normalize("NFD", word)):
        return False
    for start, rimes in (("qu", _rimes()["qu"]), ("gi", _rimes()["gi"])):
        if base.startswith(start) and tone in rimes.get(base[len(start) :], ()):
            return True
    plain = _rimes()[""]
    onsets = _onsets()
    return any(base[:k] in onsets and tone in plain.get(base[k:], ()) for k in range(4))


def words(text: str) -> Iterator[Span]:
    """The spans of the runs of letters (with their combining marks) in a text."""
    for match in _WORD.finditer(text):
        yield match.span()


def legibility(text: str) -> float:
    """The share of the words of two and more letters that are possible syllables, by letters; 1.0 without any.

    Words all in capitals of up to four letters (abbreviations) and words next to a digit are left out.
    """
    good = total = 0
    for start, end in words(text):
        word = text[start:end]
        if end - start < 2 or (word.isupper() and end - start <= 4):
            continue
        if (start and text[start - 1].isdigit()) or (end < len(text) and text[end].isdigit()):
            continue
        total += end - start
        good += (end - start) * is_syllable(nfc(word))
    return good / total if total else 1.0


_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def to_roman(number: int) -> str:
    """A number as a Roman numeral in capitals.

    >>> to_roman(14), to_roman(49), to_roman(5)
    ('XIV', 'XLIX', 'V')
    """
    text = ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text
