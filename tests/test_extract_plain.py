"""`extract` on plain text: lines as they stand, page numbers marked."""

from pathlib import Path

from pipeline.config import Config
from pipeline.document import ExtractedDocument, Furniture
from pipeline.extract import extract


def read(path: Path, data: bytes) -> ExtractedDocument:
    path.write_bytes(data)
    return extract(path, "thu/" + path.name, Config())


def test_lines_stand_as_they_are(tmp_path: Path) -> None:
    document = read(tmp_path / "a.txt", "\ufeffKẾ HOẠCH\r\n\r\n  1. Mục tiêu \r\nVề\fTrang hai\n".encode())
    assert [[line.text for line in page.lines] for page in document.pages] == [
        ["KẾ HOẠCH", "  1. Mục tiêu", "Về"],
        ["Trang hai"],
    ]
    assert document.source.media_type == "text/plain"
    assert document.source.path == "thu/a.txt"
    assert document.source.page_count == 2
    assert document.pages[0].lines[1].box == (0.0, 24.0, 78.0, 36.0)


def test_numbers_that_count_through_the_text_are_page_numbers(tmp_path: Path) -> None:
    lines = [f"Dòng {n} của văn bản" for n in range(90)]
    lines[30], lines[62], lines[70] = "2", " 3 ", "17"
    document = read(tmp_path / "a.txt", "\n".join(lines).encode())
    marked = [line.text.strip() for line in document.pages[0].lines if line.furniture is Furniture.PAGE_NUMBER]
    assert marked == ["2", "3"]


def test_a_column_of_numbers_is_no_page_number(tmp_path: Path) -> None:
    document = read(tmp_path / "a.txt", b"1\n2\n3\n4\n5\n")
    assert all(line.furniture is None for line in document.pages[0].lines)
