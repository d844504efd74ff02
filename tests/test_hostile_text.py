"""Hostile text through segmentation: no pattern runs away, and the work grows with the text, not with its square.

Every pattern of the room is watched: it counts its calls, and each call has a time limit inside the engine.
"""

import functools
import importlib
import inspect
import pkgutil
from collections import Counter
from typing import Any

import pytest
import regex

import pipeline.segment
from pipeline.config import SegmentConfig
from pipeline.segment import segment
from pipeline.segment.nlp import plain_document

SECONDS = 20
"""For one call of one pattern on 50,000 letters; the slowest honest one takes hundredths of a second."""
PIECES = [
    "12/", "A-", "số ", "Điều 1, ", "Luật Đất đai, ", " ", "\n", "x          y ", "số .......... ", "ngày ", "(", "“",
    "Nghị quyết Hội nghị Trung ương ", "Điều 1, Quy chế abc ", "12/QĐ-QĐ-QĐ-", "của Ủy ban ", "sau đây gọi là Luật ",
    "Điều 1. Việc\n", "a) Việc;\n", "I. VIỆC CHUNG\n", "“Điều 1. Việc\n", "MỤC LỤC\nPhần I 5\n", "ỦY BAN NHÂN DÂN\n",
    "Nơi nhận:\n- Lưu: VT;\n", "KT. CHỦ TỊCH\nTrần Văn An\n", "được sửa đổi, bổ sung bởi:\n1. Luật số 1/2020/QH14\n",
    "- Lưu: VT, ", "Hiến pháp Hoa Kỳ ", "khoản 1 và ", "Số: 1/QĐ-UBND ", "NĂM ", "1.1.1.1. ", "……", "năm 2013 ",
]  # fmt: skip


class Watched:
    """A pattern whose calls are counted and limited."""

    def __init__(self, pattern: Any, calls: Counter[str], seconds: float = SECONDS) -> None:
        self._pattern, self._calls, self._seconds = pattern, calls, seconds

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._pattern, name)
        if name not in {"match", "search", "fullmatch", "finditer", "findall", "sub", "split", "splititer"}:
            return value

        def limited(*args: Any, **kwargs: Any) -> Any:
            self._calls["pattern"] += 1
            return value(*args, timeout=self._seconds, **kwargs)

        return limited


def watch(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Put a watch on all patterns of the room; the counter of their calls."""
    calls: Counter[str] = Counter()
    for info in pkgutil.iter_modules(pipeline.segment.__path__):
        if info.name in {"entry_points", "nlp"}:
            continue
        module = importlib.import_module(f"pipeline.segment.{info.name}")
        for name, value in list(vars(module).items()):
            if isinstance(value, regex.Pattern):
                monkeypatch.setattr(module, name, Watched(value, calls))
            elif _is_cached_pattern(value, module.__name__):
                watched = Watched(value(), calls)
                monkeypatch.setattr(module, name, functools.partial(lambda one: one, watched))
    return calls


def _is_cached_pattern(value: Any, module: str) -> bool:
    """Whether a name is a cached function of its module that builds a pattern."""
    own = hasattr(value, "cache_info") and value.__module__ == module
    return own and not inspect.signature(value).parameters and isinstance(value(), regex.Pattern)


def work(piece: str, letters: int, calls: Counter[str]) -> int:
    """How many calls of patterns a text of one repeated piece takes."""
    calls.clear()
    segment(plain_document(piece * (letters // len(piece))), SegmentConfig(words=False))
    return calls["pattern"]


@pytest.mark.parametrize("piece", PIECES)
def test_work_grows_with_the_text(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = watch(monkeypatch)
    small, large = work(piece, 5_000, calls), work(piece, 20_000, calls)
    assert large <= 6 * small + 500


@pytest.mark.parametrize("piece", PIECES)
def test_no_pattern_runs_away(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work(piece, 50_000, watch(monkeypatch))


def test_the_watch_sees_a_pattern_that_runs_away() -> None:
    with pytest.raises(TimeoutError):
        Watched(regex.compile(r"(?:a|aa|a.)+b"), Counter(), seconds=0.05).search("a" * 5_000)
