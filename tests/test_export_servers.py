"""What is true of exports to servers: nothing is lost, doubled or left half done, whatever the server answers.

The two servers here answer as OpenSearch and Typesense document it, keep what they take, and fail as a test tells them.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import regex

from pipeline.__main__ import main
from pipeline.errors import ServerUnavailable, SettingsError
from pipeline.export import Access, bulk, export, run, typesense, web
from pipeline.export.rows import document_id, rows
from tests.contract_documents import documents, write_clean

PLAN, DECISION = "2023/plan.pdf", "2024/decision.pdf"
Failure = tuple[int, dict[str, str]]


class Engine:
    """What a server holds, what it was asked, and how it shall fail."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Any] = {}
        self.asked: list[str] = []
        self.sent: list[list[str]] = []
        """Ids of the rows of each request that was looked at."""
        self.failures: list[Failure] = []
        """Statuses and headers for the next requests that carry rows."""
        self.refuse: Callable[[str], int] = lambda ident: 0
        """Status for a row, 0 to take it."""

    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, str, dict[str, str]]:
        raise NotImplementedError

    def take(self, ident: str, index: str, row: dict[str, Any]) -> tuple[int, str]:
        status = self.refuse(ident)
        if not status:
            self.rows[f"{index}/{ident}"] = row
        return status or 200, "busy" if status in web.BUSY else "does not fit"


class OpenSearch(Engine):
    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, str, dict[str, str]]:
        if headers["Authorization"] != "ApiKey k":
            return 401, "{}", {}
        if method == "PUT":
            if path in self.schemas:
                return 400, json.dumps({"error": {"type": "resource_already_exists_exception"}, "status": 400}), {}
            self.schemas[path] = json.loads(body)["mappings"]["properties"]
            return 200, '{"acknowledged": true}', {}
        assert (method, path, headers["Content-Type"]) == ("POST", "/_bulk", "application/x-ndjson")
        assert body.endswith("\n")
        if self.failures:
            status, more = self.failures.pop(0)
            return status, "{}", more
        items, lines = [], iter(body.splitlines())
        self.sent.append([])
        for line in lines:
            [(verb, place)] = json.loads(line).items()
            ident, index = place["_id"], place["_index"]
            self.sent[-1].append(ident)
            if verb == "delete":
                gone = self.rows.pop(f"{index}/{ident}", None)
                items.append({verb: {"status": 200 if gone else 404, "result": "deleted" if gone else "not_found"}})
                continue
            row = json.loads(next(lines))
            assert set(row) <= set(self.schemas[f"/{index}"]), "the mapping is strict"
            status, reason = self.take(ident, index, row)
            items.append({verb: {"status": status} | ({"error": {"reason": reason}} if status >= 300 else {})})
        return 200, json.dumps({"errors": False, "items": items}), {}


class Typesense(Engine):
    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, str, dict[str, str]]:
        if headers["X-TYPESENSE-API-KEY"] != "k":
            return 401, '{"message": "Forbidden - a valid `x-typesense-api-key` header must be sent."}', {}
        if path == "/collections":
            schema = json.loads(body)
            if schema["name"] in self.schemas:
                return 409, '{"message": "A collection with this name already exists."}', {}
            self.schemas[schema["name"]] = {field["name"] for field in schema["fields"]} | {"id"}
            return 201, body, {}
        place, asked = urlsplit(path).path, parse_qs(urlsplit(path).query)
        index = regex.fullmatch(r"/collections/(\S+?)/documents(/import)?", place)[1]
        if self.failures:
            status, more = self.failures.pop(0)
            return status, "{}", more
        if method == "DELETE":
            assert len(path) < 4_000
            found = regex.fullmatch(r"id:\[(.*)\]", asked["filter_by"][0])[1].split(",")
            gone = [ident for ident in found if self.rows.pop(f"{index}/{ident}", None)]
            return 200, json.dumps({"num_deleted": len(gone)}), {}
        assert asked == {"action": ["upsert"]}
        said = []
        self.sent.append([])
        for line in body.splitlines():
            row = json.loads(line)
            assert set(row) <= self.schemas[index]
            self.sent[-1].append(row["id"])
            status, reason = self.take(row["id"], index, row)
            said.append({"success": True} if status < 300 else {"success": False, "code": status, "error": reason})
        return 200, "\n".join(map(json.dumps, said)), {}


