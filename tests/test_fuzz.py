"""A few injured files through the whole road; `make fuzz` tries twenty thousand."""

import random

import pytest

from tests.generator import fonts_missing

pytestmark = pytest.mark.skipif(bool(fonts_missing()), reason="the generator's fonts are not installed")


def test_injured_files_never_break_the_run():
    from tests.fuzz import MUST_BE_NOUGHT, fuzz

    found = fuzz(90, seed=3)
    assert sum(found.values()) == 90
    assert {name: found.get(name, 0) for name in MUST_BE_NOUGHT} == dict.fromkeys(MUST_BE_NOUGHT, 0)
    assert found["clean"] + found["review"] >= 30
    assert len(found) > 6


def test_injuries_depend_on_the_seed_alone_and_reach_every_kind():
    from tests.fuzz import seeds
    from tests.mutations import BRANCHES, broken, injured

    originals = seeds()
    assert seeds() == originals
    for number, kind in enumerate(BRANCHES * 3):
        once, again = (broken(originals, number, random.Random(f"1/{number}")) for _ in range(2))
        assert once == again != broken(originals, number, random.Random(f"2/{number}")), kind
    assert injured(originals[0], random.Random("1")) == injured(originals[0], random.Random("1")) != originals[0]


def test_spans_that_leave_their_text_are_found():
    from tests.fuzz import astray

    document = {"text": "đổi mới", "raw_text": "đổi", "citations": [], "words": [{"span": [4, 7]}, {"span": [4, 8]}],
                "repairs": [{"span": [0, 1], "raw_span": [3, 2]}], "record": {"number": {"span": None}}}  # fmt: skip
    assert astray(document) == [".words[1].span: [4, 8]", ".repairs[0].raw_span: [3, 2]"]
    document["citations"] = [{"id": "c1", "text": "đổi mới", "span": [0, 3]}]
    assert "citation c1" in astray(document)
