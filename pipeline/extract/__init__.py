"""Room 1, extract: from a raw file to pages of lines; nothing is corrected."""

import functools
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from pipeline.config import Config
from pipeline.document import (
    UNREADABLE_PAGE,
    UNSAFE_TO_DRAW,
    Box,
    ExtractedDocument,
    ExtractedPage,
    Line,
    Look,
    Method,
    RuledTable,
    Source,
)
from pipeline.errors import (
    ChangedWhileRead,
    EmptyFile,
    NotAPdf,
    TooManyPages,
    UnreadableFile,
    UnsupportedFile,
)
from pipeline.extract import choice, device, furniture, inserts, layout, pdf, plain, regions, tables

__all__ = ["extract", "look_again"]

_PDF = "application/pdf"
_TEXT = "text/plain"
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"II+\x00": "image/tiff",
    b"MM\x00+": "image/tiff",
}


def extract(path: Path, relative: str, config: Config) -> ExtractedDocument:
    """The pages of one raw file as they are: its text layer, or OCR where there is none to use.

    Args:
        path: the file.
        relative: its path under the raw folder, as the document names it.
        config: all settings.

    Raises:
        DocumentError: the file cannot be read; the subclass says why.
    """
    data = _read(path, relative)
    media_type = _media_type(data, relative)
    source = Source(relative, hashlib.sha256(data).hexdigest(), len(data), media_type, 0)
    if media_type == _PDF:
        return _from_pdf(data, source, config)
    if media_type == _TEXT:
        if data.count(b"\f") > config.limits.pages:
            raise TooManyPages(f"{relative}: more than {config.limits.pages} pages")
        pages = plain.read(data, relative)
        marked = furniture.mark_plain([page.lines for page in pages])
        return ExtractedDocument(
            replace(source, page_count=len(pages)),
            tuple(replace(page, lines=lines) for page, lines in zip(pages, marked, strict=True)),
        )
    return _from_images(data, source, config)


def look_again(document: ExtractedDocument, path: Path, config: Config) -> Look | None:
    """The `look` of a document that was extracted before from these bytes; it opens the file when it is asked."""
    sizes = {p.number: (p.width, p.height) for p in document.pages if UNSAFE_TO_DRAW not in p.flags}

    def look(number: int) -> tuple[str, tuple[tuple[str, Box], ...]] | None:
        data = _read(path, document.source.path)
        if hashlib.sha256(data).hexdigest() != document.source.sha256:
            raise ChangedWhileRead(f"{document.source.path}: the file changed while it was read")
        return choice.look(data, sizes, config.ocr, number)

    return look if document.source.media_type == _PDF else None


def _read(path: Path, relative: str) -> bytes:
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            data = file.read()
            after = os.fstat(file.fileno())
    except OSError as error:
        raise UnreadableFile(f"{relative}: {error.strerror or error}") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ChangedWhileRead(f"{relative}: the file changed while it was read")
    if not data:
        raise EmptyFile(f"{relative}: no bytes")
    return data


def _media_type(data: bytes, relative: str) -> str:
    """The kind of a file: by its first bytes, plain text by its name."""
    if b"%PDF" in data[:1024]:
        return _PDF
    for magic, media_type in _IMAGES.items():
        if data.startswith(magic):
            return media_type
    suffix = Path(relative).suffix.lower()
    if suffix == ".pdf":
        raise NotAPdf(f"{relative}: does not start like a PDF")
    if suffix == ".txt":
        return _TEXT
    raise UnsupportedFile(f"{relative}: neither PDF, PNG, JPEG, TIFF nor .txt")


