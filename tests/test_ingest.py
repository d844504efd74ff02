"""A folder goes in, documents and a manifest come out; nothing stops the rest and nothing is lost."""

import contextlib
import json
import os

import pytest

from pipeline import ingest as road
from pipeline.__main__ import main
from pipeline.audit import replay_backwards, verify
from pipeline.config import Config, load
from pipeline.errors import DocumentError, ExitCode, FolderInUse, NoInput, PipelineError, SettingsError
from pipeline.ledger import Ledger
from pipeline.places import DocumentFolder
from pipeline.progress import summarise
from pipeline.raw import named
from pipeline.workers import run_in_children

PLAN = """KẾ HOẠCH
tổ chức Hội thảo khoa học

Thực hiện Kế hoạch số 85/KH-CTĐ ngày 17/4/2023 của cụm thi đua số 1, Liên hiệp hội xây dựng kế hoạch như sau:
I. MỤC ĐÍCH, YÊU CẦU
- Đánh giá thực trạng.
II. NỘI DUNG
1. Khai mạc;
2. Thảo luận.
"""


@pytest.fixture
def folders(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    (raw / "2023").mkdir(parents=True)
    (raw / "2023" / "kế hoạch.txt").write_text(PLAN, "utf-8")
    (raw / "empty.pdf").write_bytes(b"")
    (raw / "page.pdf").write_text("<html>not a pdf</html>")
    return raw, clean


def run_here(raw, clean, config=None, *, prune=False, die_after=None):
    config, seen = config or Config(), []

    def run(paths, done):
        for file in paths:
            if die_after is not None and len(seen) >= die_after:
                raise KeyboardInterrupt
            seen.append(file.path)
            done(road.process(raw, clean, file, config))

    with contextlib.suppress(KeyboardInterrupt):
        road.ingest(raw, clean, config, run, lambda todo, done: None, lambda outcome: None, prune=prune)
    return seen


def manifest(clean):
    lines = (clean / "manifest.jsonl").read_text("utf-8").splitlines()
    return {(row := json.loads(line))["path"]: row for line in lines}


def test_every_raw_file_has_a_line_and_every_readable_one_a_document(folders):
    raw, clean = folders
    run_here(raw, clean)
    rows = manifest(clean)
    assert list(rows) == sorted(rows) == ["2023/kế hoạch.txt", "empty.pdf", "page.pdf"]
    assert (rows["empty.pdf"]["status"], rows["empty.pdf"]["error"]) == ("failed", "empty-file")
    assert (rows["page.pdf"]["status"], rows["page.pdf"]["error"]) == ("failed", "not-a-pdf")
    document = json.loads((clean / "2023/kế hoạch.txt.json").read_text("utf-8"))
    assert document["source"]["path"] == "2023/kế hoạch.txt"
    assert [c["symbol"] for c in document["citations"]] == ["KH-CTĐ"]
    assert [s["path"] for s in document["sections"]] == [["I"], ["II"], ["II", "1"], ["II", "2"]]
    assert replay_backwards(document) == document["raw_text"]
    assert verify(raw, clean) == []


def test_what_is_done_is_not_done_again_until_it_changes(folders):
    raw, clean = folders
    assert len(run_here(raw, clean)) == 3
    assert run_here(raw, clean) == []
    (raw / "empty.pdf").write_bytes(b"x")
    assert run_here(raw, clean) == ["empty.pdf"]
    (clean / "2023/kế hoạch.txt.json").unlink()
    assert run_here(raw, clean) == ["2023/kế hoạch.txt"]


def test_other_settings_make_it_do_all_again(folders, tmp_path):
    raw, clean = folders
    run_here(raw, clean)
    settings = tmp_path / "pipeline.toml"
    settings.write_text("[repair]\nhole_below = 0.95\n")
    assert len(run_here(raw, clean, load(settings))) == 3


def test_an_interrupted_run_goes_on_and_ends_with_the_same_bytes(folders, tmp_path):
    raw, clean = folders
    run_here(raw, clean, die_after=1)
    assert set(manifest(clean)) == {"2023/kế hoạch.txt"}
    assert len(run_here(raw, clean)) == 2
    undisturbed = tmp_path / "undisturbed"
    run_here(raw, undisturbed)
    for file in undisturbed.rglob("*.json"):
        assert (clean / file.relative_to(undisturbed)).read_bytes() == file.read_bytes()


def test_a_removed_raw_file_keeps_its_document_until_it_is_pruned(folders):
    raw, clean = folders
    run_here(raw, clean)
    (raw / "2023/kế hoạch.txt").unlink()
    run_here(raw, clean)
    assert manifest(clean)["2023/kế hoạch.txt"]["status"] == "removed"
    assert (clean / "2023/kế hoạch.txt.json").exists()
    run_here(raw, clean, prune=True)
    assert "2023/kế hoạch.txt" not in manifest(clean)
    assert not (clean / "2023/kế hoạch.txt.json").exists()


def test_a_run_says_what_became_of_the_json_of_raw_files_that_are_gone():
    for pruned, said in ((False, "their JSON stays until --prune"), (True, "their JSON was deleted")):
        lines = summarise(road.Summary((), (), 0, 0, 2, 1.0, pruned), "clean").splitlines()
        assert f"removed    2 raw files are gone; {said}" in lines


def test_children_give_the_bytes_of_one_process(folders, tmp_path):
    raw, clean = folders
    run_here(raw, clean)
    other = tmp_path / "children"
    outcomes = []
    run_in_children(raw, other, Config(), [named("2023/kế hoạch.txt"), named("empty.pdf")], outcomes.append)
    assert {o.path: o.status for o in outcomes}["empty.pdf"] == "failed"
    name = "2023/kế hoạch.txt.json"
    assert (other / name).read_bytes() == (clean / name).read_bytes()


def test_links_and_pipes_in_the_raw_folder_are_never_opened(folders):
    raw, clean = folders
    (raw / "link.pdf").symlink_to("/etc/hostname")
    os.mkfifo(raw / "pipe.pdf")
    outcomes = []
    run_in_children(raw, clean, Config(), [named("link.pdf"), named("pipe.pdf")], outcomes.append)
    assert {o.path: o.error for o in outcomes} == {"link.pdf": "not-a-file", "pipe.pdf": "not-a-file"}


def test_two_ingests_of_one_folder_do_not_meet(folders):
    raw, clean = folders
    with Ledger.open(DocumentFolder(clean)), pytest.raises(FolderInUse):
        run_here(raw, clean)


def test_a_folder_without_documents_is_a_usage_error(tmp_path, capsys):
    (tmp_path / "raw").mkdir()
    with pytest.raises(NoInput):
        run_here(tmp_path / "raw", tmp_path / "clean")
    assert main(["ingest", str(tmp_path / "nowhere"), str(tmp_path / "clean")]) == ExitCode.USAGE
    assert "[no-input]" in capsys.readouterr().err


def test_the_command_ends_with_1_when_a_document_failed(folders, capsys):
    raw, clean = folders
    assert main(["ingest", str(raw), str(clean), "--workers", "1"]) == ExitCode.SOME_FAILED
    assert "2 failed" in capsys.readouterr().out


def test_unknown_settings_are_refused(tmp_path):
    path = tmp_path / "pipeline.toml"
    for wrong in ("[ocr]\nlangauge = 'vie'", "[ocr]\ndpi = 'high'", "ocr = 3", "[ocr"):
        path.write_text(wrong)
        with pytest.raises(SettingsError):
            load(path)


def test_the_shipped_settings_are_the_defaults():
    from pathlib import Path

    assert load(Path(__file__).parent.parent / "pipeline.toml") == Config()


def test_every_error_has_its_own_code_and_pickles():
    import pickle

    def below(kind):
        return [kind, *(k for sub in kind.__subclasses__() for k in below(sub))]

    kinds = below(PipelineError)
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        again = pickle.loads(pickle.dumps(kind("what happened")))
        assert (type(again), again.message) == (kind, "what happened")
        if issubclass(kind, DocumentError) and kind is not DocumentError:
            assert kind.advice


def test_what_failed_for_a_reason_outside_the_file_is_tried_again(folders):
    from pipeline.errors import OcrUnavailable, WorkerDied

    raw, clean = folders
    for code, again in ((WorkerDied.code, ["empty.pdf"]), (OcrUnavailable.code, ["empty.pdf"]), ("empty-file", [])):

        def run(files, done, code=code):
            for file in files:
                done(road.Outcome(file.path, None, "failed", code if file.path == "empty.pdf" else "not-a-pdf", "m"))

        road.ingest(raw, clean, Config(), run, lambda todo, done: None, lambda outcome: None)
        seen = []
        road.ingest(raw, clean, Config(), lambda files, done, seen=seen: seen.extend(f.path for f in files),
                    lambda todo, done: None, lambda outcome: None)  # fmt: skip
        assert seen == again


def test_a_manifest_left_old_by_a_kill_is_written_anew(folders):
    raw, clean = folders
    run_here(raw, clean)
    whole = (clean / "manifest.jsonl").read_bytes()
    (clean / "manifest.jsonl").write_bytes(whole[: whole.index(b"\n") + 1])
    (clean / "2023" / ".x.1.part").write_bytes(b"half")
    (clean / ".ingest.lock").write_bytes(b"busy\n")
    assert run_here(raw, clean) == []
    assert (clean / "manifest.jsonl").read_bytes() == whole
    assert not (clean / "2023" / ".x.1.part").exists()


def test_a_child_that_dies_costs_a_second_try_and_then_a_line(folders):
    from concurrent.futures import Future

    from pebble import ProcessExpired

    from pipeline.workers import stream

    raw, _ = folders
    tries, outcomes = [], []

    def submit(file):
        tries.append(file.path)
        future = Future()
        if file.path == "page.pdf" or len(tries) == 1:
            future.set_exception(ProcessExpired("gone", code=-9))
        else:
            future.set_result(road.Outcome(file.path, "00", "clean", None, None))
        return future

    stream(submit, raw, Config(), [named("empty.pdf"), named("page.pdf")], outcomes.append, 1)
    assert tries == ["empty.pdf", "empty.pdf", "page.pdf", "page.pdf"]
    assert [(o.path, o.error) for o in outcomes] == [("empty.pdf", None), ("page.pdf", "worker-died")]


def test_verify_names_what_does_not_hold(folders):
    raw, clean = folders
    run_here(raw, clean)
    (raw / "new.txt").write_text("mới", "utf-8")
    (raw / "page.pdf").unlink()
    (clean / "2023/kế hoạch.txt.json").write_bytes(b"{}")
    assert [problem.split(": ")[0] for problem in verify(raw, clean)] == [
        "2023/kế hoạch.txt.json",
        "page.pdf",
        "new.txt",
    ]
