"""The laws of the house, read from the imports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "pipeline"
ROOMS = ("extract", "repair", "segment", "write")
GROUND = {"document", "errors", "config", "vietnamese", "knowledge"}
ALLOWED_GROUND = {
    "document": set(),
    "errors": set(),
    "config": {"errors"},
    "knowledge": set(),
    "vietnamese": {"document", "knowledge"},
}
HOMES = {
    "pdfplumber": "extract/",
    "pdfminer": "extract/",
    "pytesseract": "extract/ocr.py",
    "pypdfium2": "extract/image.py",
    "cv2": "extract/",
    "fontTools": "repair/",
    "spacy": "segment/",
    "underthesea": "segment/",
    "pandas": "frames.py",
    "matplotlib": "views.py",
    "tantivy": "search/",
    "pebble": ("children.py", "drawing.py", "workers.py", "remote.py"),
    "fsspec": "places.py",
    "rich": "progress.py",
    "jinja2": "report/",
    "starlette": "review/",
    "uvicorn": "review/",
    "urllib3": "export/",
}


def imports(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "pipeline":
                found += [(node.lineno, f"pipeline.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, node.module))
    return found


def offences(path: Path) -> list[str]:
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[0] if place.split("/")[0] in ROOMS else None
    ground = place.removesuffix(".py") if place.removesuffix(".py") in GROUND else None
    found = []
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] == "pipeline" and len(parts) > 1:
            if room and parts[1] != room and parts[1] not in GROUND:
                found.append(f"{place}:{line}: the room {room} imports {name}")
            if ground and parts[1] not in ALLOWED_GROUND[ground]:
                found.append(f"{place}:{line}: {ground} imports {name}")
        home = HOMES.get(parts[0])
        if home and not place.startswith(home):
            found.append(f"{place}:{line}: {parts[0]} outside its home")
        if parts[0] == "re":
            found.append(f"{place}:{line}: re instead of regex")
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_go_one_way_and_libraries_stay_at_home(path):
    assert offences(path) == []


def test_the_checker_names_an_offending_line(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.test_architecture.ROOT", tmp_path)
    (tmp_path / "repair").mkdir()
    bad = tmp_path / "repair" / "x.py"
    bad.write_text("import re\nfrom pipeline.extract import pdf\n")
    assert [o.split(": ")[0] for o in offences(bad)] == ["repair/x.py:1", "repair/x.py:2"]


def test_no_drawers():
    assert [p.name for p in ROOT.rglob("*.py") if p.stem in {"utils", "helpers", "util", "common", "misc"}] == []


def test_the_published_schema_is_that_of_the_types():
    from pipeline.write import schema_bytes

    assert (ROOT.parent / "docs" / "schema.json").read_bytes() == schema_bytes()


DRAWING = {
    "drawing.py": "the child that makes pictures for people",
    "extract/__init__.py": "decodes image files; draws no page",
    "extract/choice.py": "asked only of pages that are `drawable`",
    "extract/regions.py": "asked only of pages that are `drawable`",
    "searchable/copies.py": "asks what is copied, of pages without the flag `unsafe-to-draw`",
    "searchable/pictures.py": "decodes image files; draws no page",
}
"""The modules that may load `extract/image.py`, the home of PDFium, and what keeps a hostile page from it."""


def draws(path: Path) -> list[str]:
    place = path.relative_to(ROOT).as_posix()
    if place in DRAWING:
        return []
    found = [(line, name) for line, name in imports(path) if name.startswith("pipeline.extract.image")]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "pipeline.extract":
            found += [(node.lineno, "image") for alias in node.names if alias.name == "image"]
    return [f"{place}:{line}: draws pages" for line, _ in found]


def test_no_other_module_draws():
    assert [offence for path in sorted(ROOT.rglob("*.py")) for offence in draws(path)] == []
    assert all((ROOT / place).is_file() for place in DRAWING)


def test_the_check_of_drawing_names_an_offending_line(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.test_architecture.ROOT", tmp_path)
    bad = tmp_path / "x.py"
    for line in (
        "from pipeline.extract import image",
        "import pipeline.extract.image",
        "from pipeline.extract.image import Pdf",
    ):
        bad.write_text(f"def f():\n    {line}\n")
        assert draws(bad) == ["x.py:2: draws pages"]
