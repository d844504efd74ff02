"""Pictures of pages for people: the one place that draws them, for report, review and notebooks.

A page can be made so that a viewer takes all memory or all time for it. What the document calls unsafe is not drawn,
nor is a raw file that is no longer the one that was read; everything else is drawn by a child process with limits of
memory and time and without network, so that a page which nobody foresaw costs its own picture and no more.
"""

import functools
import hashlib
import io
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pebble import ProcessExpired, ProcessPool

from pipeline.children import pool_of
from pipeline.config import LimitsConfig, OcrConfig
from pipeline.confine import confine, cpu_seconds_from_now
from pipeline.document import UNSAFE_TO_DRAW
from pipeline.errors import DocumentError, WorkerDied
from pipeline.raw import opened

if TYPE_CHECKING:
    from PIL.Image import Image

_AHEAD = 3
"""Pages asked of the child at a time, so that it never waits for whoever takes the pictures."""
_MOST_LOST = 3
"""Pages of one document that may cost a child; after them no more of it is drawn."""
_WALL = 3
"""How many times the allowed CPU time a page may take on the clock, since others use the machine too."""
_NOT_STARTED = "the process that draws pages does not start (in a script: call it under `if __name__ == '__main__'`)"
_NO_MEMORY = 78
"""Exit code of a child without memory for a page."""


class Undrawn(StrEnum):
    """Why a page has no picture."""

    UNSAFE = UNSAFE_TO_DRAW
    LIMIT = "drawing-limit"
    CHANGED = "raw-changed"
    GONE = "raw-gone"
    BROKEN = "page-broken"

    @property
    def vi(self) -> str:
        """The line that stands in place of the picture."""
        return _TOLD[self][0]

    @property
    def en(self) -> str:
        """The same in English."""
        return _TOLD[self][1]


_TOLD: Mapping[Undrawn, tuple[str, str]] = {
    Undrawn.UNSAFE: (
        "Trang này không vẽ được an toàn: hình trên trang tự chứa chính nó hoặc lồng nhau không dứt.",
        "This page cannot be drawn safely: what it shows contains itself or leads on and on.",
    ),
    Undrawn.LIMIT: (
        "Trang này không vẽ được an toàn: vẽ thử thì quá giới hạn về thời gian hoặc bộ nhớ.",
        "This page cannot be drawn safely: drawing it went beyond the limit of time or memory.",
    ),
    Undrawn.CHANGED: (
        "Không có ảnh trang: tệp gốc nay khác với tệp đã được đọc.",
        "No picture: the raw file is no longer the one that was read.",
    ),
    Undrawn.GONE: (
        "Không có ảnh trang: tệp gốc không còn ở chỗ cũ hoặc không mở được.",
        "No picture: the raw file is not there, or cannot be opened.",
    ),
    Undrawn.BROKEN: (
        "Không có ảnh trang: trang bị hỏng, không vẽ được.",
        "No picture: the page is broken.",
    ),
}
Drawn = bytes | Undrawn
"""A picture as WebP, or why there is none."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is made: dots per inch, the most pixels across and down, quality 1-100 of WebP."""

    dpi: int
    widest: tuple[int, int]
    quality: int


def is_drawn(document: Mapping[str, Any]) -> bool:
    """Whether the pages of a document have pictures at all; those of a text file have none."""
    return bool(document["source"]["media_type"] != "text/plain")


def is_safe(page: Mapping[str, Any]) -> bool:
    """Whether a page of an exported document may be drawn, as far as reading it told."""
    return UNSAFE_TO_DRAW not in page.get("flags", ())


def raw_file(raw: Path, path: str) -> Path | None:
    """The raw file of this path; None where it is gone, is a link, or its name leads out of the raw folder."""
    file = raw / path
    inside = file.resolve().is_relative_to(raw.resolve())
    return file if inside and file.is_file() and not file.is_symlink() else None


