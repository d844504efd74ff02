"""Searchable copies: the text that two other readers copy from them, and what must not change."""

import io
import shutil
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from pipeline.config import Config, OcrConfig
from pipeline.errors import OcrUnavailable, SettingsError, UnsupportedFile
from pipeline.extract import extract, ocr
from pipeline.repair import repair
from pipeline.searchable import write_pdf
from pipeline.searchable.layer import blank_program
from pipeline.searchable.twins import Twins
from tests.generator import CLASSES, build, scans, stamps
from tests.generator.damage import text_of
from tests.generator.texts import OFFICIAL

RAW = Path(__file__).resolve().parent.parent / "data" / "raw"


def needs_engine():
    try:
        ocr.engine(OcrConfig())
    except OcrUnavailable as error:
        pytest.skip(str(error))


def syllables(text):
    return Counter(unicodedata.normalize("NFC", text).split())


def readers(path):
    """What each other reader copies from a PDF."""
    document = pypdfium2.PdfDocument(path)
    texts = {"pdfium": "\n".join(page.get_textpage().get_text_range() for page in document)}
    document.close()
    if shutil.which("pdftotext"):
        texts["pdftotext"] = subprocess.run(
            ["pdftotext", "-enc", "UTF-8", path, "-"], capture_output=True, check=True
        ).stdout.decode()
    return texts


def assert_copies(path, text, least=0.99):
    wanted = syllables(text)
    for reader, copied in readers(path).items():
        found = syllables(copied)
        share = (found & wanted).total() / max(found.total(), wanted.total())
        assert share >= least, (reader, share, list((wanted - found).items())[:10])


def config(tmp_path):
    return Config(ocr=OcrConfig(cache=str(tmp_path / "cache")))


def repaired(path, settings):
    return repair(extract(path, path.name, settings), settings.repair)


def images(path):
    with pikepdf.open(path) as pdf:
        return [found.read_raw_bytes() for page in pdf.pages for found in page.get_images().values()]


