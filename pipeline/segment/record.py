"""What a document says of itself: kind, number, symbol, title, issuer, place and date, from its head and its tail."""

from dataclasses import dataclass

import regex

from pipeline.document import Field, PrintedDate, Record
from pipeline.segment import labels, signature
from pipeline.segment.body import Part
from pipeline.segment.doc_kind import kind_at
from pipeline.segment.issuer import find_bodies, opens_body_name
from pipeline.segment.lines import BodyLine, Measures, ends_sentence, is_bullet, is_caps, starts_paragraph, symmetric
from pipeline.vietnamese import fold

_NUMBER = regex.compile(
    r"(?:^|\s)(?:[Ss][ốôổóoộồ0]|SỐ)\s*[:;.]?[\s.…_]*(?P<number>\d[\d ]{0,5}\d|\d|)(?P<letter>[a-zđ]?)[\s.…_]*"
    r"(?P<join>[/\-–])\s*(?P<symbol>(?:\d{4}\s?/\s?)?[A-ZĐƯÔƠĂÂÊ][\p{L}\d&]*"
    r"(?:\s?[-–/.&]\s?[A-ZĐƯÔƠĂÂÊ][\p{L}\d&]*|/[a-z]{1,3}\b)*)"
)
_ALONE = regex.compile(r"(?:[Ss][ốôổóoộồ0]|SỐ)\s*[:;.]?\s*$")
_NUMBERED = regex.compile(
    r"(?P<number>\d{1,6}|)(?P<letter>[a-zđ]?)\s*(?P<join>[/\-–])\s*"
    r"(?P<symbol>(?:\d{4}/)?[A-ZĐ][\p{L}\d&]*(?:\s?[-–/.&]\s?[A-ZĐ][\p{L}\d&]*)*)"
)
_DATE = regex.compile(
    r"(?P<place>[\p{Lu}][\p{L}.\- ]{1,40}?)?\s*[,.;]?\s*(?i:ngày)(?P<day>[\s.…_]*\d{0,2})[\s.…_]*"
    r"(?i:th[áa]ng)(?P<month>[\s.…_]*\d{0,2})[\s.…_]*"
    r"(?i:n[ăa]m)(?P<year>[\s.…_]*(?:\d{4})?)"
)
_PASSED = regex.compile(r"thông\s+qua\s+ngày\s+(?P<day>\d{1,2})\s+tháng\s+(?P<month>\d{1,2})\s+năm\s+(?P<year>\d{4})")
_SUBJECT = regex.compile(r"(?:V\s?[/.]\s?v|V/V|Về việc|v/v)\s*:?\s*")
_OPENS_BODY = regex.compile(
    r"(?:can cu|kinh gui|theo de nghi|xet de nghi|thuc hien|tren co so|ngay \d|sau khi|"
    r"de (?:tiep tuc|trien khai|thuc hien)|"
    r"trong (?:thoi gian|nhung|6|\d)|nham |quyet (?:dinh|nghi)\s*:|\(|[-–_*=~]{3,}|vua qua|"
    r"nam \d{4},|hom nay|i\.|phan )"
)
_OFFICIAL = regex.compile(
    r"(?i)^của\s+(?P<issuer>.{4,80}?)\s+số\s*:?\s*(?P<number>\d+[a-z]?)\s*[/-]\s*(?P<symbol>[\p{L}\d/-]+)\s+"
    r"(?P<date>ngày\s+\d.{4,30}?\d{4})\s*(?=v)"
)
_URGENCY = regex.compile(r"^(?:HỎA TỐC|HOẢ TỐC|THƯỢNG KHẨN|KHẨN)(?:\s+(?:HẸN GIỜ|CẤP))?\.?$")
_SECRECY = regex.compile(r"^(?:TUYỆT MẬT|TỐI MẬT|MẬT)\.?$")


@dataclass(frozen=True, slots=True)
class _Head:
    kind: Field | None
    title: Field | None
    body: int
    root: str | None


def find(
    lines: tuple[BodyLine, ...], parts: tuple[Part, ...], usual: Measures
) -> tuple[Record, tuple[tuple[int, str | None], ...]]:
    """The record, with those of attached instruments, and for each part where its body starts and its root label."""
    records: list[Record] = []
    heads: list[tuple[int, str | None]] = []
    for part in parts:
        head = _kind_and_title(lines, part, usual)
        records.append(_record(lines, part, head, usual))
        heads.append((min(head.body, part.tail), head.root if part.attached else None))
    first = records[0]
    attached = tuple(r for r in records[1:] if r.kind or r.title)
    return _with(first, attached=attached), tuple(heads)


