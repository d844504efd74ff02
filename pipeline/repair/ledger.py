"""The book of changes: every edit of a line, composed in layers, down to repairs that can be replayed backwards.

A line is cut into *atoms*: runs of raw letters that nothing changed, of one font, and what was changed. A rule hands
in edits on the text as it stands; the letters that an edit touches become one atom. What comes out is a list of
repairs from raw letters to final letters: a letter that several rules touched has one repair, with the cause and
method of the least certain step and the smallest confidence.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby, repeat

from pipeline.document import Box, Candidate, Cause, Glyph, Hole, Line, Repair, RepairMethod, Span, enclosing, rounded

HOLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class Edit:
    """A rule's wish: replace ``[start, end)`` of a line's present text by ``after``."""

    start: int
    end: int
    after: str
    cause: Cause
    method: RepairMethod
    confidence: float
    candidates: tuple[Candidate, ...] = ()
    """Readings offered where ``after`` is a hole."""
    glyph: int | None = None
    """Index of the glyph whose reading this is."""


@dataclass(slots=True)
class Atom:
    """Raw letters ``[start, end)`` and the text they stand for now; ``cause`` is None while nothing changed them.

    Unchanged ones stand for themselves, letter by letter; a hole is an atom of its own.
    """

    start: int
    end: int
    text: str
    font: str | None = None
    cause: Cause | None = None
    method: RepairMethod | None = None
    confidence: float = 1.0
    candidates: tuple[Candidate, ...] = ()
    glyphs: tuple[int | None, ...] = ()
    """For each raw letter the glyph whose reading changed it; empty where none did."""

    def parted(self, at: int) -> "tuple[Atom, Atom]":
        """The two parts of unchanged letters before and from the letter ``at`` on."""
        middle = self.start + at
        return Atom(self.start, middle, self.text[:at], self.font), Atom(middle, self.end, self.text[at:], self.font)


_Said = tuple[
    str | None, str | None, Cause | None, RepairMethod | None, float, tuple[Candidate, ...], tuple[int | None, ...]
]


@lru_cache(1 << 14)
def _once(said: _Said) -> _Said:
    """What an atom says beside its place, one object for all that say the same."""
    return said


class Atoms:
    """The atoms of a line; packed, since a long damaged document has millions of them.

    An atom takes about 12 bytes instead of 160 and is made anew at each pass, equal to the one that was packed.

    >>> atoms = [Atom(0, 1, "c"), Atom(1, 2, "á", None, Cause.LEGACY_ENCODING, RepairMethod.CODE_TABLE)]
    >>> list(Atoms("c¸", atoms)) == atoms
    True
    """

    __slots__ = ("_ends", "_raw", "_said")

    def __init__(self, raw: str, atoms: Iterable[Atom]) -> None:
        """Pack the atoms of all letters of a raw text, in order."""
        self._raw = raw
        self._ends = array("i")
        self._said: list[_Said] = []
        for a in atoms:
            text = None if a.cause is None else a.text
            self._ends.append(a.end)
            self._said.append(_once((text, a.font, a.cause, a.method, a.confidence, a.candidates, a.glyphs)))

    def __iter__(self) -> Iterator[Atom]:
        start = 0
        for end, (text, font, cause, method, confidence, offered, glyphs) in zip(self._ends, self._said, strict=True):
            text = self._raw[start:end] if text is None else text
            yield Atom(start, end, text, font, cause, method, confidence, offered, glyphs)
            start = end


@dataclass(slots=True)
class LineState:
    """One line on its way through the rules."""

    line: Line
    page: int
    atoms: Atoms | None = None
    _text: str | None = field(default=None)

    @property
    def text(self) -> str:
        """The text as it stands."""
        if self._text is None:
            self._text = "".join(a.text for a in self.atoms) if self.atoms is not None else self.line.text
        return self._text

    def fonts(self) -> list[str | None]:
        """The font key of each letter of the present text."""
        if self.atoms is None:
            cells = self.line.cells
            return [c.font if c is not None else None for c in cells] or [None] * len(self.line.text)
        return [a.font for a in self.atoms for _ in a.text]

    def cells(self) -> list[Glyph | None]:
        """The glyph each letter of the present text came from (of several, the first)."""
        cells = list(self.line.cells)
        if self.atoms is None or not cells:
            return cells or [None] * len(self.text)
        found: list[Glyph | None] = []
        for a in self.atoms:
            of_all = cells[a.start] if a.start < a.end else None
            found += cells[a.start : a.end] if a.cause is None else [of_all] * len(a.text)
        return found

    def present(self, spans: Sequence[Span]) -> list[Span]:
        """Where stretches of the raw text stand in the present text."""
        if self.atoms is None or not spans:
            return list(spans)
        moved = [0] * (len(self.line.text) + 1)
        at = 0
        for atom in self.atoms:
            for raw in range(atom.start, atom.end):
                moved[raw] = at + (raw - atom.start if atom.cause is None else 0)
            at += len(atom.text)
            moved[atom.end] = at
        return [(moved[start], moved[end]) for start, end in spans]

    def apply(self, edits: Iterable[Edit]) -> None:
        """Make the edits, which must be sorted and must not overlap; an edit that changes nothing is left out."""
        wanted = [e for e in edits if HOLE in e.after or self.text[e.start : e.end] != e.after]
        if not wanted:
            return
        atoms = _atoms(self.line) if self.atoms is None else list(self.atoms)
        self.atoms = Atoms(self.line.text, _merged(atoms, wanted))
        self._text = None


def _atoms(line: Line) -> list[Atom]:
    """The letters of a line while nothing has changed them."""
    fonts = (cell.font if cell else None for cell in line.cells) if line.cells else repeat(None, len(line.text))
    holes = (at if letter == HOLE else None for at, letter in enumerate(line.text))
    atoms, start = [], 0
    for (font, _), run in groupby(zip(fonts, holes, strict=True)):
        end = start + sum(1 for _ in run)
        atoms.append(Atom(start, end, line.text[start:end], font))
        start = end
    return atoms


def _merged(rest: list[Atom], edits: Sequence[Edit]) -> list[Atom]:
    """The atoms with the edits made, worked from right to left so that positions stay good."""
    out: list[Atom] = []
    at = sum(len(a.text) for a in rest)
    for edit in reversed(edits):
        while rest and at - len(rest[-1].text) >= edit.end:
            out.append(rest.pop())
            at -= len(out[-1].text)
        if _cut(rest, out, at - edit.end):
            at = edit.end
        touched: list[Atom] = []
        while rest and at > edit.start:
            if not _cut(rest, touched, at - edit.start):
                touched.append(rest.pop())
            at -= len(touched[-1].text)
        touched.reverse()
        if not touched:
            raw = rest[-1].end if rest else (out[-1].start if out else 0)
            touched = [Atom(raw, raw, "")]
        before = "".join(a.text for a in touched)
        rest.append(_joined(touched, edit, before[: edit.start - at] + edit.after + before[edit.end - at :]))
        at += len(rest[-1].text)
    return rest + out[::-1]


def _cut(rest: list[Atom], behind: list[Atom], letters: int) -> bool:
    """Move so many letters from the end of `rest` to `behind`, if they are part of unchanged ones; whether they are."""
    if not rest or rest[-1].cause is not None or not 0 < letters < len(rest[-1].text):
        return False
    whole = rest.pop()
    kept, cut = whole.parted(len(whole.text) - letters)
    rest.append(kept)
    behind.append(cut)
    return True


def _joined(touched: list[Atom], edit: Edit, text: str) -> Atom:
    steps = [(a.confidence, a.cause, a.method) for a in touched if a.cause is not None and a.text != HOLE]
    steps.append((edit.confidence, edit.cause, edit.method))
    confidence, cause, method = min(steps, key=lambda s: s[0])
    if confidence == 1.0:
        _, cause, method = steps[0]
    offered = edit.candidates or next((a.candidates for a in touched if a.candidates), ())
    start, end = touched[0].start, touched[-1].end
    glyphs: tuple[int | None, ...] = ()
    if edit.glyph is not None:
        glyphs = (edit.glyph,) * (end - start)
    elif any(a.glyphs for a in touched):
        glyphs = tuple(g for a in touched for g in a.glyphs or (None,) * (a.end - a.start))
    return Atom(start, end, text, touched[0].font, cause, method, confidence, offered, glyphs)


def box_of(line: Line, start: int, end: int) -> Box | None:
    """The box around the glyphs (or OCR words) of raw letters ``[start, end)``; the line's box where there are none."""
    boxes = [c.box for c in line.cells[start:end] if c is not None]
    boxes = boxes or [w.box for w in line.words if w.span[0] < end and start < w.span[1]]
    return enclosing(boxes) if boxes else line.box


