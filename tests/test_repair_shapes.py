"""Letters by their outlines: one shape written in many ways, letters composed of parts, codes that only words tell."""

from collections import Counter
from pathlib import Path

import pytest

from pipeline import knowledge
from pipeline.config import Config, RepairConfig
from pipeline.document import Cause, Cells, Font, Glyph, RepairedDocument, RepairMethod
from pipeline.extract import extract
from pipeline.repair import cipher, code_order, evidence, glyph_shape, legacy, repair
from pipeline.repair.acceptance import accepted
from pipeline.repair.composition import compose
from pipeline.repair.ledger import LineState
from pipeline.repair.outline import Form, form, of_stream
from pipeline.repair.reading import Reading
from pipeline.repair.usage import Usage, gather
from tests.generator import damage, fonts, tounicode
from tests.test_repair_evidence import set_line

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
LETTERS += LETTERS.upper()


def drawn(letter: str, family: str = "serif", style: str = "regular", scale: float = 1.0) -> Form:
    """The form of a letter of the free fonts, its em of 2048 units scaled."""
    source = fonts.face(family, style)
    return form(source.outline(letter), source.width(letter), 1000 / source.upem * scale)


def rewritten(letter: str, style: str = "regular") -> Form:
    """The same letter as a Type3 stream: cubic curves, rounded to whole units of a 2048 em, and no scale told."""
    source = fonts.face("serif", style)
    head = f"{source.width(letter)} 0 0 0 0 0 d1 ".encode()
    return of_stream(head + fonts.path_operators(source.outline(letter)) + b" f", None)


@pytest.mark.parametrize("style", ["regular", "bold", "italic"])
@pytest.mark.parametrize("family", ["serif", "sans", "mono"])
def test_the_memory_reads_every_letter_at_any_scale(family: str, style: str) -> None:
    for scale in (1.0, 0.9, 2.048):
        forms = {ord(c): drawn(c, family, style, scale) for c in LETTERS}
        assert glyph_shape.letters(glyph_shape.memory(), forms) == {ord(c): c for c in LETTERS}


def test_the_memory_reads_cubic_curves_of_another_em() -> None:
    forms = {ord(c): rewritten(c) for c in LETTERS}
    assert glyph_shape.letters(glyph_shape.memory(), forms) == {ord(c): c for c in LETTERS}


def test_one_glyph_at_another_scale_says_nothing() -> None:
    assert glyph_shape.letters(glyph_shape.memory(), {1: drawn("o", scale=1.7)}) == {}


def test_letters_are_composed_of_parts_that_the_font_knows() -> None:
    known = "aăâeêioôơuưy" + "áảạ" + "ế" + "ỗ" + "ằ"
    forms = {ord(c): drawn(c) for c in LETTERS}
    found = compose(forms, {ord(c): (c, 1000) for c in known})
    assert len(found) > 30
    assert {code: made.letter for code, made in found.items()} == {code: chr(code) for code in found}
    assert found[ord("ệ")].letter == "ệ"


def test_marks_that_are_said_to_be_two_things_say_nothing() -> None:
    forms = {ord(c): drawn(c) for c in "aoáóé"}
    told = {ord("a"): ("a", 9), ord("o"): ("o", 9), ord("á"): ("á", 2), ord("ó"): ("ò", 2)}
    assert compose(forms, told) == {}


def without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = glyph_shape.learned(())
    monkeypatch.setattr(glyph_shape, "memory", lambda: empty)


def done(name: str, folder: Path, seed: int = 1) -> tuple[RepairedDocument, str]:
    made = damage.build(damage.text_of(damage.CLASSES[name].text), name, seed)
    path = folder / f"{name}.pdf"
    path.write_bytes(made.pdf)
    return repair(extract(path, path.name, Config()), RepairConfig()), made.truth


@pytest.mark.parametrize("name", ["lost-space-bare", "lost-space-simple"])
def test_a_face_never_seen_is_read_by_its_parts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_memory(monkeypatch)
    read, truth = done(name, tmp_path)
    composed = [r for r in read.repairs if r.method is RepairMethod.GLYPH_SHAPE]
    assert len(composed) > 10
    assert len(read.text) == len(truth)
    assert [r for r in composed if read.text[slice(*r.span)] != truth[slice(*r.span)]] == []


