"""What another reader copies from a copy, page by page, against what it should."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from pipeline.document import UNSAFE_TO_DRAW, ExtractedPage, RepairedDocument, RepairedPage
from pipeline.errors import BrokenPdf
from pipeline.extract import image


def read(data: bytes, pages: Sequence[ExtractedPage]) -> list[str | None]:
    """What PDFium copies from each page, None for one not safe to open; nothing where it cannot open the file."""
    try:
        return image.copied_texts(data, [UNSAFE_TO_DRAW not in page.flags for page in pages])
    except BrokenPdf:
        return []


def wanted(page: ExtractedPage, place: RepairedPage, repaired: RepairedDocument) -> str:
    """The text that a page's own content should give: as repaired, with its furniture, without annotations."""
    parts, at = [], place.span[0]
    for insertion in repaired.insertions:
        if insertion.page == page.number and insertion.confidence is None:
            parts.append(repaired.text[at : insertion.span[0]])
            at = insertion.span[1]
    parts.append(repaired.text[at : place.span[1]])
    parts += [" " + line.text for line in page.lines if line.furniture and line.furniture != "signature-stamp"]
    return "".join(parts)


def share(text: str, truth: str) -> float:
    """Syllables that two texts have in common, over those of the one that has more; 1 for two empty ones.

    >>> share("Kế hoạch", "Kế hoạch hoạch"), share("", "")
    (0.6666666666666666, 1.0)
    """
    found, asked = (Counter(unicodedata.normalize("NFC", part).split()) for part in (text, truth))
    most = max(found.total(), asked.total())
    return (found & asked).total() / most if most else 1.0
