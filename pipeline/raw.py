"""The raw folder: which files lie in it, read-only and without following links."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NoInput


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file of the raw folder: its path under it with "/", size in bytes, time of change in nanoseconds."""

    path: str
    size: int
    modified: int
    regular: bool


def walk(folder: Path) -> tuple[RawFile, ...]:
    """All files under the folder, sorted by path; hidden ones (".name") and folders behind links left out.

    A link, FIFO or device is listed as not regular: it is never opened, and gets its line in the manifest.

    Raises:
        NoInput: there is no such folder, or no file in it.
    """
    if not folder.is_dir():
        raise NoInput(f"{folder}: no such folder")
    found: list[RawFile] = []
    pending = [""]
    while pending:
        inside = pending.pop()
        try:
            entries = list(os.scandir(folder / inside))
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = f"{inside}/{entry.name}".lstrip("/")
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
                continue
            info = entry.stat(follow_symlinks=False)
            found.append(RawFile(path, info.st_size, info.st_mtime_ns, stat.S_ISREG(info.st_mode)))
    if not found:
        raise NoInput(f"{folder}: no documents in it")
    return tuple(sorted(found, key=lambda file: file.path))
