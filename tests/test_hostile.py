"""Files made to break a reader: each gets its line and its code, the others are read, nothing runs past its limits."""

import contextlib
import dataclasses
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import zlib
from pathlib import Path

import pikepdf
import pytest
from pdfminer.pdfinterp import PDFContentParser
from pdfminer.pdftypes import PDFStream
from pdfminer.psexceptions import PSEOF
from pdfminer.psparser import LIT
from PIL import Image, ImageDraw

from pipeline import ingest as road
from pipeline.audit import verify
from pipeline.config import Config, LimitsConfig, OcrConfig, RepairConfig, RunConfig, SegmentConfig
from pipeline.errors import BrokenPdf
from pipeline.extract import objects
from pipeline.raw import output_name, walk
from pipeline.workers import run_in_children
from pipeline.write import replace_file
from tests.hostile_files import FILES, FONT, MARK, page_of, pdf

LIMITS = LimitsConfig(pages=500, seconds=300, cpu_seconds=90, memory_mib=1_500, output_mib=16)
CONFIG = Config(
    limits=LIMITS, run=RunConfig(2), segment=SegmentConfig(words=False), repair=RepairConfig(suggestions=False),
    ocr=OcrConfig(max_pixels=4_000_000, seconds_per_page=20),
)  # fmt: skip
ANSWERS = """#!/bin/sh
case $1 in --version) echo tesseract 5.3.0;; --list-langs) echo List; echo vie;;
"""
NAMES = [
    "x\\..\\..\\y.txt", "CON.txt", "a:b?.txt", "tab\tnew\nline.txt", "=cmd|' ! A0.txt", "KẾ.txt", "kế.txt", "<b>.txt", "x" * 251 + ".txt",
    "kế".encode().decode() * 55 + ".txt", "ke\u0302\u0301 hoach.txt", "kế hoach.txt", "manifest.jsonl", "dot.txt.json", "end.",
]  # fmt: skip


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    raw, clean = tmp_path_factory.mktemp("hostile") / "raw", tmp_path_factory.mktemp("clean")
    raw.mkdir()
    for name, hostile in FILES.items():
        (raw / name).write_bytes(hostile.make())
    (raw / "link.pdf").symlink_to("/etc/hostname")
    (raw / "folder link").symlink_to("/etc")
    os.mkfifo(raw / "pipe.pdf")
    run(raw, clean)
    lines = (clean / "manifest.jsonl").read_text("utf-8").splitlines()
    return raw, clean, {(row := json.loads(line))["path"]: row for line in lines}


def run(raw, clean, config=CONFIG):
    road.ingest(raw, clean, config, lambda files, done: run_in_children(raw, clean, config, files, done),
                lambda todo, done: None, lambda outcome: None)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_its_code_and_what_can_be_read_is_read(read, name):
    hostile, row = FILES[name], read[2][name]
    assert row["error"] in hostile.codes, row["message"]
    if hostile.text is not None:
        assert json.loads((read[1] / row["output"]).read_text("utf-8"))["text"].strip() == hostile.text


@pytest.mark.parametrize("name", ["bomb.pdf", "laughs.pdf", "filter 9.pdf", "cut.pdf"])
def test_a_page_that_is_given_up_is_shown_to_a_person(read, name):
    document = json.loads((read[1] / f"{name}.json").read_text("utf-8"))
    assert "unreadable-page" in document["quality"]["reasons"]
    assert "unreadable-page" in {page["reason"] for page in document["pages"]}


def test_nothing_is_missing_or_doubled_and_everything_holds(read):
    raw, clean, rows = read
    assert sorted(rows) == sorted([*FILES, "link.pdf", "folder link", "pipe.pdf"])
    assert {rows[name]["error"] for name in ("link.pdf", "folder link", "pipe.pdf")} == {"not-a-file"}
    assert verify(raw, clean) == []


def test_attachments_are_listed_and_scripts_are_not_run(read):
    document = json.loads((read[1] / "script.pdf.json").read_text("utf-8"))
    assert document["text"].strip() == MARK
    assert "../../etc/passwd.txt" in json.dumps(document)
    assert not (read[1].parent.parent / "etc").exists()


