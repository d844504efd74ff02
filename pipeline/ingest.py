"""One document through the four rooms; then a folder of them."""

import errno
import functools
import hashlib
import json
import os
import sqlite3
import stat
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import __version__, corrections, knowledge
from pipeline.config import Config
from pipeline.document import Method
from pipeline.errors import (
    BrokenPdf,
    ChangedWhileRead,
    DocumentError,
    InternalError,
    MemoryLimit,
    NoInput,
    NotAFile,
    OcrFailed,
    OcrTimeout,
    OcrUnavailable,
    OutputLimit,
    OutputNotWritable,
    SettingsError,
    TimeLimit,
    TooManyPages,
    UnreadableFile,
    WorkerDied,
)
from pipeline.ledger import Ledger, Row
from pipeline.network import resolve
from pipeline.raw import RawFile, walk
from pipeline.write import Exported, ProducedBy, export, replace_file, to_bytes
from pipeline.write.files import sync_folder

LOG = ".ingest.log"
_LONGEST_MESSAGE = 1_000
_TRY_AGAIN = {kind.code for kind in (WorkerDied, ChangedWhileRead, UnreadableFile, OcrUnavailable, OcrFailed)}
"""What may end otherwise at the next run although the file is the same."""
_BY_LIMITS = {kind.code for kind in (TimeLimit, MemoryLimit, TooManyPages, OcrTimeout)} | {"output-limit"}
"""What ends otherwise when the limits are raised."""


def read_document(path: Path, config: Config | None = None, relative: str | None = None,
                  decided: Path | None = None) -> Exported:  # fmt: skip
    """The document in a file: extracted, repaired, segmented; nothing is written.

    Args:
        path: a PDF, an image, or a text file.
        config: settings; the defaults without.
        relative: what to call the file in `source.path`; its name without.
        decided: folder of people's corrections, which are applied after repair.

    Raises:
        DocumentError: the file cannot be read; `code` says why.
    """
    from pipeline.extract import extract
    from pipeline.repair import repair
    from pipeline.segment import segment

    config = config or Config()
    extracted = extract(path, relative or path.name, config)
    repaired = repair(extracted, config.repair)
    decisions = corrections.load(decided, extracted.source.sha256) if decided else ()
    repaired, unplaced = corrections.apply(repaired, decisions)
    segmented = segment(repaired, config.segment)
    document = export(segmented, produced_by(config, extracted.engine))
    if not unplaced:
        return document
    reasons = (*document.quality.reasons, corrections.UNPLACED)
    return replace(document, quality=replace(document.quality, needs_review=True, reasons=reasons))


def produced_by(config: Config, engine: str | None) -> ProducedBy:
    """The versions that decide an output's bytes."""
    return ProducedBy(__version__, code_fingerprint(), knowledge.fingerprint(), config.fingerprint(), engine)


