"""The generator itself: what it says is on the page is on the page, and damage lies where it says."""

import io
import json
import unicodedata
from collections import Counter

import numpy as np
import pdfplumber
import pikepdf
import pytest
import regex
from PIL import ImageFilter

from tests.generator import CLASSES, build, damage, fonts, legacy, pages, samples, scans, tounicode

MISSING = fonts.fonts_missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=MISSING or "")

LINES = "Thực hiện Nghị định số 30/2020/NĐ-CP\nĐường ống nước, ỷ lại, TRƯỞNG PHÒNG"


def letters(text: str) -> Counter[str]:
    """The letters of a text without white space."""
    return Counter("".join(text.split()))


def layer(pdf: bytes) -> str:
    """The text layer as pdfplumber gives it."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def test_there_are_enough_classes() -> None:
    assert len(CLASSES) >= 35
    assert all(kind.summary for kind in CLASSES.values())


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_same_seed_same_bytes(name: str) -> None:
    text = damage.text_of(CLASSES[name].text)
    made = build(text, name, seed=3)
    assert made.pdf == build(text, name, seed=3).pdf
    assert made.truth == unicodedata.normalize("NFC", made.truth)


@pytest.mark.parametrize("name", sorted(n for n, k in CLASSES.items() if k.cause is None))
def test_healthy_documents_read_as_their_truth(name: str) -> None:
    made = build(damage.text_of(CLASSES[name].text), name)
    found = layer(made.pdf)
    assert letters(found) == letters(made.truth)


READ_RIGHT = {"nfd", "nfd-text", "second-pass"}
"""Damaged in order or form only: pdfplumber may compose what it reads."""


@pytest.mark.parametrize(
    "name", sorted({n for n, k in CLASSES.items() if k.cause not in (None, "spacing")} - READ_RIGHT)
)
def test_damaged_documents_do_not(name: str) -> None:
    made = build(damage.text_of(CLASSES[name].text), name)
    assert letters(layer(made.pdf)) != letters(made.truth)


@pytest.mark.parametrize(
    "name", ["clean-type0", "tcvn3", "vni", "windows-1258", "nfd", "second-pass", "no-map-type3", "permuted"]
)
def test_damage_changes_nothing_on_the_page(name: str) -> None:
    text = damage.text_of("report")
    sheets = [
        scans.render(build(text, n).pdf, 100)[0].filter(ImageFilter.GaussianBlur(3)) for n in ("clean-type0", name)
    ]
    healthy, damaged = (np.asarray(sheet, dtype=np.float32) for sheet in sheets)
    ink = (255 - healthy).sum()
    assert np.abs(healthy - damaged).sum() < 0.1 * ink


@pytest.mark.parametrize(
    ("table", "shown", "reads"),
    [
        ("tcvn3", "C\xe9ng hoµ x· héi chñ nghÜa ViÖt Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
        ("viscii", "Cµng hoà xã hµi chü nghîa Vi®t Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
        ("vni", "Coäng hoaø xaõ hoäi chuû nghóa Vieät Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
        ("vietware-x", "Cäüng hoaì xaî häüi chuí nghéa Viãût Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
    ],
)
def test_old_character_sets(table: str, shown: str, reads: str) -> None:
    codes = {**legacy.SINGLE, **legacy.DOUBLE}[table]
    assert b"".join(codes.get(c, c.encode()) for c in reads).decode("cp1252") == shown


def test_old_character_sets_have_one_letter_a_code() -> None:
    for name, table in {**legacy.SINGLE, **legacy.DOUBLE}.items():
        assert len(set(table.values())) == len(table), name
        assert set(legacy.SMALL) <= set(table), name


def test_every_letter_is_drawn() -> None:
    for style in fonts.STYLES:
        source = fonts.face("serif", style)
        assert all(source.has(c) and source.outline(c) for c in legacy.SMALL + legacy.SMALL.upper())
        assert all(source.outline("+" + c) for c in legacy.SMALL + legacy.SMALL.upper() if c not in "đĐơƠưƯ")


def test_lost_letters_are_lost_and_no_others() -> None:
    made = build(LINES, "lost-fffd", seed=5)
    assert made.lost & set(LINES)
    expected = Counter("\ufffd" if c in made.lost else c for c in "".join(made.truth.split()))
    assert letters(layer(made.pdf)) == expected


def test_markup() -> None:
    sheet = pages.parse("{nc}2\n{bp}1. Thành phần:{/b} 60 đại biểu\fTrang hai")
    assert [x.text for x in sheet[0]] == ["2", "1. Thành phần: 60 đại biểu"]
    assert sheet[0][1].style_at(13) == "bold"
    assert sheet[0][1].style_at(14) == "regular"
    assert pages.truth(sheet) == ["1. Thành phần: 60 đại biểu", "Trang hai"]


@pytest.mark.parametrize("change", sorted(tounicode.CHANGES))
def test_damaging_a_healthy_file(change: str) -> None:
    healthy = build(LINES).pdf
    damaged = tounicode.damage(healthy, change, seed=2)
    assert damaged == tounicode.damage(healthy, change, seed=2)
    assert letters(layer(damaged)) != letters(layer(healthy)) or change == "u01a3"
    assert scans.render(damaged, 72)[0].tobytes() == scans.render(healthy, 72)[0].tobytes()


def test_character_map_with_ranges() -> None:
    ranges = b"2 beginbfrange <0003> <0005> <0041> <0010> <0011> [<1EA1> <00610062>] endbfrange"
    data = ranges + b" 1 beginbfchar <0020> <> endbfchar"
    assert tounicode.read_map(data) == ({3: "A", 4: "B", 5: "C", 0x10: "ạ", 0x11: "ab", 0x20: ""}, 4)


def test_scans_have_no_text_and_keep_their_size() -> None:
    healthy = build(LINES).pdf
    for name, how in scans.PRESETS.items():
        scanned = scans.scan(healthy, how, seed=1)
        assert not layer(scanned), name
        if not how.turn:
            assert scanned == scans.scan(healthy, how, seed=1), name


# --- the samples of data/raw ---------------------------------------------------------------------


def test_samples_are_what_the_generator_makes() -> None:
    recorded = json.loads((samples.DATA / "sample-fonts.json").read_text(encoding="utf-8"))
    if recorded != samples.font_digests():
        pytest.skip("another version of the package fonts-liberation2 than the samples were drawn with")
    for name, make in samples.SAMPLES.items():
        assert make() == (samples.RAW / name).read_bytes(), f"{name}: run python -m tests.generator samples"


def test_repaired_plan_differs_only_where_letters_were_lost() -> None:
    garbled = (samples.RAW / "plan-garbled.txt").read_text(encoding="utf-8")
    repaired = (samples.DATA / "plan-repaired.txt").read_text(encoding="utf-8")
    assert len(garbled) == len(repaired)
    changed = {(a, b) for a, b in zip(garbled, repaired, strict=True) if a != b}
    assert {a for a, _ in changed} == {" "}
    assert {b for _, b in changed} == set("đảâợậớxữỹLK")


def test_plan_pdf_shows_the_garbled_text() -> None:
    garbled = (samples.RAW / "plan-garbled.txt").read_text(encoding="utf-8")
    assert letters(layer((samples.RAW / "plan-lost-letters.pdf").read_bytes())) == letters(garbled)


def test_report_pdf_shows_the_report() -> None:
    report = (samples.RAW / "report-clean.txt").read_text(encoding="utf-8")
    assert letters(layer((samples.RAW / "report.pdf").read_bytes())) == letters(report)


@pytest.mark.parametrize("name", ["report", "plan"])
def test_truth_files_agree_with_the_pages(name: str) -> None:
    truth = json.loads((samples.DATA / f"{name}.truth.json").read_text(encoding="utf-8"))
    assert list(truth["text"].values()) == samples.page_texts(name)
    joined = {int(n): "".join(t.split()) for n, t in truth["text"].items()}
    for item in truth["citations"]:
        assert "".join(item["text"].split()) in joined[item["page"]]
    for section in truth["sections"]:
        label = regex.escape(section["path"][-1])
        assert regex.search(rf"(?m)^\(?{label}[.)]", truth["text"][str(section["page"])]), section
        assert "".join((section["heading"] or "").split()) in joined[section["page"]]


def test_report_has_its_citations() -> None:
    truth = json.loads((samples.DATA / "report.truth.json").read_text(encoding="utf-8"))
    numbered = [c for c in truth["citations"] if c["number"]]
    text = "\n".join(truth["text"].values())
    assert len(numbered) == len(regex.findall(r"\d+[/-](?:KH|CT|CV|KL|NQ)\p{Lu}*[-/]?\p{Lu}*", text)) == 17


def test_type0_fonts_keep_what_the_class_says() -> None:
    for name, has_map, has_cmap in (
        ("clean-type0", True, True),
        ("no-map-cmap", False, True),
        ("no-map-bare", False, False),
    ):
        with pikepdf.open(io.BytesIO(build(LINES, name).pdf)) as document:
            font = document.pages[0].Resources.Font["/F1"]
            program = font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
            assert ("/ToUnicode" in font) == has_map
            assert (b"cmap" in program[:400]) == has_cmap
