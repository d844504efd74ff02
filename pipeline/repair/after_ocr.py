"""The rules for text that OCR read: labels, signs, numbers and symbols, words."""

from collections.abc import Sequence

from pipeline.config import RepairConfig
from pipeline.document import ExtractedDocument, Method, Span
from pipeline.repair import ocr_dates, ocr_labels, ocr_misreadings, ocr_numbers, ocr_signs, ocr_symbols
from pipeline.repair.ledger import LineState

_OF_FIGURES = (
    ocr_dates.edits,
    ocr_symbols.parted,
    ocr_numbers.edits,
    ocr_symbols.edits,
    ocr_symbols.edits,  # of a symbol the second part is told by the first
)
"""The rules for lines with figures, in their order."""


def mend(document: ExtractedDocument, pages: Sequence[Sequence[LineState]], config: RepairConfig) -> None:
    """Apply the rules to the lines of OCR pages, of kept OCR layers and of parts read by OCR."""
    states = [
        state
        for page, lines in zip(document.pages, pages, strict=True)
        for state in lines
        if state.line.furniture is None
        and (
            page.method is Method.OCR or page.reason == "ocr-layer-kept" or (state.line.words and not state.line.cells)
        )
    ]
    if not states:
        return
    for state, labels in zip(states, ocr_labels.edits([s.text for s in states]), strict=True):
        state.apply(labels)
        state.apply(ocr_signs.edits(state.text))
        for rule in _OF_FIGURES if any(map(str.isdigit, state.text)) else (ocr_numbers.edits,):
            state.apply(rule(state.text))
    lines = [ocr_misreadings.OcrLine(state.text, _confidences(state)) for state in states]
    for state, misread in zip(states, ocr_misreadings.edits(lines, config.hole_below), strict=True):
        state.apply(misread)


def _confidences(state: LineState) -> tuple[tuple[Span, float], ...]:
    """The engine's confidence in stretches of the present text."""
    words = state.line.words
    return tuple(zip(state.present([w.span for w in words]), (w.confidence for w in words), strict=True))
