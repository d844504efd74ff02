"""The static site: everything is on it, worth first; it opens in a browser without a word on the console."""

import copy

import pytest

from pipeline.report import write_report
from pipeline.report.marks import Alignment, doubt_score, doubts, lines
from pipeline.report.site import page_name
from tests.conftest import serious
from tests.contract_documents import documents, write_clean

HOSTILE = '<script>document.title="x"</script>'


@pytest.fixture
def site(tmp_path):
    found = documents()
    found[0]["text"] = found[0]["text"].replace("Khen thưởng kịp thời", HOSTILE)  # spans are not checked here
    clean = write_clean(tmp_path / "clean", found)
    out = tmp_path / "site"
    assert write_report(tmp_path / "raw", clean, out) == 2
    return out


def test_the_pieces_of_a_line_give_its_text():
    for document in documents():
        for line, shown in zip(document["lines"], lines(document, {})[1], strict=True):
            assert "".join(piece.text for piece in shown.pieces) == document["text"][slice(*line["span"])]


def test_holes_in_numbers_stand_before_holes_in_prose_before_unsure_repairs():
    document = copy.deepcopy(documents()[1])
    citation = document["citations"][0]["span"]
    document["holes"].append({"span": [citation[0] + 1, citation[0] + 2], "page": 1, "box": None, "candidates": []})
    document["repairs"][0]["confidence"] = 0.5
    found = doubts(document)
    assert [d.span[0] for d in found] == [
        citation[0] + 1,
        document["holes"][0]["span"][0],
        document["repairs"][0]["span"][0],
    ]
    assert doubt_score(document) > doubt_score(documents()[1]) > doubt_score(documents()[0])


def test_a_word_that_ocr_is_not_sure_of_is_a_doubt_the_less_sure_first():
    document = copy.deepcopy(documents()[0])
    words = document["text"].split()
    spans = [(document["text"].index(w), document["text"].index(w) + len(w)) for w in words[:2]]
    document["unsure"] = [
        {"span": list(span), "page": 1, "box": [1, 1, 2, 2], "confidence": confidence}
        for span, confidence in zip(spans, (0.7, 0.3), strict=True)
    ]
    assert [d.span for d in doubts(document)] == spans[::-1]
    pieces = [piece for line in lines(document, {})[1] for piece in line.pieces if "unsure" in piece.classes]
    assert [piece.text for piece in pieces] == words[:2] and all(piece.doubt and piece.box for piece in pieces)


def test_places_widen_to_whole_repairs():
    repairs = [
        {"span": [2, 4], "raw_span": [2, 5]},
        {"span": [6, 6], "raw_span": [7, 9]},
        {"span": [8, 9], "raw_span": [11, 11]},
    ]
    alignment = Alignment(repairs)
    assert alignment.raw((0, 2)) == ((0, 2), (0, 2))
    assert alignment.raw((3, 6)) == ((2, 6), (2, 7))
    assert alignment.raw((6, 8)) == ((6, 8), (9, 11))
    assert alignment.raw((4, 10)) == ((4, 10), (5, 12))


def test_the_front_page_has_every_raw_file_and_leads_to_the_first_doubt(site):
    page = (site / "index.html").read_text("utf-8")
    assert "2024/locked.pdf" in page and "asks for a password" in page
    hole = documents()[1]["holes"][0]["span"][0]
    assert f'{page_name("2024/decision.pdf")}#d{hole}"' in page
    assert page.index("locked.pdf") < page.index("decision.pdf") < page.index("plan.pdf")
    assert f'id="d{hole}"' in (site / page_name("2024/decision.pdf")).read_text("utf-8")


def test_a_document_that_says_nothing_of_itself_is_shown_by_its_path(tmp_path):
    document = documents()[0]
    document["record"] = dict.fromkeys(document["record"]) | {"signers": [], "recipients": []}
    write_report(tmp_path / "raw", write_clean(tmp_path / "clean", [document]), tmp_path / "site")
    assert "<h1>2023/plan.pdf</h1>" in (tmp_path / "site" / page_name("2023/plan.pdf")).read_text("utf-8")


def test_a_picture_that_is_not_there_is_told_in_its_place(site):
    page = (site / page_name("2023/plan.pdf")).read_text("utf-8")
    assert 'class="image undrawn"' in page and "tệp gốc không còn ở chỗ cũ" in page and "<img" not in page


def test_text_of_documents_is_never_html(site):
    page = (site / page_name("2023/plan.pdf")).read_text("utf-8")
    assert HOSTILE not in page and "&lt;script&gt;" in page
    assert "script-src 'self'" in page and "onerror" not in page


@pytest.mark.parametrize("name", ["index.html", page_name("2023/plan.pdf"), page_name("2024/decision.pdf")])
def test_it_opens_in_chromium_without_a_word_or_a_hindrance(site, page, name):
    page.goto((site / name).as_uri())
    assert page.title() != "x"
    assert serious(page) == []


def test_n_and_p_travel_between_doubts(site, page):
    page.goto((site / page_name("2024/decision.pdf")).as_uri())
    hole = f"d{documents()[1]['holes'][0]['span'][0]}"
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == hole
