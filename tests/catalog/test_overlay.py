"""A user's files are laid over the program's own, member by member."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudmc_tui.catalog import CatalogError, load_catalog

COLUMN = """
service_type = "cloudstack"

[types.volumes]
columns = ["name", "iops", "state"]
"""

TYPE = """
service_type = "cloudstack"

[types.recoverypoints]
label = "Recovery points"
singular = "recovery point"
group = "Storage"
columns = ["name", "instanceId"]

[types.recoverypoints.fields]
id = { label = "ID" }
name = { label = "Name" }
instanceId = { label = "Instance", refers_to = "instances" }
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_three_lines_change_one_types_columns_and_nothing_else(tmp_path: Path) -> None:
    own = load_catalog().services["cloudstack"].types
    laid = load_catalog(write(tmp_path, mine=COLUMN)).services["cloudstack"].types
    assert laid["volumes"].columns == ["name", "iops", "state"]
    assert laid["volumes"].fields == own["volumes"].fields
    assert laid["volumes"].operations == own["volumes"].operations
    assert {name: known for name, known in laid.items() if name != "volumes"} == {
        name: known for name, known in own.items() if name != "volumes"
    }


def test_a_type_is_added_after_the_programs_own(tmp_path: Path) -> None:
    laid = load_catalog(write(tmp_path, mine=TYPE)).services["cloudstack"].types
    assert len(laid) == 26
    assert list(laid)[-1] == "recoverypoints"
    assert laid["recoverypoints"].fields["instanceId"].refers_to == "instances"


def test_several_files_are_laid_in_the_order_of_their_names(tmp_path: Path) -> None:
    later = COLUMN.replace('"name", "iops", "state"', '"name"')
    laid = load_catalog(write(tmp_path, b=later, a=COLUMN, c=TYPE)).services["cloudstack"].types
    assert laid["volumes"].columns == ["name"]
    assert "recoverypoints" in laid


def test_a_service_type_of_ones_own_stands_beside_the_programs(tmp_path: Path) -> None:
    text = TYPE.replace('"cloudstack"', '"vault"\nlabel = "Vault"\nconnection_types = ["vault"]')
    catalog = load_catalog(write(tmp_path, vault=text.replace(', refers_to = "instances"', "")))
    vault = catalog.service_type("Vault")
    assert vault is not None
    assert list(vault.types) == ["recoverypoints"]
    assert len(catalog.services["cloudstack"].types) == 25


def test_other_files_and_a_missing_folder_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("= 5", encoding="utf-8")
    assert load_catalog(tmp_path).services.keys() == load_catalog(tmp_path / "none").services.keys()


def test_the_file_that_brings_the_fault_is_named_not_the_last(tmp_path: Path) -> None:
    wrong = COLUMN.replace("iops", "speed")
    with pytest.raises(CatalogError) as caught:
        load_catalog(write(tmp_path, a=wrong, b=TYPE))
    assert (caught.value.file, caught.value.key) == ("a.toml", "types.volumes.columns")
    assert "'speed'" in caught.value.reason


def test_the_key_is_found_among_many_of_its_kind(tmp_path: Path) -> None:
    wrong = 'service_type = "cloudstack"\n[types.vpcs.operations.restart]\nstale = "vpcs"\n'
    with pytest.raises(CatalogError) as caught:
        load_catalog(write(tmp_path, mine=wrong))
    assert caught.value.key == "types.vpcs.operations.restart.stale"


def test_two_files_that_need_each_other_are_accepted(tmp_path: Path) -> None:
    needs = COLUMN.partition("columns")[0].strip().replace("volumes]", "volumes.fields]")
    needs += '\npointId = { label = "Point", refers_to = "recoverypoints" }\n'
    laid = load_catalog(write(tmp_path, a=needs, b=TYPE)).services["cloudstack"].types
    assert laid["volumes"].fields["pointId"].refers_to == "recoverypoints"