def _with(record: Record, attached: tuple[Record, ...]) -> Record:
    return Record(
        record.kind,
        record.number,
        record.symbol,
        record.title,
        record.issuer,
        record.superior,
        record.place,
        record.date,
        record.signers,
        record.recipients,
        record.urgency,
        record.secrecy,
        record.family,
        attached,
    )


def _field(
    line: BodyLine, start: int, end: int, confidence: float = 0.95, value: str | None = None, normal: str | None = None
) -> Field:
    text = line.text[start:end]
    return Field(
        value if value is not None else " ".join(text.split()),
        (line.start + start, line.start + end),
        confidence,
        normal,
    )


def _join(lines: list[tuple[BodyLine, int]], confidence: float = 0.9) -> Field | None:
    """Lines, each from an offset, as one field."""
    if not lines:
        return None
    value = " ".join(" ".join(line.text[offset:] for line, offset in lines).split()).rstrip(" :;").strip()
    return Field(value, (lines[0][0].start + lines[0][1], lines[-1][0].end), confidence) if value else None


def _gazetted(lines: tuple[BodyLine, ...], part: Part) -> Field | None:
    """The issuer that stands as a line "CỦA …" right under the kind."""
    for i in range(part.start, min(part.end, part.start + 12)):
        match = regex.match(r"CỦA\s+(?P<issuer>[\p{Lu}\s,-]{4,80}?)(?=\s+SỐ\b|$)", lines[i].text)
        if match is not None and i and kind_at(lines[i - 1]):
            return _field(lines[i], match.start("issuer"), match.end("issuer"), 0.7)
    return None


def _record(lines: tuple[BodyLine, ...], part: Part, head: _Head, usual: Measures) -> Record:
    top = lines[part.start : max(head.body, part.start)]
    number, symbol = _number(top)
    place, date = _date(top)
    kind, title = head.kind, head.title
    if kind is None and title is None and not part.attached:
        title = _letter_subject(lines, part)
    if kind is None and not part.attached and (anchor := title or symbol or _addressed(lines, part)):
        kind = Field("Công văn", anchor.span, 0.7)
    if date is None or date.year is None:
        date = _passed(lines, part) or date
    superior, issuer = (None, None) if part.attached else find_bodies(top, usual)
    if issuer is None and not part.attached:
        issuer = _gazetted(lines, part)
    if number is None and symbol is None and not part.attached and (end := _authenticated(lines, part)):
        number, symbol, place, date, issuer = end
    signers, recipients = signature.find(lines, part.tail, part.end, usual.width)
    family = None if part.attached else _family(top, issuer, symbol, number)
    return Record(
        kind,
        number,
        symbol,
        title,
        issuer,
        superior,
        place,
        date,
        signers,
        recipients,
        _stamp(top, _URGENCY),
        _stamp(top, _SECRECY),
        family,
    )


def _addressed(lines: tuple[BodyLine, ...], part: Part) -> Field | None:
    """The words "Kính gửi" among the first lines: what has them and no kind is an official letter."""
    line = next((line for line in lines[part.start : part.start + 12] if line.fold.startswith("kinh gui")), None)
    return _field(line, 0, 8) if line else None


def _authenticated(
    lines: tuple[BodyLine, ...], part: Part
) -> tuple[Field | None, Field | None, Field | None, PrintedDate | None, Field | None] | None:
    """Number, symbol, place, date and issuer that a consolidated text prints at its end; None where it has no such end.

    The block reads: body, "Số: …/VBHN-…", "XÁC THỰC VĂN BẢN HỢP NHẤT", place and date, post, name.
    """
    for i in range(part.end - 1, part.start, -1):
        if lines[i].fold == "xac thuc van ban hop nhat":
            number, symbol = _number(lines[max(part.start, i - 2) : i + 3])
            place, date = _date(lines[max(part.start, i - 3) : i + 4])
            above = [line for line in lines[max(part.start, i - 6) : i] if line.caps and not _NUMBER.search(line.text)]
            return number, symbol, place, date, _join([(line, 0) for line in above])
    return None


