"""Page furniture: page numbers, running heads, gazette heads and signature stamps, marked and never removed."""

from collections.abc import Sequence
from dataclasses import replace

import regex

from pipeline.document import Furniture, Line, RuledTable

_NUMBER = regex.compile(
    r"[-–—~.\s]*(?:(?i:trang|page)\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?[-–—~.\s]*|[ivx]{1,5}")
_GAZETTE = regex.compile(r"CÔNG\s+BÁO\s*/\s*Số\s*\d+.*", regex.IGNORECASE)
_STAMP = regex.compile(
    r"(?:Ký\s+(?:bởi|số\s+bởi)|Người\s+ký|Thời\s+gian\s+ký|Ngày\s+ký|Signature\s+(?:Not\s+Verified|Valid)"
    r"|Digitally\s+signed\s+by|Signed\s+by|Chữ\s+ký\s+số)\s*(?::.*|$)|Signature\s+Not\s+Verified.*"
    r"|Ký\s+bởi\s.*|Digitally\s+signed\s+by.*", regex.IGNORECASE)
_BESIDE_STAMP = regex.compile(
    r"(?:Email|E-mail|Cơ\s+quan|Đơn\s+vị|Tổ\s+chức|Chức\s+vụ|Date|Reason|Location|Lý\s+do)\s*:.*|VGP|Cổng\s+Thông\s+tin.*"
    r"|[\d:./ -]{8,}(?:[+-]\d\d[:']?\d\d'?)?", regex.IGNORECASE)
_TIME = regex.compile(
    r".*(?:\d{2}[./-]\d{2}[./-]\d{4}|\d{4}[./-]\d{2}[./-]\d{2})[ T]\d{2}:\d{2}:\d{2}\s*[+-]\d{2}[:']?\d{2}.*")
_DIGITS = regex.compile(r"\d+")
_EDGE = 0.12
_STAMP_REACH = 40.0

Page = Sequence[Line]


def mark(
    pages: Sequence[Page], heights: Sequence[float], tables: Sequence[Sequence[RuledTable]] = (),
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
    found = []
    for index, line in enumerate(page):
        kind = line.furniture
        text = line.text.strip()
        if kind is None:
            if index in stamps:
                kind = Furniture.SIGNATURE_STAMP
            elif _GAZETTE.fullmatch(text) and line.box[1] < height * 0.2:
                kind = Furniture.GAZETTE_HEAD
            elif index in running:
                kind = Furniture.RUNNING_HEAD
            elif _is_page_number(page, index, height) and not _inside(line, tables):
                kind = Furniture.PAGE_NUMBER
        found.append(line if kind is line.furniture else replace(line, furniture=kind))
    return found


def _is_page_number(page: Page, index: int, height: float) -> bool:
    """Whether a line is a bare number alone on its row, beyond all text at the page's top or bottom."""
    line = page[index]
    if not _NUMBER.fullmatch(line.text.strip()):
        return False
    top, bottom = line.box[1], line.box[3]
    if _EDGE * height < top and bottom < (1 - _EDGE) * height:
        return False
    others = [o for i, o in enumerate(page) if i != index and o.furniture is None and not _NUMBER.fullmatch(o.text.strip())]
    middle = (top + bottom) / 2
    if top <= _EDGE * height:
        return all(o.box[3] > middle and o.box[1] + o.box[3] > top + bottom for o in others if not _STAMP.match(o.text)
                   and not _TIME.fullmatch(o.text) and not _GAZETTE.match(o.text)) and not _beside(line, others)
    return all(o.box[1] + o.box[3] < top + bottom for o in others) and not _beside(line, others)


def _beside(line: Line, others: Sequence[Line]) -> bool:
    middle = (line.box[1] + line.box[3]) / 2
    return any(o.box[1] < middle < o.box[3] and len(o.text) < 400 and not _GAZETTE.match(o.text) for o in others)


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
        if index not in found and 0 < line.size < 0.8 * usual and len(around) == 2:
            found.add(index)
    return found


def _distance(one: Line, other: Line) -> float:
    """Points of empty paper between two lines, the larger of both directions."""
    across = max(one.box[0] - other.box[2], other.box[0] - one.box[2], 0.0)
    down = max(one.box[1] - other.box[3], other.box[1] - one.box[3], 0.0)
    return max(across, down)


def _running(
    pages: Sequence[Page], heights: Sequence[float], tables: Sequence[Sequence[RuledTable]],
) -> set[tuple[int, int]]:
    """(page index, line index) of lines that stand at the same place on three pages and more, digits masked."""
    places: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for number, (page, height) in enumerate(zip(pages, heights, strict=True)):
        by_top = sorted(range(len(page)), key=lambda i: page[i].box[1])
        by_bottom = sorted(range(len(page)), key=lambda i: -page[i].box[3])
        edges = {i for i in by_top[:4] if page[i].box[3] <= 0.16 * height}
        edges |= {i for i in by_bottom[:4] if page[i].box[1] >= 0.86 * height}
        for index in edges:
            line = page[index]
            text = _DIGITS.sub("#", " ".join(line.text.split()))
            if len(text) < 3 or not any(c.isalpha() for c in text) or _inside(line, tables[number]):
                continue
            for shift in (0, 1):
                places.setdefault((text, round(line.box[1] / 8 + shift / 2) * 2 + shift), []).append((number, index))
    least = max(3, 0.15 * len(pages))
    return {place for found in places.values() if len({n for n, _ in found}) >= least for place in found}


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
