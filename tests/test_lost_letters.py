"""The lost-letter decoder on short texts, with the committed model."""

import difflib
from pathlib import Path

import pytest

from pipeline.repair import lost_letters
from pipeline.repair.lost_forms import Mode, shown

_TEXT = (
    "Thực hiện Kế hoạch số 85/KH-CTĐ của Cụm thi đua số 1, Liên hiệp các hội Khoa học và Kỹ thuật tỉnh xây dựng\n"
    "kế hoạch tổ chức hội thảo về hoạt động phối hợp giữa các cơ quan, đơn vị và đoàn thể địa phương.\n"
    "Các đại biểu thảo luận, đề xuất giải pháp nâng cao chất lượng, hiệu quả hoạt động; đổi mới nội dung.\n"
    "Việc thực hiện Kế hoạch số 90/KH-CTĐ bảo đảm nghiêm túc, đúng quy định của pháp luật hiện hành.\n"
    "Hội đồng nhân dân và Ủy ban nhân dân tỉnh giao Sở Tài chính hướng dẫn, kiểm tra việc thực hiện.\n"
)
_LOST = frozenset("đậảợớữ")


def _restored(text: str) -> str:
    for one in reversed(lost_letters.restore(text)):
        if one.after is not None:
            text = text[: one.start] + one.after + text[one.end :]
    return text


def test_letters_come_back_and_nothing_else_changes() -> None:
    assert _restored(shown(_TEXT, _LOST, Mode.LETTER)) == _TEXT


def test_one_space_a_byte() -> None:
    every = frozenset(c for c in _TEXT if ord(c) > 127)
    got, want = _restored(shown(_TEXT, every, Mode.BYTE)).split(), _TEXT.split()
    assert difflib.SequenceMatcher(None, got, want, autojunk=False).ratio() > 0.92


def test_real_double_spaces_stay() -> None:
    text = _TEXT.replace("tỉnh giao", "tỉnh  giao").replace("Các đại", "   Các đại")
    assert _restored(shown(text, _LOST, Mode.LETTER)) == text


def test_an_intact_copy_or_a_known_name_fills_a_number() -> None:
    first, rest = _TEXT.split("\n", 1)
    rest += "Sở Khoa học và Công nghệ, Kho bạc Nhà nước, Phòng Kế hoạch và Khoa Kinh tế đánh giá.\n" * 2
    restored = _restored(first + "\n" + shown(rest, _LOST | {"K"}, Mode.LETTER))
    assert "số 90/KH-CTĐ" in restored and "Sở Khoa học" in restored


def test_spans_and_confidence() -> None:
    broken = shown(_TEXT, _LOST, Mode.LETTER)
    found = lost_letters.restore(broken)
    assert found
    for one in found:
        assert not broken[one.start : one.end].strip()
        assert 0.0 <= one.confidence <= 1.0
        assert one.after is None or one.confidence >= 0.9
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_a_floor_above_all_leaves_holes_with_candidates() -> None:
    found = lost_letters.restore(shown(_TEXT, _LOST, Mode.LETTER), confidence_floor=1.1)
    assert found and all(one.after is None for one in found)
    assert any(one.candidates and one.candidates[0][0] == "đ" for one in found)


@pytest.mark.parametrize(
    "text",
    [
        _TEXT,
        "To chuc hoi thao khoa hoc, cac dai bieu thao luan ve chat luong hoat dong cua cac hoi thanh vien.",
        "The quick brown fox jumps over the lazy dog, and then it is time to go home to the others.",
        "def f(x):\n    return [g(y)  for y in x if y > 0]\n\nfor i in range(10):\n    h = f(i)  # t o d o",
        "",
    ],
)
def test_healthy_text_is_not_damaged(text: str) -> None:
    assert not lost_letters.is_damaged(text)


def test_damaged_text_is_damaged() -> None:
    assert lost_letters.is_damaged(shown(_TEXT, _LOST, Mode.LETTER))


def test_the_users_plan_comes_back_letter_for_letter() -> None:
    seeds = Path(__file__).resolve().parent / "data"
    truth = (seeds / "plan-repaired.txt").read_text("utf-8")
    lost = frozenset("đâậảữợớỡxKLXỹ")
    broken = shown(truth, lost, Mode.LETTER)
    right = sum(a == b for a, b in zip(_restored(broken), truth, strict=True))
    assert right >= len(truth) - 20


_GONE = frozenset("đâậảữợớỡxKLX")


def _holes(line: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """For each hole in the line, set into damaged text: what stands before and after, and the candidates."""
    text = shown(_TEXT, _GONE, Mode.LETTER) + line + "\n" + shown(_TEXT, _GONE, Mode.LETTER)
    start = text.index(line)
    return [
        (
            text[max(start, one.start - 2) : one.start],
            text[one.end : one.end + 1].strip("\n"),
            tuple(c for c, _ in one.candidates),
        )
        for one in lost_letters.restore(text)
        if one.after is None and start <= one.start < start + len(line)
    ]


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("Mô hình HT  là mô hình mới của tỉnh", "HT", " "),  # HTX
        ("Việc thành lập các tổ hợp tác, GZQ  của tỉnh", "ZQ", " "),
        ("Báo cáo số 5/P Y về việc thực hiện", "/P", "Y"),
        ("Quốc hội khóa  V họp phiên thứ nhất", "a ", "V"),  # XV
        ("Chương  ", "g ", ""),
    ],
)
def test_what_cannot_be_completed_is_a_hole(line: str, before: str, after: str) -> None:
    assert (before, after) in [(b, a) for b, a, _ in _holes(line)]


def test_labels_in_roman_numerals_are_told_by_their_order() -> None:
    holes = _holes("VIII. Tổ chức\nI . Thực hiện\n . Hướng dẫn\n I. Kiểm tra")
    assert [candidates for _, _, candidates in holes] == [("X",), ("X",), ("X",)]


def test_known_abbreviations_are_completed() -> None:
    line = shown("Nơi nhận: Cục KSTTHC.\nKT. CHỦ TỊCH", _GONE, Mode.LETTER)
    assert "Cục KSTTHC.\nKT. CHỦ TỊCH" in _restored(shown(_TEXT, _GONE, Mode.LETTER) + line + "\n")


def test_collapsed_runs_come_back_with_their_spaces() -> None:
    broken = shown(_TEXT, _LOST, Mode.COLLAPSED)
    got, want = _restored(broken).split(), _TEXT.split()
    assert difflib.SequenceMatcher(None, got, want, autojunk=False).ratio() > 0.93
    assert difflib.SequenceMatcher(None, broken.split(), want, autojunk=False).ratio() < 0.85
