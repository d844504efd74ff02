"""Whatever kills a run, the next one ends with the files and bytes of an undisturbed run.

PIPELINE_KILLS=50 kills fifty times; six without it. Texts, PDFs, scans (where Tesseract is there), broken files, and a
person's correction.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import corrections
from pipeline.errors import ExitCode
from tests.generator import build, fonts_missing, scans

ROOT = Path(__file__).resolve().parent.parent
KILLS = int(os.environ.get("PIPELINE_KILLS", "6"))
KILLS_A_FOLDER = 5
SETTINGS = "[repair]\nsuggestions = false\n[segment]\nwords = false\n[limits]\nmemory_mib = 3000\nseconds = 300\n"
LETTER = """SỞ NỘI VỤ
Số: {number}/KH-SNV

KẾ HOẠCH
Công tác lưu trữ

Thực hiện Kế hoạch số {cited}/KH-SNV ngày 02/3/2023 của Sở Nội vụ, Sở xây dựng kế hoạch như sau:
I. MỤC ĐÍCH
Đoạn thứ {number}.
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A raw folder, settings, and the clean folder of an undisturbed run."""
    base = tmp_path_factory.mktemp("archive")
    raw = base / "raw"
    for number in range(1, 25):
        folder = raw / f"năm {number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"kế hoạch {number}.txt").write_text(LETTER.format(number=number, cited=number % 24 + 1), "utf-8")
    if not fonts_missing():
        for at, damage in enumerate(["tcvn3", "clean-type0"]):
            (raw / f"{at}.pdf").write_bytes(build(LETTER.format(number=at, cited=3), damage).pdf)
        if shutil.which("tesseract"):
            paper = build(LETTER.format(number=30, cited=4)).pdf
            (raw / "scan.pdf").write_bytes(scans.scan(paper, scans.Scan(dpi=150, skew=0.0)))
            scans.render(paper, 150)[0].crop((0, 0, 1_240, 700)).save(raw / "năm 1" / "scan.png")
    letter = raw / "năm 1" / "kế hoạch 1.txt"
    text, sha256 = letter.read_text("utf-8"), hashlib.sha256(letter.read_bytes()).hexdigest()
    at = text.index("Đoạn")
    corrections.append(base / "corrections", corrections.decide(text, sha256, "An", "type", (at, at + 4), "Đoàn"))
    (raw / "empty.pdf").write_bytes(b"")
    (raw / "no.pdf").write_bytes(b"nothing")
    settings = base / "settings.toml"
    settings.write_text(SETTINGS)
    start(raw, base / "clean", settings).communicate()
    assert "Đoàn thứ 1." in (base / "clean" / "năm 1" / "kế hoạch 1.txt.json").read_text("utf-8")
    return raw, settings, base / "clean"


def start(raw, clean, settings, *, workers=2, **environment):
    """An ingest of its own, with the corrections beside the raw folder laid beside the clean one.

    It heeds Ctrl-C also where the tests run in the background and so do not.
    """
    decided, wanted = raw.parent / "corrections", corrections.folder_of(clean)
    if decided.is_dir() and decided != wanted:
        shutil.copytree(decided, wanted, dirs_exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "ingest", str(raw), str(clean), "--settings", str(settings),
         "--workers", str(workers)],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | environment, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def content(clean):
    """Every file but the hidden ones, by name; the manifest without its times."""
    found = {
        file.relative_to(clean).as_posix(): file.read_bytes()
        for file in clean.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(clean).parts)
    }
    rows = [json.loads(line) for line in found.pop("manifest.jsonl").splitlines()]
    return found, [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def living(group):
    """The processes of a group; not those that have ended and wait for somebody to take note."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group, *_ = place.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(place.parent.name))
    return found


def kill_somewhere(process, chance, files):
    """Kill -9 the run, or its parent alone, before or after a random number of its documents."""
    after = chance.randint(0, files)
    if after == 0:
        time.sleep(chance.uniform(0, 2))
    for _ in range(after and after + 1):
        if not process.stderr.readline():
            break
    time.sleep(chance.uniform(0, 0.1))
    try:
        if chance.random() < 0.3:
            os.kill(process.pid, signal.SIGKILL)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.communicate()
    return process.returncode == -signal.SIGKILL


