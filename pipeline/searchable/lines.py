"""Lines of the repaired text beside the raw lines they came from: where each word of them stands on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from pipeline.document import Box, Cells, ExtractedDocument, Line, Repair, RepairedDocument, Span

_WORD = regex.compile(r"\S+")
_Piece = tuple[Span, Box]


@dataclass(frozen=True, slots=True)
class Placed:
    """One line: its repaired text, its raw line, and the repairs inside, with spans counted from the line's start."""

    page: int
    text: str
    raw: str
    line: Line
    repairs: tuple[tuple[Span, Span, Repair], ...]
    """(span in the text, span in the raw line, repair)."""

    @property
    def cells(self) -> Cells:
        """The glyph of each raw letter; empty for lines that were read by OCR."""
        return self.line.cells

    def words(self) -> Iterator[tuple[str, Box]]:
        """The words of the repaired text with their boxes; a word of several raw words has the box around them."""
        pieces = _pieces(self.line)
        for match in _WORD.finditer(self.text):
            start, end = self._raw_at(match.start()), self._raw_at(match.end())
            yield match[0], _box(pieces, start, max(end, start + 0.01), self.line.box)

    def read_words(self) -> Iterator[tuple[str, Box]]:
        """The words that OCR read: all of a line without glyphs, else those put into its blanks."""
        if not self.cells:
            yield from self.words()
            return
        for insert in self.line.inserts:
            if insert.confidence is not None:
                yield self.raw[slice(*insert.span)], insert.box

    def _raw_at(self, at: int) -> float:
        """The place in the raw line of a place in the text; inside a repair in proportion."""
        shift = 0
        for (start, end), (raw_start, raw_end), _ in self.repairs:
            if at <= start:
                break
            if at < end:
                return raw_start + (raw_end - raw_start) * (at - start) / (end - start)
            shift = raw_end - end
        return at + shift


def placed_lines(extracted: ExtractedDocument, repaired: RepairedDocument) -> list[Placed]:
    """The lines of the repaired text in its order; furniture is no part of it."""
    kept = [(page.number, line) for page in extracted.pages for line in page.lines if line.furniture is None]
    found: list[Placed] = []
    repairs, at, shift = repaired.repairs, 0, 0
    for (number, line), whole in zip(kept, repaired.lines, strict=True):
        start, end = whole.span
        while at < len(repairs) and _is_before(repairs[at], start, start + shift):
            shift = repairs[at].raw_span[1] - repairs[at].span[1]
            at += 1
        raw_start, raw_end = start + shift, start + shift + len(line.text)
        inside = []
        while at < len(repairs) and repairs[at].span[1] <= end and repairs[at].raw_span[1] <= raw_end:
            (a, b), (c, d) = repairs[at].span, repairs[at].raw_span
            inside.append(((a - start, b - start), (c - raw_start, d - raw_start), repairs[at]))
            shift = d - b
            at += 1
        found.append(Placed(number, repaired.text[start:end], line.text, line, tuple(inside)))
    return found


def _is_before(repair: Repair, start: int, raw_start: int) -> bool:
    return (
        repair.span[0] < start
        or (repair.span[1] <= start and repair.raw_span[0] < raw_start)
        or (repair.cause == "page-furniture" and repair.span[1] <= start)
    )


def _pieces(line: Line) -> list[_Piece]:
    read = [(word.span, word.box) for word in line.words]
    drawn = [((i, i + 1), cell.box) for i, cell in enumerate(line.cells) if cell is not None]
    return sorted(read + drawn) or [((0, max(1, len(line.text))), line.box)]


def _box(pieces: Sequence[_Piece], start: float, end: float, line: Box) -> Box:
    """The box around raw letters ``[start, end)``, in proportion inside the pieces that they share with others."""
    found = []
    for (a, b), (x0, top, x1, bottom) in pieces:
        if a >= end or b <= start:
            continue
        left, right = max(0.0, (start - a) / (b - a)), min(1.0, (end - a) / (b - a))
        if x1 - x0 >= bottom - top or b - a < 3:
            found.append((x0 + (x1 - x0) * left, top, x0 + (x1 - x0) * right, bottom))
        else:
            found.append((x0, top + (bottom - top) * left, x1, top + (bottom - top) * right))
    if not found:
        near = min(pieces, key=lambda p: min(abs(p[0][0] - start), abs(p[0][1] - start)), default=None)
        return near[1] if near else line
    return (min(f[0] for f in found), min(f[1] for f in found), max(f[2] for f in found), max(f[3] for f in found))
