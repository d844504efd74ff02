"""The record: what a document says of itself, from its head and its signature block."""

from itertools import pairwise

import pytest

from pipeline.config import SegmentConfig
from pipeline.document import Record, RepairedDocument
from pipeline.segment import segment
from pipeline.segment.nlp import plain_document

DECISION = """ỦY BAN NHÂN DÂN
TỈNH QUẢNG NGÃI
Số: 12/QĐ-UBND
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Quảng Ngãi, ngày 05 tháng 3 năm 2024
HỎA TỐC
QUYẾT ĐỊNH
Phê duyệt Kế hoạch phòng, chống thiên tai
trên địa bàn tỉnh năm 2024
ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI
Căn cứ Luật Tổ chức chính quyền địa phương ngày 19/6/2015;
QUYẾT ĐỊNH:
Điều 1. Phê duyệt Kế hoạch phòng, chống thiên tai.
Điều 2. Quyết định này có hiệu lực từ ngày ký./.
Nơi nhận:
- Như Điều 2;
- Sở Tài chính (để phối hợp);
- Lưu: VT, KTN.
TM. ỦY BAN NHÂN DÂN
KT. CHỦ TỊCH
PHÓ CHỦ TỊCH
Trần Hoàng Tuấn"""

LETTER = """BỘ CÔNG AN
CỤC CẢNH SÁT GIAO THÔNG
Số:       /CSGT-P5
V/v góp ý dự thảo
tiêu chuẩn quốc gia
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Hà Nội, ngày      tháng 4 năm 2026
Kính gửi: Sở Xây dựng tỉnh Lào Cai
Cục gửi bản dự thảo để quý Sở góp ý."""

PARTY = """BAN CHẤP HÀNH TRUNG ƯƠNG
BAN TỔ CHỨC
*
Số 38 - HD/BTCTW
ĐẢNG CỘNG SẢN VIỆT NAM
Hà Nội, ngày 29 tháng 9 năm 2025
HƯỚNG DẪN
nghiệp vụ công tác đảng viên
-----
Căn cứ Điều lệ Đảng, Ban Tổ chức Trung ương hướng dẫn như sau:
I. KẾT NẠP ĐẢNG VIÊN
Nơi nhận:
- Ban Bí thư (để báo cáo),
- Các vụ, cục, đơn vị trong Ban, - Lưu VP.
K/T TRƯỞNG BAN
PHÓ TRƯỞNG BAN
Nguyễn Thanh Bình"""


def record(text: str) -> Record:
    return segment(plain_document(text), SegmentConfig(words=False)).record


def value(text: str, name: str) -> str | None:
    field = getattr(record(text), name)
    return None if field is None else str(field.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DECISION, ("Quyết định", "12", "QĐ-UBND", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", None, "Quảng Ngãi", "HỎA TỐC")),
        (LETTER, ("Công văn", None, "CSGT-P5", "CỤC CẢNH SÁT GIAO THÔNG", "BỘ CÔNG AN", "Hà Nội", None)),
        (PARTY, ("Hướng dẫn", "38", "HD/BTCTW", "BAN TỔ CHỨC", "BAN CHẤP HÀNH TRUNG ƯƠNG", "Hà Nội", None)),
    ],
)
def test_head(text: str, expected: tuple[str | None, ...]) -> None:
    names = ("kind", "number", "symbol", "issuer", "superior", "place", "urgency")
    assert tuple(value(text, name) for name in names) == expected


def test_title_ends_before_the_enacting_body() -> None:
    assert value(DECISION, "title") == "Phê duyệt Kế hoạch phòng, chống thiên tai trên địa bàn tỉnh năm 2024"


def test_subject_of_a_letter() -> None:
    assert value(LETTER, "title") == "góp ý dự thảo tiêu chuẩn quốc gia"


def test_blank_day_is_none() -> None:
    date = record(LETTER).date
    assert date is not None
    assert (date.year, date.month, date.day, date.iso) == (2026, 4, None, "2026-04")


def test_stacked_authorities_are_one() -> None:
    signer = record(DECISION).signers[0]
    assert (signer.authority, signer.position) == ("TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")
    assert signer.name == "Trần Hoàng Tuấn"


