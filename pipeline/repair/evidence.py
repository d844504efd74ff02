"""Which letter each code of each font draws, where the PDF's own map is missing or wrong.

Damage is a substitution: one font, one code, one letter. So every code is judged by itself: the letters shown for it
against the font program's cmap and glyph names (exact), the outline memory and the outlines of the document's healthy
fonts (exact when they answer), letters composed of parts known in the font, the order of glyphs in old fonts, votes of
the page's OCR, and last the language model. A map that is missing is filled; a map that is there is overruled only
where the words then become possible syllables. A font whose text reads well is never opened.
"""

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from pipeline import vietnamese
from pipeline.document import Candidate, Cause, Font, RepairMethod
from pipeline.repair import cipher, code_order, glyph_shape, ocr_votes, signs, words
from pipeline.repair.acceptance import accepted
from pipeline.repair.code_order import Order
from pipeline.repair.composition import compose
from pipeline.repair.font_case import AnyProgram, Case, unfounded
from pipeline.repair.font_program import open_program, quick_ink
from pipeline.repair.glyph_shape import Shapes
from pipeline.repair.ledger import HOLE, Edit, LineState
from pipeline.repair.ocr_votes import Votes, elected
from pipeline.repair.reading import EXACT, Reading, Readings
from pipeline.repair.usage import Usage, is_blank, runs

_HEALTHY = 0.97
_KNOWN = 1000
"""What an exactly known letter counts against votes in `composition`."""

_FALSE, _FEW = 0.5, 8
"""A map that is wrong for more than this share of the codes that are known (of this many at least) tells nothing."""


def readings(
    usage: Mapping[str, Usage],
    fonts: Mapping[str, Font],
    cast: Votes,
    opened: dict[str, AnyProgram | None] | None = None,
) -> dict[tuple[str, int], Reading | None]:
    """A reading for every code that is damaged; None where the code is known to be damaged and nothing answers.

    The font programs that were opened on the way are left in ``opened``.
    """
    opened = {} if opened is None else opened
    doubtful = [key for key in sorted(usage) if key in fonts and _doubtful(fonts[key], usage[key])]

    def program(key: str) -> AnyProgram | None:
        if key not in opened:
            opened[key] = open_program(fonts[key])
        return opened[key]

    @functools.cache
    def learned() -> Shapes:
        healthy = [k for k in usage if k in fonts and k not in doubtful and usage[k].legibility() >= _HEALTHY]
        return _from_healthy({key: usage[key] for key in healthy}, {key: program(key) for key in healthy})

    found: dict[tuple[str, int], Reading | None] = {}
    orders: Counter[Order] = Counter()
    keys = [*sorted(doubtful, key=lambda k: (-sum(usage[k].shown.values()), k)), *_small(usage, fonts, doubtful)]
    for key in keys:
        if key in doubtful or found:
            read = _of_font(Case(fonts[key], usage[key], program(key), cast), learned, orders)
            found |= {(key, code): reading for code, reading in read.items()}
    return found


def _small(usage: Mapping[str, Usage], fonts: Mapping[str, Font], doubtful: Sequence[str]) -> list[str]:
    """The fonts with too few words to tell anything: looked at where another font of the document is damaged."""
    return [
        key
        for key in sorted(usage)
        if key in fonts
        and key not in doubtful
        and sum(len(word) for word, _, _ in usage[key].words()) < 40
        and usage[key].legibility() == 1.0
    ]


def _doubtful(font: Font, usage: Usage) -> bool:
    blanks = {code: shown for (code, shown) in usage.shown if is_blank(shown)}
    spaces = [code for code, shown in blanks.items() if shown in (" ", "\xa0")]
    if len(blanks) > len(spaces) or len(spaces) > 1 or usage.legibility() < 0.93:
        return True
    if any(unfounded(font, code) for code, shown in usage.shown if not is_blank(shown)):
        return True
    return any(quick_ink(font, c) or (quick_ink(font, c) is None and font.widths.get(c, 0) > 360) for c in spaces)


def _from_healthy(usage: Mapping[str, Usage], programs: Mapping[str, AnyProgram | None]) -> Shapes:
    """The outlines of the document's own healthy fonts."""
    pairs = []
    for key, program in programs.items():
        for code, shown in usage[key].shown if program is not None else ():
            form = program.form(code) if program is not None and not is_blank(shown) else None
            if form is not None and form.ink:
                pairs.append((form, vietnamese.nfc(shown)))
    return glyph_shape.learned(pairs)


