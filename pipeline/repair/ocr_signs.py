"""Signs and blanks that OCR read wrongly, mended where their place leaves one reading."""

import functools
from collections.abc import Iterator
from typing import Final

import regex

from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import Edit

_CONFIDENCE: Final = 0.98
_ROMAN: Final = regex.compile(r"X{0,2}(?:IX|IV|V?I{0,3})")


@functools.cache
def _symbol() -> regex.Pattern[str]:
    """A blank after the hyphen of a symbol: ``111/2013/TT- BTC``, ``52- CT/TW``."""
    return regex.compile(
        r"(?<=\d/\p{Lu}[\p{L}Đ]{1,9}[-–])( )(?=\p{Lu}{2})|(?<=\b\d{1,4}[-–])( )(?=\p{Lu}[\p{L}Đ]{1,4}/TW\b)"
    )


@functools.cache
def _congress() -> regex.Pattern[str]:
    """The Roman number of a congress or term with an H read for II: ``khóa XIH``, ``lần thứ XHI``."""
    return regex.compile(r"(?:[Kk]h[oó][aá]|[Ll]ần thứ|[Nn]hiệm kỳ) ([XIVH]{2,6})(?!\p{L})")


def edits(text: str) -> list[Edit]:
    """The changes of a line, sorted.

    >>> line = "Thông tư 12⁄2015/TT- BTC (khóa XIH), mục (¡) và ©) hết. /."
    >>> [(line[e.start : e.end], e.after) for e in edits(line)]
    [('⁄', '/'), (' ', ''), ('XIH', 'XIII'), ('¡', 'i'), (' ', '')]
    """
    return sorted(_wanted(text), key=lambda e: e.start)


def _wanted(text: str) -> Iterator[Edit]:
    for match in _symbol().finditer(text):
        yield _edit(match.start(), match.end(), "", Cause.SPACING)
    if text.endswith(". /."):
        yield _edit(len(text) - 3, len(text) - 2, "", Cause.SPACING)
    for match in regex.finditer(r"(?<=\d)⁄(?=[\d\p{Lu}])", text):
        yield _edit(match.start(), match.end(), "/")
    for match in regex.finditer("¡", text):
        yield _edit(match.start(), match.end(), "i")
    for match in _congress().finditer(text):
        number = match.group(1).replace("H", "II")
        if "H" in match.group(1) and _ROMAN.fullmatch(number):
            yield _edit(*match.span(1), number)
    if text.startswith("©) "):
        yield _edit(0, 1, "c")


def _edit(start: int, end: int, after: str, cause: Cause = Cause.OCR_MISREADING) -> Edit:
    return Edit(start, end, after, cause, RepairMethod.NORMALISATION, _CONFIDENCE)
