"""Decisions through the server: made, kept, applied; nothing hostile is executed, believed or overwritten."""

import copy
import json
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.testclient import TestClient

from pipeline import corrections, glyphs
from pipeline import ingest as road
from pipeline.config import Config
from pipeline.raw import walk
from pipeline.report.site import page_name
from pipeline.review import application
from pipeline.review.reader import Reader
from tests.browsing import free_port
from tests.conftest import serious
from tests.contract_documents import documents, write_clean
from tests.generator import build
from tests.generator.texts import TEXTS
from tests.test_ingest import run_here

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
TEXT = f"KẾ HOẠCH\nHội tháo khoa học năm 2023\nCăn cứ Kế hoạch số 85/KH-CTĐ ngày 17/4/2023;\n{HOSTILE}\n"


def reads(raw, clean):
    """What reads a document again, in this process."""

    def run(files, done):
        for file in files:
            done(road.process(raw, clean, file, Config()))

    return lambda path: road.again(raw, clean, path, Config(), run)


@pytest.fixture
def client_of():
    """Makes clients of a review of two folders; what draws pages for them ends with the test."""
    made = []

    def make(raw, clean, read, who="An"):
        app = application(raw, clean, who, read, 8765, token="secret")
        client = TestClient(app, base_url="http://127.0.0.1:8765")
        client.review = app.state.review
        made.append(client)
        return client

    yield make
    for client in made:
        client.review.drawer.close()


@pytest.fixture
def folders(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    (raw / f"{HOSTILE.replace('/', '_')}.txt").write_text(TEXT, "utf-8")
    run_here(raw, clean)
    return raw, clean


@pytest.fixture
def review(folders, client_of):
    raw, clean = folders
    return client_of(raw, clean, reads(raw, clean))


@pytest.fixture
def made(tmp_path, client_of):
    """The hand-made documents: one has a hole, a repair, a suggestion; nothing is read again."""
    clean = write_clean(tmp_path / "clean")
    (tmp_path / "raw").mkdir()
    client = client_of(tmp_path / "raw", clean, lambda path: None)
    client.clean = clean
    return client


def name_of(client):
    return next(page_name(row.path) for row in walk(client.review.raw))


def place(text, part, seen=None):
    start = text.index(part)
    return {"place": [start, start + len(part)], "seen": seen or part}


def post(client, token="secret", **body):
    return client.post("/decide", content=json.dumps(body), headers={"x-review-token": token} if token else {})


def document(client):
    return json.loads(next(client.review.clean.rglob("*.txt.json")).read_text("utf-8"))


def test_a_typed_text_stands_in_the_document_after_it_was_read_again(review):
    name = name_of(review)
    answer = post(review, document=name, action="type", text="thảo", **place(TEXT, "tháo"))
    assert answer.status_code == 200 and answer.json()["before"] == "tháo"
    assert review.review.reader.wait(20)
    assert review.get(f"/state/{name}").json()["state"] == "done"
    assert "Hội thảo khoa học" in document(review)["text"]
    page = review.get(f"/{name}").text
    assert "repair person" in page and "được áp dụng" in page


def test_a_line_is_corrected_in_its_changed_words_only(review):
    line = "Hội tháo khoa học năm 2023"
    name = name_of(review)
    changed = {"document": name, "action": "type", "kind": "line", **place(TEXT, line)}
    answer = post(review, **changed, text=line.replace("tháo", "thảo").replace("2023", "2024"))
    assert (answer.json()["before"], answer.json()["after"]) == ("tháo khoa học năm 2023", "thảo khoa học năm 2024")
    assert review.review.reader.wait(20)
    assert post(review, **changed, text="một dòng khác").status_code == 409
    assert "thảo khoa học năm 2024" in document(review)["text"]


def test_two_reviewers_of_one_place_are_both_kept(made, client_of):
    other = client_of(made.review.raw, made.clean, lambda path: None, who="Bình")
    doc = documents()[1]
    hole = doc["holes"][0]["span"]
    body = {"document": page_name("2024/decision.pdf"), "place": hole, "seen": "\ufffd"}
    threads = [
        threading.Thread(
            target=post, args=(client,), kwargs={**body, "action": "type", "text": f"{client.review.who} {i}"}
        )
        for client in (made, other)
        for i in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = corrections.load(made.review.folder, doc["source"]["sha256"])
    assert sorted(d.after for d in kept) == sorted(f"{who} {i}" for who in ("An", "Bình") for i in range(5))
    page = made.get(f"/{body['document']}").text
    assert page.count('class="superseded"') == 9 and page.count('class="placed"') == 1


def test_nothing_of_a_document_name_or_correction_becomes_html(review):
    name = name_of(review)
    post(review, document=name, action="type", text=HOSTILE, **place(TEXT, "tháo"))
    post(review, document=name, action="note", note=HOSTILE, who=HOSTILE, **place(TEXT, "khoa"))
    assert review.review.reader.wait(20)
    for page in (review.get("/index.html").text, review.get(f"/{name}").text):
        assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;" in page


def test_every_answer_forbids_inline_scripts_and_foreign_frames(review):
    for path in ("/index.html", f"/{name_of(review)}", "/static/review.js", "/nothing.html"):
        policy = review.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
    assert "<script>" not in review.get("/index.html").text.replace("&lt;script&gt;", "")


def test_a_forged_request_is_refused_and_leaves_nothing(review):
    good = {"document": name_of(review), "action": "type", "text": "thảo", **place(TEXT, "tháo")}
    assert post(review, token=None, **good).status_code == 403
    assert post(review, token="guess", **good).status_code == 403
    headers = {"x-review-token": "secret"}
    body = json.dumps(good)
    for bad in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"host": "evil.example:8765"},
        {"host": "127.0.0.1:1"},
    ):
        assert review.post("/decide", content=body, headers=headers | bad).status_code == 403
        assert review.get("/index.html", headers=bad).status_code == 403
    assert not review.review.folder.exists()
    assert (
        review.post("/decide", content=body, headers=headers | {"origin": "http://127.0.0.1:8765"}).status_code == 200
    )


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/..%2f..%2fetc%2fpasswd.html", "/static/..%2fserver.py",
                                  "/static/review_index.html", "/image/x/..%2f..%2fa/1.webp", "/%2e%2e/secret.html",
                                  "/state/..%2fx.html"])  # fmt: skip
