"""Results without their secrets, and no way around that."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import EntityField, EntityType
from cloudmc_tui.formats.redact import MASK
from cloudmc_tui.tasks import Redacted
from cloudmc_tui.tasks.redact import LONGEST, redact, redact_text

SENTINEL = "s3ntinel-7f1c"


def shown(result: Any, *secret: str, entity_type: EntityType | None = None) -> Any:
    """What is left of a result."""
    return msgspec.json.decode(redact(result, secret, entity_type).text)


def test_only_redact_makes_one() -> None:
    for arguments in (("text",), ("text", object()), ("text", None)):
        with pytest.raises(TypeError, match="redact"):
            Redacted(*arguments)
    made = redact({"id": 1})
    with pytest.raises(AttributeError):
        made.text = "other"  # type: ignore[misc]


def test_what_the_operation_calls_secret_is_masked_at_any_depth_in_any_case() -> None:
    result = {"id": "i", "URL": SENTINEL, "more": [{"url": SENTINEL}], "name": "x"}
    assert shown(result, "url") == {"id": "i", "URL": MASK, "more": [{"url": MASK}], "name": "x"}
    assert shown({"iso": {"url": SENTINEL}}, "iso.url") == {"iso": {"url": MASK}}


def test_what_sounds_secret_is_masked_unasked() -> None:
    assert shown({"password": SENTINEL, "ipSecPsk": SENTINEL, "isPasswordEnabled": True}) == {
        "password": MASK,
        "ipSecPsk": MASK,
        "isPasswordEnabled": True,
    }


def test_what_the_entity_type_calls_secret_is_masked() -> None:
    fields = {"code": EntityField("Code", secret=True), "name": EntityField("Name")}
    entity_type = EntityType("VPNs", "VPN", fields, ["name"])
    assert shown({"code": SENTINEL, "name": "x"}, entity_type=entity_type) == {"code": MASK, "name": "x"}


def test_a_secret_is_masked_wherever_else_it_turns_up() -> None:
    result = {"password": SENTINEL, "message": f"Log in with {SENTINEL}!", "list": [SENTINEL], SENTINEL: 1}
    assert SENTINEL not in redact(result).text
    assert shown(result)["message"] == f"Log in with {MASK}!"


def test_a_short_secret_does_not_eat_other_texts() -> None:
    assert shown({"password": "a", "name": "banana"}) == {"password": MASK, "name": "banana"}


def test_a_secret_of_any_shape_is_masked() -> None:
    for value in ([SENTINEL], {"a": {"b": SENTINEL}}, 123456, True):
        assert shown({"url": value, "copy": SENTINEL if value is not True else 0}, "url")["url"] == MASK


def test_no_secret_is_shown_as_none() -> None:
    assert shown({"password": None, "psk": "", "secret": []}) == {"password": None, "psk": "", "secret": []}


def test_a_bare_result_is_the_secret_where_there_is_one() -> None:
    assert shown(SENTINEL, "url") == MASK
    assert shown("done") == "done"
    assert shown(None, "url") is None


def test_what_cannot_be_kept_is_left_out_and_said_so() -> None:
    deep: Any = SENTINEL
    for _ in range(100_000):
        deep = [deep]
    for result, why in ((deep, "deep"), (object(), "JSON"), ("x" * (LONGEST + 1), "characters")):
        text = redact(result).text
        assert "left out" in text and why in text and len(text) < 100


def test_text_is_redacted_as_what_it_means() -> None:
    assert redact_text(None) is None
    for text in (f'{{"password":"{SENTINEL}"}}', f"password={SENTINEL}", "[" * 100_000 + SENTINEL):
        made = redact_text(text)
        assert made is not None and SENTINEL not in made.text
        msgspec.json.decode(made.text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["password", "url", "Code"]), JSON)
def test_a_secret_member_is_never_in_it_and_the_rest_is(around: Any, name: str, beside: Any) -> None:
    result = {"around": around, "in": [{name: SENTINEL, "text": f"<{SENTINEL}>"}], "beside": beside}
    made = redact(result, ["url", "code"])
    assert SENTINEL not in made.text
    assert set(msgspec.json.decode(made.text)) == {"around", "in", "beside"}