def test_recipients_lose_dash_and_final_mark() -> None:
    assert [r.value for r in record(DECISION).recipients] == [
        "Như Điều 2",
        "Sở Tài chính (để phối hợp)",
        "Lưu: VT, KTN",
    ]


def test_recipients_on_one_line_are_two() -> None:
    assert [r.value for r in record(PARTY).recipients] == [
        "Ban Bí thư (để báo cáo)",
        "Các vụ, cục, đơn vị trong Ban",
        "Lưu VP",
    ]


@pytest.mark.parametrize(("text", "family"), [(DECISION, "state"), (PARTY, "party")])
def test_family(text: str, family: str) -> None:
    assert record(text).family == family


@pytest.mark.parametrize(
    ("line", "number", "symbol"),
    [
        ("Số: 15/2024/TT-BLĐTBXH", "15", "2024/TT-BLĐTBXH"),
        ("Nghị quyết số: 254/2025/QH15", "254", "2025/QH15"),
        ("Số: /KH-LHH", None, "KH-LHH"),
        ("Số 34-CT/TW", "34", "CT/TW"),
        ("Số: 206-CP", "206", "CP"),
    ],
)
def test_number_and_symbol_split(line: str, number: str | None, symbol: str) -> None:
    text = f"CHÍNH PHỦ\n{line}\nHà Nội, ngày 1 tháng 2 năm 2024\nTHÔNG TƯ\nVề việc bãi bỏ văn bản\nCăn cứ Luật;"
    assert (value(text, "number"), value(text, "symbol")) == (number, symbol)


def test_number_on_its_own_line() -> None:
    text = "ỦY BAN NHÂN DÂN\nTỈNH QUẢNG TRỊ\nSố:\n2827/QĐ-UBND\nQUYẾT ĐỊNH\nCông bố danh mục\nCăn cứ Luật;"
    assert (value(text, "number"), value(text, "symbol")) == ("2827", "QĐ-UBND")


def test_title_in_capitals_ends_before_the_enacting_body() -> None:
    text = "CHÍNH PHỦ\nSố: 388/NQ-CP\nNGHỊ QUYẾT\nVỀ DỰ ÁN LUẬT BẢO HIỂM\nCHÍNH PHỦ\nCăn cứ Luật;\nĐiều 1. Thông qua."
    assert value(text, "title") == "VỀ DỰ ÁN LUẬT BẢO HIỂM"


def test_attached_instrument_has_its_own_record() -> None:
    text = f"{DECISION}\nKẾ HOẠCH\nPhòng, chống thiên tai\n(Kèm theo Quyết định số 12/QĐ-UBND)\nI. MỤC ĐÍCH\n- Việc."
    attached = record(text).attached
    assert [(a.kind.value if a.kind else None, a.title.value if a.title else None) for a in attached] == [
        ("Kế hoạch", "Phòng, chống thiên tai")
    ]


def test_spans_hold_the_printed_values() -> None:
    document: RepairedDocument = plain_document(DECISION)
    found = segment(document, SegmentConfig(words=False)).record
    assert found.issuer is not None
    start, end = found.issuer.span
    assert " ".join(document.text[start:end].split()) == found.issuer.value


def test_paragraphs_do_not_overlap() -> None:
    paragraphs = segment(plain_document(DECISION), SegmentConfig(words=False)).paragraphs
    assert all(a.span[1] <= b.span[0] for a, b in pairwise(paragraphs))


@pytest.mark.parametrize("text", ["", "\n\n", "x", "Điều", "- ", "Nơi nhận:", "(1)", "“", "KẾ HOẠCH"])
def test_scraps_do_not_fail(text: str) -> None:
    assert segment(plain_document(text), SegmentConfig(words=False)).citations == ()


def test_a_body_and_the_one_above_it_on_one_line_are_two() -> None:
    text = (
        "BỘ TÀI CHÍNH CỤC THUẾ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 5330/CT-CS\nHà Nội, ngày 1 tháng 2 năm 2024\n"
    )
    text += "THÔNG BÁO\nVề việc thử\nCăn cứ Luật;"
    assert (value(text, "superior"), value(text, "issuer")) == ("BỘ TÀI CHÍNH", "CỤC THUẾ")


