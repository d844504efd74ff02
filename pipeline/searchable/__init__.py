"""A copy of a document as a PDF whose text can be searched and copied as `repair` reads it; the input is not touched.

Scanned pages get the repaired text as an invisible layer over their untouched images; fonts with broken maps get their
ToUnicode maps mended; born-digital pages that no map can mend get such a layer too, and fonts that copy as blanks.
This package is the home of pikepdf's writing side.
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from pipeline.config import Config
from pipeline.document import ExtractedDocument, RepairedDocument
from pipeline.errors import BrokenPdf, ChangedWhileRead, EncryptedPdf, OutputNotWritable, SettingsError, UnsupportedFile
from pipeline.searchable import content, copies, layer, maps, pictures, signature
from pipeline.searchable.lines import Placed, placed_lines
from pipeline.searchable.twins import Twins
from pipeline.write import replace_file

__all__ = ["Summary", "write_pdf"]

_REPAIRED, _HEALTHY = 0.995, 0.9
"""The share of a page's syllables that PDFium must copy right where the page was repaired, and where it was not."""


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
        layered: set[int] = set()
        font = layer.BlankFont(pdf, "".join(line.text + line.raw for line in lines))
        whole = len(pdf.pages) == len(extracted.pages)
        if whole:
            layered = _layers(pdf, extracted, lines, font, notes)
        else:
            notes.append("the page tree is broken: no layer was written")
        embedded = [line for line in lines if line.page not in layered and line.cells]
        mended = maps.mend(pdf, extracted.fonts, embedded)
        notes += mended.notes
        if whole:
            layered |= _relaid(pdf, extracted, repaired, lines, font, layered, notes)
        font.finish()
        return _saved(pdf), Summary(len(extracted.pages), len(layered), mended.fonts, mended.codes, tuple(notes))


def _layers(
    pdf: pikepdf.Pdf, extracted: ExtractedDocument, lines: list[Placed], font: layer.BlankFont, notes: list[str]
) -> set[int]:
    """Write the invisible layers of what OCR read; gives the pages whose whole text is a new layer."""
    whole: set[int] = set()
    for page, target in zip(extracted.pages, pdf.pages, strict=True):
        here = [line for line in lines if line.page == page.number]
        read = [words for line in here if (words := list(line.read_words()))]
        anew = page.method == "ocr" or all(not line.cells for line in here)
        if page.method != "ocr" and not read:
            changed = any(line.text != line.raw for line in here)
            if page.reason != "ocr-layer-kept" or not changed or content.visible_text(target):
                continue
            anew = True
        if anew:
            read = [list(line.words()) for line in here]
            whole.add(page.number)
            content.strip_invisible(pdf, target)
            if page.set_aside and content.visible_text(target):
                notes.append(f"page {page.number}: its old text is drawn visibly and was left as it is")
        if read:
            layer.add(pdf, target, font, read, (page.width, page.height))
    return whole


def _relaid(
    pdf: pikepdf.Pdf,
    extracted: ExtractedDocument,
    repaired: RepairedDocument,
    lines: list[Placed],
    font: layer.BlankFont,
    layered: set[int],
    notes: list[str],
) -> set[int]:
    """Lay the text anew over pages from which another reader still copies otherwise; gives their numbers.

    What the mended maps bring is asked of PDFium itself. A page that was repaired must copy as repaired; a healthy
    page is left alone unless its words cannot be found at all (letters set wide apart, or struck twice).
    """
    twins = None
    relaid: set[int] = set()
    read = copies.read(_saved(pdf), extracted.pages)
    for index, (page, target) in enumerate(zip(extracted.pages, pdf.pages, strict=True)):
        if page.number in layered or not read:
            continue
        copied = read[index]
        if copied is None:
            notes.append(f"page {page.number}: not safe to be opened by another program, so not compared")
            continue
        here = [line for line in lines if line.page == page.number]
        share = copies.share(copied, copies.wanted(page, repaired.pages[index], repaired))
        least = _REPAIRED if any(line.repairs for line in here) else _HEALTHY
        if share >= least:
            continue
        twins = twins or Twins(pdf, extracted.fonts.values())
        if twins.silence(target):
            layer.add(pdf, target, font, [list(line.words()) for line in here], (page.width, page.height))
            relaid.add(page.number)
        else:
            notes.append(f"page {page.number}: {1 - share:.1%} of its text still copies otherwise than repaired")
    return relaid


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
                layer.add(pdf, pdf.pages[-1], font, [list(line.words()) for line in here], size)
        font.finish()
        return _saved(pdf), Summary(len(extracted.pages), len({line.page for line in lines}), 0, 0)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    """The bytes of the copy: streams as they were, an identifier from the content, no clock."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)  # fields that the original's form does not list
        pdf.save(
            out,
            deterministic_id=True,
            encryption=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return out.getvalue()
