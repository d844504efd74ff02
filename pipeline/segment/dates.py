"""Dates behind a document's number: ISO as far as printed, with flags for what cannot be."""

import calendar
import functools
from dataclasses import dataclass

import regex

IMPOSSIBLE = "impossible-date"
TWO_DIGIT_YEAR = "two-digit-year"
REPAIRED = "repaired-date"

_DIGITS = str.maketrans("lIiOo|", "111001")


@dataclass(frozen=True, slots=True)
class DateMatch:
    """A date found at a place of the folded text."""

    start: int
    end: int
    iso: str | None
    flags: tuple[str, ...] = ()


@functools.cache
def _pattern() -> "regex.Pattern[str]":
    return regex.compile(
        r"""
        (?: (?:ban\s+hanh\s+|ky\s+|de\s+|lap\s+)?+ ngay [\s:]*+        # "ngày"
            (?:
                (?P<d>[\dlio|]{1,2}) \s?[-/.]\s? (?P<m>[\dlio|]{1,2}) \s?[-/.]?\s? (?P<y>[12l][\doli]{3}) (?!\d)
              | (?P<d>\d{1,2}) \s?[-/.]\s? (?P<m>\d{1,2}) \s?[-/.]\s? (?P<y2>\d{2}) (?!\d|\s?/)        # 17/4/23
              | (?P<d>[\dlio|]{1,2})?+ [\s._…]*+ thang [\s._…]*+ (?P<m>[\dlio|]{1,2})?+ [\s._…,]*+
                    nam \s*+ (?P<y>[12l][\doli]{3})? (?!\d)                                   # 17 tháng 4 năm 2023
              | (?P<d>\d{1,2}) \s thang \s (?P<m>\d{1,2}) \s (?P<y>(?:19|20)\d{2}) (?!\d)       # 17 tháng 4 2023
              | [\s._…]*+ /? \s? (?P<m>\d{1,2}) \s?/\s? (?P<y>[12]\d{3}) (?!\d)                # …/8/2023
              | [\s._…]*+ / [\s._…]*+ / \s*+ (?P<y>[12]\d{3}) (?!\d)                           # …/…/2023
              | (?P<d>\d{1,2}) \s?[-/]\s? (?P<m>\d{1,2}) (?!\s?[-/\d])                             # 18/8
            )
          | thang \s*+ (?P<m>\d{1,2}) (?: \s?[-/]\s? | \s*+nam\s*+ ) (?P<y>[12]\d{3}) (?!\d)   # tháng 5/2023
          | nam \s*+ (?P<y>[12]\d{3}) (?!\d)                                                  # năm 2013
        )
        """,
        regex.VERBOSE,
    )


def at(folded: str, start: int, limit: int | None = None) -> DateMatch | None:
    """The date that begins exactly at `start`, or None.

    >>> at("ngay 17/4/2023 cua", 0).iso
    '2023-04-17'
    """
    match = _pattern().match(folded, start, limit if limit is not None else len(folded))
    return _read(match) if match else None


def find(folded: str) -> DateMatch | None:
    """The first date of a text.

    >>> find("ha noi, ngay 06 thang 02 2020").iso
    '2020-02-06'
    """
    match = _pattern().search(folded)
    return _read(match) if match else None


@functools.cache
def _lead() -> "regex.Pattern[str]":
    return regex.compile(
        r"\s*+,?\s*+(?P<paren>\(\s?)?(?=ngay|nam\s*[12]|thang|ban\s|ky\s|de\s|lap\s|\d{1,2}[/-]\d{1,2}[/-]\d{4}\s?\))"
    )


@functools.cache
def _bare() -> "regex.Pattern[str]":
    return regex.compile(r"(?P<d>\d{1,2})[/-](?P<m>\d{1,2})[/-](?P<y>[12]\d{3})(?=\s?\))")


def after(folded: str, start: int) -> DateMatch | None:
    """The date that follows a number or an issuer, a comma or bracket between them allowed; brackets stay balanced."""
    lead = _lead().match(folded, start, start + 12)
    if not lead:
        return None
    found = at(folded, lead.end(), lead.end() + 60)
    if found is None and lead["paren"]:
        match = _bare().match(folded, lead.end(), lead.end() + 16)
        found = _read(match) if match else None
    if found is None:
        return None
    if lead["paren"]:
        close = regex.match(r"\s?\)", folded[found.end : found.end + 3])
        if not close:
            return None
        found = DateMatch(found.start, found.end + close.end(), found.iso, found.flags)
    return found


def _read(match: "regex.Match[str]") -> DateMatch:
    groups = match.groupdict()
    flags: list[str] = []
    raw = [groups.get("d"), groups.get("m"), groups.get("y")]
    if any(part and not part.isdigit() for part in raw):
        flags.append(REPAIRED)
    day, month, year = (int(part.translate(_DIGITS)) if part else None for part in raw)
    if groups.get("y2"):
        year = int(groups["y2"]) + (2000 if int(groups["y2"]) <= 50 else 1900)
        flags.append(TWO_DIGIT_YEAR)
    if month is not None and not 1 <= month <= 12:
        flags.append(IMPOSSIBLE)
        month = day = None
    elif day is not None and month is not None and not 1 <= day <= calendar.monthrange(year or 2000, month)[1]:
        flags.append(IMPOSSIBLE)
        day = None
    return DateMatch(match.start(), match.end(), iso(year, month, day), tuple(flags))


def iso(year: int | None, month: int | None, day: int | None) -> str | None:
    """ISO 8601 as far as known: 2023-04-17, 2023-04, 2023, --08-18, or None.

    >>> iso(2023, 4, None), iso(None, 8, 18), iso(2023, None, 5)
    ('2023-04', '--08-18', '2023')
    """
    if year is None:
        return f"--{month:02d}-{day:02d}" if month and day else None
    if month is None:
        return f"{year:04d}"
    return f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day else "")
