"""The index of find anywhere."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.formats.redact import sounds_secret
from cloudmc_tui.inventory import Inventory
from cloudmc_tui.inventory.listing import Freshness
from cloudmc_tui.inventory.search import Index, all_paths
from cloudmc_tui.inventory.sweep import Sweep
from tests.inventory.fakes import ENVIRONMENTS, INSTANCES, SERVICES, Cloud, instance, inventory

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)
MEMBERS = st.sampled_from(["hostname", "ipAddress", "note", "zoneName", "odd"])
SECRETS = ("password", "apiKey", "presharedKey", "userPassword")


async def known(*entities: dict[str, Any]) -> tuple[Cloud, Inventory]:
    cloud = Cloud()
    cloud.entities[str(INSTANCES)] = list(entities)
    known = inventory(cloud)
    for path in (SERVICES, ENVIRONMENTS, INSTANCES):
        await known.refresh(path)
    return cloud, known


def found(index: Index, text: str) -> list[str]:
    return [hit.title for hit in index.search(text)[0]]


@given(members=st.dictionaries(MEMBERS, WORDS, min_size=1), data=st.data())
async def test_any_piece_of_any_field_finds_the_entity(members: dict[str, str], data: st.DataObject) -> None:
    _cloud, inventory = await known(instance("web", **members, deep={"list": [{"inner": "down-below"}]}))
    value = members[data.draw(st.sampled_from(sorted(members)))].casefold()
    start = data.draw(st.integers(0, len(value) - 1))
    end = data.draw(st.integers(start + 1, len(value)))
    index = Index(inventory)
    assert found(index, value[start:end]) == ["web"]
    assert found(index, f"WEB {value}") == ["web"]
    assert found(index, "n-belo") == ["web"], "also within lists and objects"


@given(secret=st.text("abcdef", min_size=8, max_size=12), name=st.sampled_from(SECRETS))
async def test_secrets_are_never_found(secret: str, name: str) -> None:
    assert sounds_secret(name, f"zz{secret}")
    _cloud, inventory = await known(instance("web", **{name: f"zz{secret}"}, deep=[{name: f"zz{secret}"}]))
    index = Index(inventory)
    assert found(index, f"zz{secret}") == []
    assert found(index, "zz") == []
    assert found(index, "web") == ["web"]


async def test_words_are_not_found_across_two_fields_and_all_of_them_have_to_be_there() -> None:
    _cloud, inventory = await known(instance("web", a="one", b="two"), instance("db", a="one"))
    index = Index(inventory)
    assert found(index, "onetwo") == []
    assert found(index, "two one") == ["web"]
    assert sorted(found(index, "one")) == ["db", "web"]
    assert found(index, "one three") == []
    assert found(index, "   ") == []


async def test_what_is_called_so_comes_before_what_only_mentions_it() -> None:
    _cloud, inventory = await known(
        instance("other", note="web"), instance("my-web"), instance("web-1"), instance("web")
    )
    hits, total = Index(inventory).search("web", limit=3)
    assert total == 4
    assert {hit.title for hit in hits} == {"web", "web-1", "my-web"}
    ranks = {hit.title: hit.rank for hit in hits}
    assert ranks["web"] < ranks["web-1"] < ranks["my-web"]


async def test_a_hit_says_which_member_it_was() -> None:
    _cloud, inventory = await known(instance("web", ipAddress="10.1.2.3"))
    (hit,), _total = Index(inventory).search("10.1.2.3")
    assert (hit.path, hit.value) == (INSTANCES.child("i-web"), "10.1.2.3")
    assert hit.where


async def test_a_listing_that_has_changed_is_searched_as_it_is_now() -> None:
    cloud, inventory = await known(instance("web", ipAddress="10.1.2.3"))
    index = Index(inventory)
    assert found(index, "10.1.2.3") == ["web"]
    cloud.entities[str(INSTANCES)] = [instance("web", ipAddress="10.1.2.4"), instance("db")]
    await inventory.refresh(INSTANCES)
    assert found(index, "10.1.2.3") == []
    assert found(index, "10.1.2.4") == ["web"]
    assert found(index, "db") == ["db"]


async def test_a_sweep_reads_each_listing_once_and_counts_what_it_cannot_read() -> None:
    cloud = Cloud()
    searched = inventory(cloud)
    told: list[int] = []
    sweep = Sweep(searched)
    await sweep.run(lambda: told.append(sweep.read))
    paths = list(all_paths(searched))
    assert INSTANCES in paths
    assert sweep.read == sweep.to_read == len(paths)
    assert sweep.failed == len(paths) - 1, "this cloud has instances, and nothing else"
    assert set(cloud.asked.values()) == {1}
    assert told[-1] == sweep.to_read
    listing = searched.peek(INSTANCES)
    assert listing is not None and listing.freshness is Freshness.LIVE
    again = Sweep(searched)
    await again.run(lambda: None)
    assert cloud.asked[str(INSTANCES)] == 1, "what is known is not asked for again"


async def test_a_sweep_reads_no_more_than_it_may() -> None:
    sweep = Sweep(inventory(Cloud()), most=3)
    await sweep.run(lambda: None)
    assert (sweep.to_read, sweep.read) == (3, 3)
