"""Documents read again after a decision, one after the other in the background."""

import threading
import time
from collections.abc import Callable

from pipeline.errors import FolderInUse, PipelineError

Read = Callable[[str], None]


class Reader:
    """A queue of paths to read again; decisions made meanwhile lead to one more reading, not to many.

    Args:
        read: reads one document and writes its JSON.
        pause: seconds to wait while another ingest holds the clean folder.
    """

    def __init__(self, read: Read, pause: float = 2.0) -> None:
        self._read, self._pause = read, pause
        self._waiting: dict[str, None] = {}
        self._reading: str | None = None
        self._failed: dict[str, str] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, path: str) -> None:
        """Have a document read again soon."""
        with self._changed:
            self._waiting[path] = None
            self._failed.pop(path, None)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def state(self, path: str) -> str:
        """``waiting``, ``reading``, ``done``, or what went wrong."""
        with self._changed:
            if path in self._waiting:
                return "waiting"
            return "reading" if path == self._reading else self._failed.get(path, "done")

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to read; False when the time is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and self._reading is None, seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                path = next(iter(self._waiting))
                del self._waiting[path]
                self._reading = path
            message, again = None, False
            try:
                self._read(path)
            except FolderInUse:
                again = True
            except (PipelineError, OSError) as error:
                message = str(error)
            if again:
                time.sleep(self._pause)
            with self._changed:
                self._reading = None
                if message:
                    self._failed[path] = message
                if again:
                    self._waiting.setdefault(path)
                self._changed.notify_all()
