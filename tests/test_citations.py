"""Citations: every shape of the table, lists, names, provisions, and what must not fire."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pipeline import knowledge
from pipeline.config import SegmentConfig
from pipeline.document import (
    Field,
    PrintedDate,
    Provision,
    Record,
    RepairedDocument,
    Section,
    SectionKind,
    Source,
    TextLine,
)
from pipeline.segment import (
    citations,
    dates,
    issuers,
    kinds,
    lexer,
    numerals,
    places,
    provisions,
    relations,
    segment,
    symbols,
)
from pipeline.segment.mentions import Mention, parse
from pipeline.segment.nlp import plain_document
from tests import shapes

DATA = Path(__file__).with_name("data")
SHAPES = {row["id"]: row["example"] for row in knowledge.rows("citation_shapes.csv")}


def document(text: str) -> RepairedDocument:
    """A document of one page whose lines are the text's."""
    lines, place = [], 0
    for i, line in enumerate(text.split("\n")):
        lines.append(TextLine(1, (50.0, 10.0 * i, 550.0, 10.0 * i + 9), (place, place + len(line))))
        place += len(line) + 1
    return RepairedDocument(Source("a.pdf", "0" * 64, 1, "application/pdf", 1), text, text, (), tuple(lines), ())


def short(mentions: Iterable[Mention]) -> list[tuple[str | None, str | None, str | None, str | None]]:
    return [(m.kind, m.number, m.symbol, m.date) for m in mentions]


PARTS_UNHELD = {"F-15", "F-16", "F-17"}
"""Rows with parts smaller than a point (tiết, đoạn, gạch đầu dòng), for which Provision has no field."""


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row["id"], marks=pytest.mark.xfail(strict=True) if row["id"] in PARTS_UNHELD else ())
        for row in knowledge.rows("citation_shapes.csv")
        if row["id"] not in shapes.ELSEWHERE
    ],
)
def test_a_shape_is_read_as_its_row_says(row: dict[str, str]) -> None:
    assert shapes.right(row)


def test_the_reader_of_the_table_notices_a_wrong_parse() -> None:
    row = {"id": "A-01", "group": "A", "example": "Nghị định số 30/2020/NĐ-CP"}
    assert shapes.right({**row, "parse": '{"type": "Nghị định", "num": "30", "year": "2020", "symbol": "NĐ-CP"}'})
    for wrong in ('{"num": "31"}', '{"type": "Nghị quyết"}', '{"year": "2021"}', '{"citation": false}', "[{}, {}]"):
        assert not shapes.right({**row, "parse": wrong})


@pytest.mark.parametrize(
    ("text", "symbol", "number"),
    [
        ("số 3O/2O2O/NĐ-CP", "2020/NĐ-CP", "30"),
        ("l2/2O1S/TT-BTC", "2015/TT-BTC", "12"),
        ("Luật 81/2025/QHI5", "2025/QH15", "81"),
        ("Nghị định 30/2020/ND-CP", "2020/NĐ-CP", "30"),
        ("Quyết định số 1234/QĐ-TTG", "QĐ-TTg", "1234"),
        ("01/2010/TTLT-BKH&ĐT-BTC", "2010/TTLT-BKHĐT-BTC", "01"),
        ("12/2010/TTLT.BTC-BTP", "2010/TTLT-BTC-BTP", "12"),
        ("Nghị quyết số 07/NQ-TW", "NQ/TW", "07"),
    ],
)
def test_the_normal_form_puts_right_what_print_or_reading_spoilt(text: str, symbol: str, number: str) -> None:
    (mention,) = parse(text)
    assert mention.normal.get("symbol", mention.symbol) == symbol
    assert mention.normal.get("number", mention.number) == number


def test_a_list_shares_its_kind_and_counts_each() -> None:
    found = parse("các Luật số 43/2024/QH15, số 47/2024/QH15 và số 58/2024/QH15")
    assert [(m.text, m.kind) for m in found] == [
        ("Luật số 43/2024/QH15", "Luật"),
        ("số 47/2024/QH15", "Luật"),
        ("số 58/2024/QH15", "Luật"),
    ]


