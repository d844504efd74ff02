"""Sections: which labels open a division, where it belongs, and its heading."""

import pytest

from pipeline.config import SegmentConfig
from pipeline.document import RepairedDocument, RuledTable, Section, SegmentedDocument
from pipeline.segment import labels, lines, segment
from pipeline.segment.nlp import plain_document

HEAD = "QUYẾT ĐỊNH\nVề việc thử nghiệm\nCăn cứ Luật Đất đai năm 2013;\n"


def found(body: str) -> tuple[Section, ...]:
    return segment(plain_document(HEAD + body), SegmentConfig(words=False)).sections


def paths(body: str) -> list[str]:
    return [" > ".join(section.path) for section in found(body)]


def test_articles_clauses_and_points() -> None:
    body = """Chương I
QUY ĐỊNH CHUNG
Điều 1. Phạm vi điều chỉnh
1. Quy chế này quy định về tổ chức, bao gồm:
a) Phạm vi thứ nhất;
b) Phạm vi thứ hai.
2. Quy chế này áp dụng chung.
Điều 2. Đối tượng áp dụng
Quy chế này áp dụng đối với mọi đơn vị."""
    assert paths(body) == [
        "Chương I",
        "Chương I > Điều 1",
        "Chương I > Điều 1 > 1",
        "Chương I > Điều 1 > 1 > a",
        "Chương I > Điều 1 > 1 > b",
        "Chương I > Điều 1 > 2",
        "Chương I > Điều 2",
    ]
    assert [s.kind.value for s in found(body)[:4]] == ["chapter", "article", "clause", "point"]
    assert [s.heading for s in found(body)[:3]] == ["QUY ĐỊNH CHUNG", "Phạm vi điều chỉnh", None]


def test_vietnamese_alphabet_goes_d_to_dd() -> None:
    body = "Điều 1. Gồm:\n1. Các việc sau:\n" + "\n".join(f"{letter}) Việc cần làm;" for letter in "abcdđegh")
    assert paths(body)[2:] == [f"Điều 1 > 1 > {letter}" for letter in "abcdđegh"]


def test_decimal_numbers_stand_under_their_number() -> None:
    body = """I. KẾT QUẢ
1. Công tác lãnh đạo
Đơn vị đã chỉ đạo.
2. Kết quả thực hiện
2.1. Công tác tổ chức
Đơn vị đã làm tốt.
2.2. Công tác tuyên truyền
Đơn vị đã làm tốt.
II. NHIỆM VỤ
1. Tiếp tục thực hiện tốt công tác."""
    assert paths(body) == ["I", "I > 1", "I > 2", "I > 2 > 2.1", "I > 2 > 2.2", "II", "II > 1"]


def test_heading_over_two_lines_is_joined() -> None:
    body = "I. THÀNH PHẦN, ĐẠI BIỂU, THỜI GIAN, KINH PHÍ\nTỔ CHỨC HỘI THẢO\n1. Thành phần gồm 60 đại biểu."
    assert found(body)[0].heading == "THÀNH PHẦN, ĐẠI BIỂU, THỜI GIAN, KINH PHÍ TỔ CHỨC HỘI THẢO"


@pytest.mark.parametrize(
    "line",
    [
        "Điều 82 của Luật Đất đai được sửa đổi",
        "3.800.000 đồng cho mỗi hộ gia đình",
        "18.11.2024 của Ủy ban nhân dân tỉnh",
        "2.1 triệu đồng mỗi tháng cho người lao động",
    ],
)
def test_wrapped_lines_are_not_labels(line: str) -> None:
    body = f"1. Các đơn vị có trách nhiệm thực hiện đúng và đầy đủ các quy định nêu tại\n{line}\n2. Hiệu lực thi hành."
    assert paths(body) == ["1", "2"]


def test_small_roman_numbers_with_brackets() -> None:
    body = "1. Gồm:\n(i) Tổng kết công tác;\n(ii) Tổ chức hội nghị;\n(iii) Nâng cao chất lượng.\n2. Báo cáo kết quả."
    assert paths(body) == ["1", "1 > i", "1 > ii", "1 > iii", "2"]


def test_quoted_provisions_are_flagged_and_leave_the_outer_list() -> None:
    body = """Điều 1. Sửa đổi Luật
1. Sửa đổi khoản 3 Điều 9 như sau:
“3. Khu vực phòng thủ được tổ chức ở cấp tỉnh.”.
2. Sửa đổi khoản 4 Điều 9 như sau:
“4. Nội dung mới của khoản này.”.
Điều 2. Hiệu lực thi hành"""
    assert paths(body) == ["Điều 1", "Điều 1 > 1", "Điều 1 > 1 > 3", "Điều 1 > 2", "Điều 1 > 2 > 4", "Điều 2"]
    assert [s.flags for s in found(body)] == [(), (), ("quoted",), (), ("quoted",), ()]


def test_a_gap_in_the_numbering_is_kept_and_flagged() -> None:
    body = "1. Việc thứ nhất.\n2. Việc thứ hai.\n4. Việc thứ tư.\n5. Việc thứ năm."
    sections = found(body)
    assert [(s.label, s.flags) for s in sections] == [("1", ()), ("2", ()), ("4", ("numbering-gap",)), ("5", ())]


