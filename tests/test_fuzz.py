"""A few mutated PDFs through the whole road; `make fuzz` tries twenty thousand."""

import pytest

from tests.generator import fonts_missing


@pytest.mark.skipif(bool(fonts_missing()), reason="the generator's fonts are not installed")
def test_mutated_documents_never_break_the_run():
    from tests.fuzz import fuzz, mutated, seeds

    found = fuzz(56, seed=3)
    assert sum(found.values()) == 56
    bad = ("crashes of the run", "without a line", "worker-died", "time-limit", "memory-limit", "internal-error")
    assert {name: found.get(name, 0) for name in bad} == dict.fromkeys(bad, 0)

    import random

    data = seeds()[0]
    assert mutated(data, random.Random("1")) == mutated(data, random.Random("1")) != data