def test_a_path_outside_is_not_there(review, path):
    assert review.get(path).status_code == 404


def test_a_manifest_that_leads_out_of_the_folders_is_not_followed(tmp_path, client_of):
    outside = copy.deepcopy(documents()[0])
    outside["source"]["path"] = "../outside.txt"
    clean = write_clean(tmp_path / "clean", [outside], failed=False)
    (tmp_path / "raw").mkdir()
    (tmp_path / "outside.txt").write_text("secret")
    client = client_of(tmp_path / "raw", clean, lambda path: None)
    assert client.get("/index.html").status_code == 200
    assert client.get("/" + page_name("../outside.txt")).status_code == 404


@pytest.mark.parametrize("body", [{}, [], {"action": "type"}, {"action": "delete", "place": [0, 1], "seen": "x"},
                                  {"action": "type", "place": [0, 10**9], "seen": "x", "text": "y"},
                                  {"action": "type", "place": ["a", 1], "seen": "x", "text": "y"},
                                  {"action": "accept", "place": [0, 1], "seen": "x", "text": "\ufffd"},
                                  {"action": "type", "place": [0, 1], "seen": "x", "text": {"a": 1}}])  # fmt: skip
def test_what_is_no_decision_is_refused(made, body):
    if isinstance(body, dict):
        body["document"] = page_name("2024/decision.pdf")
    answer = made.post("/decide", content=json.dumps(body), headers={"x-review-token": "secret"})
    assert answer.status_code == 400 and not made.review.folder.exists()


