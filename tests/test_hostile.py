"""Files made to break a reader: each gets its line and its code, the others are read, nothing runs past its limits."""

import dataclasses
import io
import json
import os
import socket
import subprocess
import sys
import zlib
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from pipeline import ingest as road
from pipeline.audit import verify
from pipeline.config import Config, LimitsConfig, OcrConfig, RepairConfig, RunConfig, SegmentConfig
from pipeline.raw import output_name, walk
from pipeline.workers import run_in_children

LIMITS = LimitsConfig(pages=500, seconds=60, cpu_seconds=60, memory_mib=1_500, output_mib=16)
CONFIG = Config(
    limits=LIMITS, run=RunConfig(2), segment=SegmentConfig(words=False), repair=RepairConfig(suggestions=False),
    ocr=OcrConfig(max_pixels=4_000_000, seconds_per_page=20),
)  # fmt: skip
TEXT = b"BT /F1 12 Tf 72 700 Td (Trang mot) Tj ET"


def pdf(pages=1, contents=TEXT, change=None, **save):
    made = pikepdf.new()
    font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for _ in range(pages):
        made.pages.append(pikepdf.Page(made.make_indirect(Dictionary(
            Type=Name.Page, MediaBox=[0, 0, 595, 842], Contents=Stream(made, contents),
            Resources=Dictionary(Font=Dictionary(F1=font)),
        ))))  # fmt: skip
    if change:
        change(made, made.pages[0].obj if pages else None)
    out = io.BytesIO()
    made.save(out, **save)
    return out.getvalue()


