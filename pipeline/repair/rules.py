"""The order of the rules, and the assembly of a repaired document from its lines."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from types import MappingProxyType

from pipeline import vietnamese
from pipeline.config import RepairConfig
from pipeline.document import (
    Box,
    Candidate,
    Cause,
    ExtractedDocument,
    ExtractedPage,
    GlyphKey,
    Insertion,
    Method,
    ReadGlyph,
    Repair,
    RepairedDocument,
    RepairedPage,
    RepairMethod,
    Repairs,
    Suggestion,
    TextLine,
    UnsureWord,
)
from pipeline.repair import (
    after_ocr,
    evidence,
    legacy,
    lookalikes,
    lost_in_print,
    lost_letters,
    marks,
    normal_form,
    ocr_votes,
    spacing,
    suggestions,
    words,
)
from pipeline.repair.font_case import AnyProgram
from pipeline.repair.known_glyphs import known
from pipeline.repair.ledger import HOLE, Edit, Ledger, LineState
from pipeline.repair.usage import Usage, gather

_GOOD = 0.9
_UNSURE_WORD = 0.8
"""Of the words under this confidence 43 % were wrong on the annotated scans, of those above it 2.5 %."""


def repair(
    document: ExtractedDocument, config: RepairConfig, told: Mapping[GlyphKey, str] = MappingProxyType({})
) -> RepairedDocument:
    """The document's text made right, with every change on record; healthy lines come back untouched.

    Where pages cannot be read after all exact sources, their images are looked at once, as a witness for the codes.

    Args:
        document: what `extract` gives.
        config: the thresholds.
        told: letters that people gave for glyphs, by font name and shape.
    """
    pages, states, glyphs = _mended(document, config, told)
    seen = ocr_votes.witnessed(document, [(page, lines) for page, lines in zip(document.pages, pages, strict=True)])
    if seen is not None:
        document = seen
        pages, states, glyphs = _mended(document, config, told)
    _lost(states, config)
    return replace(_assembled(document, pages, config), glyphs=glyphs)


def _mended(
    document: ExtractedDocument, config: RepairConfig, told: Mapping[GlyphKey, str]
) -> tuple[list[list[LineState]], list[LineState], tuple[ReadGlyph, ...]]:
    """The lines of each page after the rules that look at glyphs and codes, and those with a text layer in one list.

    The third part are the glyphs whose letter had to be found.
    """
    pages = [[LineState(line, page.number) for line in page.lines] for page in document.pages]
    states = [
        state
        for page, lines in zip(document.pages, pages, strict=True)
        if page.method is not Method.OCR
        for state in lines
        if state.line.furniture is None
    ]
    shown = gather(states)
    glyphs = _codes(states, document, shown, config, told)
    for state in states:
        state.apply(marks.edits(state))
    if not _reads_well(states, shown):
        _encodings(states, document)
    _letters(states)
    for lines in pages:
        for state in lines:
            state.apply(normal_form.edits(state.text))
    after_ocr.mend(document, pages, config)
    return pages, states, glyphs


def _codes(
    states: Sequence[LineState], document: ExtractedDocument, usage: Mapping[str, Usage], config: RepairConfig,
    told: Mapping[GlyphKey, str],
) -> tuple[ReadGlyph, ...]:  # fmt: skip
    opened: dict[str, AnyProgram | None] = {}
    found = evidence.readings(usage, document.fonts, ocr_votes.votes(document.pages), opened)
    read, glyphs, numbers = known(found, document.fonts, usage, opened, told)
    if read:
        for state in states:
            state.apply(evidence.edits(state, read, config.hole_below, numbers))
    return glyphs


def _reads_well(states: Sequence[LineState], usage: Mapping[str, Usage]) -> bool:
    """Whether every font's text consists of possible syllables as it is, so that no code table need be tried."""
    if not all(state.line.cells for state in states):
        return False
    shares = (words.share(((word, n) for word, _, n in used.words()), least=4) for used in usage.values())
    return all(share is None or share > _GOOD for share in shares)


def _encodings(states: Sequence[LineState], document: ExtractedDocument) -> None:
    counted = legacy.Words()
    for state in states:
        counted.add(state.text, state.fonts())
    chosen = legacy.decide(counted)
    if chosen:
        capitals = legacy.capital_fonts(document.fonts, chosen)
        for state in states:
            state.apply(legacy.edits(state, chosen, capitals))


def _letters(states: Sequence[LineState]) -> None:
    """Look-alikes, spaces, and letters that the page itself shows as question marks."""
    found = lookalikes.find(states)
    for state in states:
        if found:
            state.apply(lookalikes.edits(state, found))
        state.apply(spacing.edits(state))
    if lost_in_print.is_damaged([state.text for state in states]):
        for state in states:
            state.apply(lost_in_print.edits(state.text))


def _lost(states: Sequence[LineState], config: RepairConfig) -> None:
    """Letters that no exact source restored, by the language model, in text without glyphs and at holes.

    Where a glyph is at hand, a blank without ink is a blank; places already changed are left alone.
    """
    if all(state.line.cells for state in states):
        return
    text = "\n".join(state.text for state in states)
    if not lost_letters.is_damaged(text):
        return
    starts = []
    at = 0
    for state in states:
        starts.append(at)
        at += len(state.text) + 1
    wanted: dict[int, list[Edit]] = {}
    for found in lost_letters.restore(text, config.hole_below):
        index = bisect_right(starts, found.start) - 1
        start, end = found.start - starts[index], found.end - starts[index]
        state = states[index]
        if state.line.cells and HOLE not in state.text[start:end]:
            continue
        if end <= len(state.text) and _untouched(state, start, end):
            offered = tuple(Candidate(letters, confidence) for letters, confidence in found.candidates)
            wanted.setdefault(index, []).append(
                Edit(
                    start,
                    end,
                    HOLE if found.after is None else found.after,
                    Cause.LOST_LETTER,
                    RepairMethod.LANGUAGE_MODEL,
                    found.confidence,
                    offered,
                )
            )
    for index, made in wanted.items():
        states[index].apply(sorted(made, key=lambda e: e.start))


