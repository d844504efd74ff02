"""Letters from evidence: OCR votes, orders of old fonts, look-alikes, marks, spaces, letters lost in print."""

from collections import Counter

import pytest

from pipeline import knowledge
from pipeline.config import RepairConfig
from pipeline.document import Cause, Cells, ExtractedDocument, ExtractedPage, Font, Glyph, Line, Method, RepairMethod
from pipeline.repair import lookalikes, ocr_votes, repair
from pipeline.repair.glyph_shape import memory
from pipeline.repair.outline import Form
from pipeline.repair.usage import is_blank
from tests.test_repair_ledger import SOURCE, document, replayed

SIZE = 10.0


def set_line(text: str, *, font: str = "f", gaps: dict[int, float] | None = None, codes: str = "") -> Line:
    """A line of glyphs 6 pt wide; ``gaps`` sets the room before a letter; ``codes`` the letters that are drawn."""
    cells, x = [], 50.0
    for i, c in enumerate(text):
        x += (gaps or {}).get(i, 0.0)
        cells.append(Glyph(font, ord((codes or text)[i]), c, (x, 100.0, x + 6, 110.0), SIZE))
        x += 6
    return Line(text, (50.0, 100.0, x, 110.0), Cells(cells), size=SIZE)


def made(
    lines: list[Line],
    witness: tuple[tuple[str, tuple[float, float, float, float]], ...] = (),
    fonts: dict[str, Font] | None = None,
) -> ExtractedDocument:
    page = ExtractedPage(1, 595, 842, Method.EMBEDDED, "text-layer", tuple(lines), witness=witness)
    return ExtractedDocument(SOURCE, (page,), fonts or {"f": Font("f", "Times", "TrueType", {}, {}, {})})


def test_a_code_without_a_letter_is_read_by_the_witness() -> None:
    line = set_line("h\ufffdi nghị", codes="hội nghị")
    done = repair(made([line], (("hội", (50.0, 100.0, 68.0, 110.0)),)), RepairConfig())
    assert done.text == "hội nghị"
    (change,) = done.repairs
    assert (change.before, change.after, change.cause, change.method, change.confidence) == (
        "\ufffd",
        "ộ",
        Cause.MISSING_CHARACTER_MAP,
        RepairMethod.OCR_VOTE,
        0.966,
    )
    assert change.box == (56.0, 100.0, 62.0, 110.0)


def test_a_doubtful_vote_leaves_a_hole_with_its_candidate() -> None:
    line = set_line("3\ufffd 4\ufffd", codes="3% 4%")
    words = (("3%", (50.0, 100.0, 62.0, 110.0)), ("4$", (68.0, 100.0, 80.0, 110.0)))
    done = repair(made([line], words), RepairConfig())
    assert done.text == "3\ufffd 4\ufffd"
    assert [(h.span, h.candidates[0].confidence) for h in done.holes] == [((1, 2), 0.5), ((4, 5), 0.5)]


def test_votes_count_only_words_of_as_many_letters() -> None:
    page = made([set_line("hxi")], (("hộ", (50.0, 100.0, 68.0, 110.0)),)).pages[0]
    assert ocr_votes.votes([page]) == {}
    page = made([set_line("hxi")], (("hội", (50.0, 100.0, 68.0, 110.0)),)).pages[0]
    assert ocr_votes.votes([page])["f", ord("x")] == Counter("ộ")


@pytest.mark.parametrize("row", knowledge.rows("lookalikes.csv"), ids=lambda row: row["shown"])
def test_each_lookalike_reads_its_example(row: dict[str, str]) -> None:
    letters = lookalikes.known()
    assert "".join(letters.get(c, (c, False))[0] for c in row["example"]) == row["reads"]


def test_lookalikes_are_changed_where_words_become_possible_and_in_symbols_with_them() -> None:
    done = repair(document(["Chƣơng trình, Ðiều 5, QÐ-TTg"]), RepairConfig())
    assert done.text == "Chương trình, Điều 5, QĐ-TTg"
    assert repair(document(["El Niño, señor, mañana, España"]), RepairConfig()).repairs == ()


def test_blanks_inside_syllables_go_where_there_is_no_room() -> None:
    raw = "quy đ ịnh t ại các"
    line = set_line(raw, gaps={5: -6.0, 6: 0.0, 11: -6.0})
    done = repair(made([line]), RepairConfig())
    assert done.text == "quy định tại các"
    assert {(r.before, r.after, r.cause) for r in done.repairs} == {(" ", "", Cause.SPACING)}
    assert replayed(done) == raw
    assert repair(made([set_line("tại các nơi")]), RepairConfig()).repairs == ()


def test_blanks_come_back_where_words_run_together() -> None:
    done = repair(made([set_line("quyđịnhtại", gaps={3: 3.0, 7: 3.0})]), RepairConfig())
    assert done.text == "quy định tại"


def test_marks_out_of_order_and_after_a_blank() -> None:
    assert repair(document(["ca\u0301\u0302p, ti\u1ebfng"]), RepairConfig()).text == "cấp, tiếng"
    line = set_line("xa \u0303 trong")
    cells = list(line.cells)
    cells[2] = None
    cells[3] = Glyph("f", 1, "\u0303", (62.0, 100.0, 62.0, 110.0), SIZE)
    done = repair(made([Line(line.text, line.box, Cells(cells))]), RepairConfig())
    assert done.text == "xã trong"
    assert replayed(done) == line.text


def test_question_marks_drawn_for_letters_are_holes() -> None:
    raw = "C? v?n h?c t?p c?a nhà tr??ng. Ai?"
    done = repair(document([raw, raw]), RepairConfig())
    assert done.text.splitlines()[0].startswith("C\ufffd v\ufffdn h\ufffdc t\ufffdp c\ufffda nhà tr\ufffd\ufffdng.")
    assert replayed(done) == done.raw_text
    assert repair(document(["Ai? Cái gì? Ở đâu?"]), RepairConfig()).text == "Ai? Cái gì? Ở đâu?"


def test_outlines_not_seen_before_say_nothing() -> None:
    assert memory().near(Form(True, 500.0, ((0, 0, 100, 100, 100, 100, 100, 900, 900, 900),))) == []
    assert is_blank("\uf0b7") and not is_blank("ộ")


def test_codes_without_a_map_are_read_by_the_order_of_an_old_code_page() -> None:
    shown = "Dæî liãûu bãn trong mäüt CSDL âæåüc täø chæïc læu træî trong caïc baíng næåïc"
    want = "Dữ liệu bên trong một CSDL được tổ chức lưu trữ trong các bảng nước"
    codes = [ord(c) - (29 if ord(c) < 128 else 88) for c in shown]
    cells = Cells(
        Glyph("f", code, "", (50.0 + 6 * i, 100.0, 56.0 + 6 * i, 110.0), SIZE) for i, code in enumerate(codes)
    )
    lines = [Line("\ufffd" * len(shown), (50.0, 100.0, 500.0, 110.0), cells)]
    done = repair(made(lines, fonts={"f": Font("f", "VNtimes", "Type0", None, {}, {})}), RepairConfig())
    assert done.text == want
    assert {r.cause for r in done.repairs} <= {Cause.MISSING_CHARACTER_MAP, Cause.LEGACY_ENCODING}
    assert replayed(done) == lines[0].text
