"""Where a document's parts lie: the head, the body and the tail of the document and of each attached instrument."""

import itertools
from dataclasses import dataclass, replace

import regex

from pipeline.segment.doc_kind import kind_at
from pipeline.segment.lines import BodyLine, is_bullet

_WITH = regex.compile(r"\(?\s*(?:duoc )?(?:ban hanh )?(?:kem theo|dinh kem)|\(?\s*ban hanh theo")
_RECIPIENTS = regex.compile(r"n[oa]i n?h[aà]?an\b")
_AUTHORITY = regex.compile(r"(?:T\.?/?M|K\.?/?T|T\.?/?L|TUQ|UQ|T\.?/?UQ|Q)[./]?\s*\p{Lu}{2}")
_LETTERHEAD = regex.compile(r"doc lap|so\b|\W*$|.{0,30}, ngay")
_APPENDIX = regex.compile(r"PHỤ\s+LỤC|Phụ\s+lục(?:\s+(?:số\s+)?[\dIVX]{1,4}[a-z]?)?\s*$")
_NAME = regex.compile(
    r"(?:(?:GS|PGS|TS|ThS|BS|KS|CN|NGƯT|NGND|Đại tá|Thượng tá|Trung tá|Đại tướng|Thượng tướng|Trung tướng|Thiếu tướng)"
    r"[.,\s]{0,3}){0,5}\p{Lu}\p{Ll}*(?:[ -]\p{Lu}\p{Ll}*){1,5}\.?$"
)
_POST = (
    "bo truong",
    "thu truong",
    "chu tich",
    "pho chu tich",
    "giam doc",
    "pho giam doc",
    "tong giam doc",
    "hieu truong",
    "pho hieu truong",
    "vien truong",
    "cuc truong",
    "pho cuc truong",
    "vu truong",
    "truong ban",
    "pho truong ban",
    "truong phong",
    "pho truong phong",
    "bi thu",
    "pho bi thu",
    "thu tuong",
    "pho thu tuong",
    "chanh van phong",
    "pho chanh van phong",
    "tong bi thu",
    "chu nhiem",
    "pho chu nhiem",
    "tong cuc truong",
    "chi cuc truong",
    "truong khoa",
    "truong doan",
    "vien pho",
    "pho vien truong",
    "chanh an",
    "pho chanh an",
    "tong kiem toan",
    "thong doc",
    "pho thong doc",
    "tu lenh",
    "chinh uy",
    "chanh thanh tra",
    "thuong truc",
    "uy vien",
    "tong thu ky",
    "nguoi ",
    "dai dien",
    "thu ky",
    "chu tri",
    "quyen ",
    "pho tong",
    "pho vu",
    "ke toan",
    "truong ",
    "pho truong",
    "ban thuong vu",
    "tong bien tap",
    "chu toa",
    "tham phan",
    "t/m",
    "to truong",
)


@dataclass(frozen=True, slots=True)
class Part:
    """Line ranges of one instrument: ``head`` (start, end), body from its end to ``tail``, tail to ``end``."""

    start: int
    body: int
    tail: int
    end: int
    attached: bool = False


def is_post(text: str) -> bool:
    """Whether a folded line opens with the name of a post."""
    return text.startswith(_POST)


def is_authority(text: str) -> bool:
    """Whether a line opens with a mark of authority in capitals ("TM.", "K/T" …)."""
    match = _AUTHORITY.match(text)
    return match is not None and (text[:2] != "QU" or text[1] == ".") and (not text.startswith("Q") or text[1] in "./")


def is_recipients(line: BodyLine) -> bool:
    """Whether the line is the label of the recipients ("Nơi nhận")."""
    return _RECIPIENTS.match(line.fold) is not None and len(line.fold) < 70


def is_name(text: str) -> bool:
    """Whether a line can be the name of a person, academic titles before it allowed."""
    return _NAME.match(text) is not None and len(text) < 60


def _attached_starts(lines: tuple[BodyLine, ...], first_tail: int) -> list[int]:
    starts: list[int] = []
    for i, line in enumerate(lines):
        if line.table or i < 6 or len(line.text) > (400 if line.caps else 120):
            continue
        if _opens_instrument(lines, i, i > first_tail):
            starts.append(_page_head(lines, i))
    merged: list[int] = []
    for start in sorted(set(starts)):
        if not merged or start - merged[-1] > 8 or lines[start].page != lines[merged[-1]].page:
            merged.append(start)
    return merged


