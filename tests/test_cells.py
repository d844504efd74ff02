"""Packed glyphs, changes and spans: nothing of them is lost, and a document of many pages fits into memory."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pipeline.config import Config
from pipeline.document import NO_CELLS, Cause, Cells, Glyph, Repair, RepairMethod, Repairs, Spans
from pipeline.extract import extract
from pipeline.reading import read_document
from pipeline.repair import language, suggestions
from pipeline.repair.ledger import Atom, Atoms
from pipeline.write import Exported, Written, head, pieces, to_bytes
from tests.generator import build

A = Glyph("12", 68, "a", (72.1, 100.0 / 3, 77.7, 45.5), 14.0)
B = Glyph("12", 69, "b", (77.7, 100.0 / 3, 83.3, 45.5), 14.0)
FI = Glyph("7", 900, "fi", (83.3, 33.3, 91.0, 45.5), 13)
NONE = Glyph("7", 70_000, "", (91.0, 33.3, 91.0, 45.5), 0.1 + 0.2)


@pytest.mark.parametrize(
    "given",
    [(), (None,), (A,), (A, B), (A, None, A), (None, A, FI, FI, None, B), (NONE, A), (A, A, B), (NONE, NONE, None)],
)
def test_cells_give_back_what_was_packed(given: tuple[Glyph | None, ...]) -> None:
    cells = Cells(given)
    assert len(cells) == len(given) and bool(cells) == bool(given)
    assert tuple(cells) == given
    assert tuple(cells[i] for i in range(len(given))) == given
    assert tuple(cells[-1 - i] for i in range(len(given))) == given[::-1]
    assert cells[1:] == given[1:] and cells[:-1] == given[:-1]
    assert cells == Cells(given) and hash(cells) == hash(Cells(given)) and repr(given) in repr(cells)
    assert [type(c.size) for c in cells if c] == [type(c.size) for c in given if c]
    with pytest.raises(IndexError):
        cells[len(given)]


def test_a_glyph_of_several_letters_is_one_object_in_one_pass() -> None:
    twin = Glyph(*FI)
    cells = Cells((FI, FI, twin, None, twin))
    for first, second, third, _, last in (list(cells), cells[:]):
        assert first is second and second is not third and third is not last


def test_cells_are_written_as_json_and_read_again() -> None:
    adapter = TypeAdapter(Cells)
    for cells in (NO_CELLS, Cells((A, None, FI))):
        assert adapter.validate_json(adapter.dump_json(cells)) == cells
    assert adapter.dump_json(NO_CELLS) == b"[]"


def test_glyphs_of_a_page_take_less_than_80_bytes_each(tmp_path: Path) -> None:
    line = "Sở Nội vụ chủ trì, phối hợp với các sở, ban, ngành thành phố thực hiện Nghị định này."
    text = "\f".join("\n".join(f"{n}.{i} {line}" for i in range(40)) for n in range(4))
    path = tmp_path / "full.pdf"
    path.write_bytes(build(text, "clean-type0").pdf)
    extract(path, path.name, Config())
    tracemalloc.start()
    try:
        document = extract(path, path.name, Config())
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    glyphs = sum(len(one.cells) for page in document.pages for one in page.lines)
    programs = path.stat().st_size + sum(len(font.program or b"") for font in document.fonts.values())
    assert glyphs > 12_000
    assert (held - programs) / glyphs < 80


def test_suggestions_and_sequences_in_pieces_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    text = ("Cơ quan thưc hiện nhiệm vụ đươc giao theo quy đinh của pháp luât về công tác lưu trử hồ sơ.\n" * 3) + (
        "Báo cáo kết quả thuc hiện kế hoạch hằng năm; xem xet, quyết định thành lâp hội đồng.\n"
    )
    whole = suggestions.find(text)
    numbers = [language.model().token(m[0]) for m in language.token_pattern().finditer(text)]
    scores = language.model().sequence(numbers).tolist()
    monkeypatch.setattr(suggestions, "_AT_ONCE", 1)
    monkeypatch.setattr(language, "_AT_ONCE", 5)
    assert len(whole) > 2 and suggestions.find(text) == whole
    assert language.model().sequence(numbers).tolist() == scores


def _changes(count: int) -> list[Repair]:
    box = (72.1, 100.0 / 3, 77.7, 45.5)
    return [
        Repair((at, at + 1), (at + 7, at + 8), "\xb5", "à", Cause.LEGACY_ENCODING, RepairMethod.CODE_TABLE, 0.1 + at, 3,
               None if at % 5 == 4 else box, (at % 7,) if at % 2 else ())
        for at in range(count)
    ]  # fmt: skip


def test_changes_give_back_what_was_packed() -> None:
    given = _changes(11)
    packed = Repairs(given[:4])
    packed.extend(given[4:])
    assert list(packed) == given and len(packed) == 11 and not Repairs()
    assert [packed[at] for at in range(-11, 11)] == given + given
    assert packed[2:5] == tuple(given[2:5]) and packed[8:3] == () and packed[::-2] == tuple(given[::-2])
    assert packed == tuple(given) and packed == Repairs(given) and packed != Repairs(given[1:])
    assert hash(packed) == hash(Repairs(given)) and repr(given[3]) in repr(packed)
    with pytest.raises(IndexError):
        packed[11]
    adapter = TypeAdapter(Repairs)
    assert adapter.validate_json(adapter.dump_json(packed)) == packed
    assert adapter.json_schema(mode="serialization") == TypeAdapter(tuple[Repair, ...]).json_schema(
        mode="serialization"
    )


def test_a_change_takes_less_than_120_bytes() -> None:
    tracemalloc.start()
    try:
        packed = Repairs(_changes(1) * 20_000)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / len(packed) < 120


def damaged(folder: Path, text: str) -> Exported:
    """A text as it is read from a PDF in TCVN3."""
    path = folder / "old.pdf"
    path.write_bytes(build(text, "tcvn3").pdf)
    return read_document(path)


def test_the_json_of_a_document_in_pieces_is_that_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = damaged(tmp_path, "Cộng hòa xã hội chủ nghĩa Việt Nam. Điều 1. Phạm vi điều chỉnh của Nghị định.\n" * 9)
    assert len(document.repairs) > 20
    whole = TypeAdapter(Exported).dump_json(document) + b"\n"
    for at_once in (1, 7, 10_000):
        monkeypatch.setattr(pieces, "_AT_ONCE", at_once)
        assert to_bytes(document) == whole


def test_a_document_comes_back_from_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = damaged(tmp_path, "Cộng hòa xã hội chủ nghĩa Việt Nam. Điều 1. Phạm vi điều chỉnh.\n" * 9)
    written = pieces.Pieces(Exported)
    numbers = []
    for at_once in (7, 10_000):
        monkeypatch.setattr(pieces, "_AT_ONCE", at_once)
        lines = list(written.lines(document))
        assert written.joined(lines) == document
        numbers.append(len(lines))
    assert numbers[0] > numbers[1] + len(document.repairs) // 7
    with pytest.raises(ValueError):
        written.joined([*lines[:-1], lines[-1][:-3]])
    with pytest.raises(KeyError):
        written.joined([*lines, b"other\t[1]\n"])
    with pytest.raises(TypeError):
        written.joined(lines[1:])


def test_an_atom_takes_less_than_30_bytes() -> None:
    raw = "C¸c c¬ quan " * 1_000
    changed = [
        Atom(at, at + 1, "á" if letter == "¸" else letter, None, Cause.LEGACY_ENCODING, RepairMethod.CODE_TABLE, 0.9)
        if letter in "¸¬" else Atom(at, at + 1, letter)
        for at, letter in enumerate(raw)
    ]  # fmt: skip
    tracemalloc.start()
    try:
        packed = Atoms(raw, changed)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert list(packed) == changed
    assert held / len(changed) < 30


def test_a_span_takes_less_than_20_bytes() -> None:
    given = [(at, at + 3) for at in range(0, 80_000, 4)]
    tracemalloc.start()
    try:
        packed = Spans(given)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert packed == tuple(given) and packed[7:9] == tuple(given[7:9]) and packed[-1] == given[-1]
    assert held / len(given) < 20


def test_a_written_document_is_looked_into_field_by_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = damaged(tmp_path, "Cộng hòa xã hội chủ nghĩa Việt Nam. Thực hiện Nghị định số 30/2020/NĐ-CP.\n" * 9)
    data = to_bytes(document)
    for at_once in (7, 10_000):
        monkeypatch.setattr(pieces, "_AT_ONCE", at_once)
        written = Written(data)
        assert written.head() == head(document) and written.head().pages == document.pages
        assert written["text"] == document.text and written["citations"][0]["number"] == "30"
        assert written.typed("repairs") == document.repairs and written.typed("words") == document.words
        assert written.whole() == document
        assert written.replaced("citations", document.citations) == data
        fewer = replace(document, citations=document.citations[:1])
        assert written.replaced("citations", fewer.citations) == to_bytes(fewer) != data
    with pytest.raises(ValueError):
        Written(data[:-3])
    with pytest.raises(ValueError):
        Written(data.replace(b'"page_count":1', b'"page_count":"one"')).whole()
    with pytest.raises(TypeError):
        Written(b"{}").whole()


def test_a_look_into_a_written_document_does_not_hold_it_as_objects(tmp_path: Path) -> None:
    document = damaged(tmp_path, "Cộng hòa xã hội chủ nghĩa Việt Nam.\n" * 38)
    data = to_bytes(replace(document, repairs=Repairs(list(document.repairs) * 40)))
    tracemalloc.start()
    try:
        assert Written(data)["record"]["number"] is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(data) > 2_000_000 and peak < len(data) / 10
