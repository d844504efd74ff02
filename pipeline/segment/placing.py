"""Which document a chain of provisions belongs to: the one behind, the one before, or this very one."""

import bisect
import sys
from dataclasses import replace

import regex

from pipeline.document import Span
from pipeline.segment import provisions
from pipeline.segment.lexer import Lexed, squeeze
from pipeline.segment.mention import Mention, covered

_LINK = regex.compile(
    r"\s*(?:,\s*)?/?\s*(?:(?:của|tại|trong|thuộc|theo)\s+)?(?:\(?(?:ban\s+hành\s+)?kèm\s+theo\s+)?(?:các\s+)?"
)
_REGULATION = regex.compile(
    r"\s*,?\s*(?:của\s+)?(?i:Quy\s+chế|Quy\s+định|Điều\s+lệ|Hướng\s+dẫn|Quy\s+trình|Nội\s+quy|Danh\s+mục|Biểu|Bảng"
    r"|Chương\s+trình|Chiến\s+lược|Đề\s+án|Kế\s+hoạch|Quy\s+chuẩn)"
    r"[^.;\d(]{0,220}?\s*\(?\s*(?:được\s+)?ban\s+hành\s+(?:kèm\s+)?theo\s+"
)
_ELSEWHERE = regex.compile(
    r"\s*,?\s*(?:của|tại|thuộc)?\s*(?:Đạo\s+luật|Hiệp\s+định|Hiệp\s+ước|Công\s+ước|Nghị\s+định\s+thư|Bộ\s+luật|Luật|Hiến\s+pháp)\s+\p{Lu}"
)
"""A document that nothing identifies: another state's act, a treaty without year."""
_TITLE_AFTER = regex.compile(
    r"[ ]+(?:[-–]\s+)?(?!(?:Nghị|Quyết|Thông|Luật|Bộ\s+luật|Pháp|Chỉ|Kế|Quy|Phụ|Chương|Phần|Mục|Điều|Hướng|Công|Văn"
    r"|Hiến)\s)\p{Lu}"
)


def is_heading(plain: str, chain: provisions.Chain, headings: tuple[Span, ...]) -> bool:
    """Whether a chain is the label of a division: "Điều 1. Phạm vi điều chỉnh" at the start of a line."""
    index = bisect.bisect_right(headings, (chain.start, sys.maxsize)) - 1
    if index >= 0 and chain.start < headings[index][1]:
        return True
    line = plain.rfind("\n", max(0, chain.start - 12), chain.start) + 1
    if (line == 0 and chain.start > 11) or plain[line : chain.start].strip(" \"“'(") or chain.internal:
        return False
    first = regex.match(
        r"(?i:điều|chương|mục|phần|phụ\s+lục|mẫu|tiểu\s+mục)\s+(?:số\s+|thứ\s+)?\w+",
        plain[chain.start : chain.start + 40],
    )
    if not first:
        return False
    rest = plain[chain.start + first.end() : chain.start + first.end() + 3]
    if regex.match(r"\s*[:]|\.(?!\d)", rest):
        return bool(first[0][0].isupper())
    stop = plain.find("\n", line)
    if first[0].isupper() and plain[line : stop if stop >= 0 else len(plain)].isupper():
        return True
    titled = first[0][0] not in "Đđ" and _TITLE_AFTER.match(plain, chain.end)
    return bool((rest[:1] == "\n" or titled) and first[0][0].isupper() and _ends_sentence(plain, line))


def _ends_sentence(plain: str, line: int) -> bool:
    """Whether what stands above a line is finished (or nothing), so that the line may be a label of its own."""
    above = plain[max(0, line - 200) : line].rstrip()
    return not above or above[-1] in '.;:!?"”)/-' or above[-1].isdigit() or above.rsplit("\n", 1)[-1].strip().isupper()


def attach(lexed: Lexed, found: list[Mention], chains: list[provisions.Chain]) -> list[Mention]:
    """Gives each chain to the document behind or before it; what is left is internal."""
    starts = {m.core[0]: i for i, m in enumerate(found)}
    ends = {m.end: i for i, m in enumerate(found)}
    inside = covered(found)
    out = list(found)
    for chain in chains:
        if not chain.internal:
            at = _document_behind(lexed.plain, chain, starts)
            if at is not None:
                mention = out[at]
                if not mention.provisions:
                    start = chain.start
                    out[at] = replace(
                        mention, start=start, provisions=chain.provisions, text=squeeze(lexed.text[start : mention.end])
                    )
                continue
            before = _document_before(lexed.plain, chain, ends, out)
            if before is not None:
                mention = out[before]
                out[before] = replace(
                    mention,
                    end=chain.end,
                    provisions=chain.provisions,
                    text=squeeze(lexed.text[mention.start : chain.end]),
                )
                continue
        if (
            not chain.provisions
            or chain.weak
            or (not chain.internal and _ELSEWHERE.match(lexed.plain, chain.end, chain.end + 40))
            or inside(chain.start, chain.end)
            or (not chain.internal and chain.levels <= {"form", "paragraph"})
        ):
            continue
        out.append(
            Mention(
                chain.start,
                chain.end,
                (chain.start, chain.end),
                squeeze(lexed.text[chain.start : chain.end]),
                "internal",
                None,
                None,
                None,
                None,
                chain.provisions,
                shape="internal",
                typed=True,
                known=True,
            )
        )
    return out


def _document_behind(plain: str, chain: provisions.Chain, starts: dict[int, int]) -> int | None:
    for pattern in (_LINK, _REGULATION):
        link = pattern.match(plain, chain.end, chain.end + 300)
        if link and link.end() in starts:
            return starts[link.end()]
    return None


def _document_before(plain: str, chain: provisions.Chain, ends: dict[int, int], out: list[Mention]) -> int | None:
    if not chain.levels & {"article"}:
        return None
    for gap in range(13):
        i = ends.get(chain.start - gap)
        if i is not None and not out[i].provisions:
            return (
                i if regex.fullmatch(r"\s*(?:,\s*|\(\s*)?(?:tại\s+)?", plain[chain.start - gap : chain.start]) else None
            )
    return None
