"""`extract` on PDFs built for the case: reading order, cells, furniture, errors."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline import errors
from pipeline.config import Config, LimitsConfig
from pipeline.document import ExtractedDocument, Furniture, Method
from pipeline.extract import extract

FONTS = Path("/usr/share/fonts/truetype/liberation2")
Draw = Callable[[Canvas], None]


def build(path: Path, *pages: Draw) -> Path:
    for name in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(f"Serif-{name}", str(FONTS / f"LiberationSerif-{name}.ttf")))
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=True)
    for page in pages:
        canvas.setFont("Serif-Regular", 14)
        page(canvas)
        canvas.showPage()
    canvas.save()
    return path


def read(path: Path, config: Config | None = None) -> ExtractedDocument:
    return extract(path, path.name, config or Config())


def texts(document: ExtractedDocument, page: int = 0, furniture: bool = False) -> list[str]:
    return [line.text for line in document.pages[page].lines if furniture or line.furniture is None]


def letterhead(canvas: Canvas) -> None:
    for y, left, right in (
        (790, "UBND TỈNH BẮC GIANG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (774, "SỞ NỘI VỤ", "Độc lập - Tự do - Hạnh phúc"),
        (750, "Số: 12/KH-SNV", "Bắc Giang, ngày 19 tháng 4 năm 2023"),
    ):
        canvas.setFont("Serif-Bold", 12)
        canvas.drawCentredString(140, y, left)
        canvas.drawCentredString(420, y, right)
    canvas.setFont("Serif-Regular", 14)
    canvas.drawCentredString(297, 700, "KẾ HOẠCH")
    canvas.drawString(85, 670, "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ")
    canvas.drawString(71, 650, "về công tác văn thư, Sở Nội vụ xây dựng kế hoạch thực hiện như sau đây và")
    canvas.setFont("Serif-Bold", 12)
    canvas.drawString(71, 600, "Nơi nhận:")
    canvas.drawCentredString(420, 600, "KT. GIÁM ĐỐC")
    canvas.setFont("Serif-Regular", 11)
    for n, line in enumerate(("- Như trên;", "- UBND tỉnh (b/c);", "- Lưu: VT.")):
        canvas.drawString(71, 586 - 13 * n, line)
    canvas.drawCentredString(420, 584, "PHÓ GIÁM ĐỐC")
    canvas.drawCentredString(420, 520, "Nguyễn Văn An")


def test_letterhead_and_signature_are_read_left_then_right(tmp_path: Path) -> None:
    document = read(build(tmp_path / "a.pdf", letterhead))
    assert texts(document) == [
        "UBND TỈNH BẮC GIANG",
        "SỞ NỘI VỤ",
        "Số: 12/KH-SNV",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Bắc Giang, ngày 19 tháng 4 năm 2023",
        "KẾ HOẠCH",
        "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ",
        "về công tác văn thư, Sở Nội vụ xây dựng kế hoạch thực hiện như sau đây và",
        "Nơi nhận:",
        "- Như trên;",
        "- UBND tỉnh (b/c);",
        "- Lưu: VT.",
        "KT. GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
        "Nguyễn Văn An",
    ]
    page = document.pages[0]
    assert (page.method, page.reason) == (Method.EMBEDDED, "text-layer")
    assert page.lines[0].bold and not page.lines[7].bold
    assert page.lines[7].size == 14


def test_cells_run_parallel_to_the_text_and_name_known_fonts(tmp_path: Path) -> None:
    document = read(build(tmp_path / "a.pdf", letterhead))
    for line in document.pages[0].lines:
        assert len(line.cells) == len(line.text)
        for letter, cell in zip(line.text, line.cells, strict=True):
            assert cell is None or (cell.text == letter and cell.font in document.fonts)
    font = document.fonts[document.pages[0].lines[7].cells[0].font]  # type: ignore[union-attr]
    assert font.name == "LiberationSerif"
    assert font.to_unicode is not None
    assert font.program is not None and font.program_kind == "truetype"


def test_boxes_have_their_origin_at_the_top_left(tmp_path: Path) -> None:
    line = read(build(tmp_path / "a.pdf", letterhead)).pages[0].lines[7]
    assert line.box[0] == pytest.approx(85, abs=0.5)
    assert line.box[1] < 842 - 670 < line.box[3]
    assert line.box[3] - line.box[1] == pytest.approx(14, abs=0.1)


def two_lines(canvas: Canvas) -> None:
    canvas.drawString(100, 500, "Điều 1. Phạm vi")
    canvas.drawString(100, 480, "Khoản hai")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_rotated_page_reads_the_same(tmp_path: Path, rotation: int) -> None:
    path = build(tmp_path / "a.pdf", two_lines)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = rotation
        pdf.save(path)
    document = read(path)
    assert texts(document) == ["Điều 1. Phạm vi", "Khoản hai"]
    page = document.pages[0]
    assert (page.width, page.height) == ((595, 842) if rotation % 180 == 0 else (842, 595))
    box = page.lines[0].box
    assert 0 <= box[0] < box[2] <= page.width and 0 <= box[1] < box[3] <= page.height


def test_the_crop_box_moves_the_origin(tmp_path: Path) -> None:
    path = build(tmp_path / "a.pdf", lambda c: c.drawString(100, 500, "Điều 1. Phạm vi"))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].CropBox = [50, 100, 500, 700]
        pdf.save(path)
    page = read(path).pages[0]
    assert (page.width, page.height) == (450, 600)
    assert page.lines[0].box[0] == pytest.approx(50, abs=0.5)


def test_a_gap_becomes_a_space_and_a_doubled_glyph_one(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(100, 500, "Điều")
        canvas.drawString(132, 500, "lệ")
        canvas.drawString(100, 480, "Chương")
        canvas.drawString(100.2, 480, "Chương")
        canvas.drawString(100, 440, "tr")
        canvas.drawString(100 + pdfmetrics.stringWidth("tr", "Serif-Regular", 14) + 0.8, 440, "ường")

    document = read(build(tmp_path / "a.pdf", draw))
    assert texts(document) == ["Điều lệ", "Chương", "trường"]
    assert document.pages[0].lines[0].cells[4] is None


def test_a_superscript_stays_in_its_line(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(100, 500, "diện tích 100 m")
        x = 100 + pdfmetrics.stringWidth("diện tích 100 m", "Serif-Regular", 14)
        canvas.setFont("Serif-Regular", 8)
        canvas.drawString(x, 506, "2")

    assert texts(read(build(tmp_path / "a.pdf", draw))) == ["diện tích 100 m2"]


def test_a_ruled_table_is_read_row_by_row(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(71, 700, "Danh sách kèm theo")
        canvas.grid([70, 120, 300, 520], [660, 620, 580])
        for x, y, text in (
            (75, 645, "1"),
            (125, 645, "Nguyễn Văn"),
            (125, 628, "An"),
            (305, 645, "Sở Nội vụ"),
            (75, 605, "2"),
            (125, 605, "Trần Bình"),
            (305, 605, "Sở"),
            (305, 588, "Tài chính"),
        ):
            canvas.drawString(x, y, text)
        canvas.drawString(71, 540, "Hết danh sách")

    document = read(build(tmp_path / "a.pdf", draw))
    assert texts(document) == [
        "Danh sách kèm theo",
        "1",
        "Nguyễn Văn",
        "An",
        "Sở Nội vụ",
        "2",
        "Trần Bình",
        "Sở",
        "Tài chính",
        "Hết danh sách",
    ]
    (table,) = document.pages[0].tables
    assert [len(row) for row in table.rows] == [3, 3]
    assert table.rows[0][0] == pytest.approx((70, 182, 120, 222), abs=0.6)


def body(number: int, head: str | None = None) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.drawCentredString(297, 800, str(number))
        if head:
            canvas.drawString(71, 815, head)
        for n in range(12):
            canvas.drawString(71, 740 - 20 * n, f"{'xabcd'[number]} dòng thứ {n} của trang {number} là một câu rất dài")
        canvas.drawString(71, 400, "15")

    return draw


def test_page_numbers_and_running_heads_are_marked(tmp_path: Path) -> None:
    document = read(build(tmp_path / "a.pdf", *(body(n, "Quy chế đào tạo của trường") for n in (1, 2, 3, 4))))
    for page in document.pages:
        marked = {line.text: line.furniture for line in page.lines if line.furniture}
        assert marked == {str(page.number): Furniture.PAGE_NUMBER, "Quy chế đào tạo của trường": Furniture.RUNNING_HEAD}
        assert "15" in [line.text for line in page.lines if line.furniture is None]


def test_a_signature_stamp_is_marked(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        letterhead(canvas)
        canvas.setFont("Serif-Regular", 7)
        stamp = ("Ký bởi: Văn phòng Chính phủ", "Email: vpcp@chinhphu.vn", "Thời gian ký: 12/05/2020 08:01:02 +07:00")
        for n, line in enumerate(stamp):
            canvas.drawString(400, 835 - 8 * n, line)

    document = read(build(tmp_path / "a.pdf", draw))
    stamps = [line.text for line in document.pages[0].lines if line.furniture is Furniture.SIGNATURE_STAMP]
    assert len(stamps) == 3
    assert texts(document)[0] == "UBND TỈNH BẮC GIANG"


def test_a_blank_page_has_no_lines(tmp_path: Path) -> None:
    page = read(build(tmp_path / "a.pdf", lambda canvas: None)).pages[0]
    assert (page.lines, page.reason, page.method) == ((), "blank-page", Method.EMBEDDED)


def test_attachments_are_named(tmp_path: Path) -> None:
    path = build(tmp_path / "a.pdf", letterhead)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.attachments["phu-luc.xlsx"] = b"x"
        pdf.save(path)
    assert read(path).attachments == ("phu-luc.xlsx",)


def encrypted(path: Path, user: str) -> Path:
    build(path, letterhead)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(user=user, owner="owner"))
    return path


def test_a_password_is_only_an_error_when_the_empty_one_fails(tmp_path: Path) -> None:
    assert texts(read(encrypted(tmp_path / "a.pdf", "")))[0] == "UBND TỈNH BẮC GIANG"
    with pytest.raises(errors.EncryptedPdf):
        read(encrypted(tmp_path / "b.pdf", "secret"))


def no_pages() -> bytes:
    out = io.BytesIO()
    pikepdf.new().save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.pdf", b"", errors.EmptyFile),
        ("a.pdf", b"Not a PDF at all", errors.NotAPdf),
        ("a.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 20, errors.BrokenPdf),
        ("a.pdf", no_pages(), errors.NoPages),
        ("a.docx", b"PK\x03\x04", errors.UnsupportedFile),
        ("a.txt", b"V\xe0n b\xa3n", errors.BrokenText),
    ],
)
def test_bad_input_has_its_error(tmp_path: Path, name: str, data: bytes, error: type[errors.DocumentError]) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error) as caught:
        read(tmp_path / name)
    assert type(caught.value) is error
    assert str(tmp_path) not in caught.value.message


def test_too_many_pages_and_a_missing_file(tmp_path: Path) -> None:
    path = build(tmp_path / "a.pdf", letterhead, letterhead)
    with pytest.raises(errors.TooManyPages):
        read(path, Config(limits=LimitsConfig(pages=1)))
    with pytest.raises(errors.UnreadableFile):
        read(tmp_path / "none.pdf")


def test_a_truncated_pdf_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = build(tmp_path / "a.pdf", letterhead)
    path.write_bytes(path.read_bytes()[:-300])
    assert texts(read(path))[0] == "UBND TỈNH BẮC GIANG"


def test_a_foot_is_running_but_a_repeated_footnote_and_a_form_head_are_not(tmp_path: Path) -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            canvas.drawCentredString(420, 800, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
            canvas.drawCentredString(420, 785, "Độc lập - Tự do - Hạnh phúc")
            canvas.drawString(71, 700, f"{'xabcdefgh'[number]} câu của trang {number} rất dài, chiếm cả dòng")
            if number <= 3:
                canvas.drawString(71, 60, "Khoản này được sửa đổi theo quy định của luật")
            canvas.drawString(71, 30, "Tài liệu lưu hành nội bộ")

        return draw

    document = read(build(tmp_path / "a.pdf", *(page(n) for n in range(1, 8))))
    for found in document.pages:
        assert [line.text for line in found.lines if line.furniture] == ["Tài liệu lưu hành nội bộ"]
