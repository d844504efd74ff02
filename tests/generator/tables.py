"""Pages with a ruled table whose cells are known: two to eight columns, merged heads, cells of several lines, numbers."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from tests.generator.fonts import FAMILIES, FONT_FOLDER
from tests.generator.pages import HEIGHT, WIDTH

Box = tuple[float, float, float, float]

HEAD = ("SỞ NỘI VỤ TỈNH BẮC GIANG", "PHỤ LỤC", "Kết quả thực hiện nhiệm vụ, kế hoạch năm 2023 của các đơn vị")
TAIL = (
    "Số liệu do các đơn vị báo cáo đến hết ngày 31 tháng 12 năm 2023, làm tròn đến hàng",
    "đơn vị; những ô để trống là chỉ tiêu không giao hoặc chưa có kết quả chính thức.",
)
COLUMNS = ("Nội dung", "Đơn vị tính", "Kế hoạch", "Thực hiện", "Tỷ lệ (%)", "Cơ quan chủ trì", "Ghi chú", "Thời gian")
GROUPS = ("Chỉ tiêu năm 2023", "Kết quả", "Đánh giá chung", "Kinh phí (triệu đồng)")
PHRASES = (
    "Kiểm tra, giám sát việc thực hiện", "Sở Khoa học và Công nghệ", "Tuyên truyền, phổ biến pháp luật về bảo vệ môi trường",
    "Số hộ nghèo, cận nghèo", "Đào tạo nghề cho lao động nông thôn", "Ủy ban nhân dân các huyện", "Xây dựng nông thôn mới",
    "Hỗ trợ doanh nghiệp đổi mới quy trình sản xuất", "Cấp giấy chứng nhận quyền sử dụng đất", "Trường học đạt chuẩn quốc gia",
    "Nghị quyết số 52-NQ/TW", "Quý III", "Tỷ lệ bao phủ bảo hiểm y tế", "Thường xuyên", "Chưa đạt", "Hoàn thành vượt mức",
    "Phối hợp thẩm định công nghệ đối với những dự án đầu tư", "Nguyễn Thị Mỹ Hạnh", "Lũy kế từ đầu năm",
)  # fmt: skip
UNITS = ("hộ", "%", "người", "lớp", "triệu đồng", "ha", "xã", "km")
SMALLEST, PAD = 28.0, 4.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a table is drawn. ``rule`` points thick, ``grey`` 0 black to 1 white; ``landscape`` pages are wider than high."""

    columns: int = 4
    rows: int = 8
    merged: bool = False
    rule: float = 0.5
    grey: float = 0.0
    open_sides: bool = False
    dotted: bool = False
    double: bool = False
    landscape: bool = False
    centred: bool = False
    size: float = 12.0
    family: str = "serif"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its box in points from the upper left corner of the page, and its text, a line a printed line."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page: its PDF, its size, the cells from top to bottom and left to right, and the lines around the table."""

    pdf: bytes
    width: float
    height: float
    cells: tuple[Cell, ...]
    head: tuple[str, ...] = HEAD
    tail: tuple[str, ...] = TAIL


LOOKS = {
    "plain": Look(),
    "wide": Look(columns=8, rows=9, size=10.0, landscape=True, centred=True),
    "numbers": Look(columns=6, rows=16, size=11.0, family="sans"),
    "merged": Look(columns=6, rows=7, merged=True, size=11.0),
    "texts": Look(columns=3, rows=7, centred=True, size=13.0),
    "two": Look(columns=2, rows=9, rule=1.0),
    "open": Look(columns=4, rows=7, open_sides=True),
    "dotted": Look(columns=4, rows=9, dotted=True),
    "double": Look(columns=5, rows=7, double=True, size=11.0),
    "hairline": Look(columns=5, rows=9, rule=0.25, grey=0.35, size=11.0),
    "heavy": Look(columns=4, rows=7, rule=1.8, centred=True),
    "merged-wide": Look(columns=8, rows=8, merged=True, size=10.0, landscape=True, family="sans"),
}


