"""Small documents of the exported contract, made by hand, for the tests of whoever reads `data/clean`."""

import hashlib
import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PLAN = """LIÊN HIỆP CÁC HỘI KH&KT
Số: 143/KH-LHH
Bắc Giang, ngày 19 tháng 4 năm 2023
KẾ HOẠCH
Phát động phong trào thi đua năm 2023
Căn cứ Kế hoạch số 85/KH-CTĐ ngày 17/4/2023 của cụm thi đua số 1;
I. MỤC ĐÍCH
Khen thưởng kịp thời tập thể, cá nhân có thành tích.
II. NỘI DUNG
1. Phối hợp hoạt động với các hội thành viên.
Vũ Tấn Phú"""

DECISION = """ỦY BAN NHÂN DÂN TỈNH HÒA BÌNH
Số: 30/QĐ-UBND
Hòa Bình, ngày tháng 8 năm 2024
QUYẾT ĐỊNH
Về việc quản lý đường thủy nội địa
Điều 1. Giao Sở Giao thông vận tải ph\ufffdi hợp với các huyện.
Điều 2. Thực hiện Nghị định số 30/2020/NĐ-CP về công tác văn thư.
Ai khen ngợi thì thưởng thức, Khen và thưởng tách rời."""


def _find(text: str, part: str) -> list[int]:
    start = text.index(part)
    return [start, start + len(part)]


def _field(text: str, part: str, value: str | None = None, normal: str | None = None) -> Json:
    return {"value": value or part, "span": _find(text, part), "confidence": 0.99, "normal": normal}


def build(
    path: str, text: str, record: Json, sections: list[Json], citations: list[Json], words: list[str], **more: Any
) -> Json:
    """One page, one line a paragraph, lines 14 points apart from the top margin of 60 points."""
    digest = hashlib.sha256(path.encode()).hexdigest()
    lines, paragraphs, start = [], [], 0
    for row, line in enumerate(text.split("\n")):
        span = [start, start + len(line)]
        top = 60 + 14 * row
        lines.append({"page": 1, "box": [85, top, 85 + 5 * len(line), top + 12], "span": span})
        inside = [s["id"] for s in sections if s["span"][0] <= start < s["span"][1]]
        paragraphs.append({"span": span, "section": inside[-1] if inside else None, "page": 1, "kind": "text"})
        start += len(line) + 1
    document: Json = {
        "schema": {"name": "vietnamese-report", "version": "1.1.0"},
        "id": f"sha256:{digest}",
        "source": {"path": path, "sha256": digest, "bytes": 1234, "media_type": "application/pdf", "page_count": 1},
        "text": text,
        "raw_text": text,
        "pages": [
            {
                "number": 1,
                "width": 595,
                "height": 842,
                "method": "embedded",
                "legibility": 0.98,
                "ocr_confidence": None,
                "reason": "text-layer",
                "set_aside": None,
                "flags": [],
                "span": [0, len(text)],
                "raw_span": [0, len(text)],
            }
        ],
        "lines": lines,
        "repairs": [],
        "suggestions": [],
        "holes": [],
        "record": record,
        "paragraphs": paragraphs,
        "tables": [],
        "sections": sections,
        "citations": citations,
        "words": [_find(text, word) for word in words],
        "quality": {"legibility": 0.98, "repaired": 0.0, "holes": 0, "needs_review": False, "reasons": []},
    }
    return document | more


def _section(
    text: str,
    ident: str,
    start: str,
    end: str | None,
    kind: str,
    label: str,
    heading: str | None,
    parent: str | None = None,
    path: list[str] | None = None,
) -> Json:
    span = [text.index(start), text.index(end) - 1 if end else len(text)]
    return {
        "id": ident,
        "parent": parent,
        "label": label,
        "path": path or [label],
        "heading": heading,
        "kind": kind,
        "level": len(path or [label]),
        "span": span,
        "page": 1,
        "flags": [],
    }


def _citation(text: str, ident: str, part: str, **more: Any) -> Json:
    return {
        "id": ident,
        "text": part,
        "span": _find(text, part),
        "page": 1,
        "box": [85, 130, 400, 142],
        "section": None,
        "kind": None,
        "number": None,
        "symbol": None,
        "date": None,
        "issuer": None,
        "provisions": [],
        "target": None,
        "archived": None,
        "confidence": 0.95,
        "relation": None,
    } | more


