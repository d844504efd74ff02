"""Page furniture: page numbers, running heads, gazette heads and signature stamps, marked and never removed."""

from collections.abc import Sequence
from dataclasses import replace

import regex

from pipeline.document import Furniture, Line, RuledTable

_NUMBER = regex.compile(r"[-–—~.\s]*(?:(?i:trang|page)\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?[-–—~.\s]*|[ivx]{1,5}")
_GAZETTE = regex.compile(r"(?:\d{1,4}\s+)?CÔNG\s+BÁO(?:\s+[\p{L}. ]{2,20})?\s*/\s*Số\s*\d+.*", regex.IGNORECASE)
_STAMP = regex.compile(
    r"(?:Ký\s+(?:bởi|số\s+bởi)|Người\s+ký|Thời\s+gian\s+ký|Ngày\s+ký|Signature\s+(?:Not\s+Verified|Valid)"
    r"|Digitally\s+signed\s+by|Signed\s+by|Chữ\s+ký\s+số)\s*(?::.*|$)|Signature\s+Not\s+Verified.*"
    r"|Ký\s+bởi\s.*|SAO\s+Y\s*[;:].*|Digitally\s+signed\s+by.*",
    regex.IGNORECASE,
)
_BESIDE_STAMP = regex.compile(
    r"(?:Email|E-mail|Cơ\s+quan|Đơn\s+vị|Tổ\s+chức|Chức\s+vụ|Date|Reason|Location|Lý\s+do)\s*:.*|VGP|Cổng\s+Thông\s+tin.*"
    r"|[\d:./ -]{8,}(?:[+-]\d\d[:']?\d\d'?)?",
    regex.IGNORECASE,
)
_TIME = regex.compile(
    r".*(?:\d{2}[./-]\d{2}[./-]\d{4}|\d{4}[./-]\d{2}[./-]\d{2})[ T;,]+\d{2}:\d{2}:\d{2}\s*[+-]\d{2}[:']?\d{2}.*"
)
_MOTTO = regex.compile(r"CỘNG\s+H(?:OÀ|ÒA)\s+XÃ\s+HỘI|ĐẢNG\s+CỘNG\s+SẢN", regex.IGNORECASE)
"""A letterhead: nothing of it or below it is a running head, though forms repeat it."""
_LABEL = regex.compile(r"\s*(?:\d{1,3}(?:[.)]|\s*-)|[a-zđ]\))")
_DIGITS = regex.compile(r"\d+")
_EDGE = 0.12
_STAMP_REACH = 40.0

Page = Sequence[Line]


def mark(
    pages: Sequence[Page],
    heights: Sequence[float],
    tables: Sequence[Sequence[RuledTable]] = (),
) -> list[tuple[Line, ...]]:
    """The lines of each page with furniture marked; lines already marked stay so.

    Args:
        pages: the lines of every page, in reading order.
        heights: of the pages, in points.
        tables: the ruled tables of every page; a table's head that repeats is no running head.
    """
    tables = tables or [()] * len(pages)
    heads = _running(pages, heights, tables)
    return [
        tuple(_marked(page, height, {i for n, i in heads if n == number}, tables[number]))
        for number, (page, height) in enumerate(zip(pages, heights, strict=True))
    ]


def _marked(page: Page, height: float, running: set[int], tables: Sequence[RuledTable]) -> list[Line]:
    stamps = _stamps(page)
    body = [
        line
        for i, line in enumerate(page)
        if line.furniture is None
        and i not in stamps
        and i not in running
        and not _NUMBER.fullmatch(line.text.strip())
        and not _is_gazette(line, height)
    ]
    found = []
    for index, line in enumerate(page):
        kind = line.furniture
        if kind is None:
            if index in stamps:
                kind = Furniture.SIGNATURE_STAMP
            elif _is_gazette(line, height):
                kind = Furniture.GAZETTE_HEAD
            elif index in running:
                kind = Furniture.RUNNING_HEAD
            elif _is_page_number(line, body, height) and not _inside(line, tables):
                kind = Furniture.PAGE_NUMBER
        found.append(line if kind is line.furniture else replace(line, furniture=kind))
    return found


def _is_gazette(line: Line, height: float) -> bool:
    return line.box[1] < height * 0.2 and _GAZETTE.fullmatch(line.text.strip()) is not None


def _is_page_number(line: Line, body: Sequence[Line], height: float) -> bool:
    """Whether a line is a bare number alone on its row, beyond all of the body at the page's top or bottom."""
    if not _NUMBER.fullmatch(line.text.strip()):
        return False
    middle = (line.box[1] + line.box[3]) / 2
    if any(other.box[1] < middle < other.box[3] for other in body):
        return False
    if line.box[1] <= _EDGE * height:
        return all(other.box[1] + other.box[3] > 2 * middle for other in body)
    return line.box[3] >= (1 - _EDGE) * height and all(other.box[1] + other.box[3] < 2 * middle for other in body)


def _inside(line: Line, tables: Sequence[RuledTable]) -> bool:
    x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
    return any(t.box[0] <= x <= t.box[2] and t.box[1] <= y <= t.box[3] for t in tables)


