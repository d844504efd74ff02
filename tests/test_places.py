"""Folders behind URLs: the same documents, and what cannot lie in a store lies on this machine."""

import dataclasses
import json
import shutil

import fsspec
import pytest

from pipeline import ingest as road
from pipeline.__main__ import main
from pipeline.audit import verify
from pipeline.config import Config, RepairConfig, RunConfig, SegmentConfig
from pipeline.errors import ExitCode, OutputNotWritable, SettingsError, StoreUnavailable
from pipeline.places import DocumentUrl, RawUrl, place
from pipeline.remote import run_anywhere
from tests.test_durability import LETTER, SETTINGS, content

PLAIN = Config(segment=SegmentConfig(words=False), repair=RepairConfig(suggestions=False))


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    (folder / "năm 1").mkdir(parents=True)
    for number in (1, 2, 3):
        (folder / "năm 1" / f"kế hoạch {number}.txt").write_text(
            LETTER.format(number=number, cited=number % 3 + 1), "utf-8"
        )
    (folder / "empty.pdf").write_bytes(b"")
    return folder


@pytest.fixture(params=["memory", "local"])
def urls(request, raw, tmp_path):
    """Raw and clean folder behind URLs; `local` is a file system of this machine, reached as any other store is."""
    base = f"memory://{tmp_path.name}" if request.param == "memory" else f"local://{tmp_path}/store"
    files, path = fsspec.core.url_to_fs(base)
    for file in raw.rglob("*.*"):
        files.makedirs(f"{path}/raw/{file.parent.relative_to(raw)}".rstrip("/."), exist_ok=True)
        files.pipe_file(f"{path}/raw/{file.relative_to(raw)}", file.read_bytes())
    yield f"{base}/raw", f"{base}/clean"
    if request.param == "memory":
        files.rm(path, recursive=True)


def ingest(raw, clean, config, **options):
    read = []

    def run(files, done):
        read.extend(file.path for file in files)
        run_anywhere(raw, clean, config, files, done)

    return road.ingest(raw, clean, config, run, lambda todo, done: None, lambda outcome: None, **options), sorted(read)


def fetched(url, folder):
    """A copy of what lies behind the URL."""
    files, path = fsspec.core.url_to_fs(url)
    files.invalidate_cache()
    for found in files.find(path):
        target = folder / found[len(path) :].strip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files.cat_file(found))
    return content(folder)


def here(tmp_path, state="state", **more):
    return dataclasses.replace(PLAIN, run=RunConfig(workers=2, state=str(tmp_path / state), **more))


def test_urls_give_the_documents_of_folders(raw, urls, tmp_path):
    config = here(tmp_path)
    summary, read = ingest(*urls, config)
    assert (len(read), len(summary.outcomes)) == (4, 4)
    ingest(raw, tmp_path / "clean", config)
    assert fetched(urls[1], tmp_path / "copy") == content(tmp_path / "clean")
    assert verify(*urls, config) == []
    assert ingest(*urls, config)[1] == []
    assert [file.name for file in (tmp_path / "state").rglob("*") if file.name.startswith(".spool")] == []


def test_what_changes_behind_a_url_is_read_and_what_moves_is_not(raw, urls, tmp_path):
    config = here(tmp_path)
    ingest(*urls, config)
    files, path = fsspec.core.url_to_fs(urls[0])
    files.mv(f"{path}/năm 1/kế hoạch 1.txt", f"{path}/một.txt")
    files.pipe_file(f"{path}/năm 1/kế hoạch 2.txt", LETTER.format(number=7, cited=1).encode())
    files.rm_file(f"{path}/năm 1/kế hoạch 3.txt")
    summary, read = ingest(*urls, config)
    assert (read, summary.renamed, summary.removed) == (["năm 1/kế hoạch 2.txt"], 1, 1)
    (raw / "năm 1" / "kế hoạch 1.txt").rename(raw / "một.txt")
    (raw / "năm 1" / "kế hoạch 2.txt").write_text(LETTER.format(number=7, cited=1), "utf-8")
    (raw / "năm 1" / "kế hoạch 3.txt").unlink()
    ingest(raw, tmp_path / "clean", config)
    ingest(*urls, config, prune=True)
    (found, rows), (wanted, its_rows) = fetched(urls[1], tmp_path / "copy"), content(tmp_path / "clean")
    assert found == wanted
    assert [row | {"moved_from": None} for row in rows] == its_rows


def test_another_machine_goes_on_where_one_stopped(urls, tmp_path):
    ingest(*urls, here(tmp_path))
    assert ingest(*urls, here(tmp_path, "elsewhere"))[1] == []
    files, path = fsspec.core.url_to_fs(urls[0])
    files.pipe_file(f"{path}/mới.txt", LETTER.format(number=9, cited=1).encode())
    assert ingest(*urls, here(tmp_path, "elsewhere"))[1] == ["mới.txt"]
    assert ingest(*urls, here(tmp_path))[1] == []


