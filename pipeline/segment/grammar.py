"""Numbers with their symbols: NORM, QH, ADMIN, LETTER, PARTY and LEGACY forms (STANDARD section 2.2).

The pattern is generous and cheap; `_accept` then judges what was found, so that each rule can be read and tested.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from pipeline.segment import kinds, symbols
from pipeline.vietnamese import fold

_DIGIT = str.maketrans("lIi|!OoQDSsBZzG", "111110000558226")
_CAPITAL = "A-ZĐƯƠÔÂĂÊ"
_LEGACY = frozenset(
    {"cp", "ttg", "hdbt", "ct", "sl", "hdcp", "hdnn", "hdnn7", "hdnn8", "lct", "l", "cthdbt", "ttlb", "ttglb"}
)
_PARTY = regex.compile(r"(?:.*(?:TW|TU|HU|QU|ThU|ĐU|ĐUK)|TWĐTN.*|CB|ĐH|ĐHĐB|BCH|BTV|TWH|ĐTN|ĐĐ|BCSĐ.*)\Z")


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its symbol. ``number``/``symbol`` are split as ANNOTATION.md says and joined over line breaks."""

    start: int
    end: int
    number: str | None
    symbol: str | None
    clean_number: str | None
    """The number with misread digits put right."""
    clean_symbol: str | None
    shape: str
    """norm, qh, admin, letter, party, legacy, blank or standard."""
    kinds: tuple[str, ...]
    """The kinds that the type part of the symbol may stand for."""
    bodies: tuple[str, ...]
    year: str | None
    term: int | None
    repaired: int
    known: bool
    """Whether a body of the symbol is in the table of issuing bodies."""


@functools.cache
def _pattern() -> "regex.Pattern[str]":
    gap = r"(?:[ ]{0,2}(?:\n[ \n]{0,3})?)"
    segment = rf"[{_CAPITAL}][{_CAPITAL}a-zđươôâăê&\d]{{0,24}}"
    return regex.compile(
        rf"""
        (?:
            (?: (?<=[sS][ốôổoỐÔO]) | (?<![\p{{L}}\d]) ) (?<!\d[.,/-]) (?<![/\-.])
            (?P<num>\d{{1,5}}[a-zA-ZĐđ]?+ | (?=[lIiOoSBZ|!]{{0,3}}\d)[\dlIiOoQSsBZzG|!]{{1,5}} | [lIO][\dlIOo]{{1,3}})
          | (?<=(?:[sS]ố|SỐ) [ ]{{0,3}} :? [ .…]{{1,40}}) (?P<blank>(?=/)) # "số   /KH-LHH": no number yet
        )
        {gap}
        (?P<sep>[/-]|(?<=\d)[ ](?=[{_CAPITAL}]{{2,5}}/))
        {gap}
        (?: (?P<year>[12lI][\dOoIlSB]{{3}}|\d{{5}}) {gap}(?P<ysep>[/-]){gap} )?+
        (?P<symbol>
            {segment}
            (?: (?: {gap}[-/]{gap}/? | \.(?=[{_CAPITAL}]{{2}}) )
                (?: {segment} | \d{{1,2}}h\d{{2}}(?=/)
                  | \d{{1,2}}(?=/\d{{1,2}}h) | (?<=/)[a-z]{{1,3}}(?!\p{{L}}) ) ){{0,9}}
        )
        """,
        regex.VERBOSE,
    )


@functools.cache
def _standard() -> "regex.Pattern[str]":
    # QCVN 01-183:2024/BNNPTNT; TCVN 6909:2001; TCVN ISO 9001:2015
    return regex.compile(
        r"(?<!\p{L})(?P<kind>TCVN|QCVN|TCXDVN|TCXD|QCĐP|QCXDVN|TCCS|TCN)(?:\s(?P<sub>ISO(?:/IEC)?"
        r"|IEC))?\s?(?P<num>\d{1,6}(?:[-.]\d{1,4}){0,3})"
        r"(?:\s?:\s?|\s?-\s?(?!.{0,9}:))(?P<year>(?:19|20)\d\d)(?:\s?/\s?(?P<body>[A-ZĐ]{2,12}))?(?![\p{L}\d])"
    )


