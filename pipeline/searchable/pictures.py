"""Image files as PDF pages: a JPEG with its own bytes, others with their pixels unchanged."""

import io
import zlib
from collections.abc import Iterator, Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from pipeline.config import OcrConfig
from pipeline.document import ExtractedPage
from pipeline.extract import image

_TURNED = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}
"""How the unit square of an image is laid on the page for each EXIF orientation."""
_ORIENTATION = 0x112


def pages(pdf: pikepdf.Pdf, data: bytes, given: Sequence[ExtractedPage], config: OcrConfig) -> Iterator[pikepdf.Page]:
    """The pages of an image file as `extract` saw them, made for `pdf`, without text."""
    if data.startswith(b"\xff\xd8\xff"):
        yield _page(pdf, *_jpeg(pdf, data), given[0])
        return
    for (picture, _), page in zip(image.pages_of(data, config), given, strict=True):
        yield _page(pdf, _flate(pdf, picture), 1, page)


def _page(pdf: pikepdf.Pdf, picture: Stream, orientation: int, given: ExtractedPage) -> pikepdf.Page:
    width, height = given.width, given.height
    a, b, c, d, e, f = _TURNED.get(orientation, _TURNED[1])
    matrix = f"{a * width:g} {b * height:g} {c * width:g} {d * height:g} {e * width:g} {f * height:g}"
    return pikepdf.Page(
        pdf.make_indirect(
            Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, width, height]),
                Resources=Dictionary(XObject=Dictionary(Im0=picture)),
                Contents=Stream(pdf, f"q {matrix} cm /Im0 Do Q\n".encode()),
            )
        )
    )


def _jpeg(pdf: pikepdf.Pdf, data: bytes) -> tuple[Stream, int]:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        space = {"L": Name.DeviceGray, "CMYK": Name.DeviceCMYK}.get(picture.mode, Name.DeviceRGB)
        stream = Stream(
            pdf,
            data,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=picture.width,
            Height=picture.height,
            BitsPerComponent=8,
            ColorSpace=space,
            Filter=Name.DCTDecode,
        )
        if picture.mode == "CMYK" and "adobe" in picture.info:
            stream.Decode = Array([1, 0, 1, 0, 1, 0, 1, 0])
        orientation = picture.getexif().get(_ORIENTATION, 1)
    return stream, orientation


def _flate(pdf: pikepdf.Pdf, picture: Image.Image) -> Stream:
    space = Name.DeviceRGB if picture.mode == "RGB" else Name.DeviceGray
    return Stream(
        pdf,
        zlib.compress(picture.tobytes(), 6),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        BitsPerComponent=1 if picture.mode == "1" else 8,
        ColorSpace=space,
        Filter=Name.FlateDecode,
    )
