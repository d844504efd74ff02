"""Correction after OCR: what must change, and what must not."""

import pytest

from pipeline.config import RepairConfig
from pipeline.document import Cause, ExtractedDocument, ExtractedPage, Line, Method, OcrWord, RepairMethod, Source
from pipeline.repair import ocr_dates, ocr_labels, ocr_numbers, ocr_signs, ocr_symbols
from pipeline.repair.ocr_confusions import cost, readings
from pipeline.repair.ocr_misreadings import OcrLine, edits
from pipeline.repair.rules import repair


def mended(*lines: str) -> list[str]:
    out = []
    for line, made in zip(lines, edits([OcrLine(t) for t in lines]), strict=True):
        for e in reversed(made):
            line = line[: e.start] + e.after + line[e.end :]
        out.append(line)
    return out


def numbers(text: str) -> str:
    for e in reversed(ocr_numbers.edits(text)):
        text = text[: e.start] + e.after + text[e.end :]
    return text


def symbols(text: str) -> str:
    for rule in (ocr_symbols.parted, ocr_numbers.edits, ocr_symbols.edits):
        for e in reversed(rule(text)):
            text = text[: e.start] + e.after + text[e.end :]
    return text


@pytest.mark.parametrize(("read", "true"), [
    ("Công văn số 1 145/BTNMT-VTLT, việc", "Công văn số 1145/BTNMT-VTLT, việc"),
    ("Nghị quyết số 30/201 1/NQ-HĐND ngày 1 1/4/2017", "Nghị quyết số 30/2011/NQ-HĐND ngày 11/4/2017"),
    ("ngày 26/1 1/2020, ngày 07 tháng 1 1 năm 201 1 cũng", "ngày 26/11/2020, ngày 07 tháng 11 năm 2011 cũng"),
    ("Luật số 29/2004/QH 1 1 ngày 2/ 1 1/ 2023", "Luật số 29/2004/QH11 ngày 2/ 11/ 2023"),
    ("số679/SGDĐT-VTLT ngày19 tháng02 năm 2018", "số 679/SGDĐT-VTLT ngày 19 tháng 02 năm 2018"),
    ("Quyết định số 97/QĐ-TTQ, số 38QĐ-TTg", "Quyết định số 97/QĐ-TTg, số 38/QĐ-TTg"),
    ("Quyết định số 64/QĐÐ-CTĐ, Hướng dẫn số 6/H1D-SGDĐT", "Quyết định số 64/QĐ-CTĐ, Hướng dẫn số 6/HD-SGDĐT"),
    ("Kết luận số 56-KL./TW, Nghị quyết số S8-NQ/TU", "Kết luận số 56-KL/TW, Nghị quyết số 58-NQ/TU"),
    ("Kết luận số 56-KL/Tw; Kết luận số 12-KIL/TW", "Kết luận số 56-KL/TW; Kết luận số 12-KL/TW"),
    ("Thông tư số 40/2023/TT-BI.ĐTBXH; Kế hoạch số 3/K H-UBND", "Thông tư số 40/2023/TT-BLĐTBXH; Kế hoạch số 3/KH-UBND"),
    ("Quyết định số 8/QĐ-BTNMTT; số 18/TTLT-BLĐT8XH-BTC; 12/TB-HDND", "Quyết định số 8/QĐ-BTNMT; số 18/TTLT-BLĐTBXH-BTC; 12/TB-HĐND"),
    ("Công văn số 617!SGDĐT-VTLT; Luật số 63/2010QH11", "Công văn số 617/SGDĐT-VTLT; Luật số 63/2010/QH11"),
    ("Nghị quyết số 1 1/2006NQ-HĐND, số 5/2019TT-BTC", "Nghị quyết số 11/2006/NQ-HĐND, số 5/2019/TT-BTC"),
    ("Luật số 1568/2024/QHI15; Nghị quyết số 5/2010/UBTVQHl12", "Luật số 1568/2024/QH15; Nghị quyết số 5/2010/UBTVQH12"),
    ("số 8/2006/TT-BYTT ngày 25/12/2006 của Bộ Y tế về", "số 8/2006/TT-BYT ngày 25/12/2006 của Bộ Y tế về"),
    ("Công văn số 37IBLĐTBXH-KT; Báo cáo số 07IBC-SKHCN", "Công văn số 37/BLĐTBXH-KT; Báo cáo số 07/BC-SKHCN"),
    ("Kết luận số 56KLTW; Nghị quyết số 4015-NQVTW", "Kết luận số 56-KL/TW; Nghị quyết số 4015-NQ/TW"),
    ("số 20/2022/TTLT-BVHTTDL.-BTC, số 7/2013/TTL.T-BTP-BTC", "số 20/2022/TTLT-BVHTTDL-BTC, số 7/2013/TTLT-BTP-BTC"),
    ("số 2429/QĐ-LUBND, số 13/KH-UƯBND, số 6/NQ-HON", "số 2429/QĐ-UBND, số 13/KH-UBND, số 6/NQ-HON"),
    ("số 3/QĐ-UBN ngày 2/3/2020; số 6/2010/NQ-HOND", "số 3/QĐ-UBND ngày 2/3/2020; số 6/2010/NQ-HĐND"),
    ("số 17, /QĐ-BCĐ; số 2938/QĐ-BLDIBXH; số 8/QĐ-BGTVI", "số 17/QĐ-BCĐ; số 2938/QĐ-BLĐTBXH; số 8/QĐ-BGTVT"),
])  # fmt: skip
def test_symbols_torn_and_joined_are_mended(read: str, true: str) -> None:
    assert symbols(read) == true


