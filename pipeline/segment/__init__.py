"""Third room: the repaired text → record, sections, paragraphs, citations, tables and words, all as spans."""

from pipeline.config import SegmentConfig
from pipeline.document import Citation, Record, RepairedDocument, Section, SegmentedDocument, Spans
from pipeline.segment import body, citations, lines, paragraphs, record, sections, tables


def segment(document: RepairedDocument, config: SegmentConfig) -> SegmentedDocument:
    """The structure of a repaired document; the text itself is not touched."""
    read = body.in_order(lines.read(document))
    width = document.pages[0].width if document.pages else 595.0
    usual = lines.measure(read, width)
    parts = body.parts(read)
    found_record, heads = record.find(read, parts, usual)
    found_sections = sections.find(read, parts, heads, usual)
    units = paragraphs.find(read, parts, heads, found_sections, usual)
    words = Spans()
    if config.words:
        from pipeline.segment import nlp  # heavy: spaCy and underthesea are loaded only when words are wanted

        words = nlp.words(document.text, tuple((line.start, line.end) for line in read))
    return SegmentedDocument(
        document,
        found_record,
        found_sections,
        units,
        _citations(document, found_record, found_sections),
        tables.find(document),
        words,
    )


def _citations(document: RepairedDocument, found: Record, divisions: tuple[Section, ...]) -> tuple[Citation, ...]:
    return citations.find(document, found, divisions)