def _number(top: tuple[BodyLine, ...]) -> tuple[Field | None, Field | None]:
    for i, line in enumerate(top):
        if (len(line.text) > 140 and not line.fold.startswith("so")) or line.text.startswith("("):
            continue
        match = _NUMBER.search(line.text)
        if match is None and i and _ALONE.match(top[i - 1].text):
            match = _NUMBERED.match(line.text)
        if match is None or match.start() > 30:
            continue
        digits = regex.sub(r"\s", "", match["number"]) + match["letter"]
        number = _field(line, match.start("number"), match.end("letter"), value=digits) if digits else None
        printed = regex.sub(r"\s", "", match["symbol"]).replace("–", "-")
        return number, _field(line, match.start("symbol"), match.end("symbol"), value=printed)
    return None, None


def _part(text: str, least: int, most: int) -> int | None:
    digits = regex.sub(r"\D", "", text)
    return int(digits) if digits and least <= int(digits) <= most else None


def _dated(match: regex.Match[str], line: BodyLine) -> PrintedDate:
    day, month, year = _part(match["day"], 1, 31), _part(match["month"], 1, 12), _part(match["year"], 1900, 2100)
    iso = None
    if year:
        iso = f"{year:04d}" + (f"-{month:02d}" + (f"-{day:02d}" if day else "") if month else "")
    start = regex.search(r"(?i)ngày", line.text[match.start() :])
    offset = match.start() + (start.start() if start else 0)
    return PrintedDate(year, month, day, (line.start + offset, line.start + match.end()), 0.95, iso)


def _date(top: tuple[BodyLine, ...]) -> tuple[Field | None, PrintedDate | None]:
    for line in top:
        match = _DATE.search(line.text)
        if match is None or len(line.text) - match.end() > 12 or line.text.startswith("("):
            continue
        place = match["place"]
        if place is None and match.start() > 25 and "số" not in line.fold:
            continue
        field = None
        if place:
            start = match.start("place")
            kept = regex.sub(r"^.*\b(?:[A-ZĐ]{2,}[\d\p{Lu}&-]*|Số)\s+(?=\p{Lu}\p{Ll})", "", place)
            start += len(place) - len(kept)
            field = _field(line, start, match.start("place") + len(place.rstrip()))
        return field, _dated(match, line)
    return None, None


def _passed(lines: tuple[BodyLine, ...], part: Part) -> PrintedDate | None:
    """The day a text of the National Assembly was passed, from its last lines."""
    for i in range(max(part.body, part.tail - 6), min(part.tail + 2, part.end)):
        line = lines[i]
        joined = line.text + (" " + lines[i + 1].text if i + 1 < len(lines) else "")
        match = _PASSED.search(joined)
        if match is not None and match.start() < len(line.text):
            return _dated(match, line)
    return None


def _stamp(top: tuple[BodyLine, ...], pattern: regex.Pattern[str]) -> Field | None:
    return next((_field(line, 0, len(line.text.rstrip("."))) for line in top if pattern.match(line.text)), None)


def _kind_and_title(lines: tuple[BodyLine, ...], part: Part, usual: Measures) -> _Head:
    end = min(part.end, part.start + 45)
    for i in range(part.start, end):
        found = None if lines[i].table else kind_at(lines[i])
        if found is None:
            if part.attached and regex.match(r"(?i:phụ\s+lục)", lines[i].text):
                return _appendix(lines, i, part, usual)
            continue
        name, length = found
        kind = _field(lines[i], 0, length, value=name)
        taken = _title(lines, i, length, part, usual)
        title = _subject(_join(taken))
        last = taken[-1][0].index if taken else i
        run_on = length < len(lines[i].text)
        upper = bool(taken) and all(is_caps(line.text) for line, _ in taken)
        root = " ".join(lines[i].text.split()) if not (run_on or upper) or not title else None
        if root is None:
            whole = [(lines[i], 0), *[(line, 0) for line, _ in taken if line is not lines[i]]]
            joined = _join(whole)
            root = joined.value if joined else lines[i].text
        return _Head(kind, title, last + 1, root.rstrip(" .:"))
    return _Head(None, None, max(part.body, part.start), None)


def _subject(title: Field | None) -> Field | None:
    """The abstract without the issuer, number and date that old gazettes print before it."""
    match = _OFFICIAL.match(title.value) if title else None
    if title is not None and match is None:
        match = regex.match(r"CỦA\s+[\p{Lu}\s,-]{4,80}?(?=\s+\p{Lu}\p{Ll})\s+", title.value)
    if title is None or match is None:
        return title
    return Field(title.value[match.end() :], title.span, 0.7)