@pytest.mark.parametrize("text", [
    "Tờ trình số 69/TT-UBND; Công văn số 15/UBND.VX; Quyết định số 8/QĐ-TTG",
    "STT 1 2/3/2011 12/3/2011 1; 20 20; năm 2011 1.000 người; năm 20 thế kỷ; ngày 22/ 12/ 2011",
    "1 1. Tên gọi; Điều 1 1/2; từ trang 20 19 đến; tháng 1 1 ngày; năm 201 15",
    "Hướng dẫn số 68/HO-VP; Nghị quyết số 38-NQ/TM; Hợp đồng số 12/HĐX-ABC; Luật số 5/AB-CD",
    "tổng dân số2 của tỉnh, khoảng 10-15 năm3. Trong ngày1 có",
    "Quyết định số 3/QĐ-TCTT; số 4/QĐ-BCĐĐ; số 15/QĐ-ĐHVN; số 3/BC-BQLDA",
    "Thông tư số 96/2001/TTLB-BTC; Quyết định số 17/QĐA-UBND",
    "Báo cáo số 12/BC-HDN; số 3/NQ-HĐN; Quyết định số 5/QĐ-BNNMT; số 8/QĐ-SXI",
    "Luật số 5/2005/QHI15; Luật số 6/2007/QHI12; Luật số 7/2019/QHI15; Luật số QHI15",
    "số 8/2006/TT-BYTT ngày 25/12/2006; số 9/TT-BYTT của Bộ Nội vụ; số 3/QĐ-SYT của Bộ Y tế; số 4/TT-BYTT của Bộ Y tế Lào",
])  # fmt: skip
def test_symbols_and_numbers_of_two_readings_stay(text: str) -> None:
    assert symbols(text) == text


def dates(text: str) -> str:
    for e in reversed(ocr_dates.edits(text)):
        text = text[: e.start] + e.after + text[e.end :]
    return text


@pytest.mark.parametrize(("read", "true"), [
    ("số 9/TT-BTC n§ày 22 tháng 6 năm 2018 về", "số 9/TT-BTC ngày 22 tháng 6 năm 2018 về"),
    ("(ngây 24/10/2023) và Ngay 2 tháng 9 năm 1945", "(ngày 24/10/2023) và Ngày 2 tháng 9 năm 1945"),
    ("ngày 23thíng 10 năm 2014, ngày 5 thảng 10 năm 2014", "ngày 23 tháng 10 năm 2014, ngày 5 tháng 10 năm 2014"),
    ("ngày 25 tháng 3 gặm 2006; ngày 25 tháng 3 nằm 2006", "ngày 25 tháng 3 năm 2006; ngày 25 tháng 3 năm 2006"),
    ("ngày 06092012, ngày 20 11/2023, ngày ! 1/01/2001", "ngày 06/09/2012, ngày 20/11/2023, ngày 11/01/2001"),
    ("ngày 07 tháng 1 1 nằm 2007", "ngày 07 tháng 1 1 năm 2007"),
])  # fmt: skip
def test_dates_of_one_reading_are_mended(read: str, true: str) -> None:
    assert dates(read) == true


