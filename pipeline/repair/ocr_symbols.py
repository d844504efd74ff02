"""Numbers and symbols of documents that OCR tore apart or joined, and letters of their signs: what has one reading.

Tesseract parts two ones that stand side by side in a serif face ("năm 201 1", "số 1 145/BTNMT-VTLT"), which was the
commonest reason for a lost citation on generated clean scans (ten of 18); it loses a slash and doubles a Đ.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Final

import regex

from pipeline import knowledge, vietnamese
from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import Edit
from pipeline.repair.ocr_numbers import kinds

_CONFIDENCE: Final = 0.98
_YEAR: Final = r"(?:1 ?9 ?[4-9] ?\d|2 ?0 ?[0-3] ?\d)"
_DAY: Final = r"(?:0 ?[1-9]|[12] ?\d|3 ?[01]|[1-9])"
_MONTH: Final = r"(?:0 ?[1-9]|1 ?[0-2]|[1-9])"
_TORN: Final = (
    rf"(?:(?<=[Nn]gày ?){_DAY}|(?<![\d/.,])\b\d\d?)(/ ?{_MONTH} ?/ ?{_YEAR})(?! ?\d)",
    rf"(?<=[Nn]gày )({_DAY})(?=/\d)",
    rf"(?<=[Nn]gày )({_DAY})(?= tháng )",
    rf"(?<=[Tt]háng )({_MONTH})(?= năm )",
    rf"(?<=[Nn]ăm )({_YEAR})(?! ?\d|[.,/]\d)",
    rf"(?<=[\dlI]/)({_YEAR})(?=/\p{{Lu}})",
    r"(?<=[Ss]ố:? )([1-9]\d{0,3} \d{1,4})(?=/(?:\d{4}/?)?\p{Lu}|-\p{Lu}{2,4}/)",
    r"(?<=[\d ]/)(QH ?1 ?\d)(?![\p{L}\d])",
)
"""Where a number stands by its place: nothing else than its digits without the spaces can be meant."""
_GLUED: Final = (
    r"(?<!\p{L})[Ss]ố()(?=\d{1,5}[/-]\w)",
    r"(?<!\p{L})[Nn]gày()(?=\d\d?(?:/| ?tháng))",
    r"(?<!\p{L})[Tt]háng()(?=\d\d?(?: ?năm|/))",
    r"(?<!\p{L})[Nn]ăm()(?=\d{4}\b)",
    r"(?<=[Nn]gày \d\d?)()tháng(?= ?\d)",
    r"(?<=[Tt]háng \d\d?)()năm(?= ?\d)",
)
"""Where a space is missing beside a number, which is none of a footnote."""
_TERMS: Final = {
    10: (1997, 2002), 11: (2002, 2007), 12: (2007, 2011), 13: (2011, 2016), 14: (2016, 2021), 15: (2021, 2026),
}  # fmt: skip
"""Term of the National Assembly -> its first and last year."""
_STROKE_TERM: Final = r"\d/(?P<year>(?:19|20)\d\d)/(?:UBTV)?QH(?P<sign>[Il|!])(?P<term>1\d)(?![\p{L}\d])"
"""A term with a stroke too many; QHI15 may also be QH11 with the mark of a note, which the year tells apart."""


@functools.cache
def _abbreviation() -> dict[str, str]:
    """Kind in small letters -> the abbreviation that its symbols have, where the tables know one only."""
    found: dict[str, set[str]] = {}
    for row in knowledge.rows("doc_types.csv"):
        if row["abbr"].isalpha() and row["abbr_appears_in_symbol"] == "yes":
            found.setdefault(row["name_vi"].lower(), set()).add(row["abbr"])
    return {kind: abbreviations.pop() for kind, abbreviations in found.items() if len(abbreviations) == 1}


@functools.cache
def _names() -> dict[str, frozenset[str]]:
    """Name of a body in small letters -> its abbreviations."""
    found: dict[str, set[str]] = {}
    for row in knowledge.rows("issuing_bodies.csv"):
        if row["abbr"].isalpha():
            found.setdefault(row["name_vi"].lower(), set()).add(row["abbr"])
    return {name: frozenset(abbreviations) for name, abbreviations in found.items()}


@functools.cache
def _bodies() -> frozenset[str]:
    return frozenset().union(*_names().values())


def _any_of(words: Iterable[str]) -> str:
    """A pattern for one of some words, the longest that fits."""
    return "|".join(sorted(map(regex.escape, words), key=len, reverse=True))


@functools.cache
def _named() -> regex.Pattern[str]:
    """KIND số number[/year] SIGN, where the sign's first part may be misread."""
    number = r"\d{1,5}(?:/\d{4})?[/-]"
    return regex.compile(
        rf"(?<!\p{{L}})(?P<kind>{_any_of(_abbreviation())}) số {number}(?P<sign>[\p{{L}}\d]{{2,6}})(?=[-/]\p{{L}})",
        regex.IGNORECASE,
    )