def _from_pdf(data: bytes, source: Source, config: Config) -> ExtractedDocument:
    with pdf.PdfFile(data, source.path, config.limits.pages) as file:
        pages, drawable = [], {}
        for raw in file.pages():
            pages.append(_page(file, raw, config))
            if raw.drawable:
                drawable[raw.number] = (raw.width, raw.height)
        used, attachments = file.fonts(), file.attachments()
        count = file.page_count
    marked = furniture.mark([p.lines for p in pages], [p.height for p in pages], [p.tables for p in pages])
    return ExtractedDocument(
        replace(source, page_count=count),
        tuple(replace(page, lines=lines) for page, lines in zip(pages, marked, strict=True)),
        used,
        _engine(pages, config),
        attachments,
        look=functools.partial(choice.look, data, drawable, config.ocr),
    )


def _page(file: pdf.PdfFile, raw: device.RawPage, config: Config) -> ExtractedPage:
    ruled: list[RuledTable] = tables.find(raw.rules) if config.extract.tables else []
    lines = layout.lines(raw, file.faces(), ruled)
    chosen = choice.choose(raw, lines, config.ocr)
    typed = [inserts.Found(tuple(layout.lines(overlay.page, file.faces())), overlay.source) for overlay in raw.overlays]
    flags = () if raw.drawable else (UNSAFE_TO_DRAW,)
    page = ExtractedPage(
        raw.number, raw.width, raw.height, chosen.method, chosen.reason, (), tables=tuple(ruled), flags=flags
    )
    if chosen.method is Method.OCR:
        read = choice.read_page(file.data, raw, config.ocr, config.extract.tables)
        old = "\n".join(line.text for line in lines)
        if chosen.reason == "foreign-text-layer" and choice.worse(read.lines, lines):
            kept = inserts.merge(lines, typed) if typed else lines
            return replace(page, method=Method.EMBEDDED, reason="ocr-layer-kept", lines=tuple(kept))
        stamped = regions.stamped(raw, read.lines)
        found = regions.read(file.data, raw, stamped, config.ocr) if stamped else []
        merged = inserts.merge(read.lines, [*typed, *found])
        reason = UNREADABLE_PAGE if raw.broken and not merged else chosen.reason
        page = replace(page, reason=reason, lines=tuple(merged), ocr_confidence=read.confidence, tables=read.tables)
        return replace(page, set_aside=old or None)
    if chosen.reason == "text-layer" and raw.drawable and (places := regions.find(raw, lines)):
        found = regions.read(file.data, raw, places, config.ocr)
        if found:
            sure = round(fmean(word.confidence for item in found for line in item.lines for word in line.words), 4)
            page = replace(page, method=Method.MIXED, reason="text-in-image", ocr_confidence=sure)
            typed += found
    return replace(page, lines=tuple(inserts.merge(lines, typed) if typed else lines))


def _from_images(data: bytes, source: Source, config: Config) -> ExtractedDocument:
    pages = list(_image_pages(data, source, config))
    marked = furniture.mark([p.lines for p in pages], [p.height for p in pages], [p.tables for p in pages])
    pages = [replace(page, lines=lines) for page, lines in zip(pages, marked, strict=True)]
    return ExtractedDocument(replace(source, page_count=len(pages)), tuple(pages), engine=_engine(pages, config))


def _image_pages(data: bytes, source: Source, config: Config) -> Iterator[ExtractedPage]:
    from pipeline.extract import image, scan

    if image.has_page(data, config.limits.pages + 1):
        raise TooManyPages(f"{source.path}: more than {config.limits.pages} pages")
    for number, (picture, dpi) in enumerate(image.pages_of(data, config.ocr), start=1):
        width, height = (round(side * 72 / dpi, 2) for side in picture.size)
        scanned = scan.read_image(picture, width, height, config.ocr, config.extract.tables)
        lines: tuple[Line, ...] = tuple(scanned.lines)
        page = ExtractedPage(number, width, height, Method.OCR, "image-file", lines, scanned.confidence)
        yield replace(page, tables=scanned.tables)


def _engine(pages: list[ExtractedPage], config: Config) -> str | None:
    if all(page.method is Method.EMBEDDED for page in pages):
        return None
    from pipeline.extract import ocr

    return ocr.engine(config.ocr)
