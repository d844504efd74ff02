"""`extract` decides per page: the text layer, or OCR. The engine itself is not needed here."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.config import Config, OcrConfig
from pipeline.document import Box, ExtractedDocument, InsertSource, Line, Method, OcrWord
from pipeline.extract import choice, extract, inserts, regions
from pipeline.extract.device import RawPage

SERIF = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
VIETNAMESE = (
    "Ủy ban nhân dân tỉnh ban hành kế hoạch thực hiện nghị quyết",
    "của Hội đồng nhân dân tỉnh về phát triển kinh tế",
)
FOREIGN = (
    "UY BAN NHAN DAN tinh ban hdnh k6 hoach thgc hi6n nghi quy6t",
    "cria HQi d6ng nhdn ddn tinh v6 phdt tri6n kinh t6",
)
TCVN3 = ("Céng hoµ x· héi chñ nghÜa ViÖt Nam §éc lËp Tù do", "Uû ban nh©n d©n tØnh ban hµnh kÕ ho¹ch thùc hiÖn")
READ = Line(
    "Ủy ban nhân dân tỉnh", (10.0, 20.0, 200.0, 34.0), words=(OcrWord((0, 20), (10.0, 20.0, 200.0, 34.0), 0.93),)
)


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that reads one line from anything."""

    def page(data: bytes, page: RawPage, config: OcrConfig, tables: bool) -> choice.Reading:
        return choice.Reading((READ,), 0.93, "plain")

    def in_regions(data: bytes, page: RawPage, places: regions.Regions, config: OcrConfig) -> list[inserts.Found]:
        return [inserts.Found((READ,), InsertSource.IMAGE)] if places.blocks else []

    monkeypatch.setattr(choice, "read_page", page)
    monkeypatch.setattr(regions, "read", in_regions)
    monkeypatch.setattr("pipeline.extract.ocr.engine", lambda config: "tesseract 5 vie")


def document(path: Path, lines: Sequence[str], picture: Box | None, hidden: bool = False) -> ExtractedDocument:
    pdfmetrics.registerFont(TTFont("Serif", SERIF))
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=True)
    if picture:
        x0, y0, x1, y1 = picture
        canvas.drawImage(ImageReader(Image.new("L", (60, 80), 240)), x0, y0, x1 - x0, y1 - y0)
    text = canvas.beginText(71, 700)
    text.setFont("Serif", 13)
    text.setTextRenderMode(3 if hidden else 0)
    for line in lines:
        text.textLine(line)
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    return extract(path, path.name, Config())


WHOLE = (0.0, 0.0, 595.0, 842.0)


@pytest.mark.parametrize(
    ("lines", "picture", "method", "reason"),
    [
        (VIETNAMESE, None, Method.EMBEDDED, "text-layer"),
        (TCVN3, None, Method.EMBEDDED, "text-layer"),
        ((), WHOLE, Method.OCR, "no-text-layer"),
        (("12",), WHOLE, Method.OCR, "no-text-layer"),
        (VIETNAMESE, WHOLE, Method.EMBEDDED, "ocr-layer-kept"),
        (FOREIGN, WHOLE, Method.OCR, "foreign-text-layer"),
        (VIETNAMESE, (70.0, 100.0, 500.0, 500.0), Method.MIXED, "text-in-image"),
        (VIETNAMESE, (70.0, 100.0, 130.0, 160.0), Method.EMBEDDED, "text-layer"),
        ((), None, Method.EMBEDDED, "blank-page"),
    ],
)
def test_the_method_follows_from_the_page(
    tmp_path: Path,
    lines: Sequence[str],
    picture: Box | None,
    method: Method,
    reason: str,
) -> None:
    found = document(tmp_path / "a.pdf", lines, picture)
    page = found.pages[0]
    assert (page.method, page.reason) == (method, reason)
    assert found.engine == (None if method is Method.EMBEDDED else "tesseract 5 vie")
    if method is Method.EMBEDDED:
        assert [line.text for line in page.lines] == list(lines)


def test_a_layer_not_used_is_set_aside(tmp_path: Path) -> None:
    page = document(tmp_path / "a.pdf", FOREIGN, WHOLE, hidden=True).pages[0]
    assert page.set_aside == "\n".join(FOREIGN)
    assert [line.text for line in page.lines] == [READ.text]
    assert page.ocr_confidence == 0.93


def test_lines_of_an_image_stand_where_the_image_does(tmp_path: Path) -> None:
    page = document(tmp_path / "a.pdf", VIETNAMESE, (70.0, 100.0, 500.0, 500.0)).pages[0]
    assert [line.text for line in page.lines] == [READ.text, *VIETNAMESE]


def test_an_image_file_is_one_page_of_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.extract import scan

    monkeypatch.setattr(scan, "read_image", lambda *given: scan.ScannedPage((READ,), 0.9, "plain"))
    path = tmp_path / "a.png"
    Image.new("L", (1240, 1754), 255).save(path, dpi=(150, 150))
    found = extract(path, "a.png", Config())
    page = found.pages[0]
    assert (found.source.media_type, found.source.page_count) == ("image/png", 1)
    assert (page.method, page.reason, page.ocr_confidence) == (Method.OCR, "image-file", 0.9)
    assert (page.width, page.height) == pytest.approx((595.2, 841.9), abs=0.2)


ADDRESSES = (
    "Danh mục được đăng trên Cổng Thông tin điện tử tại https://hochiminhcity.gov.vn và",
    "tại https://dichvucong.gov.vn/p/home/dvc-trang-chu.html, thư điện tử congbao@hochiminhcity.gov.vn",
)
ENGLISH = (
    "This memorandum sets out the terms on which the two universities agree to exchange",
    "students and staff, and to share the results of joint research with each other.",
)
GARBLED = (
    "Uý ban nhđn dđn tỉnh bnn hđnh kẻ hogch thực hiện nghj quyẻt",
    "của Hộl dồng nhân dàn tinh về phảt trlển klnh",
)


@pytest.mark.parametrize("lines", [ADDRESSES, ENGLISH])
def test_addresses_and_english_make_no_layer_foreign(tmp_path: Path, lines: Sequence[str]) -> None:
    page = document(tmp_path / "a.pdf", lines, WHOLE, hidden=True).pages[0]
    assert (page.method, page.reason) == (Method.EMBEDDED, "ocr-layer-kept")


def test_a_layer_that_says_more_than_the_engine_reads_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poor = choice.Reading((Line("Uỷ bn", (10.0, 20.0, 50.0, 34.0)),), 0.4, "plain")
    monkeypatch.setattr(choice, "read_page", lambda *given: poor)
    page = document(tmp_path / "a.pdf", GARBLED, WHOLE, hidden=True).pages[0]
    assert (page.method, page.reason, page.set_aside) == (Method.EMBEDDED, "ocr-layer-kept", None)
    good = choice.Reading(tuple(Line(line, (10.0, 20.0, 200.0, 34.0)) for line in VIETNAMESE), 0.9, "plain")
    monkeypatch.setattr(choice, "read_page", lambda *given: good)
    page = document(tmp_path / "b.pdf", GARBLED, WHOLE, hidden=True).pages[0]
    assert (page.method, page.reason, page.set_aside) == (Method.OCR, "foreign-text-layer", "\n".join(GARBLED))