@pytest.mark.parametrize("text", [
    "(ngày 01 tháng 7 năm 2016); ngày: 28 tháng 3 năm 2017; NĐ-CPngày 10 tháng 4 năm 2012",
    "đến nay 2/9/2020, này 22 tháng 6 năm 2018, tại tay 1/1/2001",
    "ngày 5 tháng 6 và 2006; ngày 5 tháng 6 của 2006; ngày 5 và tháng 6 năm 2006",
    "ngày 06132012, ngày 2002025, số 06092012, ngày 060920123, ngày 32 11/2023",
    "ngày 5 trong 10 năm 2014; ngày 12 13/2014; đến ngày 30/6 2015 hộ",
])  # fmt: skip
def test_dates_of_two_readings_stay(text: str) -> None:
    assert dates(text) == text


def labels(*lines: str) -> list[str]:
    out = []
    for line, made in zip(lines, ocr_labels.edits(lines), strict=True):
        for e in reversed(made):
            line = line[: e.start] + e.after + line[e.end :]
        out.append(line)
    return out


@pytest.mark.parametrize(("read", "true"), [
    ("Người nộp thuê phải nộp hồ sơ khai thuê đúng thời hạn.", "Người nộp thuế phải nộp hồ sơ khai thuế đúng thời hạn."),
    ("theo quy định của pháp luật về thuê xuất khâu, thuê nhập khâu",
     "theo quy định của pháp luật về thuế xuất khẩu, thuế nhập khẩu"),
    ("QUY ĐỊNH CHI TIẾT MỘT SÔ ĐIÊU CỦA LUẬT", "QUY ĐỊNH CHI TIẾT MỘT SỐ ĐIỀU CỦA LUẬT"),
    ("bao gôm cả tiền bán vé và thuê tiêu thy đặc biệt", "bao gồm cả tiền bán vé và thuế tiêu thụ đặc biệt"),
])  # fmt: skip
def test_words_are_mended(read: str, true: str) -> None:
    assert mended(read) == [true]


@pytest.mark.parametrize("line", [
    "Ủy ban nhân dân tỉnh ban hành kế hoạch thực hiện nghị quyết.",
    "a) Thuê tài chính; b) Thuê nhà ở của tổ chức, cá nhân;",
    "Ông Nguyễn Văn Thuê, bà Trần Thị Tô, ông Lê Văn Khâu.",
    "Số: 15/QD-UBND; email: van.thu@hanoi.gov.vn; BCH, CP, TW",
    "The Code of Federal Regulations and the United States",
    "thromboxan, amobarbital, hydrocarbon",
    "",
])  # fmt: skip
def test_words_that_must_stay(line: str) -> None:
    assert mended(line) == [line]


def test_the_engines_confidence_counts() -> None:
    line = "việc nộp thuê nhà"
    [[low]] = edits([OcrLine(line, (((9, 13), 0.4),))])
    assert (low.after, low.confidence > 0.9) == ("thuế", True)
    assert edits([OcrLine(line, (((9, 13), 0.99),))]) == [[]]


def test_cost_of_common_confusions_is_small() -> None:
    assert cost("thuê", "thuế") > cost("thuê", "thuẽ")
    assert readings("thromboxan")[1:] == ()


