"""What was asked, said again: as curl, and as a script."""

from __future__ import annotations

import subprocess

from cloudmc_tui.again import KEPT, Changes
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.operations import Plan
from cloudmc_tui.operations.plan import make_plan
from cloudmc_tui.path import Path
from tests.odd_cloud import profile


def planned(name: str, **fields: object) -> Plan:
    """A plan for an instance."""
    kind = load_catalog().services["cloudstack"].types["instances"]
    path = Path.parse("svc/env/instances/i-1")
    return make_plan(name, kind, [(path, {"id": "i-1", "name": "it's", "state": "Running"})], fields)


def noted(*plans: Plan, known: bool = True) -> Changes:
    changes = Changes(profile(), "http://odd.invalid/v1")
    for plan in plans:
        changes.note(plan, plan.targets[0], known=known)
    return changes


def test_the_script_is_one_that_a_shell_reads() -> None:
    script = noted(planned("stop"), planned("reboot")).script()
    assert script[2] == "export CLOUDMC_PROFILE=odd"
    assert script[3:] == [
        "cloudmc-tui run svc/env/instances/i-1 stop --yes --wait",
        "cloudmc-tui run svc/env/instances/i-1 reboot --yes --wait",
    ]
    subprocess.run(["sh", "-n"], input="\n".join(script), text=True, check=True)


def test_what_nobody_knows_the_outcome_of_is_not_done_again_unasked() -> None:
    script = noted(planned("stop"), known=False).script()
    assert script[-2].startswith("# nobody knows")
    assert script[-1].startswith("# cloudmc-tui run")


def test_only_the_last_changes_are_kept() -> None:
    plan = planned("stop")
    assert len(noted(*[plan] * (KEPT + 5)).script()) == KEPT + 3