@functools.cache
def _file_name() -> "regex.Pattern[str]":
    # Nghi-dinh-30-2020-ND-CP-cong-tac, 30 2020 ND-CP (from 30_2020_ND-CP)
    return regex.compile(
        r"(?<![\d/])(?<!\d[-.])(?P<num>\d{1,5})(?P<sep>[- ])(?P<year>(?:19"
        r"|20)\d\d)(?P=sep)(?P<type>N[DĐ]|Q[DĐ]|TTLT|TT|NQ|CT|PL)-(?P<body>[A-ZĐ]{2,8}"
        r"|TTg)(?![A-Z])"
    )


def file_names(plain: str) -> Iterator[Number]:
    """Numbers as file names and addresses write them."""
    for m in _file_name().finditer(plain):
        symbol = f"{m['year']}/{m['type']}-{m['body']}"
        clean = f"{m['year']}/{symbols.restored(m['type'])}-{symbols.restored(m['body'])}"
        yield Number(
            m.start(),
            m.end(),
            m["num"],
            symbol,
            m["num"],
            clean,
            "norm",
            kinds.of_segment(m["type"]),
            (m["body"],),
            m["year"],
            None,
            0,
            True,
        )


def numbers(plain: str) -> Iterator[Number]:
    """All numbers with symbols of a normalised text, in order, without overlap."""
    position = 0
    pattern = _pattern()
    while match := pattern.search(plain, position):
        found = _accept(plain, match)
        if found is None:
            position = match.start() + 1 if match["num"] is None else match.end("num")
            continue
        yield found
        position = found.end


def standards(plain: str) -> Iterator[tuple[Number, str]]:
    """Technical standards and regulations with their kind (TCVN, QCVN …)."""
    for m in _standard().finditer(plain):
        symbol = m["year"] + (f"/{m['body']}" if m["body"] else "")
        number = (m["sub"] + " " if m["sub"] else "") + m["num"]
        yield (
            Number(
                m.start(),
                m.end(),
                number,
                symbol,
                number,
                symbol,
                "standard",
                (m["kind"],),
                (m["body"],) if m["body"] else (),
                m["year"],
                None,
                0,
                True,
            ),
            m["kind"],
        )


def digits(text: str) -> tuple[str, int]:
    """A digit slot with letters read as the digits they look like, and how many were changed.

    >>> digits("2O1S")
    ('2015', 2)
    """
    clean = text.translate(_DIGIT)
    return clean, sum(a != b for a, b in zip(text, clean, strict=True))


_TERM = regex.compile(r"((?:UB)?TV|UBTV)?QH([\dIlO]{1,2})\Z")
_PIECE = regex.compile(r"[^-/.\s]+|[-/.\s]+")
_TAIL = regex.compile(r"(?=(?:[nN]gày|NGÀY|của|CỦA|về|VỀ|quy|ban|do)(?!\p{L}))")


def _ordinary(segment: str) -> bool:
    """Whether a segment is a word or a name rather than an abbreviation: at most one capital, or none known."""
    capitals = sum(c.isupper() for c in segment)
    return (
        capitals < 2
        and len(segment) > 1
        and fold(segment) not in {"ttg", "ctr", "ttr", "lt", "tw", "thu", "bo"}
        and not segment[1:].isdigit()
    )


