"""Words whose boxes hold the ink of others: where it is found, and which readings of it count."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.extract import prepare, scan_swallowed
from pipeline.extract.ocr import Word

N = 20
"""Pixels that a letter takes, 16 of them black; words stand a letter apart."""


def printed(*texts: str) -> tuple[prepare.Prepared, list[Word]]:
    """A page with a line of words, a bar for each letter, and the words as they would be read."""
    image = Image.new("L", (2400, 300), 250)
    draw = ImageDraw.Draw(image)
    words, x = [], 100
    for text in texts:
        for at in range(len(text)):
            draw.rectangle((x + N * at, 100, x + N * at + 15, 130), fill=20)
        words.append(Word(text, (x, 100, x + N * len(text), 131), 0.96, (1, 1, 1)))
        x += N * (len(text) + 1)
    pixels = np.asarray(image, dtype=np.uint8)
    return prepare.Prepared(pixels, pixels, np.eye(3), 300.0, False, ()), words


def swallowed(words: list[Word], by: int, *lost: int) -> list[Word]:
    """The words without the lost ones, whose ink the word with the number `by` has in its box."""
    held = [words[at].box for at in (by, *lost)]
    left, right = min(box[0] for box in held), max(box[2] for box in held)
    wide = Word(words[by].text, (left, 100, right, 131), 0.96, (1, 1, 1))
    return [wide if at == by else w for at, w in enumerate(words) if at not in lost]


LINE = ("qua", "ngay", "04", "va", "nay", "chua", "xong")


def test_ink_in_a_box_that_is_too_wide_is_parted_into_words() -> None:
    page, words = printed(*LINE)
    assert scan_swallowed.places(page, words) == {}
    for by, lost in ((1, (2,)), (3, (2,)), (5, (4, 3))):
        row = swallowed(words, by, *lost)
        ((word, places),) = scan_swallowed.places(page, row).items()
        inside = sorted(words[at].box for at in (by, *lost))
        assert word.text == LINE[by]
        assert [(a[0], a[2] + 4) for a in places] == [(box[0], box[2]) for box in inside]


def test_ink_that_a_neighbour_lacks_and_wide_letters_are_left_alone() -> None:
    page, words = printed(*LINE)
    row = swallowed(words, 1, 2)
    short = Word("04/2020", (row[2].box[0], 100, row[2].box[2], 131), 0.96, (1, 1, 1))
    assert scan_swallowed.places(page, [*row[:2], short, *row[3:]]) == {}
    blank = replace(page, image=page.image * 0 + 250)
    assert scan_swallowed.places(blank, row) == {}
    assert scan_swallowed.places(page, row[:3]) == {}
    assert scan_swallowed.places(page, [replace(w, text="\u0300\u0301") for w in row]) == {}
    assert scan_swallowed.places(page, [replace(w, box=(9, 100, 9, 131)) for w in row]) == {}
    assert scan_swallowed.places(page, [replace(w, text="." * len(w.text)) for w in row]) == {}


def read(*words: tuple[str, float]) -> list[Word]:
    return [Word(text, (100 + 60 * at, 7, 150 + 60 * at, 30), sure, (9, 9, 9)) for at, (text, sure) in enumerate(words)]


WIDE = Word("ngày,", (100, 100, 300, 131), 0.96, (1, 2, 3))


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([("ngày", 0.9), ("04", 0.9)], "ngày, 04"),
        ([(".cơ:", 0.9), ("NGÀY", 0.3)], "cơ ngày,"),
        ([("ngay", 0.9), ("2", 0.9), ("1", 0.9), ("tháng", 0.9)], "ngày, 21 tháng"),
    ],
)
def test_what_is_surely_read_comes_in_beside_the_word(found: list[tuple[str, float]], text: str) -> None:
    whole = scan_swallowed.restored(WIDE, read(*found))
    assert " ".join(w.text for w in whole) == text
    assert all(w.box[1] == 100 and w.box[3] == 131 and w.line == (1, 2, 3) for w in whole)
    assert [w.box[0] for w in whole] == sorted(w.box[0] for w in whole)


@pytest.mark.parametrize(
    "found",
    [
        [],
        [("ngày", 0.9)],
        [("04", 0.9)],
        [("ngày", 0.9), ("04", 0.8)],
        [("ngày", 0.9), ("c", 0.9)],
        [("ngày", 0.9), ("SỐ", 0.9)],
        [("ngày", 0.9), ("thág", 0.9)],
        [("ngày", 0.9), ("04", 0.9), ("€", 0.9)],
    ],
)
def test_anything_unsure_leaves_the_word_as_it_was(found: list[tuple[str, float]]) -> None:
    assert scan_swallowed.restored(WIDE, read(*found)) == []


def test_two_looks_that_agree_are_surer_and_of_others_the_surer_one_counts() -> None:
    first, second = read(("cơ", 0.6), ("sở", 0.8)), read(("cơ.", 0.7), ("sở", 0.5))
    assert [(w.text, round(w.confidence, 3)) for w in scan_swallowed.agreed(first, second)] == [
        ("cơ", 0.88),
        ("sở", 0.9),
    ]
    assert scan_swallowed.agreed(first, read(("co", 0.7))) == read(("co", 0.7))
    assert scan_swallowed.agreed(first, read(("co", 0.5))) == first
    assert scan_swallowed.agreed([], read(("cơ", 0.5))) == read(("cơ", 0.5))
    assert scan_swallowed.agreed([], []) == []