@functools.cache
def _no_slash() -> regex.Pattern[str]:
    """A number and the sign that follows it with nothing or no slash between them."""
    stroke = rf"[Il1](?=(?:{_any_of(kinds() | _bodies())})-\p{{Lu}})"
    symbol = rf"(?P<sign>[!|]|{stroke}|(?=(?:{_any_of(kinds())})-\p{{Lu}}))(?=\p{{Lu}}{{1,7}}r?-\p{{Lu}})"
    return regex.compile(rf"(?<=[Ss]ố:? )\d{{1,5}}{symbol}")


@functools.cache
def _party() -> regex.Pattern[str]:
    """A symbol of the Party's whose hyphen or slash is lost or a V: 56KLTW, 4015-NQVTW."""
    return regex.compile(
        rf"(?<=[Ss]ố:? )\d{{1,5}}(?P<hyphen>-?)(?:{_any_of(kinds())})(?P<slash>V?)(?=T[WU](?!\p{{L}}))"
    )


@functools.cache
def _dotted() -> regex.Pattern[str]:
    """The part of a symbol after its kind, with a dot or a space in it."""
    return regex.compile(
        r"(?<=\d[/-](?:\p{Lu}{1,4}-)?)(?P<sign>\p{Lu}{1,5}[. ]{1,2}\p{Lu}{1,7}|\p{Lu}{3,7}\.(?=-\p{Lu}))(?![\p{L}\d.])"
    )


@functools.cache
def _body() -> regex.Pattern[str]:
    """The body behind a kind in a symbol."""
    return regex.compile(rf"(?<=\d[/-](?:{_any_of(kinds())})-)(?P<sign>\p{{Lu}}[\p{{Lu}}\dÐ]{{3,9}})(?![\p{{L}}\d])")


@functools.cache
def _issued() -> regex.Pattern[str]:
    """The last part of a symbol, where the body that issued the document is named behind it or its date."""
    date = r"(?: ngày \d\d?(?:/\d\d?/| tháng \d\d? năm )\d{4})?"
    return regex.compile(
        rf"(?<=\d[/-](?:{_any_of(kinds())})[-/])(?P<sign>\p{{Lu}}[\p{{Lu}}\dÐ]{{1,9}})"
        rf"(?={date} của (?P<name>(?i:{_any_of(_names())}))(?!\p{{L}}| \p{{Lu}}))"
    )


@functools.cache
def _torn_kind() -> regex.Pattern[str]:
    """The first part of a symbol with a space in it."""
    return regex.compile(r"(?<=\d[/-])(?P<sign>\p{Lu}{1,3} \p{Lu}{1,3}r?)(?=[-/]\p{Lu})")


