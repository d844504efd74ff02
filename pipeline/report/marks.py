"""A document's text as pieces for the page: plain, repaired, hole, citation, each with what to say on hover."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pipeline.report.labels import vi

# Causes a reader of the report need not look at one by one.
QUIET = frozenset({"page-furniture", "decomposed"})
SURE = 0.95
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a decision can be made: raw letters, the text they stand for now, and texts offered instead."""

    raw: Span
    seen: str
    offers: tuple[str, ...] = ()
    word: "Place | None" = None
    """The words round it: what a person types anew."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with one set of marks; `classes` name the colours, `note` is shown on hover and read aloud."""

    text: str
    classes: str = ""
    note: str = ""
    doubt: bool = False
    href: str | None = None
    box: tuple[float, float, float, float] | None = None
    anchor: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A place worth a look: `worth` says how much, `anchor` where on the document's page."""

    span: Span
    page: int
    worth: float
    text: str
    note: str
    important: bool

    @property
    def anchor(self) -> str:
        """Its name on the page."""
        return f"d{self.span[0]}"


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One printed line: its pieces, and the raw letters behind it."""

    pieces: list[Piece]
    place: Place | None


def band(confidence: float) -> str:
    """Name of the colour band of a confidence: sure (>= 0.99), likely (>= 0.95), doubtful below.

    >>> band(1.0), band(0.96), band(0.5)
    ('sure', 'likely', 'doubtful')
    """
    return "sure" if confidence >= 0.99 else "likely" if confidence >= SURE else "doubtful"


def lines(document: dict[str, Any], links: dict[str, str]) -> dict[int, list[ShownLine]]:
    """The lines of every page, each cut at every mark; its pieces joined give the text of its span.

    Args:
        document: an exported document.
        links: page of the report for each archived document's id.
    """
    spans = [(line["span"][0], line["span"][1]) for line in document["lines"]]
    order = sorted(range(len(spans)), key=spans.__getitem__)
    ends = [spans[i][1] for i in order]
    over: dict[int, list[tuple[int, int, Piece]]] = {}
    for mark in _marks(document, links):
        for i in order[bisect_right(ends, mark[0]) :]:
            if spans[i][0] >= mark[1]:
                break
            over.setdefault(i, []).append(mark)
    places = Alignment(document["repairs"])
    named: set[str] = set()
    out: dict[int, list[ShownLine]] = {page["number"]: [] for page in document["pages"]}
    for i, line in enumerate(document["lines"]):
        shown = []
        for piece in _cut(document["text"], spans[i], over.get(i, [])):
            once = piece.anchor if piece.anchor not in named else None
            named.add(once or "")
            shown.append(piece if once == piece.anchor else replace(piece, anchor=None))
        wide, raw = places.raw(spans[i])
        place = Place(raw, document["text"][wide[0] : wide[1]]) if raw[0] < raw[1] and wide == spans[i] else None
        out.setdefault(line["page"], []).append(ShownLine(shown, place))
    return out


def _cut(text: str, span: Span, marks: Sequence[tuple[int, int, Piece]]) -> list[Piece]:
    cuts = sorted({*span, *(min(max(place, span[0]), span[1]) for mark in marks for place in mark[:2])})
    out = []
    for start, end in pairwise(cuts):
        over = [mark[2] for mark in marks if mark[0] <= start and mark[1] >= end]
        if not over:
            out.append(Piece(text[start:end]))
            continue
        out.append(
            Piece(
                text[start:end],
                " ".join(dict.fromkeys(piece.classes for piece in over)),
                "; ".join(piece.note for piece in over if piece.note),
                any(piece.doubt for piece in over),
                next((piece.href for piece in over if piece.href), None),
                next((piece.box for piece in over if piece.box), None),
                next((piece.anchor for piece in over if piece.anchor), None),
                next((piece.place for piece in reversed(over) if piece.place), None),
            )
        )
    return out


class Alignment:
    """From places of the text to raw letters, over the repairs of an exported document."""

    def __init__(self, repairs: Sequence[dict[str, Any]]) -> None:
        self._repairs = repairs
        self._ends = [r["span"][1] for r in repairs]
        self._starts = [r["span"][0] for r in repairs]

    def raw(self, span: Span) -> tuple[Span, Span]:
        """The span widened to whole repairs, and the raw letters behind it.

        >>> Alignment([{"span": [0, 1], "raw_span": [0, 2]}]).raw((0, 3))
        ((0, 3), (0, 4))
        """
        start, end = span
        first = bisect_right(self._ends, start)  # the first repair that ends after the start
        last = bisect_left(self._starts, end)  # the first repair that begins at the end or after
        before = self._repairs[first - 1] if first else None
        raw_start = start + (before["raw_span"][1] - before["span"][1] if before else 0)
        if first < last and self._repairs[first]["span"][0] < start:
            start, raw_start = self._repairs[first]["span"][0], self._repairs[first]["raw_span"][0]
        inside = self._repairs[last - 1] if last else None
        raw_end = end + (inside["raw_span"][1] - inside["span"][1] if inside else 0)
        if first < last and inside and inside["span"][1] > end:
            end, raw_end = inside["span"][1], inside["raw_span"][1]
        return (start, end), (raw_start, max(raw_start, raw_end))


def _marks(document: dict[str, Any], links: dict[str, str]) -> list[tuple[int, int, Piece]]:
    out = []
    text, places = document["text"], Alignment(document["repairs"])
    for repair in document["repairs"]:
        start, end = repair["span"]
        if repair["cause"] in QUIET or start == end:
            continue
        sure = "person" if repair["method"] == "person" else band(repair["confidence"])
        note = (f"{shown(repair['before'])} → {shown(repair['after'])} ({vi(repair['cause'])}, {vi(repair['method'])}, "
                f"{repair['confidence']:.2f})")  # fmt: skip
        doubt = sure == "doubtful"
        place = Place(
            (repair["raw_span"][0], repair["raw_span"][1]), repair["after"], word=_word(text, places, (start, end))
        )
        out.append((start, end, Piece("", f"repair {sure}", note, doubt, box=repair["box"],
                                      anchor=f"d{start}" if doubt else None, place=place)))  # fmt: skip
    for hole in document["holes"]:
        start, end = hole["span"]
        wide, raw = places.raw((start, end))
        seen = text[wide[0] : wide[1]]
        readings = [c["text"] for c in hole["candidates"]]
        offers = [text[wide[0] : start] + reading + text[end : wide[1]] for reading in readings]
        place = Place(raw, seen, tuple(o for o in offers if "\ufffd" not in o)[:9], _word(text, places, (start, end)))
        note = "chỗ trống / hole: " + (", ".join(readings) or "không có gợi ý / no candidates")
        out.append((start, end, Piece("", "hole", note, True, box=hole["box"], anchor=f"d{start}", place=place)))
    for word in document.get("unsure", ()):
        start, end = word["span"]
        wide, raw = places.raw((start, end))
        place = Place(raw, text[wide[0] : wide[1]], word=_word(text, places, (start, end)))
        note = f"OCR không chắc / OCR is not sure ({word['confidence']:.2f})"
        out.append((start, end, Piece("", "unsure", note, True, box=word["box"], anchor=f"d{start}", place=place)))
    for suggestion in document["suggestions"]:
        note = f"có thể là / perhaps: {suggestion['after']} ({suggestion['confidence']:.2f})"
        wide, raw = places.raw((suggestion["span"][0], suggestion["span"][1]))
        start, end = suggestion["span"]
        meant = text[wide[0] : start] + suggestion["after"] + text[end : wide[1]]
        offered = Place(raw, text[wide[0] : wide[1]], (meant,)) if raw[0] < raw[1] else None
        out.append((*suggestion["span"], Piece("", "suggestion", note, place=offered)))
    for citation in document["citations"]:
        if citation["kind"] == "internal":
            continue
        href = links.get(citation["archived"] or "")
        out.append((*citation["span"], Piece("", "citation", citation["target"] or "", href=href)))
    return out


def _word(text: str, places: Alignment, span: Span) -> Place | None:
    """The words that a span touches, widened to whole repairs; None where that would lead over a line's end."""
    start, end = span
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    wide, raw = places.raw((start, end))
    seen = text[wide[0] : wide[1]]
    return None if "\n" in seen or raw[0] == raw[1] else Place(raw, seen)


