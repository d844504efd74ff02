"""The types that flow between the rooms, and the parts of the exported document.

Every type is frozen. Units and conventions, the same everywhere:

* a *span* is half-open ``(start, end)`` in Unicode code points of the text it belongs to;
* a *box* is ``(x0, top, x1, bottom)`` in PDF points, origin at the page's top left corner;
* pages count from 1; confidences and shares lie in 0-1.

This module imports nothing of the project.
"""

from abc import abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, islice, repeat
from types import GenericAlias
from typing import Any, ClassVar, NamedTuple, TypeVar, overload

Span = tuple[int, int]
Box = tuple[float, float, float, float]


class Method(StrEnum):
    """How the letters of a page were obtained."""

    EMBEDDED = "embedded"
    OCR = "ocr"
    MIXED = "mixed"


Side = TypeVar("Side", int, float)


def enclosing(boxes: Iterable[tuple[Side, Side, Side, Side]]) -> tuple[Side, Side, Side, Side]:
    """The smallest box around all of some boxes, of which there is at least one.

    >>> enclosing([(0, 0, 1, 1), (2, 2, 3, 4)])
    (0, 0, 3, 4)
    """
    x0, top, x1, bottom = zip(*boxes, strict=True)
    return min(x0), min(top), max(x1), max(bottom)


UNREADABLE_PAGE = "unreadable-page"
UNSAFE_TO_DRAW = "unsafe-to-draw"
"""Flag of a page that no program may be asked to draw: it shows itself, or leads on and on."""
"""The reason of a page whose reading was given up: it goes to review, and is not drawn."""


class Furniture(StrEnum):
    """What a line is when it is not part of the text a reader would quote."""

    PAGE_NUMBER = "page-number"
    RUNNING_HEAD = "running-head"
    GAZETTE_HEAD = "gazette-head"
    SIGNATURE_STAMP = "signature-stamp"
    WATERMARK = "watermark"
    SCAN_NOISE = "scan-noise"


class InsertSource(StrEnum):
    """Where letters come from that the page shows but its own text does not hold."""

    SIGNATURE = "signature-field"
    FIELD = "form-field"
    STAMP = "stamp"
    NOTE = "note"
    IMAGE = "image"


class Cause(StrEnum):
    """Why a stretch of text was changed."""

    MISSING_CHARACTER_MAP = "missing-character-map"
    WRONG_CHARACTER_MAP = "wrong-character-map"
    LEGACY_ENCODING = "legacy-encoding"
    MOJIBAKE = "mojibake"
    DECOMPOSED = "decomposed"
    LOST_LETTER = "lost-letter"
    OCR_MISREADING = "ocr-misreading"
    SPACING = "spacing"
    PAGE_FURNITURE = "page-furniture"
    CORRECTION = "correction"
    AUTHOR_MISTAKE = "author-mistake"
    """Only in suggestions: what the author probably meant; never applied."""


class RepairMethod(StrEnum):
    """Which source of knowledge a change rests on."""

    FONT_PROGRAM = "font-program"
    GLYPH_SHAPE = "glyph-shape"
    OCR_VOTE = "ocr-vote"
    CODE_TABLE = "code-table"
    LANGUAGE_MODEL = "language-model"
    NORMALISATION = "normalisation"
    LAYOUT = "layout"
    PERSON = "person"


def rounded(box: Box) -> Box:
    """A box to what print can show: 0.01 point."""
    return (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))


Item = TypeVar("Item")


