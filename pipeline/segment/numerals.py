"""Numbers as documents write them: digits, Roman numerals and ordinal words ("thứ bảy"), and the series they make."""

from pipeline.vietnamese import fold, to_roman

LETTERS = "abcdđeghiklmnopqrstuvxy"
"""The letters that count points (điểm): đ follows d; no f, j, w, z."""
_WORDS = {
    "nhat": 1,
    "mot": 1,
    "hai": 2,
    "nhi": 2,
    "ba": 3,
    "tu": 4,
    "bon": 4,
    "nam": 5,
    "lam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
}
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_MAX_RANGE = 300


def roman(text: str) -> int | None:
    """The value of a Roman numeral written the usual way, in either case, or None.

    >>> roman("XIV"), roman("iv"), roman("IIV")
    (14, 4, None)
    """
    total = 0
    upper = text.upper()
    for i, letter in enumerate(upper):
        value = _VALUES.get(letter)
        if value is None:
            return None
        total += -value if i + 1 < len(upper) and _VALUES.get(upper[i + 1], 0) > value else value
    return total if total and to_roman(total) == upper else None


def ordinal(text: str) -> int | None:
    """The value of an ordinal in words, "thứ" before it allowed, or None.

    >>> ordinal("thứ bảy"), ordinal("mười hai"), ordinal("cuối")
    (7, 12, None)
    """
    words = [_WORDS.get(word) for word in fold(text).split() if word != "thu"]
    if len(words) == 2 and words[0] == 10 and words[1]:
        return 10 + words[1]
    return words[0] if len(words) == 1 else None


def count(text: str | None) -> int | None:
    """A number in any of the three ways of writing, or None.

    >>> count("bảy"), count("XII"), count("9")
    (7, 12, 9)
    """
    if not text:
        return None
    return int(text) if text.isdecimal() else ordinal(text) or roman(text)


def following(first: str, last: str) -> list[str]:
    """What follows `first` up to `last`; only `last` where the two do not count in one series.

    >>> following("2", "4"), following("c", "e"), following("I", "III"), following("a", "5")
    (['3', '4'], ['d', 'đ', 'e'], ['II', 'III'], ['5'])
    """
    if first.isdecimal() and last.isdecimal() and 0 < int(last) - int(first) <= _MAX_RANGE:
        return [str(n) for n in range(int(first) + 1, int(last) + 1)]
    if first in LETTERS and last in LETTERS and LETTERS.index(first) < LETTERS.index(last):
        return list(LETTERS[LETTERS.index(first) + 1 : LETTERS.index(last) + 1])
    low, high = (roman(text) if text.isupper() else None for text in (first, last))
    if low and high and 0 < high - low <= _MAX_RANGE:
        return [to_roman(n) for n in range(low + 1, high + 1)]
    return [last]