def test_a_letter_in_a_list_is_a_letter() -> None:
    found = parse("Công văn số 4643/UBND-KGVX ngày 28/8/2024, số 4975/UBND-KGVX ngày 17/09/2024 về việc giải ngân")
    assert short(found) == [
        ("Công văn", "4643", "UBND-KGVX", "2024-08-28"),
        ("Công văn", "4975", "UBND-KGVX", "2024-09-17"),
    ]


def test_a_mention_inside_a_subject_counts_on_its_own() -> None:
    text = "Kết \nluận số 93-KL/TW ngày 20/11/2020 về tiếp tục thực hiện "
    text += "Chỉ thị số 42-CT/TW \nngày 16/4/2010 của Bộ chính trị khóa X về"
    assert [m.text for m in parse(text)] == [
        "Kết luận số 93-KL/TW ngày 20/11/2020",
        "Chỉ thị số 42-CT/TW ngày 16/4/2010 của Bộ chính trị khóa X",
    ]


def test_an_amending_law_cited_by_name_is_one() -> None:
    found = parse("Căn cứ Luật sửa đổi, bổ sung một số điều của Luật Xây dựng ngày 17/6/2020;")
    assert [(m.text, m.date) for m in found] == [
        ("Luật sửa đổi, bổ sung một số điều của Luật Xây dựng ngày 17/6/2020", "2020-06-17")
    ]


@pytest.mark.parametrize(
    ("tail", "issuer"),
    [
        ("của UBND tỉnh Bắc Giang về phát động", "UBND tỉnh Bắc Giang"),
        ("của Chủ tịch UBND tỉnh về", "Chủ tịch UBND tỉnh"),
        ("của cụm thi đua số 1 về thực hiện", "cụm thi đua số 1"),
        ("của Bộ Văn hóa, Thể thao và Du lịch quy định", "Bộ Văn hóa, Thể thao và Du lịch"),
        (
            "của Bộ trưởng Bộ Lao động - Thương binh và Xã hội và các văn bản",
            "Bộ trưởng Bộ Lao động - Thương binh và Xã hội",
        ),
        ("của Thủ tướng Chính phủ phê duyệt Đề án", "Thủ tướng Chính phủ"),
        ("của Giám đốc Đại học Quốc gia Hà Nội ban hành", "Giám đốc Đại học Quốc gia Hà Nội"),
        ("của Ban Chấp hành Trung ương Đảng (khóa XIII) về", "Ban Chấp hành Trung ương Đảng (khóa XIII)"),
        ("của Ban Chỉ đạo 389 quốc gia", "Ban Chỉ đạo 389 quốc gia"),
        ("của pháp luật", None),
        ("đã được phê duyệt", None),
    ],
)
def test_the_issuer_ends_where_the_name_ends(tail: str, issuer: str | None) -> None:
    assert parse("Quyết định số 12/QĐ-ABC ngày 01/02/2023 " + tail)[0].issuer == issuer