def _trim(plain: str, match: "regex.Match[str]") -> tuple[list[str], int] | None:
    """The pieces of the symbol that belong to it, separators between them, and where it ends."""
    start = match.start("symbol")
    pieces: list[str] = []
    end = start
    raw = list(_PIECE.finditer(match["symbol"]))
    for i, piece in enumerate(raw):
        text, at = piece[0], start + piece.start()
        stop = start + piece.end()
        if i % 2:
            continue
        separator = raw[i - 1][0] if i else ""
        if i == len(raw) - 1 and stop < len(plain) and plain[stop].isalpha():
            glued = next((cut for cut in range(len(text), 0, -1) if _TAIL.match(plain, at + cut)), None)
            if glued is None:
                break
            text, stop = text[:glued], at + glued
        if separator and (separator[0].isspace() or separator[-1].isspace()):
            if "\n" in separator and separator.lstrip(" \n").startswith("- ") and separator[0] in " \n":
                break
            if _ordinary(text) or not _credible(text, separator):
                break
        if text[0].isupper() and _ordinary(text):
            break
        if stop == match.end("symbol") and (glued_note := _glued_note(text, match["year"] is not None)):
            text, stop = text[:-glued_note], stop - glued_note
        if separator:
            pieces.append(separator.strip().replace("\n", "").replace(" ", "") or "-")
        pieces.append(text)
        end = stop
    return (pieces, end) if pieces else None


_DEPARTMENT = regex.compile(r"NHNN[1-9]\d?\Z")
"""The State Bank numbered its departments in symbols until 2005 (QĐ-NHNN1)."""
_TERM_NOTE = regex.compile(r"(?:(?:UB)?TV)?QH1\d(\d{1,2})\Z")


def _glued_note(segment: str, dated: bool) -> int:
    """How many digits of a footnote mark are glued to the last part of a symbol: QH151 is QH15 and note 1.

    >>> _glued_note("QH1512", True), _glued_note("CP3", True), _glued_note("PC06", True)
    (2, 1, 0)
    """
    term = _TERM_NOTE.match(segment)
    if term:
        return len(term[1])
    mark = regex.search(r"(?<=\p{L}{2})[1-9]\d{0,2}\Z", segment) if dated else None
    if mark is None or fold(segment) in symbols.bodies() or _TERM.match(segment) or _DEPARTMENT.match(segment):
        return 0
    return len(mark[0]) if fold(segment[: mark.start()]) in symbols.bodies() else 0


def _credible(segment: str, separator: str) -> bool:
    """Whether a segment behind a spaced separator goes on with the symbol (not a new phrase)."""
    if "\n" in separator and not separator.strip(" ").startswith("\n"):
        return True
    key = fold(segment)
    return (
        key in symbols.bodies()
        or bool(kinds.of_segment(segment))
        or bool(_TERM.match(segment))
        or (separator[0] not in " \n")
    )


