"""The issuer behind a citation: "của" and a name, read word by word until it cannot go on (STANDARD section 2.5)."""

import functools

import regex

from pipeline import knowledge
from pipeline.document import Span
from pipeline.segment.lexer import Lexed
from pipeline.vietnamese import fold


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split(";" if ";" in text else None))


# Folded words that may be written small inside the name of a body.
_INSIDE = _set(
    "nhan dan tinh thanh pho huyen xa phuong quan thi tran uy ban hoi dong truong tich thuong vu truc trung "
    "uong chap hanh bi thu chinh tri phu tuong doc giam hieu dang bo vien cac khoa hoc ky thuat khoi cum so "
    "quoc gia nha nuoc toi cao sat kiem toa an tham phan cong su doi bien phong lien hiep doan lao nong nu "
    "nien cuu chien binh mat to cuc chi nhanh dai tam khu vuc co noi van tra dao tao y te giao duc tai nguyen "
    "moi xay dung thong tin truyen nghe do sinh hang hoa the luc phat trien thon dien cap tong bat dac biet "
    "ngoai xuc tien mai cua ngu"
)
_HEADS = _set(
    "cum chu uy ban hoi bo so cap tinh huyen lien truong giam hieu thu tong cuc cong trung dang quoc chinh "
    "phong vien toa doan thanh do lang nha mat khoi dai ngan bao kho xa phuong quan thi hdnd ubnd van chi dia "
    "benh tap co doanh uv dhqghn dong"
)
# Two folded words that begin something else, even where both could stand in a name.
_STOP_PAIRS = _set(
    "cong bo;thanh lap;thong bao;thong qua;thuong xuyen;dong y;dong thoi;chi dao;lanh dao;quan ly;kiem tra;"
    "khen thuong;to chuc;quy dinh;ban hanh;huong dan;sua doi;phe duyet;trien khai;thuc hien;chu tri;chinh thuc;"
    "lien quan;hoi nghi;thanh tra viec;co hieu;co noi;co y;noi dung;dai dien;dieu chinh;cong nhan;cong tac;"
    "van ban;thong tin ve;phong chong;giao cho;giao nhiem;giao chi;xay dung ke;to trinh;phat dong;cua cac;"
    "thi hanh;dao tao trinh;thanh toan;an dinh;cap cho;chi tiet;bo sung;bo nhiem;tinh hinh;tinh tu;dan den;"
    "huy bo;bai bo;hop nhat;quyet dinh;tai khoan;so voi;so tien;so luong;chu truong;ky ngay;phat hanh;noi tren;"
    "neu tren;cua luat;cua nghi"
)
_ALWAYS_STOP = _set(
    "về v/v là thì được tại cho đối trong để theo khi do bị đã sẽ đang này nhằm trên gửi kèm cứ với đến từ yêu "
    "ngày năm tháng nếu mà cũng vào gồm bao hoặc hay những như sau trước đạt vì không phải"
)
_ORG = regex.compile(
    r"(?:bo|uy ban|ubnd|hdnd|hoi dong|ban|so|tong|cuc|thanh tra|ngan hang|toa an|vien"
    r"|chu tich|thu tuong|chinh phu|quoc hoi|hoi|dang uy|tinh uy|thanh uy|doan|mat tran|lien"
    r"|bao hiem|kho bac|"
    r"tuong|giam doc|truong|van phong|trung uong|thu truong)(?![a-z])"
)
_TYPES = regex.compile(
    r"(?:luat|bo luat|nghi (?:dinh|quyet)|quyet dinh|thong (?:tu|bao|tri)|chi thi|ket luan"
    r"|quy (?:dinh|che)|ke hoach|cong (?:van|dien)|to trinh|bao cao|huong dan|phap lenh"
    r"|hien phap|van ban|dieu \d|khoan|so\s?:?\s?\d)(?![a-z])"
)
_TOKEN = regex.compile(
    r"(?P<space>\s+)|(?P<word>[\p{L}\p{M}&]+(?:[./][\p{L}]+)*)|(?P<digits>\d+)|(?P<other>.)", regex.DOTALL
)
_TERM = regex.compile(r"\s*+(?:\(\s?khoa\s+(?:[ivxlIVXL]+|\d{1,2})\s?\)|khoa\s+(?:[ivxl]+|\d{1,2})(?![a-z\d]))")
_LEAD = regex.compile(r"\s*+,?\s*+cua\s+(?:cac\s+)?(?!co\s+quan|cap\s|to\s+chuc|don\s+vi|nguoi|phap\s+luat)")
_PLENUM = regex.compile(
    r"hoi\s+nghi\s+(?:lan\s+)?(?:thu\s+)?(?:[a-z]+(?:\s+[a-z]+)?|\d{1,2}),?\s+(?=ban\s+chap\s+hanh)"
    r"|hoi\s+nghi\s+(?=trung\s+uong\s+(?:\d|[ivx]+\b))"
)
_JOINT = regex.compile(r"lien\s+(?:bo|nganh|so)\s*:\s*")
_NUMBERED = regex.compile(r"(?:chi\s+dao|trung\s+uong)\s+\Z")
_BEFORE_DIGITS = frozenset({"so", "quan", "khu", "vuc", "cum", "khoi", "phuong", "to", "chi", "cuc"})
_LIMIT = 220


