"""Canonical identifiers: equal for equal documents, distinct for different ones."""

import pytest

from pipeline.document import Provision
from pipeline.segment import targets
from pipeline.segment.mentions import parse
from pipeline.segment.places import NOWHERE, Seat


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nghị định số 30/2020/NĐ-CP", "Nghị định 30/2020/ND-CP ngày 05/3/2020 của Chính phủ"),
        ("số 3O/2O2O/NĐ-CP", "Nghị định số 30/2020/NĐ-CP"),
        ("Luật Đất đai năm 2013", "Luật Đất đai số 45/2013/QH13"),
        ("Luật Đất đai ngày 18 tháng 01 năm 2024", "Luật số 31/2024/QH15"),
        ("Bộ luật Dân sự năm 2015", "Luật số 91/2015/QH13"),
        ("Quyết định số 02/QĐ-TTG ngày 1/2/2020", "Quyết định số 2/QĐ-TTg ngày 01 tháng 02 năm 2020"),
    ],
)
def test_equal_documents_share_an_identifier(one: str, other: str) -> None:
    assert target(one) == target(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Luật số 31/2024/QH15", "Nghị quyết số 31/2024/QH15"),
        ("Kết luận số 90-KL/TW ngày 04/3/2014", "Kết luận số 90-KL/TW ngày 04/3/2024"),
        (
            "Quyết định số 12/QĐ-UBND ngày 1/2/2020 của UBND tỉnh Bắc Giang",
            "Quyết định số 12/QĐ-UBND ngày 1/2/2020 của UBND tỉnh Bắc Ninh",
        ),
    ],
)
def test_different_documents_differ(one: str, other: str) -> None:
    assert target(one) != target(other)


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
