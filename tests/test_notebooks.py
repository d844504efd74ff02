"""What is true of the notebooks: they run, they are clean, and they hold no logic."""

import ast
import os
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline import archive, views
from pipeline.errors import SettingsError
from tests.contract_documents import documents, write_clean

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clean(tmp_path_factory.mktemp("notebooks") / "clean")


def outputs(notebook: nbformat.NotebookNode) -> str:
    data = [out.get("data", {}) for cell in notebook.cells for out in cell.get("outputs", [])]
    return "\n".join(str(part.get("text/html") or part.get("text/plain") or "") for part in data)


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
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(path, as_version=4)
    [parameters] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert parameters.source == 'CLEAN = "../data/clean"'
    parameters.source = f"CLEAN = {str(clean)!r}"
    NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    shown = outputs(notebook)
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


def test_text_in_html_is_escaped() -> None:
    assert views.hit_html("a<b>c", [(1, 4)]) == "a<mark>&lt;b&gt;</mark>c"
    assert views.in_context({"text": "x<y>z"}, (1, 4), 1) == "…x<mark>&lt;y&gt;</mark>z…"


def test_a_document_that_is_not_there_is_an_error_of_ours(clean: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.pdf"):
        archive.find(clean, "none.pdf")
