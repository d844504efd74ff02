"""One export: what changed since the last one, handed to a target document by document.

Into a folder every export is a batch of its own (`000001`, `000002` …) with only what changed, to be applied in order;
`export.json` beside them remembers what was handed over. To a server it goes at once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import regex

from pipeline import archive
from pipeline.errors import SettingsError
from pipeline.export import bulk, lines, postgres, typesense
from pipeline.export.rows import Rows, document_id, passage_id, rows

VERSION = 1
STATE = "export.json"


class Sink(Protocol):
    """Where rows go; deletions of a document's passages come before its rows."""

    def delete(self, document: str | None, passages: list[str]) -> None:
        """Take out a document (None: only passages) and these passages."""

    def put(self, found: Rows) -> None:
        """Put in a document with its passages, over what is there under the same ids."""


Opener = Callable[[Path | str, str, str | None], AbstractContextManager[Sink]]
TARGETS: Mapping[str, Opener] = {
    "opensearch": bulk.opened,
    "elasticsearch": bulk.opened,
    "typesense": typesense.opened,
    "postgres": postgres.opened,
    "jsonl": lines.opened,
}


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was handed over, and the batch's folder (None: to a server, or nothing had changed)."""

    documents: int
    passages: int
    deleted: int
    unchanged: int
    batch: Path | None


def export(
    clean: Path,
    target: str,
    out: Path | str,
    *,
    name: str = "archive",
    key: str | None = None,
    state: Path | None = None,
    full: bool = False,
) -> ExportSummary:
    """Hand what changed to a target.

    Args:
        clean: the clean folder.
        target: one of `TARGETS`.
        out: a folder, or the address of a server (http://…, postgresql://…).
        name: beginning of the names of the indexes, collections or tables: small letters, digits, "_".
        key: API key for a server that asks for one.
        state: file that remembers what was handed over; for a folder `export.json` in it, for a server none, and
            without it everything is handed over every time and deletions are not noticed.
        full: hand over everything once more.

    Raises:
        SettingsError: unknown target, bad name, or a server that refuses.
    """
    if target not in TARGETS:
        raise SettingsError(f"{target}: unknown target; known are {', '.join(TARGETS)}")
    if not regex.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise SettingsError(f"{name}: a name is of small letters, digits and _")
    place: Path | str = out
    if not _is_server(out):
        state = state or Path(out) / STATE
        place = _next_batch(Path(out))
    known = (archive.load_state(state, VERSION) if state else None) or {"marks": {}, "passages": {}}
    todo = archive.plan(clean, {} if full else known["marks"])
    gone = tuple(sorted(set(known["marks"]) - set(todo.marks)))
    counts: dict[str, int] = {p: n for p, n in known["passages"].items() if p in todo.marks}
    written = 0
    if todo.changed or gone:
        with TARGETS[target](place, name, key) as sink:
            for path in gone:
                sink.delete(document_id(path), [passage_id(path, n) for n in range(known["passages"].get(path, 0))])
            for path, found in _changed(clean, todo):
                stale = range(len(found.passages), known["passages"].get(path, 0))
                sink.delete(None, [passage_id(path, n) for n in stale])
                sink.put(found)
                counts[path] = len(found.passages)
                written += len(found.passages)
        if state:
            archive.save_state(state, VERSION, todo.marks, passages=counts)
    batch = place if isinstance(place, Path) and (todo.changed or gone) else None
    return ExportSummary(len(todo.changed), written, len(gone), len(todo.marks) - len(todo.changed), batch)


def _changed(clean: Path, todo: archive.Plan) -> Iterator[tuple[str, Rows]]:
    for entry in todo.changed:
        yield entry.path, rows(entry.path, archive.read(clean, entry))


def _is_server(out: Path | str) -> bool:
    return isinstance(out, str) and regex.match(r"[a-z]+://", out) is not None


def _next_batch(out: Path) -> Path:
    taken = [int(p.name) for p in out.glob("[0-9]*") if p.name.isdigit()] if out.is_dir() else []
    return out / f"{max(taken, default=0) + 1:06d}"
