"""Typesense (0.24 and later): two collections; folded fields, because it does not fold đ.

Into a folder: `…-documents.schema.json`, `…-documents.jsonl` (import with `action=upsert`), the same for passages, and
`deleted.jsonl` with collection and id. Days are numbers yyyymmdd, so that ranges can be asked.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.export import web
from pipeline.export.lines import dumped
from pipeline.export.rows import Batch, Refused, Row, owner

_ROWS = 200
"""Rows of an import: one answer then tells of few enough to read."""
_IDS = 50
"""Ids of a deletion: the server takes questions of up to 4,000 letters."""
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


def imports(batch: Batch) -> Iterator[tuple[str, list[Row]]]:
    """Kind and rows to put in, each document after its passages."""
    for kind in ("passages", "documents"):
        found = [row for f in batch.found for row in (f.passages if kind == "passages" else [f.document])]
        for start in range(0, len(found), _ROWS):
            yield kind, [shaped(row, kind) for row in found[start : start + _ROWS]]


class Files:
    """Writes imports and deletions into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def hand_over(self, batch: Batch) -> list[Refused]:
        """Write ids and rows; nothing is refused."""
        for kind, ids in (("documents", batch.gone), ("passages", batch.stale)):
            lines = (dumped({"collection": f"{self._name}-{kind}", "id": ident}) for ident in ids)
            self._write("deleted.jsonl", "".join(lines))
        for kind, rows in imports(batch):
            self._write(f"{self._name}-{kind}.jsonl", "".join(map(dumped, rows)))
        return []

    def _write(self, name: str, text: str) -> None:
        if text:
            with (self._folder / name).open("a", encoding="utf-8") as file:
                file.write(text)


class Typesense:
    """Sends imports; rows put off are sent again, a document of which a row is refused is taken out whole."""

    def __init__(self, server: web.Server, name: str) -> None:
        self._server, self._name = server, name

    def hand_over(self, batch: Batch) -> list[Refused]:
        """Send the batch; when this returns, all of it is there but what was refused."""
        self._delete(batch.gone, batch.stale)
        refused: dict[str, str] = {}
        for kind, rows in imports(batch):
            for ident, reason in self._send(kind, rows):
                refused.setdefault(owner(ident), reason)
        rows_of = [row["id"] for f in batch.found if f.document["id"] in refused for row in f.passages]
        self._delete(list(refused), rows_of)
        return [Refused(document, reason) for document, reason in refused.items()]

    def _send(self, kind: str, rows: list[Row]) -> list[tuple[str, str]]:
        """Import rows until none is put off; ids of what was refused, with the reason."""
        path = f"/collections/{self._name}-{kind}/documents/import?action=upsert"

        def once(rows: list[Row]) -> Iterator[tuple[Row, int, str]]:
            answer = self._server.call("POST", path, "".join(map(dumped, rows)), "text/plain").accept()
            for row, line in zip(rows, answer.each(len(rows)), strict=True):
                code = line.get("code")
                yield row, 200 if line.get("success") else code if code in web.BUSY else 400, str(line.get("error"))

        return [(row["id"], reason) for row, reason in web.sent(self._server.address, rows, once)]

    def _delete(self, documents: Sequence[str], passages: Sequence[str]) -> None:
        for kind, ids in (("documents", documents), ("passages", passages)):
            for start in range(0, len(ids), _IDS):
                wanted = quote(f"id:[{','.join(ids[start : start + _IDS])}]")
                path = f"/collections/{self._name}-{kind}/documents?filter_by={wanted}"
                self._server.call("DELETE", path).accept(404)


@contextmanager
def files(folder: Path, name: str) -> Iterator[Files]:
    """A sink into a new folder: schemas, imports, deletions."""
    for kind in FIELDS:
        body = json.dumps(schema(name, kind), indent=1)
        (folder / f"{name}-{kind}.schema.json").write_text(body + "\n", encoding="utf-8")
    yield Files(folder, name)


@contextmanager
def server(address: str, name: str, access: web.Access) -> Iterator[Typesense]:
    """A sink to a server; collections are made if they are not there."""
    found = web.Server(address, {"X-TYPESENSE-API-KEY": access.key or ""}, access)
    for kind in FIELDS:
        found.call("POST", "/collections", json.dumps(schema(name, kind))).accept(409)
    yield Typesense(found, name)