def shown(text: str) -> str:
    """The text with white space made visible.

    >>> shown("a b"), shown("")
    ('a␣b', '∅')
    """
    return "".join("␣" if c.isspace() else c for c in text) or "∅"


def doubts(document: dict[str, Any]) -> list[Doubt]:
    """The places to look at, most worth a person's minute first.

    Holes in numbers, names and dates count most, then holes in prose, then unsure repairs and words that OCR is not
    sure of, the least sure first; where OCR and the page's own letters disagreed counts a little more.
    """
    important = [(c["span"][0], c["span"][1]) for c in document["citations"] if c["kind"] != "internal"]
    record = document["record"]
    fields = [*record.values(), *(record.get("signers") or ()), *(record.get("recipients") or ())]
    important += [(f["span"][0], f["span"][1]) for f in fields if isinstance(f, dict) and f.get("span")]
    important.sort()
    found: dict[int, Doubt] = {}

    def add(span: Sequence[int], page: int, plain: float, weight: float, note: str) -> None:
        start, end = span
        if start in found:
            return
        inside = any(a < end and b > start for a, b in important[: bisect_left(important, (end, 0))])
        digit = any(c.isdigit() for c in document["text"][start:end])
        around = document["text"][max(0, start - 24) : end + 24].replace("\n", " ").strip()
        worth = plain * (weight if inside or digit else 1.0)
        found[start] = Doubt((start, end), page, round(worth, 3), around, note, inside or digit)

    for hole in document["holes"]:
        best = max((c["confidence"] for c in hole["candidates"]), default=0.0)
        add(hole["span"], hole["page"], 2.5 - 0.5 * best, 2.5, "chỗ trống / hole")
    for repair in document["repairs"]:
        if repair["cause"] in QUIET or repair["confidence"] >= SURE or repair["span"][0] == repair["span"][1]:
            continue
        note = f"{shown(repair['before'])} → {shown(repair['after'])}, {repair['confidence']:.2f}"
        two_sources = 0.3 if repair["method"] == "ocr-vote" else 0.0
        add(repair["span"], repair["page"], 1.2 - repair["confidence"] + two_sources, 2.0, note)
    for word in document.get("unsure", ()):
        note = f"OCR không chắc / OCR is not sure, {word['confidence']:.2f}"
        add(word["span"], word["page"], 1.2 - word["confidence"], 2.0, note)
    return sorted(found.values(), key=lambda d: (-d.worth, d.span))


def doubt_score(document: dict[str, Any], found: Sequence[Doubt] | None = None) -> float:
    """What a person's minutes are worth here: the sum over its doubts, lost corrections, and poor pages."""
    score = sum(d.worth for d in (doubts(document) if found is None else found))
    lost = 10.0 if "correction-unplaced" in document["quality"]["reasons"] else 0.0
    poor = sum(0.85 - p["ocr_confidence"] for p in document["pages"] if (p["ocr_confidence"] or 1.0) < 0.85)
    unclear: float = max(0.0, 0.95 - document["quality"]["legibility"])
    return float(score + lost + 2 * poor + 20 * unclear)
