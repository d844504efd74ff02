"""What the fonts of a document show: for each font its codes, the letters shown for them, and its words."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import regex

from pipeline.document import Glyph
from pipeline.repair import words
from pipeline.repair.ledger import HOLE, LineState

WORD = regex.compile(r"[^\s\d.,;:!?()\[\]{}/\"“”'‘’–—…•\-+=*%<>]+")
_CID = regex.compile(r"\(cid:\d+\)")


@dataclass(slots=True)
class Usage:
    """What the document shows for the codes of one font."""

    shown: Counter[tuple[int, str]] = field(default_factory=Counter)
    opens: Counter[int] = field(default_factory=Counter)
    """How often each code is the first of its line."""
    stretches: Counter[tuple[str, tuple[int, ...], bool, bool]] = field(default_factory=Counter)
    """Letters in a row in this font, the code of each (-1: a blank of the layout), whether a word runs in, runs on."""

    def words(self, read: Mapping[int, str] | None = None) -> Iterator[tuple[str, tuple[int, ...], int]]:
        """The words drawn wholly in this font with their codes, under other readings of some codes."""
        for (shown, codes, before, after), count in self.stretches.items():
            text = shown
            if read:
                text = "".join(read.get(code, letter) for code, letter in zip(codes, shown, strict=True))
            for match in WORD.finditer(text):
                start, end = match.span()
                if not ((before and start == 0) or (after and end == len(text))):
                    yield match.group(), codes[start:end], count

    def legibility(self, read: Mapping[int, str] | None = None) -> float:
        """The share of possible syllables among the font's own words, by letters; 1 for less than 20 letters."""
        return share((word, count) for word, _, count in self.words(read))


def share(found: Iterable[tuple[str, int]]) -> float:
    """The share of possible syllables among words, by letters; 1 for less than 20 letters."""
    known = words.share(found, least=20)
    return 1.0 if known is None else known


def runs(state: LineState) -> Iterator[tuple[int, int, Glyph]]:
    """The glyphs of a line's raw text: (start, end, glyph), a glyph that stands for several letters once."""
    return _runs(tuple(state.line.cells))


def _runs(cells: Sequence[Glyph | None]) -> Iterator[tuple[int, int, Glyph]]:
    start = 0
    for end in range(1, len(cells) + 1):
        if end < len(cells) and cells[end] is cells[start]:
            continue
        cell = cells[start]
        if cell is not None:
            yield start, end, cell
        start = end


def gather(states: Sequence[LineState]) -> dict[str, Usage]:
    """What every font shows in these lines."""
    fonts: dict[str, Usage] = defaultdict(Usage)
    for state in states:
        text, cells = state.line.text, tuple(state.line.cells)
        for start, end, cell in _runs(cells):
            fonts[cell.font].shown[cell.code, text[start:end]] += 1
            if start == 0:
                fonts[cell.font].opens[cell.code] += 1
        _stretches(text, cells, fonts)
    return fonts


def _stretches(text: str, cells: Sequence[Glyph | None], fonts: Mapping[str, Usage]) -> None:
    start, key = 0, None
    for end in range(len(cells) + 1):
        cell = cells[end] if end < len(cells) else None
        if end < len(cells) and (cell is None or cell.font == key):
            continue
        if key is not None:
            codes = tuple(c.code if c is not None else -1 for c in cells[start:end])
            runs_on = end < len(text) and text[end - 1 : end + 1].isalpha()
            runs_in = start > 0 and text[start - 1 : start + 1].isalpha()
            fonts[key].stretches[text[start:end], codes, runs_in, runs_on] += 1
        start, key = end, cell.font if cell is not None else None


def is_blank(shown: str) -> bool:
    r"""Whether what is shown for a code is no letter at all: nothing, a blank, U+FFFD, a control or private code.

    >>> [is_blank(s) for s in ("", " ", "\ufffd", "\ue001", "(cid:7)", "a")]
    [True, True, True, True, True, False]
    """
    return (
        not shown.strip()
        or bool(_CID.fullmatch(shown))
        or all(c == HOLE or unicodedata.category(c) in ("Co", "Cc", "Cn") for c in shown)
    )
