"""Decisions are kept, found again, applied reversibly, and never lost in silence."""

import json
import threading
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import corrections
from pipeline.audit import replay_backwards, verify
from pipeline.document import (
    Box,
    Cause,
    Hole,
    Insertion,
    InsertSource,
    Method,
    Repair,
    RepairedDocument,
    RepairedPage,
    RepairMethod,
    Source,
    TextLine,
    UnsureWord,
)
from tests.test_ingest import manifest, run_here

SHA = "0" * 64
BOX: Box = (10.0, 20.0, 200.0, 32.0)


def document(parts, candidates=()):
    """A page from lines of (raw, text) pieces; pieces that differ are repairs, U+FFFD is a hole."""
    text, raw, repairs, holes, lines = "", "", [], [], []
    for row, line in enumerate(parts):
        if row:
            text, raw = text + "\n", raw + "\n"
        start = len(text)
        for before, after in line:
            if before != after:
                repairs.append(
                    Repair(
                        (len(text), len(text) + len(after)),
                        (len(raw), len(raw) + len(before)),
                        before,
                        after,
                        Cause.LOST_LETTER,
                        RepairMethod.LANGUAGE_MODEL,
                        0.6,
                        1,
                        BOX,
                    )
                )
            holes += [
                Hole((len(text) + i, len(text) + i + 1), 1, BOX, candidates)
                for i, c in enumerate(after)
                if c == "\ufffd"
            ]
            text, raw = text + after, raw + before
        lines.append(TextLine(1, BOX, (start, len(text))))
    page = RepairedPage(1, 595, 842, Method.EMBEDDED, "text-layer", 0.9, None, None, (0, len(text)), (0, len(raw)))
    return RepairedDocument(
        Source("a.txt", SHA, 1, "text/plain", 1), text, raw, (page,), tuple(lines), tuple(repairs), holes=tuple(holes)
    )


def as_json(repaired):
    return {
        "text": repaired.text,
        "repairs": [{"span": r.span, "before": r.before, "after": r.after} for r in repaired.repairs],
    }


def holds(repaired):
    """The laws of a repaired document."""
    assert replay_backwards(as_json(repaired)) == repaired.raw_text
    for repair in repaired.repairs:
        assert repaired.raw_text[slice(*repair.raw_span)] == repair.before
        assert repaired.text[slice(*repair.span)] == repair.after
    assert sorted(h.span[0] for h in repaired.holes) == [i for i, c in enumerate(repaired.text) if c == "\ufffd"]
    assert [repaired.text[slice(*line.span)] for line in repaired.lines] == repaired.text.split("\n")
    assert repaired.pages[-1].span[1] == len(repaired.text)


def decide(repaired, span, action="type", after=None, who="An"):
    return corrections.decide(repaired.raw_text, SHA, who, action, span, after)


STANDING = [
    [("Số: ", "Số: "), ("?", "\ufffd"), ("/KH", "/KH")],
    [("Thi ", "Thi "), ("ua", "đua"), (" khen th", " khen th"), ("", "ư"), ("ởng", "ởng")],
]


def test_typed_accepted_and_rejected_text_stands_in_the_document():
    doc = document(STANDING)
    raw = doc.raw_text
    hole, word, gap = (4, 5), (raw.index("ua"), raw.index("ua") + 2), (raw.index("ởng"),) * 2
    made, unplaced = corrections.apply(doc, [decide(doc, hole, after="85"), decide(doc, word, "accept", "đua"),
                                             decide(doc, gap, "reject")])  # fmt: skip
    assert (made.text, unplaced, made.holes) == ("Số: 85/KH\nThi đua khen thởng", (), ())
    assert [(r.before, r.after, r.cause, r.method, r.confidence) for r in made.repairs] == [
        ("?", "85", "correction", "person", 1.0), ("ua", "đua", "lost-letter", "person", 1.0)]  # fmt: skip
    holds(made)


def test_an_accepted_text_stays_when_the_software_changes_its_mind():
    old, new = document(STANDING), document([STANDING[0], [("Thi ua khen thởng", "Thi ua khen thởng")]])
    made, unplaced = corrections.apply(
        new, [decide(old, (old.raw_text.index("ua"), old.raw_text.index("ua") + 2), "accept", "đua")]
    )
    assert "Thi đua" in made.text and not unplaced
    assert made.repairs[-1].cause == "correction"