def _appendix(lines: tuple[BodyLine, ...], i: int, part: Part, usual: Measures) -> _Head:
    taken = _title(lines, i, len(lines[i].text), part, usual)
    label = regex.match(r"(?i:phụ\s+lục)(?:\s+(?i:số)?\s*[\dIVX]{1,4}[a-z]?\b)?", lines[i].text)
    root = " ".join((label[0] if label else lines[i].text).split())
    return _Head(None, _join(taken), (taken[-1][0].index if taken else i) + 1, root)


def _title(lines: tuple[BodyLine, ...], i: int, length: int, part: Part, usual: Measures) -> list[tuple[BodyLine, int]]:
    """The lines of the abstract (trích yếu) under the kind at line ``i``."""
    taken: list[tuple[BodyLine, int]] = [(lines[i], length)] if length < len(lines[i].text) else []
    for j in range(i + 1, min(part.tail, i + 10)):
        line = lines[j]
        first = taken[0][0] if taken else None
        before = taken[-1][0] if taken else None
        following = lines[j + 1].fold if j + 1 < part.tail else ""
        if taken and line.caps and following.startswith("can cu") and opens_body_name(line):
            break
        if not taken and line.caps and regex.match(r"của\s+\p{L}", line.text.lower()) and " SỐ " not in line.text:
            continue
        if (
            line.table
            or (_OPENS_BODY.match(line.fold) and not (taken and line.caps and line.fold[0].isalpha()))
            or is_bullet(line.text)
            or _ends_title(line, before, first, usual)
        ):
            break
        taken.append((line, 0))
    return taken


def _ends_title(line: BodyLine, before: BodyLine | None, first: BodyLine | None, usual: Measures) -> bool:
    if any(label.named or (label.numbers == (1,) and label.mark) for label in labels.read(line.text)):
        return True
    if before is None or first is None:
        return False
    if line.caps and not before.caps and not (before.text[-1:] in ",–-" and not before.caps):
        return True
    if first.bold and not line.bold:
        return True
    if first.caps and not line.caps and not line.bold:
        return True
    if line.laid_out and before.page == line.page and line.box[1] - before.box[1] > 2.2 * max(usual.pitch, 8):
        return True
    if line.laid_out and symmetric(before, usual) and not symmetric(line, usual):
        return line.box[0] - usual.left.get(line.page, 0.0) < 45
    return (
        not line.laid_out
        and ends_sentence(before.text)
        and starts_paragraph(before, line, usual) > 0
        and line.text[:1].isupper()
    )


def _letter_subject(lines: tuple[BodyLine, ...], part: Part) -> Field | None:
    """The abstract of an official letter (công văn): from "V/v" to the date, the addressees or a motto."""
    for i in range(part.start, min(part.tail, part.start + 25)):
        match = _SUBJECT.match(lines[i].text) or (
            regex.search(r"\sV/v\s+", lines[i].text) if _NUMBER.match(lines[i].text) else None
        )
        if match is None:
            continue
        taken = [(lines[i], match.end())]
        for line in lines[i + 1 : min(part.tail, i + 9)]:
            if _OPENS_BODY.match(line.fold) or line.caps or _DATE.search(line.text) or _beside(lines[i], line):
                break
            taken.append((line, 0))
        return _join(taken)
    return None


def _beside(first: BodyLine, line: BodyLine) -> bool:
    """Whether a line stands in the other column than the first."""
    return (
        first.laid_out
        and line.laid_out
        and (line.box[0] > first.box[2] + 5 or line.box[1] - first.box[1] > 110 or line.page != first.page)
    )


def _family(top: tuple[BodyLine, ...], issuer: Field | None, symbol: Field | None, number: Field | None) -> str | None:
    text = " ".join(line.fold for line in top)
    body = fold(issuer.value) if issuer else ""
    if "dang cong san viet nam" in text or regex.search(
        r"^(?:tinh|thanh|huyen|quan|dang) uy|dang uy|dang bo|chi bo", body
    ):
        return "party"
    if regex.search(r"quoc hoi|hoi dong nhan dan|hdnd", body) or (
        symbol and regex.search(r"/(?:QH|UBTVQH)\d", symbol.value)
    ):
        return "assembly"
    if regex.search(
        r"^(?:lien hiep|hoi (?!dong)|lien doan|cong doan|hiep hoi|doan (?:thanh nien|tncs)|cum thi dua|"
        r"(?:uy ban )?(?:mat tran|mttq))",
        body,
    ):
        return "association"
    if "cong hoa xa hoi" in text or symbol or number:
        return "state"
    return None
