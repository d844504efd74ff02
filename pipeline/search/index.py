"""The search index: a tantivy index in a folder, kept in step with the clean folder.

Every document is there once as a whole (to find it) and once for each of its passages (to show where). All keys are
made in `records`, so tantivy only splits at spaces.
"""

import functools
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from pipeline import archive
from pipeline.errors import FolderInUse, SettingsError
from pipeline.search import records
from pipeline.vietnamese import fold

VERSION = 2
"""Of the index's shape; another number in the folder makes `update` build it anew."""
STATE = "search.json"
SPACED = ("exact", "folded", "words", "head", "issuer", "damaged", "candidates")
KEYS = ("key", "type", "kind", "own", "own_head", "cites", "cites_head")


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What `update` did: documents read, taken out, left as they were; passages written."""

    written: int
    removed: int
    unchanged: int
    passages: int


@functools.cache
def schema() -> tantivy.Schema:
    """The fields of the index."""
    builder = tantivy.SchemaBuilder()
    for name in SPACED:
        builder.add_text_field(name, tokenizer_name="spaced", index_option="position")
    for name in KEYS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("first", indexed=True, fast=True)
    builder.add_integer_field("last", indexed=True, fast=True)
    builder.add_text_field("path", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("stored", stored=True, indexed=False, fast=False)
    return builder.build()


def _register(index: tantivy.Index) -> tantivy.Index:
    spaced = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("spaced", spaced)
    return index


def update(clean: Path, index: Path) -> IndexSummary:
    """Bring the index in step with the clean folder: read what is new or changed, take out what is gone.

    A stopped run leaves an index that answers as before; the next run does its work again.

    Raises:
        FolderInUse: another update writes to this index.
    """
    state = archive.load_state(index / STATE, VERSION)
    store = index / "tantivy"
    if state is None or not store.is_dir():
        shutil.rmtree(store, ignore_errors=True)
        state = {"marks": {}}
    todo = archive.plan(clean, state["marks"])
    store.mkdir(parents=True, exist_ok=True)
    handle = _register(tantivy.Index(schema(), path=str(store)))
    count = 0
    if todo.changed or todo.gone:
        try:
            writer = handle.writer(heap_size=64_000_000, num_threads=1)
        except ValueError as error:
            raise FolderInUse(f"{index}: {error}") from error
        for path in (*todo.gone, *(entry.path for entry in todo.changed)):
            writer.delete_documents_by_term("key", path)
        for entry in todo.changed:
            rows = rows_of(entry.path, archive.read(clean, entry))
            for row in rows:
                writer.add_document(tantivy.Document(**row))
            count += len(rows) - 1
        writer.commit()
        writer.wait_merging_threads()
    archive.save_state(index / STATE, VERSION, todo.marks)
    return IndexSummary(len(todo.changed), len(todo.gone), len(todo.marks) - len(todo.changed), count)


def rows_of(path: str, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a document for the index: itself first, then its passages."""
    who = records.identity(document)
    dates = records.date_range(who["date"])
    cited = [n for c in document.get("citations", ()) if c.get("kind") != "internal" and (n := archive.number_of(c))]
    found = records.numbers_in(document["text"])
    own = who["number"]
    common: dict[str, Any] = {
        "key": path,
        "path": path,
        "kind": fold(who["kind"] or ""),
        "issuer": _folded(" ".join(filter(None, (who["issuer"], who["superior"])))),
    }
    if dates:
        common |= {"first": dates[0], "last": dates[1]}
    said = " ".join(
        filter(
            None,
            (
                who["kind"],
                own,
                who["title"],
                who["issuer"],
                who["superior"],
                who["place"],
                _spoken(who["date"]),
                *who["signers"],
                path,
            ),
        )
    )
    named = [
        (c["span"][0], key)
        for c in document.get("citations", ())
        for key in records.kind_keys(c.get("kind"), c.get("number"))
    ]
    keys = {records.number_key(n) for n in (*cited, *found)} - ({records.number_key(own)} if own else set())
    parts = records.passages(document)
    rows = [_passage_row(p, [key for at, key in named if p.start <= at < p.start + len(p.text)]) for p in parts]
    whole = common | {
        **{name: " ".join(row[name] for row in rows) for name in ("exact", "folded", "words", "damaged")},
        "type": "document",
        "head": _both(said),
        "own": [records.number_key(own)] if own else [],
        "own_head": [*records.number_heads(own or "")[:-1], *records.kind_keys(who["kind"], own)],
        "cites": sorted(keys | {key for _, key in named}),
        "cites_head": sorted({head for n in (*cited, *found) for head in records.number_heads(n)[:-1]}),
        "candidates": _both(" ".join(records.candidate_words(document))),
        "stored": _bytes({"path": path, "id": document.get("id"), **who}),
    }
    return [_full(whole), *(_full(common | row) for row in rows)]


def _passage_row(part: records.Passage, named: list[str]) -> dict[str, Any]:
    exact, folded = records.keys(part.text)
    heading = " ".join((*part.path, part.heading or ""))
    numbers = records.numbers_in(part.text)
    stored = {
        "section": part.section,
        "path": part.path,
        "heading": part.heading,
        "page": part.page,
        "start": part.start,
        "text": part.text,
        "lines": part.lines,
    }
    return {
        "type": "passage",
        "exact": " ".join(exact),
        "folded": " ".join(folded),
        "words": " ".join(part.words),
        "head": _both(heading),
        "damaged": " ".join(records.damaged_keys(part.text)),
        "cites": [*named, *(records.number_key(n) for n in numbers)],
        "cites_head": [h for n in numbers for h in records.number_heads(n)[:-1]],
        "stored": _bytes(stored),
    }


def _bytes(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode()


def _full(row: dict[str, Any]) -> dict[str, Any]:
    return {name: [value] if isinstance(value, str | int | bytes) else list(value) for name, value in row.items()}


def _folded(text: str) -> str:
    return " ".join(records.keys(text)[1])


def _both(text: str) -> str:
    exact, folded = records.keys(text)
    return " ".join([*folded, *(e for e, f in zip(exact, folded, strict=True) if e != f)])


def _spoken(iso: str | None) -> str:
    """A date in the ways people ask for it: 2023-04-19 as "2023 4 2023 19 4 2023"."""
    if not iso:
        return ""
    parts = [str(int(part)) for part in iso.split("-")]
    return " ".join(" ".join(reversed(parts[:n])) for n in range(1, len(parts) + 1))


def reader(index: Path) -> tantivy.Index:
    """The index of a folder, ready to be asked; opened once for each state of it.

    Raises:
        SettingsError: there is no index, or it is of another version.
    """
    try:
        stamp = (index / STATE).stat().st_mtime_ns
    except OSError as error:
        raise SettingsError(f"{index}: no search index there; make it first with the index command") from error
    return _open(index, stamp)


@functools.lru_cache(maxsize=4)
def _open(index: Path, stamp: int) -> tantivy.Index:
    if archive.load_state(index / STATE, VERSION) is None:
        raise SettingsError(f"{index}: a search index of another version; make it again with the index command")
    return _register(tantivy.Index(schema(), path=str(index / "tantivy")))
