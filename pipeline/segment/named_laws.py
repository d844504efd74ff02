"""Documents cited by name: laws by their titles, the Constitution, plenum and congress resolutions, treaties."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from pipeline import knowledge
from pipeline.segment.lexer import Lexed
from pipeline.segment.numerals import count
from pipeline.vietnamese import fold


@dataclass(frozen=True, slots=True)
class Named:
    """A name of a document in the text, without what follows it (number, year, date)."""

    start: int
    end: int
    kind: str
    title: str
    complete: bool
    """False: the title is not in the table and needs a number, year or date to count."""
    plenum: int | None = None
    term: int | None = None
    year: str | None = None


@functools.cache
def titles() -> dict[tuple[str, str], dict[str, str]]:
    """(kind, title as folded syllables) -> its row in `laws.csv`."""
    return {(row["kind"], key(row["title"])): dict(row) for row in knowledge.rows("laws.csv")}


@functools.cache
def _prefixes() -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for kind, title in titles():
        parts = title.split()
        found.update((kind, " ".join(parts[:n])) for n in range(1, len(parts) + 1))
    return frozenset(found)


@functools.cache
def _abbreviated() -> dict[str, tuple[str, str]]:
    """Initials of a law -> (kind, title)."""
    return {row["abbr"]: (row["kind"], row["title"]) for row in knowledge.rows("law_abbreviations.csv")}


@functools.cache
def _abbreviation() -> "regex.Pattern[str]":
    # behind "Luật": "BVMT", "Ban hành VBQPPL", "Thuế GTGT", "MTTQ Việt Nam"
    names = "|".join(regex.escape(abbr) for abbr, (kind, _) in _abbreviated().items() if kind == "Luật")
    return regex.compile(
        rf"\s+(?:[Bb]an\s+hành\s+|[Tt]huế\s+|[Cc]ác\s+)?(?P<abbr>{names})(?![\p{{L}}\d/&-])(?:\s+Việt\s+Nam)?"
    )


@functools.cache
def _initials() -> "regex.Pattern[str]":
    names = "|".join(abbr for abbr, (kind, _) in _abbreviated().items() if kind == "Bộ luật")
    return regex.compile(rf"(?<![\p{{L}}\d/-])({names})(?![\p{{L}}\d/-])")


@functools.cache
def _foreign() -> "regex.Pattern[str]":
    names = sorted((row["name"] for row in knowledge.rows("foreign_states.csv")), key=len, reverse=True)
    states = "|".join(r"\s+".join(name.split()) for name in names)
    return regex.compile(
        r"[ ]+(?:năm\s+\d{4}\s+)?(?:của\s+)?(?:[Nn]ước\s+)?"
        r"(?:Vương\s+quốc|Cộng\s+h(?:òa|oà)(?!\s+xã\s+hội\s+chủ\s+nghĩa\s+Việt)"
        rf"|(?:{states})(?!\p{{L}}|\s+(?:luật|lệnh|chế|lý|Cai|điển)))"
    )


def is_foreign(plain: str, end: int) -> bool:
    """Whether the words behind a law's name say that it is another state's.

    >>> is_foreign("Hiến pháp Hoa Kỳ", 9), is_foreign("Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam", 9)
    (True, False)
    """
    return _foreign().match(plain, end, end + 80) is not None


def key(title: str) -> str:
    """A title as folded syllables, the way `titles` is keyed."""
    return " ".join(regex.findall(r"[a-z0-9]+", fold(title)))


_HEAD = regex.compile(
    r"(?<!\p{L})(?P<kind>B[ộỘ]\s+[lL][uU][ậẬ][tT]|BỘ\s+LUẬT|Luật|LUẬT|Pháp\s+lệnh|PHÁP\s+LỆNH)(?!\p{L})"
)
_SYLLABLE = regex.compile(r"\s*[,;]?\s*[-/]?\s*([a-z0-9]+)")
_UNKNOWN = regex.compile(
    r"\s+(\p{Lu}[^.;:()\d\n\"“”,]{2,120}?)(?=,?\s+(?:số\s*:?\s*\d|năm\s+(?:19[4-9]|20)\d\d|ngày\s+\d)|\s+(?:19[4-9]|20)\d\d(?!\d))"
)
_BREAK = regex.compile(
    r"(?<!\p{L})(?:[Ll]uật|Nghị|Quyết|Thông|này|được|có hiệu lực|và các|hiện hành|đã|quy định"
    r"|theo|từ|trước|của Quốc hội)(?!\p{L})"
)
_AMENDING = regex.compile(
    r"\s+sửa\s+đổi\s*(?:,\s*|\s+và\s+|\s+)(?:bổ\s+sung\s*)?,?\s*(?:thay\s+thế\s+)?"
    r"(?:một\s+số\s+)?(?:(?:[đĐ]iều|nội\s+dung)\s*)?(?:(?:[đĐ]iều\s+\d+[^.;:()]{0,40})?\s*)?"
    r"(?:của\s+)?(?:các\s+|\d{1,2}\s+)?",
    regex.IGNORECASE,
)
_REFERRING = regex.compile(r"(?:Điều\s+\d+[a-z]?|Điều\s+\d+[a-z]?\s+của|thi\s+hành)\s+Luật\Z")
_AND_LAW = regex.compile(r"\s*(?:,|\s+và|,\s*và)\s+(?=(?:[Bb]ộ\s+luật|[Ll]uật|[Pp]háp\s+lệnh)\s)")
_INNER_HEAD = regex.compile(r"(?P<kind>(?:[Bb]ộ\s+)?[lL]uật|[Pp]háp\s+lệnh)(?!\p{L})")
_RELATED = regex.compile(r"[lL]uật\s+(?:có\s+)?liên\s+quan\s+đến\s+quy\s+hoạch(?!\p{L})")
_CONSTITUTION = regex.compile(
    r"(?<!\p{L})(?:Hiến\s+pháp|HIẾN\s+PHÁP)(?!\p{L})(?:\s+nước\s+(?:Cộng|CỘNG)\s+h(?:òa"
    r"|oà)\s+xã\s+hội\s+chủ\s+nghĩa\s+Việt\s+Nam|\s+nước\s+Việt\s+Nam\s+Dân\s+chủ\s+Cộng\s+h"
    r"(?:òa|oà)|\s+nước\s+CHXHCN\s+Việt\s+Nam|\s+(?:của\s+)?(?:nước\s+)?Việt\s+Nam(?!\s+(?:[Dd]ân|[Cc]ộng)))?",
    regex.IGNORECASE,
)
_OTHER_STATE = regex.compile(
    r"[ ]+(?!(?:Việt|VIỆT|Nước|NƯỚC|Nhà|CHXHCN|Điều|Khoản|Chương|Luật|Bộ|Pháp|Nghị|Quyết|Thông|NĂM)(?!\p{L}))"
    r"\p{Lu}\p{L}*(?!:)"
)
"""A name behind "Hiến pháp": Vietnam's own is called by its year or with these words."""
_STATUTE = regex.compile(
    r"(?<!\p{L})Điều\s+lệ\s+(?:Đảng(?:\s+[Cc]ộng\s+sản\s+Việt\s+Nam)?"
    r"|Công\s+đoàn\s+Việt\s+Nam|Đoàn\s+(?:TNCS"
    r"|Thanh\s+niên\s+[Cc]ộng\s+sản)\s+Hồ\s+Chí\s+Minh|Mặt\s+trận\s+Tổ\s+quốc\s+Việt\s+Nam"
    r"|(?:Hội|Hiệp\s+hội|Tổng\s+hội|Liên\s+hiệp|Liên\s+đoàn)(?=\s+(?:\p{Lu}|các\s))(?:\s+[\p{L},]+){1,9}?\s+Việt\s+Nam)(?!\p{L})"
)
_ORDINAL = (
    r"(?:thứ\s+)?(?:(?P<n>\d{1,2}|nhất|hai|ba|tư|bốn|năm|sáu|bảy|bẩy|tám|chín|mười(?:\s+"
    r"(?:một|hai|ba|bốn|tư|lăm))?)|(?P<roman>[IVX]{1,5}))"
)
_PLENUM = regex.compile(
    rf"(?<!\p{{L}})(?P<kind>Nghị\s+quyết|Kết\s+luận)\s+(?:số\s+)?(?:của\s+)?(?:Hội\s+nghị\s+"
    rf"(?:lần\s+)?(?:{_ORDINAL})?\s*,?\s*)?(?:Ban\s+Chấp\s+hành\s+)?(?:TW|Trung\s+ương"
    rf"(?:\s+Đảng)?)(?:\s+(?:lần\s+)?"
    rf"(?:thứ\s+)?{_ORDINAL})?"
    rf"\s*,?\s*(?:\(\s?)?[kK]h(?:óa|oá)\s+(?P<term>[IVX]{{1,5}}|\d{{1,2}})(?P<more>(?:\s*(?:,|và)\s*"
    rf"(?:khóa\s+)?[IVX]{{1,5}}(?!\p{{L}}))*)(?:\s?\))?",
    regex.IGNORECASE,
)
_PLENUM_BARE = regex.compile(
    r"(?<!\p{L})(?P<kind>Nghị\s+quyết)\s+(?:Hội\s+nghị\s+)?(?:TW|Trung\s+ương)\s+(?P<n>\d{1,2})(?![\p{L}\d/-])"
)
_CONGRESS = regex.compile(
    r"(?<!\p{L})Nghị\s+quyết\s+(?:của\s+)?Đại\s+hội\s+(?:đại\s+biểu\s+)?(?:toàn\s+quốc\s+)?"
    r"(?:(?P<body>(?:Đảng\s+bộ|Công\s+đoàn|Đoàn|Hội|Liên\s+hiệp|Liên\s+đoàn|Mặt\s+trận)(?:\s+\p{L}+){0,12}?)\s+"
    r"(?:toàn\s+quốc\s+)?lần\s+thứ\s+|(?:(?:của\s+)?Đảng\s+)?(?:toàn\s+quốc\s+)?(?:lần\s+)?(?:thứ\s+)?)"
    r"(?P<roman>[IVX]{1,6}|\d{1,2})(?!\p{L})"
    r"(?:\s+(?:của\s+)?(?P<after>Đảng\s+bộ\s+(?:tỉnh|thành\s+phố|huyện|quận|thị\s+xã|xã|phường)(?:\s+\p{Lu}\p{Ll}*){1,4}"
    r"|Đảng(?:\s+[Cc]ộng\s+sản\s+Việt\s+Nam)?))?",
    regex.IGNORECASE,
)
_TREATY = regex.compile(
    r"(?<!\p{L})(?P<kind>Công\s+ước|Hiệp\s+định|Nghị\s+định\s+thư"
    r"|Hiệp\s+ước)\s+(?!này)[^.;:()\d\n\"“”]{4,140}?\s+năm\s+(?P<year>[12]\d{3})(?!\d)"
)


