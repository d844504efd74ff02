"""An object store that speaks S3, on this machine: a whole archive's life through the command line.

It needs s3fs and moto with its server, which are not among the packages of `make test` (80 MB, and an older
python-dateutil): `uv pip install s3fs 'moto[s3]' flask flask-cors` in an environment of its own, then
`python -m pytest tests/test_s3.py`. Skipped without.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

import pytest

from pipeline.errors import ExitCode
from tests.test_durability import LETTER, ROOT, SETTINGS, content

pytest.importorskip("s3fs")
pytest.importorskip("moto")
import s3fs

RAW, CLEAN = "s3://archive/raw", "s3://archive/clean"
NAMES = [
    "kế hoạch 1.txt",
    "năm 2023/kế hoạch 2.txt",
    "năm 2023/a b+c%20d&e=f.txt",
    "x#y?.txt",
    *(f"{n}.txt" for n in range(20)),
]


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A file system of an empty store with one bucket; commands find it by the usual variables."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name, value in {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                        "AWS_DEFAULT_REGION": "us-east-1"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.2)
    files = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    files.mkdir("archive")
    for number, name in enumerate(NAMES):
        files.pipe_file(f"archive/raw/{name}", LETTER.format(number=number, cited=3).encode())
    files.pipe_file("archive/raw/empty.pdf", b"")
    files.pipe_file("archive/raw/folder/", b"")
    yield files
    server.kill()
    server.wait()


def start(tmp_path, *command):
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS + f'[run]\nstate = "{tmp_path}/state"\n')
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command, "--settings", str(settings)], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(tmp_path, *command):
    process = start(tmp_path, *command)
    out, errors = process.communicate(timeout=250)
    return process.returncode, out, errors


def copied(files, folder):
    for name in files.find("archive/clean"):
        target = folder / name.removeprefix("archive/clean/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files.cat_file(name))
    return content(folder)


def local(tmp_path, files):
    """What a run over a folder with the same files gives."""
    for name in files.find("archive/raw"):
        if name.endswith("/"):
            continue
        target = tmp_path / "here" / "raw" / name.removeprefix("archive/raw/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files.cat_file(name))
    assert (
        run(tmp_path, "ingest", str(tmp_path / "here" / "raw"), str(tmp_path / "here" / "clean"))[0]
        == ExitCode.SOME_FAILED
    )
    return content(tmp_path / "here" / "clean")


def test_an_archive_in_a_store_that_speaks_s3(store, tmp_path):
    code, _, errors = run(tmp_path, "ingest", RAW, CLEAN, "--workers", "2")
    assert code == ExitCode.SOME_FAILED, errors
    assert copied(store, tmp_path / "first") == local(tmp_path, store)
    code, out, errors = run(tmp_path, "status", CLEAN)
    assert (code, f"behind         0 of {len(NAMES) + 1}" in out) == (ExitCode.OK, True), out + errors
    assert run(tmp_path, "verify", RAW, CLEAN)[0] == ExitCode.OK
    before = {name: info["LastModified"] for name, info in store.find("archive/clean", detail=True).items()}
    code, out, errors = run(tmp_path, "ingest", RAW, CLEAN)
    assert "documents to read" not in errors, out + errors
    after = {name: info["LastModified"] for name, info in store.find("archive/clean", detail=True).items()}
    assert {name for name in before if before[name] != after[name]} <= {"archive/clean/.ingest.sqlite"}


def test_what_changes_in_the_store(store, tmp_path):
    run(tmp_path, "ingest", RAW, CLEAN)
    store.pipe_file("archive/raw/1.txt", LETTER.format(number=77, cited=3).encode())
    store.mv("archive/raw/2.txt", "archive/raw/năm 2024/hai.txt")
    store.rm("archive/raw/3.txt")
    assert run(tmp_path, "verify", RAW, CLEAN)[0] == ExitCode.SOME_FAILED
    code, _, errors = run(tmp_path, "ingest", RAW, CLEAN)
    assert code == ExitCode.SOME_FAILED, errors
    _, rows = copied(store, tmp_path / "second")
    found = {row["path"]: row for row in rows}
    assert "2.txt" not in found
    assert found["năm 2024/hai.txt"]["moved_from"] == "2.txt"
    assert found["3.txt"]["status"] == "removed"
    assert "Đoạn thứ 77" in json.loads(store.cat_file("archive/clean/1.txt.json"))["text"]
    assert run(tmp_path, "ingest", RAW, CLEAN, "--prune")[0] == ExitCode.SOME_FAILED
    documents, rows = copied(store, tmp_path / "third")
    wanted, its_rows = local(tmp_path, store)
    assert {name: data for name, data in documents.items() if name in wanted} == wanted
    assert [row | {"moved_from": None} for row in rows] == its_rows
    assert not store.exists("archive/clean/3.txt.json")
    assert run(tmp_path, "verify", RAW, CLEAN)[0] == ExitCode.OK


def test_kill_9_in_the_middle_and_a_lost_machine_cost_nothing(store, tmp_path):
    chance = random.Random(1)
    wanted = local(tmp_path, store)
    for _ in range(4):
        process = start(tmp_path, "ingest", RAW, CLEAN, "--workers", "2")
        for _ in range(chance.randint(1, 12)):
            process.stderr.readline()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    (tmp_path / "state").rename(tmp_path / "lost")  # another machine goes on, without the rows of the first
    assert run(tmp_path, "ingest", RAW, CLEAN)[0] == ExitCode.SOME_FAILED
    assert copied(store, tmp_path / "copy") == wanted
    assert store.call_s3("list_multipart_uploads", Bucket="archive").get("Uploads", []) == []
    assert run(tmp_path, "verify", RAW, CLEAN)[0] == ExitCode.OK


def test_a_store_that_is_gone_or_refuses_is_said_in_one_line(store, tmp_path, monkeypatch):
    for command in (("ingest", "s3://missing/raw", CLEAN), ("ingest", RAW, "s3://missing/clean"), ("verify", RAW, "s3://missing/c"),
                    ("status", "s3://missing/c")):  # fmt: skip
        code, _, errors = run(tmp_path, *command)
        assert (code, "Traceback" in errors) == (ExitCode.USAGE, False), (command, errors[-2000:])
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for command in (("ingest", RAW, CLEAN), ("status", CLEAN)):
        code, _, errors = run(tmp_path, *command)
        assert (code, "Traceback" in errors) == (ExitCode.USAGE, False), (command, errors[-2000:])
