"""A copy of a document as a PDF whose text can be searched and copied as `repair` reads it; the input is not touched.

Scanned pages get the repaired text as an invisible layer over their untouched images; fonts with broken maps get their
ToUnicode maps mended. This package is the home of pikepdf's writing side.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from pipeline.config import Config
from pipeline.document import ExtractedDocument, RepairedDocument
from pipeline.errors import BrokenPdf, ChangedWhileRead, EncryptedPdf, OutputNotWritable, SettingsError, UnsupportedFile
from pipeline.searchable import layer, maps, pictures, signature
from pipeline.searchable.lines import Placed, placed_lines
from pipeline.write import replace_file

__all__ = ["Summary", "write_pdf"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was done to the copy; ``notes`` say what could not be."""

    pages: int
    layered: int
    """Pages that got an invisible layer."""
    fonts: int
    """Fonts whose ToUnicode map was mended."""
    codes: int
    """Codes that have another letter now."""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = (
            f"{self.pages} pages: {self.layered} with a new invisible layer; "
            f"{self.codes} codes of {self.fonts} fonts mended"
        )
        return "\n".join([text, *self.notes])


def write_pdf(path: Path, out: Path, config: Config | None = None) -> Summary:
    """Write the searchable copy of a PDF or an image file.

    Args:
        path: the document; opened for reading only.
        out: where the copy goes; anything else that lies there is replaced.
        config: settings; the defaults without.

    Raises:
        DocumentError: the document cannot be read, or is plain text.
        SettingsError: `out` is the input itself, or cannot be written.
    """
    from pipeline.extract import extract
    from pipeline.repair import repair

    config = config or Config()
    if out.exists() and (out.is_dir() or (path.exists() and out.samefile(path))):
        raise SettingsError(f"{out}: is a folder or the input itself; the original is never written over")
    extracted = extract(path, path.name, config)
    if extracted.source.media_type == "text/plain":
        raise UnsupportedFile(f"{path.name}: plain text has no pages to copy")
    data = _same_bytes(path, extracted)
    repaired = repair(extracted, config.repair)
    if extracted.source.media_type == "application/pdf":
        bytes_out, summary = _from_pdf(data, extracted, repaired)
    else:
        bytes_out, summary = _from_image(data, extracted, repaired, config)
    try:
        replace_file(out, bytes_out)
    except OSError as error:
        raise OutputNotWritable(f"{out}: {error.strerror or error}") from error
    return summary


def _same_bytes(path: Path, extracted: ExtractedDocument) -> bytes:
    import hashlib

    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != extracted.source.sha256:
        raise ChangedWhileRead(f"{path.name}: the file changed while it was read")
    return data


def _from_pdf(data: bytes, extracted: ExtractedDocument, repaired: RepairedDocument) -> tuple[bytes, Summary]:
    name = extracted.source.path
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError as error:
        raise EncryptedPdf(f"{name}: a password is needed") from error
    except pikepdf.PdfError as error:
        raise BrokenPdf(f"{name}: {error}") from error
    with pdf:
        notes = []
        if signature.is_signed(pdf):
            notes.append("the document is signed: the original keeps its signature, this copy's is no longer valid")
        if pdf.is_encrypted:
            notes.append("the original is encrypted, the copy is not")
        lines = placed_lines(extracted, repaired)
        layered = _layers(pdf, extracted, lines, notes)
        embedded = [line for line in lines if line.page not in layered and line.cells]
        mended = maps.mend(pdf, extracted.fonts, embedded)
        notes += mended.notes
        return _saved(pdf), Summary(len(extracted.pages), len(layered), mended.fonts, mended.codes, tuple(notes))


def _layers(pdf: pikepdf.Pdf, extracted: ExtractedDocument, lines: list[Placed], notes: list[str]) -> set[int]:
    """Write the invisible layers; gives the pages whose whole text is a new layer."""
    if len(pdf.pages) != len(extracted.pages):
        notes.append("the page tree is broken: no layer was written")
        return set()
    font = layer.BlankFont(pdf, "".join(line.text for line in lines))
    whole: set[int] = set()
    for page, target in zip(extracted.pages, pdf.pages, strict=True):
        here = [line for line in lines if line.page == page.number]
        read = [line for line in here if not line.cells]
        if page.method != "ocr" and not read:
            changed = any(line.text != line.raw for line in here)
            if page.reason != "ocr-layer-kept" or not changed or layer.visible_text(target):
                continue
            read = here
        if page.method == "ocr" or len(read) == len(here):
            whole.add(page.number)
            layer.strip_invisible(pdf, target)
            if page.set_aside and layer.visible_text(target):
                notes.append(f"page {page.number}: its old text is drawn visibly and was left as it is")
        if read:
            layer.add(pdf, target, font, read, (page.width, page.height))
    font.finish()
    return whole


def _from_image(data: bytes, extracted: ExtractedDocument, repaired: RepairedDocument,
                config: Config) -> tuple[bytes, Summary]:  # fmt: skip
    lines = placed_lines(extracted, repaired)
    with pikepdf.new() as pdf:
        font = layer.BlankFont(pdf, "".join(line.text for line in lines))
        for page in pictures.pages(pdf, data, extracted.pages, config.ocr):
            number = len(pdf.pages) + 1
            size = (extracted.pages[number - 1].width, extracted.pages[number - 1].height)
            pdf.pages.append(page)
            here = [line for line in lines if line.page == number]
            if here:
                layer.add(pdf, pdf.pages[-1], font, here, size)
        font.finish()
        return _saved(pdf), Summary(len(extracted.pages), len({line.page for line in lines}), 0, 0)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    """The bytes of the copy: streams as they were, an identifier from the content, no clock."""
    out = io.BytesIO()
    pdf.save(
        out,
        deterministic_id=True,
        encryption=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return out.getvalue()
