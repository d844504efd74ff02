"""What a viewer has to carry out behind a page's own operators: patterns, soft masks, drawn glyphs, annotations.

Each may show further ones, or itself, and viewers follow: PDFium takes all memory or all time for a pattern painted
with itself. Here every stream is read once, so that what shows a thousand streams a thousand times each costs no more
than it is long.
"""

import math
from collections.abc import Iterator
from typing import Any

import regex
from pdfminer.pdftypes import PDFObjRef, PDFStream, resolve1
from pdfminer.psexceptions import PSEOF
from pdfminer.psparser import PSKeyword, PSLiteral

from pipeline.extract import objects
from pipeline.extract.objects import dictionary, name_of

MOST = 500_000
"""Operators that one of them may take, a stream that is shown counted like a hundred; of 787 pages of real papers
none comes near."""
_SHOWN = 100
_DEEPEST = 40
_MOST_ANNOTATIONS = 5_000
_OPERATOR_BYTES = 10
_SHOWS = regex.compile(rb"(?<![^\s\]>)])(?:Do|Tf|gs|scn|SCN)(?![^\s\[<(/%])")
"""An operator by which a stream can show another; without one its length tells what it takes."""
_PAINTS = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"sh"))
_TEXT = frozenset((b"Tj", b"TJ", b"'", b'"'))
_COLOURS = frozenset((b"g", b"rg", b"k", b"cs", b"sc", b"G", b"RG", b"K", b"CS", b"SC"))
Resources = dict[str, Any]


class Showing:
    """Knows what each stream of a document takes; a stream that comes back to itself takes for ever."""

    def __init__(self) -> None:
        self._known: dict[int, float] = {}
        self._named: dict[int, float] = {}
        """By the number of a pattern, graphic state or font: each is looked at once a document."""
        self._inside: set[int] = set()

    def is_bearable(self, resources: Any) -> bool:
        """Whether all patterns, soft masks and drawn glyphs that such resources name come to an end."""
        resources = dictionary(resources)
        for kind, find in (("Pattern", self._pattern), ("ExtGState", self._mask), ("Font", self._glyphs)):
            for name, given in dictionary(resources.get(kind)).items():
                number = given.objid if isinstance(given, PDFObjRef) else None
                takes = self._named.get(number) if number is not None else None
                if takes is None:
                    takes = find(resources, name)
                    if number is not None:
                        self._named[number] = takes
                if takes > MOST:
                    return False
        return True

    def are_bearable(self, annotations: Any) -> bool:
        """Whether the appearances of a page's annotations come to an end."""
        annotations = resolve1(annotations)
        if not isinstance(annotations, list):
            return True
        if len(annotations) > _MOST_ANNOTATIONS:
            return False
        return all(self._stream(stream, {}) <= MOST for one in annotations for stream in _appearances(one))

    def _stream(self, stream: PDFStream, around: Resources) -> float:
        """The operators that a stream takes, with those of what it shows."""
        number = stream.objid or id(stream)
        if number in self._inside or len(self._inside) > _DEEPEST:
            return math.inf
        if number not in self._known:
            self._inside.add(number)
            try:
                self._known[number] = self._read(stream, dictionary(stream.get("Resources")) or around)
            except objects.TooMuch:
                self._known[number] = math.inf
            except (MemoryError, RecursionError):
                raise
            except Exception:  # what cannot be unpacked or read here shows nothing elsewhere
                self._known[number] = 0.0
            finally:
                self._inside.discard(number)
        return self._known[number]

    def _read(self, stream: PDFStream, resources: Resources) -> float:
        data = stream.get_data()
        if not _SHOWS.search(data):
            return len(data) / _OPERATOR_BYTES
        content, operands = objects.Content([stream]), []
        total = paint = mask = glyph = 0.0
        states: list[tuple[float, float, float]] = []
        while total <= MOST:
            try:
                _, token = content.nextobject()
            except PSEOF:
                break
            if not isinstance(token, PSKeyword):
                operands.append(token)
                continue
            total += 1
            name = next((str(o.name) for o in reversed(operands) if isinstance(o, PSLiteral)), "")
            match token.name:
                case b"q":
                    states.append((paint, mask, glyph))
                case b"Q" if states:
                    paint, mask, glyph = states.pop()
                case b"Do":
                    total += self._form(resources, name) + mask
                case b"gs":
                    mask = self._mask(resources, name)
                case b"scn" | b"SCN":
                    paint = self._pattern(resources, name)
                case b"Tf":
                    glyph = self._glyphs(resources, name)
                case operator if operator in _PAINTS:
                    total += paint + mask
                case operator if operator in _TEXT:
                    total += paint + mask + _letters(operands) * glyph
                case operator if operator in _COLOURS:
                    paint = 0.0
            operands.clear()
        return total

    def _form(self, resources: Resources, name: str) -> float:
        found = resolve1(dictionary(resources.get("XObject")).get(name))
        if not isinstance(found, PDFStream) or name_of(found.get("Subtype")) != "Form":
            return 1.0
        return _SHOWN + self._stream(found, resources)

    def _pattern(self, resources: Resources, name: str) -> float:
        found = resolve1(dictionary(resources.get("Pattern")).get(name))
        return _SHOWN + self._stream(found, resources) if isinstance(found, PDFStream) else 0.0

    def _mask(self, resources: Resources, name: str) -> float:
        state = dictionary(dictionary(resources.get("ExtGState")).get(name))
        found = resolve1(dictionary(state.get("SMask")).get("G"))
        return _SHOWN + self._stream(found, resources) if isinstance(found, PDFStream) else 0.0

    def _glyphs(self, resources: Resources, name: str) -> float:
        """What the dearest glyph of a font takes that draws its glyphs by streams (Type3); other fonts take nothing."""
        font = dictionary(dictionary(resources.get("Font")).get(name))
        if name_of(font.get("Subtype")) != "Type3":
            return 0.0
        own = dictionary(font.get("Resources")) or resources
        drawn = (resolve1(glyph) for glyph in dictionary(font.get("CharProcs")).values())
        return max((self._stream(glyph, own) for glyph in drawn if isinstance(glyph, PDFStream)), default=0.0)


def _appearances(annotation: Any) -> Iterator[PDFStream]:
    """The streams of which a viewer may draw one over the page."""
    normal = resolve1(dictionary(dictionary(annotation).get("AP")).get("N"))
    states = [resolve1(state) for state in normal.values()] if isinstance(normal, dict) else [normal]
    return (state for state in states if isinstance(state, PDFStream))


def _letters(operands: list[Any]) -> int:
    """How many codes of one byte the operands of a text operator show."""
    parts = [part for one in operands for part in (one if isinstance(one, list) else (one,))]
    return sum(len(part) for part in parts if isinstance(part, bytes))
