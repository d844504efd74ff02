"""Series in which provisions count: numbers, Roman numerals, and the letters of points (đ follows d, no f, j, w, z)."""

_LETTERS = tuple("abcdđeghiklmnopqrstuvxy")
_MAX_RANGE = 300
_ONES = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_ROMAN = tuple(ten + one for ten in ("", "X") for one in _ONES)


def following(first: str, last: str) -> list[str]:
    """What follows `first` up to `last`; only `last` where the two do not count in one series."""
    if first.isdigit() and last.isdigit() and 0 < int(last) - int(first) <= _MAX_RANGE:
        return [str(n) for n in range(int(first) + 1, int(last) + 1)]
    for series in (_LETTERS, _ROMAN):
        if first in series and last in series and series.index(first) < series.index(last):
            return list(series[series.index(first) + 1 : series.index(last) + 1])
    return [last]