def test_lost_documents_behind_a_url_are_made_again(urls, tmp_path):
    config = here(tmp_path)
    ingest(*urls, config)
    before = fetched(urls[1], tmp_path / "before")
    files, path = fsspec.core.url_to_fs(urls[1])
    files.rm_file(f"{path}/năm 1/kế hoạch 1.txt.json")
    shutil.rmtree(tmp_path / "state")
    files.rm_file(f"{path}/.ingest.sqlite")
    assert len(ingest(*urls, config)[1]) == 4
    assert fetched(urls[1], tmp_path / "after") == before


def test_a_store_that_refuses_ends_the_run(urls, tmp_path, monkeypatch):
    def refuse(self, name, data):
        raise PermissionError(13, "Access Denied")

    monkeypatch.setattr(DocumentUrl, "write", refuse)
    with pytest.raises(OutputNotWritable, match="Access Denied"):
        ingest(*urls, here(tmp_path))


def test_a_store_that_does_not_answer_is_said_in_words_of_ours(urls, tmp_path, monkeypatch):
    class EndpointError(Exception):
        """As stores have them: no `OSError`."""

    def silent(*arguments, **options):
        raise EndpointError("no answer")

    files, _ = fsspec.core.url_to_fs(urls[0])
    ingest(*urls, here(tmp_path))
    monkeypatch.setattr(files, "find", silent)
    with pytest.raises(StoreUnavailable, match="no answer"):
        ingest(*urls, here(tmp_path))
    monkeypatch.undo()
    monkeypatch.setattr(files, "cat_file", silent)
    with pytest.raises(SettingsError, match="no answer"):
        verify(*urls, here(tmp_path))
    monkeypatch.undo()
    monkeypatch.setattr(DocumentUrl, "_put", silent)
    with pytest.raises(OutputNotWritable, match="no answer"):
        ingest(*urls, here(tmp_path, "elsewhere-without-ledger"), prune=True)


def test_an_object_that_cannot_be_fetched_costs_its_own_line(urls, tmp_path, monkeypatch):
    fetch = RawUrl.fetch

    def broken(self, file, target):
        if file.path == "empty.pdf":
            raise ConnectionError("reset by peer")
        fetch(self, file, target)

    monkeypatch.setattr(RawUrl, "fetch", broken)
    config = here(tmp_path)
    summary, _ = ingest(*urls, config)
    assert {row.path: row.error for row in summary.rows if row.error} == {"empty.pdf": "unreadable-file"}
    monkeypatch.undo()
    assert ingest(*urls, config)[1] == ["empty.pdf"]


def test_names_of_objects_lead_nowhere(tmp_path):
    files, path = fsspec.core.url_to_fs(f"memory://{tmp_path.name}-names/raw")
    for name in ("a/../../up.txt", ".hidden.txt", "x" * 300 + ".txt", "năm\\..\\y.txt"):
        files.store[f"{path}/{name}"] = files.open(f"{path}/tmp", "wb")
        files.pipe_file(f"{path}/tmp", b"")
        files.store[f"{path}/{name}"] = files.store.pop(f"{path}/tmp")
    found = RawUrl(f"memory://{tmp_path.name}-names/raw").files()
    assert sorted(file.path for file in found) == sorted(["x" * 300 + ".txt", "năm\\..\\y.txt"])
    summary, _ = ingest(f"memory://{tmp_path.name}-names/raw", tmp_path / "clean", here(tmp_path))
    assert {row.error for row in summary.rows} == {"empty-file"}
    files.rm(path, recursive=True)


def test_the_command_takes_urls_and_file_urls_are_local_folders(raw, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.toml").write_text(SETTINGS)
    (raw / "link.pdf").symlink_to("/etc/hostname")
    clean = tmp_path / "clean"
    assert main(["ingest", raw.as_uri(), clean.as_uri(), "--workers", "1"]) == ExitCode.SOME_FAILED
    assert {row["path"]: row["error"] for row in content(clean)[1] if row["error"]} == {
        "empty.pdf": "empty-file", "link.pdf": "not-a-file",
    }  # fmt: skip
    (raw / "link.pdf").unlink()
    store = f"local://{tmp_path}/store/clean"
    assert main(["ingest", str(raw), store, "--workers", "1"]) == ExitCode.SOME_FAILED
    assert main(["verify", str(raw), store]) == ExitCode.OK
    capsys.readouterr()
    assert main(["status", store]) == ExitCode.OK
    assert "behind         0 of 4" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["search", store, "kế hoạch"])
    assert "needs a local folder" in capsys.readouterr().err
    assert (
        json.loads((tmp_path / "store/clean/manifest.jsonl").read_text("utf-8").splitlines()[0])["path"] == "empty.pdf"
    )


def test_unknown_schemes_and_nested_urls_are_refused(tmp_path):
    config = here(tmp_path)
    for raw, clean in (("nothing://x", tmp_path / "c"), ("memory://x/raw", "memory://x/raw/clean")):
        with pytest.raises(SettingsError):
            ingest(place(raw) if isinstance(raw, str) else raw, clean, config)