def documents() -> list[Json]:
    """A plan without damage, and a decision with a hole, a repair and a date whose day is blank."""
    plan = build(
        "2023/plan.pdf",
        PLAN,
        {
            "kind": _field(PLAN, "KẾ HOẠCH", normal="Kế hoạch"),
            "number": _field(PLAN, "143"),
            "symbol": _field(PLAN, "KH-LHH"),
            "title": _field(PLAN, "Phát động phong trào thi đua năm 2023"),
            "issuer": _field(PLAN, "LIÊN HIỆP CÁC HỘI KH&KT"),
            "superior": None,
            "place": _field(PLAN, "Bắc Giang"),
            "date": {
                "year": 2023,
                "month": 4,
                "day": 19,
                "span": _find(PLAN, "ngày 19 tháng 4 năm 2023"),
                "confidence": 0.99,
                "iso": "2023-04-19",
            },
            "signers": [
                {
                    "authority": None,
                    "position": "PHÓ CHỦ TỊCH",
                    "name": "Vũ Tấn Phú",
                    "span": _find(PLAN, "Vũ Tấn Phú"),
                    "confidence": 0.9,
                    "page": 1,
                }
            ],
            "recipients": [],
            "urgency": None,
            "secrecy": None,
            "family": "association",
            "attached": [],
        },
        [
            _section(PLAN, "s1", "I. MỤC", "II. NỘI", "division", "I", "MỤC ĐÍCH"),
            _section(PLAN, "s2", "II. NỘI", "Vũ Tấn", "division", "II", "NỘI DUNG"),
            _section(PLAN, "s3", "1. Phối", "Vũ Tấn", "division", "1", None, "s2", ["II", "1"]),
        ],
        [
            _citation(
                PLAN,
                "c1",
                "Kế hoạch số 85/KH-CTĐ ngày 17/4/2023 của cụm thi đua số 1",
                kind="Kế hoạch",
                number="85",
                symbol="KH-CTĐ",
                date="2023-04-17",
                issuer="cụm thi đua số 1",
                target="vn/ke-hoach/2023/85-kh-ctd",
            )
        ],
        ["thi đua", "Khen thưởng", "tập thể", "Phối hợp", "hoạt động"],
    )
    hole = DECISION.index("\ufffd")
    change = {
        "span": _find(DECISION, "đường thủy"),
        "raw_span": _find(DECISION, "đường thủy"),
        "before": "®êng thñy",
        "after": "đường thủy",
        "cause": "legacy-encoding",
        "method": "code-table",
        "confidence": 1.0,
        "page": 1,
        "box": [85, 116, 200, 128],
    }
    decision = build(
        "2024/decision.pdf",
        DECISION,
        {
            "kind": _field(DECISION, "QUYẾT ĐỊNH", normal="Quyết định"),
            "number": _field(DECISION, "30"),
            "symbol": _field(DECISION, "QĐ-UBND"),
            "title": _field(DECISION, "Về việc quản lý đường thủy nội địa"),
            "issuer": _field(DECISION, "ỦY BAN NHÂN DÂN TỈNH HÒA BÌNH"),
            "superior": None,
            "place": None,
            "date": {
                "year": 2024,
                "month": 8,
                "day": None,
                "span": _find(DECISION, "ngày tháng 8 năm 2024"),
                "confidence": 0.9,
                "iso": "2024-08",
            },
            "signers": [],
            "recipients": [],
            "urgency": None,
            "secrecy": None,
            "family": "state",
            "attached": [],
        },
        [
            _section(DECISION, "s1", "Điều 1", "Điều 2", "article", "Điều 1", None),
            _section(DECISION, "s2", "Điều 2", None, "article", "Điều 2", None),
        ],
        [
            _citation(
                DECISION,
                "c1",
                "Nghị định số 30/2020/NĐ-CP",
                kind="Nghị định",
                number="30",
                symbol="2020/NĐ-CP",
                provisions=[{"article": "5", "clause": "2"}],
            )
        ],
        ["đường thủy", "khen ngợi", "thưởng thức"],
        repairs=[change],
        holes=[
            {
                "span": [hole, hole + 1],
                "page": 1,
                "box": [120, 130, 126, 142],
                "candidates": [{"text": "ố", "confidence": 0.7}],
            }
        ],
        suggestions=[change | {"after": "đường bộ", "cause": "author-mistake", "confidence": 0.4}],
    )
    decision["quality"] |= {"holes": 1, "needs_review": True, "reasons": ["holes"]}
    return [plan, decision]


def write_clean(folder: Path, found: list[Json] | None = None, failed: bool = True) -> Path:
    """A clean folder with these documents, their manifest, and (by default) one raw file that failed."""
    lines = []
    for document in documents() if found is None else found:
        path = document["source"]["path"]
        file = folder / f"{path}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        lines.append(
            {
                "path": path,
                "sha256": document["source"]["sha256"],
                "status": "clean",
                "error": None,
                "message": None,
                "pages": 1,
                "ocr_pages": 0,
                "repairs": len(document["repairs"]),
                "holes": len(document["holes"]),
                "output": f"{path}.json",
                "seconds": 0.5,
            }
        )
    if failed:
        lines.append(
            {
                "path": "2024/locked.pdf",
                "sha256": "00",
                "status": "failed",
                "error": "encrypted-pdf",
                "message": "asks for a password",
                "pages": 0,
                "ocr_pages": 0,
                "repairs": 0,
                "holes": 0,
                "output": None,
                "seconds": 0.1,
            }
        )
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in sorted(lines, key=lambda x: str(x["path"])))
    (folder / "manifest.jsonl").write_text(text, encoding="utf-8")
    return folder