def _stamps(page: Page) -> set[int]:
    """Indices of the lines of digital signature stamps, with the lines that belong to them."""
    cores = {i for i, line in enumerate(page) if _STAMP.fullmatch(line.text.strip()) or _TIME.fullmatch(line.text)}
    found = set(cores)
    for index, line in enumerate(page):
        if index in found or not cores:
            continue
        near = [c for c in cores if _distance(page[c], line) <= _STAMP_REACH]
        if near and (_BESIDE_STAMP.fullmatch(line.text.strip())):
            found.add(index)
    body = sorted(line.size for line in page)
    usual = body[len(body) // 2] if body else 0.0
    for index, line in enumerate(page):
        around = [c for c in found if abs(c - index) == 1 and _distance(page[c], line) < 1.5 * max(line.size, 1.0)]
        follows = any(_continues(page[c], line) for c in around)
        if index not in found and 0 < line.size < 0.8 * usual and (len(around) == 2 or follows):
            found.add(index)
    return found


def _continues(stamp: Line, line: Line) -> bool:
    """Whether a line goes on right below one of a stamp, in its type size and from its left edge."""
    return (
        abs(stamp.box[0] - line.box[0]) < 3
        and abs(stamp.size - line.size) < 0.1 * stamp.size
        and 0 <= line.box[1] - stamp.box[1] < 1.4 * stamp.size
    )


def _distance(one: Line, other: Line) -> float:
    """Points of empty paper between two lines, the larger of both directions."""
    across = max(one.box[0] - other.box[2], other.box[0] - one.box[2], 0.0)
    down = max(one.box[1] - other.box[3], other.box[1] - one.box[3], 0.0)
    return max(across, down)


def _running(
    pages: Sequence[Page],
    heights: Sequence[float],
    tables: Sequence[Sequence[RuledTable]],
) -> set[tuple[int, int]]:
    """(page index, line index) of lines at the page's edge that repeat at the same place, digits masked.

    A head must repeat on three pages at most two apart; a foot on most pages (or most odd or even ones), because
    footnotes repeat too. Nothing but furniture may stand between a head or foot and the page's edge.
    """
    found: set[tuple[int, int]] = set()
    for edge in (1, -1):
        candidates: list[list[int]] = []
        places: dict[tuple[str, int], list[int]] = {}
        for number, (page, height) in enumerate(zip(pages, heights, strict=True)):
            rows = sorted(range(len(page)), key=lambda i: edge * page[i].box[1])[:4]
            motto = min((line.box[1] for line in page if _MOTTO.search(line.text)), default=height)
            candidates.append(
                [
                    i
                    for i in rows
                    if _at_edge(page[i], height, edge)
                    and (edge < 0 or page[i].box[3] <= motto + 2)
                    and not _inside(page[i], tables[number])
                ]
            )
            for index in candidates[-1]:
                if any(c.isalpha() for c in page[index].text) and not _LABEL.match(page[index].text):
                    for key in _keys(page[index]):
                        places.setdefault(key, []).append(number)
        count = len(pages)
        running: set[tuple[str, int]] = {key for key, numbers in places.items() if _repeats(numbers, count, edge)}
        texts = {text for text, _ in running}
        for number, page in enumerate(pages):
            for index in candidates[number]:
                line = page[index]
                keys = _keys(line)
                if running.intersection(keys) or (len(line.text) >= 20 and keys[0][0] in texts):
                    found.add((number, index))
                elif not (
                    line.furniture
                    or _NUMBER.fullmatch(line.text.strip())
                    or _GAZETTE.match(line.text)
                    or _STAMP.match(line.text)
                    or _TIME.match(line.text)
                ):
                    break
    return found


def _at_edge(line: Line, height: float, edge: int) -> bool:
    return line.box[3] <= 0.16 * height if edge > 0 else line.box[1] >= 0.86 * height


def _keys(line: Line) -> list[tuple[str, int]]:
    """Text without digits and place in steps of 4 points; two keys, so that no step parts two that are near."""
    text = _DIGITS.sub("#", " ".join(line.text.split()))
    return [(text, 2 * round(line.box[1] / 4)), (text, 2 * int(line.box[1] / 4) + 1)]


def _repeats(numbers: list[int], count: int, edge: int) -> bool:
    numbers = sorted(set(numbers))
    if len(numbers) < 3:
        return False
    if edge > 0:
        return any(numbers[i + 2] - numbers[i] <= 4 for i in range(len(numbers) - 2))
    return any(
        len([n for n in numbers if n % 2 in kinds]) >= 0.6 * len([n for n in range(count) if n % 2 in kinds])
        and len([n for n in numbers if n % 2 in kinds]) >= 3
        for kinds in ((0, 1), (0,), (1,))
    )


def mark_plain(pages: Sequence[Page]) -> list[tuple[Line, ...]]:
    """The lines of plain text with page numbers marked: lone numbers that go on counting 2, 3, 4 … through the text."""
    expected, last, position = 2, 0, 0
    marked = []
    total = sum(len(page) for page in pages)
    for page in pages:
        lines = []
        for index, line in enumerate(page):
            text = line.text.strip()
            edge = len(pages) > 1 and (index == 0 or index == len(page) - 1)
            alone = text.isdigit() and len(text) <= 3
            if alone and edge:
                line = replace(line, furniture=Furniture.PAGE_NUMBER)
                expected = int(text) + 1
                last = position
            elif alone and int(text) == expected and position - last >= 15 and total - position >= 1:
                line = replace(line, furniture=Furniture.PAGE_NUMBER)
                expected, last = expected + 1, position
            lines.append(line)
            position += 1
        marked.append(tuple(lines))
    return marked