def test_joint_issuers_are_one_issuer() -> None:
    text = "Thông tư liên tịch số 28/2010/TTLT-BLĐTBXH-BNV ngày 16/9/2010 của "
    text += "Bộ trưởng Bộ Lao động - Thương binh và Xã hội và Bộ trưởng Bộ Nội vụ"
    assert parse(text)[0].issuer == "Bộ trưởng Bộ Lao động - Thương binh và Xã hội và Bộ trưởng Bộ Nội vụ"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("điểm a khoản 2 Điều 5", [Provision(article="5", clause="2", point="a")]),
        ("Điều 5, khoản 2, điểm a", [Provision(article="5", clause="2", point="a")]),
        ("khoản 1 và khoản 3 Điều 25", [Provision(article="25", clause="1"), Provision(article="25", clause="3")]),
        (
            "Điều 81, khoản 1 và khoản 2 Điều 82",
            [Provision(article="81"), Provision(article="82", clause="1"), Provision(article="82", clause="2")],
        ),
        ("Điều 6 đến Điều 9", [Provision(article=n) for n in "6789"]),
        ("Điều 22-25", [Provision(article=str(n)) for n in range(22, 26)]),
        (
            "các điểm a, b, d và đ khoản 2, khoản 4 Điều 15 và Điều 18",
            [Provision(article="15", clause="2", point=p) for p in "abdđ"]
            + [Provision(article="15", clause="4"), Provision(article="18")],
        ),
        ("khoản 1 Điều này và điểm a khoản này", [Provision(clause="1"), Provision(point="a")]),
        ("mục 1, phần II", [Provision(section="1", part="II")]),
        ("Phụ lục 4a", [Provision(appendix="4a")]),
        ("điểm đ1 khoản 2", [Provision(clause="2", point="đ1")]),
    ],
)
def test_provisions_are_spread_over_their_parents(text: str, expected: list[Provision]) -> None:
    (chain,) = provisions.chains(text)
    assert list(chain.provisions) == expected


@pytest.mark.parametrize("text", ["thời điểm 5", "tài khoản 331", "thành phần 2", "điều kiện", "khoản vay", "mục tiêu"])
def test_ordinary_words_are_no_provisions(text: str) -> None:
    assert list(provisions.chains(text)) == []


def test_provisions_belong_to_the_document_behind_them() -> None:
    (mention,) = parse("theo quy định tại khoản 2 Điều 5 của Nghị định số 30/2020/NĐ-CP")
    assert mention.text == "khoản 2 Điều 5 của Nghị định số 30/2020/NĐ-CP"
    assert mention.provisions == (Provision(article="5", clause="2"),)


def test_an_inner_reference_before_a_document_is_one_of_its_own() -> None:
    found = parse("theo khoản 1 Điều này hoặc khoản 2 Điều 13 Nghị quyết số 35/2025/NQ-HĐND")
    assert [(m.kind, m.provisions) for m in found] == [
        ("internal", (Provision(clause="1"),)),
        ("Nghị quyết", (Provision(article="13", clause="2"),)),
    ]


def test_an_issued_regulation_is_cited_by_its_decision() -> None:
    (mention,) = parse("tại Điều 32, Quy chế đào tạo trình độ đại học (ban hành kèm theo Quyết định số 5115/QĐ-ĐHQGHN)")
    assert (mention.kind, mention.number, mention.provisions) == ("Quyết định", "5115", (Provision(article="32"),))
    assert mention.text.startswith("Điều 32, Quy chế")


def test_places_in_the_same_document_are_internal() -> None:
    found = parse("theo Điều 5 của Nghị định này và khoản 1 Điều này")
    assert [m.kind for m in found] == ["internal"] or [m.text for m in found] == [
        "Điều 5 của Nghị định này",
        "khoản 1 Điều này",
    ]
    assert parse("Điều này") == []


def test_a_heading_is_no_reference_but_a_wrapped_line_is() -> None:
    assert parse("Điều 5. Trách nhiệm\n1. Nội dung") == []
    assert [m.text for m in parse("thực hiện theo quy định tại\nĐiều 5 của Nghị định này")] == [
        "Điều 5 của Nghị định này"
    ]


@pytest.mark.parametrize(
    ("shape", "iso"),
    [
        ("E-01", "2023-04-17"),
        ("E-02", "2023-04-17"),
        ("E-03", "1997-10-01"),
        ("E-04", "2013-09-24"),
        ("E-05", "2023-05"),
        ("E-06", "2023-08"),
        ("E-07", "2013"),
        ("E-08", "2023-08"),
        ("E-09", "--08-18"),
        ("E-10", "2023-04-19"),
        ("E-12", "2020-02"),
    ],
)
def test_dates_are_iso_as_far_as_printed(shape: str, iso: str) -> None:
    found = dates.find(lexer.lex(SHAPES[shape]).folded)
    assert found is not None
    assert found.iso == iso
    assert (dates.IMPOSSIBLE in found.flags) == (shape == "E-12")


