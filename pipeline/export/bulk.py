"""OpenSearch and Elasticsearch: index settings with analyzers, and `_bulk` bodies of at most some 5 MB.

Both take the same files. `asciifolding` folds all Vietnamese marks and đ, so text needs no second column there; numbers
are keywords whose normalizer drops marks, case, spaces and signs, so that "85/KH-CTĐ" and "85 KH CTD" are equal.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError
from pipeline.export import web
from pipeline.export.lines import dumped
from pipeline.export.rows import Row, Rows

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


class Bulk:
    """Collects actions and hands them on in bodies of at most some 5 MB."""

    def __init__(self, send: Callable[[str], None], name: str) -> None:
        self._send, self._name = send, name
        self._waiting: list[str] = []
        self._size = 0

    def delete(self, document: str | None, passages: list[str]) -> None:
        """Delete by id."""
        for kind, ids in (("documents", [document] if document else []), ("passages", passages)):
            for ident in ids:
                self._add(dumped({"delete": {"_index": f"{self._name}-{kind}", "_id": ident}}))

    def put(self, found: Rows) -> None:
        """Index by id."""
        for kind, rows in (("documents", [found.document]), ("passages", found.passages)):
            for row in rows:
                action = {"index": {"_index": f"{self._name}-{kind}", "_id": row["id"]}}
                self._add(dumped(action) + dumped(source(row, kind)))

    def _add(self, action: str) -> None:
        if self._waiting and self._size + len(action.encode()) > _LIMIT:
            self.flush()
        self._waiting.append(action)
        self._size += len(action.encode())

    def flush(self) -> None:
        """Hand on what waits."""
        if self._waiting:
            self._send("".join(self._waiting))
        self._waiting, self._size = [], 0


@contextmanager
def opened(place: Path | str, name: str, key: str | None) -> Iterator[Bulk]:
    """A sink to a server (indexes are made if they are not there) or into a batch folder."""
    if isinstance(place, str):
        headers = {"Authorization": f"ApiKey {key}"} if key else {}
        for kind in MAPPINGS:
            web.call("PUT", f"{place.rstrip('/')}/{name}-{kind}", json.dumps(index_body(kind)), headers, allow=(400,))

        def send(body: str) -> None:
            answer = json.loads(web.call("POST", f"{place.rstrip('/')}/_bulk", body, headers, "application/x-ndjson"))
            failed = [a for item in answer["items"] for a in item.values() if a.get("status", 200) >= 300]
            failed = [action for action in failed if action["status"] != 404]
            if failed:
                raise SettingsError(f"{place}: {len(failed)} rows refused, the first: {json.dumps(failed[0])[:500]}")
    else:
        place.mkdir(parents=True)
        for kind in MAPPINGS:
            body = json.dumps(index_body(kind), ensure_ascii=False, indent=1)
            (place / f"{name}-{kind}.json").write_text(body + "\n", encoding="utf-8")

        def send(body: str) -> None:
            number = sum(1 for _ in place.glob("bulk-*.ndjson")) + 1
            (place / f"bulk-{number:05d}.ndjson").write_text(body, encoding="utf-8")

    sink = Bulk(send, name)
    yield sink
    sink.flush()
