"""The letterhead: the issuing body and the one above it, mottos and rules taken away."""

import regex

from pipeline.document import Field
from pipeline.segment import places, symbols
from pipeline.segment.body import is_post
from pipeline.segment.doc_kind import kind_at
from pipeline.segment.lines import BodyLine, Measures, is_caps
from pipeline.vietnamese import fold

_MOTTO = regex.compile(
    r"(?i)c[ộôo]ng\s+h[òoóôõ][àaáâãạ]\s+x[ãaáâ]\s+h[ộôoọ]i\s+ch[ủuúù]|đ[ảáaâ]ng\s+c[ộôo]ng\s+s[ảáaâ]n\s+vi[ệêe]t|"
    r"đ[ộôo]c\s+l[ậâaạ]p\s*[-–—.:]\s*t|đoàn\s+tncs\s+hồ\s+chí\s+minh\s*$"
)
_BODY = (
    "uy ban",
    "ubnd",
    "hdnd",
    "hoi dong",
    "bo ",
    "so ",
    "ban ",
    "truong",
    "dai hoc",
    "hoc vien",
    "vien ",
    "cuc ",
    "vu ",
    "tong cuc",
    "tinh uy",
    "thanh uy",
    "huyen uy",
    "quan uy",
    "thi uy",
    "dang uy",
    "dang bo",
    "chi bo",
    "lien hiep",
    "hoi ",
    "lien doan",
    "doan ",
    "tinh doan",
    "mat tran",
    "cong ty",
    "tap doan",
    "tong cong ty",
    "ngan hang",
    "toa an",
    "chinh phu",
    "thu tuong",
    "quoc hoi",
    "van phong",
    "trung tam",
    "phong ",
    "chi cuc",
    "cong an",
    "benh vien",
    "chu tich nuoc",
    "kiem toan",
    "thanh tra",
    "bao hiem",
    "kho bac",
    "cum ",
    "cong doan",
    "quan khu",
    "bo tu lenh",
    "dai ",
    "nha xuat ban",
    "khoa ",
    "to ",
    "cau lac bo",
    "kiem sat",
    "trung uong",
    "tong lien doan",
    "hiep hoi",
    "uy ban thuong vu",
)
_RUBRIC = regex.compile(r"^VĂN\s+BẢN\s+(?:PHÁP\s+LUẬT\s+KHÁC|HỢP\s+NHẤT\s*[-–]?)\s*")
_PARTY_BODY = ("tinh uy ", "thanh uy ", "huyen uy ", "quan uy ", "thi uy ", "dang uy ")
_UNDER = (
    "cuc ",
    "tong cuc ",
    "vu ",
    "so ",
    "chi cuc ",
    "truong ",
    "vien ",
    "hoc vien ",
    "dai hoc ",
    "van phong ",
    "ban ",
)
"""How the names of bodies under a ministry or a province begin."""
_JOINS = regex.compile(
    r"(?:va |cua |- |– |khoa hoc |viet nam$|tinh |thanh pho |huyen |quan |xa |phuong |thi xa |khu vuc |"
    r"hoi nhap|phong chong)"
)
_STOP = regex.compile(
    r"(?i)s[ốôổóo]\s*[:.\d/]|v/v|v\.v|kính gửi|.*,\s*ngày|hỏa tốc|hoả tốc|khẩn$|mật$|dự thảo|công báo"
)


def find_bodies(top: tuple[BodyLine, ...], usual: Measures) -> tuple[Field | None, Field | None]:
    """The superior and the issuer printed at the head, each with all its lines; None where absent."""
    names: list[tuple[BodyLine, str]] = []
    for line in top[:16]:
        text = _RUBRIC.sub("", _left_of_motto(line.text))
        if regex.search(r"(?i)công báo|^văn bản|^[\W\d]*$|^(?:QCVN|TCVN)|xuất bản", text):
            continue
        if kind_at(line) and not _MOTTO.search(line.text):
            break
        if _STOP.match(line.text):
            if names:
                break
            continue
        if text and is_caps(text) and _is_name(text) and len(text) < 90:
            names += [(line, part) for part in _two_bodies(text)]
    groups: list[list[tuple[BodyLine, str]]] = []
    for line, text in names:
        if groups and not _new_body(groups[-1], line, text):
            groups[-1].append((line, text))
        else:
            groups.append([(line, text)])
    if not groups:
        return None, None
    *above, last = groups
    issuer = _field(last)
    superior = _field(above[-1]) if above else None
    if superior is not None and _same(superior.value, issuer.value):
        superior = None
    return superior, issuer


def _is_name(text: str) -> bool:
    """Whether letters can name a body: a head of a table ("TT", "STT") cannot.

    >>> [_is_name(text) for text in ("TT", "HĐND", "EVN", "BỘ Y TẾ")]
    [False, True, True, True]
    """
    key = fold(text)
    return bool(regex.search("[a-z]{2}", key) and (key.startswith(_BODY) or regex.search("[aeiouy]", key)))


def _two_bodies(text: str) -> list[str]:
    """A body and the one under it that stand on one line ("BỘ TÀI CHÍNH CỤC THUẾ"); else the line itself."""
    words = text.split()
    for cut in range(2, len(words) - 1):
        above, below = " ".join(words[:cut]), " ".join(words[cut:])
        seated = places.seat(above).province and regex.match(r"(?:UBND|(?:ỦY|UỶ) BAN NHÂN DÂN) ", above)
        if (fold(above) in symbols.central_names() or seated) and fold(below + " ").startswith(_UNDER):
            return [above, text[text.index(words[cut], len(above) - 1) :]]
    return [text]


def _same(above: str, name: str) -> bool:
    """Whether the line above only repeats the issuer (a running head, the lettering of a seal)."""
    short, long = sorted((fold(above).replace(" ", ""), fold(name).replace(" ", "")), key=len)
    return short in long and len(short) > 0.6 * len(long)


def opens_body_name(line: BodyLine) -> bool:
    """Whether a line opens with a body or with the post of its head: the enacting line under an abstract."""
    return (line.fold + " ").startswith(_BODY) or is_post(line.fold)


def _left_of_motto(text: str) -> str:
    match = _MOTTO.search(text)
    kept = text[: match.start()] if match else text
    return kept.strip(" *_-–—=.")


def _new_body(group: list[tuple[BodyLine, str]], line: BodyLine, text: str) -> bool:
    before, said = group[-1]
    key = " ".join(fold(text).split()) + " "
    if key.startswith(_PARTY_BODY) and not said.rstrip().endswith(("-", "–", ",")):
        return True
    if said.rstrip().endswith(("-", "–", ",")) or _JOINS.match(key) or said.split()[-1] in ("VÀ", "CÁC", "CỦA"):
        return False
    if " ".join(fold(said).split()) in (
        "lien hiep cac hoi",
        "uy ban nhan dan",
        "hoi dong nhan dan",
        "ban chi dao",
        "uy ban",
    ):
        return False
    if key.startswith(_BODY):
        return True
    return bool(before.bold != line.bold and before.size and not before.bold)


def _field(group: list[tuple[BodyLine, str]]) -> Field:
    start = group[0][0].start + group[0][0].text.find(group[0][1])
    end = group[-1][0].start + group[-1][0].text.find(group[-1][1]) + len(group[-1][1])
    return Field(" ".join(" ".join(text for _, text in group).split()), (start, end), 0.85)
