"""The exported document: the contract with everyone who reads the JSON.

Field names are fixed; more may be added, and then the schema's version rises (semantic versioning).
"""

from dataclasses import dataclass, field, replace

from pipeline.document import (
    UNREADABLE_PAGE,
    Box,
    Citation,
    Hole,
    Insertion,
    Method,
    Paragraph,
    ReadGlyph,
    Record,
    RepairedPage,
    Repairs,
    Section,
    SegmentedDocument,
    Source,
    Span,
    Spans,
    Suggestion,
    Table,
    UnsureWord,
    rounded,
)

SCHEMA_NAME = "vietnamese-report"
SCHEMA_VERSION = "1.2.0"

# Below this share of possible syllables a page is worth a look: clean pages of the sample archive lie
# above 0.97, pages with a damaged layer below 0.92 (documents in other languages are looked at once).
LEGIBLE = 0.93
# Mean word confidence of Tesseract under which more than one word in ten was wrong on poor scans.
CONFIDENT = 0.8
# Changes from inexact sources under this confidence deserve a person's minute.
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Schema:
    """Name and semantic version of the contract."""

    name: str = SCHEMA_NAME
    version: str = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class ProducedBy:
    """What determines the bytes of the document besides the raw file."""

    software: str
    code: str
    """Digest of the program's own source."""
    models: str
    """Digest of the files of `models/`."""
    settings: str
    """Digest of the settings that matter for the output."""
    ocr: str | None
    """OCR engine and its language data, or null where no page was read by OCR."""


@dataclass(frozen=True, slots=True)
class PageOut:
    """One page: how it was read, how legible it is, and where it stands in `text` and `raw_text`."""

    number: int
    width: float
    height: float
    method: Method
    legibility: float
    ocr_confidence: float | None
    reason: str
    set_aside: str | None
    span: Span
    raw_span: Span
    flags: tuple[str, ...] = ()
    """Stable codes: ``unsafe-to-draw``, a page that no program may be asked to draw."""


@dataclass(frozen=True, slots=True)
class LineOut:
    """One printed line of `text`: page, box, span."""

    page: int
    box: Box
    span: Span


@dataclass(frozen=True, slots=True)
class Quality:
    """Whether and why a person should look at this document."""

    legibility: float
    repaired: int
    """Number of changes other than furniture left out and normal form."""
    holes: int
    needs_review: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """A document of the archive. Spans count Unicode code points of `text` (`raw_span`: of `raw_text`)."""

    schema: Schema
    id: str
    source: Source
    produced_by: ProducedBy
    text: str
    raw_text: str
    pages: tuple[PageOut, ...]
    lines: tuple[LineOut, ...]
    repairs: Repairs
    suggestions: tuple[Suggestion, ...]
    holes: tuple[Hole, ...]
    record: Record
    paragraphs: tuple[Paragraph, ...]
    tables: tuple[Table, ...]
    sections: tuple[Section, ...]
    citations: tuple[Citation, ...]
    words: Spans
    quality: Quality
    attachments: tuple[str, ...] = field(default=())
    """Names of files attached inside the PDF; they are never opened."""
    glyphs: tuple[ReadGlyph, ...] = field(default=())
    """Glyphs whose letter had to be found, sorted by font and shape."""
    insertions: tuple[Insertion, ...] = ()
    unsure: tuple[UnsureWord, ...] = ()
    """Stretches of `text` that the page shows but its own text does not hold: fields, stamps, images; by span."""


def export(document: SegmentedDocument, produced_by: ProducedBy) -> Exported:
    """The exported form of a document; numbers of places rounded to what print can show (0.01 point)."""
    repaired = document.repaired
    pages = tuple(_page(page) for page in repaired.pages)
    lines = tuple(LineOut(line.page, rounded(line.box), line.span) for line in repaired.lines)
    return Exported(
        schema=Schema(),
        id=f"sha256:{repaired.source.sha256}",
        source=repaired.source,
        produced_by=produced_by,
        text=repaired.text,
        raw_text=repaired.raw_text,
        pages=pages,
        lines=lines,
        repairs=repaired.repairs,
        suggestions=tuple(
            replace(s, box=_rounded(s.box), confidence=round(s.confidence, 4)) for s in repaired.suggestions
        ),
        holes=tuple(replace(h, box=_rounded(h.box)) for h in repaired.holes),
        record=document.record,
        paragraphs=document.paragraphs,
        tables=document.tables,
        sections=document.sections,
        citations=tuple(replace(c, box=_rounded(c.box), confidence=round(c.confidence, 4)) for c in document.citations),
        words=document.words,
        quality=judge(document),
        attachments=repaired.attachments,
        glyphs=repaired.glyphs,
        insertions=tuple(replace(i, box=rounded(i.box)) for i in repaired.insertions),
        unsure=tuple(replace(u, box=rounded(u.box)) for u in repaired.unsure),
    )


def judge(document: SegmentedDocument) -> Quality:
    """How good the document is, and in stable codes why it should be looked at."""
    repaired = document.repaired
    letters = sum(page.span[1] - page.span[0] for page in repaired.pages)
    legibility = (
        sum(page.legibility * (page.span[1] - page.span[0]) for page in repaired.pages) / letters if letters else 1.0
    )
    sure = [r.confidence >= SURE for r in repaired.repairs if r.cause not in ("page-furniture", "decomposed")]
    reasons = []
    if repaired.holes:
        reasons.append("holes")
    if legibility < LEGIBLE:
        reasons.append("low-legibility")
    if any(p.ocr_confidence is not None and p.ocr_confidence < CONFIDENT for p in repaired.pages):
        reasons.append("low-ocr-confidence")
    if not all(sure):
        reasons.append("unsure-repairs")
    if any(p.reason == UNREADABLE_PAGE for p in repaired.pages):
        reasons.append(UNREADABLE_PAGE)
    if not letters:
        reasons.append("no-text")
    return Quality(round(legibility, 4), len(sure), len(repaired.holes), bool(reasons), tuple(reasons))


def _page(page: RepairedPage) -> PageOut:
    confidence = None if page.ocr_confidence is None else round(page.ocr_confidence, 4)
    return PageOut(
        page.number,
        round(page.width, 2),
        round(page.height, 2),
        page.method,
        round(page.legibility, 4),
        confidence,
        page.reason,
        page.set_aside,
        page.span,
        page.raw_span,
        page.flags,
    )


def _rounded(box: Box | None) -> Box | None:
    return None if box is None else rounded(box)
