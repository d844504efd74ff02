"""The raw folder: which files lie in it, read-only and without following links, and what their documents are called."""

import contextlib
import hashlib
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

import regex

from pipeline.errors import NoInput

_LONGEST = 200
"""Bytes that a name of an output may take; file systems stop at 255, and a name in the making needs some more."""
_UNSAFE = regex.compile(r'[\x00-\x1f\x7f<>:"\\|?*%]')
_RESERVED = regex.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")
_TAKEN = "manifest.jsonl"


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file of the raw folder: its size in bytes, time of change in nanoseconds.

    ``path`` is its path under the folder with "/", as manifest and documents name it: always UTF-8. ``disk`` is how
    the operating system names it (not the same where that name is not UTF-8), ``output`` where its JSON goes.
    """

    path: str
    size: int
    modified: int
    regular: bool
    disk: str
    output: str


@contextlib.contextmanager
def opened(file: Path) -> Iterator[BufferedReader | None]:
    """A regular file to be read, never what a link leads to; None for a folder, a FIFO or a device.

    Raises:
        OSError: it is not there, is a link, or cannot be read.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(handle, "rb") as there:  # noqa: PTH123 - a file handle
        yield there if stat.S_ISREG(os.fstat(handle).st_mode) else None


def digest(file: Path) -> str | None:
    """SHA-256 of a regular file in hex digits, never of what a link leads to; None where there is none to be read."""
    try:
        with opened(file) as there:
            return None if there is None else hashlib.file_digest(there, "sha256").hexdigest()
    except OSError:
        return None


def named(path: str) -> RawFile:
    """The raw file of this path, of which nothing else is known."""
    return RawFile(path, 0, 0, True, path, output_name(path))


def walk(folder: Path) -> tuple[RawFile, ...]:
    """All files under the folder, sorted by path; hidden ones (".name") and folders behind links left out.

    A link, FIFO or device is listed as not regular: it is never opened, and gets its line in the manifest; so does a
    folder that cannot be listed, so that what lies in it is not taken for removed.

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
            with os.scandir(folder / inside) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    path = f"{inside}/{entry.name}".lstrip("/")
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(path)
                            continue
                        info = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    found.append(described(path, info.st_size, info.st_mtime_ns, stat.S_ISREG(info.st_mode)))
        except FileNotFoundError:
            continue
        except OSError as error:
            if not inside:
                raise NoInput(f"{folder}: {error.strerror}") from error
            found.append(described(inside, 0, 0, False))
    return told_apart(found, str(folder))


def told_apart(found: list[RawFile], folder: str) -> tuple[RawFile, ...]:
    """The files found in a folder, sorted by path, with paths and outputs that differ for certain.

    Raises:
        NoInput: there are none.
    """
    if not found:
        raise NoInput(f"{folder}: no documents in it")
    return tuple(sorted(_apart(found), key=lambda file: file.path))


def described(disk: str, size: int, modified: int, regular: bool) -> RawFile:
    """The raw file that the operating system knows by this name under the folder."""
    path = disk.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return RawFile(path, size, modified, regular, disk, output_name(path))


def output_name(path: str) -> str:
    r"""Where the JSON of a raw path goes: a name that every file system takes and that cannot lead out of the folder.

    >>> output_name("2023/kế hoạch.pdf"), output_name("a?b/CON.pdf"), len(output_name("x" * 255).encode())
    ('2023/kế hoạch.pdf.json', 'a%3Fb/_CON.pdf.json', 200)
    >>> output_name(r"..\..\x.pdf"), output_name("../x.pdf")
    ('..%5C..%5Cx.pdf.json', '_../x.pdf.json')
    """
    *folders, name = path.split("/")
    return "/".join([*(_part(folder, path) for folder in folders), _part(name + ".json", path)])


def _part(name: str, path: str) -> str:
    safe = _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", name)
    if safe[-1:] in {".", " "} or not safe or _RESERVED.fullmatch(safe):
        safe = "_" + safe + ("_" if safe[-1:] == " " else "")
        safe = safe.removesuffix(".json") + ".json" if name.endswith(".json") else safe
    if len(safe.encode()) <= _LONGEST:
        return safe
    ending = f"~{_short(name)}" + (".json" if name.endswith(".json") else "")
    return safe.encode()[: _LONGEST - len(ending)].decode("utf-8", "ignore") + ending


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _apart(files: list[RawFile]) -> list[RawFile]:
    """The files, with paths and outputs that nobody can take for one another.

    Names that differ by case or by composed and decomposed letters are one name on other machines, and an output must
    not be called like the folder of another: whoever clashes gets a digest of its name, so that the outcome depends on
    the set of files and on no order.
    """
    paths = Counter(file.path for file in files)
    files = [
        replace(file, path=(path := f"{file.path}~{_short(file.disk)}"), output=output_name(path))
        if paths[file.path] > 1 else file
        for file in files
    ]  # fmt: skip
    count = Counter(_same(file.output) for file in files)
    folders = {_same(file.output.rsplit("/", 1)[0]) for file in files if "/" in file.output}
    folders |= {above for folder in folders for above in _above(folder)}

    def distinct(file: RawFile) -> RawFile:
        output = file.output
        if count[_same(output)] > 1 or _same(output) in folders:
            output = f"{output.removesuffix('.json')}~{_short(file.disk)}.json"
        if _same(output.split("/", 1)[0]) == _TAKEN:
            output = "_" + output
        return file if output == file.output else replace(file, output=output)

    return [distinct(file) for file in files]


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _above(folder: str) -> list[str]:
    parts = folder.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]
