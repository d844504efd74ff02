"""The syllable model's reader, the restoring of marks, and the suggestions."""

import math

import pytest

from pipeline import vietnamese
from pipeline.repair import accents, language, suggestions


def _score(text: str) -> float:
    return accents.score(text)


def test_fluent_text_is_likelier() -> None:
    assert _score("hoạt động phối hợp của các hội thành viên") > _score("hoạt đống phôi hớp cùa các hôi thanh viện") + 2


def test_probabilities_are_probabilities() -> None:
    model = language.model()
    context = model.follow(language.BOUNDARY, model.id("phối"))
    total = sum(math.exp(model.score(context, number)) for number in range(1, len(model)))
    assert 0.8 < total < 1.2


def test_both_tone_styles_are_one_word() -> None:
    model = language.model()
    assert model.id("hoà") == model.id("hòa") != language.UNKNOWN
    assert model.id("xyzzyq") == language.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "Ủy ban nhân dân tỉnh ban hành kế hoạch tổ chức hội thảo khoa học.",
        "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
        "",
    ],
)
def test_marks_come_back(text: str) -> None:
    assert accents.restore(vietnamese.strip_marks(text)) == text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("về thực hiện công tác thi dua khen thưởng năm 2023", "đua"),
        ("phấn đấu thực hiện hoàn thành tốt nhiệm vu được giao", "vụ"),
        ("Cụm thi đua số1; đổi mới nội dung", "số "),
    ],
)
def test_mistakes_are_suggested(text: str, after: str) -> None:
    assert [found[2] for found in suggestions.find(text)] == [after]


def test_sound_text_gets_no_suggestion() -> None:
    text = "Việc thực hiện kế hoạch bảo đảm nghiêm túc, đúng quy định của pháp luật. Bà Huỳnh Thị Mỹ Hằng, ông Tạ Quát."
    assert suggestions.find(text) == []
