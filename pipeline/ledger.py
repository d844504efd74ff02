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


_IDLE, _BUSY = b"idle\n", b"busy\n"


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
    """The rows of one clean folder, held by one process at a time.

    `unfinished` tells that the run before did not come to its end: its manifest may be old, and pieces of files lie
    about (they are swept away when the ledger is opened).
    """

    def __init__(self, clean: Path, database: sqlite3.Connection, lock: int) -> None:
        self._clean = clean
        self._database = database
        self._lock = lock
        self.unfinished = os.pread(lock, len(_IDLE) + 1, 0) != _IDLE or not (clean / MANIFEST).is_file()
        if self.unfinished:
            self._sweep()
        self._mark(_BUSY)

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
                database = _connect(clean)
            except (sqlite3.Error, OSError) as error:
                raise OutputNotWritable(f"{clean / DATABASE}: {error}") from error
            with contextlib.closing(database):
                yield cls(clean, database, lock)
        finally:
            os.close(lock)

    def rows(self) -> tuple[Row, ...]:
        """All rows, sorted by path."""
        found = self._database.execute(f"SELECT {_COLUMNS} FROM files ORDER BY path")
        return tuple(Row(*row) for row in found)

    def todo(self, files: Iterable[RawFile], wanted: Callable[[Row], str | None]) -> list[RawFile]:
        """The files not yet done with the wanted key, changed since, or whose JSON is gone or has another name.

        A file counts as unchanged by its size and time of change; `verify` compares the bytes.
        """
        known = {row.path: row for row in self.rows()}
        waiting = []
        for file in files:
            row = known.get(file.path)
            done = (
                row is not None
                and row.status != "removed"
                and (row.size, row.modified, row.key) == (file.size, file.modified, wanted(row))
                and (row.output is None or (row.output == file.output and (self._clean / row.output).is_file()))
            )
            if not done:
                waiting.append(file)
        return waiting

    def record(self, row: Row) -> None:
        """Write down what became of a file; its older output is deleted where it has none now or another."""
        found = self._database.execute("SELECT output FROM files WHERE path = ?", (row.path,)).fetchone()
        before = found[0] if found else None
        marks = ", ".join("?" * len(row))
        if before is not None and before != row.output:
            self._delete(before, row.path)
        self._database.execute(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({marks})", row)

    def _delete(self, output: str, path: str) -> None:
        """Delete an output of this raw path, unless another one has taken its name."""
        if (
            self._database.execute("SELECT 1 FROM files WHERE output = ? AND path != ?", (output, path)).fetchone()
            is None
        ):
            (self._clean / output).unlink(missing_ok=True)

    def forget_missing(self, files: Iterable[RawFile], *, prune: bool) -> int:
        """Mark rows whose raw file is gone as `removed` (their JSON stays); with `prune`, drop row and JSON.

        What lay in a folder that cannot be listed now is not taken for gone.
        """
        present, hidden = set(), []
        for file in files:
            present.add(file.path)
            if not file.regular and file.size == file.modified == 0:
                hidden.append(file.path + "/")
        changed = 0
        for row in self.rows():
            if row.path in present or (row.status == "removed" and not prune) or row.path.startswith(tuple(hidden)):
                continue
            changed += 1
            if not prune:
                self._database.execute("UPDATE files SET status = 'removed' WHERE path = ?", (row.path,))
                continue
            if row.output is not None:
                self._delete(row.output, row.path)
            self._database.execute("DELETE FROM files WHERE path = ?", (row.path,))
        return changed

    def finished(self) -> None:
        """Note that this run came to its end."""
        self._mark(_IDLE)

    def _mark(self, state: bytes) -> None:
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, state, 0)
        os.fsync(self._lock)

    def _sweep(self) -> None:
        """Delete the pieces that a killed process left of the files it was writing."""
        for folder, _, names in os.walk(self._clean):
            for name in names:
                if name.startswith(".") and name.endswith(".part"):
                    with contextlib.suppress(FileNotFoundError):
                        (Path(folder) / name).unlink()

    def write_manifest(self) -> None:
        """Write the manifest anew from the rows."""
        lines = []
        for row in self.rows():
            fields = dict(zip(_MANIFEST_FIELDS, row, strict=False))
            lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
        replace_file(self._clean / MANIFEST, "".join(lines).encode())


def _connect(clean: Path) -> sqlite3.Connection:
    """The table of rows. A file that is no database, or of other columns, is set aside: all is then done again."""
    file = clean / DATABASE
    for last in (False, True):
        database = sqlite3.connect(file, isolation_level=None)
        try:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")  # no shared memory, which network folders lack
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(f"CREATE TABLE IF NOT EXISTS files ({_COLUMNS}, PRIMARY KEY (path))")
            columns = tuple(name for _, name, *_ in database.execute("PRAGMA table_info(files)"))
            if columns == Row._fields:
                database.execute("SELECT count(*) FROM files").fetchone()
                return database
        except sqlite3.DatabaseError as error:
            if last or isinstance(error, sqlite3.OperationalError):
                database.close()
                raise
        database.close()
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{file}{ending}", f"{file}.broken{ending}")
    raise sqlite3.DatabaseError("cannot be made anew")