@functools.cache
def _inside() -> frozenset[str]:
    """The words of `_INSIDE` and every syllable written small in a name of `issuing_bodies.csv`."""
    names = " ".join(row["name_vi"] for row in knowledge.rows("issuing_bodies.csv"))
    small = {fold(word) for word in regex.findall(r"\p{L}+", names) if word.islower()}
    return _INSIDE | small - {"old", "before", "any", "other", "also", "until", "type"}


@functools.cache
def _comma_fields() -> "regex.Pattern[str]":
    # "Bộ Văn hóa, Thể thao và Du lịch": a field with its own comma
    return regex.compile(
        r"\s?,\s+(?:the thao|thong tin|thuong binh|vien thong|gia dinh|cong nghe|khoa hoc|du lich"
        r"|duoc co truyen|chong|khen thuong|"
        r"chu nhiem\s+(?:van phong|uy ban)|"
        r"khoa hoc cong nghe|thanh nien|thieu nien|gia dinh|giao duc|ke hoach|tri an|kinh te|lao dong)(?![a-z])"
    )


def after(lexed: Lexed, start: int, joint: bool = False, lead: bool = True) -> Span | None:
    """The span of the issuer's name behind "của" at `start`; `joint` lets a list of bodies be one issuer.

    Args:
        lexed: the text.
        start: where to look.
        joint: whether several bodies make one issuer.
        lead: whether "của" must come first; without it the name begins at `start`.
    """
    folded, plain = lexed.folded, lexed.plain
    if lead:
        match = _LEAD.match(folded, start, start + 24)
        if not match:
            return None
        start = match.end()
    end = _walk(plain, folded, start, min(len(plain), start + _LIMIT), joint)
    if end is None:
        return None
    twice = regex.fullmatch(r"(.{8,}?)\s+\1", folded[start:end], regex.DOTALL)
    if twice:  # the enacting line under a title in capitals names the issuer again
        end = start + len(twice[1])
    term = _TERM.match(folded, end, end + 24)
    return (start, term.end() if term else end)


def _walk(plain: str, folded: str, start: int, limit: int, joint: bool) -> int | None:
    plenum = _PLENUM.match(folded, start, limit) or _JOINT.match(folded, start, limit)
    position, end = (plenum.end() if plenum else start), start
    previous = ""
    head = ""
    while position < limit:
        token = _TOKEN.match(plain, position, limit)
        if token is None:
            break
        if token["space"]:
            if token["space"].count("\n") > 2 or (
                "\n" in token["space"] and _turns_to_capitals(plain, start, token.end())
            ):
                break
            position = token.end()
            continue
        text = token[0]
        low = folded[token.start() : token.end()]
        if token["word"]:
            if (
                end > start
                and _TYPES.match(folded, position, limit)
                and not _glued_name(low, previous)
                and not (low == "luat" and previous == "phap")
            ):
                break
            if low == "va":
                resume = _after_and(plain, folded, token.end(), limit, head, joint)
                if resume is None:
                    break
                position, previous = resume, "va"
                continue
            if not _may_follow(plain, folded, token, low, previous, end == start):
                break
            head = low if not head or _ORG.match(folded, position, limit) else head
        elif token["digits"]:
            named = _NUMBERED.search(folded, max(0, position - 16), position)
            if len(text) > 3 or not (named or previous in _BEFORE_DIGITS):
                break
        elif text == "-":
            rest = regex.match(r"-\s*", plain[position : position + 4])
            assert rest is not None
            following = position + rest.end()
            if not (following < limit and plain[following].isupper()) or _TYPES.match(folded, following, limit):
                break
            if (
                _ORG.match(folded, following, limit)
                and head in {"ubnd", "hdnd", "bo", "so"}
                and plain[position - 1 : position] == " "
            ):
                break
            position = following
            continue
        elif text == ",":
            following = position + len(text)
            comma = _comma_fields().match(folded, position, limit)
            if comma and (plain[comma.end() - 1].isalpha()) and regex.search(r"\p{Lu}", plain[position : comma.end()]):
                position = end = comma.end()
                previous = folded[position - 4 : position].split()[-1]
                continue
            space = regex.match(r"\s*", plain[following : following + 3])
            assert space is not None
            if joint and _ORG.match(folded, following + space.end(), limit):
                position = following
                continue
            break
        else:
            break
        previous = low
        position = end = token.end()
    return end if end > start else None


