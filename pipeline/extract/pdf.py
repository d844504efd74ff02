"""PDF files: opened by pdfminer, rebuilt by pikepdf where they are broken, read page by page."""

import io
import itertools
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import pikepdf
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdftypes import PDFStream, dict_value, resolve1

from pipeline.document import Font
from pipeline.errors import BrokenPdf, EncryptedPdf, NoPages, PipelineError, TooManyPages
from pipeline.extract import fonts, objects, overlays
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
        self._most = most_pages
        self.data = data
        self._pages = self._opened()
        self.page_count = len(self._pages)
        self._resources = Resources()
        self._device = Device(self._resources)
        self._faces: dict[str, tuple[bool, bool]] = {}

    def _opened(self) -> list[Any]:
        """The pages of the file as it is; of what qpdf makes of it; of what pdfminer finds lying about in it."""
        given = self.data
        reason, locked = "no pages", False
        ways: tuple[tuple[Callable[[], bytes], bool], ...]
        ways = ((lambda: given, False), (self._rewritten, False), (lambda: given, True))
        for data, fallback in ways:
            try:
                with objects.within(objects.CPU_SECONDS):
                    self.data = data()
                    parser = objects.Parser(io.BytesIO(self.data))
                    self._document = objects.Document(parser, fallback=fallback)
                    pages = self._page_list()
            except (PipelineError, MemoryError):
                raise
            except PDFPasswordIncorrect as error:
                raise EncryptedPdf(f"{self._name}: a password is needed") from error
            except objects.TooLong:
                reason = "its structure leads on and on"
                continue
            except Exception as error:
                locked = locked or isinstance(error, PDFEncryptionError)
                reason = _reason(error)
                continue
            self._mended = fallback or data == self._rewritten
            if pages and (self._mended or not self._document.rings):
                return pages
        if locked:
            raise EncryptedPdf(f"{self._name}: {reason}")
        raise (NoPages if reason == "no pages" else BrokenPdf)(f"{self._name}: {reason}")

    def _rewritten(self) -> bytes:
        """The bytes as qpdf rebuilds them, without encryption."""
        try:
            with pikepdf.open(io.BytesIO(self.data)) as pdf:
                out = io.BytesIO()
                pdf.save(out)
        except pikepdf.PasswordError as error:
            raise EncryptedPdf(f"{self._name}: a password is needed") from error
        return out.getvalue()

    def _page_list(self) -> list[Any]:
        document = self._document
        count = resolve1(dict_value(document.catalog.get("Pages")).get("Count"))
        if isinstance(count, int) and count > self._most:
            raise TooManyPages(f"{self._name}: {count} pages, {self._most} allowed")
        pages = list(itertools.islice(objects.Page.create_pages(document), self._most + 1))
        if len(pages) > self._most:
            raise TooManyPages(f"{self._name}: more than {self._most} pages")
        return pages

    def pages(self) -> Iterator[RawPage]:
        """Every page in order; each is forgotten by the reader when the next is asked for."""
        document = self._document
        for number, page in enumerate(self._pages, start=1):
            x0, y0, x1, y1 = page.mediabox
            raw = RawPage(number, x1 - x0, y1 - y0)
            self._device.page = raw
            rings = document.rings
            interpreter = Interpreter(self._resources, self._device)
            try:
                with objects.within(objects.CPU_SECONDS):
                    whole = all(isinstance(resolve1(part), PDFStream) for part in page.contents)
                    raw.broken = not whole or (self._mended and not page.contents)
                    interpreter.process_page(page)
                    if page.annots:
                        raw.drawable = raw.drawable and self._device.showing.are_bearable(page.annots)
                        raw.overlays = overlays.read(page, interpreter, self._device)
            except (MemoryError, KeyboardInterrupt):
                raise
            except (objects.TooMuch, objects.TooLong):
                raw.endless, raw.drawable = True, False
            except Exception:
                raw.broken = True
            cut = any(getattr(resolve1(part), "cut", False) for part in page.contents)
            raw.broken = raw.broken or cut or document.rings > rings
            document.forget_streams()
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
            if "EmbeddedFiles" not in (resolve1(self._document.catalog.get("Names")) or {}):
                return ()
            with pikepdf.open(io.BytesIO(self.data)) as pdf:
                return tuple(sorted(pdf.attachments))
        except Exception:
            return ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pages.clear()


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
