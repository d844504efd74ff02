"""Letters full of citations, made at random from a seed; what they cite is known."""

from random import Random
from typing import NamedTuple

from tests.generator.pages import filled


class Cited(NamedTuple):
    """A citation as it is meant: kind, number, symbol (all after the number) and ISO date, empty where none is printed."""

    kind: str
    number: str
    symbol: str
    date: str


_MINISTRIES = ("BNV", "BTC", "BTTTT", "BGDĐT", "BYT", "BKHCN", "BTNMT", "BXD", "BLĐTBXH", "BTP", "BVHTTDL", "BNNPTNT")
_OFFICES = ("UBND", "SNV", "STC", "STTTT", "SGDĐT", "SKHCN", "BCĐ", "HĐND", "VP", "LHH", "CTĐ", "SNN")
_AREAS = ("NC", "VX", "TH", "KT", "VTLT", "TCCB", "KSTTHC", "KGVX")
_SHAPES = (
    ("Nghị định", "{n}/{y}/NĐ-CP"),
    ("Thông tư", "{n}/{y}/TT-{ministry}"),
    ("Thông tư liên tịch", "{n}/{y}/TTLT-{ministry}-BTC"),
    ("Quyết định", "{n}/QĐ-TTg"),
    ("Quyết định", "{n}/{y}/QĐ-UBND"),
    ("Quyết định", "{n}/QĐ-{ministry}"),
    ("Quyết định", "{n}/QĐ-{office}"),
    ("Nghị quyết", "{n}/NQ-CP"),
    ("Nghị quyết", "{n}-NQ/TW"),
    ("Nghị quyết", "{n}-NQ/TU"),
    ("Nghị quyết", "{n}/{y}/NQ-HĐND"),
    ("Nghị quyết", "{n}/{y}/QH{term}"),
    ("Luật", "{n}/{y}/QH{term}"),
    ("Chỉ thị", "{n}-CT/TW"),
    ("Chỉ thị", "{n}/CT-TTg"),
    ("Kế hoạch", "{n}/KH-{office}"),
    ("Kế hoạch", "{n}-KH/TU"),
    ("Công văn", "{n}/{office}-{area}"),
    ("Công văn", "{n}/{ministry}-{area}"),
    ("Thông báo", "{n}/TB-{office}"),
    ("Báo cáo", "{n}/BC-{office}"),
    ("Tờ trình", "{n}/TTr-{office}"),
    ("Hướng dẫn", "{n}/HD-{office}"),
    ("Kết luận", "{n}-KL/TW"),
)
_OPENINGS = (
    "Thực hiện {c} về {what}, các đơn vị đã {done}.",
    "Căn cứ {c} quy định về {what}, cơ quan chủ trì đã {done}.",
    "Trên cơ sở {c}, việc {what} đã có nhiều chuyển biến; các phòng chuyên môn đã {done}.",
    "Theo {c}, công tác {what} phải làm xong trong quý; đến nay hầu hết các đơn vị đã {done}.",
    "Đồng thời, {c} cũng nêu rõ yêu cầu {what}, do đó văn phòng đã {done}.",
)
_MATTERS = (
    "quản lý hồ sơ, tài liệu", "cải cách hành chính", "chuyển đổi số", "thi đua, khen thưởng", "đào tạo cán bộ",
    "phòng cháy, chữa cháy", "tiết kiệm, chống lãng phí", "bảo vệ môi trường", "tuyên truyền pháp luật",
)  # fmt: skip
_DEEDS = (
    "tổ chức triển khai đến từng cán bộ, công chức", "rà soát, sửa đổi quy chế làm việc", "báo cáo kết quả đúng hạn",
    "phân công rõ trách nhiệm của từng bộ phận", "bố trí kinh phí từ nguồn ngân sách", "kiểm tra và khắc phục tồn tại",
)  # fmt: skip


_LINES = 36
"""Lines on a page, so that they need not be set closer."""


def letter(seed: int, count: int, family: str | None) -> tuple[str, list[Cited]]:
    """Markup of a letter (see `tests.generator.pages`) with that many citations in its sentences, and what they cite.

    Lines end where those of 14 pt in the face `family` do, also inside a citation; without one, each sentence has a
    line, set as small as the page asks: 6 to 11 pt, as in footnotes and tables.
    """
    chance = Random(seed)
    head = (
        "{Lc}UBND TỈNH HÒA BÌNH\n{Lbc}SỞ TƯ PHÁP\n{Lc}Số: 26/BC-STP\n"
        "{Rbc}CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n{Rbc}Độc lập - Tự do - Hạnh phúc\n"
        "{Ric}Hòa Bình, ngày 12 tháng 6 năm 2025\n\n{bc}BÁO CÁO\n{bc}Tình hình thực hiện các văn bản năm 2024"
    )
    lines, cited = head.split("\n"), []
    for _ in range(count):
        text, meant = _citation(chance)
        what, done = chance.choice(_MATTERS), chance.choice(_DEEDS)
        sentence = chance.choice(_OPENINGS).format(c=text, what=what, done=done)
        lines += filled(sentence, family) if family else ["{p}" + sentence]
        cited.append(meant)
    pages = ("\n".join(lines[at : at + _LINES]) for at in range(0, len(lines), _LINES))
    return "\f".join(pages) + "\n", cited


def _citation(chance: Random) -> tuple[str, Cited]:
    kind, shape = chance.choice(_SHAPES)
    year, month, day = chance.randint(2001, 2025), chance.randint(1, 12), chance.randint(1, 28)
    number = f"{chance.choice((chance.randint(1, 99), chance.randint(1, 4999))):02}"
    written = shape.format(
        n=number,
        y=year,
        ministry=chance.choice(_MINISTRIES),
        office=chance.choice(_OFFICES),
        area=chance.choice(_AREAS),
        term=chance.randint(11, 15),
    )
    date, how = f"{year}-{month:02}-{day:02}", chance.randrange(4)
    if how == 0:
        printed = ""
    elif how == 1:
        printed = (
            f" ngày {day:02} tháng {month:02} năm {year}" if month < 3 else f" ngày {day:02} tháng {month} năm {year}"
        )
    else:
        printed = f" ngày {day}/{month}/{year}" if how == 2 else f" ngày {day:02}/{month:02}/{year}"
    symbol = written.removeprefix(number)[1:]
    return f"{kind} số {written}{printed}", Cited(kind, number, symbol, date if how else "")
