"""Which law a name means: its number by the year printed, or the one in force when the citing document was written."""

import functools
from collections.abc import Mapping

import regex

from pipeline import knowledge
from pipeline.segment import named_laws

Numbers = Mapping[tuple[str, str], str]
"""(kind, title as folded syllables) -> the one number that a document gives that law itself."""

_CONSTITUTIONS = (("1946", "1946-11-09"), ("1959", "1960-01-01"), ("1980", "1980-12-19"), ("1992", "1992-04-18"),
                  ("2013", "2014-01-01"))  # fmt: skip


@functools.cache
def kinds_by_number() -> dict[str, str]:
    """Number of a law -> its kind; a code is a law too, so that "Luật số 91/2015/QH13" is found to be a code."""
    found: dict[str, str] = {}
    for row in knowledge.rows("laws.csv"):
        for number in filter(None, row["numbers"].split(";")):
            if row["kind"] == "Bộ luật" or number not in found:
                found[number] = row["kind"]
    return found


def number(kind: str, title: str, printed: str | None, day: str | None, own: Numbers) -> str | None:
    """The number of the law with this title, or None where it cannot be told.

    Args:
        kind: "Luật", "Bộ luật" or "Pháp lệnh".
        title: its title as printed.
        printed: the date or year printed with it, ISO.
        day: ISO date of the citing document, as far as it is known.
        own: numbers that the citing document itself prints with titles; they come first.

    >>> number("Luật", "Đất đai", "2013", None, {}), number("Luật", "Đất đai", None, "2024-10-01", {})
    ('45/2013/QH13', '31/2024/QH15')
    """
    key = (kind, named_laws.key(title))
    year = printed[:4] if printed else None
    given = own.get(key)
    if given and (year is None or f"/{year}/" in given):
        return given
    row = named_laws.titles().get(key)
    if row is None:
        return _amending(key[1], printed)
    numbers = row["numbers"].split(";") if row["numbers"] else []
    dates = row["in_force"].split(";")
    if year:
        same = [n for n in numbers if f"/{year}/" in n]
        if len(same) > 1 and printed and len(printed) == 10:  # a law is in force on the day it is passed or later
            later = [n for n, d in zip(numbers, dates, strict=False) if n in same and d >= printed]
            return later[0] if later else None
        return same[0] if len(same) == 1 else None
    return _in_force(numbers, dates, [y for y in row["years"].split(";") if y], day)


@functools.cache
def _amendments() -> dict[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The laws that one law amends -> (day it was passed, its number), for each that does."""
    table: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for row in knowledge.rows("amending_laws.csv"):
        table.setdefault(_amended(named_laws.key(row["amends"])), []).append((row["passed"], row["number"]))
    return {laws: tuple(found) for laws, found in table.items()}


def _amended(key: str) -> tuple[str, ...]:
    """The laws that the folded title of an amending law names, in its order."""
    parts = regex.split(r"(?:\A|\s)(?:bo luat|luat|phap lenh)\s", key)
    return tuple(part.removesuffix(" va").strip() for part in parts[1:])


def _amending(key: str, printed: str | None) -> str | None:
    """The number of the law that amends the named ones and was passed on the printed day or in that year."""
    if not printed or not key.startswith("sua doi"):
        return None
    found = [number for day, number in _amendments().get(_amended(key), ()) if day.startswith(printed)]
    return found[0] if len(found) == 1 else None


@functools.cache
def _usual_titles() -> dict[tuple[str, str], str]:
    """(kind, numbers) -> the shortest title of the laws that bear them: "Hàng hải" for "Hàng hải Việt Nam"."""
    table: dict[tuple[str, str], str] = {}
    for row in knowledge.rows("laws.csv"):
        key = (row["kind"], row["numbers"])
        if row["numbers"] and len(row["title"]) < len(table.get(key, row["title"] + " ")):
            table[key] = row["title"]
    return table


def usual_title(kind: str, title: str) -> str:
    """The title under which a law goes in identifiers: one for two titles that the table gives the same numbers.

    >>> usual_title("Bộ luật", "Hàng hải Việt Nam"), usual_title("Luật", "Khác")
    ('Hàng hải', 'Khác')
    """
    row = named_laws.titles().get((kind, named_laws.key(title)))
    return _usual_titles().get((kind, row["numbers"]), title) if row else title


def _in_force(numbers: list[str], dates: list[str], years: list[str], day: str | None) -> str | None:
    if not numbers:
        return None
    if day is None:
        return numbers[0] if len(years) == 1 and len(numbers) == 1 else None
    if len(dates) != len(numbers):
        return None
    full = day if len(day) == 10 else None
    chosen = None
    for number, date in zip(numbers, dates, strict=True):
        if full is None and date[:4] == day[:4] and date[5:] != "01-01":
            return None  # only the year is known, and the law changed in that year
        if date <= (full or f"{day[:4]}-12-31"):
            chosen = number
    if chosen is None:
        return None
    passed = _year(chosen)
    unnumbered = [y for y in years if y > passed and all(_year(n) != y for n in numbers)]
    return None if any(y <= day[:4] for y in unnumbered) else chosen


def _year(number: str) -> str:
    match = regex.search(r"/(\d{4})/", number)
    return match[1] if match else ""


def constitution(day: str | None) -> str | None:
    """The year of the Constitution in force on a day.

    >>> constitution("2013-12-31"), constitution("2014"), constitution(None)
    ('1992', '2013', None)
    """
    if day is None:
        return None
    return next((year for year, since in reversed(_CONSTITUTIONS) if since <= f"{day}-12-31"[:10]), None)