def _untouched(state: LineState, start: int, end: int) -> bool:
    """Whether no rule has changed these letters yet; a hole may still be filled."""
    at = 0
    for atom in state.atoms or ():
        if at < end and start < at + len(atom.text) and atom.cause is not None and atom.text != HOLE:
            return False
        at += len(atom.text)
    return True


def _assembled(
    document: ExtractedDocument, pages: Sequence[Sequence[LineState]], config: RepairConfig
) -> RepairedDocument:
    ledger, repairs = Ledger(), Repairs()
    texts: list[str] = []
    raws: list[str] = []
    lines: list[TextLine] = []
    insertions: list[Insertion] = []
    unsure: list[UnsureWord] = []
    done: list[tuple[ExtractedPage, int, int, int, int]] = []
    for index, (page, states) in enumerate(zip(document.pages, pages, strict=True)):
        if index:
            ledger.same("\n")
        start, raw_start = ledger.at, ledger.raw_at
        _page(ledger, page, states, lines, insertions, unsure)
        made, text, raw = ledger.take()
        repairs.extend(made)
        texts.append(text)
        raws.append(raw)
        done.append((page, start, ledger.at, raw_start, ledger.raw_at))
    text, raw = "".join(texts), "".join(raws)
    return RepairedDocument(
        source=document.source,
        text=text,
        raw_text=raw,
        lines=tuple(lines),
        pages=tuple(
            RepairedPage(
                p.number,
                p.width,
                p.height,
                p.method,
                p.reason,
                round(vietnamese.legibility(text[a:b]), 4),
                p.ocr_confidence,
                p.set_aside,
                (a, b),
                (c, d),
                p.flags,
            )
            for p, a, b, c, d in done
        ),
        repairs=repairs,
        holes=tuple(ledger.holes),
        suggestions=tuple(_suggested(text, repairs, lines)) if config.suggestions else (),
        tables=tuple((p.number, t) for p in document.pages for t in p.tables),
        engine=document.engine,
        attachments=document.attachments,
        insertions=tuple(insertions),
        unsure=tuple(unsure),
    )


def _suggested(text: str, repairs: Sequence[Repair], lines: Sequence[TextLine]) -> Iterator[Suggestion]:
    """Probable mistakes of the author on letters that nothing changed; the box is that of the line."""
    ends = array("i", (repair.span[1] for repair in repairs))
    starts = array("i", (line.span[0] for line in lines))
    for start, end, after, confidence in suggestions.find(text):
        last = bisect_right(ends, start) - 1
        if last + 1 < len(repairs) and repairs[last + 1].span[0] < end:
            continue
        shift = repairs[last].raw_span[1] - repairs[last].span[1] if last >= 0 else 0
        line = lines[bisect_right(starts, start) - 1]
        if end <= line.span[1]:
            yield Suggestion(
                (start, end),
                (start + shift, end + shift),
                text[start:end],
                after,
                Cause.AUTHOR_MISTAKE,
                RepairMethod.LANGUAGE_MODEL,
                round(confidence, 4),
                line.page,
                line.box,
            )


def _page(
    ledger: Ledger,
    page: ExtractedPage,
    states: Sequence[LineState],
    lines: list[TextLine],
    insertions: list[Insertion],
    unsure: list[UnsureWord],
) -> None:
    """Write one page; furniture goes with its line break, the one before it where nothing follows."""
    kept = [i for i, s in enumerate(states) if s.line.furniture is None]
    last = kept[-1] if kept else -1
    for i, state in enumerate(states):
        line = state.line
        if line.furniture is None:
            if i and states[i - 1].line.furniture is None:
                ledger.same("\n")
            span = ledger.line(state)
            confidence = round(fmean(w.confidence for w in line.words), 4) if line.words else None
            lines.append(TextLine(page.number, line.box, span, line.size, line.bold, line.italic, confidence))
            for (a, b), insert in zip(state.present([i.span for i in line.inserts]), line.inserts, strict=True):
                place = (span[0] + a, span[0] + b)
                insertions.append(Insertion(place, page.number, insert.box, insert.source, insert.confidence))
            unsure += _unsure(state, span[0], page.number)
            state.atoms = None  # long documents have millions
        else:
            if 0 < i < last and states[i - 1].line.furniture is None:
                ledger.same("\n")
            before = line.text + "\n" if i < last else ("\n" if i else "") + line.text
            _leave_out(ledger, before, page.number, line.box)


def _unsure(state: LineState, start: int, page: int) -> Iterator[UnsureWord]:
    """The words of a line (it begins at ``start`` of the text) that the engine is not sure of and no rule changed."""
    doubtful = [word for word in state.line.words if word.confidence < _UNSURE_WORD]
    for word, (a, b) in zip(doubtful, state.present([word.span for word in doubtful]), strict=True):
        if a < b and state.text[a:b] == state.line.text[slice(*word.span)]:
            yield UnsureWord((start + a, start + b), page, word.box, round(word.confidence, 4))


def _leave_out(ledger: Ledger, before: str, page: int, box: Box) -> None:
    if before:
        ledger.change(before, "", Cause.PAGE_FURNITURE, RepairMethod.LAYOUT, 1.0, page, box)
