"""Ruled tables on scanned pages: cells in order with their text, and no table where none is."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.config import OcrConfig
from pipeline.document import RepairedDocument, RuledTable, Source, TextLine
from pipeline.extract import prepare, scan, scan_tables, tables
from pipeline.segment import tables as segment_tables
from tests.test_scan_pages import body, needs_engine, page, texts

DPI = 200
CELLS = [
    ["TT", "Nội dung", "Kế hoạch", "Ghi chú"],
    ["1", "Tuyên truyền,\nphổ biến pháp luật", "43,2", ""],
    ["2", "Xây dựng nông\nthôn mới", "7", "Chưa đạt"],
]
EDGES, TOPS = (70.0, 100.0, 260.0, 340.0, 470.0), (150.0, 175.0, 215.0, 255.0)


def ruled(sides: bool = True, width: int = 2) -> Image.Image:
    """A page with a heading, the table above and the body below it, at 200 dpi."""
    words = [(85.0, 110.0, "Danh mục các nhiệm vụ trong năm")]
    for row, top in zip(CELLS, TOPS, strict=False):
        for text, left in zip(row, EDGES, strict=False):
            words += [(left + 5, top + 5 + 16 * n, line) for n, line in enumerate(text.split("\n"))]
    picture = page([*words, *body(300)], size=12)
    draw = ImageDraw.Draw(picture)
    scale = DPI / 72
    for y in TOPS:
        draw.line((EDGES[0] * scale, y * scale, EDGES[-1] * scale, y * scale), fill=0, width=width)
    for x in EDGES if sides else EDGES[1:-1]:
        draw.line((x * scale, TOPS[0] * scale, x * scale, TOPS[-1] * scale), fill=0, width=width)
    return picture


def found_on(picture: Image.Image) -> tuple[RuledTable, ...]:
    """The tables in points."""
    found = scan_tables.find(prepare.prepare(picture, DPI))
    return tuple(
        RuledTable(_points(t.box), tuple(tuple(None if c is None else _points(c) for c in r) for r in t.rows))
        for t in found
    )


def _points(box):
    return tuple(v * 72 / DPI for v in box)


def cells_of(found: scan.ScannedPage) -> list[list[str]]:
    """The text of each cell of the first table, as segment finds it."""
    lines, at = [], 0
    for line in found.lines:
        if line.furniture is None:
            lines.append(TextLine(1, line.box, (at, at + len(line.text))))
            at += len(line.text) + 1
    text = "\n".join(texts(found))
    document = RepairedDocument(
        Source("x.pdf", "", 0, "application/pdf", 1), text, text, (), tuple(lines), (), tables=((1, found.tables[0]),)
    )
    rows = segment_tables.find(document)[0].rows
    return [[text[slice(*cell.span)] if cell.span else "" for cell in row] for row in rows]


@pytest.mark.parametrize("sides", [True, False])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_cells_of_a_table_are_found_with_and_without_outer_border(sides: bool, width: int) -> None:
    (table,) = found_on(ruled(sides, width))
    assert [len(row) for row in table.rows] == [4, 4, 4]
    assert all(cell is not None for row in table.rows for cell in row)
    assert np.allclose(table.box, (70, 150, 470, 255), atol=1.5)
    assert np.allclose(table.rows[1][2], (260, 175, 340, 215), atol=1.5)


@pytest.mark.parametrize("degrees", [0.0, 1.5, -4.0])
def test_cells_are_read_in_order_and_lines_of_a_cell_stay_together(degrees: float) -> None:
    needs_engine()
    picture = ruled().rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)
    found = scan.read_image(picture, 595, 842, OcrConfig())
    assert cells_of(found) == CELLS
    cells = [line for row in CELLS for cell in row if cell for line in cell.split("\n")]
    assert texts(found)[0].startswith("Danh mục") and texts(found)[1 : 1 + len(cells)] == cells
    assert "tables" in found.reason


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_table_on_its_side_is_read_row_by_row(quarters: int) -> None:
    needs_engine()
    picture = ruled().rotate(90 * quarters, expand=True)
    assert cells_of(scan.read_image(picture, 842, 595, OcrConfig())) == CELLS


def test_broken_and_dotted_rules_still_make_cells() -> None:
    pixels = np.array(ruled())
    pixels[:, 300:304] = 255  # every level rule broken by half a millimetre
    for y in TOPS[1:-1]:
        row = slice(round(y * DPI / 72) - 2, round(y * DPI / 72) + 3)
        pixels[row, ::6] = pixels[row, 1::6] = pixels[row, 2::6] = 255
    assert [len(row) for table in found_on(Image.fromarray(pixels)) for row in table.rows] == [4, 4, 4]


def _line(draw: ImageDraw.ImageDraw, x0: float, y0: float, x1: float, y1: float, width: int = 2) -> None:
    draw.line([v * DPI / 72 for v in (x0, y0, x1, y1)], fill=0, width=width)


def letterhead() -> Image.Image:
    """Two underlined columns, a double rule across the page and underlined words of the body."""
    picture = page([(70, 60, "BỘ TÀI CHÍNH"), (250, 60, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), *body()])
    draw = ImageDraw.Draw(picture)
    _line(draw, 95, 80, 140, 80)
    _line(draw, 310, 80, 450, 80)
    for y in (100, 103):
        _line(draw, 60, y, 540, y)
    for n in range(5):
        _line(draw, 85, 316 + 20 * n, 200, 316 + 20 * n)
    return picture


def framed() -> Image.Image:
    """The body in a double frame round the whole page, with one rule across."""
    picture = page(body())
    draw = ImageDraw.Draw(picture)
    for inset in (30, 36):
        draw.rectangle([v * DPI / 72 for v in (inset, inset, 595 - inset, 842 - inset)], outline=0, width=3)
    _line(draw, 36, 250, 559, 250)
    return picture


def form() -> Image.Image:
    """Dotted and solid lines to write on, and a small box for a photograph."""
    picture = page([*body(), *((85.0, 450.0 + 25 * n, "Họ và tên: " + "." * 70) for n in range(4))])
    draw = ImageDraw.Draw(picture)
    for n in range(6):
        _line(draw, 85, 600 + 20 * n, 510, 600 + 20 * n)
    draw.rectangle([v * DPI / 72 for v in (450, 60, 530, 160)], outline=0, width=2)
    return picture


def stamped() -> Image.Image:
    """An incoming-mail stamp: a frame with a rule across and one upright."""
    picture = page([(80, 100, "CÔNG VĂN ĐẾN"), (80, 122, "Số: 12"), *body()], size=9)
    draw = ImageDraw.Draw(picture)
    draw.rectangle([v * DPI / 72 for v in (70, 95, 200, 145)], outline=0, width=3)
    _line(draw, 70, 116, 200, 116)
    _line(draw, 130, 116, 130, 145)
    return picture


def photograph() -> Image.Image:
    """A picture of bars and edges among text, and the dark edge of a scanner glass."""
    pixels = np.array(page(body()))
    ramp = (np.add.outer(np.arange(700), np.arange(900)) // 7 % 2 * 90 + 60).astype(np.uint8)
    ramp[::40] = 30
    pixels[1200:1900, 300:1200] = ramp
    pixels[:, :25] = 0
    return Image.fromarray(pixels)


@pytest.mark.parametrize("make", [letterhead, framed, form, stamped, photograph], ids=lambda make: make.__name__)
def test_what_is_no_table_makes_none(make) -> None:
    assert found_on(make()) == ()


def test_a_page_without_a_table_goes_to_the_engine_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(scan.ocr, "recognise", lambda picture, *_: given.append(picture) or [])
    monkeypatch.setattr(scan, "_again", lambda *_: [])
    picture = letterhead()
    scan.read_image(picture, 595, 842, OcrConfig())
    assert np.array_equal(np.asarray(given[-1]), prepare.prepare(picture, DPI, colour=False).image)


def test_no_tables_are_looked_for_where_the_caller_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan.ocr, "recognise", lambda *_: [])
    monkeypatch.setattr(scan, "_again", lambda *_: [])
    assert scan.read_image(ruled(), 595, 842, OcrConfig(), tables=False).tables == ()


def test_rules_go_and_letters_stay() -> None:
    done = prepare.prepare(ruled(), DPI)
    found = scan_tables.find(done)
    clean = scan_tables.without_rules(done, found)
    whole, left = (int((p.sharp < 128).sum()) for p in (done, clean))
    bare = page([(75.0, 155.0, "TT")], size=12)
    letters = slice(round(155 * DPI / 72), round(172 * DPI / 72)), slice(round(73 * DPI / 72), round(97 * DPI / 72))
    assert whole - left > 2 * 4 * 400 * DPI / 72  # four level rules of 400 points, two pixels thick
    assert (clean.sharp[letters] < 128).sum() == pytest.approx((np.array(bare)[letters] < 128).sum(), rel=0.02)


def test_the_middle_of_a_line_is_looked_for_in_the_cell_as_it_lies() -> None:
    """A row 400 x 20 points, askew by 4 degrees: the left end of the row below lies in its box, but not in it."""
    sin, cos = math.sin(math.radians(4)), math.cos(math.radians(4))
    wide, high = 400 * cos + 20 * sin, 400 * sin + 20 * cos

    def around(x: float, y: float) -> tuple[float, float, float, float]:
        return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2

    upper, lower = around(300, 300), around(300 - 20 * sin, 300 + 20 * cos)
    end = (300 - 20 * sin - 180 * cos, 300 + 20 * cos - 180 * sin)
    line = (end[0] - 5, end[1] - 5, end[0] + 5, end[1] + 5)
    assert upper[1] < end[1] < upper[3]
    assert not segment_tables.holds(upper, line, 4.0) and segment_tables.holds(lower, line, 4.0)


def test_sides_are_made_for_three_rules_that_end_together_only() -> None:
    level = [(100.0, y, 400.0, y) for y in (100.0, 120.0, 140.0)]
    upright = [(200.0, 100.0, 200.0, 140.0)]
    assert tables.find([*level, *upright]) == []
    (found,) = tables.find([*level, *upright], open_sides=True)
    assert found.box == (100.0, 100.0, 400.0, 140.0) and [len(row) for row in found.rows] == [2, 2]
    assert tables.find([*level[:2], *upright, (300.0, 100.0, 300.0, 120.0)], open_sides=True) == []
