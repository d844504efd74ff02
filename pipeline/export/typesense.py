"""Typesense (0.24 and later): two collections; folded fields, because it does not fold đ.

Into a folder: `…-documents.schema.json`, `…-documents.jsonl` (import with `action=upsert`), the same for passages, and
`deleted.jsonl` with collection and id. Days are numbers yyyymmdd, so that ranges can be asked.
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

_ROWS = 200
_HEAD = {
    "path": "string",
    "kind": "string",
    "number": "string",
    "issuer": "string",
    "first_day": "int32",
    "last_day": "int32",
}
FIELDS: dict[str, dict[str, str]] = {
    "documents": _HEAD
    | {
        "source_id": "string",
        "number_key": "string",
        "title": "string",
        "title_folded": "string",
        "issuer_folded": "string",
        "place": "string",
        "signers": "string[]",
        "family": "string",
        "holes": "int32",
        "legibility": "float",
        "needs_review": "bool",
        "cited": "string[]",
        "cited_keys": "string[]",
    },
    "passages": _HEAD
    | {
        "document": "string",
        "labels": "string[]",
        "heading": "string",
        "page": "int32",
        "start": "int32",
        "text": "string",
        "text_folded": "string",
        "words": "string[]",
        "numbers": "string[]",
        "box": "float[]",
    },
}
_FACETS = {"kind", "issuer", "family", "place", "needs_review"}
_NEEDED = {"path", "document", "text", "text_folded"}


def schema(name: str, kind: str) -> dict[str, Any]:
    """The schema of a collection; what a document may lack is optional."""
    fields = [
        {"name": field, "type": form, "facet": field in _FACETS, "optional": field not in _NEEDED}
        | ({"index": False} if field == "box" else {})
        for field, form in FIELDS[kind].items()
    ]
    return {"name": f"{name}-{kind}", "fields": fields}


def shaped(row: Row, kind: str) -> Row:
    """A row as the collection wants it: no empty values, days as numbers, citations as two lists."""
    row = dict(row)
    for day in ("first_day", "last_day"):
        row[day] = int(row[day].replace("-", "")) if row.get(day) else None
    found = row.get("citations", [])
    row["cited"] = sorted({c["number"] for c in found if c["number"]})
    row["cited_keys"] = sorted({c["number_key"] for c in found if c["number_key"]})
    return {"id": row["id"]} | {
        name: row[name] for name in FIELDS[kind] if row.get(name) is not None and (row[name] != [] or name in _NEEDED)
    }


class Typesense:
    """Hands rows on in groups of 200."""

    def __init__(self, send: Callable[[str, str], None], drop: Callable[[str, str], None]) -> None:
        self._send, self._drop = send, drop
        self._waiting: dict[str, list[str]] = {kind: [] for kind in FIELDS}

    def delete(self, document: str | None, passages: list[str]) -> None:
        """Delete by id."""
        for kind, ids in (("documents", [document] if document else []), ("passages", passages)):
            for ident in ids:
                self._drop(kind, ident)

    def put(self, found: Rows) -> None:
        """Upsert by id."""
        for kind, rows in (("documents", [found.document]), ("passages", found.passages)):
            self._waiting[kind] += [dumped(shaped(row, kind)) for row in rows]
            if len(self._waiting[kind]) >= _ROWS:
                self.flush(kind)

    def flush(self, kind: str) -> None:
        """Hand on what waits."""
        if self._waiting[kind]:
            self._send(kind, "".join(self._waiting[kind]))
        self._waiting[kind] = []


@contextmanager
def opened(place: Path | str, name: str, key: str | None) -> Iterator[Typesense]:
    """A sink to a server (collections are made if they are not there) or into a batch folder."""
    if isinstance(place, str):
        base, headers = place.rstrip("/"), {"X-TYPESENSE-API-KEY": key or ""}
        for kind in FIELDS:
            web.call("POST", f"{base}/collections", json.dumps(schema(name, kind)), headers, allow=(409,))

        def send(kind: str, body: str) -> None:
            address = f"{base}/collections/{name}-{kind}/documents/import?action=upsert"
            for line in web.call("POST", address, body, headers, "text/plain").splitlines():
                if not json.loads(line).get("success"):
                    raise SettingsError(f"{place}: a row was refused: {line[:500].decode(errors='replace')}")

        def drop(kind: str, ident: str) -> None:
            web.call("DELETE", f"{base}/collections/{name}-{kind}/documents/{ident}", None, headers, allow=(404,))
    else:
        place.mkdir(parents=True)
        for kind in FIELDS:
            body = json.dumps(schema(name, kind), indent=1)
            (place / f"{name}-{kind}.schema.json").write_text(body + "\n", encoding="utf-8")

        def send(kind: str, body: str) -> None:
            with (place / f"{name}-{kind}.jsonl").open("a", encoding="utf-8") as file:
                file.write(body)

        def drop(kind: str, ident: str) -> None:
            with (place / "deleted.jsonl").open("a", encoding="utf-8") as file:
                file.write(dumped({"collection": f"{name}-{kind}", "id": ident}))

    sink = Typesense(send, drop)
    yield sink
    for kind in FIELDS:
        sink.flush(kind)
