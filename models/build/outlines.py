"""Build `models/outlines.npz`: measures of the outlines of healthy fonts and the letter each draws.

    python models/build/outlines.py FOLDER_OF_PDFS [FOLDER_OF_PDFS ...]

Learned from the Liberation fonts (fonts-liberation2, SIL OFL 1.1) and from those fonts of the PDFs `clean-*.pdf` whose
text consists of at least 97 % possible syllables. Only measures and letters are kept, no outline.
"""

import dataclasses
import io
import sys
from pathlib import Path

from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from pipeline import vietnamese  # noqa: E402
from pipeline.config import Config  # noqa: E402
from pipeline.document import ExtractedDocument, Font  # noqa: E402
from pipeline.repair import glyph_shape, usage  # noqa: E402
from pipeline.repair.font_program import open_program  # noqa: E402
from pipeline.repair.ledger import LineState  # noqa: E402
from pipeline.repair.outline import Form  # noqa: E402

SYSTEM = Path("/usr/share/fonts/truetype/liberation2")


def of_system() -> list[tuple[Form, str]]:
    """Every glyph of the Liberation fonts that has a letter."""
    pairs = []
    for path in sorted(SYSTEM.glob("*.ttf")):
        data = path.read_bytes()
        file = TTFont(io.BytesIO(data))
        program = open_program(Font(path.stem, path.stem, "Type0", None, {}, {}, data, "truetype"))
        order = {name: index for index, name in enumerate(file.getGlyphOrder())}
        for point, name in sorted(file.getBestCmap().items()):
            form = program.form(order[name]) if program and point < 0x2500 else None
            if form is not None and form.ink:
                pairs.append((form, chr(point)))
    return pairs


def of_document(document: ExtractedDocument) -> list[tuple[Form, str]]:
    """The outlines of the document's fonts whose own text reads well, one for each code used twice and more."""
    states = [LineState(line, page.number) for page in document.pages for line in page.lines]
    pairs = []
    for key, shown_by in usage.gather(states).items():
        letters = sum(n for (_, shown), n in shown_by.shown.items() if shown.isalpha())
        if key not in document.fonts or letters < 300 or shown_by.legibility() < 0.97:
            continue
        program = open_program(document.fonts[key])
        for (code, shown), count in sorted(shown_by.shown.items()):
            form = program.form(code) if program and count > 1 and not usage.is_blank(shown) else None
            if form is not None and form.ink:
                pairs.append((form, vietnamese.nfc(shown)))
    return pairs


def main(folders: list[str]) -> None:
    """Write the memory; with no folder, of the Liberation fonts alone."""
    pairs = of_system()
    for path in sorted(p for folder in folders for p in Path(folder).glob("clean-*.pdf")):
        try:
            from pipeline.extract import extract

            config = dataclasses.replace(Config())
            pairs += of_document(extract(path, path.name, config))
        except Exception as error:
            print(path.name, error, file=sys.stderr)
    shapes = glyph_shape.learned(pairs)
    glyph_shape.save(shapes, ROOT / "models/outlines.npz")
    print(len(shapes.glyphs), "outlines")


if __name__ == "__main__":
    main(sys.argv[1:])
