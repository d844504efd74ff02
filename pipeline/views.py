"""What notebooks show of one document: marked text for displaCy, a place in its context, places on a ring."""

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.archive import Json

LABELS: Mapping[str, str] = {
    "kind": "LOẠI",
    "number": "SỐ",
    "symbol": "KÝ HIỆU",
    "title": "TRÍCH YẾU",
    "issuer": "CƠ QUAN",
    "place": "ĐỊA DANH",
    "date": "NGÀY",
    "signer": "NGƯỜI KÝ",
    "citation": "VIỆN DẪN",
    "section": "MỤC",
    "hole": "CHỖ MẤT",
}
COLOURS: Mapping[str, str] = {
    "VIỆN DẪN": "#ffd966",
    "MỤC": "#b6d7a8",
    "CHỖ MẤT": "#ea9999",
    "SỐ": "#9fc5e8",
    "KÝ HIỆU": "#9fc5e8",
    "NGÀY": "#d9d2e9",
    "CƠ QUAN": "#f9cb9c",
    "TRÍCH YẾU": "#d0e0e3",
    "NGƯỜI KÝ": "#d5a6bd",
}


def entities(document: Json) -> Json:
    """The document as displaCy's manual form wants it: text, and marks that do not overlap, in order.

    Shown are the record's fields, section labels, citations and holes; of two that overlap the earlier one stays, of
    two that begin together the longer.
    """
    record = document.get("record") or {}
    found = [(record[name]["span"], LABELS[name]) for name in LABELS if isinstance(record.get(name), dict)]
    found += [(signer["span"], LABELS["signer"]) for signer in record.get("signers", ())]
    found += [(part["span"], LABELS["citation"]) for part in document.get("citations", ())]
    found += [(part["span"], LABELS["hole"]) for part in document.get("holes", ())]
    found += [
        ([part["span"][0], part["span"][0] + len(part["label"])], LABELS["section"])
        for part in document.get("sections", ())
    ]
    marks: list[dict[str, Any]] = []
    for (start, end), label in sorted(found, key=lambda mark: (mark[0][0], -mark[0][1])):
        if end > start and (not marks or start >= marks[-1]["end"]):
            marks.append({"start": start, "end": end, "label": label})
    return {"text": document["text"], "ents": marks, "title": document["source"]["path"]}


def in_context(document: Json, span: Sequence[int], around: int = 60) -> str:
    """HTML of a stretch of the text, marked, with the letters around it; the text is escaped."""
    start, end = span
    text: str = document["text"]
    before, after = text[max(0, start - around) : start], text[end : end + around]
    return f"…{html.escape(before)}<mark>{html.escape(text[start:end])}</mark>{html.escape(after)}…"


def hit_html(snippet: str, highlights: Iterable[Sequence[int]]) -> str:
    """HTML of a search hit's snippet with its highlights marked; the text is escaped."""
    parts, done = [], 0
    for start, end in highlights:
        parts += [html.escape(snippet[done:start]), "<mark>", html.escape(snippet[start:end]), "</mark>"]
        done = end
    return "".join([*parts, html.escape(snippet[done:])])


def ring(names: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Places on a circle of radius 1 for the nodes of a network, in order of their names."""
    ordered = sorted(set(names))
    return {
        name: (math.cos(2 * math.pi * i / len(ordered)), math.sin(2 * math.pi * i / len(ordered)))
        for i, name in enumerate(ordered)
    }