def laws(lexed: Lexed) -> Iterator[Named]:
    """Laws, codes and ordinances by title; an amending law with the laws it amends is one."""
    position = 0
    while head := _HEAD.search(lexed.plain, position):
        found = _law(lexed, head)
        position = found.end if found else head.end()
        if found and not is_foreign(lexed.plain, found.end):
            yield found
    for short in _initials().finditer(lexed.plain):
        yield Named(short.start(), short.end(), *_abbreviated()[short[1]], True)


def _kind(printed: str) -> str:
    return {"bo luat": "Bộ luật", "luat": "Luật", "phap lenh": "Pháp lệnh"}[" ".join(fold(printed).split())]


def _law(lexed: Lexed, head: "regex.Match[str]", inner: bool = False) -> Named | None:
    plain, kind = lexed.plain, _kind(head["kind"])
    amending = None if inner else _AMENDING.match(plain, head.end(), head.end() + 160)
    if amending and len(amending[0].split()) >= 2:
        end = amending.end()
        last, complete = None, False
        related = _RELATED.match(plain, end)
        if related:
            return Named(head.start(), related.end(), kind, " ".join(plain[head.end() : related.end()].split()), True)
        while (nested := _INNER_HEAD.match(plain, end)) and (law := _law(lexed, nested, inner=True)):
            last, complete = law, complete or law.complete
            link = _AND_LAW.match(plain, law.end, law.end + 12)
            if not link:
                break
            end = link.end()
        if last:
            return Named(head.start(), last.end, kind, " ".join(plain[head.end() : last.end].split()), True)
        return None
    longest = _longest(lexed, head.end(), kind)
    if longest is not None:
        return Named(head.start(), longest, kind, " ".join(plain[head.end() : longest].split()), True)
    abbreviation = _abbreviation().match(plain, head.end()) if kind == "Luật" else None
    if abbreviation:
        return Named(head.start(), abbreviation.end(), kind, _abbreviated()[abbreviation["abbr"]][1], True)
    if inner:
        return None
    unknown = _UNKNOWN.match(plain, head.end(), head.end() + 170)
    if unknown and not _BREAK.search(unknown[1]) and len(unknown[1].split()) <= 16:
        return Named(head.start(), unknown.end(1), kind, " ".join(unknown[1].split()), False)
    return None


