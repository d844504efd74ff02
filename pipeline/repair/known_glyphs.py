"""The glyphs that a document's own maps do not tell, by font name and outline; what people said of them counts first.

A person's word about a glyph holds wherever that outline is drawn in a font of that name and its letter had to be
found; a code whose own map reads well is left alone.
"""

from collections import Counter
from collections.abc import Mapping

from pipeline.document import Cause, Font, GlyphKey, ReadGlyph, RepairMethod
from pipeline.repair.font_case import AnyProgram
from pipeline.repair.reading import Reading, Readings
from pipeline.repair.usage import Usage

Code = tuple[str, int]


def known(
    found: Readings,
    fonts: Mapping[str, Font],
    usage: Mapping[str, Usage],
    opened: Mapping[str, AnyProgram | None],
    told: Mapping[GlyphKey, str],
) -> tuple[dict[Code, Reading | None], tuple[ReadGlyph, ...], dict[Code, int]]:
    """The readings with people's words in them, the glyphs sorted by font and shape, and the glyph of each code.

    A code whose outline cannot be drawn has no glyph. Codes of several subsets that draw one glyph share it; of two
    readings of a glyph the surer one stands in its line, and each code keeps its own.
    """
    keys: dict[Code, GlyphKey] = {}
    for font, code in found:
        program = opened.get(font)
        form = program.form(code) if program is not None else None
        if form is not None and form.shape:
            keys[font, code] = fonts[font].name, form.shape
    read = dict(found)
    for place, key in keys.items():
        if key in told:
            before = found[place]
            cause = before.cause if before else Cause.MISSING_CHARACTER_MAP
            read[place] = Reading(told[key], cause, RepairMethod.PERSON, 1.0)
    counts: Counter[GlyphKey] = Counter()
    for font in {font for font, _ in keys}:
        for (code, _), count in usage[font].shown.items():
            if (font, code) in keys:
                counts[keys[font, code]] += count
    best: dict[GlyphKey, Reading | None] = {}
    for place, key in keys.items():
        best[key] = max(best.get(key), read[place], key=_sureness)
    numbers = {key: number for number, key in enumerate(sorted(best))}
    glyphs = tuple(_glyph(key, best[key], counts[key]) for key in numbers)
    return read, glyphs, {place: numbers[key] for place, key in keys.items()}


def _sureness(reading: Reading | None) -> tuple[float, str]:
    return (reading.confidence, reading.letter) if reading else (-1.0, "")


def _glyph(key: GlyphKey, reading: Reading | None, count: int) -> ReadGlyph:
    if reading is None:
        return ReadGlyph(*key, None, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.0, count)
    return ReadGlyph(*key, reading.letter, reading.cause, reading.method, round(reading.confidence, 4), count)