def test_of_two_decisions_about_a_place_the_later_counts_and_both_stay(tmp_path):
    doc = document(STANDING)
    for who, text in (("An", "85"), ("Bình", "86")):
        corrections.append(tmp_path, decide(doc, (4, 5), after=text, who=who))
    found = corrections.load(tmp_path, SHA)
    assert [p.state for p in corrections.settle(doc.raw_text, found)] == ["superseded", "placed"]
    assert corrections.apply(doc, found)[0].text.startswith("Số: 86/KH")


def test_a_place_that_moved_is_found_again_and_one_that_is_gone_is_reported():
    doc = document(STANDING)
    decision = decide(doc, (4, 5), after="85")
    moved = document([[("Thêm một dòng", "Thêm một dòng")], *STANDING])
    assert "Số: 85/KH" in corrections.apply(moved, [decision])[0].text
    gone = document([[("Không còn gì", "Không còn gì")]])
    assert corrections.apply(gone, [decision]) == (gone, (decision,))
    twice = document([*STANDING, *STANDING])
    assert len(corrections.apply(twice, [decision])[0].holes) == 1


def test_a_larger_repair_round_the_place_is_split_only_letter_by_letter():
    old = document([[("§¹i hoi", "§¹i hoi")]])
    decision = decide(old, (4, 7), after="hội")
    one = document([[("§¹i hoi", "Đại hỏi")]])
    made, unplaced = corrections.apply(one, [decision])
    assert (made.text, unplaced) == ("Đại hội", ())
    holds(made)
    other = document([[("§¹i hoi", "Đại hộị̣")]])
    assert corrections.apply(other, [decision]) == (other, (decision,))


def test_a_torn_or_foreign_line_is_reported_and_the_next_one_is_whole(tmp_path):
    doc = document(STANDING)
    corrections.append(tmp_path, decide(doc, (4, 5), after="85"))
    file = tmp_path / f"{SHA}.jsonl"
    file.write_bytes(file.read_bytes() + b'{"id": "x", "who')
    corrections.append(tmp_path, decide(doc, (0, 2), after="Sô"))
    found = corrections.load(tmp_path, SHA)
    assert [d.action for d in found] == ["type", "unreadable", "type"]
    assert [d.id for d in corrections.apply(doc, found)[1]] == ["line-2"]


def test_many_writers_at_once_lose_nothing(tmp_path):
    doc = document(STANDING)
    threads = [threading.Thread(target=lambda n=n: [corrections.append(tmp_path, decide(doc, (4, 5), after=f"{n}-{i}"))
                                                    for i in range(10)]) for n in range(6)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({d.after for d in corrections.load(tmp_path, SHA)}) == 60


@pytest.mark.parametrize(
    ("action", "span", "after"),
    [
        ("delete", (0, 1), None),
        ("type", (0, 999), "x"),
        ("type", (3, 1), "x"),
        ("type", (0, 1), None),
        ("accept", (0, 1), "\ufffd"),
        ("type", (0, 1), "\u0301a"),
    ],
)
def test_what_is_no_decision_is_refused(action, span, after):
    with pytest.raises(ValueError):
        corrections.decide("Một hai", SHA, "An", action, span, after)


def test_typed_text_is_kept_in_normal_form_and_a_hash_is_no_path(tmp_path):
    assert decide(document(STANDING), (0, 2), after=unicodedata.normalize("NFD", "Số\n"), who="\x00").after == "Số "
    with pytest.raises(ValueError):
        corrections.load(tmp_path, "../" + SHA[3:])


LETTERS = st.text("aưđộ ?", min_size=0, max_size=4)
PIECE = st.one_of(LETTERS.map(lambda t: (t, t)), st.tuples(LETTERS, st.text("aưđộ \ufffd", max_size=4)))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(PIECE, max_size=5), min_size=1, max_size=3), st.data())
def test_the_ledger_stays_reversible_whatever_is_decided(parts, data):
    doc = document(parts)
    made = []
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(doc.raw_text)))
        end = data.draw(st.integers(start, min(len(doc.raw_text), start + 6)))
        action = data.draw(st.sampled_from(["type", "accept", "reject", "note"]))
        made.append(decide(doc, (start, end), action, data.draw(st.text("xyộ ", max_size=4))))
    result, unplaced = corrections.apply(doc, made)
    holds(result)
    assert set(unplaced) <= set(made)


