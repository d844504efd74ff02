"""The pages of the report, from the JSON of the clean folder and images of the raw pages."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.archive import entries, file_of, number_of, read, value
from pipeline.config import LimitsConfig
from pipeline.drawing import Drawer, Look, Undrawn, is_safe
from pipeline.errors import SettingsError
from pipeline.manifest import Entry
from pipeline.report import labels
from pipeline.report.marks import QUIET, doubt_score, doubts, lines
from pipeline.write import replace_file

LOOK = Look(dpi=90, widest=(1100, 1500), quality=50)
"""Of page pictures: a page of ten lies under 200 kB, small print can still be read."""
TEMPLATES = Path(__file__).parent / "templates"
STATIC = ("style.css", "travel.js")
FIRST = 12
"""How many doubts a document's page lists at its head."""


def environment(*more: Path) -> Environment:
    """The templates: autoescaped, strict about missing values.

    Args:
        more: further folders, looked into first.
    """
    made = Environment(loader=FileSystemLoader([*more, TEMPLATES]), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.filters["vi"], made.filters["en"] = labels.vi, labels.en
    return made


def write_report(raw: Path, clean: Path, out: Path, limits: LimitsConfig | None = None) -> int:
    """Write the site of a clean folder and return the number of document pages in it.

    Args:
        raw: the raw folder, for the page pictures; where one cannot be made, the page says why.
        clean: the clean folder.
        out: where the site goes; `index.html` is its front page.
        limits: what drawing a page may take.

    Raises:
        WorkerDied: the process that draws pages does not start.
    """
    with Drawer(limits) as drawer:
        return _write(raw, clean, out, drawer)


def _write(raw: Path, clean: Path, out: Path, drawer: Drawer) -> int:
    made = environment()
    rows = shown_entries(clean)
    links = links_of(rows)
    listed = []
    for row in rows:
        document = document_of(clean, row)
        listed.append(item(row, document))
        if document is None:
            continue
        images, left_out = _pictures(drawer, raw, document, out)
        context = document_context(document, row, links)
        page = made.get_template("document.html").render(context | {"images": images, "left_out": left_out})
        replace_file(out / page_name(row.path), page.encode())
    replace_file(out / "index.html", made.get_template("index.html").render(overview(rows, listed)).encode())
    for name in STATIC:
        replace_file(out / name, (TEMPLATES / name).read_bytes())
    return sum(one["href"] is not None for one in listed)


def shown_entries(clean: Path) -> tuple[Entry, ...]:
    """The manifest lines that have a place in the report."""
    return tuple(entry for entry in entries(clean) if entry.status != "removed")


def links_of(rows: Sequence[Entry]) -> dict[str, str]:
    """The page of each archived document by its id."""
    return {f"sha256:{row.sha256}": page_name(row.path) for row in rows if row.output}


def document_of(clean: Path, row: Entry) -> dict[str, Any] | None:
    """The document of a row; None where there is none to be read, or its name leads out of the folder."""
    try:
        return read(clean, row) if file_of(clean, row) else None
    except SettingsError:
        return None


def item(row: Entry, document: dict[str, Any] | None) -> dict[str, Any]:
    """A document as a line of the overview."""
    if document is None:
        nothing: dict[str, Any] = {"href": None, "title": "", "kind": "", "first": None, "doubts": 0, "causes": {}}
        return {"row": row, "score": 1e9, **nothing}
    record, found = document["record"], doubts(document)
    causes = Counter(r["cause"] for r in document["repairs"] if r["cause"] not in QUIET)
    return {
        "row": row, "score": doubt_score(document, found), "href": page_name(row.path), "causes": causes,
        "title": (record["title"] or {}).get("value", ""), "kind": (record["kind"] or {}).get("value", ""),
        "first": found[0] if found else None, "doubts": len(found),
    }  # fmt: skip


def overview(rows: Sequence[Entry], listed: list[dict[str, Any]]) -> dict[str, Any]:
    """What the front page shows: totals, causes, and the documents with the most worth a look first."""
    causes: Counter[str] = Counter()
    for one in listed:
        causes.update(one["causes"])
    return {
        "listed": sorted(listed, key=lambda one: (-one["score"], one["row"].path)),
        "causes": causes.most_common(),
        "status": Counter(row.status for row in rows),
        "pages": sum(row.pages for row in rows),
        "ocr_pages": sum(row.ocr_pages for row in rows),
        "repairs": sum(row.repairs for row in rows),
        "holes": sum(row.holes for row in rows),
        "assets": "", "review": False,
    }  # fmt: skip


def document_context(document: dict[str, Any], row: Entry, links: dict[str, str]) -> dict[str, Any]:
    """What a document's page shows, but for the addresses of its pictures and what is said of those left out."""
    found = doubts(document)
    causes = Counter(repair["cause"] for repair in document["repairs"] if repair["cause"] not in QUIET)
    record = document["record"]
    number = number_of(record)
    heading = " ".join(part for part in (value(record, "kind"), f"số {number}" if number else None) if part)
    return {"document": document, "row": row, "heading": heading or row.path, "title": value(record, "title"),
            "causes": causes.most_common(), "pages": list(_pages(document, links)),
            "first": found[:FIRST], "doubts": len(found), "assets": "", "review": False}  # fmt: skip


def page_name(path: str) -> str:
    """File name of a document's page: safe in any file system, distinct for distinct paths.

    >>> page_name("../a/b.pdf")
    'b-61d839f7f7b8.html'
    """
    stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in Path(path).stem)[:40] or "document"
    return f"{stem}-{hashlib.sha256(path.encode()).hexdigest()[:12]}.html"


def _pages(document: dict[str, Any], links: dict[str, str]) -> Iterator[dict[str, Any]]:
    shown = lines(document, links)
    for page in document["pages"]:
        yield {"page": page, "lines": shown[page["number"]]}


def _pictures(
    drawer: Drawer, raw: Path, document: dict[str, Any], out: Path
) -> tuple[dict[int, str], dict[int, Undrawn]]:
    """Addresses of the page pictures beside the site, and why others are left out, by page.

    What is there already of this raw file is kept.
    """
    folder = f"images/{document['source']['sha256'][:24]}-{LOOK.dpi}-{LOOK.quality}"
    numbers = [page["number"] for page in document["pages"]]
    there = {p["number"] for p in document["pages"] if is_safe(p) and (out / folder / f"{p['number']}.webp").is_file()}
    left_out: dict[int, Undrawn] = {}
    for number, drawn in drawer.draw(raw, document, [n for n in numbers if n not in there], LOOK):
        if isinstance(drawn, Undrawn):
            left_out[number] = drawn
        else:
            replace_file(out / folder / f"{number}.webp", drawn)
            there.add(number)
    return {number: f"{folder}/{number}.webp" for number in numbers if number in there}, left_out