@pytest.mark.timeout(3_600)
def test_kill_9_at_random_moments_costs_nothing(archive, tmp_path):
    raw, settings, undisturbed = archive
    chance, killed, folder = random.Random(6), 0, 0
    wanted = content(undisturbed)
    assert len(wanted[0]) >= 24
    while killed < KILLS:
        clean = tmp_path / str(folder)
        folder += 1
        for _ in range(min(KILLS_A_FOLDER, KILLS - killed)):
            killed += kill_somewhere(start(raw, clean, settings), chance, 12)
        process = start(raw, clean, settings)
        _, errors = process.communicate()
        assert process.returncode == ExitCode.SOME_FAILED, errors
        assert content(clean) == wanted
        assert [file for file in clean.rglob("*") if file.name.endswith(".part")] == []
    print(f"{killed} kills, {folder} folders")


def test_the_bytes_depend_on_no_number_of_workers_and_no_hash_seed(archive, tmp_path):
    raw, settings, undisturbed = archive
    start(raw, tmp_path / "one", settings, workers=1, PYTHONHASHSEED="1").communicate()
    start(raw, tmp_path / "two", settings, workers=2, PYTHONHASHSEED="2").communicate()
    assert content(tmp_path / "one") == content(tmp_path / "two") == content(undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_with_130_keeps_what_is_done_and_leaves_nobody_behind(archive, tmp_path, number):
    raw, settings, undisturbed = archive
    process = start(raw, tmp_path, settings)
    for _ in range(3):
        process.stderr.readline()
    os.killpg(process.pid, number) if number == signal.SIGINT else os.kill(process.pid, number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "Traceback" not in errors
    deadline = time.monotonic() + 20
    while living(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert living(process.pid) == []
    assert len((tmp_path / "manifest.jsonl").read_text("utf-8").splitlines()) >= 2
    start(raw, tmp_path, settings).communicate()
    assert content(tmp_path) == content(undisturbed)


def test_of_two_ingests_at_once_the_second_says_so_and_leaves(archive, tmp_path):
    raw, settings, undisturbed = archive
    first = start(raw, tmp_path, settings)
    first.stderr.readline()
    second = start(raw, tmp_path, settings)
    _, errors = second.communicate()
    assert (second.returncode, "[folder-in-use]" in errors) == (ExitCode.USAGE, True)
    first.communicate()
    assert content(tmp_path) == content(undisturbed)


def test_a_full_disk_is_said_and_the_rerun_completes(archive, tmp_path):
    raw, settings, undisturbed = archive
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "small", str(tmp_path)],
                                           capture_output=True).returncode != 0:  # fmt: skip
        pytest.skip("a small disk can only be mounted by root")
    try:
        process = start(raw, tmp_path, settings)
        _, errors = process.communicate()
        assert process.returncode == ExitCode.USAGE, errors
        assert "[output-not-writable]" in errors
        assert "No space left" in errors or "full" in errors
        for file in tmp_path.rglob("*.json"):
            json.loads(file.read_bytes())
        subprocess.run(["mount", "-o", "remount,size=50m", str(tmp_path)], check=True)
        process = start(raw, tmp_path, settings)
        _, errors = process.communicate()
        assert process.returncode == ExitCode.SOME_FAILED, errors
        assert content(tmp_path) == content(undisturbed)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_lost_pieces_of_the_clean_folder_are_made_again(archive, tmp_path):
    raw, settings, undisturbed = archive
    clean = tmp_path / "clean"
    shutil.copytree(undisturbed, clean)
    shutil.rmtree(clean / "năm 1")
    (clean / ".ingest.sqlite").write_bytes(b"no database" * 500)
    (clean / ".citations.sqlite").write_bytes(b"no database" * 500)
    (clean / "manifest.jsonl").unlink()
    start(raw, clean, settings).communicate()
    assert content(clean) == content(undisturbed)
