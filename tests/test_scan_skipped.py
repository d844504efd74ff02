"""Print that the engine skipped: where it is found, and where its words go."""

import numpy as np
from PIL import Image, ImageDraw

from pipeline.document import Furniture
from pipeline.extract import prepare, scan_skipped
from pipeline.extract.ocr import Word
from pipeline.extract.scan_columns import Row


def word(text: str, x: int, y: int, confidence: float = 0.95, line: int = 1) -> Word:
    return Word(text, (x, y, x + 18 * len(text), y + 30), confidence, (1, 1, line))


def page(*printed: tuple[int, int, int, int]) -> prepare.Prepared:
    """A page of 300 dpi with bars of half ink, as print looks at low resolution, in the boxes."""
    image = Image.new("L", (2400, 1200), 250)
    draw = ImageDraw.Draw(image)
    for x0, y0, x1, y1 in printed:
        for x in range(x0, x1, 24):
            draw.rectangle((x, y0, x + 11, y1), fill=20)
    pixels = np.asarray(image, dtype=np.uint8)
    return prepare.Prepared(pixels, pixels, np.eye(3), 300.0, False, ())


READ = (Row((word("Trên", 200, 100), word("cơ", 320, 100), word("sở", 700, 100))), Row((word("đã", 200, 300),)))


def test_ink_of_a_lines_height_without_a_word_is_a_place_to_look() -> None:
    read = [w.box for row in READ for w in row.words]
    speck, rule, seal = (1500, 500, 1506, 506), (200, 800, 1800, 803), (1500, 700, 1800, 1000)
    (in_line, line) = scan_skipped.places(
        page(*read, (420, 100, 600, 130), (200, 200, 1700, 230), speck, rule, seal), READ
    )
    assert abs(in_line[0] - 420) < 12 and abs(in_line[2] - 600) < 24 and abs(in_line[1] - 100) < 6
    assert abs(line[0] - 200) < 12 and abs(line[2] - 1700) < 24 and abs(line[3] - 230) < 6
    assert scan_skipped.places(page(*read), READ) == []
    assert scan_skipped.places(page(*read, (200, 200, 1700, 230)), [Row(READ[0].words, Furniture.SCAN_NOISE)]) == []
    spots = [(x, y, x + 40, y + 30) for x in range(100, 2300, 100) for y in range(400, 1100, 60)]
    assert scan_skipped.places(page(*read, *spots), READ) == []


def test_words_go_into_their_line_or_are_a_line() -> None:
    between = [word("Nghị", 420, 102), word("định", 520, 102)]
    line = [word(text, 200 + 100 * at, 200) for at, text in enumerate(("quyết", "định", "thành", "lập"))]
    rows, added = scan_skipped.joined(READ, [between, line])
    assert [row.text for row in rows] == ["Trên cơ Nghị định sở", "quyết định thành lập", "đã"]
    assert added == 6 and {w.line for w in rows[0].words} == {(1, 1, 1)}


def test_what_is_not_surely_read_stays_out() -> None:
    weak = [word("Nghị", 420, 102, 0.5)]
    single = [word("T", 420, 102)]
    alone = [word("Sở", 900, 600), word("Nội", 960, 600)]
    seal = [word("ký", 200 + 60 * at, 600, 0.72) for at in range(5)]
    assert scan_skipped.joined(READ, [weak, single, alone, seal, []]) == (list(READ), 0)
    rows, added = scan_skipped.joined(READ, [[word("12", 450, 101)]])
    assert rows[0].text == "Trên cơ 12 sở" and added == 1
