"""Snapshots: taken of a volume that is Ready, from either side; deleted."""

from __future__ import annotations

from cloudmc_tui.simulator import build, dates, errors
from cloudmc_tui.simulator.body import Body
from cloudmc_tui.simulator.rules.base import Call, deletion, operation
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps


def _take(call: Call, volume: Row, body: Body) -> Steps:
    if volume["state"] != "Ready":
        raise errors.wrong_state("taking a snapshot", volume["state"], ("Ready",))
    body.flag("rapid")
    day = dates.iso(call.moment)[:19].replace("-", "").replace(":", "").replace("T", "")
    name = body.maybe("name") or f"{volume['name']}_{day}"
    made = build.snapshot(call.env, name, volume, "Creating")
    with call.provisional("snapshots", made) as row:
        yield
    call.env["snapshots"].change(row, state="BackedUp")
    return dict(row)


@operation("volumes", "?createSnapshotFromVolume", states=("Ready",), weight=1.4)
def from_volume(call: Call) -> Steps:
    """The body is inside ``snapshot``, though a flat one will do."""
    return (yield from _take(call, call.row, call.body.inner("snapshot")))


@operation("snapshots", "?create", collection=True, weight=1.4)
def create(call: Call) -> Steps:
    """The body is flat."""
    return (yield from _take(call, call.refer("volumeId", "volumes"), call.body))


deletion("snapshots")