def test_attached_instrument_restarts_the_numbering() -> None:
    body = """Điều 1. Phê duyệt Kế hoạch.
Điều 2. Hiệu lực từ ngày ký./.
Nơi nhận:
- Lưu: VT.
CHỦ TỊCH
Trần Văn An
KẾ HOẠCH
Phòng, chống thiên tai
(Kèm theo Quyết định số 12/QĐ-UBND)
I. MỤC ĐÍCH
- Bảo đảm an toàn."""
    sections = found(body)
    assert [s.path for s in sections] == [("Điều 1",), ("Điều 2",), ("KẾ HOẠCH",), ("KẾ HOẠCH", "I")]
    assert sections[2].flags == ("attached",)
    assert sections[3].parent == sections[2].id


def test_a_parent_ends_with_its_last_descendant() -> None:
    sections = found("I. MỤC ĐÍCH\n1. Việc thứ nhất.\n2. Việc thứ hai.\nII. NHIỆM VỤ\n1. Việc khác.")
    assert sections[0].span[1] == sections[2].span[1]
    assert sections[0].span[1] < sections[3].span[0]


@pytest.mark.parametrize(
    ("line", "text", "style"),
    [
        ("1.1- Xây dựng kế hoạch", "1.1", "decimal2"),
        ("I- KẾT NẠP", "I", "roman"),
        ("a) Cấp ủy", "a", "letter)"),
        ("(26) Chứng nhận", "26", "arabic()"),
        ("Phần thứ nhất", "Phần thứ nhất", "part"),
        ("Tiểu mục 2", "Tiểu mục 2", "subsection"),
        ("Điều 19a. Bổ sung", "Điều 19a", "article"),
    ],
)
def test_labels(line: str, text: str, style: str) -> None:
    label = labels.read(line)[0]
    assert (label.text, label.style) == (text, style)


def test_a_footnote_number_glued_to_a_label_is_not_part_of_it() -> None:
    body = "Điều 3. Giải thích\n1.2 Báo cáo là tài liệu.\n2. Kế hoạch là văn bản.\n3.4 Dự án là đề xuất."
    assert paths(body) == ["Điều 3", "Điều 3 > 1", "Điều 3 > 2", "Điều 3 > 3"]


def test_conclusion_without_number_is_a_division() -> None:
    body = "I. KẾT QUẢ\n1. Đã làm tốt việc.\nKẾT LUẬN\nĐơn vị đề nghị cấp trên xem xét."
    assert [(s.path, s.heading) for s in found(body)][-1] == (("KẾT LUẬN",), "KẾT LUẬN")


def test_no_label() -> None:
    assert labels.read("Trong thời gian tới") == ()
    assert labels.read("2023 là năm") == ()


def test_table_rows_are_no_sections() -> None:
    text = HEAD + "1. Kinh phí như bảng sau.\n1. Hàng đầu\n2. Hàng hai\n2. Hiệu lực thi hành."
    plain = plain_document(text)
    placed = tuple(
        type(line)(1, (50.0, 20.0 * i, 60.0 + 6 * (line.span[1] - line.span[0]), 20.0 * i + 12), line.span, 12.0)
        for i, line in enumerate(plain.lines)
    )
    box = (40.0, 78.0, 300.0, 118.0)
    table = RuledTable(box, ((box, (300.0, 78.0, 500.0, 118.0)),))
    document = RepairedDocument(plain.source, text, text, plain.pages, placed, (), tables=((1, table),))
    result: SegmentedDocument = segment(document, SegmentConfig(words=False))
    assert [s.path for s in result.sections] == [("1",), ("2",)]
    cell = result.tables[0].rows[0][0].span
    assert cell is not None
    assert text[cell[0] : cell[1]] == "1. Hàng đầu\n2. Hàng hai"


def test_a_bullet_is_a_bullet() -> None:
    assert lines.is_bullet("- Nội dung")
    assert not lines.is_bullet("Nội dung - phần hai")


def test_footnote_marks_glued_to_labels_and_repealed_items() -> None:
    body = """Điều 3. Giải thích từ ngữ
1. Chủ đầu tư là cơ quan sở hữu vốn;
2.4 (được bãi bỏ)
3.5 Giấy phép là văn bản pháp lý, gồm:
a) Giấy phép xây dựng;
b)8 Giấy phép sửa chữa;
c)9 (được bãi bỏ)
Điều 4.10 (được bãi bỏ)
Điều 5. Hiệu lực"""
    assert paths(body) == [
        "Điều 3", "Điều 3 > 1", "Điều 3 > 2", "Điều 3 > 3", "Điều 3 > 3 > a", "Điều 3 > 3 > b", "Điều 3 > 3 > c",
        "Điều 4", "Điều 5",
    ]  # fmt: skip
    assert not any("numbering-gap" in section.flags for section in found(body))
    assert [s.heading for s in found(body) if s.label == "Điều 4"] == [None]


