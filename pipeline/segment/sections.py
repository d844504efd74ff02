"""The divisions of the body: labels that open a paragraph, put in their place by the lists that they continue.

A label counts when it is the next of an open list or the first of a new one and the line starts a paragraph; one
that breaks its list (the author's numbering errors) needs the layout to say so, and is flagged.
"""

from collections import Counter
from dataclasses import dataclass, field

import regex

from pipeline.document import Section, SectionKind
from pipeline.segment import headings, labels
from pipeline.segment.body import Part
from pipeline.segment.labels import Label
from pipeline.segment.lines import BodyLine, Measures, has_leaders, is_caps, starts_paragraph

_REFERENCE = regex.compile(
    r"(?:(?i:của|này|và|hoặc|đến|nêu|nói|quy định|ban hành|tại|được|có hiệu|khoản|điểm)\b|Điều \d|Chương [IVX]|"
    r"(?:Nghị định|Luật|Bộ luật|Thông tư|Nghị quyết|Quyết định)\s(?!này)[^.]{0,40}(?:số|năm)\s)"
)
_UNIT = regex.compile(r"(?:%|‰|triệu|tỷ|tỉ|nghìn|ngàn|đồng|người|ha|km|m2|kg|tháng|năm|ngày|giờ)\b")


@dataclass(slots=True)
class Open:
    """A division under construction."""

    label: Label
    text: str
    line: int
    path: tuple[str, ...]
    parent: int | None
    kind: SectionKind
    heading: str | None = None
    end: int = 0
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Scan:
    lines: tuple[BodyLine, ...]
    usual: Measures
    found: list[Open]
    stack: list[int] = field(default_factory=list)
    base: int = 0
    quote: int = -1
    """The line that ends the quotation in which the scan is; -1 outside."""
    outer: tuple[list[int], int] = field(default_factory=lambda: ([], 0))

    def top(self, depth: int) -> Open:
        return self.found[self.stack[depth]]


def find(
    lines: tuple[BodyLine, ...], parts: tuple[Part, ...], heads: tuple[tuple[int, str | None], ...], usual: Measures
) -> tuple[Section, ...]:
    """All divisions of the document and of its attached instruments, in order, each under its parent.

    ``heads`` gives for each part its first line of body and, for an attached instrument, the label of its root.
    """
    scan = _Scan(lines, usual, [])
    for part, (body, root) in zip(parts, heads, strict=True):
        first = len(scan.found)
        scan.stack, scan.quote = [], -1
        if part.attached and root:
            line = next((i for i in range(part.start, part.end) if root.split()[0] in lines[i].text), part.start)
            scan.found.append(
                Open(
                    Label(root, "root", (1,), 0),
                    root,
                    line,
                    (root,),
                    None,
                    SectionKind.DIVISION,
                    root,
                    flags=["attached"],
                )
            )
            scan.stack = [first]
        scan.base = len(scan.stack)
        _scan_part(scan, body, part.tail)
        _close(scan.found[first:], lines, part)
        _give_headings(scan, first, part)
        _mark_preamble(scan.found[first:])
    return tuple(_section(scan, i) for i in range(len(scan.found)))


def _scan_part(scan: _Scan, start: int, end: int) -> None:
    before: BodyLine | None = scan.lines[start - 1] if start else None
    skip_until = start
    for i in range(start, end):
        line = scan.lines[i]
        if i >= skip_until and line.fold in ("muc luc", "muc luc:"):
            skip_until = _contents_end(scan.lines, i + 1, end)
        if line.table or line.note or has_leaders(line.text):
            continue
        if scan.quote < 0 and scan.stack:
            closing = quotation_end(scan.lines, i, end)
            if closing is not None:
                scan.outer, scan.base, scan.quote = (list(scan.stack), scan.base), len(scan.stack), closing
        if i >= skip_until:
            chosen = _choose(scan, before, i, start, end)
            if chosen is not None:
                _push(scan, i, *chosen)
                if chosen[0].style == "title":
                    skip_until = i + chosen[0].numbers[0]
                elif chosen[0].style in labels.NAMED[:4]:
                    skip_until = i + 1 + headings.title_lines(scan.lines, i, chosen[0], end, scan.usual)
        if 0 <= scan.quote <= i:
            scan.stack, scan.base = scan.outer
            scan.quote = -1
        before = line


