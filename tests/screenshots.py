"""The pictures of the pages on use, taken from the program itself: `python -m tests.screenshots`, into `docs/images`.

The shipped documents are read into a temporary folder (or `--clean` names one that is already made); the report is opened in headless
Chromium, the review by its server on loopback, one picture is a notebook's. All are reduced to at most 64 colours.
"""

import argparse
import base64
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image
from playwright.sync_api import Page

from tests.browsing import chromium, reviewing

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1280, "height": 640}
LARGEST = 150_000
"""Bytes of a picture at most."""
NOTEBOOK, NETWORK = ROOT / "notebooks" / "3-sections-citations.ipynb", "views.network"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, default=ROOT / "data" / "raw")
    parser.add_argument("--clean", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        clean = folder / "clean"
        if options.clean:
            shutil.copytree(options.clean, clean)
        else:
            pipeline("ingest", str(options.raw), str(clean))
        pipeline("report", str(options.raw), str(clean), str(folder / "report"))
        with chromium() as browser:
            page = browser.new_page(viewport=SIZE)
            page.goto((folder / "report" / "index.html").as_uri())
            keep("overview", page)
            open_document(page, "plan-lost-letters.pdf")
            keep("document", page)
            with reviewing(options.raw, clean, "An") as address:
                page.goto(address)
                open_document(page, "report-scan.pdf")
                page.keyboard.press("n")
                page.keyboard.press("e")
                page.wait_for_timeout(500)
                keep("review", page)
        save("notebook", notebook_picture(options.raw, clean))


def pipeline(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "pipeline", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def open_document(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    page.wait_for_load_state("networkidle")


def notebook_picture(raw: Path, clean: Path) -> bytes:
    """The network of citations as the notebook draws it."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = f"CLEAN, RAW = {str(clean)!r}, {str(raw)!r}"
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    [drawn] = [cell for cell in notebook.cells if NETWORK in cell.source]
    [picture] = [out["data"]["image/png"] for out in drawn.outputs if "image/png" in out.get("data", {})]
    return base64.b64decode(picture)


def keep(name: str, page: Page) -> None:
    save(name, page.screenshot())


def save(name: str, data: bytes) -> None:
    """Write a picture in as many colours, 64 at most, as keep it small."""
    for colours in (64, 48, 40, 32, 24, 16):
        small = io.BytesIO()
        Image.open(io.BytesIO(data)).convert("RGB").quantize(colours).save(small, "PNG", optimize=True)
        if len(small.getvalue()) <= LARGEST:
            break
    IMAGES.mkdir(parents=True, exist_ok=True)
    (IMAGES / f"{name}.png").write_bytes(small.getvalue())
    print(f"{name}.png  {len(small.getvalue())} bytes, {colours} colours")


if __name__ == "__main__":
    main()