# --- through ingest ---


@pytest.fixture
def folders(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    (raw / "a.txt").write_text(
        "KẾ HOẠCH\ntổ chức Hội tháo khoa học\n\nThực hiện Kế hoạch số 85/KH-CTĐ ngày 17/4/2023.\n", "utf-8"
    )
    (raw / "b.txt").write_text("THÔNG BÁO\nvề việc nghỉ lễ\n", "utf-8")
    run_here(raw, clean)
    return raw, clean


def read(clean, name="a.txt"):
    return json.loads((clean / f"{name}.json").read_text("utf-8"))


def correct(clean, wrong, right, name="a.txt"):
    doc = read(clean, name)
    at = doc["raw_text"].index(wrong)
    decision = corrections.decide(doc["raw_text"], doc["source"]["sha256"], "An", "type", (at, at + len(wrong)), right)
    corrections.append(corrections.folder_of(clean), decision)
    return decision


def test_a_correction_makes_that_one_document_be_read_again(folders):
    raw, clean = folders
    correct(clean, "tháo", "thảo")
    correct(clean, "85/KH", "86/KH")
    assert run_here(raw, clean) == ["a.txt"]
    doc = read(clean)
    assert "Hội thảo khoa học" in doc["text"]
    assert doc["citations"][0]["number"] == "86"
    assert [(r["cause"], r["method"]) for r in doc["repairs"]] == [("correction", "person")] * 2
    assert run_here(raw, clean) == [] and verify(raw, clean) == []


def test_it_stays_through_a_full_ingest_and_a_rename(folders, tmp_path):
    raw, clean = folders
    correct(clean, "tháo", "thảo")
    (raw / "a.txt").rename(raw / "another name.txt")
    run_here(raw, clean)
    assert "Hội thảo" in read(clean, "another name.txt")["text"]
    fresh = tmp_path / "again"
    run_here(raw, fresh)
    assert (fresh / "another name.txt.json").read_bytes() == (clean / "another name.txt.json").read_bytes()


def test_an_unplaced_correction_is_named_in_the_document_and_the_manifest(folders):
    raw, clean = folders
    decision = corrections.decide(
        "một văn bản hoàn toàn khác", read(clean)["source"]["sha256"], "An", "type", (0, 3), "Hai"
    )
    corrections.append(corrections.folder_of(clean), decision)
    run_here(raw, clean)
    assert read(clean)["quality"]["reasons"][-1] == "correction-unplaced"
    assert "correction-unplaced" in manifest(clean)["a.txt"]["message"]
    assert manifest(clean)["a.txt"]["status"] == "review"


def test_insertions_and_unsure_words_move_along_and_a_decided_one_is_settled() -> None:
    text = "một hai ba bốn"
    page = RepairedPage(1, 100, 100, Method.OCR, "", 1.0, 0.9, None, (0, len(text)), (0, len(text)))
    line = TextLine(1, BOX, (0, len(text)))
    document = RepairedDocument(
        Source("a", SHA, 1, "x", 1), text, text, (page,), (line,), (),
        insertions=(Insertion((8, 10), 1, BOX, InsertSource.IMAGE, 0.9),),
        unsure=(UnsureWord((4, 7), 1, BOX, 0.5), UnsureWord((11, 14), 1, BOX, 0.6)),
    )  # fmt: skip
    done, _ = corrections.apply(document, [corrections.decide(text, SHA, "An", "type", (4, 7), "hai mươi")])
    assert done.text == "một hai mươi ba bốn"
    assert [done.text[slice(*u.span)] for u in done.unsure] == ["bốn"]
    assert [done.text[slice(*i.span)] for i in done.insertions] == ["ba"]
