"""Words and the spaCy pipeline: the text is never changed."""

import pytest

from pipeline.segment import nlp

TEXT = "QUYẾT ĐỊNH\nVề việc ban hành quy chế\nĐiều 1. Phạm vi\n1. Theo  Luật Đất đai năm 2013, cơ quan áp dụng."


def test_words_are_spans_of_the_raw_text() -> None:
    text = "Liên hiệp hội  đã ban hành kế hoạch."
    found = [text[a:b] for a, b in nlp.words(text, [(0, len(text))])]
    assert "ban hành" in found
    assert "kế hoạch" in found
    assert "".join("".join(found).split()) == "Liênhiệphộiđãbanhànhkếhoạch"


def test_old_tone_marks_stay_where_they_were() -> None:
    text = "hoà bình và thuỷ lợi"
    assert "".join(text[a:b].replace(" ", "") for a, b in nlp.words(text, [(0, len(text))])) == text.replace(" ", "")


def test_syllables_where_the_words_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nlp, "_tokenizer", lambda: lambda line: ["khác", "hẳn"])
    assert nlp.line_words("quy chế này") == [(0, 3), (4, 7), (8, 11)]


def test_spacy_keeps_the_text_and_finds_the_structure() -> None:
    doc = nlp.pipeline()(TEXT)
    assert doc.text == TEXT
    assert doc._.record.kind.value == "Quyết định"
    assert [span._.section.path for span in doc.spans["sections"]] == [("Điều 1",), ("Điều 1", "1")]
    assert all(span._.citation is not None for span in doc.spans["citations"])
