"""The signature block: who signed with which authority, and the recipients (Nơi nhận)."""

from dataclasses import dataclass

import regex

from pipeline.document import Field, Signer
from pipeline.segment.body import is_authority, is_name, is_post
from pipeline.segment.lines import BodyLine, is_caps
from pipeline.vietnamese import fold

_LABEL = regex.compile(r"(?i:n[ơo]i\s+n?h[ậaâạ]n)\s*[:;.]?\s*")
_NOTE = regex.compile(
    r"\(?(?:để\s|đề\s)?\s*(?:b/c|báo cáo|ph/h|th/h|phối hợp|thực hiện|t/h|p/h|chỉ đạo|theo dõi)[^()]{0,30}\)$"
)
_ITEM = regex.compile(r"[-–—•+*_~]\s*")
_SPLIT = regex.compile(r"(?<=[;,.])\s+[-–—]\s+(?=\p{Lu})")
_BOTH = regex.compile(
    r"(?:(?<=[;,.:)])\s+(?=(?:(?:TM|KT|TL|TUQ|Q|T/M|K/T|T/L)\.?\s)?\p{Lu}{2,}(?:\s+\p{Lu}{2,})+\s*$|PHÓ\s*$)|"
    r"\s+(?=(?:(?:TM|KT|TL|TUQ|Q)\.\s|[TK]/[MTL]\.?\s|(?:PHÓ|CHỦ|HIỆU|GIÁM|TRƯỞNG|THỨ|BỘ|CHÁNH|VIỆN|CỤC|TỔNG)\s)\p{Lu}{2,}(?:\s+\p{Lu}{2,})*\s*$))"
)
_NAME_AFTER = regex.compile(r"(?<=[;,.:)])\s+(?=(?:\p{Lu}\p{Ll}+\s){1,3}\p{Lu}\p{Ll}+$)")
_SIGNED = regex.compile(
    r"(?:(?P<authority>(?:TM|KT|TL|TUQ|Q|[TK]/[MTL])\.?\s\p{Lu}[\p{Lu}\s]*?)\s+)?"
    r"(?P<post>(?:PHÓ|QUYỀN|CHỦ|GIÁM|THỨ|CHÁNH|(?:(?:BỘ|CỤC|VỤ|HIỆU|VIỆN)\s)?TRƯỞNG)[\p{Lu}\s]*?)"
    r"\s+(?:\(?Đã ký\)?\s+)?(?P<name>(?:\p{Lu}\p{Ll}+\s){1,4}\p{Lu}\p{Ll}+)"
)
"""Authority, post and name on one line, as texts without layout have them."""
_TITLE = regex.compile(r"^(?:\(?Đã ký\)?|Ký bởi|\(.{0,30}\))")


@dataclass(slots=True)
class Piece:
    """A stretch of a line of the block: a line may hold both columns, then ``right`` marks the signer's."""

    start: int
    end: int
    text: str
    line: BodyLine
    right: bool = False


def find(
    lines: tuple[BodyLine, ...], tail: int, end: int, page_width: float
) -> tuple[tuple[Signer, ...], tuple[Field, ...]]:
    """The signers and recipients of the block in ``lines[tail:end]``."""
    left, right = _columns(lines[tail : min(end, tail + 90)], page_width)
    named = any(_LABEL.match(piece.text) for piece in left)
    kept = any(regex.match(r"\W*luu\b", fold(piece.text)) for piece in left)
    return _signers(right), _recipients(left) if named or kept else ()


def _columns(lines: tuple[BodyLine, ...], width: float) -> tuple[list[Piece], list[Piece]]:
    """Recipients' pieces and signers' pieces, by place where it is known, by their form where not."""
    left: list[Piece] = []
    right: list[Piece] = []
    listing = not any(_LABEL.match(line.text) for line in lines)
    closed = False
    for line in lines:
        if left and _listed(left, line):
            listing, closed = False, True
            if _is_left(line, width) and not _is_post_line(line.text):
                continue
        for piece in _pieces(line, width):
            label = _LABEL.match(piece.text)
            if piece.right or (listing and is_caps(piece.text) and _is_post_line(piece.text)):
                right.append(piece)
            elif label is not None and not closed:
                listing = True
                left.append(piece)
            elif (
                not listing
                or (not left and not _ITEM.match(piece.text))
                or (_is_signer(piece.text) and not _is_left(line, width))
            ):
                right.append(piece)
            elif _is_left(line, width) or not (
                right and is_name(piece.text) and not left[-1].text.endswith((",", ":"))
            ):
                left.append(piece)
            else:
                right.append(piece)
            if listing and right and right[-1] is piece and not line.laid_out:
                listing = not is_caps(piece.text)
    if all(line.laid_out for line in lines):
        right.sort(key=lambda piece: (piece.line.page, round(piece.line.box[1] / 4)))
    return left, right


