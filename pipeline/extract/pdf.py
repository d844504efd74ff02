"""PDF files: opened by pdfplumber, rebuilt by pikepdf where they are broken, read page by page.

This is the one home of pdfplumber and pikepdf; pdfminer, which pdfplumber brings, also lives in `device`, `fonts`.
"""

import io
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import pdfplumber
import pikepdf
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdftypes import resolve1
from pdfplumber.utils.exceptions import PdfminerException

from pipeline.document import Font
from pipeline.errors import BrokenPdf, EncryptedPdf, NoPages, TooManyPages
from pipeline.extract import fonts, overlays
from pipeline.extract.device import Device, Interpreter, RawPage, Resources


class PdfFile:
    """An open PDF: its pages one by one, and the fonts that the pages read so far have used.

    Args:
        data: the bytes of the file.
        name: how messages name the file.
        most_pages: more pages than this are refused.
    """

    def __init__(self, data: bytes, name: str, most_pages: int) -> None:
        self._name = name
        self.data = data
        self._open(data)
        count = self._declared_count()
        if count > most_pages:
            raise TooManyPages(f"{name}: {count} pages, {most_pages} allowed")
        pages = self._page_list()
        if not pages:
            self._open(self._rewritten())
            pages = self._page_list()
        if not pages:
            raise NoPages(f"{name}: no pages")
        if len(pages) > most_pages:
            raise TooManyPages(f"{name}: {len(pages)} pages, {most_pages} allowed")
        self._pages = pages
        self.page_count = len(pages)
        self._resources = Resources()
        self._device = Device(self._resources)
        self._faces: dict[str, tuple[bool, bool]] = {}

    def _open(self, data: bytes) -> None:
        try:
            self._pdf = pdfplumber.open(io.BytesIO(data))
        except PdfminerException as error:
            if data is not self.data:
                raise BrokenPdf(f"{self._name}: {_reason(error)}") from error
            if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
                raise EncryptedPdf(f"{self._name}: a password is needed") from error
            self._open(self._rewritten())
        except Exception as error:
            if data is not self.data:
                raise BrokenPdf(f"{self._name}: {_reason(error)}") from error
            self._open(self._rewritten())

    def _rewritten(self) -> bytes:
        """The bytes as qpdf rebuilds them, without encryption."""
        try:
            with pikepdf.open(io.BytesIO(self.data)) as pdf:
                out = io.BytesIO()
                pdf.save(out)
        except pikepdf.PasswordError as error:
            raise EncryptedPdf(f"{self._name}: a password is needed") from error
        except Exception as error:
            raise BrokenPdf(f"{self._name}: {_reason(error)}") from error
        self.data = out.getvalue()
        return self.data

    def _declared_count(self) -> int:
        try:
            count = resolve1(resolve1(self._pdf.doc.catalog["Pages"])["Count"])
        except Exception:
            return 0
        return count if isinstance(count, int) else 0

    def _page_list(self) -> list[Any]:
        try:
            return list(self._pdf.pages)
        except RecursionError as error:
            raise BrokenPdf(f"{self._name}: the page tree has no end") from error
        except Exception:
            return []

    def pages(self) -> Iterator[RawPage]:
        """Every page in order; each is forgotten by the reader when the next is asked for."""
        for number, page in enumerate(self._pages, start=1):
            raw = RawPage(number, float(page.width), float(page.height))
            self._device.page = raw
            interpreter = Interpreter(self._resources, self._device)
            try:
                interpreter.process_page(page.page_obj)
            except (MemoryError, KeyboardInterrupt):
                raise
            except Exception:
                raw.broken = True
            if page.page_obj.annots:
                raw.overlays = overlays.read(page.page_obj, interpreter, self._device)
            page.close()
            yield raw

    def fonts(self) -> dict[str, Font]:
        """The fonts that showed a glyph on the pages read so far, by key."""
        found = {}
        for use in self._device.uses.values():
            key, spec, font = self._resources.specs[id(use.font)]
            if use.codes:
                found[key] = fonts.read(key, spec, font, use.codes)
        return dict(sorted(found.items()))

    def faces(self) -> dict[str, tuple[bool, bool]]:
        """(bold, italic) of the fonts used so far, by key."""
        for use in self._device.uses.values():
            if use.key not in self._faces:
                self._faces[use.key] = fonts.face(self._resources.specs[id(use.font)][1], use.font)
        return self._faces

    def attachments(self) -> tuple[str, ...]:
        """Names of the attached files, sorted."""
        try:
            if "EmbeddedFiles" not in (resolve1(self._pdf.doc.catalog.get("Names")) or {}):
                return ()
            with pikepdf.open(io.BytesIO(self.data)) as pdf:
                return tuple(sorted(pdf.attachments))
        except Exception:
            return ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pdf.close()


def _reason(error: BaseException) -> str:
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
    return f"{type(inner).__name__}: {inner}".splitlines()[0][:200]
