"""What notebooks show: marked text for displaCy, places in their context, pages with boxes, bars, a network.

The home of matplotlib, which only the functions that draw load.
"""

import html
import io
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.archive import Json
from pipeline.config import LimitsConfig
from pipeline.drawing import Drawer, Look, Undrawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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

_LOOK = Look(dpi=150, widest=(1654, 2339), quality=80)


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


def bars(counts: Iterable[tuple[Any, int]], title: str, unit: str) -> "Axes":
    """Horizontal bars, the largest on top, each with its number; drawn by matplotlib."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    ordered = sorted(counts, key=lambda pair: pair[1])
    axes = plt.subplots(figsize=(8, 0.7 + 0.34 * max(len(ordered), 1)))[1]
    axes.bar_label(axes.barh([str(name) for name, _ in ordered], [number for _, number in ordered]), padding=3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(title=title, xlabel=unit)
    axes.margins(x=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def network(pairs: Iterable[tuple[str, str, int]], title: str, left: str, right: str) -> "Axes":
    """Who names what, as lines from the names on the left to those on the right; thicker is oftener."""
    import matplotlib.pyplot as plt

    drawn = list(pairs)
    places = columns(drawn)
    axes = plt.subplots(figsize=(10, 1 + 0.32 * max((len({p[i] for p in drawn}) for i in (0, 1)), default=1)))[1]
    for citing, cited, times in drawn:
        (x0, y0), (x1, y1) = places[0, citing], places[1, cited]
        axes.plot([x0, x1], [y0, y1], color="#4477aa", alpha=0.5, linewidth=min(times, 6))
    for (side, name), (x, y) in places.items():
        axes.text(x + (0.02 if side else -0.02), y, name, ha="left" if side else "right", va="center", fontsize=9)
    axes.set(title=title, xlim=(-0.6, 1.6), ylim=(1.1, -0.15))
    axes.text(-0.02, -0.08, left, ha="right", weight="bold")
    axes.text(1.02, -0.08, right, ha="left", weight="bold")
    axes.axis("off")
    return axes


def columns(pairs: Iterable[tuple[str, str, int]]) -> dict[tuple[int, str], tuple[float, float]]:
    """Places of the names of a network in two columns, the most connected on top, by side and name."""
    weights: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for citing, cited, times in pairs:
        weights[0][citing] += times
        weights[1][cited] += times
    return {
        (side, name): (float(side), (row + 0.5) / len(counted))
        for side, counted in enumerate(weights)
        for row, (_, name) in enumerate(sorted((-times, name) for name, times in counted.items()))
    }


def page(
    raw: Path | str, document: Json, number: int, marks: Iterable[tuple[str, Sequence[float]]],
    limits: LimitsConfig | None = None,
) -> "Axes":  # fmt: skip
    """The picture of a page with coloured boxes, each a colour and its points; white, with a line why, without one.

    A child process draws it, so a script that asks for one keeps what it does under ``if __name__ == "__main__"``.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle
    from PIL import Image

    size = next((part["width"], part["height"]) for part in document["pages"] if part["number"] == number)
    with Drawer(limits) as drawer:
        drawn = next((found for _, found in drawer.draw(Path(raw), document, [number], _LOOK)), None)
    axes = plt.subplots(figsize=(8, 8 * size[1] / size[0]))[1]
    shown = Image.open(io.BytesIO(drawn)) if isinstance(drawn, bytes) else Image.new("RGB", (2, 2), "white")
    axes.imshow(shown, extent=(0, size[0], size[1], 0), cmap="gray")
    if isinstance(drawn, Undrawn):
        line = "\n".join(textwrap.wrap(drawn.vi, 60))
        axes.text(size[0] / 2, size[1] / 2, line, ha="center", va="center", fontsize=12)
    for colour, (x0, top, x1, bottom) in marks:
        axes.add_patch(Rectangle((x0, top), x1 - x0, bottom - top, facecolor=colour, edgecolor=colour, alpha=0.35))
    axes.set(title=f"{document['source']['path']}, trang {number}")
    axes.axis("off")
    return axes
