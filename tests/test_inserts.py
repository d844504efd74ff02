"""What stands over the page: values in blanks, images of print, and what must never become text."""

import io
import json
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from pipeline.audit import replay_backwards
from pipeline.config import Config, OcrConfig
from pipeline.document import InsertSource, Line, Method
from pipeline.errors import OcrUnavailable
from pipeline.extract import inserts, ocr, regions
from pipeline.ingest import read_document
from pipeline.write import to_bytes
from pipeline.write.contract import Exported
from tests.generator import build, fonts_missing, stamps
from tests.generator.texts import OFFICIAL

pytestmark = pytest.mark.skipif(bool(fonts_missing()), reason="no fonts to draw with")
SOURCES = {
    "signature-field": InsertSource.SIGNATURE,
    "form-field": InsertSource.FIELD,
    "note": InsertSource.NOTE,
    "image": InsertSource.IMAGE,
    "field-image": InsertSource.IMAGE,
}
PRINT = [
    "Danh sách các đơn vị được giao chỉ tiêu năm 2023",
    "Trường Trung học phổ thông Ngô Sĩ Liên",
    "Bệnh viện đa khoa huyện Hiệp Hòa",
    "Chi cục Tiêu chuẩn Đo lường Chất lượng",
]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(ocr=OcrConfig(cache=str(tmp_path_factory.mktemp("ocr"))))


def needs_engine() -> None:
    try:
        ocr.engine(OcrConfig())
    except OcrUnavailable as error:
        pytest.skip(str(error))


def read(folder: Path, data: bytes, config: Config) -> Exported:
    path = folder / "a.pdf"
    path.write_bytes(data)
    found = read_document(path, config)
    assert replay_backwards(json.loads(to_bytes(found))) == found.raw_text
    return found


def head(found: Exported) -> tuple[object, ...]:
    record = found.record
    assert record.symbol and record.date
    number = record.number.value if record.number else None
    return number, record.symbol.value, record.date.day, record.date.month, record.date.year


@pytest.mark.parametrize("text", [stamps.LETTER, stamps.DOTTED], ids=["spaces", "dots"])
@pytest.mark.parametrize("how", ["signature-field", "form-field", "note"])
def test_values_typed_over_a_letterhead_are_read(tmp_path: Path, how: str, text: str) -> None:
    values = {"number": "1507", "day": "03", "month": "9"}
    found = read(tmp_path, stamps.letter(how, values, text=text), Config())
    assert head(found) == ("1507", "BC-SKHCN", 3, 9, 2023)
    assert [found.text[slice(*i.span)] for i in found.insertions] == list(values.values())
    assert {(i.source, i.confidence) for i in found.insertions} == {(SOURCES[how], None)}
    assert found.pages[0].method is Method.EMBEDDED


@pytest.mark.parametrize("how", ["image", "field-image"])
def test_values_in_images_are_read_or_left_blank(tmp_path: Path, how: str, config: Config) -> None:
    needs_engine()
    right = 0
    for seed, values in enumerate(({"number": "412", "day": "12", "month": "06"}, {"number": "2188", "day": "29"})):
        found = read(tmp_path, stamps.letter(how, values, seed), config)
        number, symbol, day, month, year = head(found)
        assert (symbol, year) == ("BC-SKHCN", 2023)
        for got, wanted in (
            (number, values["number"]),
            (day, int(values["day"])),
            (month, int(values.get("month", 0))),
        ):
            assert got in (None, wanted)
            right += got is not None
        assert found.pages[0].method is Method.MIXED
        assert all(i.source is InsertSource.IMAGE and 0.6 <= (i.confidence or 0) <= 1 for i in found.insertions)
        assert not [r for r in found.repairs if r.cause not in ("page-furniture", "decomposed")]
    assert right >= 4


def test_without_an_engine_the_blanks_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(config: OcrConfig) -> str:
        raise OcrUnavailable("none")

    monkeypatch.setattr(ocr, "engine", missing)
    found = read(tmp_path, stamps.letter("image"), Config())
    assert head(found) == (None, "BC-SKHCN", None, None, 2023)
    assert found.pages[0].method is Method.EMBEDDED


@pytest.mark.parametrize("what", ["seal", "signature", "qr", "photo"])
def test_pictures_never_become_text(tmp_path: Path, what: str, config: Config) -> None:
    plain = build(OFFICIAL).pdf
    for seed in range(3):
        found = read(tmp_path, stamps.decorate(plain, what, seed), config)
        assert found.text == read(tmp_path, plain, config).text
        assert not found.insertions


def test_the_words_of_a_signature_are_kept_apart(tmp_path: Path) -> None:
    plain = build(OFFICIAL).pdf
    found = read(tmp_path, stamps.decorate(plain, "stamp"), Config())
    assert found.text == read(tmp_path, plain, Config()).text
    assert "So Khoa hoc" in found.raw_text


