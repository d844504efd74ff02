"""Scanned pages: images made here with a Vietnamese face, read by the engine where it is installed."""

import difflib
import functools
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import regex
from PIL import Image, ImageChops, ImageDraw, ImageFont

from pipeline.config import OcrConfig
from pipeline.document import Furniture
from pipeline.errors import BrokenImage, BrokenPdf, ImageTooLarge, OcrFailed, OcrTimeout, OcrUnavailable
from pipeline.extract import image, ocr, prepare, scan
from tests.generator import build, scans

FACE = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
BODY = [
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
    "Theo đề nghị của Giám đốc Sở Nội vụ tại Tờ trình số 12/TTr-SNV,",
    "Ủy ban nhân dân tỉnh yêu cầu các cơ quan, đơn vị thực hiện nhiệm vụ sau:",
    "Tăng cường công tác tuyên truyền, phổ biến pháp luật về bảo vệ môi trường",
    "trên địa bàn toàn tỉnh và báo cáo kết quả trước ngày 30 tháng 9 hằng năm.",
]


@functools.cache
def _engine_missing() -> str:
    try:
        ocr.engine(OcrConfig())
    except OcrUnavailable as error:
        return str(error)
    return "" if FACE.is_file() else "no Liberation Serif"


def needs_engine() -> None:
    if _engine_missing():
        pytest.skip(_engine_missing())


def page(lines: list[tuple[float, float, str]], dpi: int = 200, size: float = 13) -> Image.Image:
    """An A4 page with text at (x, y) in points."""
    if not FACE.is_file():
        pytest.skip("no Liberation Serif")
    picture = Image.new("L", (round(595 / 72 * dpi), round(842 / 72 * dpi)), 255)
    draw = ImageDraw.Draw(picture)
    face = ImageFont.truetype(str(FACE), round(size * dpi / 72))
    for x, y, text in lines:
        draw.text((x * dpi / 72, y * dpi / 72), text, font=face, fill=0)
    return picture


def body(top: float = 300) -> list[tuple[float, float, str]]:
    return [(85, top + 20 * i, text) for i, text in enumerate(BODY)]


def texts(found: scan.ScannedPage) -> list[str]:
    return [line.text for line in found.lines if line.furniture is None]


def assert_alike(found: list[str], expected: list[str], least: float = 0.99) -> None:
    """The same lines in the same order, at most one letter in a hundred misread."""
    assert len(found) == len(expected)
    matched = difflib.SequenceMatcher(None, "\n".join(found), "\n".join(expected), autojunk=False)
    assert matched.ratio() > least, found


