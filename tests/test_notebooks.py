"""What is true of the notebooks: they run, they are clean, and they hold no logic."""

import ast
import os
import shutil
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline import archive, views
from pipeline.errors import SettingsError
from tests.contract_documents import documents, write_clean
from tests.test_ingest import run_here

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clean(tmp_path_factory.mktemp("notebooks") / "clean")


def outputs(notebook: nbformat.NotebookNode) -> str:
    data = [out.get("data", {}) for cell in notebook.cells for out in cell.get("outputs", [])]
    return "\n".join(
        str(part.get("text/html") or part.get("text/markdown") or part.get("text/plain") or "") for part in data
    )


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped PDFs, but for the scan, which takes OCR half a minute."""
    folder = tmp_path_factory.mktemp("shipped")
    (folder / "raw").mkdir()
    for name in ("report.pdf", "report-tcvn3.pdf", "plan-lost-letters.pdf"):
        shutil.copy(ROOT / "data" / "raw" / name, folder / "raw")
    run_here(folder / "raw", folder / "clean")
    return folder / "clean"


def run(path: Path, clean: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """The notebook with its outputs."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(path, as_version=4)
    [parameters] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert parameters.source == 'CLEAN = "../data/clean"\nRAW = "../data/raw"'
    parameters.source = f"CLEAN, RAW = {str(clean)!r}, {str(clean.parent / 'raw')!r}"
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    said = [out["text"] for cell in notebook.cells for out in cell.get("outputs", []) if out.get("name") == "stderr"]
    assert said == []
    return notebook


PICTURES = {"1-ingested": 5, "2-repairs": 4, "3-sections-citations": 2, "4-questions": 1, "5-damage": 2}
ANSWERS = {
    "1-ingested": ["3 tệp, 16 trang", "Báo cáo"],
    "2-repairs": ["font-program", "<mark>", "trước: "],
    "3-sections-citations": ["VIỆN DẪN", "34-CT/TW", "Bộ Chính trị"],
    "4-questions": ["02/KH-UBND, 143/KH-LHH, 85/KH-CTĐ", "trung vị", "12/CT-UBND", "525"],
    "5-damage": ["report.pdf", "0 chỗ mất"],
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_answers_on_the_shipped_documents(path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = run(path, shipped, monkeypatch)
    shown = outputs(notebook)
    assert [text for text in ANSWERS[path.stem] if text not in shown] == []
    data = [out.get("data", {}) for cell in notebook.cells for out in cell.get("outputs", [])]
    assert sum("image/png" in part for part in data) == PICTURES[path.stem]


EXPECTED = {
    "1-ingested": ["encrypted-pdf", "143/KH-LHH"],
    "2-repairs": ["®êng thñy", "<mark>đường thủy</mark>"],
    "3-sections-citations": ["VIỆN DẪN", "Điều 1"],
    "4-questions": ["85/KH-CTĐ", "<mark>thi đua</mark>", "2023/plan.pdf"],
    "5-damage": ["2024/decision.pdf", "<mark>\ufffd</mark>"],
}


def test_there_are_five() -> None:
    assert [path.stem for path in NOTEBOOKS] == sorted(EXPECTED)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_shows_the_documents(path: Path, clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = outputs(run(path, clean, monkeypatch))
    assert [text for text in EXPECTED[path.stem] if text not in shown] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_without_outputs_and_holds_no_logic(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        assert (cell.outputs, cell.execution_count) == ([], None)
        tree = ast.parse(cell.source.rstrip(";"))
        logic = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try)
        assert [node for node in ast.walk(tree) if isinstance(node, logic)] == []


def test_marks_for_displacy_do_not_overlap_and_name_what_they_mark() -> None:
    shown = views.entities(documents()[0])
    marks = shown["ents"]
    assert all(a["end"] <= b["start"] for a, b in pairwise(marks))
    named = {(m["label"], shown["text"][m["start"] : m["end"]]) for m in marks}
    assert {("SỐ", "143"), ("MỤC", "II"), ("NGƯỜI KÝ", "Vũ Tấn Phú")} <= named
    assert "VIỆN DẪN" in {label for label, _ in named}


def test_a_network_has_the_most_connected_names_on_top() -> None:
    places = views.columns([("a", "x", 1), ("b", "x", 2), ("b", "y", 1)])
    assert [name for (side, name), _ in sorted(places.items(), key=lambda p: p[1][1]) if side == 0] == ["b", "a"]
    assert places[1, "x"] == (1.0, 0.25)


def test_a_page_is_white_and_says_why_where_its_raw_file_is_not_there_or_is_another(tmp_path: Path) -> None:
    plan = documents()[0]
    for content, why in ((None, "không còn ở chỗ cũ"), (b"%PDF-1.4 another", "nay khác với tệp")):
        if content:
            (tmp_path / "2023").mkdir()
            (tmp_path / "2023" / "plan.pdf").write_bytes(content)
        axes = views.page(tmp_path, plan, 1, [("red", (10, 20, 30, 40))])
        assert axes.get_title() == "2023/plan.pdf, trang 1"
        assert [patch.get_bbox().bounds for patch in axes.patches] == [(10, 20, 20, 20)]
        assert axes.images[0].get_array().min() == 255
        assert why in " ".join(axes.texts[0].get_text().split())


def test_text_in_html_is_escaped() -> None:
    assert views.hit_html("a<b>c", [(1, 4)]) == "a<mark>&lt;b&gt;</mark>c"
    assert views.in_context({"text": "x<y>z"}, (1, 4), 1) == "…x<mark>&lt;y&gt;</mark>z…"


def test_a_document_that_is_not_there_is_an_error_of_ours(clean: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.pdf"):
        archive.find(clean, "none.pdf")
