from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import UserErrorCode
from api.rules.canned_answers import GAP, VARIABLES, filled, mark, marked
from tests.rules.refused import code_of, refused

HOSTILE = ["{{7*7}}", "{{agent_name}}", "{{{{agent_name}}}}", "{%", r"\1", r"\g<0>", "{0}", "$1", "{{", "}}", ""]
PLAIN = st.text(st.characters(blacklist_characters="{}", blacklist_categories=("Cs",)), max_size=20)
PARTS = st.lists(st.one_of(PLAIN, st.sampled_from(VARIABLES).map(mark)), max_size=12)


@given(PARTS, st.dictionaries(st.sampled_from(VARIABLES), st.one_of(PLAIN, st.sampled_from(HOSTILE))))
def test_filling_replaces_the_texts_own_marks_and_nothing_else(parts: list[str], values: dict[str, str]) -> None:
    text = "".join(parts)
    by_mark = {mark(name): values.get(name) or GAP for name in VARIABLES}
    assert marked(text) == text
    assert filled(text, values) == "".join(by_mark.get(part, part) for part in parts)


@given(st.text(st.sampled_from("{}ab_ \n"), max_size=30))
def test_a_text_without_known_variables_is_taken_when_it_has_no_marks(text: str) -> None:
    if "{{" in text or "}}" in text:
        assert code_of(marked, text) is UserErrorCode.INVALID
    else:
        assert marked(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Merhaba {{name}},", "{{name}}"),
        ("{{ customer_name }}", "{{ customer_name }}"),
        ("{{Customer_name}}", "{{Customer_name}}"),
        ("{{7*7}}", "{{7*7}}"),
        ("{{customer_name}", "{{"),
        ("customer_name}}", "}}"),
        ("{{{customer_name}}}", None),
        ("{{{{customer_name}}}}", "{{ }}"),
        ("{{a\nb}}", "{{a\nb}}"),
        ("{{" + "x" * 41 + "}}", "{{"),
    ],
)
def test_an_unknown_variable_is_named_with_the_known_ones(text: str, found: str | None) -> None:
    if found is None:
        assert filled(marked(text), {"customer_name": "Ayşe"}) == "{Ayşe}"
        return
    problem = refused(marked, text)
    assert (problem.code, problem.message) == (UserErrorCode.INVALID, "refusals.canned_variable")
    assert problem.values["found"] == found
    assert str(problem.values["allowed"]).split(", ") == [mark(name) for name in VARIABLES]