def test_items_before_the_first_article_are_a_preamble() -> None:
    body = (
        "1. Luật số 1/2020/QH14, có hiệu lực từ năm 2021;\n2. Luật số 2/2020/QH14.\nĐiều 1. Phạm vi\nLuật này quy định."
    )
    assert [s.flags for s in found(body)] == [("preamble",), ("preamble",), ()]


def test_the_words_before_the_colon_are_headings_where_the_whole_list_has_them() -> None:
    body = "I. THỜI GIAN\n1. Địa điểm: Hội trường tầng 2.\n2. Kinh phí: do đơn vị chi trả.\n"
    assert [s.heading for s in found(body)] == ["THỜI GIAN", "Địa điểm", "Kinh phí"]
    mixed = "I. THỜI GIAN\n1. Địa điểm: Hội trường tầng 2.\n2. Đơn vị chi trả kinh phí đi lại.\n"
    assert [s.heading for s in found(mixed)] == ["THỜI GIAN", None, None]


def test_labels_with_misread_letters_keep_their_place_and_are_flagged() -> None:
    body = "I. TÌNH HÌNH\nĐiéu 1. Phạm vi\n1. Gồm:\na) Việc một;\nb) Việc hai;\nc) Việc ba;\nd) Việc bốn;\nd) Việc năm;\ne) Việc sáu."
    sections = found(body.removeprefix("I. TÌNH HÌNH\n"))
    assert [s.label for s in sections] == ["Điều 1", "1", "a", "b", "c", "d", "đ", "e"]
    assert [s.label for s in sections if "misread-label" in s.flags] == ["Điều 1", "đ"]
    assert paths("Ỉ. TÌNH HÌNH CHUNG\nĐã làm tốt.\nII. NHIỆM VỤ\nTiếp tục thực hiện.") == ["I", "II"]


def test_a_lost_first_label_does_not_take_the_list_with_it() -> None:
    body = "TÌNH HÌNH CHUNG\n1. Việc đã làm tốt.\n2. Việc chưa làm.\nII. NHIỆM VỤ\n1. Việc phải làm.\nIII. TỔ CHỨC THỰC HIỆN\n1. Việc khác."
    assert paths(body) == ["1", "2", "II", "II > 1", "III", "III > 1"]


def test_an_instrument_with_a_long_title_on_one_line_is_attached() -> None:
    title = "QUY TRÌNH RÀ SOÁT " + "ĐỐI TƯỢNG THỰC HIỆN DỰ ÁN " * 8
    body = f"Điều 1. Ban hành Quy trình.\nNơi nhận:\n- Như Điều 3;\n- Lưu: VT.\nCHỦ TỊCH\nTrần Văn An\n{title.strip()}\n(Ban hành kèm theo Quyết định số 12/QĐ-UBND)\nChương I\nQUY ĐỊNH CHUNG\nĐiều 1. Phạm vi"
    assert [s.path[-1] for s in found(body)][1:] == [found(body)[1].label, "Chương I", "Điều 1"]
    assert found(body)[1].flags == ("attached",)


def test_a_table_of_contents_is_no_tree() -> None:
    body = (
        "MỤC LỤC\nPhần thứ nhất: Đánh giá 5\nChương I. Tổng quan về tình hình\nkinh tế xã hội 7\nI. Tình hình ..... 9\n"
    )
    assert paths(body + "I. TÌNH HÌNH CHUNG\nĐã làm.\nII. KẾT QUẢ\n1. Kết quả một.") == ["I", "II", "II > 1"]


def test_a_quoted_article_closes_with_its_quotation() -> None:
    body = """Điều 1. Sửa đổi, bổ sung một số điều của Nghị định số 01/2021/NĐ-CP
1. Sửa đổi, bổ sung Điều 4 như sau:
"Điều 4. Nguyên tắc áp dụng
1. Doanh nghiệp tự kê khai.
2. Cơ quan đăng ký chịu trách nhiệm:
a) Về tính hợp lệ;
b) Về thời hạn.".
2. Bổ sung Điều 5a như sau:
“Điều 5a. Mã số
1. Mỗi doanh nghiệp có một mã số.
2. Mã số tồn tại suốt đời.”
3. Thay thế cụm từ “Sở Kế hoạch” bằng cụm từ “Sở Tài chính” tại các Điều 3, 4.
Điều 2. Hiệu lực thi hành"""
    assert paths(body) == [
        "Điều 1", "Điều 1 > 1", "Điều 1 > 1 > Điều 4", "Điều 1 > 1 > Điều 4 > 1", "Điều 1 > 1 > Điều 4 > 2",
        "Điều 1 > 1 > Điều 4 > 2 > a", "Điều 1 > 1 > Điều 4 > 2 > b", "Điều 1 > 2", "Điều 1 > 2 > Điều 5a",
        "Điều 1 > 2 > Điều 5a > 1", "Điều 1 > 2 > Điều 5a > 2", "Điều 1 > 3", "Điều 2",
    ]  # fmt: skip
    assert [s.heading for s in found(body)][-4:] == [None, None, None, "Hiệu lực thi hành"]
