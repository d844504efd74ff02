"""spaCy finds the components by itself, in any blank Vietnamese pipeline."""

import importlib.metadata

import pytest
import spacy


def test_an_analyst_can_add_the_components_by_name():
    if not any(e.name == "vi_citations" for e in importlib.metadata.entry_points(group="spacy_factories")):
        pytest.skip("the project is not installed in this environment (make installs it)")
    nlp = spacy.blank("vi", config={"nlp": {"tokenizer": {"use_pyvi": False}}})
    nlp.add_pipe("vi_record")
    nlp.add_pipe("vi_sections")
    nlp.add_pipe("vi_citations")
    doc = nlp("KẾ HOẠCH\ntổ chức Hội thảo\nThực hiện Kế hoạch số 85/KH-CTĐ ngày 17/4/2023.\nI. MỤC ĐÍCH\n1. Một.\n")
    assert [span._.citation.symbol for span in doc.spans["citations"]] == ["KH-CTĐ"]
    assert [span._.section.path for span in doc.spans["sections"]] == [("I",), ("I", "1")]
    assert doc._.record.kind.value == "Kế hoạch"