def png(picture: Image.Image, **more: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", **more)
    return file.getvalue()


def test_clean_page_is_read() -> None:
    needs_engine()
    found = scan.read_image(page(body()), 595, 842, OcrConfig())
    assert_alike(texts(found), BODY)
    assert found.confidence is not None and found.confidence > 0.9


def test_words_have_spans_boxes_and_sizes_in_points() -> None:
    needs_engine()
    line = scan.read_image(page(body()), 595, 842, OcrConfig()).lines[0]
    assert [line.text[slice(*word.span)] for word in line.words] == line.text.split(" ")
    assert abs(line.box[0] - 85) < 3 and 300 <= line.box[1] < 306 and line.box[3] < 320
    assert abs(line.size - 13) < 1.2
    assert all(0 <= word.confidence <= 1 for word in line.words)


@pytest.mark.parametrize("degrees", [3.0, -7.5])
def test_skewed_page_is_levelled_and_boxes_stay_on_the_page_given(degrees: float) -> None:
    needs_engine()
    turned = page(body()).rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    found = scan.read_image(turned, 595, 842, OcrConfig())
    assert_alike(texts(found), BODY)
    assert "deskewed" in found.reason
    first, last = found.lines[0].words[0].box, found.lines[0].words[-1].box
    assert (first[1] > last[1]) == (degrees > 0)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_page_is_read_and_says_so(quarters: int) -> None:
    needs_engine()
    turned = page(body()).rotate(90 * quarters, expand=True)
    width, height = (595, 842) if quarters == 2 else (842, 595)
    found = scan.read_image(turned, width, height, OcrConfig())
    assert_alike(texts(found), BODY)
    assert "rotated" in found.reason
    box = found.lines[0].box
    assert box[2] <= width and box[3] <= height
    assert (box[3] - box[1] > box[2] - box[0]) == (quarters != 2)


def test_letterhead_is_read_column_by_column() -> None:
    needs_engine()
    head: list[tuple[float, float, str]] = [
        (70, 60, "BỘ TÀI CHÍNH"),
        (250, 60, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (70, 80, "Số: 111/2013/TT-BTC"),
        (310, 80, "Độc lập - Tự do - Hạnh phúc"),
        (290, 110, "Hà Nội, ngày 15 tháng 8 năm 2013"),
    ]
    found = texts(scan.read_image(page(head + body()), 595, 842, OcrConfig()))
    assert_alike(
        found,
        [
            "BỘ TÀI CHÍNH",
            "Số: 111/2013/TT-BTC",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "Hà Nội, ngày 15 tháng 8 năm 2013",
            *BODY,
        ],
    )


def test_recipients_come_before_the_signer_who_stands_beside_them() -> None:
    needs_engine()
    foot: list[tuple[float, float, str]] = [
        (360, 420, "TM. ỦY BAN NHÂN DÂN"),
        (390, 440, "CHỦ TỊCH"),
        (85, 450, "Nơi nhận:"),
        (85, 470, "- Như trên;"),
        (85, 490, "- Lưu: VT."),
        (375, 540, "Nguyễn Văn Minh"),
    ]
    found = texts(scan.read_image(page(body(290) + foot), 595, 842, OcrConfig()))
    assert_alike(
        found[5:], ["Nơi nhận:", "- Như trên;", "- Lưu: VT.", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "Nguyễn Văn Minh"]
    )


def test_page_number_is_furniture() -> None:
    needs_engine()
    found = scan.read_image(page([(295, 30, "12"), *body()]), 595, 842, OcrConfig())
    assert next((line.text, line.furniture) for line in found.lines) == ("12", Furniture.PAGE_NUMBER)


def test_text_under_a_grey_stain_is_read() -> None:
    needs_engine()
    pixels = np.asarray(page(body()), dtype=np.float64)
    pixels = np.where(np.arange(pixels.shape[1])[None, :] > pixels.shape[1] // 2, pixels * 0.45, pixels)
    found = scan.read_image(Image.fromarray(pixels.astype(np.uint8)), 595, 842, OcrConfig())
    assert_alike(texts(found), BODY, 0.95)


def test_blank_speckled_and_tiny_pages_have_no_lines() -> None:
    dots = np.full((2339, 1654), 255, dtype=np.uint8)
    dots[::97, ::89] = 0
    for picture in (Image.new("L", (1654, 2339), 255), Image.new("1", (1, 1), 1), Image.fromarray(dots)):
        found = scan.read_image(picture, 595, 842, OcrConfig())
        assert found == scan.ScannedPage((), None, "blank")


def test_photo_without_text_does_not_fail() -> None:
    needs_engine()
    ramp = np.add.outer(np.arange(600), np.arange(400)) * 255 // 1000
    found = scan.read_image(Image.fromarray(ramp.astype(np.uint8)).convert("RGB"), 400, 600, OcrConfig())
    assert not texts(found)


def test_cache_answers_instead_of_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_engine()
    config = OcrConfig(cache=str(tmp_path / "cache"))
    picture = page(body())
    first = ocr.recognise(picture, config, 200)
    monkeypatch.setattr(ocr, "_run", lambda *_: pytest.fail("engine was called"))
    assert ocr.recognise(picture, config, 200) == first
    assert len(list(tmp_path.rglob("*.json"))) == 1 and not list(tmp_path.rglob("*.part"))


def test_damaged_cache_entry_is_read_anew(tmp_path: Path) -> None:
    needs_engine()
    config = OcrConfig(cache=str(tmp_path))
    picture = page(body())
    first = ocr.recognise(picture, config, 200)
    entry = next(tmp_path.rglob("*.json"))
    entry.write_text("[[")
    assert ocr.recognise(picture, config, 200) == first


def test_engine_names_its_language_data() -> None:
    needs_engine()
    assert ocr.engine(OcrConfig()).startswith("tesseract ")
    assert len(ocr.engine(OcrConfig()).split("vie:")[1]) in (7, 8)


@pytest.fixture
def other_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of language data that has those of the script beside the usual ones."""
    needs_engine()
    usual = next(Path("/usr").glob("share/tesseract-ocr/*/tessdata/vie.traineddata"), None)
    if usual is None:
        pytest.skip("the language data lie elsewhere")
    (tmp_path / "script").mkdir()
    shutil.copy(usual, tmp_path / "vie.traineddata")
    shutil.copy(usual, tmp_path / "script" / "Vietnamese.traineddata")
    shutil.copytree(usual.parent / "configs", tmp_path / "configs")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    _forget()
    yield
    _forget()


def _forget() -> None:
    for asked in (ocr._engine, ocr._languages):
        asked.cache_clear()


@pytest.mark.usefixtures("other_data")
def test_data_for_poor_pages_are_named_and_used_there_only(monkeypatch: pytest.MonkeyPatch) -> None:
    config = OcrConfig()
    assert ocr.engine(config).endswith(f", poor pages script/Vietnamese:{ocr.engine(config)[-8:]}")
    off = OcrConfig(next_language="")
    assert ocr.engine(off) == ocr.engine(config).split(",")[0]
    good = scan.read_image(page(body()), 595, 842, config)
    assert "other-data" not in good.reason
    run, asked = ocr._run, []

    def doubtful(pictures: list[Image.Image], options: str, config: OcrConfig) -> dict[str, list[object]]:
        """What the engine reads, but never sure of it with the usual data."""
        asked.append(config.language)
        table = run(pictures, options, config)
        if config.language == "vie":
            table["conf"] = [min(float(sure), 40.0) for sure in table["conf"]]
        return table

    monkeypatch.setattr(ocr, "_run", doubtful)
    poor = scan.read_image(page(body()), 595, 842, config)
    assert "other-data" in poor.reason.split("+")
    assert_alike(texts(poor), BODY)
    asked.clear()
    assert "other-data" not in scan.read_image(page(body()), 595, 842, off).reason
    assert set(asked) == {"vie"}


@pytest.mark.parametrize(("sure", "kept"), [(70.0, False), (95.0, True)])
def test_a_doubtful_page_is_read_another_way_and_the_better_reading_stays(
    sure: float, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_engine()
    run = ocr._run

    def doubtful(pictures: list[Image.Image], options: str, config: OcrConfig) -> dict[str, list[object]]:
        """What the engine reads, 80 % sure with a local threshold, so much with one for the page."""
        table = run(pictures, options, config)
        most = 80.0 if "thresholding" in options else sure
        return {**table, "conf": [min(float(conf), most) for conf in table["conf"]]}

    monkeypatch.setattr(ocr, "_run", doubtful)
    grain = np.random.default_rng(3).normal(0, 8, page([]).size[::-1])
    grey = np.clip(np.asarray(page(body()), float) * 0.8 + 20 + grain, 0, 255).astype(np.uint8)
    found = scan.read_image(Image.fromarray(grey), 595, 842, OcrConfig(next_language=""))
    assert ("softer" in found.reason.split("+")) is kept
    assert len(texts(found)) == len(BODY)


def test_the_cache_keeps_readings_of_other_data_apart(tmp_path: Path) -> None:
    needs_engine()
    places = {ocr._cache_file([page(body())], "", OcrConfig(language=language, cache=str(tmp_path)))
              for language in ("vie", "eng")}  # fmt: skip
    assert len(places) == 2


@pytest.mark.parametrize("config", [OcrConfig(language="zzz"), OcrConfig(engine="none"), OcrConfig(language="v; ls")])
def test_missing_engine_or_language_is_unavailable(config: OcrConfig) -> None:
    with pytest.raises(OcrUnavailable):
        ocr.recognise(Image.new("L", (50, 50), 255), config, 200)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(RuntimeError("Tesseract process timeout"), OcrTimeout), (OSError("cannot fork"), OcrFailed)],
)
def test_engine_failures_have_their_errors(
    raised: Exception, expected: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_engine()
    import pytesseract

    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(pytesseract, "image_to_data", fail)
    with pytest.raises(expected):
        ocr.recognise(Image.new("L", (50, 50), 255), OcrConfig(), 200)


def test_tiff_gives_every_page_with_its_resolution() -> None:
    file = io.BytesIO()
    first, second = Image.new("1", (1654, 2339), 1), Image.new("L", (827, 1170), 200)
    first.save(file, "TIFF", save_all=True, append_images=[second], dpi=(200, 200))
    pages = list(image.pages_of(file.getvalue(), OcrConfig()))
    assert [(p.size, dpi) for p, dpi in pages] == [((1654, 2339), 200.0), ((827, 1170), 200.0)]


def test_resolution_is_guessed_from_the_page_where_none_is_believable() -> None:
    assert round(next(image.pages_of(png(Image.new("L", (1654, 2339))), OcrConfig()))[1]) == 200
    assert round(next(image.pages_of(png(Image.new("L", (2480, 3508)), dpi=(72, 72)), OcrConfig()))[1]) == 300


def test_transparency_becomes_white() -> None:
    picture = next(image.pages_of(png(Image.new("RGBA", (20, 20), (0, 0, 0, 0))), OcrConfig()))[0]
    assert picture.mode == "RGB" and picture.getpixel((5, 5)) == (255, 255, 255)


def test_large_image_is_refused_before_it_is_decoded() -> None:
    data = png(Image.new("1", (4000, 4000)))[:200]
    with pytest.raises(ImageTooLarge):
        list(image.pages_of(data, OcrConfig(max_pixels=1_000_000)))


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", png(Image.new("L", (300, 300), 7))[:60]])
def test_broken_images_are_named_so(data: bytes) -> None:
    with pytest.raises(BrokenImage):
        list(image.pages_of(data, OcrConfig()))


def test_rendering_keeps_to_its_bounds() -> None:
    file = io.BytesIO()
    Image.new("L", (1654, 2339), 255).save(file, "PDF", resolution=200)
    data = file.getvalue()
    assert image.native_dpi(data, 0) == pytest.approx(200, abs=1)
    assert image.render(data, 0, 200, OcrConfig()).size == pytest.approx((1654, 2339), abs=1)
    small = image.render(data, 0, 9000, OcrConfig(max_pixels=500_000))
    assert small.width * small.height <= 505_000
    with pytest.raises(BrokenPdf):
        image.render(b"%PDF-1.4 nothing", 0, 200, OcrConfig())
    assert image.native_dpi(b"%PDF-1.4 nothing", 0) is None


def test_skew_is_measured_to_a_tenth_of_a_degree() -> None:
    picture = page(body() + body(420) + body(540))
    for degrees in (-11.0, -0.8, 0.0, 2.3):
        turned = np.asarray(picture.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255))
        assert prepare.skew_angle(turned) == pytest.approx(-degrees, abs=0.15)


def test_black_edges_are_whitened_and_text_is_not() -> None:
    pixels = np.array(page(body()))
    text = (pixels < 128).sum()
    pixels[:, :40] = 0
    cleaned, found = prepare.whiten_edges(pixels, 200)
    assert found and abs(int((cleaned < 128).sum()) - int(text)) < 5


def test_way_back_leads_to_the_pixel_given() -> None:
    pixels = np.full((900, 700), 255, dtype=np.uint8)
    pixels[200:210, 100:110] = 0
    for quarter in range(4):
        done = prepare.prepare(Image.fromarray(pixels), 100, quarter=quarter, edges=False, skew=False, soft=0.0)
        ys, xs = np.nonzero(done.image < 100)
        x, y, _ = done.back @ [xs.mean() + 0.5, ys.mean() + 0.5, 1]
        assert (x, y) == (pytest.approx(105, abs=1), pytest.approx(205, abs=1))


def sealed(side: int, colour: tuple[int, int, int] = (205, 40, 60), signed: bool = False) -> Image.Image:
    """The body at 200 dpi with a ring in colour over its middle, and in it the long stroke of a signature."""
    picture = page(body()).convert("RGB")
    if signed:
        ImageDraw.Draw(picture).line((560, 1020, 700, 820), fill="black", width=3)
    ring = Image.new("RGB", picture.size, "white")
    left, top = 500, 780
    ImageDraw.Draw(ring).ellipse((left, top, left + side, top + side), outline=colour, width=9)
    return ImageChops.multiply(picture, ring)


def test_text_under_a_red_seal_is_read() -> None:
    needs_engine()
    found = scan.read_image(sealed(280), 595, 842, OcrConfig())
    assert_alike(texts(found), BODY)
    assert "seals" in found.reason


def test_a_seal_goes_and_the_ink_under_it_stays_but_round_a_signature_a_shade_is_left() -> None:
    plain, ring = np.array(page(body())), np.array(sealed(280))[..., 1] < 100
    for signed in (False, True):
        done = prepare.prepare(sealed(280, signed=signed), 200, colour=False, soft=0.0, background=False, skew=False)
        only_ring, text = ring & (plain > 200), ring & (plain < 60)
        assert text.any() and (done.sharp[text] < 100).all()
        assert np.median(done.sharp[only_ring]) > 245
        assert (np.median(done.image[only_ring]) > 245) is not signed
        assert (done.image[only_ring] > 190).mean() > 0.95


def printed(text: str, family: str) -> Image.Image:
    """A page at 200 dpi in a face of the generator's."""
    return scans.render(build(text, "clean-type0", family=family).pdf, 200)[0]


def test_dots_of_zeros_go_and_the_numbers_are_read() -> None:
    needs_engine()
    said = "Thực hiện Nghị quyết số 1008/2007/NQ-HĐND\nngày 20 tháng 10 năm 2006 của Hội đồng nhân dân"
    found = scan.read_image(printed(said, "mono"), 595, 842, OcrConfig())
    assert "zeros" in found.reason
    assert regex.findall(r"\d+", " ".join(texts(found))) == ["1008", "2007", "20", "10", "2006"]


@pytest.mark.parametrize("family", ["serif", "sans"])
def test_only_zeros_have_dots(family: str) -> None:
    said = "100 000 đồng; 0 ° © ® @ “o” ọ ộ ợ ö ô 8 6 9 B Ð Q e Đ â ă (0) [•] ¤"
    assert "zeros" not in prepare.prepare(printed(said, family), 200).steps


@pytest.mark.parametrize(
    "picture", [sealed(30), sealed(280, (60, 60, 60)), Image.new("RGB", (900, 900), (200, 30, 30))]
)
def test_only_red_shapes_of_a_seals_size_are_lightened(picture: Image.Image) -> None:
    assert prepare.prepare(picture, 200, colour=False).steps[:1] != ("seals",)


def test_red_lines_of_text_are_no_seal() -> None:
    red = page(body()).convert("RGB")
    pixels = np.array(red)
    pixels[pixels[..., 0] < 128] = (200, 20, 30)
    assert "seals" not in prepare.prepare(Image.fromarray(pixels), 200, colour=False).steps


def test_several_images_are_read_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_engine()
    calls = []
    run = ocr._run
    monkeypatch.setattr(ocr, "_run", lambda *given: calls.append(1) or run(*given))
    first, second = page([(85, 300, "Độc lập")]), page([(85, 300, "Hạnh phúc")])
    read = ocr.recognise_all([first, second], OcrConfig(), 200)
    assert [" ".join(word.text for word in words) for words in read] == ["Độc lập", "Hạnh phúc"]
    assert calls == [1]