def handmade(*objects, root=1):
    """A PDF of these object bodies, as they stand."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer <</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start))


def flate(data, extra=b""):
    packed = zlib.compress(data, 9)
    return b"<</Length %d /Filter /FlateDecode %s>>\nstream\n" % (len(packed), extra) + packed + b"\nendstream"


def bomb():
    data = zlib.compress(b"q Q " * (300 << 18), 9)  # 300 MiB of operators that do nothing
    return handmade(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d /Filter[/FlateDecode/FlateDecode]>>\nstream\n" % len(zlib.compress(data, 9))
        + zlib.compress(data, 9) + b"\nendstream",
    )  # fmt: skip


def page_of(contents, resources=b""):
    return handmade(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<" + resources + b">>>>",
        flate(contents),
    )  # fmt: skip


def with_script(made, page):
    made.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.launchURL('http://example.com')")
    page.AA = Dictionary(O=Dictionary(S=Name.Launch, F="/bin/sh"))
    made.attachments["../../etc/passwd.txt"] = pikepdf.AttachedFileSpec(
        made, b"secret", filename="../../etc/passwd.txt"
    )


def with_font(**entries):
    def change(made, page):
        font = page.Resources.Font.F1
        for name, value in entries.items():
            font[f"/{name}"] = Stream(made, value) if isinstance(value, bytes) else value

    return change


def with_picture(width, height):
    def change(made, page):
        image = Stream(made, zlib.compress(b"\0" * 1_000), Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height,
                       BitsPerComponent=8, ColorSpace=Name.DeviceGray, Filter=Name.FlateDecode)  # fmt: skip
        page.Resources.XObject = Dictionary(Im0=image)
        page.Contents = Stream(made, b"q 595 0 0 842 0 0 cm /Im0 Do Q")

    return change


def with_itself(made, page):
    form = made.make_indirect(Stream(made, b"/X Do /X Do", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
    form.Resources = Dictionary(XObject=Dictionary(X=form))
    page.Resources.XObject = Dictionary(X=form)
    page.Contents = Stream(made, TEXT + b" /X Do")


RING = handmade(  # pdfminer follows these references for ever
    b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids 5 0 R/Count 4 0 R>>", b"null", b"5 0 R", b"4 0 R"
)
CMAP = (
    b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange %s endcmap end"
)
FILES = {
    "whole.pdf": (lambda: pdf(), None),
    "bomb.pdf": (bomb, {None, "memory-limit", "time-limit", "worker-died"}),
    "huge count.pdf": (lambda: handmade(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"), {"too-many-pages"}),
    "one page million times.pdf": (lambda: handmade(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[" + b"3 0 R " * 100_000 + b"]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"), {None, "too-many-pages", "time-limit"}),
    "tree without end.pdf": (lambda: handmade(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"), {"broken-pdf", "no-pages"}),
    "length in a ring.pdf": (lambda: handmade(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length 4 0 R>>\nstream\nBT ET\nendstream"), None),
    "deep arrays.pdf": (lambda: page_of(b"[" * 200_000 + b"]" * 200_000 + b" TJ"), None),
    "deep dictionaries.pdf": (lambda: handmade(
        b"<</Type/Catalog/Pages 2 0 R/A " + b"<</A " * 20_000 + b"1" + b">>" * 20_000 + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"),
        {None, "broken-pdf", "no-pages", "internal-error"}),
    "many states.pdf": (lambda: page_of(b"q " * 300_000), None),
    "form in itself.pdf": (lambda: pdf(change=with_itself), None),
    "huge image.pdf": (lambda: pdf(change=with_picture(60_000, 60_000)), {None, "image-too-large", "ocr-failed"}),
    "no size.pdf": (lambda: pdf(change=with_picture(0, -5)), None),
    "huge numbers.pdf": (lambda: page_of(b"BT /F1 1e308 Tf 1e308 0 0 1e308 1e308 -1e308 Tm (a) Tj ET " * 3), None),
    "huge box.pdf": (lambda: pdf(change=lambda made, page: page.__setattr__("MediaBox", Array([0, 0, 10**12, 10**12]))), None),
    "no box.pdf": (lambda: pdf(change=lambda made, page: page.__setattr__("MediaBox", Array([Name.a, 5]))),
                   {None, "broken-pdf", "no-pages", "internal-error"}),
    "map of everything.pdf": (lambda: pdf(change=with_font(
        ToUnicode=CMAP % b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange")), None),
    "map of nonsense.pdf": (lambda: pdf(change=with_font(
        ToUnicode=CMAP % b"9 beginbfchar <zz> <D800> <01> [ <0041 endbfchar << /a")), None),
    "map that uses itself.pdf": (lambda: pdf(change=with_font(Encoding=Name("/../../../../tmp/evil"), Subtype=Name.Type0)), None),
    "font of nonsense.pdf": (lambda: pdf(change=with_font(
        Subtype=Name.TrueType, FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=Name.X, Flags=-(2**31)),
        Widths=Name.none, FirstChar=10**9, LastChar=-1)), None),
    "script.pdf": (lambda: pdf(change=with_script), None),
    "cut.pdf": (lambda: pdf(20)[:1500], {None, "broken-pdf", "no-pages"}),
    "head only.pdf": (lambda: b"%PDF-1.7\n", {"broken-pdf", "no-pages"}),
    "owner password.pdf": (lambda: pdf(encryption=pikepdf.Encryption(owner="o", user="")), None),
    "password.pdf": (lambda: pdf(encryption=pikepdf.Encryption(owner="o", user="u")), {"encrypted-pdf"}),
    "no pages.pdf": (lambda: pdf(0), {"no-pages"}),
    "empty.pdf": (lambda: b"", {"empty-file"}),
    "text.pdf": (lambda: "Kế hoạch".encode(), {"not-a-pdf"}),
    "really.txt": (lambda: pdf(), None),
    "binary.txt": (lambda: bytes(range(256)), {"broken-text"}),
    "huge picture.png": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0\x08\0\0\0\0" + zlib.crc32(
        b"IHDR\0\1\0\0\0\1\0\0\x08\0\0\0\0").to_bytes(4, "big"), {"image-too-large", "broken-image"}),
    "cut.jpg": (lambda: b"\xff\xd8\xff\xe0\0\x10JFIF", {"broken-image"}),
    "program.exe": (lambda: b"MZ", {"unsupported-file"}),
}  # fmt: skip
SLOW = {"map of everything.pdf", "huge image.pdf", "many states.pdf", "no size.pdf"}
"""What takes long: on a busy machine their limit may come first."""
NAMES = [
    "x\\..\\..\\y.txt", "CON.txt", "a:b?.txt", "tab\tnew\nline.txt", "=cmd|' ! A0.txt", "KẾ.txt", "kế.txt", "<b>.txt", "x" * 251 + ".txt",
    "kế".encode().decode() * 55 + ".txt", "ke\u0302\u0301 hoach.txt", "kế hoach.txt", "manifest.jsonl", "dot.txt.json", "end.",
]  # fmt: skip


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    raw, clean = tmp_path_factory.mktemp("hostile") / "raw", tmp_path_factory.mktemp("clean")
    raw.mkdir()
    for name, (make, _) in FILES.items():
        (raw / name).write_bytes(make())
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
def test_each_file_has_its_code(read, name):
    row = read[2][name]
    assert row["error"] in (FILES[name][1] or {None}) | ({"time-limit"} if name in SLOW else set()), row["message"]
    assert row["seconds"] <= LIMITS.seconds


def test_nothing_is_missing_or_doubled_and_everything_holds(read):
    raw, clean, rows = read
    assert sorted(rows) == sorted([*FILES, "link.pdf", "folder link", "pipe.pdf"])
    assert {rows[name]["error"] for name in ("link.pdf", "folder link", "pipe.pdf")} == {"not-a-file"}
    assert verify(raw, clean) == []


def test_attachments_are_listed_and_scripts_are_not_run(read):
    document = json.loads((read[1] / "script.pdf.json").read_text("utf-8"))
    assert document["text"].strip() == "Trang mot"
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
    slow = page_of(TEXT * 400_000, b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>")
    found = outcomes_with(tmp_path, dataclasses.replace(LIMITS, cpu_seconds=3), a=slow, b=pdf(), c=pdf(2))
    assert {path: o.error for path, o in found.items()} == {"a.pdf": "time-limit", "b.pdf": None, "c.pdf": None}
    assert found["a.pdf"].sha256
    (tmp_path / "other").mkdir()
    found = outcomes_with(tmp_path / "other", dataclasses.replace(LIMITS, seconds=10), a=RING, b=pdf())
    assert found["a.pdf"].error in {"time-limit", "broken-pdf", "no-pages"}
    assert found["b.pdf"].error is None


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


def test_the_clean_folder_may_not_lie_in_the_raw_one(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    from pipeline.errors import SettingsError

    for clean in (tmp_path, tmp_path / "clean"):
        with pytest.raises(SettingsError):
            run(tmp_path, clean)
