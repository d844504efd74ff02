"""OpenSearch and Elasticsearch: index settings with analyzers, and `_bulk` bodies of at most some 5 MB.

Both take the same files. `asciifolding` folds all Vietnamese marks and đ, so text needs no second column there; numbers
are keywords whose normalizer drops marks, case, spaces and signs, so that "85/KH-CTĐ" and "85 KH CTD" are equal.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import SettingsError
from pipeline.export import web
from pipeline.export.lines import dumped
from pipeline.export.rows import Batch, Refused, Row, owner

_LIMIT = 5_000_000
_ANALYSIS: dict[str, Any] = {
    "char_filter": {"signs": {"type": "pattern_replace", "pattern": "[^\\p{L}\\p{N}]+", "replacement": ""}},
    "analyzer": {
        "exact": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
        "folded": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "asciifolding"]},
    },
    "normalizer": {
        "number": {"type": "custom", "char_filter": ["signs"], "filter": ["lowercase", "asciifolding"]},
        "name": {"type": "custom", "filter": ["lowercase", "asciifolding"]},
    },
}
_TEXT = {"type": "text", "analyzer": "exact", "fields": {"folded": {"type": "text", "analyzer": "folded"}}}
_NAME = {"type": "keyword", "normalizer": "name", "ignore_above": 1_000}
_NUMBER = {"type": "keyword", "normalizer": "number", "ignore_above": 200}
_KEY, _DAYS, _WHOLE, _REAL = (
    {"type": "keyword"},
    {"type": "date_range", "format": "strict_date"},
    {"type": "integer"},
    {"type": "float"},
)
_HEAD = {"path": _KEY, "kind": _NAME, "number": _NUMBER, "issuer": _TEXT, "days": _DAYS}
_CITATION = {
    "type": "nested",
    "properties": {
        "id": _KEY,
        "text": _TEXT,
        "kind": _NAME,
        "number": _NUMBER,
        "days": _DAYS,
        "date": _KEY,
        "issuer": _TEXT,
        "target": _KEY,
        "archived": _KEY,
        "relation": _KEY,
        "page": _WHOLE,
        "confidence": _REAL,
    },
}
MAPPINGS: dict[str, dict[str, Any]] = {
    "documents": _HEAD
    | {
        "source_id": _KEY,
        "title": _TEXT,
        "superior": _TEXT,
        "place": _NAME,
        "date": _KEY,
        "signers": _NAME,
        "family": _KEY,
        "urgency": _NAME,
        "secrecy": _NAME,
        "pages": _WHOLE,
        "holes": _WHOLE,
        "legibility": _REAL,
        "needs_review": {"type": "boolean"},
        "citations": _CITATION,
    },
    "passages": _HEAD
    | {
        "document": _KEY,
        "section": _KEY,
        "labels": _KEY,
        "heading": _TEXT,
        "page": _WHOLE,
        "start": _WHOLE,
        "text": _TEXT,
        "words": _KEY,
        "numbers": _NUMBER,
        "box": {"type": "float", "index": False},
    },
}


def index_body(kind: str) -> dict[str, Any]:
    """Settings and mapping of an index, as its creation wants them; unknown fields are refused."""
    return {"settings": {"analysis": _ANALYSIS}, "mappings": {"dynamic": "strict", "properties": MAPPINGS[kind]}}


def source(row: Row, kind: str) -> Row:
    """A row with only the mapped fields that have a value, its days as a range."""
    row = dict(row)
    if row.get("first_day"):
        row["days"] = {"gte": row["first_day"], "lte": row["last_day"]}
    if "citations" in row:
        row["citations"] = [_mapped(c | _days(c), _CITATION["properties"]) for c in row["citations"]]
    return _mapped(row, MAPPINGS[kind])


def _days(row: Row) -> Row:
    return {"days": {"gte": row["first_day"], "lte": row["last_day"]}} if row["first_day"] else {}


def _mapped(row: Row, fields: Any) -> Row:
    return {name: row[name] for name in fields if row.get(name) not in (None, [])}


class Action(NamedTuple):
    """A row to put in or take out: its id, and its one or two lines of a bulk body."""

    ident: str
    lines: str


def actions(batch: Batch, name: str) -> Iterator[Action]:
    """The actions of a batch: deletions first, then each document after its passages."""
    for kind, ids in (("documents", batch.gone), ("passages", batch.stale)):
        for ident in ids:
            yield _deletion(ident, f"{name}-{kind}")
    for found in batch.found:
        for kind, rows in (("passages", found.passages), ("documents", [found.document])):
            for row in rows:
                action = {"index": {"_index": f"{name}-{kind}", "_id": row["id"]}}
                yield Action(row["id"], dumped(action) + dumped(source(row, kind)))


def _deletion(ident: str, index: str) -> Action:
    return Action(ident, dumped({"delete": {"_index": index, "_id": ident}}))


def bodies(found: Iterable[Action]) -> Iterator[list[Action]]:
    """The actions in groups whose lines are at most some 5 MB."""
    waiting: list[Action] = []
    size = 0
    for action in found:
        more = len(action.lines.encode())
        if waiting and size + more > _LIMIT:
            yield waiting
            waiting, size = [], 0
        waiting.append(action)
        size += more
    if waiting:
        yield waiting


class Files:
    """Writes numbered bulk bodies into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._number = folder, name, 0

    def hand_over(self, batch: Batch) -> list[Refused]:
        """Write the bodies; nothing is refused."""
        for body in bodies(actions(batch, self._name)):
            self._number += 1
            text = "".join(action.lines for action in body)
            (self._folder / f"bulk-{self._number:05d}.ndjson").write_text(text, encoding="utf-8")
        return []