_STAMMERED: Final = r"(?<=\d[/-](?:\p{Lu}{1,4}-)?)(?P<sign>\p{Lu}+[ĐÐ]{3}\p{Lu}*|H[ĐÐ]{2}ND)(?![\p{L}\d])"
"""A part of a symbol with one letter read as several; two may be meant (TLĐĐ)."""
_RUN: Final = regex.compile("[ĐÐ]{2,}")
_LONG_SIGN: Final = 5
_ALIKE: Final = tuple(map(set, ("IT", "IL", "EF", "OQ", "OD", "OC", "CG", "VY", "BE")))
"""Capitals that are read as each other; in shorter signs another body may be meant."""
_CROSSED: Final = {"B", "D"}
"""A Đ, whose marks are off here, and what its stroke makes of it."""
_TAILS: Final = (
    (r"(?<=\d/(?:QĐ|NQ|CT|KH|BC|TB|TTr|CV)-)(UBN|L?U[ƯI]?BI?N[DOĐ])(?![\p{L}\d])", "UBND"),
    (r"(?<=\d/(?:NQ|TB|BC|TTr|KH|CV)-)(H[ĐDO]N[ĐDO])(?![\p{L}\d])", "HĐND"),
    (r"(?<=[Ss]ố:? \d{1,5})([,.] ?| )(?=/\p{Lu}{2,4}-\p{Lu})", ""),
    (r"(?<=\d/(?:QĐ|QD|CT|CĐ|TB)-)(TT[QEqa9]|TT\p{Lu}g)(?![\p{L}\d])", "TTg"),
    (r"(?<=\d-\p{Lu}{2,4}/)(Tw|tW|TVV)(?![\p{L}\d])", "TW"),
    (r"(?<=\d-\p{Lu}{2,4})(\.)(?=/T[WU])", ""),
    (r"(?<=\d/TTr)()(?=\p{Lu}{2,8}(?![\p{L}\d]))", "-"),
    (r"(?<=/\d{4})()(?=QH ?1|(?:NĐ|NQ|QĐ|TT|TTLT|CT)-\p{Lu})", "/"),
)
"""Readings of the commonest bodies' signs that are no sign of anybody's, slashes lost, and specks before a slash."""


def parted(text: str) -> list[Edit]:
    """Spaces within a number out, spaces beside a number in.

    >>> [(e.start, e.end, e.after) for e in parted("Công văn số 1 145/BTNMT-VP ngày26/1 1/2020 và năm 201 1")]
    [(13, 14, ''), (31, 31, ' '), (35, 36, ''), (53, 54, '')]
    """
    found: list[Edit] = []
    for pattern in _TORN:
        for match in regex.finditer(pattern, text):
            spaces = (at for at in range(*match.span(1)) if text[at] == " " and "/" not in text[at - 1 : at + 2])
            found += [_edit(at, at + 1, "") for at in spaces]
    for pattern in _GLUED:
        found += [_edit(*match.span(1), " ") for match in regex.finditer(pattern, text)]
    return _in_order(found)


def edits(text: str) -> list[Edit]:
    """Letters of a symbol.

    >>> [e.after for e in edits("Quyết định số 64/QĐÐ-CTĐ; Chỉ thị số 8/CT-TTQ; Kết luận số 10-KIL/TW; số 32TTr-SNV")]
    ['QĐ', 'TTg', 'KL', '/']
    >>> [e.after for e in edits("Công văn số 5/HĐÐĐND-TH; Tờ trình số 5/TTrSNN; số 2/CT-TTEg; Quyết định số 3/QB-BYT")]
    ['HĐND', '-', 'TTg', 'QĐ']
    """
    return _in_order([_edit(start, end, after) for start, end, after in _wanted(text) if text[start:end] != after])


