"""Letters whose number and day are not in the text of the page: typed over its blanks as fields, notes and images.

Offices print the letterhead with blanks, and a clerk (or a signing program) fills them when the letter goes out. Seals,
signatures, QR codes and photographs stand over the same pages and hold no text of the document.
"""

import io
import math
from collections.abc import Mapping
from random import Random

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.generator.damage import build
from tests.generator.fonts import FONT_FOLDER, face
from tests.generator.pages import parse, place
from tests.generator.pdf import save
from tests.generator.texts import OFFICIAL

BLANK = " " * 12
VALUES = {"number": "412", "day": "12", "month": "06"}
LETTER = OFFICIAL.replace("Số: 412/", f"Số:{BLANK}/").replace("ngày 12 tháng 6 năm", "ngày        tháng        năm")
DOTTED = OFFICIAL.replace("Số: 412/", "Số: ……………/").replace("ngày 12 tháng 6 năm", "ngày ……… tháng ……… năm")
_LABELS = {"number": "Số:", "day": "ngày", "month": "tháng"}
HOWS = ("signature-field", "form-field", "note", "field-image", "image")
Box = tuple[float, float, float, float]


def letter(how: str, values: Mapping[str, str] = VALUES, seed: int = 0, text: str = LETTER) -> bytes:
    """A letter with its blanks filled in one of `HOWS`; boxes differ in size and places by some points, by the seed."""
    rng = Random(f"stamps:{how}:{seed}")
    with pikepdf.open(io.BytesIO(build(text).pdf)) as pdf:
        page = pdf.pages[0]
        for field, value in values.items():
            x, y, size, style = _blank(text, field)
            x, y = x + rng.uniform(1, 4), y + rng.uniform(-2, 2)
            if how == "image":
                picture = typed(value, size, style, rng)
                put_image(pdf, page, picture, (x, y - 0.3 * size, x + _wide(picture, size), y + 1.2 * size))
            elif how == "field-image":
                picture = typed(value, size, style, rng)
                box = (x - 4, y - 0.3 * size, x - 4 + _wide(picture, size), y + 1.2 * size)
                put_field(pdf, page, box, _drawn(pdf, picture, box))
            else:
                kind = {"form-field": "Tx", "note": "FreeText"}.get(how, "Sig")
                box = (x - 1, y - 5, x + 60, y + 20)
                put_field(pdf, page, box, _written(pdf, value, size, box, (1.0, 5.0)), kind)
        return save(pdf)


def decorate(data: bytes, what: str, seed: int = 0) -> bytes:
    """A document with one thing over its first page that is no text of it: `seal`, `signature`, `qr`, `photo` or `stamp`."""
    rng = Random(f"decorate:{what}:{seed}")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[0]
        if what == "stamp":  # the words of a digital signature
            words = ("Signed by: So Khoa hoc", "Date: 12-06-2023 08:15:00 +07:00")
            box = (300.0, 100.0, 500.0, 140.0)
            put_field(pdf, page, box, _written(pdf, "|".join(words), 9, box, (2.0, 26.0)), "Sig")
        else:
            picture = {"seal": seal, "signature": signature, "qr": qr, "photo": photo}[what](rng)
            high = {"seal": 100.0, "signature": 60.0, "qr": 80.0, "photo": 200.0}[what]
            x = 330.0
            put_image(pdf, page, picture, (x, 90.0, x + high * picture.width / picture.height, 90.0 + high))
        return save(pdf)


def annex(lines: list[str], seed: int = 0) -> bytes:
    """A letter with a page that has a printed heading and, as an image, a block of print below it."""
    rng = Random(f"annex:{seed}")
    text = (
        OFFICIAL
        + "\f{bc}PHỤ LỤC\n{p}Danh sách kèm theo báo cáo này gồm các nội dung sau đây, được chụp lại từ bản gốc.\n"
    )
    picture = block(lines, rng)
    with pikepdf.open(io.BytesIO(build(text).pdf)) as pdf:
        wide = 440.0
        high = wide * picture.height / picture.width
        put_image(pdf, pdf.pages[1], picture, (90.0, 680.0 - high, 90.0 + wide, 680.0))
        return save(pdf)


