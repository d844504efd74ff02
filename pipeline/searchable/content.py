"""Content streams: what they show and how, their invisible text taken out, resources made the page's own."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Dictionary, Name, Operator, Stream

INVISIBLE = 3
"""The text render mode that draws nothing."""
_DEEPEST = 8
_SHOWS = ("Tj", "TJ", "'", '"')


def resources_of(holder: Any) -> Any:
    """The resources of a page or form, which a page may have from those above it."""
    for _ in range(50):
        if "/Resources" in holder or "/Parent" not in holder:
            break
        holder = holder["/Parent"]
    return holder.get("/Resources", Dictionary())


def own_resources(page: Any) -> Any:
    """The page's resources as a dictionary of its own."""
    page["/Resources"] = Dictionary(resources_of(page))
    return page["/Resources"]


def balance(page: pikepdf.Page) -> tuple[int, int]:
    """How many states the content restores that it never saved, and how many it saves and never restores."""
    depth = lowest = 0
    for _, operator in _parsed(page):
        name = str(operator)
        depth += (name == "q") - (name == "Q")
        lowest = min(lowest, depth)
    return -lowest, max(0, depth - lowest)


def _parsed(content: Any) -> list[tuple[Any, Any]]:
    try:
        return [
            (list(part.operands), part.operator)
            if not isinstance(part, pikepdf.ContentStreamInlineImage)
            else ([part.iimage], part.operator)
            for part in pikepdf.parse_content_stream(content)
        ]
    except (pikepdf.PdfError, TypeError, ValueError):
        return []


class _Step(NamedTuple):
    """One operation of a content stream, the text render mode it runs in, and the form with its name that it draws."""

    operands: list[Any]
    operator: Any
    mode: int
    form: tuple[str, Any] | None

    @property
    def shows(self) -> bool:
        """Whether it shows text."""
        return str(self.operator) in _SHOWS


def _steps(content: Any, holder: Any, mode: int) -> Iterator[_Step]:
    """The operations of a page or form with the graphics state that matters for text."""
    forms, stack = forms_of(holder), []
    for operands, operator in _parsed(content):
        name, form = str(operator), None
        if name == "q":
            stack.append(mode)
        elif name == "Q" and stack:
            mode = stack.pop()
        elif name == "Tr":
            mode = _mode(operands)
        elif name == "Do" and operands and (drawn := str(operands[0])) in forms:
            form = (drawn, forms[drawn])
        yield _Step(operands, operator, mode, form)


def visible_text(page: pikepdf.Page) -> bool:
    """Whether the page shows text that is not invisible."""
    return _visible(page, page.obj, 0, 0)


def _visible(content: Any, holder: Any, mode: int, depth: int) -> bool:
    for step in _steps(content, holder, mode):
        if step.shows and step.mode != INVISIBLE:
            return True
        if step.form and depth < _DEEPEST and _visible(step.form[1], step.form[1], step.mode, depth + 1):
            return True
    return False


def _mode(operands: Sequence[Any]) -> int:
    try:
        return int(operands[0])
    except (TypeError, ValueError, IndexError):
        return 0


def forms_of(holder: Any) -> dict[str, Any]:
    """The form XObjects that a page or form may draw, by name."""
    objects = resources_of(holder).get("/XObject", Dictionary())
    return {
        name: item for name, item in objects.items() if isinstance(item, Stream) and item.get("/Subtype") == Name.Form
    }


def strip_invisible(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Take invisible text out of a page's content and of the forms it draws; all else stays."""
    changed, forms, _ = _stripped(pdf, page, page.obj, 0, 0)
    if changed is not None:
        page.obj["/Contents"] = pdf.make_indirect(Stream(pdf, changed))
    if forms:
        replace_forms(own_resources(page.obj), forms)


def replace_forms(resources: Any, forms: dict[str, Any]) -> None:
    """Put other forms under the names that resources know."""
    objects = Dictionary(resources["/XObject"])
    for name, form in forms.items():
        objects[name] = form
    resources["/XObject"] = objects


def _stripped(pdf: pikepdf.Pdf, content: Any, holder: Any, mode: int,
              depth: int) -> tuple[bytes | None, dict[str, Any], int]:  # fmt: skip
    """The content without invisible text (None: as it was), the forms that changed, and how many strings went."""
    kept: list[Any] = []
    forms: dict[str, Any] = {}
    gone = 0
    for step in _steps(content, holder, mode):
        name, operands = str(step.operator), step.operands
        if step.shows and step.mode == INVISIBLE:
            gone += 1
            if name == '"' and len(operands) == 3:
                kept += [([operands[0]], Operator("Tw")), ([operands[1]], Operator("Tc"))]
            if name in "'\"":
                kept.append(([], Operator("T*")))
            continue
        if step.form and depth < _DEEPEST and step.form[0] not in forms:
            key, form = step.form
            inner, nested, _ = _stripped(pdf, form, form, step.mode, depth + 1)
            if inner is not None or nested:
                forms[key] = copied_form(pdf, form, inner, nested)
        kept.append((operands, step.operator))
    return (pikepdf.unparse_content_stream(kept) if gone else None), forms, gone


def copied_form(pdf: pikepdf.Pdf, form: Any, content: bytes | None, nested: dict[str, Any]) -> Any:
    """A form XObject of its own, with other content (None: the same) and other forms inside."""
    copy = Stream(pdf, form.read_bytes() if content is None else content)
    for key, value in form.items():
        if key not in ("/Length", "/Filter", "/DecodeParms", "/Resources"):
            copy[key] = value
    copy["/Resources"] = Dictionary(form.get("/Resources", Dictionary()))
    if nested:
        replace_forms(copy["/Resources"], nested)
    return pdf.make_indirect(copy)
