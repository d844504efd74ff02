"""Kinds of document (tên loại) at the head of a text, from `models/doc_types.csv`; marks are forgiven."""

import functools

import regex

from pipeline import knowledge
from pipeline.segment.lines import BodyLine, is_caps
from pipeline.vietnamese import fold

_SKIP = {"archive_code_only", "copy", "party_copy"}
_MISREAD = str.maketrans({"0": "o", "1": "i", "|": "i"})
"""What OCR puts for letters of a kind in capitals; Q read as O is put right beside it."""
_ENACTING = regex.compile(r"(?:quyet dinh|quyet nghi|chi thi|nghi quyet|thong bao|lenh)\s*:$")


_RUBRIC = regex.compile(r"VĂN\s+BẢN\s+HỢP\s+NHẤT\s+[-–]")
"""The Official Gazette's rubric over a consolidated text, which prints its own kind below."""


@functools.cache
def names() -> dict[str, str]:
    """Folded name of every kind -> its name in usual capitals; longest first."""
    found: dict[str, str] = {}
    for row in knowledge.rows("doc_types.csv"):
        if "documents" in row["name_vi"]:
            continue  # a row about a body's own symbols, not a kind
        name = regex.sub(r"\s*(?:\(.*|, .*)", "", row["name_vi"])
        name = regex.sub(
            r"^(Nghị quyết|Quyết định|Chỉ thị|Công điện|Lệnh) (?:của|Hội đồng|HĐND|UBND|tố tụng).*", r"\1", name
        )
        if row["family"] not in _SKIP and name:
            found.setdefault(fold(name), name)
    for extra in (
        "Đề cương",
        "Danh mục",
        "Nội quy",
        "Quy trình",
        "Hợp đồng",
        "Biên bản",
        "Giấy mời",
        "Thư mời",
        "Thông cáo báo chí",
        "Điều lệ",
        "Chương trình hành động",
        "Kế hoạch hành động",
        "Công văn",
        "Tờ trình",
        "Quy chuẩn kỹ thuật quốc gia",
        "Quy chế phối hợp",
        "Chương trình phối hợp",
    ):
        found.setdefault(fold(extra), extra)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def kind_at(line: BodyLine) -> tuple[str, int] | None:
    """The kind that a line prints and how many characters it takes: alone, or in capitals before a title."""
    text = line.text.lstrip("*• ").rstrip(" .")
    if not line.bold and sum(map(str.isupper, text[:3])) < 2:
        return None
    if not text[:1].isupper() or len(text) > (400 if is_caps(text) else 200):
        return None
    key = " ".join(fold(text).split())
    if _RUBRIC.match(text) or _ENACTING.match(" ".join(line.fold.split())):
        return None
    letters = [c for c in text if c.isalpha()]
    tight = key.replace(" ", "").translate(_MISREAD).replace("ouyet", "quyet")
    for name, usual in names().items():
        if tight == name.replace(" ", "") and (is_caps(text) or (line.bold and len(letters) > 6)):
            return usual, len(line.text)
        if key.startswith(name + " ") and is_caps(text[: len(name)]) and len(key) - len(name) > 3:
            words = len(name.split())
            end = regex.match(rf"(?:\S+\s+){{{words}}}", line.text)
            if (end is not None and name not in ("luat", "thu", "lenh", "cong van", "chien luoc")) or (
                end and is_caps(text)
            ):
                return usual, end.end()
    return None
