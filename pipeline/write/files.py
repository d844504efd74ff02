"""Files that are either whole or not there: written under another name, flushed, moved into place."""

import os
from collections.abc import Iterable
from pathlib import Path


def replace_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Put the bytes (or pieces of them) at the path; whoever reads it finds the old file or the whole new one.

    Raises:
        OSError: the folder cannot be written or the disk is full; the old file is still there then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{_end(path.name)}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _end(name: str) -> str:
    """The last of a name in at most 200 bytes, so that what is added stays in the 255 that a file system takes."""
    return name.encode("utf-8", "surrogateescape")[-200:].decode("utf-8", "ignore")


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a move into it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
