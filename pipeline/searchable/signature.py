"""Whether a PDF is signed."""

from typing import Any

import pikepdf


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """Whether the PDF says that it is signed, or one of its fields holds a signature over a range of bytes."""
    try:
        form = pdf.Root.get("/AcroForm")
        if not isinstance(form, pikepdf.Dictionary):
            return False
        if int(form.get("/SigFlags", 0)) & 1:
            return True
        return any(_holds(field, 0) for field in form.get("/Fields", []))
    except (TypeError, ValueError, AttributeError, pikepdf.PdfError):
        return False


def _holds(field: Any, depth: int) -> bool:
    if depth > 8 or not isinstance(field, pikepdf.Dictionary):
        return False
    value = field.get("/V")
    if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value:
        return True
    return any(_holds(kid, depth + 1) for kid in field.get("/Kids", []))
