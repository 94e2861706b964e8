"""What was probably meant."""

from __future__ import annotations

import pytest

from cloudmc_tui.formats.nearest import nearest


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("instance", "instances"),
        ("INSTANCES", "instances"),
        ("volums", "volumes"),
        ("v", "volumes"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest(name: str, meant: str | None) -> None:
    assert nearest(name, ["instances", "volumes"]) == meant