class Bulk:
    """Sends bulk bodies; rows put off are sent again, a document of which a row is refused is taken out whole."""

    def __init__(self, server: web.Server, name: str) -> None:
        self._server, self._name = server, name

    def hand_over(self, batch: Batch) -> list[Refused]:
        """Send the batch; when this returns, all of it is there but what was refused."""
        refused: dict[str, str] = {}
        for body in bodies(actions(batch, self._name)):
            for ident, reason in self._send(body):
                refused.setdefault(owner(ident), reason)
        rows = [row["id"] for f in batch.found if f.document["id"] in refused for row in f.passages]
        lost = Batch([document for document in refused if document], rows, [])
        if refused and (again := [pair for body in bodies(actions(lost, self._name)) for pair in self._send(body)]):
            raise SettingsError(f"{self._server.address}: {again[0][1]}")
        return [Refused(document, reason) for document, reason in refused.items()]

    def _send(self, body: list[Action]) -> list[tuple[str, str]]:
        """Send a body until nothing of it is put off; ids of what was refused, with the reason."""
        return [(action.ident, reason) for action, reason in web.sent(self._server.address, body, self._once)]

    def _once(self, body: list[Action]) -> Iterator[tuple[Action, int, str]]:
        """What is said of each action; a deletion of what is not there is one that is done."""
        text = "".join(action.lines for action in body)
        said = self._server.call("POST", "/_bulk", text, "application/x-ndjson").accept()
        for action, item in zip(body, said.each(len(body), "items"), strict=True):
            [answer] = item.values()
            gone = answer["status"] == 404 and "delete" in item
            yield action, 200 if gone else answer["status"], json.dumps(answer.get("error"), ensure_ascii=False)


@contextmanager
def files(folder: Path, name: str) -> Iterator[Files]:
    """A sink into a new folder: the two indexes' settings and mappings, and numbered bulk bodies."""
    for kind in MAPPINGS:
        body = json.dumps(index_body(kind), ensure_ascii=False, indent=1)
        (folder / f"{name}-{kind}.json").write_text(body + "\n", encoding="utf-8")
    yield Files(folder, name)


@contextmanager
def server(address: str, name: str, access: web.Access) -> Iterator[Bulk]:
    """A sink to a server; indexes are made if they are not there."""
    found = web.Server(address, {"Authorization": f"ApiKey {access.key}"} if access.key else {}, access)
    for kind in MAPPINGS:
        answer = found.call("PUT", f"/{name}-{kind}", json.dumps(index_body(kind)))
        if "resource_already_exists_exception" not in answer.text:
            answer.accept()
    yield Bulk(found, name)
