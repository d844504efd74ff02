"""Plain text files: lines as they stand."""

from pathlib import PurePath

from pipeline.document import ExtractedPage, Line, Method
from pipeline.errors import BrokenText

WIDTH, HEIGHT = 595.0, 842.0
_LEADING, _ADVANCE = 12.0, 6.0


def read(data: bytes, name: str) -> list[ExtractedPage]:
    """The pages of a text file in UTF-8 (form feeds part pages); boxes are nominal, 12 points a line.

    Raises:
        BrokenText: the bytes are not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenText(f"{PurePath(name).name}: byte {error.start} is not UTF-8") from error
    pages = []
    for number, part in enumerate(_parts(text), start=1):
        lines = []
        for at, line in enumerate(part.split("\n")):
            line = line.rstrip()
            if line:
                top = at * _LEADING
                lines.append(Line(line, (0.0, top, _ADVANCE * len(line), top + _LEADING)))
        pages.append(ExtractedPage(number, WIDTH, HEIGHT, Method.EMBEDDED, "plain-text", tuple(lines)))
    return pages


def _parts(text: str) -> list[str]:
    parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\f")
    if len(parts) > 1 and not parts[-1].strip():
        parts.pop()
    return parts