def test_too_much_is_refused(made):
    assert made.post("/decide", content=b"[" + b" " * 70_000, headers={"x-review-token": "secret"}).status_code == 413


def test_places_carry_what_a_decision_needs(made):
    page = made.get("/" + page_name("2024/decision.pdf")).text
    assert 'data-offers="[&#34;\\u1ed1&#34;]"' in page and 'name="review-token" content="secret"' in page
    assert made.get("/", follow_redirects=False).headers["location"] == "/index.html"


def test_decisions_made_while_a_document_is_read_lead_to_one_more_reading():
    seen, go = [], threading.Event()

    def read(path):
        seen.append(path)
        go.wait(5)
        if path == "bad":
            raise OSError("no such file")

    reader = Reader(read)
    reader.ask("a")
    while not seen:
        pass
    reader.ask("a")
    reader.ask("a")
    reader.ask("bad")
    assert (reader.state("a"), reader.state("bad")) == ("waiting", "waiting")
    go.set()
    assert reader.wait(5)
    assert seen == ["a", "a", "bad"]
    assert (reader.state("a"), reader.state("bad")) == ("done", "no such file")


# --- glyphs of the whole archive ---


def read_json(clean, name):
    return json.loads((clean / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def two(tmp_path, client_of):
    """Two PDFs that show the same glyphs without a letter; their review, which reads them again."""
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    lines = TEXTS["report"].splitlines()
    for name, part in (("a.pdf", lines[:24]), ("b.pdf", lines[8:30])):
        (raw / name).write_bytes(build("\n".join(part), "missing-simple", 1).pdf)
    run_here(raw, clean)

    return client_of(raw, clean, reads(raw, clean))


def shared_repair(clean):
    """A repair of one glyph in a.pdf that b.pdf shows too, and that glyph."""
    one, other = read_json(clean, "a.pdf"), read_json(clean, "b.pdf")
    elsewhere = {(g["font"], g["shape"]) for g in other["glyphs"]}
    for repair in one["repairs"]:
        if len(repair["before"]) == 1 and repair["glyphs"]:
            glyph = one["glyphs"][repair["glyphs"][0]]
            if (glyph["font"], glyph["shape"]) in elsewhere:
                return repair, glyph
    raise AssertionError("no glyph in common")


def told_glyph(clean, name, glyph):
    return next(g for g in read_json(clean, name)["glyphs"] if g["shape"] == glyph["shape"])


def say(client, token="secret", **body):
    return client.post("/glyphs", content=json.dumps(body), headers={"x-review-token": token})


def test_a_decision_offers_its_glyph_for_the_archive_and_one_word_holds_everywhere(two):
    raw, clean = two.review.raw, two.review.clean
    before = {name: (clean / f"{name}.json").read_bytes() for name in ("a.pdf", "b.pdf")}
    repair, glyph = shared_repair(clean)
    made = post(two, document=page_name("a.pdf"), action="type", text="Ж", place=repair["raw_span"],
                seen=repair["after"]).json()  # fmt: skip
    (offer,) = made["glyphs"]
    assert (offer["shape"], offer["after"], offer["documents"]) == (glyph["shape"], "Ж", 2)
    assert two.review.reader.wait(30)
    assert told_glyph(clean, "b.pdf", glyph)["method"] != "person"

    word = {key: offer[key] for key in ("font", "shape", "after")}
    assert say(two, document=page_name("a.pdf"), decision=made["id"], glyphs=[word]).json() == {"documents": 2}
    assert two.review.reader.wait(30)
    for name in ("a.pdf", "b.pdf"):
        found = told_glyph(clean, name, glyph)
        assert (found["text"], found["method"], found["confidence"]) == ("Ж", "person", 1.0)
        assert read_json(clean, name)["text"].count("Ж") == found["count"]
    page = two.get("/index.html").text
    assert "Ж" in page and "take back" in page

    # a later ingest finds nothing to do; one from nothing ends with the same bytes
    assert run_here(raw, clean) == []
    now = {name: (clean / f"{name}.json").read_bytes() for name in ("a.pdf", "b.pdf")}
    for name in now:
        (clean / f"{name}.json").unlink()
    run_here(raw, clean)
    assert {name: (clean / f"{name}.json").read_bytes() for name in now} == now

    # taken back, and only then is it gone
    assert say(two, glyphs=[word | {"after": None}]).status_code == 200
    assert two.review.reader.wait(30)
    assert (clean / "b.pdf.json").read_bytes() == before["b.pdf"]
    assert run_here(raw, clean) == []


def test_a_word_said_while_nobody_reads_is_taken_by_the_next_ingest(two):
    raw, clean = two.review.raw, two.review.clean
    _, glyph = shared_repair(clean)
    glyphs.append(two.review.folder, glyphs.say("An", (glyph["font"], glyph["shape"]), "Ж"))
    assert set(run_here(raw, clean)) == {"a.pdf", "b.pdf"}
    assert told_glyph(clean, "b.pdf", glyph)["text"] == "Ж"
    assert run_here(raw, clean) == []


@pytest.mark.parametrize("body", [[], {}, {"glyphs": []}, {"glyphs": ["x"]}, {"glyphs": [{}]},
                                  {"glyphs": [{"font": "F", "shape": "0" * 16, "after": "a"}]},
                                  {"glyphs": [{"font": "F", "shape": "../x", "after": "a"}]},
                                  {"glyphs": [{"font": "F", "shape": "0" * 16, "after": "\ufffd"}]},
                                  {"glyphs": [{"font": "F", "shape": "0" * 16, "after": "abcde"}]},
                                  {"glyphs": [{"font": "F", "shape": "0" * 16, "after": 1}]}])  # fmt: skip
def test_what_is_no_word_about_a_glyph_is_refused(made, body):
    answer = made.post("/glyphs", content=json.dumps(body), headers={"x-review-token": "secret"})
    assert answer.status_code == 400 and not made.review.folder.exists()


def test_words_about_glyphs_need_the_token(made):
    assert say(made, token="guess", glyphs=[{}]).status_code == 403


# --- in a real browser ---


@contextmanager
def serving(raw, clean, limits=None):
    """The review of two folders on a free port; its address, and the application."""
    port = free_port()
    app = application(raw, clean, "An", reads(raw, clean), port, limits=limits)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", app.state.review
    finally:
        server.should_exit = True
        thread.join(20)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_with_the_keyboard_alone_from_a_doubt_to_the_json(tmp_path, page):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    damaged = "Thực hi?n Kế ho?ch s? 85/KH-CTĐ ngày 17/4/2023 c?a c?m thi đua số 1, c?a h?i.\n"
    (raw / "a.txt").write_text(f"KẾ HOẠCH\n{damaged}{HOSTILE}\n", "utf-8")
    run_here(raw, clean)
    assert json.loads((clean / "a.txt.json").read_text("utf-8"))["repairs"]
    with serving(raw, clean) as (url, _):
        page.goto(f"{url}/{page_name('a.txt')}")
        press(page, "n", "e")
        assert page.evaluate("document.activeElement.id") == "typed"
        page.keyboard.insert_text("hiện")
        press(page, "Enter")
        page.wait_for_selector(".decisions li")
        press(page, "j", "e")
        page.keyboard.insert_text("bỏ đi")
        press(page, "Escape")
        page.locator("#told", has_text="F5").wait_for()
        assert serious(page) == []
        page.reload()
        assert "Thực hiện" in page.inner_text(".text")
        assert page.locator(".text .repair.person").count() == 1
        assert page.locator(".text img, .text script").count() == 0
        assert serious(page) == []
    assert "Thực hiện" in json.loads((clean / "a.txt.json").read_text("utf-8"))["text"]
