"""After a change only what depends on it is done again, and the bytes are those of a run from nothing."""

import ast
import dataclasses
import json
import os
import random
import shutil
import subprocess
import sys

import pytest

import pipeline.extract
import pipeline.repair
from pipeline import ingest as road
from pipeline import kept, knowledge, versions
from pipeline.config import Config, LimitsConfig, OcrConfig, RepairConfig, RunConfig, SegmentConfig
from pipeline.document import Box, ExtractedDocument, ExtractedPage, Font, Line, Method, RuledTable, Source
from pipeline.errors import ChangedWhileRead
from tests.test_durability import LETTER, ROOT, SETTINGS, content
from tests.test_ingest import manifest

NO_WORDS = SegmentConfig(words=False)


@pytest.fixture
def folders(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    (raw / "2023").mkdir(parents=True)
    for number in (1, 2, 3):
        (raw / "2023" / f"{number}.txt").write_text(LETTER.format(number=number, cited=number % 3 + 1), "utf-8")
    shutil.copy(ROOT / "data" / "raw" / "report.pdf", raw / "report.pdf")
    (raw / "empty.pdf").write_bytes(b"")
    return raw, clean


def settings(folder, **sections):
    given = {"segment": NO_WORDS, "repair": RepairConfig(suggestions=False)} | sections
    return Config(**given, run=RunConfig(cache=str(folder / "rooms")))


def run(raw, clean, config, **options):
    """Ingest in this process; the summary, and path -> first room entered of what was read."""
    found = {}

    def here(files, done):
        for file in files:
            outcome = road.process(raw, clean, file, config)
            found[file.path] = outcome.begun
            done(outcome)

    summary = road.ingest(raw, clean, config, here, lambda todo, done: None, lambda outcome: None, **options)
    return summary, found


def same_as_fresh(raw, clean, config, tmp_path, *, moved=()):
    """Whether the clean folder is what a run without any memory gives, but for what the manifest says of moves."""
    fresh = tmp_path / f"fresh {random.random()}"
    run(raw, fresh, dataclasses.replace(config, run=RunConfig()))
    (files, rows), (fresh_files, fresh_rows) = content(clean), content(fresh)
    assert {row["path"]: row["moved_from"] for row in rows if row["moved_from"]} == dict(moved)
    return (files, [row | {"moved_from": None} for row in rows]) == (fresh_files, fresh_rows)


def refuse(*arguments, **options):
    raise AssertionError("this room was to stay closed")


def test_a_setting_of_segment_reruns_segment_alone(folders, tmp_path, monkeypatch):
    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    monkeypatch.setattr(pipeline.repair, "repair", refuse)
    extract, opened = pipeline.extract.extract, []
    monkeypatch.setattr(
        pipeline.extract, "extract", lambda path, *more: opened.append(path.name) or extract(path, *more)
    )
    other = settings(tmp_path, segment=SegmentConfig())
    _, begun = run(raw, clean, other)
    assert begun == {"2023/1.txt": "segment", "2023/2.txt": "segment", "2023/3.txt": "segment",
                     "report.pdf": "segment", "empty.pdf": None}  # fmt: skip
    assert opened == ["empty.pdf"]
    monkeypatch.undo()
    assert same_as_fresh(raw, clean, other, tmp_path)


def test_a_setting_of_repair_reruns_repair_where_no_glyphs_are_needed(folders, tmp_path):
    raw, clean = folders
    run(raw, clean, settings(tmp_path))
    other = settings(tmp_path, repair=RepairConfig(hole_below=0.95, suggestions=False))
    _, begun = run(raw, clean, other)
    assert (begun["2023/1.txt"], begun["report.pdf"]) == ("repair", "extract")
    assert same_as_fresh(raw, clean, other, tmp_path)


def test_a_damaged_entry_is_one_that_is_not_there(folders, tmp_path):
    raw, clean = folders
    run(raw, clean, settings(tmp_path))
    chance, entries = random.Random(1), sorted((tmp_path / "rooms").glob("??/*"))
    assert len(entries) == 7
    for number, entry in enumerate(entries):
        data = bytearray(entry.read_bytes())
        if number % 3 == 0:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        entry.write_bytes(data if number % 3 == 0 else data[: len(data) // 2] if number % 3 == 1 else b"")
    other = settings(tmp_path, segment=SegmentConfig())
    _, begun = run(raw, clean, other)
    assert set(begun.values()) == {"extract", None}
    assert same_as_fresh(raw, clean, other, tmp_path)


def test_every_flipped_bit_is_noticed(folders, tmp_path):
    raw, _ = folders
    config = settings(tmp_path)
    run(raw, tmp_path / "clean", config)
    entry = next((tmp_path / "rooms").glob("??/*.repair"))
    whole, sha256, chance = entry.read_bytes(), entry.name.partition(".")[0], random.Random(2)
    store = kept.Kept(tmp_path / "rooms", config)
    assert store.repaired(sha256, "x.txt") or store.repaired(sha256, "x.pdf")
    for _ in range(300):
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        entry.write_bytes(data)
        assert store.repaired(sha256, "x.txt") is None and store.repaired(sha256, "x.pdf") is None


BOX: Box = (1.1, 2.2, 3.3, float("inf"))


def scanned(sha256="ab" * 32):
    page = ExtractedPage(1, 595.3, 0.1 + 0.2, Method.OCR, "no-text-layer", (Line("Kế\u2028hoạch \x00", BOX),), 0.9, "cũ",
                         (RuledTable(BOX, ((None, BOX),)),), (("Kế", BOX),))  # fmt: skip
    font = Font("f", "Times", "Type0", {1: "a"}, {}, {3: 0.1}, bytes(range(256)), charprocs={2: b"\xff"})
    source = Source("a.pdf", sha256, 3, "application/pdf", 1)
    return ExtractedDocument(source, (page,), {"f": font}, "tesseract", ("x",), look=lambda number: None)


def test_what_is_kept_comes_back_equal_under_the_same_ending_version_and_engine_only(tmp_path, monkeypatch):
    config = settings(tmp_path)
    store = kept.Kept(tmp_path, config)
    store.keep(scanned(), "a.pdf")
    back = store.extracted("ab" * 32, "b/A.PDF")
    assert back == scanned() and back.look is None
    assert store.extracted("ab" * 32, "a.txt") is None
    assert store.extracted("cd" * 32, "a.pdf") is None
    assert kept.Kept(tmp_path, settings(tmp_path, ocr=OcrConfig(dpi=200))).extracted("ab" * 32, "a.pdf") is None
    few = dataclasses.replace(config, limits=LimitsConfig(pages=0))
    assert kept.Kept(tmp_path, few).extracted("ab" * 32, "a.pdf") is None
    other, none = kept.Kept(tmp_path, config), kept.Kept(tmp_path, config)
    other.__dict__["_engine"], none.__dict__["_engine"] = "tesseract 99", ""
    assert other.extracted("ab" * 32, "a.pdf") is None
    assert none.extracted("ab" * 32, "a.pdf") == scanned()


def test_the_cache_keeps_to_its_size_and_drops_what_was_not_used_for_longest(tmp_path):
    store = kept.Kept(tmp_path, Config())
    for number in range(4):
        store.keep(scanned(f"{number}" * 64), "a.pdf")
        place = next((tmp_path / (f"{number}" * 2)).glob("*"))
        with place.open("ab") as file:
            file.truncate(1 << 20)
        os.utime(place, (number, number))
    assert kept.bound(tmp_path, 4) == 0
    assert kept.bound(tmp_path, 2) == 2
    assert sorted(place.parent.name for place in tmp_path.glob("??/*")) == ["22", "33"]


def test_a_kept_extraction_can_be_looked_at_again_while_its_file_is_the_same(tmp_path, monkeypatch):
    path, asked = tmp_path / "a.pdf", []
    shutil.copy(ROOT / "data" / "raw" / "report.pdf", path)
    monkeypatch.setattr("pipeline.extract.choice.look", lambda *arguments: asked.append(arguments))
    extracted = pipeline.extract.extract(path, "a.pdf", Config())
    look = pipeline.extract.look_again(extracted, path, Config())
    look(2)
    extracted.look(2)
    assert asked[0] == asked[1]
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ChangedWhileRead):
        look(2)
    assert pipeline.extract.look_again(scanned(), path, Config()) is not None


# --- versions, derived ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", versions.ROOMS)
def test_imports_are_found_as_python_sees_them(room):
    for file in versions._sources(room):
        found = set()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pipeline":
                base = ROOT / node.module.replace(".", "/")
                found |= {base / f"{alias.name}.py" for alias in node.names} | {
                    base.with_suffix(".py"),
                    base / "__init__.py",
                }
        found = {one for one in found if one.is_file()} - {ROOT / "pipeline" / "__init__.py"}
        assert found <= set(versions.imported(file.read_bytes())), file


def test_each_room_stands_on_its_own_code_and_tables():
    assert "laws.csv" in versions.tables("segment")
    assert "laws.csv" not in versions.tables("repair") | versions.tables("extract")
    assert "encodings/tcvn3.csv" in versions.tables("repair")
    assert versions.tables("extract") == {"syllable_parts.csv"}
    rooms = {
        room: {file.relative_to(ROOT / "pipeline").parts[0] for file in versions._sources(room)}
        for room in versions.ROOMS
    }
    assert all(set(parts) & set(versions.ROOMS) == {room} for room, parts in rooms.items())
    assert {"reading.py", "corrections.py"} <= rooms["write"]


def test_no_file_of_models_is_opened_that_its_room_is_not_known_to_read():
    code = """
import inspect, json, sys
from pathlib import Path
from pipeline import knowledge
seen, real = set(), knowledge.path
def path(name):
    rooms = [Path(f.filename).parts for f in inspect.stack()]
    inside = [p[p.index("pipeline") + 1] for p in rooms if "pipeline" in p[:-1]]
    seen.add((next((r for r in inside if r in ("extract", "repair", "segment", "write")), ""), name))
    return real(name)
knowledge.path = path
from pipeline.reading import read_document
for name in ("plan-lost-letters.pdf", "report-tcvn3.pdf", "plan-garbled.txt"):
    read_document(Path("data/raw") / name)
print(json.dumps(sorted(seen)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert {room for room, _ in seen} >= {"repair", "segment"}
    for room, name in seen:
        below = [known for known in knowledge.names() if known == name or known.startswith(name + "/")]
        assert below and set(below) <= versions.tables(room), (room, name)


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory):
    """A copy of the program that can be changed, and a function that ingests with it: path -> first room entered."""
    base = tmp_path_factory.mktemp("upgrade")
    shutil.copytree(ROOT / "pipeline", base / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "models", base / "models")
    (base / "raw").mkdir()
    for number in (1, 2):
        (base / "raw" / f"{number}.txt").write_text(LETTER.format(number=number, cited=3 - number), "utf-8")
    shutil.copy(ROOT / "data" / "raw" / "report.pdf", base / "raw" / "report.pdf")
    (base / "settings.toml").write_text(SETTINGS)

    def ingest(clean):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "ingest", "raw", clean, "--settings", "settings.toml", "--workers", "1"],
            cwd=base, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(base)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        log = [json.loads(line) for line in (base / clean / ".ingest.log").read_text("utf-8").splitlines()]
        last = [line for line in log if line["run"] == log[-1]["run"]]
        return {line["path"]: line["begun"] for line in last if line["event"] == "document"}, content(base / clean)

    assert set(ingest("clean")[0].values()) == {"extract"}
    return base, ingest


@pytest.mark.parametrize("file, text, pdf", [
    ("models/laws.csv", "segment", "segment"),
    ("pipeline/segment/citations.py", "segment", "segment"),
    ("pipeline/write/serial.py", "segment", "segment"),
    ("pipeline/repair/spacing.py", "repair", "extract"),
    ("models/lookalikes.csv", "repair", "extract"),
    ("pipeline/extract/layout.py", "extract", "extract"),
    ("pipeline/vietnamese.py", "extract", "extract"),
])  # fmt: skip
def test_a_changed_program_reruns_from_the_changed_room_on(upgrade, tmp_path, file, text, pdf):
    base, ingest = upgrade
    ingest("clean")
    place = base / file
    before = place.read_bytes()
    lines = before.splitlines(keepends=True)
    place.write_bytes(before + (lines[-1] if file.endswith(".csv") else b"# another version\n"))
    try:
        begun, found = ingest("clean")
        assert begun == {"1.txt": text, "2.txt": text, "report.pdf": pdf}
        fresh = f"fresh {place.name}"
        assert found == ingest(fresh)[1]
    finally:
        place.write_bytes(before)


def test_what_no_room_reads_reruns_nothing(upgrade):
    base, ingest = upgrade
    ingest("clean")
    for file in ("models/metadata_fields.csv", "pipeline/search/query.py", "pipeline/errors.py"):
        place = base / file
        before = place.read_bytes()
        place.write_bytes(before + (b"x\n" if file.endswith(".csv") else b"# another version\n"))
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pipeline", "ingest", "raw", "clean", "--settings", "settings.toml"],
                cwd=base, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(base)},
            )  # fmt: skip
            assert "0 read now, 3 done before" in done.stdout, (file, done.stdout, done.stderr)
        finally:
            place.write_bytes(before)


# --- files that lie elsewhere -----------------------------------------------------------------------------------


def without_rooms(monkeypatch):
    for name in ("extract", "repair", "segment"):
        monkeypatch.setattr(f"pipeline.{name}.{name}", refuse)


def move(raw, *moves):
    """Move files at once: what stood at each first path stands at the second."""
    data = [(target, (raw / source).read_bytes()) for source, target in moves]
    for source, _ in moves:
        (raw / source).unlink()
    for target, bytes_there in data:
        (raw / target).parent.mkdir(parents=True, exist_ok=True)
        (raw / target).write_bytes(bytes_there)


MOVES = {
    "renamed": [("2023/1.txt", "2023/một.txt")],
    "to another folder": [("2023/1.txt", "lưu trữ/a/1.txt"), ("report.pdf", "2023/report.pdf")],
    "swapped": [("2023/1.txt", "2023/2.txt"), ("2023/2.txt", "2023/1.txt")],
    "a chain": [("2023/1.txt", "2023/2.txt"), ("2023/2.txt", "2023/3.txt"), ("2023/3.txt", "2023/4.txt")],
    "in a ring": [("2023/1.txt", "2023/2.txt"), ("2023/2.txt", "2023/3.txt"), ("2023/3.txt", "2023/1.txt")],
    "one onto another": [("2023/1.txt", "2023/2.txt")],
    "the folder": [(f"2023/{number}.txt", f"2024/{number}.txt") for number in (1, 2, 3)],
    "to a name that clashes": [("2023/1.txt", "2023/A.txt"), ("2023/2.txt", "2023/a.txt")],
}


@pytest.mark.parametrize("moves", MOVES.values(), ids=MOVES)
def test_moved_files_move_their_documents_and_nothing_is_read(folders, tmp_path, monkeypatch, moves):
    raw, clean = folders
    config = dataclasses.replace(settings(tmp_path), run=RunConfig())
    run(raw, clean, config)
    move(raw, *moves)
    without_rooms(monkeypatch)
    summary, begun = run(raw, clean, config, prune=moves == MOVES["one onto another"])
    assert (begun, summary.renamed, summary.removed) == ({}, len(moves), 0)
    monkeypatch.undo()
    assert same_as_fresh(raw, clean, config, tmp_path, moved=[(target, source) for source, target in moves])
    summary, begun = run(raw, clean, config)
    assert (begun, summary.renamed) == ({}, 0)


@pytest.mark.parametrize("moves", MOVES.values(), ids=MOVES)
def test_moved_files_under_other_settings_are_read_from_where_they_must(folders, tmp_path, moves):
    raw, clean = folders
    run(raw, clean, settings(tmp_path))
    move(raw, *moves)
    other = settings(tmp_path, segment=SegmentConfig())
    summary, begun = run(raw, clean, other, prune=moves == MOVES["one onto another"])
    assert summary.renamed == 0
    assert {room for path, room in begun.items() if path != "empty.pdf"} == {"segment"}
    assert same_as_fresh(raw, clean, other, tmp_path, moved=[(target, source) for source, target in moves])


def test_a_copy_gets_a_document_of_its_own_and_the_original_keeps_its(folders, tmp_path, monkeypatch):
    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    shutil.copy(raw / "2023/1.txt", raw / "copy.txt")
    without_rooms(monkeypatch)
    assert run(raw, clean, config)[0].renamed == 1
    monkeypatch.undo()
    assert same_as_fresh(raw, clean, config, tmp_path)


def test_a_moved_file_and_a_copy_of_it_are_one_move(folders, tmp_path):
    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    shutil.copy(raw / "2023/1.txt", raw / "b.txt")
    move(raw, ("2023/1.txt", "a.txt"))
    assert run(raw, clean, config)[0].renamed == 2
    assert same_as_fresh(raw, clean, config, tmp_path, moved=[("a.txt", "2023/1.txt")])


def test_another_time_of_change_is_no_reason_to_read(folders, tmp_path, monkeypatch):
    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    for file in raw.rglob("*.*"):
        os.utime(file, (1, 1))
    (raw / "empty.pdf").unlink()
    without_rooms(monkeypatch)
    summary, begun = run(raw, clean, config)
    assert (summary.renamed, begun) == (4, {})
    monkeypatch.undo()
    assert run(raw, clean, config)[0].renamed == 0


def test_another_ending_is_read_again(folders, tmp_path):
    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    move(raw, ("2023/1.txt", "2023/1.doc"))
    run(raw, clean, config)
    rows = manifest(clean)
    assert rows["2023/1.doc"]["error"] == "unsupported-file"
    assert rows["2023/1.txt"]["status"] == "removed"  # its document is the only one there is
    assert (clean / "2023/1.txt.json").is_file()
    move(raw, ("2023/1.doc", "2023/1.txt"))
    run(raw, clean, config)
    assert (manifest(clean)["2023/1.txt"]["status"], "2023/1.doc" in manifest(clean)) == ("clean", False)


def test_a_file_that_comes_back_elsewhere_takes_its_tombstone_away(folders, tmp_path, monkeypatch):
    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    text = (raw / "2023/1.txt").read_bytes()
    (raw / "2023/1.txt").unlink()
    assert run(raw, clean, config)[0].removed == 1
    assert manifest(clean)["2023/1.txt"]["status"] == "removed"
    without_rooms(monkeypatch)
    (raw / "back.txt").write_bytes(text)
    assert run(raw, clean, config)[0].renamed == 1
    monkeypatch.undo()
    assert same_as_fresh(raw, clean, config, tmp_path, moved=[("back.txt", "2023/1.txt")])


def test_a_rename_killed_at_any_write_is_made_good(folders, tmp_path, monkeypatch):
    from pipeline import places
    from pipeline.ledger import Ledger

    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    shutil.copytree(clean, tmp_path / "before")
    moves = MOVES["a chain"]
    move(raw, *moves)
    write, record = places.DocumentFolder.write, Ledger.record
    for at in range(8):
        shutil.rmtree(clean)
        shutil.copytree(tmp_path / "before", clean)
        left = [at]

        def counted(real, left=left):
            def step(*arguments):
                if not left[0]:
                    raise KeyboardInterrupt
                left[0] -= 1
                return real(*arguments)

            return step

        monkeypatch.setattr(places.DocumentFolder, "write", counted(write))
        monkeypatch.setattr(Ledger, "record", counted(record))
        try:
            run(raw, clean, config)
        except KeyboardInterrupt:
            monkeypatch.undo()
            run(raw, clean, config)
        monkeypatch.undo()
        assert same_as_fresh(raw, clean, config, tmp_path, moved=[(target, source) for source, target in moves])


# --- what status says -------------------------------------------------------------------------------------------


def test_status_tells_versions_and_how_many_are_behind(folders, tmp_path):
    from pipeline.errors import FolderInUse
    from pipeline.ledger import Ledger
    from pipeline.places import DocumentFolder
    from pipeline.status import status

    raw, clean = folders
    config = settings(tmp_path)
    run(raw, clean, config)
    lines = status(clean, config).splitlines()
    assert [line for line in lines if line.startswith("behind")] == ["behind         0 of 5"]
    assert f"segment  {versions.present(config).segment:16}       5  now" in lines
    assert any(line.split() == ["failed", "1"] for line in lines)
    assert any(line.split() == ["empty-file", "1"] for line in lines)
    assert sum(line.startswith("slowest") for line in lines) == 5
    other = settings(tmp_path, segment=SegmentConfig())
    assert status(clean, other).splitlines()[-1] == "behind         5 of 5"
    run(raw, clean, other)
    assert status(clean, other).splitlines()[-1] == "behind         0 of 5"
    (raw / "report.pdf").unlink()
    run(raw, clean, other)
    with Ledger.open(DocumentFolder(clean)):
        assert "at work" in status(clean, other)
        with pytest.raises(FolderInUse):
            run(raw, clean, other)
    (clean / ".ingest.sqlite").unlink()
    assert "no ledger" in status(clean, other)
