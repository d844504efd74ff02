"""Incoming-mail stamps over a letterhead: found, taken off, kept apart; other frames stay on the page."""

import difflib

import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.config import OcrConfig
from pipeline.document import Furniture
from pipeline.extract import prepare, scan, scan_stamps
from tests.test_scan_pages import FACE, body, needs_engine, page, texts

DPI = 200
HEAD = [
    (105, 60, "VĂN PHÒNG CHÍNH PHỦ"),
    (115, 104, "Số: 153/TB-VPCP"),
    (300, 60, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (345, 80, "Độc lập - Tự do - Hạnh phúc"),
    (315, 104, "Hà Nội, ngày 10 tháng 4 năm 2024"),
]


def stamp(rows: list[str], width: float = 46, height: float = 20) -> Image.Image:
    """A frame of so many millimetres with lines of print in it, ink 255 on 0."""
    size = (round(width / 25.4 * DPI), round(height / 25.4 * DPI))
    picture = Image.new("L", size, 0)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=255, width=3)
    face = ImageFont.truetype(str(FACE), round(size[1] / (len(rows) + 0.8) * 0.72))
    for number, row in enumerate(rows):
        draw.text((16, 8 + number * size[1] / (len(rows) + 0.3)), row, font=face, fill=255)
    return picture


def pressed(under: Image.Image, what: Image.Image, x: float, y: float, degrees: float = 0.0) -> Image.Image:
    """The page with a stamp over it, its corner at (x, y) points."""
    turned = what.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    result = under.copy()
    result.paste(0, (round(x * DPI / 72), round(y * DPI / 72)), turned)
    return result


INCOMING = ["CÔNG VĂN ĐẾN", "Giờ: .......  Ngày: 12/4", "Chuyển: ............"]


@pytest.mark.parametrize("degrees", [0.0, 2.0, -3.0])
def test_a_stamp_that_strikes_the_number_is_taken_off(degrees: float) -> None:
    needs_engine()
    spoilt = pressed(page([*HEAD, *body()], DPI), stamp(INCOMING), 60, 114, degrees)
    found = scan.read_image(spoilt, 595, 842, OcrConfig())
    assert "stamp" in found.reason.split("+")
    number = texts(found)[1]
    assert "153" in number
    assert difflib.SequenceMatcher(None, number, "Số: 153/TB-VPCP").ratio() > 0.9
    marked = " ".join(line.text for line in found.lines if line.furniture is Furniture.SIGNATURE_STAMP)
    assert "ĐẾN" in marked and "ĐẾN" not in " ".join(texts(found))
    clean = scan.read_image(page([*HEAD, *body()], DPI), 595, 842, OcrConfig())
    # the r of "12/TTr-SNV" is read on some of these pages only
    below, expected = ([line.replace("/TTr-", "/TT-") for line in texts(one)[-5:]] for one in (found, clean))
    assert below == expected


def test_the_words_of_a_stamp_have_their_place_on_the_page() -> None:
    needs_engine()
    found = scan.read_image(pressed(page(body(), DPI), stamp(INCOMING), 100, 150, 2.0), 595, 842, OcrConfig())
    boxes = [line.box for line in found.lines if line.furniture is Furniture.SIGNATURE_STAMP]
    assert boxes
    assert all(95 < x0 < x1 < 240 and 145 < top < bottom < 215 for x0, top, x1, bottom in boxes)


def test_a_framed_mark_of_urgency_is_text() -> None:
    needs_engine()
    urgent = pressed(page([*HEAD, *body()], DPI), stamp(["HỎA TỐC"], 34, 10), 90, 150, 1.5)
    found = scan.read_image(urgent, 595, 842, OcrConfig())
    [mark] = [line for line in found.lines if "TỐC" in line.text]
    assert (mark.text, mark.furniture) == ("HỎA TỐC", None)
    assert 90 < mark.box[0] < mark.box[2] < 200 and 148 < mark.box[1] < mark.box[3] < 185


def test_another_frame_stays_on_the_page() -> None:
    needs_engine()
    other = pressed(page([*HEAD, *body()], DPI), stamp(["Mẫu số 12"], 34, 10), 90, 150)
    found = scan.read_image(other, 595, 842, OcrConfig())
    assert any("12" in text and "Mẫu" in text for text in texts(found))
    assert "stamp" not in found.reason.split("+")


def test_frames_are_found_by_their_sides() -> None:
    needs_engine()
    frame = stamp(INCOMING)
    plain = page(HEAD, DPI)
    [(centre, size, angle)] = scan_stamps.frames(prepare.to_grey(pressed(plain, frame, 60, 140), DPI)[0], DPI)
    assert centre == pytest.approx((60 / 72 * DPI + frame.width / 2, 140 / 72 * DPI + frame.height / 2), abs=4)
    assert size == pytest.approx(frame.size, abs=12)
    assert abs(angle) < 0.5
    ImageDraw.Draw(frame).rectangle((0, 0, frame.width, 6), fill=0)
    ImageDraw.Draw(frame).rectangle((0, 0, 6, frame.height), fill=0)
    assert scan_stamps.frames(prepare.to_grey(pressed(plain, frame, 60, 140), DPI)[0], DPI) == []
    assert scan_stamps.frames(prepare.to_grey(plain, DPI)[0], DPI) == []


def test_a_stamp_low_on_the_page_or_as_wide_as_it_is_none() -> None:
    needs_engine()
    low = pressed(page(HEAD, DPI), stamp(INCOMING), 60, 600)
    wide = pressed(page(HEAD, DPI), stamp(INCOMING, 160, 30), 60, 200)
    assert [scan_stamps.frames(prepare.to_grey(picture, DPI)[0], DPI) for picture in (low, wide)] == [[], []]
