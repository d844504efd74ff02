"""One raw file to its document in the clean folder; whatever goes wrong with it becomes its outcome."""

import errno
import stat
import time
from dataclasses import dataclass
from pathlib import Path, PurePath

from pipeline import corrections
from pipeline.config import Config, LimitsConfig
from pipeline.document import Method
from pipeline.errors import (
    BrokenPdf,
    DocumentError,
    FileTooLarge,
    InternalError,
    MemoryLimit,
    NotAFile,
    OutputLimit,
    OutputNotWritable,
    PathTooLong,
    UnreadableFile,
)
from pipeline.manifest import Entry
from pipeline.raw import RawFile, digest
from pipeline.reading import Reading, read
from pipeline.write import Exported, Head, head, replace_file, to_pieces
from pipeline.write.files import sync_folder

_LONGEST_MESSAGE = 1_000


@dataclass(frozen=True, slots=True)
class Outcome(Entry):
    """What became of one raw file."""

    engine: str | None = None
    """The OCR engine that the document rests on."""
    corrections: str = ""
    """Digest of the corrections that were applied, and of people's words about glyphs that the document shows."""
    begun: str | None = None
    """The first room that had to be entered; what the rooms before gave was kept from an earlier reading."""


def process(raw_folder: Path, clean: Path, file: RawFile, config: Config) -> Outcome:
    """Read one raw file and write its JSON beside the others; an error about it becomes its outcome.

    Raises:
        OutputNotWritable: the clean folder cannot be written, or its disk is full; this concerns every document.
    """
    started = time.monotonic()
    try:
        _not_by_links(raw_folder, file)
        found = _read(raw_folder / file.disk, file.path, config, corrections.folder_of(clean))
        _write(clean / file.output, found.document, file.path)
    except DocumentError as error:
        return failed(raw_folder, file, error, round(time.monotonic() - started, 3))
    return described(head(found.document), file, found.corrections, found.begun, round(time.monotonic() - started, 3))


def described(document: Head, file: RawFile, corrected: str, begun: str | None, seconds: float) -> Outcome:
    """The outcome of a file whose document is written."""
    return Outcome(
        path=file.path,
        sha256=document.source.sha256,
        status="review" if document.quality.needs_review else "clean",
        message=", ".join(document.quality.reasons) or None,
        pages=len(document.pages),
        ocr_pages=sum(page.method is not Method.EMBEDDED for page in document.pages),
        repairs=document.quality.repaired,
        holes=document.quality.holes,
        output=file.output,
        seconds=seconds,
        engine=document.produced_by.ocr,
        corrections=corrected,
        begun=begun,
    )


def failed(raw_folder: Path, file: RawFile, error: DocumentError, seconds: float = 0.0) -> Outcome:
    """The outcome of a file that could not be read."""
    message = error.message if file.path in error.message else f"{file.path}: {error.message}"
    message = message.encode("utf-8", "backslashreplace").decode()[:_LONGEST_MESSAGE]
    sha256 = None if isinstance(error, FileTooLarge) else digest(raw_folder / file.disk)
    return Outcome(file.path, sha256, "failed", error.code, f"{message} - {error.advice}", seconds=seconds)


def check_size(path: str, size: int, limits: LimitsConfig) -> None:
    """A file of so many bytes must fit into the memory that reading a document may take.

    Raises:
        FileTooLarge: it does not.
    """
    if size > limits.memory_mib << 20:
        raise FileTooLarge(f"{path}: {size >> 20} MiB, {limits.memory_mib} are allowed")


def _not_by_links(raw_folder: Path, file: RawFile) -> None:
    """Nothing on the way to a file may be a link: a folder can have become one since the walk.

    Raises:
        NotAFile: something is.
    """
    if any((raw_folder / folder).is_symlink() for folder in list(PurePath(file.disk).parents)[:-1]):
        raise NotAFile(f"{file.path}: a folder on the way to it is a link")


def _read(source: Path, path: str, config: Config, decided: Path) -> Reading:
    """`read` of what is a regular file; whatever goes wrong is a `DocumentError`."""
    try:
        info = source.lstat()
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    mode = info.st_mode
    if stat.S_ISDIR(mode):
        raise UnreadableFile(f"{path}: the folder cannot be listed")
    if not stat.S_ISREG(mode):
        raise NotAFile(f"{path}: not a regular file")
    check_size(path, info.st_size, config.limits)
    try:
        return read(source, config, path, decided)
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
        replace_file(target, to_pieces(document))
        sync_folder(target.parent)
    except MemoryError as error:
        raise MemoryLimit(f"{path}: out of memory") from error
    except ValueError as error:
        raise InternalError(f"{path}: {error}") from error
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise OutputLimit(f"{path}: its JSON is too large") from error
        if error.errno == errno.ENAMETOOLONG:
            raise PathTooLong(f"{path}: {error.strerror}") from error
        raise OutputNotWritable(f"{target}: {error.strerror}") from error
