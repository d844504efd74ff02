"""One frozen settings object; `pipeline.toml` is its file, and a key it does not know is refused.

Each section belongs to one room (or to the run) and is handed down by itself. What is in `limits` and `run`
never changes the bytes of an output, so only the other sections enter `Config.fingerprint`.
"""

import dataclasses
import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import SettingsError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ExtractConfig:
    """Settings of `extract`."""

    tables: bool = True
    """Look for ruled tables on pages that have rules."""


@dataclass(frozen=True, slots=True)
class OcrConfig:
    """Settings of the OCR side of `extract`."""

    engine: str = "tesseract"
    language: str = "vie"
    next_language: str = "Vietnamese"
    """Language data that read a poor page once more, beside the first, where they are installed; empty for none."""
    dpi: int = 300
    seconds_per_page: int = 120
    max_pixels: int = 120_000_000
    """Images above this are refused (an A0 page at 200 dpi has 62 million pixels)."""
    old_layer_legibility: float = 0.9
    """A text layer under a full-page image is kept when at least this share of its syllables is possible."""
    cache: str | None = None
    """Folder where OCR results are kept by content and settings; None keeps none."""


@dataclass(frozen=True, slots=True)
class RepairConfig:
    """Settings of `repair`."""

    hole_below: float = 0.9
    """A change from an inexact source with less confidence than this becomes a hole with candidates."""
    suggestions: bool = True
    """Look for probable mistakes of the author (never applied)."""


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """Settings of `segment`."""

    words: bool = True
    """Mark the words (underthesea) in `words[]`; the slowest part of `segment`."""


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    """What one document may cost at most."""

    pages: int = 5_000
    seconds: int = 3_600
    cpu_seconds: int = 7_200
    memory_mib: int = 4_096
    output_mib: int = 512
    open_files: int = 256
    page_seconds: int = 20
    """CPU seconds that the picture of one page may take, in report, review and notebooks."""
    page_mib: int = 2_048
    """Memory of the process that draws such pictures."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How the run is made; nothing here changes an output."""

    workers: int = 0
    """Processes; 0 takes one per core."""
    cache: str | None = None
    """Folder where the results of rooms are kept by content and version; None keeps none."""
    cache_mib: int = 10_240
    """What that folder may hold; what was not used for longest is dropped first."""
    state: str = "state"
    """Folder on this machine for the ledgers of clean folders that are URLs."""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a run."""

    extract: ExtractConfig = field(default_factory=ExtractConfig)
    ocr: OcrConfig = field(default_factory=OcrConfig)
    repair: RepairConfig = field(default_factory=RepairConfig)
    segment: SegmentConfig = field(default_factory=SegmentConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    run: RunConfig = field(default_factory=RunConfig)

    def fingerprint(self, room: str | None = None) -> str:
        """Hex digest of the settings that decide an output's bytes; of those of one room alone, if one is named."""
        sections = [name for name, its in _ROOM_OF.items() if room in (None, its)]
        decisive = {name: dataclasses.asdict(getattr(self, name)) for name in sections}
        for name in ("cache", "seconds_per_page"):
            decisive.get("ocr", {}).pop(name, None)
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


_ROOM_OF = {"extract": "extract", "ocr": "extract", "repair": "repair", "segment": "segment"}
"""Section that decides an output's bytes -> the room it is handed to."""


def load(path: Path | None = None) -> Config:
    """The settings from a TOML file, defaults where it says nothing; the defaults alone without a file.

    Raises:
        SettingsError: the file cannot be read, is not TOML, or has an unknown key or a value of another type.
    """
    if path is None:
        return Config()
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    return _section(Config, data, str(path))


def _section(kind: type[_T], data: dict[str, Any], where: str) -> _T:
    values: dict[str, Any] = {}
    known = {f.name: getattr(kind(), f.name) for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key, value in data.items():
        place = f"{where}: {key}"
        if key not in known:
            raise SettingsError(f"{place}: unknown key; known are {', '.join(known)}")
        default = known[key]
        if dataclasses.is_dataclass(default):
            if not isinstance(value, dict):
                raise SettingsError(f"{place}: must be a section")
            values[key] = _section(type(default), value, place)
            continue
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        wanted = str if default is None else type(default)
        if type(value) is not wanted:
            raise SettingsError(f"{place}: must be {wanted.__name__}, not {type(value).__name__}")
        values[key] = value
    return kind(**values)
