"""What is true of the search index and its answers."""

import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import FolderInUse, SettingsError
from pipeline.search import index as indexing
from pipeline.search import records
from pipeline.search.query import Hit, search
from tests.contract_documents import build, documents, write_clean

QUERIES = Path(__file__).with_name("quality") / "search_queries.jsonl"
PLAN, DECISION = "2023/plan.pdf", "2024/decision.pdf"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    indexing.update(write_clean(folder / "clean"), folder / "index")
    return folder / "index"


def found(hits: list[Hit]) -> list[str]:
    return [hit.document for hit in hits]


@pytest.mark.parametrize("text", ["143/KH-LHH", "143 KH LHH", "143-kh-lhh", "143KHLHH", "kế hoạch số 143/KH - LHH"])
def test_a_number_is_found_however_it_is_written(index: Path, text: str) -> None:
    assert found(search(index, text))[0] == PLAN


@pytest.mark.parametrize("text", ["85/KH-CTĐ", "85 KH CTD", "85-KH-CTĐ"])
def test_a_mentioned_number_is_found_and_shown(index: Path, text: str) -> None:
    hit = search(index, text)[0]
    assert hit.document == PLAN
    assert "85/KH-CTĐ" in [hit.snippet[a:b] for a, b in hit.highlights] or any(
        "85/KH-CTĐ" in hit.snippet[a:b] for a, b in hit.highlights
    )


@pytest.mark.parametrize("text", ["phát động phong trào thi đua", "phat dong phong trao thi dua", "PHÁT ĐỘNG"])
def test_marks_and_case_are_free(index: Path, text: str) -> None:
    assert found(search(index, text))[0] == PLAN


@pytest.mark.parametrize("text", ["tỉnh Hoà Bình", "tỉnh Hòa Bình", "tinh hoa binh"])
def test_either_tone_style_is_found(index: Path, text: str) -> None:
    assert found(search(index, text))[0] == DECISION


def test_d_with_stroke_is_folded(index: Path) -> None:
    assert found(search(index, "duong thuy noi dia"))[0] == DECISION


@pytest.mark.parametrize("text", ["phog trào thi đua", "khen thuowng phong trao", "thiđua phongtrào"])
def test_typing_mistakes_are_forgiven(index: Path, text: str) -> None:
    assert found(search(index, text))[0] == PLAN


def test_a_damaged_word_is_found_by_what_is_left(index: Path) -> None:
    hits = search(index, "Sở Giao thông vận tải phối")
    assert hits[0].document == DECISION
    assert "ph\ufffdi" in " ".join(hits[0].snippet[a:b] for a, b in hits[0].highlights)


def test_a_word_ranks_above_its_syllables_apart(index: Path) -> None:
    assert found(search(index, "khen thưởng")) == [PLAN, DECISION]


def test_a_hit_tells_section_page_box_and_place_in_the_text(index: Path) -> None:
    hit = search(index, "phối hợp hội thành viên")[0]
    plan = documents()[0]
    assert (hit.path, hit.page) == (("II", "1"), 1)
    assert hit.box == (85.0, 60.0 + 14 * 9, 85.0 + 5 * 45, 60.0 + 14 * 9 + 12)
    start, end = hit.span
    assert plan["text"][start:end].replace("\n", " ") == hit.snippet
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["Phối hợp", "hội thành viên"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "ke hoach"}, [PLAN]),
        ({"kind": "Quyết định"}, [DECISION]),
        ({"issuer": "hoà bình"}, [DECISION]),
        ({"since": "2024"}, [DECISION]),
        ({"until": "2023-04-19"}, [PLAN]),
        ({"until": "2023-04-18"}, []),
        ({"since": "2024-08-20", "until": "2024-08-25"}, [DECISION]),
        ({"number": "30-qd-ubnd"}, [DECISION]),
        ({"cites": "30 2020 ND CP"}, [DECISION]),
        ({"cites": "143/KH-LHH"}, []),
    ],
)
def test_filters(index: Path, filters: dict[str, str], expected: list[str]) -> None:
    assert found(search(index, "", **filters)) == expected  # type: ignore[arg-type]


def test_quoted_words_must_stand_there_in_order(index: Path) -> None:
    assert found(search(index, '"thành tích"')) == [PLAN]
    assert search(index, '"tích thành"') == []
    assert found(search(index, '"thanh tich"')) == [PLAN]
    assert search(index, '"thánh tích"') == []


@pytest.mark.parametrize("text", ["phong trafo thi ddua", "pho7ng tra2o thi d9ua", "phats ddoongj phong traof"])
def test_raw_keystrokes_of_telex_and_vni_are_understood(index: Path, text: str) -> None:
    assert found(search(index, text))[0] == PLAN


