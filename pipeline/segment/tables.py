"""Ruled tables: the text of each cell as a span, found by the places of the lines."""

from pipeline.document import Box, RepairedDocument, Span, Table, TableCell, TextLine


def find(document: RepairedDocument) -> tuple[Table, ...]:
    """The tables of the document in the order of the pages."""
    by_page: dict[int, list[TextLine]] = {}
    for line in document.lines:
        by_page.setdefault(line.page, []).append(line)
    return tuple(
        Table(
            page,
            table.box,
            tuple(tuple(TableCell(_cell(by_page.get(page, []), box), box) for box in row) for row in table.rows),
        )
        for page, table in document.tables
    )


def _cell(lines: list[TextLine], box: Box | None) -> Span | None:
    """From the first to the last line whose middle lies in the cell, where nothing of other cells stands between."""
    if box is None:
        return None
    inside = [
        i
        for i, line in enumerate(lines)
        if box[0] - 1 <= (line.box[0] + line.box[2]) / 2 <= box[2] + 1
        and box[1] - 1 <= (line.box[1] + line.box[3]) / 2 <= box[3] + 1
    ]
    if not inside:
        return None
    last = inside[0]
    for i in inside[1:]:
        if i != last + 1:
            break
        last = i
    return lines[inside[0]].span[0], lines[last].span[1]