def test_lexing_keeps_every_place() -> None:
    text = "34\u2013CT\u2215TW\u00a0Ðiều **a**"
    lexed = lexer.lex(text)
    assert len(text) == len(lexed.plain) == len(lexed.folded)
    assert lexed.plain.startswith("34-CT/TW Điều")


@pytest.mark.parametrize(
    "row", knowledge.rows("document_kinds.csv"), ids=lambda row: row["role"] + ":" + row["kind"] + row["abbr"]
)
def test_every_kind_of_the_table_is_reached_by_its_example(row: dict[str, str]) -> None:
    found = parse(row["example"])
    assert found
    if row["role"] == "symbol":
        assert row["kind"] in found[0].symbol_kinds
    else:
        assert found[0].kind == row["kind"]


@pytest.mark.parametrize("row", knowledge.rows("laws.csv"), ids=lambda row: row["example"])
def test_every_law_of_the_table_is_found_whole(row: dict[str, str]) -> None:
    (mention,) = [m for m in parse(f"theo {row['example']}; và") if m.kind == row["kind"]]
    assert mention.text == row["example"]


@pytest.mark.parametrize("row", knowledge.rows("law_abbreviations.csv"), ids=lambda row: row["abbr"])
def test_every_abbreviation_of_a_law_is_its_title(row: dict[str, str]) -> None:
    (mention,) = parse(row["example"])
    assert (mention.kind, mention.title) == (row["kind"], row["title"])


@pytest.mark.parametrize("row", knowledge.rows("foreign_states.csv"), ids=lambda row: row["name"])
def test_the_law_of_another_state_is_no_citation(row: dict[str, str]) -> None:
    assert parse(row["example"]) == []


@pytest.mark.parametrize(
    "text", ["Hiến pháp Việt Nam", "Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam", "Luật Đất đai pháp luật"]
)
def test_the_law_of_this_state_is_one(text: str) -> None:
    assert len(parse(text)) == 1


@pytest.mark.parametrize("row", knowledge.rows("provinces.csv"), ids=lambda row: row["name"])
def test_every_province_is_found_in_the_name_of_its_body(row: dict[str, str]) -> None:
    assert places.seat(row["example"]) == places.Seat(row["name"])
    assert places.seat(row["example"].upper()) == places.Seat(row["name"])


def test_no_law_where_the_word_is_ordinary() -> None:
    assert parse("theo quy định của pháp luật và luật sư, kỷ luật lao động") == []


def test_find_leaves_out_head_recipients_and_labels() -> None:
    text = (
        "ỦY BAN NHÂN DÂN\nTỈNH BẮC GIANG\nSố: 12/KH-UBND\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
        "Căn cứ Luật Đất đai số 31/2024/QH15;\nĐiều 1. Phạm vi\n"
        "Thực hiện Kế hoạch số 85/KH-CTĐ ngày 17/4/2026 của UBND tỉnh.\nNơi nhận:\n- Như Điều 3;\n- Lưu: VT, TCCB."
    )
    at = text.index("Điều 1")
    section = Section("s1", None, "Điều 1", ("Điều 1",), "Phạm vi", SectionKind.ARTICLE, 1, (at, len(text)), 1)
    number = text.index("12/KH")
    record = Record(
        number=Field("12", (number, number + 2), 1.0),
        symbol=Field("KH-UBND", (number + 3, number + 10), 1.0),
        issuer=Field("ỦY BAN NHÂN DÂN TỈNH BẮC GIANG", (0, 30), 1.0),
        date=PrintedDate(2023, 5, 1, (0, 1), 1.0, "2023-05-01"),
    )
    first, second = citations.find(document(text), record, (section,))
    assert (first.text, first.relation, first.section) == ("Luật Đất đai số 31/2024/QH15", "based_on", None)
    assert (second.text, second.relation, second.section) == (
        "Kế hoạch số 85/KH-CTĐ ngày 17/4/2026 của UBND tỉnh",
        "implements",
        "s1",
    )
    assert second.normal["issuer"] == "UBND tỉnh Bắc Giang"
    assert second.flags == ("citation-after-document",)
    assert text[second.span[0] : second.span[1]] == second.text
    assert second.box is not None
    assert second.box[0] == pytest.approx(50 + 500 * 10 / 61, abs=1)