def _contents_end(lines: tuple[BodyLine, ...], start: int, end: int) -> int:
    """The first line behind a table of contents: entries of up to three lines that end in page numbers in order."""
    page, i = 0, start
    while i < end:
        ends = [regex.search(r"(?<!\d)(\d{1,3})$", line.text) for line in lines[i : min(end, i + 3)]]
        last = next((k for k, match in enumerate(ends) if match and page <= int(match[1]) <= page + 60), None)
        if last is None:
            return i
        page, i = int(ends[last][1]), i + last + 1  # type: ignore[index]
    return end


def quotation_end(lines: tuple[BodyLine, ...], i: int, end: int) -> int | None:
    """The line that closes the quotation which line ``i`` opens (an amendment's new text); None where it opens none."""
    text = lines[i].text
    if text[:1] not in '“"«' or not text[1:].strip():
        return None
    labelled = bool(labels.read(text[1:].lstrip()))
    if not labelled and not (i and lines[i - 1].fold.endswith("nhu sau:")):
        return None
    for j in range(i, min(end, i + (400 if labelled else 60))):
        body = lines[j].text[1:] if j == i else lines[j].text
        if lines[j].note:
            continue
        if regex.search(r"[”\"»]\s*[.;,]?\s?\d{0,3}$", body) and not (
            j > i and regex.search(r"“[^”]*”\s*[.;,]?$", body)
        ):
            return j
    return None


def _choose(scan: _Scan, before: BodyLine | None, i: int, start: int, end: int) -> tuple[Label, int, list[str]] | None:
    """The reading that fits, the depth at which it goes on (or opens), and its flags."""
    line = scan.lines[i]
    text = line.text
    quoted = scan.quote >= 0
    if text[:1] in '“"«' and quoted:
        text = text[1:].lstrip()
    readings = labels.read(text)
    if not readings:
        return _unnumbered(scan, before, i, end)
    fresh = 2 if i == start else starts_paragraph(before, line, scan.usual)
    if before is not None and fresh == 0 and _is_title(scan, i):
        fresh = 2
    if fresh == 0 and scan.stack and scan.found[scan.stack[-1]].line == i - 1 and readings[0].numbers == (1,):
        fresh = int(scan.found[scan.stack[-1]].label.style == "article")
    ranked = [
        found for label in readings if (found := _fit(scan, label, text[label.length :], fresh, line)) is not None
    ]
    if not ranked:
        return None
    _, label, depth, flags = max(ranked, key=lambda item: item[0])
    if quoted:
        flags = [*flags, "quoted"]
    if label.misread:
        flags = [*flags, "misread-label"]
    return label, depth, flags


def _unnumbered(scan: _Scan, before: BodyLine | None, i: int, end: int) -> tuple[Label, int, list[str]] | None:
    """A heading without number: at the level of the others like it, else outermost."""
    line = scan.lines[i]
    count = headings.unnumbered(scan.lines, i, end, len(scan.stack) > scan.base, scan.usual)
    if not count or scan.quote >= 0 or (before is not None and before.caps and _is_title(scan, i)):
        return None
    if any(scan.found[k].label.style == "article" for k in scan.stack):
        return None
    text = " ".join(" ".join(other.text for other in scan.lines[i : i + count]).split())
    return Label(text, "title", (count,), len(line.text)), scan.base, []


def _is_title(scan: _Scan, i: int) -> bool:
    """Whether the line before is the title or label of a division."""
    return bool(scan.stack) and scan.found[scan.stack[-1]].line >= i - 2 and scan.lines[i - 1].caps


