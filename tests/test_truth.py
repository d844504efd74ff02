"""What people decided as a truth set, and how the tool does there by itself."""

import json

from pipeline import corrections, truth
from pipeline.ingest import read_document
from tests.test_ingest import run_here

TEXT = "KẾ HOẠCH\nHội tháo khoa học năm 2023\nCăn cứ Kế hoạch số 85/KH-CTĐ ngày 17/4/2023;\n"


def decided(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    for name in ("a.txt", "b.txt"):
        (raw / name).write_text(TEXT + name, "utf-8")
    run_here(raw, clean)
    document = json.loads((clean / "a.txt.json").read_text("utf-8"))
    for part, action, text in (("tháo", "type", "thảo"), ("khoa", "accept", "khoa")):
        start = document["raw_text"].index(part)
        one = corrections.decide(document["raw_text"], document["source"]["sha256"], "An", action,
                                 (start, start + len(part)), text)  # fmt: skip
        corrections.append(corrections.folder_of(clean), one)
    run_here(raw, clean)
    return raw, clean


def test_places_are_measured_against_a_reading_without_decisions(tmp_path):
    raw, clean = decided(tmp_path)
    (found,) = truth.truths(raw, clean, lambda path, name: read_document(path, relative=name))
    assert [(p.truth, p.alone, p.right) for p in found.places] == [("thảo", "tháo", False), ("khoa", "khoa", True)]
    measured = truth.measured([found])
    assert (measured.places, measured.right, measured.actions) == (2, 1, {"type": (1, 0), "accept": (1, 1)})
    assert "50.0%" in measured.describe()


def test_a_page_without_doubts_left_is_truth_as_a_whole(tmp_path):
    raw, clean = decided(tmp_path)
    found = list(truth.truths(raw, clean, lambda path, name: read_document(path, relative=name)))
    truth.write(found, tmp_path / "truth")
    (file,) = (tmp_path / "truth").rglob("*.json")
    written = json.loads(file.read_text("utf-8"))
    assert written["file"] == "a.txt" and written["pages"] == [1]
    assert "Hội thảo khoa học" in written["text"]["1"] and len(written["places"]) == 2


def test_software_that_gives_other_raw_letters_is_left_out(tmp_path):
    raw, clean = decided(tmp_path)
    (raw / "a.txt").write_text("khác", "utf-8")
    assert list(truth.truths(raw, clean, lambda path, name: read_document(path, relative=name))) == []
