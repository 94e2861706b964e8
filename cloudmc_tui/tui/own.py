"""The user's own commands in the explorer: run on an entity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import visible, visible_lines
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.language import _
from cloudmc_tui.outside.template import TemplateError
from cloudmc_tui.tui.aside import members_of, missing, output_of, step_aside
from cloudmc_tui.tui.screens.command import CommandScreen
from cloudmc_tui.tui.screens.text import TextScreen
from cloudmc_tui.tui.work import begin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudmc_tui.inventory import Details
    from cloudmc_tui.outside.commands import Command
    from cloudmc_tui.tui.app import ExplorerApp


def run(app: ExplorerApp, command: Command, details: Details | None) -> None:
    """Run a command of the user's on an entity, if they still want to when they see it.

    Args:
        app: where.
        command: of the config file.
        details: what the cursor is on, or none.
    """
    if details is None or not command.fits(details.path):
        kinds = ", ".join(command.types)
        app.say(
            _("{name} is for {types}: move to one first.", name=command.name, types=visible(kinds))
            if kinds
            else _("{name} is for entities: move to one first.", name=command.name)
        )
        return
    if problem := missing(command.template.program):
        app.say(problem)
        return
    profile = app.profile
    session = {
        "profile": profile.name,
        "endpoint": profile.endpoint,
        "organization": profile.organization_id or "",
    }
    try:
        arguments = command.arguments(details.path, members_of(details), session)
    except TemplateError as error:
        app.say(_("{name} was not run: {reason}.", name=command.name, reason=visible(str(error))))
        return
    title = f"{command.name} · {visible(title_of(details.entity, details.entity_type))}"

    async def show_output() -> None:
        await _show_output(app, title, arguments)

    def answered(wanted: bool | None) -> None:
        if not wanted:
            return
        if command.capture:
            begin(app.explorer, "outside", show_output)
        else:
            step_aside(app, arguments)

    if command.confirm:
        app.push_screen(CommandScreen(title, arguments), answered)
    else:
        answered(True)


async def _show_output(app: ExplorerApp, title: str, arguments: Sequence[str]) -> None:
    app.say(_("{name} is running…", name=title))
    try:
        status, output = await output_of(arguments)
    except OSError as error:
        program = visible(arguments[0])
        app.say(_("{program} could not be started: {reason}.", program=program, reason=reason(error)))
        return
    ended = (
        _("took too long and was stopped")
        if status is None
        else _("ended with status {status}", status=status)
    )
    app.say("" if status == 0 else f"{title}: {ended}.")
    lines = visible_lines(output.rstrip("\n")) if output.strip() else [_("It wrote nothing.")]
    app.push_screen(TextScreen(title if status == 0 else f"{title} · {ended}", lines))