def test_authority_post_and_name_on_one_line() -> None:
    text = DECISION.replace("KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\nTrần", "KT. CHỦ TỊCH PHÓ CHỦ TỊCH Trần")
    signer = record(text).signers[0]
    assert (signer.authority, signer.position, signer.name) == (
        "TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Trần Hoàng Tuấn",
    )


def test_recipients_end_with_what_is_kept() -> None:
    text = DECISION + "\nQuy định chi tiết về nơi nộp hồ sơ:\nNơi nhận hồ sơ:\n- Tại Bộ phận Một cửa;\n- Qua bưu chính."
    assert [r.value for r in record(text).recipients][-1] == "Lưu: VT, KTN"


CONSOLIDATED = """VĂN BẢN HỢP NHẤT - VĂN PHÒNG QUỐC HỘI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
LUẬT
KIỂM TOÁN NHÀ NƯỚC
Luật Kiểm toán nhà nước số 81/2015/QH13 ngày 24 tháng 6 năm 2015 của Quốc hội, có hiệu lực kể từ ngày 01 tháng 01
năm 2016, được sửa đổi, bổ sung bởi:
1. Luật số 35/2018/QH14 ngày 20 tháng 11 năm 2018 của Quốc hội;
2. Luật số 55/2019/QH14 ngày 26 tháng 11 năm 2019 của Quốc hội.
Căn cứ Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam;
Điều 1. Phạm vi điều chỉnh
Luật này quy định về kiểm toán.
Điều 224 Đối tượng áp dụng
Luật này áp dụng cho mọi người.
VĂN PHÒNG QUỐC HỘI
Số: 09/VBHN-VPQH
XÁC THỰC VĂN BẢN HỢP NHẤT
Hà Nội, ngày 25 tháng 6 năm 2020
CHỦ NHIỆM
Nguyễn Hạnh Phúc"""


def test_a_consolidated_text_has_its_number_at_its_end() -> None:
    names = ("kind", "number", "symbol", "issuer", "place")
    assert [value(CONSOLIDATED, name) for name in names] == [
        "Luật", "09", "VBHN-VPQH", "VĂN PHÒNG QUỐC HỘI", "Hà Nội",
    ]  # fmt: skip
    date = record(CONSOLIDATED).date
    assert date is not None and date.iso == "2020-06-25"


def test_what_a_consolidated_text_was_amended_by_amends_it() -> None:
    found = segment(plain_document(CONSOLIDATED), SegmentConfig(words=False))
    cited = [(c.number, c.relation, c.flags) for c in found.citations if c.number]
    assert cited == [("81", None, ("as-amended",)), ("35", "amends", ()), ("55", "amends", ())]
    assert [s.label for s in found.sections if s.kind == "article"] == ["Điều 1", "Điều 2"]


def test_two_bodies_in_one_head_are_one_issuer() -> None:
    text = "BỘ TƯ PHÁP - BỘ NỘI VỤ\nSố: 23/2014/TTLT-BTP-BNV\nHà Nội, ngày 22 tháng 12 năm 2014\n"
    text += "THÔNG TƯ LIÊN TỊCH\nHướng dẫn chức năng\nCăn cứ Luật;"
    assert (value(text, "issuer"), value(text, "superior")) == ("BỘ TƯ PHÁP - BỘ NỘI VỤ", None)
    party = "ĐẢNG BỘ TỈNH BẮC GIANG\nHUYỆN ỦY LẠNG GIANG\n*\nSố 05-QC/HU\nQUY CHẾ\nlàm việc\nCăn cứ Điều lệ Đảng,"
    assert (value(party, "issuer"), value(party, "superior")) == ("HUYỆN ỦY LẠNG GIANG", "ĐẢNG BỘ TỈNH BẮC GIANG")


def test_a_letter_without_head_is_known_by_its_address() -> None:
    assert value("Kính gửi: Ủy ban nhân dân các xã\nĐề nghị báo cáo kết quả.", "kind") == "Công văn"


def test_the_head_of_a_table_is_no_issuer() -> None:
    text = "Phụ lục 3. Lịch trình đào tạo\nTT\nThời gian thực hiện\nNội dung\n1\nTháng 8\nTổ chức đăng ký học"
    assert value(text, "issuer") is None