@functools.cache
def code_fingerprint() -> str:
    """Hex digest over the source of the four rooms and of what they stand on."""
    folder = Path(__file__).parent
    files = [f for room in ("extract", "repair", "segment", "write") for f in (folder / room).rglob("*.py")]
    files += [folder / name for name in ("document.py", "vietnamese.py", "knowledge.py", "corrections.py", "ingest.py")]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one raw file."""

    path: str
    sha256: str | None
    status: str
    error: str | None
    message: str | None
    pages: int = 0
    ocr_pages: int = 0
    repairs: int = 0
    holes: int = 0
    output: str | None = None
    seconds: float = 0.0
    corrections: str = ""
    """Digest of the corrections that were applied."""


def process(raw_folder: Path, clean: Path, file: RawFile, config: Config) -> Outcome:
    """Read one raw file and write its JSON beside the others; an error about it becomes its outcome.

    Raises:
        OutputNotWritable: the clean folder cannot be written, or its disk is full; this concerns every document.
    """
    started = time.monotonic()
    path = file.path
    decided = corrections.folder_of(clean)
    state = corrections.digest(decided, _sha256(raw_folder / file.disk)) if decided.is_dir() else ""
    try:
        document = _read(raw_folder / file.disk, path, config, decided)
        _write(clean / file.output, document, path)
    except DocumentError as error:
        return failed(raw_folder, file, error, round(time.monotonic() - started, 3))
    return Outcome(
        path=path,
        sha256=document.source.sha256,
        status="review" if document.quality.needs_review else "clean",
        error=None,
        message=", ".join(document.quality.reasons) or None,
        pages=len(document.pages),
        ocr_pages=sum(page.method is not Method.EMBEDDED for page in document.pages),
        repairs=document.quality.repaired,
        holes=document.quality.holes,
        output=file.output,
        seconds=round(time.monotonic() - started, 3),
        corrections=state,
    )


def _read(source: Path, path: str, config: Config, decided: Path) -> Exported:
    """`read_document` of what is a regular file; whatever goes wrong is a `DocumentError`."""
    try:
        mode = source.lstat().st_mode
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise UnreadableFile(f"{path}: the folder cannot be listed")
    if not stat.S_ISREG(mode):
        raise NotAFile(f"{path}: not a regular file")
    try:
        return read_document(source, config, path, decided)
    except DocumentError:
        raise
    except MemoryError as error:
        raise MemoryLimit(f"{path}: out of memory") from error
    except OSError as error:
        kind: type[DocumentError] = OutputLimit if error.errno == errno.EFBIG else InternalError
        raise kind(f"{path}: {error.strerror or error}") from error
    except RecursionError as error:
        raise InternalError(f"{path}: nested too deeply") from error
    except Exception as error:  # the one place that may catch all: the file gets its line, the others go on
        kind = BrokenPdf if type(error).__module__.startswith("pdfminer.") else InternalError
        raise kind(f"{path}: {type(error).__name__}: {error}") from error


def _write(target: Path, document: Exported, path: str) -> None:
    try:
        replace_file(target, to_bytes(document))
        sync_folder(target.parent)
    except MemoryError as error:
        raise MemoryLimit(f"{path}: out of memory") from error
    except ValueError as error:
        raise InternalError(f"{path}: {error}") from error
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise OutputLimit(f"{path}: its JSON is too large") from error
        raise OutputNotWritable(f"{target}: {error.strerror}") from error


def failed(raw_folder: Path, file: RawFile, error: DocumentError, seconds: float = 0.0) -> Outcome:
    """The outcome of a file that could not be read."""
    message = error.message if file.path in error.message else f"{file.path}: {error.message}"
    message = message.encode("utf-8", "backslashreplace").decode()[:_LONGEST_MESSAGE]
    digest = _sha256(raw_folder / file.disk)
    return Outcome(file.path, digest, "failed", error.code, f"{message} - {error.advice}", seconds=seconds)


def _sha256(path: Path) -> str | None:
    """Digest of a regular file, never of what a link leads to; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:  # noqa: PTH123 - a file handle
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did. `outcomes` are of this run; `rows` are of all raw files, sorted by path."""

    outcomes: tuple[Outcome, ...]
    rows: tuple[Row, ...]
    skipped: int
    removed: int
    seconds: float


Run = Callable[[list[RawFile], Callable[[Outcome], None]], None]


def ingest(raw: Path, clean: Path, config: Config, run: Run, started: Callable[[int, int], None],
           finished: Callable[[Outcome], None], *, prune: bool = False) -> Summary:  # fmt: skip
    """Bring the clean folder up to date with the raw one.

    Args:
        raw: folder tree of documents; opened for reading only.
        clean: folder for the JSON documents, `manifest.jsonl` and the ledger.
        config: settings.
        run: carries out `process` for a list of files on some executor and hands on each outcome.
        started: told how many files there are to do and how many are done already.
        finished: told each outcome.
        prune: forget raw files that are gone and delete their JSON.

    Raises:
        NoInput, OutputNotWritable, FolderInUse: before the first file.
        OutputNotWritable: the disk is full; what is done is kept, and a further run goes on.
    """
    try:
        return _ingest(raw, clean, config, run, started, finished, prune)
    except BrokenPipeError:
        raise
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise OutputNotWritable(f"{clean}: {reason}") from error


def _ingest(raw: Path, clean: Path, config: Config, run: Run, started: Callable[[int, int], None],
            finished: Callable[[Outcome], None], prune: bool) -> Summary:  # fmt: skip
    begun = time.monotonic()
    files = walk(raw)
    _refuse_nested(raw.resolve(), clean.resolve())
    with Ledger.open(clean) as ledger:
        keys = _Keys(config, corrections.folder_of(clean))
        todo = ledger.todo(files, keys.wanted)
        removed = ledger.forget_missing(files, prune=prune)
        started(len(todo), len(files) - len(todo))
        stats = {file.path: file for file in todo}
        outcomes: list[Outcome] = []
        log = _Log(clean / LOG)

        def done(outcome: Outcome) -> None:
            ledger.record(_row(outcome, stats[outcome.path], keys))
            outcomes.append(outcome)
            log.line("document", path=outcome.path, status=outcome.status, error=outcome.error, seconds=outcome.seconds)
            finished(outcome)

        try:
            if todo:
                log.line("start", version=keys.base, todo=len(todo), files=len(files), removed=removed)
                run(sorted(todo, key=lambda file: (-file.size, file.path)), done)
        finally:
            if outcomes or removed or ledger.unfinished:
                ledger.write_manifest()
        rows = ledger.rows()
        resolve(clean, rows)
        if todo:
            log.line("end", read=len(outcomes), failed=sum(outcome.status == "failed" for outcome in outcomes))
        ledger.finished()
        return Summary(tuple(outcomes), rows, len(files) - len(todo), removed, time.monotonic() - begun)


def _refuse_nested(raw: Path, clean: Path) -> None:
    if raw == clean or raw in clean.parents or clean in raw.parents:
        raise SettingsError(f"{clean}: the clean folder and the raw folder must not lie in one another")


class _Keys:
    """What the rows of this run must bear: the versions that decide a document's bytes."""

    def __init__(self, config: Config, decided: Path) -> None:
        self._config, self._decided = config, decided
        self.base = "/".join((__version__, code_fingerprint(), knowledge.fingerprint(), config.fingerprint()))

    def wanted(self, row: Row) -> str | None:
        """The key that a row must have to count as done; None where it must be tried again in any case."""
        if row.error in _TRY_AGAIN:
            return None
        return self.of(row.error, row.ocr_pages, row.key.partition("#")[0]) + self.corrected(row.sha256)

    def corrected(self, sha256: str | None) -> str:
        """What people's corrections of a file add to its key."""
        state = corrections.digest(self._decided, sha256)
        return f"#{state}" if state else ""

    def of(self, error: str | None, ocr_pages: int, now: str = "") -> str:
        """The key of a document with this error and so many pages by OCR."""
        if error in _BY_LIMITS:
            limits = (self._config.limits, self._config.ocr.seconds_per_page)
            return self.base + "/" + hashlib.sha256(repr(limits).encode()).hexdigest()[:16]
        if ocr_pages:
            return self.base + "/" + (self._engine or now.removeprefix(self.base + "/"))
        return self.base

    @functools.cached_property
    def _engine(self) -> str:
        """The OCR engine; empty where there is none, and then what it once read stays."""
        from pipeline.extract import ocr

        try:
            return ocr.engine(self._config.ocr)
        except OcrUnavailable:
            return ""


