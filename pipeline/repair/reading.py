"""What one code of one font draws, by which source."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.document import Cause, RepairMethod

EXACT = (RepairMethod.FONT_PROGRAM, RepairMethod.GLYPH_SHAPE, RepairMethod.LAYOUT)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a code draws, by which source, how surely."""

    letter: str
    cause: Cause
    method: RepairMethod
    confidence: float
    rivals: tuple[str, ...] = ()
    """Other letters that another exact source gives; with any the code stays a hole."""


Readings = Mapping[tuple[str, int], Reading | None]
