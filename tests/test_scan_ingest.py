"""Images of every kind through `ingest`: each has its line in the manifest, and says what was seen on it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.test_scan_pages import BODY, body, needs_engine, page


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_engine()
    folder = tmp_path_factory.mktemp("scans")
    raw = folder / "raw"
    raw.mkdir()
    ys, xs = np.mgrid[0:900, 0:1200]
    grain = np.random.default_rng(5).normal(0, 12, (900, 1200, 3))
    hills = 120 + 60 * np.sin(xs / 170)[..., None] + 50 * np.cos(ys / 130)[..., None] * np.array([1.0, 0.7, 0.3])
    Image.fromarray(np.clip(hills + grain, 0, 255).astype(np.uint8)).save(raw / "photograph.jpg")
    page(body()).rotate(180).save(raw / "upside-down.png", dpi=(200, 200))
    page([]).save(raw / "blank.png", dpi=(200, 200))
    Image.new("L", (1, 1), 0).save(raw / "pixel.png")
    command = [sys.executable, "-m", "pipeline", "ingest", str(raw), str(folder / "clean")]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "clean"


def lines(clean: Path) -> dict[str, tuple[str, str | None]]:
    found = map(json.loads, (clean / "manifest.jsonl").read_text("utf-8").splitlines())
    return {line["path"]: (line["status"], line["error"]) for line in found}


def test_every_image_has_its_line(clean: Path) -> None:
    assert lines(clean) == {
        "blank.png": ("review", None),
        "photograph.jpg": ("review", None),
        "pixel.png": ("review", None),
        "upside-down.png": ("clean", None),
    }


@pytest.mark.parametrize("name", ["blank.png", "photograph.jpg", "pixel.png"])
def test_what_holds_no_text_says_so(clean: Path, name: str) -> None:
    document = json.loads((clean / f"{name}.json").read_text("utf-8"))
    assert document["text"] == ""
    assert "no-text" in document["quality"]["reasons"]


def test_a_page_upside_down_is_read(clean: Path) -> None:
    document = json.loads((clean / "upside-down.png.json").read_text("utf-8"))
    assert document["pages"][0]["method"] == "ocr"
    assert BODY[-1] in document["text"]
