"""Visible text that readers copy as blanks: fonts exchanged for twins whose maps say so, the drawing untouched.

Where no ToUnicode map can say what a page shows (a mark that is a glyph of its own and stands in another order, letters
struck twice to look bold, bytes that mean other letters in other words, gaps that readers take for spaces), the
repaired text goes over the page as an invisible layer, and what the page's own glyphs say must not be copied beside it.
"""

from collections.abc import Iterable
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Stream

from pipeline.document import Font
from pipeline.searchable import cmap, content

_DEEPEST = 8


class Twins:
    """The silent twins of a document's fonts, each made once.

    Args:
        pdf: the copy that they go into.
        fonts: the fonts as `extract` read them, with the codes that they show.
    """

    def __init__(self, pdf: pikepdf.Pdf, fonts: Iterable[Font]) -> None:
        self._pdf = pdf
        self._codes = {code for font in fonts if font.subtype == "Type0" for code in font.widths}
        self._known: dict[tuple[int, int], Any] = {}
        self._maps: dict[int, Any] = {}

    def silence(self, page: pikepdf.Page) -> bool:
        """Exchange the fonts of a page and of the forms it draws; False, and nothing done, where one has no safe twin.

        A font that is not embedded and has composite codes is drawn by its ToUnicode map, so it is not safe.
        """
        if not self._are_safe(page.obj, 0):
            return False
        self._exchange(content.own_resources(page.obj), page.obj, 0)
        return True

    def _are_safe(self, holder: Any, depth: int) -> bool:
        fonts = content.resources_of(holder).get("/Font", Dictionary())
        inner = content.forms_of(holder).values() if depth < _DEEPEST else ()
        return all(_is_safe(font) for _, font in fonts.items()) and all(self._are_safe(f, depth + 1) for f in inner)

    def _exchange(self, resources: Any, holder: Any, depth: int) -> None:
        if "/Font" in resources:
            resources["/Font"] = Dictionary({name: self._twin(font) for name, font in resources["/Font"].items()})
        if depth >= _DEEPEST:
            return
        forms = {}
        for name, form in content.forms_of(holder).items():
            forms[name] = content.copied_form(self._pdf, form, None, {})
            self._exchange(forms[name]["/Resources"], forms[name], depth + 1)
        if forms:
            content.replace_forms(resources, forms)

    def _twin(self, font: Any) -> Any:
        key = font.objgen
        if key == (0, 0) or key not in self._known:
            twin = Dictionary(font)
            twin["/ToUnicode"] = self._blanks(2 if font.get("/Subtype") == Name.Type0 else 1)
            made = self._pdf.make_indirect(twin)
            if key == (0, 0):
                return made
            self._known[key] = made
        return self._known[key]

    def _blanks(self, width: int) -> Any:
        """A map of all codes to blanks."""
        if width not in self._maps:
            codes = self._codes if width == 2 else range(256)
            stream = Stream(self._pdf, cmap.to_unicode(dict.fromkeys(codes, " "), width))
            self._maps[width] = self._pdf.make_indirect(stream)
        return self._maps[width]


def _is_safe(font: Any) -> bool:
    if not isinstance(font, Dictionary):
        return False
    if font.get("/Subtype") != Name.Type0:
        return True
    if font.get("/Encoding") not in (Name("/Identity-H"), Name("/Identity-V")):
        return False
    try:
        descriptor = font.DescendantFonts[0].FontDescriptor
    except (AttributeError, KeyError, IndexError, TypeError):
        return False
    return any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
