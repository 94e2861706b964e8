"""Paths: how they are read, printed, walked and put into a URL."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudmc_tui.path import ROOT, Level, Path, PathError

ENTITY = st.text(st.characters(), min_size=1)
"""Any text at all, halves of surrogate pairs included: a command line or an API can hold them."""

PART = ENTITY.filter(lambda text: "/" not in text)
PATHS = st.one_of(
    st.lists(PART, max_size=3).map(lambda parts: Path(tuple(parts))),
    st.tuples(PART, PART, PART, ENTITY).map(Path),
)
"""Paths of every depth; an entity's id may hold anything."""


@given(PATHS)
def test_a_path_is_read_as_it_is_printed(path: Path) -> None:
    assert Path.parse(str(path)) == path


@given(PATHS)
def test_a_leading_slash_changes_nothing(path: Path) -> None:
    assert Path.parse(f"/{path}") == path


@given(PATHS)
def test_a_trailing_slash_changes_nothing_above_the_entity(path: Path) -> None:
    assume(path.level < Level.ENTITY)
    assert Path.parse(f"{path}/") == path


@given(PATHS)
def test_the_parts_survive_the_url(path: Path) -> None:
    url = path.url_path()
    assert url.isascii()
    assert tuple(unquote(part, errors="surrogatepass") for part in url.split("/") if part) == path.parts


@given(PATHS)
def test_a_url_keeps_to_its_path(path: Path) -> None:
    """No part of it is taken for a query, a fragment, or a step up."""
    split = urlsplit(f"https://cloud.example/v1/services/{path.url_path()}?operation=start")
    assert split.path == f"/v1/services/{path.url_path()}"
    assert (split.query, split.fragment) == ("operation=start", "")
    assert not {".", ".."} & set(split.path.split("/"))


@given(PATHS)
def test_a_child_has_its_parent(path: Path) -> None:
    assert path.up_to(path.level) == path
    if path.level > Level.ROOT:
        assert path.parent.child(path.name) == path
        assert path.is_within(path.parent)
        assert not path.parent.is_within(path)


@given(st.text())
def test_any_text_is_a_path_or_refused_with_a_reason(text: str) -> None:
    try:
        path = Path.parse(text)
    except PathError as error:
        assert str(error)
    else:
        assert Path.parse(str(path)) == path


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("/", ()),
        ("compute-qc", ("compute-qc",)),
        ("compute-qc/", ("compute-qc",)),
        ("/compute-qc/production", ("compute-qc", "production")),
        ("compute-qc/production/instances/", ("compute-qc", "production", "instances")),
        ("s/e/instances/i-1", ("s", "e", "instances", "i-1")),
        ("s/e/sshkeys/ops/laptop", ("s", "e", "sshkeys", "ops/laptop")),
        ("s/e/sshkeys/ops/", ("s", "e", "sshkeys", "ops/")),
        ("s/e/sshkeys//ops", ("s", "e", "sshkeys", "/ops")),
        ("s/e/sshkeys//", ("s", "e", "sshkeys", "/")),
        ("s/my env/instances", ("s", "my env", "instances")),
        ("s/e/instances/50%25", ("s", "e", "instances", "50%25")),
    ],
)
def test_how_a_path_is_read(text: str, parts: tuple[str, ...]) -> None:
    assert Path.parse(text).parts == parts


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("//", "service"),
        ("//production", "service"),
        ("s//", "environment"),
        ("s//instances", "environment"),
        ("s/e//i-1", "entity type"),
        ("///", "service"),
    ],
)
def test_an_empty_part_is_refused_by_its_name(text: str, word: str) -> None:
    with pytest.raises(PathError, match=f"^the {word} is empty$"):
        Path.parse(text)


def test_only_an_entity_may_contain_a_slash() -> None:
    assert Path(("s", "e", "sshkeys", "a/b")).entity == "a/b"
    for parts in (("s/e",), ("s", "e/f"), ("s", "e", "a/b")):
        with pytest.raises(PathError, match="may not contain"):
            Path(parts)


def test_a_path_has_four_parts_at_most() -> None:
    with pytest.raises(PathError, match="at most four parts, not 5"):
        Path(("s", "e", "t", "i", "x"))
    with pytest.raises(PathError):
        Path(("s", "e", "t", "i")).child("x")
    with pytest.raises(PathError, match="the service is empty"):
        ROOT.child("")


@pytest.mark.parametrize(
    ("entity", "encoded"),
    [
        ("i-1", "i-1"),
        ("ops/laptop", "ops%2Flaptop"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("../instances", "..%2Finstances"),
        ("a b", "a%20b"),
        ("50%", "50%25"),
        ("a?b#c", "a%3Fb%23c"),
        ("québec", "qu%C3%A9bec"),
        ("\n", "%0A"),
        ("v1.2", "v1.2"),
        ("\udcff", "%ED%B3%BF"),
    ],
)
def test_how_an_entity_is_put_into_a_url(entity: str, encoded: str) -> None:
    assert Path(("s", "e", "sshkeys", entity)).url_path() == f"s/e/sshkeys/{encoded}"


def test_a_part_of_dots_is_no_step_up() -> None:
    assert Path.parse("s/../instances").environment == ".."
    assert Path.parse("s/../instances").url_path() == "s/%2E%2E/instances"


def test_each_part_has_its_name() -> None:
    path = Path.parse("compute-qc/production/instances/i-1")
    assert (path.service, path.environment, path.entity_type, path.entity) == path.parts
    assert (path.level, path.name) == (Level.ENTITY, "i-1")
    above = path.up_to(Level.ENVIRONMENT)
    assert (above.service, above.environment, above.entity_type, above.entity) == (
        "compute-qc",
        "production",
        None,
        None,
    )
    assert str(above) == "compute-qc/production"


def test_the_root_is_its_own_parent() -> None:
    assert ROOT.parent == ROOT
    assert (str(ROOT), ROOT.name, ROOT.url_path(), ROOT.level) == ("", "", "", Level.ROOT)
    assert ROOT.service is None


def test_within_goes_by_parts_not_by_letters() -> None:
    assert Path.parse("compute-qc/prod/instances").is_within(Path.parse("compute-qc/prod"))
    assert not Path.parse("compute-qc/production").is_within(Path.parse("compute-qc/prod"))
    assert Path.parse("compute-qc").is_within(ROOT)


def test_every_level_has_its_word() -> None:
    words = [(level.word, level.plural) for level in Level]
    assert words[Level.ENTITY_TYPE] == ("entity type", "entity types")
    assert len(set(words)) == 5


def test_paths_can_be_kept_in_sets_and_sorted() -> None:
    texts = ["b", "a/x", "a"]
    assert sorted({Path.parse(text) for text in texts}) == [Path.parse(text) for text in ("a", "a/x", "b")]
