"""Glyphs whose letter had to be found: named by font and shape, and people's word about them."""

from pathlib import Path

import pytest

from pipeline.config import Config, RepairConfig
from pipeline.document import RepairedDocument, RepairMethod
from pipeline.extract import extract
from pipeline.repair import repair
from tests.generator import damage, texts
from tests.test_repair_ledger import replayed


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    path = tmp_path_factory.mktemp("glyphs") / "a.pdf"
    path.write_bytes(damage.build(texts.TEXTS["report"], "missing-simple", 1).pdf)
    return extract(path, path.name, Config())


@pytest.fixture(scope="module")
def plain(extracted):
    return repair(extracted, RepairConfig())


def letters_of(document: RepairedDocument, number: int) -> set[str]:
    """What stands in the text where a glyph is drawn, of repairs that give one letter for one."""
    return {
        r.after[i]
        for r in document.repairs
        if len(r.before) == len(r.after)
        for i, glyph in enumerate(r.glyphs)
        if glyph == number
    }


def test_every_place_of_a_glyph_has_its_letter(plain):
    assert plain.glyphs == tuple(sorted(plain.glyphs, key=lambda g: (g.font, g.shape)))
    for number, glyph in enumerate(plain.glyphs):
        assert len(glyph.shape) == 16 and glyph.count > 0
        assert letters_of(plain, number) == {glyph.text}
    assert all(len(r.glyphs) in (0, len(r.before)) for r in plain.repairs)


def test_a_persons_word_holds_at_every_place_and_is_on_record(extracted, plain):
    number, glyph = next((n, g) for n, g in enumerate(plain.glyphs) if g.count > 2)
    done = repair(extracted, RepairConfig(), {(glyph.font, glyph.shape): "Ж"})
    told = done.glyphs[number]
    assert (told.text, told.method, told.confidence) == ("Ж", RepairMethod.PERSON, 1.0)
    assert letters_of(done, number) == {"Ж"} and done.text.count("Ж") == glyph.count
    assert {r.method for r in done.repairs if set(r.glyphs) == {number}} == {RepairMethod.PERSON}
    assert replayed(done) == done.raw_text == plain.raw_text


def test_a_word_about_another_font_or_shape_changes_nothing(extracted, plain):
    glyph = plain.glyphs[0]
    assert repair(extracted, RepairConfig(), {("Other", glyph.shape): "Ж", (glyph.font, "0" * 16): "Ж"}) == plain


def test_a_healthy_document_has_no_such_glyphs():
    path = Path(__file__).parent.parent / "data" / "raw" / "report.pdf"
    extracted = extract(path, path.name, Config())
    assert repair(extracted, RepairConfig()).glyphs == ()
