"""The pdfminer device that takes the glyphs, images and rules of a page, with the codes that only it sees."""

import functools
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pdfminer.pdfdevice import PDFDevice
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdftypes import PDFStream, resolve1, stream_value
from pdfminer.psexceptions import PSEOF
from pdfminer.psparser import PSKeyword
from pdfminer.utils import MATRIX_IDENTITY, Matrix, apply_matrix_rect, mult_matrix

from pipeline.document import Box, Glyph, InsertSource
from pipeline.extract import fonts, objects
from pipeline.extract.showing import Showing

_MOST_RULES = 20_000
_MOST_IMAGES = 20_000
_MOST_OPERATORS = 5_000_000
_MOST_GLYPHS = 500_000
_FORM = 100
"""What one page may hold, a form counted like a hundred operators: drawings of town plans have a million of them,
a page of a newspaper 30,000 letters."""
_THIN = 3.0


class Mark(NamedTuple):
    """A glyph with its place along the writing direction: ``start``, ``end`` and ``base`` grow right and down."""

    start: float
    end: float
    base: float
    glyph: Glyph


@dataclass(slots=True)
class RawPage:
    """What one page shows. Marks are kept by writing angle (degrees, counter-clockwise, 0 upright)."""

    number: int
    width: float
    height: float
    marks: dict[int, list[Mark]] = field(default_factory=dict)
    hidden: int = 0
    """Glyphs drawn invisibly (text render mode 3): an OCR layer."""
    images: list[Box] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    """Straight lines and edges, as boxes with one side of almost nothing."""
    curves: int = 0
    broken: bool = False
    """The content could not be read to its end."""
    endless: bool = False
    """Reading was given up: it holds too much, or leads on and on."""
    drawable: bool = True
    """PDFium may draw it. A form or pattern that shows itself twice takes all of its memory."""
    operators: int = 0
    overlays: list["Overlay"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What an annotation shows over its page: the marks and images of a signature field, form field, stamp or note."""

    source: InsertSource
    page: RawPage


class Resources(PDFResourceManager):  # type: ignore[misc]
    """Keeps the key and the specification of each font object; a broken font becomes an empty one."""

    def __init__(self) -> None:
        super().__init__()
        self.specs: dict[int, tuple[str, Any, PDFFont]] = {}
        self._direct: dict[str, PDFFont] = {}

    def get_font(self, objid: object, spec: Any) -> PDFFont:
        """The font of a resource, remembered with its key."""
        key = str(objid) if objid else fonts.direct_key(spec)
        font = self._cached_fonts.get(objid) if objid else self._direct.get(key)
        if font is None:
            try:
                font = self._made(objid, spec)
            except Exception:
                logging.getLogger(__name__).debug("broken font %s", objid)
                font = super().get_font(None, {})
        if objid:
            self._cached_fonts[objid] = font
        else:
            self._direct[key] = font
        if objid or id(font) not in self.specs:
            self.specs[id(font)] = (key, spec, font)
        return font

    def _made(self, objid: object, spec: Any) -> PDFFont:
        """A font whose map and widths were read within bounds; pdfminer spells out every range it is told."""
        bounded = dict(spec)
        for name, group in (("W", 3), ("W2", 5)):
            if name in spec:
                bounded[name] = objects.bounded(resolve1(spec[name]), group)
        stream = resolve1(spec.get("ToUnicode"))
        mapped = isinstance(stream, PDFStream) and "DescendantFonts" not in spec
        if mapped:
            bounded["ToUnicode"] = PDFStream({}, b"")
        font = super().get_font(None if mapped else objid, bounded)
        if mapped:
            font.unicode_map = objects.unicode_map(stream.get_data())
        return font


class Interpreter(PDFPageInterpreter):  # type: ignore[misc]
    """Carries out the contents of a page, within bounds and without copying the graphic state for every string."""

    def init_resources(self, resources: Any) -> None:
        """Prepare fonts and forms, and see whether what the content can name is fit to be drawn."""
        super().init_resources(resources)
        page = self.device.page
        page.drawable = page.drawable and self.device.showing.is_bearable(resources)

    def execute(self, streams: Sequence[object]) -> None:
        """Carry out every operator of the streams; a form that is being drawn already is left out.

        Raises:
            objects.TooMuch: the page has more operators than a page may have.
        """
        page, stack = self.device.page, self.argstack
        found = [stream for stream in map(stream_value, streams) if stream.objid not in self.parent_stream_ids]
        page.drawable = page.drawable and len(found) == len(streams)
        page.operators += _FORM
        if not found:
            return
        self.stream_ids = {stream.objid for stream in found if stream.objid is not None}
        content = objects.Content(found)
        while True:
            try:
                _, token = content.nextobject()
            except PSEOF:
                return
            if not isinstance(token, PSKeyword):
                stack.append(token)
                continue
            page.operators += 1
            if page.operators > _MOST_OPERATORS:
                raise objects.TooMuch
            method, wanted = _method(token.name)
            if method is not None and len(stack) >= wanted:
                operands = stack[len(stack) - wanted :]
                method(self, *operands)
                stack = self.argstack
            stack.clear()

    def do_TJ(self, seq: Any) -> None:  # noqa: N802 - the name of the PDF operator
        """Show the strings of ``seq``."""
        if self.textstate.font is not None:
            self.device.render_string(self.textstate, seq, self.graphicstate.ncs, self.graphicstate)


@functools.lru_cache(maxsize=512)
def _method(operator: bytes) -> tuple[Callable[..., None] | None, int]:
    """What carries out an operator, and how many operands it takes from the stack."""
    name = operator.decode("latin-1").replace("*", "_a").replace('"', "_w").replace("'", "_q")
    method = getattr(Interpreter, f"do_{name}", None)
    return method, method.__code__.co_argcount - 1 if method else 0


class _FontUse:
    """What the device needs of a font at every glyph, looked up once."""

    __slots__ = ("codes", "decode", "descent", "font", "height", "key", "multibyte", "vertical")

    def __init__(self, key: str, font: PDFFont) -> None:
        self.key = key
        self.font = font
        self.codes: dict[int, tuple[str, float]] = {}
        self.decode = font.decode
        self.multibyte = font.is_multibyte()
        self.vertical = font.is_vertical()
        self.descent = font.get_descent()
        self.height = 1.0
        if type(font).__name__ == "PDFType3Font":
            self.height = abs(font.get_height()) or 1.0

    def look_up(self, code: int) -> tuple[str, float]:
        """The text the PDF claims for a code ("" for none) and its advance in ems."""
        try:
            text = self.font.to_unichr(code)
        except (PDFUnicodeNotDefined, KeyError, ValueError):
            text = ""
        try:
            width = float(self.font.char_width(code))
        except (TypeError, ValueError, KeyError):
            width = 0.5
        self.codes[code] = found = (text, width)
        return found


class Device(PDFDevice):  # type: ignore[misc]
    """Collects the glyphs, images and rules of one page after the other."""

    def __init__(self, resources: Resources) -> None:
        super().__init__(resources)
        self.resources = resources
        self.uses: dict[int, _FontUse] = {}
        self.showing = Showing()
        self.page = RawPage(0, 0.0, 0.0)
        self.origin: Matrix = MATRIX_IDENTITY
        """From the space of the page's content to that of `ctm`."""
        self._left = self._top = 0.0
        self._stack: list[Any] = []
        self._shown = 0

    def begin_page(self, page: Any, ctm: Any) -> None:
        """Take the size of the page as a viewer shows it: crop box, turned."""
        self.origin = ctm
        media = apply_matrix_rect(ctm, page.mediabox)
        crop = apply_matrix_rect(ctm, page.cropbox or page.mediabox)
        x0, y0 = max(media[0], crop[0]), max(media[1], crop[1])
        x1, y1 = min(media[2], crop[2]), min(media[3], crop[3])
        if x1 - x0 < 1 or y1 - y0 < 1:
            x0, y0, x1, y1 = media
        self._left, self._top = x0, y1
        self._stack.clear()
        self._shown = 0
        self.page.width, self.page.height = round(x1 - x0, 3), round(y1 - y0, 3)

    def begin_figure(self, name: str, bbox: Any, matrix: Any) -> None:
        """Keep the matrix, which pdfminer does not restore after a form."""
        self._stack.append(self.ctm)

    def end_figure(self, name: str) -> None:
        """Restore the matrix."""
        self.ctm = self._stack.pop()

    def render_image(self, name: str, stream: Any) -> None:
        """Keep where an image lies."""
        if len(self.page.images) >= _MOST_IMAGES:
            raise objects.TooMuch
        self.page.images.append(self._box(apply_matrix_rect(self.ctm, (0, 0, 1, 1))))

    def _box(self, rect: Any) -> Box:
        x0, y0, x1, y1 = rect
        return (x0 - self._left, self._top - y1, x1 - self._left, self._top - y0)

    def paint_path(self, gstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]) -> None:
        """Keep straight lines and frames, count what is curved."""
        page = self.page
        if len(page.rules) > _MOST_RULES or not (stroke or fill):
            return
        a, b, c, d, e, f = self.ctm
        e, f = e - self._left, self._top - f
        points: list[tuple[float, float]] = []
        curved = False
        for step in (*path, ("m", 0.0, 0.0)):
            operator = step[0]
            if operator == "m":
                if curved or len(points) > 6:
                    page.curves += 1
                elif len(points) > 1:
                    self._rule(points, stroke)
                points, curved = [], False
            if operator in "ml":
                x, y = step[1], step[2]
                points.append((a * x + c * y + e, f - b * x - d * y))
            elif operator != "h":
                curved = True

    def _rule(self, points: list[tuple[float, float]], stroke: bool) -> None:
        x0, x1 = min(p[0] for p in points), max(p[0] for p in points)
        top, bottom = min(p[1] for p in points), max(p[1] for p in points)
        rules = self.page.rules
        if x1 - x0 <= _THIN or bottom - top <= _THIN:
            rules.append((x0, top, x1, bottom))
        elif len(points) == 2:
            self.page.curves += 1
        elif stroke:
            rules += [(x0, top, x1, top), (x0, bottom, x1, bottom), (x0, top, x0, bottom), (x1, top, x1, bottom)]

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        """Keep every glyph that a string shows, and move the pen."""
        font = textstate.font
        use = self.uses.get(id(font))
        if use is None:
            self.uses[id(font)] = use = _FontUse(self.resources.specs[id(font)][0], font)
        a, b, c, d, e, f = mult_matrix(textstate.matrix, self.ctm)
        size = textstate.fontsize
        scaling = textstate.scaling * 0.01
        charspace = textstate.charspace * scaling
        wordspace = 0 if use.multibyte else textstate.wordspace * scaling
        step = -0.001 * size * (1.0 if use.vertical else scaling)
        low = use.descent * size + textstate.rise
        high = low + size * use.height
        turned = use.vertical or b != 0 or c != 0 or a * size < 0 or d * size < 0
        angle, sine, cosine = 0, 0.0, 1.0
        if turned and not use.vertical:
            angle = round(math.degrees(math.atan2(b * size, a * size))) % 360
            nearest = round(angle / 90) * 90
            angle = nearest % 360 if abs(angle - nearest) <= 5 else angle
            sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        marks = self.page.marks.setdefault(angle, [])
        left, top, width, height = self._left, self._top, self.page.width, self.page.height
        key, codes, look_up = use.key, use.codes, use.look_up
        shown = size * math.hypot(c, d) * use.height if turned else size * d * use.height
        shown = round(abs(shown), 3)
        advance = size * scaling
        count = 0
        x, y = textstate.linematrix
        spaced = False
        for piece in seq:
            if not isinstance(piece, bytes):
                if isinstance(piece, (int, float)):
                    if use.vertical:
                        y += piece * step
                    else:
                        x += piece * step
                    spaced = True
                continue
            for code in use.decode(piece):
                if spaced:
                    x, y = (x, y + charspace) if use.vertical else (x + charspace, y)
                found = codes.get(code)
                if found is None:
                    found = look_up(code)
                text, em = found
                if turned:
                    box, start, end, base, dx, dy = self._turned(
                        (a, b, c, d, e, f), (x, y), (low, high, em * advance, size), (sine, cosine), use.vertical
                    )
                    x, y = x + dx, y + dy
                    if -2 < (box[0] + box[2]) / 2 < width + 2 and -2 < (box[1] + box[3]) / 2 < height + 2:
                        marks.append(Mark(start, end, base, Glyph(key, code, text, box, shown)))
                        count += 1
                else:
                    forward = em * advance
                    start = a * x + e - left
                    end = start + a * forward
                    base = top - d * y - f
                    if -2 < start < width + 2 and -2 < base < height + 2:
                        if end < start:
                            start, end = end, start
                        box = (start, base - d * high, end, base - d * low)
                        marks.append(Mark(start, end, base, Glyph(key, code, text, box, shown)))
                        count += 1
                    x += forward
                if code == 32 and wordspace:
                    x += wordspace
                spaced = True
        textstate.linematrix = (x, y)
        self._shown += count
        if self._shown > _MOST_GLYPHS:
            raise objects.TooMuch
        if textstate.render == 3:
            self.page.hidden += count

    def _turned(
        self,
        matrix: Any,
        at: tuple[float, float],
        metrics: tuple[float, ...],
        turn: tuple[float, float],
        vertical: bool,
    ) -> tuple[Box, float, float, float, float, float]:
        """Box, start, end and base of a glyph that is not upright, and how far the pen moves."""
        a, b, c, d, e, f = matrix
        x, y = at
        low, high, forward, size = metrics
        sine, cosine = turn
        moved = (a, b, c, d, a * x + c * y + e, b * x + d * y + f)
        if vertical:
            box = self._box(apply_matrix_rect(moved, (-size / 2, min(0.0, forward), size / 2, 0.0)))
            return box, box[0], box[2], box[3], 0.0, forward
        box = self._box(apply_matrix_rect(moved, (min(0.0, forward), low, max(0.0, forward), high)))
        ox, oy = moved[4] - self._left, self._top - moved[5]
        ex, ey = ox + a * forward, oy - b * forward
        start, end = ox * cosine - oy * sine, ex * cosine - ey * sine
        return box, min(start, end), max(start, end), ox * sine + oy * cosine, forward, 0.0