def put(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("turn", [0, 90])
def test_a_scan_gets_its_text_and_keeps_its_image(tmp_path, turn):
    needs_engine()
    scan = scans.scan(build(OFFICIAL).pdf, scans.Scan(dpi=300, skew=0.0, noise=2.0, quality=75))
    with pikepdf.open(io.BytesIO(scan)) as pdf:
        page = pdf.pages[0]
        if turn:  # the image lies on its side in the content, and the page is turned back when shown
            _, _, width, height = (float(v) for v in page.mediabox)
            page.contents_add(pdf.make_stream(f"q 0 1 -1 0 {height} 0 cm ".encode()), prepend=True)
            page.contents_add(pdf.make_stream(b" Q"))
            page.MediaBox = Array([0, 0, height, width])
            page.Rotate = 90
        path = tmp_path / "scan.pdf"
        pdf.save(path)
    before, out, settings = path.read_bytes(), tmp_path / "out.pdf", config(tmp_path)
    summary = write_pdf(path, out, settings)
    assert summary.layered == 1
    assert_copies(out, repaired(path, settings).text)
    assert images(out) == images(path)
    assert path.read_bytes() == before
    first = out.read_bytes()
    write_pdf(path, out, settings)
    assert out.read_bytes() == first
    with pypdfium2.PdfDocument(out) as new, pypdfium2.PdfDocument(path) as old:
        assert new[0].render().to_pil().tobytes() == old[0].render().to_pil().tobytes()


def test_a_foreign_layer_is_replaced(tmp_path):
    needs_engine()
    path = put(tmp_path, "old.pdf", build(OFFICIAL, "ocr-layer-wrong-language").pdf)
    out, settings = tmp_path / "out.pdf", config(tmp_path)
    write_pdf(path, out, settings)
    assert_copies(out, repaired(path, settings).text)
    assert images(out) == images(path)


@pytest.mark.parametrize(
    "damage", ["missing-type0", "missing-simple", "no-map-bare", "shifted", "permuted", "tcvn3", "no-map-type3"]
)
def test_broken_maps_are_mended_for_other_readers(tmp_path, damage):
    path, out = put(tmp_path, "broken.pdf", build(OFFICIAL, damage).pdf), tmp_path / "out.pdf"
    before = path.read_bytes()
    summary = write_pdf(path, out)
    assert summary.codes > 0
    assert_copies(out, repaired(path, Config()).text)
    assert path.read_bytes() == before


def test_samples_of_the_repository(tmp_path):
    for name in ("report-tcvn3.pdf", "plan-lost-letters.pdf"):
        path = RAW / name
        if not path.is_file():
            pytest.skip("no samples")
        write_pdf(path, tmp_path / name)
        assert_copies(tmp_path / name, repaired(path, Config()).text)


@pytest.mark.parametrize("damage", ["utf8-cp1252", "vni", "nfd", "second-pass", "spacing-marks", "tracked"])
def test_what_maps_cannot_say_is_laid_over_the_page(tmp_path, damage):
    path, out = put(tmp_path, "a.pdf", build(OFFICIAL, damage).pdf), tmp_path / "out.pdf"
    assert write_pdf(path, out).layered == 1
    assert_copies(out, repaired(path, Config()).text, least=0.999)
    with pypdfium2.PdfDocument(out) as new, pypdfium2.PdfDocument(path) as old:
        assert new[0].render().to_pil().tobytes() == old[0].render().to_pil().tobytes()


@pytest.mark.parametrize("kind", ["clean-type0", "clean-simple", "clean-type3", "code", "formulas"])
def test_healthy_pages_get_no_layer(tmp_path, kind):
    path, out = put(tmp_path, "a.pdf", build(text_of(CLASSES[kind].text), kind).pdf), tmp_path / "out.pdf"
    summary = write_pdf(path, out)
    assert (summary.layered, summary.fonts) == (0, 0)
    assert readers(out) == readers(path)


def test_text_inside_forms_is_silenced_too(tmp_path):
    with pikepdf.open(io.BytesIO(build(OFFICIAL, "second-pass").pdf)) as pdf:
        page = pdf.pages[0]
        form = pdf.make_stream(page.obj.Contents.read_bytes())
        form.update(Dictionary(Subtype=Name.Form, BBox=page.mediabox, Resources=page.obj.Resources))
        page.obj.Resources = Dictionary(XObject=Dictionary(Fm=form))
        page.obj.Contents = pdf.make_stream(b"/Fm Do")
        pdf.save(tmp_path / "a.pdf")
    assert write_pdf(tmp_path / "a.pdf", tmp_path / "out.pdf").layered == 1
    assert_copies(tmp_path / "out.pdf", repaired(tmp_path / "a.pdf", Config()).text)


def test_fonts_that_are_drawn_by_their_map_are_left(tmp_path):
    with pikepdf.open(io.BytesIO(build(OFFICIAL, "spacing-marks").pdf)) as pdf:
        for font in pdf.pages[0].Resources.Font.values():
            del font.DescendantFonts[0].FontDescriptor["/FontFile2"]
        before = pdf.pages[0].Resources.Font.F1.ToUnicode.read_bytes()
        assert not Twins(pdf, ()).silence(pdf.pages[0])
        assert pdf.pages[0].Resources.Font.F1.ToUnicode.read_bytes() == before


def test_a_value_in_an_image_is_copied(tmp_path):
    needs_engine()
    path, out, settings = put(tmp_path, "a.pdf", stamps.letter("image")), tmp_path / "out.pdf", config(tmp_path)
    write_pdf(path, out, settings)
    text = repaired(path, settings).text
    assert "Số: 412/BC-SKHCN" in text
    for copied in readers(out).values():
        assert "412" in copied


def test_a_signed_document_gets_a_copy_that_says_so(tmp_path):
    with pikepdf.open(io.BytesIO(build(OFFICIAL).pdf)) as pdf:
        signature = pdf.make_indirect(Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3])))
        field = pdf.make_indirect(Dictionary(FT=Name.Sig, T=pikepdf.String("s"), V=signature))
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
        pdf.save(tmp_path / "signed.pdf")
    before = (tmp_path / "signed.pdf").read_bytes()
    assert "signed" in str(write_pdf(tmp_path / "signed.pdf", tmp_path / "out.pdf"))
    assert (tmp_path / "signed.pdf").read_bytes() == before


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_an_image_file_becomes_a_pdf_around_it(tmp_path, kind):
    needs_engine()
    picture = scans.render(build(OFFICIAL).pdf, 200)[0]
    path, out, settings = tmp_path / f"page.{kind.lower()}", tmp_path / "out.pdf", config(tmp_path)
    picture.save(path, kind, dpi=(200, 200))
    write_pdf(path, out, settings)
    assert_copies(out, repaired(path, settings).text)
    if kind == "JPEG":
        assert images(out) == [path.read_bytes()]
    else:
        with pikepdf.open(out) as pdf:
            found = pikepdf.PdfImage(pdf.pages[0].get_images()["/Im0"]).as_pil_image()
            assert found.tobytes() == Image.open(path).convert("L").tobytes()


def test_the_input_is_never_written_over(tmp_path):
    path = put(tmp_path, "a.pdf", build(OFFICIAL).pdf)
    with pytest.raises(SettingsError):
        write_pdf(path, tmp_path / "." / "a.pdf")
    text = put(tmp_path, "a.txt", "Căn cứ".encode())
    with pytest.raises(UnsupportedFile):
        write_pdf(text, tmp_path / "b.pdf")
    assert not (tmp_path / "b.pdf").exists()


def test_the_blank_font_is_a_font():
    ttlib = pytest.importorskip("fontTools.ttLib")
    font = ttlib.TTFont(io.BytesIO(blank_program()))
    assert font["maxp"].numGlyphs == 2
    assert len(font["glyf"].glyphs) == 2
