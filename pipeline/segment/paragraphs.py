"""Paragraphs: lines that belong together, each with the division it stands in."""

import bisect

from pipeline.document import Paragraph, ParagraphKind, Section
from pipeline.segment.body import Part
from pipeline.segment.lines import BodyLine, Measures, is_bullet, starts_paragraph


def find(
    lines: tuple[BodyLine, ...],
    parts: tuple[Part, ...],
    heads: tuple[tuple[int, str | None], ...],
    sections: tuple[Section, ...],
    usual: Measures,
) -> tuple[Paragraph, ...]:
    """All lines of the document joined into paragraphs; every line lies in exactly one."""
    opens = {section.span[0]: section for section in sections}
    apart = {
        i
        for part, (body, _) in zip(parts, heads, strict=True)
        for i in (*range(part.start, body), *range(part.tail, part.end))
    }
    groups: list[list[BodyLine]] = []
    for line in lines:
        before = groups[-1][-1] if groups else None
        if before is None or _breaks(
            before, line, line.start in opens, bool({before.index, line.index} & apart), usual
        ):
            groups.append([line])
        else:
            groups[-1].append(line)
    by_id = {section.id: section for section in sections}
    starts = [section.span[0] for section in sections]
    return tuple(_paragraph(group, _innermost(group[0].start, sections, starts, by_id), opens) for group in groups)


def _innermost(
    place: int, sections: tuple[Section, ...], starts: list[int], by_id: dict[str, Section]
) -> Section | None:
    """The deepest division that holds a place: the last that starts before it, else the nearest of its parents."""
    index = bisect.bisect_right(starts, place) - 1
    inner = sections[index] if index >= 0 else None
    while inner is not None and inner.span[1] <= place:
        inner = by_id[inner.parent] if inner.parent else None
    return inner


def _breaks(before: BodyLine, line: BodyLine, opens: bool, apart: bool, usual: Measures) -> bool:
    if opens or apart or before.table != line.table or before.note != line.note:
        return True
    if line.table:
        return before.page != line.page
    fresh = starts_paragraph(before, line, usual)
    return fresh == 2 or (fresh == 1 and line.text[:1].isupper() and before.text.endswith((":", ";")))


def _paragraph(group: list[BodyLine], inner: Section | None, opens: dict[int, Section]) -> Paragraph:
    span = (group[0].start, group[-1].end)
    own = opens.get(span[0])
    if group[0].table:
        kind = ParagraphKind.TABLE
    elif own is not None and own.heading and len(own.heading) + len(own.label) + 6 >= span[1] - span[0]:
        kind = ParagraphKind.HEADING
    elif own is not None or is_bullet(group[0].text):
        kind = ParagraphKind.ITEM
    else:
        kind = ParagraphKind.TEXT
    return Paragraph(span, inner.id if inner else None, group[0].page, kind)