def _of_font(case: Case, known: Callable[[], Shapes], orders: Counter[Order]) -> dict[int, Reading | None]:
    shown = case.usage.shown
    if all(is_blank(text) and text not in ("", HOLE) for _, text in shown) and len(shown) < 8:
        return signs.read(case.usage)
    if case.program is not None:
        forms = {code: case.program.form(code) for code, _ in shown}
        case.forms = {code: form for code, form in forms.items() if form is not None}
    case.drawn = glyph_shape.letters(glyph_shape.memory(), case.forms)
    if _silent(case):
        case.drawn |= glyph_shape.letters(known(), {c: f for c, f in case.forms.items() if c not in case.drawn})
    sure = _exact_sources(case)
    _composed(case, sure)
    if sum(r is None for r in case.blank.values()) > max(4, len(case.blank) / 2):
        order, found = code_order.read(case.font, case.usage, case.blank, [known for known, _ in orders.most_common()])
        case.blank |= found
        if order is not None:
            orders[order] += len(found)
    _voted(case, sure)
    ocr_votes.told_apart(case.usage, case.blank, case.other)
    _guessed(case)
    certain = {code: reading.letter for code, reading in case.blank.items() if reading is not None}
    return {**accepted(case, certain), **case.blank}


def _silent(case: Case) -> bool:
    """Whether the program and the memory leave so much open that the document's healthy fonts should be asked."""
    inked = {code: code in case.drawn for code, form in case.forms.items() if form.ink}
    if case.program is not None:
        inked = {code: drawn or bool(case.program.read(code)) for code, drawn in inked.items()}
    blank = [inked.get(code, True) for code, shown in case.usage.shown if is_blank(shown)]
    return sum(inked.values()) <= 0.5 * len(inked) or not all(blank)


def _exact_sources(case: Case) -> set[int]:
    """What the font program and the outlines say of each code; gives the codes that one of them answered."""
    glyphs = sum(case.usage.shown.values())
    answered = set()
    for (code, shown), count in sorted(case.usage.shown.items()):
        empty, form = is_blank(shown), case.forms.get(code)
        space = shown in (" ", "\xa0")
        if space and (form is None or not form.ink):
            continue
        if empty and form is not None and not form.ink:
            case.blank[code] = Reading(" ", Cause.MISSING_CHARACTER_MAP, RepairMethod.GLYPH_SHAPE, 0.99)
            continue
        found = _exact(case, code, shown)
        if found is not None and not found.rivals:
            answered.add(code)
        if empty and not (space and found is None and count > glyphs / 10):
            case.blank[code] = found
        elif found is not None and found.letter != vietnamese.nfc(shown) and not found.rivals:
            case.other[code] = found
        elif form is not None and not form.ink:
            case.other[code] = Reading(" ", Cause.WRONG_CHARACTER_MAP, RepairMethod.GLYPH_SHAPE, 0.99)
        elif found is None and case.font.to_unicode and unfounded(case.font, code):
            case.blank[code] = None
    if len(case.other) > _FALSE * max(_FEW, len(answered - case.blank.keys())):
        shown_wrong = {
            c for c, text in case.usage.shown if not is_blank(text) and c in case.forms and case.forms[c].ink
        }
        case.blank |= dict.fromkeys(shown_wrong - answered - case.blank.keys() - case.other.keys())
    return answered


def _exact(case: Case, code: int, shown: str) -> Reading | None:
    """The letter by cmap, glyph name and outline; None where none answers, with rivals where they disagree."""
    cause = Cause.MISSING_CHARACTER_MAP if is_blank(shown) else Cause.WRONG_CHARACTER_MAP
    named, drawn = _named(case, code), case.drawn.get(code)
    if named and drawn is not None:
        if drawn in named:
            return Reading(drawn, cause, RepairMethod.FONT_PROGRAM, 0.999)
        return Reading(drawn, cause, RepairMethod.GLYPH_SHAPE, 0.5, tuple(sorted(named)))
    if named:
        letter = (
            shown
            if shown in named
            else "Đ"
            if "Đ" in named
            else min(named, key=lambda c: (c not in vietnamese.letters(), not c.isascii(), c))
        )
        return Reading(letter, cause, RepairMethod.FONT_PROGRAM, 0.99)
    return Reading(drawn, cause, RepairMethod.GLYPH_SHAPE, 0.99) if drawn is not None else None