def page(look: Look, seed: int = 0) -> TablePage:
    """A page with a letterhead (underlined, as they are), a heading, one table and two lines below it."""
    rng = Random(f"tables:{look}:{seed}")
    width, height = (HEIGHT, WIDTH) if look.landscape else (WIDTH, HEIGHT)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=True)
    draw = _Pen(canvas, look, height)
    left, right = 62.0, width - 44.0
    draw.text(left, 50, HEAD[0], 13, bold=True)
    draw.line(left + 50, 68, left + 120, 68, 0.7)
    draw.text((left + right) / 2, 92, HEAD[1], 14, bold=True, align="center")
    draw.text((left + right) / 2, 110, HEAD[2], 13, align="center")
    draw.line(width / 2 - 60, 129, width / 2 + 60, 129, 0.7)
    cells = _grid(look, rng, draw, left, 150.0, right)
    bottom = max(cell.box[3] for cell in cells)
    for n, line in enumerate(TAIL):
        draw.text(left, bottom + 12 + 17 * n, line, 13)
    canvas.save()
    return TablePage(out.getvalue(), width, height, tuple(cells))


@dataclass(frozen=True)
class _Pen:
    canvas: Canvas
    look: Look
    height: float

    def font(self, bold: bool) -> str:
        name = f"{self.look.family}-{'bold' if bold else 'regular'}"
        if name not in pdfmetrics.getRegisteredFontNames():
            stem = FAMILIES[self.look.family][0]
            pdfmetrics.registerFont(TTFont(name, str(FONT_FOLDER / f"{stem}-{'Bold' if bold else 'Regular'}.ttf")))
        return name

    def measure(self, text: str, size: float, bold: bool = False) -> float:
        return float(pdfmetrics.stringWidth(text, self.font(bold), size))

    def text(self, x: float, top: float, text: str, size: float, bold: bool = False, align: str = "left") -> None:
        self.canvas.setFont(self.font(bold), size)
        wide = self.measure(text, size, bold)
        x -= {"left": 0.0, "center": wide / 2, "right": wide}[align]
        self.canvas.drawString(x, self.height - top - 0.9 * size, text)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float, dotted: bool = False) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.setStrokeGray(self.look.grey)
        self.canvas.setDash([width, 2 * width] if dotted else [])
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)


def _grid(look: Look, rng: Random, draw: _Pen, left: float, top: float, right: float) -> list[Cell]:
    """Draw the table and give its cells."""
    edges = _edges(look, rng, left, right)
    numeric = [False] + [rng.random() < (0.75 if look.columns > 4 else 0.5) for _ in range(look.columns - 1)]
    numeric[1] = look.columns == 2 and rng.random() < 0.5
    cells: list[Cell] = []
    y = top
    spans = _heads(look, rng)
    for row in spans:
        lines = {at: _wrapped(text, edges[end] - edges[at], look.size, draw, True) for at, end, text, _ in row}
        tall = max(len(lines[at]) for at, _, _, deep in row if deep == 1 or len(spans) == 1) * 1.2 * look.size + 2 * PAD
        for at, end, _, deep in row:
            extra = _second_height(spans, edges, look, draw) if deep == 2 else 0.0
            box = (edges[at], y, edges[end], y + tall + extra)
            _write(draw, look, box, lines[at], "center", True, True)
            cells.append(Cell(box, "\n".join(lines[at])))
        y += tall
    for number in range(1, look.rows + 1):
        texts = [str(number)] + [_content(rng, numeric[c]) for c in range(1, look.columns)]
        lines_of = [_wrapped(t, edges[c + 1] - edges[c], look.size, draw) for c, t in enumerate(texts)]
        tall = max(map(len, lines_of)) * 1.2 * look.size + 2 * PAD
        if y + tall > draw.height - 90:
            break
        for c, lines in enumerate(lines_of):
            box = (edges[c], y, edges[c + 1], y + tall)
            align = "center" if c == 0 else "right" if numeric[c] else "left"
            _write(draw, look, box, lines, align, False, look.centred)
            cells.append(Cell(box, "\n".join(lines)))
        y += tall
    _rules(draw, look, cells)
    return sorted(cells, key=lambda cell: (cell.box[1], cell.box[0]))


