"""Scans: pages rendered to images and made worse on purpose; the letters on them stay known."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name, Stream
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.generator.pages import HEIGHT, WIDTH
from tests.generator.pdf import save


@dataclass(frozen=True, slots=True)
class Scan:
    """How a page was scanned.

    ``skew`` in degrees, ``blur`` and ``noise`` as standard deviations (pixels, grey levels), ``stains`` a number of
    grey spots, ``turn`` 0/90/180/270, ``quality`` that of JPEG; ``bitonal`` images are written lossless. ``shadow`` is
    the share of light that the far corner of a photographed page lacks, ``stamps`` a number of red round stamps over the
    text (the page is then in colour), ``broken`` the share of ink dots that a worn ribbon or a fax lost.
    """

    dpi: int = 200
    skew: float = 1.0
    blur: float = 0.0
    noise: float = 5.0
    stains: int = 0
    bitonal: bool = False
    quality: int = 45
    turn: int = 0
    paper: int = 246
    shadow: float = 0.0
    stamps: int = 0
    broken: float = 0.0


PRESETS = {
    "good": Scan(dpi=300, skew=0.0, noise=2.0, quality=75),
    "office": Scan(),
    "skewed": Scan(skew=-2.5),
    "faint": Scan(noise=9.0, blur=0.7, paper=225),
    "bitonal": Scan(bitonal=True, skew=0.4, noise=18.0),
    "low": Scan(dpi=110, skew=0.3, quality=30),
    "stained": Scan(stains=40, noise=7.0),
    "upside-down": Scan(turn=180, skew=0.5),
    "sideways": Scan(turn=90, skew=0.0),
    "photographed": Scan(shadow=0.6, skew=1.4, blur=0.6),
    "stamped": Scan(stamps=2, skew=-0.7),
    "fax": Scan(bitonal=True, skew=0.8, noise=10.0, broken=0.06),
    "worn": Scan(broken=0.15, blur=0.6, noise=7.0, paper=232),
}


def render(pdf: bytes, dpi: int) -> list[Image.Image]:
    """The pages of a PDF as grey images."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()


def degrade(pages: Sequence[Image.Image], scan: Scan, seed: int) -> list[Image.Image]:
    """The pages as a scanner would have given them."""
    return [_degrade(page, scan, np.random.default_rng([seed, n])) for n, page in enumerate(pages)]


def _degrade(page: Image.Image, scan: Scan, rng: np.random.Generator) -> Image.Image:
    if scan.skew:
        page = page.rotate(scan.skew, Image.Resampling.BICUBIC, fillcolor=255)
    if scan.blur:
        page = page.filter(ImageFilter.GaussianBlur(scan.blur))
    ink = np.asarray(page, dtype=np.float32) / 255 * (scan.paper - 30) + 30
    if scan.broken:
        ink = np.where(rng.random(ink.shape) < scan.broken, np.maximum(ink, 0.8 * scan.paper), ink)
    if scan.stains:
        ink = _stain(ink, scan.stains, rng)
    if scan.shadow:
        rows, columns = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]]
        ink = ink * (1 - scan.shadow * (rows / ink.shape[0] + columns / ink.shape[1]) / 2)
    grain = rng.normal(0, scan.noise, ink.shape).astype(np.float32)
    levels = np.clip(np.rint(ink + grain), 0, 255).astype(np.uint8)
    if scan.bitonal:
        levels = np.where(levels > 140, 255, 0).astype(np.uint8)
    image = Image.fromarray(levels)
    for _ in range(scan.stamps):
        image = _stamp(image.convert("RGB"), scan.dpi, rng)
    return image.rotate(scan.turn, expand=True) if scan.turn else image


def _stain(ink: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    height, width = ink.shape
    rows, columns = np.mgrid[0:height, 0:width]
    for _ in range(count):
        y, x, r = rng.integers(height), rng.integers(width), rng.integers(3, 14)
        ink = np.where((rows - y) ** 2 + (columns - x) ** 2 < r * r, np.minimum(ink, 150), ink)
    return ink


def _stamp(page: Image.Image, dpi: int, rng: np.random.Generator) -> Image.Image:
    """A red seal 36 mm wide, two rings and a star, pressed over the page as thin ink."""
    side = round(36 / 25.4 * dpi)
    seal = Image.new("L", (side, side), 0)
    draw, middle = ImageDraw.Draw(seal), side / 2
    for inset, width in ((0.01, 0.025), (0.14, 0.012)):
        box = (side * inset, side * inset, side * (1 - inset), side * (1 - inset))
        draw.ellipse(box, outline=200, width=max(1, round(side * width)))
    draw.regular_polygon((middle, middle, side * 0.12), 5, rotation=int(rng.integers(0, 72)), fill=200)
    for angle in np.linspace(0, 2 * np.pi, 40, endpoint=False):
        x, y = np.cos(angle), np.sin(angle)
        near, far = side * 0.4, side * (0.42 + 0.04 * rng.random())
        draw.line(
            (middle + near * x, middle + near * y, middle + far * x, middle + far * y),
            fill=190,
            width=max(1, dpi // 60),
        )
    at = (int(rng.integers(0, page.width - side)), int(rng.integers(page.height // 5, page.height - side)))
    under = page.crop((*at, at[0] + side, at[1] + side))
    red = Image.new("RGB", (side, side), (205, 40, 60))
    page.paste(ImageChops.multiply(under, Image.composite(red, Image.new("RGB", red.size, "white"), seal)), at)
    return page


def jpeg(image: Image.Image, quality: int) -> bytes:
    """The image as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def scan(pdf: bytes, how: Scan, seed: int = 0) -> bytes:
    """An image-only PDF of a document's pages."""
    out = pikepdf.new()
    for image in degrade(render(pdf, how.dpi), how, seed):
        w, h = (HEIGHT, WIDTH) if image.width > image.height else (WIDTH, HEIGHT)
        if how.bitonal:
            data, depth, packing = np.packbits(np.asarray(image) > 0, axis=1).tobytes(), 1, {}
        else:
            data, depth, packing = jpeg(image, how.quality), 8, {"Filter": Name.DCTDecode}
        picture = Stream(
            out, data, Type=Name.XObject, Subtype=Name.Image, Width=image.width, Height=image.height,
            BitsPerComponent=depth, ColorSpace=Name.DeviceRGB if image.mode == "RGB" else Name.DeviceGray, **packing,
        )  # fmt: skip
        page = Dictionary(
            Type=Name.Page, MediaBox=[0, 0, w, h], Resources=Dictionary(XObject=Dictionary(Im0=picture)),
            Contents=Stream(out, f"q {w} 0 0 {h} 0 0 cm /Im0 Do Q".encode()),
        )  # fmt: skip
        out.pages.append(pikepdf.Page(out.make_indirect(page)))
    return save(out, "Scanner")
