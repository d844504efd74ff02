"""What is true of the archive metadata."""

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest
import regex

from pipeline import metadata
from tests.contract_documents import Json, documents, write_clean

DC = "{http://purl.org/dc/elements/1.1/}"


def table(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row["path"]: row for row in csv.DictReader(lines)}


def test_the_circular_has_its_twenty_one_fields_in_order() -> None:
    fields = metadata.circular_fields()
    assert len(fields) == 21
    assert list(fields)[:5] == ["docId", "docCode", "maintenance", "typeName", "codeNumber"]
    assert (fields["subject"], fields["organName"], fields["issuedDate"]) == (500, 200, None)


def test_what_the_document_tells_is_filled_and_the_rest_is_empty(tmp_path: Path) -> None:
    summary = metadata.write(write_clean(tmp_path / "clean"), tmp_path / "out")
    assert summary == metadata.MetadataSummary(2, ())
    rows = table(tmp_path / "out" / "circular.csv")
    plan, decision = rows["2023/plan.pdf"], rows["2024/decision.pdf"]
    assert (plan["codeNumber"], plan["codeNotation"], plan["issuedDate"]) == ("143", "KH-LHH", "19/04/2023")
    assert (plan["organName"], plan["language"], plan["numberOfPage"]) == ("LIÊN HIỆP CÁC HỘI KH&KT", "01", "1")
    assert plan["confidenceLevel"] == "01"
    assert decision["issuedDate"] == ""
    assert [plan[name] for name in ("maintenance", "format", "autograph", "docCode", "mode", "typeName")] == [""] * 6


def test_the_page_on_metadata_names_every_field_in_order() -> None:
    page = (Path(__file__).parent.parent / "docs" / "metadata.md").read_text("utf-8")
    circular, dublin = page.split("## Dublin Core")
    assert regex.findall(r"^\| `(\w+)` \|", circular, regex.MULTILINE) == list(metadata.circular_fields())
    assert regex.findall(r"^\| `(\w+)` \|", dublin, regex.MULTILINE) == list(metadata.dublin_core({}))


def test_what_the_page_calls_empty_is_empty_and_the_rest_can_be_filled() -> None:
    page = (Path(__file__).parent.parent / "docs" / "metadata.md").read_text("utf-8").split("## Dublin Core")[0]
    filled = dict(regex.findall(r"^\| `(\w+)` \| ([^|]*)\|", page, regex.MULTILINE))
    plan = documents()[0]
    plan["record"]["secrecy"] = {"value": "MẬT"}
    values = metadata.circular(plan, with_type_codes=True)[0]
    assert {name for name, value in values.items() if value} == {name for name, said in filled.items() if said.strip()}


def test_dublin_core_names_what_is_cited(tmp_path: Path) -> None:
    metadata.write(write_clean(tmp_path / "clean"), tmp_path / "out")
    row = table(tmp_path / "out" / "dublin-core.csv")["2023/plan.pdf"]
    assert (row["type"], row["date"], row["relation"]) == ("Kế hoạch", "2023-04-19", "85/KH-CTĐ")
    assert row["identifier"].startswith("143/KH-LHH | sha256:")


def test_xml_holds_both_sets(tmp_path: Path) -> None:
    metadata.write(write_clean(tmp_path / "clean"), tmp_path / "out")
    root = ElementTree.parse(tmp_path / "out/records/2024/decision.pdf.xml").getroot()
    assert root.findtext("circular/organName") == "ỦY BAN NHÂN DÂN TỈNH HÒA BÌNH"
    assert root.find("circular/maintenance") is not None
    assert [e.text for e in root.iter(f"{DC}relation")] == ["30/2020/NĐ-CP"]
    assert root.findtext(f"dublinCore/{DC}date") == "2024-08"


def test_type_codes_are_filled_only_when_asked_for() -> None:
    plan = documents()[0]
    assert metadata.circular(plan)[0]["typeName"] == ""
    assert metadata.circular(plan, with_type_codes=True)[0]["typeName"] == metadata.type_codes()["kế hoạch"] == "10"


@pytest.mark.parametrize("title", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_no_cell_is_a_formula(tmp_path: Path, title: str) -> None:
    plan = documents()[0]
    plan["record"]["title"]["value"] = title
    metadata.write(write_clean(tmp_path / "clean", [plan]), tmp_path / "out")
    for name, column in (("circular", "subject"), ("dublin-core", "title")):
        assert table(tmp_path / "out" / f"{name}.csv")["2023/plan.pdf"][column].startswith("'")


def test_long_values_are_cut_at_a_word_and_reported(tmp_path: Path) -> None:
    plan = documents()[0]
    plan["record"]["title"]["value"] = "phong trào " * 100
    summary = metadata.write(write_clean(tmp_path / "clean", [plan]), tmp_path / "out")
    assert summary.shortened == ("2023/plan.pdf: subject",)
    subject = table(tmp_path / "out" / "circular.csv")["2023/plan.pdf"]["subject"]
    assert len(subject) <= 500
    assert subject.endswith(("phong…", "trào…"))


def test_letters_that_xml_forbids_are_replaced(tmp_path: Path) -> None:
    plan = documents()[0]
    plan["record"]["title"]["value"] = "a\x00b\x0bc <&>"
    metadata.write(write_clean(tmp_path / "clean", [plan]), tmp_path / "out")
    root = ElementTree.parse(tmp_path / "out/records/2023/plan.pdf.xml").getroot()
    assert root.findtext(f"dublinCore/{DC}title") == "a\ufffdb c <&>"


def test_xml_of_a_document_that_is_gone_is_deleted(tmp_path: Path) -> None:
    clean = write_clean(tmp_path / "clean")
    metadata.write(clean, tmp_path / "out")
    (clean / "2024/decision.pdf.json").unlink()
    assert metadata.write(clean, tmp_path / "out").documents == 1
    assert [file.name for file in (tmp_path / "out/records").rglob("*.xml")] == ["plan.pdf.xml"]


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ([("embedded", "text-layer")], "01"),
        ([("ocr", "no-text-layer")], "02"),
        ([("embedded", "text-layer"), ("ocr", "no-text-layer")], "03"),
        ([("embedded", "ocr-layer-kept")], ""),
        ([("ocr", "broken-text-layer")], ""),
        ([], ""),
    ],
)
def test_the_origin_is_told_only_where_it_is_certain(methods: list[tuple[str, str]], expected: str) -> None:
    plan: Json = documents()[0]
    plan["pages"] = [{"method": method, "reason": reason} for method, reason in methods]
    assert metadata.circular(plan)[0]["confidenceLevel"] == expected
