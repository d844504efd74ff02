"""What is true of the tables of `data/clean`."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import regex

from pipeline import archive, frames
from pipeline.errors import SettingsError
from tests.contract_documents import documents, write_clean

DOC = Path(__file__).resolve().parent.parent / "docs" / "tables.md"


@pytest.fixture()
def clean(tmp_path: Path) -> Path:
    return write_clean(tmp_path / "clean")


def test_a_document_has_one_row_with_its_record(clean: Path) -> None:
    table = frames.load(clean).documents.set_index("document")
    assert list(table.index) == ["2023/plan.pdf", "2024/decision.pdf", "2024/locked.pdf"]
    plan = table.loc["2023/plan.pdf"]
    assert (plan["kind"], plan["number"], plan["signer"]) == ("Kế hoạch", "143/KH-LHH", "Vũ Tấn Phú")
    assert plan["date"] == pd.Timestamp("2023-04-19")
    assert (plan["sections"], plan["citations"], plan["holes"]) == (3, 1, 0)


def test_a_date_with_a_blank_day_keeps_what_is_known(clean: Path) -> None:
    row = frames.load(clean).documents.set_index("document").loc["2024/decision.pdf"]
    assert pd.isna(row["date"])
    assert (row["date_iso"], row["year"]) == ("2024-08", 2024)


def test_a_file_that_failed_keeps_its_row_and_error(clean: Path) -> None:
    found = frames.load(clean)
    assert found.documents.set_index("document").loc["2024/locked.pdf", "error"] == "encrypted-pdf"
    assert "2024/locked.pdf" not in set(found.pages["document"])


def test_columns_are_typed(clean: Path) -> None:
    found = frames.load(clean)
    assert isinstance(found.documents["kind"].dtype, pd.CategoricalDtype)
    assert isinstance(found.documents["title"].dtype, pd.StringDtype)
    assert found.documents["title"].dtype.storage == "pyarrow"
    assert found.documents["date"].dtype.kind == "M"
    assert found.documents["year"].dtype == pd.Int32Dtype()


def test_paragraphs_carry_text_section_and_box(clean: Path) -> None:
    table = frames.load(clean).paragraphs
    row = table[table["text"].str.startswith("1. Phối hợp")].iloc[0]
    assert (row["document"], row["section"], row["page"]) == ("2023/plan.pdf", "s3", 1)
    assert (row["x0"], row["top"]) == (85.0, 60.0 + 14 * 9)


def test_citations_and_damage_join_by_document(clean: Path) -> None:
    found = frames.load(clean)
    joined = found.citations.merge(found.documents, on="document", suffixes=("", "_document"))
    assert list(joined["number"]) == ["85/KH-CTĐ", "30/2020/NĐ-CP"]
    assert list(joined["provisions"].fillna("")) == ["", "article 5 clause 2"]
    assert list(found.holes["candidate"]) == ["ố"]
    assert list(found.repairs["before"]) == ["®êng thñy"]
    assert list(found.suggestions["after"]) == ["đường bộ"]


def test_an_empty_folder_gives_empty_tables_with_all_columns(tmp_path: Path) -> None:
    found = frames.load(write_clean(tmp_path, [], failed=False))
    assert len(found.documents) == 0
    assert "issuer" in found.documents.columns


def test_a_missing_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such folder"):
        frames.load(tmp_path / "none")


def test_parquet_holds_the_same_rows_for_pandas_and_duckdb(clean: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    summary = frames.write_tables(clean, out)
    assert (summary.written, summary.removed, summary.unchanged) == (3, 0, 0)
    loaded, stored = frames.load(clean), frames.read_tables(out)
    for name in frames.SCHEMAS:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(stored, name), check_categorical=False)
        assert summary.rows[name] == len(getattr(loaded, name))
    query = f"select kind, date from '{out}/documents/*.parquet' where number = '143/KH-LHH'"
    assert [(k, str(d)) for k, d in duckdb.sql(query).fetchall()] == [("Kế hoạch", "2023-04-19")]
    assert len(pd.read_parquet(out / "paragraphs")) == summary.rows["paragraphs"]


def test_tables_follow_changes_and_deletions(clean: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    frames.write_tables(clean, out)
    before = sorted((out / "documents").iterdir())
    again = frames.write_tables(clean, out)
    assert (again.written, again.unchanged) == (0, 3)
    assert sorted((out / "documents").iterdir()) == before
    plan, decision = documents()
    decision["record"]["title"]["value"] = "Về việc khác"
    write_clean(clean, [decision], failed=False)
    changed = frames.write_tables(clean, out)
    assert (changed.written, changed.removed) == (1, 2)
    assert list(frames.read_tables(out).documents["title"]) == ["Về việc khác"]
    assert plan["source"]["path"] not in set(frames.read_tables(out).paragraphs["document"])


def test_only_the_part_of_a_changed_document_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_PART", 1)
    clean, out = write_clean(tmp_path / "clean", failed=False), tmp_path / "tables"
    frames.write_tables(clean, out)
    first = {file.name for file in (out / "pages").iterdir()}
    decision = documents()[1]
    decision["quality"]["legibility"] = 0.5
    (clean / "2024/decision.pdf.json").write_text(json.dumps(decision), encoding="utf-8")
    frames.write_tables(clean, out)
    second = {file.name for file in (out / "pages").iterdir()}
    assert len(first & second) == 1
    assert len(second) == 2


def test_small_parts_join_what_comes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_PART", 4)
    clean, out = write_clean(tmp_path / "clean", documents()[:1], failed=False), tmp_path / "tables"
    frames.write_tables(clean, out)
    summary = frames.write_tables(write_clean(clean, failed=False), out)
    assert (summary.written, summary.unchanged) == (1, 1)
    assert [len(list((out / name).iterdir())) for name in frames.SCHEMAS] == [1] * len(frames.SCHEMAS)
    assert len(frames.read_tables(out).documents) == 2


def test_one_table_or_some_columns_can_be_read_alone(clean: Path, tmp_path: Path) -> None:
    frames.write_tables(clean, tmp_path / "tables")
    found = frames.read_table(tmp_path / "tables", "citations", ["document", "number"])
    assert found.to_numpy().tolist() == [["2023/plan.pdf", "85/KH-CTĐ"], ["2024/decision.pdf", "30/2020/NĐ-CP"]]


def test_a_box_surrounds_the_lines_of_its_page_that_the_span_touches() -> None:
    lines = [
        {"page": 1, "box": [10, 10, 50, 20], "span": [0, 5]},
        {"page": 1, "box": [12, 30, 80, 40], "span": [6, 9]},
        {"page": 2, "box": [1, 1, 2, 2], "span": [10, 12]},
    ]
    boxes = archive.Boxes({"lines": lines[::-1]})
    assert boxes.around((4, 7), 1) == (10, 10, 80, 40)
    assert boxes.around((6, 12), 1) == (12, 30, 80, 40)
    assert boxes.around((5, 6), 1) is None
    assert boxes.around((0, 12), 3) is None


def test_docs_describe_every_column() -> None:
    described: dict[str, list[str]] = {}
    table = ""
    for line in DOC.read_text("utf-8").splitlines():
        if heading := regex.match(r"## `(\w+)`", line):
            table = heading[1]
        elif cells := regex.match(r"\| `(\w+)` \| (\S[^|]*) \| (\S[^|]*) \| (\S[^|]*) \|$", line):
            described.setdefault(table, []).append(cells[1])
    assert described == {name: list(schema.names) for name, schema in frames.SCHEMAS.items()}


def test_citation_edges_count_who_names_what(clean: Path) -> None:
    edges = frames.citation_edges(frames.load(clean))
    assert edges.to_numpy().tolist() == [["143/KH-LHH", "85/KH-CTĐ", 1], ["30/QĐ-UBND", "30/2020/NĐ-CP", 1]]


def test_the_page_with_a_hole_is_the_most_doubtful(clean: Path) -> None:
    pages = frames.doubtful_pages(frames.load(clean))
    assert list(pages["document"]) == ["2024/decision.pdf", "2023/plan.pdf"]
    assert pages["doubt"].iloc[1] == pytest.approx(0.02)
