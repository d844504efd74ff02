"""The documents of `data/raw`, made from the two texts of the project's first user.

`report.pdf`, `report-tcvn3.pdf` and `report-scan.pdf` show the report; `plan-lost-letters.pdf` shows the repaired plan
and loses, in its text layer, exactly the letters that the garbled text of the plan has lost.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import regex

from tests.generator import scans
from tests.generator.damage import Scheme, _mapped, _plans, build, draw, plain
from tests.generator.fonts import face
from tests.generator.pages import PageLine, parse, truth
from tests.generator.pdf import FontPlan, Unit, Writer

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
DATA = ROOT / "tests" / "data"

_REPORT_BREAKS = (
    "thi; tổ chức kiểm tra",
    "Liên hiệp hội và các hội thành viên giai đoạn 2024-2030 và những năm tiếp",
    "tấm gương, đạo đức Hồ Chí Minh và cán bộ",
    "và những năm tiếp theo. Cụ thể hóa",
)
_REPORT_HEADINGS = (
    "I. NHỮNG KẾT QUẢ",
    "1. Công tác lãnh đạo, chỉ đạo",
    "đau",
    "2. Kết quả thực hiện công tác",
    "hiện nhiệm vụ chuyên môn.",
    "2.1. ",
    "2.2. ",
    "2.3. ",
    "2.4. ",
    "2.5. ",
    "nghệ",
    "3. Kết quả thực hiện các",
    "4. Công tác xây dựng, tuyên",
    "II. ",
    "1. Ưu điển",
    "2. Hạn chế",
    "3. Nguyên nhân",
    "III. ",
)
_ITEM = regex.compile(r"- |\([ivx]+\)|\d\. ")
_PLAN_BREAK = "- Đại diện một số sở, ban, ngành"
_PLAN_BOLD = (
    "I. ",
    "II. ",
    "III. ",
    "HỘI THẢO",
    "IV. ",
    "1. Ban Tư vấn phản biện",
    "2. Văn phòng Liên hiệp hội",
    "3. Các ban chuyên môn của Liên hiệp hội",
)
_PLAN_RUN_IN = ("1. Thành phần, số lượng đại biểu:", "2. Thời gian tổ chức:", "3. Địa điểm:", "4. Kinh phí tổ chức:")


def _short(line: str, names: tuple[str, ...]) -> bool:
    """Whether a line is, or opens with, one of the names; one-word names must be the whole line."""
    return any(line == n if n in ("đau", "nghệ", "HỘI THẢO") else line.startswith(n) for n in names)


def _opens(line: str, before: str) -> bool:
    """Whether a line of the report starts a paragraph."""
    if _ITEM.match(line) or before in ("2", "3") or _short(before, _REPORT_HEADINGS):
        return True
    return before[-1:] in (".", ":", "…") and len(before) < 74 and line[0].isupper()


def report_markup() -> str:
    """The report as pages, with the look it had: headings bold, page numbers as furniture, signature block."""
    out: list[str] = []
    lines = [x.strip() for x in (RAW / "report-clean.txt").read_text(encoding="utf-8").split("\n") if x.strip()]
    for n, line in enumerate(lines):
        before = lines[n - 1] if n else ""
        if line in ("2", "3") or line.startswith(_REPORT_BREAKS):
            out.append("\f")
        if line in ("2", "3"):
            out.append("{nc}" + line)
        elif n < 3:
            out.append("{bc}" + line)
        elif set(line) == {"-"}:
            out.append("{c}" + line)
        elif n >= len(lines) - 7:
            column = "R" if line.isupper() else "Li" if line.startswith("Nơi nhận") else "L"
            out.append("{" + column + ("b" if column == "R" else "") + "}" + line)
        elif _short(line, _REPORT_HEADINGS) and not (line.startswith(("II. ", "III. ")) and not line.isupper()):
            out.append(("{bl}" if line in ("đau", "nghệ") or line[0].islower() else "{bpl}") + line)
        else:
            opens = n == 4 or _opens(line, before)
            ends = n + 1 < len(lines) and line[-1] in ".:;…" and len(line) < 66
            out.append("{" + ("p" if opens else "") + ("l" if ends else "") + "}" + line)
    return "\n".join(x.replace("{}", "{j}", 1) if x.startswith("{}") else x for x in out)


def plan_markup() -> str:
    """The repaired plan as pages, with the look it had."""
    out: list[str] = []
    lines = [x.strip() for x in (DATA / "plan-repaired.txt").read_text(encoding="utf-8").split("\n") if x.strip()]
    for n, line in enumerate(lines):
        if line.startswith(_PLAN_BREAK):
            out.append("\f")
        run_in = next((h for h in _PLAN_RUN_IN if line.startswith(h)), None)
        if n < 6:
            out.append(("{bc}", "{ir}", "{bc}", "{bc}", "{bc}", "{c}")[n] + line)
        elif n >= len(lines) - 7:
            right = n >= len(lines) - 3
            out.append(("{Rb}" if right else "{Li}" if line == "Nơi nhận:" else "{L}") + line)
        elif run_in:
            out.append("{bp}" + run_in + "{/b}" + line.removeprefix(run_in))
        elif _short(line, _PLAN_BOLD) and not line.startswith("1. Thành"):
            out.append(("{bl}" if line == "HỘI THẢO" else "{bpl}") + line)
        elif line[0] in "-0123456789":
            out.append("{p}" + line)
        else:
            out.append(("{p}" if n == 6 else "{j}" if line[-1] not in ".;" or len(line) > 66 else "{l}") + line)
    return "\n".join(out)


def report_pdf() -> bytes:
    """The report, born digital, healthy."""
    return build(report_markup(), "clean-type0").pdf


def report_tcvn3_pdf() -> bytes:
    """The report in .VnTime and .VnTimeH."""
    return build(report_markup(), "tcvn3").pdf


def report_scan_pdf() -> bytes:
    """The report printed and scanned: 200 dpi, one degree askew, grain, JPEG."""
    return scans.scan(report_pdf(), scans.Scan(dpi=200, skew=1.0, noise=4.0, quality=38), seed=1)


def plan_lost() -> Mapping[str, str]:
    """Printed line of the plan -> the same line as the garbled text has it, letter by letter."""
    garbled = (RAW / "plan-garbled.txt").read_text(encoding="utf-8").split("\n")
    repaired = (DATA / "plan-repaired.txt").read_text(encoding="utf-8").split("\n")
    pairs: dict[str, str] = {}
    for old, new in zip(garbled, repaired, strict=True):
        if text := new.strip():
            start = len(new) - len(new.lstrip())
            pairs[text] = old[start : start + len(text)]
    return pairs


def plan_lost_letters_pdf() -> bytes:
    """The plan with whole glyphs and fonts; ToUnicode of the regular font maps the lost letters to the space."""
    pairs = plan_lost()
    lost = {b for new, old in pairs.items() for a, b in zip(old, new, strict=True) if a != b}

    def split(line: PageLine) -> list[Unit]:
        units = []
        for unit, shown in zip(plain(line), pairs[line.text], strict=True):
            kept = unit.style == "regular" and unit.shows in lost and shown == unit.shows
            if shown != unit.shows and unit.style != "regular":
                raise ValueError(f"a lost letter in a {unit.style} line: {line.text}")
            units.append(replace(unit, variant="whole") if kept else unit)
        return units

    lossy = FontPlan(claim=_mapped(dict.fromkeys(lost, " ")))
    scheme = Scheme(_plans(lossy, bold=FontPlan(), italic=FontPlan(), whole=FontPlan()), split=split)
    return draw(parse(plan_markup()), scheme, Writer("serif", scheme.plan, Random(0)), "serif")


SAMPLES = {
    "report.pdf": report_pdf,
    "report-tcvn3.pdf": report_tcvn3_pdf,
    "report-scan.pdf": report_scan_pdf,
    "plan-lost-letters.pdf": plan_lost_letters_pdf,
}


def page_texts(name: str) -> list[str]:
    """The truth of each page of a sample, by its document: ``report`` or ``plan``."""
    return truth(parse(report_markup() if name == "report" else plan_markup()))


def font_digests() -> dict[str, str]:
    """SHA-256 of the font files that the samples are drawn with."""
    return {
        face("serif", style).path.name: hashlib.sha256(face("serif", style).path.read_bytes()).hexdigest()
        for style in ("regular", "bold", "italic")
    }
