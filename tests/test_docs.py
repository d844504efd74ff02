"""What the documentation says of the project is true."""

import json
import shlex
import textwrap
from pathlib import Path

import duckdb
import jsonschema
import pytest
import regex

from pipeline.__main__ import main
from pipeline.frames import write_tables
from pipeline.write import reference
from pipeline.write.serial import schema
from tests.contract_documents import write_clean

CODES = tuple(name for name, kind in reference.types().items() if "enum" in kind)
ROOT = Path(__file__).resolve().parent.parent


def test_the_output_page_is_that_of_the_types():
    assert (ROOT / "docs" / "output.md").read_text("utf-8") == reference.markdown(), "run `make schema`"


def test_every_field_and_value_of_the_schema_has_a_meaning_and_no_other_has():
    wanted = {
        (name, field) for name, kind in reference.types().items() for field in kind.get("enum") or kind["properties"]
    }
    missing, left_over = wanted - set(reference.described()), set(reference.described()) - wanted
    assert (missing, left_over) == (set(), set()), "pipeline/write/fields.csv has a row a field"
    assert all(meaning for meaning, _ in reference.described().values())


def test_every_example_is_of_the_type_of_its_field():
    whole = schema()
    for name, kind in reference.types().items():
        for field, part in kind.get("properties", {}).items():
            example = reference.described()[name, field][1]
            plain = "$ref" not in json.dumps(part) or kind["properties"][field].get("$ref", "").endswith(CODES)
            assert bool(example) == plain, f"{name}.{field}: what is no object of its own has an example"
            if example:
                jsonschema.validate(json.loads(example), {"$defs": whole["$defs"], **part})


def test_the_check_of_examples_finds_a_wrong_one():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            "three", {"$defs": schema()["$defs"], **reference.types()["PageOut"]["properties"]["number"]}
        )


@pytest.fixture()
def workplace(tmp_path, monkeypatch):
    """A folder as the pages suppose it: the shipped documents in data/raw, small ones in data/clean."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    write_clean(tmp_path / "data" / "clean")
    monkeypatch.chdir(tmp_path)
    return tmp_path


PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
NOT_HERE = {"ingest", "review"}
"""Commands that other tests run: they read for a while or go on until they are stopped."""


def blocks(page, language):
    """The blocks of a language; those inside a list without the list's indent."""
    found = regex.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text("utf-8"), regex.MULTILINE | regex.DOTALL)
    return [textwrap.dedent(block) for block in found]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page, workplace):
    known = {}
    write_tables(Path("data/clean"), Path("data/clean/tables"))
    for block in blocks(page, "python"):
        exec(compile(block, page.name, "exec"), known)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "sh")], ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page, workplace, capsys):
    commands = [shlex.split(line, comments=True) for block in blocks(page, "sh") for line in block.splitlines()]
    ours = [words[3:] for words in commands if words[:3] == ["python", "-m", "pipeline"]]
    assert ours
    for words in ours:
        if words[0] not in NOT_HERE and not any("://" in word for word in words):
            assert main(words) == 0, words


def test_every_picture_is_small_and_shown_on_a_page():
    shown = {
        name
        for page in PAGES
        for name in regex.findall(r"!\[[^\]]+\]\([\w/]*images/(\w+\.png)\)", page.read_text("utf-8"))
    }
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert {picture.name for picture in pictures} == shown
    assert max(picture.stat().st_size for picture in pictures) <= 150_000


def test_the_sql_of_the_tables_page_runs(workplace):
    write_tables(Path("data/clean"), Path("tables"))
    [block] = blocks(ROOT / "docs" / "tables.md", "sql")
    assert duckdb.sql(block).fetchall() == [("85/KH-CTĐ", 1)]


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
