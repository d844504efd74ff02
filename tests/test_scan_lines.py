"""Lines, columns and second readings of a scanned page, from words made by hand."""

import pytest

from pipeline.document import Furniture
from pipeline.extract.ocr import Word
from pipeline.extract.scan_doubt import _merged, _once, _second_marks, plausible
from pipeline.extract.scan_lines import rows_of


def words(x: int, y: int, text: str, line: int, confidence: float = 0.95) -> list[Word]:
    """Words of one engine line, 30 pixels high, 15 pixels a letter."""
    found = []
    for part in text.split():
        found.append(Word(part, (x, y, x + 15 * len(part), y + 30), confidence, (1, 1, line)))
        x += 15 * len(part) + 12
    return found


def test_line_read_across_two_columns_is_taken_apart() -> None:
    page = [
        *words(100, 100, "UBND TỈNH PHÚ THỌ", 1),
        *words(700, 100, "CỘNG HÒA XÃ HỘI", 1),
        *words(100, 150, "Số: 25/KH", 2),
        *words(760, 150, "Độc lập - Tự do", 2),
        *words(100, 300, "Thực hiện kế hoạch của tỉnh về việc tổ chức hội thi cho các đơn vị", 3),
    ]
    assert [row.text for row in rows_of(page, 1600, 2200)] == [
        "UBND TỈNH PHÚ THỌ",
        "Số: 25/KH",
        "CỘNG HÒA XÃ HỘI",
        "Độc lập - Tự do",
        "Thực hiện kế hoạch của tỉnh về việc tổ chức hội thi cho các đơn vị",
    ]


def test_table_row_stays_one_line() -> None:
    page = [
        *words(100, 900, "1", 1),
        *words(250, 900, "Nguyễn Văn An", 1),
        *words(900, 900, "12.000", 1),
        *words(100, 950, "2", 2),
        *words(250, 950, "Trần Thị Bình", 2),
        *words(900, 950, "9.500", 2),
    ]
    assert [row.text for row in rows_of(page, 1600, 2200)] == ["1 Nguyễn Văn An 12.000", "2 Trần Thị Bình 9.500"]


@pytest.mark.parametrize("text", ["|", "-----", "___", "ˆ", "—_—", "||"])
def test_rules_and_bars_are_noise(text: str) -> None:
    page = [*words(100, 500, "Điều 1. Phạm vi điều chỉnh", 1), *words(100, 700, text, 2)]
    rows = rows_of(page, 1600, 2200)
    assert [(row.text, row.furniture) for row in rows] == [
        ("Điều 1. Phạm vi điều chỉnh", None),
        (text, Furniture.SCAN_NOISE),
    ]


@pytest.mark.parametrize("text", ["- 12 -", "12", "Trang 3/7", "iv"])
def test_page_numbers_are_marked_only_at_the_edge(text: str) -> None:
    page = words(800, 2120, text, 9)
    rows = rows_of([*words(100, 500, "Điều 1. Phạm vi", 1), *page], 1600, 2200)
    assert rows[-1].furniture is Furniture.PAGE_NUMBER
    middle = [Word(w.text, (w.box[0], 1000, w.box[2], 1030), w.confidence, w.line) for w in page]
    assert rows_of([*words(100, 500, "Điều 1. Phạm vi", 1), *middle], 1600, 2200)[-1].furniture is None


@pytest.mark.parametrize(
    "text",
    [
        "Ký bởi: Cổng Thông tin điện tử Chính phủ",
        "Người ký: Nguyễn Văn A",
        "Thời gian ký: 18.07.2017 15:56:24 +07:00",
        "Ngày ký: 2024-01-02T10:11:12",
    ],
)
def test_digital_signature_lines_are_marked(text: str) -> None:
    assert rows_of(words(900, 60, text, 1), 1600, 2200)[0].furniture is Furniture.SIGNATURE_STAMP


@pytest.mark.parametrize("text", ["Email: thongtin@chinhphu.vn", "Cơ quan: Văn phòng Chính phủ"])
def test_lines_that_letters_have_too_are_a_signature_only_beside_one(text: str) -> None:
    assert rows_of(words(900, 60, text, 1), 1600, 2200)[0].furniture is None
    beside = rows_of([*words(900, 60, "Người ký: Nguyễn Văn A", 1), *words(900, 90, text, 2)], 1600, 2200)
    assert [row.furniture for row in beside] == [Furniture.SIGNATURE_STAMP] * 2
    far = rows_of([*words(900, 60, "Người ký: Nguyễn Văn A", 1), *words(900, 900, text, 2)], 1600, 2200)
    assert [row.furniture for row in far] == [Furniture.SIGNATURE_STAMP, None]


