"""Parts of a document: "điểm a khoản 2 Điều 5", lists, ranges and relative places (STANDARD section 2.6)."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from pipeline.document import Provision
from pipeline.segment import numerals

_RANK = {
    "paragraph": 0,
    "point": 1,
    "clause": 2,
    "article": 3,
    "subsection": 4,
    "section": 5,
    "chapter": 6,
    "part": 7,
    "form": 8,
    "appendix": 9,
}


@dataclass(frozen=True, slots=True)
class Chain:
    """Provisions written together. ``internal``: ends in "này" or names this very document."""

    start: int
    end: int
    provisions: tuple[Provision, ...]
    internal: bool
    levels: frozenset[str]
    weak: bool
    """Too little to stand alone (a bare "phần 2", a mark out of ten)."""


@dataclass(frozen=True, slots=True)
class _Group:
    level: str
    items: tuple[str | None, ...]
    start: int
    end: int
    joined: str
    """What stood before it: "", ",", "và" …"""


# Words that make another word of a level word: "thời điểm", "tài khoản", "thành phần", "danh mục".
_NOT_BEHIND = "".join(
    rf"(?<!{word}\s)"
    for word in (
        "[Tt]hời",
        "[Đđ]ịa",
        "[Qq]uan",
        "[Đđ]ặc",
        "ưu",
        "[Tt]rọng",
        "[Tt]hí",
        "[Tt]ài",
        "[Tt]ổng",
        "[Cc][ổô]",
        "[Tt]hành",
        "[Hh]ọc",
        "một",
        "[Dd]anh",
        "[Cc]huyên",
        "[Bb]iểu",
        "[Hh]ạng",
        "số",
    )
)


@functools.cache
def _group() -> "regex.Pattern[str]":
    roman = r"[IVXLivxl]{1,6}"
    item = {
        "point": (
            r"(?:đ\d{0,2}|(?:[a-z]\d{0,2}|[A-ZĐ]\d?)(?=\)|[^\p{L}\d]|$)\)?"
            r"|\d{1,3}(?:\.\d{1,3}){0,3})(?![\p{L}\d])"
        ),
        "clause": r"\d{1,3}(?:\.\d{1,3}){0,3}[a-zđ]?(?![\p{L}\d])",
        "article": r"\d{1,3}(?:[a-zđ]\d?)?(?![\p{L}\d])",
        "section": (
            rf"(?:{roman}(?:\.\d{{1,2}}){{0,3}}|\d{{1,3}}(?:\.\d{{1,3}}){{0,4}}[a-zđ]?|[A-ZĐ]"
            rf"(?:\.\d{{1,2}}){{0,3}})(?![\p{{L}}\d])"
        ),
        "chapter": rf"(?:{roman}[a-z]?|\d{{1,2}})(?![\p{{L}}\d])",
        "part": rf"(?:thứ\s+(?:nhất|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười)|{roman}|\d{{1,2}}|[A-ZĐ])(?![\p{{L}}\d])",
        "appendix": (
            rf"(?:số\s+)?(?:{roman}[a-zA-Z]?|\d{{1,2}}(?:\.\d{{1,2}})?[a-zA-Z]?|[A-ZĐ]\d{{0,2}})"
            rf"(?:[-.]\d{{1,3}})?(?:/[A-ZĐ]{{1,6}})?(?![\p{{L}}\d])"
        ),
        "form": r"(?:số\s*:?\s*)?\d{1,3}[a-zA-Z]?(?:[-./]\d{1,3}[a-z]?)?(?:[-/][A-ZĐ]{1,8}\d{0,2})*(?![\p{L}\d])",
    }
    word = {
        "point": "điểm|Điểm|ĐIỂM",
        "clause": "khoản|Khoản|KHOẢN",
        "article": "[ĐđD][iỉ][êềếeé]u|ĐIỀU",  # as OCR reads it, too
        "section": "mục|Mục|MỤC",
        "chapter": "chương|Chương|CHƯƠNG",
        "part": "phần|Phần|PHẦN",
        "appendix": r"phụ\s+lục|Phụ\s+lục|Phụ\s+Lục|PHỤ\s+LỤC",
        "form": "mẫu|Mẫu|MẪU|biểu\\s+mẫu|Biểu\\s+mẫu",
    }
    sep = r"(?:\s*,\s*(?:và\s+|hoặc\s+)?|\s+(?:và|hoặc|hay)\s+|\s*;\s*|\s*[-]\s*|\s+đến\s+)"
    parts = [
        rf"(?:(?:{word[level]})\s+(?P<{level}>{item[level]}(?:{sep}(?!\d{{1,2}}[/-]\d)"
        rf"(?:{item[level]})){{0,40}}|(?:này|nầy)(?!\p{{L}})))"
        for level in item
    ]
    parts.append(r"(?:(?:tiểu\s+mục|Tiểu\s+mục)\s+(?P<subsection>\d{1,2}(?:\.\d{1,2})?(?![\p{L}\d])))")
    parts.append(
        r"(?:(?:tiết|Tiết|đoạn|Đoạn|gạch\s+đầu\s+dòng|Gạch\s+đầu\s+dòng)\s+(?P<paragraph>"
        r"(?:thứ\s+)?(?:nhất|hai|ba|tư|bốn|năm|sáu|bảy|tám|cuối|[a-zđ]?\d{1,2}(?:\.\d{1,2}){0,2}"
        r"|[a-zđ])(?![\p{L}\d])))"
    )
    return regex.compile(r"(?<![\p{L}\d])" + _NOT_BEHIND + "(?:" + "|".join(parts) + ")")


@functools.cache
def _between() -> "regex.Pattern[str]":
    return regex.compile(
        r"\s*(?P<join>,\s*(?:và\s+|hoặc\s+)?|;\s*(?:và\s+)?|/\s*|\s(?:và|hoặc|hay)\s+|\s(?:của"
        r"|tại|thuộc)\s+|\sđến\s+(?:hết\s+)?|-\s*|\(|)\s*(?:các\s+|từ\s+)?"
        r"(?=(?i:điểm|khoản|[đd]i[ềêếeéỉ]u|diều|mục|chương|phần|phụ|mẫu|biểu|tiểu|tiết|đoạn|gạch))"
    )


@functools.cache
def _items() -> "regex.Pattern[str]":
    return regex.compile(
        r"(?P<sep>\s*,\s*(?:và\s+|hoặc\s+)?|\s+(?:và|hoặc|hay)\s+|\s*;\s*|\s*-\s*(?!\p{Lu}{2})|\s+đến\s+)"
    )


@functools.cache
def _this() -> "regex.Pattern[str]":
    # "của Nghị định này", "ban hành kèm theo Thông tư này"
    kinds = (
        "Bộ luật|Luật|Pháp lệnh|Nghị định|Nghị quyết|Thông tư(?: liên tịch)?|Quyết định|Quy định"
        "|Quy chế|Điều lệ|Hướng dẫn|Kế hoạch|Chỉ thị|Chương trình|"
        "Đề án|Phương án|Quy chuẩn(?: kỹ thuật)?(?: quốc gia)?|Tiêu chuẩn|Hiệp định|Công ước"
        "|Nội quy|Quy trình|Văn bản|Công văn|Thông báo|Hợp đồng|Hiến pháp|Danh mục|Báo cáo"
        "|Kết luận|Chiến lược|Quy hoạch|Nghị định thư"
    ).replace(" ", r"\s+")
    issued = (
        r"(?:của\s+)?(?:Quy\s+chế|Quy\s+định|Điều\s+lệ|Hướng\s+dẫn|Quy\s+trình|Nội\s+quy|Danh\s+mục|Chương\s+trình|Đề\s+án|Kế\s+hoạch)"
        r"(?:\s[^.;:\d()\n]{0,80}?)?\s*\(?(?:được\s+)?ban\s+hành\s+(?:kèm\s+)?theo\s+"
    )
    return regex.compile(
        rf"\s*,?\s*(?:\(?(?:được\s+)?(?:ban\s+hành\s+)?(?:(?:đính\s+)?kèm\s+(?:theo\s+)?|theo\s+)|của\s+|trong\s+|tại\s+"
        rf"|thuộc\s+|{issued})?(?P<kind>(?i:{kinds}))\s+(?:này|nầy)(?!\p{{L}})\)?"
    )


_ANCHOR_BEFORE = regex.compile(r"(?:\bcác\s+|\btừ\s+)\Z")


def chains(plain: str) -> Iterator[Chain]:
    """All chains of provisions of a normalised text, in order, without overlap.

    >>> [c.provisions[0].article for c in chains("khoản 2 Điều 5")]
    ['5']
    """
    position, pattern = 0, _group()
    for start in _starts(plain):
        first = pattern.match(plain, start) if start >= position else None
        if first is None:
            continue
        groups = [_read(first, "")]
        end = first.end()
        while len(groups) < 60:
            link = _between().match(plain, end, end + 30)
            following = pattern.match(plain, link.end()) if link else None
            if link is None or following is None:
                break
            group = _read(following, link["join"].strip())
            if not _goes_on(groups, group):
                break
            groups.append(group)
            end = following.end()
        for part in _apart(plain, groups):
            chain = _chain(plain, part)
            position = max(end, chain.end if chain else end)
            if chain:
                yield chain


_LEVEL_WORDS = ("điểm", "khoản", "điều", "mục", "chương", "phần", "phụ", "mẫu", "biểu", "tiểu", "tiết", "đoạn", "gạch")


def _starts(plain: str) -> list[int]:
    """Where a level word may stand; finding the bare words first is several times faster than the pattern."""
    found: list[int] = []
    misread = (d + i + e + "u" for d in "ĐđD" for i in "iỉ" for e in "êếeé")
    for word in (*misread, "Diều", *(written for w in _LEVEL_WORDS for written in (w, w.capitalize(), w.upper()))):
        place = plain.find(word)
        while place >= 0:
            found.append(place)
            place = plain.find(word, place + 1)
    return sorted(found)


def _apart(plain: str, groups: list[_Group]) -> list[list[_Group]]:
    """The groups in one chain, or in two where they name two documents: "Điều này hoặc Điều 13 Nghị quyết số …"."""
    last = next((i for i in range(len(groups) - 1, -1, -1) if groups[i].items == (None,)), len(groups) - 1)
    if last == len(groups) - 1 or _this().match(plain, groups[-1].end, groups[-1].end + 160):
        return [groups]
    return [groups[: last + 1], groups[last + 1 :]]


def _read(match: "regex.Match[str]", joined: str) -> _Group:
    level = match.lastgroup or ""
    body = match[level]
    items: list[str | None] = []
    if regex.fullmatch(r"này|nầy", body):
        items.append(None)
    else:
        separator = ""
        for i, piece in enumerate(_items().splititer(body)):
            if i % 2:
                separator = piece.strip()
                continue
            value = _clean(level, piece)
            if separator in {"đến", "-"} and items and items[-1] is not None:
                items.extend(numerals.following(items[-1], value))
            else:
                items.append(value)
    return _Group(level, tuple(items), match.start(), match.end(), joined)


def _clean(level: str, piece: str) -> str:
    value = " ".join(piece.split()).rstrip(")")
    if level in {"appendix", "form"}:
        value = regex.sub(r"^số\s*:?\s*", "", value)
    if level == "paragraph":
        value = str(numerals.ordinal(value) or value)
    if level == "part":
        value = value.removeprefix("thứ ") if value.startswith("thứ ") else value
    return value


def _goes_on(groups: list[_Group], group: _Group) -> bool:
    """Whether a group belongs to the chain: a range needs its own level, a bracket a lower one."""
    last = groups[-1]
    if group.joined in {"đến", "-"} or group.joined.startswith("đến"):
        return group.level == last.level
    if group.joined == "(":
        return _RANK[group.level] > _RANK[last.level]
    return not (last.items == (None,) and group.joined == "")


def _chain(plain: str, groups: list[_Group]) -> Chain | None:
    merged: list[_Group] = []
    for group in groups:
        if group.joined.startswith(("đến", "-")) and merged and merged[-1].items[-1] and group.items[0]:
            last = merged[-1]
            items = last.items + tuple(numerals.following(last.items[-1] or "", group.items[0])) + group.items[1:]
            merged[-1] = _Group(last.level, items, last.start, group.end, last.joined)
        else:
            merged.append(group)
    found = _distribute(merged)
    start, end = groups[0].start, groups[-1].end
    relative = any(None in g.items for g in merged)
    tail = _this().match(plain, end, end + 160)
    if tail:
        close = tail[0].endswith(")")
        end = tail.end() - (1 if close and "(" not in tail[0] else 0)
    levels = frozenset(g.level for g in merged)
    if not found and not relative:
        return None
    first = next((item for item in merged[0].items), None)
    single = len(merged) == 1
    weak = single and (
        (
            merged[0].level in {"form", "paragraph", "part"}
            and not (merged[0].level == "part" and (first or "").isupper())
        )
        or (merged[0].level == "point" and (first or "").replace(".", "").isdigit())
        or (merged[0].level == "chapter" and False)
    )
    return Chain(start, end, found, bool(tail) or relative, levels, weak and not tail)


def _distribute(groups: list[_Group]) -> tuple[Provision, ...]:
    """The provisions that a chain names: each group takes its parent to the right, else to the left.

    "các điểm a, b khoản 2, khoản 4 Điều 15 và Điều 18" is 15/2/a, 15/2/b, 15/4 and 18.
    """
    parents: list[int | None] = []
    for i, group in enumerate(groups):
        above = (j for j in range(i + 1, len(groups)) if _RANK[groups[j].level] > _RANK[group.level])
        right = next((j for j in above if groups[j].joined not in {"và", "hoặc", "hay", ";"}), None)
        if right is not None and any(
            _RANK[groups[j].level] < _RANK[group.level]
            and groups[j].joined in {"và", "hoặc"}
            and groups[right].joined not in {"", "của"}
            for j in range(i + 1, right)
        ):
            right = None
        if right is not None and _beside(groups, i, right):
            right = None
        left = None
        if right is None and group.joined not in {"và", "hoặc", "hay", ";"}:
            left = next((j for j in range(i - 1, -1, -1) if _RANK[groups[j].level] > _RANK[group.level]), None)
        elif (
            right is None
            and group.level in {"clause", "point"}
            and i
            and parents[i - 1] is not None
            and groups[i - 1].level == group.level
        ):
            left = parents[i - 1]
        parents.append(right if right is not None else left)
    used = {p for p in parents if p is not None}
    out: list[Provision] = []
    for i, group in enumerate(groups):
        items = group.items[1:] if i in used else group.items
        for item in items:
            values: dict[str, str] = {}
            _put(values, group.level, item)
            seen, j = {i}, parents[i]
            while j is not None and j not in seen:
                _put(values, groups[j].level, groups[j].items[0])
                seen.add(j)
                j = parents[j]
            if values:
                out.append(Provision(**values))
    return tuple(dict.fromkeys(out))


def _beside(groups: list[_Group], i: int, right: int) -> bool:
    """Whether a chapter behind a comma stands beside the article, not above it: "khoản 3 Điều 7, Chương III"."""
    if groups[right].joined != "," or _RANK[groups[right].level] <= _RANK["article"]:
        return False
    climbs = [groups[j].joined for j in range(1, right) if _RANK[groups[j].level] > _RANK[groups[j - 1].level]]
    return groups[right - 1].level == "article" and any(joined in {"", "của"} for joined in climbs)


def _put(values: dict[str, str], level: str, item: str | None) -> None:
    name = {"subsection": "section"}.get(level, level)
    if item is not None and name not in values and level != "paragraph":
        values[name] = item
