"""One font under examination: what it shows, what its program draws, and what is found of its codes."""

from dataclasses import dataclass, field

from fontTools import agl

from pipeline.document import Font
from pipeline.repair.font_program import DrawnProgram, Program
from pipeline.repair.ocr_votes import Votes
from pipeline.repair.outline import Form
from pipeline.repair.reading import Reading
from pipeline.repair.usage import Usage

AnyProgram = Program | DrawnProgram


def unfounded(font: Font, code: int) -> bool:
    """Whether what is shown for a code of a simple font rests on nothing: no map entry, and a made-up glyph name."""
    if font.subtype == "Type0" or code in (font.to_unicode or ()):
        return False
    name = font.encoding.get(code)
    if name is None:
        return font.to_unicode is not None and font.symbolic
    return not agl.toUnicode(name)


@dataclass(slots=True)
class Case:
    """One font under examination: what it shows, what its program draws, and what is found of its codes."""

    font: Font
    usage: Usage
    program: AnyProgram | None
    cast: Votes
    forms: dict[int, Form] = field(default_factory=dict)
    drawn: dict[int, str] = field(default_factory=dict)
    """Letters by the outlines alone."""
    blank: dict[int, Reading | None] = field(default_factory=dict)
    """Codes that are shown as no letter."""
    other: dict[int, Reading] = field(default_factory=dict)
    """Codes that are shown as another letter than some source gives."""

    def letters(self) -> dict[int, str]:
        """The letter of each code as it stands: read, or else shown."""
        found = {code: shown for code, shown in self.usage.shown if code not in self.blank}
        return found | {c: r.letter for c, r in [*self.blank.items(), *self.other.items()] if r is not None}

    def put(self, code: int, reading: Reading) -> None:
        """Keep a reading for a code."""
        (self.blank if code in self.blank else self.other)[code] = reading
