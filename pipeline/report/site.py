"""The pages of the report, from the JSON of the clean folder and images of the raw pages."""

import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.archive import entries, file_of, number_of, read, value
from pipeline.config import OcrConfig
from pipeline.document import UNREADABLE_PAGE
from pipeline.errors import DocumentError, SettingsError
from pipeline.manifest import Entry
from pipeline.report import labels
from pipeline.report.marks import QUIET, doubt_score, doubts, lines
from pipeline.write import replace_file

DPI = 90
"""Resolution of page images: a page of ten lies under 200 kB, small print can still be read."""
WIDEST = (1100, 1500)
QUALITY = 50
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


def write_report(raw: Path, clean: Path, out: Path) -> int:
    """Write the site of a clean folder and return the number of document pages in it.

    Args:
        raw: the raw folder, for the page images; a file that is gone leaves its page without images.
        clean: the clean folder.
        out: where the site goes; `index.html` is its front page.
    """
    made = environment()
    rows = shown_entries(clean)
    links = links_of(rows)
    listed = []
    for row in rows:
        document = document_of(clean, row)
        listed.append(item(row, document))
        if document is None:
            continue
        images = _images(raw, row, document, out)
        context = document_context(document, row, links)
        page = made.get_template("document.html").render(context | {"images": images})
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
    """What a document's page shows, but for the addresses of its images."""
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


def raw_file(raw: Path, row: Entry) -> Path | None:
    """The raw file of a row; None where it is gone or its name leads out of the raw folder."""
    path = raw / row.path
    inside = path.resolve().is_relative_to(raw.resolve())
    return path if inside and path.is_file() and not path.is_symlink() else None


def drawable(document: dict[str, Any]) -> list[int]:
    """The pages that may be drawn: not those given up in reading, which may take all memory."""
    return [page["number"] for page in document["pages"] if page["reason"] != UNREADABLE_PAGE]


def page_images(data: bytes, media_type: str, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Images of some pages of a raw file as WebP; none for text.

    Raises:
        DocumentError: the file cannot be read.
    """
    from pipeline.extract import image

    if media_type == "text/plain":
        return
    if media_type == "application/pdf":
        shown = ((number, image.render(data, number - 1, DPI, OcrConfig())) for number in numbers)
    else:
        every = enumerate(image.pages_of(data, OcrConfig()), 1)
        shown = ((number, picture) for number, (picture, _) in every if number in numbers)
    for number, picture in shown:
        picture = picture.convert("RGB")
        picture.thumbnail(WIDEST)
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=QUALITY)
        yield number, buffer.getvalue()


def _images(raw: Path, row: Entry, document: dict[str, Any], out: Path) -> dict[int, str]:
    """Addresses of the page images beside the site, by page; what is there already of this raw file is kept."""
    folder = f"images/{document['source']['sha256'][:24]}-{DPI}-{QUALITY}"
    numbers = drawable(document)
    missing = [number for number in numbers if not (out / folder / f"{number}.webp").is_file()]
    source = raw_file(raw, row)
    try:
        if missing and source:
            for number, data in page_images(source.read_bytes(), document["source"]["media_type"], missing):
                replace_file(out / folder / f"{number}.webp", data)
    except (DocumentError, OSError):
        pass  # the pages that cannot be drawn stay without image
    return {n: f"{folder}/{n}.webp" for n in numbers if (out / folder / f"{n}.webp").is_file()}
