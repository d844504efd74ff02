"""What is true of the exports."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import regex

from pipeline.errors import ServerUnavailable, SettingsError
from pipeline.export import TARGETS, bulk, export, lines, postgres
from pipeline.export.rows import document_id, rows
from tests.contract_documents import documents, write_clean

PLAN, DECISION = "2023/plan.pdf", "2024/decision.pdf"


@pytest.fixture()
def clean(tmp_path: Path) -> Path:
    return write_clean(tmp_path / "clean")


def read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_jsonl_holds_documents_and_passages_with_stable_ids(clean: Path, tmp_path: Path) -> None:
    summary = export(clean, "jsonl", tmp_path / "out")
    assert (summary.documents, summary.deleted, summary.batch) == (2, 0, tmp_path / "out" / "000001")
    found = {row["path"]: row for row in read_lines(summary.batch / "documents.jsonl")}
    assert found[PLAN]["id"] == document_id(PLAN) == "225e88fd62da3c88b76320529c98715a"
    assert (found[PLAN]["number"], found[PLAN]["number_key"]) == ("143/KH-LHH", "143khlhh")
    assert (found[DECISION]["first_day"], found[DECISION]["last_day"]) == ("2024-08-01", "2024-08-31")
    assert found[PLAN]["citations"][0]["number_key"] == "85khctd"
    parts = [row for row in read_lines(summary.batch / "passages.jsonl") if row["path"] == PLAN]
    assert [row["id"] for row in parts] == [f"{document_id(PLAN)}-{n}" for n in range(len(parts))]
    assert "khen_thuong" in {word for row in parts for word in row["words"]}


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_the_second_export_hands_over_only_what_changed(clean: Path, tmp_path: Path, target: str) -> None:
    out = tmp_path / "out"
    export(clean, target, out)
    again = export(clean, target, out)
    assert (again.documents, again.unchanged, again.batch) == (0, 2, None)
    (clean / f"{DECISION}.json").unlink()
    third = export(clean, target, out)
    assert (third.documents, third.deleted, third.unchanged, third.batch) == (0, 1, 1, out / "000002")
    handed = "".join(file.read_text("utf-8") for file in sorted(third.batch.iterdir()))
    assert document_id(DECISION) in handed
    assert document_id(PLAN) not in handed
    assert export(clean, target, out, full=True).documents == 1


def test_passages_that_a_changed_document_lost_are_deleted(clean: Path, tmp_path: Path) -> None:
    first = export(clean, "jsonl", tmp_path / "out")
    assert first.batch
    before = [r for r in read_lines(first.batch / "passages.jsonl") if r["path"] == PLAN]
    plan = documents()[0]
    plan["paragraphs"] = plan["paragraphs"][:1]
    (clean / f"{PLAN}.json").write_text(json.dumps(plan), encoding="utf-8")
    second = export(clean, "jsonl", tmp_path / "out")
    assert second.batch
    assert read_lines(second.batch / "deleted.jsonl") == [{"kind": "passage", "id": row["id"]} for row in before[1:]]


def test_bulk_pairs_actions_with_mapped_sources(clean: Path, tmp_path: Path) -> None:
    batch = export(clean, "opensearch", tmp_path / "out", name="kho").batch
    assert batch
    lines = read_lines(batch / "bulk-00001.ndjson")
    actions, sources = lines[::2], lines[1::2]
    assert {a["index"]["_index"] for a in actions} == {"kho-documents", "kho-passages"}
    mapping = json.loads((batch / "kho-documents.json").read_text("utf-8"))
    assert mapping["settings"]["analysis"]["analyzer"]["folded"]["filter"] == ["lowercase", "asciifolding"]
    properties = mapping["mappings"]["properties"]
    assert properties["citations"]["type"] == "nested"
    for action, source in zip(actions, sources, strict=True):
        if action["index"]["_index"] == "kho-documents":
            assert set(source) <= set(properties)
            assert all(set(c) <= set(properties["citations"]["properties"]) for c in source["citations"])
    decision = next(s for s in sources if s.get("number") == "30/QĐ-UBND" and "title" in s)
    assert decision["days"] == {"gte": "2024-08-01", "lte": "2024-08-31"}


def test_typesense_rows_fit_their_schema(clean: Path, tmp_path: Path) -> None:
    batch = export(clean, "typesense", tmp_path / "out").batch
    assert batch
    kinds = {"string": str, "string[]": list, "int32": int, "float": float, "float[]": list, "bool": bool}
    for kind in ("documents", "passages"):
        schema = json.loads((batch / f"archive-{kind}.schema.json").read_text("utf-8"))
        fields = {f["name"]: f for f in schema["fields"]}
        found = read_lines(batch / f"archive-{kind}.jsonl")
        assert len(found) >= 2
        for row in found:
            assert all(isinstance(row[n], kinds[fields[n]["type"]]) for n in row if n != "id")
            assert {n for n, f in fields.items() if not f["optional"]} <= set(row)
    assert found[0]["first_day"] == 20230419


def test_unknown_targets_and_bad_names_are_refused(clean: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown target"):
        export(clean, "solr", tmp_path)
    with pytest.raises(SettingsError, match="small letters"):
        export(clean, "postgres", tmp_path, name="x; drop table y")


def test_a_stopped_export_leaves_no_half_batch(clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(lines.Lines, "hand_over", broken)
        export(clean, "jsonl", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["000001.part"]
    assert export(clean, "jsonl", tmp_path / "out").documents == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["000001", "export.json"]


def test_a_body_of_bulk_actions_has_a_limit_and_all_actions_are_in_one(
    clean: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bulk, "_LIMIT", 1_000)
    batch = export(clean, "opensearch", tmp_path / "out").batch
    assert batch
    found = sorted(batch.glob("bulk-*.ndjson"))
    assert len(found) > 3
    assert sum(len(read_lines(file)) // 2 for file in found) == sum(1 + len(rows(p, d).passages) for p, d in both())


def both() -> list[tuple[str, dict[str, Any]]]:
    return [(document["source"]["path"], document) for document in documents()]


def test_dates_that_no_calendar_has_are_left_out() -> None:
    decision = documents()[1]
    decision["record"]["date"] = {"year": 2023, "month": 2, "day": 31}
    head = rows(DECISION, decision).document
    assert (head["date"], head["first_day"]) == ("2023-02-31", None)


def binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of its own on a free port; as root it is run by the user `postgres`."""
    folder = binaries()
    if not folder:
        pytest.skip("no initdb on this machine")
    prefix = []
    data = tmp_path_factory.mktemp("postgres") / "data"
    if os.geteuid() == 0:
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if not shutil.which("setpriv") or subprocess.run([*prefix, "true"], capture_output=True).returncode:
            pytest.skip("root may not run PostgreSQL and there is no user postgres to run it")
        data = Path("/tmp") / f"pipeline-postgres-{os.getpid()}" / "data"
        data.parent.mkdir()
        shutil.chown(data.parent, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, capture_output=True, timeout=60, cwd=data.parent)

    run(
        str(folder / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    run(
        str(folder / "pg_ctl"),
        "-D",
        str(data),
        "-w",
        "-l",
        str(data.parent / "log"),
        "-o",
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off",
        "start",
    )
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        run(str(folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        if prefix:
            shutil.rmtree(data.parent)


def ask(address: str, statement: str) -> list[tuple[Any, ...]]:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(address) as connection:
        return list(connection.execute(statement).fetchall())


def test_postgres_holds_searches_and_forgets(clean: Path, tmp_path: Path, database: str) -> None:
    pytest.importorskip("psycopg")
    state = tmp_path / "state.json"
    export(clean, "postgres", database, state=state)
    found = "SELECT d.path FROM archive_passages p JOIN archive_documents d ON d.id = p.document WHERE found @@ {}"
    query = "plainto_tsquery('simple', lower(unaccent('{}')))"
    assert ask(database, found.format(query.format("đường thuỷ"))) == [(DECISION,)]
    assert ask(database, found.format(query.format("khen thuong"))) != []
    assert ask(database, "SELECT path FROM archive_documents WHERE days && daterange('2024-08-05', '2024-08-06')") == [
        (DECISION,)
    ]
    assert ask(database, "SELECT number, text FROM archive_citations WHERE number_key = '85khctd'") == [
        ("85/KH-CTĐ", "Kế hoạch số 85/KH-CTĐ ngày 17/4/2023 của cụm thi đua số 1")
    ]
    assert ask(database, "SELECT path FROM archive_documents ORDER BY similarity(number_key, '143khlh') DESC")[0] == (
        PLAN,
    )
    plan = documents()[0]
    plan["record"]["title"]["value"] = "Tên\tkhác\\"
    (clean / f"{DECISION}.json").unlink()
    (clean / f"{PLAN}.json").write_text(json.dumps(plan), encoding="utf-8")
    export(clean, "postgres", database, state=state)
    assert ask(database, "SELECT path, title FROM archive_documents") == [(PLAN, "Tên\tkhác\\")]
    assert ask(database, "SELECT count(DISTINCT document) FROM archive_passages") == [(1,)]


def test_the_sql_of_the_page_runs(clean: Path, tmp_path: Path, database: str) -> None:
    export(clean, "postgres", database, state=tmp_path / "page.json", full=True)
    page = (Path(__file__).parent.parent / "docs" / "export.md").read_text("utf-8")
    [block] = regex.findall(r"^```sql\n(.*?)^```", page, regex.MULTILINE | regex.DOTALL)
    answers = [ask(database, statement) for statement in block.split(";") if statement.strip()]
    assert answers == [[(DECISION, 1)], [(DECISION,)], [(PLAN,)]]


def test_a_document_that_does_not_fit_the_tables_is_refused_alone(clean: Path, database: str) -> None:
    export(clean, "postgres", database, name="unfit")
    decision = documents()[1]
    decision["paragraphs"] = [part | {"page": 10**12} for part in decision["paragraphs"]]
    decision["lines"] = []
    plan = documents()[0]
    plan["record"]["place"]["value"] = "Hà Nội"
    write_clean(clean, [plan, decision], failed=False)
    done = export(clean, "postgres", database, name="unfit")
    assert (done.documents, [line.partition(": ")[0] for line in done.refused]) == (1, [DECISION])
    assert ask(database, "SELECT path, place FROM unfit_documents") == [(PLAN, "Hà Nội")]
    assert ask(database, "SELECT count(DISTINCT document) FROM unfit_passages") == [(1,)]
    write_clean(clean)
    assert export(clean, "postgres", database, name="unfit").documents == 2
    assert ask(database, "SELECT count(*) FROM unfit_documents") == [(2,)]


def test_a_database_that_is_not_there_is_an_error_of_ours(clean: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(ServerUnavailable) as caught:
        export(clean, "postgres", "postgresql://me:secret@127.0.0.1:9/none")
    assert "secret" not in str(caught.value)


def test_the_files_for_psql_load(clean: Path, tmp_path: Path, database: str) -> None:
    if not shutil.which("psql"):
        pytest.skip("no psql on this machine")
    batch = export(clean, "postgres", tmp_path / "out", name="files").batch
    for _ in range(2):
        subprocess.run(
            ["psql", "-q", "-v", "ON_ERROR_STOP=1", database, "-f", "load.sql"],
            cwd=batch,
            check=True,
            timeout=60,
            capture_output=True,
        )
    assert ask(database, "SELECT count(*) FROM files_documents") == [(2,)]
    assert ask(database, "SELECT signers FROM files_documents WHERE number_key = '143khlhh'") == [(["Vũ Tấn Phú"],)]


def test_every_copied_line_has_the_columns_of_its_table(clean: Path, tmp_path: Path) -> None:
    batch = export(clean, "postgres", tmp_path / "out").batch
    assert batch
    for table, columns in postgres.COLUMNS.items():
        for line in (batch / f"{table}.copy").read_text("utf-8").splitlines():
            assert len(line.split("\t")) == len(columns)