def test_a_short_form_needs_a_full_mention_before_it() -> None:
    whole = document("Nghị định số 30/2020/NĐ-CP (sau đây gọi là Nghị định 30). Quyết định 7 vấn đề.")
    assert [c.text for c in citations.find(whole, Record(), ())] == ["Nghị định số 30/2020/NĐ-CP", "Nghị định 30"]


@pytest.mark.parametrize(
    ("text", "alias", "number"),
    [
        (
            "Quyết định số 06/QĐ-TTg ngày 06/01/2022 phê duyệt Đề án dân cư (sau đây gọi tắt là Đề án 06)",
            "Đề án 06",
            "6",
        ),
        ("Nghị quyết số 57-NQ/TW của Bộ Chính trị về đột phá (gọi tắt là “Nghị quyết 57”)", "Nghị quyết 57", "57"),
        ("Luật số 45/2013/QH13 (sau đây gọi là Luật Đất đai)", "Luật Đất đai", "45"),
        ("Luật số 72/2020/QH14 (sau đây viết tắt là Luật BVMT 2020)", "Luật BVMT 2020", "72"),
        ("Quy chế ban hành kèm theo Quyết định số 43/2007/QĐ-BGDĐT (sau đây gọi là Quy chế 43)", "Quy chế 43", "43"),
    ],
)
def test_a_name_given_for_the_document_stands_for_what_it_names(text: str, alias: str, number: str) -> None:
    found = citations.find(document(f"{text}. Theo Điều 5 của {alias} và {alias}."), Record(), ())
    first = next(c for c in found if c.symbol)
    assert [c.text for c in found if c is not first] == [alias, f"Điều 5 của {alias}", alias]
    assert {c.target for c in found} == {first.target}
    assert first.target is not None and f"/{number}-" in first.target


@pytest.mark.parametrize("text", ["Ban Chỉ đạo tỉnh (sau đây gọi là Ban Chỉ đạo). Ban Chỉ đạo họp",
                                  "Quyết định số 5/QĐ-UBND ban hành Quy chế (sau đây gọi là Quy chế). Theo Quy chế"])  # fmt: skip
def test_a_bare_word_is_no_alias(text: str) -> None:
    assert all(c.symbol for c in citations.find(document(text), Record(), ()))


@pytest.mark.parametrize(
    ("before", "relation"),
    [
        ("Căn cứ ", "based_on"),
        ("bãi bỏ ", "repeals"),
        ("thay thế ", "replaces"),
        ("sửa đổi, bổ sung một số điều của ", "amends"),
        ("(Kèm theo ", "annex_of"),
        ("báo cáo kết quả thực hiện ", "reports_on"),
        ("hướng dẫn thi hành ", "guides"),
        ("trả lời ", "replies_to"),
        ("quán triệt ", "implements"),
        ("xem ", None),
    ],
)
def test_the_words_before_give_the_relation(before: str, relation: str | None) -> None:
    folded = lexer.lex(before + "Nghị định số 30/2020/NĐ-CP").folded
    assert relations.before(folded, len(before)) == relation


def test_kinds_and_bodies_do_not_mix() -> None:
    assert kinds.of_segment("UBND") == ()
    assert kinds.of_segment("TTr") == ("Tờ trình",)
    assert "ubnd" in symbols.bodies()
    assert issuers.after(lexer.lex(" của UBND tỉnh"), 0) == (5, 14)
    assert numerals.roman("XIV") == 14


def test_the_mark_of_a_footnote_is_not_of_the_number() -> None:
    (mention,) = parse("Luật Đường sắt số 95/2025/QH151 quy định")
    assert (mention.symbol, mention.text) == ("2025/QH15", "Luật Đường sắt số 95/2025/QH15")


