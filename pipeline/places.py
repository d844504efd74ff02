"""Where raw files lie and documents go: a folder of this machine, or a URL that fsspec knows (s3://, gs://, memory://).

A local folder keeps its guards: no link is followed, a document is moved into place and flushed. `file://` is a local
folder too. Behind a URL a document is whole or not there as far as the store gives that (object stores do); what cannot
lie in one (ledger, lock, index, log, caches) lies in a folder of this machine.
"""

import contextlib
import functools
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from pipeline import corrections
from pipeline.errors import SettingsError, StoreUnavailable, ToolMissing
from pipeline.raw import RawFile, described, digest, told_apart, walk
from pipeline.write import replace_file, sync_folder

_BLOCK = 1 << 20


class Raw(Protocol):
    """Raw files, read only."""

    def files(self) -> tuple[RawFile, ...]:
        """All files, sorted by path. Raises NoInput when there are none."""

    def digest(self, file: RawFile) -> str | None:
        """SHA-256 of the bytes of a file; None where it cannot be read."""


class Documents(Protocol):
    """The clean folder: documents by their names, with "/"."""

    state: Path
    """The folder of this machine for ledger, lock, index and log."""
    corrections: Path
    """The folder of people's decisions."""

    def mark(self, name: str) -> str | None:
        """What changes when the file changes; None where there is none."""

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises OSError when it is not there."""

    def write(self, name: str, data: bytes) -> None:
        """Put the bytes there, whole or not at all. Raises OSError."""

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""

    def refresh(self) -> None:
        """Take note of what others have written."""

    def fetch(self, name: str) -> None:
        """Bring a file of the state up to date where another machine went on with it."""

    def deposit(self, name: str) -> None:
        """Lay a copy of a file of the state beside the documents, for other machines."""


def place(text: str) -> Path | str:
    """A path for a local folder and for `file://`, the URL itself for all others.

    >>> place("file:///archive/n%C4%83m"), place("data/raw"), place("s3://archive/raw/")
    (PosixPath('/archive/năm'), PosixPath('data/raw'), 's3://archive/raw')
    """
    scheme, separator, _ = text.partition("://")
    if not separator:
        return Path(text)
    return Path(unquote(urlsplit(text).path)) if scheme == "file" else text.rstrip("/")


def raw_at(place: Path | str) -> "RawFolder | RawUrl":
    """The raw files of a folder or URL."""
    return RawUrl(place) if isinstance(place, str) else RawFolder(place)


def documents_at(place: Path | str, state: str) -> "DocumentFolder | DocumentUrl":
    """The documents of a folder or URL; `state` is where the ledgers of URLs lie."""
    return DocumentUrl(place, Path(state)) if isinstance(place, str) else DocumentFolder(place)


class RawFolder:
    """Raw files of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> tuple[RawFile, ...]:
        """See `raw.walk`."""
        return walk(self.folder)

    def digest(self, file: RawFile) -> str | None:
        """See `raw.digest`."""
        return digest(self.folder / file.disk)


