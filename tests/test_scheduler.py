"""Two workers of a Dask scheduler on this machine, one killed in the middle: nothing is lost or doubled."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from pipeline.__main__ import main
from pipeline.errors import ExitCode
from tests.test_durability import ROOT, SETTINGS, content, start

pytest.importorskip("distributed")
DOCUMENTS = 24


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler, and its two workers."""
    file = tmp_path / "scheduler.json"
    processes = []

    def dask(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "30s"},
        )  # fmt: skip
        processes.append(process)
        return process

    dask("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
         "--scheduler-file", str(file))  # fmt: skip
    deadline = time.monotonic() + 60
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    address = json.loads(file.read_text())["address"]
    workers = [
        dask("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard",
             "--local-directory", str(tmp_path / f"worker{number}"))
        for number in (1, 2)
    ]  # fmt: skip
    yield address, workers
    for process in processes:
        process.kill()
        process.wait()


def test_a_killed_worker_costs_nothing(cluster, tmp_path):
    address, workers = cluster
    raw, settings = tmp_path / "raw", tmp_path / "settings.toml"
    raw.mkdir()
    settings.write_text(SETTINGS)
    for number in range(DOCUMENTS):
        (raw / f"{number}.txt").write_text(
            f"KẾ HOẠCH\nsố {number}\nThực hiện Quyết định số {number}/QĐ-UBND.\n", "utf-8"
        )
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "ingest", str(raw), str(tmp_path / "clean"), "--settings", str(settings),
         "--scheduler", address],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seen = [process.stderr.readline() for _ in range(6)]
    os.kill(workers[0].pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == ExitCode.OK, "".join(seen) + errors
    _, rows = content(tmp_path / "clean")
    assert sorted(row["path"] for row in rows) == sorted(f"{number}.txt" for number in range(DOCUMENTS))
    log = [json.loads(line) for line in (tmp_path / "clean" / ".ingest.log").read_text("utf-8").splitlines()]
    assert sum(line["event"] == "document" for line in log) == DOCUMENTS
    start(raw, tmp_path / "here", settings).communicate()
    assert content(tmp_path / "clean") == content(tmp_path / "here")


def test_no_scheduler_is_a_usage_error(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("pipeline.scheduler._SECONDS_TO_CONNECT", 1)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "x.txt").write_text("x")
    arguments = ["ingest", str(tmp_path / "raw"), str(tmp_path / "clean"), "--scheduler", "tcp://127.0.0.1:9"]
    assert main(arguments) == ExitCode.USAGE
    assert "no Dask scheduler answers" in capsys.readouterr().err


def test_without_dask_a_tool_is_missing(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "x.txt").write_text("x")
    arguments = ["ingest", str(tmp_path / "raw"), str(tmp_path / "clean"), "--scheduler", "tcp://127.0.0.1:9"]
    assert main(arguments) == ExitCode.TOOL_MISSING
    assert "[tool-missing]" in capsys.readouterr().err