def _edges(look: Look, rng: Random, left: float, right: float) -> list[float]:
    """The upright edges: a narrow first column, then columns of uneven width."""
    weights = [rng.uniform(1.0, 2.2) for _ in range(look.columns - 1)]
    room = right - left - SMALLEST
    edges = [left, left + SMALLEST]
    for weight in weights:
        edges.append(edges[-1] + room * weight / sum(weights))
    return edges


def _heads(look: Look, rng: Random) -> list[list[tuple[int, int, str, int]]]:
    """The rows of the head: (first column, end column, text, rows that it covers)."""
    names = ["TT", *rng.sample(COLUMNS, look.columns - 1)]
    if not look.merged:
        return [[(c, c + 1, name, 1) for c, name in enumerate(names)]]
    start = rng.randint(2, look.columns - 3)
    end = rng.randint(start + 2, min(start + 3, look.columns))
    first = [(c, c + 1, names[c], 2) for c in range(look.columns) if not start <= c < end]
    first.append((start, end, rng.choice(GROUPS), 1))
    return [sorted(first), [(c, c + 1, names[c], 1) for c in range(start, end)]]


def _second_height(spans: list[list[tuple[int, int, str, int]]], edges: list[float], look: Look, draw: _Pen) -> float:
    most = max(len(_wrapped(text, edges[end] - edges[at], look.size, draw, True)) for at, end, text, _ in spans[1])
    return most * 1.2 * look.size + 2 * PAD


def _content(rng: Random, numeric: bool) -> str:
    if rng.random() < 0.12:
        return ""
    if not numeric:
        return rng.choice(UNITS) if rng.random() < 0.12 else rng.choice(PHRASES)
    kind = rng.randrange(4)
    if kind == 0:
        return str(rng.randint(0, 9))
    if kind == 1:
        return f"{rng.randint(1, 99)},{rng.randint(0, 9)}"
    return f"{rng.randint(1, 999)}.{rng.randint(0, 999):03}" if kind == 2 else str(rng.randint(10, 999))


def _wrapped(text: str, width: float, size: float, draw: _Pen, bold: bool = False) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and draw.measure(f"{lines[-1]} {word}", size, bold) <= width - 2 * PAD:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def _write(
    draw: _Pen, look: Look, box: Box, lines: Sequence[str], align: str, bold: bool, centred: bool
) -> None:  # fmt: skip
    x0, y0, x1, y1 = box
    tall = len(lines) * 1.2 * look.size
    y = (y0 + y1 - tall) / 2 if centred else y0 + PAD
    x = {"left": x0 + PAD, "center": (x0 + x1) / 2, "right": x1 - PAD}[align]
    for line in lines:
        draw.text(x, y, line, look.size, bold, align)
        y += 1.2 * look.size


def _rules(draw: _Pen, look: Look, cells: Sequence[Cell]) -> None:
    """The four edges of each cell, shared ones once; the outer ones double or left out as the look says."""
    x0, x1 = min(c.box[0] for c in cells), max(c.box[2] for c in cells)
    y0, y1 = min(c.box[1] for c in cells), max(c.box[3] for c in cells)
    drawn: set[Box] = set()
    for cell in cells:
        a, b, c, d = cell.box
        for edge in ((a, b, c, b), (a, d, c, d), (a, b, a, d), (c, b, c, d)):
            side = edge[0] == edge[2] and edge[0] in (x0, x1)
            if edge in drawn or (side and look.open_sides):
                continue
            drawn.add(edge)
            inner_level = edge[1] == edge[3] and edge[1] not in (y0, y1)
            draw.line(*edge, look.rule, dotted=look.dotted and inner_level)
    if look.double:
        gap = 2 * look.rule + 0.8
        draw.canvas.rect(x0 - gap, draw.height - y1 - gap, x1 - x0 + 2 * gap, y1 - y0 + 2 * gap)
