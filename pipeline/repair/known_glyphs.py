"""The glyphs that a document's own maps do not tell, by font name and outline; what people said of them counts first.

A person's word about a glyph holds wherever that outline is drawn in a font of that name and its letter had to be
found; a code whose own map reads well is left alone.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from pipeline.document import Cause, Font, GlyphKey, ReadGlyph, RepairMethod
from pipeline.repair.font_program import DrawnProgram, Program
from pipeline.repair.reading import Reading
from pipeline.repair.usage import Usage

Code = tuple[str, int]


def known(
    found: Mapping[Code, Reading | None],
    fonts: Mapping[str, Font],
    usage: Mapping[str, Usage],
    opened: Mapping[str, Program | DrawnProgram | None],
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
    uses: dict[Code, int] = {}
    for font in {font for font, _ in keys}:
        for (code, _), count in usage[font].shown.items():
            uses[font, code] = uses.get((font, code), 0) + count
    counts: Counter[GlyphKey] = Counter()
    best: dict[GlyphKey, list[Reading]] = defaultdict(list)
    for place, key in keys.items():
        counts[key] += uses.get(place, 0)
        reading = read[place]
        if reading is not None:
            best[key].append(reading)
    order = sorted(counts)
    glyphs = []
    for key in order:
        one = ReadGlyph(*key, None, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.0, counts[key])
        if best[key]:
            sure = max(best[key], key=lambda r: (r.confidence, r.letter))
            one = replace(one, text=sure.letter, cause=sure.cause, method=sure.method,
                          confidence=round(sure.confidence, 4))  # fmt: skip
        glyphs.append(one)
    numbers = {key: number for number, key in enumerate(order)}
    return read, tuple(glyphs), {place: numbers[key] for place, key in keys.items()}