def test_a_kind_before_a_footnote_mark_on_the_next_line_is_no_citation() -> None:
    assert [m.number for m in parse("Nghị định số 1/2020/NĐ-CP và áp dụng Nghị định\n1.")] == ["1"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("khoản 2 Điều 40 của Luật dược", "dược"),
        ("Luật sửa đổi, bổ sung một số điều của 37 luật có liên quan đến quy hoạch", None),
        ("Luật sửa đổi, bổ sung một số điều của luật chứng khoán, luật kế toán", None),
    ],
)
def test_titles_in_small_letters(text: str, title: str | None) -> None:
    (mention,) = parse(text)
    assert mention.text == text
    assert title is None or mention.title == title


def test_an_issuer_named_twice_by_the_enacting_line_is_taken_once() -> None:
    (mention,) = parse("QUYẾT ĐỊNH SỐ 193/2001/QĐ-TTG CỦA THỦ TƯỚNG CHÍNH PHỦ\nTHỦ TƯỚNG CHÍNH PHỦ")
    assert mention.issuer == "THỦ TƯỚNG CHÍNH PHỦ"


def test_a_relation_holds_for_a_list_and_for_the_agent() -> None:
    text = "thay the nghi dinh a, nghi dinh b; luat c duoc sua doi, bo sung mot so dieu theo luat d"
    spans = [(9, 20), (22, 33), (35, 41), (len(text) - 6, len(text))]
    assert relations.stated(text, spans) == ["replaces", "replaces", None, "amends"]


def test_a_document_changed_by_another_is_flagged_as_amended() -> None:
    text = "Căn cứ Luật Đất đai số 45/2013/QH13 đã được sửa đổi, bổ sung một số điều theo Luật số 35/2018/QH14;"
    old, new = citations.find(document(text), Record(), ())
    assert (old.relation, old.flags) == ("based_on", ("as-amended",))
    assert (new.relation, new.flags) == ("amends", ())


def test_an_issuer_may_bear_the_word_law() -> None:
    (mention,) = parse(
        "Báo cáo số 418/BC-UBPLTP15 ngày 03 tháng 6 năm 2025 của Ủy ban Pháp luật và Tư pháp, quyết nghị"
    )
    assert mention.issuer == "Ủy ban Pháp luật và Tư pháp"


def test_the_title_of_the_document_is_no_citation_of_itself() -> None:
    text = "QUỐC HỘI\nLuật số: 31/2024/QH15\nLUẬT\nĐẤT ĐAI\nCăn cứ Hiến pháp;\nĐiều 1. Phạm vi\nLuật Đất đai này."
    found = segment(plain_document(text), SegmentConfig(words=False)).citations
    assert "LUẬT ĐẤT ĐAI" not in [c.text for c in found]


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("ban hành kèm theo Quyết định này thì áp dụng theo Thông tư số 44/2017/TT-BTC", None),
        ("thi hành Luật này và Nghị định số 30/2020/NĐ-CP", "implements"),
        ("theo Luật sửa đổi, bổ sung một số điều của Luật Thuế thu nhập cá nhân xem Nghị định số 65/2013/NĐ-CP", None),
    ],
)
def test_a_verb_with_another_object_states_nothing(text: str, relation: str | None) -> None:
    assert citations.find(document(text), Record(), ())[-1].relation == relation


TRICKY = [json.loads(line) for line in (DATA / "tricky_citations.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("row", TRICKY, ids=lambda row: row["sentence"][:40])
def test_a_tricky_sentence_is_read_as_written_down(row: dict[str, Any]) -> None:
    names = ("text", "kind", "number", "symbol", "date", "issuer")
    found = citations.find(document(row["sentence"]), Record(), ())
    assert [{name: getattr(c, name) for name in names if getattr(c, name)} for c in found] == [
        {name: c[name] for name in names if name in c} for c in row["citations"]
    ]
    assert [list(c.provisions) for c in found] == [
        [Provision(**p) for p in c.get("provisions", [])] for c in row["citations"]
    ]
