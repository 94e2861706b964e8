"""To an instance by ssh: which way, the command shown first, and back to where one was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory import UnknownPath
from cloudmc_tui.language import _
from cloudmc_tui.outside import ssh
from cloudmc_tui.outside.template import TemplateError
from cloudmc_tui.path import Level, Path
from cloudmc_tui.tui.aside import members_of, missing, step_aside
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.screens.command import CommandScreen
from cloudmc_tui.tui.work import begin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudmc_tui.inventory import Details, Inventory
    from cloudmc_tui.inventory.listing import JsonObject
    from cloudmc_tui.tui.app import ExplorerApp


def connect(app: ExplorerApp, details: Details, inventory: Inventory, settings: ssh.Settings) -> None:
    """Go to an instance by ssh, if the person still wants to when they see the command.

    Args:
        app: what steps aside.
        details: what the cursor is on.
        inventory: knows the environment's rules and addresses, or reads them.
        settings: what the config file says.
    """
    if details.path.entity_type != ssh.INSTANCES:
        app.say(_("ssh goes to instances only."))
        return
    if problem := missing(settings.template.program):
        app.say(problem)
        return

    async def find() -> None:
        environment = details.path.up_to(Level.ENVIRONMENT)
        rules = await _entities(inventory, environment.child(ssh.RULES))
        addresses = await _entities(inventory, environment.child(ssh.ADDRESSES))
        found = ssh.routes(details.entity, rules, addresses)
        wanted = [route for route in found if settings.way in ("", route.way)]
        name = visible(title_of(details.entity, details.entity_type))
        if not wanted:
            said = _("{name} has no address", name=name)
            app.say(f"{said}: {_no_address(details.entity, settings.way)}")
        elif len(wanted) == 1:
            _show(app, details, wanted[0], found, settings)
        else:
            choices = [
                Choice(str(i), visible(f"{r.address} {r.port}".strip()), r.through)
                for i, r in enumerate(wanted)
            ]
            app.pick(
                f"ssh · {name}",
                choices,
                lambda value: _show(app, details, wanted[int(value)], found, settings),
            )

    begin(app.explorer, "ssh", find)


def _no_address(instance: JsonObject, way: str) -> str:
    if way == "public":
        return _("no port forwarding rule leads to its port 22, and no static NAT to it.")
    state = instance.get("state")
    return _("it is {state}.", state=visible(str(state))) if state else _("CloudMC tells none.")


async def _entities(inventory: Inventory, path: Path) -> Sequence[JsonObject]:
    """A listing as far as it can be had: there are other ways without it."""
    entities: Sequence[JsonObject] = ()
    try:
        async for listing in inventory.list(path):
            entities = listing.entities
    except (CloudMCError, UnknownPath):
        pass
    return entities


def _show(
    app: ExplorerApp,
    details: Details,
    route: ssh.Route,
    every: Sequence[ssh.Route],
    settings: ssh.Settings,
) -> None:
    try:
        command = ssh.command(settings, members_of(details), route, every)
    except TemplateError as error:
        app.say(_("Not connected: {reason}.", reason=visible(str(error))))
        return

    def answered(wanted: bool | None) -> None:
        if wanted:
            step_aside(app, command)

    name = visible(title_of(details.entity, details.entity_type))
    app.push_screen(CommandScreen(f"ssh · {name}", command, route.through), answered)