def _listed(left: list[Piece], line: BodyLine) -> bool:
    """Whether the recipients are complete: the item "Lưu …" has ended, or the page has."""
    last = next((i for i in range(len(left) - 1, -1, -1) if _ITEM.match(left[i].text)), None)
    if last is None:
        return False
    saved = fold(_ITEM.sub("", left[last].text, count=1)).startswith("luu")
    return line.page > left[-1].line.page + 1 or (
        saved
        and not _ITEM.match(line.text)
        and (left[-1].text.rstrip().endswith(".") or len(left) - last > 2 or line.page != left[-1].line.page)
    )


def _is_post_line(text: str) -> bool:
    """Whether a line in capitals is a post or an authority, not an item of the recipients."""
    return is_authority(text) or (is_post(fold(text)) and not _ITEM.match(text) and not text.endswith((";", ",", ".")))


def _is_left(line: BodyLine, width: float) -> bool:
    return line.laid_out and (line.box[0] + line.box[2]) / 2 < 0.47 * width


def _is_signer(text: str) -> bool:
    return is_caps(text) and not text.startswith(("-", "–")) and (is_authority(text) or len(text.split()) > 1)


def _pieces(line: BodyLine, width: float) -> list[Piece]:
    """The line, cut before capitals that follow an item of the recipients on the same line."""
    text = line.text
    signed = _SIGNED.fullmatch(text)
    if signed and (is_authority(text) or is_post(fold(text))):
        spans = [signed.span(name) for name in ("authority", "post", "name") if signed[name]]
        return [Piece(line.start + a, line.start + b, text[a:b], line, right=True) for a, b in spans]
    cut = _BOTH.search(text)
    if cut is None and line.laid_out and line.box[2] > 0.7 * width and line.box[0] < 0.3 * width:
        cut = _NAME_AFTER.search(text)
    if cut is None or not (_LABEL.match(text) or _ITEM.match(text)):
        return [Piece(line.start, line.end, text, line)]
    return [
        Piece(line.start, line.start + cut.start(), text[: cut.start()], line),
        Piece(line.start + cut.end(), line.end, text[cut.end() :], line, right=True),
    ]


def _recipients(pieces: list[Piece]) -> tuple[Field, ...]:
    items: list[list[tuple[int, int, str]]] = []
    dashed = any(_ITEM.match(piece.text) for piece in pieces)
    for piece in pieces:
        start, text = piece.start, piece.text
        label = _LABEL.match(text)
        if label is not None:
            start, text = start + label.end(), text[label.end() :]
        offset = 0
        for part in [*_SPLIT.finditer(text), None]:
            stop = part.start() if part else len(text)
            _add(items, start + offset, text[offset:stop], dashed, forced=offset > 0)
            offset = part.start() + (len(part[0]) - len(part[0].lstrip())) if part else stop
    return tuple(field for item in items if (field := _recipient(item)) is not None)


def _add(items: list[list[tuple[int, int, str]]], start: int, text: str, dashed: bool, forced: bool) -> None:
    mark = _ITEM.match(text)
    if mark is not None:
        start, text = start + mark.end(), text[mark.end() :]
    if not text.strip() or (mark is None and _NOTE.fullmatch(text.strip())):
        return
    if mark is not None or forced or not items or (not dashed and items[-1][-1][2].rstrip().endswith((";", "."))):
        items.append([])
    items[-1].append((start, start + len(text), text))


