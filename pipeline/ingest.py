"""One document through the four rooms; then a folder of them."""

import functools
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import __version__, corrections, knowledge
from pipeline.config import Config
from pipeline.document import Method
from pipeline.errors import DocumentError, InternalError, MemoryLimit
from pipeline.ledger import Ledger, Row
from pipeline.network import resolve
from pipeline.raw import RawFile, walk
from pipeline.write import Exported, ProducedBy, export, replace_file, to_bytes


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


def process(raw_folder: Path, clean: Path, path: str, config: Config) -> Outcome:
    """Read one raw file and write its JSON beside the others; an error about it becomes its outcome."""
    started = time.monotonic()
    source = raw_folder / path
    decided = corrections.folder_of(clean)
    state = corrections.digest(decided, _sha256(source)) if decided.is_dir() else ""
    try:
        try:
            document = read_document(source, config, path, decided)
        except DocumentError:
            raise
        except MemoryError as error:
            raise MemoryLimit(f"{path}: out of memory") from error
        except RecursionError as error:
            raise InternalError(f"{path}: nested too deeply") from error
        except Exception as error:  # the one place that may catch all: the file gets its line, the others go on
            raise InternalError(f"{path}: {type(error).__name__}: {error}") from error
        output = path + ".json"
        replace_file(clean / output, to_bytes(document))
    except DocumentError as error:
        message = error.message if path in error.message else f"{path}: {error.message}"
        return Outcome(
            path, _sha256(source), "failed", error.code, f"{message} - {error.advice}",
            seconds=round(time.monotonic() - started, 3), corrections=state,
        )  # fmt: skip
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
        output=output,
        seconds=round(time.monotonic() - started, 3),
        corrections=state,
    )


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
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


Run = Callable[[list[str], Callable[[Outcome], None]], None]


def ingest(raw: Path, clean: Path, config: Config, run: Run, started: Callable[[int, int], None],
           finished: Callable[[Outcome], None], *, prune: bool = False) -> Summary:  # fmt: skip
    """Bring the clean folder up to date with the raw one.

    Args:
        raw: folder tree of documents; opened for reading only.
        clean: folder for the JSON documents, `manifest.jsonl` and the ledger.
        config: settings.
        run: carries out `process` for a list of paths on some executor and hands on each outcome.
        started: told how many files there are to do and how many are done already.
        finished: told each outcome.
        prune: forget raw files that are gone and delete their JSON.

    Raises:
        NoInput, OutputNotWritable, FolderInUse: before the first file.
    """
    begun = time.monotonic()
    files = walk(raw)
    with Ledger.open(clean) as ledger:
        key = "/".join((__version__, code_fingerprint(), knowledge.fingerprint(), config.fingerprint()))
        decided = corrections.folder_of(clean)
        todo = ledger.todo(files, key, lambda sha256: corrections.digest(decided, sha256))
        removed = ledger.forget_missing({file.path for file in files}, prune=prune)
        started(len(todo), len(files) - len(todo))
        stats = {file.path: file for file in files}
        outcomes: list[Outcome] = []

        def done(outcome: Outcome) -> None:
            ledger.record(_row(outcome, stats[outcome.path], key))
            outcomes.append(outcome)
            finished(outcome)

        try:
            if todo:
                run([file.path for file in todo], done)
        finally:
            if outcomes or removed or not ledger.manifest_exists():
                ledger.write_manifest()
        resolve(clean, ledger.rows())
        return Summary(tuple(outcomes), ledger.rows(), len(files) - len(todo), removed, time.monotonic() - begun)


def _row(outcome: Outcome, file: RawFile, key: str) -> Row:
    return Row(
        outcome.path, outcome.sha256, outcome.status, outcome.error, outcome.message, outcome.pages,
        outcome.ocr_pages, outcome.repairs, outcome.holes, outcome.output, outcome.seconds,
        file.size, file.modified, key + outcome.corrections,
    )  # fmt: skip
