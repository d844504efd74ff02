"""Pixels of a page: image files decoded with Pillow, PDF pages drawn with PDFium, both within a bound of pixels."""

import contextlib
import io
import math
import warnings
from collections.abc import Iterator, Sequence

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from pipeline.config import OcrConfig
from pipeline.document import Box
from pipeline.errors import BrokenImage, BrokenPdf, ImageTooLarge

_KINDS = ("PNG", "JPEG", "TIFF")
_A4_SHORT_INCHES = 8.27
_DPI_RANGE = (72.0, 1200.0)
_RENDER_RANGE = (150, 400)


def pages_of(data: bytes, config: OcrConfig) -> Iterator[tuple[Image.Image, float]]:
    """The pages of a PNG, JPEG or TIFF file with their resolution in dots per inch.

    Each page is upright as its EXIF orientation says, mode ``1``, ``L`` or ``RGB``, transparency on white.

    Raises:
        ImageTooLarge: a page has more than ``config.max_pixels`` pixels; checked before it is decoded.
        BrokenImage: the file or one of its pages cannot be decoded.
    """
    image = _opened(data)
    with _named_errors():
        for frame in ImageSequence.Iterator(image) if image.format == "TIFF" else (image,):
            _check_size(frame.size, config)
            yield _decoded(frame)


def has_page(data: bytes, number: int) -> bool:
    """Whether a PNG, JPEG or TIFF file has a page of this number (counted from 1); none is decoded.

    Raises:
        BrokenImage: the file or the list of its pages cannot be read.
    """
    image = _opened(data)
    with _named_errors():
        try:
            image.seek(number - 1)
        except EOFError:
            return False
    return True


def page_of(data: bytes, number: int, config: OcrConfig) -> Image.Image:
    """One page (counted from 1) of a PNG, JPEG or TIFF file, as `pages_of` gives it; the others are not decoded.

    Raises:
        ImageTooLarge: it has more than ``config.max_pixels`` pixels.
        BrokenImage: it is not there or cannot be decoded.
    """
    image = _opened(data)
    with _named_errors():
        image.seek(number - 1)
        _check_size(image.size, config)
        return _decoded(image)[0]


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data), formats=_KINDS)
    except Image.DecompressionBombError as error:
        raise ImageTooLarge(str(error)) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BrokenImage(f"not a readable image: {error}") from error


@contextlib.contextmanager
def _named_errors() -> Iterator[None]:
    """What Pillow raises while it decodes, as an error of ours."""
    try:
        yield
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError) as error:
        raise BrokenImage(f"image cannot be decoded: {error}") from error