class Served:
    """An engine behind an address."""

    def __init__(self, target: str, engine: Engine, address: str) -> None:
        self.target, self.engine, self.address = target, engine, address

    def export(self, clean: Path, **more: Any) -> run.ExportSummary:
        return export(clean, self.target, self.address, access=Access("k"), **more)

    def holds(self, *paths: str) -> bool:
        """Whether these documents are there, whole, as they now are, and nothing else is."""
        expected = {}
        for document in documents():
            path = document["source"]["path"]
            found = rows(path, document)
            for kind, parts in (("documents", [found.document]), ("passages", found.passages)):
                for row in parts:
                    shaped = bulk.source if self.target == "opensearch" else typesense.shaped
                    if path in paths:
                        expected[f"archive-{kind}/{row['id']}"] = json.loads(json.dumps(shaped(row, kind)))
        return self.engine.rows == expected


@pytest.fixture(params=["opensearch", "typesense"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    engine = {"opensearch": OpenSearch, "typesense": Typesense}[request.param]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            engine.asked.append(f"{self.command} {self.path}")
            status, text, headers = engine.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(text.encode()))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 (the names that http.server wants)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield Served(request.param, engine, f"http://127.0.0.1:{running.server_port}")
        running.shutdown()


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited; nothing is waited for."""
    found: list[float] = []
    monkeypatch.setattr("time.sleep", found.append)
    return found


@pytest.fixture()
def clean(tmp_path: Path) -> Path:
    return write_clean(tmp_path / "clean")


def test_a_server_gets_the_rows_and_later_only_what_changed(clean: Path, server: Served) -> None:
    first = server.export(clean)
    assert (first.documents, first.refused, first.batch) == (2, (), None)
    assert server.holds(PLAN, DECISION)
    requests = len(server.engine.asked)
    assert server.export(clean).unchanged == 2
    assert len(server.engine.asked) == requests
    (clean / f"{DECISION}.json").unlink()
    third = server.export(clean)
    assert (third.documents, third.deleted) == (0, 1)
    assert server.holds(PLAN)


def test_passages_that_a_changed_document_lost_are_taken_out(clean: Path, server: Served) -> None:
    longer = documents()[0]
    longer["text"] += "\nThêm một dòng. " * 200
    end = len(longer["text"])
    longer["paragraphs"].append({"span": [longer["paragraphs"][-1]["span"][1] + 1, end], "section": None, "page": 1})
    (clean / f"{PLAN}.json").write_text(json.dumps(longer), encoding="utf-8")
    server.export(clean)
    assert not server.holds(PLAN, DECISION)
    write_clean(clean)
    assert server.export(clean).documents == 1
    assert server.holds(PLAN, DECISION)


def test_everything_goes_over_again_when_asked(clean: Path, server: Served) -> None:
    server.export(clean)
    server.engine.rows.clear()
    assert server.export(clean, full=True).documents == 2
    assert server.holds(PLAN, DECISION)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_what_it_says(
    clean: Path, server: Served, slept: list[float], status: int
) -> None:
    server.engine.failures = [(status, {"Retry-After": "7"}), (status, {"Retry-After": "3"})]
    assert server.export(clean).documents == 2
    assert [seconds for seconds in slept if seconds] == [7, 3]
    assert server.holds(PLAN, DECISION)


def test_a_failing_server_is_asked_again_after_pauses_that_grow(
    clean: Path, server: Served, slept: list[float]
) -> None:
    server.engine.failures = [(502, {})] * 4
    assert server.export(clean).documents == 2
    assert slept == sorted(slept)
    assert len(set(slept)) >= 3
    assert server.holds(PLAN, DECISION)


def test_a_server_that_stays_busy_is_an_error_of_ours(clean: Path, server: Served) -> None:
    server.engine.failures = [(503, {})] * 100
    with pytest.raises(ServerUnavailable, match="503"):
        server.export(clean)


def test_only_rows_that_were_put_off_are_sent_again(clean: Path, server: Served) -> None:
    late = f"{document_id(PLAN)}-0"
    turns = iter([429, 503])
    server.engine.refuse = lambda ident: next(turns, 0) if ident == late else 0
    assert server.export(clean).documents == 2
    assert [ids for ids in server.engine.sent if late in ids][1:] == [[late], [late]]
    assert server.holds(PLAN, DECISION)


def test_of_a_document_with_a_refused_row_nothing_is_left_and_it_is_tried_again(clean: Path, server: Served) -> None:
    server.export(clean)
    decision = documents()[1] | {"attachments": ["new"]}
    (clean / f"{DECISION}.json").write_text(json.dumps(decision), encoding="utf-8")
    server.engine.refuse = lambda ident: 400 if ident == f"{document_id(DECISION)}-1" else 0
    done = server.export(clean)
    assert (done.documents, len(done.refused)) == (0, 1)
    assert done.refused[0].startswith(f"{DECISION}: ")
    assert "does not fit" in done.refused[0]
    assert server.holds(PLAN)
    server.engine.refuse = lambda ident: 0
    assert (server.export(clean).documents, server.export(clean).documents) == (1, 0)
    assert server.holds(PLAN, DECISION)


def test_a_stopped_export_goes_on_where_it_was(clean: Path, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_ROWS", 1)
    server.engine.refuse = lambda ident: 503 if ident.startswith(document_id(DECISION)) else 0
    with pytest.raises(ServerUnavailable):
        server.export(clean)
    server.engine.refuse = lambda ident: 0
    server.engine.sent.clear()
    assert (server.export(clean).documents, server.holds(PLAN, DECISION)) == (1, True)
    assert {ident.partition("-")[0] for ids in server.engine.sent for ident in ids} == {document_id(DECISION)}


def test_states_of_two_servers_and_two_names_are_kept_apart(clean: Path, server: Served) -> None:
    server.export(clean)
    assert server.export(clean, name="other").documents == 2
    other = export(clean, server.target, server.address.replace("127.0.0.1", "localhost"), access=Access("k"))
    assert other.documents == 2


def test_a_wrong_key_is_refused_and_not_named(clean: Path, server: Served) -> None:
    with pytest.raises(SettingsError, match="401") as caught:
        export(clean, server.target, server.address, access=Access("secret"))
    assert "secret" not in str(caught.value)
    assert server.engine.rows == {}


@pytest.mark.parametrize(("status", "text"), [(200, "<html>"), (200, '{"items": 3}'), (302, ""), (200, "")])
def test_a_server_of_another_kind_is_an_error_of_ours(clean: Path, server: Served, status: int, text: str) -> None:
    server.engine.answer = lambda *_: (status, text, {"Location": "http://127.0.0.1:9/"} if status == 302 else {})  # type: ignore[method-assign]
    with pytest.raises(SettingsError):
        server.export(clean)


def test_a_password_is_sent_but_not_named_in_errors(clean: Path) -> None:
    with pytest.raises(ServerUnavailable) as caught:
        export(clean, "opensearch", "http://me:secret@127.0.0.1:9")
    assert "secret" not in str(caught.value)


def test_the_commands_for_servers_on_the_page_run(
    clean: Path, server: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = (Path(__file__).parent.parent / "docs" / "export.md").read_text("utf-8")
    commands = regex.findall(r"^python -m pipeline export data/clean (https://\S+) --to (\w+)$", page, regex.MULTILINE)
    assert server.target in {target for _, target in commands}
    monkeypatch.setenv("EXPORT_KEY", "k")
    for _, target in commands:
        if target == server.target:
            assert main(["export", str(clean), server.address, "--to", target]) == 0
    assert server.holds(PLAN, DECISION)


def test_the_command_takes_the_key_from_the_environment_and_never_from_its_line(
    clean: Path, server: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["export", str(clean), server.address, "--to", server.target, "--state", str(tmp_path / "state.json")]
    monkeypatch.setenv("EXPORT_KEY", "k")
    assert main(command) == 0
    assert "2 handed over" in capsys.readouterr().out
    assert (tmp_path / "state.json").is_file()
    server.engine.refuse = lambda ident: 400
    assert main([*command, "--full"]) == 1
    assert f"{PLAN}: " in capsys.readouterr().err
    server.engine.refuse = lambda ident: 0
    assert main(command) == 0
    assert "2 handed over" in capsys.readouterr().out
    assert main(["export", str(clean), "http://me:pw@127.0.0.1:9", "--to", server.target]) == 2
    assert "EXPORT_PASSWORD" in capsys.readouterr().err