def _fit(scan: _Scan, label: Label, rest: str, fresh: int, line: BodyLine) -> tuple[int, Label, int, list[str]] | None:
    if not _plausible(label, rest, line, scan.usual, fresh):
        return None
    depth, expected, repeat = _place(scan, label)
    if scan.quote >= 0 and depth <= scan.base and fresh == 2 and (not rest or not rest[0].islower()):
        return 20, label, scan.base if depth < len(scan.stack) else depth, []
    if label.misread and label.text == "đ" and not expected:
        return None
    if label.noted and label.style == "article":  # "Điều 224": article 22 with footnote 4, where 22 is the next
        return (25, label, depth, []) if fresh and expected and depth < len(scan.stack) and rest[:1].isupper() else None
    if label.noted:
        first = label.numbers == (1,) and depth == len(scan.stack) and bool(scan.stack)
        opens = rest[:1].isupper() or rest.startswith("(được ")  # "7.4 (được bãi bỏ)"
        return (28, label, depth, []) if fresh and (expected or first) and opens else None
    if (
        label.style.startswith("decimal")
        and not label.mark
        and not expected
        and not (depth > scan.base and scan.top(depth - 1).label.numbers == label.numbers[:-1])
    ):
        return None
    first = label.numbers[-1] == 1 and depth == len(scan.stack)
    upper = not rest or not rest[0].islower()
    if expected and (fresh >= 1 or (line.bold and upper)):
        return (30 - (len(scan.stack) - depth) + 10 * (fresh == 2), label, depth, []) if upper or fresh == 2 else None
    if first and fresh >= 1 and (upper or fresh == 2):
        return 20 + 10 * (fresh == 2), label, depth, []
    if label.named and fresh == 2 and upper:
        return 15, label, depth, ["numbering-repeat" if repeat else "numbering-gap"] if depth < len(scan.stack) else []
    if label.style == "roman" and depth == len(scan.stack) and not first and fresh == 2 and is_caps(rest):
        return 12, label, _outermost(scan), ["numbering-gap"]
    near = not line.laid_out and depth < len(scan.stack) and scan.top(depth).label.numbers[-1] < label.numbers[-1]
    if (fresh == 2 or (fresh == 1 and near and label.numbers[-1] - scan.top(depth).label.numbers[-1] <= 3)) and (
        upper and len(rest) > 1
    ):
        jump = depth < len(scan.stack) and abs(label.numbers[-1] - scan.top(depth).label.numbers[-1])
        if label.style.startswith(("arabic", "decimal", "letter", "roman")) and (not jump or jump <= 30):
            if label.style.startswith("letter") and label.numbers[-1] > 1 and depth == len(scan.stack):
                return None
            if label.style in ("roman", "letter.", "letter-", "arabic()", "letter()") and not jump:
                return None
            return 5, label, depth, ["numbering-repeat" if repeat else "numbering-gap"]
    return None


def _outermost(scan: _Scan) -> int:
    """The depth of a heading in Roman numbers whose list has no beginning: right under parts, chapters and articles."""
    return next((d for d in range(scan.base, len(scan.stack)) if not scan.top(d).label.named), len(scan.stack))


def _plausible(label: Label, rest: str, line: BodyLine, usual: Measures, fresh: int) -> bool:
    if _REFERENCE.match(rest) and label.style in ("part", "chapter", "section", "subsection"):
        return False
    if label.style == "article":
        return (bool(label.mark) and not regex.match(r"\d", rest)) or (
            fresh == 2 and bool(rest) and rest[0].isupper() and not _REFERENCE.match(rest)
        )
    if label.style in ("part", "chapter", "section", "subsection"):
        return not rest or rest[0].isupper() or rest[0] in '“"'
    if label.style.startswith("decimal") and not label.mark:
        return bool(rest) and rest[0].isupper() and (line.bold or fresh == 2)
    if _UNIT.match(rest):
        return False
    return bool(rest) or label.style == "roman"


def _place(scan: _Scan, label: Label) -> tuple[int, bool, bool]:
    """Depth in the stack where the label goes on a list (or the stack's length), whether as the next, whether again."""
    size = len(scan.stack)
    if label.named:
        rank = labels.NAMED.index(label.style)
        for depth in range(scan.base, size):
            other = scan.top(depth).label
            if not other.named or labels.NAMED.index(other.style) >= rank:
                if other.style == label.style:
                    return depth, labels.follows(label, other.numbers, other.text), label.numbers == other.numbers
                return depth, label.numbers[-1] == 1 or label.style == "article", False
        return size, label.numbers[-1] == 1 or label.style == "article", False
    if label.style.startswith("decimal"):
        return _place_decimal(scan, label)
    for depth in range(size - 1, scan.base - 1, -1):
        other = scan.top(depth).label
        if other.style == label.style and labels.follows(label, other.numbers, other.text):
            return depth, True, False
    floor = max([d for d in range(scan.base, size) if scan.top(d).label.style == "article"], default=scan.base)
    for depth in range(size - 1, floor - 1, -1):
        other = scan.top(depth).label
        if other.style == label.style:
            return depth, False, label.numbers <= other.numbers
    return size, False, False


def _place_decimal(scan: _Scan, label: Label) -> tuple[int, bool, bool]:
    size = len(scan.stack)
    for depth in range(size - 1, scan.base - 1, -1):
        other = scan.top(depth).label
        if other.style == label.style and labels.follows(label, other.numbers, other.text):
            return depth, True, False
        if other.numbers == label.numbers[:-1] and other.style.startswith(
            ("arabic", "decimal", "article", "roman", "section")
        ):
            return depth + 1, label.numbers[-1] == 1, False
        if other.style.startswith("roman") and other.numbers + label.numbers[1:] == label.numbers:
            return depth + 1, label.numbers[-1] == 1, False
    for depth in range(size - 1, scan.base - 1, -1):
        if scan.top(depth).label.style == label.style:
            return depth, False, label.numbers <= scan.top(depth).label.numbers
    return size, label.numbers[-1] == 1, False


