"""The pages of the report, from the JSON of the clean folder and images of the raw pages."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.archive import Entry, entries
from pipeline.config import OcrConfig
from pipeline.errors import DocumentError
from pipeline.report.marks import Piece, doubt_score, pieces
from pipeline.write import replace_file

DPI = 80
"""Resolution of page images: a page of ten lies under 100 kB, small print can still be read."""


def write_report(raw: Path, clean: Path, out: Path) -> int:
    """Write the site of a clean folder and return the number of document pages in it.

    Args:
        raw: the raw folder, for the page images; a file that is gone leaves its page without images.
        clean: the clean folder.
        out: where the site goes; `index.html` is its front page.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    rows = [entry for entry in entries(clean) if entry.status != "removed"]
    links = {f"sha256:{row.sha256}": page_name(row.path) for row in rows if row.output}
    listed = []
    for row in rows:
        if row.output is None:
            listed.append({"row": row, "score": 1e9, "href": None, "title": "", "kind": "", "legibility": None})
            continue
        document = json.loads((clean / row.output).read_text("utf-8"))
        images = _images(raw / row.path, document, out / "images" / page_name(row.path).removesuffix(".html"))
        page = environment.get_template("document.html").render(
            document=document, pages=_pages(document, links, images), row=row, causes=_causes(document)
        )
        replace_file(out / page_name(row.path), page.encode())
        record = document["record"]
        listed.append({
            "row": row, "score": doubt_score(document), "href": page_name(row.path),
            "title": (record["title"] or {}).get("value", ""), "kind": (record["kind"] or {}).get("value", ""),
            "legibility": document["quality"]["legibility"],
        })  # fmt: skip
    listed.sort(key=lambda item: (-item["score"], item["row"].path))
    totals = _totals(rows)
    replace_file(out / "index.html", environment.get_template("index.html").render(listed=listed, **totals).encode())
    for name in ("style.css", "travel.js"):
        replace_file(out / name, (Path(__file__).parent / "templates" / name).read_bytes())
    return sum(item["href"] is not None for item in listed)


def page_name(path: str) -> str:
    """File name of a document's page: safe in any file system, distinct for distinct paths.

    >>> page_name("../a/b.pdf")
    'b-61d839f7f7b8.html'
    """
    stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in Path(path).stem)[:40] or "document"
    return f"{stem}-{hashlib.sha256(path.encode()).hexdigest()[:12]}.html"


def _totals(rows: list[Entry]) -> dict[str, Any]:
    status = Counter(row.status for row in rows)
    return {
        "status": status,
        "pages": sum(row.pages for row in rows),
        "ocr_pages": sum(row.ocr_pages for row in rows),
        "repairs": sum(row.repairs for row in rows),
        "holes": sum(row.holes for row in rows),
    }


def _causes(document: dict[str, Any]) -> list[tuple[str, int]]:
    return Counter(repair["cause"] for repair in document["repairs"]).most_common()


def _pages(document: dict[str, Any], links: dict[str, str], images: dict[int, str]) -> Iterator[dict[str, Any]]:
    for page in document["pages"]:
        lines = [line for line in document["lines"] if line["page"] == page["number"]]
        shown: list[list[Piece]] = [pieces(document, (line["span"][0], line["span"][1]), links) for line in lines]
        yield {"page": page, "lines": shown, "image": images.get(page["number"])}


def _images(source: Path, document: dict[str, Any], folder: Path) -> dict[int, str]:
    """Images of the raw pages as WebP beside the site; none for text files and for files that are gone."""
    from pipeline.extract import image

    if document["source"]["media_type"] == "text/plain" or not source.is_file():
        return {}
    data = source.read_bytes()
    out = {}
    try:
        if document["source"]["media_type"] == "application/pdf":
            count = len(document["pages"])
            shown = ((i + 1, image.render(data, i, DPI, OcrConfig())) for i in range(count))
        else:
            shown = ((i + 1, picture) for i, (picture, _) in enumerate(image.pages_of(data, OcrConfig())))
        for number, picture in shown:
            picture = picture.convert("RGB")
            picture.thumbnail((1000, 1400))
            buffer = io.BytesIO()
            picture.save(buffer, "WEBP", quality=55)
            replace_file(folder / f"{number}.webp", buffer.getvalue())
            out[number] = f"images/{folder.name}/{number}.webp"
    except DocumentError:
        return out
    return out