class Pdf:
    """A PDF that PDFium holds open, to draw some of its pages.

    Whoever draws makes sure first that the page may be drawn (`RawPage.drawable`), or does it in a child with limits.

    Args:
        data: the bytes of the PDF.
        forms: draw form and signature fields too.

    Raises:
        BrokenPdf: PDFium cannot open the file.
    """

    def __init__(self, data: bytes, forms: bool = False) -> None:
        import pypdfium2

        self._errors = (pypdfium2.PdfiumError, IndexError, ValueError)
        try:
            self._document = pypdfium2.PdfDocument(data)
            if forms:
                self._document.init_forms()
        except self._errors as error:
            raise BrokenPdf(f"cannot be drawn: {error}") from error

    def render(self, page_index: int, dpi: int, config: OcrConfig, part: Box | None = None) -> Image.Image:
        """A page (counted from 0) drawn at `dpi`, clamped to 150-400 and lowered to stay in ``config.max_pixels``.

        The page is drawn as a viewer shows it, with its rotation and inside its crop box.

        Args:
            page_index: number of the page, from 0.
            dpi: dots per inch.
            config: the bound of pixels.
            part: draw this box of the page only.

        Raises:
            BrokenPdf: PDFium cannot open the page.
        """
        try:
            page = self._document[page_index]
            try:
                width, height = page.get_size()
                scale = bounded_dpi(width, height, dpi, config) / 72
                crop = (0.0, 0.0, 0.0, 0.0)
                if part is not None:
                    x0, top, x1, bottom = part
                    crop = (max(x0, 0.0), max(height - bottom, 0.0), max(width - x1, 0.0), max(top, 0.0))
                image: Image.Image = page.render(scale=scale, crop=crop).to_pil()
                return image.copy() if image.mode in ("1", "L", "RGB") else image.convert("RGB")
            finally:
                page.close()
        except self._errors as error:
            raise BrokenPdf(f"page {page_index + 1} cannot be drawn: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._document.close()


def render(
    data: bytes, page_index: int, dpi: int, config: OcrConfig, part: Box | None = None, forms: bool = False
) -> Image.Image:
    """One page of a PDF, as `Pdf.render` draws it.

    Raises:
        BrokenPdf: PDFium cannot open the file or the page.
    """
    with contextlib.closing(Pdf(data, forms)) as pdf:
        return pdf.render(page_index, dpi, config, part)


def copied_texts(data: bytes, safe: Sequence[bool]) -> list[str | None]:
    """What PDFium copies from each page of a PDF; None for a page that may not be drawn, which opening would follow.

    Raises:
        BrokenPdf: PDFium cannot open the file or a page.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        try:
            return [
                document[index].get_textpage().get_text_range() if is_safe else None
                for index, is_safe in enumerate(safe)
            ]
        finally:
            document.close()
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise BrokenPdf(f"text cannot be copied: {error}") from error


def bounded_dpi(width: float, height: float, dpi: float, config: OcrConfig) -> float:
    """`dpi` clamped to 150-400, then lowered until a page of `width` x `height` points fits ``config.max_pixels``."""
    wanted = min(max(dpi, _RENDER_RANGE[0]), _RENDER_RANGE[1])
    most = math.sqrt(config.max_pixels / max(1.0, width * height)) * 72
    return min(wanted, most * 0.999)


def native_dpi(data: bytes, page_index: int) -> float | None:
    """Dots per inch of the image that covers most of a PDF page (counted from 0); None where there is none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        try:
            page = document[page_index]
            width, height = page.get_size()
            found: list[tuple[float, float]] = []
            for item in page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4):
                x0, y0, x1, y1 = item.get_pos() if hasattr(item, "get_pos") else item.get_bounds()
                share = (x1 - x0) * (y1 - y0) / max(1.0, width * height)
                meta = item.get_metadata()
                if share > 0.6 and meta.horizontal_dpi > 0:
                    found.append((share, max(meta.horizontal_dpi, meta.vertical_dpi)))
            return max(found)[1] if found else None
        finally:
            document.close()
    except (pypdfium2.PdfiumError, IndexError):
        return None


def _check_size(size: tuple[int, int], config: OcrConfig) -> None:
    if size[0] * size[1] > config.max_pixels:
        raise ImageTooLarge(f"{size[0]} x {size[1]} pixels, {config.max_pixels} are allowed")


def _decoded(frame: Image.Image) -> tuple[Image.Image, float]:
    dpi = _resolution(frame)
    frame.load()
    image = ImageOps.exif_transpose(frame) or frame
    if image.mode.startswith("I") or image.mode == "F":
        low, high = (float(v) for v in image.convert("F").getextrema())  # type: ignore[arg-type]
        scale = 255 / (65535 if image.mode.startswith("I;16") else max(high - low, 1.0))
        image = image.convert("F").point(lambda value: value * scale).convert("L")
    elif image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    elif image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return image.copy(), dpi


def _resolution(image: Image.Image) -> float:
    """The resolution that the file states where it is believable, else that of an A4 page of this many pixels."""
    short, long = sorted(image.size)
    guess = min(max(short / _A4_SHORT_INCHES, _DPI_RANGE[0]), 600.0)
    try:
        stated = float(max(image.info.get("dpi", (0, 0))))
    except (TypeError, ValueError, ZeroDivisionError):
        return guess
    if not _DPI_RANGE[0] <= stated <= _DPI_RANGE[1]:
        return guess
    if round(stated) in (72, 96) and short > 1000:
        return guess
    return stated if long / stated < 60 else guess