@pytest.mark.xfail(strict=True, reason="nothing else in the document is damaged, and the font has no words of its own")
@pytest.mark.parametrize("change", ["shifted", "permuted"])
def test_side_fonts_are_judged_by_the_words_of_other_fonts(change: str, tmp_path: Path) -> None:
    made = damage.build(damage.text_of("report"), "clean-word-mix")
    path = tmp_path / "x.pdf"
    path.write_bytes(tounicode.damage(made.pdf, change))
    read = repair(extract(path, path.name, Config()), RepairConfig())
    assert read.text.split() == made.truth.split()


@pytest.mark.parametrize(("codes", "taken"), [(8, 8), (3, 0)])
def test_a_font_without_words_is_read_where_the_shapes_contradict_its_whole_map(codes: int, taken: int) -> None:
    shown = Counter({(code, chr(0x1E80 + code)): 5 for code in range(codes)})
    case = evidence.Case(Font("f", "Times", "Type0", {}, {}, {}), Usage(shown), None, {})
    for code in range(codes):
        case.other[code] = Reading("ắằẳẵặấầẩ"[code], Cause.WRONG_CHARACTER_MAP, RepairMethod.GLYPH_SHAPE, 0.99)
    assert len(accepted(case, {})) == taken


def usage_of(text: str, hidden: str) -> Usage:
    """What a font shows whose ``hidden`` letters are lost."""
    shown = "".join("\ufffd" if c in hidden else c for c in text)
    return gather([LineState(set_line(shown, codes=text), 1)])["f"]


def test_words_tell_the_letter_of_a_code() -> None:
    text = "thể chế, kể từ ngày, cụ thể, có thể, để nghị, kiểm điểm, triển khai, hiểu biết, điểm, biểu, chuyển"
    found = cipher.likeliest(usage_of(text, "ể"), {ord(c): c for c in text if c != "ể"}, [ord("ể")], {})
    letter, sure = found[ord("ể")]
    assert letter == "ể" and sure > 0.9


def test_words_of_one_kind_are_too_few_to_tell() -> None:
    text = "cả nước"
    assert cipher.likeliest(usage_of(text, "ả"), {ord(c): c for c in text if c != "ả"}, [ord("ả")], {}) == {}


def test_a_sibling_font_that_lacks_glyphs_follows_the_order_with_a_step() -> None:
    shown = "Taûo baíng dæî liãûu, caïc thuäüc tênh liãn quan âãún baíng, caïc raìng buäüc, kiãøu dæî liãûu"
    want = "Tạo bảng dữ liệu, các thuộc tính liên quan đến bảng, các ràng buộc, kiểu dữ liệu"
    codes = [ord(c) - 29 if ord(c) < 128 else ord(c) - (88 if ord(c) < 0xF0 else 91) for c in shown]
    cells = Cells(Glyph("f", code, "", (6.0 * i, 0.0, 6.0 * i + 6, 10.0), 10.0) for i, code in enumerate(codes))
    line = set_line("x" * len(shown))
    lines = gather([LineState(type(line)("\ufffd" * len(shown), line.box, cells), 1)])["f"]
    font = Font("f", "VNtimesBold", "Type0", None, {}, {})
    order, letters = code_order.read(font, lines, set(codes), [code_order.Order(88, "vietware-x")])
    assert order == (88, "vietware-x")
    assert legacy.table("vietware-x").read("".join(letters[c].letter for c in codes)) == want
    assert code_order.read(font, lines, set(codes), []) == (None, {})


def test_two_exact_sources_that_disagree_leave_a_hole_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    case = evidence.Case(
        Font("f", "Times", "TrueType", {}, {1: "Aacute"}, {}), Usage(Counter({(1, "\ufffd"): 3})), None, {}
    )
    case.drawn = {1: "Ấ"}
    monkeypatch.setattr(evidence, "_named", lambda case, code: {"Á"})
    reading = evidence._exact(case, 1, "\ufffd")
    assert reading is not None and reading.rivals == ("Á",)
    line = LineState(set_line("x\ufffd", codes="x\x01"), 1)
    (made,) = evidence.edits(line, {("f", 1): reading}, 0.9)
    assert made.after == "\ufffd" and made.cause is Cause.MISSING_CHARACTER_MAP
    assert [c.text for c in made.candidates] == ["Ấ", "Á"]


def test_the_memory_is_shipped() -> None:
    assert knowledge.path("outlines.npz").stat().st_size < 4_000_000
    assert len(glyph_shape.memory().glyphs) > 20_000
