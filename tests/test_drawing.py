"""Pictures of pages: drawn where it is safe, in a child with limits; a plain line with the reason where it is not."""

import dataclasses
import hashlib
import io
import json
import resource
import shutil
from html import unescape

import pytest
from PIL import Image
from starlette.testclient import TestClient

from pipeline import ingest as road
from pipeline import views
from pipeline.config import Config, LimitsConfig, OcrConfig, RepairConfig, RunConfig, SegmentConfig
from pipeline.drawing import Drawer, Undrawn
from pipeline.report import write_report
from pipeline.report.site import LOOK, page_name
from pipeline.review import application
from pipeline.searchable import write_pdf
from pipeline.workers import run_in_children
from tests.conftest import serious
from tests.hostile_files import (
    FONT,
    GROUP,
    HEAVY,
    MARK,
    PAINT,
    TEXT,
    UNSAFE,
    drawn_font,
    flate,
    form,
    lettered,
    masked,
    page_of,
    pdf,
    picture,
    shown_by,
    tile,
)
from tests.test_review import serving

LIMITS = LimitsConfig(pages=500, seconds=300, cpu_seconds=60, memory_mib=1_500, output_mib=16, page_seconds=2)
CONFIG = Config(
    limits=LIMITS, run=RunConfig(2), segment=SegmentConfig(words=False), repair=RepairConfig(suggestions=False),
    ocr=OcrConfig(seconds_per_page=20),
)  # fmt: skip
GROWTH_KIB = 150_000
"""What asking for pictures may add to the peak memory of the process that asks."""
HEALTHY = {
    "healthy.pdf": lambda: pdf(2),
    "hatched.pdf": lambda: shown_by(TEXT, tile(b"0 0 m 20 20 l S"), **PAINT),
    "masked.pdf": lambda: page_of(TEXT + b" /G gs 0 0 99 99 re f", FONT + masked(5), form(b"0 0 9 9 re f", b"", GROUP)),
    "drawn letters.pdf": lambda: lettered(drawn_font(6, b""), flate(b"1 0 d0 0 0 5 5 re f")),
    "own resources.pdf": lambda: page_of(  # a form that may name itself, and does not
        TEXT + b" /X Do", b"", flate(b"0 0 m 9 9 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources 6 0 R"),
        b"<<%s/XObject<</X 5 0 R>>>>" % FONT, entries=b"/Resources 6 0 R"),
}  # fmt: skip
LINE = dict.fromkeys(UNSAFE, Undrawn.UNSAFE) | dict.fromkeys(HEAVY, Undrawn.LIMIT)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Raw and clean folder of all pages, and their documents by path."""
    raw, clean = tmp_path_factory.mktemp("drawing") / "raw", tmp_path_factory.mktemp("clean")
    raw.mkdir()
    for name, make in (UNSAFE | HEAVY | HEALTHY).items():
        (raw / name).write_bytes(make())
    (raw / "scan.png").write_bytes(picture((1_600, 2_200)))
    road.ingest(raw, clean, CONFIG, lambda files, done: run_in_children(raw, clean, CONFIG, files, done),
                lambda todo, done: None, lambda outcome: None)  # fmt: skip
    rows = [json.loads(line) for line in (clean / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert [(row["path"], row["message"]) for row in rows if row["error"]] == []
    return raw, clean, {row["path"]: json.loads((clean / row["output"]).read_text("utf-8")) for row in rows}


@pytest.fixture(scope="module")
def site(archive, tmp_path_factory):
    """The report of them; the memory of this process does not grow while it is written."""
    raw, clean, documents = archive
    out, before = tmp_path_factory.mktemp("site"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert write_report(raw, clean, out, LIMITS) == len(documents)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH_KIB
    return out


@pytest.fixture
def review(archive):
    raw, clean, _ = archive
    with TestClient(application(raw, clean, "An", lambda path: None, 8765, limits=LIMITS),
                    base_url="http://127.0.0.1:8765") as client:  # fmt: skip
        yield client


@pytest.mark.parametrize("name", [*UNSAFE, *HEAVY, *HEALTHY])
def test_the_document_says_whether_its_page_may_be_drawn_and_has_its_text(archive, name):
    document = archive[2][name]
    flags = ["unsafe-to-draw"] if name in UNSAFE else []
    assert all(page["flags"] == flags and page["reason"] == "text-layer" for page in document["pages"])
    assert MARK in document["text"]


@pytest.mark.parametrize("name", [*UNSAFE, *HEAVY, *HEALTHY, "scan.png"])
def test_the_report_has_the_picture_or_a_line_in_its_place(site, name):
    page = unescape((site / page_name(name)).read_text("utf-8"))
    if name in LINE:
        assert LINE[name].vi in page and LINE[name].en in page and MARK in page
        assert "<img" not in page
    else:
        assert page.count("<img") == (2 if name == "healthy.pdf" else 1) and "undrawn" not in page


@pytest.mark.parametrize("name", [*UNSAFE, *list(HEAVY)[:2], "healthy.pdf", "scan.png"])
def test_the_review_has_the_picture_or_says_why_there_is_none(archive, review, name):
    page = unescape(review.get(f"/{page_name(name)}").text)
    asked = review.get(f"/image/{archive[2][name]['source']['sha256']}/{page_name(name)[:-5]}/1.webp")
    if name in LINE:
        assert asked.json() == {"code": LINE[name], "vi": LINE[name].vi, "en": LINE[name].en}
        assert (LINE[name].vi in page) == (name in UNSAFE)
    else:
        assert asked.content[8:12] == b"WEBP" and "<img" in page
    assert review.get(f"/image/{'0' * 64}/{page_name(name)[:-5]}/1.webp").status_code == 404


@pytest.mark.parametrize("name", [*UNSAFE, *list(HEAVY)[:1], "healthy.pdf"])
def test_a_notebook_has_the_picture_or_a_line_in_its_place(archive, name):
    axes = views.page(archive[0], archive[2][name], 1, [("red", (1, 2, 3, 4))], LIMITS)
    said = [" ".join(text.get_text().split()) for text in axes.texts]
    assert said == ([LINE[name].vi] if name in LINE else [])
    assert (axes.images[0].get_array().min() == 255) == (name in LINE)
    axes.figure.clear()


@pytest.mark.parametrize("name", [*UNSAFE, "healthy.pdf"])
def test_a_searchable_copy_is_made_without_opening_the_page(archive, tmp_path, name):
    summary = write_pdf(archive[0] / name, tmp_path / "copy.pdf", CONFIG)
    assert any("not safe" in note for note in summary.notes) == (name in UNSAFE)


def test_a_page_that_costs_a_child_is_not_tried_again_and_the_others_are_drawn(archive):
    raw, _, documents = archive
    heavy, healthy = documents["many groups.pdf"], documents["healthy.pdf"]
    with Drawer(LIMITS) as drawer:
        assert [drawn for _, drawn in drawer.draw(raw, heavy, [1], LOOK)] == [Undrawn.LIMIT]
        first = dict(drawer.draw(raw, healthy, [1, 2], LOOK))
        assert all(isinstance(drawn, bytes) for drawn in first.values())
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        assert [drawn for _, drawn in drawer.draw(raw, heavy, [1], LOOK)] == [Undrawn.LIMIT]
        assert dict(drawer.draw(raw, healthy, [2, 1], LOOK)) == first
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime == children  # none has ended since


def test_after_some_lost_children_no_more_of_a_document_is_drawn(archive):
    made = archive[2]["many groups.pdf"]
    document = made | {"pages": [made["pages"][0] | {"number": number} for number in range(1, 7)]}
    with Drawer(dataclasses.replace(LIMITS, page_seconds=1)) as drawer:
        drawer._losses[document["source"]["sha256"]] = 3
        found = dict(drawer.draw(archive[0], document, range(1, 7), LOOK))
        assert set(found.values()) == {Undrawn.LIMIT} and drawer._running is None


def test_a_raw_file_that_was_replaced_or_is_gone_or_is_a_link_is_not_drawn(archive, tmp_path):
    raw, documents = tmp_path / "raw", archive[2]
    raw.mkdir()
    with Drawer(LIMITS) as drawer:

        def drawn():
            return [found for _, found in drawer.draw(raw, documents["healthy.pdf"], [1, 2], LOOK)]

        assert drawn() == [Undrawn.GONE] * 2
        shutil.copy(archive[0] / "healthy.pdf", raw)
        before = drawn()
        assert all(isinstance(found, bytes) for found in before)
        (raw / "healthy.pdf").write_bytes(UNSAFE["form in itself.pdf"]())
        assert drawn() == [Undrawn.CHANGED] * 2
        (raw / "healthy.pdf").unlink()
        (raw / "healthy.pdf").symlink_to(archive[0] / "healthy.pdf")
        assert drawn() == [Undrawn.GONE] * 2
        (raw / "healthy.pdf").unlink()
        shutil.copy(archive[0] / "healthy.pdf", raw)
        assert drawn() == before


def test_one_page_of_several_of_an_image_file_is_the_one_asked_for(tmp_path):
    frames = [Image.new("RGB", (600, 800), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "x.tif", save_all=True, append_images=frames[1:])
    sha256 = hashlib.sha256((tmp_path / "x.tif").read_bytes()).hexdigest()
    source = {"path": "x.tif", "sha256": sha256, "media_type": "image/tiff"}
    document = {"source": source, "pages": [{"number": n, "flags": []} for n in (1, 2, 3)]}
    with Drawer(LIMITS) as drawer:
        drawn = dict(drawer.draw(tmp_path, document, [2, 1, 3], LOOK))
    colours = [Image.open(io.BytesIO(drawn[n])).getpixel((300, 400)) for n in (1, 2)]
    assert [max(range(3), key=colour.__getitem__) for colour in colours] == [0, 2]
    assert drawn[3] == Undrawn.BROKEN


@pytest.mark.parametrize("name", ["form in itself.pdf", "many groups.pdf"])
def test_the_line_is_seen_and_no_hindrance_in_the_report(site, page, name):
    page.goto((site / page_name(name)).as_uri())
    assert page.locator(".undrawn [role=note]").is_visible()
    assert serious(page) == []


@pytest.mark.parametrize("name", ["form in itself.pdf", "steps of nearly nothing.pdf"])
def test_the_line_is_seen_and_no_hindrance_in_the_review(archive, page, name):
    with serving(*archive[:2], LIMITS) as (url, _):
        page.goto(f"{url}/{page_name(name)}")
        line = page.locator(".undrawn [role=note]")
        line.wait_for(timeout=60_000)
        assert LINE[name].vi in line.inner_text()
        assert serious(page) == []