class DocumentFolder:
    """Documents of this machine; the state lies among them."""

    def __init__(self, folder: Path) -> None:
        self.state = self.folder = folder
        self.corrections = corrections.folder_of(folder)

    def mark(self, name: str) -> str | None:
        """Size and time of change."""
        try:
            info = (self.folder / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return f"{info.st_size}:{info.st_mtime_ns}"

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Moved into place and flushed."""
        file = self.folder / name
        replace_file(file, data)
        sync_folder(file.parent)

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def refresh(self) -> None:
        """Nothing: marks are read when they are asked for."""

    def fetch(self, name: str) -> None:
        """Nothing: the state lies among the documents."""

    deposit = fetch


class _Url:
    def __init__(self, url: str) -> None:
        self.url = url
        self._files, self._root = _filesystem(url)

    def _listed(self) -> dict[str, dict[str, Any]]:
        """Every file under the URL by its name there; nothing where there is nothing.

        Raises:
            StoreUnavailable: the store cannot be asked, or does not say.
        """
        try:
            with _translated():
                found = self._files.find(self._root, detail=True)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StoreUnavailable(f"{self.url}: {error}") from error
        inside = len(self._root.rstrip("/")) + 1
        return {path[inside:]: info for path, info in found.items()}

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"


class RawUrl(_Url):
    """Raw files behind a URL."""

    def files(self) -> tuple[RawFile, ...]:
        """All objects but those that a part of whose name begins with a dot; names that lead up are not taken."""
        self._files.invalidate_cache()
        found = [
            described(name, int(info.get("size") or 0), int(_mark(info)[:15], 16), True)
            for name, info in self._listed().items()
            if name and not any(part.startswith(".") or not part for part in name.split("/"))
        ]
        return told_apart(found, self.url)

    def digest(self, file: RawFile) -> str | None:
        """The object is read for it, a piece at a time."""
        found = hashlib.sha256()
        try:
            with _translated(), self._files.open(self._at(file.disk), "rb") as opened:
                while piece := opened.read(_BLOCK):
                    found.update(piece)
        except OSError:
            return None
        return found.hexdigest()

    def fetch(self, file: RawFile, target: Path) -> None:
        """Copy an object to a file of this machine. Raises OSError."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with _translated(), self._files.open(self._at(file.disk), "rb") as opened, target.open("wb") as copy:
            shutil.copyfileobj(opened, copy, _BLOCK)


class DocumentUrl(_Url):
    """Documents behind a URL; the state lies in a folder of this machine that belongs to the URL."""

    def __init__(self, url: str, states: Path) -> None:
        super().__init__(url)
        name = PurePosixPath(url).name or "root"
        self.state = states / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
        self.corrections = self.state / "corrections"
        self._marks: dict[str, str] | None = None

    def mark(self, name: str) -> str | None:
        """From one listing, so that no document costs a question of its own."""
        if self._marks is None:
            self._marks = {found: _mark(info) for found, info in self._listed().items()}
        return self._marks.get(name)

    def read(self, name: str) -> bytes:
        """The bytes of an object."""
        with _translated():
            return bytes(self._files.cat_file(self._at(name)))

    def write(self, name: str, data: bytes) -> None:
        """Put an object, whole or not at all as far as the store can; folders are made, a bucket is not."""
        path = self._at(name)
        with _translated():
            try:
                self._put(path, data)
            except FileNotFoundError:
                top = path.partition("/")[0]
                if top and not self._files.exists(top):
                    raise
                self._files.makedirs(self._files._parent(path), exist_ok=True)
                self._put(path, data)
            if self._marks is not None:
                self._files.invalidate_cache()
                self._marks[name] = _mark(self._files.info(path))

    def _put(self, path: str, data: bytes) -> None:
        """In one request where the store has such: an upload in parts that a kill cuts off stays there, and costs."""
        if self._files.async_impl:
            with contextlib.suppress(NotImplementedError):
                self._files.pipe_file(path, data)
                return
        file = self._files.open(path, "wb", autocommit=False)
        try:
            file.write(data)
            file.close()
            file.commit()
        except BaseException:
            with contextlib.suppress(Exception):
                file.discard()
            raise

    def delete(self, name: str) -> None:
        """Delete an object, if it is there."""
        with contextlib.suppress(FileNotFoundError), _translated():
            self._files.rm_file(self._at(name))
        if self._marks is not None:
            self._marks.pop(name, None)

    def refresh(self) -> None:
        """List anew when next asked."""
        self._files.invalidate_cache()
        self._marks = None

    def fetch(self, name: str) -> None:
        """Take the copy that lies beside the documents, unless it is the one that this machine laid there."""
        theirs, seen = self.mark(name), self.state / f"{name}.seen"
        if theirs is None or (seen.is_file() and seen.read_text() == theirs and (self.state / name).is_file()):
            return
        for ending in ("-wal", "-shm"):
            (self.state / f"{name}{ending}").unlink(missing_ok=True)
        replace_file(self.state / name, self.read(name))
        replace_file(seen, theirs.encode())

    def deposit(self, name: str) -> None:
        """Lay a copy of the file beside the documents."""
        self.mark(name)
        self.write(name, (self.state / name).read_bytes())
        replace_file(self.state / f"{name}.seen", (self.mark(name) or "").encode())


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Each store has errors of its own: those that are no `OSError` become one."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def _mark(info: dict[str, Any]) -> str:
    """What changes when an object changes: its size with its tag, or the time of its change."""
    known = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "created")
    tag = next((info[key] for key in known if info.get(key)), "")
    return hashlib.sha256(f"{info.get('size')}:{tag}".encode()).hexdigest()[:16]


@functools.cache
def _filesystem(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path in it.

    Raises:
        SettingsError: fsspec does not know the scheme.
        ToolMissing: what reads it is not installed.
    """
    import fsspec  # type: ignore[import-untyped]

    try:
        files, path = fsspec.core.url_to_fs(url)
    except ValueError as error:
        raise SettingsError(f"{url}: {error}") from error
    except ImportError as error:
        raise ToolMissing(f"{url}: {error}") from error
    return files, str(path)


def refuse_nested(raw: Path | str, clean: Path | str) -> None:
    """Neither folder may lie in the other.

    Raises:
        SettingsError: one does.
    """
    one, other = (PurePosixPath(p) if isinstance(p, str) else p.resolve() for p in (raw, clean))
    if one == other or one in other.parents or other in one.parents:
        raise SettingsError(f"{clean}: the clean folder and the raw folder must not lie in one another")