@given(st.text(st.characters(), max_size=60))
@example("a\ud800 thi đua")
@example('"" " “ ” (AND) OR NOT + - thi:đua^2 ~1 [a TO b] {x} \\ / * ? <script>')
@example("\x00\x1f\u202e\u200b thi đua 🏳️‍🌈")
@example("1/2/3-4&5" * 50)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_typed_is_answered(index: Path, text: str) -> None:
    for hit in search(index, text):
        assert all(0 <= a < b <= len(hit.snippet) for a, b in hit.highlights)
    search(index, "thi đua", kind=text, issuer=text, number=text, cites=text)


@pytest.mark.parametrize("day", ["19/4/2023", "2023-4", "năm 2023", "2023-04-19T00", "\ud800"])
def test_a_day_in_another_form_is_refused_not_ignored(index: Path, day: str) -> None:
    with pytest.raises(SettingsError, match="2023-04-19"):
        search(index, "thi đua", since=day)
    with pytest.raises(SettingsError):
        search(index, "", until=day)


def test_operators_of_other_engines_are_plain_words(index: Path) -> None:
    assert found(search(index, "+phong -trào AND thi* OR (đua)"))[0] == PLAN
    assert found(search(index, "title:phong^9 trào~2 thi đua"))[0] == PLAN


@pytest.mark.parametrize("text", ['phong trào "thi đua', "“thi đua” phong trào", '"thi đua" "phong trào"'])
def test_quotes_may_be_curled_several_or_left_open(index: Path, text: str) -> None:
    assert found(search(index, text))[0] == PLAN


@pytest.mark.parametrize("text", ["", "  ", "?!", '""', "\ufffd", "xyzzyq"])
def test_a_question_without_an_answer_gives_none(index: Path, text: str) -> None:
    assert search(index, text) == []


def test_the_index_follows_changes_and_deletions(tmp_path: Path) -> None:
    clean, folder = write_clean(tmp_path / "clean"), tmp_path / "index"
    first = indexing.update(clean, folder)
    assert (first.written, first.removed, first.unchanged) == (2, 0, 0)
    assert first.passages > 2
    assert indexing.update(clean, folder).written == 0
    plan = documents()[0]
    plan["text"] = plan["text"].replace("Khen thưởng", "Biểu dương")
    plan["words"] = []
    (clean / f"{DECISION}.json").unlink()
    write_clean(clean, [plan])
    time.sleep(0.01)
    second = indexing.update(clean, folder)
    assert (second.written, second.removed) == (1, 1)
    assert found(search(folder, "biểu dương")) == [PLAN]
    assert DECISION not in found(search(folder, "đường thủy nội địa quyết định"))


def test_a_renamed_document_answers_under_its_new_name_only(tmp_path: Path) -> None:
    clean, folder = write_clean(tmp_path / "clean"), tmp_path / "index"
    indexing.update(clean, folder)
    plan, decision = documents()
    plan["source"]["path"] = "2023/renamed.pdf"
    (clean / f"{PLAN}.json").unlink()
    done = indexing.update(write_clean(clean, [plan, decision], failed=False), folder)
    assert (done.written, done.removed, done.unchanged) == (1, 1, 1)
    assert found(search(folder, "phong trào thi đua")) == ["2023/renamed.pdf"]


def test_a_document_that_failed_at_last_is_taken_out(tmp_path: Path) -> None:
    clean, folder = write_clean(tmp_path / "clean"), tmp_path / "index"
    indexing.update(clean, folder)
    lines = [json.loads(line) for line in (clean / "manifest.jsonl").read_text("utf-8").splitlines()]
    failed = [line | ({"status": "failed", "output": None} if line["path"] == PLAN else {}) for line in lines]
    (clean / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in failed), encoding="utf-8")
    (clean / f"{PLAN}.json").unlink()
    assert indexing.update(clean, folder).removed == 1
    assert search(folder, "phong trào thi đua") == []


def test_questions_are_answered_while_the_index_is_written(tmp_path: Path) -> None:
    clean, folder = write_clean(tmp_path / "clean"), tmp_path / "index"
    indexing.update(clean, folder)
    plan, decision = documents()
    stop = threading.Event()

    def write() -> None:
        for turn in range(15):
            write_clean(clean, [plan | {"turn": turn}, decision], failed=False)
            indexing.update(clean, folder)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    answers = []
    while not stop.is_set():
        answers.append(found(search(folder, "phong trào thi đua")))
    writer.join()
    assert set(map(tuple, answers)) <= {(PLAN,)}


