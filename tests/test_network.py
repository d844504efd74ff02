"""Citations find the archived document they name, whatever the order in which documents come."""

import itertools
import json

import pytest

from pipeline import ingest as road
from pipeline.config import Config, SegmentConfig
from pipeline.network import read_network

PLAN = """LIÊN HIỆP HỘI VIỆT NAM
LIÊN HIỆP HỘI BẮC GIANG
Số: 143/KH-LHH
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Bắc Giang, ngày 19 tháng 4 năm 2023
KẾ HOẠCH
Tổ chức phong trào thi đua năm 2023

I. MỤC ĐÍCH
Thi đua.
"""
REPORT = """BÁO CÁO
Sơ kết công tác thi đua

Thực hiện Kế hoạch số 143/KH-LHH ngày 19/4/2023, Kế hoạch số 99/KH-LHH ngày 1/4/2023 và Kế hoạch số 143/KH-LHH ngày 19/4/2022.
"""


def ingest(raw, clean):
    config = Config(segment=SegmentConfig(words=False))

    def run(paths, done):
        for path in paths:
            done(road.process(raw, clean, path, config))

    road.ingest(raw, clean, config, run, lambda a, b: None, lambda o: None)


@pytest.mark.parametrize("order", list(itertools.permutations(["plan.txt", "report.txt"])))
def test_a_citation_names_the_archived_document_and_only_that_one(tmp_path, order):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    raw.mkdir()
    for name in order:
        (raw / name).write_text({"plan.txt": PLAN, "report.txt": REPORT}[name], "utf-8")
        ingest(raw, clean)
    plan = json.loads((clean / "plan.txt.json").read_text("utf-8"))
    report = json.loads((clean / "report.txt.json").read_text("utf-8"))
    assert [(c["number"], c["archived"], c["archived_by"]) for c in report["citations"]] == [
        ("143", plan["id"], "exact"), ("99", None, None), ("143", None, None),
    ]  # fmt: skip
    network = read_network(clean)
    assert [e.archived for e in network.edges] == ["plan.txt", None, None]
    (raw / "plan.txt").unlink()
    ingest(raw, clean)
    network.write_graphml(tmp_path / "g.graphml")
    assert "plan.txt" in (tmp_path / "g.graphml").read_text("utf-8")