def _turns_to_capitals(plain: str, start: int, place: int) -> bool:
    """Whether a line in capitals begins behind a name in usual letters: another column, a form's number, a heading."""
    word = regex.match(r"[\p{Lu}\d]{2,}(?!\p{Ll})", plain[place : place + 24])
    return word is not None and not plain[start:place].isupper()


def _glued_name(low: str, previous: str) -> bool:
    return low == "so" and previous in {"cum", "dua", "td", "khoi", "to", "vien", "truong", "doan", "khu"}


def _may_follow(plain: str, folded: str, token: "regex.Match[str]", low: str, previous: str, first: bool) -> bool:
    """Whether a word can begin or continue the name."""
    text = token[0]
    capital = text[0].isupper()
    following = regex.match(r"\s+([a-z]+)", folded[token.end() : token.end() + 20])
    pair = f"{low} {following[1]}" if following else low
    if first:
        return (capital or low in _HEADS) and pair not in _STOP_PAIRS
    if pair in _STOP_PAIRS and not _named_so(pair, previous, text, plain, token.end()):
        return False
    if capital:
        return text.lower() not in {"v/v", "về", "theo", "căn", "tại", "được"}
    if text.lower() in _ALWAYS_STOP:
        return low == "tai" and bool(following and following[1] in {"nguyen", "chinh"})
    if (previous, low) in {("phap", "luat"), ("lam", "thoi")} or pair == "lam thoi":  # Chính phủ lâm thời
        return True
    return low in _inside() or (
        previous in {"chi", "thi", "khen", "dao", "quan", "du", "kiem", "tuyen", "dan", "thong"}
        and pair not in _STOP_PAIRS
        and low in {"dao", "dua", "thuong", "tra", "ly", "an", "giao", "van", "tin", "ke"}
    )


def _named_so(pair: str, previous: str, text: str, plain: str, end: int) -> bool:
    """Whether a pair that usually begins a clause is here part of a body's name ("Ban Chỉ đạo", "Ban Tổ chức")."""
    if previous in {
        "ban",
        "uy",
        "uy ban",
        "vien",
        "cuc",
        "vu",
        "phong",
        "tong",
        "hoc",
        "bo",
        "so",
        "va",
        "hoi",
        "dong",
    }:
        return text[0].isupper() or pair in {"chi dao", "to chuc", "quan ly", "kiem tra", "thuong vu"}
    return pair == "khen thuong" and previous in {"dua", ""}


def _after_and(plain: str, folded: str, position: int, limit: int, head: str, joint: bool) -> int | None:
    """Where the name goes on behind "và", or None where it ends before it."""
    space = regex.match(r"\s+", plain[position : position + 4])
    if not space:
        return None
    following = position + space.end()
    if following >= limit or not plain[following].isalpha():
        return None
    if _TYPES.match(folded, following, limit) and not regex.match(
        r"(?:ke hoach|huong dan|thong tin)", folded[following : following + 12]
    ):
        return None
    if _ORG.match(folded, following, limit):
        return following if joint else None
    return following if plain[following].isupper() or folded[following : following + 8] == "nhan dan" else None