@pytest.mark.parametrize(
    "text",
    [
        "Ngày ký ban hành được tính từ đầu năm",
        "Đến năm 2020, tỉnh phấn đấu đạt 95%",
        "BÊN A (Bên cho vay):",
        "ĐẾN NĂM 2030, TẦM NHÌN ĐẾN NĂM 2045",
    ],
)
def test_ordinary_sentences_are_not_stamps(text: str) -> None:
    assert rows_of(words(100, 900, text, 1), 1600, 2200)[0].furniture is None


def test_nothing_vanishes() -> None:
    page = [*words(100, 500, "Điều 1. ` Phạm vi |", 1, 0.2), *words(100, 700, "~~ q", 2, 0.1)]
    rows = rows_of(page, 1600, 2200)
    assert sorted(w.text for row in rows for w in row.words) == sorted(w.text for w in page)


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        ("tô", "tổ", True),
        ("quyên", "quyền", True),
        ("HỌI", "HỘI", True),
        ("chi", "chỉ", False),
        ("tổ", "tô", False),
        ("bổ", "bố", False),
        ("vi", "vì", False),
        ("tô", "tổ,", False),
    ],
)
def test_only_lost_second_marks_come_back(old: str, new: str, taken: bool) -> None:
    assert _second_marks(old, new) is taken


@pytest.mark.parametrize(
    ("word", "good"),
    [
        ("tổ", True),
        ("tỖ", False),
        ("25/KH-STTTT,", True),
        ("cxng", False),
        ("“Tiếp", True),
        ("UBTVQH14", False),
        ("2015;", True),
        ("", True),
    ],
)
def test_plausible_words(word: str, good: bool) -> None:
    assert plausible(word) is good


def test_better_reading_replaces_only_its_own_words() -> None:
    old = [*words(100, 500, "ngày", 1), *words(172, 500, "II", 1, 0.4), *words(214, 500, "tháng", 1)]
    new = words(172, 10, "11", 7, 0.9)
    merged, changed = _merged(old, new)
    assert [w.text for w in merged] == ["ngày", "11", "tháng"] and changed == 1
    assert merged[1].box == (172, 500, 202, 530) and merged[1].line == old[1].line


def test_a_word_that_the_engine_gives_twice_counts_once() -> None:
    twice = [*words(100, 0, "thẩm", 1), *words(172, 0, "quy", 1), *words(190, 0, "quyền.", 1)]
    assert [w.text for w in _once(twice)] == ["thẩm", "quyền."]
    same = [*words(100, 0, "Nghị", 1, 0.6), *words(125, 0, "Nghị", 1, 0.9)]
    assert [(w.text, w.confidence) for w in _once(same)] == [("Nghị", 0.9)]
    apart = [*words(100, 0, "từng từng", 1), *words(215, 0, "bước", 1)]
    assert [w.text for w in _once(apart)] == ["từng", "từng", "bước"]


@pytest.mark.parametrize(
    ("ghost", "box", "confidence"),
    [
        ("“=—", (101, 500, 158, 530), 0.0),
        ("ch", (105, 500, 128, 530), 0.45),
        ("›", (150, 500, 163, 530), 0.92),
        ("5", (153, 500, 166, 540), 0.5),
        ("ứng", (100, 490, 140, 498), 0.96),
        ("Ô", (150, 525, 158, 531), 0.85),
    ],
)
def test_words_on_the_ink_of_others_are_noise(ghost: str, box: tuple[int, int, int, int], confidence: float) -> None:
    line = words(100, 500, "hiện chương trình của", 1)
    page = [line[0], Word(ghost, box, confidence, (1, 1, 1)), *line[1:]]
    rows = rows_of(page, 1600, 2200)
    assert [row.text for row in rows if row.furniture is None] == ["hiện chương trình của"]
    assert [row.text for row in rows if row.furniture is Furniture.SCAN_NOISE] == [ghost]


def test_a_misread_label_and_the_end_mark_are_kept() -> None:
    page = [
        Word("©)", (100, 500, 130, 530), 0.47, (1, 1, 1)),
        *words(142, 500, "Phương án tổ chức thực hiện", 1),
        Word("./.", (560, 515, 580, 530), 0.5, (1, 1, 1)),
    ]
    assert [row.text for row in rows_of(page, 1600, 2200)] == ["©) Phương án tổ chức thực hiện ./."]


@pytest.mark.parametrize("word", ["#gày", "¡in", "HH.", "IL", "T|nh"])
def test_words_with_signs_of_specks_are_implausible(word: str) -> None:
    assert not plausible(word)
