"""What happened in a run, for machines: JSON lines under one run identifier, kept from run to run."""

import json
import time
import uuid
from pathlib import Path

NAME = ".ingest.log"


class RunLog:
    """The log of one run."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._run = uuid.uuid4().hex[:12]

    def line(self, event: str, **fields: object) -> None:
        """Add an event, with the time of now in UTC."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = json.dumps({"run": self._run, "time": now, "event": event, **fields}, ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
