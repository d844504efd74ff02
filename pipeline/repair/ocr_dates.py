"""Dates that OCR read wrongly: "ngày 23thíng 10 năm 2014", "n§ày 22 tháng 6 năm 2018", "ngày 06092012".

Two of the words ngày, tháng, năm and all numbers in their places leave one reading of the third word; eight figures
that are a day after "ngày" leave one place for the strokes. Numbers themselves are not touched.
"""

from collections.abc import Iterator
from typing import Final

import regex

from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import Edit
from pipeline.vietnamese import fold, is_syllable

_CONFIDENCE: Final = 0.97
_DAY: Final = r"(?:0[1-9]|[12]\d|3[01]|[1-9])"
_MONTH: Final = r"(?:0[1-9]|1 ?[0-2]|[1-9])"
_YEAR: Final = r"(?:19[4-9]\d|20[0-3]\d)(?!\d)"
_BEGIN: Final = r"(?<![^\s(“])"
_FRAMES: Final = (
    (rf"{_BEGIN}(?P<word>\p{{L}}\S{{1,4}}\p{{L}}) (?={_DAY} tháng {_MONTH} năm {_YEAR})", "ngày", "(?:ngay){e<=2}"),
    (rf"{_BEGIN}(?P<word>\p{{L}}\S{{1,4}}\p{{L}}) (?={_DAY}/{_MONTH}/{_YEAR})", "ngày", "(?:ngay){e<=1}"),
    (rf"[Nn]gày {_DAY} (?P<word>\p{{L}}{{3,6}})(?= ?{_MONTH} năm {_YEAR})", "tháng", "(?:thang){e<=2}"),
    (rf"[Nn]gày {_DAY}(?P<word>\p{{L}}{{3,6}})(?= ?{_MONTH} năm {_YEAR})", " tháng", "(?:thang){e<=2}"),
    (rf"[Nn]gày {_DAY} tháng {_MONTH} (?P<word>\p{{L}}{{2,4}})(?= {_YEAR})", "năm", "(?:nam){e<=1}"),
)
"""Where a word stands, what it must be, and what of it must be left (without marks)."""
_STROKE: Final = rf"[Nn]gày {_DAY}(?P<gap> )(?={_MONTH}/{_YEAR})"
_FIRST: Final = rf"[Nn]gày (?P<one>[!|] )(?=\d/{_MONTH}/{_YEAR})"
_RUN: Final = rf"[Nn]gày (?P<day>0[1-9]|[12]\d|3[01])(?P<month>0[1-9]|1[0-2])(?={_YEAR})"


def edits(text: str) -> list[Edit]:
    """The changes of a line, sorted.

    >>> [e.after for e in edits("số 5/QĐ n§ày 22 tháng 6 năm 2018; ngày 23thíng 10 năm 2014; ngày 06092012")]
    ['ngày', ' tháng', '/', '/']
    """
    found = sorted(set(_wanted(text)))
    return [Edit(a, b, after, Cause.OCR_MISREADING, RepairMethod.NORMALISATION, _CONFIDENCE) for a, b, after in found]


def _wanted(text: str) -> Iterator[tuple[int, int, str]]:
    for pattern, meant, alike in _FRAMES:
        for match in regex.finditer(pattern, text):
            word = match["word"]
            if word.lower() != meant.strip() and regex.fullmatch(alike, fold(word)) and not _is_another(word, meant):
                yield (*match.span("word"), meant.capitalize() if word[0].isupper() and meant == "ngày" else meant)
    for match in regex.finditer(_STROKE, text):
        yield (*match.span("gap"), "/")
    for match in regex.finditer(_FIRST, text):
        yield (*match.span("one"), "1")
    for match in regex.finditer(_RUN, text):
        for group in ("day", "month"):
            yield match.end(group), match.end(group), "/"


def _is_another(word: str, meant: str) -> bool:
    """Whether a word may be meant as it stands: "nay 2/9/2020" may, "ngây 2/9/2020" may not."""
    alike = "ngay" if meant == "ngày" else f"(?:{fold(meant.strip())}){{e<=1}}"
    return is_syllable(word) and not regex.fullmatch(alike, fold(word))
