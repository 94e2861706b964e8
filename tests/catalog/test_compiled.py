"""The JSON beside a catalog file says what that says, and nothing where the file is another one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cloudmc_tui.catalog import Catalog, CatalogError, load_catalog, loader
from cloudmc_tui.catalog.checks import contradictions
from cloudmc_tui.catalog.loader import SERVICES, compiled_of
from tests import compiled


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's own files, to be changed."""
    folder = tmp_path / "services"
    shutil.copytree(SERVICES, folder)
    monkeypatch.setattr(loader, "SERVICES", folder)
    return folder


def parsed(catalog: Catalog) -> bool:
    """Whether a catalog is what its TOML says; the JSON of this test says something else."""
    return catalog.services["cloudstack"].types["instances"].label != "FROM JSON"


def marked(services: Path) -> Path:
    """The JSON beside a file, saying what nobody else does."""
    file = compiled_of(services / "cloudstack.toml")
    file.write_bytes(file.read_bytes().replace(b'"Instances"', b'"FROM JSON"'))
    return file


@pytest.mark.parametrize("file", compiled.files(), ids=lambda file: file.name)
def test_it_is_up_to_date(file: Path) -> None:
    assert compiled_of(file).read_bytes() == compiled.compiled(file), "run: python -m tests.compiled"


def test_the_programs_own_files_contradict_themselves_nowhere() -> None:
    """They are not asked at every start."""
    for service in load_catalog().services.values():
        assert list(contradictions(service)) == []


def test_it_is_read_in_place_of_the_file(services: Path) -> None:
    marked(services)
    assert not parsed(load_catalog())


def test_of_a_file_that_is_another_one_by_now_it_says_nothing(services: Path) -> None:
    marked(services)
    with (services / "cloudstack.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert parsed(load_catalog())


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b'{"source": "x", "document": {}}'])
def test_where_it_cannot_be_read_the_file_is(services: Path, content: bytes) -> None:
    marked(services).write_bytes(content)
    assert parsed(load_catalog())


def test_a_users_file_is_asked_all_the_same_whether_it_contradicts_anything(tmp_path: Path) -> None:
    text = 'service_type = "cloudstack"\n[types.instances]\ncolumns = ["nothing"]\n'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match="nothing"):
        load_catalog(tmp_path)