class Drawer:
    """Draws pages in one child process, which starts when the first picture is asked for and ends with the block.

    A page that costs a child is not tried again. Threads may share a drawer.

    Args:
        limits: what drawing one page may take.
    """

    def __init__(self, limits: LimitsConfig | None = None) -> None:
        limits = limits or LimitsConfig()
        self._seconds = limits.page_seconds
        self._limits = replace(limits, memory_mib=min(limits.memory_mib, limits.page_mib))
        self._lost: set[tuple[str, int]] = set()
        self._losses: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._starter = ThreadPoolExecutor(1)  # children end with the thread that starts them: this one stays
        self._running: ProcessPool | None = None

    def start(self) -> None:
        """Have the child made ready meanwhile, so that the first picture need not wait for it.

        Raises:
            WorkerDied: no child can be started.
        """
        self._pool()

    def draw(
        self, raw: Path, document: Mapping[str, Any], numbers: Sequence[int], look: Look
    ) -> Iterator[tuple[int, Drawn]]:
        """Each of the pages with its picture, or why it has none; nothing for a text file.

        Args:
            raw: the raw folder.
            document: the exported document.
            numbers: the pages, from 1.
            look: how the pictures are made.

        Raises:
            WorkerDied: no child can be started.
        """
        if not is_drawn(document):
            return
        source = document["source"]
        sha256 = source["sha256"]
        safe = {page["number"] for page in document["pages"] if is_safe(page)}
        file = raw_file(raw, source["path"])
        task = None if file is None else (str(file.absolute()), sha256, source["media_type"], look, self._seconds)
        waiting, running = deque(numbers), deque[tuple[int, Future[Drawn] | Undrawn]]()
        all_of_it = Undrawn.GONE if file is None else None
        while waiting or running:
            while waiting and len(running) < _AHEAD:
                number = waiting.popleft()
                why = Undrawn.UNSAFE if number not in safe else all_of_it or self._gave_up(sha256, number)
                running.append((number, why or self._ask(task, number)))
            number, asked = running.popleft()
            found = asked if isinstance(asked, Undrawn) else self._result(asked, task, sha256, number)
            if found in (Undrawn.CHANGED, Undrawn.GONE):
                all_of_it = Undrawn(found)
            yield number, found

    def _gave_up(self, sha256: str, number: int) -> Undrawn | None:
        lost = (sha256, number) in self._lost or self._losses[sha256] >= _MOST_LOST
        return Undrawn.LIMIT if lost else None

    def _result(self, asked: "Future[Drawn]", task: Any, sha256: str, number: int) -> Drawn:
        """What the child made of it; asked once more in a fresh child where the old one ended before its time."""
        for again in (True, False):
            try:
                return asked.result()
            except FutureTimeout:
                break
            except ProcessExpired as error:
                if not again or error.exitcode == -signal.SIGXCPU:
                    break
            except BrokenProcessPool as error:
                if not again:
                    raise WorkerDied(f"{_NOT_STARTED}: {error}") from error
            asked = self._ask(task, number)
        self._lost.add((sha256, number))
        self._losses[sha256] += 1
        return Undrawn.LIMIT

    def _ask(self, task: Any, number: int) -> "Future[Drawn]":
        asked: Future[Drawn] = self._pool().schedule(_drawn, args=[*task, number], timeout=_WALL * self._seconds)
        return asked

    def _pool(self) -> ProcessPool:
        with self._lock:
            if self._running is None or not self._running.active:
                self._running = self._starter.submit(_started, self._limits).result()
            return self._running

    def close(self) -> None:
        """End the child."""
        if self._running is not None:
            self._running.stop()
            self._running.join()
        self._starter.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _started(limits: LimitsConfig) -> ProcessPool:
    pool = pool_of(1, limits, _begin)
    if not pool.active:  # asked, it starts
        raise WorkerDied(_NOT_STARTED)
    return pool


# --- in the child ----------------------------------------------------------------------------


def _begin(limits: LimitsConfig, parent: int) -> None:
    """Make a fresh child ready: limits first, then what draws."""
    confine(limits, parent)
    import pipeline.extract.image  # noqa: F401


def _drawn(file: str, sha256: str, media_type: str, look: Look, seconds: int, number: int) -> Drawn:
    """The picture of a page, if the file's bytes are those of the document."""
    cpu_seconds_from_now(seconds)
    try:
        info = os.lstat(file)
        pages = _opened(file, sha256, media_type, (info.st_ino, info.st_size, info.st_mtime_ns))
        picture = pages.picture(number, look.dpi) if pages else None
        if picture is None:
            return Undrawn.CHANGED
        picture = picture.convert("RGB")
        picture.thumbnail(look.widest)
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=look.quality)
        return buffer.getvalue()
    except OSError:
        return Undrawn.GONE
    except DocumentError:
        return Undrawn.BROKEN
    except MemoryError:
        os._exit(_NO_MEMORY)


@dataclass(frozen=True, slots=True)
class _Pages:
    """A file whose bytes were those of its document when it was opened."""

    data: bytes
    pdf: Any
    """The file as PDFium holds it open, None where it is an image."""

    def picture(self, number: int, dpi: int) -> "Image":
        from pipeline.extract import image

        return (
            self.pdf.render(number - 1, dpi, OcrConfig()) if self.pdf else image.page_of(self.data, number, OcrConfig())
        )


@functools.lru_cache(maxsize=1)
def _opened(file: str, sha256: str, media_type: str, state: tuple[int, int, int]) -> _Pages | None:
    """The file held open; None where its bytes are other than the document's. ``state`` changes when it changes."""
    from pipeline.extract import image

    with opened(Path(file)) as there:
        data = there.read() if there else b""
    if hashlib.sha256(data).hexdigest() != sha256:
        return None
    return _Pages(data, image.Pdf(data) if media_type == "application/pdf" else None)