def _blank(text: str, field: str) -> tuple[float, float, float, str]:
    """Where the value of a field starts: x, baseline, type size, style."""
    label = _LABELS[field]
    for placed in place(parse(text)[0], "serif"):
        line = placed.line
        if line.column and label in line.text and ("Số:" in line.text or "tháng" in line.text):
            before = line.text[: line.text.index(label) + len(label)]
            source = face("serif", line.style)
            ahead = sum(source.width(letter) for letter in before) * placed.size / source.upem
            return placed.x + ahead, placed.y, placed.size, line.style
    raise ValueError(field)


def typed(value: str, size: float, style: str, rng: Random) -> Image.Image:
    """A value as an image with a clear ground, as signing programs make them."""
    dpi = rng.choice((150, 180, 220, 300))
    pixels = round(size * dpi / 72)
    name = "Italic" if style == "italic" else "Regular"
    font = ImageFont.truetype(FONT_FOLDER / f"LiberationSerif-{name}.ttf", pixels)
    wide = round(font.getlength(value) + 0.4 * pixels)
    image = Image.new("RGBA", (wide, round(1.5 * pixels)), (255, 255, 255, 0))
    ImageDraw.Draw(image).text((0.15 * pixels, 1.2 * pixels), value, font=font, fill=(0, 0, 0, 255), anchor="ls")
    return image


def block(lines: list[str], rng: Random) -> Image.Image:
    """Lines of print as an image."""
    font = ImageFont.truetype(FONT_FOLDER / "LiberationSerif-Regular.ttf", 54)
    wide = round(max(font.getlength(line) for line in lines)) + 60
    image = Image.new("RGB", (wide, 80 * len(lines) + 60), "white")
    for n, line in enumerate(lines):
        ImageDraw.Draw(image).text((30, 30 + 80 * n), line, font=font, fill="black")
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.8)))