def test_names_stay_in_the_folder_and_apart(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    for name in NAMES:
        (raw / name).write_text(f"Tên tệp {name!r}", "utf-8")
    (raw / "dot.txt").write_text("x", "utf-8")
    for folder in ("manifest.jsonl ", "dot.txt.json.d", "NUL", "Dot.TXT.json"):
        (raw / folder).mkdir()
        (raw / folder / "x.txt").write_text(folder, "utf-8")
    with open(os.fsencode(raw) + b"/undecodable\xff.txt", "wb") as file:  # noqa: PTH123
        file.write(b"bytes")
    run(raw, clean)
    rows = [json.loads(line) for line in (clean / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == len(NAMES) + 6
    assert verify(raw, clean) == []
    outputs = [row["output"] for row in rows if row["output"]]
    assert len({name.casefold() for name in outputs}) == len(outputs) == len(rows) - 3
    assert {row["path"] for row in rows if row["error"]} == {"manifest.jsonl", "end.", "dot.txt.json"}
    assert all((clean / name).resolve().is_relative_to(clean) and (clean / name).is_file() for name in outputs)
    assert r"undecodable\xff.txt" in {row["path"] for row in rows}
    again = []
    road.ingest(raw, clean, CONFIG, lambda files, done: again.extend(files), lambda todo, done: None, lambda o: None)
    assert again == []


def test_names_from_elsewhere_cannot_lead_out():
    for path in ("../../x.pdf", "..\\..\\x.pdf", "a/../../b.pdf", "nul\0byte.pdf", "C:\\x.pdf"):
        parts = output_name(path).split("/")
        assert not {"..", ".", ""} & set(parts) and not set("\\\0:") & set(output_name(path))


def test_a_folder_that_cannot_be_listed_is_not_taken_for_removed(tmp_path, monkeypatch):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    (raw / "a").mkdir(parents=True)
    (raw / "a" / "x.txt").write_text("x")
    (raw / "y.txt").write_text("y")
    run(raw, clean)
    scandir = os.scandir

    def refuse(folder):
        if Path(folder).name == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [(file.path, file.regular) for file in walk(raw)] == [("a", False), ("y.txt", True)]
    road.ingest(raw, clean, CONFIG, lambda files, done: [done(road.process(raw, clean, f, CONFIG)) for f in files],
                lambda todo, done: None, lambda outcome: None, prune=True)  # fmt: skip
    rows = {(row := json.loads(line))["path"]: row for line in (clean / "manifest.jsonl").read_text().splitlines()}
    assert {path: row["error"] for path, row in rows.items()} == {
        "a": "unreadable-file",
        "a/x.txt": None,
        "y.txt": None,
    }
    assert (clean / "a/x.txt.json").is_file()


def outcomes_with(tmp_path, limits, **files):
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, data in files.items():
        (raw / f"{name}.pdf").write_bytes(data)
    found = {}
    config = dataclasses.replace(CONFIG, limits=limits, run=RunConfig(1))
    (tmp_path / "clean").mkdir()
    run_in_children(raw, tmp_path / "clean", config, walk(raw), lambda outcome: found.update({outcome.path: outcome}))
    return found


def test_a_document_past_its_time_is_killed_and_the_others_are_read(tmp_path):
    slow = page_of(b"q Q " * 2_400_000, FONT)
    found = outcomes_with(tmp_path, dataclasses.replace(LIMITS, cpu_seconds=3), a=slow, b=pdf(), c=pdf(2))
    assert {path: o.error for path, o in found.items()} == {"a.pdf": "time-limit", "b.pdf": None, "c.pdf": None}
    assert found["a.pdf"].sha256
    (tmp_path / "other").mkdir()
    found = outcomes_with(tmp_path / "other", dataclasses.replace(LIMITS, seconds=4), a=slow)
    assert found["a.pdf"].error == "time-limit"


def test_what_never_ends_is_cut_off_and_the_clock_stops():
    with pytest.raises(objects.TooLong), objects.within(0.05):
        while True:
            with contextlib.suppress(Exception):
                sum(range(1_000))
    with objects.within(0.05):
        pass
    sum(range(20_000_000))


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "CPU_SECONDS", 0.5)

    def first_is_endless(made, page):
        page.Contents = pikepdf.Stream(made, b"q Q " * 1_000_000)

    (tmp_path / "x.pdf").write_bytes(pdf(2, change=first_is_endless))
    document = road.read_document(tmp_path / "x.pdf", CONFIG)
    assert [page.reason for page in document.pages] == ["unreadable-page", "text-layer"]
    assert document.text.strip() == MARK
    assert "unreadable-page" in document.quality.reasons


def test_a_structure_that_takes_too_long_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "CPU_SECONDS", 0.001)
    (tmp_path / "x.pdf").write_bytes(pdf(4_000))
    with pytest.raises(BrokenPdf, match="leads on and on"):
        road.read_document(tmp_path / "x.pdf", CONFIG)


@pytest.mark.parametrize("letters", [10, 2_000_000])
def test_damaged_zlib_data_are_read_as_far_as_they_go(letters):
    chance = random.Random(1)
    data = "".join(chance.choices("abcdefgh ", k=letters)).encode()
    packed = zlib.compress(data)
    for part in (packed, packed[:-4], packed[:-2] + b"xx", packed + b"more"):
        assert objects.inflated(part) == (data, False)
    found, _ = objects.inflated(packed[: len(packed) // 2])
    assert data.startswith(found)
    assert objects.inflated(b"no zlib") == (b"", True)
    if letters > 10:
        at = len(packed) // 2
        found, _ = objects.inflated(packed[:at] + b"\xff" * 1_000 + packed[at + 1_000 :])
        assert found[:at] == data[:at]


@pytest.mark.parametrize("name", ["LZWDecode", "RunLengthDecode", "ASCII85Decode"])
def test_filters_give_what_pdfminer_gives(name):
    packed = {
        "LZWDecode": bytes.fromhex("800b6050220c0c8501"), "RunLengthDecode": b"\x02abc\xfed\x80", "ASCII85Decode": b"87cURDZ~>",
    }[name]  # fmt: skip
    attributes = {"Filter": LIT(name)}
    ours = objects.Stream(dict(attributes), packed).get_data()
    assert ours == PDFStream(dict(attributes), packed).get_data()
    assert len(ours) > 4


def test_an_inline_image_ends_where_pdfminer_ends_it():
    content = b"q BI /W 1 /H 1 ID EEI xE EI1EI\nQ BT ET"

    def tokens(kind):
        stream = PDFStream({}, content)
        parser, found = kind([stream]), []
        with contextlib.suppress(PSEOF):
            while True:
                token = parser.nextobject()[1]
                found.append(token.get_data() if isinstance(token, PDFStream) else repr(token))
        return found

    assert tokens(objects.Content) == tokens(PDFContentParser)
    assert b"EEI xE EI1"[:1] in tokens(objects.Content)[1]


def test_ranges_of_maps_and_widths_are_bounded():
    whole = objects.unicode_map(b"1 beginbfrange <0000> <FFFF> <0000> endbfrange 1 beginbfchar <41> <0042> endbfchar")
    assert len(whole.cid2unichr) == 0x10000
    assert whole.cid2unichr[0x41] == "B"
    many = objects.unicode_map(b"2 beginbfrange <0000> <FFFFFF> <0041> <05> <06> <0043> endbfrange")
    assert many.cid2unichr == {0: "A", 5: "C", 6: "D"}
    assert objects.bounded([0, 10**9, 500, 7, [1, 2], 3, 4, 5], 3) == [0, 0, 500, 7, [1, 2], 3, 4, 5]


def test_a_json_too_large_is_an_outcome(tmp_path):
    many = b"BT /F1 12 Tf 72 800 Td " + b"(Trang mot hai ba bon) Tj 0 -14 Td " * 50 + b"ET"
    found = outcomes_with(tmp_path, dataclasses.replace(LIMITS, output_mib=1), a=pdf(300, many), b=pdf())
    errors = {path: o.error for path, o in found.items()}
    assert errors == {"a.pdf": "output-limit", "b.pdf": None}, found["a.pdf"].message
    assert [file.name for file in (tmp_path / "clean").rglob("*")] == ["b.pdf.json"]


def test_raised_limits_make_it_read_again(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    (raw / "x.pdf").write_bytes(pdf(3))
    few = dataclasses.replace(CONFIG, limits=dataclasses.replace(LIMITS, pages=2))
    for config, error in ((few, "too-many-pages"), (CONFIG, None)):
        run(raw, clean, config)
        assert json.loads((clean / "manifest.jsonl").read_text())["error"] == error


def test_a_confined_process_has_no_network_and_neither_have_its_children():
    code = (
        "import socket, subprocess, sys, os\n"
        "from pipeline.config import LimitsConfig\nfrom pipeline.confine import confine\n"
        "confine(LimitsConfig(), os.getppid())\n"
        "socket.socket(socket.AF_UNIX).close()\n"
        "try:\n    socket.socket(socket.AF_INET)\nexcept PermissionError: print('refused')\n"
        "try:\n    socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)\nexcept OSError: print('refused')\n"
        "subprocess.run([sys.executable, '-c', 'import socket; socket.socket(socket.AF_INET6)'], stderr=2)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run([sys.executable, "-c", code, port], capture_output=True, text=True, check=True)
    if "refused" not in done.stdout:
        pytest.skip("no seccomp filter on this machine")
    assert done.stdout == "refused\nrefused\n"
    assert "PermissionError" in done.stderr


def test_a_file_larger_than_memory_is_not_even_hashed(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    for name in ("x.pdf", "y.png", "z.txt"):
        with (raw / name).open("wb") as file:
            file.truncate(4 << 40)  # takes no room on the disk
    for _ in range(2):
        run(raw, clean)
        rows = [json.loads(line) for line in (clean / "manifest.jsonl").read_text("utf-8").splitlines()]
        assert [(row["error"], row["sha256"]) for row in rows] == [("file-too-large", None)] * 3
    raised = dataclasses.replace(CONFIG, limits=dataclasses.replace(LIMITS, memory_mib=1_600))
    read = []
    road.ingest(
        raw, clean, raised, lambda files, done: read.extend(files), lambda todo, done: None, lambda outcome: None
    )
    assert len(read) == 3


def test_a_folder_that_became_a_link_after_the_walk_is_not_followed(tmp_path):
    raw, clean, secret = tmp_path / "raw", tmp_path / "clean", tmp_path / "secret"
    (raw / "a" / "b").mkdir(parents=True)
    (raw / "a" / "b" / "x.txt").write_text("x")
    (raw / "c").mkdir()
    (raw / "c" / "x.txt").write_text("x")
    (secret / "b").mkdir(parents=True)
    (secret / "b" / "x.txt").write_text("secret")

    def swap(files, done):
        shutil.rmtree(raw / "a")
        (raw / "a").symlink_to(secret)
        (raw / "c" / "x.txt").unlink()
        (raw / "c" / "x.txt").symlink_to(secret / "b" / "x.txt")
        run_in_children(raw, clean, CONFIG, files, done)

    road.ingest(raw, clean, CONFIG, swap, lambda todo, done: None, lambda outcome: None)
    rows = [json.loads(line) for line in (clean / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert [(row["path"], row["error"]) for row in rows] == [("a/b/x.txt", "not-a-file"), ("c/x.txt", "not-a-file")]
    assert not list(clean.rglob("*.json"))


def test_a_path_too_long_for_the_clean_folder_costs_its_own_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw, clean = Path("r"), Path("c" * 200)
    (raw / "short").mkdir(parents=True)
    (raw / "short" / "x.txt").write_text("x")
    run(raw, clean)
    deep = raw.joinpath(*["d" * 199] * 20)
    deep.mkdir(parents=True)
    (raw / "short" / "x.txt").rename(deep / "x.txt")
    (deep / "y.txt").write_text("y")
    (raw / "short" / "z.txt").write_text("z")
    run(raw, clean)
    rows = [json.loads(line) for line in (clean / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert sorted(row["error"] or row["status"] for row in rows if "short/x" not in row["path"]) == [
        "clean", "path-too-long", "path-too-long",
    ]  # fmt: skip


def test_the_clean_folder_may_not_lie_in_the_raw_one(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    from pipeline.errors import SettingsError

    for clean in (tmp_path, tmp_path / "clean"):
        with pytest.raises(SettingsError):
            run(tmp_path, clean)


@pytest.mark.parametrize("name", ["a" * 250, "ế" * 80, "a" + "ế" * 83, "\udcff" * 120])
def test_a_file_of_the_longest_name_is_replaced(tmp_path, name):
    replace_file(tmp_path / name, b"old")
    replace_file(tmp_path / name, b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(name, b"new")]


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (None, "ocr-unavailable"),
        ("#!/bin/sh\nexit 3\n", "ocr-unavailable"),
        ("#!/bin/sh\ncase $1 in --version) echo tesseract 5.3.0;; --list-langs) echo List; echo eng;; esac\n",
         "ocr-unavailable"),
        (ANSWERS + "*) sleep 60;; esac\n", "ocr-timeout"),
        (ANSWERS + "*) kill -9 $$;; esac\n", "ocr-failed"),
        (ANSWERS + "*) echo broken >&2; exit 1;; esac\n", "ocr-failed"),
    ],
    ids=["missing", "does not start", "no language", "hangs", "killed", "fails"],
)  # fmt: skip
def test_a_scan_whose_engine_fails_has_its_code(tmp_path, program, code):
    raw, clean, programs = tmp_path / "raw", tmp_path / "clean", tmp_path / "bin"
    raw.mkdir(), programs.mkdir()
    if program:
        (programs / "tesseract").write_text(program)
        (programs / "tesseract").chmod(0o755)
    for tool in ("sh", "sleep", "uname"):
        (programs / tool).symlink_to(shutil.which(tool))
    scan = Image.new("L", (800, 400), 255)
    ImageDraw.Draw(scan).text((40, 40), "Cong hoa xa hoi chu nghia", fill=0, font_size=40)
    scan.save(raw / "scan.png")
    (raw / "text.pdf").write_bytes(pdf())
    (tmp_path / "settings.toml").write_text("[ocr]\nseconds_per_page = 1\n[segment]\nwords = false\n")
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "ingest",
        "--settings",
        str(tmp_path / "settings.toml"),
        str(raw),
        str(clean),
    ]
    done = subprocess.run(
        command, env={**os.environ, "PATH": str(programs)}, capture_output=True, text=True, timeout=300
    )
    rows = {(row := json.loads(line))["path"]: row for line in (clean / "manifest.jsonl").read_text().splitlines()}
    assert {path: row["error"] for path, row in rows.items()} == {"scan.png": code, "text.pdf": None}, done.stderr
    assert done.returncode == 1
