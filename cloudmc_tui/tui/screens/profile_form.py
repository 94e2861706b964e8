"""Add a profile, or change one: a form, then a test, then the config file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.screen import ModalScreen

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.operations import Form, Slot
from cloudmc_tui.profiles import Profile, ProfileError
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.panes.form import FormPane
from cloudmc_tui.tui.profile_fields import adding, changing, kind, settings_of, to_entity, to_settings
from cloudmc_tui.tui.screens.check import TestProfile
from cloudmc_tui.tui.widgets.box import Box

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp


class ProfileForm(ModalScreen["Profile | None"]):
    """Gives the profile as it was kept, or none. What is typed is there again after a failed test."""

    app: ExplorerApp

    def __init__(self, file: FilePath, profile: Profile | None = None) -> None:
        """Make one.

        Args:
            file: the config file.
            profile: the profile to change; none: a new one.
        """
        super().__init__()
        self._file = file
        self._changed = profile.name if profile else ""
        self._settings = settings_of(profile) if profile else {}
        self._form = (
            Form(changing(), kind(), {}, to_entity(profile)) if profile else Form(adding(), kind(), {})
        )

    def compose(self) -> ComposeResult:
        with Box(id="profile-form"):
            yield FormPane(id="form")

    def on_mount(self) -> None:
        title = (
            _("Profile {changed}", changed=visible(self._changed)) if self._changed else _("A new profile")
        )
        self._pane.show(self._form, title, _("test it; nothing is kept yet"))
        self.call_after_refresh(self._pane.give_focus)

    @property
    def _pane(self) -> FormPane:
        return self.query_one(FormPane)

    @on(FormPane.Wanted)
    def _wanted(self, event: FormPane.Wanted) -> None:
        event.stop()
        self._choose(event.slot)

    def _choose(self, slot: Slot) -> None:
        form = self._form
        choices = [Choice(c, c) for c in form.allowed(slot.key)]
        if not form.is_required(slot.key):
            choices.append(Choice("", "(none)"))

        def use(value: str) -> None:
            form.set(slot.key, value or None)
            self._pane.entered(slot.key)

        self.app.pick(slot.field.label, choices, use, current=str(form.value(slot.key) or ""))

    @on(FormPane.Left)
    def _left(self, event: FormPane.Left) -> None:
        event.stop()
        self.dismiss(None)

    @on(FormPane.RawWanted)
    def _raw(self, event: FormPane.RawWanted) -> None:
        event.stop()

    @on(FormPane.Completed)
    def _completed(self, event: FormPane.Completed) -> None:
        event.stop()
        from cloudmc_tui.profiles.edit import make_profile

        body = self._form.body()
        name = self._changed or str(body["name"])
        new = to_settings(body)
        merged = {k: v for k, v in {**self._settings, **new}.items() if v is not None}
        try:
            profile = make_profile(name, merged, self._file.parent)
        except ProfileError as error:
            self.app.say(visible(" ".join(str(error).split())))
            return

        def tested(keep: bool | None) -> None:
            if keep:
                self.run_worker(self._keep(name, new, profile), group="keep", exclusive=True)
            else:
                self._pane.give_focus()

        self.app.push_screen(TestProfile(profile, keep=True), tested)

    async def _keep(self, name: str, settings: Mapping[str, Any], profile: Profile) -> None:
        """Write it to the config file."""
        from cloudmc_tui.profiles.edit import add_profile, change_profile

        try:
            if self._changed:
                await asyncio.to_thread(change_profile, self._file, name, settings)
            else:
                first = not self.app.connections.config().names
                kept = {k: v for k, v in settings.items() if v is not None}
                await asyncio.to_thread(add_profile, self._file, name, kept, default=first)
        except (ProfileError, OSError) as error:
            self.app.say(visible(" ".join(str(error).split())))
            return
        self.dismiss(profile)