@dataclass(slots=True)
class Ledger:
    """The text and the raw text as they grow line by line, with the repairs and holes between them.

    They are taken between pages: a change is joined to the one before on the same page only.
    """

    text_parts: list[str] = field(default_factory=list)
    raw_parts: list[str] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    at: int = 0
    raw_at: int = 0

    def take(self) -> tuple[list[Repair], str, str]:
        """The repairs, text and raw text since the last time, which are no longer held."""
        taken = self.repairs, "".join(self.text_parts), "".join(self.raw_parts)
        self.repairs, self.text_parts, self.raw_parts = [], [], []
        return taken

    def same(self, text: str) -> None:
        """Letters that stand in both texts."""
        self.text_parts.append(text)
        self.raw_parts.append(text)
        self.at += len(text)
        self.raw_at += len(text)

    def change(
        self, before: str, after: str, cause: Cause, method: RepairMethod, confidence: float, page: int,
        box: Box | None, glyphs: tuple[int | None, ...] = (),
    ) -> None:  # fmt: skip
        """Letters that differ; a change that touches the last one of the same page and cause is joined to it."""
        span, raw = (self.at, self.at + len(after)), (self.raw_at, self.raw_at + len(before))
        box = rounded(box) if box else None
        self.text_parts.append(after)
        self.raw_parts.append(before)
        self.at, self.raw_at = span[1], raw[1]
        last = self.repairs[-1] if self.repairs else None
        touches = last is not None and (last.span[1], last.raw_span[1]) == (span[0], raw[0])
        if last and touches and last.cause == cause and last.page == page:
            self.repairs.pop()
            if last.confidence < confidence:
                method, confidence = last.method, last.confidence
            span, raw = (last.span[0], span[1]), (last.raw_span[0], raw[1])
            if last.glyphs or glyphs:
                glyphs = (last.glyphs or (None,) * len(last.before)) + (glyphs or (None,) * len(before))
            before, after = last.before + before, last.after + after
            boxes = [b for b in (last.box, box) if b]
            box = enclosing(boxes) if boxes else None
        self.repairs.append(Repair(span, raw, before, after, cause, method, round(confidence, 4), page, box, glyphs))

    def line(self, state: LineState) -> Span:
        """A line with all its changes; gives its span in the text."""
        start = self.at
        if state.atoms is None:
            if HOLE in state.line.text:
                self._holes(state, state.line.text, 0, ())
            self.same(state.line.text)
            return start, self.at
        raw = state.line.text
        for atom in state.atoms:
            before = raw[atom.start : atom.end]
            if atom.cause is None or atom.method is None or (before == atom.text and HOLE not in atom.text):
                if atom.text == HOLE:
                    self._holes(state, atom.text, atom.start, ())
                self.same(atom.text)
                continue
            box = box_of(state.line, atom.start, atom.end)
            if HOLE in atom.text:
                self._holes(state, atom.text, atom.start, atom.candidates, atom.glyphs)
            if before == atom.text:
                self.same(atom.text)
            else:
                self.change(before, atom.text, atom.cause, atom.method, atom.confidence, state.page, box, atom.glyphs)
        return start, self.at

    def _holes(self, state: LineState, text: str, start: int, candidates: tuple[Candidate, ...],
               glyphs: tuple[int | None, ...] = ()) -> None:  # fmt: skip
        """Enter every U+FFFD of a text that is about to be written; it comes from raw letter ``start`` on."""
        for offset, letter in enumerate(text):
            if letter == HOLE:
                place = min(start + offset, max(0, len(state.line.text) - 1))
                box = box_of(state.line, place, place + 1)
                glyph = glyphs[offset] if offset < len(glyphs) else None
                self.holes.append(Hole((self.at + offset, self.at + offset + 1), state.page, box, candidates, glyph))
