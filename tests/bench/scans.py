"""A page image read by the pipeline against plain Tesseract on the same image, in CPU seconds of all processes."""

import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

KINDS = ("good", "office", "bitonal", "faint", "stained", "photographed")


def bench(shared: Path) -> None:
    """Print ours/plain for generated pages and, where `shared` holds them, for the annotated scans."""
    from pipeline.children import single_threaded
    from pipeline.config import OcrConfig
    from pipeline.extract import image, scan
    from tests.generator import build, scans, texts

    single_threaded()
    letter = build(texts.OFFICIAL, "clean-type0").pdf
    pages = [(f"letter, {kind}", scans.scan(letter, scans.PRESETS[kind], 1)) for kind in KINDS]
    pages += [(path.stem, path.read_bytes()) for path in sorted((shared / "annotated").rglob("pages/a*.pdf"))]
    found = []
    for name, data in pages:
        drawn = image.render(data, 0, round(image.native_dpi(data, 0) or 300), OcrConfig())
        width, height = _page_size(data)
        dpi = round(drawn.width / width * 72)

        def ours(drawn: Image.Image = drawn, width: float = width, height: float = height) -> object:
            return scan.read_image(drawn, width, height, OcrConfig())

        def plain(drawn: Image.Image = drawn, dpi: int = dpi) -> None:
            with tempfile.NamedTemporaryFile(suffix=".ppm") as file:
                drawn.save(file, "PPM")
                file.flush()
                command = ["tesseract", file.name, "-", "-l", "vie", "--psm", "3", "--dpi", str(dpi)]
                subprocess.run(command, capture_output=True, check=True)

        ours()
        found.append(statistics.median(_cpu(ours) / _cpu(plain) for _ in range(3)))
        print(f"{name:60} {found[-1]:6.2f}  goal <= 1.25")
    print(f"{'page image / tesseract -l vie, median':60} {statistics.median(found):6.2f}  goal <= 1.25")


def _page_size(data: bytes) -> tuple[float, float]:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return document[0].get_size()
    finally:
        document.close()


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process and of those that it waits for."""
    before = os.times()
    work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])