@pytest.mark.parametrize(("read", "true"), [
    ("QHI5", "QH15"),
    ("Luật số 45/2O19/QHl4", "Luật số 45/2019/QH14"),
    ("số 3Ỉ/2024/QHỈ5,", "số 31/2024/QH15,"),
    ("l2/2O15/TT-BTC", "12/2015/TT-BTC"),
    ("ngày l5 tháng 6 năm 2015", "ngày 15 tháng 6 năm 2015"),
    ("38/2015/NÐ-CP", "38/2015/NĐ-CP"),
    ("số 15/QD-UBND", "số 15/QĐ-UBND"),
    ("38/2015/ND-CP", "38/2015/NĐ-CP"),
])  # fmt: skip
def test_numbers_are_mended(read: str, true: str) -> None:
    assert numbers(read) == true


@pytest.mark.parametrize("line", [
    "15/HD-UBND", "12/DA-UBND", "38/2015/NĐ-CP", "tháng lO năm", "IO/BOSS/XA", "QHIX", "ngày 15 tháng 6", "ngày Oi tháng",
    "12/3015/TT-BTC", "số 123/HDANN", "QH", "SO/SO",
])  # fmt: skip
def test_numbers_that_must_stay(line: str) -> None:
    assert numbers(line) == line


def test_labels_are_mended() -> None:
    assert labels("I. TÌNH HÌNH", "một", "H. ĐÁNH GIÁ CHUNG", "IHH. NHIỆM VỤ") == [
        "I. TÌNH HÌNH",
        "một",
        "II. ĐÁNH GIÁ CHUNG",
        "III. NHIỆM VỤ",
    ]
    assert labels("I. MỤC TIÊU", "II. NHIỆM VỤ", "II. GIẢI PHÁP", "IV. TỔ CHỨC")[2] == "III. GIẢI PHÁP"
    assert labels("I. CĂN CỨ CHUNG", "IL MỤC ĐÍCH, YÊU CẦU", "III. NỘI DUNG", "IV. TỔ CHỨC") == [
        "I. CĂN CỨ CHUNG",
        "II. MỤC ĐÍCH, YÊU CẦU",
        "III. NỘI DUNG",
        "IV. TỔ CHỨC",
    ]
    assert labels("(i) một", "(ii) hai", "(ii) ba", "(iv) bốn")[2] == "(iii) ba"


@pytest.mark.parametrize("lines", [
    ("I. MỤC TIÊU", "II. NHIỆM VỤ", "III. GIẢI PHÁP", "IV. TỔ CHỨC"),
    ("I. MỤC TIÊU", "II. NHIỆM VỤ", "I. MỤC TIÊU", "II. NHIỆM VỤ"),
    ("A. CHUNG CHUNG", "H. PHẦN CUỐI"),
    ("H. ĐÁNH GIÁ CHUNG",),
    ("I. MỤC TIÊU", "III. GIẢI PHÁP"),
    ("G. PHẦN BẢY", "H. PHẦN TÁM"),
    ("I. Mục tiêu chung", "H. Đánh giá chung"),
    ("(i) một", "(ii) hai", "(i) một", "(ii) hai"),
    ("V. MỤC TIÊU", "X. NHIỆM VỤ"),
    ("I. MỤC TIÊU", "L. NHIỆM VỤ CHUNG"),
    ("I. MỤC TIÊU", "II. NHIỆM VỤ", "II. NHIỆM VỤ", "III. TỔ CHỨC"),
])  # fmt: skip
def test_labels_that_must_stay(lines: tuple[str, ...]) -> None:
    assert labels(*lines) == list(lines)


def test_changes_are_on_record_for_ocr_pages_only() -> None:
    text = "theo quy định của pháp luật về thuê thu nhập doanh nghiệp"
    box = (0.0, 0.0, 100.0, 10.0)
    words = (OcrWord((31, 35), (10.0, 0.0, 20.0, 10.0), 0.8),)
    for method, after in ((Method.OCR, "thuế"), (Method.EMBEDDED, "thuê")):
        line = Line(text, box, words=words if method is Method.OCR else ())
        page = ExtractedPage(1, 100.0, 100.0, method, "no-text-layer", (line,))
        found = repair(ExtractedDocument(Source("a.pdf", "", 0, "application/pdf", 1), (page,)), RepairConfig())
        assert found.text[31:35] == after
        assert found.raw_text == text
        if method is Method.OCR:
            [change] = found.repairs
            assert (change.cause, change.method) == (Cause.OCR_MISREADING, RepairMethod.LANGUAGE_MODEL)
            assert (change.before, change.after, change.box) == ("thuê", "thuế", (10.0, 0.0, 20.0, 10.0))
            assert change.confidence >= 0.9


