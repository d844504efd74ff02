"""Page OCR as a witness: what the OCR reads where a code is drawn counts as one vote for that code's letter.

Measured on 60 public PDFs: by usage 99.54 % right, 99.8 % with twenty votes and more, 96.6 % with one. The text of a
line is never taken from the OCR: only the code's letter, and then for every place the code is drawn.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline import vietnamese
from pipeline.document import Box, ExtractedDocument, ExtractedPage, Glyph, Method
from pipeline.repair.ledger import HOLE, LineState

_LOOKS = 12
"""Pages looked at in one document: by then each letter has its votes."""

Votes = Mapping[tuple[str, int], Counter[str]]


def witnessed(
    document: ExtractedDocument, pages: Sequence[tuple[ExtractedPage, Sequence[LineState]]]
) -> ExtractedDocument | None:
    """The document with what OCR reads on its illegible pages as `witness`; None where there is no need or no help.

    A page that the witness reads as its text layer does is in another language, not damaged: no more are looked at.
    """
    if document.look is None or any(page.witness for page, _ in pages):
        return None
    seen: dict[int, tuple[tuple[str, Box], ...]] = {}
    engine = document.engine
    for page, lines in pages:
        text = "\n".join(state.text for state in lines if state.line.furniture is None)
        if page.method is not Method.EMBEDDED or not _illegible(text):
            continue
        found = document.look(page.number)
        if found is None or not _helps(text, [word for word, _ in found[1]]):
            break
        engine, seen[page.number] = found
        if len(seen) == _LOOKS:
            break
    if not seen:
        return None
    looked = tuple(replace(page, witness=seen.get(page.number, ())) for page in document.pages)
    return replace(document, pages=looked, engine=engine)


def _illegible(text: str) -> bool:
    """Whether more than one letter in twenty is unknown, or more than one syllable in four impossible."""
    letters = sum(c.isalnum() or c == HOLE for c in text)
    return letters >= 40 and (text.count(HOLE) > letters / 20 or vietnamese.legibility(text) < 0.75)


def _helps(text: str, words: Sequence[str]) -> bool:
    """Whether a witness reads Vietnamese where the text layer has something else."""
    long = [word for word in words if len(word) > 2]
    known = set(text.split())
    return (
        len(long) > 5
        and vietnamese.legibility(" ".join(words)) > 0.75
        and sum(word in known for word in long) < 0.8 * len(long)
    )


def votes(pages: Iterable[ExtractedPage]) -> dict[tuple[str, int], Counter[str]]:
    """(font, code) -> letters that the witness read there, counted; empty without a witness.

    A witness word votes only where it has as many letters as there are glyphs inside its box.
    """
    cast: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for page in pages:
        if not page.witness:
            continue
        rows = [(_glyphs(line.cells), line.box) for line in page.lines if line.cells]
        for text, box in page.witness:
            word = vietnamese.nfc(text)
            for glyphs, line_box in rows:
                if line_box[1] <= (box[1] + box[3]) / 2 <= line_box[3]:
                    inside = _inside(glyphs, box)
                    if len(inside) == len(word):
                        for glyph, letter in zip(inside, word, strict=True):
                            cast[glyph.font, glyph.code][letter] += 1
                        break
    return cast


def _glyphs(cells: Sequence[Glyph | None]) -> list[Glyph]:
    out: list[Glyph] = []
    for cell in cells:
        if cell is not None and cell.text not in (" ", "\xa0") and (not out or out[-1] is not cell):
            out.append(cell)
    return out


def _inside(glyphs: Sequence[Glyph], box: Box) -> list[Glyph]:
    return [g for g in glyphs if box[0] <= (g.box[0] + g.box[2]) / 2 <= box[2] and g.box[2] > g.box[0]]


def elected(counter: Counter[str]) -> tuple[str, float]:
    """The letter with most votes and how sure it is, from the measured rates.

    >>> elected(Counter("ế" * 20)), elected(Counter("ế"))
    (('ế', 0.998), ('ế', 0.966))
    >>> elected(Counter("ếế" "ể"))
    ('ế', 0.667)
    """
    (letter, most), *others = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    rival = others[0][1] if others else 0
    if most < 3 * rival:
        return letter, round(most / sum(counter.values()), 3)
    return letter, round(0.966 + 0.032 * min(most - 1, 19) / 19, 4)
