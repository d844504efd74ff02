"""The memory of what was done: SQLite tables, and the manifest written from them."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from pipeline import manifest
from pipeline.errors import FolderInUse, OutputNotWritable
from pipeline.manifest import Entry
from pipeline.places import Documents
from pipeline.raw import RawFile
from pipeline.versions import Versions

DATABASE = ".ingest.sqlite"
LOCK = ".ingest.lock"
_IDLE, _BUSY = b"idle\n", b"busy\n"


@dataclass(frozen=True, slots=True)
class Row(Entry):
    """A line of the manifest, and what tells whether the file must be read again."""

    size: int = 0
    modified: int = 0
    versions: int = 0
    """Number of the versions that read it, see `Ledger.versions`."""
    engine: str | None = None
    """The OCR engine that its document rests on."""
    limits: str = ""
    """Digest of the limits that it ran into."""
    corrections: str = ""
    """Digest of the corrections that were applied."""


_NAMES = tuple(field.name for field in fields(Row))
_COLUMNS = ", ".join(_NAMES)
_VERSIONS = ", ".join(Versions._fields)
_TABLES = f"""
CREATE TABLE IF NOT EXISTS files ({_COLUMNS}, PRIMARY KEY (path));
CREATE TABLE IF NOT EXISTS moves (path, sha256, moved_from, PRIMARY KEY (path, sha256));
CREATE TABLE IF NOT EXISTS versions (number INTEGER PRIMARY KEY, {_VERSIONS}, UNIQUE ({_VERSIONS}));
"""


class Ledger:
    """The rows of one clean folder, held by one process at a time.

    `unfinished` tells that the run before did not come to its end: its manifest may be old, and pieces of files lie
    about (they are swept away when the ledger is opened).
    """

    def __init__(self, documents: Documents, database: sqlite3.Connection, lock: int) -> None:
        self._documents = documents
        self._database = database
        self._lock = lock
        self.unfinished = os.pread(lock, len(_IDLE) + 1, 0) != _IDLE or documents.mark(manifest.NAME) is None
        if self.unfinished:
            _sweep(documents.state)
        self._mark(_BUSY)

    @classmethod
    @contextlib.contextmanager
    def open(cls, documents: Documents) -> Iterator["Ledger"]:
        """Open the ledger of a clean folder, made if it is not there.

        Raises:
            OutputNotWritable: the folder cannot be made or written.
            FolderInUse: another process holds it.
        """
        with _locked(documents.state) as lock:
            try:
                documents.fetch(DATABASE)
                database = _connect(documents.state)
            except (sqlite3.Error, OSError) as error:
                raise OutputNotWritable(f"{documents.state / DATABASE}: {error}") from error
            with contextlib.closing(database):
                yield cls(documents, database, lock)

    def rows(self) -> tuple[Row, ...]:
        """All rows, sorted by path."""
        found = self._database.execute(f"SELECT {_COLUMNS} FROM files ORDER BY path")
        return tuple(Row(*row) for row in found)

    def number_of(self, versions: Versions) -> int:
        """The number under which rows name these versions."""
        marks = ", ".join("?" * len(versions))
        self._database.execute(f"INSERT OR IGNORE INTO versions ({_VERSIONS}) VALUES ({marks})", versions)
        same = " AND ".join(f"{name} = ?" for name in Versions._fields)
        (number,) = self._database.execute(f"SELECT number FROM versions WHERE {same}", versions).fetchone()
        return int(number)

    def versions(self) -> dict[int, Versions]:
        """The versions that rows name, by number."""
        found = self._database.execute(f"SELECT number, {_VERSIONS} FROM versions")
        return {number: Versions(*versions) for number, *versions in found}

    def todo(self, files: Iterable[RawFile], current: Callable[[Row], bool]) -> list[RawFile]:
        """The files not yet read with the present versions, changed since, or whose JSON is gone or has another name.

        A file counts as unchanged by its size and time of change; `verify` compares the bytes.
        """
        known = {row.path: row for row in self.rows()}
        waiting = []
        for file in files:
            row = known.get(file.path)
            done = (
                row is not None
                and row.status != "removed"
                and (row.size, row.modified) == (file.size, file.modified)
                and current(row)
                and (row.output is None or (row.output == file.output and self.holds(row)))
            )
            if not done:
                waiting.append(file)
        return waiting

    def holds(self, row: Row) -> bool:
        """Whether the document of a row is there."""
        return row.output is not None and self._documents.mark(row.output) is not None

    def record(self, row: Row) -> None:
        """Write down what became of a file; its older output is deleted where it has none now or another."""
        found = self._database.execute("SELECT output FROM files WHERE path = ?", (row.path,)).fetchone()
        before = found[0] if found else None
        marks = ", ".join("?" * len(_NAMES))
        if before is not None and before != row.output:
            self._delete(before, row.path)
        values = tuple(getattr(row, name) for name in _NAMES)
        self._database.execute(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({marks})", values)

    def _delete(self, output: str, path: str) -> None:
        """Delete an output of this raw path, unless another one has taken its name."""
        taken = "SELECT 1 FROM files WHERE output = ? AND path != ?"
        if self._database.execute(taken, (output, path)).fetchone() is None:
            self._documents.delete(output)

    def note_moves(self, found: Iterable[tuple[str, str, str]]) -> None:
        """Note where bytes (path, digest) lay before, at once: a run killed on the way must not forget."""
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO moves VALUES (?, ?, ?)", found)

    def moves(self) -> dict[tuple[str, str], str]:
        """(Path, digest) -> the path before, of moves that a run before did not come to settle."""
        found = self._database.execute("SELECT path, sha256, moved_from FROM moves")
        return {(path, sha256): moved_from for path, sha256, moved_from in found}

    def settle(self, files: Iterable[RawFile], *, prune: bool) -> int:
        """Settle the rows whose raw file is gone: how many became `removed` or, with `prune`, were dropped.

        A row whose file has moved is dropped with its document, once the document stands under the new path. The
        others keep theirs and are marked `removed`, until `prune` drops them. What lay in a folder that cannot be
        listed now is not taken for gone.
        """
        present, hidden = set(), []
        for file in files:
            present.add(file.path)
            if not file.regular and file.size == file.modified == 0:
                hidden.append(file.path + "/")
        rows = self.rows()
        moved = {(r.moved_from, r.sha256) for r in rows if r.path in present and r.status in ("clean", "review")}
        left = {r.moved_from for r in rows if r.path in present}
        changed = 0
        for row in rows:
            if row.path in present or row.path.startswith(tuple(hidden)):
                continue
            heir = (row.path, row.sha256) in moved or (row.output is None and row.path in left)
            if heir or prune:
                if row.output is not None:
                    self._delete(row.output, row.path)
                self._database.execute("DELETE FROM files WHERE path = ?", (row.path,))
            elif row.status != "removed":
                self.record(replace(row, status="removed"))
            else:
                continue
            changed += not heir
        return changed

    def write_manifest(self) -> None:
        """Write the manifest anew from the rows."""
        self._documents.write(manifest.NAME, manifest.to_bytes(self.rows()))

    def finished(self) -> None:
        """Note that this run came to its end."""
        self._database.execute("DELETE FROM moves")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._documents.deposit(DATABASE)
        self._mark(_IDLE)

    def _mark(self, state: bytes) -> None:
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, state, 0)
        os.fsync(self._lock)


@contextlib.contextmanager
def _locked(state: Path) -> Iterator[int]:
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = os.open(state / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise OutputNotWritable(f"{state}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(f"{state}: another ingest is at work here") from error
        yield lock
    finally:
        os.close(lock)


def recorded(state: Path) -> tuple[tuple[Row, ...], dict[int, Versions]]:
    """Rows and versions as they stand, for readers; nothing is changed.

    Raises:
        FolderInUse: an ingest is at work.
        OutputNotWritable: the folder cannot be locked.
        sqlite3.Error: there is no ledger, or another kind of it.
    """
    if not (state / DATABASE).is_file():
        raise sqlite3.OperationalError(f"{state}: no ledger")
    with _locked(state), contextlib.closing(sqlite3.connect(state / DATABASE)) as found:
        rows = tuple(Row(*row) for row in found.execute(f"SELECT {_COLUMNS} FROM files ORDER BY path"))
        known = found.execute(f"SELECT number, {_VERSIONS} FROM versions")
        return rows, {number: Versions(*versions) for number, *versions in known}


def _sweep(state: Path) -> None:
    """Delete the pieces that a killed process left of the files it was writing."""
    for folder, _, names in os.walk(state):
        for name in names:
            if name.startswith(".") and name.endswith(".part"):
                with contextlib.suppress(FileNotFoundError):
                    (Path(folder) / name).unlink()


def _connect(state: Path) -> sqlite3.Connection:
    """The tables. A file that is no database, or of other columns, is set aside: all is then done again."""
    file = state / DATABASE
    for last in (False, True):
        database = sqlite3.connect(file, isolation_level=None)
        try:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")  # no shared memory, which network folders lack
            database.execute("PRAGMA journal_mode=WAL")
            database.executescript(_TABLES)
            columns = [tuple(name for _, name, *_ in database.execute(f"PRAGMA table_info({table})"))
                       for table in ("files", "versions")]  # fmt: skip
            if columns == [_NAMES, ("number", *Versions._fields)]:
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
