"""What the documentation says of the project is true."""

import json
from pathlib import Path

import regex

ROOT = Path(__file__).resolve().parent.parent


def test_every_field_of_the_schema_is_described():
    described = set(regex.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "output.md").read_text("utf-8"), regex.MULTILINE))
    assert described == set(json.loads((ROOT / "docs" / "schema.json").read_text("utf-8"))["properties"])


def test_every_link_leads_to_a_file():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/**/*.md")]:
        for link in regex.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_make_target_that_the_readme_names_exists():
    targets = set(regex.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), regex.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]
    named = {
        t for page in pages for t in regex.findall(r"(?:^|`)make ([a-z]+)", page.read_text("utf-8"), regex.MULTILINE)
    }
    assert named - targets == set()


def test_every_file_of_models_is_in_its_list():
    listed = (ROOT / "models" / "README.md").read_text("utf-8")
    for path in (ROOT / "models").iterdir():
        assert path.name in listed or path.name in {"README.md", "build"}, path.name


def test_the_readme_shows_the_effect_in_ten_lines():
    head = (ROOT / "README.md").read_text("utf-8").splitlines()[:10]
    assert any("thu t cấp tỉnh" in line for line in head)
    assert any('"after"' in line for line in head)
