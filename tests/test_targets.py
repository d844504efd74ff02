"""Canonical identifiers: equal for equal documents, distinct for different ones."""

import json
from typing import Any

import pytest

from pipeline import knowledge
from pipeline.document import Provision
from pipeline.segment import targets
from pipeline.segment.mentions import parse
from pipeline.segment.places import NOWHERE, Seat
from tests.quality import structure


def target(text: str, home: Seat = NOWHERE) -> str | None:
    return targets.identifier(parse(text)[0], home)


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        (
            "Nghị định số 30/2020/NĐ-CP ngày 05/3/2020 của Chính phủ",
            "/akn/vn/act/nghi-dinh/chinh-phu/2020/30-2020-nd-cp",
        ),
        ("Luật Đất đai số 31/2024/QH15", "/akn/vn/act/luat/quoc-hoi/2024/31-2024-qh15"),
        (
            "Kế hoạch số 02/KH-UBND ngày 14/01/2023 của UBND tỉnh Bắc Giang",
            "/akn/vn-bac-giang/doc/ke-hoach/ubnd-bac-giang/2023-01-14/2-kh-ubnd",
        ),
        ("Chỉ thị số 34-CT/TW ngày 07/4/2014 của Bộ Chính trị", "/akn/vn/doc/chi-thi/trung-uong/2014-04-07/34-ct-tw"),
        ("Nghị quyết Trung ương 7 (Khóa X)", "/akn/vn/doc/nghi-quyet/trung-uong/khoa-10/hoi-nghi-7"),
        ("Luật Đất đai năm 2013", "/akn/vn/act/luat/quoc-hoi/2013/45-2013-qh13"),
        ("Luật Đất đai", "/akn/vn/act/luat/quoc-hoi/unknown/dat-dai"),
        ("Hiến pháp", "/akn/vn/act/hien-phap/quoc-hoi/unknown/hien-phap"),
        ("Hiến pháp năm 2013", "/akn/vn/act/hien-phap/quoc-hoi/2013/hien-phap"),
    ],
)
def test_an_identifier_is_built_from_the_parts(text: str, iri: str) -> None:
    assert target(text) == iri


PAIRS = [json.loads(line) for line in structure.PAIRS.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['one']} | {pair['other']}")
def test_two_mentions_share_a_target_only_where_they_name_one_document(pair: dict[str, Any]) -> None:
    assert structure.same_target(pair["one"], pair["other"]) == pair["same"]


@pytest.mark.parametrize("row", knowledge.rows("amending_laws.csv"), ids=lambda row: row["number"])
def test_an_amending_law_is_known_by_what_it_amends(row: dict[str, str]) -> None:
    number = f"/{targets.slug(row['number']).lstrip('0')}"
    for text in (
        row["example"],
        f"{row['example'].split(' năm ')[0]} ngày {'/'.join(reversed(row['passed'].split('-')))}",
    ):
        assert (target(text) or "").endswith(number), text


def test_the_letterhead_gives_a_local_body_its_place() -> None:
    assert target("Kế hoạch số 02/KH-UBND ngày 14/01/2023 của UBND tỉnh", Seat("Bắc Giang")) == target(
        "Kế hoạch số 02/KH-UBND ngày 14/01/2023 của UBND tỉnh Bắc Giang"
    )


def test_point_dd_stays_apart_from_d() -> None:
    assert targets.part(Provision(article="5", clause="2", point="đ")) == "art_5__para_2__point_dd"
    assert targets.part(Provision(article="5", clause="2", point="d")) == "art_5__para_2__point_d"


def test_a_place_in_the_own_document_has_no_target() -> None:
    assert target("khoản 1 Điều này") is None


@pytest.mark.parametrize(
    ("day", "number"),
    [("2010-05-01", "13-2003-qh11"), ("2024-07-31", "45-2013-qh13"), ("2024-08-01", "31-2024-qh15")],
)
def test_a_law_without_year_is_the_one_in_force(day: str, number: str) -> None:
    (mention,) = parse("Luật Đất đai")
    found = targets.identifier(mention, day=day)
    assert found is not None and found.endswith(number)


def test_a_law_changed_within_the_only_known_year_keeps_its_name() -> None:
    (mention,) = parse("Luật Đất đai")
    assert targets.identifier(mention, day="2024") == "/akn/vn/act/luat/quoc-hoi/unknown/dat-dai"


def test_the_number_that_the_document_prints_comes_first() -> None:
    (mention,) = parse("Luật Đất đai")
    found = targets.identifier(mention, day="2025-01-01", own={("Luật", "dat dai"): "45/2013/QH13"})
    assert found == "/akn/vn/act/luat/quoc-hoi/2013/45-2013-qh13"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Luật Tổ chức chính quyền địa phương ngày 19/02/2025", "65-2025-qh15"),
        ("Luật Tổ chức chính quyền địa phương ngày 16/6/2025", "72-2025-qh15"),
        ("Luật NSNN năm 2025", "89-2025-qh15"),
        ("Luật ban hành VBQPPL năm 2015", "80-2015-qh13"),
    ],
)
def test_a_law_by_date_or_abbreviation(text: str, number: str) -> None:
    found = target(text)
    assert found is not None and found.endswith(number)