def seal(rng: Random) -> Image.Image:
    """A red round seal with letters around it."""
    image = Image.new("RGBA", (400, 400), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    red = (215, 30, 40, 255)
    for radius in (190, 182, 120):
        draw.ellipse((200 - radius, 200 - radius, 200 + radius, 200 + radius), outline=red, width=5)
    font = ImageFont.truetype(FONT_FOLDER / "LiberationSans-Bold.ttf", 34)
    words = "SỞ KHOA HỌC VÀ CÔNG NGHỆ * T. BẮC GIANG * "
    for n, letter in enumerate(words):
        turn = 2 * math.pi * n / len(words) + rng.uniform(-0.02, 0.02)
        glyph = Image.new("RGBA", (60, 60), (255, 255, 255, 0))
        ImageDraw.Draw(glyph).text((30, 30), letter, font=font, fill=red, anchor="mm")
        glyph = glyph.rotate(90 - math.degrees(turn), resample=Image.Resampling.BICUBIC)
        at = (round(170 + 150 * math.cos(turn - math.pi / 2)), round(170 + 150 * math.sin(turn - math.pi / 2)))
        image.alpha_composite(glyph, at)
    draw.text((200, 200), "★", font=font, fill=red, anchor="mm")
    return image


def signature(rng: Random) -> Image.Image:
    """A pen's stroke in blue."""
    image = Image.new("RGBA", (600, 240), (255, 255, 255, 0))
    x, y, points = 40.0, 150.0, []
    for _ in range(60):
        x, y = x + rng.uniform(-14, 26), min(220.0, max(20.0, y + rng.uniform(-45, 45)))
        points.append((x, y))
    ImageDraw.Draw(image).line(points, fill=(30, 40, 160, 255), width=5, joint="curve")
    return image


def qr(rng: Random) -> Image.Image:
    """Black and white squares as of a QR code."""
    image = Image.new("L", (29, 29), 255)
    image.putdata([rng.choice((0, 255)) for _ in range(29 * 29)])
    return image.resize((290, 290), Image.Resampling.NEAREST)


def photo(rng: Random) -> Image.Image:
    """Middle tones everywhere."""
    small = Image.new("RGB", (24, 18))
    small.putdata([tuple(rng.randint(40, 230) for _ in range(3)) for _ in range(24 * 18)])
    return small.resize((960, 720), Image.Resampling.BICUBIC)


def put_image(pdf: pikepdf.Pdf, page: pikepdf.Page, picture: Image.Image, box: Box) -> None:
    """Draw an image into a box of a page (PDF points from its bottom left)."""
    objects = page.obj.Resources.get("/XObject", Dictionary())
    name = f"/Stamp{len(objects)}"
    objects[name] = _image(pdf, picture)
    page.obj.Resources["/XObject"] = objects
    x0, y0, x1, y1 = box
    page.contents_add(Stream(pdf, f"q {x1 - x0:.2f} 0 0 {y1 - y0:.2f} {x0:.2f} {y0:.2f} cm {name} Do Q".encode()))


def put_field(pdf: pikepdf.Pdf, page: pikepdf.Page, box: Box, look: Stream, kind: str = "Sig") -> None:
    """Lay an annotation with an appearance over a page: a field of a type (`Sig`, `Tx`), or a `FreeText` note."""
    field = Dictionary(Type=Name.Annot, Rect=Array([round(v, 2) for v in box]), F=132, AP=Dictionary(N=look))
    field.update(
        Dictionary(Subtype=Name.FreeText)
        if kind == "FreeText"
        else Dictionary(Subtype=Name.Widget, FT=Name("/" + kind), T=pikepdf.String(f"f{box[0]:.0f}"))
    )
    annotations, reference = page.obj.get("/Annots", Array()), pdf.make_indirect(field)
    annotations.append(reference)
    page.obj["/Annots"] = annotations
    if kind != "FreeText":
        pdf.Root.AcroForm = pdf.Root.get("/AcroForm", Dictionary(Fields=Array()))
        pdf.Root.AcroForm.Fields.append(reference)


def _written(pdf: pikepdf.Pdf, text: str, size: float, box: Box, at: tuple[float, float]) -> Stream:
    """An appearance that shows lines (parted by "|") in a standard font, inside another form as signing programs do."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/Times-Roman"), Encoding=Name.WinAnsiEncoding)
    shown = " T* ".join(f"({part}) Tj" for part in text.split("|"))
    content = f"BT /F1 {size:.1f} Tf {size:.1f} TL {at[0]} {at[1]} Td {shown} ET"
    inner = _form(pdf, content.encode("cp1252", "replace"), box, Dictionary(Font=Dictionary(F1=font)))
    return _form(pdf, b"q 1 0 0 1 0 0 cm /FRM Do Q", box, Dictionary(XObject=Dictionary(FRM=inner)))


def _drawn(pdf: pikepdf.Pdf, picture: Image.Image, box: Box) -> Stream:
    content = f"q {box[2] - box[0]:.2f} 0 0 {box[3] - box[1]:.2f} 0 0 cm /Im1 Do Q"
    return _form(pdf, content.encode(), box, Dictionary(XObject=Dictionary(Im1=_image(pdf, picture))))


def _form(pdf: pikepdf.Pdf, content: bytes, box: Box, resources: Dictionary) -> Stream:
    sides = Array([0, 0, round(box[2] - box[0], 2), round(box[3] - box[1], 2)])
    return pdf.make_indirect(
        Stream(pdf, content, Type=Name.XObject, Subtype=Name.Form, BBox=sides, Resources=resources)
    )


def _image(pdf: pikepdf.Pdf, picture: Image.Image) -> Stream:
    space = Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
    pixels = picture if picture.mode == "L" else picture.convert("RGB")
    if picture.mode == "RGBA":
        pixels = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    image = Stream(
        pdf, pixels.tobytes(), Type=Name.XObject, Subtype=Name.Image, Width=picture.width, Height=picture.height,
        BitsPerComponent=8, ColorSpace=space,
    )  # fmt: skip
    if picture.mode == "RGBA":
        image["/SMask"] = Stream(
            pdf, picture.getchannel("A").tobytes(), Type=Name.XObject, Subtype=Name.Image, Width=picture.width,
            Height=picture.height, BitsPerComponent=8, ColorSpace=Name.DeviceGray,
        )  # fmt: skip
    return pdf.make_indirect(image)


def _wide(picture: Image.Image, size: float) -> float:
    return picture.width * 1.5 * size / picture.height