class _Log:
    """What happened, in JSON lines under one run identifier; kept from run to run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._run = uuid.uuid4().hex[:12]

    def line(self, event: str, **fields: object) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = json.dumps({"run": self._run, "time": now, "event": event, **fields}, ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")


def again(raw: Path, clean: Path, path: str, config: Config, run: Run) -> None:
    """Read one document anew, whatever its state; people's corrections are applied.

    Raises:
        FolderInUse: an ingest is at work in the clean folder.
        NoInput: the raw file is gone.
    """
    found = [file for file in walk(raw) if file.path == path]
    if not found:
        raise NoInput(f"{path}: no such file")
    with Ledger.open(clean) as ledger:
        keys = _Keys(config, corrections.folder_of(clean))
        run(found, lambda outcome: ledger.record(_row(outcome, found[0], keys)))
        ledger.write_manifest()
        resolve(clean, ledger.rows())
        ledger.finished()


def _row(outcome: Outcome, file: RawFile, keys: _Keys) -> Row:
    corrected = keys.corrected(outcome.sha256) if outcome.error else outcome.corrections and f"#{outcome.corrections}"
    return Row(
        outcome.path, outcome.sha256, outcome.status, outcome.error, outcome.message, outcome.pages,
        outcome.ocr_pages, outcome.repairs, outcome.holes, outcome.output, outcome.seconds,
        file.size, file.modified, keys.of(outcome.error, outcome.ocr_pages) + corrected,
    )  # fmt: skip