def _opens_instrument(lines: tuple[BodyLine, ...], i: int, signed: bool) -> bool:
    """Whether a kind "(ban hành kèm theo …)" or, after the signature, an appendix or a headed kind stands here."""
    line = lines[i]
    if _APPENDIX.match(line.text):
        return signed and len(line.text) < 60
    if not kind_at(line):
        return False
    if any(_WITH.match(near.fold) and near.text.startswith("(") for near in lines[i + 1 : i + 9]):
        return True
    return signed and line.caps and _page_head(lines, i) != i and line.fold != "cong van"


def in_order(lines: tuple[BodyLine, ...]) -> tuple[BodyLine, ...]:
    """The lines with a signer's column before what stands below it, where the recipients' column ran on too far."""
    order = list(lines)
    for t, label in enumerate(lines):
        if not is_recipients(label) or not label.laid_out:
            continue
        stop = next((i for i in range(t, len(lines)) if lines[i].page != label.page), len(lines))
        jump = next((j for j in range(t + 1, stop) if lines[j].box[1] < lines[j - 1].box[1] - 20), None)
        if jump is None:
            continue
        last = jump
        while (
            last + 1 < stop
            and lines[last + 1].box[1] >= lines[last].box[1]
            and lines[last + 1].box[1] < lines[jump - 1].box[1]
        ):
            last += 1
        late = next((i for i in range(t, jump) if lines[i].box[1] > lines[last].box[3] and kind_at(lines[i])), None)
        if late is not None:
            order[t : last + 1] = [*lines[t:late], *lines[jump : last + 1], *lines[late:jump]]
    return tuple(line if line.index == i else replace(line, index=i) for i, line in enumerate(order))


def _page_head(lines: tuple[BodyLine, ...], i: int) -> int:
    """The first line of the page where only a letterhead stands between it and line ``i``; else ``i``."""
    start = i
    while start and lines[start - 1].page == lines[i].page and i - start < 9:
        start -= 1
    if not start or lines[start - 1].page == lines[i].page:
        return i
    return start if all(line.caps or _LETTERHEAD.match(line.fold) for line in lines[start:i]) else i


def _first_tail(lines: tuple[BodyLine, ...]) -> int:
    for i, line in enumerate(lines):
        if is_recipients(line) or (i > 8 and is_authority(line.text) and line.caps):
            return i
    return len(lines)


def _tail(lines: tuple[BodyLine, ...], body: int, end: int) -> int:
    """The first line of the signature block in ``lines[body:end]``, or ``end``."""
    for i in range(body, end):
        if is_recipients(lines[i]) and (
            i + 1 == end
            or not lines[i].text[-1:].isalpha()
            or lines[i + 1].text.startswith("-")
            or len(lines[i].text) > 12
        ):
            back = i
            while back > body and i - back < 8 and _in_signature(lines[back - 1]):
                back -= 1
            return back
    for i in range(max(body, end - 45), end):
        if is_authority(lines[i].text) and lines[i].caps and not lines[i].table:
            back = i
            while (
                back > body
                and is_bullet(lines[back - 1].text)
                and lines[back - 1].laid_out
                and (lines[back - 1].page == lines[i].page and lines[back - 1].box[3] > lines[i].box[1])
            ):
                back -= 1
            return back
    for i in range(max(body, end - 14), end - 1):
        if lines[i].caps and is_post(lines[i].fold) and any(is_name(n.text) for n in lines[i + 1 : i + 5]):
            return i
    return end


def _in_signature(line: BodyLine) -> bool:
    return line.caps and (is_authority(line.text) or is_post(line.fold)) and not line.text.endswith(":")


def parts(lines: tuple[BodyLine, ...]) -> tuple[Part, ...]:
    """The document and its attached instruments, in order; the first is the document itself."""
    starts = [s for s in _attached_starts(lines, _first_tail(lines)) if s > 0]
    bounds = [0, *starts, len(lines)]
    found: list[Part] = []
    for n, (start, end) in enumerate(itertools.pairwise(bounds)):
        body = _head_end(lines, start, end)
        found.append(Part(start, body, _tail(lines, body, end), end, n > 0))
    return tuple(found)


def _head_end(lines: tuple[BodyLine, ...], start: int, end: int) -> int:
    """The first line after the kind of document or, without one, after number, date and addressees."""
    limit = min(end, start + 40)
    for i in range(start, limit):
        if kind_at(lines[i]) and not lines[i].table:
            return i + 1
    last = start
    for i in range(start, min(limit, start + 25)):
        text = lines[i].fold
        if regex.match(r"(?:so\s*:|v/v|kinh gui|doc lap)", text) or regex.search(r", ngay.{0,12}thang", text):
            last = i + 1
    return last
