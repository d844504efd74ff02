"""From lines of text to lines on paper: A4, the margins of Decree 30/2020, 14 pt, in the look of an office document.

A line may open with marks of its look in braces: ``{bc}KẾ HOẠCH``. ``b`` bold, ``i`` italic, ``c`` centred, ``r``
right, ``p`` first line of a paragraph, ``l`` not justified, ``j`` nothing of these, ``n`` furniture (drawn, not part of
the truth), ``L`` ``R`` left and right column of a two-column block; ``{/b}`` ends bold inside a line. Lines without
marks are styled by what they look like. A form feed starts a page.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from tests.generator.fonts import face

WIDTH, HEIGHT = 595.28, 841.89
LEFT, RIGHT, TOP, BOTTOM = 85.04, 42.52, 56.69, 56.69
SIZE, LEADING = 14.0, 17.6
INDENT = 28.35

_MARKS = regex.compile(r"\{([bicrpljnLR]+)\}")
_HEADING = regex.compile(r"(?:[IVX]+|\d+(?:\.\d+)*)\. ?\p{Lu}|(?:Chương|Mục|Điều) [\dIVX]+")
_KINDS = ("BÁO CÁO", "KẾ HOẠCH", "QUYẾT ĐỊNH", "THÔNG BÁO", "NGHỊ QUYẾT", "CHỈ THỊ", "TỜ TRÌNH", "QUY CHẾ")


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line to print. ``bold_to`` letters from the start are bold (all when None and ``bold``)."""

    text: str
    bold: bool = False
    italic: bool = False
    align: str = "justify"
    indent: float = 0.0
    furniture: bool = False
    column: str = ""
    bold_to: int | None = None

    @property
    def style(self) -> str:
        """``bold``, ``italic`` or ``regular``."""
        return "bold" if self.bold else "italic" if self.italic else "regular"

    def style_at(self, index: int) -> str:
        """The style of the letter at an index of the text."""
        return self.style if self.bold_to is None or index < self.bold_to else "regular"


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with its start, its size and the factor by which its spaces are stretched."""

    line: PageLine
    x: float
    y: float
    size: float
    space: float


def parse(text: str) -> list[list[PageLine]]:
    """The pages of a text, lines styled; blank lines are left out."""
    pages: list[list[PageLine]] = []
    for sheet in text.split("\f"):
        lines: list[PageLine] = []
        for raw in sheet.split("\n"):
            if raw.strip():
                lines.append(_styled(unicodedata.normalize("NFC", raw.strip()), lines))
        if lines:
            pages.append(lines)
    return pages


def _styled(raw: str, before: Sequence[PageLine]) -> PageLine:
    if match := _MARKS.match(raw):
        marks, text = match[1], raw[match.end() :]
        head, tab, rest = text.partition("{/b}")
        return PageLine(
            head + rest if tab else text,
            bold="b" in marks,
            italic="i" in marks,
            align=_align(marks),
            indent=INDENT if "p" in marks else 0.0,
            furniture="n" in marks,
            column="L" if "L" in marks else "R" if "R" in marks else "",
            bold_to=len(head) if tab else None,
        )  # fmt: skip
    capitals = raw.upper() == raw and any(c.isalpha() for c in raw)
    if raw in _KINDS or set(raw) == {"-"}:
        return PageLine(raw, bold=raw in _KINDS, align="center")
    if _HEADING.match(raw) and len(raw) < 64:
        return PageLine(raw, bold=True, align="left", indent=INDENT)
    opens = not before or before[-1].text[-1] in ".:;…" or before[-1].bold
    return PageLine(raw, bold=capitals, align="left" if capitals else "justify", indent=INDENT if opens else 0.0)


def _align(marks: str) -> str:
    named = {"c": "center", "r": "right", "l": "left", "R": "center", "L": "left"}
    return next((align for mark, align in named.items() if mark in marks), "justify")


def width(line: PageLine, family: str, size: float) -> tuple[float, float]:
    """The natural width of a line and the width of its spaces, in points."""
    total = spaces = 0.0
    for i, letter in enumerate(line.text):
        source = face(family, line.style_at(i))
        advance = source.width(letter) * size / source.upem
        total += advance
        spaces += advance if letter == " " else 0.0
    return total, spaces


def place(lines: Sequence[PageLine], family: str) -> list[PlacedLine]:
    """Positions for the lines of one page; lines that would leave the page are set closer, or smaller."""
    rows: list[list[PageLine]] = []
    for line in lines:
        if line.column and rows and rows[-1][-1].column and not (line.column == "L" and rows[-1][-1].column == "R"):
            rows[-1].append(line)
        else:
            rows.append([line])
    slots = sum(max(1, sum(x.column == "L" for x in r), sum(x.column == "R" for x in r)) for r in rows)
    leading = min(LEADING, (HEIGHT - TOP - BOTTOM) / max(slots, 1))
    placed: list[PlacedLine] = []
    y = HEIGHT - TOP - SIZE
    for row in rows:
        if row[0].column:
            for column, x0, x1 in (("L", LEFT - 20, LEFT + 195), ("R", LEFT + 195, WIDTH - RIGHT + 5)):
                block = [x for x in row if x.column == column]
                placed += [_fit(x, x0, x1, y - i * leading, family) for i, x in enumerate(block)]
            y -= leading * max(sum(x.column == "L" for x in row), sum(x.column == "R" for x in row))
        else:
            placed.append(_fit(row[0], LEFT, WIDTH - RIGHT, y, family))
            y -= leading
    return placed


def _fit(line: PageLine, x0: float, x1: float, y: float, family: str) -> PlacedLine:
    size = 13.0 if line.column else SIZE
    natural, spaces = width(line, family, size)
    room = x1 - x0 - line.indent
    if natural - 0.3 * spaces > room:
        size *= room / (natural - 0.3 * spaces)
        natural, spaces = width(line, family, size)
    stretch = 1.0
    if spaces and (natural > room or (line.align == "justify" and natural > 0.88 * room)):
        stretch = (room - natural + spaces) / spaces
        natural = room
    x = x0 + line.indent
    if line.align == "center":
        x = (x0 + x1 - natural) / 2
    elif line.align == "right":
        x = x1 - natural
    return PlacedLine(line, x, y, size, stretch)


def filled(text: str, family: str) -> list[str]:
    """The lines of a paragraph with their marks, each as full as it can be in the face at its natural size."""
    lines, now = [], ""
    for word in text.split():
        longer, room = f"{now} {word}".strip(), WIDTH - RIGHT - LEFT - (0 if lines else INDENT)
        if now and width(PageLine(longer), family, SIZE)[0] > room:
            lines.append(now)
            longer = word
        now = longer
    return [("{j}" if n else "{p}") + line for n, line in enumerate([*lines, now])]


def truth(pages: Sequence[Sequence[PageLine]]) -> list[str]:
    """The text of each page as a reader sees it: NFC, a printed line a line, no furniture, spaces single."""
    return ["\n".join(" ".join(x.text.split()) for x in lines if not x.furniture) for lines in pages]


def restyled(pages: Sequence[Sequence[PageLine]], style: str) -> list[list[PageLine]]:
    """All lines in one style, for damage that lives in one font."""
    return [[replace(x, bold=style == "bold", italic=style == "italic", bold_to=None) for x in p] for p in pages]