def test_hidden_annotations_are_not_read(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(stamps.letter("signature-field"))) as pdf:
        for annotation in pdf.pages[0].Annots:
            annotation.F = 2
        out = io.BytesIO()
        pdf.save(out)
    assert read(tmp_path, out.getvalue(), Config()).record.number is None


@pytest.mark.parametrize("broken", ["Rect", "BBox", "AP", "loop"])
def test_a_broken_annotation_is_left_out(tmp_path: Path, broken: str) -> None:
    with pikepdf.open(io.BytesIO(stamps.letter("signature-field"))) as pdf:
        first = pdf.pages[0].Annots[0]
        if broken == "Rect":
            first.Rect = pikepdf.Array([1, pikepdf.Name("/x")])
        elif broken == "BBox":
            first.AP.N.BBox = pikepdf.Array([0, 0, 0, 0])
        elif broken == "AP":
            first.AP = pikepdf.Dictionary(N=pikepdf.Array([]))
        else:
            del first["/FT"]
            first.Parent = first
        out = io.BytesIO()
        pdf.save(out)
    assert head(read(tmp_path, out.getvalue(), Config()))[2:4] == (12, 6)


def test_an_image_of_print_stands_where_it_was_pasted(tmp_path: Path, config: Config) -> None:
    needs_engine()
    found = read(tmp_path, stamps.annex(PRINT), config)
    page = found.pages[1]
    assert (page.method, page.reason) == (Method.MIXED, "text-in-image")
    lines = found.text[slice(*page.span)].split("\n")
    assert lines[0] == "PHỤ LỤC"
    assert lines[-len(PRINT) :] == PRINT
    inserted = [found.text[slice(*i.span)] for i in found.insertions]
    assert inserted == PRINT
    assert found.pages[0].method is Method.EMBEDDED


def test_a_page_without_images_is_never_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*given: object, **named: object) -> None:
        raise AssertionError

    monkeypatch.setattr("pipeline.extract.image.render", drawn)
    monkeypatch.setattr(ocr, "recognise", drawn)
    found = read(tmp_path, stamps.letter("signature-field"), Config())
    assert found.produced_by.ocr is None


def test_blanks_wait_for_values_and_nothing_else() -> None:
    def blanks(text: str) -> int:
        boxes = [((i, i + 1), (i * 6.0, 0.0, i * 6.0 + 5.5, 12.0)) for i, c in enumerate(text) if c != " "]
        words = tuple(inserts.OcrWord(span, box, 1.0) for span, box in boxes)
        return len(inserts.open_blanks(Line(text, (0.0, 0.0, 6.0 * len(text), 12.0), words=words, size=12.0)))

    assert blanks("Số:      /QĐ-UBND") == 1
    assert blanks("Hà Nội, ngày      tháng      năm 2024") == 2
    assert blanks("Số: 12/QĐ-UBND") == 0
    assert blanks("Hà Nội, ngày 3 tháng 4 năm 2024") == 0
    assert blanks("Nơi nhận:          KT. GIÁM ĐỐC") == 0
    assert blanks("VIỆT NAM") == 0


def test_what_stands_above_all_lines_comes_first() -> None:
    head = [Line("Phụ lục 3", (57, 58, 526, 72)), Line("TT", (62, 87, 80, 100)), Line("Đơn vị", (677, 87, 766, 100))]
    number = inserts.Found((Line("Số: 840/ĐHVN-ĐT", (660, 5, 740, 15)),), InsertSource.SIGNATURE)
    assert [line.text for line in inserts.merge(head, [number])][:2] == ["Số: 840/ĐHVN-ĐT", "Phụ lục 3"]
    inside = inserts.Found((Line("Số: 840/ĐHVN-ĐT", (660, 75, 740, 85)),), InsertSource.SIGNATURE)
    assert [line.text for line in inserts.merge(head, [inside])][2] == "Số: 840/ĐHVN-ĐT"


def test_readings_must_agree() -> None:
    assert regions.agreed([("12", 0.95), ("12", 0.7), ("12", 0.61)]) == ("12", 0.61)
    assert regions.agreed([("12", 0.95), ("13", 0.95), ("18", 0.95)]) == ("", 0.0)
    assert regions.agreed([("", 0.0), ("", 0.0), ("8", 0.9)]) == ("", 0.0)


def test_a_cache_of_another_form_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "engine", lambda config: "tesseract")
    monkeypatch.setattr(ocr, "_run", lambda *given: {})
    config, picture = OcrConfig(cache=str(tmp_path)), Image.new("L", (9, 9), 255)
    assert ocr.recognise(picture, config, 300) == []
    (entry,) = tmp_path.rglob("*.json")
    entry.write_text("[]")
    assert ocr.recognise(picture, config, 300) == []
