"""The ledger: changes compose, and replayed backwards they give the raw text byte for byte."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import RepairConfig
from pipeline.document import (
    Cause,
    Cells,
    ExtractedDocument,
    ExtractedPage,
    Furniture,
    Glyph,
    Line,
    Method,
    RepairedDocument,
    RepairMethod,
    Source,
)
from pipeline.repair import repair
from pipeline.repair.ledger import Edit, Ledger, LineState

SOURCE = Source("a.pdf", "0" * 64, 1, "application/pdf", 1)
BOX = (0.0, 0.0, 10.0, 10.0)


def document(*pages: list[Line | str]) -> ExtractedDocument:
    built = []
    for number, page in enumerate(pages, 1):
        lines = tuple(x if isinstance(x, Line) else Line(x, BOX) for x in page)
        built.append(ExtractedPage(number, 595, 842, Method.EMBEDDED, "text-layer", lines))
    return ExtractedDocument(SOURCE, tuple(built))


def replayed(done: RepairedDocument) -> str:
    out, last, raw_last = [], 0, 0
    for r in done.repairs:
        assert r.span[0] >= last and r.raw_span[0] >= raw_last
        assert done.text[slice(*r.span)] == r.after
        assert done.raw_text[slice(*r.raw_span)] == r.before
        out += [done.text[last : r.span[0]], r.before]
        last, raw_last = r.span[1], r.raw_span[1]
    return "".join(out) + done.text[last:]


def edit(start: int, end: int, after: str, confidence: float = 0.9, cause: Cause = Cause.LEGACY_ENCODING) -> Edit:
    return Edit(start, end, after, cause, RepairMethod.CODE_TABLE, confidence)


def test_two_rules_on_one_letter_give_one_repair_from_raw_to_final() -> None:
    state = LineState(Line("x¸c", BOX), 1)
    state.apply([edit(1, 2, "a\u0301")])
    state.apply([edit(1, 3, "á", 1.0, Cause.DECOMPOSED)])
    assert state.text == "xác"
    ledger = Ledger()
    assert ledger.line(state) == (0, 3)
    (only,) = ledger.repairs
    assert (only.before, only.after, only.cause, only.confidence) == ("¸", "á", Cause.LEGACY_ENCODING, 0.9)


def test_an_edit_within_letters_that_nothing_changed_parts_them() -> None:
    first, second = (Glyph(font, 65, "a", BOX, 12.0) for font in ("1", "2"))
    cells = (first, first, first, second, second, second, None, second)
    state = LineState(Line("abcde\ufffd f", BOX, cells=Cells(cells)), 1)
    state.apply([edit(1, 1, "+"), edit(2, 4, "XYZ"), edit(7, 8, "")])
    assert state.text == "a+bXYZe\ufffd "
    assert state.fonts() == ["1", None, "1", "1", "1", "1", "2", "2", None]
    assert state.cells() == [first, None, first, first, first, first, second, second, None]
    assert state.present([(0, 1), (1, 2), (2, 4), (4, 6), (7, 8)]) == [(0, 2), (2, 3), (3, 6), (6, 8), (9, 9)]
    ledger = Ledger()
    assert ledger.line(state) == (0, 9)
    assert [(r.raw_span, r.after) for r in ledger.repairs] == [((1, 1), "+"), ((2, 4), "XYZ"), ((7, 8), "")]
    assert [hole.span for hole in ledger.holes] == [(7, 8)]


def test_furniture_goes_with_its_line_break() -> None:
    head, foot = (Line(t, BOX, furniture=Furniture.RUNNING_HEAD) for t in ("ĐẦU", "3"))
    done = repair(document([head, "một", head, "hai", foot], [head, foot], ["ba"]), RepairConfig())
    assert done.text == "một\nhai\n\nba"
    assert done.raw_text == "ĐẦU\nmột\nĐẦU\nhai\n3\nĐẦU\n3\nba"
    assert replayed(done) == done.raw_text
    assert {r.cause for r in done.repairs} == {Cause.PAGE_FURNITURE}
    assert [done.text[slice(*line.span)] for line in done.lines] == ["một", "hai", "ba"]
    assert [p.span for p in done.pages] == [(0, 7), (8, 8), (9, 11)]


LINES = st.lists(st.tuples(st.text(st.sampled_from("aeo\u0300\u0323 ¸µ®q.-"), max_size=8), st.booleans()), max_size=5)


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4))
def test_replaying_backwards_gives_the_raw_text(pages: list[list[tuple[str, bool]]]) -> None:
    made = [[Line(t, BOX, furniture=Furniture.WATERMARK if f else None) for t, f in page] for page in pages]
    done = repair(document(*made), RepairConfig())
    assert done.raw_text == "\n".join("\n".join(t for t, _ in page) for page in pages)
    assert replayed(done) == done.raw_text
    assert done.text.count("\n") == sum(max(0, sum(not f for _, f in page) - 1) for page in pages) + len(pages) - 1


LAYER = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.text("xyz", max_size=2)))


@given(st.text("abcdef", max_size=8), st.lists(LAYER))
def test_layers_of_edits_always_map_back(text: str, layers: list[list[tuple[int, int, str]]]) -> None:
    state = LineState(Line(text, BOX), 1)
    for layer in layers:
        last, edits, wanted = 0, [], state.text
        for start, size, after in sorted(layer):
            end = min(start + size, len(state.text))
            if start >= last and start <= len(state.text) and (end > start or start > last):
                edits.append(edit(start, end, after))
                last = end + 1
        for e in reversed(edits):
            wanted = wanted[: e.start] + e.after + wanted[e.end :]
        state.apply(edits)
        assert state.text == wanted
    ledger = Ledger()
    ledger.line(state)
    assert "".join(ledger.raw_parts) == text
    assert "".join(ledger.text_parts) == state.text