def _longest(lexed: Lexed, start: int, kind: str) -> int | None:
    """Where the longest title that begins at `start` ends; a title in small letters needs two syllables."""
    first = regex.match(r"\s+", lexed.plain[start : start + 5])
    if not first:
        return None
    begin = start + first.end()
    if begin >= len(lexed.plain):
        return None
    small = (
        lexed.plain[begin].islower()
        and kind != "Bộ luật"
        and not _REFERRING.search(lexed.plain, max(0, start - 30), start)
    )
    said, best, position = "", None, begin
    for _ in range(30):
        syllable = _SYLLABLE.match(lexed.folded, position, position + 24)
        if not syllable:
            break
        said = f"{said} {syllable[1]}".strip()
        if (kind, said) not in _prefixes():
            break
        position = syllable.end()
        if (kind, said) in titles() and (not small or " " in said):
            best = position
    return best


def others(lexed: Lexed) -> Iterator[Named]:
    """The Constitution, statutes of the Party and the organisations, plenum and congress resolutions, treaties."""
    plain = lexed.plain
    for m in _CONSTITUTION.finditer(plain):
        if plain[m.start()].isupper() and not is_foreign(plain, m.end()) and not _OTHER_STATE.match(plain, m.end()):
            yield Named(m.start(), m.end(), "Hiến pháp", "", True)
    for m in _STATUTE.finditer(plain):
        title = " ".join(m[0].split()[2:])
        yield Named(m.start(), m.end(), "Điều lệ", "Đảng Cộng sản Việt Nam" if title == "Đảng" else title, True)
    seen: list[tuple[int, int]] = []
    for m in (*_PLENUM.finditer(plain), *_PLENUM_BARE.finditer(plain)):
        if plain[m.start()].isupper() and not any(s <= m.start() < e for s, e in seen):
            seen.append(m.span())
            groups = m.groupdict()
            plenum = count(groups.get("n")) or count(groups.get("roman"))
            kind = "Kết luận" if fold(m["kind"]).startswith("ket") else "Nghị quyết"
            if plenum is None and kind == "Kết luận":
                continue
            yield Named(m.start(), m.end(), kind, "", True, plenum=plenum, term=count(groups.get("term")))
            for more in regex.finditer(r"[IVX]+", groups.get("more") or ""):
                start, end = (m.start("more") + place for place in more.span())
                yield Named(start, end, kind, "", True, plenum=plenum, term=count(more[0]))
    for m in _CONGRESS.finditer(plain):
        if plain[m.start()].isupper() and count(m["roman"]):
            body = " ".join((m["body"] or m["after"] or "Đảng").split())
            body = "Đảng" if fold(body) == "dang cong san viet nam" else body
            yield Named(m.start(), m.end(), "Nghị quyết", f"Đại hội {body}", True, term=count(m["roman"]))
    for m in _TREATY.finditer(plain):
        if plain[m.start()].isupper() and not regex.search(
            r"(?<!\p{L})(?:Luật|Nghị|Quyết|Thông|được|này|ký)(?!\p{L}|\s+biển)", m[0][8:]
        ):
            kind = " ".join(m["kind"].split()).capitalize()
            subject = regex.search(r"\svề\s+(?:việc\s+)?(.+?)\s+năm\s", m[0], regex.DOTALL)
            title = " ".join(subject[1].split()) if subject else ""
            yield Named(m.start(), m.end(), kind, title, True, year=m["year"])