def _accept(plain: str, match: "regex.Match[str]") -> Number | None:
    trimmed = _trim(plain, match)
    if trimmed is None:
        return None
    pieces, end = trimmed
    sep = match["sep"] if match["sep"].strip() else "-"
    raw_number = match["num"]
    number, repaired = _number(raw_number) if raw_number else (None, 0)
    if raw_number and number is None:
        return None
    year, year_repairs = digits(match["year"]) if match["year"] else (None, 0)
    if repaired > 2 or year_repairs > 2 or (year and len(year) == 4 and not 1930 <= int(year) <= 2100):
        return None
    segments = pieces[::2]
    pieces = [p if p != "//" else "/" for p in pieces]
    printed = "".join("-" if p in {"-/", "/-"} else p for p in pieces)
    clean_pieces, term, term_repairs = _terms(segments)
    repairs = repaired + year_repairs + term_repairs
    typed: tuple[int | None, tuple[str, ...]] = next(
        ((i, k) for i, s in enumerate(segments[:2]) if (k := kinds.of_segment(s))), (None, ())
    )
    if (
        sep == "-"
        and len(segments) > 2
        and pieces[1:2] == ["/"]
        and segments[1] in {"QĐ", "TT", "CT", "NĐ", "NQ"}
        and not _PARTY.match(segments[2])
    ):
        typed = (1, kinds.of_segment(segments[1]))  # 999-TC/QĐ/CĐKT: the body before the type
    if typed[0] != 0 and len(segments) > 1 and not year and sep == "/" and (split := symbols.glued_type(segments[0])):
        segments, typed, clean_pieces = (
            [*split, *segments[1:]],
            (0, kinds.of_segment(split[0])),
            [*split, *clean_pieces[1:]],
        )
        pieces_clean = [split[0], "-", split[1], *pieces[1:]]
    else:
        pieces_clean = pieces
    clean_pieces = [symbols.restored(segment) for segment in clean_pieces]
    clean = (
        "".join(clean_pieces[i // 2] if i % 2 == 0 else p for i, p in enumerate(pieces_clean))
        .replace("-/", "-")
        .replace(".", "-")
    )
    if typed[0] == 0 and sep == "/" and len(segments) > 1 and segments[-1] == "TW" and len(segments) == 2:
        clean = clean.replace("-", "/")  # 07/NQ-TW: a Party body in the State's layout
    shape = _shape(sep, year, segments, typed[0], term)
    known = any(
        fold(s) in symbols.bodies() or _TERM.match(s) for s in segments[(1 if typed[0] == 0 else 0) :]
    ) or _local(segments)
    if shape is None or (match["num"] is None and shape in {"legacy", "letter"}):
        return None
    if repairs and not (year or typed[1] or term):
        return None
    prefix = f"{year_raw}/" if (year_raw := match["year"]) else ""
    start = match.start("num") if raw_number else match.start("sep")
    symbol_kinds = tuple(typed[1]) if not (typed[0] == 1 and shape == "letter") else ()
    return Number(
        start,
        end,
        raw_number,
        prefix + printed,
        number,
        (f"{year}/" if year else "") + clean,
        shape if raw_number else "blank",
        symbol_kinds,
        tuple(s for i, s in enumerate(segments) if i != typed[0]),
        year,
        term,
        repairs,
        known,
    )


def _local(segments: list[str]) -> bool:
    return any(regex.match(r"(?:UBND|HĐND|HDND|TU|HU|TW)\b", s) for s in segments)


def _number(raw: str) -> tuple[str | None, int]:
    """The number without misread digits; a single letter after true digits is a suffix (30a), not a misreading."""
    if raw.isdigit():
        return raw, 0
    if raw[:-1].isdigit() and raw[-1].isalpha():
        if raw[-1] in "OolI" and len(raw) > 1:
            return digits(raw)[0], 1
        return raw, 0
    clean, changed = digits(raw)
    return (clean, changed) if clean.isdigit() else (None, changed)


def _terms(segments: list[str]) -> tuple[list[str], int | None, int]:
    out, term, repairs = [], None, 0
    for segment in segments:
        match = _TERM.match(segment)
        if match and match[2]:
            number, changed = digits(match[2])
            term, repairs = int(number), repairs + changed
            segment = segment[: match.start(2)] + number
        out.append(segment)
    return out, term, repairs


def _shape(sep: str, year: str | None, segments: list[str], typed: int | None, term: int | None) -> str | None:
    """Which form the pieces make, or None for none."""
    first = fold(segments[0])
    if year:
        if sep == "-" and typed is None and term is None:
            return None
        return "qh" if term is not None and typed is None else "norm"
    if len(segments) == 1 and term is not None:
        return "qh" if sep == "/" else None
    if len(segments) == 1:
        return "legacy" if first in _LEGACY else "letter" if sep == "/" and len(segments[0]) > 1 else None
    if sep == "-":
        if typed == 0 or first in {"l", "lct"}:
            return "party" if first not in {"l", "lct"} else "legacy"
        return "legacy" if typed == 1 and segments[0].isupper() else None
    return "admin" if typed == 0 else "legacy" if first in {"l", "lct"} else "letter"


def is_party(number: Number) -> bool:
    """Whether the symbol's bodies are of the Party or of a body that writes like it."""
    return any(_PARTY.match(body) for body in number.bodies)
