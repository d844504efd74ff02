"""Vietnamese PDFs with exact truth: the documents that every test and quality measure of the project builds on.

From plain text the generator prints office-like pages and breaks their text layer in one of the ways of
`damage.CLASSES`; the letters on the page stay right, so that the truth is known to the letter. The same text,
class, seed and fonts give the same bytes.

    from tests.generator import build
    made = build("CỘNG HOÀ XÃ HỘI", "tcvn3")
    made.pdf, made.truth
"""

from tests.generator.damage import CLASSES, DamageClass, Generated, build
from tests.generator.fonts import FontsMissingError, fonts_missing

__all__ = ["CLASSES", "DamageClass", "FontsMissingError", "Generated", "build", "fonts_missing"]