def test_words_with_holes_are_found_wherever_the_hole_is(tmp_path: Path) -> None:
    lost = {
        f"{n}.pdf": word
        for n, word in enumerate(["ph\ufffdi hợp", "phố\ufffd h\ufffdp", "\ufffdối hợp", "phối hợ\ufffd"])
    }
    clean = write_clean(
        tmp_path / "clean", [build(name, f"Việc {word} này", {}, [], [], []) for name, word in lost.items()]
    )
    indexing.update(clean, tmp_path / "index")
    assert sorted(found(search(tmp_path / "index", "phối hợp"))) == sorted(lost)
    assert sorted(found(search(tmp_path / "index", "phoi hop"))) == sorted(lost)


def test_neighbours_that_are_no_word_rank_below_a_word(tmp_path: Path) -> None:
    apart = build("apart.pdf", "Số tiền đề nghị. " * 6, {}, [], [], [])
    word = build("word.pdf", "Đây là tiền đề cho mọi việc về sau. " + "Lời khác. " * 20, {}, [], [], ["tiền đề"])
    clean = write_clean(tmp_path / "clean", [apart, word])
    indexing.update(clean, tmp_path / "index")
    assert found(search(tmp_path / "index", "tiền đề")) == ["word.pdf", "apart.pdf"]
    assert found(search(tmp_path / "index", "tien de")) == ["word.pdf", "apart.pdf"]


def test_a_run_that_stopped_before_its_state_was_kept_does_not_double(tmp_path: Path) -> None:
    clean, folder = write_clean(tmp_path / "clean"), tmp_path / "index"
    indexing.update(clean, folder)
    state = json.loads((folder / indexing.STATE).read_text())
    state["marks"] = {}
    (folder / indexing.STATE).write_text(json.dumps(state))
    indexing.update(clean, folder)
    assert found(search(folder, "phong trào thi đua")) == [PLAN]


def test_no_index_and_a_foreign_one_are_errors_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no search index"):
        search(tmp_path, "thi đua")
    (tmp_path / indexing.STATE).write_text('{"version": 0, "marks": {}}')
    with pytest.raises(SettingsError, match="another version"):
        search(tmp_path, "thi đua")


def test_two_updates_at_once_are_refused(tmp_path: Path) -> None:
    clean, folder = write_clean(tmp_path / "clean"), tmp_path / "index"
    indexing.update(clean, folder)
    handle = indexing.reader(folder)
    writer = handle.writer(num_threads=1)
    (clean / f"{DECISION}.json").unlink()
    with pytest.raises(FolderInUse):
        indexing.update(clean, folder)
    writer.rollback()


def test_long_paragraphs_are_cut_into_passages_that_hold_everything() -> None:
    text = "Điều khoản này dài. " * 400
    parts = records.passages(build("long.pdf", text, {}, [], [], []))
    assert "".join(part.text for part in parts) == text
    assert max(len(part.text) for part in parts) <= 1_200


def test_the_questions_of_the_measurement_are_sixty_and_well_formed() -> None:
    asked = [json.loads(line) for line in QUERIES.read_text("utf-8").splitlines()]
    assert len(asked) >= 60
    assert all(row["query"] and row["answers"] and row["sort"] for row in asked)
    assert {"unmarked", "typo", "number", "issuer-year", "damaged"} <= {row["sort"] for row in asked}


def test_a_folder_without_manifest_is_read_and_its_other_files_are_not(tmp_path: Path) -> None:
    clean = write_clean(tmp_path)
    (clean / "manifest.jsonl").unlink()
    (clean / "tables").mkdir()
    (clean / "tables" / "other.json").write_text("{}")
    assert indexing.update(clean, clean / ".search").written == 2
    assert indexing.update(clean, clean / ".search").unchanged == 2


def test_a_question_of_any_length_is_answered(index: Path) -> None:
    assert found(search(index, "phong trào thi đua " * 2_000))[0] == PLAN


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ke hoach 143", PLAN), ("kế hoạch số 85", PLAN), ("quyet dinh so 30", DECISION), ("nghi dinh 30", DECISION)],
)
def test_a_kind_with_a_bare_number_is_enough(index: Path, text: str, expected: str) -> None:
    assert found(search(index, text))[0] == expected


def test_words_of_any_length_are_indexed_around(tmp_path: Path) -> None:
    long = build("long.pdf", "đầu " + "x" * 100_000 + " cuối", {}, [], [], [])
    clean = write_clean(tmp_path / "clean", [long])
    indexing.update(clean, tmp_path / "index")
    assert found(search(tmp_path / "index", "cuối")) == ["long.pdf"]