class Packed(Sequence[Item]):
    """A tuple of things that a long document has by the hundred thousand, without the objects.

    Each is made anew at each access, equal to the one that was packed; in JSON and in its schema it is a list of them.
    """

    __slots__ = ()
    _item: ClassVar[Any]

    @abstractmethod
    def _made(self, start: int, end: int) -> Iterator[Item]:
        """Those with the numbers from `start` to before `end`, both in range."""

    def __iter__(self) -> Iterator[Item]:
        return self._made(0, len(self))

    @overload
    def __getitem__(self, at: int) -> Item: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, at: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(at, slice):
            start, end, step = at.indices(len(self))
            return tuple(self._made(start, max(start, end))) if step == 1 else tuple(self)[at]
        number = range(len(self))[at]
        return next(self._made(number, number + 1))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, type(self) | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({tuple(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Callable[[object], Any]) -> Any:
        from pydantic_core import core_schema

        plain = handler(GenericAlias(tuple, (cls._item, ...)))
        serializer = core_schema.plain_serializer_function_ser_schema(tuple, return_schema=plain)
        return core_schema.no_info_after_validator_function(cls, plain, serialization=serializer)


class Spans(Packed[Span]):
    """Spans of 8 bytes each instead of 120.

    >>> spans = Spans([(0, 4), (5, 9), (10, 12)])
    >>> spans, spans[1], spans[1:]
    (Spans(((0, 4), (5, 9), (10, 12))), (5, 9), ((5, 9), (10, 12)))
    """

    __slots__ = ("_sides",)
    _item = Span

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        """Pack spans."""
        self._sides = array("i", chain.from_iterable(spans))

    def __len__(self) -> int:
        return len(self._sides) // 2

    def _made(self, start: int, end: int) -> Iterator[Span]:
        side = iter(self._sides[2 * start : 2 * end])
        return zip(side, side, strict=True)


# --- what `extract` gives --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """One raw file: where it lies under the raw folder and what its bytes are."""

    path: str
    sha256: str
    bytes: int
    media_type: str
    page_count: int


class Glyph(NamedTuple):
    """One shown glyph. ``text`` is the Unicode the PDF claims for it, untouched ("" when it claims none)."""

    font: str
    """Key of the font object in ``ExtractedDocument.fonts``."""
    code: int
    """Character code (CID for composite fonts): the identity of the glyph inside its font."""
    text: str
    box: Box
    size: float


class Cells(Packed[Glyph | None]):
    """For each character of a line the glyph it came from, or None; packed, since a document has millions of them.

    A glyph takes about 40 bytes instead of 290 and is made anew at each access, equal to the one that was packed to
    the last bit. A glyph that stands for several characters is packed once, and one pass over the cells (a loop, a
    slice) gives the same object for each of them.

    >>> glyph = Glyph("f", 7, "ffi", (0.0, 0.0, 9.0, 12.0), 12.0)
    >>> cells = Cells((glyph, glyph, glyph, None))
    >>> first, second, *_ = cells
    >>> len(cells), first == glyph, first is second, cells[3], cells[:1] == (glyph,)
    (4, True, True, None, True)
    """

    __slots__ = ("_boxes", "_codes", "_fonts", "_places", "_sizes", "_texts")
    _item = Glyph | None

    def __init__(self, cells: Iterable[Glyph | None] = ()) -> None:
        """Pack cells, of which those that follow each other and are one object become one glyph."""
        given = list(cells)
        glyphs: list[Glyph] = []
        places: list[int] = []
        for cell in given:
            if cell is None:
                places.append(-1)
            else:
                if not glyphs or glyphs[-1] is not cell or places[-1] < 0:
                    glyphs.append(cell)
                places.append(len(glyphs) - 1)
        fonts, codes, texts, boxes, sizes = zip(*glyphs, strict=True) if glyphs else ((), (), (), (), ())
        self._boxes = array("d", chain.from_iterable(boxes))
        self._codes: Sequence[int] = array("H", codes) if all(0 <= code < 1 << 16 for code in codes) else codes
        self._texts: Sequence[str] = "".join(texts) if set(map(len, texts)) == {1} else texts
        self._fonts: tuple[str, ...] = fonts if len(set(fonts)) > 1 else fonts[:1]
        self._sizes: tuple[float, ...] = sizes if len(set(sizes)) > 1 else sizes[:1]
        self._places = None if len(glyphs) == len(given) else array("i", places)

    def _glyphs(self) -> Iterator[Glyph]:
        side = iter(self._boxes)
        fonts = self._fonts if len(self._fonts) > 1 else repeat(self._fonts[0], len(self._codes))
        sizes = self._sizes if len(self._sizes) > 1 else repeat(self._sizes[0], len(self._codes))
        boxes = zip(side, side, side, side, strict=True)
        return map(Glyph._make, zip(fonts, self._codes, self._texts, boxes, sizes, strict=True))

    def __len__(self) -> int:
        return len(self._codes if self._places is None else self._places)

    def _made(self, start: int, end: int) -> Iterator[Glyph | None]:
        if end - start == 1:
            return iter((self._cell(start),))
        if not self._codes:
            return repeat(None, end - start)
        if self._places is None:
            return islice(self._glyphs(), start, end)
        glyphs = [*self._glyphs(), None]
        return map(glyphs.__getitem__, self._places[start:end])

    def _cell(self, at: int) -> Glyph | None:
        number = at if self._places is None else self._places[at]
        if number < 0:
            return None
        x0, top, x1, bottom = self._boxes[4 * number : 4 * number + 4]
        font = self._fonts[number if len(self._fonts) > 1 else 0]
        size = self._sizes[number if len(self._sizes) > 1 else 0]
        return Glyph(font, self._codes[number], self._texts[number], (x0, top, x1, bottom), size)


NO_CELLS = Cells()


@dataclass(frozen=True, slots=True)
class Font:
    """One font object of a PDF with all that can tell which letter a code shows."""

    key: str
    name: str
    """BaseFont without the subset prefix."""
    subtype: str
    """Type0, TrueType, Type1, MMType1 or Type3."""
    to_unicode: Mapping[int, str] | None
    """The ToUnicode map, or None where the font has none."""
    encoding: Mapping[int, str]
    """Simple fonts: code -> glyph name, from the base encoding and its differences."""
    widths: Mapping[int, float]
    """Advance width per code, in thousandths of the em."""
    program: bytes | None = None
    """The embedded font file, decoded, or None."""
    program_kind: str | None = None
    """``truetype`` (FontFile2), ``type1`` (FontFile), ``cff`` or ``opentype`` (FontFile3)."""
    cid_to_gid: bytes | None = None
    """Type0 with an explicit CIDToGIDMap stream; None means identity."""
    charprocs: Mapping[int, bytes] = field(default_factory=dict)
    """Type3: the content stream that draws each code."""
    symbolic: bool = False
    base_encoding: str | None = None


@dataclass(frozen=True, slots=True)
class OcrWord:
    """A word of an OCR line: its span in the line's text, its box, and the engine's confidence."""

    span: Span
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Insert:
    """Letters put into a line that the page's own text does not hold; ``span`` counts in the line's raw text."""

    span: Span
    box: Box
    source: InsertSource
    confidence: float | None = None
    """Of the OCR engine; None where the letters are text of the PDF and so exact."""


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line as the page gives it; nothing is corrected.

    ``cells`` runs parallel to ``text``: for each character the glyph it came from, or None for a space
    that the layout put in; empty for OCR and plain text. A glyph that stands for several characters repeats.
    A line with ``cells`` has ``words`` only for letters of an insert that OCR read.
    """

    text: str
    box: Box
    cells: Cells = NO_CELLS
    words: tuple[OcrWord, ...] = ()
    size: float = 0.0
    """Type size in points (the median of its letters); 0 where unknown."""
    bold: bool = False
    italic: bool = False
    furniture: Furniture | None = None
    inserts: tuple[Insert, ...] = ()


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table drawn with rules: cells as boxes, row by row; None for a cell covered by a merged one."""

    box: Box
    rows: tuple[tuple[Box | None, ...], ...]
    tilt: float = 0.0
    """Degrees by which it was scanned askew, clockwise; the boxes are the smallest level ones around its cells."""


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """One page: its lines in reading order, furniture included and marked."""

    number: int
    width: float
    height: float
    method: Method
    reason: str
    """Stable code of why this method was taken, e.g. ``text-layer``, ``no-text-layer``."""
    lines: tuple[Line, ...]
    ocr_confidence: float | None = None
    set_aside: str | None = None
    """The text of a layer that was there but not used."""
    tables: tuple[RuledTable, ...] = ()
    witness: tuple[tuple[str, Box], ...] = ()
    """Words that OCR reads on the image of a page whose own layer stays but cannot be read by itself."""
    flags: tuple[str, ...] = ()
    """Stable codes: ``unsafe-to-draw``."""


Look = Callable[[int], tuple[str, tuple[tuple[str, Box], ...]] | None]
"""Page number -> OCR engine and the words it reads on the page's image, with their boxes; None where it cannot."""


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """What `extract` gives."""

    source: Source
    pages: tuple[ExtractedPage, ...]
    fonts: Mapping[str, Font] = field(default_factory=dict)
    engine: str | None = None
    """OCR engine with its language data, where OCR was used; it decides the bytes of the output."""
    attachments: tuple[str, ...] = ()
    """Names of files attached inside the PDF: listed, never opened."""
    look: "Look | None" = field(default=None, compare=False, repr=False)
    """Reads the image of a page when repair wants a witness; None where there is no image or no engine."""


# --- what `repair` adds ----------------------------------------------------------------------


GlyphKey = tuple[str, str]
"""Font name without subset prefix, and shape: what tells a glyph from others in all documents."""


@dataclass(frozen=True, slots=True)
class ReadGlyph:
    """A glyph whose letter the PDF's own map does not tell, and the letter it was read as wherever it stands."""

    font: str
    """BaseFont without the subset prefix."""
    shape: str
    """Digest of the outline and its width, 16 hexadecimal digits: the same in every subset of the font."""
    text: str | None
    """None where nothing answers: a hole at each of its places."""
    cause: Cause
    method: RepairMethod
    confidence: float
    count: int
    """How often the document shows it."""

    @property
    def key(self) -> GlyphKey:
        """What tells it from others."""
        return self.font, self.shape


@dataclass(frozen=True, slots=True)
class Repair:
    """One change: ``text[span] == after`` replaced ``raw_text[raw_span] == before``."""

    span: Span
    raw_span: Span
    before: str
    after: str
    cause: Cause
    method: RepairMethod
    confidence: float
    page: int
    box: Box | None
    glyphs: tuple[int | None, ...] = ()
    """For each letter of ``before`` its index in the document's ``glyphs``; empty where no such glyph is concerned."""


class Repairs(Packed[Repair]):
    """The changes of a document in order; packed, since a long damaged one has hundreds of thousands of them.

    A change takes about 70 bytes instead of 600 and is made anew at each access, equal to the one that was packed.

    >>> made = Repair((0, 1), (0, 1), "µ", "à", Cause.LEGACY_ENCODING, RepairMethod.CODE_TABLE, 1.0, 1, None)
    >>> repairs = Repairs([made])
    >>> repairs.extend([made])
    >>> len(repairs), repairs[1] == made, repairs[:1] == (made,), list(repairs) == [made, made]
    (2, True, True, True)
    """

    __slots__ = ("_boxes", "_confidences", "_numbers", "_said", "_seen")
    _item = Repair

    def __init__(self, repairs: Iterable[Repair] = ()) -> None:
        """Pack changes."""
        self._numbers, self._confidences, self._boxes = array("i"), array("d"), array("d")
        self._said: list[tuple[str, str, Cause, RepairMethod, tuple[int | None, ...], bool]] = []
        self._seen: dict[object, Any] = {}
        self.extend(repairs)

    def extend(self, repairs: Iterable[Repair]) -> None:
        """Pack more changes, while the document is being made."""
        for r in repairs:
            said = (r.before, r.after, r.cause, r.method, r.glyphs, r.box is not None)
            self._numbers.extend((*r.span, *r.raw_span, r.page))
            self._confidences.append(r.confidence)
            self._boxes.extend(r.box or (0.0, 0.0, 0.0, 0.0))
            self._said.append(self._seen.setdefault(said, said))

    def __len__(self) -> int:
        return len(self._said)

    def _made(self, start: int, end: int) -> Iterator[Repair]:
        number, side = iter(self._numbers[5 * start : 5 * end]), iter(self._boxes[4 * start : 4 * end])
        numbers, boxes = zip(*[number] * 5, strict=True), zip(*[side] * 4, strict=True)
        for (a, b, c, d, page), box, confidence, said in zip(
            numbers, boxes, self._confidences[start:end], self._said[start:end], strict=True
        ):
            before, after, cause, method, glyphs, placed = said
            yield Repair(
                (a, b), (c, d), before, after, cause, method, confidence, page, box if placed else None, glyphs
            )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A change that was not applied: ``text[span] == before``; ``after`` is what may be meant."""

    span: Span
    raw_span: Span
    before: str
    after: str
    cause: Cause
    method: RepairMethod
    confidence: float
    page: int
    box: Box | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reading offered for a hole, never applied."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Hole:
    """A place known to be damaged and not restored: U+FFFD in the text, candidates best first."""

    span: Span
    page: int
    box: Box | None
    candidates: tuple[Candidate, ...] = ()
    glyph: int | None = None
    """Index in the document's ``glyphs`` of what is drawn here, where its outline is known."""


@dataclass(frozen=True, slots=True)
class UnsureWord:
    """A word as the OCR engine read it, unchanged, of which the engine itself is not sure."""

    span: Span
    page: int
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Insertion:
    """A stretch of ``text`` that stands on the page but not in its own text: where it came from, and how sure."""

    span: Span
    page: int
    box: Box
    source: InsertSource
    confidence: float | None
    """Of the OCR engine, 0-1; None where the letters are text of the PDF and so exact."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of the repaired text with its place on paper and the evidence of its type."""

    page: int
    box: Box
    span: Span
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class RepairedPage:
    """Where a page stands in the repaired and in the raw text, and how legible it is.

    ``legibility`` is the share of its Vietnamese-looking syllables that are possible.
    """

    number: int
    width: float
    height: float
    method: Method
    reason: str
    legibility: float
    ocr_confidence: float | None
    set_aside: str | None
    span: Span
    raw_span: Span
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepairedDocument:
    """What `repair` gives: the text, the raw text and every step between them.

    ``repairs`` are sorted by span, do not overlap, and replayed backwards on ``text`` give ``raw_text``.
    """

    source: Source
    text: str
    raw_text: str
    pages: tuple[RepairedPage, ...]
    lines: tuple[TextLine, ...]
    repairs: Repairs
    suggestions: tuple[Suggestion, ...] = ()
    holes: tuple[Hole, ...] = ()
    tables: tuple[tuple[int, RuledTable], ...] = ()
    """(page number, table) of every ruled table."""
    engine: str | None = None
    attachments: tuple[str, ...] = ()
    glyphs: tuple[ReadGlyph, ...] = ()
    insertions: tuple[Insertion, ...] = ()
    unsure: tuple[UnsureWord, ...] = ()
    """Sorted by span."""


# --- what `segment` adds ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the record as printed (line breaks as one space), where it stands, and its normal form."""

    value: str
    span: Span
    confidence: float
    normal: str | None = None


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date as far as it is printed; a blank day or month is None. ``iso`` writes what is known."""

    year: int | None
    month: int | None
    day: int | None
    span: Span
    confidence: float
    iso: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: authority (TM., KT., TL., TUQ. …), position and name, as printed."""

    authority: str | None
    position: str | None
    name: str | None
    span: Span
    confidence: float
    page: int


@dataclass(frozen=True, slots=True)
class Record:
    """What a document says of itself (ND 30/2020 Appendix I, HD 36-HD/VPTW); None where it says nothing."""

    kind: Field | None = None
    number: Field | None = None
    symbol: Field | None = None
    title: Field | None = None
    issuer: Field | None = None
    superior: Field | None = None
    place: Field | None = None
    date: PrintedDate | None = None
    signers: tuple[Signer, ...] = ()
    recipients: tuple[Field, ...] = ()
    urgency: Field | None = None
    secrecy: Field | None = None
    family: str | None = None
    """``state``, ``party``, ``assembly``, ``association`` … where it can be told."""
    attached: tuple["Record", ...] = ()
    """Instruments that this document issues (a decision's regulation), each with its own record."""


class SectionKind(StrEnum):
    """Kinds: part (Phần), chapter (Chương), section (Mục), article (Điều), clause (khoản), point (điểm)."""

    PART = "part"
    CHAPTER = "chapter"
    SECTION = "section"
    ARTICLE = "article"
    CLAUSE = "clause"
    POINT = "point"
    DIVISION = "division"


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered or titled division of the body. ``span`` runs to the end of its last descendant."""

    id: str
    parent: str | None
    label: str
    path: tuple[str, ...]
    heading: str | None
    kind: SectionKind
    level: int
    span: Span
    page: int
    flags: tuple[str, ...] = ()
    """Stable codes such as ``numbering-gap``, ``numbering-repeat``, ``misread-label``, ``quoted``, ``attached``."""


class ParagraphKind(StrEnum):
    """What a paragraph is."""

    TEXT = "text"
    ITEM = "item"
    HEADING = "heading"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together: the unit that search and analysts read."""

    span: Span
    section: str | None
    page: int
    kind: ParagraphKind


@dataclass(frozen=True, slots=True)
class Provision:
    """A place inside a cited document: article (Điều), clause (khoản), point (điểm) and the rest."""

    article: str | None = None
    clause: str | None = None
    point: str | None = None
    chapter: str | None = None
    section: str | None = None
    part: str | None = None
    appendix: str | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """One mention of a document, by number or by a name unique in law or in the Party."""

    id: str
    text: str
    span: Span
    page: int
    box: Box | None
    section: str | None
    kind: str | None
    number: str | None
    symbol: str | None
    date: str | None
    issuer: str | None
    provisions: tuple[Provision, ...]
    target: str | None
    archived: str | None
    confidence: float
    relation: str | None = None
    flags: tuple[str, ...] = ()
    normal: Mapping[str, str] = field(default_factory=dict)
    """Normal forms that differ from the printed ones (number, symbol, issuer), by field name."""
    archived_by: str | None = None
    """The step that found `archived`: ``exact`` (number, symbol, date) or ``folded`` (marks and separators aside)."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell's text as a span of the document's text; None for an empty cell."""

    span: Span | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table, row by row."""

    page: int
    box: Box
    rows: tuple[tuple[TableCell, ...], ...]


@dataclass(frozen=True, slots=True)
class SegmentedDocument:
    """What `segment` gives: the repaired document and its structure, all as spans of its text."""

    repaired: RepairedDocument
    record: Record
    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    citations: tuple[Citation, ...]
    tables: tuple[Table, ...] = ()
    words: Spans = field(default_factory=Spans)