def _wanted(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _named().finditer(text):
        meant = _abbreviation()[match["kind"].lower()]
        if _misread(match["sign"], meant, sure=True):
            yield (*match.span("sign"), meant)
    for match in _no_slash().finditer(text):
        yield (*match.span("sign"), "/")
    for match in _dotted().finditer(text):
        whole = match["sign"].replace("I.", "L") if match["sign"].replace("I.", "L") in _bodies() else match["sign"]
        whole = regex.sub("[. ]", "", whole)
        known = _bodies() if match.end() == len(text) or text[match.end()] != "-" else _bodies() | kinds()
        parts = [] if match["sign"].endswith(".") else regex.split("[. ]+", match["sign"])
        if whole in known and not set(parts) & (_bodies() | kinds()):
            yield (*match.span("sign"), whole)
    for match in _party().finditer(text):
        if match["hyphen"] != "-" or match["slash"]:
            yield (*match.span("hyphen"), "-")
            yield (*match.span("slash"), "/")
    for match in _torn_kind().finditer(text):
        if match["sign"].replace(" ", "") in kinds():
            yield (*match.span("sign"), match["sign"].replace(" ", ""))
    for match in _body().finditer(text):
        sign = match["sign"]  # of a short sign with a letter more, a body that the tables lack may be meant
        bodies = [body for body in _bodies() if (len(body) > 4 or len(body) == len(sign)) and _misread(sign, body)]
        if len(bodies) == 1:
            yield (*match.span("sign"), bodies[0])
    for match in _issued().finditer(text):
        bodies = [body for body in _names()[match["name"].lower()] if _misread(match["sign"], body)]
        if len(bodies) == 1:
            yield (*match.span("sign"), bodies[0])
    for match in regex.finditer(_STAMMERED, text):
        whole, known = _RUN.sub("Đ", match["sign"]), kinds() | _bodies()
        if whole in known and match["sign"].replace("Ð", "Đ") not in known:
            yield (*match.span("sign"), whole)
    for match in regex.finditer(_STROKE_TERM, text):
        years = [_TERMS.get(term, (0, 0)) for term in (int(match["term"]), 11)]
        if [first <= int(match["year"]) <= last for first, last in years] == [True, False]:
            yield (*match.span("sign"), "")
    for pattern, after in _TAILS:
        for match in regex.finditer(pattern, text):
            yield (*match.span(1), after)


def _misread(read: str, meant: str, sure: bool = False) -> bool:
    """Whether a sign that is none is an abbreviation with a stroke or a letter doubled, or marks or a digit wrong.

    In a long sign it may also be a capital that is read as another, and a B for a Đ where it is `sure` what is meant.
    """
    read = read.replace("Ð", "Đ")
    if read in kinds() or read in _bodies() or read.upper() == meant.upper():
        return False
    if vietnamese.strip_marks(read) == vietnamese.strip_marks(meant) or _RUN.sub("Đ", read) == meant:
        return True
    if len(read) == len(meant) + 1:
        return any(
            read[:at] + read[at + 1 :] == meant and (letter in "Il1!" or letter in read[max(0, at - 1) : at])
            for at, letter in enumerate(read)
        )
    if len(read) != len(meant):
        return False
    bare = zip(vietnamese.strip_marks(read), vietnamese.strip_marks(meant), strict=True)
    wrong = [(a, b) for a, b in bare if a != b]
    if len(wrong) != 1:
        return False
    letters = set(wrong[0])
    alike = (sure and letters == _CROSSED) or (len(meant) >= _LONG_SIGN and letters in _ALIKE)
    return alike or wrong[0][0].isdigit()


def _edit(start: int, end: int, after: str) -> Edit:
    return Edit(start, end, after, Cause.OCR_MISREADING, RepairMethod.NORMALISATION, _CONFIDENCE)


def _in_order(found: list[Edit]) -> list[Edit]:
    """The edits sorted, the first of those that meet."""
    kept: list[Edit] = []
    for one in sorted(found, key=lambda e: (e.start, e.end)):
        if not kept or (one.start >= kept[-1].end and one.start > kept[-1].start):
            kept.append(one)
    return kept