def _push(scan: _Scan, line: int, label: Label, depth: int, flags: list[str]) -> None:
    del scan.stack[depth:]
    parent = scan.stack[-1] if scan.stack else None
    path = (*(scan.found[parent].path if parent is not None else ()), label.text)
    under = any(scan.found[i].label.style == "article" for i in scan.stack)
    scan.found.append(Open(label, label.text, line, path, parent, labels.kind_of(label, under), flags=flags))
    scan.stack.append(len(scan.found) - 1)


def _close(found: list[Open], lines: tuple[BodyLine, ...], part: Part) -> None:
    """End each division where the next one begins that is not under it; the last ends with the body."""
    last = part.tail - 1
    following: list[Open] = []
    for one in reversed(found):
        while following and len(following[-1].path) > len(one.path):
            following.pop()
        stop = following[-1].line - 1 if following else last
        one.end = lines[max(one.line, min(stop, len(lines) - 1))].end
        following.append(one)


def _give_headings(scan: _Scan, first: int, part: Part) -> None:
    for i in range(first, len(scan.found)):
        one = scan.found[i]
        if one.label.style == "root":
            continue
        if one.label.style == "title":
            one.heading = one.text
            continue
        stop = scan.found[i + 1].line if i + 1 < len(scan.found) else part.tail
        follower = scan.found[i + 1] if i + 1 < len(scan.found) else None
        alone = follower is not None and follower.parent == one.parent
        one.heading = headings.find(scan.lines, one.line, one.label, stop, scan.usual, alone)
    members = Counter((one.parent, one.label.style) for one in scan.found[first:])
    headed = Counter((one.parent, one.label.style) for one in scan.found[first:] if one.heading is not None)
    for i in range(first, len(scan.found)):
        one = scan.found[i]
        if one.heading is None and one.label.style not in ("root", *labels.NAMED):
            others = members[one.parent, one.label.style] - 1
            if others and headed[one.parent, one.label.style] * 2 >= others:
                stop = scan.found[i + 1].line if i + 1 < len(scan.found) else part.tail
                child = i + 1 < len(scan.found) and scan.found[i + 1].parent == i
                one.heading = headings.like_siblings(scan.lines, one.line, one.label, stop, scan.usual, child)
    _run_in_lists(scan, first, part)
    if any(line.note for line in scan.lines):
        for one in scan.found[first:]:
            if one.heading and one.label.style != "title":
                one.heading = headings.without_note(one.heading)


def _run_in_lists(scan: _Scan, first: int, part: Part) -> None:
    """Give the words before the colon as headings to a list outside of articles whose members all open so."""
    lists: dict[tuple[int | None, str], list[int]] = {}
    for i in range(first, len(scan.found)):
        one = scan.found[i]
        if one.label.style.startswith(("arabic", "decimal", "roman")) and one.kind is SectionKind.DIVISION:
            lists.setdefault((one.parent, one.label.style), []).append(i)
    for members in lists.values():
        if len(members) < 2 or any(scan.found[i].heading for i in members):
            continue
        titles = []
        for i in members:
            stop = scan.found[i + 1].line if i + 1 < len(scan.found) else part.tail
            titles.append(headings.run_in(scan.lines, scan.found[i].line, scan.found[i].label, stop, scan.usual))
        if all(titles):
            for i, title in zip(members, titles, strict=True):
                scan.found[i].heading = title


def _mark_preamble(found: list[Open]) -> None:
    """Flag the numbered items before the first chapter or article: what a consolidated text was amended by."""
    named = next((i for i, one in enumerate(found) if one.label.named), None)
    for one in found[: named or 0]:
        if one.label.style not in ("root", "title"):
            one.flags.append("preamble")


def _section(scan: _Scan, i: int) -> Section:
    one = scan.found[i]
    line = scan.lines[one.line]
    parent = f"s{one.parent + 1:04d}" if one.parent is not None else None
    return Section(
        f"s{i + 1:04d}",
        parent,
        one.text,
        one.path,
        one.heading,
        one.kind,
        len(one.path),
        (line.start, max(one.end, line.end)),
        line.page,
        tuple(one.flags),
    )
