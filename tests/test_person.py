"""A person's road with the keyboard alone: from the shipped documents to corrections in JSON, search and tables."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

from tests.browsing import reviewing
from tests.conftest import serious

ROOT = Path(__file__).resolve().parent.parent
SHOTS = ROOT / "build" / "person"


def run(*arguments):
    done = subprocess.run([sys.executable, "-m", "pipeline", *map(str, arguments)], cwd=ROOT, check=True,
                          capture_output=True, text=True, timeout=200)  # fmt: skip
    return done.stdout


def shot(page, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def tab_to(page, text):
    """Go to a link by the Tab key, and follow it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == text:
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert text in page.title()


def here(page):
    return page.evaluate("document.activeElement.textContent")


def read_again(page):
    page.locator("#told", has_text="F5").wait_for(timeout=60_000)
    page.reload()


def test_three_places_from_ingest_to_json_search_and_tables(tmp_path, page):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    for name in ("report.pdf", "plan-lost-letters.pdf"):
        shutil.copy(ROOT / "data" / "raw" / name, raw)
    run("ingest", raw, clean)
    plan, report = (json.loads((clean / f"{n}.pdf.json").read_text("utf-8")) for n in ("plan-lost-letters", "report"))
    assert "thi dua" in report["text"] and "số1" in report["text"]
    with reviewing(raw, clean, "Chị Lan") as url:
        page.goto(url)
        shot(page, "1-overview")
        assert serious(page) == []

        # 1: the author's slip that the tool only suggests, taken with one key
        tab_to(page, "report.pdf")
        page.keyboard.press("N")
        assert here(page) == "dua"
        shot(page, "2-before")
        page.keyboard.press("a")
        read_again(page)
        assert "công tác thi đua khen thưởng năm 2023" in page.inner_text(".text >> nth=0")
        shot(page, "3-after")
        assert serious(page) == []

        # 2: a line typed anew
        for _ in range(400):
            page.keyboard.press("j")
            if "số1" in here(page):
                break
        line = here(page)
        page.keyboard.press("e")
        page.keyboard.insert_text(line.replace("số1", "số 1"))
        shot(page, "4-typing")
        page.keyboard.press("Enter")
        read_again(page)
        page.keyboard.press("Shift+Tab")

        # 3: a repair accepted, in another document
        page.goto(f"{url}/index.html")
        tab_to(page, "plan-lost-letters.pdf")
        page.keyboard.press("N")
        accepted = here(page)
        page.keyboard.press("a")
        page.locator("#told", has_text="F5").wait_for(timeout=60_000)
        shot(page, "5-plan")

    report = json.loads((clean / "report.pdf.json").read_text("utf-8"))
    made = {(r["before"], r["after"]) for r in report["repairs"] if r["method"] == "person"}
    assert made == {("dua", "đua"), ("số1;", "số 1;")} or made == {("dua", "đua"), ("số1", "số 1")}
    plan = json.loads((clean / "plan-lost-letters.pdf.json").read_text("utf-8"))
    (by_hand,) = [r for r in plan["repairs"] if r["method"] == "person"]
    assert by_hand["after"] == accepted and by_hand["confidence"] == 1.0
    found = run("search", clean, "số 1; đổi mới nội dung")
    assert found.splitlines()[0].startswith("report.pdf")
    run("tables", clean, tmp_path / "tables")
    repairs = pd.read_parquet(tmp_path / "tables" / "repairs")
    assert (repairs["method"] == "person").sum() == 3
    assert run("ingest", raw, clean).count(" 0 read now") == 1
