"""The memory of what was done: a SQLite table in the clean folder, and the manifest written from it."""

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import FolderInUse, OutputNotWritable
from pipeline.raw import RawFile
from pipeline.write import replace_file

DATABASE = ".ingest.sqlite"
LOCK = ".ingest.lock"
MANIFEST = "manifest.jsonl"


class Row(NamedTuple):
    """One raw file: its manifest line, and what tells whether it must be done again."""

    path: str
    sha256: str | None
    status: str
    error: str | None
    message: str | None
    pages: int
    ocr_pages: int
    repairs: int
    holes: int
    output: str | None
    seconds: float
    size: int
    modified: int
    key: str


_COLUMNS = ", ".join(Row._fields)
_MANIFEST_FIELDS = Row._fields[: Row._fields.index("size")]


class Ledger:
    """The rows of one clean folder, held by one process at a time."""

    def __init__(self, clean: Path, database: sqlite3.Connection) -> None:
        self._clean = clean
        self._database = database

    @classmethod
    @contextlib.contextmanager
    def open(cls, clean: Path) -> Iterator["Ledger"]:
        """Open the ledger of a folder, made if it is not there.

        Raises:
            OutputNotWritable: the folder cannot be made or written.
            FolderInUse: another process holds it.
        """
        try:
            clean.mkdir(parents=True, exist_ok=True)
            lock = os.open(clean / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputNotWritable(f"{clean}: {error.strerror}") from error
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderInUse(f"{clean}: another ingest is at work here") from error
            try:
                database = sqlite3.connect(clean / DATABASE, isolation_level=None)
                database.execute("PRAGMA journal_mode=WAL")
                database.execute(f"CREATE TABLE IF NOT EXISTS files ({_COLUMNS}, PRIMARY KEY (path))")
            except sqlite3.OperationalError as error:
                raise OutputNotWritable(f"{clean / DATABASE}: {error}") from error
            with contextlib.closing(database):
                yield cls(clean, database)
        finally:
            os.close(lock)

    def rows(self) -> tuple[Row, ...]:
        """All rows, sorted by path."""
        found = self._database.execute(f"SELECT {_COLUMNS} FROM files ORDER BY path")
        return tuple(Row(*row) for row in found)

    def todo(self, files: Iterable[RawFile], key: str,
             state: Callable[[str | None], str] = lambda sha256: "") -> list[RawFile]:  # fmt: skip
        """The files not yet done with this key, changed since, or whose JSON is gone; in the order given.

        A file counts as unchanged by its size and time of change; `verify` compares the bytes. `state` gives
        the state of what people decided about a file with that hash; it is part of the key.
        """
        known = {row.path: row for row in self.rows()}
        waiting = []
        for file in files:
            row = known.get(file.path)
            done = (
                row is not None
                and (row.size, row.modified, row.key) == (file.size, file.modified, key + state(row.sha256))
                and (row.output is None or (self._clean / row.output).is_file())
            )
            if not done:
                waiting.append(file)
        return waiting

    def record(self, row: Row) -> None:
        """Write down what became of a file; its older output is deleted where there is none now."""
        if row.output is None:
            (self._clean / (row.path + ".json")).unlink(missing_ok=True)
        marks = ", ".join("?" * len(row))
        self._database.execute(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({marks})", row)

    def forget_missing(self, present: set[str], *, prune: bool) -> int:
        """Mark rows whose raw file is gone as `removed` (their JSON stays); with `prune`, drop row and JSON."""
        changed = 0
        for row in self.rows():
            if row.path in present or (row.status == "removed" and not prune):
                continue
            changed += 1
            if not prune:
                self._database.execute("UPDATE files SET status = 'removed' WHERE path = ?", (row.path,))
                continue
            self._database.execute("DELETE FROM files WHERE path = ?", (row.path,))
            if row.output is not None:
                (self._clean / row.output).unlink(missing_ok=True)
        return changed

    def manifest_exists(self) -> bool:
        """Whether the manifest is there."""
        return (self._clean / MANIFEST).is_file()

    def write_manifest(self) -> None:
        """Write the manifest anew from the rows."""
        lines = []
        for row in self.rows():
            fields = dict(zip(_MANIFEST_FIELDS, row, strict=False))
            lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
        replace_file(self._clean / MANIFEST, "".join(lines).encode())
