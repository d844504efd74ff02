"""The title printed with a label: on its own lines, or in its own type; None for running text."""

import regex

from pipeline.segment import labels
from pipeline.segment.body import is_authority
from pipeline.segment.doc_kind import kind_at
from pipeline.segment.labels import Label
from pipeline.segment.lines import BodyLine, Measures, centred, is_bullet, is_caps, starts_paragraph

_LEADS_ON = regex.compile(
    r"(?:sau|sau đây|sau đó|gồm|bao gồm|như sau|cụ thể|lưu ý|trách nhiệm|nhiệm vụ|tiết|là|phải|dung|việc|như"
    r"|trong đó|công thức|cụ thể)\s*:$"
)
_LONGEST = 330
_USUAL = regex.compile(r"(?:phan )?(?:mo dau|ket luan|loi noi dau|dat van de|ket luan va kien nghi|kien nghi)$")
_LETTERING = regex.compile(
    r"cong hoa xa hoi|dang cong san|doc lap|^bang |^hinh |^bieu |^mau |^phu luc|^muc luc|^du thao|^noi nhan"
)


def title_lines(lines: tuple[BodyLine, ...], i: int, label: Label, end: int, usual: Measures) -> int:
    """How many lines after a named label (Chương …) belong to its title."""
    rest = lines[i].text[label.length :].strip()
    count = 0
    style: tuple[bool, bool] | None = (is_caps(rest), lines[i].bold) if rest else None
    for j in range(i + 1, min(end, i + 9)):
        line = lines[j]
        if (
            line.table
            or is_bullet(line.text)
            or any(r.named for r in labels.read(line.text))
            or line.page > lines[i].page + 1
        ):
            break
        if style is None:
            if labels.read(line.text) or not (line.caps or line.bold or centred(line, usual) or len(line.text) < 70):
                break
            style = (line.caps, line.bold)
        elif (
            (line.caps, line.bold) != style
            or labels.read(line.text)
            or not (line.caps or (line.bold and centred(line, usual)))
        ):
            break
        count += 1
    return count


def unnumbered(lines: tuple[BodyLine, ...], i: int, end: int, started: bool, usual: Measures) -> int:
    """How many lines from ``i`` on are a heading without number, set apart in capitals; 0 where they are none.

    Before the first division (``started`` false) only the usual names of such headings count.
    """
    line = lines[i]
    if not line.caps or len(line.text.split()) < 2 or line.text[-1] in ":;,.)" or not line.text[0].isalpha():
        return 0
    usual_name = _USUAL.match(line.fold) is not None
    apart = line.laid_out and line.bold and centred(line, usual)
    if not (usual_name or (started and apart)) or _LETTERING.search(line.fold):
        return 0
    if (kind_at(line) and not usual_name) or is_authority(line.text):
        return 0
    count = 1
    while i + count < end and lines[i + count].caps and lines[i + count].bold == line.bold and count < 4:
        if labels.read(lines[i + count].text) or not lines[i + count].laid_out:
            break
        count += 1
    after = lines[i + count] if i + count < end else None
    return count if after is not None and not after.table else 0


def _paragraph(lines: tuple[BodyLine, ...], i: int, stop: int, usual: Measures) -> list[BodyLine]:
    taken = [lines[i]]
    for line in lines[i + 1 : stop]:
        if line.note:
            continue
        if (
            line.table
            or starts_paragraph(taken[-1], line, usual) == 2
            or (starts_paragraph(taken[-1], line, usual) and line.text[:1].isupper())
        ):
            break
        taken.append(line)
        if len(taken) > 8:
            break
    return taken


def _clean(text: str) -> str:
    return " ".join(text.split()).strip().rstrip(" :.").strip()


def find(lines: tuple[BodyLine, ...], i: int, label: Label, stop: int, usual: Measures, alone: bool) -> str | None:
    """The title of the division that opens at line ``i`` and has its first child or follower at ``stop``.

    ``alone``: the next division is its sibling, so that it has no children.
    """
    opening = lines[i].text.lstrip('“"« ')[label.length :]
    if label.style in labels.NAMED[:4]:
        count = title_lines(lines, i, label, max(stop, i + 1), usual)
        return _clean(" ".join([opening, *(line.text for line in lines[i + 1 : i + 1 + count])])) or None
    taken = _paragraph(lines, i, stop, usual)
    text = " ".join([opening.strip(), *(line.text for line in taken[1:])]).strip()
    if text.count("”") > text.count("“"):  # the end of a quoted provision
        text = regex.sub(r"[”\"»]\s*([.;,]?)$", r"\1", text)
    more = i + len(taken) < stop or not alone
    if not text or len(text) > _LONGEST or text.lower().startswith("(được bãi bỏ"):
        return None
    if is_caps(text):
        return _clean(text)
    if all(line.bold for line in taken) and not _run_in_only(taken, text):
        return _run_in(text) or _clean(text)
    if text[-1] in ".;,!?" or text.endswith("./.") or not text[:1].isupper():
        return None
    if text[-1] == ":":
        return None if _LEADS_ON.search(text.lower()) else _clean(text)
    return _clean(text) if more and i + len(taken) <= stop and (stop > i + len(taken) or not alone) else None


def _run_in_only(taken: list[BodyLine], text: str) -> bool:
    return len(taken) > 1 and text.endswith((";", ","))


def _run_in(text: str) -> str | None:
    """The part before the colon of a title that runs on into its text."""
    before, colon, after = text.partition(": ")
    if _LEADS_ON.search(before.lower() + ":"):
        return None
    return _clean(before) if colon and after.strip() and 3 < len(before) < 110 else None


def run_in(lines: tuple[BodyLine, ...], i: int, label: Label, stop: int, usual: Measures) -> str | None:
    """The few words before a colon that open a paragraph ("Địa điểm: Hội trường …"); for lists where all are so."""
    taken = _paragraph(lines, i, stop, usual)
    text = " ".join([lines[i].text[label.length :].strip(), *(line.text for line in taken[1:])]).strip()
    title = _run_in(text)
    if title is None or len(title.split()) > 9 or not title[0].isupper() or regex.search(r"[.;(\d]", title):
        return None
    return title


def without_note(heading: str) -> str:
    """A heading without the number of a footnote glued to its last word.

    >>> without_note("Loại, cấp công trình xây dựng30"), without_note("Khí CO2")
    ('Loại, cấp công trình xây dựng', 'Khí CO2')
    """
    return regex.sub(r"(?<=\p{Ll}{2}|\p{Lu}{3})\d{1,3}$", "", heading)


def like_siblings(
    lines: tuple[BodyLine, ...], i: int, label: Label, stop: int, usual: Measures, child: bool
) -> str | None:
    """A title where most divisions of the same list have one: it may run into its text or end with a full stop."""
    taken = _paragraph(lines, i, stop, usual)
    text = " ".join([lines[i].text[label.length :].strip(), *(line.text for line in taken[1:])]).strip()
    run_in = _run_in(text)
    if run_in:
        return run_in
    whole = len(text) <= 200 and text.endswith(".") and text.count(". ") == 0 and (child or i + len(taken) < stop)
    return _clean(text) if whole else None
