"""What rooms gave for a file, kept by the file's content, so that a change of one room redoes no other.

One entry a file and room, lines of JSON under gzip with their digest. An entry that is damaged, of another version or
cannot be read is one that is not there; the folder may be deleted at any time.
"""

import contextlib
import functools
import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from pipeline import versions
from pipeline.config import Config
from pipeline.document import ExtractedDocument, RepairedDocument
from pipeline.write.pieces import Pieces

_KINDS: dict[str, type] = {"extract": ExtractedDocument, "repair": RepairedDocument}
_CONFIG = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants")
_LARGEST = 1 << 30
"""Bytes of an entry when unpacked."""


class Kept:
    """The entries of a folder, as far as the versions at work now made them."""

    def __init__(self, folder: Path, config: Config) -> None:
        self._folder, self._config = folder, config

    def extracted(self, sha256: str, relative: str) -> ExtractedDocument | None:
        """What `extract` gave for these bytes under a name with this ending; without `look`."""
        found: ExtractedDocument | None = self._load("extract", sha256, relative)
        return found

    def repaired(self, sha256: str, relative: str) -> RepairedDocument | None:
        """What `repair` gave for these bytes under a name with this ending."""
        found: RepairedDocument | None = self._load("repair", sha256, relative)
        return found

    def keep(self, document: ExtractedDocument | RepairedDocument, relative: str) -> None:
        """Keep what a room gave. One that cannot be kept is no error.

        A document with glyphs is not kept as extracted: packing its glyphs costs a tenth of reading them again, and
        takes more room than the raw file (measured in docs/decisions.md).
        """
        room = "repair" if isinstance(document, RepairedDocument) else "extract"
        if isinstance(document, ExtractedDocument):
            if any(cell for page in document.pages for line in page.lines for cell in line.cells):
                return
            document = ExtractedDocument(
                document.source, document.pages, document.fonts, document.engine, document.attachments
            )
        with contextlib.suppress(OSError, ValueError):  # a full disk; a text that is not Unicode
            packed = io.BytesIO()
            with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as lines:
                lines.writelines(_pieces(room).lines(document))
            payload = packed.getvalue()
            digest = hashlib.sha256(payload).hexdigest()
            head = self._head(room, document.source.sha256, relative) | {"payload": digest}
            self._write(self._place(room, document.source.sha256), json.dumps(head).encode() + b"\n" + payload)

    def _load(self, room: str, sha256: str, relative: str) -> Any:
        place = self._place(room, sha256)
        try:
            line, _, payload = place.read_bytes().partition(b"\n")
            head = json.loads(line)
            wanted = self._head(room, sha256, relative) | {"payload": hashlib.sha256(payload).hexdigest()}
            if wanted["engine"] == "":  # what an engine once read stays when there is none any more
                wanted["engine"] = head["engine"]
            if head != wanted:
                return None
            with gzip.GzipFile(fileobj=io.BytesIO(payload)) as lines:
                found = _pieces(room).joined(_bounded(lines))
            os.utime(place)
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            return None
        return found if found.source.page_count <= self._config.limits.pages else None

    def _head(self, room: str, sha256: str, relative: str) -> dict[str, str]:
        return {
            "raw": sha256,
            "ending": Path(relative).suffix.lower(),
            "version": versions.through(room, self._config),
            "engine": self._engine,
        }

    def _place(self, room: str, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.{room}"

    @functools.cached_property
    def _engine(self) -> str:
        return versions.engine(self._config)

    @staticmethod
    def _write(place: Path, data: bytes) -> None:
        """Write an entry whole or not at all; it is not flushed, since a damaged one is noticed when it is read."""
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(f".{place.name}.{os.getpid()}.part")
        try:
            temporary.write_bytes(data)
            os.replace(temporary, place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@functools.cache
def kept(config: Config) -> Kept | None:
    """The entries of the folder that the settings name; None where they name none."""
    return Kept(Path(config.run.cache), config) if config.run.cache else None


def bound(folder: Path, mebibytes: int) -> int:
    """Drop the entries not used for longest until the folder holds no more than this; how many went."""
    found = []
    for place in folder.glob("??/*"):
        with contextlib.suppress(FileNotFoundError):
            info = place.stat()
            found.append((info.st_mtime_ns, info.st_size, place))
    over, dropped = sum(size for _, size, _ in found) - mebibytes * 1024 * 1024, 0
    for _, size, place in sorted(found):
        if over <= 0:
            break
        place.unlink(missing_ok=True)
        over, dropped = over - size, dropped + 1
    return dropped


def _bounded(file: gzip.GzipFile) -> Iterator[bytes]:
    """The lines of a file as far as they take no more room than an entry may."""
    left = _LARGEST
    while line := file.readline(left):
        left -= len(line)
        yield line


@functools.cache
def _pieces(room: str) -> Pieces:
    return Pieces(_KINDS[room], _CONFIG)
