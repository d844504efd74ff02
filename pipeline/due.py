"""Which documents must be read again: what their rows bear against the versions, limits and corrections of now."""

import functools
import hashlib

from pipeline import corrections, glyphs, versions
from pipeline.config import Config
from pipeline.errors import (
    ChangedWhileRead,
    FileTooLarge,
    MemoryLimit,
    OcrFailed,
    OcrTimeout,
    OcrUnavailable,
    OutputLimit,
    TimeLimit,
    TooManyPages,
    UnreadableFile,
    WorkerDied,
)
from pipeline.ledger import Row
from pipeline.manifest import FIELDS
from pipeline.network import glyphs_shown
from pipeline.outcome import Outcome
from pipeline.places import Documents
from pipeline.raw import RawFile

_TRY_AGAIN = {kind.code for kind in (WorkerDied, ChangedWhileRead, UnreadableFile, OcrUnavailable, OcrFailed)}
"""What may end otherwise at the next run although the file is the same."""
_BY_LIMITS = {kind.code for kind in (TimeLimit, MemoryLimit, FileTooLarge, TooManyPages, OcrTimeout, OutputLimit)}
"""What ends otherwise when the limits are raised."""


class Due:
    """What is due under these settings; ``number`` is what the ledger calls the versions at work, None for nothing."""

    def __init__(self, config: Config, number: int | None, documents: Documents) -> None:
        self._config, self._number, self._documents = config, number, documents
        self._decided = documents.corrections
        self.versions = versions.present(config)

    def current(self, row: Row) -> bool:
        """Whether a reading now would end as the row says, the file being the same."""
        return (
            row.error not in _TRY_AGAIN
            and row.versions == self._number
            and row.corrections == corrections.digest(self._decided, row.sha256) + self._said.get(row.path, "")
            and row.limits == self._limits_of(row.error)
            and (row.engine is None or self._engine in ("", row.engine))
        )

    def row(self, outcome: Outcome, file: RawFile, moved_from: str | None) -> Row:
        """What to write down of an outcome; corrections that a failed document did not come to count as applied."""
        entry = {name: getattr(outcome, name) for name in FIELDS} | {"moved_from": moved_from}
        applied = outcome.corrections
        if outcome.error:
            applied = corrections.digest(self._decided, outcome.sha256)
        return Row(
            **entry, size=file.size, modified=file.modified, versions=self._number or 0, engine=outcome.engine,
            limits=self._limits_of(outcome.error), corrections=applied,
        )  # fmt: skip

    @functools.cached_property
    def _said(self) -> dict[str, str]:
        """What people's words about glyphs add to the corrections of the documents that show such glyphs, by path."""
        told = glyphs.told(glyphs.load(self._decided))
        shown = glyphs_shown(self._documents.state) if told else {}
        return {path: glyphs.state(told, keys) for path, keys in shown.items()}

    def _limits_of(self, error: str | None) -> str:
        if error not in _BY_LIMITS:
            return ""
        limits = (self._config.limits, self._config.ocr.seconds_per_page)
        return hashlib.sha256(repr(limits).encode()).hexdigest()[:16]

    @functools.cached_property
    def _engine(self) -> str:
        return versions.engine(self._config)
