"""A document's text as pieces for the page: plain, repaired, hole, citation, each with what to say on hover."""

from dataclasses import dataclass
from typing import Any

# Causes a reader of the report need not look at one by one.
QUIET = frozenset({"page-furniture", "decomposed"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with one set of marks; `classes` name the colours, `note` is shown on hover and read aloud."""

    text: str
    classes: str = ""
    note: str = ""
    doubt: bool = False
    href: str | None = None
    box: tuple[float, float, float, float] | None = None


def band(confidence: float) -> str:
    """Name of the colour band of a confidence: sure (>= 0.99), likely (>= 0.95), doubtful below.

    >>> band(1.0), band(0.96), band(0.5)
    ('sure', 'likely', 'doubtful')
    """
    return "sure" if confidence >= 0.99 else "likely" if confidence >= 0.95 else "doubtful"


def pieces(document: dict[str, Any], span: tuple[int, int], links: dict[str, str]) -> list[Piece]:
    """The text of a span cut at every mark, in order; joined, the pieces give the text of the span.

    Args:
        document: an exported document.
        span: a stretch of its text.
        links: page of the report for each archived document's id.
    """
    marks = [mark for mark in _marks(document, links) if mark[0] < span[1] and mark[1] > span[0]]
    cuts = sorted({*span, *(min(max(place, span[0]), span[1]) for mark in marks for place in mark[:2])})
    out = []
    for start, end in zip(cuts, cuts[1:], strict=False):
        over = [mark[2] for mark in marks if mark[0] <= start and mark[1] >= end]
        text = document["text"][start:end]
        if not over:
            out.append(Piece(text))
            continue
        out.append(
            Piece(
                text,
                " ".join(dict.fromkeys(piece.classes for piece in over)),
                "; ".join(piece.note for piece in over if piece.note),
                any(piece.doubt for piece in over),
                next((piece.href for piece in over if piece.href), None),
                next((piece.box for piece in over if piece.box), None),
            )
        )
    return out


def _marks(document: dict[str, Any], links: dict[str, str]) -> list[tuple[int, int, Piece]]:
    out = []
    for repair in document["repairs"]:
        start, end = repair["span"]
        if repair["cause"] in QUIET or start == end:
            continue
        sure = band(repair["confidence"])
        note = f"{_shown(repair['before'])} → {repair['after']} ({repair['cause']}, {repair['method']}, {repair['confidence']:.2f})"
        out.append((start, end, Piece("", f"repair {sure}", note, sure == "doubtful", box=repair["box"])))
    for hole in document["holes"]:
        offers = ", ".join(c["text"] for c in hole["candidates"]) or "không có / none"
        out.append((*hole["span"], Piece("", "hole", f"chỗ trống / hole: {offers}", True, box=hole["box"])))
    for suggestion in document["suggestions"]:
        note = f"có thể là / perhaps: {suggestion['after']} ({suggestion['confidence']:.2f})"
        out.append((*suggestion["span"], Piece("", "suggestion", note)))
    for citation in document["citations"]:
        if citation["kind"] == "internal":
            continue
        href = links.get(citation["archived"] or "")
        out.append((*citation["span"], Piece("", "citation", citation["target"] or "", href=href)))
    return out


def _shown(text: str) -> str:
    """The text with white space made visible."""
    return "".join("␣" if c.isspace() else c for c in text) or "∅"


def doubt_score(document: dict[str, Any]) -> float:
    """What a person's minute is worth here: holes in numbers, names and dates count five times, doubtful repairs one."""
    score = 0.0
    important = [tuple(c["span"]) for c in document["citations"]]
    record = document["record"]
    important += [tuple(f["span"]) for f in record.values() if isinstance(f, dict) and f.get("span")]
    for hole in document["holes"]:
        inside = any(a <= hole["span"][0] < b for a, b in important)
        score += 5.0 if inside else 2.0
    for repair in document["repairs"]:
        if repair["cause"] not in QUIET and repair["confidence"] < 0.95:
            score += 1.0 - repair["confidence"] + 0.2
    return score + 20 * max(0.0, 0.95 - document["quality"]["legibility"])