def _recipient(item: list[tuple[int, int, str]]) -> Field | None:
    value = " ".join(" ".join(text for _, _, text in item).split())
    value = regex.sub(r"[;,.]\s*\((?:(?:để|đề)\s|b/c|báo cáo|ph/h|th/h|phối hợp|thực hiện)[^()]*\)$", "", value)
    end = item[-1][1]
    if fold(value).startswith("luu"):
        value = regex.split(r"(?<=[\p{L}\d)])[.;]\s", value)[0]
        end = next((stop for _, stop, text in item if regex.search(r"[.;]\s*$|[\p{L}\d)][.;]\s", text)), end)
    value = value.rstrip(" ;,.")
    return Field(value, (item[0][0], end), 0.9) if value else None


def _signers(pieces: list[Piece]) -> tuple[Signer, ...]:
    return tuple(signer for column in _side_by_side(pieces) for signer in _column(column))


def _side_by_side(pieces: list[Piece]) -> list[list[Piece]]:
    """One list a column of signers; more than one only where two stand at the same height."""
    laid = [p for p in pieces if p.line.laid_out]
    pair = next(
        (
            (a, b)
            for i, a in enumerate(laid)
            for b in laid[i + 1 :]
            if a.line is not b.line
            and a.line.page == b.line.page
            and abs(a.line.box[1] - b.line.box[1]) < 5
            and is_caps(a.text)
            and is_caps(b.text)
            and abs(a.line.box[0] - b.line.box[0]) > 100
        ),
        None,
    )
    if pair is None or len(laid) != len(pieces) or any(p.right for p in pieces):
        return [pieces]
    middles = sorted((p.line.box[0] + p.line.box[2]) / 2 for p in pair)
    border = sum(middles) / 2
    return [
        [p for p in pieces if (p.line.box[0] + p.line.box[2]) / 2 < border],
        [p for p in pieces if (p.line.box[0] + p.line.box[2]) / 2 >= border],
    ]


def _column(pieces: list[Piece]) -> list[Signer]:
    signers: list[Signer | None] = []
    caps: list[Piece] = []
    for piece in pieces:
        if _TITLE.match(piece.text) or _ITEM.match(piece.text):
            continue
        if is_caps(piece.text) and not (caps and _caps_name(piece, caps)):
            caps.append(piece)
        elif (is_name(piece.text) or (caps and _caps_name(piece, caps))) and (caps or not signers):
            if caps:
                signers.append(_signer(caps, piece))
            caps = []
        elif caps and piece.text[:1].isupper() and is_post(fold(piece.text)):
            caps.append(piece)
    if caps and not signers:
        signers.append(_signer(caps, None))
    return [signer for signer in signers if signer is not None]


def _caps_name(piece: Piece, caps: list[Piece]) -> bool:
    """A name in capitals: two to four short words, not a post, well below the line before."""
    key = fold(piece.text)
    below = piece.line.laid_out and piece.line.box[1] - caps[-1].line.box[1] > 40
    return below and 2 <= len(key.split()) <= 4 and not is_post(key) and not is_authority(piece.text)


def _signer(caps: list[Piece], name: Piece | None) -> Signer | None:
    marks = [i for i, piece in enumerate(caps) if is_authority(piece.text)]
    cut = 0
    if marks:
        rest = range(marks[-1] + 1, len(caps))
        cut = next((i for i in rest if is_post(fold(caps[i].text)) or fold(caps[i].text).strip() == "pho"), len(caps))
        if cut == len(caps) and len(caps) > marks[-1] + 1:
            cut = marks[-1] + 1
    authority = " ".join(" ".join(p.text for p in caps[:cut]).split()) or None
    posts = caps[cut : cut + 1] + [
        p
        for p in caps[cut + 1 : cut + 3]
        if len(p.text) < 60
        and (not marks or is_post(fold(p.text)) or not p.line.laid_out or p.line.box[1] - caps[cut].line.box[1] < 45)
    ]
    position = " ".join(" ".join(p.text for p in posts).split()) or None
    pieces = [*caps, *([name] if name else [])]
    if not marks and not is_post(fold(position or "")):
        return None
    return Signer(
        authority,
        position,
        name.text.rstrip(".") if name else None,
        (min(p.start for p in pieces), max(p.end for p in pieces)),
        0.9 if name else 0.6,
        pieces[0].line.page,
    )
