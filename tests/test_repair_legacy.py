"""Code tables: every table reads its example, is chosen for it, and leaves healthy text alone."""

import pytest

from pipeline import knowledge
from pipeline.config import RepairConfig
from pipeline.document import Cause, Cells, Font, Glyph, Line
from pipeline.repair import legacy, repair
from tests.test_repair_ledger import BOX, document, replayed

TABLES = [row["name"] for row in knowledge.rows("encodings.csv")]


@pytest.mark.parametrize("row", knowledge.rows("encodings.csv"), ids=TABLES)
def test_each_table_reads_its_example(row: dict[str, str]) -> None:
    assert legacy.table(row["name"]).read(row["example"]) == row["reads"]


@pytest.mark.parametrize("row", knowledge.rows("encodings.csv"), ids=TABLES)
def test_each_table_is_chosen_for_its_example(row: dict[str, str]) -> None:
    raw = document([row["example"]] * 2)
    done = repair(raw, RepairConfig())
    assert done.text == "\n".join([row["reads"]] * 2)
    assert replayed(done) == done.raw_text
    assert {r.cause for r in done.repairs} <= {Cause(row["cause"]), Cause.DECOMPOSED}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_utf8_read_as_something_else(codec: str, times: int) -> None:
    good = "Cộng hoà xã hội chủ nghĩa Việt Nam"
    shown = good
    for _ in range(times):
        shown = legacy._shown(shown.encode(), codec)
    assert repair(document([shown]), RepairConfig()).text == good


@pytest.mark.parametrize(
    "line",
    [
        "Cộng hoà xã hội chủ nghĩa Việt Nam, được hưởng quyền tự do",
        "The naïve café resumé of the Ministry of Education and Training costs £5 or 10 µm",
        "Le Ministère de l'Éducation a été créé à Hanoï après les événements de l'été",
        'for (int i = 0; i < n; ++i) { printf("%d\\n", a[i]); } // größe',
        "Cong hoa xa hoi chu nghia Viet Nam",
        "",
    ],
)
def test_what_is_not_damaged_is_left_alone(line: str) -> None:
    done = repair(document([line] * 3), RepairConfig())
    assert done.text == done.raw_text
    assert done.repairs == ()


def test_fonts_are_decided_one_by_one_and_a_side_font_follows_its_family() -> None:
    fonts = {
        k: Font(k, n, "TrueType", None, {}, {})
        for k, n in {"a": ".VnTime", "h": ".VnTimeH", "u": "TimesNewRoman", "s": "Symbol"}.items()
    }

    def line(*runs: tuple[str, str]) -> Line:
        cells = Cells(Glyph(f, ord(c), c, BOX, 12.0) for f, t in runs for c in t)
        return Line("".join(t for _, t in runs), BOX, cells)

    lines: list[Line | str] = [
        line(("a", "Céng hoµ x· héi chñ nghÜa t"), ("s", "\u2212"), ("a", " do tr"), ("s", "\u2212"), ("a", "íc")),
        line(("h", "quyÕt ®Þnh cña chÝnh phñ")),
        line(("u", "Độc lập à các đã")),
    ]
    raw = document(lines)
    done = repair(type(raw)(raw.source, raw.pages, fonts), RepairConfig())
    assert done.text == "Cộng hoà xã hội chủ nghĩa tư do trước\nQUYẾT ĐỊNH CỦA CHÍNH PHỦ\nĐộc lập à các đã"
    assert replayed(done) == done.raw_text
