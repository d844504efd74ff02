"""Numbers and symbols that OCR read wrongly, mended where their shape leaves one reading."""

import functools
from collections.abc import Iterator
from typing import Final

import regex

from pipeline import knowledge, vietnamese
from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import Edit

_DIGITS: Final = str.maketrans("lI|!iỈÍÌOoSBZ§", "11111111005828")
_LOOKS: Final = r"[\dlI|!iỈÍÌOoSBZ§]"
_FIRST_YEAR: Final = 1945
_LAST_YEAR: Final = 2035
_CONFIDENCE: Final = 0.98
_TERMS: Final = range(1, 18)
"""Terms of the National Assembly that a symbol may carry."""


@functools.cache
def kinds() -> frozenset[str]:
    """The abbreviations of kinds of documents that a symbol begins with."""
    known = {row["abbr"] for row in knowledge.rows("document_kinds.csv") if row["abbr"]}
    return frozenset(known | {row["abbr"] for row in knowledge.rows("doc_types.csv") if row["abbr"].isalpha()})


@functools.cache
def _abbreviations() -> dict[str, str | None]:
    """Abbreviation of a kind without marks -> the one way to write it; None where there are several."""
    found: dict[str, str | None] = {}
    for one in sorted(kinds()):
        bare = vietnamese.strip_marks(one)
        found[bare] = None if bare in found and found[bare] != one else one
    return found


@functools.cache
def _number() -> regex.Pattern[str]:
    """Number/year/symbol."""
    return regex.compile(rf"(?<![\p{{L}}\d/|!])({_LOOKS}{{1,5}})(/)({_LOOKS}{{4}})(?=/[\p{{Lu}}Ð])(?<!/\p{{L}}{{4}})")


@functools.cache
def _short() -> regex.Pattern[str]:
    """Number/KIND-BODY, and the Party's number-KIND/BODY."""
    follows = r"/[\p{Lu}Ð]{1,4}-\p{Lu}|-[\p{Lu}Ð]{2,4}/T[WU](?!\p{L})"
    return regex.compile(rf"(?<![\p{{L}}\d/|!])({_LOOKS}{{1,5}})(?={follows})")


@functools.cache
def _term() -> regex.Pattern[str]:
    return regex.compile(r"(?<!\p{L})(UBTV[QO0]H|QH|(?<=/)[O0]H)([\dlI|!iỈÍÌOo]{1,2})(?![\p{L}\d])")


@functools.cache
def _kind() -> regex.Pattern[str]:
    """KIND-BODY after a number, or after a number and a year."""
    return regex.compile(r"(?<=\d/)([\p{Lu}Ð]{1,5}(?:r)?)-([\p{Lu}Ð]{2,12})(?![\p{Ll}])")


@functools.cache
def _bare_kind() -> regex.Pattern[str]:
    return regex.compile(r"(?<![\p{L}\d/.\-])(Q[DÐ]|N[DÐ])-(UBND|CP|TTg|HĐND|BTC)(?!\p{L})")


@functools.cache
def _date() -> regex.Pattern[str]:
    return regex.compile(
        rf"(?<!\p{{L}})(?:[Nn]gày\s+({_LOOKS}{{1,2}})(?=\s+tháng\s)|tháng\s+({_LOOKS}{{1,2}})(?=\s+năm\s))"
    )


@functools.cache
def _hour() -> regex.Pattern[str]:
    return regex.compile(rf"(?<![\p{{L}}\d])({_LOOKS}{{1,2}})(?=h\d\d(?![\p{{L}}\d]))")


@functools.cache
def _provision() -> regex.Pattern[str]:
    return regex.compile(r"(?:[ĐDđd]iều|[Kk]hoản) (§)(?![\p{L}\d])")


def edits(text: str) -> list[Edit]:
    """The changes of a line, sorted.

    >>> [e.after for e in edits("Luật số 45/2O19/QHl4 và Thông tư l2/2015/TT-BTC, QD-UBND ngày l5 tháng 6")]
    ['2019', '14', '12', 'QĐ', '15']
    """
    found: list[Edit] = []
    for start, end, after in sorted(set(_wanted(text))):
        if text[start:end] != after and (not found or start >= found[-1].end):
            found.append(Edit(start, end, after, Cause.OCR_MISREADING, RepairMethod.NORMALISATION, _CONFIDENCE))
    return found


def _wanted(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _number().finditer(text):
        number, year = match.group(1).translate(_DIGITS), match.group(3).translate(_DIGITS)
        written = sum(c.isdigit() for c in match.group(1) + match.group(3))
        if written >= 3 and _FIRST_YEAR <= int(year) <= _LAST_YEAR and int(number):
            yield (*match.span(1), number)
            yield (*match.span(3), year)
    for match in _short().finditer(text):
        number = match.group(1).translate(_DIGITS)
        if any(c.isdigit() for c in match.group(1)) and int(number) and _of_kind(text[match.end() + 1 :]):
            yield (*match.span(1), number)
    for match in _term().finditer(text):
        term = match.group(2).translate(_DIGITS)
        before = regex.search(r"(?:\d/|[\d|!lI]/\d{4}/|[Ss]ố\s)$", text[: match.start()])
        if (any(c.isdigit() for c in match.group(2)) or before) and int(term) in _TERMS and term[0] != "0":
            yield (*match.span(1), regex.sub("[O0]H$", "QH", match.group(1)))
            yield (*match.span(2), term)
    for match in (*_kind().finditer(text), *_bare_kind().finditer(text)):
        after = _marked(match.group(1))
        if after:
            yield (*match.span(1), after)
    for match in _date().finditer(text):
        group = 1 if match.group(1) else 2
        number = match.group(group).translate(_DIGITS)
        month = group == 2 and regex.search(r"[Nn]gày\s+\d{1,2}\s+$", text[: match.start()])
        whole = month or any(c.isdigit() for c in match.group(group))
        if whole and 1 <= int(number) <= (31 if group == 1 else 12):
            yield (*match.span(group), number)
    for match in _hour().finditer(text):
        hour = match.group(1).translate(_DIGITS)
        if int(hour) <= 24:
            yield (*match.span(1), hour)
    for match in _provision().finditer(text):
        yield (*match.span(1), "8")


def _of_kind(symbol: str) -> bool:
    match = regex.match(r"[\p{Lu}Ð]+", symbol)
    return match is not None and vietnamese.strip_marks(match.group().replace("Ð", "Đ")) in _abbreviations()


def _marked(kind: str) -> str | None:
    """The abbreviation with its marks, where it is no abbreviation as it stands and only one looks like it.

    >>> _marked("QD"), _marked("NÐ"), _marked("HD"), _marked("TT")
    ('QĐ', 'NĐ', None, None)
    """
    kind = kind.replace("Ð", "Đ")
    bare = vietnamese.strip_marks(kind)
    known = _abbreviations().get(bare)
    return (
        known
        if known and known != kind and bare == vietnamese.strip_marks(known)
        else (kind if known == kind and "Đ" in kind else None)
    )