def _named(case: Case, code: int) -> set[str]:
    return {c for c in case.program.read(code) if not is_blank(c)} if case.program is not None else set()


def _composed(case: Case, sure: set[int]) -> None:
    """Letters from parts known in the font, for codes that no exact source named; votes put right by parts."""
    trusted = _trusts_its_map(case)
    known: dict[int, tuple[str, int]] = {}
    for code, letter in case.letters().items():
        if code in sure or (trusted and not unfounded(case.font, code)):
            known[code] = vietnamese.nfc(letter), _KNOWN
        elif votes := case.cast.get((case.font.key, code)):
            known[code] = elected(votes)[0], votes.total()
    for code in case.blank:
        if code not in known and (votes := case.cast.get((case.font.key, code))):
            known[code] = elected(votes)[0], votes.total()
    if not known or all(code in sure for code in case.forms):
        return
    for code, found in compose(case.forms, known).items():
        letter, weight = known.get(code, ("", 0))
        if code in sure or weight >= _KNOWN or (letter != found.letter and found.weight < 3 * weight):
            continue
        if code not in case.blank and not (code in case.other or weight):
            continue
        cause = Cause.MISSING_CHARACTER_MAP if code in case.blank else Cause.WRONG_CHARACTER_MAP
        confidence = 0.99 if found.weight >= _KNOWN else 0.98 if found.weight > 5 else 0.9
        case.put(code, Reading(found.letter, cause, RepairMethod.GLYPH_SHAPE, confidence))


def _trusts_its_map(case: Case) -> bool:
    """Whether the words without blank codes read well, so that the letters that are shown are right."""
    blank = set(case.blank)
    whole = [(word, n) for word, codes, n in case.usage.words() if not blank.intersection(codes)]
    share = words.share(whole, least=20)
    return share is not None and share > 0.9


def _voted(case: Case, sure: set[int]) -> None:
    for code, shown in case.usage.shown:
        counter = case.cast.get((case.font.key, code))
        if not counter or code in case.other or case.blank.get(code) is not None:
            continue
        letter, confidence = elected(counter)
        if code in case.blank:
            case.blank[code] = Reading(letter, Cause.MISSING_CHARACTER_MAP, RepairMethod.OCR_VOTE, confidence)
        elif letter != vietnamese.nfc(shown) and not is_blank(shown) and code not in sure:
            case.other[code] = Reading(letter, Cause.WRONG_CHARACTER_MAP, RepairMethod.OCR_VOTE, confidence)


def _guessed(case: Case) -> None:
    """What the language model makes of the codes that nothing named."""
    unknown = [code for code, reading in case.blank.items() if reading is None]
    letters = case.letters()
    if not unknown or len(letters) < len(unknown):
        return
    for code, (letter, confidence) in cipher.likeliest(case.usage, letters, unknown, case.font.widths).items():
        case.blank[code] = Reading(
            letter, Cause.MISSING_CHARACTER_MAP, RepairMethod.LANGUAGE_MODEL, round(confidence, 4)
        )


def edits(
    state: LineState,
    found: Readings,
    hole_below: float,
    numbers: Mapping[tuple[str, int], int] = MappingProxyType({}),
) -> list[Edit]:
    """The edits of one line whose text is still raw; a damaged code without a sure reading becomes a hole.

    Each edit names the number of its glyph, where ``numbers`` gives one.
    """
    made = []
    for start, end, cell in runs(state):
        key = (cell.font, cell.code)
        if key not in found:
            continue
        reading, glyph = found[key], numbers.get(key)
        if reading is None:
            made.append(
                Edit(start, end, HOLE, Cause.MISSING_CHARACTER_MAP, RepairMethod.FONT_PROGRAM, 0.0, glyph=glyph)
            )
        else:
            letters = (reading.letter, *reading.rivals)
            sure = not reading.rivals and (reading.method in EXACT or reading.confidence >= hole_below)
            offered = () if sure else tuple(Candidate(letter, reading.confidence) for letter in letters)
            after = reading.letter if sure else HOLE
            made.append(Edit(start, end, after, reading.cause, reading.method, reading.confidence, offered, glyph))
    return made
