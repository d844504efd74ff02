"""What a viewer draws over a page's own content: signature fields, form fields, stamps and typed notes.

Offices that sign electronically type a letter's number and day into its blanks as signature fields, so that the
letters of the number stand in an annotation's appearance and nowhere in the page (met in five of nine real letters).
"""

from typing import Any

from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.utils import MATRIX_IDENTITY, Matrix, apply_matrix_rect, mult_matrix

from pipeline.document import InsertSource
from pipeline.extract.device import Device, Overlay, RawPage
from pipeline.extract.objects import name_of

_HIDDEN = 0x02 | 0x20
"""The flags Hidden and NoView (ISO 32000-1, table 165)."""
_DEEPEST = 16
"""Steps up a tree of fields, few enough for one that bites its tail."""
_MOST = 500
"""Annotations of a page that are looked at."""


def read(page: Any, interpreter: PDFPageInterpreter, device: Device) -> list[Overlay]:
    """The overlays of a page that `interpreter` has just read; one that cannot be read is left out."""
    annotations = resolve1(page.annots)
    if not isinstance(annotations, list):
        return []
    own, found = device.page, []
    for reference in annotations[:_MOST]:
        drawn = _appearance(resolve1(reference))
        if drawn is None:
            continue
        source, stream, matrix = drawn
        device.page = RawPage(own.number, own.width, own.height)
        try:
            resources = resolve1(stream.get("Resources")) or {}
            interpreter.render_contents(resources, [stream], ctm=mult_matrix(matrix, device.origin))
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception:
            continue
        finally:
            drawn_page, device.page = device.page, own
            own.drawable = own.drawable and drawn_page.drawable
        if drawn_page.marks or drawn_page.images:
            found.append(Overlay(source, drawn_page))
    return found


def _appearance(annotation: Any) -> tuple[InsertSource, PDFStream, Matrix] | None:
    """The source, normal appearance, and matrix to the page, of an annotation that shows letters of its own."""
    if not isinstance(annotation, dict) or "AP" not in annotation:
        return None
    try:
        source = _source(annotation)
        if source is None or int(resolve1(annotation.get("F", 0))) & _HIDDEN:
            return None
        stream = resolve1(resolve1(annotation["AP"])["N"])
        if not isinstance(stream, PDFStream):
            return None
        rect, box = (_rectangle(value) for value in (annotation["Rect"], stream["BBox"]))
        matrix = tuple(float(resolve1(v)) for v in resolve1(stream.get("Matrix", MATRIX_IDENTITY)))
        shown = apply_matrix_rect(matrix, box)
        wide, high = shown[2] - shown[0], shown[3] - shown[1]
        if wide <= 0 or high <= 0 or len(matrix) != 6:
            return None
        a, d = (rect[2] - rect[0]) / wide, (rect[3] - rect[1]) / high
        place = (a, 0.0, 0.0, d, rect[0] - a * shown[0], rect[1] - d * shown[1])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return source, stream, mult_matrix(matrix, place)


def _source(annotation: dict[str, Any]) -> InsertSource | None:
    """What kind of overlay an annotation is; None for links, marks over text, buttons and the like."""
    kind = name_of(annotation.get("Subtype"))
    if kind == "FreeText":
        return InsertSource.NOTE
    if kind == "Stamp":
        return InsertSource.STAMP
    if kind != "Widget":
        return None
    holder: Any = annotation
    for _ in range(_DEEPEST):
        if "FT" in holder or not isinstance(parent := resolve1(holder.get("Parent")), dict):
            break
        holder = parent
    field = name_of(holder.get("FT"))
    return {"Sig": InsertSource.SIGNATURE, "Tx": InsertSource.FIELD, "Ch": InsertSource.FIELD}.get(field)


def _rectangle(value: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(resolve1(v)) for v in resolve1(value))
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
