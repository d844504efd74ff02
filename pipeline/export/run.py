"""One export: what changed since the last one, handed to a target batch by batch.

Into a folder every export is a batch folder of its own (`000001`, `000002` …) with only what changed, to be applied in
order; it gets its name when it is whole. To a server it goes at once. What was handed over is remembered in a state
file, for a server after every batch that it took, so that a stopped run goes on where it was.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import regex

from pipeline import archive
from pipeline.errors import SettingsError
from pipeline.export import bulk, lines, postgres, typesense
from pipeline.export.rows import Batch, Refused, Rows, document_id, passage_id, rows
from pipeline.export.web import Access

VERSION = 1
STATE = "export.json"
SERVER_STATES = ".export"
"""Folder in the clean folder with a state for each server, target and name."""
_ROWS = 1_000
"""Rows a batch at least, but for the last: enough that the round trip does not count, little to send again."""
_KEEP = 20
"""Batches between two writings of the state, which tells of every document of the archive."""


class Sink(Protocol):
    """Where batches go."""

    def hand_over(self, batch: Batch) -> Sequence[Refused]:
        """Take out and put in; documents that would not go in, of which nothing is left."""


class Target(NamedTuple):
    """How an engine is reached: through files, and through a server where there is one."""

    files: Callable[[Path, str], AbstractContextManager[Sink]]
    server: Callable[[str, str, Access], AbstractContextManager[Sink]] | None


TARGETS: Mapping[str, Target] = {
    "opensearch": Target(bulk.files, bulk.server),
    "elasticsearch": Target(bulk.files, bulk.server),
    "typesense": Target(typesense.files, typesense.server),
    "postgres": Target(postgres.files, postgres.server),
    "jsonl": Target(lines.files, None),
}


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was handed over.

    ``refused`` are ``path: reason`` of documents that the server would not take; the next export tries them again.
    ``batch`` is the new folder (None: to a server, or nothing had changed).
    """

    documents: int
    passages: int
    deleted: int
    unchanged: int
    refused: tuple[str, ...]
    batch: Path | None


def export(
    clean: Path,
    target: str,
    out: Path | str,
    *,
    name: str = "archive",
    access: Access = Access(),  # noqa: B008 (frozen)
    state: Path | None = None,
    full: bool = False,
) -> ExportSummary:
    """Hand what changed to a target.

    Args:
        clean: the clean folder.
        target: one of `TARGETS`.
        out: a folder, or the address of a server (http://…, postgresql://…).
        name: beginning of the names of the indexes, collections or tables: small letters, digits, "_".
        access: key, or user and password, for a server that asks for them.
        state: file that remembers what was handed over; where None, `export.json` in the folder, or for a server
            a file in `clean/.export`.
        full: hand over everything once more, for a target that lost it.

    Raises:
        SettingsError: unknown target, bad name, or a server that refuses.
        ServerUnavailable: it could not be reached, or stayed busy; what it took is remembered.
    """
    if target not in TARGETS:
        raise SettingsError(f"{target}: unknown target; known are {', '.join(TARGETS)}")
    if not regex.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise SettingsError(f"{name}: a name is of small letters, digits and _")
    address = out if isinstance(out, str) and regex.match(r"[a-z]+://", out) else None
    if state is None:
        state = clean / SERVER_STATES / _state_name(target, address, name) if address else Path(out) / STATE
    work = _Work(clean, state, full)
    if not work:
        return work.summary(None)
    if address:
        connect = TARGETS[target].server
        if connect is None:
            raise SettingsError(f"{address}: {target} goes into a folder")
        with connect(address, name, access) as sink:
            work.run(sink, step_by_step=True)
        return work.summary(None)
    folder = _next_batch(Path(out))
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with TARGETS[target].files(part, name) as sink:
        work.run(sink, step_by_step=False)
    part.replace(folder)
    work.keep()
    return work.summary(folder)


class _Work:
    """What has to be handed over, and the state that remembers what was."""

    def __init__(self, clean: Path, state: Path, full: bool) -> None:
        known = archive.load_state(state, VERSION) or {"marks": {}, "passages": {}}
        self._clean, self._state = clean, state
        self._marks: dict[str, archive.Mark] = known["marks"]
        self._counts: dict[str, int] = known["passages"]
        self._todo = archive.plan(clean, {} if full else self._marks)
        self._gone = sorted(set(self._marks) - set(self._todo.marks))
        self._written = self._passages = 0
        self._refused: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._todo.changed or self._gone)

    def run(self, sink: Sink, *, step_by_step: bool) -> None:
        """Hand over batch by batch; step by step the state is written while it goes, and when it is stopped."""
        try:
            for number, (gone, found) in enumerate(self._batches(), 1):
                self._note(gone, found, sink.hand_over(self._batch(gone, found)))
                if step_by_step and number % _KEEP == 0:
                    self.keep()
        finally:
            if step_by_step:
                self.keep()

    def keep(self) -> None:
        """Write the state."""
        archive.save_state(self._state, VERSION, self._marks, passages=self._counts)

    def summary(self, batch: Path | None) -> ExportSummary:
        """What was done."""
        same = len(self._todo.marks) - len(self._todo.changed)
        return ExportSummary(self._written, self._passages, len(self._gone), same, tuple(self._refused), batch)

    def _batches(self) -> Iterator[tuple[list[str], dict[str, Rows]]]:
        """Paths to take out, and rows by path."""
        for start in range(0, len(self._gone), _ROWS):
            yield self._gone[start : start + _ROWS], {}
        found: dict[str, Rows] = {}
        size = 0
        for entry in self._todo.changed:
            found[entry.path] = rows(entry.path, archive.read(self._clean, entry))
            size += 1 + len(found[entry.path].passages)
            if size >= _ROWS:
                yield [], found
                found, size = {}, 0
        if found:
            yield [], found

    def _batch(self, gone: Iterable[str], found: Mapping[str, Rows]) -> Batch:
        kept = [(path, 0) for path in gone] + [(path, len(part.passages)) for path, part in found.items()]
        stale = [passage_id(path, n) for path, first in kept for n in range(first, self._counts.get(path, 0))]
        return Batch([document_id(path) for path in gone], stale, list(found.values()))

    def _note(self, gone: Iterable[str], found: Mapping[str, Rows], refused: Iterable[Refused]) -> None:
        reasons = dict(refused)
        for path in gone:
            self._marks.pop(path)
            self._counts.pop(path, None)
        for path, part in found.items():
            if reason := reasons.get(part.document["id"]):
                self._refused.append(f"{path}: {reason}")
                self._marks.pop(path, None)
                self._counts.pop(path, None)
            else:
                self._marks[path], self._counts[path] = self._todo.marks[path], len(part.passages)
                self._written += 1
                self._passages += len(part.passages)


def _state_name(target: str, address: str, name: str) -> str:
    """The same for one server, target and name, whoever asks; a password in the address plays no part."""
    scheme, _, rest = address.partition("://")
    head, slash, path = rest.partition("/")
    plain = f"{scheme}://{head.rpartition('@')[2]}{slash}{path}".rstrip("/")
    return f"{target}-{name}-{hashlib.sha256(plain.encode()).hexdigest()[:12]}.json"


def _next_batch(out: Path) -> Path:
    taken = [int(p.name) for p in out.glob("[0-9]*") if p.name.isdigit()] if out.is_dir() else []
    return out / f"{max(taken, default=0) + 1:06d}"
