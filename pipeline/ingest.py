"""A folder of documents: what is due is read, what has moved is renamed, and the manifest says what became of each."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import moves, versions
from pipeline.config import Config
from pipeline.due import Due
from pipeline.errors import NoInput, OutputNotWritable
from pipeline.kept import bound
from pipeline.ledger import Ledger, Row
from pipeline.network import resolve
from pipeline.outcome import Outcome, failed, process
from pipeline.places import Documents, documents_at, raw_at, refuse_nested
from pipeline.raw import RawFile
from pipeline.reading import read_document
from pipeline.runlog import RunLog
from pipeline.versions import code as code_fingerprint

__all__ = ["Outcome", "Summary", "again", "code_fingerprint", "failed", "ingest", "process", "read_document"]

Run = Callable[[list[RawFile], Callable[[Outcome], None]], None]
"""Carries out `process` for a list of files on some executor and hands on each outcome."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did. `outcomes` are of the files it read; `rows` are of all raw files, sorted by path."""

    outcomes: tuple[Outcome, ...]
    rows: tuple[Row, ...]
    skipped: int
    renamed: int
    removed: int
    """Raw files found gone; with ``pruned`` those whose documents were deleted."""
    seconds: float
    pruned: bool = False


def ingest(raw: Path | str, clean: Path | str, config: Config, run: Run, started: Callable[[int, int], None],
           finished: Callable[[Outcome], None], *, prune: bool = False) -> Summary:  # fmt: skip
    """Bring the clean folder up to date with the raw one.

    Args:
        raw: folder tree of documents, or its URL; opened for reading only.
        clean: folder for the JSON documents, `manifest.jsonl` and the ledger, or its URL.
        config: settings.
        run: reads the files that are due.
        started: told how many files there are to read and how many are done already.
        finished: told each outcome.
        prune: forget raw files that are gone and delete their JSON.

    Raises:
        NoInput, OutputNotWritable, FolderInUse: before the first file.
        OutputNotWritable: the disk is full; what is done is kept, and a further run goes on.
    """
    refuse_nested(raw, clean)
    begun, source, documents = time.monotonic(), raw_at(raw), documents_at(clean, config.run.state)
    with _writable(clean):
        files = source.files()
        with Ledger.open(documents) as ledger:
            due = _due(ledger, documents, config)
            todo = ledger.todo(files, due.current)
            known = moves.known(source, ledger, files, todo, due.current)
            book = _Book(ledger, due, RunLog(documents.state), todo, {one.file.path: one.moved_from for one in known})
            removed = 0
            try:
                moves.rename(documents, config, known, book.renamed)
                todo = [file for file in todo if file.path not in book.done]
                started(len(todo), len(files) - len(todo))
                book.read(todo, run, finished)
            finally:
                removed = ledger.settle(files, prune=prune)
                if book.done or removed or ledger.unfinished:
                    ledger.write_manifest()
            _round_off(documents, ledger, config, grown=bool(book.outcomes))
            rows, seconds = ledger.rows(), time.monotonic() - begun
        renamed = len(book.done) - len(book.outcomes)
        return Summary(tuple(book.outcomes), rows, len(files) - len(todo), renamed, removed, seconds, prune)


def again(raw: Path, clean: Path, path: str, config: Config, run: Run) -> None:
    """Read one document anew, whatever its state; people's corrections are applied.

    Raises:
        FolderInUse: an ingest is at work in the clean folder.
        NoInput: the raw file is gone.
    """
    source, documents = raw_at(raw), documents_at(clean, config.run.state)
    found = [file for file in source.files() if file.path == path]
    if not found:
        raise NoInput(f"{path}: no such file")
    with Ledger.open(documents) as ledger:
        book = _Book(ledger, _due(ledger, documents, config), RunLog(documents.state), found, {})
        book.read(found, run, lambda outcome: None)
        ledger.write_manifest()
        _round_off(documents, ledger, config, grown=False)


def _due(ledger: Ledger, documents: Documents, config: Config) -> Due:
    return Due(config, ledger.number_of(versions.present(config)), documents)


def _round_off(documents: Documents, ledger: Ledger, config: Config, *, grown: bool) -> None:
    """What follows when all files are done: citations resolved, the cache held to its size, the run marked as ended."""
    resolve(documents, ledger.rows())
    if grown and config.run.cache:
        bound(Path(config.run.cache), config.run.cache_mib)
    ledger.finished()


class _Book:
    """Takes outcomes in as they come: each gets its row and its line in the log."""

    def __init__(self, ledger: Ledger, due: Due, log: RunLog, files: Iterable[RawFile],
                 moved: Mapping[str, str | None]) -> None:  # fmt: skip
        self._ledger, self._due, self._log = ledger, due, log
        self._files = {file.path: file for file in files}
        self._moved = moved
        self.outcomes: list[Outcome] = []
        self.done: set[str] = set()

    def read(self, todo: list[RawFile], run: Run, finished: Callable[[Outcome], None]) -> None:
        """Have the files read, the largest first, and hand on each outcome."""
        if not todo:
            return
        self._log.line("start", version="/".join(self._due.versions), todo=len(todo))

        def take(outcome: Outcome) -> None:
            self._record(outcome, "document", status=outcome.status, error=outcome.error, seconds=outcome.seconds,
                         begun=outcome.begun)  # fmt: skip
            self.outcomes.append(outcome)
            finished(outcome)

        run(sorted(todo, key=lambda file: (-file.size, file.path)), take)
        failures = sum(outcome.status == "failed" for outcome in self.outcomes)
        self._log.line("end", read=len(self.outcomes), failed=failures)

    def renamed(self, outcome: Outcome) -> None:
        """Take in a document that was written from that of the same bytes elsewhere."""
        self._record(outcome, "renamed", moved_from=self._moved.get(outcome.path))

    def _record(self, outcome: Outcome, event: str, **fields: object) -> None:
        self._ledger.record(self._due.row(outcome, self._files[outcome.path], self._moved.get(outcome.path)))
        self._log.line(event, path=outcome.path, **fields)
        self.done.add(outcome.path)


@contextlib.contextmanager
def _writable(clean: Path | str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise OutputNotWritable(f"{clean}: {reason}") from error