def test_words_that_the_engine_is_not_sure_of_are_named_unless_they_were_mended() -> None:
    text = "theo quy định của pháp luật về thuê thu nhập doanh nghiệp"
    box = (0.0, 0.0, 100.0, 10.0)
    words = tuple(
        OcrWord((text.index(w), text.index(w) + len(w)), box, confidence)
        for w, confidence in (("pháp", 0.95), ("thuê", 0.5), ("doanh", 0.4123456))
    )
    page = ExtractedPage(1, 100.0, 100.0, Method.OCR, "no-text-layer", (Line(text, box, words=words),))
    found = repair(ExtractedDocument(Source("a.pdf", "", 0, "application/pdf", 1), (page,)), RepairConfig())
    assert "thuế" in found.text
    assert [(found.text[slice(*u.span)], u.confidence, u.box) for u in found.unsure] == [("doanh", 0.4123, box)]


@pytest.mark.parametrize(("read", "true"), [
    ("Thông tư số 111/2013/TT- BTC", "Thông tư số 111/2013/TT-BTC"),
    ("Chỉ thị 52- CT/TW", "Chỉ thị 52-CT/TW"),
    ("Trung ương (khóa XIH) về", "Trung ương (khóa XIII) về"),
    ("lần thứ XHI,", "lần thứ XIII,"),
    ("khóa XH", "khóa XII"),
    ("bảo hiểm. /.", "bảo hiểm./."),
    ("(¡) Tổng kết", "(i) Tổng kết"),
    ("©) Phương án", "c) Phương án"),
])  # fmt: skip
def test_signs_are_mended(read: str, true: str) -> None:
    text = read
    for e in reversed(ocr_signs.edits(read)):
        text = text[: e.start] + e.after + text[e.end :]
    assert text == true


@pytest.mark.parametrize("line", [
    "ông Nguyễn Văn A - UBND huyện", "từ 15 - CT/TW", "năm 2020- BTC", "phòng VH và XH", "nghỉ hưu.",
])  # fmt: skip
def test_signs_that_must_stay(line: str) -> None:
    assert ocr_signs.edits(line) == []


@pytest.mark.parametrize(("read", "true"), [
    ("số 97/UBTVOHI4-QPAN", "số 97/UBTVQH14-QPAN"),
    ("04/2007/0H12", "04/2007/QH12"),
    ("ngày 22 tháng II năm 2012", "ngày 22 tháng 11 năm 2012"),
    ("ngày 0§ tháng 9 năm 2017", "ngày 08 tháng 9 năm 2017"),
    ("đến ISh30 ngày", "đến 15h30 ngày"),
    ("Điều § được", "Điều 8 được"),
])  # fmt: skip
def test_numbers_in_their_places_are_mended(read: str, true: str) -> None:
    assert numbers(read) == true


@pytest.mark.parametrize(("line", "after"), [("VÀ đề nghị góp ý", "V/v"), ("VW cơ chế", "V/v"), ("VIv báo cáo", "V/v")])
def test_the_mark_of_the_subject_is_mended_under_the_number_only(line: str, after: str) -> None:
    made = ocr_labels.edits(["VĂN PHÒNG CHÍNH PHỦ", "Số: 3722/VPCP-CN", line, line])
    assert [[edit.after for edit in edits] for edits in made] == [[], [], [after], []]


@pytest.mark.parametrize("line", ["V/v đề nghị", "Về việc đề nghị", "VĂN PHÒNG", "VÀ CÁC CƠ QUAN"])
def test_other_lines_under_the_number_stay(line: str) -> None:
    assert ocr_labels.edits(["Số: 3722/VPCP-CN", line]) == [[], []]
